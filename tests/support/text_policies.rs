//! The error policies, and the oracle of what they make of errors.

use std::borrow::Cow;

use iolite::ErrorPolicy;
use iolite::text::{ErrorHandler, MalformedBytes, Replacement, UnencodableChar};

pub(crate) const POLICIES: [ErrorPolicy; 7] = [
    ErrorPolicy::Strict,
    ErrorPolicy::Ignore,
    ErrorPolicy::Replace,
    ErrorPolicy::BackslashReplace,
    ErrorPolicy::XmlCharRefReplace,
    ErrorPolicy::Escape,
    ErrorPolicy::Custom(&Odd),
];

/// Capacities of a buffer to run an error policy over: all small ones for three of them.
pub(crate) fn capacities(errors: ErrorPolicy) -> Vec<usize> {
    match errors {
        ErrorPolicy::Strict | ErrorPolicy::Ignore | ErrorPolicy::Replace => (1..=40).collect(),
        _ => vec![1, 2, 3, 4, 5, 7, 11, 16, 40],
    }
}

/// A policy with every kind of answer, line ends among them.
#[derive(Debug)]
pub(crate) struct Odd;

impl ErrorHandler for Odd {
    fn name(&self) -> &str {
        "odd"
    }

    fn decode(&self, malformed: &MalformedBytes<'_>) -> Option<Cow<'static, str>> {
        odd(malformed.bytes).map(Cow::Borrowed)
    }

    fn encode(&self, missing: &UnencodableChar) -> Option<Replacement> {
        Some(match u32::from(missing.ch) % 2 {
            0 => Replacement::Text("[?]".into()),
            _ => Replacement::Bytes(b"\xff\n".into()),
        })
    }
}

fn odd(bytes: &[u8]) -> Option<&'static str> {
    match bytes.len() {
        1 => Some("\r\n<x>\r"),
        2 => None,
        3 => Some(""),
        _ => Some("\n\r"),
    }
}

/// What malformed bytes are read as; `None`: an error.
pub(crate) fn replacement(bytes: &[u8], errors: ErrorPolicy) -> Option<String> {
    match errors {
        ErrorPolicy::Ignore => Some(String::new()),
        ErrorPolicy::Replace => Some("\u{fffd}".to_owned()),
        ErrorPolicy::BackslashReplace => {
            Some(bytes.iter().map(|b| format!("\\x{b:02x}")).collect())
        }
        ErrorPolicy::Escape => Some(bytes.iter().map(|&b| escaped(b)).collect()),
        ErrorPolicy::Custom(_) => odd(bytes).map(str::to_owned),
        _ => None,
    }
}

/// The character that stands for a byte under `Escape`.
pub(crate) fn escaped(byte: u8) -> char {
    char::from_u32(0x10_fe00 + u32::from(byte)).unwrap()
}

/// The byte that a character stands for under `Escape`.
pub(crate) fn byte_of(ch: char) -> Option<u8> {
    (0..=255).find(|&byte| escaped(byte) == ch)
}

/// What is written in the place of a missing character.
pub(crate) fn spelling(ch: char, errors: ErrorPolicy) -> String {
    let number = u32::from(ch);
    match errors {
        ErrorPolicy::Replace => "?".to_owned(),
        ErrorPolicy::Custom(_) => "[?]".to_owned(),
        ErrorPolicy::XmlCharRefReplace => format!("&#{number};"),
        ErrorPolicy::BackslashReplace if number < 0x100 => format!("\\x{number:02x}"),
        ErrorPolicy::BackslashReplace if number < 0x1_0000 => format!("\\u{number:04x}"),
        ErrorPolicy::BackslashReplace => format!("\\U{number:08x}"),
        _ => String::new(),
    }
}
