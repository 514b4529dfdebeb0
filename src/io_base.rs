//! What every stream can be asked and told, whatever its floor.

#[cfg(unix)]
use std::os::fd::BorrowedFd;

use crate::error::Result;

/// The abilities and the life of a stream: what PEP 3116's `IOBase` promises on every floor.
///
/// The predicates are methods, as in Python: they may have to ask the system. All methods work
/// on a closed stream; the predicates then answer `false`.
///
/// # Contract
///
/// These hold for every stream of this crate and are expected of yours:
///
/// 1. The end of the stream is an empty answer, never an error, and it is not remembered: a
///    stream that ended is asked again at the next read.
/// 2. "No data now" is an error of kind [`WouldBlock`](std::io::ErrorKind::WouldBlock), and
///    nothing is lost: repeating the same call goes on, byte for byte and character for character.
/// 3. [`Interrupted`](std::io::ErrorKind::Interrupted) is retried inside, unless the
///    [hook](crate::set_interrupt_hook) objects.
/// 4. A device that moves nothing or lies about counts gets a typed error.
/// 5. Every error leaves the stream usable and its position defined.
/// 6. `Drop` writes what it can and never panics; [`close`](IoBase::close) reports.
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
pub trait IoBase {
    /// Whether reading is possible.
    fn readable(&self) -> bool;

    /// Whether writing is possible.
    fn writable(&self) -> bool;

    /// Whether the position can be told and moved. The devices of this crate ask the system.
    fn seekable(&self) -> bool;

    /// Whether [`close`](IoBase::close) was called.
    #[doc(alias = "closed")]
    fn is_closed(&self) -> bool;

    /// Writes what is pending and closes the device, even if the writing failed. A second call
    /// does nothing and succeeds.
    ///
    /// # Errors
    ///
    /// What the two steps say, [`Both`](crate::Error::Both) if both fail. The stream is closed all the same, and what could not
    /// be written is gone: to retry, flush until it succeeds and close then.
    fn close(&mut self) -> Result<()>;

    /// Cuts the file to `size` bytes, or extends it with zeros; `None` means the current
    /// position. The position stays where it is. Returns the size asked for.
    ///
    /// Memory streams only cut, as CPython's: they never extend.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) where the stream is read-only or the device
    /// has no size; whatever the system says otherwise.
    fn truncate(&mut self, size: Option<u64>) -> Result<u64>;

    /// Whether this is a terminal. (Python: `isatty`.)
    #[doc(alias = "isatty")]
    fn is_terminal(&self) -> bool {
        false
    }

    /// The descriptor of the device, readied to be used directly, past this stream: what is
    /// pending is written first, and the stream forgets what it believes about the device's
    /// position. `None` where there is no descriptor, or while bytes are read ahead: read those
    /// first. (Python's `fileno()` asks for neither.)
    ///
    /// # Errors
    ///
    /// [`Closed`](crate::Error::Closed), and what writing the pending bytes says.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BytesIo, IoBase};
    /// assert!(BytesIo::new().descriptor()?.is_none());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[cfg(unix)]
    #[doc(alias = "fileno")]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        Ok(None)
    }
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
            #[cfg(unix)]
            fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
                (**self).descriptor()
            }
        }
    )*};
}
forward_io_base!(&mut T, Box<T>);
