//! Copying one stream into another, by the kernel where it can.
//!
//! [`copy`] takes any two streams of bytes; [`copy_with`] adds a limit and reports of progress.
//! On Linux the bytes of most streams with descriptors do not pass through this process at all.

mod error;
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    path = "no_kernel.rs"
)]
mod kernel;
mod options;
mod user_space;

pub use self::error::{CopyError, CopySide};
pub use self::options::CopyOptions;

use std::io::{self, Read, Seek, Write};

use self::kernel::{CopyStep, Kernel};
use self::options::CopyProgress;
use self::user_space::{PROBE, SIZE, UserSpace};
use crate::chunk::Chunk;
use crate::error::{Error, Operation, Result};
use crate::io_base::IoBase;

/// Copies what is left of `from` to `to`, and returns the number of bytes.
///
/// What `from` has read ahead comes first. Then, on Linux, where both have a
/// [`flush_and_borrow_fd`](IoBase::flush_and_borrow_fd), the kernel moves the bytes:
/// `copy_file_range` between files, else `sendfile` or `splice`, whichever it accepts. Everywhere
/// else, for what the kernel refuses (appending, `/proc`, terminals, memory), and from a file to a
/// pipe or a socket unless you [ask for it](CopyOptions::zero_copy), they go through a buffer of
/// 128 KiB. Both streams are then right after what was copied. `to` is not flushed, except that
/// what it had pending is written first where the kernel is used.
///
/// std's `io::copy` uses the kernel for its own types only, cannot say how much was copied when
/// it fails, and loses what it has read and not written then. (Python: `shutil.copyfileobj`.)
///
/// Copying a file to its own end never ends: set a [limit](CopyOptions::limit).
///
/// A system call that a signal interrupts calls the
/// [interrupt hook](crate::error::set_global_interrupt_hook), and a socket that the peer has closed
/// is an error and never the signal `SIGPIPE`.
///
/// # Errors
///
/// The error of either stream, with the number of bytes that were copied; [`CopyError`] explains
/// how to continue.
///
/// # Examples
///
/// ```
/// use iolite::{BytesIo, OpenOptions, copy};
///
/// let mut manifest = OpenOptions::new().read_bytes("Cargo.toml")?;
/// let mut memory = BytesIo::new();
/// let n = copy(&mut manifest, &mut memory)?;
/// assert_eq!(n, memory.as_slice().len() as u64);
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "copyfileobj")]
pub fn copy<R, W>(from: &mut R, to: &mut W) -> Result<u64, CopyError>
where
    R: IoBase + Read + Seek + ?Sized,
    W: IoBase + Write + ?Sized,
{
    copy_with(from, to, CopyOptions::new())
}

/// Copies as [`copy`] does, with a limit, a callback, or bytes to begin with.
///
/// # Errors
///
/// As for [`copy`]. It is no error if the callback stops the copy.
///
/// # Examples
///
/// ```
/// use iolite::BytesIo;
/// use iolite::copy::{CopyOptions, copy_with};
///
/// let mut from = BytesIo::from(b"header, body".to_vec());
/// let mut to = BytesIo::new();
/// assert_eq!(copy_with(&mut from, &mut to, CopyOptions::new().limit(6))?, 6);
/// assert_eq!(to.as_slice(), b"header");
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn copy_with<R, W>(from: &mut R, to: &mut W, options: CopyOptions<'_>) -> Result<u64, CopyError>
where
    R: IoBase + Read + Seek + ?Sized,
    W: IoBase + Write + ?Sized,
{
    let kernel = Kernel::new(options.is_zero_copy());
    let (prefix, mut progress) = options.into_parts();
    match run(from, to, prefix, kernel, &mut progress) {
        Ok(()) => Ok(progress.copied()),
        Err(error) => Err(CopyError {
            copied: progress.copied(),
            ..error
        }),
    }
}

/// Copies and counts; an error has no count yet.
fn run<R, W>(
    from: &mut R,
    to: &mut W,
    prefix: Chunk,
    mut kernel: Kernel,
    progress: &mut CopyProgress<'_>,
) -> Result<(), CopyError>
where
    R: IoBase + Read + Seek + ?Sized,
    W: IoBase + Write + ?Sized,
{
    if let Err(error) = refuse(from, to) {
        return Err(error.holding(prefix));
    }
    user_space::write_prefix(to, prefix, progress)?;
    let mut user_space = UserSpace::new();
    while progress.room() > 0 {
        let most = match kernel.step(from, to, progress.room())? {
            CopyStep::Moved(n) => {
                progress.add(n);
                continue;
            }
            CopyStep::SaysEnd => PROBE,
            CopyStep::Refused => SIZE,
        };
        if !user_space.step(most, from, to, progress)? {
            break;
        }
    }
    Ok(())
}

/// Refuses a stream that is closed or has the wrong direction before anything is moved. The kernel
/// would not: a descriptor may allow more than its stream.
fn refuse<R, W>(from: &mut R, to: &mut W) -> Result<(), CopyError>
where
    R: IoBase + Read + ?Sized,
    W: IoBase + Write + ?Sized,
{
    if !from.readable() {
        let error = refusal(from.read(&mut []), Operation::Read);
        return Err(CopyError::new(CopySide::Source, error));
    }
    if !to.writable() {
        let error = refusal(to.write(&[]), Operation::Write);
        return Err(CopyError::new(CopySide::Target, error));
    }
    Ok(())
}

/// The error of a stream for a direction that it does not have.
fn refusal(said: io::Result<usize>, operation: Operation) -> Error {
    match said {
        Err(error) => error.into(),
        Ok(_) => Error::Unsupported { operation },
    }
}
