//! [`Utf8Writer`]: a text stream that is written as bytes of UTF-8.

use std::io::{self, Write};
use std::str;

use super::text_io::TextIo;
use crate::error::{DetachError, Error, Result};

/// Makes a text stream a [`Write`] of std: takes UTF-8 and writes it in the stream's encoding,
/// with its newlines.
///
/// A character may come in several writes. Bytes that are no UTF-8 are an error with their place,
/// counted from the first write, and are not taken; the text before them was. What `write` counts
/// as taken goes to the stream, which reports what it cannot encode.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::{BufferedWriter, BytesIo, Encoding, TextIoWrapper, TextOptions, Utf8Writer};
///
/// let options = TextOptions::new().encoding(Encoding::LATIN_1);
/// let text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
/// let mut out = Utf8Writer::new(text);
/// out.write_all(b"caf\xc3")?;
/// out.write_all(b"\xa9")?;
/// assert_eq!(out.into_inner()?.detach()?.detach()?.getvalue(), b"caf\xe9");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
pub struct Utf8Writer<T> {
    stream: T,
    /// The first bytes of a character, and how many there are.
    start: [u8; 4],
    held: usize,
    /// How many bytes were taken.
    taken: u64,
}

impl<T: TextIo> Utf8Writer<T> {
    /// A writer to `stream`, which may be a `&mut` of one.
    pub fn new(stream: T) -> Utf8Writer<T> {
        Utf8Writer {
            stream,
            start: [0; 4],
            held: 0,
            taken: 0,
        }
    }

    /// The stream.
    pub fn get_ref(&self) -> &T {
        &self.stream
    }

    /// Hands the stream out. Flushes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the last character is incomplete; the error holds the writer.
    pub fn into_inner(self) -> Result<T, DetachError<Utf8Writer<T>>> {
        match self.held {
            0 => Ok(self.stream),
            n => {
                let error = self.malformed(&self.start[..n], "unexpected end of data");
                Err(DetachError::new(error, self))
            }
        }
    }

    /// An error about bytes, the first of which are those that are held.
    fn malformed(&self, bytes: &[u8], reason: &'static str) -> Error {
        Error::Decode {
            encoding: "utf-8",
            offset: self.taken - self.held as u64,
            bytes: bytes.to_vec(),
            reason,
        }
    }

    /// Gives text to the stream; returns how much it took, if that is anything.
    #[inline]
    fn pass(&mut self, text: &str) -> Result<usize> {
        match self.stream.write_str(text) {
            Ok(()) => Ok(text.len()),
            // Whatever it is, the next call meets it again; until then the count matters more.
            Err(Error::WouldBlock { written } | Error::WriteFailed { written, .. })
                if written > 0 =>
            {
                Ok(written)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the next byte of the character whose first ones are held. Bytes that turn out to be
    /// none are in the error, and held no longer.
    fn complete(&mut self, byte: u8) -> Result<usize> {
        let mut bytes = self.start;
        bytes[self.held] = byte;
        let whole = self.held + 1;
        match str::from_utf8(&bytes[..whole]) {
            Ok(ch) => {
                self.pass(ch)?;
                self.held = 0;
            }
            Err(error) if error.error_len().is_none() => {
                (self.start, self.held) = (bytes, whole);
            }
            Err(_) => {
                let error = self.malformed(&bytes[..self.held], "invalid continuation byte");
                self.held = 0;
                return Err(error);
            }
        }
        Ok(1)
    }

    #[cold]
    fn take(&mut self, bytes: &[u8]) -> Result<usize> {
        let Some(&first) = bytes.first() else {
            return Ok(0);
        };
        if self.held > 0 {
            return self.complete(first);
        }
        match str::from_utf8(bytes) {
            Ok(text) => self.pass(text),
            Err(error) if error.valid_up_to() > 0 => {
                let text = bytes.get(..error.valid_up_to()).unwrap_or_default();
                self.pass(str::from_utf8(text).unwrap_or_default())
            }
            Err(error) => match error.error_len() {
                None => {
                    self.start[..bytes.len()].copy_from_slice(bytes);
                    self.held = bytes.len();
                    Ok(bytes.len())
                }
                Some(n) => Err(self.malformed(&bytes[..n], "invalid UTF-8")),
            },
        }
    }
}

impl<T: TextIo> Write for Utf8Writer<T> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = match simdutf8::basic::from_utf8(bytes) {
            Ok(text) if self.held == 0 && !text.is_empty() => self.pass(text)?,
            _ => self.take(bytes)?,
        };
        self.taken += n as u64;
        Ok(n)
    }

    /// Flushes the stream; the first bytes of a character stay here.
    fn flush(&mut self) -> io::Result<()> {
        Ok(self.stream.flush()?)
    }
}
