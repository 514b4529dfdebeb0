//! [`IoBase`]: what every stream has, in whatever layer.

use crate::error::Result;

/// What every stream can be asked, and how it is closed: PEP 3116's `IOBase`.
///
/// The predicates are methods, as in Python, because they may have to ask the system. On a closed
/// stream they still work, and return `false`.
///
/// # Contract
///
/// Every stream of this crate keeps these rules, and yours should:
///
/// 1. The end of the stream is an empty result, never an error, and it is not remembered: the next
///    read asks the device again.
/// 2. "No data now" is an error of kind [`WouldBlock`](std::io::ErrorKind::WouldBlock), and nothing
///    is lost: repeating the same call continues, byte for byte and character for character.
/// 3. A call that was [`Interrupted`](std::io::ErrorKind::Interrupted) is repeated inside, unless
///    the [hook](crate::error::set_global_interrupt_hook) objects.
/// 4. A device that makes no progress or reports impossible counts causes a typed error.
/// 5. Every error leaves the stream usable and its position defined.
/// 6. `Drop` writes what it can and never panics; [`close`](IoBase::close) reports errors.
///
/// # Examples
///
/// ```
/// use iolite::{BytesIo, IoBase};
///
/// fn describe(stream: &dyn IoBase) -> String {
///     format!("r={} w={} s={}", stream.readable(), stream.writable(), stream.seekable())
/// }
/// let mut memory = BytesIo::new();
/// assert_eq!(describe(&memory), "r=true w=true s=true");
/// memory.close()?;
/// assert!(memory.is_closed());
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "IOBase")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream of iolite",
    note = "put a reader of std into `Adapter::reader(…)`, a writer into `Adapter::writer(…)`, and what is both into `Adapter::duplex(…)`",
    note = "a std `File` becomes a stream by `FileIo::from_file(file, mode)`, a `TcpStream` or `UnixStream` by `SocketIo::from(stream)`, bytes in memory by `BytesIo::from(bytes)`"
)]
pub trait IoBase {
    /// Whether reading is possible.
    fn readable(&self) -> bool;

    /// Whether writing is possible.
    fn writable(&self) -> bool;

    /// Whether the stream has a position that can be moved. The devices of this crate ask the
    /// system.
    fn seekable(&self) -> bool;

    /// Whether [`close`](IoBase::close) was called.
    #[doc(alias = "closed")]
    fn is_closed(&self) -> bool;

    /// Writes what is pending, and closes the device even if that failed. A second call does
    /// nothing and succeeds.
    ///
    /// # Errors
    ///
    /// The error of either step, or [`Combined`](crate::Error::Combined) if both fail. The stream
    /// is closed all the same. What it had accepted and the device had not is returned by the
    /// stream's `into_parts`, for example
    /// [`BufferedWriter::into_parts`](crate::BufferedWriter::into_parts); a drop does not try to
    /// write it again. To go on with the same device, call [`flush`](std::io::Write::flush) until
    /// that succeeds *before* you call `close`.
    fn close(&mut self) -> Result<()>;

    /// Cuts the file to `size` bytes, or extends it with zeros; `None` means the current position.
    /// The position does not change. Returns the new size.
    ///
    /// Memory streams only cut, as CPython's do: they never extend.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) if the stream is read-only or the device has no
    /// size; otherwise the system's error.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64>;

    /// Whether this is a terminal. (Python: `isatty`.)
    #[doc(alias = "isatty")]
    fn is_terminal(&self) -> bool {
        false
    }

    /// The descriptor of the device (on Windows its handle), for using the device directly,
    /// bypassing this stream: what is pending is written first, and the stream forgets what it
    /// knows about the device's position. `None` if there is no descriptor, and while bytes are
    /// read ahead: read those first. (Python's `fileno()` ensures neither.)
    ///
    /// A stream over another one forwards the call. Method and type exist on every system, so that
    /// needs no `cfg`.
    ///
    /// # Errors
    ///
    /// [`Closed`](crate::Error::Closed), and the error of writing the pending bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BytesIo, IoBase};
    /// assert!(BytesIo::new().flush_and_borrow_fd()?.is_none());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "fileno")]
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        Ok(None)
    }
}

#[cfg(not(any(unix, windows)))]
type SystemName<'a> = &'a std::convert::Infallible;
#[cfg(unix)]
use std::os::fd::BorrowedFd as SystemName;
#[cfg(windows)]
use std::os::windows::io::BorrowedHandle as SystemName;

/// What the system knows an open device by: a descriptor on Unix, a handle on Windows, nothing
/// elsewhere. See [`IoBase::flush_and_borrow_fd`].
pub type BorrowedDevice<'a> = SystemName<'a>;

/// Whether a stream is closed in both directions. A pair of which the writing half alone is closed says
/// that it is closed, as CPython's does, and can still be read.
#[inline]
pub(crate) fn is_over(stream: &(impl IoBase + ?Sized)) -> bool {
    stream.is_closed() && !stream.readable()
}

macro_rules! forward_io_base {
    ($($stream:ty),*) => {$(
        impl<T: IoBase + ?Sized> IoBase for $stream {
            fn readable(&self) -> bool {
                (**self).readable()
            }
            fn writable(&self) -> bool {
                (**self).writable()
            }
            fn seekable(&self) -> bool {
                (**self).seekable()
            }
            fn is_closed(&self) -> bool {
                (**self).is_closed()
            }
            fn close(&mut self) -> Result<()> {
                (**self).close()
            }
            fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
                (**self).truncate(size)
            }
            fn is_terminal(&self) -> bool {
                (**self).is_terminal()
            }
            fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
                (**self).flush_and_borrow_fd()
            }
        }
    )*};
}
forward_io_base!(&mut T, Box<T>);
