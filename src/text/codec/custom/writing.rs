//! [`Writing`]: text to bytes by a codec of the caller's own.

use super::{Missing, Own, Substitute, Substitutes};
use crate::error::{Error, Operation};

/// A codec and its state behind what was written.
#[derive(Clone, Copy, Debug)]
pub(in crate::text) struct Writing {
    codec: Own,
    state: u64,
}

impl Writing {
    /// At a place of which nothing is known but that it is not the start of a stream.
    pub(in super::super) fn new(codec: Own) -> Writing {
        Writing {
            codec,
            state: codec.0.state_inside(),
        }
    }

    pub(in super::super) fn state(self) -> u64 {
        self.state
    }

    /// Says where the next text goes, and what a decoder's state is there; 0: nobody knows, unless
    /// it is the start of a stream.
    pub(in super::super) fn place(&mut self, at_start: bool, state: u64) {
        self.state = match (at_start, state) {
            (true, _) => 0,
            (false, 0) => self.codec.0.state_inside(),
            (false, state) => state,
        };
    }

    /// Appends what a stream begins with, at its start.
    pub(in super::super) fn begin(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        self.write("", bytes).map(|_| ())
    }

    /// Appends the bytes of `text` up to the first character that is missing; where that is.
    pub(in super::super) fn write(
        &mut self,
        text: &str,
        bytes: &mut Vec<u8>,
    ) -> Result<usize, Error> {
        let claimed = self.codec.0.encode(&mut self.state, text, bytes);
        if text.is_char_boundary(claimed) {
            Ok(claimed)
        } else {
            Err(Error::BadCount {
                operation: Operation::Encode,
                claimed,
                limit: text.len(),
            })
        }
    }

    /// Whether the codec has a character.
    fn has(mut self, ch: char) -> Result<bool, Error> {
        let n = self.write(ch.encode_utf8(&mut [0; 4]), &mut Vec::new())?;
        Ok(n == ch.len_utf8())
    }

    /// Appends the bytes of `text`, with substitutes for missing characters, which were asked for.
    pub(in super::super) fn encode(
        &mut self,
        text: &str,
        substitutes: &mut Substitutes,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let mut rest = text;
        loop {
            rest = &rest[self.write(rest, bytes)?..];
            let mut missing = rest.chars();
            let Some(ch) = missing.next() else {
                return Ok(());
            };
            let written = match substitutes.take(ch) {
                Some(Substitute::Text(text)) => self.write(&text, bytes)? == text.len(),
                Some(Substitute::Bytes(raw)) => {
                    bytes.extend_from_slice(&raw);
                    true
                }
                None => false,
            };
            if !written {
                // The codec has changed its mind since it was asked.
                return Err(Error::Encode {
                    encoding: self.codec.0.name(),
                    offset: text.len() - rest.len(),
                    ch,
                });
            }
            rest = missing.as_str();
        }
    }

    /// Finds the first character of `text` that is missing and for which there is no substitute;
    /// its place in `text`. `offset` turns that into its place in what the caller gave. `bytes` is
    /// memory to write to.
    pub(in crate::text) fn refused(
        &mut self,
        text: &str,
        mut offset: impl FnMut(usize) -> usize,
        substitutes: &mut Substitutes,
        bytes: &mut Vec<u8>,
    ) -> Result<Option<(usize, char)>, Error> {
        let mut at = 0;
        loop {
            bytes.clear();
            at += self.write(&text[at..], bytes)?;
            let Some(ch) = text[at..].chars().next() else {
                return Ok(None);
            };
            let missing = Missing {
                encoding: self.codec.0.name(),
                offset: offset(at),
                ch,
            };
            // That the codec breaks its contract is not that it lacks the character.
            let mut broken = Ok(());
            let has = |ch: char| {
                let answer = self.has(ch);
                answer.unwrap_or_else(|error| {
                    broken = Err(error);
                    false
                })
            };
            let has_substitute = substitutes.ask(&missing, has);
            broken?;
            if !has_substitute {
                return Ok(Some((missing.offset, ch)));
            }
            at += ch.len_utf8();
        }
    }
}
