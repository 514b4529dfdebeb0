//! [`Encoder`]: text to bytes.

use super::handler::OnError;
#[cfg(feature = "encodings")]
use super::legacy::CodePage;
use super::registry::{Encoding, Kind};
use super::{utf8, utf16};
use utf16::ByteOrder;

/// An encoding, and whether its byte-order mark is still to be written.
#[derive(Clone, Debug)]
pub(in crate::text) struct Encoder {
    encoding: Encoding,
    form: Form,
    mark_due: bool,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Utf8,
    /// The characters below the given number, one byte each.
    Below(u32),
    Utf16(ByteOrder),
    #[cfg(feature = "encodings")]
    CodePage(CodePage),
}

impl Encoder {
    pub(in crate::text) fn new(encoding: Encoding) -> Encoder {
        let form = match encoding.0 {
            Kind::Utf8 | Kind::Utf8Sig => Form::Utf8,
            Kind::Ascii => Form::Below(0x80),
            Kind::Latin1 => Form::Below(0x100),
            Kind::Utf16 | Kind::Utf16Le => Form::Utf16(ByteOrder::Little),
            Kind::Utf16Be => Form::Utf16(ByteOrder::Big),
            #[cfg(feature = "encodings")]
            Kind::CodePage(page) => Form::CodePage(page),
        };
        Encoder {
            encoding,
            form,
            mark_due: false,
        }
    }

    pub(in crate::text) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Says where the next text goes: a mark belongs to the start of a stream, and what follows
    /// a mark that was read is written in its order (`state` is a decoder's).
    pub(in crate::text) fn place(&mut self, at_start: bool, state: u8) {
        self.mark_due = at_start && matches!(self.encoding.0, Kind::Utf8Sig | Kind::Utf16);
        self.form = match (self.encoding.0, state) {
            (Kind::Utf16, 1) => Form::Utf16(ByteOrder::Little),
            (Kind::Utf16, 2) => Form::Utf16(ByteOrder::Big),
            _ => self.form,
        };
    }

    /// The state that a decoder has behind what was written.
    pub(in crate::text) fn state(&self) -> u8 {
        match (self.encoding.0, self.form) {
            (Kind::Utf16, Form::Utf16(ByteOrder::Big)) => 2,
            (Kind::Utf16 | Kind::Utf8Sig, _) => 1,
            _ => 0,
        }
    }

    /// Appends the byte-order mark if it is due, once.
    #[inline]
    pub(in crate::text) fn mark(&mut self, bytes: &mut Vec<u8>) {
        if !std::mem::take(&mut self.mark_due) {
            return;
        }
        match self.form {
            Form::Utf16(order) => utf16::encode("\u{feff}", order, bytes),
            _ => bytes.extend_from_slice(utf8::MARK),
        }
    }

    /// Whether a text's bytes are those of its UTF-8.
    #[inline]
    pub(in crate::text) fn is_verbatim(&self) -> bool {
        matches!(self.form, Form::Utf8)
    }

    /// The first character of `text` that the encoding does not have, and its place in bytes.
    #[inline]
    pub(in crate::text) fn first_missing(&self, text: &str) -> Option<(usize, char)> {
        match self.form {
            Form::Utf8 | Form::Utf16(_) => None,
            Form::Below(_) if text.is_ascii() => None,
            _ => text.char_indices().find(|&(_, ch)| self.byte(ch).is_none()),
        }
    }

    /// Appends the bytes of `text`; characters that the encoding does not have are treated as
    /// `errors` says (a strict caller has asked [`Encoder::first_missing`] before).
    pub(in crate::text) fn encode(&self, text: &str, errors: OnError, bytes: &mut Vec<u8>) {
        match self.form {
            Form::Utf8 => bytes.extend_from_slice(text.as_bytes()),
            Form::Utf16(order) => utf16::encode(text, order, bytes),
            _ => bytes.extend(text.chars().filter_map(|ch| {
                self.byte(ch).or(match errors {
                    OnError::Replace => Some(b'?'),
                    OnError::Strict | OnError::Ignore => None,
                })
            })),
        }
    }

    /// A character's byte in a single-byte encoding.
    fn byte(&self, ch: char) -> Option<u8> {
        match self.form {
            Form::Below(limit) if u32::from(ch) < limit => u8::try_from(ch).ok(),
            #[cfg(feature = "encodings")]
            Form::CodePage(page) => page.byte(ch),
            _ => None,
        }
    }
}
