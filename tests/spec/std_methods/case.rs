//! One cell while it is tried: the stream, and what passed on the way.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::str;

use iolite::Error;

use super::cells::Cell;
use super::rows::{Row, Trait};
use super::stream::{Stream, Subject};
use crate::support::devices::Behaviour::{
    self, ErrorAfter, KindAfter, Lies, LyingCounts, NoProgress, Room, TimedOut, WouldBlock, Zeros,
};
use crate::support::devices::EIO;

/// So many errors may pass in one cell before it counts as being without end: each byte of the
/// contents that are read byte by byte may cost two.
const PATIENCE: usize = 400;

/// Where bytes are malformed, and which these are.
pub(super) type Place = (u64, Vec<u8>);

pub(super) struct Case<'a> {
    pub(super) row: &'a Row,
    pub(super) cell: &'a Cell,
    subject: Subject,
    /// How many errors there were that a repeated call gets past.
    pub(super) passed: usize,
    /// Whether the content is what is read.
    pub(super) is_read: bool,
    /// How many of them were the device's own failure, or its one answer of another kind.
    once: usize,
    /// Why the check has no such cell, if it has none.
    pub(super) skipped: Option<&'static str>,
    /// Malformed bytes that a stream of text told of, and went past.
    pub(super) places: Vec<Place>,
}

impl<'a> Case<'a> {
    pub(super) fn new(row: &'a Row, cell: &'a Cell, subject: Subject, is_read: bool) -> Case<'a> {
        Case {
            row,
            cell,
            subject,
            passed: 0,
            is_read,
            once: 0,
            skipped: None,
            places: Vec::new(),
        }
    }

    /// The check has no such cell: it counts as not tried.
    pub(super) fn skip(&mut self, reason: &'static str) {
        self.skipped = Some(reason);
    }

    pub(super) fn stream(&mut self) -> &mut dyn Stream {
        &mut *self.subject.stream
    }

    pub(super) fn reader(&mut self) -> &mut dyn Read {
        self.subject.stream.read()
    }

    pub(super) fn writer(&mut self) -> &mut dyn Write {
        self.subject.stream.write()
    }

    pub(super) fn lines(&mut self) -> &mut dyn BufRead {
        self.subject.stream.lines()
    }

    /// All that the other side has got.
    pub(super) fn seen(&mut self) -> Vec<u8> {
        (self.subject.seen)(&mut *self.subject.stream)
    }

    /// All bytes that reading gives. A stream of text goes past what is malformed.
    pub(super) fn expected(&self) -> Vec<u8> {
        match self.row.is_text {
            true => {
                let chunks = self.cell.content.utf8_chunks();
                chunks.flat_map(|chunk| chunk.valid().bytes()).collect()
            }
            false => self.cell.content.clone(),
        }
    }

    /// All malformed bytes of the content.
    fn malformed(&self) -> Vec<Place> {
        let mut offset = 0;
        let mut places = Vec::new();
        for chunk in self.cell.content.utf8_chunks() {
            offset += chunk.valid().len() as u64;
            if !chunk.invalid().is_empty() {
                places.push((offset, chunk.invalid().to_vec()));
            }
            offset += chunk.invalid().len() as u64;
        }
        places
    }

    /// An error that a repeated call is to get past, if the device has such a one. The other side
    /// goes on.
    pub(super) fn pass(&mut self, error: io::Error) {
        let error = Error::from(error);
        self.passed += 1;
        assert!(
            self.passed < PATIENCE,
            "no progress in {PATIENCE} calls: {error}"
        );
        if let Error::Decode { offset, bytes, .. } = &error {
            assert!(self.row.is_text, "unexpected: {error:?}");
            self.places.push((*offset, bytes.clone()));
            return;
        }
        let root = root(&error);
        let device = &self.cell.device;
        let fits = |b: &Behaviour| match *b {
            WouldBlock | Room(_) => root.kind() == ErrorKind::WouldBlock,
            TimedOut => root.kind() == ErrorKind::TimedOut,
            ErrorAfter(_) => root.raw_os_error() == Some(EIO),
            KindAfter(_, kind) => root.kind() == kind,
            Lies | LyingCounts => matches!(root, Error::BadCount { .. }),
            Zeros | NoProgress => matches!(root, Error::NoProgress { .. }),
            _ => false,
        };
        assert!(device.iter().any(fits), "unexpected: {error:?}");
        let is_once = |b: &Behaviour| match *b {
            ErrorAfter(_) => root.raw_os_error() == Some(EIO),
            KindAfter(_, kind) => device.len() == 1 && root.kind() == kind,
            _ => false,
        };
        self.once += usize::from(device.iter().any(is_once));
        assert!(self.once < 2, "the device failed once, and this is twice");
        (self.subject.go_on)(&mut *self.subject.stream);
    }

    /// Repeats a call until it succeeds.
    pub(super) fn persist<T>(
        &mut self,
        mut call: impl FnMut(&mut dyn Stream) -> io::Result<T>,
    ) -> T {
        loop {
            match call(&mut *self.subject.stream) {
                Ok(value) => return value,
                Err(error) => self.pass(error),
            }
        }
    }

    /// The stream's position, where it has one, is `expected`.
    pub(super) fn stands_at(&mut self, expected: usize) {
        if self.row.has(Trait::Seek) {
            let position = self.persist(|stream| stream.seek().stream_position());
            assert_eq!(position, expected as u64, "the position");
        }
    }

    /// So many bytes at a time, or many more where the content is so large that it would take
    /// too long.
    pub(super) fn few_or_many(&self, few: usize) -> usize {
        match self.cell.content.len() {
            0..1000 => few,
            _ => few * 1000,
        }
    }

    /// Reads what is left.
    pub(super) fn drain(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let mut buf = vec![0; self.few_or_many(5)];
        for _ in 0..self.cell.content.len() + 1 {
            match self.persist(|stream| stream.read().read(&mut buf)) {
                0 => break,
                n => rest.extend_from_slice(&buf[..n]),
            }
        }
        rest
    }

    /// What was handed out and what is left are everything; the end is an empty answer as often as
    /// one asks, and no error of the device went unsaid.
    pub(super) fn and_the_rest(&mut self, handed_out: &[u8]) {
        let expected = self.expected();
        assert!(
            expected.starts_with(handed_out),
            "wrong bytes: {}",
            handed_out.escape_ascii()
        );
        self.stands_at_count(handed_out.len());
        let rest = self.drain();
        assert_eq!(
            rest.escape_ascii().to_string(),
            expected[handed_out.len()..].escape_ascii().to_string(),
            "what is left after {}",
            handed_out.escape_ascii()
        );
        let mut buf = [0; 3];
        let after = self.persist(|stream| stream.read().read(&mut buf));
        assert_eq!(after, 0, "after the end");
        if self.row.is_text {
            assert_eq!(self.places, self.malformed(), "malformed bytes");
        }
        self.said_all(self.cell.content.len());
    }

    fn stands_at_count(&mut self, n: usize) {
        // Text that was malformed has no bytes where it is delivered, but has them in the stream.
        if !self.row.is_text {
            self.stands_at(n);
        }
    }

    /// The device's one failure came out, if so many bytes went through it.
    pub(super) fn said_all(&self, moved: usize) {
        let device = &self.cell.device;
        let due = device.iter().any(|b| match *b {
            ErrorAfter(at) => at <= moved,
            // A writer that has room takes bytes while the device would block.
            KindAfter(at, _) => device.len() == 1 && at <= moved && self.is_read,
            _ => false,
        });
        assert!(
            self.once == 1 || !due,
            "the device's error did not come out"
        );
    }
}

/// What the device said, without what we say about it.
pub(super) fn root(error: &Error) -> &Error {
    match error {
        Error::WriteFailed { source, .. } => root(source),
        Error::Combined { first, .. } => root(first),
        error => error,
    }
}

/// The first malformed bytes: where, and which.
pub(super) fn first_malformed(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let error = str::from_utf8(bytes).err()?;
    let at = error.valid_up_to();
    let len = error.error_len().unwrap_or(bytes.len() - at);
    Some((at, &bytes[at..at + len]))
}
