//! [`Head`]: the integer that every message begins with.

use minicbor::Decoder;
use minicbor::data::{IanaTag, Type};

use crate::link::object::ItemHead;

/// What a message begins with: the call it belongs to, and what kind of message it is.
///
/// On the wire it is one integer, `4 * n + flags`. Each end numbers the calls that it opens itself, from 1
/// on, so a number alone names two calls; the sign says which of them is meant:
///
/// | n | who opened the call | number |
/// |---|---|---|
/// | not negative | who sends this message | n + 1 |
/// | negative | who receives it | -n |
///
/// # Examples
///
/// ```
/// use iolite::link::session::{Head, MessageKind, Side};
///
/// let opening = Head::new(Side::Sender, 1, MessageKind::Final).expect("a number that fits");
/// let answer = Head::new(Side::Receiver, 1, MessageKind::Final).expect("a number that fits");
/// assert_eq!((opening.to_int(), answer.to_int()), (0, -4));
/// assert_eq!(Head::from_int(-4), answer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    opener: Side,
    /// 1 to [`LAST_NUMBER`](Head::LAST_NUMBER).
    number: u64,
    kind: MessageKind,
}

/// One of the two ends, seen from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The end that sends it.
    Sender,
    /// The end that receives it.
    Receiver,
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// The last message of its direction, and no error: a result, or all of a plain call.
    Final,
    /// The first message of a stream's direction, then its items.
    #[doc(alias = "stream")]
    Item,
    /// The last message of its direction, an error.
    #[doc(alias = "error")]
    Failed,
    /// Beside the stream: a warning, credit, or a code.
    Warning,
}

/// An item that is no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// It is no integer.
    #[error("a message begins with an integer, and this one does not")]
    NoInteger,
    /// It is an integer of more than 64 bits, sign included.
    #[error("the integer that the message begins with has more than 64 bits")]
    TooLarge,
}

impl Head {
    /// The highest number of a call, which just fits into an integer of 64 bits.
    pub const LAST_NUMBER: u64 = 1 << 61;

    /// The head of a message of the call that `opener` gave this number; `None` if the number is 0 or
    /// beyond the [last one](Head::LAST_NUMBER).
    pub fn new(opener: Side, number: u64, kind: MessageKind) -> Option<Head> {
        (1..=Head::LAST_NUMBER).contains(&number).then_some(Head {
            opener,
            number,
            kind,
        })
    }

    /// The head that this integer is. Every integer of 64 bits is one.
    pub fn from_int(int: i64) -> Head {
        let n = int >> 2;
        let (opener, number) = if n < 0 {
            (Side::Receiver, n.unsigned_abs())
        } else {
            (Side::Sender, n.unsigned_abs() + 1)
        };
        let kind = match int & 3 {
            0 => MessageKind::Final,
            1 => MessageKind::Item,
            2 => MessageKind::Failed,
            _ => MessageKind::Warning,
        };
        Head {
            opener,
            number,
            kind,
        }
    }

    /// The integer on the wire.
    pub fn to_int(self) -> i64 {
        let n = match self.opener {
            Side::Sender => (self.number - 1).cast_signed(),
            Side::Receiver => -self.number.cast_signed(),
        };
        let flags = match self.kind {
            MessageKind::Final => 0,
            MessageKind::Item => 1,
            MessageKind::Failed => 2,
            MessageKind::Warning => 3,
        };
        (n << 2) | flags
    }

    /// Reads the head in front of the other items of a message: also what it is followed by.
    #[inline]
    pub(super) fn read(items: &[u8]) -> Result<(Head, usize), HeadError> {
        match ItemHead::leading_int(items) {
            Some((int, length)) => Ok((Head::from_int(int), length)),
            None => Err(not_read(items)),
        }
    }

    /// Which end opened the call, seen from this message.
    pub fn opener(self) -> Side {
        self.opener
    }

    /// The number that the opener gave to the call.
    pub fn number(self) -> u64 {
        self.number
    }

    /// What the message is for.
    pub fn kind(self) -> MessageKind {
        self.kind
    }
}

/// Why an item is no head: MoaT would read an integer in bytes, which has more than 64 bits.
#[cold]
fn not_read(items: &[u8]) -> HeadError {
    let mut decoder = Decoder::new(items);
    let is_too_large = match decoder.datatype() {
        Ok(Type::Tag) => decoder
            .tag()
            .is_ok_and(|tag| tag == IanaTag::PosBignum.tag() || tag == IanaTag::NegBignum.tag()),
        _ => decoder.int().is_ok(),
    };
    if is_too_large {
        HeadError::TooLarge
    } else {
        HeadError::NoInteger
    }
}
