//! [`Subsystem`]: what serves calls below a path.

use std::sync::Arc;

use super::call::Call;
use super::life::Life;
use crate::link::object::{RemoteError, Value};

/// A part of a program that serves calls below a path. [`StdBase`](super::StdBase) is one, and holds
/// others.
///
/// # Examples
///
/// A subsystem that answers every path:
///
/// ```
/// use iolite::link::dispatch::{Call, StdBase, Subsystem};
///
/// struct Depth;
///
/// impl Subsystem for Depth {
///     fn kind(&self) -> &str {
///         "depth"
///     }
///
///     fn serve(&self, call: Call) {
///         let depth = call.path().len();
///         call.reply(&depth);
///     }
/// }
///
/// let base = StdBase::new("root").sub("depth", Depth);
/// # let _ = base;
/// ```
#[doc(alias = "MsgHandler")]
#[doc(alias = "BaseCmd")]
pub trait Subsystem: Send + Sync {
    /// What it is, in a word: `dir_` of its parent shows it, and so do errors.
    fn kind(&self) -> &str;

    /// Serves a call whose path has led here: what is left of it is `call.path()`.
    ///
    /// It runs in a thread that has other things to do, and may block it: while it does the connection
    /// has one thread less, or the program one worker less. A panic is an error for the caller, and
    /// nothing else.
    fn serve(&self, call: Call);

    /// What it does beside serving calls, in a thread of its own, from its start until it shall
    /// stop: set itself up, say [`life.ready()`](Life::ready), work until
    /// [`life.is_stopping()`](Life::is_stopping), clean up. It is called again if it is started again.
    ///
    /// By default it does nothing, and is ready.
    ///
    /// # Errors
    ///
    /// Why it does not run, or not any more. Calls are answered with `StoppedError` from then on.
    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        life.ready();
        Ok(())
    }

    /// Takes over another configuration.
    ///
    /// # Errors
    ///
    /// What is wrong with it; the old one stays. By default it takes none.
    fn reload(&self, configuration: &Value) -> Result<(), RemoteError> {
        let _ = configuration;
        Err(RemoteError::new("NotImplementedError").with_argument("it takes no configuration"))
    }

    /// Its configuration, without secrets, for those that may administer the program.
    fn configuration(&self) -> Option<Value> {
        None
    }
}

impl<T: Subsystem + ?Sized> Subsystem for Arc<T> {
    fn kind(&self) -> &str {
        (**self).kind()
    }

    fn serve(&self, call: Call) {
        (**self).serve(call);
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        (**self).run(life)
    }

    fn reload(&self, configuration: &Value) -> Result<(), RemoteError> {
        (**self).reload(configuration)
    }

    fn configuration(&self) -> Option<Value> {
        (**self).configuration()
    }
}
