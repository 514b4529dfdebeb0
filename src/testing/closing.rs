//! What a closed stream promises.

use std::io::{Read, Seek, Write};

use super::streams::{read, read_line, read_until};
use crate::buffered::BufferedIo;
use crate::chunk::Chunk;
use crate::error::{Error, Result};
use crate::io_base::IoBase;

/// Asserts that a call says that the stream is closed; `call` names it.
///
/// # Panics
///
/// If the call succeeds, or fails with anything but [`Error::Closed`].
pub fn assert_says_closed<T>(outcome: Result<T>, at: &str, call: &str) {
    match outcome {
        Err(Error::Closed) => {}
        Err(other) => panic!("{at}: {call} says {other:?}, not that it is closed"),
        Ok(_) => panic!("{at}: {call} works on a closed stream"),
    }
}

/// Closes a stream of your own twice, and asserts that it is closed: see [`assert_closed`].
///
/// # Panics
///
/// If closing fails, or a call works afterwards.
///
/// # Examples
///
/// ```
/// use iolite::BytesIo;
/// use iolite::testing::assert_closes;
///
/// assert_closes(&mut BytesIo::from(b"abc".to_vec()), "BytesIo");
/// ```
pub fn assert_closes<S: IoBase + Read + Write + Seek>(stream: &mut S, at: &str) {
    stream
        .close()
        .unwrap_or_else(|error| panic!("{at}: {error}"));
    stream
        .close()
        .unwrap_or_else(|error| panic!("{at}: second close: {error}"));
    assert_closed(stream, at);
}

/// Asserts that a closed stream says [`Closed`](Error::Closed) to every call, also to one that it
/// never supported or that would move nothing, and `false` to every question about its abilities.
///
/// # Panics
///
/// If a call works, fails otherwise, or the stream is not closed at all.
pub fn assert_closed<S: IoBase + Read + Write + Seek>(stream: &mut S, at: &str) {
    assert!(stream.is_closed(), "{at}");
    let abilities = [stream.readable(), stream.writable(), stream.seekable()];
    assert_eq!(abilities, [false; 3], "{at}: abilities");
    assert!(!stream.is_terminal(), "{at}");
    assert_says_closed(read(stream, 1, at), at, "read");
    assert_says_closed(read(stream, 0, at), at, "read of nothing");
    assert_says_closed(stream.write(b"x").map_err(Error::from), at, "write");
    assert_says_closed(
        stream.write(b"").map_err(Error::from),
        at,
        "write of nothing",
    );
    assert_says_closed(stream.flush().map_err(Error::from), at, "flush");
    assert_says_closed(stream.rewind().map_err(Error::from), at, "seek");
    assert_says_closed(stream.stream_position().map_err(Error::from), at, "tell");
    assert_says_closed(stream.truncate(None), at, "truncate here");
    assert_says_closed(stream.truncate(Some(1)), at, "truncate");
}

/// As [`assert_closes`], with the calls that only a buffered stream has.
///
/// # Panics
///
/// If closing fails, or a call works afterwards.
///
/// # Examples
///
/// ```
/// use iolite::BufferedReader;
/// use iolite::testing::{HostileDevice, assert_closes_buffered};
///
/// let mut reader = BufferedReader::new(HostileDevice::new(b"abc"));
/// assert_closes_buffered(&mut reader, "BufferedReader");
/// ```
pub fn assert_closes_buffered<S: BufferedIo>(stream: &mut S, at: &str) {
    assert_closes(stream, at);
    assert_closed_buffered(stream, at);
}

/// As [`assert_closed`], with the calls that only a buffered stream has.
///
/// # Panics
///
/// If a call works, fails otherwise, or the stream is not closed at all.
pub fn assert_closed_buffered<S: BufferedIo>(stream: &mut S, at: &str) {
    assert_closed(stream, at);
    assert_says_closed(stream.read_chunk(1), at, "read_chunk");
    assert_says_closed(stream.read_chunk(0), at, "read_chunk of nothing");
    assert_says_closed(stream.write_chunk(Chunk::from(b"x")), at, "write_chunk");
    assert_says_closed(stream.peek(1).map(drop), at, "peek");
    assert_says_closed(stream.peek(0).map(drop), at, "peek at nothing");
    assert_says_closed(
        stream.fill_buf().map(drop).map_err(Error::from),
        at,
        "fill_buf",
    );
    assert_says_closed(
        stream.read_exact(&mut [0]).map_err(Error::from),
        at,
        "read_exact",
    );
    assert_says_closed(read_until(stream, b'\n', at), at, "read_until");
    assert_says_closed(read_line(stream, at), at, "read_line");
    assert_says_closed(stream.write_all(b"x").map_err(Error::from), at, "write_all");
    assert_says_closed(
        stream.write_all(b"").map_err(Error::from),
        at,
        "write_all of nothing",
    );
}
