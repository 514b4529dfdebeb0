//! The head of a CBOR item: what it is, and the number that goes with it.

/// The kinds of items, by the three highest bits of their first byte (RFC 8949, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Major {
    Unsigned,
    Negative,
    Bytes,
    Text,
    Array,
    Map,
    Tag,
    Simple,
}

impl Major {
    /// Of the item that begins with `first`.
    #[inline]
    pub(super) fn of(first: u8) -> Major {
        match first >> 5 {
            0 => Major::Unsigned,
            1 => Major::Negative,
            2 => Major::Bytes,
            3 => Major::Text,
            4 => Major::Array,
            5 => Major::Map,
            6 => Major::Tag,
            _ => Major::Simple,
        }
    }

    /// Whether a string of this kind can have a piece that begins with `first`: a string of the same
    /// kind, of known length.
    pub(super) fn has_piece(self, first: u8) -> bool {
        Major::of(first) == self && first & INFO != INDEFINITE
    }
}

/// A head, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::link) struct ItemHead {
    /// The first byte.
    pub(super) first: u8,
    /// The number: a value, a length, a count, a tag or a float's bits. 0 where the length is
    /// indefinite.
    pub(super) argument: u64,
}

impl ItemHead {
    /// How many bytes the longest head has.
    pub(in crate::link) const LONGEST: usize = 9;

    /// The kinds of heads that are written by hand, in the three highest bits.
    pub(in crate::link) const UNSIGNED: u8 = 0;
    pub(in crate::link) const NEGATIVE: u8 = 1 << 5;
    pub(in crate::link) const ARRAY: u8 = 4 << 5;

    /// How many bytes the head that begins with `first` has; `None` if none begins so.
    #[inline]
    pub(super) fn length(first: u8) -> Option<usize> {
        match (first & INFO, first >> 5) {
            (..24, _) => Some(1),
            (24, _) => Some(2),
            (25, _) => Some(3),
            (26, _) => Some(5),
            (27, _) => Some(9),
            // Integers and tags have no indefinite length.
            (INDEFINITE, 2..=5 | 7) => Some(1),
            _ => None,
        }
    }

    /// How many bytes the number or simple value has that begins with `first`, if it begins one and
    /// cannot be malformed; else 0.
    #[inline]
    pub(super) fn number_length(first: u8) -> usize {
        match first {
            0x00..=0x17 | 0x20..=0x37 | 0xe0..=0xf7 => 1,
            0x18 | 0x38 => 2,
            0x19 | 0x39 | 0xf9 => 3,
            0x1a | 0x3a | 0xfa => 5,
            0x1b | 0x3b | 0xfb => 9,
            _ => 0,
        }
    }

    /// A head as short as it can be: its bytes, of which the second number says how many count. `kind`
    /// stands in the three highest bits.
    #[inline]
    pub(in crate::link) fn shortest(kind: u8, number: u64) -> ([u8; ItemHead::LONGEST], usize) {
        let (info, width) = match number {
            0..24 => (number.to_le_bytes()[0], 0_u8),
            24..0x100 => (24, 1),
            0x100..0x1_0000 => (25, 2),
            0x1_0000..0x1_0000_0000 => (26, 4),
            _ => (27, 8),
        };
        let mut bytes = [0; ItemHead::LONGEST];
        bytes[0] = kind | info;
        // All eight bytes, those that count in front: a copy of a known length needs no call.
        let number = number.checked_shl(64 - 8 * u32::from(width));
        let number = number.unwrap_or_default().to_be_bytes();
        bytes[1..].copy_from_slice(&number);
        (bytes, 1 + usize::from(width))
    }

    /// An integer as short as it can be, as [`shortest`](ItemHead::shortest).
    #[inline]
    pub(in crate::link) fn of_int(int: i64) -> ([u8; ItemHead::LONGEST], usize) {
        match u64::try_from(int) {
            Ok(number) => ItemHead::shortest(ItemHead::UNSIGNED, number),
            Err(_) => ItemHead::shortest(ItemHead::NEGATIVE, (!int).unsigned_abs()),
        }
    }

    /// The integer that bytes begin with, if it has no more than 64 bits, sign included; and how many
    /// bytes it takes.
    #[inline]
    pub(in crate::link) fn leading_int(bytes: &[u8]) -> Option<(i64, usize)> {
        let first = *bytes.first()?;
        if first >= 0x40 {
            return None;
        }
        let length = ItemHead::length(first)?;
        let argument = i64::try_from(ItemHead::parse(bytes.get(..length)?).argument).ok()?;
        let int = if first < 0x20 { argument } else { !argument };
        Some((int, length))
    }

    /// A head of which all bytes are there: as many as [`length`](ItemHead::length) says.
    #[inline]
    pub(super) fn parse(head: &[u8]) -> ItemHead {
        let argument = match *head {
            [first] if first & INFO < 24 => u64::from(first & INFO),
            [_, a] => u64::from(a),
            [_, a, b] => u64::from(u16::from_be_bytes([a, b])),
            [_, a, b, c, d] => u64::from(u32::from_be_bytes([a, b, c, d])),
            [_, a, b, c, d, e, f, g, h] => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            _ => 0,
        };
        let first = head[0];
        ItemHead { first, argument }
    }

    #[inline]
    pub(super) fn major(self) -> Major {
        Major::of(self.first)
    }

    /// Whether the item that begins with `first` is this byte and no more: a small integer or a simple
    /// value.
    #[inline]
    pub(super) fn is_whole_item(first: u8) -> bool {
        matches!(first, 0x00..0x18 | 0x20..0x38 | 0xe0..0xf8)
    }

    /// Whether what begins goes on up to a break; of the last kind, whether this is the break.
    #[inline]
    pub(super) fn is_indefinite(self) -> bool {
        self.first & INFO == INDEFINITE
    }

    /// Whether a simple value stands in the byte after this one, or a number of this width in the next
    /// bytes.
    #[inline]
    pub(super) fn has_one_byte_more(self) -> bool {
        self.first & INFO == 24
    }
}

/// The bits of the first byte that are not the kind.
const INFO: u8 = 0x1f;

/// What these bits say if the end is marked by a break, or of the break itself.
const INDEFINITE: u8 = 31;

/// The whole of a break, which ends what is of indefinite length.
pub(super) const BREAK: u8 = 0xff;
