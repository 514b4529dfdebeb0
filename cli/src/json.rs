//! JSON lines: one object a line, for programs.

use std::ffi::OsStr;
use std::io::Write;

use serde::{Serialize, Serializer};

use crate::output::Output;
use crate::status::Failure;

/// Writes one line.
pub(crate) fn line(out: &mut Output, value: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, value)
        .map_err(|error| Failure::output(std::io::Error::from(error)))?;
    out.write_all(b"\n").map_err(Failure::output)
}

/// Bytes that are a text as a rule: a name, a line. As ripgrep writes them: `{"text":"…"}`, or
/// `{"bytes":"…"}` in Base64 where they are no UTF-8, so that nothing is lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn name(name: &'a OsStr) -> Bytes<'a> {
        Bytes(name.as_encoded_bytes())
    }
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(1))?;
        match std::str::from_utf8(self.0) {
            Ok(text) => map.serialize_entry("text", text)?,
            Err(_) => map.serialize_entry("bytes", &base64(self.0))?,
        }
        map.end()
    }
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0;
        for at in 0..3 {
            bits = bits << 8 | u32::from(group.get(at).copied().unwrap_or(0));
        }
        for digit in 0..4 {
            if digit <= group.len() {
                let six = (bits >> (18 - 6 * digit)) as usize & 63;
                text.push(char::from(DIGITS[six]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_rfc_4648() {
        let rows = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ];
        for (bytes, text) in rows {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(b"\xff\xfb"), "//s=");
    }
}
