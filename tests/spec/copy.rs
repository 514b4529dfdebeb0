//! Chapter "Copying".

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;

use iolite::{
    Adapter, BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Chunk,
    CopyOptions, Error, FileIo, FileMode, IoBase, Operation, RawIo, copy, copy_with,
};
use rstest::rstest;

use crate::support::contracts::unsupported;
use crate::support::devices::Behaviour::{
    ErrorAfter, Halves, Interrupted, LyingCounts, NoProgress, OneByte, Room, Unseekable,
};
use crate::support::devices::{EIO, Hostile};
use crate::support::naive::ramp;

/// Any stream of bytes.
trait Bytes: IoBase + Read + Write + Seek + Send {}
impl<T: IoBase + Read + Write + Seek + Send> Bytes for T {}

fn file(content: &[u8]) -> FileIo {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file.rewind().unwrap();
    FileIo::from_file(file, FileMode::ReadUpdate).unwrap()
}

fn from_fd(fd: impl Into<OwnedFd>, mode: FileMode) -> FileIo {
    FileIo::from_file(File::from(fd.into()), mode).unwrap()
}

/// The end of a pipe or socket that somebody fills with `content` and closes.
fn fed(content: &[u8], mut feeder: impl Write + Send + 'static, end: impl Into<OwnedFd>) -> FileIo {
    let content = content.to_vec();
    // Fails if the test reads only a part.
    thread::spawn(move || feeder.write_all(&content));
    from_fd(end, FileMode::Read)
}

fn fed_pipe(content: &[u8]) -> FileIo {
    let (reader, writer) = io::pipe().unwrap();
    fed(content, writer, reader)
}

fn fed_socket(content: &[u8]) -> FileIo {
    let (ours, theirs) = UnixStream::pair().unwrap();
    fed(content, theirs, ours)
}

fn peeked<D: RawIo + Send + 'static>(device: D) -> Box<dyn Bytes> {
    let mut reader = BufferedReader::with_capacity(64, device);
    reader.peek(3).unwrap();
    Box::new(reader)
}

/// Every kind of source, with `content` before it.
fn sources(content: &[u8]) -> Vec<(&'static str, Box<dyn Bytes>)> {
    let memory = || BytesIo::from(content.to_vec());
    let boxed: Box<dyn BufferedIo + Send> = Box::new(BufferedReader::new(file(content)));
    vec![
        ("file", Box::new(file(content))),
        ("reader", Box::new(BufferedReader::new(file(content)))),
        ("peeked file", peeked(file(content))),
        ("dyn", Box::new(boxed)),
        (
            "random",
            Box::new(BufferedRandom::new(file(content)).unwrap()),
        ),
        ("pipe", Box::new(fed_pipe(content))),
        ("peeked pipe", peeked(fed_pipe(content))),
        ("socket", Box::new(fed_socket(content))),
        ("peeked socket", peeked(fed_socket(content))),
        ("memory", Box::new(memory())),
        ("peeked memory", peeked(memory())),
        (
            "std",
            Box::new(Adapter::reader(io::Cursor::new(content.to_vec()))),
        ),
    ]
}

/// A target, and what arrived there once it was closed.
struct Target {
    stream: Box<dyn Bytes>,
    arrived: Box<dyn FnOnce() -> Vec<u8>>,
}

fn into_file(mode: FileMode, wrap: impl FnOnce(FileIo) -> Box<dyn Bytes>) -> Target {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    Target {
        stream: wrap(FileIo::open(&path, mode).unwrap()),
        arrived: Box::new(move || (fs::read(path).unwrap(), folder).0),
    }
}

fn into_reader(end: impl Into<OwnedFd>, mut other: impl Read + Send + 'static) -> Target {
    let reader = thread::spawn(move || {
        let mut all = Vec::new();
        other.read_to_end(&mut all).unwrap();
        all
    });
    Target {
        stream: Box::new(from_fd(end, FileMode::Write)),
        arrived: Box::new(move || reader.join().unwrap()),
    }
}

/// What a sink in memory got; it lives outside the stream.
fn into_memory(wrap: impl FnOnce(Hostile) -> Box<dyn Bytes>) -> Target {
    let device = Hostile::new(b"");
    let probe = device.probe();
    Target {
        stream: wrap(device),
        arrived: Box::new(move || probe.content()),
    }
}

fn targets() -> Vec<(&'static str, Target)> {
    let (pipe_end, pipe) = io::pipe().unwrap();
    let (socket, socket_end) = UnixStream::pair().unwrap();
    vec![
        ("file", into_file(FileMode::Write, |file| Box::new(file))),
        (
            "writer",
            into_file(FileMode::Write, |file| Box::new(BufferedWriter::new(file))),
        ),
        ("append", into_file(FileMode::Append, |file| Box::new(file))),
        (
            "random",
            into_file(FileMode::WriteUpdate, |file| {
                Box::new(BufferedRandom::new(file).unwrap())
            }),
        ),
        ("pipe", into_reader(pipe, pipe_end)),
        ("socket", into_reader(socket, socket_end)),
        ("memory", into_memory(|device| Box::new(device))),
        (
            "memory writer",
            into_memory(|device| Box::new(BufferedWriter::new(device))),
        ),
    ]
}

#[rstest]
#[case::cop_1_nothing(0)]
#[case::cop_1_a_few_bytes(5)]
#[case::cop_1_more_than_any_buffer(300_000)]
fn all_pairs(#[case] len: usize) {
    let content = ramp(len);
    for (source, _) in sources(b"") {
        for (target, to) in targets() {
            let at = format!("{source} to {target}");
            let mut from = find(source, &content);
            let Target {
                mut stream,
                arrived,
            } = to;
            stream.write_all(b"head").unwrap();
            assert_eq!(copy(&mut *from, &mut *stream).unwrap(), len as u64, "{at}");
            stream.write_all(b"tail").unwrap();
            assert_eq!(from.read(&mut [0]).unwrap(), 0, "{at}: the end");
            stream.close().unwrap();
            drop(stream);
            assert!(
                arrived() == [b"head", &content[..], b"tail"].concat(),
                "{at}"
            );
        }
    }
}

fn find(name: &str, content: &[u8]) -> Box<dyn Bytes> {
    let mut all = sources(content).into_iter();
    all.find(|(source, _)| *source == name).unwrap().1
}

#[test]
fn cop_2_both_positions_are_right_afterwards() {
    let mut from = BufferedReader::new(file(b"0123456789"));
    from.read_exact(&mut [0; 3]).unwrap();
    let mut to = BufferedWriter::new(file(b""));
    to.write_all(b"ab").unwrap();
    let limited = CopyOptions::new().limit(4);
    assert_eq!(copy_with(&mut from, &mut to, limited).unwrap(), 4);
    assert_eq!(from.stream_position().unwrap(), 7);
    assert_eq!(to.stream_position().unwrap(), 6);
    assert_eq!(copy(&mut from, &mut to).unwrap(), 3);
    assert_eq!(from.stream_position().unwrap(), 10);
    assert_eq!(to.stream_position().unwrap(), 9);
    let mut file = to.detach().unwrap();
    file.rewind().unwrap();
    assert_eq!(io::read_to_string(file).unwrap(), "ab3456789");
}

#[test]
fn cop_2_a_source_can_be_read_on_after_a_limit() {
    for (name, mut from) in sources(b"0123456789") {
        let mut to = BytesIo::new();
        let limited = CopyOptions::new().limit(4);
        assert_eq!(
            copy_with(&mut *from, &mut to, limited).unwrap(),
            4,
            "{name}"
        );
        let mut rest = String::new();
        from.read_to_string(&mut rest).unwrap();
        assert_eq!((to.getvalue(), &*rest), (&b"0123"[..], "456789"), "{name}");
    }
}

/// A file whose bytes must not pass through the process.
struct Untouched(FileIo);

impl IoBase for Untouched {
    fn readable(&self) -> bool {
        true
    }
    fn writable(&self) -> bool {
        true
    }
    fn seekable(&self) -> bool {
        true
    }
    fn is_closed(&self) -> bool {
        false
    }
    fn close(&mut self) -> iolite::Result<()> {
        self.0.close()
    }
    fn truncate(&mut self, _: Option<u64>) -> iolite::Result<u64> {
        panic!("truncated")
    }
    fn descriptor(&mut self) -> iolite::Result<Option<BorrowedFd<'_>>> {
        self.0.descriptor()
    }
}
impl Read for Untouched {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("read")
    }
}
impl Write for Untouched {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("written")
    }
    fn flush(&mut self) -> io::Result<()> {
        panic!("flushed")
    }
}
impl Seek for Untouched {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        panic!("sought")
    }
}

#[cfg(target_os = "linux")]
#[test]
fn cop_3_the_kernel_copies_from_descriptor_to_descriptor() {
    let content = ramp(200_000);
    let mut middle = Untouched(file(b""));
    let (mut pipe_end, pipe) = io::pipe().unwrap();
    let mut pipe = Untouched(from_fd(pipe, FileMode::Write));
    copy(&mut Untouched(file(&content)), &mut middle).unwrap();
    middle.0.rewind().unwrap();
    let reader = thread::spawn(move || {
        let mut all = Vec::new();
        pipe_end.read_to_end(&mut all).map(|_| all)
    });
    copy(&mut middle, &mut pipe).unwrap();
    drop(pipe);
    assert!(reader.join().unwrap().unwrap() == content);

    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut socket = Untouched(from_fd(ours, FileMode::Write));
    let mut pipe = Untouched(fed_pipe(b"piped"));
    copy(&mut pipe, &mut socket).unwrap();
    drop(socket);
    assert_eq!(io::read_to_string(&mut theirs).unwrap(), "piped");
}

#[cfg(target_os = "linux")]
#[test]
fn cop_4_what_the_kernel_refuses_is_read_and_written() {
    // The size of this file is 0, and the kernel's copy believes it.
    let path = "/proc/self/status";
    assert_eq!(fs::metadata(path).unwrap().len(), 0);
    let mut to = file(b"");
    let mut from = FileIo::open(path, FileMode::Read).unwrap();
    let copied = copy(&mut from, &mut to).unwrap();
    assert!(copied > 100);
    assert_eq!(to.stream_position().unwrap(), copied);

    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "one\n").unwrap();
    let mut to = FileIo::open(&log, FileMode::Append).unwrap();
    assert_eq!(copy(&mut file(b"two\n"), &mut to).unwrap(), 4);
    assert_eq!(to.stream_position().unwrap(), 8);
    assert_eq!(fs::read_to_string(log).unwrap(), "one\ntwo\n");
}

#[test]
fn cop_5_a_source_that_can_seek_is_where_the_target_stopped() {
    let read_ahead: fn() -> Box<dyn Bytes> = || peeked(file(&ramp(1000)));
    let sources: [fn() -> Box<dyn Bytes>; 4] = [
        || Box::new(BytesIo::from(ramp(1000))),
        || Box::new(file(&ramp(1000))),
        || Box::new(BufferedReader::new(file(&ramp(1000)))),
        read_ahead,
    ];
    for (index, source) in sources.iter().enumerate() {
        let mut from = source();
        let device = Hostile::new(b"").with(ErrorAfter(300)).with(Halves);
        let probe = device.probe();
        let mut to = device;
        let error = copy(&mut *from, &mut to).unwrap_err();
        assert_eq!(error.source.raw_os_error(), Some(EIO), "{index}");
        assert_eq!(error.copied, probe.content().len() as u64, "{index}");
        assert!(error.unwritten.is_empty(), "{index}");
        assert_eq!(from.stream_position().unwrap(), error.copied, "{index}");
        let rest = copy(&mut *from, &mut to).unwrap();
        assert_eq!(error.copied + rest, 1000, "{index}");
        assert!(probe.content() == ramp(1000), "{index}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn cop_5_a_full_disk_loses_nothing() {
    for (name, mut from) in sources(b"content").into_iter().take(5) {
        let mut to = FileIo::open("/dev/full", FileMode::Write).unwrap();
        let error = copy(&mut *from, &mut to).unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::StorageFull, "{name}");
        assert_eq!((error.copied, &*error.unwritten), (0, &b""[..]), "{name}");
        assert_eq!(from.stream_position().unwrap(), 0, "{name}");
    }
    for source in ["pipe", "peeked pipe", "socket", "peeked socket", "std"] {
        let mut from = find(source, b"content");
        let mut to = FileIo::open("/dev/full", FileMode::Write).unwrap();
        let error = copy(&mut *from, &mut to).unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::StorageFull, "{source}");
        let mut rest = BytesIo::new();
        copy_with(
            &mut *from,
            &mut rest,
            CopyOptions::new().first(error.unwritten),
        )
        .unwrap();
        assert_eq!(rest.getvalue(), b"content", "{source}");
    }
}

#[test]
fn cop_5_a_reader_that_went_away_is_a_broken_pipe() {
    for (name, mut from) in sources(b"content").into_iter().take(5) {
        let (reader, pipe) = io::pipe().unwrap();
        drop(reader);
        let error = copy(&mut *from, &mut from_fd(pipe, FileMode::Write)).unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::BrokenPipe, "{name}");
        assert_eq!((error.copied, &*error.unwritten), (0, &b""[..]), "{name}");
        assert_eq!(from.stream_position().unwrap(), 0, "{name}");
    }
}

#[test]
fn cop_5_a_read_that_fails_has_delivered_what_came_before() {
    let mut from = Hostile::new(&ramp(100)).with(ErrorAfter(40)).with(OneByte);
    let mut to = BytesIo::new();
    let error = copy(&mut from, &mut to).unwrap_err();
    assert_eq!((error.copied, &*error.unwritten), (40, &b""[..]));
    assert_eq!(copy(&mut from, &mut to).unwrap(), 60);
    assert_eq!(to.getvalue(), ramp(100));
}

#[test]
fn cop_6_what_could_not_be_put_back_comes_with_the_error() {
    let mut from = Hostile::new(&ramp(1000)).with(Unseekable);
    let to = Hostile::new(b"").with(Room(300));
    let (probe, mut to) = (to.probe(), to);
    let error = copy(&mut from, &mut to).unwrap_err();
    assert!(error.is_would_block());
    assert_eq!(error.copied, 300);
    assert_eq!(error.unwritten, ramp(1000)[300..]);

    // What comes first counts, and is handed back again as far as it was not written.
    probe.make_room(100);
    let again = CopyOptions::new().first(error.unwritten);
    let error = copy_with(&mut from, &mut to, again).unwrap_err();
    assert_eq!((error.copied, error.unwritten.len()), (100, 600));
    probe.make_room(1000);
    let again = CopyOptions::new().first(error.unwritten);
    assert_eq!(copy_with(&mut from, &mut to, again).unwrap(), 600);
    assert!(probe.content() == ramp(1000));
}

#[rstest]
#[case::cop_7_nothing(0)]
#[case::cop_7_a_few(3)]
#[case::cop_7_all(10)]
#[case::cop_7_more_than_there_is(11)]
fn limits(#[case] limit: u64) {
    let expected = limit.min(10);
    for (name, mut from) in sources(b"0123456789") {
        let mut to = file(b"");
        let options = CopyOptions::new().limit(limit);
        let copied = copy_with(&mut *from, &mut to, options).unwrap();
        assert_eq!((copied, name), (expected, name));
        assert_eq!(to.stream_position().unwrap(), expected, "{name}");
    }
}

#[test]
fn cop_7_a_raw_source_is_asked_for_no_more() {
    let mut from = Hostile::new(b"0123456789").with(Unseekable);
    let probe = from.probe();
    copy_with(&mut from, &mut BytesIo::new(), CopyOptions::new().limit(4)).unwrap();
    assert_eq!(probe.read_sizes(), [4]);
}

#[test]
fn cop_8_progress_is_told_at_each_multiple() {
    for (name, mut from) in sources(&ramp(1000)) {
        let mut seen = Vec::new();
        let options = CopyOptions::new().progress(300, |copied| {
            seen.push(copied);
            ControlFlow::Continue(())
        });
        copy_with(&mut *from, &mut file(b""), options).unwrap();
        assert_eq!(seen, [300, 600, 900], "{name}");
    }
}

#[test]
fn cop_8_progress_can_stop_the_copy_without_loss() {
    for (name, mut from) in sources(&ramp(1000)) {
        let mut to = BytesIo::new();
        let stop = |copied| match copied {
            600 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let options = CopyOptions::new().progress(200, stop);
        assert_eq!(
            copy_with(&mut *from, &mut to, options).unwrap(),
            600,
            "{name}"
        );
        assert_eq!(copy(&mut *from, &mut to).unwrap(), 400, "{name}");
        assert!(to.getvalue() == ramp(1000), "{name}");
    }
}

#[test]
fn cop_8_what_comes_first_is_written_whole() {
    let mut to = BytesIo::new();
    let options = CopyOptions::new()
        .first(Chunk::from(b"12345".to_vec()))
        .limit(2)
        .progress(0, |_| ControlFlow::Break(()));
    let copied = copy_with(&mut BytesIo::from(b"6".to_vec()), &mut to, options).unwrap();
    assert_eq!((copied, to.getvalue()), (5, &b"12345"[..]));
}

#[test]
fn cop_9_the_wrong_way_and_closed_streams_are_refused_before_anything_moves() {
    let read_only = || {
        // The descriptor could be written; the stream may not.
        let file = file(b"old").into_inner().unwrap();
        FileIo::from_file(file, FileMode::Read).unwrap()
    };
    let write_only = || {
        let file = file(b"old").into_inner().unwrap();
        FileIo::from_file(file, FileMode::Write).unwrap()
    };
    let mut from = file(b"content");
    unsupported(copy(&mut from, &mut read_only()), Operation::Write);
    unsupported(
        copy(&mut from, &mut BufferedReader::new(file(b""))),
        Operation::Write,
    );
    unsupported(copy(&mut write_only(), &mut file(b"")), Operation::Read);
    let mut closed = file(b"");
    closed.close().unwrap();
    let error = copy(&mut from, &mut closed).unwrap_err();
    assert!(matches!(error.source, Error::Closed), "{error:?}");
    let first = CopyOptions::new().first(Chunk::from(b"kept".to_vec()));
    let error = copy_with(&mut closed, &mut file(b""), first).unwrap_err();
    assert!(matches!(error.source, Error::Closed), "{error:?}");
    assert_eq!(error.unwritten, b"kept");
    assert_eq!(from.stream_position().unwrap(), 0);
}

/// A socket that nobody reads until it is full, then a reader that takes what was sent.
#[rstest]
#[case::cop_10_file(0, "file")]
#[case::cop_10_peeked_file(1, "peeked file")]
#[case::cop_10_pipe(2, "pipe")]
#[case::cop_10_peeked_pipe(3, "peeked pipe")]
#[case::cop_10_memory(4, "memory")]
#[case::cop_10_std(5, "std")]
fn not_now(#[case] _row: usize, #[case] source: &str, #[values(false, true)] buffered: bool) {
    let content = ramp(2_000_000);
    let mut from = find(source, &content);
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let socket = from_fd(ours, FileMode::Write);
    let mut to: Box<dyn Bytes> = match buffered {
        true => Box::new(BufferedWriter::new(socket)),
        false => Box::new(socket),
    };
    let (mut arrived, mut copied, mut first, mut blocked) = (Vec::new(), 0, Chunk::new(), 0);
    loop {
        let options = CopyOptions::new().first(first);
        match copy_with(&mut *from, &mut *to, options) {
            Ok(n) => {
                copied += n;
                break;
            }
            Err(error) => {
                assert!(error.is_would_block(), "{error:?}");
                (copied, blocked) = (copied + error.copied, blocked + 1);
                first = error.unwritten;
            }
        }
        let mut some = vec![0; 50_000];
        let n = theirs.read(&mut some).unwrap();
        arrived.extend_from_slice(&some[..n]);
    }
    // What the buffer still has needs room, too.
    let rest = thread::spawn(move || {
        theirs.read_to_end(&mut arrived).unwrap();
        arrived
    });
    while let Err(error) = to.flush() {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        thread::yield_now();
    }
    drop(to);
    assert_eq!(copied, content.len() as u64);
    assert!(blocked > 0);
    assert!(rest.join().unwrap() == content);
}

#[test]
fn cop_10_the_count_survives_the_question_mark() {
    let copied = || {
        let mut to = Hostile::new(b"").with(Room(3));
        copy(&mut BytesIo::from(b"abcdef".to_vec()), &mut to).unwrap_err()
    };
    assert!(matches!(
        Error::from(copied()),
        Error::WouldBlock { written: 3 }
    ));
    assert_eq!(io::Error::from(copied()).kind(), ErrorKind::WouldBlock);
    let text = copied().to_string();
    assert!(
        text.starts_with("the copy stopped after 3 bytes: "),
        "{text}"
    );
}

#[test]
fn cop_11_a_device_that_misbehaves_is_an_error_and_no_hang() {
    let mut from = BytesIo::from(ramp(100));
    let error = copy(&mut from, &mut Hostile::new(b"").with(NoProgress)).unwrap_err();
    assert!(
        matches!(error.source, Error::NoProgress { .. }),
        "{error:?}"
    );
    assert_eq!(from.stream_position().unwrap(), 0);
    let error = copy(&mut from, &mut Hostile::new(b"").with(LyingCounts)).unwrap_err();
    assert!(matches!(error.source, Error::BadCount { .. }), "{error:?}");
    let mut lying = Hostile::new(&ramp(200_000)).with(LyingCounts);
    let error = copy(&mut lying, &mut BytesIo::new()).unwrap_err();
    assert!(matches!(error.source, Error::BadCount { .. }), "{error:?}");
}

#[test]
fn cop_11_signals_and_short_counts_are_gone_through() {
    let mut from = Hostile::new(&ramp(1000)).with(Interrupted).with(Halves);
    let mut to = Hostile::new(b"").with(OneByte).with(Interrupted);
    let probe = to.probe();
    assert_eq!(copy(&mut from, &mut to).unwrap(), 1000);
    assert!(probe.content() == ramp(1000));
}

#[test]
fn cop_12_a_file_onto_itself_stays_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("same");
    fs::write(&path, ramp(300_000)).unwrap();
    let mut from = FileIo::open(&path, FileMode::Read).unwrap();
    let mut to = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    assert_eq!(copy(&mut from, &mut to).unwrap(), 300_000);
    assert!(fs::read(&path).unwrap() == ramp(300_000));
}

#[test]
fn cop_13_beyond_4_gib() {
    const FAR: u64 = (4 << 30) - 10;
    let mut from = file(b"");
    from.seek(SeekFrom::Start(FAR)).unwrap();
    from.write_all(&ramp(100)).unwrap();
    from.seek(SeekFrom::Start(FAR)).unwrap();
    let mut to = BufferedWriter::new(file(b""));
    to.seek(SeekFrom::Start(2 * FAR)).unwrap();
    assert_eq!(copy(&mut from, &mut to).unwrap(), 100);
    assert_eq!(to.stream_position().unwrap(), 2 * FAR + 100);
    let mut file = to.detach().unwrap();
    file.seek(SeekFrom::Start(2 * FAR)).unwrap();
    let mut all = Vec::new();
    file.read_to_end(&mut all).unwrap();
    assert_eq!(all, ramp(100));
}
