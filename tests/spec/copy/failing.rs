//! Chapter "Copying": what happens on errors, and when a device cannot now.

use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use iolite::copy::{CopyOptions, CopySide, copy_with};
use iolite::error::Operation;
use iolite::raw::FileMode;
use iolite::{
    Adapter, BufferedReader, BufferedWriter, BytesIo, Chunk, Error, FileIo, IoBase, copy,
};
use rstest::rstest;

use super::{Bytes, file, find, from_fd, peeked, sources};
use crate::support::contracts::{self, unsupported};
use crate::support::devices::Behaviour::{
    ErrorAfter, Halves, Interrupted, LyingCounts, NoProgress, OneByte, Room, Unseekable,
};
use crate::support::devices::{EIO, Hostile, Probe};
#[cfg(feature = "socket")]
use crate::support::gone::eventually;
use crate::support::gone::unread_pipe;
use crate::support::naive::ramp;

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
        assert_eq!(error.failed, CopySide::Target, "{index}");
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
            CopyOptions::new().prefix(error.unwritten),
        )
        .unwrap();
        assert_eq!(rest.as_slice(), b"content", "{source}");
    }
}

#[test]
fn cop_5_a_reader_that_went_away_is_a_broken_pipe() {
    for (name, mut from) in sources(b"content").into_iter().take(5) {
        let mut pipe = from_fd(unread_pipe(), FileMode::Write);
        let error = copy(&mut *from, &mut pipe).unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::BrokenPipe, "{name}");
        assert_eq!(error.failed, CopySide::Target, "{name}");
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
    assert_eq!(error.failed, CopySide::Source);
    assert_eq!(copy(&mut from, &mut to).unwrap(), 60);
    assert_eq!(to.as_slice(), ramp(100));
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
    let again = CopyOptions::new().prefix(error.unwritten);
    let error = copy_with(&mut from, &mut to, again).unwrap_err();
    assert_eq!((error.copied, error.unwritten.len()), (100, 600));
    probe.make_room(1000);
    let again = CopyOptions::new().prefix(error.unwritten);
    assert_eq!(copy_with(&mut from, &mut to, again).unwrap(), 600);
    assert!(probe.content() == ramp(1000));
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
    let first = CopyOptions::new().prefix(Chunk::from(b"kept".to_vec()));
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
        let options = CopyOptions::new().prefix(first);
        match copy_with(&mut *from, &mut *to, options) {
            Ok(n) => {
                copied += n;
                break;
            }
            Err(error) => {
                assert!(error.is_would_block(), "{error:?}");
                // The kernel takes no more out of a pipe than it can put into the socket.
                if cfg!(target_os = "linux") && source == "pipe" && !buffered {
                    assert!(error.unwritten.is_empty());
                }
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

/// A time-out is "not now" by another name.
#[test]
fn cop_10_the_count_survives_a_time_out_too() {
    let mut room = [0; 3];
    let full = Adapter::writer(TimesOut(&mut room));
    let error = copy(&mut BytesIo::from(b"abcdef".to_vec()), &mut { full }).unwrap_err();
    assert!(error.is_would_block());
    let Error::WriteFailed { written, source } = Error::from(error) else {
        panic!("three bytes were written");
    };
    assert_eq!((written, source.kind()), (3, ErrorKind::TimedOut));
}

/// Memory that takes what fits, and then lets its time pass.
struct TimesOut<'a>(&'a mut [u8]);

impl Write for TimesOut<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self.0.write(buf)? {
            0 => Err(ErrorKind::TimedOut.into()),
            n => Ok(n),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
fn cop_6_a_source_that_cannot_be_moved_back_says_why_too() {
    /// Fails, and makes the source's next call fail.
    struct Both(Probe, fn() -> io::Error);
    impl Write for Both {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0.fail_next(EIO + 1);
            Err((self.1)())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut from = Hostile::new(b"content");
    let mut to = Adapter::writer(Both(from.probe(), || io::Error::from_raw_os_error(EIO)));
    let error = copy(&mut from, &mut to).unwrap_err();
    assert_eq!((error.copied, error.failed), (0, CopySide::Target));
    assert_eq!(error.unwritten, b"content");
    contracts::both(Err::<(), _>(error.source), EIO, EIO + 1);

    // "Not now" does not hide it.
    let mut to = Adapter::writer(Both(from.probe(), || ErrorKind::WouldBlock.into()));
    from.rewind().unwrap();
    let error = Error::from(copy(&mut from, &mut to).unwrap_err());
    assert!(error.is_would_block(), "{error:?}");
    let Error::Combined { second, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(second.raw_os_error(), Some(EIO + 1));
}

#[cfg(feature = "socket")]
#[test]
fn cop_17_what_a_socket_says_only_once_is_not_lost_in_the_kernel() {
    use std::net::UdpSocket;
    use std::os::fd::OwnedFd;
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(nobody.local_addr().unwrap()).unwrap();
    drop(nobody);
    socket.set_nonblocking(true).unwrap();
    let mut from = iolite::SocketIo::from(OwnedFd::from(socket.try_clone().unwrap()));
    let (_reader, writer) = io::pipe().unwrap();
    let mut to = FileIo::from(writer);
    let error = eventually(|| {
        // Fails where the refusal came after the last look.
        let _ = socket.send(b"is anybody there?");
        let error = copy(&mut from, &mut to).unwrap_err();
        (!error.is_would_block()).then_some(error)
    });
    assert_eq!(error.source.kind(), ErrorKind::ConnectionRefused);
}
