//! What becomes of an error that nobody is there to receive: a stream was dropped, not closed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Error;
use super::hook::Hook;

/// What is called with the error of a stream that was dropped; see [`set_drop_hook`].
///
/// The second argument is how many bytes are lost with the stream: those that were taken from
/// the user and never given to the device.
///
/// # Examples
///
/// ```
/// use iolite::{DropHook, Error};
/// let hook: DropHook = Box::new(|error: &Error, lost| eprintln!("{error}; {lost} bytes lost"));
/// iolite::set_drop_hook(Some(hook));
/// ```
pub type DropHook = Box<dyn Fn(&Error, usize) + Send + Sync>;

static HOOK: Hook<DropHook> = Hook::new();

/// Installs what is told of the errors that streams meet while they are dropped, in the whole
/// process; `None` takes it away. Returns nothing: the last one set is the one that is called.
///
/// A writer that is dropped writes what is pending as well as it can. When that fails there is
/// nobody to return the error to, and std's `BufWriter` loses it without a word. To *handle* the
/// error, call [`close`](crate::IoBase::close); the hook is for the places where it was
/// forgotten, and for a log.
///
/// The hook runs in the thread that drops the stream, inside a destructor. It may do I/O; a
/// panic in it is caught and ignored.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use iolite::{Adapter, BufferedWriter};
///
/// static LOST: AtomicUsize = AtomicUsize::new(0);
/// iolite::set_drop_hook(Some(Box::new(|_, bytes| {
///     LOST.fetch_add(bytes, Ordering::Relaxed);
/// })));
/// let mut room = [0; 2];
/// let mut writer = BufferedWriter::new(Adapter::writer(&mut room[..]));
/// writer.write_all(b"abcde")?;
/// drop(writer);                                       // two bytes fit
/// assert_eq!(LOST.load(Ordering::Relaxed), 3);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn set_drop_hook(hook: Option<DropHook>) {
    HOOK.set(hook);
}

/// Tells the hook, if there is one, and never panics. Never call it with a lock held.
pub(crate) fn report_at_drop(error: &Error, lost: usize) {
    if let Some(hook) = HOOK.get() {
        // The hook goes inside: if this is its last owner, its own destructor may panic as well.
        let _ = catch_unwind(AssertUnwindSafe(move || hook(error, lost)));
    }
}
