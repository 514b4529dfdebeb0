//! [`RawIo`]: what a device is to the floors above.

use std::io::{self, Read, Seek, Write};

use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;

/// An unbuffered device: one call, one system call (PEP 3116's `RawIOBase`).
///
/// `read` and `write` may move fewer bytes than asked; `read` answers `Ok(0)` at the end, `write`
/// never answers 0 for a non-empty slice. A device without data, or without room, *now* answers
/// with an error of kind [`WouldBlock`](std::io::ErrorKind::WouldBlock). What the device cannot do at all
/// answers [`Unsupported`](crate::Error::Unsupported). `Interrupted` may come out; every caller
/// in this crate repeats the call (see [`set_interrupt_hook`](crate::set_interrupt_hook)).
///
/// Because a raw stream *is* a [`Read`] + [`Write`] + [`Seek`], it fits into any code written
/// against std, and any device of your own needs no more than those and [`IoBase`].
///
/// # Examples
///
/// ```
/// use std::io::Read;
/// use iolite::{BytesIo, RawIo};
///
/// fn first_byte(device: &mut dyn RawIo) -> std::io::Result<u8> {
///     let mut byte = [0];
///     device.read_exact(&mut byte)?;
///     Ok(byte[0])
/// }
/// assert_eq!(first_byte(&mut BytesIo::from(b"xyz".to_vec()))?, b'x');
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "RawIOBase")]
pub trait RawIo: IoBase + Read + Write + Seek {
    /// Hands out the next bytes, at most `max`, without copying them, and moves past them.
    ///
    /// Devices that *are* memory do this; all others answer `Ok(None)`, and one reads instead.
    /// An empty chunk is the end.
    ///
    /// # Errors
    ///
    /// As for a read.
    fn lend(&mut self, max: usize) -> Result<Option<Chunk>> {
        let _ = max;
        Ok(None)
    }

    /// The size in bytes that the device likes its transfers to be, if it knows.
    fn block_size(&self) -> Option<usize> {
        None
    }

    /// About how many bytes are left to be read, if that costs the device next to nothing to say.
    ///
    /// Whoever reads to the end makes room for so many at once. It is believed no further than
    /// that: what is read decides, and an absurd number does no harm.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use iolite::{BytesIo, RawIo};
    ///
    /// let mut memory = BytesIo::from(b"abcdef".to_vec());
    /// memory.read_exact(&mut [0; 2])?;
    /// assert_eq!(memory.rest_hint(), Some(4));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn rest_hint(&mut self) -> Option<u64> {
        None
    }

    /// Whether every write goes to the end, wherever the position is (`O_APPEND`).
    fn appends(&self) -> bool {
        false
    }

    /// Whether [`read_at`](RawIo::read_at) and [`write_at`](RawIo::write_at) work: a buffer then
    /// never has to move the position.
    fn positioned(&self) -> bool {
        false
    }

    /// Reads at `offset` in bytes from the start, and leaves the position where it is (`pread`).
    ///
    /// # Errors
    ///
    /// As for a read; [`Unsupported`](crate::Error::Unsupported) unless the device is
    /// [`positioned`](RawIo::positioned).
    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let _ = (buf, offset);
        let operation = Operation::Read;
        Err(Error::Unsupported { operation }.into())
    }

    /// Writes at `offset` in bytes from the start, and leaves the position where it is (`pwrite`).
    /// Bytes between the end and `offset` become zeros.
    ///
    /// # Errors
    ///
    /// As for a write; [`Unsupported`](crate::Error::Unsupported) unless the device is
    /// [`positioned`](RawIo::positioned), and where it [`appends`](RawIo::appends).
    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let _ = (buf, offset);
        let operation = Operation::Write;
        Err(Error::Unsupported { operation }.into())
    }
}

macro_rules! forward_raw_io {
    ($($stream:ty),*) => {$(
        impl<T: RawIo + ?Sized> RawIo for $stream {
            fn lend(&mut self, max: usize) -> Result<Option<Chunk>> {
                (**self).lend(max)
            }
            fn block_size(&self) -> Option<usize> {
                (**self).block_size()
            }
            fn rest_hint(&mut self) -> Option<u64> {
                (**self).rest_hint()
            }
            fn appends(&self) -> bool {
                (**self).appends()
            }
            fn positioned(&self) -> bool {
                (**self).positioned()
            }
            fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
                (**self).read_at(buf, offset)
            }
            fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
                (**self).write_at(buf, offset)
            }
        }
    )*};
}
forward_raw_io!(&mut T, Box<T>);
