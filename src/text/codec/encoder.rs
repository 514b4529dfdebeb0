//! [`Encoder`]: text to bytes.

use super::byte_order::ByteOrder;
use super::custom::Writing;
use super::form::Form;
use super::handler::{Missing, Substitute, Substitutes};
#[cfg(feature = "encodings")]
use super::iso2022::Shift;
#[cfg(feature = "encodings")]
use super::iso2022_writer::Writer;
use super::registry::{Encoding, Kind};
use super::{utf7, utf8, utf16, utf32};
use crate::error::Error;

/// An encoding, and what is still to be written before the next text.
///
/// A shift that text needed stays open, through a flush too, as the next text may well need it
/// again: two escape sequences side by side are an error to the Web's decoders. Whoever goes
/// elsewhere, or writes nothing more, has it ended by [`finish`](Encoder::finish).
#[derive(Clone, Copy, Debug)]
pub(in crate::text) struct Encoder {
    encoding: Encoding,
    form: Form,
    due: Due,
    /// Whether text was written since the place was set: only then is an open shift ours to end.
    wrote: bool,
    /// The state at the place that was set, if a shift was open there; else 0.
    resumes: u64,
}

/// What is still to be written before the next text.
#[derive(Clone, Copy, Debug)]
enum Due {
    Nothing,
    /// The byte-order mark.
    Mark,
    /// What ends the run of base64 that the bytes before this place are in, a decoder being in
    /// this state there.
    EndOfBase64(u64),
}

impl Encoder {
    pub(in crate::text) fn new(encoding: Encoding) -> Encoder {
        Encoder {
            encoding,
            form: Form::new(encoding),
            due: Due::Nothing,
            wrote: false,
            resumes: 0,
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
    /// a stream, what follows a mark that was read is written in its order, and what follows a
    /// shift goes on in it, or ends it first.
    pub(in crate::text) fn place(&mut self, at_start: bool, state: u64) {
        self.wrote = false;
        let order = ByteOrder::of_state(state);
        let state = if at_start { 0 } else { state };
        self.due = match (self.encoding.0, state) {
            _ if at_start && self.has_mark() => Due::Mark,
            (Kind::Utf7, 1..) => Due::EndOfBase64(state),
            _ => Due::Nothing,
        };
        match (self.encoding.0, &mut self.form) {
            (_, Form::Custom(writing)) => writing.place(at_start, state),
            (Kind::Utf7, form) => *form = Form::Utf7(None),
            #[cfg(feature = "encodings")]
            (Kind::Hz, form) => *form = Form::Hz(state != 0),
            #[cfg(feature = "encodings")]
            (Kind::Iso2022(family), form) => {
                let shift = Shift::from_state(family, state);
                *form = Form::Iso2022(Writer::behind(family, shift));
            }
            (Kind::Utf16, Form::Utf16(written)) => *written = order.unwrap_or(*written),
            (Kind::Utf32, Form::Utf32(written)) => *written = order.unwrap_or(*written),
            _ => {}
        }
        self.resumes = if self.form.is_shifted() { state } else { 0 };
    }

    /// The state that a decoder has behind what was written. In UTF-7: behind what
    /// [`pause`](Encoder::pause) appends.
    pub(in crate::text) fn state(&self) -> u64 {
        match (self.encoding.0, self.form, self.due) {
            (_, _, Due::EndOfBase64(state)) => state,
            #[cfg(feature = "encodings")]
            (_, Form::Hz(is_gb), _) => is_gb.into(),
            #[cfg(feature = "encodings")]
            (_, Form::Iso2022(writer), _) => writer.state().into(),
            (_, Form::Custom(writing), _) => writing.state(),
            (Kind::Utf16, Form::Utf16(ByteOrder::Big), _) => 2,
            (Kind::Utf32, Form::Utf32(ByteOrder::Big), _) => 2,
            (Kind::Utf16 | Kind::Utf32 | Kind::Utf8Sig, ..) => 1,
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

    /// Appends what is due before a text, once. A mark is due before an empty text, too.
    ///
    /// # Errors
    ///
    /// Those of a codec of the caller's own that breaks its contract.
    #[inline]
    pub(in crate::text) fn begin(&mut self, text: &str, bytes: &mut Vec<u8>) -> Result<(), Error> {
        match self.due {
            Due::Nothing => Ok(()),
            Due::EndOfBase64(_) if text.is_empty() => Ok(()),
            _ => self.begin_cold(bytes),
        }
    }

    #[cold]
    fn begin_cold(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let before = bytes.len();
        match (self.due, &mut self.form) {
            (Due::Nothing, _) => {}
            (Due::EndOfBase64(_), _) => bytes.extend_from_slice(utf7::UNSHIFT),
            (Due::Mark, Form::Utf16(order)) => utf16::encode("\u{feff}", *order, bytes),
            (Due::Mark, Form::Utf32(order)) => utf32::encode("\u{feff}", *order, bytes),
            (Due::Mark, Form::Custom(writing)) => {
                let state = *writing;
                if let Err(error) = writing.begin(bytes) {
                    *writing = state;
                    bytes.truncate(before);
                    return Err(error);
                }
            }
            (Due::Mark, _) => bytes.extend_from_slice(utf8::MARK),
        }
        self.due = Due::Nothing;
        Ok(())
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
            Form::Utf8 | Form::Utf16(_) | Form::Utf32(_) | Form::Utf7(_) => None,
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
    /// not have ([`Encoder::first_refused`] was asked before). The last one may be held back, and
    /// a shift stays open. After an error nothing of it may be used, nor this encoder.
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
        self.wrote |= !text.is_empty();
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
                // It was asked for before.
                None => {
                    return Err(Error::Encode {
                        encoding: self.encoding.name(),
                        offset: text.len() - rest.len(),
                        ch,
                    });
                }
            }
            rest = missing.as_str();
        }
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

    /// Whether something is still to be written if no text follows here: a character that waits
    /// for the next one, or the end of a shift.
    pub(in crate::text) fn holds(&self) -> bool {
        let is_shifted = self.form.is_shifted() || self.resumes != 0;
        self.form.held().is_some() || self.wrote && is_shifted
    }

    /// Appends the character that waits for the next one: no text follows it.
    pub(in crate::text) fn finish(&mut self, bytes: &mut Vec<u8>) {
        self.form.finish(bytes);
    }

    /// Whether a shift was open where writing began, so that what stands behind may be in it.
    pub(in crate::text) fn resumes(&self) -> bool {
        self.wrote && self.resumes != 0
    }

    /// Goes back to that shift: other text stands behind.
    pub(in crate::text) fn resume(&mut self, bytes: &mut Vec<u8>) {
        self.form.return_to(self.resumes, bytes);
        self.wrote = false;
    }

    /// Appends what leads back to ASCII, where text was written: nothing follows here.
    pub(in crate::text) fn end(&mut self, bytes: &mut Vec<u8>) {
        if self.wrote {
            self.form.end(bytes);
            self.wrote = false;
        }
    }

    /// Appends what the last character's bytes lack until they can be read: in UTF-7 a digit may
    /// be of two characters. More text may follow.
    pub(in crate::text) fn pause(&mut self, bytes: &mut Vec<u8>) {
        if let Form::Utf7(_) = self.form {
            self.form.end(bytes);
        }
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
