//! [`BufferedIo`]: what a buffered stream is to the floors above.

use std::io::{BufRead, Seek, Write};

use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result, checked_write};
use crate::io_base::IoBase;
use crate::raw::{BytesIo, RawIo};

/// A stream of bytes with a buffer (PEP 3116's `BufferedIOBase`).
///
/// **Every type has every direction, and what a stream cannot do is an error at run time:** a
/// [`BufferedReader`](super::BufferedReader) is a [`Write`] whose calls return
/// [`Unsupported`](crate::Error::Unsupported), so `io::copy(&mut writer, &mut reader)` compiles and
/// fails. That is the PEP's design, and std's own for files: whether a descriptor can be read,
/// written or sought is known only when it is open, and code that takes a `&mut dyn BufferedIo`
/// asks [`readable`](IoBase::readable), [`writable`](IoBase::writable) and
/// [`seekable`](IoBase::seekable). Where a direction should be a matter of types, take std's
/// traits: `impl BufRead`, `impl Write`.
///
/// It is a [`BufRead`] + [`Write`] + [`Seek`] of std, plus three calls that move whole chunks.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a buffered stream of this crate",
    label = "needs a buffer around it",
    note = "wrap a device, such as a `FileIo`: `BufferedReader::new(device)`, `BufferedWriter::new(device)`, or `BufferedRandom::new(device)?` for both directions",
    note = "a reader or writer of std becomes a device with `Adapter::reader(inner)`, `Adapter::writer(inner)` or `Adapter::duplex(inner)`; an open `std::fs::File` with `FileIo::from_file(file, FileMode::Read)?`"
)]
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
    /// assert_eq!(writer.detach()?.as_slice(), b"in place");
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
    /// result is `false`, and they are to be written in another way, by
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
    /// assert_eq!(writer.detach()?.as_slice(), b"first, next, last");
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

    /// Writes as much of `bytes` as can be had at once, and returns how much that was together with
    /// what stopped it. Unlike [`write_all`](Write::write_all)'s, the count is there whatever the
    /// error is; unlike [`write`](Write::write) it does not leave to another call the question why
    /// it was not more, which may cost another time-out.
    ///
    /// # Errors
    ///
    /// As for [`write`](Write::write); `Ok` if all was taken, or `bytes` is empty. With one exception:
    /// [`WouldBlock`](Error::WouldBlock) may come with all of `bytes`, when the device said so and the
    /// buffer then had room for the rest. Nothing is to be sent again, and a flush just now would only
    /// ask the device a second time.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedIo, BufferedWriter, BytesIo};
    ///
    /// let mut writer = BufferedWriter::new(BytesIo::new());
    /// let (taken, stopped) = writer.write_counted(b"all of it");
    /// stopped?;
    /// assert_eq!(taken, 9);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    fn write_counted(&mut self, bytes: &[u8]) -> (usize, Result<()>) {
        let mut taken = 0;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            let claimed = self.write(rest).map_err(Error::from);
            match claimed.and_then(|n| checked_write(n, rest.len())) {
                Ok(n) => taken += n,
                Err(error) => return (taken, Err(error)),
            }
        }
        (taken, Ok(()))
    }

    /// Writes what is pending and closes the writing half of a stream that consists of two: over a
    /// socket the peer reads the end, and can still reply. Reading goes on. A second call does nothing.
    ///
    /// # Errors
    ///
    /// As for [`close`](IoBase::close). [`Unsupported`](Error::Unsupported) for every other stream, to
    /// which nothing is done.
    ///
    /// # Examples
    ///
    /// See [`TextIoWrapper::close_writer`](crate::TextIoWrapper::close_writer).
    fn close_writer(&mut self) -> Result<()> {
        let operation = Operation::Close;
        Err(Error::Unsupported { operation })
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
            fn write_counted(&mut self, bytes: &[u8]) -> (usize, Result<()>) {
                (**self).write_counted(bytes)
            }
            fn close_writer(&mut self) -> Result<()> {
                (**self).close_writer()
            }
        }
    )*};
}
forward_buffered_io!(&mut T, Box<T>);

/// Memory is its own buffer.
impl BufferedIo for BytesIo {
    /// The next bytes, at most `max`; shares the memory, and copies nothing.
    fn read_chunk(&mut self, max: usize) -> Result<Chunk> {
        Ok(self.read_shared(max)?.unwrap_or_default())
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
