//! [`FollowHandle`]: stops and wakes a device that waits.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What other threads want of a device that may be waiting.
#[derive(Debug, Default)]
pub(super) struct Waker {
    wishes: Mutex<Wishes>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Wishes {
    is_stopped: bool,
    is_woken: bool,
}

impl Waker {
    fn lock(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().is_stopped
    }

    fn wish(&self, wish: impl FnOnce(&mut Wishes)) {
        wish(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until the time is over or a thread wants something. A wake that came before the wait
    /// ends it, too, so that none is lost.
    pub(super) fn wait(&self, time: Duration) {
        let end = Instant::now().checked_add(time);
        let mut wishes = self.lock();
        while !wishes.is_stopped && !std::mem::take(&mut wishes.is_woken) {
            let rest = end.map_or(Duration::MAX, |end| {
                end.saturating_duration_since(Instant::now())
            });
            if rest.is_zero() {
                return;
            }
            let waited = self.changed.wait_timeout(wishes, rest);
            wishes = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Stops a [`Follow`](super::Follow) from any thread, or makes it look at its file at once. Cheap to
/// clone, and does nothing where the device is gone.
///
/// # Examples
///
/// A `ctrl-c` handler would keep the handle as this thread does:
///
/// ```
/// use std::io::Read;
/// use std::thread;
/// use iolite::raw::Follow;
///
/// let mut log = Follow::open("Cargo.toml")?;
/// let handle = log.handle();
/// let stopper = thread::spawn(move || handle.stop());
/// let mut text = String::new();
/// log.read_to_string(&mut text)?;                             // returns when it is stopped
/// assert!(text.starts_with("[package]"));
/// stopper.join().expect("no panic");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FollowHandle {
    waker: Arc<Waker>,
}

impl FollowHandle {
    pub(super) fn new(waker: &Arc<Waker>) -> FollowHandle {
        let waker = Arc::clone(waker);
        FollowHandle { waker }
    }

    /// Ends the device: what is in the file now is still read, then reads return 0. A waiting read
    /// returns at once. There is no way back.
    pub fn stop(&self) {
        self.waker.wish(|wishes| wishes.is_stopped = true);
    }

    /// Whether the device was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.waker.is_stopped()
    }

    /// Makes a read that waits, or the next one that would, look at the file now: for a crate that
    /// gets events of the file system, so that the interval can be long.
    pub fn wake(&self) {
        self.waker.wish(|wishes| wishes.is_woken = true);
    }
}
