//! Chapter "Duplex streams": real sockets, and what goes wrong with them.

use std::io::{BufRead, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use iolite::{BufferedIo, BufferedReader, BufferedRwPair, BufferedWriter, Chunk, Error, SocketIo};
use rstest::rstest;

use crate::support::gone::hang_up;
use crate::support::naive;

type Pair = BufferedRwPair<SocketIo, SocketIo>;

/// A stream over one end of a connection, and the other end.
fn pair(capacity: usize) -> (Pair, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (over(capacity, ours), theirs)
}

fn over(capacity: usize, socket: UnixStream) -> Pair {
    let reader = SocketIo::from(socket.try_clone().unwrap());
    BufferedRwPair::with_capacity(capacity, reader, SocketIo::from(socket))
}

/// Two ends of a TCP connection.
fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (ours, listener.accept().unwrap().0)
}

/// Ends a connection as a crashed peer does.
fn reset(socket: TcpStream) {
    let socket = socket2::Socket::from(socket);
    socket.set_linger(Some(Duration::ZERO)).unwrap();
}

/// Reads everything that comes, once it is told to.
fn drain_later(mut socket: UnixStream) -> (mpsc::Sender<()>, JoinHandle<Vec<u8>>) {
    let (start, started) = mpsc::channel();
    let reading = thread::spawn(move || {
        started.recv().unwrap();
        let mut all = Vec::new();
        socket.read_to_end(&mut all).unwrap();
        all
    });
    (start, reading)
}

#[test]
fn rwp_10_what_was_read_before_a_reset_is_still_there() {
    let (ours, mut theirs) = tcp();
    let mut reader = BufferedReader::new(SocketIo::from(ours));
    theirs.write_all(b"one\ntwo").unwrap();
    assert_eq!(reader.peek(7).unwrap(), b"one\ntwo");
    reset(theirs);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let error = reader.read_line(&mut line).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!((&*line, reader.buffer()), ("one\n", &b"two"[..]));
}

#[test]
fn rwp_10_what_was_written_before_a_reset_is_told_and_kept() {
    let (ours, theirs) = tcp();
    let mut writer = BufferedWriter::with_capacity(4096, SocketIo::from(ours));
    reset(theirs);
    let text = naive::ramp(100_000);
    let mut taken = 0;
    // The first write may still go into the connection's own buffer.
    let error = loop {
        match writer.write_all(&text) {
            Ok(()) => taken += text.len(),
            Err(error) => break Error::from(error),
        }
        assert!(taken < 100_000_000, "no error");
    };
    let broken = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
    assert!(broken.contains(&error.kind()), "{error:?}");
    assert!(
        matches!(error, Error::WriteFailed { .. } | Error::Io(_)),
        "{error:?}"
    );
    let pending = writer.pending();
    assert!(writer.write_chunk(Chunk::from(naive::ramp(5000))).is_err());
    assert_eq!(writer.into_parts().1.len(), pending);
}

#[test]
fn rwp_11_a_reader_that_goes_away() {
    for read_before in [0, 1, 1000, 5000] {
        let (mut pair, mut theirs) = pair(64);
        let text = naive::ramp(6000);
        let sent = Chunk::copy_from_slice(&text);
        pair.write_all(&sent).unwrap();
        theirs.read_exact(&mut vec![0; read_before]).unwrap();
        hang_up(theirs, pair.writer().get_ref());
        pair.write_all(&text[..10]).unwrap();
        let pending = pair.writer().pending();
        let error = Error::from(pair.write_all(&text).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error:?}");
        assert!(
            matches!(error, Error::Io(_)),
            "nothing of it was taken: {error:?}"
        );
        let (_, (_, rest)) = pair.into_parts();
        assert_eq!(rest.len(), pending, "{read_before}");
    }
}

#[test]
fn rwp_11_a_reader_that_goes_away_in_the_middle() {
    let (pair, theirs) = pair(64);
    let (_, mut writer) = pair.into_halves();
    let text = naive::ramp(8 << 20);
    let writing = thread::spawn({
        let text = text.clone();
        move || (writer.write_all(&text).map_err(Error::from), writer)
    });
    let mut theirs = BufferedReader::new(SocketIo::from(theirs));
    let mut seen = vec![0; 100_000];
    theirs.read_exact(&mut seen).unwrap();
    assert_eq!(seen, text[..100_000]);
    drop(theirs);
    let (outcome, writer) = writing.join().unwrap();
    match outcome.unwrap_err() {
        Error::WriteFailed { written, source } => {
            assert_eq!(source.kind(), ErrorKind::BrokenPipe);
            assert!((100_000..text.len()).contains(&written), "{written}");
            assert!(written >= writer.pending());
        }
        other => panic!("{other:?}"),
    }
}

/// How a socket says that there is nothing now.
#[derive(Clone, Copy, Debug)]
enum Patience {
    TimeOut,
    None,
}

fn impatient(patience: Patience) -> (UnixStream, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let short = Some(Duration::from_millis(5));
    match patience {
        Patience::TimeOut => {
            ours.set_read_timeout(short).unwrap();
            ours.set_write_timeout(short).unwrap();
        }
        Patience::None => ours.set_nonblocking(true).unwrap(),
    }
    (ours, theirs)
}

fn says_not_now(error: &Error) -> bool {
    error.is_would_block() || error.kind() == ErrorKind::TimedOut
}

#[rstest]
fn rwp_12_reading_from_an_empty_socket(
    #[values(Patience::TimeOut, Patience::None)] patience: Patience,
    #[values(1, 3, 64)] capacity: usize,
) {
    let (ours, mut theirs) = impatient(patience);
    let mut pair = over(capacity, ours);
    let mut line = String::new();
    for piece in ["caf", "\u{e9} au", " lait"] {
        theirs.write_all(piece.as_bytes()).unwrap();
        let error = Error::from(pair.read_line(&mut line).unwrap_err());
        assert!(says_not_now(&error), "{error:?}");
        assert_eq!(line, "");
    }
    let error = Error::from(pair.read_exact(&mut [0; 100]).unwrap_err());
    assert!(says_not_now(&error), "{error:?}");
    assert!(says_not_now(&pair.peek(100).unwrap_err()));
    theirs.write_all(b"\nnext").unwrap();
    pair.read_line(&mut line).unwrap();
    assert_eq!(line, "caf\u{e9} au lait\n");
    hang_up(theirs, pair.writer().get_ref());
    let mut rest = String::new();
    pair.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "next");
}

#[rstest]
fn rwp_12_writing_to_a_full_socket(
    #[values(Patience::TimeOut, Patience::None)] patience: Patience,
    #[values(1, 100, 64 << 10)] capacity: usize,
) {
    let (ours, theirs) = impatient(patience);
    let mut pair = over(capacity, ours);
    let (start, reading) = drain_later(theirs);
    let text = naive::ramp(3 << 20);
    let (mut given, mut refusals) = (0, 0);
    while let Err(error) = pair.write_all(&text[given..]) {
        match Error::from(error) {
            Error::WouldBlock { written } | Error::WriteFailed { written, .. } => given += written,
            error => assert!(says_not_now(&error), "{error:?}"),
        }
        assert!(given < text.len());
        if refusals == 0 {
            let before = pair.writer().pending();
            let error = pair.write_chunk(Chunk::from(b"refused")).unwrap_err();
            assert!(
                matches!(error, Error::WouldBlock { written: 0 }),
                "{error:?}"
            );
            let error = Error::from(pair.flush().unwrap_err());
            assert!(
                matches!(error, Error::WouldBlock { written: 0 }),
                "{error:?}"
            );
            assert_eq!((pair.writer().pending(), before), (before, capacity));
            start.send(()).unwrap();
        }
        refusals += 1;
        thread::yield_now();
    }
    assert!(refusals > 0, "the socket was never full");
    while let Err(error) = pair.flush() {
        assert!(says_not_now(&error.into()));
        thread::yield_now();
    }
    let socket = pair.into_parts().1.0.into_inner().unwrap();
    socket.shutdown(Shutdown::Write).unwrap();
    assert!(reading.join().unwrap() == text);
}
