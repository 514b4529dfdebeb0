//! Calls that write, and what plain memory makes of them.

use std::io::{IoSlice, SeekFrom};

use iolite::{BufferedIo, BufferedRwPair, BufferedWriter, Chunk, Error};

use super::{PATIENCE, Said, passes, said};
use crate::support::devices::{Hostile, Probe};
use crate::support::naive::{self, File};

/// A call that writes, or somebody who makes room in the device.
#[derive(Clone, Debug)]
pub(super) enum Give {
    Write(usize),
    WriteAll(usize),
    /// Slices of these sizes.
    WriteVectored(usize, usize, usize),
    Format(usize),
    WriteChunk(usize),
    Flush,
    Seek(SeekFrom),
    Tell,
    Truncate(Option<u64>),
    MakeRoom(usize),
}

/// What is written, as plain memory.
pub(super) struct Sink {
    pub(super) file: File,
    pub(super) probe: Probe,
    pub(super) seekable: bool,
    /// How many bytes were made up so far: no two of them are alike, nearly.
    pub(super) made: usize,
}

impl Sink {
    fn make(&mut self, n: usize) -> Vec<u8> {
        let bytes = naive::ramp(self.made + n).split_off(self.made);
        self.made += n;
        bytes
    }
}

/// A stream that writes, and how much of it is pending.
pub(super) trait Writes: BufferedIo {
    fn pending(&self) -> usize;
}

impl Writes for BufferedWriter<Hostile> {
    fn pending(&self) -> usize {
        self.pending()
    }
}

impl Writes for BufferedRwPair<Hostile, Hostile> {
    fn pending(&self) -> usize {
        self.writer().pending()
    }
}

/// How much of `all` bytes was taken, by the outcome of a call that says so.
pub(super) fn counted(outcome: std::io::Result<()>, all: usize) -> usize {
    match outcome.map_err(Error::from) {
        Ok(()) => all,
        Err(Error::WouldBlock { written }) => written,
        Err(Error::WriteFailed { written, source }) => {
            assert!(passes(&source) && (1..all).contains(&written), "{source:?}");
            written
        }
        Err(error) => {
            assert!(passes(&error), "{error:?}");
            0
        }
    }
}

/// Makes the call once, and compares.
pub(super) fn check_give(stream: &mut impl Writes, sink: &mut Sink, call: &Give) {
    match *call {
        Give::Write(n) => {
            let bytes = sink.make(n);
            let outcome = stream.write(&bytes).map_err(Error::from);
            let failed = outcome.as_ref().is_err_and(passes);
            let n = outcome.unwrap_or(0);
            assert!(n > 0 || failed || bytes.is_empty(), "took nothing");
            sink.file.write(&bytes[..n]);
        }
        Give::WriteVectored(one, two, three) => {
            let bytes = sink.make(one + two + three);
            let (head, rest) = bytes.split_at(one);
            let (middle, tail) = rest.split_at(two);
            let slices = [head, middle, tail].map(IoSlice::new);
            let outcome = stream.write_vectored(&slices).map_err(Error::from);
            let failed = outcome.as_ref().is_err_and(passes);
            let n = outcome.unwrap_or(0);
            assert!(n > 0 || failed || bytes.is_empty(), "took nothing");
            sink.file.write(&bytes[..n]);
        }
        Give::WriteAll(n) => {
            let bytes = sink.make(n);
            let taken = counted(stream.write_all(&bytes), n);
            sink.file.write(&bytes[..taken]);
        }
        Give::Format(n) => {
            let text: String = sink
                .make(n)
                .iter()
                .map(|b| char::from(b'a' + b % 26))
                .collect();
            let (head, tail) = text.split_at(n / 3);
            let taken = counted(write!(stream, "{head}-{tail}"), n + 1);
            sink.file
                .write(&format!("{head}-{tail}").as_bytes()[..taken]);
        }
        Give::WriteChunk(n) => {
            let bytes = sink.make(n);
            match stream.write_chunk(Chunk::copy_from_slice(&bytes)) {
                Ok(()) => sink.file.write(&bytes),
                Err(error) => assert!(passes(&error), "{error:?}"),
            }
        }
        Give::Flush => match stream.flush().map_err(Error::from) {
            Ok(()) => assert_eq!(stream.pending(), 0),
            Err(error) => assert!(passes(&error), "{error:?}"),
        },
        Give::Seek(to) => match stream.seek(to).map(Said::Position).map_err(Error::from) {
            Err(error) if passes(&error) => {}
            outcome => {
                let expected = match sink.seekable {
                    true => sink.file.seek(to).map_or(Said::Refused, Said::Position),
                    false => Said::Unsupported,
                };
                assert_eq!(outcome.or_else(said).unwrap(), expected);
            }
        },
        Give::Tell => {
            let outcome = stream.stream_position().map_err(Error::from);
            assert_eq!(outcome.is_ok(), sink.seekable);
        }
        Give::Truncate(size) => match stream.truncate(size) {
            Ok(cut) => {
                assert_eq!(cut, size.unwrap_or(sink.file.position));
                sink.file.set_len(cut as usize);
            }
            Err(Error::Unsupported { .. }) => assert!(!sink.seekable),
            Err(error) => assert!(passes(&error), "{error:?}"),
        },
        Give::MakeRoom(n) => sink.probe.make_room(n),
    }
    check_pending(stream, sink, call);
}

/// The device and behind it what is pending are together what was given, byte for byte.
pub(super) fn check_pending(stream: &mut impl Writes, sink: &Sink, call: &Give) {
    let (content, position) = (sink.probe.content(), sink.probe.position());
    let mut device = File { content, position };
    let pending = stream.pending();
    assert_eq!(
        position + pending as u64,
        sink.file.position,
        "{call:?}: pending"
    );
    let (start, end) = (position as usize, position as usize + pending);
    if pending > 0 {
        device.write(&sink.file.content[start..end]);
    }
    assert_eq!(device.content, sink.file.content, "{call:?}");
    if sink.seekable {
        assert_eq!(
            stream.stream_position().unwrap(),
            sink.file.position,
            "{call:?}"
        );
    }
}

/// Repeats the flush until the device has everything.
pub(super) fn flush_at_last(stream: &mut impl Writes, sink: &Sink) {
    sink.probe.make_room(100_000);
    for _ in 0..PATIENCE {
        match stream.flush().map_err(Error::from) {
            Ok(()) => {
                assert_eq!(sink.probe.content(), sink.file.content);
                return;
            }
            Err(error) => assert!(passes(&error), "{error:?}"),
        }
    }
    panic!("no end of flushing");
}
