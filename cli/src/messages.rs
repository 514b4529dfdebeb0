//! What the tool says, and how: never by a macro that panics where the reader has gone
//! away or the disk is full, and with names that cannot be taken for something else.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write;

use iolite::{Error, stdio};

/// Says it on standard error: `iolite: …`. If that fails there is nobody left to tell, and the work
/// goes on.
pub(crate) fn report(what: &str) {
    let line = format!("iolite: {what}\n");
    let _ = stdio::stderr_raw().and_then(|mut stderr| Ok(stderr.write_all(line.as_bytes())?));
}

/// Says something about a file, or about a place in it: `iolite: name:line:byte: what`.
pub(crate) fn report_at(name: &OsStr, place: Place, what: &str) {
    let name = shown(name);
    match place {
        Place {
            line: None,
            byte: None,
        } => report(&format!("{name}: {what}")),
        Place {
            line: Some(line),
            byte: None,
        } => report(&format!("{name}:{line}: {what}")),
        // An editor takes the first number for a line: one that is not known is left empty.
        Place {
            line: None,
            byte: Some(byte),
        } => report(&format!("{name}::{byte}: {what}")),
        Place {
            line: Some(line),
            byte: Some(byte),
        } => {
            report(&format!("{name}:{line}:{byte}: {what}"));
        }
    }
}

/// A place in a file, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// The line, from 1.
    pub(crate) line: Option<u64>,
    /// The byte of the file, from 0.
    pub(crate) byte: Option<u64>,
}

/// The name of an input in messages: `-` is standard input.
pub(crate) fn shown(name: &OsStr) -> String {
    if name == "-" {
        return "standard input".into();
    }
    quoted(name)
}

/// The name of a file in output that has one name a line: its bytes as they are, or quoted where it
/// has a line end itself.
pub(crate) fn printed(name: &OsStr) -> std::borrow::Cow<'_, [u8]> {
    let bytes = name.as_encoded_bytes();
    if bytes.iter().any(|byte| b"\n\r".contains(byte)) {
        return quoted(name).into_bytes().into();
    }
    bytes.into()
}

/// Why it failed, without the name of the file, which the message has already, and in the
/// system's words, without its number.
pub(crate) fn reason(error: &Error) -> String {
    error.os_message().unwrap_or_else(|| error.to_string())
}

/// A file's name as GNU's tools show it in messages: as it is where no shell would mind, else
/// quoted, with control characters and bytes that are no text escaped. It stays one line, and can
/// be pasted back into a shell.
pub(crate) fn quoted(name: &OsStr) -> String {
    let bytes = name.as_encoded_bytes();
    let plain = |byte: u8| !byte.is_ascii_control() && !b" !\"$&'()*;<=>?[\\^`|:".contains(&byte);
    let begins_plain = !matches!(bytes.first(), None | Some(b'#' | b'~'));
    if let Some(text) = name.to_str() {
        let printable = !text.chars().any(char::is_control);
        if begins_plain && printable && bytes.iter().all(|&byte| plain(byte)) {
            return text.to_owned();
        }
        if printable && text.contains('\'') && !text.contains(['"', '$', '`', '\\', '!']) {
            return format!("\"{text}\"");
        }
    }
    let mut quoted = String::from("'");
    let mut escaping = false;
    for piece in bytes.utf8_chunks() {
        for ch in piece.valid().chars() {
            if ch.is_control() {
                begin_escape(&mut quoted, &mut escaping);
                escape(&mut quoted, ch);
            } else {
                if std::mem::take(&mut escaping) {
                    quoted.push_str("''");
                }
                match ch {
                    '\'' => quoted.push_str(r"'\''"),
                    ch => quoted.push(ch),
                }
            }
        }
        for byte in piece.invalid() {
            begin_escape(&mut quoted, &mut escaping);
            let _ = write!(quoted, "\\{byte:03o}");
        }
    }
    quoted.push('\'');
    quoted
}

/// Leaves the quotes for a shell's `$'…'`, which knows escapes.
fn begin_escape(quoted: &mut String, escaping: &mut bool) {
    if !std::mem::replace(escaping, true) {
        quoted.push_str("'$'");
    }
}

fn escape(quoted: &mut String, ch: char) {
    match ch {
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        ch => {
            for byte in ch.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
}
