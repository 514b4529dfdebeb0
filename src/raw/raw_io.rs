//! [`RawIo`]: a device, as the layers above see it.

use std::io::{self, Read, Seek, Write};

use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;

/// An unbuffered device: one call, one system call (PEP 3116's `RawIOBase`).
///
/// `read` and `write` may move fewer bytes than asked for; `read` returns `Ok(0)` at the end, and
/// `write` never returns 0 for a non-empty slice. A device that has no data, or no room, *now*
/// returns an error of kind [`WouldBlock`](std::io::ErrorKind::WouldBlock); an operation that it
/// does not have is [`Unsupported`](crate::Error::Unsupported). It may return `Interrupted`: every
/// caller in this crate repeats the call (see
/// [`set_global_interrupt_hook`](crate::error::set_global_interrupt_hook)).
///
/// Because a raw stream *is* a [`Read`] + [`Write`] + [`Seek`], it fits into any code written
/// against std, and a device of your own needs only those and [`IoBase`]: all methods here are
/// provided.
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
///
/// A file or a reader of std is not one itself; the compiler's message says what to wrap it in:
///
/// ```compile_fail,E0277
/// iolite::BufferedReader::new(std::fs::File::open("Cargo.toml")?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "RawIOBase")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a raw stream, a device to put a buffer on",
    note = "put a reader of std into `Adapter::reader(…)`, a writer into `Adapter::writer(…)`, and what is both into `Adapter::duplex(…)`",
    note = "a std `File` becomes a raw stream by `FileIo::from_file(file, mode)`, a `TcpStream` or `UnixStream` by `SocketIo::from(stream)`, bytes in memory by `BytesIo::from(bytes)`"
)]
pub trait RawIo: IoBase + Read + Write + Seek {
    /// Returns the next bytes, at most `max`, without copying them, and moves past them. An empty
    /// chunk is the end.
    ///
    /// For devices that *are* memory; all others return `Ok(None)`, which means: read instead.
    ///
    /// # Errors
    ///
    /// As for a read.
    fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
        let _ = max;
        Ok(None)
    }

    /// The size in bytes that the device prefers for transfers, if it knows.
    fn block_size(&self) -> Option<usize> {
        None
    }

    /// Roughly how many bytes are left to be read, if that is cheap to find out.
    ///
    /// A read to the end reserves room for that many bytes at once. It is only a hint: what is
    /// actually read decides, and a wrong number does no harm.
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

    /// Whether every write goes to the end, regardless of the position (`O_APPEND`).
    fn is_append_only(&self) -> bool {
        false
    }

    /// Whether [`read_at`](RawIo::read_at) and [`write_at`](RawIo::write_at) work, so that a buffer
    /// need not move the position, which would be a system call of its own.
    fn supports_read_at(&self) -> bool {
        false
    }

    /// Reads at `offset`, in bytes from the start, without moving the position (`pread`).
    ///
    /// # Errors
    ///
    /// As for a read; [`Unsupported`](crate::Error::Unsupported) unless
    /// [`supports_read_at`](RawIo::supports_read_at).
    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let _ = (buf, offset);
        let operation = Operation::Read;
        Err(Error::Unsupported { operation }.into())
    }

    /// Writes at `offset`, in bytes from the start, without moving the position (`pwrite`). A gap
    /// between the end and `offset` is filled with zeros.
    ///
    /// # Errors
    ///
    /// As for a write; [`Unsupported`](crate::Error::Unsupported) unless
    /// [`supports_read_at`](RawIo::supports_read_at), and if the device
    /// [`is_append_only`](RawIo::is_append_only).
    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let _ = (buf, offset);
        let operation = Operation::Write;
        Err(Error::Unsupported { operation }.into())
    }
}

macro_rules! forward_raw_io {
    ($($stream:ty),*) => {$(
        impl<T: RawIo + ?Sized> RawIo for $stream {
            fn read_shared(&mut self, max: usize) -> Result<Option<Chunk>> {
                (**self).read_shared(max)
            }
            fn block_size(&self) -> Option<usize> {
                (**self).block_size()
            }
            fn rest_hint(&mut self) -> Option<u64> {
                (**self).rest_hint()
            }
            fn is_append_only(&self) -> bool {
                (**self).is_append_only()
            }
            fn supports_read_at(&self) -> bool {
                (**self).supports_read_at()
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
