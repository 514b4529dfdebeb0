//! What replaces malformed bytes, if that depends on nothing but the policy and the bytes
//! ([`FixedReplacement`]), and how Python spells bytes and missing characters in ASCII.

use std::fmt::Write;

use super::{ErrorPolicy, escape};

/// A text for each byte, four bytes long so that it can be stored as one number; what is longer
/// than the text has no meaning.
type Texts = [[u8; 4]; 256];

static SIGNS: Texts = [*b"\xef\xbf\xbd\0"; 256];
#[expect(clippy::cast_possible_truncation, reason = "there are 256 bytes")]
static SPELLED: Texts = {
    let (mut texts, mut byte) = ([[0; 4]; 256], 0);
    while byte < 256 {
        texts[byte] = spell_byte(byte as u8);
        byte += 1;
    }
    texts
};
#[expect(clippy::cast_possible_truncation, reason = "there are 256 bytes")]
static ESCAPED: Texts = {
    let (mut texts, mut byte) = ([[0; 4]; 256], 0);
    while byte < 256 {
        texts[byte] = escape::utf8(byte as u8);
        byte += 1;
    }
    texts
};

/// The text that a policy reads for malformed bytes: one for each byte, or one for the whole
/// sequence.
#[derive(Clone, Copy, Debug)]
pub(in crate::text) struct FixedReplacement {
    texts: &'static Texts,
    /// How long each of them is, in bytes.
    len: usize,
    /// How long each of their characters is.
    char_len: usize,
    is_for_each: bool,
}

impl FixedReplacement {
    pub(in crate::text) fn new(errors: ErrorPolicy) -> Option<FixedReplacement> {
        let (texts, len, char_len, is_for_each) = match errors {
            ErrorPolicy::Ignore => (&SIGNS, 0, 1, false),
            ErrorPolicy::Replace => (&SIGNS, 3, 3, false),
            ErrorPolicy::BackslashReplace => (&SPELLED, 4, 1, true),
            ErrorPolicy::Escape => (&ESCAPED, 4, 4, true),
            _ => return None,
        };
        Some(FixedReplacement {
            texts,
            len,
            char_len,
            is_for_each,
        })
    }

    /// Appends the text of a malformed sequence.
    pub(in crate::text) fn push(self, malformed: &[u8], text: &mut String) {
        let bytes = if self.is_for_each {
            malformed
        } else {
            &malformed[..1]
        };
        for &byte in bytes {
            let new = &self.texts[usize::from(byte)][..self.len];
            text.push_str(str::from_utf8(new).expect("the tables are UTF-8"));
        }
    }

    /// Puts the text of a malformed sequence after the first `at` bytes, and up to four bytes of
    /// no meaning after it; where it ends.
    #[inline(always)] // benches/decode.rs, row 9h
    pub(in crate::text) fn put(self, out: &mut [u8], at: usize, malformed: &[u8]) -> usize {
        let mut end = self.put_one(out, at, malformed[0]);
        if self.is_for_each {
            for &byte in &malformed[1..] {
                end = self.put_one(out, end, byte);
            }
        }
        end
    }

    #[inline(always)] // benches/decode.rs, row 9h
    fn put_one(self, out: &mut [u8], at: usize, byte: u8) -> usize {
        if let Some(place) = out[at..].first_chunk_mut() {
            *place = self.texts[usize::from(byte)];
        }
        at + self.len
    }

    /// How long the text of a malformed sequence of `n` bytes is, in bytes.
    pub(in crate::text) fn len(self, n: usize) -> usize {
        if self.is_for_each {
            n * self.len
        } else {
            self.len
        }
    }

    /// How many characters that are.
    pub(in crate::text) fn chars(self, n: usize) -> usize {
        self.len(n) / self.char_len
    }

    /// How long each character is that stands for malformed bytes.
    pub(in crate::text) fn char_len(self) -> usize {
        self.char_len
    }
}

/// A byte as `\xNN`.
const fn spell_byte(byte: u8) -> [u8; 4] {
    let digits = b"0123456789abcdef";
    [
        b'\\',
        b'x',
        digits[(byte >> 4) as usize],
        digits[(byte & 0xf) as usize],
    ]
}

/// A character as `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
pub(super) fn backslash(ch: char) -> String {
    let mut text = String::new();
    let number = u32::from(ch);
    let _ = match number {
        0..=0xff => write!(text, "\\x{number:02x}"),
        0x100..=0xffff => write!(text, "\\u{number:04x}"),
        _ => write!(text, "\\U{number:08x}"),
    };
    text
}

/// A character as `&#NNNN;`.
pub(super) fn xml(ch: char) -> String {
    ["&#", &u32::from(ch).to_string(), ";"].concat()
}

/// A character as `\N{…}`, or [`backslash`] if it has no name.
#[cfg(feature = "names")]
pub(super) fn named(ch: char) -> String {
    match unicode_names2::name(ch) {
        Some(name) => ["\\N{", &name.to_string(), "}"].concat(),
        None => backslash(ch),
    }
}
