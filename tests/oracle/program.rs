//! [`Program`]: a stream and calls on it, and how both sides write what came of them.
//!
//! A program is one line: `setup;call;call`, words between spaces. Bytes and text (as UTF-8) are
//! percent-encoded, empty ones `*`. Results are one line, too: a word for each call, one for
//! `close` at the end, and the bytes that the device or the file has then: `b…` bytes, `t…` text,
//! `i…` a number or truth value, `l…,…` a list, `n` nothing, `!…` an error; behind them, on
//! streams of bytes that can tell, `@` and the position.

use std::fmt;
use std::str::FromStr;

/// A stream, and what is called on it. Words, so that shrinking needs to know no call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) setup: Vec<String>,
    pub(crate) calls: Vec<Vec<String>>,
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.setup.join(" "))?;
        self.calls
            .iter()
            .try_for_each(|call| write!(f, ";{}", call.join(" ")))
    }
}

impl FromStr for Program {
    type Err = ();

    fn from_str(line: &str) -> Result<Program, ()> {
        let mut parts = line
            .split(';')
            .map(|part| part.split(' ').map(str::to_owned).collect());
        Ok(Program {
            setup: parts.next().ok_or(())?,
            calls: parts.collect(),
        })
    }
}

impl Program {
    pub(crate) fn kind(&self) -> &str {
        &self.setup[0]
    }

    /// Whether results carry the position. An appending file's is CPython's to guess (OPN-14).
    pub(crate) fn tells(&self) -> bool {
        let kinds = ["bytesio", "reader", "writer", "random", "file"];
        kinds.contains(&self.kind()) && !self.setup[1].contains('a')
    }
}

/// Writes bytes as one word.
pub(crate) fn show(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "*".to_owned();
    }
    let mut word = String::new();
    for &byte in bytes {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'-' | b'~' => {
                word.push(byte.into());
            }
            _ => word.push_str(&format!("%{byte:02X}")),
        }
    }
    word
}

/// Reads what [`show`] wrote.
pub(crate) fn data(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let (byte, behind) = match first {
            b'*' => return bytes,
            b'%' => {
                let digits = std::str::from_utf8(&behind[..2]).unwrap();
                (u8::from_str_radix(digits, 16).unwrap(), &behind[2..])
            }
            _ => (first, behind),
        };
        bytes.push(byte);
        rest = behind;
    }
    bytes
}

/// Text as one word, read back.
pub(crate) fn text(word: &str) -> String {
    String::from_utf8(data(word)).unwrap()
}
