//! Repeating calls that failed in passing: what a caller of a non-blocking stream does.

use std::io::ErrorKind;

use super::hostile::EIO;
use crate::error::{Error, Result};

/// A call that is repeated this often counts as hanging.
pub(super) const PATIENCE: usize = 20_000;

/// Whether a [`HostileDevice`](super::HostileDevice) fails like this in passing: the call would
/// block, timed out, or failed once with [`EIO`], and repeating it goes on.
///
/// `Interrupted` is not among them: it must never come out of a stream (contract 3 of
/// [`IoBase`](crate::IoBase)).
#[must_use]
pub fn is_transient(error: &Error) -> bool {
    let kinds = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    kinds.contains(&error.kind()) || error.raw_os_error() == Some(EIO)
}

/// Repeats a call as long as it fails [in passing](is_transient). `at` names the place in every
/// failure message.
///
/// # Errors
///
/// The first error that is not transient.
///
/// # Panics
///
/// If 20,000 calls made no progress.
///
/// # Examples
///
/// ```
/// use std::io::Read;
/// use iolite::BufferedReader;
/// use iolite::testing::{Behaviour, HostileDevice, retry_transient};
///
/// let device = HostileDevice::new(b"abc").with(Behaviour::TimedOut);
/// let mut reader = BufferedReader::new(device);
/// let mut bytes = [0; 3];
/// retry_transient("a slow device", || Ok(reader.read_exact(&mut bytes)?))?;
/// assert_eq!(&bytes, b"abc");
/// # Ok::<(), iolite::Error>(())
/// ```
pub fn retry_transient<T>(at: &str, mut call: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 0..PATIENCE {
        match call() {
            Err(error) if is_transient(&error) => {}
            outcome => return outcome,
        }
    }
    panic!("{at}: no progress in {PATIENCE} calls");
}

/// As [`retry_transient`]; every other error is a failure.
pub(super) fn must<T>(at: &str, call: impl FnMut() -> Result<T>) -> T {
    retry_transient(at, call).unwrap_or_else(|error| panic!("{at}: {error}"))
}
