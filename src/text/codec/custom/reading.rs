//! [`Reading`]: bytes to text by a codec of the caller's own.

use super::{Decoded, Own, Step};

/// How many bytes a codec is shown at first: what is read at once is looked through again when a
/// place in it is told.
const RUN: usize = 4 * 1024;

/// How many bytes a codec may leave unread, waiting for more.
const LONGEST: usize = 64 * 1024;

/// A codec and its state at a place.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Reading {
    codec: Own,
    state: u64,
    /// How many bytes it was shown in the last step.
    shown: usize,
}

impl Reading {
    pub(in super::super) fn new(codec: Own, state: u64) -> Reading {
        Reading {
            codec,
            state,
            shown: 0,
        }
    }

    pub(in super::super) fn state(&self) -> u64 {
        self.state
    }

    /// How many bytes the last step looked at: as many give the same text again.
    pub(in super::super) fn shown(&self) -> usize {
        self.shown
    }

    /// Decodes from the start of `bytes`, which are not empty. `last`: nothing follows them.
    pub(in super::super) fn step(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Step {
        let before = text.len();
        self.shown = bytes.len().min(RUN);
        let step = loop {
            let shown = &bytes[..self.shown];
            let is_all = shown.len() == bytes.len();
            let mut state = self.state;
            match self.codec.0.decode(&mut state, shown, last && is_all, text) {
                Decoded::Unfinished if !is_all && shown.len() < LONGEST => {
                    text.truncate(before);
                    self.shown = bytes.len().min(2 * shown.len());
                }
                Decoded::Unfinished => break unfinished(shown, is_all, last),
                Decoded::Read(n) | Decoded::Malformed { len: n, .. }
                    if n == 0 || n > shown.len() =>
                {
                    break Step::Broken {
                        claimed: n,
                        limit: shown.len(),
                    };
                }
                Decoded::Read(n) => {
                    self.state = state;
                    return Step::Read(n);
                }
                Decoded::Malformed { len, reason } => {
                    self.state = state;
                    break Step::Malformed { len, reason };
                }
            }
        };
        text.truncate(before);
        step
    }
}

/// Everything that could be shown was, and is the start of something.
fn unfinished(shown: &[u8], is_all: bool, last: bool) -> Step {
    match (is_all, last) {
        (true, true) => Step::Malformed {
            len: shown.len(),
            reason: "unexpected end of data",
        },
        (true, false) => Step::Unfinished,
        (false, _) => Step::Broken {
            claimed: 0,
            limit: shown.len(),
        },
    }
}
