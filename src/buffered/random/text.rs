//! Text out of bytes: lines, and everything to the end.

use super::engine::Engine;
use crate::error::{Error, Result};
use crate::raw::RawIo;

/// A character of UTF-8 has so many bytes at most.
const LONGEST: usize = 4;

/// Appends a line that begins at `offset` to `buf`; returns its length in bytes.
pub(super) fn take_line(line: &[u8], buf: &mut String, offset: u64) -> Result<usize> {
    match simdutf8::compat::from_utf8(line) {
        Ok(text) => {
            buf.push_str(text);
            Ok(line.len())
        }
        Err(error) => {
            let valid = error.valid_up_to();
            let source = malformed(&line[valid..], error.error_len(), offset + valid as u64);
            Err(Error::NotUtf8 {
                line: line.to_vec(),
                source: Box::new(source),
            })
        }
    }
}

/// Appends all that comes to `buf`; returns how many bytes of text that was. The string gets every
/// whole character that was taken, and the stream then stands after it: before a malformed byte,
/// or before what has come of a character whose rest has not.
pub(super) fn read_to_string<D: RawIo>(engine: &mut Engine<D>, buf: &mut String) -> Result<usize> {
    let mut appended = 0;
    loop {
        let (taken, is_whole) = push_text(engine.fill()?, buf);
        engine.consume(taken);
        appended += taken;
        if is_whole && taken == 0 {
            return Ok(appended);
        }
        if !is_whole {
            appended += read_split(engine, buf)?;
        }
    }
}

/// Appends the text that `bytes` begin with; returns how many bytes it has, and whether these are
/// all.
fn push_text(bytes: &[u8], buf: &mut String) -> (usize, bool) {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => {
            buf.push_str(text);
            (bytes.len(), true)
        }
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            buf.push_str(str::from_utf8(valid).expect("it was valid up to here"));
            (valid.len(), false)
        }
    }
}

/// Appends the next character, which may lie in two blocks; returns how many bytes it has.
fn read_split<D: RawIo>(engine: &mut Engine<D>, buf: &mut String) -> Result<usize> {
    let bytes = engine.peek(LONGEST)?;
    let (start, length) = match str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            let text = str::from_utf8(valid).expect("it was valid up to here");
            (text, error.error_len())
        }
    };
    if let Some(ch) = start.chars().next() {
        buf.push(ch);
        engine.consume(ch.len_utf8());
        return Ok(ch.len_utf8());
    }
    let bytes = bytes.to_vec();
    let offset = engine.tell()?;
    Err(malformed(&bytes, length, offset))
}

/// The error of bytes that begin with `length` malformed ones, or with a character that the end
/// cuts.
fn malformed(bytes: &[u8], length: Option<usize>, offset: u64) -> Error {
    let (bytes, reason) = match length {
        Some(length) => (&bytes[..length], "invalid byte sequence"),
        None => (bytes, "unexpected end of data"),
    };
    Error::Decode {
        encoding: "utf-8",
        offset,
        bytes: bytes.to_vec(),
        reason,
    }
}
