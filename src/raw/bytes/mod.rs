//! [`BytesIo`]: bytes in memory as a stream, raw and buffered at once.

mod content;

use std::fmt;
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use self::content::Content;
use crate::chunk::Chunk;
use crate::error::{Error, Result, append_line, moved_by};
use crate::io_base::IoBase;
use crate::raw::RawIo;
use crate::raw::whole::{
    from_offset, read_exact_from, read_to_end_from, read_to_string_from, scatter, total, write_fmt,
};
use crate::scan::{LineEnds, Pattern};

/// A stream over bytes in memory: readable, writable, seekable (CPython's `BytesIO`).
///
/// A new stream over given bytes starts at position 0, so the first write overwrites. Positions
/// beyond the end are allowed; a write there fills the gap with zeros. Reading floors borrow the
/// memory instead of copying it ([`RawIo::read_shared`]); if such chunks are still alive at the
/// next write, the bytes are copied once (copy on write), so a chunk never changes.
///
/// Memory is its own buffer: this is a [`BufferedIo`](crate::BufferedIo) too, and goes under a
/// [`TextIoWrapper`](crate::TextIoWrapper) as it is. It grows by doubling; a write for which there
/// is no memory is an error, and changes nothing.
///
/// Where bytes are written at one end and taken at the other, use a [`Pipe`](crate::Pipe): here
/// they all stay.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, SeekFrom, Write};
/// use iolite::BytesIo;
///
/// let mut memory = BytesIo::from(b"hello world".to_vec());
/// memory.write_all(b"J")?;
/// memory.seek(SeekFrom::Start(13))?;
/// memory.write_all(b"!")?;
/// assert_eq!(memory.as_slice(), b"Jello world\0\0!");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Text in memory, in any encoding:
///
/// ```
/// use iolite::{BytesIo, Encoding, IoBase, TextIo, TextIoWrapper, TextOptions};
///
/// let options = TextOptions::new().encoding(Encoding::UTF_16);
/// let mut text = TextIoWrapper::with_options(BytesIo::new(), options);
/// text.write_str("hi")?;
/// text.flush()?;
/// assert_eq!(text.get_ref().as_slice().len(), 6);
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "BytesIO")]
#[derive(Default)]
pub struct BytesIo {
    content: Content,
    /// `u64::MAX` once closed: past every byte, so that the fast paths need not check for it.
    position: u64,
    /// Where the next records end. Restarted when the position goes back, bytes change, or the
    /// stream is closed.
    ends: LineEnds,
    closed: bool,
}

impl BytesIo {
    /// An empty stream, which allocates at the first write.
    pub fn new() -> BytesIo {
        BytesIo::default()
    }

    /// All bytes, wherever the position is. (Python: `getvalue`, `getbuffer`.)
    ///
    /// Borrows instead of copying; the borrow checker keeps the stream from changing meanwhile.
    #[doc(alias = "getbuffer")]
    #[doc(alias = "getvalue")]
    pub fn as_slice(&self) -> &[u8] {
        self.content.as_slice()
    }

    /// All bytes for changing them in place, wherever the position is. (Python: `getbuffer`.)
    ///
    /// The borrow checker keeps the stream from changing its size meanwhile; CPython does that
    /// with a `BufferError` at run time. Copies all bytes if chunks of them are alive.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::BytesIo;
    ///
    /// let mut memory = BytesIo::from(b"abcdef".to_vec());
    /// memory.get_mut()[2..4].copy_from_slice(b"56");
    /// assert_eq!(memory.as_slice(), b"ab56ef");
    /// ```
    ///
    /// A write meanwhile does not compile:
    ///
    /// ```compile_fail,E0499
    /// let mut memory = iolite::BytesIo::from(b"abcdef".to_vec());
    /// let view = memory.get_mut();
    /// std::io::Write::write_all(&mut memory, b"longer than before")?;
    /// view.fill(0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[doc(alias = "getbuffer")]
    pub fn get_mut(&mut self) -> &mut [u8] {
        self.ends.restart(0);
        self.content.as_mut_slice()
    }

    /// Returns the bytes. Copies only if chunks of them are alive.
    pub fn into_inner(self) -> Vec<u8> {
        self.content.into_vec()
    }

    /// Reads at `offset` in bytes from the start, and leaves the position where it is.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`](crate::Error::Closed).
    ///
    /// # Examples
    ///
    /// ```
    /// let memory = iolite::BytesIo::from("abcdef");
    /// let mut two = [0; 2];
    /// assert_eq!(memory.read_at(&mut two, 3)?, 2);
    /// assert_eq!(&two, b"de");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.open()?;
        from_offset(self.as_slice(), offset).read(buf)
    }

    /// Takes the bytes up to and with `byte`, or to the end, and lends them: the fastest loop over
    /// lines of bytes in memory, which copies and allocates nothing. Empty is the end.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`](crate::Error::Closed).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::BytesIo;
    ///
    /// let mut memory = BytesIo::from(b"a\nbc\nd".to_vec());
    /// assert_eq!(memory.slice_until(b'\n')?, b"a\n");
    /// assert_eq!(memory.slice_until(b'\n')?, b"bc\n");
    /// assert_eq!(memory.slice_until(b'\n')?, b"d");
    /// assert_eq!(memory.slice_until(b'\n')?, b"");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "readline")]
    #[inline]
    pub fn slice_until(&mut self, byte: u8) -> Result<&[u8]> {
        // Ends are ready only while the stream is open.
        let start = self.position;
        match self.ends.peek_byte(byte) {
            Some(at) if start <= at as u64 => {
                self.ends.advance();
                self.position = at as u64 + 1;
            }
            _ => self.take_slow(byte)?,
        }
        let record = self.content.as_slice();
        let record = record.get(index(start)..index(self.position));
        // There is nothing after the end.
        Ok(record.unwrap_or_default())
    }

    /// Takes a record whose end is not known yet, or that ends with the content.
    fn take_slow(&mut self, byte: u8) -> Result<()> {
        self.open()?;
        self.ends.set_pattern(Pattern::Byte(byte));
        let start = index(self.position);
        let content = self.content.as_slice();
        match self.ends.find(content, start) {
            Some(at) => {
                self.ends.advance();
                self.position = at as u64 + 1;
            }
            None if start < content.len() => self.position = content.len() as u64,
            None => {}
        }
        Ok(())
    }

    fn open(&self) -> Result<()> {
        if self.closed {
            Err(Error::Closed)
        } else {
            Ok(())
        }
    }

    /// Moves past `n` bytes.
    #[inline]
    fn pass(&mut self, n: usize) {
        self.position += n as u64;
    }

    /// The bytes from the position on.
    #[inline]
    fn rest(&self) -> &[u8] {
        from_offset(self.as_slice(), self.position)
    }

    /// Writes at the position if that is not a simple append.
    fn write_slow(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_at(buf, self.position)
    }

    /// Makes room for `len` bytes at `offset`, with zeros before them: the content, and the offset
    /// as an index into it.
    fn make_room(&mut self, offset: u64, len: usize) -> Result<(&mut Vec<u8>, usize)> {
        let span = usize::try_from(offset)
            .ok()
            .and_then(|start| Some((start, start.checked_add(len)?)))
            .filter(|&(_, end)| end <= isize::MAX as usize);
        let Some((start, end)) = span else {
            return Err(Error::InvalidArgument {
                argument: "position",
                problem: "memory cannot hold so many bytes",
            });
        };
        let more = end.saturating_sub(self.as_slice().len());
        if start < self.content.as_slice().len() {
            self.ends.restart(0);
        }
        let content = self.content.make_room(more)?;
        if content.len() < start {
            content.resize(start, 0);
        }
        Ok((content, start))
    }
}

/// A position as an index. On 32-bit systems a position past the end may be larger than any index;
/// the largest index is past the end, too.
#[inline]
fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Writes `bytes` at `start`, overwriting and then extending the content.
fn put(content: &mut Vec<u8>, start: usize, bytes: &[u8]) {
    let overwritten = (content.len() - start).min(bytes.len());
    content[start..start + overwritten].copy_from_slice(&bytes[..overwritten]);
    content.extend_from_slice(&bytes[overwritten..]);
}

impl From<Vec<u8>> for BytesIo {
    /// Takes the bytes over without copying them; the position is 0.
    fn from(content: Vec<u8>) -> BytesIo {
        BytesIo {
            content: content.into(),
            ..BytesIo::default()
        }
    }
}

impl From<String> for BytesIo {
    /// As from a vector: without a copy.
    fn from(text: String) -> BytesIo {
        BytesIo::from(text.into_bytes())
    }
}

macro_rules! from_copied {
    ($(($($length:tt)*) $bytes:ty),*) => {$(
        impl<$($length)*> From<$bytes> for BytesIo {
            /// Copies the bytes; the position is 0.
            fn from(bytes: $bytes) -> BytesIo {
                let bytes: &[u8] = bytes.as_ref();
                BytesIo::from(bytes.to_vec())
            }
        }
    )*};
}
from_copied!(() &[u8], () &str, () Chunk, (const N: usize) &[u8; N], (const N: usize) [u8; N]);

impl Clone for BytesIo {
    /// Another stream over a copy of the bytes, at the same position.
    fn clone(&self) -> BytesIo {
        BytesIo {
            content: self.as_slice().to_vec().into(),
            position: self.position,
            ends: LineEnds::default(),
            closed: self.closed,
        }
    }
}

impl IoBase for BytesIo {
    fn readable(&self) -> bool {
        !self.closed
    }

    fn writable(&self) -> bool {
        !self.closed
    }

    fn seekable(&self) -> bool {
        !self.closed
    }

    fn is_closed(&self) -> bool {
        self.closed
    }

    /// Closes the stream. The bytes can still be had by [`BytesIo::as_slice`] (unlike CPython).
    fn close(&mut self) -> Result<()> {
        (self.closed, self.position) = (true, u64::MAX);
        self.ends.restart(0);
        Ok(())
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.open()?;
        let size = size.unwrap_or(self.position);
        let keep = usize::try_from(size).unwrap_or(usize::MAX);
        if keep < self.as_slice().len() {
            self.content.truncate(keep);
            self.ends.restart(0);
        }
        Ok(size)
    }
}

impl RawIo for BytesIo {
    fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
        self.open()?;
        let rest = self.rest().len();
        let len = rest.min(max);
        if len == 0 {
            return Ok(Some(Chunk::new()));
        }
        let start = self.as_slice().len() - rest;
        self.position += len as u64;
        Ok(Some(self.content.read_shared().slice(start..start + len)))
    }

    fn rest_hint(&mut self) -> Option<u64> {
        Some(self.rest().len() as u64)
    }

    fn supports_read_at(&self) -> bool {
        true
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        BytesIo::read_at(self, buf, offset)
    }

    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.open()?;
        if !buf.is_empty() {
            let (content, start) = self.make_room(offset, buf.len())?;
            put(content, start, buf);
        }
        Ok(buf.len())
    }
}

impl Read for BytesIo {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let rest = self.rest();
        let n = rest.len().min(buf.len());
        if n == 0 {
            self.open()?;
        }
        buf[..n].copy_from_slice(&rest[..n]);
        self.position += n as u64;
        Ok(n)
    }

    /// Fills one slice after the other, as far as there are bytes.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.open()?;
        let n = scatter(self.rest(), bufs);
        self.pass(n);
        Ok(n)
    }

    /// Fills `buf`, or leaves everything in place: see [`Error::PartialRead`].
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.open()?;
        read_exact_from(self.rest(), buf)?;
        self.pass(buf.len());
        Ok(())
    }

    /// Appends all that is left, after making room for just that; takes nothing if there is no
    /// memory for it.
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.open()?;
        let n = read_to_end_from(self.rest(), buf)?;
        self.pass(n);
        Ok(n)
    }

    /// Appends all that is left, or the text before the first bytes that are no UTF-8
    /// ([`Error::Decode`]): the position is right after what was appended.
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.open()?;
        let rest = from_offset(self.content.as_slice(), self.position);
        read_to_string_from(rest, &mut self.position, buf)
    }
}

impl BufRead for BytesIo {
    /// All bytes up to the end; copies nothing.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.open()?;
        Ok(self.rest())
    }

    fn consume(&mut self, n: usize) {
        self.position += n.min(self.rest().len()) as u64;
    }

    /// Appends a line of UTF-8 with its `\n`, or the last one without. A line that is not UTF-8 is
    /// taken and handed back in the error, [`Error::NotUtf8`]: std's `lines` goes on with the next
    /// one.
    fn read_line(&mut self, buf: &mut String) -> io::Result<usize> {
        self.open()?;
        let rest = self.rest();
        let line = memchr::memchr(b'\n', rest).map_or(rest, |end| &rest[..=end]);
        let n = line.len();
        let outcome = append_line(buf, line, self.position);
        self.consume(n);
        Ok(outcome?)
    }
}

impl Write for BytesIo {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if !self.content.append_at(self.position, buf) {
            self.write_slow(buf)?;
        }
        self.position += buf.len() as u64;
        Ok(buf.len())
    }

    /// Writes all of `buf`, or nothing. (std's own does not check an empty write.)
    #[inline]
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        self.write(buf)?;
        Ok(())
    }

    /// As [`write_all`](Write::write_all), for formatted text; an error counts the bytes of the
    /// whole text that were taken.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        write_fmt(self, args)
    }

    /// Writes all of the slices, or nothing.
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.open()?;
        let total = total(bufs);
        if total > 0 {
            let (content, mut start) = self.make_room(self.position, total)?;
            for buf in bufs {
                put(content, start, buf);
                start += buf.len();
            }
            self.position += total as u64;
        }
        Ok(total)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(self.open()?)
    }
}

impl Seek for BytesIo {
    /// Moves the position. Like CPython's, a relative move before the start stops at the start;
    /// an absolute position is never negative here. After the last position that a number can
    /// hold is an [`Error::InvalidArgument`], and the position stays.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.open()?;
        let (base, distance) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(distance) => (self.position, distance),
            SeekFrom::End(distance) => (self.as_slice().len() as u64, distance),
        };
        self.position = if distance < 0 {
            base.saturating_sub(distance.unsigned_abs())
        } else {
            moved_by(base, distance)?
        };
        self.ends.restart(0);
        Ok(self.position)
    }
}

impl fmt::Debug for BytesIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesIo")
            .field("len", &self.as_slice().len())
            .field("position", &self.position)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
