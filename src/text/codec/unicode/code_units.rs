//! [`CodeUnits`]: UTF-16 and UTF-32, of which a mark may say which byte comes first.

use super::{
    BlockEncoder, DecodeContext, DecodeOutput, DecodeStop, Decoded, DecodedPart, Encoded, Error,
    Family, Measure, Properties, utf16, utf32,
};

/// Repr byte of a code unit comes first.
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

    fn mark_len(&self) -> usize {
        if self.is_utf16 { 2 } else { 4 }
    }

    /// A decoder's order; `None`: the mark stands here, and says it from now on.
    fn order_to_read(
        &self,
        context: &mut DecodeContext,
        bytes: &[u8],
    ) -> Result<Option<ByteOrder>, DecodeStop> {
        if let Some(order) = self.order.or(ByteOrder::of_state(context.state)) {
            return Ok(Some(order));
        }
        let marks: [&[u8]; 2] = if self.is_utf16 {
            [b"\xff\xfe", b"\xfe\xff"]
        } else {
            [b"\xff\xfe\0\0", b"\0\0\xfe\xff"]
        };
        let len = self.mark_len();
        if bytes.len() < len && !context.last {
            return Err(DecodeStop::Unfinished);
        }
        let mut orders = [ByteOrder::Little, ByteOrder::Big].into_iter().zip(marks);
        let found = orders.find(|(_, mark)| bytes.starts_with(mark));
        context.state = found.map_or(ByteOrder::NATIVE, |(order, _)| order).state();
        match found {
            Some(_) => Ok(None),
            // Too short for a mark and for a character: malformed in either order.
            None if bytes.len() < len => Ok(Some(ByteOrder::NATIVE)),
            None => Err(DecodeStop::NoMark { len }),
        }
    }

    fn encode_text(
        &self,
        state: u64,
        text: &str,
        newline: Option<&str>,
        room: &mut [u8],
    ) -> Encoded {
        use ByteOrder::{Big, Little};
        match (self.is_utf16, self.order_to_write(state)) {
            (true, Little) => utf16::Utf16Bytes::<true>.encode_text(text, newline, room),
            (true, Big) => utf16::Utf16Bytes::<false>.encode_text(text, newline, room),
            (false, Little) => utf32::Utf32Bytes::<true>.encode_text(text, newline, room),
            (false, Big) => utf32::Utf32Bytes::<false>.encode_text(text, newline, room),
        }
    }

    fn order_to_write(&self, state: u64) -> ByteOrder {
        let order = self.order.or(ByteOrder::of_state(state));
        // Little-endian where no mark says otherwise: as on the Web, and the same on every machine.
        order.unwrap_or(ByteOrder::Little)
    }
}

impl Family for CodeUnits {
    fn properties(&self) -> Properties {
        Properties {
            has_mark: self.order.is_none(),
            awaits_order: self.order.is_none(),
            has_all: true,
            translates: true,
            ..Properties::default()
        }
    }

    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        if !self.is_utf16 {
            context.measure = Measure::Each(4);
        }
        match self.order_to_read(context, bytes)? {
            // The mark itself is not text.
            None => Ok(DecodedPart::new(self.mark_len(), 0)),
            Some(order) if self.is_utf16 => utf16::decode(order, bytes, context.last, out.room),
            Some(order) => utf32::decode(order, bytes, context.last, out.room),
        }
    }

    fn known_state(&self, number: u64) -> u64 {
        if self.order.is_none() {
            // A position may be written down by hand: any larger number means what the largest
            // does.
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
        self.encode_text(*state, text, None, room)
    }

    fn encode_translated(&self, state: u64, text: &str, newline: &str, room: &mut [u8]) -> Encoded {
        self.encode_text(state, text, Some(newline), room)
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
