//! [`BufferedIo`]: what a buffered stream is to the floors above.

use std::io::{BufRead, Seek, Write};

use crate::chunk::Chunk;
use crate::error::Result;
use crate::io_base::IoBase;
use crate::raw::{BytesIo, RawIo};

/// A stream of bytes with a buffer (PEP 3116's `BufferedIOBase`).
///
/// It is a [`BufRead`] + [`Write`] + [`Seek`] of std, plus three calls that move whole chunks.
/// The buffer that a stream does not have (a reader's write side) answers
/// [`Unsupported`](crate::Error::Unsupported).
///
/// # Examples
///
/// ```
/// use iolite::{BufferedIo, BufferedReader, BytesIo};
///
/// fn magic(stream: &mut dyn BufferedIo) -> iolite::Result<bool> {
///     Ok(stream.peek(2)? == b"\x1f\x8b")          // looks, and takes nothing
/// }
/// let mut gzip = BufferedReader::new(BytesIo::from(b"\x1f\x8b\x08".to_vec()));
/// assert!(magic(&mut gzip)?);
/// assert_eq!(gzip.read_chunk(100)?, b"\x1f\x8b\x08");
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "BufferedIOBase")]
pub trait BufferedIo: IoBase + BufRead + Write + Seek {
    /// Reads at most `max` bytes with at most one call of the device, none if something is
    /// buffered. An empty chunk is the end (or `max` is 0). (Python: `read1`.)
    ///
    /// Shares the buffer's memory: copies nothing. A chunk that is kept keeps its block alive.
    ///
    /// # Errors
    ///
    /// What the device says; nothing is lost.
    #[doc(alias = "read1")]
    fn read_chunk(&mut self, max: usize) -> Result<Chunk>;

    /// Writes all of `chunk`. From 2 KiB on it is queued as it is, without a copy.
    ///
    /// # Errors
    ///
    /// What the device says; an error, [`WouldBlock`](crate::Error::WouldBlock) with
    /// `written: 0` too, means that nothing of this chunk was taken. Clone it (no byte is copied)
    /// if you may have to send it again.
    fn write_chunk(&mut self, chunk: Chunk) -> Result<()>;

    /// Shows the next `n` bytes without taking them; fewer only at the end of the stream.
    ///
    /// Reads as often as needed; `n` may exceed the buffer's size, which then grows for it.
    ///
    /// # Errors
    ///
    /// What the device says; what was read before stays buffered.
    fn peek(&mut self, n: usize) -> Result<&[u8]>;

    /// Room in the buffer after what waits to be written, for bytes that are made in place
    /// instead of being copied there; [`commit`](BufferedIo::commit) says how many there are.
    ///
    /// May be empty at any time, and always is where a stream has no such room to give (the
    /// default) or is closed: `write` then. What is written here and not committed is forgotten.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use iolite::{BufferedIo, BufferedWriter, BytesIo};
    ///
    /// let mut writer = BufferedWriter::new(BytesIo::new());
    /// writer.write_all(b"in ")?;
    /// let room = writer.spare_mut();
    /// room[..5].copy_from_slice(b"place");
    /// writer.commit(5);
    /// assert_eq!(writer.detach()?.getvalue(), b"in place");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    fn spare_mut(&mut self) -> &mut [u8] {
        &mut []
    }

    /// Writes the first `n` bytes of what [`spare_mut`](BufferedIo::spare_mut) gave last.
    ///
    /// # Panics
    ///
    /// If that is more than there is room for.
    fn commit(&mut self, n: usize) {
        assert_eq!(n, 0, "commit beyond the room");
    }

    /// Writes all of `bytes` if there is room for them in the buffer, or **nothing**: then the
    /// answer is `false`, and they are to be written in another way, by
    /// [`write_all`](Write::write_all) as a rule. Asks no device, and needs no error.
    ///
    /// For a fast path of your own before a call that may fail. A stream may say `false` at any
    /// time, as one that holds nothing yet does, and as to empty `bytes`: `write` tells a closed
    /// stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use iolite::{BufferedIo, BufferedWriter, BytesIo};
    ///
    /// let mut writer = BufferedWriter::with_capacity(64, BytesIo::new());
    /// for word in ["first", ", next", ", last"] {
    ///     if !writer.append_if_room(word.as_bytes()) {
    ///         writer.write_all(word.as_bytes())?;
    ///     }
    /// }
    /// assert_eq!(writer.detach()?.getvalue(), b"first, next, last");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[must_use = "if there is no room the bytes are not written"]
    #[inline]
    fn append_if_room(&mut self, bytes: &[u8]) -> bool {
        match self.spare_mut().get_mut(..bytes.len()) {
            Some(room) if !room.is_empty() => {
                room.copy_from_slice(bytes);
                self.commit(bytes.len());
                true
            }
            _ => false,
        }
    }
}

macro_rules! forward_buffered_io {
    ($($stream:ty),*) => {$(
        impl<T: BufferedIo + ?Sized> BufferedIo for $stream {
            fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
                (**self).read_chunk(max)
            }
            fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
                (**self).write_chunk(chunk)
            }
            fn peek(&mut self, n: usize) -> Result<&[u8]> {
                (**self).peek(n)
            }
            fn spare_mut(&mut self) -> &mut [u8] {
                (**self).spare_mut()
            }
            fn commit(&mut self, n: usize) {
                (**self).commit(n);
            }
            #[inline]
            fn append_if_room(&mut self, bytes: &[u8]) -> bool {
                (**self).append_if_room(bytes)
            }
        }
    )*};
}
forward_buffered_io!(&mut T, Box<T>);

/// Memory is its own buffer.
impl BufferedIo for BytesIo {
    /// The next bytes, at most `max`; shares the memory, and copies nothing.
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        Ok(self.lend(max)?.unwrap_or_default())
    }

    /// Writes all of `chunk`. Copies it: the bytes of a `BytesIo` lie in one piece.
    fn write_chunk(&mut self, chunk: Chunk) -> Result<()> {
        Ok(self.write_all(&chunk)?)
    }

    /// Shows the next `n` bytes, fewer only at the end; copies nothing.
    fn peek(&mut self, n: usize) -> Result<&[u8]> {
        let rest = self.fill_buf()?;
        Ok(&rest[..n.min(rest.len())])
    }
}
