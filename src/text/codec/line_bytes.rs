//! [`LineBytes`]: what a line end is in the bytes of an encoding, for readers that do not begin at the
//! start.
//!
//! In most encodings the bytes of `\n` and `\r` are nothing else, whatever stands before them, and
//! nothing is left open after them:
//!
//! * UTF-8, and the encodings of one byte (EBCDIC has other bytes for them);
//! * UTF-16 and UTF-32, at a multiple of two or four bytes; the byte order is that of a mark at the
//!   start, or of the name;
//! * the multi-byte encodings of East Asia without shifts: the second and further bytes of a character
//!   are 0x30 or more in all of them, and a first byte that is followed by `\n` is malformed by itself.
//!
//! Where shifts are, a byte means what the shifts before it say: UTF-7 may have `\n` inside base64,
//! and in HZ and ISO 2022 a line may begin in any set. What a custom codec does is not known.

use super::Decoder;
use super::encoding::Encoding;
use super::family::{DecodeStop, EncodeStop};

/// The code units of `\n` and `\r`, and how to read what stands after them.
#[derive(Clone, Debug)]
pub(in crate::text) struct LineBytes {
    decoder: Decoder,
    line_feed: CodeUnit,
    carriage_return: CodeUnit,
}

/// The bytes of one character of a line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) struct CodeUnit {
    bytes: [u8; CodeUnit::LONGEST],
    len: usize,
}

impl CodeUnit {
    const LONGEST: usize = 4;

    pub(in crate::text) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Where the byte is that is not 0, which is searched for.
    pub(in crate::text) fn mark(&self) -> (usize, u8) {
        let bytes = self.as_bytes();
        let at = bytes.iter().position(|&byte| byte != 0).unwrap_or(0);
        (at, bytes[at])
    }
}

impl Encoding {
    /// Whether a line end can be told from its bytes alone, wherever reading begins, and text read from
    /// there: what [`LineRange`](crate::ranges::LineRange) and [`RevLines`](crate::ranges::RevLines)
    /// need.
    ///
    /// True for UTF-8, UTF-16, UTF-32, all encodings of one byte, and Shift_JIS, EUC, GBK, GB 18030, Big5
    /// and their relatives. False where bytes mean what a shift far before them says, UTF-7, HZ and
    /// ISO 2022, and for custom codecs, of which nothing is known.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Encoding;
    ///
    /// assert!(Encoding::UTF_16.is_splittable() && Encoding::WINDOWS_1252.is_splittable());
    /// assert!(!Encoding::UTF_7.is_splittable());
    /// ```
    #[must_use]
    pub fn is_splittable(self) -> bool {
        !self.family().properties().has_shifts
    }
}

impl LineBytes {
    /// How many bytes at the start of a stream have to be seen: the longest mark.
    pub(in crate::text) const START: usize = 4;

    /// For a stream that begins with `start`; `None` if the encoding is not
    /// [splittable](Encoding::is_splittable).
    pub(in crate::text) fn new(encoding: Encoding, start: &[u8]) -> Option<LineBytes> {
        if !encoding.is_splittable() {
            return None;
        }
        let mut decoder = Decoder::new(encoding);
        if decoder.awaits_order() && !start.is_empty() {
            // Text or error, the state is then that of the order.
            let _ = decoder.step(start, true, &mut String::new());
        } else {
            // After a mark, where there may be one.
            decoder.set_state(1);
        }
        let unit = |ch| code_unit(encoding, decoder.state(), ch);
        Some(LineBytes {
            line_feed: unit("\n")?,
            carriage_return: unit("\r")?,
            decoder,
        })
    }

    pub(in crate::text) fn line_feed(&self) -> CodeUnit {
        self.line_feed
    }

    pub(in crate::text) fn carriage_return(&self) -> CodeUnit {
        self.carriage_return
    }

    /// How many bytes each of them has, and lies at a multiple of.
    pub(in crate::text) fn unit(&self) -> usize {
        self.line_feed.len
    }

    /// A decoder's state after the start of the stream, where a line begins.
    pub(in crate::text) fn state(&self) -> u64 {
        self.decoder.state()
    }

    /// Whether the last character of these bytes is this one, for a decoder that begins with any of them
    /// and is told that nothing follows.
    ///
    /// A first byte of a longer sequence takes a line end after it where a stream ends, as "incomplete",
    /// and only there: a part that ends with these bytes would lose its last line end.
    pub(in crate::text) fn all_end_with(&self, bytes: &[u8], ch: char) -> bool {
        let mut starts = (0..bytes.len()).step_by(self.unit());
        starts.all(|start| self.last_char(&bytes[start..]) == Some(ch))
    }

    fn last_char(&self, mut bytes: &[u8]) -> Option<char> {
        let (mut decoder, mut text) = (self.decoder.clone(), String::new());
        while !bytes.is_empty() {
            let read = match decoder.step(bytes, true, &mut text) {
                Ok(read) => read,
                Err(DecodeStop::Malformed { len, .. }) => {
                    text.clear();
                    len
                }
                Err(_) => return None,
            };
            bytes = bytes.get(read..)?;
        }
        text.chars().next_back()
    }

    /// The character that stands first in these bytes, if one does; they are a few, and followed by
    /// others or not.
    pub(in crate::text) fn first_char(&self, bytes: &[u8], last: bool) -> Option<char> {
        let (mut decoder, mut text) = (self.decoder.clone(), String::new());
        if !bytes.is_empty() {
            decoder.step(bytes, last, &mut text).ok()?;
        }
        text.chars().next()
    }
}

/// What a character is written as where a decoder has this state.
fn code_unit(encoding: Encoding, read: u64, ch: &str) -> Option<CodeUnit> {
    let family = encoding.family();
    let (mut state, mut bytes) = (0, [0; CodeUnit::LONGEST]);
    family.place(&mut state, false, read);
    let encoded = family.encode(&mut state, ch, &mut bytes);
    let len = encoded.written;
    (encoded.stop == EncodeStop::Done && len > 0).then_some(CodeUnit { bytes, len })
}
