//! ASCII and Latin-1, true to their names.

use super::{
    BlockEncoder, ByteTable, Code, DecodeContext, DecodeOutput, DecodeStop, Decoded, DecodedPart,
    Encoded, Family, Measure, Properties, ShortCode, Shortcut,
};

/// ASCII: bytes below 0x80.
pub(in super::super) struct Ascii;

impl Family for Ascii {
    fn properties(&self) -> Properties {
        Properties {
            shortcut: Shortcut::Ascii,
            writes_ascii: true,
            translates: true,
            ..Properties::default()
        }
    }

    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        context.measure = Measure::Verbatim;
        // Never asked: ASCII goes in front of the families.
        let shown = &bytes[..bytes.len().min(out.room.len())];
        let text = read(shown)?;
        out.room[..text.len()].copy_from_slice(text.as_bytes());
        Ok(DecodedPart {
            is_full: shown.len() < bytes.len(),
            ..DecodedPart::new(text.len(), text.len())
        })
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        ascii_prefix(bytes)
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        self.encode_text(text, None, room)
    }

    fn encode_translated(&self, _: u64, text: &str, newline: &str, room: &mut [u8]) -> Encoded {
        self.encode_text(text, Some(newline), room)
    }
}

/// Latin-1: each byte is the character of that number.
pub(in super::super) struct Latin1;

impl Family for Latin1 {
    fn properties(&self) -> Properties {
        Properties {
            writes_ascii: true,
            translates: true,
            ..Properties::default()
        }
    }

    fn decode(&self, context: &mut DecodeContext, bytes: &[u8], out: DecodeOutput<'_>) -> Decoded {
        static TABLE: ByteTable = ByteTable::LATIN_1;
        context.measure = Measure::Each(1);
        Ok(TABLE.decode(bytes, out.room))
    }

    fn verbatim(&self, _: u64, bytes: &[u8]) -> usize {
        if bytes.is_ascii() { bytes.len() } else { 0 }
    }

    fn encode(&self, _: &mut u64, text: &str, room: &mut [u8]) -> Encoded {
        self.encode_text(text, None, room)
    }

    fn encode_translated(&self, _: u64, text: &str, newline: &str, room: &mut [u8]) -> Encoded {
        self.encode_text(text, Some(newline), room)
    }
}

impl BlockEncoder<1> for Ascii {
    #[inline]
    fn ascii(&self, byte: u8) -> [u8; 1] {
        [byte]
    }

    #[inline]
    fn short(&self, unit: u16) -> ShortCode {
        (unit.into(), usize::from(unit < 0x80))
    }

    fn long(&self, _: char) -> Option<Code> {
        None
    }
}

impl BlockEncoder<1> for Latin1 {
    #[inline]
    fn ascii(&self, byte: u8) -> [u8; 1] {
        [byte]
    }

    #[inline]
    fn short(&self, unit: u16) -> ShortCode {
        (unit.into(), usize::from(unit < 0x100))
    }

    fn long(&self, _: char) -> Option<Code> {
        None
    }
}

/// How many bytes at the start are ASCII.
fn ascii_prefix(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        bytes.len()
    } else {
        bytes.iter().take_while(|byte| byte.is_ascii()).count()
    }
}

/// The ASCII at the start, which is text as it is; an error if the first byte is not ASCII.
pub(in super::super) fn read(bytes: &[u8]) -> Result<&str, DecodeStop> {
    match ascii_prefix(bytes) {
        0 => Err(DecodeStop::Malformed {
            len: 1,
            reason: "ordinal not in range(128)",
        }),
        n => Ok(str::from_utf8(&bytes[..n]).expect("the prefix is ASCII")),
    }
}
