//! Which bytes of a stream are which characters.

use iolite::chunk::Progress;
use iolite::text::TextDecoder;
use iolite::{Encoding, Error, Newline, Result, TextOptions};

use crate::encoded_text::EncodedText;

/// Bytes of a stream that belong together.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByteCell<'a> {
    /// The first of them.
    pub(super) place: u64,
    pub(super) len: u64,
    /// One character as a rule; `None`: malformed.
    pub(super) text: Option<&'a str>,
}

/// Decodes a stream and says which bytes are which characters.
pub(super) struct Characters {
    decoder: TextDecoder,
    lengths: Lengths,
    /// What stands before the decoder's first byte.
    origin: u64,
    /// Bytes that are left out before the first whole code unit.
    skip: usize,
}

/// How long the characters of a text are in bytes.
#[derive(Clone, Copy)]
enum Lengths {
    Utf8,
    /// Units of two bytes.
    Utf16,
    Utf32,
    /// What only the decoder knows. Unless all have one byte each, it is shown a byte at a time.
    Other,
}

impl Characters {
    /// Of text whose mark was seen, from this place on.
    pub(super) fn new(text: EncodedText, place: u64) -> Characters {
        let (encoding, unit) = (text.encoding(), text.unit() as u64);
        let skip = (unit - place % unit) % unit;
        let lengths = match (unit, text.is_utf_8()) {
            (2, _) => Lengths::Utf16,
            (4, _) => Lengths::Utf32,
            (_, true) => Lengths::Utf8,
            _ => Lengths::Other,
        };
        Characters {
            decoder: decoder(encoding),
            lengths,
            origin: place + skip,
            skip: skip as usize,
        }
    }

    /// Of text that is read from its start.
    pub(super) fn of_stream(encoding: Encoding) -> Characters {
        Characters {
            decoder: decoder(encoding),
            lengths: Lengths::Other,
            origin: 0,
            skip: 0,
        }
    }

    /// All before this place is known.
    pub(super) fn place(&self) -> u64 {
        self.origin + self.decoder.byte_offset()
    }

    /// Decodes the next bytes, and gives what they are.
    ///
    /// # Errors
    ///
    /// What is no malformed text.
    pub(super) fn decode(
        &mut self,
        bytes: &[u8],
        give: &mut dyn FnMut(ByteCell<'_>),
    ) -> Result<()> {
        let bytes = &bytes[self.skip.min(bytes.len())..];
        self.skip = 0;
        if !matches!(self.lengths, Lengths::Other) {
            self.decoder.append(bytes)?;
            return self.take(give);
        }
        // A piece that is all of one byte each is told by its length.
        for byte in bytes {
            self.decoder.append(&[*byte])?;
            self.take(give)?;
        }
        Ok(())
    }

    /// The same of what has no more bytes.
    pub(super) fn finish(&mut self, give: &mut dyn FnMut(ByteCell<'_>)) -> Result<()> {
        self.decoder.finish();
        self.take(give)
    }

    fn take(&mut self, give: &mut dyn FnMut(ByteCell<'_>)) -> Result<()> {
        loop {
            match self.decoder.next_text() {
                Ok(Progress::Ready(piece)) => {
                    let range = piece.byte_range();
                    let (place, len) = (self.origin + range.start, range.end - range.start);
                    each_character(self.lengths, &piece, place, len, give);
                }
                Ok(_) => return Ok(()),
                Err(Error::Decode { offset, bytes, .. }) => give(ByteCell {
                    place: self.origin + offset,
                    len: bytes.len() as u64,
                    text: None,
                }),
                Err(error) => return Err(error),
            }
        }
    }
}

fn each_character(
    lengths: Lengths,
    text: &str,
    mut place: u64,
    len: u64,
    give: &mut dyn FnMut(ByteCell<'_>),
) {
    let mut room = [0; 4];
    for ch in text.chars() {
        let len = match lengths {
            Lengths::Utf8 => ch.len_utf8(),
            Lengths::Utf16 => 2 * ch.len_utf16(),
            Lengths::Utf32 => 4,
            // Shown byte by byte, what comes is one sequence.
            Lengths::Other => {
                return give(ByteCell {
                    place,
                    len,
                    text: Some(text),
                });
            }
        };
        give(ByteCell {
            place,
            len: len as u64,
            text: Some(ch.encode_utf8(&mut room)),
        });
        place += len as u64;
    }
}

fn decoder(encoding: Encoding) -> TextDecoder {
    TextDecoder::with_options(TextOptions::new().encoding(encoding).newline(Newline::Lf))
}
