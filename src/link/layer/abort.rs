//! [`AbortHandle`]: ends a link from another thread.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends a link at once, from any thread: a `recv` or `send` that waits in another one returns
/// [`Closed`](super::LinkError::Closed), and so does every later call of a device. (Objects that have
/// been read already can still be taken.)
///
/// No layer says good-bye. To end in good order, use
/// [`shutdown`](super::ObjectLink::shutdown) and read until the end.
///
/// # Examples
///
/// ```
/// use std::thread;
/// use iolite::link::layer::{LinkError, memory};
///
/// let (mut here, _there) = memory::pair(64);
/// let handle = here.abort_handle();
/// let waiting = thread::spawn(move || here.recv(100));
/// handle.abort();
/// assert!(matches!(waiting.join().expect("no panic"), Err(LinkError::Closed)));
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    aborted: Arc<AtomicBool>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl AbortHandle {
    /// A handle that calls `wake`, whose task it is to let nobody wait in the link's halves any
    /// longer. It may be called several times, and after the link has been dropped.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> AbortHandle {
        AbortHandle {
            aborted: Arc::default(),
            wake: Arc::new(wake),
        }
    }

    /// Ends the link. A second call does nothing new.
    pub fn abort(&self) {
        // Before anybody wakes: who wakes asks why.
        self.aborted.store(true, Ordering::Release);
        (self.wake)();
    }

    /// Whether [`abort`](AbortHandle::abort) was called.
    pub fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle")
            .field("aborted", &self.is_aborted())
            .finish_non_exhaustive()
    }
}
