//! Real faults of real devices, by the system itself: what stands under "Real devices".

use std::fs::{self, File};
use std::io::{self, BufRead, ErrorKind, PipeReader, PipeWriter, Read, Seek, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use iolite::raw::FileMode;
use iolite::{
    BufferedIo, BufferedReader, BufferedWriter, Chunk, Error, FileIo, MmapIo, RawIo, SocketIo,
    TextIo, TextIoWrapper,
};
use rustix::fs::OFlags;

use crate::ledger::{CAPACITIES, Cell, Outcome};
use crate::table::RealFault;
use crate::writing::{counted, whole};

type Writer<D> = BufferedWriter<D>;
type Reader<D> = BufferedReader<D>;

/// Writes some of the bytes: how many were taken, and what stopped it.
type Put<D> = fn(&mut Writer<D>, &[u8]) -> (usize, Result<(), Error>);

/// Reads something; the answer is empty at the end.
type Get<D> = fn(&mut Reader<D>, &mut Vec<u8>) -> Result<bool, Error>;

fn puts<D: RawIo>() -> [Put<D>; 5] {
    [
        |writer, bytes| match writer.write(bytes) {
            Ok(n) => (n, Ok(())),
            Err(error) => counted(error.into()),
        },
        |writer, bytes| whole(writer.write_all(bytes).map_err(Error::from), bytes.len()),
        |writer, bytes| match writer.write_chunk(Chunk::copy_from_slice(bytes)) {
            Ok(()) => (bytes.len(), Ok(())),
            Err(error) => (0, Err(error)),
        },
        |writer, bytes| {
            let text = str::from_utf8(bytes).expect("ASCII");
            whole(write!(writer, "{text}").map_err(Error::from), bytes.len())
        },
        |writer, bytes| {
            let mut text = TextIoWrapper::new(writer);
            let outcome = text.write_str(str::from_utf8(bytes).expect("ASCII"));
            // ASCII waits nowhere but in the buffer.
            assert!(text.into_parts().1.is_empty());
            whole(outcome, bytes.len())
        },
    ]
}

fn gets<D: RawIo>() -> [Get<D>; 4] {
    [
        |reader, got| Ok(reader.read_until(b'\n', got)? > 0),
        |reader, got| Ok(reader.read_to_end(got)? > 0),
        |reader, got| {
            let chunk = reader.read_chunk(50)?;
            got.extend_from_slice(&chunk);
            Ok(!chunk.is_empty())
        },
        |reader, got| {
            let mut buf = [0; 10];
            reader.read_exact(&mut buf)?;
            got.extend(buf);
            Ok(true)
        },
    ]
}

/// Lines of growing numbers; whole tens of bytes.
fn lines(len: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|n: u32| format!("line {n}\n").into_bytes());
    lines.take(len).collect()
}

/// Writes all and flushes, as long as `goes_on` says that it may be tried again; how much was taken.
fn send<D: RawIo>(
    writer: &mut Writer<D>,
    put: Put<D>,
    data: &[u8],
    mut goes_on: impl FnMut(&Error) -> bool,
) -> usize {
    let mut taken = 0;
    for piece in data.chunks(300) {
        let end = taken + piece.len();
        while taken < end {
            let (n, stopped) = put(writer, &data[taken..end]);
            taken += n;
            if stopped.is_err_and(|error| !goes_on(&error)) {
                return taken;
            }
        }
    }
    while let Err(error) = writer.flush() {
        if !goes_on(&error.into()) {
            break;
        }
    }
    taken
}

/// All capacities with all calls.
fn each<C>(
    what: &str,
    calls: impl IntoIterator<Item = C> + Clone,
    run: impl Fn(usize, C) -> Outcome,
) -> Cell {
    let mut cell = Cell::default();
    for capacity in CAPACITIES {
        for (number, call) in calls.clone().into_iter().enumerate() {
            let at = format_args!("{what}, buffer of {capacity}, call {number}");
            cell.add(&run(capacity, call), at);
        }
    }
    cell
}

fn outcome(expected: &[u8], got: Vec<u8>) -> Outcome {
    let mut outcome = Outcome::new(expected);
    outcome.got = got;
    outcome
}

/// Takes nothing: all is given back.
fn full_device() -> Cell {
    let data = lines(1000);
    each("/dev/full", puts(), |capacity, put| {
        let device = FileIo::open("/dev/full", FileMode::Write).expect("Linux has it");
        let mut writer = Writer::with_capacity(capacity, device);
        let taken = send(&mut writer, put, &data, |error| {
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            false
        });
        outcome(&data[..taken], writer.into_parts().1.to_vec())
    })
}

/// A map has the size that it has.
fn full_map() -> Cell {
    let data = lines(1000);
    each("a map", puts(), |capacity, put| {
        let map = MmapIo::anonymous(450).expect("some memory");
        let mut writer = Writer::with_capacity(capacity, map);
        let taken = send(&mut writer, put, &data, |_| false);
        let (map, pending) = writer.into_parts();
        outcome(&data[..taken], [map.as_slice(), &pending].concat())
    })
}

fn nonblocking_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = io::pipe().expect("a pipe");
    rustix::pipe::fcntl_setpipe_size(&writer, 4096).expect("its size");
    for end in [reader.as_fd(), writer.as_fd()] {
        rustix::fs::fcntl_setfl(end, OFlags::NONBLOCK).expect("an option");
    }
    (reader, writer)
}

/// When it is full somebody reads a little.
fn full_pipe() -> Cell {
    let data = lines(20_000);
    each("a full pipe", puts(), |capacity, put| {
        let (mut reader, writer) = nonblocking_pipe();
        let device = FileIo::from_fd(writer, FileMode::Write).expect("a pipe");
        let mut writer = Writer::with_capacity(capacity, device);
        let mut got = Vec::new();
        let taken = send(&mut writer, put, &data, |error| {
            let mut some = [0; 3000];
            let n = reader.read(&mut some).unwrap_or(0);
            got.extend_from_slice(&some[..n]);
            error.is_would_block()
        });
        drop(writer);
        // Until it is empty: a copy of the other end may live in a process that is just starting.
        let mut rest = [0; 4096];
        while let Ok(n @ 1..) = reader.read(&mut rest) {
            got.extend_from_slice(&rest[..n]);
        }
        outcome(&data[..taken], got)
    })
}

/// Whoever read is gone. What the pipe itself had is lost with it; the rest is given back.
fn broken_pipe() -> Cell {
    let data = lines(9000);
    each("a broken pipe", puts(), |capacity, put| {
        let (ours, mut theirs) = UnixStream::pair().expect("two sockets");
        let mut writer = Writer::with_capacity(capacity, SocketIo::from(ours));
        let mut taken = send(&mut writer, put, &data[..3000], |_| false);
        let mut got = vec![0; 3000];
        theirs.read_exact(&mut got).expect("all of it");
        theirs.shutdown(std::net::Shutdown::Both).expect("an end");
        taken += send(&mut writer, put, &data[3000..], |error| {
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            false
        });
        got.extend_from_slice(&writer.into_parts().1);
        outcome(&data[..taken], got)
    })
}

/// The peer closes with something unread: what it sent comes first, then the error, once.
fn reset() -> Cell {
    let data = lines(900);
    let seen = std::cell::Cell::new(0);
    let cell = each("a reset connection", gets(), |capacity, get| {
        let (ours, mut theirs) = UnixStream::pair().expect("two sockets");
        (&ours).write_all(b"unread").expect("room");
        theirs.write_all(&data).expect("room");
        theirs.shutdown(std::net::Shutdown::Both).expect("an end");
        let mut reader = Reader::with_capacity(capacity, SocketIo::from(ours));
        drop(theirs);
        let (mut got, mut resets) = (Vec::new(), 0);
        loop {
            match get(&mut reader, &mut got) {
                Ok(true) => {}
                Ok(false) | Err(Error::PartialRead { .. }) => break,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                    resets += 1;
                }
            }
        }
        let mut outcome = outcome(&data, got);
        if resets > 1 {
            outcome.is_wrong(|| format!("{resets} resets"));
        }
        seen.set(seen.get() + resets);
        outcome
    });
    // Not each time: a process that another thread starts may hold the peer a little longer.
    assert!(seen.get() > 0, "no connection was reset");
    cell
}

/// Bytes come when the reader was told that there are none; `timeout` makes it wait first.
fn slow(timeout: Option<Duration>) -> Cell {
    let data = lines(400);
    each("a slow peer", gets(), |capacity, get| {
        let (ours, mut theirs) = UnixStream::pair().expect("two sockets");
        match timeout {
            Some(_) => ours.set_read_timeout(timeout),
            None => ours.set_nonblocking(true),
        }
        .expect("an option");
        let mut reader = Reader::with_capacity(capacity, SocketIo::from(ours));
        let mut pieces = data.chunks(37);
        let (mut got, mut theirs) = (Vec::new(), Some(&mut theirs));
        loop {
            match get(&mut reader, &mut got) {
                Ok(true) => {}
                Ok(false) | Err(Error::PartialRead { .. }) => break,
                Err(error) => {
                    assert!(error.is_would_block(), "{error}");
                    match (pieces.next(), theirs.as_mut()) {
                        (Some(piece), Some(peer)) => peer.write_all(piece).expect("room"),
                        (_, _) => {
                            let peer = theirs.take().expect("it ended once");
                            peer.shutdown(std::net::Shutdown::Both).expect("an end");
                        }
                    }
                }
            }
        }
        outcome(&data, got)
    })
}

/// Somebody cuts the file, and makes it long again.
fn cut_file() -> Cell {
    let data = lines(300);
    each("a file that is cut", gets(), |capacity, get| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, &data).expect("a file");
        let device = FileIo::open(&path, FileMode::Read).expect("the file");
        let mut reader = Reader::with_capacity(capacity, device);
        let mut got = Vec::new();
        let first = reader.read_until(b'2', &mut got).expect("a number");
        File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_len(first as u64))
            .expect("it is shorter");
        // What was read ahead is there, and then the end.
        for _ in 0..100 {
            let is_more = get(&mut reader, &mut got);
            assert!(is_more.is_ok() || matches!(is_more, Err(Error::PartialRead { .. })));
        }
        let place = reader.stream_position().expect("a position");
        fs::write(&path, &data).expect("it is long again");
        for _ in 0..data.len() {
            _ = get(&mut reader, &mut got);
        }
        let mut outcome = outcome(&data, got);
        if place < first as u64 {
            outcome.is_wrong(|| format!("it went back to {place}"));
        }
        outcome
    })
}

/// In a process of its own, for which a file has a largest size.
fn limited_file() -> Cell {
    let limited = "ulimit -f 1 && trap '' XFSZ && exec \"$0\" \"$@\"";
    let exe = std::env::current_exe().expect("this program");
    let mut shell = Command::new("sh");
    shell.args(["-c", limited]).arg(exe);
    shell.args(["--exact", "real::in_a_process_with_a_limit", "--ignored"]);
    let output = shell.env(LIMITED, "1").output().expect("a shell");
    let mut cell = Cell::default();
    let mut one = Outcome::default();
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || !said.contains("1 passed") {
        one.is_wrong(|| said.into_owned());
    }
    cell.add(&one, "a limit on the size of files");
    cell
}

const LIMITED: &str = "IOLITE_FAULTS_LIMITED";

#[test]
#[ignore = "started by another test, with a limit"]
fn in_a_process_with_a_limit() {
    if std::env::var_os(LIMITED).is_none() {
        return;
    }
    let data = lines(3000);
    let cell = each("a limit", puts(), |capacity, put| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let device = FileIo::open(&path, FileMode::Write).expect("a file");
        let mut writer = Writer::with_capacity(capacity, device);
        let taken = send(&mut writer, put, &data, |error| {
            assert_eq!(error.kind(), ErrorKind::FileTooLarge);
            false
        });
        let mut got = fs::read(&path).expect("what fits");
        assert!(matches!(got.len(), 512 | 1024), "{}", got.len());
        got.extend_from_slice(&writer.into_parts().1);
        outcome(&data[..taken], got)
    });
    assert!(cell.first.is_none(), "{:?}", cell.first);
}

pub(crate) fn rows() -> Vec<RealFault> {
    let millisecond = Some(Duration::from_millis(1));
    vec![
        ("file", "ENOSPC: `/dev/full`", full_device()),
        ("file", "EFBIG: `ulimit -f`", limited_file()),
        ("file", "cut by others, and long again", cut_file()),
        ("pipe", "EAGAIN: full", full_pipe()),
        ("socket", "EPIPE: the peer is gone", broken_pipe()),
        (
            "socket",
            "ECONNRESET: it went with something unread",
            reset(),
        ),
        ("socket", "EAGAIN: nothing there", slow(None)),
        ("socket", "a time-out of a millisecond", slow(millisecond)),
        ("map", "full", full_map()),
    ]
}
