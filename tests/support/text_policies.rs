//! The error policies, and the oracle of what they make of errors.

use std::borrow::Cow;

use iolite::{ErrorHandler, Malformed, Missing, OnError, Substitute};

pub(crate) const POLICIES: [OnError; 7] = [
    OnError::Strict,
    OnError::Ignore,
    OnError::Replace,
    OnError::BackslashReplace,
    OnError::XmlCharRefReplace,
    OnError::Escape,
    OnError::Custom(&Odd),
];

/// Capacities of a buffer to run an error policy over: all small ones for three of them.
pub(crate) fn capacities(errors: OnError) -> Vec<usize> {
    match errors {
        OnError::Strict | OnError::Ignore | OnError::Replace => (1..=40).collect(),
        _ => vec![1, 2, 3, 4, 5, 7, 11, 16, 40],
    }
}

/// A policy with every kind of answer, line ends among them.
#[derive(Debug)]
struct Odd;

impl ErrorHandler for Odd {
    fn name(&self) -> &str {
        "odd"
    }

    fn decode(&self, malformed: &Malformed<'_>) -> Option<Cow<'static, str>> {
        odd(malformed.bytes).map(Cow::Borrowed)
    }

    fn encode(&self, missing: &Missing) -> Option<Substitute> {
        Some(match u32::from(missing.ch) % 2 {
            0 => Substitute::Text("[?]".into()),
            _ => Substitute::Bytes(b"\xff\n".into()),
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
pub(crate) fn replacement(bytes: &[u8], errors: OnError) -> Option<String> {
    match errors {
        OnError::Ignore => Some(String::new()),
        OnError::Replace => Some("\u{fffd}".to_owned()),
        OnError::BackslashReplace => Some(bytes.iter().map(|b| format!("\\x{b:02x}")).collect()),
        OnError::Escape => Some(bytes.iter().map(|&b| escaped(b)).collect()),
        OnError::Custom(_) => odd(bytes).map(str::to_owned),
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
pub(crate) fn spelling(ch: char, errors: OnError) -> String {
    let number = u32::from(ch);
    match errors {
        OnError::Replace => "?".to_owned(),
        OnError::Custom(_) => "[?]".to_owned(),
        OnError::XmlCharRefReplace => format!("&#{number};"),
        OnError::BackslashReplace if number < 0x100 => format!("\\x{number:02x}"),
        OnError::BackslashReplace if number < 0x1_0000 => format!("\\u{number:04x}"),
        OnError::BackslashReplace => format!("\\U{number:08x}"),
        _ => String::new(),
    }
}
