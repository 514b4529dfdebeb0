//! What happens to a call of the system that a signal interrupts: it is repeated, unless the
//! program has a say in that and says no.

use std::io::{self, ErrorKind};

use super::hook::Hook;

/// What is asked before an interrupted call is repeated; see [`set_interrupt_hook`].
///
/// # Examples
///
/// ```
/// use std::io;
/// use iolite::InterruptHook;
/// let never: InterruptHook = Box::new(|| Err(io::Error::other("stopped by a signal")));
/// assert!(never().is_err());
/// ```
pub type InterruptHook = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

static HOOK: Hook<InterruptHook> = Hook::new();

/// Installs what is asked before a call that a signal interrupted is repeated, in the whole
/// process; `None` takes it away. Returns nothing: the last one set is the one that is asked.
///
/// Without a hook such a call is always repeated (PEP 475), and a program that waits for input
/// cannot be stopped by a signal that only sets a flag. The hook looks at that flag: its `Ok`
/// repeats the call, its error is the error of the call that was interrupted (a read, write, seek
/// or flush, a copy in the kernel, opening a named pipe, connecting, waiting for the disk), on
/// every floor, and nothing is lost by it, as by no error. Python runs its signal
/// handlers there.
///
/// An error of the kind [`Interrupted`](ErrorKind::Interrupted) makes the floors above ask again;
/// take another. The hook runs in the thread that was interrupted, and not in the signal handler.
/// It is asked in the child of a fork, too, whatever the other threads of the parent were doing.
///
/// Calls that std repeats by itself do not ask: those of a function that
/// [opens a file](crate::FileIo::open_with) for you, and, where the system is no Unix, all that
/// open, truncate, sync and connect.
///
/// # Examples
///
/// ```
/// use std::io::{self, Read};
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use iolite::{Adapter, BufferedReader};
///
/// /// Is interrupted each time.
/// struct Bell;
/// impl Read for Bell {
///     fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
///         Err(io::ErrorKind::Interrupted.into())
///     }
/// }
///
/// static STOP: AtomicBool = AtomicBool::new(true);    // set by a signal handler
/// iolite::set_interrupt_hook(Some(Box::new(|| match STOP.load(Ordering::Relaxed) {
///     true => Err(io::Error::other("stopped")),
///     false => Ok(()),
/// })));
/// let mut input = BufferedReader::new(Adapter::reader(Bell));
/// assert_eq!(input.read(&mut [0]).unwrap_err().to_string(), "stopped");
/// ```
#[doc(alias = "PyErr_CheckSignals")]
pub fn set_interrupt_hook(hook: Option<InterruptHook>) {
    HOOK.set(hook);
}

/// Repeats a system call as long as a signal interrupts it and the hook has nothing against it.
#[inline(always)]
pub(crate) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => ask()?,
            outcome => return outcome,
        }
    }
}

/// Asks the hook, if there is one. Never with a lock held: it may do I/O.
#[cold]
fn ask() -> io::Result<()> {
    HOOK.get().map_or(Ok(()), |hook| hook())
}
