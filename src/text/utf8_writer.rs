//! [`Utf8Writer`]: a text stream that is written as bytes of UTF-8.

use std::io::{self, IoSlice, Write};
use std::{fmt, str};

use super::text_io::TextIo;
use super::utf8_piece::Utf8Piece;
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
/// hands them out, and drop tells the hook ([`set_global_drop_hook`](crate::error::set_global_drop_hook)).
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
/// assert_eq!(out.into_inner()?.detach()?.detach()?.as_slice(), b"caf\xe9");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
pub struct Utf8Writer<T> {
    stream: T,
    partial: PartialChar,
    deferred: DeferredError,
}

/// An error that the stream reported after it had taken part of a `write`, or all of it. The count is
/// this call's result, so the next call reports the error: the stream may not report it again.
#[derive(Debug)]
struct DeferredError(Option<Box<Error>>);

impl Drop for DeferredError {
    /// There is no next call. What was taken is in the stream, so no bytes are lost here.
    fn drop(&mut self) {
        if let Some(error) = &self.0 {
            report_at_drop(error, 0);
        }
    }
}

/// The first bytes of a character that came in part.
#[derive(Debug)]
struct PartialChar {
    bytes: [u8; 4],
    /// How many of them there are: less than the character has.
    len: usize,
    /// How many bytes were taken, these included.
    taken: u64,
}

impl PartialChar {
    fn received(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// An error about bytes that begin with those received.
    fn malformed(&self, bytes: &[u8], reason: &'static str) -> Error {
        Error::Decode {
            encoding: "utf-8",
            offset: self.taken - self.len as u64,
            bytes: bytes.to_vec(),
            reason,
            path: None,
        }
    }

    /// Keeps these instead.
    fn keep(&mut self, bytes: &[u8]) {
        self.bytes[..bytes.len()].copy_from_slice(bytes);
        self.len = bytes.len();
    }

    fn unfinished(&self) -> Error {
        self.malformed(self.received(), "unexpected end of data")
    }
}

impl Drop for PartialChar {
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
            partial: PartialChar {
                bytes: [0; 4],
                len: 0,
                taken: 0,
            },
            deferred: DeferredError(None),
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
        if let Err(error) = self.report_deferred() {
            return Err(DetachError::new(error, self));
        }
        match self.partial.len {
            0 => Ok(self.stream),
            _ => Err(DetachError::new(self.partial.unfinished(), self)),
        }
    }

    /// Hands the stream out, and the first bytes of a character whose rest did not come: none, or
    /// three at most. Flushes nothing, loses nothing. What the stream said that no call has said yet
    /// goes to the hook ([`set_global_drop_hook`](crate::error::set_global_drop_hook)).
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
    /// assert_eq!((text.as_str(), &*cut), ("10 ", &b"\xe2\x82"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use = "the bytes of a character that came in part are lost otherwise"]
    pub fn into_parts(mut self) -> (T, Vec<u8>) {
        let received = self.partial.received().to_vec();
        self.partial.len = 0;
        (self.stream, received)
    }

    /// Takes all of a short piece where that is only copied, or nothing.
    #[inline]
    fn take_piece(&mut self, bytes: &[u8]) -> bool {
        if self.deferred.0.is_some() || bytes.len() > Utf8Piece::LONGEST {
            return false;
        }
        if self.partial.len > 0 {
            return self.take_joined(bytes);
        }
        let Some(piece) = Utf8Piece::start_of(bytes) else {
            return false;
        };
        self.take_whole(piece, &bytes[piece.as_bytes().len()..], bytes.len())
    }

    /// The same together with what was received of a character.
    fn take_joined(&mut self, bytes: &[u8]) -> bool {
        let (received, mut joined) = (self.partial.len, [0; Utf8Piece::LONGEST]);
        let len = received + bytes.len();
        joined[..4].copy_from_slice(&self.partial.bytes);
        let Some(room) = joined.get_mut(received..len) else {
            return false;
        };
        room.copy_from_slice(bytes);
        let joined = &joined[..len];
        let Some(piece) = Utf8Piece::start_of(joined) else {
            return false;
        };
        self.take_whole(piece, &joined[piece.as_bytes().len()..], bytes.len())
    }

    /// Takes a piece, and keeps what is cut after it.
    #[inline]
    fn take_whole(&mut self, piece: Utf8Piece<'_>, cut: &[u8], taken: usize) -> bool {
        let is_taken = self.stream.take_piece(piece);
        if is_taken {
            self.partial.len = 0;
            if !cut.is_empty() {
                self.partial.keep(cut);
            }
            self.partial.taken += taken as u64;
        }
        is_taken
    }

    /// Takes some of `bytes`, which are not empty; how many.
    #[inline]
    fn write_some(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.take_piece(bytes) {
            return Ok(bytes.len());
        }
        self.write_some_slow(bytes)
    }

    fn write_some_slow(&mut self, bytes: &[u8]) -> Result<usize> {
        if !bytes.is_empty() {
            self.report_deferred()?;
        }
        let n = match self.partial.len {
            0 if bytes.len() > SHORT || bytes.is_ascii() => {
                let (whole, cut) = bytes.split_at(bytes.len() - cut_char(bytes));
                match simdutf8::basic::from_utf8(whole) {
                    Ok(text) if !text.is_empty() => self.pass_and_keep(text, cut)?,
                    _ => self.take(bytes)?,
                }
            }
            _ => self.take_short(bytes)?,
        };
        self.partial.taken += n as u64;
        Ok(n)
    }

    /// Takes all of `bytes`, or says how many.
    #[inline]
    fn write_whole(&mut self, bytes: &[u8]) -> Result<()> {
        if self.take_piece(bytes) {
            return Ok(());
        }
        self.write_whole_slow(bytes)
    }

    fn write_whole_slow(&mut self, bytes: &[u8]) -> Result<()> {
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
            taken => self
                .report_deferred()
                .map_err(|error| error.after_writing(taken)),
        }
    }

    /// Reports an error that was put off, if there is one.
    #[inline]
    fn report_deferred(&mut self) -> Result<()> {
        match self.deferred.0.take() {
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
                self.deferred.0 = Some(source).filter(|source| !source.is_would_block());
                Ok(written)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a short piece, or the start of one, together with what was received of a character: as
    /// one text, but for the first bytes of a character that is cut at its end. It is put in front of
    /// zeros, so that it is as long as registers look at at once: a look at each character by itself
    /// mostly waits for mispredicted branches.
    fn take_short(&mut self, bytes: &[u8]) -> Result<usize> {
        let received = self.partial.len;
        let mut joined = [0; BLOCK];
        joined[..received].copy_from_slice(self.partial.received());
        let taken = bytes.len().min(SHORT);
        let len = received + taken;
        joined[received..len].copy_from_slice(&bytes[..taken]);
        let whole = len - cut_char(&joined[..len]);
        let mut rest = [0; 3];
        rest[..len - whole].copy_from_slice(&joined[whole..len]);
        joined[whole..len].fill(0);
        let text = simdutf8::basic::from_utf8(&joined).ok();
        let rest = &rest[..len - whole];
        match text.and_then(|text| text.get(..whole)) {
            Some(good) if !good.is_empty() => {
                // What is cut by the length of the registers is taken next, with what follows it.
                let is_all = taken == bytes.len();
                let n = self.pass_and_keep(good, if is_all { rest } else { &[] })?;
                Ok(n - received)
            }
            _ => self.take(bytes),
        }
    }

    /// Gives text to the stream, and keeps the first bytes of a character that come after it; how many
    /// bytes of both were taken, if any. What was received before is part of the text.
    #[inline]
    fn pass_and_keep(&mut self, text: &str, cut: &[u8]) -> Result<usize> {
        let n = self.pass(text)?;
        self.partial.len = 0;
        if n < text.len() {
            return Ok(n);
        }
        self.partial.keep(cut);
        Ok(n + cut.len())
    }

    /// Takes bytes that are not only whole characters: gives those to the stream, and keeps the first
    /// bytes of one that is cut.
    fn take(&mut self, bytes: &[u8]) -> Result<usize> {
        // What is kept here the stream would not refuse.
        if self.stream.is_closed() {
            return Err(Error::Closed);
        }
        if self.partial.len > 0 {
            self.take_after_partial(bytes)
        } else {
            self.take_from_start(bytes)
        }
    }

    /// The same where nothing was received before.
    fn take_from_start(&mut self, bytes: &[u8]) -> Result<usize> {
        let (good, malformed) = whole(bytes);
        let rest = &bytes[good.len()..];
        match malformed {
            // The error comes in the next call, whose bytes begin there.
            Some(_) if !good.is_empty() => self.pass(good),
            Some(len) => Err(self.partial.malformed(&rest[..len], "invalid UTF-8")),
            None if !good.is_empty() => self.pass_and_keep(good, rest),
            None => {
                self.partial.keep(rest);
                Ok(rest.len())
            }
        }
    }

    /// Takes what comes after the first bytes of a character, together with those: one look at all of
    /// it, and one call of the stream.
    fn take_after_partial(&mut self, bytes: &[u8]) -> Result<usize> {
        let received = self.partial.len;
        let mut joined = [0; BLOCK];
        joined[..received].copy_from_slice(self.partial.received());
        let taken = bytes.len().min(SHORT);
        let joined = &mut joined[..received + taken];
        joined[received..].copy_from_slice(&bytes[..taken]);
        let (good, malformed) = whole(joined);
        if !good.is_empty() {
            let is_cut = malformed.is_none() && taken == bytes.len();
            let cut = if is_cut { &joined[good.len()..] } else { &[] };
            return Ok(self.pass_and_keep(good, cut)? - received);
        }
        match malformed {
            Some(len) if len <= received => {
                let received = self.partial.received();
                let reason = "invalid continuation byte";
                let error = self.partial.malformed(received, reason);
                self.partial.len = 0;
                Err(error)
            }
            // The error comes with the byte that shows it.
            Some(len) => {
                self.partial.keep(&joined[..len]);
                Ok(len - received)
            }
            None => {
                self.partial.keep(joined);
                Ok(taken)
            }
        }
    }
}

/// How many bytes the registers look at at once, at least.
const BLOCK: usize = 64;

/// How many bytes are put after the first ones of a character, of which there are three at most.
const SHORT: usize = BLOCK - 3;

/// How many bytes at the end are the start of a character that is cut there.
fn cut_char(bytes: &[u8]) -> usize {
    let is_lead = |&byte: &u8| byte & 0xC0 != 0x80;
    let Some(back) = bytes.iter().rev().take(3).position(is_lead) else {
        return 0;
    };
    let rest = &bytes[bytes.len() - back - 1..];
    let is_cut = rest[0] >= 0xC0 && whole(rest) == ("", None);
    if is_cut { rest.len() } else { 0 }
}

/// The whole characters at the start of `bytes`. After them comes the start of another one or the end,
/// or so many bytes are malformed there.
fn whole(bytes: &[u8]) -> (&str, Option<usize>) {
    let (error, good) = match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => return (text, None),
        Err(error) => (error, &bytes[..error.valid_up_to()]),
    };
    let good = str::from_utf8(good).expect("looked through");
    (good, error.error_len())
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
                    self.deferred.0 = Some(Box::new(error)).filter(|error| !error.is_would_block());
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
        self.report_deferred()?;
        Ok(self.stream.flush()?)
    }
}
