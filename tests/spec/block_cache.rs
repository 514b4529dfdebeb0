//! SPEC.md, "Random access": the cache of blocks, as a device over a device.

use std::io::{Read, Seek, SeekFrom, Write};

use iolite::{BlockCache, BufferedReader, BytesIo, Chunk, Error, IoBase, RawIo};
use proptest::prelude::*;

use crate::support::contracts::{self, passes, persist};
use crate::support::devices::{Behaviour, EIO, Hostile, hampering};
use crate::support::full_or_quick;
use crate::support::layer::cache;
use crate::support::naive::{self, File};

/// What can be done to a device.
#[derive(Clone, Debug)]
enum Act {
    Read(usize),
    ReadExact(usize),
    ReadAt(u64, usize),
    Lend(usize),
    Write(Vec<u8>),
    WriteAll(Vec<u8>),
    WriteAt(u64, Vec<u8>),
    Seek(SeekFrom),
    Truncate(Option<u64>),
    Tell,
    Flush,
    /// The next call of the device below fails.
    Fail,
}

fn act() -> impl Strategy<Value = Act> {
    let n = || prop_oneof![0..6_usize, 0..50_usize];
    let bytes = move || n().prop_flat_map(|n| prop::collection::vec(0..16_u8, n));
    let place = || 0..130_u64;
    prop_oneof![
        3 => n().prop_map(Act::Read),
        3 => n().prop_map(Act::ReadExact),
        3 => (place(), n()).prop_map(|(at, n)| Act::ReadAt(at, n)),
        2 => n().prop_map(Act::Lend),
        3 => bytes().prop_map(Act::Write),
        3 => bytes().prop_map(Act::WriteAll),
        3 => (place(), bytes()).prop_map(|(at, bytes)| Act::WriteAt(at, bytes)),
        3 => place().prop_map(|to| Act::Seek(SeekFrom::Start(to))),
        2 => (-40..40_i64).prop_map(|by| Act::Seek(SeekFrom::Current(by))),
        2 => (-90..20_i64).prop_map(|by| Act::Seek(SeekFrom::End(by))),
        1 => prop::option::of(place()).prop_map(Act::Truncate),
        1 => Just(Act::Tell),
        1 => Just(Act::Flush),
        2 => Just(Act::Fail),
    ]
}

/// The cache, the file it has to be like, and the chunks that it lent with their content.
struct Both {
    cache: BlockCache<Hostile>,
    file: File,
    appends: bool,
    kept: Vec<(Chunk, Vec<u8>)>,
}

impl Both {
    fn perform(&mut self, act: &Act, at: &str) {
        let Both { cache, file, .. } = self;
        match act {
            Act::Read(n) => {
                let mut buf = vec![0; *n];
                let n = persist(at, || Ok(cache.read(&mut buf)?)).unwrap();
                self.gave(&buf[..n], buf.len(), at);
            }
            Act::ReadExact(n) => {
                let mut buf = vec![0; *n];
                match persist(at, || Ok(cache.read_exact(&mut buf)?)) {
                    Ok(()) => self.gave(&buf, buf.len(), at),
                    Err(Error::PartialRead {
                        available,
                        expected,
                    }) => {
                        let there = (file.rest().len(), buf.len());
                        assert_eq!((available, expected), there, "{at}");
                    }
                    Err(error) => panic!("{at}: {error:?}"),
                }
            }
            Act::ReadAt(place, n) => {
                let mut buf = vec![0; *n];
                let n = persist(at, || Ok(cache.read_at(&mut buf, *place)?)).unwrap();
                let before = std::mem::replace(&mut file.position, *place);
                self.gave(&buf[..n], buf.len(), at);
                self.file.position = before;
            }
            Act::Lend(max) => {
                let chunk = persist(at, || cache.read_shared(*max)).unwrap().unwrap();
                let copy = chunk.to_vec();
                self.gave(&copy, *max, at);
                self.kept.push((chunk, copy));
            }
            Act::Write(bytes) => {
                let n = persist(at, || Ok(cache.write(bytes)?)).unwrap();
                assert_eq!(n == 0, bytes.is_empty(), "{at}");
                self.took(&bytes[..n]);
            }
            Act::WriteAll(bytes) => {
                let n = match cache.write_all(bytes).map_err(Error::from) {
                    Ok(()) => bytes.len(),
                    Err(Error::WouldBlock { written } | Error::WriteFailed { written, .. }) => {
                        written
                    }
                    Err(error) => {
                        assert!(passes(&error), "{at}: {error:?}");
                        0
                    }
                };
                self.took(&bytes[..n]);
            }
            Act::WriteAt(place, bytes) => {
                let outcome = persist(at, || Ok(cache.write_at(bytes, *place)?));
                if self.appends && !bytes.is_empty() {
                    let error = outcome.unwrap_err();
                    assert!(
                        matches!(error, Error::Unsupported { .. }),
                        "{at}: {error:?}"
                    );
                    return;
                }
                let n = outcome.unwrap_or(0);
                let before = std::mem::replace(&mut file.position, *place);
                if n > 0 {
                    file.write(&bytes[..n]);
                }
                file.position = before;
            }
            Act::Seek(to) => {
                let expected = file.seek(*to);
                match persist(at, || Ok(cache.seek(*to)?)) {
                    Ok(position) => assert_eq!(Some(position), expected, "{at}"),
                    Err(error) => assert_eq!(expected, None, "{at}: {error}"),
                }
            }
            Act::Truncate(size) => {
                let cut = persist(at, || cache.truncate(*size)).unwrap();
                assert_eq!(cut, size.unwrap_or(file.position), "{at}");
                file.content.resize(usize::try_from(cut).unwrap(), 0);
            }
            Act::Tell => {}
            Act::Flush => {
                persist(at, || Ok(cache.flush()?)).unwrap();
                let found = cache.get_ref().probe().content();
                assert_eq!((found, cache.pending()), (file.content.clone(), 0), "{at}");
            }
            Act::Fail => cache.get_ref().probe().fail_next(EIO),
        }
        let position = persist(at, || Ok(self.cache.stream_position()?)).unwrap();
        assert_eq!(position, self.file.position, "{at}");
        for (chunk, copy) in &self.kept {
            assert_eq!(chunk, &copy[..], "{at}: what was lent has changed");
        }
    }

    /// The cache gave these bytes; up to `most` were asked for.
    fn gave(&mut self, bytes: &[u8], most: usize, at: &str) {
        assert!(self.file.rest().starts_with(bytes), "{at}");
        let is_end = most == 0 || self.file.rest().is_empty();
        assert_eq!(bytes.is_empty(), is_end, "{at}");
        self.file.position += bytes.len() as u64;
    }

    fn took(&mut self, bytes: &[u8]) {
        if self.appends && !bytes.is_empty() {
            self.file.position = self.file.content.len() as u64;
        }
        if !bytes.is_empty() {
            self.file.write(bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: full_or_quick(600, 150) as u32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rnd_46_any_calls_are_those_of_the_device_below(
        acts in prop::collection::vec(act(), 1..40),
        size in 1..=40_usize,
        blocks in 1..=4_usize,
        behaviours in prop::sample::select(hampering()),
        positioned: bool,
        appends in prop::bool::weighted(0.2),
    ) {
        let content = naive::ramp(90);
        let mut device = Hostile::new(&content).with_all(&behaviours);
        if positioned {
            device = device.with(Behaviour::Positioned);
        }
        if appends {
            device = device.with(Behaviour::Appending);
        }
        let probe = device.probe();
        let cache = cache(blocks, size, device);
        let mut both = Both { cache, file: File::new(&content), appends, kept: Vec::new() };
        for (i, act) in acts.iter().enumerate() {
            both.perform(act, &format!("{i}: {act:?}"));
        }
        let Both { cache, file, .. } = both;
        let (_, pending) = cache.into_parts();
        let mut all = probe.content();
        for write in pending {
            let start = usize::try_from(write.offset.expect("a place")).expect("it is near");
            all.resize(all.len().max(start + write.bytes.len()), 0);
            all[start..start + write.bytes.len()].copy_from_slice(&write.bytes);
        }
        prop_assert_eq!(all, file.content);
    }
}

#[test]
fn rnd_46_a_cache_is_positioned_over_any_device_and_moves_it_only_to_flush() {
    let device = Hostile::new(&naive::ramp(90)).with(Behaviour::Positioned);
    let probe = device.probe();
    let mut file = cache(4, 10, device);
    assert!(file.supports_read_at() && file.seekable());
    assert_eq!(file.block_size(), Some(10));
    file.write_at(b"XY", 55).unwrap();
    let mut buf = [0; 3];
    assert_eq!(file.read_at(&mut buf, 31).unwrap(), 3);
    assert_eq!((buf, file.stream_position().unwrap()), ([31, 32, 33], 0));
    assert_eq!((probe.position(), file.pending()), (0, 2));
    file.seek(SeekFrom::Start(7)).unwrap();
    assert_eq!(probe.position(), 0);
    file.flush().unwrap();
    assert_eq!(
        (probe.position(), &probe.content()[55..57]),
        (7, &b"XY"[..])
    );
}

#[test]
fn rnd_46_a_reader_shares_its_blocks() {
    let mut file = cache(4, 10, BytesIo::from(naive::ramp(90)));
    let first = file.read_shared(5).unwrap().unwrap();
    file.rewind().unwrap();
    let mut reader = BufferedReader::new(file);
    let again = iolite::BufferedIo::read_chunk(&mut reader, 99).unwrap();
    assert_eq!(
        (again.len(), again.as_ptr()),
        (10, first.as_ptr()),
        "a block, without a copy"
    );
}

#[test]
fn rnd_47_a_block_that_fails_to_make_way_is_kept() {
    let device = Hostile::new(&naive::ramp(90)).with(Behaviour::Positioned);
    let probe = device.probe();
    let mut file = cache(1, 10, device);
    file.write_at(b"XY", 5).unwrap();
    for _ in 0..3 {
        probe.fail_next(EIO);
        let error = file.write_at(b"Z", 80).unwrap_err();
        assert_eq!((error.raw_os_error(), file.pending()), (Some(EIO), 2));
        probe.fail_next(EIO);
        assert!(file.read_at(&mut [0], 30).is_err());
    }
    file.write_at(b"Z", 80).unwrap();
    assert_eq!((file.pending(), &probe.content()[5..7]), (1, &b"XY"[..]));
}

#[test]
fn rnd_47_close_reports_and_drop_writes() {
    let open = |behaviours: &[Behaviour]| {
        let device = Hostile::new(b"abcdef").with_all(behaviours);
        let probe = device.probe();
        let mut file = cache(2, 4, device);
        file.write_at(b"X", 1).unwrap();
        (file, probe)
    };
    let (file, probe) = open(&[]);
    drop(file);
    assert_eq!(probe.content(), b"aXcdef");
    let (mut file, probe) = open(&[Behaviour::ErrorAfter(0)]);
    assert_eq!(file.close().unwrap_err().raw_os_error(), Some(EIO));
    assert!(probe.is_closed() && file.is_closed() && !file.readable());
    file.close().unwrap();
    for outcome in [
        file.read(&mut [0]),
        file.write(b"x"),
        file.read_at(&mut [0], 0),
        file.write_at(b"x", 0),
    ] {
        assert!(matches!(Error::from(outcome.unwrap_err()), Error::Closed));
    }
    assert!(matches!(
        Error::from(file.rewind().unwrap_err()),
        Error::Closed
    ));
    let (_, pending) = file.into_parts();
    assert_eq!(
        (pending[0].offset, &pending[0].bytes),
        (Some(1), &"X".into())
    );
    let (mut file, probe) = open(&[]);
    probe.fail_next(EIO);
    file.close().unwrap_err();
    contracts::closing(&mut file, "BlockCache after a failed close");
    assert_eq!(file.pending(), 1);
    drop(file);
    assert_eq!(probe.content(), b"abcdef", "drop writes nothing any more");
    let (mut file, probe) = open(&[Behaviour::PanicOnWrite]);
    let panicked = std::panic::AssertUnwindSafe(|| file.flush());
    assert!(std::panic::catch_unwind(panicked).is_err());
    assert!(matches!(
        Error::from(file.flush().unwrap_err()),
        Error::Poisoned
    ));
    drop(file);
    assert_eq!(probe.calls().writes, 1, "not a second time");
}
