//! [`Encoder`]: text to bytes.

use super::byte_order::ByteOrder;
use super::custom::Writing;
use super::form::Form;
use super::handler::{Missing, Substitute, Substitutes};
#[cfg(feature = "encodings")]
use super::hz;
#[cfg(feature = "encodings")]
use super::iso2022::Shift;
#[cfg(feature = "encodings")]
use super::iso2022_writer::Writer;
use super::registry::{Encoding, Kind};
use super::{utf7, utf8, utf16, utf32};
use crate::error::Error;

/// An encoding, and what is still to be written before the next text.
#[derive(Clone, Debug)]
pub(in crate::text) struct Encoder {
    encoding: Encoding,
    form: Form,
    due: Due,
}

/// What is still to be written before the next text.
#[derive(Clone, Copy, Debug)]
enum Due {
    Nothing,
    /// The byte-order mark.
    Mark,
    /// What ends the shift that the bytes before this place are in.
    Unshift(&'static [u8]),
}

impl Encoder {
    pub(in crate::text) fn new(encoding: Encoding) -> Encoder {
        Encoder {
            encoding,
            form: Form::new(encoding),
            due: Due::Nothing,
        }
    }

    pub(in crate::text) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether a stream begins with a byte-order mark.
    pub(in crate::text) fn has_mark(&self) -> bool {
        matches!(
            self.encoding.0,
            Kind::Utf8Sig | Kind::Utf16 | Kind::Utf32 | Kind::Custom(_)
        )
    }

    /// Says where the next text goes (`state` is a decoder's there): a mark belongs to the start of
    /// a stream, what follows a mark that was read is written in its order, and a shift is ended.
    pub(in crate::text) fn place(&mut self, at_start: bool, state: u64) {
        if let Form::Custom(writing) = &mut self.form {
            writing.place(at_start, state);
        }
        #[cfg(feature = "encodings")]
        let small = u8::try_from(state).unwrap_or_default();
        self.due = match (self.encoding.0, state) {
            _ if at_start && self.has_mark() => Due::Mark,
            _ if at_start => Due::Nothing,
            (Kind::Utf7, 1..) => Due::Unshift(utf7::UNSHIFT),
            #[cfg(feature = "encodings")]
            (Kind::Hz, 1..) => Due::Unshift(hz::UNSHIFT),
            #[cfg(feature = "encodings")]
            (Kind::Iso2022(family), 1..) => {
                Due::Unshift(Shift::from_number(family, small).unshift())
            }
            _ => Due::Nothing,
        };
        #[cfg(feature = "encodings")]
        if let Kind::Iso2022(family) = self.encoding.0 {
            let small = if at_start { 0 } else { small };
            let shift = Shift::from_number(family, small);
            self.form = Form::Iso2022(Writer::behind(family, shift));
        }
        let order = match state {
            1 => ByteOrder::Little,
            2 => ByteOrder::Big,
            _ => return,
        };
        match self.encoding.0 {
            Kind::Utf16 => self.form = Form::Utf16(order),
            Kind::Utf32 => self.form = Form::Utf32(order),
            _ => {}
        }
    }

    /// The state that a decoder has behind what was written.
    pub(in crate::text) fn state(&self) -> u64 {
        match (self.encoding.0, self.form) {
            #[cfg(feature = "encodings")]
            (_, Form::Iso2022(writer)) => writer.state().into(),
            (_, Form::Custom(writing)) => writing.state(),
            (Kind::Utf16, Form::Utf16(ByteOrder::Big)) => 2,
            (Kind::Utf32, Form::Utf32(ByteOrder::Big)) => 2,
            (Kind::Utf16 | Kind::Utf32 | Kind::Utf8Sig, _) => 1,
            _ => 0,
        }
    }

    /// The state that a decoder has at the end of a stream, where this one wrote or a decoder was
    /// in state `read` somewhere: the byte order is the same everywhere, shifts end before.
    pub(in crate::text) fn state_at_end(&self, read: u64) -> u64 {
        match (read, self.state_inside()) {
            (_, Some(state)) => state,
            _ if !self.has_mark() => 0,
            (0, _) => self.state(),
            (read, _) => read,
        }
    }

    /// The state that a codec of the caller's own has where nobody knows better.
    pub(in crate::text) fn state_inside(&self) -> Option<u64> {
        match self.encoding.0 {
            Kind::Custom(codec) => Some(codec.0.state_inside()),
            _ => None,
        }
    }

    /// Appends what is due before any text, once.
    #[inline]
    pub(in crate::text) fn mark(&mut self, bytes: &mut Vec<u8>) {
        match (
            std::mem::replace(&mut self.due, Due::Nothing),
            &mut self.form,
        ) {
            (Due::Nothing, _) => {}
            (Due::Unshift(ending), _) => bytes.extend_from_slice(ending),
            (Due::Mark, Form::Utf16(order)) => utf16::encode("\u{feff}", *order, bytes),
            (Due::Mark, Form::Utf32(order)) => utf32::encode("\u{feff}", *order, bytes),
            (Due::Mark, Form::Custom(writing)) => writing.begin(bytes),
            (Due::Mark, _) => bytes.extend_from_slice(utf8::MARK),
        }
    }

    /// Whether a text's bytes are those of its UTF-8.
    #[inline]
    pub(in crate::text) fn is_verbatim(&self) -> bool {
        matches!(self.form, Form::Utf8)
    }

    /// Whether that is so for ASCII, wherever it stands.
    pub(in crate::text) fn keeps_ascii(&self) -> bool {
        match &self.form {
            Form::Utf8 | Form::Below(_) => true,
            Form::Charmap(page) => page.writes_ascii(),
            _ => false,
        }
    }

    /// The first character of `text` that the encoding does not have and for which there is no
    /// substitute, and its place in bytes.
    #[inline]
    pub(in crate::text) fn first_refused(
        &self,
        text: &str,
        substitutes: &mut Substitutes,
    ) -> Option<(usize, char)> {
        if !substitutes.begin() {
            return None;
        }
        match self.form {
            Form::Utf8 | Form::Utf16(_) | Form::Utf32(_) | Form::Utf7 => None,
            form if form.writes_ascii() && text.is_ascii() => None,
            form => {
                let mut before = form.held();
                text.char_indices().find(|&(offset, ch)| {
                    let missing = Missing {
                        encoding: self.encoding.name(),
                        offset,
                        ch,
                    };
                    let joins = form.joins(before.replace(ch), ch);
                    !form.has(ch) && !joins && !substitutes.ask(&missing, |ch| form.has(ch))
                })
            }
        }
    }

    /// Appends the bytes of `text`, with substitutes for the characters that the encoding does
    /// not have ([`Encoder::first_refused`] was asked before). The last one may be held back.
    ///
    /// # Errors
    ///
    /// Those of a codec of the caller's own that breaks its contract.
    pub(in crate::text) fn encode(
        &mut self,
        text: &str,
        substitutes: &mut Substitutes,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if let Form::Custom(writing) = &mut self.form {
            return writing.encode(text, substitutes, bytes);
        }
        let (mut form, mut rest) = (self.form, text);
        loop {
            let plain = substitutes.plain(rest);
            rest = &rest[form.encode(&rest[..plain], bytes)..];
            let mut missing = rest.chars();
            let Some(ch) = missing.next() else { break };
            form.finish(bytes);
            match substitutes.take(ch) {
                Some(Substitute::Text(text)) => {
                    form.encode(&text, bytes);
                    form.finish(bytes);
                }
                Some(Substitute::Bytes(raw)) => bytes.extend_from_slice(&raw),
                None => {}
            }
            rest = missing.as_str();
        }
        form.end(bytes);
        self.form = form;
        Ok(())
    }

    /// The codec of the caller's own, if it is one.
    pub(in crate::text) fn custom(&self) -> Option<Writing> {
        match self.form {
            Form::Custom(writing) => Some(writing),
            _ => None,
        }
    }

    /// Goes back to where a codec of the caller's own was.
    pub(in crate::text) fn set_custom(&mut self, writing: Writing) {
        self.form = Form::Custom(writing);
    }

    /// Whether a character was taken that waits for the next one.
    pub(in crate::text) fn holds(&self) -> bool {
        self.form.held().is_some()
    }

    /// Appends the character that is held back, if there is one: nothing follows it here.
    pub(in crate::text) fn finish(&mut self, bytes: &mut Vec<u8>) {
        if self.holds() {
            self.form.finish(bytes);
            self.form.end(bytes);
        }
    }

    /// Forgets the character that is held back.
    pub(in crate::text) fn forget(&mut self) {
        self.form.finish(&mut Vec::new());
    }

    /// Appends the bytes of `text` up to the first character that is missing.
    pub(super) fn encode_known(&self, text: &str, bytes: &mut Vec<u8>) {
        let mut form = self.form;
        form.encode(text, bytes);
        form.finish(bytes);
    }

    /// Whether a text, each character of which was read from a code of its own, may be written
    /// otherwise: one character may become one code with what is before it.
    pub(super) fn may_join(&self, text: &str) -> bool {
        self.form.may_join(text)
    }

    /// Whether a text is two characters of one code.
    pub(super) fn is_pair(&self, text: &str) -> bool {
        self.form.is_pair(text)
    }

    /// Whether ASCII is written as it is.
    pub(super) fn writes_ascii(&self) -> bool {
        self.form.writes_ascii()
    }

    /// Whether the encoding may have several sequences for a character.
    pub(super) fn has_doubles(&self) -> bool {
        self.form.has_doubles()
    }
}
