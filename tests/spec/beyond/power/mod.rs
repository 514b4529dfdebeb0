//! SPEC.md, "After a loss of power": what a disk has when everything that was not synchronised is
//! there in part, and in any order.

mod disk;
#[cfg(target_os = "linux")]
mod killed;
#[cfg(target_os = "linux")]
mod replaced;

use std::io::{Seek, SeekFrom, Write};

use iolite::testing::FileModel;
use iolite::{
    BlockCache, BufferedIo, BufferedRandom, BufferedWriter, Encoding, TextIo, TextIoWrapper,
    TextOptions,
};

use self::disk::{Disk, SECTOR};
use crate::support::full_or_quick;
use crate::support::naive::Dice;

/// The ways to write in place, with windows and blocks of this size.
fn streams(content: &[u8], size: usize) -> Vec<(String, Disk, Box<dyn BufferedIo>)> {
    let mut all: Vec<(String, Disk, Box<dyn BufferedIo>)> = Vec::new();
    for is_positioned in [false, true] {
        let disk = Disk::new(content, is_positioned);
        let stream = BufferedRandom::with_capacity(size, disk.clone()).unwrap();
        let name = format!("a window of {size}, positioned {is_positioned}");
        all.push((name, disk, Box::new(stream)));
        for blocks in [1, 3] {
            let disk = Disk::new(content, is_positioned);
            let cache = BlockCache::builder().blocks(blocks).block_size(size);
            let cache = cache.build(disk.clone()).unwrap();
            let stream = BufferedRandom::with_capacity(3, cache).unwrap();
            let name = format!("{blocks} blocks of {size}, positioned {is_positioned}");
            all.push((name, disk, Box::new(stream)));
        }
    }
    all
}

/// What may be where on the disk.
struct Allowed {
    file: FileModel,
    /// Of each place the bytes that may be there.
    bytes: Vec<Vec<u8>>,
    /// The least and the largest length since the last sync.
    shortest: usize,
    longest: usize,
}

impl Allowed {
    fn new(content: &[u8]) -> Allowed {
        let mut all = Allowed {
            file: FileModel::new(content),
            bytes: Vec::new(),
            shortest: 0,
            longest: 0,
        };
        all.sync();
        all
    }

    /// From now on only what is there now.
    fn sync(&mut self) {
        self.bytes = self.file.content.iter().map(|byte| vec![*byte]).collect();
        (self.shortest, self.longest) = (self.bytes.len(), self.bytes.len());
    }

    fn note_lengths(&mut self) {
        let len = self.file.content.len();
        self.shortest = self.shortest.min(len);
        self.longest = self.longest.max(len);
        self.bytes
            .resize(self.longest.max(self.bytes.len()), vec![]);
        for (place, byte) in self.file.content.iter().enumerate() {
            self.bytes[place].push(*byte);
        }
    }

    fn check(&self, after: &[u8], at: &str) {
        let lengths = self.shortest..=self.longest;
        assert!(
            lengths.contains(&after.len()),
            "{at}: {} bytes",
            after.len()
        );
        for (place, byte) in after.iter().enumerate() {
            // What is beyond an end reads as zeros until it is written.
            let is_gap = place >= self.shortest && *byte == 0;
            assert!(
                is_gap || self.bytes[place].contains(byte),
                "{at}: {byte} at {place}, and {:?} was there or written",
                self.bytes[place]
            );
        }
    }
}

/// One call that changes something or looks around, on both.
fn act(stream: &mut dyn BufferedIo, allowed: &mut Allowed, dice: &mut Dice) {
    let file = &mut allowed.file;
    match dice.roll(8) {
        0..4 => {
            let bytes: Vec<u8> = (0..=dice.roll(9))
                .map(|_| 100 + dice.roll(100) as u8)
                .collect();
            stream.write_all(&bytes).unwrap();
            file.write(&bytes);
        }
        4 => {
            let mut buf = vec![0; dice.roll(12)];
            let n = stream.read(&mut buf).unwrap();
            assert!(file.rest().starts_with(&buf[..n]));
            file.position += n as u64;
        }
        5..7 => {
            let to = SeekFrom::Start(dice.roll(file.content.len() + 3) as u64);
            stream.seek(to).unwrap();
            file.seek(to);
        }
        _ => {
            let size = file.content.len().saturating_sub(dice.roll(6)) + dice.roll(4);
            stream.truncate(Some(size as u64)).unwrap();
            file.set_len(size);
        }
    }
    allowed.note_lengths();
}

/// Whatever is written elsewhere afterwards.
#[test]
fn pwr_1_what_was_flushed_and_synchronised_stays() {
    let content: Vec<u8> = (1..=40).collect();
    let mut dice = Dice::new(5);
    for _ in 0..full_or_quick(40, 4) {
        for size in [1, 3, 8, 64] {
            for (name, disk, mut stream) in streams(&content, size) {
                let mut allowed = Allowed::new(&content);
                for _ in 0..=dice.roll(6) {
                    act(&mut *stream, &mut allowed, &mut dice);
                }
                stream.flush().unwrap();
                disk.sync();
                let there = allowed.file.content;
                for _ in 0..=dice.roll(3) {
                    // From the middle on; a longer file may be cut there.
                    let from = (there.len() / 2 + dice.roll(20)) as u64;
                    match dice.roll(4) {
                        0 => _ = stream.truncate(Some(from)).unwrap(),
                        _ => {
                            stream.seek(SeekFrom::Start(from)).unwrap();
                            stream.write_all(b"elsewhere").unwrap();
                        }
                    }
                    for after in disk.losses(&mut dice) {
                        let stays = &there[..there.len() / 2];
                        assert!(after.starts_with(stays), "{name}: {after:?} of {there:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn pwr_2_what_was_not_synchronised_is_old_or_new() {
    let content: Vec<u8> = (1..=40).collect();
    let mut dice = Dice::new(1);
    let mut losses = 0;
    for round in 0..full_or_quick(120, 12) {
        for size in [1, 3, 8, 64] {
            for (name, disk, mut stream) in streams(&content, size) {
                let mut allowed = Allowed::new(&content);
                let at = format!("{name}, round {round}");
                for _ in 0..dice.roll(4) {
                    act(&mut *stream, &mut allowed, &mut dice);
                }
                stream.flush().unwrap();
                disk.sync();
                allowed.sync();
                assert_eq!(disk.content(), allowed.file.content, "{at}: after a flush");
                for _ in 0..=dice.roll(4) {
                    act(&mut *stream, &mut allowed, &mut dice);
                    for after in disk.losses(&mut dice) {
                        losses += 1;
                        allowed.check(&after, &at);
                    }
                }
                // Who only flushes has given all to the system, and nothing to the disk.
                stream.flush().unwrap();
                assert_eq!(disk.content(), allowed.file.content, "{at}: after a flush");
                for after in disk.losses(&mut dice) {
                    losses += 1;
                    allowed.check(&after, &at);
                }
            }
        }
    }
    assert!(losses > full_or_quick(100_000, 5_000), "{losses}");
}

/// The journal of a small transaction: it is whole before anything that it is for has changed.
#[test]
fn pwr_3_a_flush_and_a_sync_put_two_writes_in_order() {
    const JOURNAL: &[u8] = b"the journal of it";
    const DATA: &[u8] = b"what it changes";
    let content = [b'.'; 60];
    let mut dice = Dice::new(2);
    for size in [1, 2, 3, 7, 16, 64, 8192] {
        for (name, disk, mut stream) in streams(&content, size) {
            for at in [40, 43] {
                disk.sync();
                stream.rewind().unwrap();
                stream.write_all(JOURNAL).unwrap();
                stream.flush().unwrap();
                disk.sync();
                stream.seek(SeekFrom::Start(at)).unwrap();
                for (number, piece) in DATA.chunks(4).enumerate() {
                    stream.write_all(piece).unwrap();
                    if number == 2 {
                        stream.flush().unwrap();
                    }
                    for after in disk.losses(&mut dice) {
                        assert!(after.starts_with(JOURNAL), "{name}");
                    }
                }
            }
        }
    }
}

/// A text stream's flush reaches the disk's device through all layers, in every encoding.
#[test]
fn pwr_1_text_that_was_flushed_and_synchronised_can_be_read() {
    let mut dice = Dice::new(3);
    for encoding in ["utf-8", "utf-16", "utf-7", "iso2022_jp"] {
        let Ok(encoding) = encoding.parse::<Encoding>() else {
            continue;
        };
        for size in [1, 5, 64] {
            let disk = Disk::new(b"", true);
            let options = TextOptions::new().encoding(encoding);
            let cache = BlockCache::builder().blocks(2).block_size(size);
            let cache = cache.build(disk.clone()).unwrap();
            let buffer = BufferedRandom::with_capacity(size, cache).unwrap();
            let mut text = TextIoWrapper::with_options(buffer, options);
            let mut synchronised = String::new();
            for line in ["one\n", "\u{65e5}\u{672c}\n", "end"] {
                text.write_str(line).unwrap();
                text.flush().unwrap();
                text.get_ref().get_ref().get_ref().sync();
                synchronised.push_str(line);
                let there = encoding.decode(&disk.content()).unwrap().into_owned();
                assert_eq!(there, synchronised, "{encoding}, {size}");
                text.write_str("more").unwrap();
                synchronised.push_str("more");
                for after in disk.losses(&mut dice) {
                    // Cut at a character, as it may be by now.
                    let read = String::from_utf8_lossy(&after).into_owned();
                    if encoding == Encoding::UTF_8 {
                        assert!(read.starts_with(&there), "{size}: {read}");
                    }
                }
            }
        }
    }
}

/// The tests above would be worth nothing if the disk lost nothing.
#[test]
fn a_disk_loses_what_is_not_synchronised() {
    let disk = Disk::new(&[0; 3 * SECTOR], false);
    let mut writer = BufferedWriter::new(disk.clone());
    writer.write_all(&[1; 3 * SECTOR]).unwrap();
    writer.flush().unwrap();
    let mut losses = disk.losses(&mut Dice::new(4));
    losses.sort();
    losses.dedup();
    // Any of three sectors.
    assert_eq!((disk.changes(), losses.len()), (3, 8));
    disk.sync();
    let all = disk.losses(&mut Dice::new(4));
    assert!(all.iter().all(|after| *after == [1; 3 * SECTOR]), "{all:?}");
}

/// `close` gives all to the system, and does not wait for the disk.
#[test]
fn pwr_1_close_alone_promises_nothing() {
    let disk = Disk::new(b"", false);
    let mut writer = BufferedWriter::new(disk.clone());
    writer.write_all(b"all").unwrap();
    iolite::IoBase::close(&mut writer).unwrap();
    assert_eq!(disk.content(), b"all");
    assert_eq!(disk.after([]), b"");
}
