//! [`Decoder`]: bytes to text, a step at a time.

use super::byte_order::ByteOrder;
use super::charmap::Page;
use super::custom::Reading;
use super::guard::Guard;
use super::handler::OnError;
#[cfg(feature = "encodings")]
use super::hz;
#[cfg(feature = "encodings")]
use super::iso2022::{Iso2022, Shift};
#[cfg(feature = "encodings")]
use super::multi_byte::MultiByte;
#[cfg(feature = "encodings")]
use super::multi_byte_table::Table;
#[cfg(feature = "encodings")]
use super::paired::Paired;
#[cfg(feature = "encodings")]
use super::paired_table::PairedTable;
use super::registry::{Encoding, Kind};
use super::replacing::Replacing;
use super::step::{Measure, Step};
use super::{single_byte, utf7, utf8, utf16, utf32};

/// An encoding and what has to be known of the bytes before a place.
#[derive(Clone, Debug)]
pub(in crate::text) struct Decoder {
    encoding: Encoding,
    state: State,
    /// How to measure what the last step appended.
    measure: Measure,
    /// What escaping needs.
    guard: Option<Box<Guard>>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Utf8,
    /// Before the place where a byte-order mark may stand.
    Utf8Start,
    Utf16(ByteOrder),
    /// Before the byte-order mark.
    Utf16Start,
    Utf32(ByteOrder),
    /// Before the byte-order mark.
    Utf32Start,
    Utf7(utf7::Shift),
    Ascii,
    Latin1,
    Charmap(&'static Page),
    #[cfg(feature = "encodings")]
    MultiByte(MultiByte, &'static Table),
    #[cfg(feature = "encodings")]
    Paired(Paired, &'static PairedTable),
    #[cfg(feature = "encodings")]
    /// Whether GB 2312 was begun.
    Hz(bool),
    #[cfg(feature = "encodings")]
    Iso2022(Iso2022, Shift),
    Custom(Reading),
}

impl State {
    /// At the start of a stream.
    fn new(encoding: Encoding) -> State {
        match encoding.0 {
            Kind::Utf8 => State::Utf8,
            Kind::Utf8Sig => State::Utf8Start,
            Kind::Utf16 => State::Utf16Start,
            Kind::Utf16Le => State::Utf16(ByteOrder::Little),
            Kind::Utf16Be => State::Utf16(ByteOrder::Big),
            Kind::Utf32 => State::Utf32Start,
            Kind::Utf32Le => State::Utf32(ByteOrder::Little),
            Kind::Utf32Be => State::Utf32(ByteOrder::Big),
            Kind::Utf7 => State::Utf7(utf7::Shift::Direct),
            Kind::Ascii => State::Ascii,
            Kind::Latin1 => State::Latin1,
            Kind::Charmap(charmap) => State::Charmap(charmap.page()),
            #[cfg(feature = "encodings")]
            Kind::MultiByte(family) => State::MultiByte(family, family.table()),
            #[cfg(feature = "encodings")]
            Kind::Paired(family) => State::Paired(family, family.table()),
            #[cfg(feature = "encodings")]
            Kind::Hz => State::Hz(false),
            #[cfg(feature = "encodings")]
            Kind::Iso2022(family) => State::Iso2022(family, Shift::START),
            Kind::Custom(codec) => State::Custom(Reading::new(codec, 0)),
        }
    }
}

impl Decoder {
    /// A decoder for the start of a stream.
    pub(in crate::text) fn new(encoding: Encoding) -> Decoder {
        Decoder {
            encoding,
            state: State::new(encoding),
            measure: Measure::Verbatim,
            guard: None,
        }
    }

    /// Says what the caller does with malformed bytes: whoever escapes them must know of those,
    /// too, that are well-formed and would be written otherwise.
    pub(in crate::text) fn set_errors(&mut self, errors: OnError) {
        self.guard = match errors {
            OnError::Escape => Some(Box::new(Guard::new(self.encoding))),
            _ => None,
        };
    }

    pub(in crate::text) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The state as a number: 0 at the start of a stream, else what was found there or, in an
    /// encoding with shifts, what the bytes that follow mean.
    pub(in crate::text) fn state(&self) -> u64 {
        match (self.state, self.encoding.0) {
            (State::Utf8, Kind::Utf8Sig) => 1,
            (State::Utf16(order), Kind::Utf16) | (State::Utf32(order), Kind::Utf32) => {
                match order {
                    ByteOrder::Little => 1,
                    ByteOrder::Big => 2,
                }
            }
            (State::Utf7(shift), _) => shift.number().into(),
            #[cfg(feature = "encodings")]
            (State::Hz(is_gb), _) => is_gb.into(),
            #[cfg(feature = "encodings")]
            (State::Iso2022(family, shift), _) => shift.number(family).into(),
            (State::Custom(reading), _) => reading.state(),
            _ => 0,
        }
    }

    /// Goes back to a state that [`Decoder::state`] gave, of this encoding.
    pub(in crate::text) fn set_state(&mut self, state: u64) {
        // A number that nobody told is a place like the start.
        let small = u8::try_from(state).unwrap_or(0);
        self.state = match (self.encoding.0, state) {
            (Kind::Utf8Sig, 1..) => State::Utf8,
            (Kind::Utf16, 1) => State::Utf16(ByteOrder::Little),
            (Kind::Utf16, 2..) => State::Utf16(ByteOrder::Big),
            (Kind::Utf32, 1) => State::Utf32(ByteOrder::Little),
            (Kind::Utf32, 2..) => State::Utf32(ByteOrder::Big),
            (Kind::Utf7, _) => State::Utf7(utf7::Shift::from_number(small)),
            #[cfg(feature = "encodings")]
            (Kind::Hz, state) => State::Hz(state != 0),
            #[cfg(feature = "encodings")]
            (Kind::Iso2022(family), _) => State::Iso2022(family, Shift::from_state(family, state)),
            (Kind::Custom(codec), state) => State::Custom(Reading::new(codec, state)),
            _ => State::new(self.encoding),
        };
    }

    /// Whether the byte order is not known yet.
    pub(in crate::text) fn awaits_order(&self) -> bool {
        matches!(self.state, State::Utf16Start | State::Utf32Start)
    }

    /// How to measure what the last [`Decoder::step`] appended.
    pub(in crate::text) fn measure(&self) -> Measure {
        self.measure
    }

    /// How many bytes the last [`Decoder::step`], which read `n`, looked at, if its text can be
    /// measured only by decoding them again. There may be fewer.
    pub(in crate::text) fn looked_at(&self, n: usize) -> Option<usize> {
        match &self.state {
            State::Custom(reading) => Some(reading.shown()),
            State::Utf7(_) if self.measure == Measure::Whole => Some(n + 1),
            _ => None,
        }
    }

    /// Whether there is text that can be measured only so.
    pub(in crate::text) fn is_traced(&self) -> bool {
        matches!(self.state, State::Custom(_) | State::Utf7(_))
    }

    /// What decodes what follows in one go, malformed or not, if there is such.
    pub(in crate::text) fn replacing(&self, errors: OnError) -> Option<Replacing> {
        match self.state {
            State::Utf8 => Replacing::utf_8(errors),
            State::Ascii => Replacing::ascii(errors),
            _ => None,
        }
    }

    /// How many bytes at the start are UTF-8 already, unless they are malformed.
    pub(in crate::text) fn verbatim(&mut self, bytes: &[u8]) -> usize {
        match (&mut self.guard, self.state) {
            (None, _) => self.utf8_prefix(bytes),
            (Some(guard), State::Utf8) => guard.verbatim(bytes),
            (Some(guard), _) if !guard.keeps_ascii() => 0,
            (Some(guard), _) => {
                let shown = guard.limit(bytes.len());
                guard.widen();
                self.utf8_prefix(&bytes[..shown])
            }
        }
    }

    fn utf8_prefix(&self, bytes: &[u8]) -> usize {
        match self.state {
            State::Utf8 => bytes.len(),
            State::Ascii => single_byte::ascii_prefix(bytes),
            State::Utf7(utf7::Shift::Direct) => utf7::direct_prefix(bytes),
            State::Latin1 if bytes.is_ascii() => bytes.len(),
            State::Charmap(page) if page.reads_ascii() && bytes.is_ascii() => bytes.len(),
            #[cfg(feature = "encodings")]
            State::MultiByte(..) if bytes.is_ascii() => bytes.len(),
            #[cfg(feature = "encodings")]
            State::Paired(_, table) if table.has_ascii() && bytes.is_ascii() => bytes.len(),
            #[cfg(feature = "encodings")]
            State::Hz(false) => hz::ascii_prefix(bytes),
            #[cfg(feature = "encodings")]
            State::Iso2022(family, shift) if shift.is_ascii() => family.ascii_prefix(bytes),
            _ => 0,
        }
    }

    /// Decodes from the start of `bytes`, which are not empty. `last`: nothing follows them.
    #[inline]
    pub(in crate::text) fn step(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Step {
        match self.guard.take() {
            None => self.read(bytes, last, text),
            Some(mut guard) => {
                let step = self.guarded(&mut guard, bytes, last, text);
                self.guard = Some(guard);
                step
            }
        }
    }

    /// The same, up to what would be written otherwise, or that, as malformed.
    fn guarded(&mut self, guard: &mut Guard, bytes: &[u8], last: bool, text: &mut String) -> Step {
        let shown = &bytes[..guard.limit(bytes.len())];
        let start = text.len();
        let step = self.read(shown, last && shown.len() == bytes.len(), text);
        let Step::Read(n) = step else {
            guard.narrow();
            return step;
        };
        let new = &text[start..];
        let Some(good) = guard.unfaithful(new, &shown[..n]) else {
            guard.widen();
            return step;
        };
        guard.narrow();
        let len = self.measure.bytes(&new[..good]);
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
        let (step, measure) = match &mut self.state {
            // Of these two there may be many short pieces, which a pair in memory would hold up.
            State::Utf8 => {
                self.measure = Measure::Verbatim;
                return utf8::step(bytes, last, text);
            }
            State::Ascii => {
                self.measure = Measure::Verbatim;
                return single_byte::ascii_step(bytes, text);
            }
            State::Utf8Start => (self.utf8_start(bytes, last, text), Measure::Verbatim),
            State::Utf16(order) => (utf16::step(*order, bytes, last, text), Measure::Utf16),
            State::Utf16Start => (self.utf16_start(bytes, last, text), Measure::Utf16),
            State::Utf32(order) => (utf32::step(*order, bytes, last, text), Measure::Fixed(4)),
            State::Utf32Start => (self.utf32_start(bytes, last, text), Measure::Fixed(4)),
            State::Utf7(shift) => utf7::step(shift, bytes, last, text),
            State::Latin1 => (single_byte::latin_1_step(bytes, text), Measure::Characters),
            State::Charmap(page) => (page.step(bytes, text), Measure::Characters),
            #[cfg(feature = "encodings")]
            State::MultiByte(family, table) => table.step(*family, bytes, last, text),
            #[cfg(feature = "encodings")]
            State::Paired(family, table) => table.step(*family, bytes, last, text),
            #[cfg(feature = "encodings")]
            State::Hz(is_gb) => hz::step(is_gb, bytes, last, text),
            #[cfg(feature = "encodings")]
            State::Iso2022(family, shift) => shift.step(*family, bytes, last, text),
            State::Custom(reading) => (reading.step(bytes, last, text), Measure::Whole),
        };
        self.measure = measure;
        step
    }

    fn utf8_start(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Step {
        if utf8::MARK.starts_with(bytes) && bytes.len() < utf8::MARK.len() && !last {
            return Step::Unfinished;
        }
        self.state = State::Utf8;
        if bytes.starts_with(utf8::MARK) {
            Step::Read(utf8::MARK.len())
        } else {
            utf8::step(bytes, last, text)
        }
    }

    fn utf16_start(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Step {
        let (order, step) = match bytes {
            [0xff, 0xfe, ..] => (ByteOrder::Little, Step::Read(2)),
            [0xfe, 0xff, ..] => (ByteOrder::Big, Step::Read(2)),
            [_, _, ..] => (ByteOrder::NATIVE, Step::NoMark { len: 2 }),
            _ if !last => return Step::Unfinished,
            _ => {
                let order = ByteOrder::NATIVE;
                (order, utf16::step(order, bytes, last, text))
            }
        };
        self.state = State::Utf16(order);
        step
    }

    fn utf32_start(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Step {
        let (order, step) = match bytes {
            [0xff, 0xfe, 0, 0, ..] => (ByteOrder::Little, Step::Read(4)),
            [0, 0, 0xfe, 0xff, ..] => (ByteOrder::Big, Step::Read(4)),
            [_, _, _, _, ..] => (ByteOrder::NATIVE, Step::NoMark { len: 4 }),
            _ if !last => return Step::Unfinished,
            _ => {
                let order = ByteOrder::NATIVE;
                (order, utf32::step(order, bytes, last, text))
            }
        };
        self.state = State::Utf32(order);
        step
    }
}
