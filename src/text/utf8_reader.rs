//! [`Utf8Reader`]: a text stream as bytes of UTF-8, to read.

use std::collections::VecDeque;
use std::io::{self, BufRead, IoSliceMut, Read};
use std::mem;

use memchr::memchr;

use super::text_io::TextIo;
use crate::error::{Error, whole_chars};

/// Makes a text stream a [`Read`] and [`BufRead`] of std: its text as UTF-8, whatever the
/// encoding of the stream. So parsers of bytes (CSV, JSON …) read any encoding, translated
/// newlines included. A parser that gives up at its first error never asks for what follows malformed
/// bytes: for those, let an [`ErrorPolicy`](crate::ErrorPolicy) replace or escape them.
///
/// Copies nothing: `fill_buf` shows the text where it lies. A decode error becomes an
/// [`io::Error`] with the [`Error`](crate::Error) inside.
///
/// Nothing is lost, whichever of std's methods is called. `read_until`, `read_line` (so `split`
/// and `lines`) and `read_exact` take all that they are to take, or nothing: what was read before
/// the stream had nothing *now* is kept here and comes first in the next call of any kind. A line
/// with malformed bytes in it comes as a whole, as an error,
/// [`NotUtf8`](crate::Error::NotUtf8), with those bytes as they are in the stream; the next call
/// goes on after it. `read_to_string` goes on after malformed bytes, too, and has appended the
/// text before them.
///
/// # Examples
///
/// ```
/// use std::io::Read;
/// use iolite::{BufferedReader, BytesIo, Encoding, TextIoWrapper, TextOptions, Utf8Reader};
///
/// let bytes = BufferedReader::new(BytesIo::from(b"caf\xe9\r\n".to_vec()));
/// let options = TextOptions::new().encoding(Encoding::LATIN_1);
/// let mut utf_8 = Vec::new();
/// Utf8Reader::new(TextIoWrapper::with_options(bytes, options)).read_to_end(&mut utf_8)?;
/// assert_eq!(utf_8, "café\n".as_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Utf8Reader<T> {
    stream: T,
    /// How many bytes of the stream's next character were handed out or are pending; less than it has.
    /// The stream itself can only take whole characters.
    taken: usize,
    /// What was read before that for a call that could not finish; the next call begins with it.
    pending: PendingUtf8,
    /// How many bytes were handed out: the offset of the next one.
    passed: u64,
}

/// Why a second `fill_str` cannot fail, and shows at least what the first one did.
const SHOWN: &str = "what was shown is still there, without asking the device";

impl<T: TextIo> Utf8Reader<T> {
    /// A reader of `stream`, which may be a `&mut` of one.
    pub fn new(stream: T) -> Utf8Reader<T> {
        Utf8Reader {
            stream,
            taken: 0,
            pending: PendingUtf8::default(),
            passed: 0,
        }
    }

    /// The stream. Its position is before a character of which only some bytes were taken, and after
    /// what a call read that could not go on (see [`into_parts`](Utf8Reader::into_parts)).
    pub fn get_ref(&self) -> &T {
        &self.stream
    }

    /// The stream, at the position that [`get_ref`](Utf8Reader::get_ref) tells of.
    pub fn into_inner(self) -> T {
        self.stream
    }

    /// Hands the stream out, and what was taken from it and not handed out: the start of a line
    /// (or of what `read_exact` or `read_until` was to read) whose rest was not there yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use iolite::{StringIo, Utf8Reader};
    ///
    /// let mut reader = Utf8Reader::new(StringIo::from("too short"));
    /// assert!(reader.read_exact(&mut [0; 100]).is_err());
    /// let (_, pending) = reader.into_parts();
    /// assert_eq!(pending, b"too short");
    /// ```
    pub fn into_parts(mut self) -> (T, Vec<u8>) {
        let (bytes, _) = self.pending.take(self.pending.len(), true);
        (self.stream, bytes)
    }

    /// What the stream shows, without what was taken of it.
    fn shown(&mut self) -> Result<&[u8], Error> {
        let text = self.stream.fill_str()?;
        match text {
            "" if self.taken == 0 => Ok(b""),
            text => Ok(text.as_bytes().get(self.taken..).expect(SHOWN)),
        }
    }

    /// Takes the first `n` bytes of what the stream shows.
    fn pass(&mut self, n: usize) {
        if n == 0 {
            return;
        }
        let text = self.stream.fill_str().expect(SHOWN);
        let end = self.taken + n;
        assert!(end <= text.len(), "consume beyond what was given");
        let mut whole = end;
        while !text.is_char_boundary(whole) {
            whole -= 1;
        }
        self.taken = end - whole;
        self.stream.consume(whole);
    }

    /// Moves what the stream shows, `n` bytes at most, to the pending text; how much that is.
    fn read_pending(&mut self, n: usize) -> Result<usize, Error> {
        let (text, taken) = (self.stream.fill_str()?, self.taken);
        let some = text.as_bytes().get(taken..).expect(SHOWN);
        let some = &some[..some.len().min(n)];
        self.pending.push(some);
        let n = some.len();
        self.pass(n);
        Ok(n)
    }

    /// Makes everything up to a byte, and that, or up to the end, pending: how much text that is, and
    /// whether it is the end. Malformed bytes do not stop it.
    fn read_pending_until(&mut self, delimiter: u8) -> Result<(usize, bool), Error> {
        loop {
            if let Some(n) = self.pending.find(delimiter) {
                return Ok((n, false));
            }
            let shown = self.shown().map(|text| match memchr(delimiter, text) {
                Some(at) => at + 1,
                None => text.len(),
            });
            match shown {
                Ok(0) => return Ok((self.pending.len(), true)),
                Ok(n) => drop(self.read_pending(n)?),
                Err(error) => self.add_malformed(error)?,
            }
        }
    }

    /// Makes malformed bytes, which are part of the line, pending.
    fn add_malformed(&mut self, error: Error) -> Result<(), Error> {
        match error {
            Error::Decode { .. } => {
                self.pending.push_error(error);
                Ok(())
            }
            error => Err(error),
        }
    }

    /// The stream ended before so many bytes.
    fn ended(&self, expected: usize) -> io::Error {
        Error::partial_read(self.pending.len(), expected).into()
    }

    /// Hands out the first `n` pending bytes; or the error that hands them back, if malformed bytes are
    /// among them or they are no UTF-8 (where they begin inside a character).
    fn hand_out(
        &mut self,
        n: usize,
        is_end: bool,
        put: impl FnOnce(&[u8]) -> Result<(), Error>,
    ) -> io::Result<usize> {
        let mut source = None;
        if self.pending.is_good(n, is_end) {
            match put(self.pending.first(n)) {
                Ok(()) => {
                    self.pending.consume(n);
                    self.passed += n as u64;
                    return Ok(n);
                }
                Err(error) => source = Some(error),
            }
        }
        let (line, malformed) = self.pending.take(n, is_end);
        self.passed += n as u64;
        let source = source.or(malformed).expect("one of the two was there");
        let source = Box::new(source);
        Err(Error::NotUtf8 { line, source }.into())
    }
}

/// Appends bytes that are UTF-8, the first of which is at `offset`; else nothing.
fn push_utf_8(bytes: &[u8], offset: u64, text: &mut String) -> Result<(), Error> {
    match whole_chars(bytes, true) {
        (new, None) => {
            text.push_str(new);
            Ok(())
        }
        (valid, Some(malformed)) => Err(malformed.at(offset + valid.len() as u64)),
    }
}

impl<T: TextIo> Read for Utf8Reader<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        if !self.pending.is_empty() || self.taken > 0 {
            let n = self.fill_buf()?.read(buf)?;
            self.consume(n);
            return Ok(n);
        }
        let text = self.stream.fill_str()?;
        let n = text.as_bytes().read(buf)?;
        let mut whole = n;
        while !text.is_char_boundary(whole) {
            whole -= 1;
        }
        self.stream.consume(whole);
        self.taken = n - whole;
        self.passed += n as u64;
        Ok(n)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(0);
        }
        let n = self.fill_buf()?.read_vectored(bufs)?;
        self.consume(n);
        Ok(n)
    }

    /// Takes nothing if it fails, but for malformed bytes in the way: they are reported once.
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        if self.pending.is_empty() && buf.is_empty() {
            return Ok(());
        }
        while self.pending.len() < buf.len() {
            if self.pending.is_empty() {
                let shown = self.shown()?;
                if let Some(first) = shown.get(..buf.len()) {
                    buf.copy_from_slice(first);
                    self.consume(buf.len());
                    return Ok(());
                }
                if shown.is_empty() {
                    return Err(self.ended(buf.len()));
                }
            }
            if self.read_pending(buf.len() - self.pending.len())? == 0 {
                return Err(self.ended(buf.len()));
            }
        }
        if !self.pending.is_good(buf.len(), false) {
            let error = self.pending.take_error(buf.len());
            return Err(error.expect("it is not good").into());
        }
        buf.copy_from_slice(self.pending.first(buf.len()));
        self.consume(buf.len());
        Ok(())
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let before = buf.len();
        loop {
            let some = self.fill_buf()?;
            let n = some.len();
            if n == 0 {
                return Ok(buf.len() - before);
            }
            buf.extend_from_slice(some);
            self.consume(n);
        }
    }

    /// Where reading stands inside a character, what is left of that is an error, and stays.
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        let before = buf.len();
        if self.taken > 0 {
            // To the end of the character.
            let text = self.stream.fill_str()?;
            let one = text.chars().next().map_or(0, char::len_utf8);
            self.read_pending(one - self.taken)?;
        }
        while !self.pending.is_empty() {
            if let Some(error) = self.pending.take_error(0) {
                return Err(error.into());
            }
            let (text, malformed) = whole_chars(self.pending.front(), true);
            if let (true, Some(malformed)) = (text.is_empty(), malformed) {
                return Err(malformed.at(self.passed).into());
            }
            buf.push_str(text);
            let valid = text.len();
            self.consume(valid);
        }
        let from = buf.len();
        let outcome = self.stream.read_to_string(buf);
        self.passed += (buf.len() - from) as u64;
        outcome?;
        Ok(buf.len() - before)
    }
}

impl<T: TextIo> BufRead for Utf8Reader<T> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.pending.is_empty() {
            return Ok(self.shown()?);
        }
        match self.pending.take_error(0) {
            Some(error) => Err(error.into()),
            None => Ok(self.pending.front()),
        }
    }

    /// # Panics
    ///
    /// If that is more than there was.
    fn consume(&mut self, n: usize) {
        if self.pending.is_empty() {
            self.pass(n);
        } else {
            self.pending.consume(n);
        }
        self.passed += n as u64;
    }

    fn read_until(&mut self, byte: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        if self.pending.is_empty() {
            match self.shown() {
                // The end, which is met once.
                Ok([]) => return Ok(0),
                Ok(shown) => {
                    if let Some(at) = memchr(byte, shown) {
                        buf.extend_from_slice(&shown[..=at]);
                        self.consume(at + 1);
                        return Ok(at + 1);
                    }
                }
                Err(error) => self.add_malformed(error)?,
            }
        }
        let (n, is_end) = self.read_pending_until(byte)?;
        self.hand_out(n, is_end, |bytes| {
            buf.extend_from_slice(bytes);
            Ok(())
        })
    }

    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        if self.pending.is_empty() && self.taken == 0 {
            match self.stream.fill_str() {
                Ok("") => return Ok(0),
                Ok(text) => {
                    if let Some(at) = memchr(b'\n', text.as_bytes()) {
                        buf.push_str(&text[..=at]);
                        self.stream.consume(at + 1);
                        self.passed += at as u64 + 1;
                        return Ok(at + 1);
                    }
                }
                Err(error) => self.add_malformed(error)?,
            }
        }
        let (n, is_end) = self.read_pending_until(b'\n')?;
        let offset = self.passed;
        self.hand_out(n, is_end, |bytes| push_utf_8(bytes, offset, buf))
    }
}

/// How much memory is kept when nothing is pending, in bytes: enough for usual lines, and a long one is
/// not paid for until the end.
const KEEP: usize = 64 * 1024;

/// Text that was taken from the stream and not handed out, and where in it malformed bytes were.
///
/// Invariants: `start <= text.len()`; errors are in order, none before `start`; every number of `searched`
/// is a place in the text before which that byte does not occur after `start`.
#[derive(Debug, Default)]
struct PendingUtf8 {
    text: Vec<u8>,
    /// How much of it was handed out.
    start: usize,
    /// Errors that were not reported yet, in order, and how much text comes before each. Their bytes are
    /// not in the text.
    errors: VecDeque<(usize, Error)>,
    /// How much was searched for which byte, so that none is searched twice however text trickles
    /// in, and whichever bytes are looked for in turns.
    searched: Vec<(u8, usize)>,
}

impl PendingUtf8 {
    fn is_empty(&self) -> bool {
        self.start == self.text.len() && self.errors.is_empty()
    }

    /// Number of bytes of text.
    fn len(&self) -> usize {
        self.text.len() - self.start
    }

    fn push(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    fn push_error(&mut self, error: Error) {
        self.errors.push_back((self.text.len(), error));
    }

    /// The error that comes after `n` bytes of text at most: with 0, before any text.
    fn take_error(&mut self, n: usize) -> Option<Error> {
        let (at, _) = self.errors.front()?;
        if at - self.start <= n {
            self.errors.pop_front().map(|(_, error)| error)
        } else {
            None
        }
    }

    /// The text up to the first error.
    fn front(&self) -> &[u8] {
        let end = self.errors.front().map_or(self.text.len(), |&(at, _)| at);
        &self.text[self.start..end]
    }

    /// How much text there is up to a byte, and that.
    fn find(&mut self, delimiter: u8) -> Option<usize> {
        let known = self
            .searched
            .iter()
            .position(|&(byte, _)| byte == delimiter);
        let known = known.unwrap_or_else(|| {
            self.searched.push((delimiter, 0));
            self.searched.len() - 1
        });
        let (_, searched) = &mut self.searched[known];
        let from = self.start.max(*searched);
        let found = memchr(delimiter, &self.text[from..]);
        *searched = found.map_or(self.text.len(), |at| from + at);
        found.map(|at| from + at + 1 - self.start)
    }

    /// The first `n` bytes of text. Errors may be between them.
    fn first(&self, n: usize) -> &[u8] {
        &self.text[self.start..self.start + n]
    }

    /// Whether all errors come after the first `n` bytes. `is_all`: nothing follows those.
    fn is_good(&self, n: usize, is_all: bool) -> bool {
        match self.errors.front() {
            Some(&(at, _)) => !is_all && at - self.start >= n,
            None => true,
        }
    }

    /// Takes the first `n` bytes, which were handed out.
    fn consume(&mut self, n: usize) {
        assert!(n <= self.front().len(), "consume beyond what was given");
        self.start += n;
        self.tidy();
    }

    /// Takes the first `n` bytes with what is malformed between them: as they are in the stream,
    /// and the first error. `is_all`: nothing follows them.
    fn take(&mut self, n: usize, is_all: bool) -> (Vec<u8>, Option<Error>) {
        let end = self.start + n;
        let (mut bytes, mut first) = (Vec::with_capacity(n), None);
        while let Some((at, _)) = self.errors.front()
            && (*at < end || is_all)
            && let Some((at, error)) = self.errors.pop_front()
        {
            bytes.extend_from_slice(&self.text[mem::replace(&mut self.start, at)..at]);
            if let Error::Decode {
                bytes: malformed, ..
            } = &error
            {
                bytes.extend_from_slice(malformed);
            }
            first = first.or(Some(error));
        }
        bytes.extend_from_slice(&self.text[mem::replace(&mut self.start, end)..end]);
        self.tidy();
        (bytes, first)
    }

    /// Starts again where nothing is left, and gives back the memory of a long line. What was
    /// handed out goes where it is as much as what is left: each byte is moved once.
    fn tidy(&mut self) {
        if self.is_empty() {
            self.text.clear();
            if self.text.capacity() > KEEP {
                self.text = Vec::new();
            }
            if self.errors.capacity() * size_of::<(usize, Error)>() > KEEP {
                self.errors = VecDeque::new();
            }
            self.start = 0;
            self.searched.clear();
        } else if self.start > self.text.len() / 2 {
            self.text.drain(..self.start);
            for (at, _) in &mut self.errors {
                *at -= self.start;
            }
            for (_, searched) in &mut self.searched {
                *searched = searched.saturating_sub(self.start);
            }
            self.start = 0;
        }
    }
}
