//! What the example tools say, and how: never by a macro that panics where the reader has gone
//! away or the disk is full, and with names that cannot be taken for something else.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use iolite::{Error, stdio};

/// Says it on standard error. If that fails there is nobody left to tell, and the work goes on.
pub(crate) fn report(message: &str) {
    let line = format!("{message}\n");
    let _ = stdio::stderr_raw().and_then(|mut stderr| Ok(stderr.write_all(line.as_bytes())?));
}

/// Prints what was asked for (the usage, say) on standard output, and how the program ends.
pub(crate) fn print(tool: &str, text: &str) -> ExitCode {
    let line = format!("{text}\n");
    let printed = stdio::stdout_raw().and_then(|mut stdout| {
        stdout.write_all(line.as_bytes())?;
        Ok(())
    });
    exit_code(tool, "standard output", printed.map(|()| true))
}

/// How a tool ends: whether everything went well, or why its output, which has this name, could not be
/// written.
pub(crate) fn exit_code(tool: &str, output: &str, outcome: Result<bool, Error>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever was reading has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("{tool}: {output}: {}", reason(&error)));
            ExitCode::FAILURE
        }
    }
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
