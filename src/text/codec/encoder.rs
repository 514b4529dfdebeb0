//! [`Encoder`]: text to bytes.

use super::byte_order::ByteOrder;
use super::charmap::Page;
use super::custom::Writing;
use super::handler::{Missing, Substitute, Substitutes};
#[cfg(feature = "encodings")]
use super::iso2022_jp::{self, Charset};
#[cfg(feature = "encodings")]
use super::multi_byte_table::Table;
use super::registry::{Encoding, Kind};
use super::{single_byte, utf7, utf8, utf16, utf32};
use crate::error::Error;

/// An encoding, and what is still to be written before the next text.
#[derive(Clone, Debug)]
pub(in crate::text) struct Encoder {
    encoding: Encoding,
    form: Form,
    due: Due,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Utf8,
    Utf16(ByteOrder),
    Utf32(ByteOrder),
    Utf7,
    /// The characters below the given number, one byte each.
    Below(u32),
    Charmap(&'static Page),
    #[cfg(feature = "encodings")]
    MultiByte(&'static Table),
    /// Every piece begins and ends in this character set: ASCII.
    #[cfg(feature = "encodings")]
    Iso2022Jp(Charset),
    Custom(Writing),
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
        let form = match encoding.0 {
            Kind::Utf8 | Kind::Utf8Sig => Form::Utf8,
            Kind::Utf16 | Kind::Utf16Le => Form::Utf16(ByteOrder::Little),
            Kind::Utf16Be => Form::Utf16(ByteOrder::Big),
            Kind::Utf32 | Kind::Utf32Le => Form::Utf32(ByteOrder::Little),
            Kind::Utf32Be => Form::Utf32(ByteOrder::Big),
            Kind::Utf7 => Form::Utf7,
            Kind::Ascii => Form::Below(0x80),
            Kind::Latin1 => Form::Below(0x100),
            Kind::Charmap(charmap) => Form::Charmap(charmap.page()),
            #[cfg(feature = "encodings")]
            Kind::MultiByte(family) => Form::MultiByte(family.table()),
            #[cfg(feature = "encodings")]
            Kind::Iso2022Jp => Form::Iso2022Jp(Charset::Ascii),
            Kind::Custom(codec) => Form::Custom(Writing::new(codec)),
        };
        Encoder {
            encoding,
            form,
            due: Due::Nothing,
        }
    }

    pub(in crate::text) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Says where the next text goes (`state` is a decoder's there): a mark belongs to the start of
    /// a stream, what follows a mark that was read is written in its order, and a shift is ended.
    pub(in crate::text) fn place(&mut self, at_start: bool, state: u64) {
        if let Form::Custom(writing) = &mut self.form {
            writing.place(at_start, state);
        }
        let has_mark = matches!(
            self.encoding.0,
            Kind::Utf8Sig | Kind::Utf16 | Kind::Utf32 | Kind::Custom(_)
        );
        self.due = match (self.encoding.0, state) {
            _ if at_start && has_mark => Due::Mark,
            _ if at_start => Due::Nothing,
            (Kind::Utf7, 1..) => Due::Unshift(utf7::UNSHIFT),
            #[cfg(feature = "encodings")]
            (Kind::Iso2022Jp, 1..) => Due::Unshift(Charset::Ascii.escape()),
            _ => Due::Nothing,
        };
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
        if let Some(state) = self.state_inside() {
            return state;
        }
        match (self.state(), read) {
            (0, _) | (_, 0) => self.state(),
            _ => read,
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
            form => text.char_indices().find(|&(offset, ch)| {
                let missing = Missing {
                    encoding: self.encoding.name(),
                    offset,
                    ch,
                };
                !form.has(ch) && !substitutes.ask(&missing, |ch| form.has(ch))
            }),
        }
    }

    /// Appends the bytes of `text`, with substitutes for the characters that the encoding does
    /// not have ([`Encoder::first_refused`] was asked before).
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
            match substitutes.take(ch) {
                Some(Substitute::Text(text)) => {
                    form.encode(&text, bytes);
                }
                Some(Substitute::Bytes(raw)) => bytes.extend_from_slice(&raw),
                None => {}
            }
            rest = missing.as_str();
        }
        bytes.extend_from_slice(form.ending());
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

    /// Appends the bytes of `text` up to the first character that is missing.
    pub(super) fn encode_known(&self, text: &str, bytes: &mut Vec<u8>) {
        let mut form = self.form;
        form.encode(text, bytes);
    }

    /// Whether ASCII is written as it is.
    pub(super) fn writes_ascii(&self) -> bool {
        self.form.writes_ascii()
    }

    /// Whether the encoding may have several sequences for a character.
    pub(super) fn has_doubles(&self) -> bool {
        match self.form {
            Form::Charmap(_) => true,
            #[cfg(feature = "encodings")]
            Form::MultiByte(_) => true,
            _ => false,
        }
    }
}

impl Form {
    /// Whether ASCII is written as it is.
    fn writes_ascii(self) -> bool {
        match self {
            Form::Charmap(page) => page.writes_ascii(),
            #[cfg(feature = "encodings")]
            Form::Iso2022Jp(_) => false,
            Form::Custom(_) => false,
            _ => true,
        }
    }

    /// Whether there is a character.
    fn has(self, ch: char) -> bool {
        match self {
            Form::Utf8 | Form::Utf16(_) | Form::Utf32(_) | Form::Utf7 => true,
            Form::Below(limit) => u32::from(ch) < limit,
            Form::Charmap(page) => page.has(ch),
            #[cfg(feature = "encodings")]
            Form::MultiByte(table) => table.has(ch),
            #[cfg(feature = "encodings")]
            Form::Iso2022Jp(_) => iso2022_jp::has(ch),
            Form::Custom(writing) => writing.has(ch.encode_utf8(&mut [0; 4])),
        }
    }

    /// Appends the bytes of `text` up to the first character that is missing; where that is.
    fn encode(&mut self, text: &str, bytes: &mut Vec<u8>) -> usize {
        match self {
            Form::Utf8 => bytes.extend_from_slice(text.as_bytes()),
            Form::Utf16(order) => utf16::encode(text, *order, bytes),
            Form::Utf32(order) => utf32::encode(text, *order, bytes),
            Form::Utf7 => utf7::encode(text, bytes),
            Form::Below(limit) => return single_byte::encode(text, *limit, bytes),
            Form::Charmap(page) => return page.encode(text, bytes),
            #[cfg(feature = "encodings")]
            Form::MultiByte(table) => return table.encode(text, bytes),
            #[cfg(feature = "encodings")]
            Form::Iso2022Jp(charset) => return iso2022_jp::encode(text, charset, bytes),
            Form::Custom(writing) => return writing.write(text, bytes).unwrap_or_default(),
        }
        text.len()
    }

    /// What leads back to where a piece begins.
    fn ending(self) -> &'static [u8] {
        match self {
            #[cfg(feature = "encodings")]
            Form::Iso2022Jp(Charset::Roman | Charset::Jis) => Charset::Ascii.escape(),
            _ => b"",
        }
    }
}
