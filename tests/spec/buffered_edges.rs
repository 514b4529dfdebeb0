//! Chapter "Buffered streams": the ends of the range of positions, devices whose seek does nothing,
//! and memory.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::error::Operation;
use iolite::{
    Adapter, BufferedIo, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, Chunk, Error,
    IoBase, Separator,
};
#[cfg(target_os = "linux")]
use iolite::{FileIo, raw::FileMode};
use rstest::rstest;

use crate::support::devices::{Behaviour, EIO, Hostile};
use crate::support::naive;

/// Says that it is at some place and stays there, whatever it gives and takes.
struct Claims(u64);

impl Read for Claims {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        buf.fill(b'x');
        Ok(buf.len())
    }
}

impl Write for Claims {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Claims {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.0)
    }
}

fn problem(error: io::Error) -> &'static str {
    match Error::from(error) {
        Error::InvalidArgument {
            argument: "position",
            problem,
        } => problem,
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::buf_77_one_too_far(1)]
#[case::buf_77_as_far_as_can_be(i64::MAX)]
fn no_position_is_behind_the_last(#[case] distance: i64) {
    let mut reader = BufferedReader::new(BytesIo::from(b"abc".to_vec()));
    reader.seek(SeekFrom::Start(u64::MAX)).unwrap();
    let said = problem(reader.seek(SeekFrom::Current(distance)).unwrap_err());
    assert_eq!(said, "beyond the largest possible position");
    assert_eq!(reader.stream_position().unwrap(), u64::MAX);
    reader.rewind().unwrap();
    let said = problem(reader.seek(SeekFrom::Current(-distance)).unwrap_err());
    assert_eq!(said, "before the start of the stream");
    assert_eq!(reader.stream_position().unwrap(), 0);
}

#[test]
fn buf_77_a_reader_of_a_device_that_counts_past_the_last_position() {
    let device = Adapter::reader(Claims(u64::MAX - 3)).with_seek();
    let mut reader = BufferedReader::with_capacity(16, device);
    assert_eq!(reader.stream_position().unwrap(), u64::MAX - 3);
    for _ in 0..20 {
        reader.read_exact(&mut [0; 5]).unwrap();
        assert!(reader.stream_position().unwrap() > u64::MAX - 20);
        let far = reader.seek(SeekFrom::Current(i64::MAX));
        assert!(far.is_ok_and(|position| position == u64::MAX - 3));
    }
}

#[test]
fn buf_77_a_writer_at_the_last_position() {
    let device = Adapter::writer(Claims(u64::MAX - 1)).with_seek();
    let mut writer = BufferedWriter::with_capacity(16, device);
    writer.write_all(b"a").unwrap();
    assert_eq!(writer.stream_position().unwrap(), u64::MAX);
    writer.write_all(b"b").unwrap();
    let said = problem(writer.stream_position().unwrap_err());
    assert_eq!(said, "beyond the largest possible position");
    writer.flush().unwrap();
    assert_eq!(
        writer.stream_position().unwrap(),
        u64::MAX - 1,
        "it is asked"
    );
}

/// The device stays, and what was read ahead is not there a second time.
fn stays(capacity: usize) -> BufferedReader<Hostile> {
    let device = Hostile::new(&naive::ramp(100)).with(Behaviour::Standing);
    let mut reader = BufferedReader::with_capacity(capacity, device);
    reader.read_exact(&mut [0; 3]).unwrap();
    reader
}

#[rstest]
fn buf_78_a_seek_that_moves_nothing_loses_nothing(
    #[values(
        SeekFrom::Start(0),
        SeekFrom::Start(50),
        SeekFrom::Start(u64::MAX),
        SeekFrom::Current(90),
        SeekFrom::Current(-90),
        SeekFrom::End(0)
    )]
    to: SeekFrom,
    #[values(false, true)] told: bool,
) {
    let mut reader = stays(8);
    if told {
        assert_eq!(reader.stream_position().unwrap(), 0);
    }
    for _ in 0..3 {
        let _ = reader.seek(to);
    }
    let mut next = [0; 10];
    reader.read_exact(&mut next).unwrap();
    assert_eq!(next, naive::ramp(13)[3..]);
}

#[test]
fn buf_78_a_device_that_moves_forgets_what_was_read_ahead() {
    for place in [0, 3, 50] {
        let mut reader = BufferedReader::with_capacity(8, Hostile::new(&naive::ramp(100)));
        reader.read_exact(&mut [0; 11]).unwrap();
        for to in [SeekFrom::Start(place), SeekFrom::End(place as i64 - 100)] {
            assert_eq!(reader.seek(to).unwrap(), place);
            let mut next = [0; 4];
            reader.read_exact(&mut next).unwrap();
            assert_eq!(next, naive::ramp(100)[place as usize..][..4]);
        }
    }
}

#[test]
fn buf_78_detach_hands_the_stream_back_where_the_device_stays() {
    let failed = stays(8).detach().unwrap_err();
    assert!(matches!(
        failed.error(),
        Error::Unsupported {
            operation: Operation::Seek
        }
    ));
    let (_, reader) = failed.into_parts();
    let (mut device, ahead) = reader.into_parts();
    assert_eq!(ahead, naive::ramp(8)[3..]);
    let mut next = [0; 2];
    device.read_exact(&mut next).unwrap();
    assert_eq!(next, [8, 9]);

    let pair = BufferedRwPair::from_halves(stays(8), BufferedWriter::new(BytesIo::new()));
    let (_, pair) = pair.detach().unwrap_err().into_parts();
    assert_eq!(pair.reader().buffer(), &naive::ramp(8)[3..]);
}

#[cfg(target_os = "linux")]
#[test]
fn buf_78_random_bytes_are_given_once() {
    let device = FileIo::open("/dev/urandom", FileMode::Read).unwrap();
    let mut reader = BufferedReader::with_capacity(100, device);
    reader.read_exact(&mut [0; 10]).unwrap();
    let ahead = reader.buffer().to_vec();
    for to in [SeekFrom::Start(0), SeekFrom::End(0), SeekFrom::Start(500)] {
        assert_eq!(reader.seek(to).unwrap(), 0);
    }
    let (_, reader) = reader.detach().unwrap_err().into_parts();
    assert_eq!(reader.into_parts().1, ahead);
}

/// A call that needs the position.
type Call = fn(&mut BufferedReader<Hostile>) -> io::Result<u64>;

#[test]
fn buf_79_a_failure_to_say_the_position_is_told_and_does_not_last() {
    let device = Hostile::new(&naive::ramp(100));
    let probe = device.probe();
    let mut reader = BufferedReader::with_capacity(8, device);
    reader.read_exact(&mut [0; 3]).unwrap();
    let calls: [Call; 4] = [
        |r| r.stream_position(),
        |r| r.seek(SeekFrom::Start(2)),
        |r| r.seek(SeekFrom::End(0)),
        |r| r.seek_relative(50).map(|()| 0),
    ];
    for call in calls {
        probe.fail_next(EIO);
        assert_eq!(call(&mut reader).unwrap_err().raw_os_error(), Some(EIO));
        assert_eq!(reader.buffer(), &naive::ramp(8)[3..]);
    }
    assert!(reader.seekable());
    assert_eq!(reader.stream_position().unwrap(), 3);
    probe.fail_next(EIO);
    let failed = reader.detach().unwrap_err();
    assert_eq!(failed.error().raw_os_error(), Some(EIO));
    let device = failed.into_parts().1.detach().unwrap();
    assert_eq!(device.probe().position(), 3);

    let mut writer = BufferedWriter::new(Hostile::new(b""));
    writer.write_all(b"ab").unwrap();
    writer.get_ref().probe().fail_next(EIO);
    assert_eq!(
        writer.stream_position().unwrap_err().raw_os_error(),
        Some(EIO)
    );
    assert_eq!(writer.stream_position().unwrap(), 2);
}

/// One segment of a network, then nothing for now, and so on.
struct Segments(bool, usize);

impl Read for Segments {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0 = !self.0;
        if !self.0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let n = buf.len().min(self.1);
        buf[..n].fill(b'y');
        Ok(n)
    }
}

/// Each call copied all that had come to the caller, and back when it failed.
#[test]
fn buf_80_a_long_read_that_is_repeated_does_not_begin_anew() {
    const LONG: usize = 300_000;
    for (capacity, segment) in [(16, 7), (1000, 1460), (64 * 1024, 1)] {
        let long = LONG.min(20_000 * segment);
        let device = Adapter::reader(Segments(false, segment));
        let mut reader = BufferedReader::with_capacity(capacity, device);
        let mut body = vec![0; long];
        assert!(reader.read_exact(&mut body).is_err());
        body.fill(b'-');
        while reader.buffer().len() + segment < long {
            assert!(reader.read_exact(&mut body).is_err());
            // Looked at in a few places, or the test would be what it forbids.
            assert!([0, long / 2, long - 1].iter().all(|&at| body[at] == b'-'));
        }
        reader.read_exact(&mut body).unwrap();
        assert!(body.iter().all(|&byte| byte == b'y'));
    }
}

#[test]
fn buf_80_of_a_read_that_is_far_too_long_no_copy_is_kept() {
    const SIZE: usize = 3 << 20;
    let content = naive::ramp(SIZE);
    let mut reader = BufferedReader::new(Hostile::new(&content));
    reader.read_exact(&mut [0; 10]).unwrap();
    for _ in 0..2 {
        let error = reader.read_exact(&mut vec![0; SIZE]).unwrap_err();
        assert!(matches!(
            Error::from(error),
            Error::PartialRead { available, expected: SIZE } if available == SIZE - 10
        ));
        assert_eq!(reader.stream_position().unwrap(), 10);
    }
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    assert!(rest == content[10..]);
}

#[rstest]
#[case::buf_80_a_device_that_stays_gives_nothing_twice(Behaviour::Standing)]
#[case::buf_80_a_device_that_cannot_seek_gives_nothing_twice(Behaviour::Unseekable)]
fn too_long_for(#[case] behaviour: Behaviour) {
    const SIZE: usize = 3 << 20;
    let content = naive::ramp(SIZE);
    let mut reader = BufferedReader::new(Hostile::new(&content).with(behaviour));
    for _ in 0..2 {
        assert!(reader.read_exact(&mut vec![0; SIZE + 1]).is_err());
    }
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    assert!(all == content);
}

/// An event now and then, of which every one is kept. An idle reader took a fresh block for each.
#[test]
fn buf_81_chunks_of_an_idle_stream_share_their_blocks() {
    const EVENT: usize = 16;
    const COUNT: usize = 10_000;
    let readers: [Box<dyn BufferedIo>; 2] = [
        Box::new(BufferedReader::new(Adapter::reader(Segments(false, EVENT)))),
        Box::new(BufferedRwPair::new(
            Adapter::reader(Segments(false, EVENT)),
            BytesIo::new(),
        )),
    ];
    for mut reader in readers {
        let kept = keep(&mut reader, COUNT, |reader| {
            assert!(reader.read(&mut [0]).is_err(), "nothing more for now");
        });
        let blocks = runs(&kept);
        // Three quarters of each block at least are used.
        assert!(blocks <= 1 + COUNT * EVENT / (48 * 1024), "{blocks} blocks");
    }
}

fn keep(
    reader: &mut Box<dyn BufferedIo>,
    count: usize,
    mut between: impl FnMut(&mut Box<dyn BufferedIo>),
) -> Vec<Chunk> {
    (0..count)
        .map(|_| {
            let chunk = reader.read_chunk(100).unwrap();
            between(reader);
            chunk
        })
        .collect()
}

/// How many pieces of memory these lie in, one after the other.
fn runs(kept: &[Chunk]) -> usize {
    let gaps = kept
        .windows(2)
        .filter(|two| two[0].as_ptr_range().end != two[1].as_ptr());
    1 + gaps.count()
}

/// A large read in between gave up a block that had room.
#[test]
fn buf_81_so_do_those_between_large_reads_and_seeks() {
    let mut reader: Box<dyn BufferedIo> =
        Box::new(BufferedReader::new(Adapter::reader(Segments(false, 16))));
    let mut large = vec![0; 64 * 1024];
    let kept = keep(&mut reader, 1000, |reader| {
        while reader.read(&mut large).is_err() {}
        while reader.fill_buf().is_err() {}
    });
    assert_eq!(runs(&kept), 1);

    let device = Hostile::new(&naive::ramp(10_000));
    let mut reader: Box<dyn BufferedIo> = Box::new(BufferedReader::with_capacity(4096, device));
    let mut place = 9_000;
    let kept = keep(&mut reader, 60, |reader| {
        place -= 100;
        reader.seek(SeekFrom::Start(place)).unwrap();
    });
    assert!(kept.iter().all(|chunk| chunk.len() == 100));
    for (i, chunk) in kept.iter().enumerate().skip(1) {
        let at = 9_000 - 100 * i;
        assert_eq!(chunk[..], naive::ramp(10_000)[at..at + 100]);
    }
}

/// What a chunk of the block shows is not reached by a seek, and not changed, after the stream went
/// elsewhere.
#[test]
fn buf_81_a_seek_does_not_go_back_to_the_bytes_of_another_place() {
    for capacity in [16, 64] {
        let content = naive::ramp(250);
        let mut reader = BufferedReader::with_capacity(capacity, Hostile::new(&content));
        let mut kept = Vec::new();
        for place in [100, 30, 200, 7, 60, 150] {
            assert_eq!(reader.seek(SeekFrom::Start(place)).unwrap(), place);
            kept.push((place as usize, reader.read_chunk(5).unwrap()));
            for back in [1, 4, 5, 7] {
                reader.seek(SeekFrom::Start(place + 5)).unwrap();
                reader.seek(SeekFrom::Current(-back)).unwrap();
                let mut next = [0; 2];
                reader.read_exact(&mut next).unwrap();
                let at = (place as i64 + 5 - back) as usize;
                assert_eq!(next, content[at..at + 2], "{place}, {back} back");
            }
        }
        for (place, chunk) in kept {
            assert_eq!(chunk, content[place..place + 5]);
        }
    }
}

/// A block that a long line made grow was kept as long as a line was cut by its end, for ever.
#[test]
fn buf_82_a_block_that_grew_is_not_kept_for_what_comes_after() {
    let mut content = vec![b'x'; 1 << 20];
    content.push(b'\n');
    content.extend(b"a line of some bytes\n".repeat(20_000));
    let device = Hostile::new(&content);
    let probe = device.probe();
    let mut reader = BufferedReader::with_capacity(1000, device);
    assert_eq!(reader.slice_until(b'\n').unwrap().len(), (1 << 20) + 1);
    while probe.position() < content.len() as u64 {
        assert_eq!(reader.slice_until(b'\n').unwrap().len(), 21);
    }
    let mut addresses = probe.targets();
    let from = addresses.len() - 100;
    let last = addresses.split_off(from);
    let spread = last.iter().max().unwrap() - last.iter().min().unwrap();
    assert!(spread < 4 * 1024, "reads go to {spread} bytes of memory");
}

/// A device that gives one byte, and then nothing for now, in turns; and after some bytes an end.
#[test]
fn buf_83_several_searches_in_turn_find_what_one_alone_does() {
    let text = b"some words, a line\r\nand another; with all of it\n";
    let slow = [Behaviour::OneByte, Behaviour::WouldBlock];
    let ends = ["\r\n", ";", "\n", ", ", "all"].map(|end| Separator::new(end).unwrap());
    for limit in [None, Some(48)] {
        for wanted in 0..ends.len() {
            let device = Hostile::new(text).with_all(&slow);
            let mut reader = BufferedReader::with_capacity(8, device);
            reader.set_line_limit(limit);
            let record = 'found: loop {
                for (i, end) in ends.iter().enumerate() {
                    match i == wanted {
                        true => match reader.next_record(end) {
                            Ok(record) => break 'found record,
                            Err(error) => assert!(error.is_would_block()),
                        },
                        // Looks, and leaves it in place.
                        false => {
                            let _ = reader.peek(1);
                            assert!(reader.slice_until(0).is_err());
                        }
                    }
                }
            };
            let naive = ["\r\n", ";", "\n", ", ", "all"][wanted];
            let at = text
                .windows(naive.len())
                .position(|w| w == naive.as_bytes());
            assert_eq!(record, text[..at.unwrap() + naive.len()]);
        }
    }
}
