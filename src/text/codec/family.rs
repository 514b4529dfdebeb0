//! [`Family`]: what an encoding, or several that differ in their tables only, can do.
//!
//! Everything that the [`Decoder`](super::Decoder) and the [`Encoder`](super::Encoder) know of an
//! encoding they ask its family. Both functions that do the work, [`Family::decode`] and
//! [`Family::encode`], are given a block: a call through the trait costs nothing there, and inside
//! of a block a family may do as it likes, with wide registers too. UTF-8 and ASCII are handled
//! in front of the trait where text comes in short pieces ([`Shortcut`]).
//!
//! A family has no memory: what bytes mean after others, and what is still to be written, is one
//! number, the state, which the caller keeps. A decoder's state is part of every position that a
//! stream tells, and programs store positions, so the meaning of its numbers never changes.

use wide::i8x16;

use super::encoding::Encoding;
use crate::error::{Error, Operation};
#[cfg(feature = "encodings")]
use crate::scan::mask16_where;

/// A family of encodings; also a custom one ([`Codec`](super::Codec)).
pub(super) trait Family: Send + Sync {
    fn properties(&self) -> Properties;

    /// Decodes as much of `bytes`, which are not empty, as goes into the room, in whole characters,
    /// from the start of both.
    ///
    /// [`DecodeContext::state`] is the state before the bytes, and becomes the one after those that were
    /// read. [`DecodeContext::measure`] is [`Measure::Written`] before the call, and becomes what is true
    /// of the text.
    ///
    /// # Errors
    ///
    /// Why nothing at the start can be read. What comes before malformed bytes is therefore the
    /// result of a call of its own, with its own state.
    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded;

    /// How many of `bytes` are UTF-8 already in this state, and text as they are.
    fn verbatim(&self, _state: u64, _bytes: &[u8]) -> usize {
        0
    }

    /// The state of a number from outside. A number that no state has is taken as the start's.
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

    /// The same with `newline`, which is ASCII, for each `\n`: never asked where
    /// [`translates`](Properties::translates) is not said.
    fn encode_translated(
        &self,
        mut state: u64,
        text: &str,
        _newline: &str,
        room: &mut [u8],
    ) -> Encoded {
        debug_assert!(false, "newlines are translated before");
        self.encode(&mut state, text, room)
    }

    /// Whether there is a character.
    fn has(&self, ch: char) -> bool {
        let (mut text, mut state) = ([0; 4], 0);
        let encoded = self.encode(
            &mut state,
            ch.encode_utf8(&mut text),
            &mut [0; Code::LONGEST],
        );
        encoded.stop == EncodeStop::Done
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

    /// What is to be written where no text follows, or not now. The state is the one after it.
    fn finish(&self, _state: &mut u64, _what: Trailer) -> Code {
        Code::NONE
    }

    /// Appends what a stream begins with.
    fn mark(&self, _state: &mut u64, _bytes: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    /// Makes an encoder's state the one of a position where a decoder has state `read`.
    fn place(&self, state: &mut u64, _at_start: bool, _read: u64) {
        *state = 0;
    }

    /// The state that a decoder has after what an encoder in this state wrote.
    fn decoder_state(&self, _state: u64) -> u64 {
        0
    }

    /// The state that a custom codec's decoder is assumed to have after bytes that were not read;
    /// `None`: not a custom codec.
    fn state_inside(&self) -> Option<u64> {
        None
    }
}

/// Where decoded text goes.
pub(super) struct DecodeOutput<'a> {
    /// Room for UTF-8, at least [`Utf8Room::MARGIN`](super::utf8_room::Utf8Room::MARGIN) bytes.
    pub(super) room: &'a mut [u8],
    /// To this what is written to the room is appended afterwards. A custom codec, which cannot stop
    /// where a room ends, appends to it directly, and writes nothing to the room.
    pub(super) text: &'a mut String,
}

/// How much was decoded, or why nothing was.
pub(super) type Decoded = Result<DecodedPart, DecodeStop>;

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
    /// Newlines may be translated while text is encoded, which changes no state.
    pub(super) translates: bool,
    /// A character may wait for the next one.
    pub(super) has_pairs: bool,
    /// There may be several sequences for a character.
    pub(super) has_doubles: bool,
    /// One text may be spelt in many ways, and what bytes mean depends on bytes far before them.
    pub(super) has_shifts: bool,
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
pub(super) struct DecodeContext {
    pub(super) state: u64,
    /// Whether nothing follows the bytes that are shown next.
    pub(super) last: bool,
    pub(super) measure: Measure,
    /// How many bytes were looked at, from the start of those that were shown, if the text can be
    /// measured only by decoding them again. There may be fewer.
    pub(super) shown: Option<usize>,
}

impl DecodeContext {
    /// Whether the text that was appended last and the one after it, of which `next` is known, are
    /// measured as one; `next` is then what holds for both. `read` bytes are the first one's, and
    /// `more` the other one's.
    pub(super) fn join(&self, next: &mut DecodeContext, read: usize, more: usize) -> bool {
        if self.shown.is_none() && next.shown.is_none() {
            return self.measure == next.measure && next.measure != Measure::Whole;
        }
        next.measure = Measure::Whole;
        next.shown = Some(read + next.shown.unwrap_or(more));
        true
    }
}

/// How much of a block was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DecodedPart {
    /// How many bytes were read: whole sequences, 1 at least.
    pub(super) read: usize,
    /// How many bytes of the room were filled, with whole characters. There may be none: a shift
    /// or a byte-order mark is not text.
    pub(super) written: usize,
    /// Whether it ended for lack of room. Else all was read, or what follows is not measured like
    /// this, or is not text.
    pub(super) is_full: bool,
}

impl DecodedPart {
    /// There was room enough.
    pub(super) fn new(read: usize, written: usize) -> DecodedPart {
        DecodedPart {
            read,
            written,
            is_full: false,
        }
    }
}

/// Why nothing can be decoded at the start of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::text) enum DecodeStop {
    /// All that is there is the start of a sequence: show it again with more after it.
    Unfinished,
    /// So many bytes at the start are no text. Nothing was read, and the next step is for the
    /// bytes after them.
    Malformed { len: usize, reason: &'static str },
    /// The stream does not start with the mark it must have, in whose place so many bytes are.
    /// Nothing was read; the next step reads in the machine's usual order.
    NoMark { len: usize },
    /// A custom codec claims to have read, or to have found malformed, more bytes than it was
    /// shown, or none of a great many. Nothing was read.
    Broken { claimed: usize, limit: usize },
}

/// What is said where the mark is missing.
pub(in crate::text) const NO_MARK: &str = "no byte-order mark at the start";

impl DecodeStop {
    /// The error about a count that a custom codec cannot have read.
    pub(in crate::text) fn broken(claimed: usize, limit: usize) -> Error {
        let operation = Operation::Decode;
        match claimed {
            0 => Error::NoProgress { operation },
            claimed => Error::BadCount {
                operation,
                claimed,
                limit,
            },
        }
    }
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
    /// Not at all: the text of one sequence, or whatever a custom codec made of its
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
    pub(in crate::text) stop: EncodeStop,
}

impl Encoded {
    pub(super) fn new(read: usize, written: usize, stop: EncodeStop) -> Encoded {
        Encoded {
            read,
            written,
            stop,
        }
    }
}

/// Why an encoder stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) enum EncodeStop {
    /// All of the text was read.
    Done,
    /// What follows does not fit.
    Full,
    /// This character follows, and the encoding does not have it.
    Missing(char),
    /// A custom codec claims to have read so many bytes, which end inside a
    /// character or beyond the text. A caller of an encoder never sees it.
    Broken(usize),
}

/// What an encoder is asked to write beside text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trailer {
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

    #[inline]
    pub(super) fn new<const N: usize>(bytes: &[u8; N]) -> Code {
        let mut code = Code::NONE;
        code.push(bytes);
        code
    }

    /// The first bytes of four, as many as that.
    #[inline]
    pub(super) fn first_of(bytes: [u8; 4], len: usize) -> Code {
        Code {
            len,
            ..Code::new(&bytes)
        }
    }

    /// Adds bytes.
    #[inline]
    pub(super) fn push<const N: usize>(&mut self, bytes: &[u8; N]) {
        let end = self.len + N;
        self.bytes[self.len..end].copy_from_slice(bytes);
        self.len = end;
    }

    /// Adds the bytes of another one.
    #[cfg(feature = "encodings")]
    pub(super) fn append(&mut self, code: Code) {
        let end = self.len + code.len;
        self.bytes[self.len..end].copy_from_slice(code.as_bytes());
        self.len = end;
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Writes the bytes to a room from `at` on; where they end, or `None` if they do not fit.
    #[inline(always)] // Once for each character: benches/encode.rs.
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
#[inline(always)] // `one` is the body of a loop: benches/encode.rs.
pub(super) fn encode_chars<S: Copy>(
    state: &mut S,
    text: &str,
    room: &mut [u8],
    mut one: impl FnMut(&mut S, char) -> Option<Code>,
) -> Encoded {
    let mut written = 0;
    for (read, ch) in text.char_indices() {
        match encode_char(state, ch, room, written, &mut one) {
            Ok(end) => written = end,
            Err(stop) => return Encoded::new(read, written, stop),
        }
    }
    Encoded::new(text.len(), written, EncodeStop::Done)
}

/// Encodes as [`encode_chars`], but `run` encodes at once what needs no other state; it says how much
/// it read and how much it wrote.
#[inline(always)] // The closures are the bodies of loops: benches/encode.rs, the rows 10h.
pub(super) fn encode_in_runs<S: Copy>(
    state: &mut S,
    text: &str,
    room: &mut [u8],
    run: impl Fn(&mut S, &str, &mut [u8]) -> (usize, usize),
    mut one: impl FnMut(&mut S, char) -> Option<Code>,
) -> Encoded {
    let (mut rest, mut written) = (text, 0);
    loop {
        let (n, filled) = run(state, rest, &mut room[written..]);
        written += filled;
        let mut chars = rest[n..].chars();
        let read = text.len() - chars.as_str().len();
        let Some(ch) = chars.next() else {
            return Encoded::new(read, written, EncodeStop::Done);
        };
        match encode_char(state, ch, room, written, &mut one) {
            Ok(end) => (rest, written) = (chars.as_str(), end),
            Err(stop) => return Encoded::new(read, written, stop),
        }
    }
}

/// Encodes a character to a room from `at` on; where it ends.
///
/// The state is put back before what does not fit, so `one` need not look at the room.
#[inline(always)] // `one` is the body of a loop: benches/encode.rs.
fn encode_char<S: Copy>(
    state: &mut S,
    ch: char,
    room: &mut [u8],
    at: usize,
    one: &mut impl FnMut(&mut S, char) -> Option<Code>,
) -> Result<usize, EncodeStop> {
    let before = *state;
    let stop = match one(state, ch) {
        Some(code) => match code.put(room, at) {
            Some(end) => return Ok(end),
            None => EncodeStop::Full,
        },
        None => EncodeStop::Missing(ch),
    };
    *state = before;
    Err(stop)
}

/// Copies the bytes at the start that fit, up to the first that is not ASCII or that `others` makes negative;
/// how many.
#[cfg(feature = "encodings")]
#[inline(always)] // `others` is the body of a loop: benches/encode.rs, the rows 10h.
pub(super) fn copy_ascii(bytes: &[u8], room: &mut [u8], others: impl Fn(i8x16) -> i8x16) -> usize {
    const GROUP: usize = 16;
    let mut copied = 0;
    // Nothing but whole groups in the loop: it takes a fifth of the time of one that can also end inside one.
    let places = room.as_chunks_mut::<GROUP>().0;
    for (group, place) in bytes.as_chunks().0.iter().zip(places) {
        let others = mask16_where(group, |bytes| bytes | others(bytes));
        // What comes from the first other one on is written over.
        *place = *group;
        if others != 0 {
            return copied + others.trailing_zeros() as usize;
        }
        copied += GROUP;
    }
    let (rest, place) = (&bytes[copied..], &mut room[copied..]);
    let fitting = rest.len().min(place.len());
    let mut group = [0; GROUP];
    group[..fitting].copy_from_slice(&rest[..fitting]);
    let others = u32::from(mask16_where(&group, |bytes| bytes | others(bytes)));
    let n = (others | 1 << fitting).trailing_zeros() as usize;
    place[..n].copy_from_slice(&group[..n]);
    copied + n
}

/// Copies the bytes at the start that are all `plain`, and fit; how many.
#[inline(always)] // `plain` is the body of a loop: benches/encode.rs, the rows 10h.
pub(super) fn copy_plain(bytes: &[u8], room: &mut [u8], plain: impl Fn(u8) -> bool) -> usize {
    const GROUP: usize = 16;
    let mut copied = 0;
    while let Some(group) = bytes[copied..].first_chunk::<GROUP>()
        && let Some(place) = room[copied..].first_chunk_mut()
    {
        // Without a way out between the bytes, so that all are tested together; those after the first that
        // is not plain are written over.
        let others = group.map(|byte| if plain(byte) { 0 } else { -1 });
        *place = *group;
        let others = i8x16::new(others).move_mask();
        if others != 0 {
            return copied + others.trailing_zeros() as usize;
        }
        copied += GROUP;
    }
    copied + copy_each(&bytes[copied..], &mut room[copied..], plain)
}

/// The same, one by one.
#[inline(always)] // `plain` is the body of a loop: benches/encode.rs, the rows 10h.
fn copy_each(bytes: &[u8], room: &mut [u8], plain: impl Fn(u8) -> bool) -> usize {
    let mut copied = 0;
    for (place, &byte) in room.iter_mut().zip(bytes) {
        if !plain(byte) {
            break;
        }
        *place = byte;
        copied += 1;
    }
    copied
}

/// The code unit of the first character of a text, if it has two bytes or three, and how many these are.
#[inline(always)] // The body of a loop: benches/encode.rs, the rows 10h.
#[expect(clippy::cast_possible_truncation, reason = "16 bits, or less")]
pub(super) fn short_unit(bytes: &[u8]) -> Option<(u16, usize)> {
    let [a, b, c] = match *bytes {
        [a, b, c, ..] => [a, b, c],
        [a, b] => [a, b, 0],
        _ => return None,
    };
    let [a, b, c] = [a, b, c].map(u32::from);
    match a {
        0xe0..0xf0 => Some((((a & 0xf) << 12 | (b & 0x3f) << 6 | c & 0x3f) as u16, 3)),
        0xc0..0xe0 => Some((((a & 0x1f) << 6 | b & 0x3f) as u16, 2)),
        _ => None,
    }
}

/// How many of `len` bytes are shown as they are where `plain` at the start could be: a short run is decoded
/// with what follows it, as text out of one piece.
pub(super) fn worth_sharing(plain: usize, len: usize) -> usize {
    const LONG: usize = 1024;
    if plain == len || plain >= LONG {
        plain
    } else {
        0
    }
}

/// As much at the start of a text as `len` bytes, in whole characters.
pub(super) fn start_of(text: &str, len: usize) -> &str {
    let mut len = len.min(text.len());
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    &text[..len]
}
