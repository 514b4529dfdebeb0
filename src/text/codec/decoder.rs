//! [`Decoder`]: bytes to text, a step at a time.

use super::encoding::Encoding;
use super::family::{Measure, Place, Properties, Shortcut, Step};
use super::policy::{OnError, Replacing, RoundTrip};
use super::single_byte::ascii;
use super::unicode::utf8;

/// An encoding and what has to be known of the bytes before a place.
#[derive(Clone, Debug)]
pub(in crate::text) struct Decoder {
    encoding: Encoding,
    properties: Properties,
    place: Place,
    /// Whether bytes are UTF-8 or ASCII from here on, so that nobody else has to be asked.
    shortcut: Shortcut,
    /// What escaping needs.
    round_trip: Option<Box<RoundTrip>>,
}

impl Decoder {
    /// A decoder for the start of a stream.
    pub(in crate::text) fn new(encoding: Encoding) -> Decoder {
        let mut decoder = Decoder {
            encoding,
            properties: encoding.family().properties(),
            place: Place {
                state: 0,
                measure: Measure::Verbatim,
                shown: None,
            },
            shortcut: Shortcut::No,
            round_trip: None,
        };
        decoder.set_shortcut();
        decoder
    }

    /// Says what the caller does with malformed bytes: whoever escapes them must know of those,
    /// too, that are well-formed and would be written otherwise.
    pub(in crate::text) fn set_errors(&mut self, errors: OnError) {
        self.round_trip = match errors {
            OnError::Escape => Some(Box::new(RoundTrip::new(self.encoding))),
            _ => None,
        };
    }

    pub(in crate::text) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The state as a number: 0 at the start of a stream, else what was found there or, in an
    /// encoding with shifts, what the bytes that follow mean.
    pub(in crate::text) fn state(&self) -> u64 {
        self.place.state
    }

    /// Goes back to a state that [`Decoder::state`] gave, of this encoding.
    pub(in crate::text) fn set_state(&mut self, state: u64) {
        self.place.state = self.encoding.family().known_state(state);
        self.set_shortcut();
    }

    fn set_shortcut(&mut self) {
        self.shortcut = if self.properties.has_mark && self.place.state == 0 {
            Shortcut::No
        } else {
            self.properties.shortcut
        };
    }

    /// Whether the byte order is not known yet.
    pub(in crate::text) fn awaits_order(&self) -> bool {
        self.properties.awaits_order && self.place.state == 0
    }

    /// How to measure what the last [`Decoder::step`] appended.
    pub(in crate::text) fn measure(&self) -> Measure {
        self.place.measure
    }

    /// How many bytes the last [`Decoder::step`] looked at, if its text can be measured only by
    /// decoding them again. There may be fewer.
    pub(in crate::text) fn looked_at(&self) -> Option<usize> {
        self.place.shown
    }

    /// Whether it is a codec of the caller's own, of which nothing is known.
    pub(in crate::text) fn is_custom(&self) -> bool {
        self.encoding.family().state_inside().is_some()
    }

    /// Whether there is text that can be measured only so.
    pub(in crate::text) fn is_traced(&self) -> bool {
        self.properties.is_traced
    }

    /// What decodes what follows in one go, malformed or not, if there is such.
    pub(in crate::text) fn replacing(&self, errors: OnError) -> Option<Replacing> {
        match self.shortcut {
            Shortcut::Utf8 => Replacing::utf_8(errors),
            Shortcut::Ascii => Replacing::ascii(errors),
            Shortcut::No => None,
        }
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
            _ => self.encoding.family().verbatim(self.place.state, bytes),
        }
    }

    /// Decodes from the start of `bytes`, which are not empty. `last`: nothing follows them.
    #[inline]
    pub(in crate::text) fn step(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Step {
        match self.round_trip.take() {
            None => self.read(bytes, last, text),
            Some(mut round_trip) => {
                let step = self.guarded(&mut round_trip, bytes, last, text);
                self.round_trip = Some(round_trip);
                step
            }
        }
    }

    /// The same, up to what would be written otherwise, or that, as malformed.
    fn guarded(
        &mut self,
        round_trip: &mut RoundTrip,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> Step {
        let shown = &bytes[..round_trip.limit(bytes.len())];
        let start = text.len();
        let step = self.read(shown, last && shown.len() == bytes.len(), text);
        let Step::Read(n) = step else {
            round_trip.narrow();
            return step;
        };
        let new = &text[start..];
        let Some(good) = round_trip.unfaithful(new, &shown[..n]) else {
            round_trip.widen();
            return step;
        };
        round_trip.narrow();
        let len = self.place.measure.bytes(&new[..good]);
        text.truncate(start + good);
        match len {
            0 => Step::Malformed {
                len: self.first_sequence(bytes),
                reason: "it would be written otherwise",
            },
            len => Step::Read(len),
        }
    }

    /// The length of the first sequence, which is well-formed.
    fn first_sequence(&self, bytes: &[u8]) -> usize {
        let reads = |len: &usize| {
            let step = self.clone().read(&bytes[..*len], true, &mut String::new());
            step == Step::Read(*len)
        };
        (1..bytes.len()).find(reads).unwrap_or(bytes.len())
    }

    fn read(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Step {
        // Of these two there may be many short pieces, which a call through the trait would hold
        // up.
        match self.shortcut {
            Shortcut::Utf8 => {
                self.place.measure = Measure::Verbatim;
                return utf8::step(bytes, last, text);
            }
            Shortcut::Ascii => {
                self.place.measure = Measure::Verbatim;
                return ascii::step(bytes, text);
            }
            Shortcut::No => {}
        }
        self.place.measure = Measure::Written(self.encoding);
        self.place.shown = None;
        let family = self.encoding.family();
        let step = family.decode(&mut self.place, bytes, last, text);
        self.set_shortcut();
        step
    }
}
