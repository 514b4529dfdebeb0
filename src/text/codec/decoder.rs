//! [`Decoder`]: bytes to text, a step at a time.

use std::mem;

use super::encoding::Encoding;
use super::family::{
    DecodeContext, DecodeOutput, DecodeStop, DecodedPart, Measure, Properties, Shortcut,
};
use super::policy::{ErrorPolicy, FixedReplacement, Replacer, RoundTrip};
use super::single_byte::ascii;
use super::unicode::utf8;
use super::utf8_room::Utf8Room;

/// An encoding, and what must be known of the bytes before those that come next.
#[derive(Clone, Debug)]
pub(in crate::text) struct Decoder {
    encoding: Encoding,
    properties: Properties,
    context: DecodeContext,
    /// Whether bytes are UTF-8 or ASCII from here on, so that nobody else has to be asked.
    shortcut: Shortcut,
    /// What escaping needs.
    round_trip: Option<Box<RoundTrip>>,
    room: DecodeRoom,
}

/// The room that families decode into. It is of no value to a copy of the decoder.
#[derive(Debug, Default)]
struct DecodeRoom(Vec<u8>);

impl Clone for DecodeRoom {
    fn clone(&self) -> DecodeRoom {
        DecodeRoom::default()
    }
}

impl DecodeRoom {
    /// Room for the text of so many bytes, or for a piece of it.
    fn room(&mut self, bytes: usize) -> &mut [u8] {
        // A decoder for a few bytes, of which `tell` makes many, needs no more
        // than those.
        let size = PIECE.min(4 * bytes.min(PIECE) + Utf8Room::MARGIN);
        if self.0.len() < size {
            self.0.resize(size, 0);
        }
        &mut self.0
    }

    /// The same for text that is put together out of pieces.
    fn whole(&mut self) -> &mut [u8] {
        self.room(PIECE)
    }

    /// Appends the first `len` bytes of the room.
    fn append(&self, len: usize, text: &mut String) {
        // Shifts and marks have no text, and there may be many.
        if len > 0 {
            let piece = simdutf8::basic::from_utf8(&self.0[..len]);
            text.push_str(piece.expect("families write whole characters"));
        }
    }
}

/// How much text is decoded before it is checked and copied to the string: it should still be in
/// the fastest cache then.
const PIECE: usize = 4 * 1024;

/// How many bytes are shown to a family at a time among malformed ones; where all of them are text, the next
/// malformed ones are probably far.
const SHOWN: usize = 512;

/// The longest malformed sequence whose text is put to the room: others are appended to the string.
const SHORT: usize = 8;

impl Decoder {
    /// A decoder for the start of a stream.
    pub(in crate::text) fn new(encoding: Encoding) -> Decoder {
        let mut decoder = Decoder {
            encoding,
            properties: encoding.family().properties(),
            context: DecodeContext {
                state: 0,
                last: false,
                measure: Measure::Verbatim,
                shown: None,
            },
            shortcut: Shortcut::No,
            round_trip: None,
            room: DecodeRoom::default(),
        };
        decoder.set_shortcut();
        decoder
    }

    /// Says what the caller does with malformed bytes. If it escapes them, bytes that are well-formed
    /// but would be written as other bytes are reported as malformed, too.
    pub(in crate::text) fn set_errors(&mut self, errors: ErrorPolicy) {
        self.round_trip = match errors {
            ErrorPolicy::Escape => Some(Box::new(RoundTrip::new(self.encoding))),
            _ => None,
        };
    }

    pub(in crate::text) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The state as a number: 0 at the start of a stream, else what was found there or, in an
    /// encoding with shifts, what the bytes that follow mean.
    pub(in crate::text) fn state(&self) -> u64 {
        self.context.state
    }

    /// Goes back to a state that [`Decoder::state`] gave, of this encoding.
    pub(in crate::text) fn set_state(&mut self, state: u64) {
        self.context.state = self.encoding.family().known_state(state);
        self.set_shortcut();
    }

    fn set_shortcut(&mut self) {
        // Before the mark is read the fast way would make it text.
        self.shortcut = if self.properties.has_mark && self.context.state == 0 {
            Shortcut::No
        } else {
            self.properties.shortcut
        };
    }

    /// Whether the byte order is not known yet.
    pub(in crate::text) fn awaits_order(&self) -> bool {
        self.properties.awaits_order && self.context.state == 0
    }

    /// How to measure what the last [`Decoder::step`] appended.
    pub(in crate::text) fn measure(&self) -> Measure {
        self.context.measure
    }

    /// How many bytes the last [`Decoder::step`] looked at, if its text can be measured only by
    /// decoding them again. There may be fewer.
    pub(in crate::text) fn looked_at(&self) -> Option<usize> {
        self.context.shown
    }

    /// Whether it is a custom codec, of which nothing is known.
    pub(in crate::text) fn is_custom(&self) -> bool {
        self.encoding.is_custom()
    }

    /// What decodes what follows in one go, malformed or not, if there is such.
    pub(in crate::text) fn replacer(&self, errors: ErrorPolicy) -> Option<Replacer> {
        match self.shortcut {
            Shortcut::Utf8 => Replacer::utf_8(errors),
            Shortcut::Ascii => Replacer::ascii(errors),
            Shortcut::No => None,
        }
    }

    /// What stands for malformed bytes in what [`Decoder::decode_replaced`] decodes, if it can be asked.
    pub(in crate::text) fn replacement(&self, errors: ErrorPolicy) -> Option<FixedReplacement> {
        let is_known = self.round_trip.is_none() && !self.is_custom();
        FixedReplacement::new(errors).filter(|_| is_known)
    }

    /// How many bytes at the start are UTF-8 already, unless they are malformed.
    pub(in crate::text) fn verbatim(&mut self, bytes: &[u8]) -> usize {
        match (&mut self.round_trip, self.shortcut) {
            (None, _) => self.utf8_prefix(bytes),
            (Some(round_trip), Shortcut::Utf8) => round_trip.verbatim(bytes),
            (Some(_), _) if !self.properties.writes_ascii => 0,
            (Some(round_trip), _) => {
                let shown = round_trip.limit(bytes.len());
                round_trip.widen();
                self.utf8_prefix(&bytes[..shown])
            }
        }
    }

    fn utf8_prefix(&self, bytes: &[u8]) -> usize {
        match self.shortcut {
            Shortcut::Utf8 => bytes.len(),
            _ => self.encoding.family().verbatim(self.context.state, bytes),
        }
    }

    /// Decodes from the start of `bytes`, which are not empty, and appends the text; how many bytes
    /// were read, 1 at least. `last`: nothing follows them.
    ///
    /// # Errors
    ///
    /// Why nothing can be read. Then nothing was appended, and the next step is for the bytes after
    /// malformed ones.
    #[inline]
    pub(in crate::text) fn step(
        &mut self,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> Result<usize, DecodeStop> {
        match self.round_trip.take() {
            None => self.read(bytes, last, text),
            Some(mut round_trip) => {
                let step = self.guarded(&mut round_trip, bytes, last, text);
                self.round_trip = Some(round_trip);
                step
            }
        }
    }

    /// The same, but bytes that would be written as other bytes are malformed.
    fn guarded(
        &mut self,
        round_trip: &mut RoundTrip,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> Result<usize, DecodeStop> {
        let shown = &bytes[..round_trip.limit(bytes.len())];
        let start = text.len();
        let step = self.read(shown, last && shown.len() == bytes.len(), text);
        let Ok(n) = step else {
            round_trip.narrow();
            return step;
        };
        let new = &text[start..];
        let Some(good) = round_trip.unfaithful(new, &shown[..n]) else {
            round_trip.widen();
            return step;
        };
        round_trip.narrow();
        // Only the faithful start counts as read; the byte after it is the next step's.
        let len = self.context.measure.bytes(&new[..good]);
        text.truncate(start + good);
        match len {
            0 => Err(DecodeStop::Malformed {
                len: self.first_sequence(bytes),
                reason: "it would be written otherwise",
            }),
            len => Ok(len),
        }
    }

    /// The length of the first sequence, which is well-formed.
    fn first_sequence(&self, bytes: &[u8]) -> usize {
        let reads = |len: &usize| {
            let mut decoder = self.clone();
            decoder.read(&bytes[..*len], true, &mut String::new()) == Ok(*len)
        };
        // By trial: only a sequence that would be written otherwise is asked for, which is rare.
        (1..bytes.len()).find(reads).unwrap_or(bytes.len())
    }

    fn read(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Result<usize, DecodeStop> {
        // Of these two there may be many short pieces, which a call through the trait would hold
        // up. They are text already and need no room.
        let verbatim = match self.shortcut {
            Shortcut::Utf8 => utf8::read(bytes, last)?,
            Shortcut::Ascii => ascii::read(bytes)?,
            Shortcut::No => {
                self.context.last = last;
                let read = self.read_pieces(bytes, text);
                self.set_shortcut();
                return read;
            }
        };
        self.context.measure = Measure::Verbatim;
        text.push_str(verbatim);
        Ok(verbatim.len())
    }

    /// Decodes with the encoding's family. What fits into the room at once, as most do, is one call.
    fn read_pieces(&mut self, bytes: &[u8], text: &mut String) -> Result<usize, DecodeStop> {
        self.context.measure = Measure::Written(self.encoding);
        self.context.shown = None;
        // A custom codec needs none.
        let room = if self.is_custom() {
            &mut [][..]
        } else {
            self.room.room(bytes.len())
        };
        let family = self.encoding.family();
        let before = self.context.state;
        let decoded = family.decode(&mut self.context, bytes, DecodeOutput { room, text });
        if let Err(DecodeStop::Unfinished) = decoded {
            // The same bytes come again, in the state in which they were met: a position before them
            // is the same however they are cut.
            self.context.state = before;
        }
        let first = decoded?;
        self.room.append(first.written, text);
        if first.is_full && first.read < bytes.len() {
            return Ok(self.read_on(bytes, first, text));
        }
        Ok(first.read)
    }

    /// Decodes a piece after the other as long as all of them are measured in the same way; how
    /// many bytes these are.
    fn read_on(&mut self, bytes: &[u8], first: DecodedPart, text: &mut String) -> usize {
        let family = self.encoding.family();
        let (mut read, mut piece) = (first.read, first);
        while piece.is_full && read < bytes.len() {
            // The rest will be like this piece.
            text.reserve((bytes.len() - read).div_ceil(piece.read) * piece.written);
            let rest = &bytes[read..];
            let mut context = DecodeContext {
                measure: Measure::Written(self.encoding),
                shown: None,
                ..self.context
            };
            let room = self.room.room(rest.len());
            match family.decode(&mut context, rest, DecodeOutput { room, text }) {
                // The end of the text is before a shift that follows it.
                Ok(next)
                    if next.written > 0 && self.context.join(&mut context, read, next.read) =>
                {
                    piece = next;
                }
                // What comes by itself is decoded again, for the next step.
                _ => break,
            }
            self.context = context;
            self.room.append(piece.written, text);
            read += piece.read;
        }
        read
    }

    /// Decodes `bytes`, in which there are malformed ones every few bytes, and appends the text, with what
    /// stands for those: as long as they do not become rare, and up to about so much text. A step for each
    /// malformed sequence and one for each run of text between them gives the same.
    ///
    /// How many bytes were read: up to where the last text ends, unless there is none. Places in the text are
    /// found only by decoding the bytes again.
    pub(in crate::text) fn decode_replaced(
        &mut self,
        replacement: FixedReplacement,
        bytes: &[u8],
        last: bool,
        text: &mut String,
        most: usize,
    ) -> usize {
        let (family, start) = (self.encoding.family(), text.len());
        let (mut read, mut written) = (0, 0);
        // After the last text.
        let mut end = (0, self.context.state);
        while read < bytes.len() && text.len() + written < most {
            let rest = &bytes[read..];
            let shown = &rest[..rest.len().min(SHOWN)];
            let room = &mut self.room.whole()[written..];
            if room.len() < Utf8Room::MARGIN + 4 * SHORT {
                self.room.append(mem::take(&mut written), text);
                continue;
            }
            let before = self.context.state;
            self.context.last = last && shown.len() == rest.len();
            let had = text.len() + written;
            match family.decode(&mut self.context, shown, DecodeOutput { room, text }) {
                Ok(part) => {
                    written += part.written;
                    read += part.read;
                    if part.read == SHOWN {
                        end = (read, self.context.state);
                        break;
                    }
                }
                Err(DecodeStop::Malformed { len, .. }) => {
                    let malformed = &rest[..len];
                    if len <= SHORT {
                        written = replacement.put(self.room.whole(), written, malformed);
                    } else {
                        self.room.append(mem::take(&mut written), text);
                        replacement.push(malformed, text);
                    }
                    read += len;
                }
                // It comes by itself.
                Err(_) => {
                    self.context.state = before;
                    break;
                }
            }
            if text.len() + written > had {
                end = (read, self.context.state);
            }
        }
        self.room.append(written, text);
        self.set_shortcut();
        if text.len() == start {
            return read;
        }
        self.context.state = end.1;
        end.0
    }
}
