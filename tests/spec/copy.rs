//! Chapter "Copying".

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;

use iolite::copy::{CopyOptions, copy_with};
use iolite::raw::FileMode;
use iolite::{
    Adapter, BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Chunk, FileIo,
    IoBase, RawIo, copy,
};
use rstest::rstest;

use crate::support::devices::Behaviour::Unseekable;
use crate::support::devices::Hostile;
use crate::support::naive::ramp;

mod failing;

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
        assert_eq!((to.as_slice(), &*rest), (&b"0123"[..], "456789"), "{name}");
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
    fn flush_and_borrow_fd(&mut self) -> iolite::Result<Option<BorrowedFd<'_>>> {
        self.0.flush_and_borrow_fd()
    }
}
impl Read for Untouched {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        // One look at the end, which has none.
        assert_eq!(self.0.read(buf)?, 0, "read");
        Ok(0)
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
    let shared = CopyOptions::new().zero_copy();
    copy_with(&mut middle, &mut pipe, shared).unwrap();
    drop(pipe);
    assert!(reader.join().unwrap().unwrap() == content);

    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut socket = Untouched(from_fd(ours, FileMode::Write));
    let mut pipe = Untouched(fed_pipe(b"piped"));
    copy(&mut pipe, &mut socket).unwrap();
    let shared = CopyOptions::new().zero_copy();
    copy_with(&mut Untouched(file(b" and filed")), &mut socket, shared).unwrap();
    drop(socket);
    assert_eq!(io::read_to_string(&mut theirs).unwrap(), "piped and filed");
}

/// What was copied to a socket is not the file's any more.
#[cfg(target_os = "linux")]
#[test]
fn cop_3_a_socket_gets_what_the_file_was_unless_it_may_share_its_pages() {
    for (is_shared, expected) in [(false, "before"), (true, "later ")] {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (mut from, options) = (file(b"before"), CopyOptions::new());
        let options = if is_shared {
            options.zero_copy()
        } else {
            options
        };
        let mut to = from_fd(ours, FileMode::Write);
        copy_with(&mut from, &mut to, options).unwrap();
        from.write_at(b"later ", 0).unwrap();
        drop(to);
        let read = io::read_to_string(&mut theirs).unwrap();
        assert_eq!(read, expected, "shared: {is_shared}");
    }
}

/// Asking makes a target write what is pending, so it is not asked without need.
#[cfg(target_os = "linux")]
#[test]
fn cop_3_a_target_without_a_descriptor_is_asked_once() {
    let mut to = Hostile::new(b"");
    let probe = to.probe();
    copy(&mut BytesIo::from(ramp(500_000)), &mut to).unwrap();
    assert_eq!(probe.calls().descriptors, 0);
    copy(&mut file(&ramp(500_000)), &mut to).unwrap();
    assert_eq!(probe.calls().descriptors, 1);
    assert_eq!(probe.content().len(), 1_000_000);
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
        assert!(to.as_slice() == ramp(1000), "{name}");
    }
}

#[test]
fn cop_8_what_comes_first_is_written_whole() {
    let mut to = BytesIo::new();
    let options = CopyOptions::new()
        .prefix(Chunk::from(b"12345".to_vec()))
        .limit(2)
        .progress(0, |_| ControlFlow::Break(()));
    let copied = copy_with(&mut BytesIo::from(b"6".to_vec()), &mut to, options).unwrap();
    assert_eq!((copied, to.as_slice()), (5, &b"12345"[..]));
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
