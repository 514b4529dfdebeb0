//! [`CodeUnits`]: UTF-16 and UTF-32, of which a mark may say which byte comes first.

use super::{Encoded, Error, Family, Measure, Place, Properties, Step, utf16, utf32};

/// Which byte of a code unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// The machine's own.
    const NATIVE: ByteOrder = if cfg!(target_endian = "little") {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    };

    /// The one that a decoder's or an encoder's state says, if it does.
    fn of_state(state: u64) -> Option<ByteOrder> {
        match state {
            1 => Some(ByteOrder::Little),
            2 => Some(ByteOrder::Big),
            _ => None,
        }
    }

    /// The state that says it.
    fn state(self) -> u64 {
        match self {
            ByteOrder::Little => 1,
            ByteOrder::Big => 2,
        }
    }

    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// An encoding of code units of two bytes or of four.
#[derive(Debug)]
pub(in super::super) struct CodeUnits {
    is_utf16: bool,
    /// `None`: a mark at the start says it, and a decoder's state is 0 before it. An encoder writes
    /// little-endian where nobody has read another one.
    order: Option<ByteOrder>,
}

impl CodeUnits {
    pub(in super::super) const UTF_16: CodeUnits = CodeUnits::new(true, None);
    pub(in super::super) const UTF_16LE: CodeUnits = CodeUnits::new(true, Some(ByteOrder::Little));
    pub(in super::super) const UTF_16BE: CodeUnits = CodeUnits::new(true, Some(ByteOrder::Big));
    pub(in super::super) const UTF_32: CodeUnits = CodeUnits::new(false, None);
    pub(in super::super) const UTF_32LE: CodeUnits = CodeUnits::new(false, Some(ByteOrder::Little));
    pub(in super::super) const UTF_32BE: CodeUnits = CodeUnits::new(false, Some(ByteOrder::Big));

    const fn new(is_utf16: bool, order: Option<ByteOrder>) -> CodeUnits {
        CodeUnits { is_utf16, order }
    }

    /// A decoder's order, or what stands in the place of the mark and is not to be decoded.
    fn order_to_read(&self, state: &mut u64, bytes: &[u8], last: bool) -> Result<ByteOrder, Step> {
        if let Some(order) = self.order.or(ByteOrder::of_state(*state)) {
            return Ok(order);
        }
        let marks: [&[u8]; 2] = if self.is_utf16 {
            [b"\xff\xfe", b"\xfe\xff"]
        } else {
            [b"\xff\xfe\0\0", b"\0\0\xfe\xff"]
        };
        let len = marks[0].len();
        if bytes.len() < len && !last {
            return Err(Step::Unfinished);
        }
        let mut orders = [ByteOrder::Little, ByteOrder::Big].into_iter().zip(marks);
        let found = orders.find(|(_, mark)| bytes.starts_with(mark));
        *state = found.map_or(ByteOrder::NATIVE, |(order, _)| order).state();
        match found {
            Some(_) => Err(Step::Read(len)),
            None if bytes.len() < len => Ok(ByteOrder::NATIVE),
            None => Err(Step::NoMark { len }),
        }
    }

    fn order_to_write(&self, state: u64) -> ByteOrder {
        let order = self.order.or(ByteOrder::of_state(state));
        order.unwrap_or(ByteOrder::Little)
    }
}

impl Family for CodeUnits {
    fn properties(&self) -> Properties {
        Properties {
            has_mark: self.order.is_none(),
            awaits_order: self.order.is_none(),
            has_all: true,
            ..Properties::default()
        }
    }

    fn decode(&self, place: &mut Place, bytes: &[u8], last: bool, text: &mut String) -> Step {
        if !self.is_utf16 {
            place.measure = Measure::Each(4);
        }
        match self.order_to_read(&mut place.state, bytes, last) {
            Ok(order) if self.is_utf16 => utf16::step(order, bytes, last, text),
            Ok(order) => utf32::step(order, bytes, last, text),
            Err(step) => step,
        }
    }

    fn known_state(&self, number: u64) -> u64 {
        if self.order.is_none() {
            number.min(2)
        } else {
            0
        }
    }

    /// UTF-16's code units; in UTF-32 all are of one length.
    fn measure(&self, text: &str) -> usize {
        2 * text.chars().map(char::len_utf16).sum::<usize>()
    }

    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        match (self.is_utf16, self.order_to_write(*state)) {
            (true, ByteOrder::Little) => utf16::encode(text, u16::to_le_bytes, room),
            (true, ByteOrder::Big) => utf16::encode(text, u16::to_be_bytes, room),
            (false, ByteOrder::Little) => utf32::encode(text, u32::to_le_bytes, room),
            (false, ByteOrder::Big) => utf32::encode(text, u32::to_be_bytes, room),
        }
    }

    fn mark(&self, state: &mut u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let mut mark = [0; 4];
        let encoded = self.encode(state, "\u{feff}", &mut mark);
        bytes.extend_from_slice(&mark[..encoded.written]);
        Ok(())
    }

    fn place(&self, state: &mut u64, _: bool, read: u64) {
        if let Some(order) = ByteOrder::of_state(read) {
            *state = order.state();
        }
    }

    fn decoder_state(&self, state: u64) -> u64 {
        match self.order {
            None => self.order_to_write(state).state(),
            Some(_) => 0,
        }
    }
}
