//! What is counted in a file's text: line ends, NULs, malformed bytes.

use memchr::{memchr, memchr_iter};
use serde::Serialize;

/// How many malformed places are kept; all are counted. Enough to see what is wrong with a file, and
/// so few that a file of garbage costs no memory.
const PLACES: usize = 16;

/// Line ends, counted by kind, in text that comes in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LineEnds {
    pub(super) lf: u64,
    pub(super) crlf: u64,
    /// A `\r` at the end of a piece is counted at once, and becomes half of a pair if the next piece
    /// says so: so the sum is right after every piece.
    pub(super) cr: u64,
    /// The last byte so far.
    last: Option<u8>,
}

impl LineEnds {
    /// Counts those of the next piece, which is UTF-8, or ASCII among bytes that are neither of both.
    pub(super) fn push(&mut self, text: &[u8]) {
        let Some(&last) = text.last() else { return };
        let mut feeds = memchr_iter(b'\n', text).count() as u64;
        if self.last == Some(b'\r') && text[0] == b'\n' {
            self.cr -= 1;
            self.crlf += 1;
            feeds -= 1;
        }
        for at in memchr_iter(b'\r', text) {
            if text.get(at + 1) == Some(&b'\n') {
                self.crlf += 1;
                feeds -= 1;
            } else {
                self.cr += 1;
            }
        }
        self.lf += feeds;
        self.last = Some(last);
    }

    /// All of them.
    pub(super) fn total(&self) -> u64 {
        self.lf + self.crlf + self.cr
    }

    /// The lines: what follows the last line end is one, too.
    pub(super) fn lines(&self) -> u64 {
        self.total() + u64::from(self.is_open())
    }

    /// Whether the last line has no end.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.last, None | Some(b'\n' | b'\r'))
    }

    /// Whether there is more than one kind.
    pub(super) fn is_mixed(&self) -> bool {
        let kinds = [self.lf, self.crlf, self.cr];
        kinds.iter().filter(|&&count| count > 0).count() > 1
    }

    /// A malformed sequence: whatever it is, it ends no line.
    fn interrupt(&mut self) {
        self.last = Some(0);
    }
}

/// Bytes that are no text in the file's encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct MalformedPlace {
    /// The line, from 1.
    pub(super) line: u64,
    /// The byte of the file, from 0.
    pub(super) byte: u64,
    /// The bytes, in hexadecimal digits.
    pub(super) bytes: String,
    pub(super) reason: &'static str,
}

/// What is in a file's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    pub(super) line_ends: LineEnds,
    pub(super) nuls: u64,
    /// How many malformed sequences there are.
    pub(super) malformed: u64,
    /// The first of them.
    pub(super) places: Vec<MalformedPlace>,
}

impl Findings {
    /// The next piece of text.
    pub(super) fn push(&mut self, text: &[u8]) {
        self.line_ends.push(text);
        if memchr(0, text).is_some() {
            self.nuls += memchr_iter(0, text).count() as u64;
        }
    }

    /// The next bytes are no text.
    pub(super) fn push_malformed(&mut self, byte: u64, bytes: &[u8], reason: &'static str) {
        self.malformed += 1;
        if self.places.len() < PLACES {
            self.places.push(MalformedPlace {
                line: self.line_ends.total() + 1,
                byte,
                bytes: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
                reason,
            });
        }
        self.line_ends.interrupt();
    }
}
