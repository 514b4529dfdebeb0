//! [`Decoder`]: bytes to text, a step at a time.

#[cfg(feature = "encodings")]
use super::legacy::CodePage;
use super::registry::{Encoding, Kind};
use super::step::{Measure, Step};
use super::{single_byte, utf8, utf16};
use utf16::ByteOrder;

/// An encoding and where in the stream's start it is.
#[derive(Clone, Debug)]
pub(in crate::text) struct Decoder {
    encoding: Encoding,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Utf8,
    /// Before the place where a byte-order mark may stand.
    Utf8Start,
    Ascii,
    Latin1,
    Utf16(ByteOrder),
    /// Before the byte-order mark.
    Utf16Start,
    #[cfg(feature = "encodings")]
    CodePage(CodePage),
}

impl Decoder {
    /// A decoder for the start of a stream.
    pub(in crate::text) fn new(encoding: Encoding) -> Decoder {
        let state = match encoding.0 {
            Kind::Utf8 => State::Utf8,
            Kind::Utf8Sig => State::Utf8Start,
            Kind::Ascii => State::Ascii,
            Kind::Latin1 => State::Latin1,
            Kind::Utf16 => State::Utf16Start,
            Kind::Utf16Le => State::Utf16(ByteOrder::Little),
            Kind::Utf16Be => State::Utf16(ByteOrder::Big),
            #[cfg(feature = "encodings")]
            Kind::CodePage(page) => State::CodePage(page),
        };
        Decoder { encoding, state }
    }

    pub(in crate::text) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The state as a number: 0 at the start of a stream, else what was found there.
    pub(in crate::text) fn state(&self) -> u8 {
        match (&self.state, self.encoding.0) {
            (State::Utf8, Kind::Utf8Sig) => 1,
            (State::Utf16(ByteOrder::Little), Kind::Utf16) => 1,
            (State::Utf16(ByteOrder::Big), Kind::Utf16) => 2,
            _ => 0,
        }
    }

    /// Goes back to a state that [`Decoder::state`] gave, of this encoding.
    pub(in crate::text) fn set_state(&mut self, state: u8) {
        self.state = match (self.encoding.0, state) {
            (Kind::Utf8Sig, 1..) => State::Utf8,
            (Kind::Utf16, 1) => State::Utf16(ByteOrder::Little),
            (Kind::Utf16, 2..) => State::Utf16(ByteOrder::Big),
            _ => Decoder::new(self.encoding).state,
        };
    }

    /// How to measure what [`Decoder::step`] appends.
    pub(in crate::text) fn measure(&self) -> Measure {
        match self.state {
            State::Utf8 | State::Utf8Start | State::Ascii => Measure::Verbatim,
            State::Latin1 => Measure::Characters,
            State::Utf16(_) | State::Utf16Start => Measure::Utf16,
            #[cfg(feature = "encodings")]
            State::CodePage(_) => Measure::Characters,
        }
    }

    /// How many bytes at the start are UTF-8 already, unless they are malformed.
    pub(in crate::text) fn verbatim(&self, bytes: &[u8]) -> usize {
        match self.state {
            State::Utf8 => bytes.len(),
            State::Ascii => single_byte::ascii_prefix(bytes),
            State::Latin1 if bytes.is_ascii() => bytes.len(),
            #[cfg(feature = "encodings")]
            State::CodePage(_) if bytes.is_ascii() => bytes.len(),
            _ => 0,
        }
    }

    /// Decodes from the start of `bytes`, which are not empty. `last`: nothing follows them.
    pub(in crate::text) fn step(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Step {
        match &self.state {
            State::Utf8 => utf8::step(bytes, last, text),
            State::Utf8Start => {
                if utf8::MARK.starts_with(bytes) && bytes.len() < utf8::MARK.len() && !last {
                    return Step::Unfinished;
                }
                self.state = State::Utf8;
                match bytes.starts_with(utf8::MARK) {
                    true => Step::Read(utf8::MARK.len()),
                    false => utf8::step(bytes, last, text),
                }
            }
            State::Ascii => single_byte::ascii_step(bytes, text),
            State::Latin1 => single_byte::latin_1_step(bytes, text),
            State::Utf16(order) => utf16::step(*order, bytes, last, text),
            State::Utf16Start => self.utf16_mark(bytes, last),
            #[cfg(feature = "encodings")]
            State::CodePage(page) => page.step(bytes, text),
        }
    }

    fn utf16_mark(&mut self, bytes: &[u8], last: bool) -> Step {
        let (order, step) = match bytes {
            [0xff, 0xfe, ..] => (ByteOrder::Little, Step::Read(2)),
            [0xfe, 0xff, ..] => (ByteOrder::Big, Step::Read(2)),
            [_] if !last => return Step::Unfinished,
            _ => (ByteOrder::NATIVE, Step::NoMark),
        };
        self.state = State::Utf16(order);
        step
    }
}
