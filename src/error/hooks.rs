//! The two hooks of a process: one is called before an interrupted call is repeated, the other with
//! the errors that streams meet while they are dropped.
//!
//! After a fork the child has a single thread, and a lock that another thread held stays locked
//! forever. A child that writes to a file must not wait for it, so no code here ever waits for a
//! lock: readers skip a place that is locked, and the value is in one of several places, so that
//! another is always free. A thread holds one lock at a time, for a few instructions.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock, TryLockError};
use std::thread;

use super::Error;

/// A function that is called before an interrupted call is repeated; see
/// [`set_global_interrupt_hook`].
///
/// # Examples
///
/// ```
/// use std::io;
/// use iolite::error::InterruptHook;
/// let never: InterruptHook = Box::new(|| Err(io::Error::other("stopped by a signal")));
/// assert!(never().is_err());
/// ```
pub type InterruptHook = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

static INTERRUPT: Hook<InterruptHook> = Hook::new();

/// Sets the hook that is called before a call that a signal interrupted is repeated. There is one
/// for the whole process: it replaces any earlier one, and `None` removes it.
///
/// Without a hook such a call is always repeated (PEP 475), and a program that waits for input
/// cannot be stopped by a signal that only sets a flag. The hook looks at that flag: if it returns
/// `Ok` the call is repeated, and its error becomes the error of the interrupted call (a read,
/// write, seek or flush, a copy in the kernel, opening a named pipe, connecting, waiting for the
/// disk), in every layer. Nothing is lost, as with any error. Python runs its signal handlers
/// there.
///
/// Do not return an error of kind [`Interrupted`](io::ErrorKind::Interrupted): the layers above
/// would repeat the call and ask again. The hook runs in the thread that was interrupted, not in
/// the signal handler. It also works in the child of a fork, whatever the parent's other threads
/// were doing.
///
/// It is not called where std itself repeats the call: in a function that
/// [opens a file](crate::FileIo::open_with) for you, and, on systems other than Unix, when opening,
/// truncating, syncing and connecting.
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
/// iolite::error::set_global_interrupt_hook(Some(Box::new(|| {
///     if STOP.load(Ordering::Relaxed) { Err(io::Error::other("stopped")) } else { Ok(()) }
/// })));
/// let mut input = BufferedReader::new(Adapter::reader(Bell));
/// assert_eq!(input.read(&mut [0]).unwrap_err().to_string(), "stopped");
/// ```
#[doc(alias = "PyErr_CheckSignals")]
pub fn set_global_interrupt_hook(hook: Option<InterruptHook>) {
    INTERRUPT.set(hook);
}

/// Calls the hook, if there is one. Never with a lock held: it may do I/O.
pub(super) fn ask_interrupt_hook() -> io::Result<()> {
    INTERRUPT.get().map_or(Ok(()), |hook| hook())
}

/// A function that is called with the error of a stream that was dropped; see
/// [`set_global_drop_hook`].
///
/// The second argument is the number of bytes lost with the stream: those that were accepted from
/// the user and never reached the device.
///
/// # Examples
///
/// ```
/// use iolite::Error;
/// use iolite::error::DropHook;
/// let hook: DropHook = Box::new(|error: &Error, lost| eprintln!("{error}; {lost} bytes lost"));
/// iolite::error::set_global_drop_hook(Some(hook));
/// ```
pub type DropHook = Box<dyn Fn(&Error, usize) + Send + Sync>;

static DROP: Hook<DropHook> = Hook::new();

/// Sets the hook that is called with the errors that streams meet while they are dropped. There is
/// one for the whole process: it replaces any earlier one, and `None` removes it.
///
/// A writer that is dropped tries to write what is pending. If that fails there is no caller to
/// return the error to, and std's `BufWriter` discards it silently. To *handle* the error, call
/// [`close`](crate::IoBase::close); the hook is for places where that was forgotten, and for a log.
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
/// iolite::error::set_global_drop_hook(Some(Box::new(|_, bytes| {
///     LOST.fetch_add(bytes, Ordering::Relaxed);
/// })));
/// let mut room = [0; 2];
/// let mut writer = BufferedWriter::new(Adapter::writer(&mut room[..]));
/// writer.write_all(b"abcde")?;
/// drop(writer);                                       // two bytes fit
/// assert_eq!(LOST.load(Ordering::Relaxed), 3);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn set_global_drop_hook(hook: Option<DropHook>) {
    DROP.set(hook);
}

/// Calls the hook, if there is one, and never panics. Do not call it with a lock held.
pub(crate) fn report_at_drop(error: &Error, lost: usize) {
    if let Some(hook) = DROP.get() {
        // The hook goes inside: if this is its last owner, its own destructor may panic as well.
        let _ = catch_unwind(AssertUnwindSafe(move || hook(error, lost)));
    }
}

/// The number of places. For none to be left, a fork would have to catch this many threads inside
/// those few instructions.
const PLACES: usize = 8;

/// How often a lock is tried that a live thread may hold, which then releases it within a few
/// instructions.
const PATIENCE: usize = 20;

/// A value that is rarely replaced, and is read without ever waiting for a thread that replaces it.
struct Hook<T> {
    places: [RwLock<Entry<T>>; PLACES],
    /// The number of the last `set` that began.
    begun: AtomicU64,
    /// The number of the last `set` whose value can be read; 0 is none.
    newest: AtomicU64,
}

/// What one call of `set` left.
struct Entry<T> {
    /// The number of the call; 0 where nothing is kept.
    number: u64,
    value: Option<Arc<T>>,
}

impl<T> Entry<T> {
    const NOTHING: Entry<T> = Entry {
        number: 0,
        value: None,
    };
}

impl<T> Hook<T> {
    const fn new() -> Hook<T> {
        Hook {
            places: [const { RwLock::new(Entry::NOTHING) }; PLACES],
            begun: AtomicU64::new(0),
            newest: AtomicU64::new(0),
        }
    }

    /// The value that was set last.
    fn get(&self) -> Option<Arc<T>> {
        let mut best = (0, None);
        for _ in 0..PATIENCE {
            let newest = self.newest.load(Ordering::Acquire);
            for place in &self.places {
                // A locked place is being written now, or was when the process forked.
                let Some(entry) = unless_locked(place.try_read()) else {
                    continue;
                };
                if entry.number > best.0 {
                    best = (entry.number, entry.value.clone());
                }
            }
            if best.0 >= newest {
                break;
            }
            // The value moved during the loop, from a place not yet visited to one already visited.
            thread::yield_now();
        }
        best.1
    }

    /// Replaces the value. The one before is dropped after all locks, for it may do anything then.
    fn set(&self, value: Option<T>) {
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let value = value.map(Arc::new);
        // First stored, then announced by `newest`: a reader who sees the number finds the value.
        let mut gone = vec![self.put(Entry { number, value })];
        self.newest.fetch_max(number, Ordering::Release);
        for place in &self.places {
            gone.push(clear(place, number));
        }
    }

    /// Stores the entry in any place except that of the newest value, which readers still need.
    fn put(&self, new: Entry<T>) -> Option<Arc<T>> {
        loop {
            for place in &self.places {
                let Some(mut entry) = unless_locked(place.try_write()) else {
                    continue;
                };
                // An older value may be replaced: no reader needs it any more.
                if entry.number == 0 || entry.number < self.newest.load(Ordering::Acquire) {
                    return std::mem::replace(&mut *entry, new).value;
                }
            }
            thread::yield_now();
        }
    }
}

/// Removes an entry older than `number`.
fn clear<T>(place: &RwLock<Entry<T>>, number: u64) -> Option<Arc<T>> {
    for _ in 0..PATIENCE {
        if let Some(mut entry) = unless_locked(place.try_write()) {
            if entry.number >= number {
                return None;
            }
            entry.number = 0;
            return entry.value.take();
        }
        thread::yield_now();
    }
    None
}

/// The guard, unless the lock is held. Poison is ignored: no code panics while it holds one.
fn unless_locked<G>(tried: Result<G, TryLockError<G>>) -> Option<G> {
    match tried {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem;

    fn value(hook: &Hook<i32>) -> Option<i32> {
        hook.get().map(|value| *value)
    }

    #[test]
    fn the_last_value_counts_and_the_one_before_is_dropped() {
        let hook = Hook::new();
        assert!(hook.get().is_none());
        let first = Arc::new(());
        hook.set(Some(Arc::clone(&first)));
        assert_eq!(Arc::strong_count(&first), 2);
        hook.set(Some(Arc::new(())));
        assert_eq!(Arc::strong_count(&first), 1);
        hook.set(None);
        assert!(hook.get().is_none());
    }

    /// In the child of a fork a thread that was reading or writing is gone, and its lock is held
    /// forever: as that of a guard that is forgotten.
    #[test]
    fn nobody_waits_for_a_thread_that_a_fork_left_behind() {
        for number in 1..=5 {
            let hook = Hook::new();
            (1..=number).for_each(|n| hook.set(Some(n)));
            // Each other thread was caught with one lock: the first while it read,
            let newest = hook.places.iter().position(|place| {
                let entry = unless_locked(place.try_read()).expect("nobody else is here");
                entry.value.is_some()
            });
            let newest = newest.expect("the value is somewhere");
            mem::forget(hook.places[newest].try_read());
            assert_eq!(value(&hook), Some(number));
            // and others while they wrote.
            for n in 1..=3 {
                mem::forget(hook.places[(newest + n) % PLACES].try_write());
            }
            assert_eq!(value(&hook), Some(number));
            hook.set(Some(-number));
            assert_eq!(value(&hook), Some(-number));
            hook.set(None);
            assert_eq!(value(&hook), None);
        }
    }

    /// Somebody who asks while the value changes gets one of the two, never none.
    #[test]
    fn there_is_always_a_value_while_it_changes() {
        let hook = Hook::new();
        hook.set(Some(0));
        thread::scope(|scope| {
            scope.spawn(|| (1..3000).for_each(|n| hook.set(Some(n))));
            scope.spawn(|| (1..3000).for_each(|n| hook.set(Some(-n))));
            for _ in 0..3000 {
                assert!(hook.get().is_some());
            }
        });
        assert_eq!(value(&hook).map(i32::abs), Some(2999));
    }
}
