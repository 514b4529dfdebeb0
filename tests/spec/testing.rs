//! "Testing": TST clauses. That the contracts hold for this crate is shown in all other chapters;
//! here, that they find what is broken.

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::raw::FileMode;
use iolite::testing::Behaviour::{
    self, Appending, BlockSize, ErrorAfter, FailingClose, Halves, Interrupted, KindAfter, Lies,
    LyingCounts, LyingLender, NoProgress, OneByte, PanicAfter, PanicOnWrite, Positioned, Room,
    ShortWrites, Standing, Terminal, TimedOut, Unreadable, Unseekable, Unwritable, WouldBlock,
    Zeros,
};
use iolite::testing::{
    Delegate, EIO, FileModel, FileRules, HostileDevice, assert_closes_buffered, assert_codec,
    assert_decoding_ends, assert_like_a_file, assert_raw_device, assert_reads_all,
    assert_reads_text, assert_writes_all, hampering_behaviours, retry_transient, some_file_ops,
};
use iolite::text::{Codec, DecodeStep};
use iolite::{
    BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Chunk, Error, FileIo,
    IoBase, Newline, RawIo, Result, StringIo, TextIoWrapper, TextOptions,
};
use rstest::rstest;

use crate::support::naive::{Dice, text};
use crate::text_codecs;

/// The message of the panic, which has to come.
fn panics(call: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("it found nothing");
    let message = panic.downcast_ref::<String>().cloned();
    message.unwrap_or_else(|| panic.downcast_ref::<&str>().unwrap().to_string())
}

#[test]
fn tst_1_a_hostile_device_does_what_it_is_told_and_records_it() {
    let behaviours = [Behaviour::Interrupted, Behaviour::OneByte];
    let mut device = HostileDevice::new(b"abc").with_all(&behaviours);
    let probe = device.probe();
    let mut buf = [0; 4];
    let kinds = [(); 3].map(|()| device.read(&mut buf).map_err(|error| error.kind()));
    assert_eq!(
        kinds,
        [
            Err(ErrorKind::Interrupted),
            Ok(1),
            Err(ErrorKind::Interrupted)
        ]
    );
    assert_eq!(device.write(b"xy").unwrap(), 1);
    assert_eq!(probe.content(), b"axc");
    assert_eq!((probe.position(), probe.calls().reads), (2, 3));
    probe.fail_next(28);
    assert_eq!(device.flush().unwrap_err().raw_os_error(), Some(28));
}

/// What eight calls answer, in order: two reads of 3 bytes, two writes of 4, two flushes, and the
/// position after two seeks to byte 5; then what the device has.
fn transcript(behaviours: &[Behaviour]) -> String {
    let mut device = HostileDevice::new(b"abcdefgh").with_all(behaviours);
    let mut answers: Vec<String> = Vec::new();
    let mut note = |answer: std::thread::Result<std::io::Result<u64>>| {
        answers.push(match answer {
            Err(_) => "panic".to_owned(),
            Ok(Ok(n)) => n.to_string(),
            Ok(Err(error)) => match error.raw_os_error() {
                Some(number) => format!("error {number}"),
                None => error.kind().to_string(),
            },
        });
    };
    let mut buf = [0; 3];
    let mut call = |call: &mut dyn FnMut(&mut HostileDevice) -> std::io::Result<u64>| {
        note(catch_unwind(AssertUnwindSafe(|| call(&mut device))));
    };
    for _ in 0..2 {
        call(&mut |device| Ok(device.read(&mut buf)? as u64));
    }
    for _ in 0..2 {
        call(&mut |device| Ok(device.write(b"WXYZ")? as u64));
    }
    for _ in 0..2 {
        call(&mut |device| device.flush().map(|()| 0));
    }
    for _ in 0..2 {
        call(&mut |device| device.seek(SeekFrom::Start(5)));
    }
    let content = String::from_utf8(device.probe().content()).unwrap();
    format!("{}; {content}", answers.join(", "))
}

#[rstest]
#[case::tst_1_none(&[], "3, 3, 4, 4, 0, 0, 5, 5; abcdefWXYZWXYZ")]
#[case::tst_1_one_byte(&[OneByte], "1, 1, 1, 1, 0, 0, 5, 5; abWWefgh")]
#[case::tst_1_halves(&[Halves], "2, 2, 2, 2, 0, 0, 5, 5; abcdWXWX")]
#[case::tst_1_short_writes(&[ShortWrites(3)], "3, 3, 3, 3, 0, 0, 5, 5; abcdefWXYWXY")]
#[case::tst_1_interrupted(&[Interrupted], "operation interrupted, 3, operation interrupted, 4, operation interrupted, 0, operation interrupted, 5; abcWXYZh")]
#[case::tst_1_would_block(&[WouldBlock], "operation would block, 3, operation would block, 4, operation would block, 0, 5, 5; abcWXYZh")]
#[case::tst_1_timed_out(&[TimedOut], "timed out, 3, timed out, 4, timed out, 0, 5, 5; abcWXYZh")]
#[case::tst_1_lies(&[Lies], "4, 3, 5, 4, 0, 0, 5, 5; abcWXYZh")]
#[case::tst_1_zeros(&[Zeros], "3, 3, 0, 4, 0, 0, 5, 5; abcdefWXYZ")]
#[case::tst_1_panic_after(&[PanicAfter(4)], "3, 1, panic, 4, 0, 0, 5, 5; abcdWXYZ")]
#[case::tst_1_room(&[Room(5)], "3, 3, 4, 1, 0, 0, 5, 5; abcdefWXYZW")]
#[case::tst_1_no_room(&[Room(3)], "3, 3, 3, operation would block, 0, 0, 5, 5; abcdefWXY")]
#[case::tst_1_error_after(&[ErrorAfter(4)], "3, 1, error 5, 4, 0, 0, 5, 5; abcdWXYZ")]
#[case::tst_1_kind_after(&[KindAfter(4, ErrorKind::NotFound)], "3, 1, entity not found, 4, 0, 0, 5, 5; abcdWXYZ")]
#[case::tst_1_lying_counts(&[LyingCounts], "4, 4, 5, 5, 0, 0, 5, 5; abcdefWXYZWXYZ")]
#[case::tst_1_no_progress(&[NoProgress], "3, 3, 0, 0, 0, 0, 5, 5; abcdefgh")]
#[case::tst_1_unseekable(&[Unseekable], "3, 3, 4, 4, 0, 0, unsupported, unsupported; abcdefWXYZWXYZ")]
#[case::tst_1_standing(&[Standing], "3, 3, 4, 4, 0, 0, 0, 0; abcdefWXYZWXYZ")]
#[case::tst_1_appending(&[Appending], "3, 3, 4, 4, 0, 0, 5, 5; abcdefghWXYZWXYZ")]
#[case::tst_1_panic_on_write(&[PanicOnWrite], "3, 3, panic, panic, 0, 0, 5, 5; abcdefgh")]
#[case::tst_1_failing_close(&[FailingClose], "3, 3, 4, 4, error 5, error 5, 5, 5; abcdefWXYZWXYZ")]
#[case::tst_1_several(&[WouldBlock, Halves, ErrorAfter(3)], "operation would block, 2, operation would block, 1, operation would block, error 5, 5, 5; abWdefgh")]
fn each_behaviour_is_what_it_says(#[case] behaviours: &[Behaviour], #[case] expected: &str) {
    assert_eq!(transcript(behaviours), expected);
}

#[test]
fn tst_1_what_a_device_says_about_itself_is_as_told() {
    let says = |behaviour| {
        let mut device = HostileDevice::new(b"abc").with(behaviour);
        let able = [device.readable(), device.writable(), device.seekable()];
        let more = [device.is_terminal(), device.is_append_only()];
        let lent = device.read_shared(2).unwrap().map(|chunk| chunk.len());
        (
            able,
            more,
            device.block_size(),
            device.supports_read_at(),
            lent,
        )
    };
    let (all, none) = ([true; 3], [false; 2]);
    assert_eq!(says(OneByte), (all, none, None, false, None));
    assert_eq!(says(Unreadable).0, [false, true, true]);
    assert_eq!(says(Unwritable).0, [true, false, true]);
    assert_eq!(says(Unseekable).0, [true, true, false]);
    assert_eq!(says(Terminal).1, [true, false]);
    assert_eq!(says(Appending).1, [false, true]);
    assert_eq!(says(BlockSize(7)).2, Some(7));
    assert!(says(Positioned).3);
    assert_eq!(says(LyingLender).4, Some(3));
    let mut device = HostileDevice::new(b"abc")
        .with(Positioned)
        .with(FailingClose);
    let mut buf = [0; 2];
    assert_eq!(device.read_at(&mut buf, 1).unwrap(), 2);
    assert_eq!(device.write_at(b"x", 2).unwrap(), 1);
    assert_eq!((buf, device.probe().position()), (*b"bc", 0));
    assert_eq!(device.close().unwrap_err().raw_os_error(), Some(EIO + 1));
    device.close().unwrap();
    assert!(device.is_closed());
}

/// What it does not have itself, a buffer would do without: seeks, or a copy by the kernel.
#[test]
fn tst_1_a_delegate_passes_all_calls_on() {
    let memory = || Delegate::new(BytesIo::from(b"abcdef".to_vec()));
    assert_eq!(memory().rest_hint(), Some(6));
    assert_eq!(memory().read_shared(9).unwrap().unwrap(), b"abcdef");
    let device = HostileDevice::new(b"abc").with_all(&[Positioned, BlockSize(7), Terminal]);
    let probe = device.probe();
    let mut device = Delegate::new(device);
    assert_eq!((device.block_size(), device.is_terminal()), (Some(7), true));
    assert!(device.supports_read_at());
    assert_eq!(device.read_at(&mut [0; 2], 2).unwrap(), 1);
    assert_eq!(device.write_at(b"x", 2).unwrap(), 1);
    device.flush_and_borrow_fd().unwrap();
    assert_eq!(device.truncate(Some(3)).unwrap(), 3);
    assert_eq!(device.stream_position().unwrap(), 0);
    let calls = probe.calls();
    assert_eq!((calls.reads, calls.writes), (1, 1));
    assert_eq!((calls.descriptors, calls.truncates, calls.seeks), (1, 1, 1));
    // Nothing goes past a call that is replaced.
    let mut device = device.on_read(|_, _| Ok(0));
    assert!(!device.supports_read_at());
    device.flush_and_borrow_fd().unwrap();
    assert_eq!(probe.calls().descriptors, 1);
    assert!(
        memory()
            .on_read(|_, _| Ok(0))
            .read_shared(9)
            .unwrap()
            .is_none()
    );
}

#[test]
fn tst_1_a_delegate_replaces_single_calls() {
    let device = Delegate::new(BytesIo::from(b"abcdef".to_vec()))
        .on_read(|memory, buf| memory.read(&mut buf[..2]))
        .on_flush(|_| Err(ErrorKind::StorageFull.into()));
    let mut stream = BufferedRandom::new(device).unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert_eq!(all, "abcdef");
    stream.write_all(b"g").unwrap();
    assert_eq!(stream.flush().unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(stream.get_ref().get_ref().as_slice(), b"abcdefg");
}

#[test]
fn tst_2_the_devices_of_this_crate_pass() {
    let content = text(300);
    assert_raw_device(|| BytesIo::from(content.clone()), &content, "BytesIo");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&content).unwrap();
    // Writing in place changes it: each has its own.
    let open = || {
        std::fs::write(file.path(), &content).unwrap();
        FileIo::open(file.path(), FileMode::ReadUpdate).unwrap()
    };
    assert_raw_device(open, &content, "FileIo");
    for behaviours in hampering_behaviours() {
        let positioned = [&behaviours[..], &[Positioned]].concat();
        let open = || HostileDevice::new(&content).with_all(&positioned);
        assert_raw_device(open, &content, &format!("{positioned:?}"));
        let open = || HostileDevice::new(&content).with_all(&behaviours);
        assert_raw_device(open, &content, &format!("{behaviours:?}"));
    }
}

type Broken = Delegate<BytesIo>;

fn memory() -> Broken {
    Delegate::new(BytesIo::from(text(100)))
}

#[rstest]
#[case::tst_2_loses_a_byte(
    || memory().on_read(|device, buf| { device.read_exact(&mut [0])?; device.read(buf) }), "")]
#[case::tst_2_writes_beyond_its_count(
    || memory().on_read(|device, buf| { let n = device.read(buf)?; buf.fill(1); Ok(n.min(1)) }), "")]
#[case::tst_2_claims_too_much(
    || memory().on_read(|device, buf| Ok(device.read(buf)? + 1)), "into room for")]
#[case::tst_2_does_not_move(
    || memory().on_seek(|device, _| { device.read_exact(&mut [0])?; Ok(0) }), "read at 0")]
#[case::tst_2_takes_nothing(|| memory().on_write(|_, _| Ok(0)), "one byte was to be written")]
fn a_broken_device_is_found(#[case] open: fn() -> Broken, #[case] says: &str) {
    let message = panics(|| assert_raw_device(open, &text(100), "broken"));
    assert!(
        message.contains("broken") && message.contains(says),
        "{message}"
    );
}

#[test]
fn tst_2_a_broken_stream_is_found() {
    let content = text(100);
    let loses = || {
        let device = Delegate::new(BytesIo::from(content.clone()));
        BufferedReader::with_capacity(
            16,
            device.on_read(|device, buf| {
                device.read_exact(&mut [0])?;
                device.read(buf)
            }),
        )
    };
    panics(|| assert_reads_all(loses, &content, "it loses every 17th byte"));
    let twice = || {
        let device = HostileDevice::new(b"");
        let probe = device.probe();
        let device = Delegate::new(device).on_write(|device, buf| {
            device.write_all(buf)?;
            device.write_all(buf)?;
            Ok(buf.len())
        });
        (BufferedWriter::with_capacity(16, device), probe)
    };
    panics(|| assert_writes_all(twice, &content, "it writes twice"));
    let other = || BufferedRandom::new(HostileDevice::new(&content)).unwrap();
    let ops = some_file_ops(&mut Dice::new(1), 50, true);
    let file = &mut FileModel::new(&[b'x'; 100]);
    panics(|| assert_like_a_file(&mut other(), file, FileRules::default(), &ops, "another"));
    panics(|| {
        drop(retry_transient("times out each time", || {
            Err::<(), _>(std::io::Error::from(ErrorKind::TimedOut).into())
        }));
    });
}

#[rstest]
#[case::tst_2_counts_wrongly(LyingCounts)]
#[case::tst_2_counts_wrongly_at_times(Lies)]
#[case::tst_2_lends_too_much(LyingLender)]
#[case::tst_2_stays_where_it_is(Standing)]
#[case::tst_2_no_progress(NoProgress)]
#[case::tst_2_no_progress_at_times(Zeros)]
#[case::tst_2_cannot_be_closed(FailingClose)]
fn a_hostile_device_breaks_the_contract(#[case] behaviour: Behaviour) {
    let open = || HostileDevice::new(b"some bytes").with(behaviour);
    let message = panics(|| assert_raw_device(open, b"some bytes", "hostile"));
    assert!(message.contains("hostile"), "{message}");
}

/// What a buffered stream of the test does wrong.
#[derive(Clone, Copy, Debug)]
enum Fault {
    ClaimsTooMuch,
    GivesTooMuch,
    PeekMoves,
    LineStopsEarly,
    LineGoesPast,
    LineIsMiscounted,
    ExactEndsEarly,
    FailureAppends,
    WorksWhenClosed,
}

struct Faulty(BufferedReader<BytesIo>, Fault);

impl Read for Faulty {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let lie = usize::from(matches!(self.1, Fault::ClaimsTooMuch));
        Ok(self.0.read(buf)? + lie)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> std::io::Result<()> {
        let expected = buf.len();
        match self.1 {
            Fault::ExactEndsEarly if expected > 1 => {
                let available = 1;
                Err(Error::PartialRead {
                    available,
                    expected,
                }
                .into())
            }
            _ => self.0.read_exact(buf),
        }
    }
}

impl BufRead for Faulty {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.0.consume(n);
    }

    fn read_until(&mut self, byte: u8, line: &mut Vec<u8>) -> std::io::Result<usize> {
        match self.1 {
            Fault::LineStopsEarly => Read::by_ref(&mut self.0).take(3).read_until(byte, line),
            Fault::LineGoesPast => {
                let n = self.0.read_until(byte, line)?;
                Ok(n + Read::by_ref(&mut self.0).take(1).read_until(byte, line)?)
            }
            Fault::FailureAppends if line == b"kept" => {
                line.push(0);
                Err(ErrorKind::TimedOut.into())
            }
            _ => self.0.read_until(byte, line),
        }
    }

    fn read_line(&mut self, line: &mut String) -> std::io::Result<usize> {
        let lie = usize::from(matches!(self.1, Fault::LineIsMiscounted));
        Ok(self.0.read_line(line)? + lie)
    }
}

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Faulty {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl IoBase for Faulty {
    fn readable(&self) -> bool {
        self.0.readable()
    }

    fn writable(&self) -> bool {
        self.0.writable()
    }

    fn seekable(&self) -> bool {
        self.0.seekable()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<()> {
        self.0.close()
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        match self.1 {
            Fault::WorksWhenClosed => Ok(size.unwrap_or(0)),
            _ => self.0.truncate(size),
        }
    }
}

impl BufferedIo for Faulty {
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        let more = usize::from(matches!(self.1, Fault::GivesTooMuch));
        self.0.read_chunk(max + more)
    }

    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.0.write_chunk(chunk)
    }

    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        if let Fault::PeekMoves = self.1 {
            self.0.read_exact(&mut [0])?;
        }
        self.0.peek(n)
    }
}

#[rstest]
#[case::tst_2_claims_too_much(Fault::ClaimsTooMuch, "into room for")]
#[case::tst_2_gives_too_much(Fault::GivesTooMuch, "the length of what is at")]
#[case::tst_2_a_look_moves(Fault::PeekMoves, "Peek")]
#[case::tst_2_a_line_stops_early(Fault::LineStopsEarly, "the length of what is at")]
#[case::tst_2_a_line_goes_past_its_end(Fault::LineGoesPast, "past its byte")]
#[case::tst_2_a_line_is_miscounted(Fault::LineIsMiscounted, "the count of read_line")]
#[case::tst_2_an_end_comes_early(Fault::ExactEndsEarly, "ReadExact after the end")]
#[case::tst_2_a_failure_appends(Fault::FailureAppends, "appended something")]
#[case::tst_2_it_works_when_closed(Fault::WorksWhenClosed, "truncate here works on a closed")]
fn a_faulty_stream_is_found(#[case] fault: Fault, #[case] says: &str) {
    let content = text(100);
    let open = || Faulty(BufferedReader::new(BytesIo::from(content.clone())), fault);
    let message = panics(|| {
        assert_reads_all(open, &content, "faulty");
        assert_closes_buffered(&mut open(), "faulty");
    });
    assert!(
        message.contains("faulty") && message.contains(says),
        "{message}"
    );
}

/// Long content, and content that is no text, is no reason to complain.
#[test]
fn tst_2_any_content_passes() {
    let content: Vec<u8> = (0..=255).rev().cycle().take(25_000).collect();
    let open = || BufferedReader::new(BytesIo::from(content.clone()));
    assert_reads_all(open, &content, "bytes");
    let open = || {
        let device = HostileDevice::new(b"");
        let probe = device.probe();
        (BufferedWriter::new(device), probe)
    };
    assert_writes_all(open, &content, "bytes");
}

/// A place that is told by a stream over a device that cannot go back is not found again.
#[rstest]
#[case::tst_3_a_place_is_lost("a\nb\n", "from")]
#[case::tst_3_a_line_ends_elsewhere("a\rb\n", "where the line ends")]
fn a_broken_stream_of_text_is_found(#[case] text: &'static str, #[case] says: &str) {
    let open = || {
        let device = Delegate::new(BytesIo::from(text.as_bytes().to_vec()));
        let stays = device.on_seek(|device, to| match to {
            SeekFrom::Start(_) => device.rewind().map(|()| 2),
            other => device.seek(other),
        });
        let options = TextOptions::new().newline(Newline::Keep);
        TextIoWrapper::with_options(BufferedReader::with_capacity(1, stays), options)
    };
    let message = panics(|| assert_reads_text(open, text, "broken"));
    assert!(
        message.contains("broken") && message.contains(says),
        "{message}"
    );
}

#[test]
fn tst_3_long_text_passes() {
    let text = "x".repeat(25_000);
    assert_reads_text(|| StringIo::from(&*text), &text, "long");
}

#[test]
fn tst_3_text_is_read_in_every_way_and_a_difference_found() {
    let text = "one\n\nthrée\nno newline";
    assert_reads_text(|| StringIo::from(text), text, "StringIo");
    for behaviours in hampering_behaviours() {
        for capacity in [1, 2, 3, 7, 40] {
            let device = || HostileDevice::new(text.as_bytes()).with_all(&behaviours);
            let open = || TextIoWrapper::new(BufferedReader::with_capacity(capacity, device()));
            assert_reads_text(open, text, &format!("{behaviours:?}, {capacity}"));
        }
    }
    let message = panics(|| assert_reads_text(|| StringIo::from("a\nb"), "a\nc", "other text"));
    assert!(message.contains("other text"), "{message}");
}

#[test]
fn tst_4_codecs_are_tried_and_broken_ones_found() {
    // The last one has no character by itself.
    for codec in &text_codecs::CODECS[..3] {
        assert_codec(*codec, "Hello\nworld, abc\n");
    }
    let mut dice = Dice::new(4);
    for _ in 0..200 {
        let nonsense: Vec<u8> = (0..9).map(|_| dice.roll(256) as u8).collect();
        for codec in text_codecs::CODECS {
            assert_decoding_ends(codec, &nonsense);
        }
    }
}

/// What a codec of the test does wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    ReadsNothing,
    ReadsTooMuch,
    MindsCuts,
    LosesAccents,
}

impl Codec for Wrong {
    fn name(&self) -> &str {
        "wrong"
    }

    fn decode(&self, _: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
        text.extend(bytes.iter().map(|&byte| char::from(byte)));
        match self {
            Wrong::ReadsNothing => DecodeStep::Read(0),
            Wrong::ReadsTooMuch => DecodeStep::Read(bytes.len() + 1),
            Wrong::MindsCuts => {
                text.push('|');
                DecodeStep::Read(bytes.len())
            }
            Wrong::LosesAccents => DecodeStep::Read(bytes.len()),
        }
    }

    fn encode(&self, _: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
        bytes.extend(
            text.chars()
                .map(|ch| if ch.is_ascii() { ch as u8 } else { b'e' }),
        );
        text.len()
    }
}

#[rstest]
#[case::tst_4_no_progress(Wrong::ReadsNothing)]
#[case::tst_4_more_than_there_is(Wrong::ReadsTooMuch)]
#[case::tst_4_cuts_show(Wrong::MindsCuts)]
#[case::tst_4_not_read_back(Wrong::LosesAccents)]
fn a_broken_codec_is_found(#[case] codec: Wrong) {
    panics(|| drop(assert_codec(&codec, "été")));
}
