//! [`Form`]: how characters become bytes.

use super::byte_order::ByteOrder;
use super::charmap::Page;
use super::custom::Writing;
#[cfg(feature = "encodings")]
use super::hz;
#[cfg(feature = "encodings")]
use super::iso2022_writer::Writer;
#[cfg(feature = "encodings")]
use super::multi_byte_table::Table;
#[cfg(feature = "encodings")]
use super::paired_table::PairedTable;
use super::registry::{Encoding, Kind};
use super::{single_byte, utf7, utf16, utf32};

/// How characters become bytes, and in which character set if that matters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Utf8,
    Utf16(ByteOrder),
    Utf32(ByteOrder),
    /// And the run of base64 that was begun.
    Utf7(Option<utf7::Run>),
    /// The characters below the given number, one byte each.
    Below(u32),
    Charmap(&'static Page),
    #[cfg(feature = "encodings")]
    MultiByte(&'static Table),
    /// And a character that was taken and is not written yet: the next one may make a pair with it.
    #[cfg(feature = "encodings")]
    Paired(&'static PairedTable, Option<char>),
    /// Whether GB 2312 was begun.
    #[cfg(feature = "encodings")]
    Hz(bool),
    #[cfg(feature = "encodings")]
    Iso2022(Writer),
    Custom(Writing),
}

impl Form {
    /// At the start of a stream.
    pub(super) fn new(encoding: Encoding) -> Form {
        match encoding.0 {
            Kind::Utf8 | Kind::Utf8Sig => Form::Utf8,
            Kind::Utf16 | Kind::Utf16Le => Form::Utf16(ByteOrder::Little),
            Kind::Utf16Be => Form::Utf16(ByteOrder::Big),
            Kind::Utf32 | Kind::Utf32Le => Form::Utf32(ByteOrder::Little),
            Kind::Utf32Be => Form::Utf32(ByteOrder::Big),
            Kind::Utf7 => Form::Utf7(None),
            Kind::Ascii => Form::Below(0x80),
            Kind::Latin1 => Form::Below(0x100),
            Kind::Charmap(charmap) => Form::Charmap(charmap.page()),
            #[cfg(feature = "encodings")]
            Kind::MultiByte(family) => Form::MultiByte(family.table()),
            #[cfg(feature = "encodings")]
            Kind::Paired(family) => Form::Paired(family.table(), None),
            #[cfg(feature = "encodings")]
            Kind::Hz => Form::Hz(false),
            #[cfg(feature = "encodings")]
            Kind::Iso2022(family) => Form::Iso2022(Writer::new(family)),
            Kind::Custom(codec) => Form::Custom(Writing::new(codec)),
        }
    }

    /// Whether ASCII is written as it is.
    pub(super) fn writes_ascii(self) -> bool {
        match self {
            Form::Charmap(page) => page.writes_ascii(),
            #[cfg(feature = "encodings")]
            Form::Paired(table, _) => table.has_ascii(),
            #[cfg(feature = "encodings")]
            Form::Hz(_) | Form::Iso2022(_) => false,
            Form::Custom(_) => false,
            _ => true,
        }
    }

    /// Whether there may be several sequences for a character.
    pub(super) fn has_doubles(self) -> bool {
        match self {
            Form::Charmap(_) => true,
            #[cfg(feature = "encodings")]
            Form::MultiByte(_) | Form::Paired(..) => true,
            _ => false,
        }
    }

    /// Whether a text, each character of which was read from a code of its own, may be written
    /// otherwise.
    pub(super) fn may_join(self, text: &str) -> bool {
        match (self, text) {
            #[cfg(feature = "encodings")]
            (Form::Paired(table, _), text) => text.chars().any(|ch| table.ends_pair(ch)),
            _ => false,
        }
    }

    /// Whether a text is two characters of one code.
    pub(super) fn is_pair(self, text: &str) -> bool {
        let mut chars = text.chars();
        match (chars.next(), chars.next(), chars.next()) {
            (first, Some(second), None) => self.joins(first, second),
            _ => false,
        }
    }

    /// Whether there is a character.
    pub(super) fn has(self, ch: char) -> bool {
        match self {
            Form::Utf8 | Form::Utf16(_) | Form::Utf32(_) | Form::Utf7(_) => true,
            Form::Below(limit) => u32::from(ch) < limit,
            Form::Charmap(page) => page.has(ch),
            #[cfg(feature = "encodings")]
            Form::MultiByte(table) => table.has(ch),
            #[cfg(feature = "encodings")]
            Form::Paired(table, _) => table.has(ch),
            #[cfg(feature = "encodings")]
            Form::Hz(_) => hz::has(ch),
            #[cfg(feature = "encodings")]
            Form::Iso2022(writer) => writer.has(ch),
            Form::Custom(_) => unreachable!("Writing::refused asks a codec of the caller's own"),
        }
    }

    /// Whether two characters are one code.
    pub(super) fn joins(self, first: Option<char>, second: char) -> bool {
        match (self, first, second) {
            #[cfg(feature = "encodings")]
            (Form::Paired(table, _), Some(first), second) => table.pair(first, second).is_some(),
            #[cfg(feature = "encodings")]
            (Form::Iso2022(writer), Some(first), second) => writer.joins(first, second),
            _ => false,
        }
    }

    /// The character that was taken and is not written yet.
    pub(super) fn held(self) -> Option<char> {
        match self {
            #[cfg(feature = "encodings")]
            Form::Paired(_, held) => held,
            #[cfg(feature = "encodings")]
            Form::Iso2022(writer) => writer.held(),
            _ => None,
        }
    }

    /// Appends the bytes of `text` up to the first character that is missing; where that is. The
    /// last one may be held back.
    pub(super) fn encode(&mut self, text: &str, bytes: &mut Vec<u8>) -> usize {
        match self {
            Form::Utf8 => bytes.extend_from_slice(text.as_bytes()),
            Form::Utf16(order) => utf16::encode(text, *order, bytes),
            Form::Utf32(order) => utf32::encode(text, *order, bytes),
            Form::Utf7(run) => utf7::encode(text, run, bytes),
            Form::Below(limit) => return single_byte::encode(text, *limit, bytes),
            Form::Charmap(page) => return page.encode(text, bytes),
            #[cfg(feature = "encodings")]
            Form::MultiByte(table) => return table.encode(text, bytes),
            #[cfg(feature = "encodings")]
            Form::Paired(table, held) => return table.encode(text, held, bytes),
            #[cfg(feature = "encodings")]
            Form::Hz(is_gb) => return hz::encode(text, is_gb, bytes),
            #[cfg(feature = "encodings")]
            Form::Iso2022(writer) => return writer.encode(text, bytes),
            // Its errors would be lost here.
            Form::Custom(_) => unreachable!("Encoder::encode asks a codec of the caller's own"),
        }
        text.len()
    }

    /// Appends the character that is held back by itself.
    pub(super) fn finish(&mut self, bytes: &mut Vec<u8>) {
        match (self, bytes) {
            #[cfg(feature = "encodings")]
            (Form::Paired(table, held), bytes) => table.finish(held, bytes),
            #[cfg(feature = "encodings")]
            (Form::Iso2022(writer), bytes) => writer.finish(bytes),
            _ => {}
        }
    }

    /// Whether more than ASCII is open: a shift, or a run of base64.
    pub(super) fn is_shifted(self) -> bool {
        match self {
            Form::Utf7(run) => run.is_some(),
            #[cfg(feature = "encodings")]
            Form::Hz(is_gb) => is_gb,
            #[cfg(feature = "encodings")]
            Form::Iso2022(writer) => writer.is_shifted(),
            _ => false,
        }
    }

    /// Appends what leads back to where a decoder has this state.
    pub(super) fn return_to(&mut self, state: u64, bytes: &mut Vec<u8>) {
        match self {
            #[cfg(feature = "encodings")]
            Form::Hz(is_gb) if !*is_gb && state != 0 => {
                bytes.extend_from_slice(hz::SHIFT);
                *is_gb = true;
            }
            #[cfg(feature = "encodings")]
            Form::Iso2022(writer) => writer.return_to(state, bytes),
            _ => {
                // What is open in the others says nothing about text behind it.
                let _ = (state, bytes);
            }
        }
    }

    /// Appends what leads back to ASCII.
    pub(super) fn end(&mut self, bytes: &mut Vec<u8>) {
        match self {
            Form::Utf7(run) => utf7::end(run, bytes),
            #[cfg(feature = "encodings")]
            Form::Hz(is_gb) if *is_gb => {
                bytes.extend_from_slice(hz::UNSHIFT);
                *is_gb = false;
            }
            #[cfg(feature = "encodings")]
            Form::Iso2022(writer) => writer.end(bytes),
            _ => {}
        }
    }
}
