//! [`Encoder`]: text to bytes.

use super::encoding::Encoding;
use super::family::{Code, EncodeStop, Encoded, Properties, Shortcut, Trailer};
use super::policy::{EncodeReplacements, Replacement, UnencodableChar};
use crate::error::{Error, Operation};

/// How many bytes are encoded at a time where nothing but the characters that are missing is asked for:
/// as much as stays in the first-level cache, and many blocks of text.
const TRIAL: usize = 4 * 1024;

/// An encoding, and what is still to be written before the next text.
///
/// A shift that text needed stays open, through a flush too, as the next text may well need it
/// again: two escape sequences side by side are an error to the Web's decoders. Before the stream
/// goes elsewhere or is closed, [`end`](Encoder::end) ends it.
///
/// It is a few words and `Copy`: a caller that cannot use what was encoded puts the old one back.
#[derive(Clone, Copy, Debug)]
pub(in crate::text) struct Encoder {
    encoding: Encoding,
    properties: Properties,
    /// The family's.
    state: u64,
    /// Whether the byte-order mark is still to be written before the next text.
    mark_is_due: bool,
    /// Whether text was written since the place was set: only then is an open shift ours to end.
    wrote: bool,
    /// The state at the place that was set, if a shift was open there; else 0.
    resumes: u64,
}

impl Encoder {
    /// An encoder for a position of which only this is known: it is not the start of a stream.
    pub(in crate::text) fn new(encoding: Encoding) -> Encoder {
        let family = encoding.family();
        Encoder {
            encoding,
            properties: family.properties(),
            state: family.state_inside().unwrap_or(0),
            mark_is_due: false,
            wrote: false,
            resumes: 0,
        }
    }

    pub(in crate::text) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether a stream begins with a byte-order mark.
    pub(in crate::text) fn has_mark(&self) -> bool {
        self.properties.has_mark
    }

    /// Whether it is a custom codec: what it does not have is found by encoding.
    pub(in crate::text) fn is_custom(&self) -> bool {
        self.encoding.is_custom()
    }

    /// Says where the next text goes (`state` is a decoder's there): a mark belongs to the start of
    /// a stream, what follows a mark that was read is written in its order, and what follows a
    /// shift goes on in it, or ends it first.
    pub(in crate::text) fn place(&mut self, at_start: bool, state: u64) {
        let family = self.encoding.family();
        self.wrote = false;
        self.mark_is_due = at_start && self.has_mark();
        family.place(&mut self.state, at_start, state);
        self.resumes = if family.is_shifted(self.state) {
            state
        } else {
            0
        };
    }

    /// The state that a decoder has after what was written. In UTF-7: after what
    /// [`pause`](Encoder::pause) appends.
    pub(in crate::text) fn state(&self) -> u64 {
        self.encoding.family().decoder_state(self.state)
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

    /// The state that a custom codec is assumed to have after bytes that were not read.
    pub(in crate::text) fn state_inside(&self) -> Option<u64> {
        self.encoding.family().state_inside()
    }

    /// Appends the mark that is due before a text, once, also before an empty one.
    ///
    /// # Errors
    ///
    /// Those of a custom codec that breaks its contract.
    pub(in crate::text) fn begin(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        if !self.mark_is_due {
            return Ok(());
        }
        let (mut state, before) = (self.state, bytes.len());
        let marked = self.encoding.family().mark(&mut state, bytes);
        if marked.is_ok() {
            (self.state, self.mark_is_due) = (state, false);
        } else {
            bytes.truncate(before);
        }
        marked
    }

    /// Whether a text's bytes are those of its UTF-8.
    #[inline]
    pub(in crate::text) fn is_verbatim(&self) -> bool {
        self.properties.shortcut == Shortcut::Utf8
    }

    /// Whether that is so for ASCII, wherever it stands.
    pub(in crate::text) fn keeps_ascii(&self) -> bool {
        self.properties.writes_ascii && !self.properties.has_pairs
    }

    /// Whether newlines may be translated while text is encoded.
    #[inline]
    pub(in crate::text) fn translates(&self) -> bool {
        self.properties.translates
    }

    /// The first character of `text` that the encoding does not have and for which there is no
    /// replacement, and its place in bytes. Not for a custom codec.
    #[inline]
    pub(in crate::text) fn first_refused(
        &self,
        text: &str,
        replacements: &mut EncodeReplacements,
    ) -> Option<(usize, char)> {
        if !replacements.begin() || self.properties.has_all {
            return None;
        }
        // Most text is ASCII, which every such encoding has: no trial run.
        if self.properties.writes_ascii && text.is_ascii() {
            return None;
        }
        let family = self.encoding.family();
        // A trial run on a copy: what it writes is thrown away, and the state stays.
        let (mut trial, mut at, mut room) = (*self, 0, [0; TRIAL]);
        loop {
            let part = family.encode(&mut trial.state, &text[at..], &mut room);
            at += part.read;
            match part.stop {
                EncodeStop::Full => {}
                EncodeStop::Missing(ch) => {
                    let missing = self.missing(at, ch);
                    if !replacements.ask(&missing, |ch| family.has(ch)) {
                        return Some((at, ch));
                    }
                    // What waits comes before the replacement.
                    trial.held();
                    at += ch.len_utf8();
                }
                EncodeStop::Done | EncodeStop::Broken(_) => return None,
            }
        }
    }

    fn missing(&self, offset: usize, ch: char) -> UnencodableChar {
        UnencodableChar {
            encoding: self.encoding.name(),
            offset,
            ch,
        }
    }

    /// Encodes as much of `text` as goes into `room`, with replacements for the characters that the
    /// encoding does not have, and with `newline` for each `\n` of the text, if there is one and the encoding
    /// [translates](Encoder::translates). The last one may be held back, and a shift stays open.
    ///
    /// The encoder stands after what was read then: with more room the rest of the text goes on. A
    /// replacement is written whole or not at all.
    ///
    /// # Errors
    ///
    /// Those of a custom codec that breaks its contract. This encoder may not be used
    /// any more then.
    #[inline(always)] // benches/encode.rs, row 10b
    pub(in crate::text) fn encode_into(
        &mut self,
        text: &str,
        newline: Option<&str>,
        replacements: &mut EncodeReplacements,
        room: &mut [u8],
    ) -> Result<Encoded, Error> {
        let plain = replacements.plain(text);
        let done = self.encode_plain(&text[..plain], newline, room)?;
        if done.read == text.len() || done.stop == EncodeStop::Full {
            self.wrote |= done.read > 0;
            return Ok(done);
        }
        self.encode_replacing(text, newline, done, replacements, room)
    }

    /// The same from a character on for which there may be a replacement: `done` is what was encoded
    /// before it.
    #[cold]
    fn encode_replacing(
        &mut self,
        text: &str,
        newline: Option<&str>,
        done: Encoded,
        replacements: &mut EncodeReplacements,
        room: &mut [u8],
    ) -> Result<Encoded, Error> {
        let (mut read, mut written) = (done.read, done.written);
        let stop = loop {
            let Some(ch) = text[read..].chars().next() else {
                break EncodeStop::Done;
            };
            let before = self.state;
            let part = self.replacement(ch, replacements, &mut room[written..])?;
            if part.stop != EncodeStop::Done {
                // Nothing of a replacement that does not fit as a whole: it is written again into
                // more room.
                self.state = before;
                break part.stop;
            }
            (read, written) = (read + part.read, written + part.written);
            let rest = &text[read..];
            let plain = replacements.plain(rest);
            let part = self.encode_plain(&rest[..plain], newline, &mut room[written..])?;
            (read, written) = (read + part.read, written + part.written);
            if part.stop == EncodeStop::Full {
                break part.stop;
            }
        };
        self.wrote |= read > 0;
        Ok(Encoded::new(read, written, stop))
    }

    /// Writes what stands for a character that the encoding does not have, or says why not.
    fn replacement(
        &mut self,
        ch: char,
        replacements: &mut EncodeReplacements,
        room: &mut [u8],
    ) -> Result<Encoded, Error> {
        let stopped = |stop| Ok(Encoded::new(0, 0, stop));
        let Some(replacement) = replacements.next(ch) else {
            return stopped(EncodeStop::Missing(ch));
        };
        let Some(mut written) = self.held().put(room, 0) else {
            return stopped(EncodeStop::Full);
        };
        match &*replacement {
            Replacement::Text(text) => {
                let part = self.encode_plain(text, None, &mut room[written..])?;
                written += part.written;
                match part.stop {
                    EncodeStop::Done => {}
                    // A custom codec that has the character in one call and lacks it in the next.
                    EncodeStop::Missing(_) => return stopped(EncodeStop::Missing(ch)),
                    stop => return stopped(stop),
                }
                match self.held().put(room, written) {
                    Some(end) => written = end,
                    None => return stopped(EncodeStop::Full),
                }
            }
            Replacement::Bytes(raw) => match room[written..].get_mut(..raw.len()) {
                Some(place) => {
                    place.copy_from_slice(raw);
                    written += raw.len();
                }
                None => return stopped(EncodeStop::Full),
            },
        }
        replacements.go_on();
        Ok(Encoded::new(ch.len_utf8(), written, EncodeStop::Done))
    }

    /// Encodes up to the first character that is missing.
    #[inline]
    fn encode_plain(
        &mut self,
        text: &str,
        newline: Option<&str>,
        room: &mut [u8],
    ) -> Result<Encoded, Error> {
        let family = self.encoding.family();
        let encoded = match newline {
            None => family.encode(&mut self.state, text, room),
            Some(newline) => family.encode_translated(self.state, text, newline, room),
        };
        match encoded.stop {
            EncodeStop::Broken(claimed) => Err(Error::BadCount {
                operation: Operation::Encode,
                claimed,
                limit: text.len(),
            }),
            _ => Ok(encoded),
        }
    }

    /// Appends the bytes of `text`, as [`Encoder::encode_into`] gives them.
    ///
    /// # Errors
    ///
    /// The same, and [`Error::Encode`] for a character that [`Encoder::first_refused`] would have
    /// found. After an error nothing of it may be used, nor this encoder.
    pub(in crate::text) fn encode(
        &mut self,
        text: &str,
        newline: Option<&str>,
        replacements: &mut EncodeReplacements,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let offset = append(text, bytes, |rest, room| {
            self.encode_into(rest, newline, replacements, room)
        })?;
        match text[offset..].chars().next() {
            None => Ok(()),
            Some(ch) => Err(Error::Encode {
                encoding: self.encoding.name(),
                offset,
                ch,
                path: None,
            }),
        }
    }

    /// Finds the first character of `text` that a custom codec lacks and for which
    /// there is no replacement; its place in `text`. `offset` turns that into its place in what the
    /// caller gave. `bytes` is memory to write to.
    pub(in crate::text) fn refused(
        &mut self,
        text: &str,
        mut offset: impl FnMut(usize) -> usize,
        replacements: &mut EncodeReplacements,
        bytes: &mut Vec<u8>,
    ) -> Result<Option<(usize, char)>, Error> {
        let mut at = 0;
        loop {
            bytes.clear();
            at += self.append_plain(&text[at..], bytes)?;
            let Some(ch) = text[at..].chars().next() else {
                return Ok(None);
            };
            let missing = self.missing(offset(at), ch);
            // That the codec breaks its contract is not that it lacks the character.
            let mut broken = Ok(());
            let has = |ch: char| {
                let outcome = self.has_custom(ch);
                outcome.unwrap_or_else(|error| {
                    broken = Err(error);
                    false
                })
            };
            let has_substitute = replacements.ask(&missing, has);
            broken?;
            if !has_substitute {
                return Ok(Some((missing.offset, ch)));
            }
            at += ch.len_utf8();
        }
    }

    /// Whether a custom codec has a character.
    fn has_custom(mut self, ch: char) -> Result<bool, Error> {
        let n = self.append_plain(ch.encode_utf8(&mut [0; 4]), &mut Vec::new())?;
        Ok(n == ch.len_utf8())
    }

    /// Appends the bytes of `text` up to the first character that is missing; where that is.
    fn append_plain(&mut self, text: &str, bytes: &mut Vec<u8>) -> Result<usize, Error> {
        append(text, bytes, |rest, room| {
            self.encode_plain(rest, None, room)
        })
    }

    /// The same, and the character that waits for the next one, by an encoding that breaks no
    /// contract; this encoder stays where it is.
    pub(super) fn encode_known(mut self, text: &str, bytes: &mut Vec<u8>) {
        let encoded = self.append_plain(text, bytes);
        debug_assert!(encoded.is_ok());
        self.finish(bytes);
    }

    /// Whether something is still to be written if no text follows here: a character that waits
    /// for the next one, or the end of a shift.
    pub(in crate::text) fn holds(&self) -> bool {
        let family = self.encoding.family();
        let is_shifted = family.is_shifted(self.state) || self.resumes != 0;
        family.held(self.state).is_some() || self.wrote && is_shifted
    }

    /// Takes the character that waits for the next one: no text follows it.
    fn held(&mut self) -> Code {
        if self.properties.has_pairs {
            self.encoding
                .family()
                .finish(&mut self.state, Trailer::Held)
        } else {
            Code::NONE
        }
    }

    /// Appends the character that waits for the next one: no text follows it.
    pub(in crate::text) fn finish(&mut self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.held().as_bytes());
    }

    /// Whether a shift was open where writing began, so that what stands after it may be in it.
    pub(in crate::text) fn resumes(&self) -> bool {
        self.wrote && self.resumes != 0
    }

    /// Goes back to that shift: other text stands after it.
    pub(in crate::text) fn resume(&mut self, bytes: &mut Vec<u8>) {
        self.shift(Trailer::ReturnTo(self.resumes), bytes);
        self.wrote = false;
    }

    /// Appends what leads back to ASCII, where text was written: nothing follows here.
    pub(in crate::text) fn end(&mut self, bytes: &mut Vec<u8>) {
        if self.wrote {
            self.shift(Trailer::Shift, bytes);
            self.wrote = false;
        }
    }

    /// Appends what the last character's bytes lack until they can be read: in UTF-7 a digit may
    /// be of two characters. More text may follow.
    pub(in crate::text) fn pause(&mut self, bytes: &mut Vec<u8>) {
        self.shift(Trailer::Pause, bytes);
    }

    fn shift(&mut self, what: Trailer, bytes: &mut Vec<u8>) {
        if self.properties.has_shifts {
            let code = self.encoding.family().finish(&mut self.state, what);
            bytes.extend_from_slice(code.as_bytes());
        }
    }
}

/// Appends what `encode` makes of `text`, with as much room as it takes, up to the first character
/// that is missing; where that is.
fn append(
    text: &str,
    bytes: &mut Vec<u8>,
    mut encode: impl FnMut(&str, &mut [u8]) -> Result<Encoded, Error>,
) -> Result<usize, Error> {
    // Most encodings need no more than this; a replacement may be of any length.
    let (mut read, mut more) = (0, 16);
    loop {
        let (rest, filled) = (&text[read..], bytes.len());
        bytes.resize(filled + 2 * rest.len() + more, 0);
        let encoded = encode(rest, &mut bytes[filled..])?;
        bytes.truncate(filled + encoded.written);
        read += encoded.read;
        if encoded.stop != EncodeStop::Full {
            return Ok(read);
        }
        more *= 2;
    }
}
