//! [`Utf8Writer`]: a text stream that is written as bytes of UTF-8.

use std::io::{self, IoSlice, Write};
use std::{fmt, str};

use super::text_io::TextIo;
use crate::error::{DetachError, Error, Operation, Result, report_at_drop, write_fmt};

/// Makes a text stream a [`Write`] of std: takes UTF-8 and writes it in the stream's encoding,
/// with its newlines.
///
/// A character may come in several writes. Bytes that are no UTF-8 are an error with their place,
/// counted from the first write, and are not taken; the text before them was. What `write` counts
/// as taken goes to the stream, which reports what it cannot encode. `write_all` and `write!` say
/// in their error how much of everything they were given was taken.
///
/// The first bytes of a character whose rest never comes are no text, and the stream cannot take
/// them: [`into_inner`](Utf8Writer::into_inner) refuses, [`into_parts`](Utf8Writer::into_parts)
/// hands them out, and drop tells the hook ([`set_drop_hook`](crate::set_drop_hook)).
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
    cut: Cut,
    failed: Failed,
}

/// What the stream said after it had taken a part of a `write`, or all of it: the next call's
/// error, for the stream may not say it again.
#[derive(Debug)]
struct Failed(Option<Box<Error>>);

impl Drop for Failed {
    /// There is no next call. What was taken is in the stream, and nothing of it is lost here.
    fn drop(&mut self) {
        if let Some(error) = &self.0 {
            report_at_drop(error, 0);
        }
    }
}

/// The first bytes of a character that came in part.
#[derive(Debug)]
struct Cut {
    bytes: [u8; 4],
    /// How many of them there are: less than the character has.
    len: usize,
    /// How many bytes were taken, these included.
    taken: u64,
}

impl Cut {
    fn held(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// An error about bytes, the first of which are those that are held.
    fn malformed(&self, bytes: &[u8], reason: &'static str) -> Error {
        Error::Decode {
            encoding: "utf-8",
            offset: self.taken - self.len as u64,
            bytes: bytes.to_vec(),
            reason,
        }
    }

    fn unfinished(&self) -> Error {
        self.malformed(self.held(), "unexpected end of data")
    }
}

impl Drop for Cut {
    /// The rest of a character will not come any more.
    fn drop(&mut self) {
        if self.len > 0 {
            report_at_drop(&self.unfinished(), self.len);
        }
    }
}

impl<T: TextIo> Utf8Writer<T> {
    /// A writer to `stream`, which may be a `&mut` of one.
    pub fn new(stream: T) -> Utf8Writer<T> {
        Utf8Writer {
            stream,
            cut: Cut {
                bytes: [0; 4],
                len: 0,
                taken: 0,
            },
            failed: Failed(None),
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
    /// [`Error::Decode`] if the last character is incomplete, and what the stream said after it had
    /// taken what was written last, if no call has said that yet; the error holds the writer.
    pub fn into_inner(mut self) -> Result<T, DetachError<Utf8Writer<T>>> {
        if let Err(error) = self.say() {
            return Err(DetachError::new(error, self));
        }
        match self.cut.len {
            0 => Ok(self.stream),
            _ => Err(DetachError::new(self.cut.unfinished(), self)),
        }
    }

    /// Hands the stream out, and the first bytes of a character whose rest did not come: none, or
    /// three at most. Flushes nothing, loses nothing. What the stream said that no call has said yet
    /// is told to the hook ([`set_drop_hook`](crate::set_drop_hook)).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use iolite::{StringIo, Utf8Writer};
    ///
    /// let mut out = Utf8Writer::new(StringIo::new());
    /// out.write_all(b"10 \xe2\x82")?;
    /// let (text, cut) = out.into_parts();
    /// assert_eq!((text.getvalue(), &*cut), ("10 ", &b"\xe2\x82"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use = "the bytes of a character that came in part are lost otherwise"]
    pub fn into_parts(mut self) -> (T, Vec<u8>) {
        let held = self.cut.held().to_vec();
        self.cut.len = 0;
        (self.stream, held)
    }

    /// Takes some of `bytes`, which are not empty; how many.
    #[inline]
    fn write_some(&mut self, bytes: &[u8]) -> Result<usize> {
        if !bytes.is_empty() {
            self.say()?;
        }
        let n = match simdutf8::basic::from_utf8(bytes) {
            Ok(text) if self.cut.len == 0 && !text.is_empty() => self.pass(text)?,
            _ => self.take(bytes)?,
        };
        self.cut.taken += n as u64;
        Ok(n)
    }

    /// Takes all of `bytes`, or says how many.
    fn write_whole(&mut self, bytes: &[u8]) -> Result<()> {
        let mut taken = 0;
        while taken < bytes.len() {
            match self.write_some(&bytes[taken..]) {
                Ok(0) => {
                    let operation = Operation::Write;
                    return Err(Error::NoProgress { operation }.after_writing(taken));
                }
                Ok(n) => taken += n,
                // It has its place, and everything before that was taken.
                Err(error @ Error::Decode { .. }) => return Err(error),
                Err(error) => return Err(error.after_writing(taken)),
            }
        }
        match taken {
            0 => Ok(()),
            taken => self.say().map_err(|error| error.after_writing(taken)),
        }
    }

    /// Says what the stream said before, if that was not said yet.
    #[inline]
    fn say(&mut self) -> Result<()> {
        match self.failed.0.take() {
            None => Ok(()),
            Some(error) => Err(*error),
        }
    }

    /// Gives text to the stream; returns how much it took, if that is anything.
    #[inline]
    fn pass(&mut self, text: &str) -> Result<usize> {
        match self.stream.write_str(text) {
            Ok(()) => Ok(text.len()),
            // The count comes first, then the error. "Not now" need not be said twice.
            Err(Error::WouldBlock { written }) if written > 0 => Ok(written),
            Err(Error::WriteFailed { written, source }) if written > 0 => {
                self.failed.0 = Some(source).filter(|source| !source.is_would_block());
                Ok(written)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the next byte of the character whose first ones are held. Bytes that turn out to be
    /// none are in the error, and held no longer.
    fn complete(&mut self, byte: u8) -> Result<usize> {
        let mut bytes = self.cut.bytes;
        bytes[self.cut.len] = byte;
        let whole = self.cut.len + 1;
        match str::from_utf8(&bytes[..whole]) {
            Ok(ch) => {
                self.pass(ch)?;
                self.cut.len = 0;
            }
            Err(error) if error.error_len().is_none() => {
                (self.cut.bytes, self.cut.len) = (bytes, whole);
            }
            Err(_) => {
                let held = self.cut.held();
                let error = self.cut.malformed(held, "invalid continuation byte");
                self.cut.len = 0;
                return Err(error);
            }
        }
        Ok(1)
    }

    #[cold] // row 3a
    fn take(&mut self, bytes: &[u8]) -> Result<usize> {
        let Some(&first) = bytes.first() else {
            return Ok(0);
        };
        if self.cut.len > 0 {
            return self.complete(first);
        }
        let error = match str::from_utf8(bytes) {
            Ok(text) => return self.pass(text),
            Err(error) => error,
        };
        let (good, rest) = bytes.split_at(error.valid_up_to());
        match error.error_len() {
            _ if !good.is_empty() => self.pass(str::from_utf8(good).expect("looked through")),
            None => {
                self.cut.bytes[..rest.len()].copy_from_slice(rest);
                self.cut.len = rest.len();
                Ok(rest.len())
            }
            Some(n) => Err(self.cut.malformed(&rest[..n], "invalid UTF-8")),
        }
    }
}

impl<T: TextIo> Write for Utf8Writer<T> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.write_some(bytes)?)
    }

    /// Takes as many of the slices as the stream does.
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut taken = 0;
        for slice in slices.iter().filter(|slice| !slice.is_empty()) {
            match self.write_some(slice) {
                Ok(n) => {
                    taken += n;
                    if n < slice.len() {
                        break;
                    }
                }
                // The count comes first, then the error.
                Err(error) if taken > 0 => {
                    self.failed.0 = Some(Box::new(error)).filter(|error| !error.is_would_block());
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(taken)
    }

    /// Takes all of `bytes`. The error says how many were taken before it
    /// ([`WouldBlock`](Error::WouldBlock), [`WriteFailed`](Error::WriteFailed)); malformed bytes
    /// are an [`Error::Decode`], whose place says it.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Ok(self.write_whole(bytes)?)
    }

    /// Writes formatted text; the error counts the bytes of all of it.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        Ok(write_fmt(args, |piece| self.write_whole(piece))?)
    }

    /// Flushes the stream; the first bytes of a character stay here.
    fn flush(&mut self) -> io::Result<()> {
        self.say()?;
        Ok(self.stream.flush()?)
    }
}
