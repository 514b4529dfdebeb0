//! [`Family`]: what an encoding, or several that differ in their tables only, can do.
//!
//! Everything that the [`Decoder`](super::Decoder) and the [`Encoder`](super::Encoder) know of an
//! encoding they ask its family. Both functions that do the work, [`Family::decode`] and
//! [`Family::encode`], are given a block: a call through the trait costs nothing there, and inside
//! of a block a family may do as it likes, with wide registers too. UTF-8 and ASCII are handled
//! in front of the trait where text comes in short pieces ([`Shortcut`]).
//!
//! A family has no memory: what bytes mean after others, and what is still to be written, is one
//! number, the state, which the caller keeps. A decoder's state is part of every place that a
//! stream tells, so its numbers never change.

use super::encoding::Encoding;
use crate::error::Error;

/// A family of encodings; also one of the caller's own ([`Codec`](super::Codec)).
pub(super) trait Family: Send + Sync {
    fn properties(&self) -> Properties;

    /// Decodes from the start of `bytes`, which are not empty, as many as it can, and appends
    /// their text. `last`: nothing follows them.
    ///
    /// [`Place::state`] is the state before the bytes, and becomes the one after those that were
    /// read. [`Place::measure`] is [`Measure::Written`] before the call, and becomes what is true
    /// of the text that was appended.
    ///
    /// Text is appended and not put into a slice of room: a `String` can be filled without unsafe
    /// code only by whole validated pieces, and a slice would be validated a second time. Those
    /// that make UTF-8 by the byte do it in a [`Utf8Buffer`](super::utf8_buffer::Utf8Buffer).
    fn decode(&self, place: &mut Place, bytes: &[u8], last: bool, text: &mut String) -> Step;

    /// How many of `bytes` are UTF-8 already in this state, and text as they are.
    fn verbatim(&self, _state: u64, _bytes: &[u8]) -> usize {
        0
    }

    /// The state that a number from outside stands for: one that nobody told is a place like the
    /// start.
    fn known_state(&self, _number: u64) -> u64 {
        0
    }

    /// How many bytes `text` was read from, if [`Measure::Written`] was said of it.
    fn measure(&self, text: &str) -> usize {
        text.chars().count()
    }

    /// Encodes as much of `text` as goes into `room`, in whole characters, from the start of both;
    /// the state is an encoder's there, and becomes the one after what was read.
    ///
    /// Nothing is left half done: what does not fit or is missing was not begun, and the state is
    /// as if it had never been shown. A character that waits for the next one (the two may be one
    /// code) was read, and is part of the state.
    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded;

    /// Whether there is a character.
    fn has(&self, ch: char) -> bool {
        let (mut text, mut state) = ([0; 4], 0);
        let encoded = self.encode(
            &mut state,
            ch.encode_utf8(&mut text),
            &mut [0; Code::LONGEST],
        );
        encoded.stop == Stop::Done
    }

    /// Whether two characters are one code.
    fn joins(&self, _first: char, _second: char) -> bool {
        false
    }

    /// Whether a text, each character of which was read from a code of its own, may be written
    /// otherwise.
    fn may_join(&self, _text: &str) -> bool {
        false
    }

    /// The character that was read and waits for the next one.
    fn held(&self, _state: u64) -> Option<char> {
        None
    }

    /// Whether more than ASCII is open: a shift, or a run of base64.
    fn is_shifted(&self, _state: u64) -> bool {
        false
    }

    /// What is to be written where no text follows, or not at once. The state is the one after it.
    fn finish(&self, _state: &mut u64, _what: Ending) -> Code {
        Code::NONE
    }

    /// Appends what a stream begins with.
    fn mark(&self, _state: &mut u64, _bytes: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    /// Makes an encoder's state the one of a place where a decoder has state `read`.
    fn place(&self, state: &mut u64, _at_start: bool, _read: u64) {
        *state = 0;
    }

    /// The state that a decoder has after what an encoder in this state wrote.
    fn decoder_state(&self, _state: u64) -> u64 {
        0
    }

    /// A decoder's state where nobody knows better, of a codec of the caller's own.
    fn state_inside(&self) -> Option<u64> {
        None
    }
}

/// What holds for all of an encoding. By default nothing can be said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Properties {
    pub(super) shortcut: Shortcut,
    /// A stream begins with a mark.
    pub(super) has_mark: bool,
    /// What bytes mean is not known before the mark, in state 0.
    pub(super) awaits_order: bool,
    /// There is every character.
    pub(super) has_all: bool,
    /// ASCII is written as it is, if nothing waits for it.
    pub(super) writes_ascii: bool,
    /// A character may wait for the next one.
    pub(super) has_pairs: bool,
    /// There may be several sequences for a character.
    pub(super) has_doubles: bool,
    /// One text may be spelt in many ways, and what bytes mean depends on bytes far before them.
    pub(super) has_shifts: bool,
    /// There is text whose bytes are found only by decoding them again ([`Place::shown`]).
    pub(super) is_traced: bool,
}

/// Whether a decoder and an encoder need to ask the family at all, after a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shortcut {
    #[default]
    No,
    Utf8,
    Ascii,
}

/// Where a decoder stands, and what is known of the text that it appended last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) state: u64,
    pub(super) measure: Measure,
    /// How many bytes were looked at, from the start of those that were shown, if the text can be
    /// measured only by decoding them again. There may be fewer.
    pub(super) shown: Option<usize>,
}

/// What a decoder made of the bytes it was shown.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::text) enum Step {
    /// So many bytes (1 at least) were read, and their text, if any, appended.
    Read(usize),
    /// All that is there is the start of a sequence: show it again with more after it.
    Unfinished,
    /// So many bytes at the start are no text. Nothing was read, and the next step is for the
    /// bytes after them.
    Malformed { len: usize, reason: &'static str },
    /// The stream does not start with the mark it must have, in whose place so many bytes are.
    /// Nothing was read; the next step reads in the machine's usual order.
    NoMark { len: usize },
    /// A codec of the caller's own claims to have read, or to have found malformed, so many bytes
    /// of the given number: none of a great many, or too many. Nothing was read.
    Broken { claimed: usize, limit: usize },
}

/// How to find the bytes that a piece of decoded text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) enum Measure {
    /// The text's UTF-8 is as long as its bytes were.
    Verbatim,
    /// So many bytes for each character.
    Each(usize),
    /// As the encoding's family says ([`Family::measure`]).
    Written(Encoding),
    /// Not at all: the text of one sequence, or whatever a codec of the caller's own made of its
    /// bytes.
    Whole,
}

impl Measure {
    /// How many bytes `text` came from, `text` being the start of what was decoded.
    pub(in crate::text) fn bytes(self, text: &str) -> usize {
        match self {
            Measure::Verbatim => text.len(),
            Measure::Each(len) => len * text.chars().count(),
            Measure::Written(encoding) => encoding.family().measure(text),
            // There is nothing between its start and its end.
            Measure::Whole => 0,
        }
    }
}

/// How much of a text was encoded, and why no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) struct Encoded {
    /// How many bytes of the text were read: whole characters.
    pub(in crate::text) read: usize,
    /// How many bytes of the room were filled.
    pub(in crate::text) written: usize,
    pub(in crate::text) stop: Stop,
}

impl Encoded {
    pub(super) fn new(read: usize, written: usize, stop: Stop) -> Encoded {
        Encoded {
            read,
            written,
            stop,
        }
    }
}

/// Why an encoder stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) enum Stop {
    /// All of the text was read.
    Done,
    /// What follows does not fit.
    Full,
    /// This character follows, and the encoding does not have it.
    Missing(char),
    /// A codec of the caller's own claims to have read so many bytes, which end inside of a
    /// character or beyond the text. A caller of an encoder never sees it.
    Broken(usize),
}

/// What an encoder is asked to write beside text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The character that waits for the next one, by itself.
    Held,
    /// What the last character's bytes lack until they can be read.
    Pause,
    /// What leads back to ASCII.
    Shift,
    /// What leads back to where a decoder has this state.
    ReturnTo(u64),
}

/// A few bytes: a character's, or the end of a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    bytes: [u8; Code::LONGEST],
    len: usize,
}

impl Code {
    /// No character of ISO 2022 takes more, with the one that waited and the shifts of both.
    const LONGEST: usize = 16;

    pub(super) const NONE: Code = Code {
        bytes: [0; Code::LONGEST],
        len: 0,
    };

    pub(super) fn new(bytes: &[u8]) -> Code {
        let mut code = Code::NONE;
        code.push(bytes);
        code
    }

    /// Adds bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        self.bytes[self.len..end].copy_from_slice(bytes);
        self.len = end;
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Writes the bytes to a room from a place on; where they end, or `None` if they do not fit.
    #[inline(always)] // Once for each character: benches/write.rs, the rows 3d.
    pub(super) fn put(&self, room: &mut [u8], at: usize) -> Option<usize> {
        // Storing all of them costs less than a copy of a length that varies.
        if let Some(place) = room[at..].first_chunk_mut() {
            *place = self.bytes;
        } else {
            room.get_mut(at..at + self.len)?
                .copy_from_slice(self.as_bytes());
        }
        Some(at + self.len)
    }
}

/// Encodes a character at a time. `one` gives a character's bytes, with the state that it may
/// change, and `None` if it is missing.
///
/// The state is put back before what does not fit, so `one` need not look at the room.
#[inline(always)] // `one` is the body of a loop: benches/write.rs, the rows 3d.
pub(super) fn encode_chars<S: Copy>(
    state: &mut S,
    text: &str,
    room: &mut [u8],
    mut one: impl FnMut(&mut S, char) -> Option<Code>,
) -> Encoded {
    let mut written = 0;
    for (read, ch) in text.char_indices() {
        let before = *state;
        let stop = match one(state, ch) {
            Some(code) => match code.put(room, written) {
                Some(end) => {
                    written = end;
                    continue;
                }
                None => Stop::Full,
            },
            None => Stop::Missing(ch),
        };
        *state = before;
        return Encoded::new(read, written, stop);
    }
    Encoded::new(text.len(), written, Stop::Done)
}

/// Encodes text in an encoding that writes ASCII as it is: whole groups of it are copied, and
/// `some` encodes what lies between them.
#[inline(always)] // `some` is the body of a loop: benches/write.rs, the rows 3d.
pub(super) fn encode_beside_ascii(
    text: &str,
    room: &mut [u8],
    mut some: impl FnMut(&str, &mut [u8]) -> Encoded,
) -> Encoded {
    /// How much text is not worth another look for a group.
    const SOME: usize = 32;
    let (mut read, mut written) = (0, 0);
    loop {
        let ascii = copy_ascii(&text.as_bytes()[read..], &mut room[written..]);
        (read, written) = (read + ascii, written + ascii);
        let rest = start_of(&text[read..], SOME);
        let part = some(rest, &mut room[written..]);
        (read, written) = (read + part.read, written + part.written);
        if part.stop != Stop::Done || read == text.len() {
            return Encoded::new(read, written, part.stop);
        }
    }
}

/// Copies the groups at the start that are ASCII and fit; how many bytes.
#[inline]
fn copy_ascii(text: &[u8], room: &mut [u8]) -> usize {
    const GROUP: usize = 16;
    let (groups, _) = text.as_chunks::<GROUP>();
    let (places, _) = room.as_chunks_mut::<GROUP>();
    let mut copied = 0;
    for (place, group) in places.iter_mut().zip(groups) {
        if !group.is_ascii() {
            break;
        }
        *place = *group;
        copied += GROUP;
    }
    copied
}

/// As much at the start of a text as `len` bytes, in whole characters.
pub(super) fn start_of(text: &str, len: usize) -> &str {
    let mut len = len.min(text.len());
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    &text[..len]
}
