//! UTF-32 in both byte orders.

use std::array;

use super::byte_order::{self, ByteOrder, FixedOrder};
use super::utf16::{self, GROUP};
use super::{
    Code, Encoded, Error, Family, Measure, Place, Properties, Step, Utf8Buffer, encode_chars,
};

/// UTF-32.
#[derive(Debug)]
pub(in super::super) struct Utf32 {
    order: FixedOrder,
}

impl Utf32 {
    pub(in super::super) const MARKED: Utf32 = Utf32 { order: None };
    pub(in super::super) const LITTLE: Utf32 = Utf32 {
        order: Some(ByteOrder::Little),
    };
    pub(in super::super) const BIG: Utf32 = Utf32 {
        order: Some(ByteOrder::Big),
    };
}

impl Family for Utf32 {
    fn properties(&self) -> Properties {
        byte_order::properties(self.order)
    }

    fn decode(&self, place: &mut Place, bytes: &[u8], last: bool, text: &mut String) -> Step {
        place.measure = Measure::Each(4);
        let marks: [&[u8]; 2] = [b"\xff\xfe\0\0", b"\0\0\xfe\xff"];
        match byte_order::order_to_read(self.order, &mut place.state, bytes, last, marks) {
            Ok(order) => step(order, bytes, last, text),
            Err(step) => step,
        }
    }

    fn known_state(&self, number: u64) -> u64 {
        byte_order::known_state(self.order, number)
    }

    fn encode(&self, state: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        let to_bytes = match byte_order::order_to_write(self.order, *state) {
            ByteOrder::Little => u32::to_le_bytes,
            ByteOrder::Big => u32::to_be_bytes,
        };
        encode_chars(&mut (), text, room, |(), ch| {
            Some(Code::new(&to_bytes(ch.into())))
        })
    }

    fn has(&self, _: char) -> bool {
        true
    }

    fn mark(&self, state: &mut u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let mut mark = [0; 4];
        self.encode(state, "\u{feff}", &mut mark);
        bytes.extend_from_slice(&mark);
        Ok(())
    }

    fn place(&self, state: &mut u64, _: bool, read: u64) {
        byte_order::place(state, read);
    }

    fn decoder_state(&self, state: u64) -> u64 {
        byte_order::decoder_state(self.order, state)
    }
}

/// Decodes what is well-formed at the start, or says what stands there instead.
fn step(order: ByteOrder, bytes: &[u8], last: bool, text: &mut String) -> Step {
    let (units, rest) = bytes.as_chunks::<4>();
    text.reserve(units.len());
    match (decode(order, units, text), units.first()) {
        (0, Some(&unit)) => Step::Malformed {
            len: 4,
            reason: match order.u32(unit) {
                0xd800..0xe000 => "code point in surrogate code point range",
                _ => "code point not in range(0x110000)",
            },
        },
        (0, None) if last => Step::Malformed {
            len: rest.len(),
            reason: "truncated data",
        },
        (0, None) => Step::Unfinished,
        (n, _) => Step::Read(4 * n),
    }
}

/// Decodes what is well-formed at the start; how many code points that are.
#[inline(never)]
fn decode(order: ByteOrder, units: &[[u8; 4]], text: &mut String) -> usize {
    let (mut buffer, mut len, mut read) = (Utf8Buffer::new(), 0, 0);
    loop {
        len = buffer.room(len, text);
        // What is no unit of UTF-16 stops there as a surrogate does.
        let unit = |&unit: &[u8; 4]| u16::try_from(order.u32(unit)).unwrap_or(utf16::SURROGATES);
        if let Some(group) = units[read..].first_chunk::<GROUP>() {
            let n;
            (len, n) = utf16::put(array::from_fn(|n| unit(&group[n])), &mut buffer, len);
            read += n;
            if n == GROUP {
                continue;
            }
        }
        let next = units.get(read).map(|&unit| order.u32(unit));
        let Some(ch) = next.and_then(char::from_u32) else {
            buffer.flush(len, text);
            return read;
        };
        let mut utf8 = [0; 4];
        let n = ch.encode_utf8(&mut utf8).len();
        len = buffer.put(len, &utf8) - utf8.len() + n;
        read += 1;
    }
}
