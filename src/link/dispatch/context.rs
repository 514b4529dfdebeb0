//! [`Context`]: what a command can know about the call that it serves.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::link::object::{Path, Payload, Value};
use crate::link::request::{Open, Request};
use crate::link::session::CallError;

/// What a command can know about the call that it serves, and say beside its answer.
///
/// # Examples
///
/// A command that sleeps, and wakes up when nobody waits for it any more:
///
/// ```
/// use std::time::Duration;
/// use iolite::link::dispatch::{Context, StdBase};
/// use iolite::link::object::RemoteError;
///
/// let base = StdBase::new("bed").command_with("nap", |context: &Context, seconds: f64| {
///     if context.wait_cancelled(Duration::from_secs_f64(seconds)) {
///         return Err(RemoteError::new("Cancelled"));
///     }
///     Ok("slept well")
/// });
/// # let _ = base;
/// ```
pub struct Context {
    pub(super) open: Open,
    pub(super) path: Path,
    /// How many elements of the path have been followed.
    pub(super) depth: usize,
    pub(super) is_trusted: bool,
}

impl Context {
    /// The path of the command that was called, from the root.
    pub fn whole_path(&self) -> &Path {
        &self.path
    }

    /// What is left of the path behind the subsystem that serves it.
    pub fn path(&self) -> &[Value] {
        self.path.elements().get(self.depth..).unwrap_or_default()
    }

    /// For calls to the program that has called.
    pub fn request(&self) -> Request {
        Request::new(&self.open.shared, None)
    }

    /// Whether the caller has cancelled the call, or is gone: nobody waits for the answer.
    pub fn is_cancelled(&self) -> bool {
        self.open.is_cancelled()
    }

    /// Waits until the call is cancelled, for at most this long; says whether it is. It is how a
    /// command sleeps.
    pub fn wait_cancelled(&self, time: Duration) -> bool {
        self.open.wait_cancelled(time)
    }

    /// Whether the connection may administer this program.
    pub fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// Warns the caller, beside the answer.
    ///
    /// # Errors
    ///
    /// Why the caller does not want it.
    pub fn warn(&self, warning: &(impl Serialize + ?Sized)) -> Result<(), CallError> {
        self.open.warn(Payload::of(warning)?)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("whole_path", &self.path)
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}
