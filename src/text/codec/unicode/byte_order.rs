//! [`ByteOrder`]: which byte of a code unit comes first, and how a mark says it.

use super::{Properties, Step};

/// Which byte of a code unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// The machine's own.
    pub(super) const NATIVE: ByteOrder = if cfg!(target_endian = "little") {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    };

    /// The one that the state of a decoder or encoder of UTF-16 or UTF-32 says, if it does.
    pub(super) fn of_state(state: u64) -> Option<ByteOrder> {
        match state {
            1 => Some(ByteOrder::Little),
            2 => Some(ByteOrder::Big),
            _ => None,
        }
    }

    /// The state that says it.
    pub(super) fn state(self) -> u64 {
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

/// The byte order of UTF-16 or UTF-32 if the encoding says it; else a mark does, and a decoder's
/// state is 0 before it. An encoder's state 0 writes little-endian.
pub(super) type FixedOrder = Option<ByteOrder>;

pub(super) fn properties(order: FixedOrder) -> Properties {
    Properties {
        has_mark: order.is_none(),
        awaits_order: order.is_none(),
        has_all: true,
        ..Properties::NONE
    }
}

/// A decoder's order, or what stands in the place of the mark and is not to be decoded. `marks`
/// are those of both orders.
pub(super) fn order_to_read(
    order: FixedOrder,
    state: &mut u64,
    bytes: &[u8],
    last: bool,
    marks: [&[u8]; 2],
) -> Result<ByteOrder, Step> {
    if let Some(order) = order.or(ByteOrder::of_state(*state)) {
        return Ok(order);
    }
    let len = marks[0].len();
    if bytes.len() < len && !last {
        return Err(Step::Unfinished);
    }
    let found = [ByteOrder::Little, ByteOrder::Big]
        .into_iter()
        .zip(marks)
        .find(|(_, mark)| bytes.starts_with(mark));
    *state = found.map_or(ByteOrder::NATIVE, |(order, _)| order).state();
    match found {
        Some(_) => Err(Step::Read(len)),
        None if bytes.len() < len => Ok(ByteOrder::NATIVE),
        None => Err(Step::NoMark { len }),
    }
}

pub(super) fn known_state(order: FixedOrder, number: u64) -> u64 {
    if order.is_none() { number.min(2) } else { 0 }
}

/// What an encoder in this state writes in.
pub(super) fn order_to_write(order: FixedOrder, state: u64) -> ByteOrder {
    order
        .or(ByteOrder::of_state(state))
        .unwrap_or(ByteOrder::Little)
}

/// Keeps an encoder's order where nobody has read another one.
pub(super) fn place(state: &mut u64, read: u64) {
    if let Some(order) = ByteOrder::of_state(read) {
        *state = order.state();
    }
}

/// A decoder's state after what was written.
pub(super) fn decoder_state(order: FixedOrder, state: u64) -> u64 {
    if order.is_none() {
        order_to_write(order, state).state()
    } else {
        0
    }
}
