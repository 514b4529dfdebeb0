//! [`Guarded`]: one stream, many Python threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// A stream that one thread uses at a time. A call that comes back into the stream it came from
/// (a device that is a Python object can do that) is a `RuntimeError`, as in CPython.
pub(crate) struct Guarded<T> {
    stream: Mutex<T>,
    /// The thread inside, or 0.
    inside: AtomicU64,
}

fn this_thread() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local!(static NUMBER: u64 = LAST.fetch_add(1, Ordering::Relaxed) + 1);
    NUMBER.with(|number| *number)
}

/// The thread has left, whether by a return or by a panic.
struct Leave<'a>(&'a AtomicU64);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl<T: Send> Guarded<T> {
    pub(crate) fn new(stream: T) -> Guarded<T> {
        Guarded {
            stream: Mutex::new(stream),
            inside: AtomicU64::new(0),
        }
    }

    /// Waits without the interpreter's lock: whoever is inside may need it to get out.
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, T> {
        loop {
            match self.stream.try_lock() {
                Ok(guard) => return guard,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => py.detach(|| {
                    drop(self.stream.lock().unwrap_or_else(PoisonError::into_inner));
                }),
            }
        }
    }

    pub(crate) fn with<R>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut T) -> PyResult<R>,
    ) -> PyResult<R> {
        let me = this_thread();
        if self.inside.load(Ordering::Relaxed) == me {
            return Err(PyRuntimeError::new_err("reentrant call inside the stream"));
        }
        let mut stream = self.lock(py);
        self.inside.store(me, Ordering::Relaxed);
        let leave = Leave(&self.inside);
        let outcome = call(&mut stream);
        drop(leave);
        outcome
    }
}
