//! [`Life`]: how a subsystem and who runs it speak with each other.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::subsystem::Subsystem;
use crate::link::driver::after;
use crate::link::object::RemoteError;

/// Where a subsystem is in its life.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Stage {
    /// Nobody has started it. It serves calls all the same.
    #[default]
    Passive,
    /// It sets itself up.
    Starting,
    /// It runs, or needs nothing to run.
    Ready,
    /// It was stopped, or has stopped: with this error, if it has one. It serves no calls.
    Stopped(Option<RemoteError>),
}

/// The life of a subsystem from its start to its stop; see [`Subsystem::run`].
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::time::Duration;
/// use iolite::link::dispatch::{Call, Life, Subsystem};
/// use iolite::link::object::RemoteError;
///
/// /// Counts tenths of seconds.
/// struct Clock(AtomicU64);
///
/// impl Subsystem for Clock {
///     fn kind(&self) -> &str {
///         "clock"
///     }
///
///     fn serve(&self, call: Call) {
///         call.reply(&self.0.load(Ordering::Relaxed));
///     }
///
///     fn run(&self, life: &Life) -> Result<(), RemoteError> {
///         life.ready();
///         while !life.wait_stopping(Duration::from_millis(100)) {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///         Ok(())
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub struct Life {
    state: Mutex<LifeState>,
    changed: Condvar,
}

#[derive(Default)]
struct LifeState {
    stage: Stage,
    is_stopping: bool,
    /// It has nothing to do but to serve calls, so no thread sees that it shall stop.
    is_passive: bool,
    /// What wakes the subsystem from what it waits for.
    wake: Vec<OnStop>,
}

type OnStop = Box<dyn FnOnce() + Send>;

impl fmt::Debug for LifeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LifeState")
            .field("stage", &self.stage)
            .field("is_stopping", &self.is_stopping)
            .finish_non_exhaustive()
    }
}

impl Life {
    /// The life of a subsystem that nobody has started.
    pub fn new() -> Life {
        Life::default()
    }

    /// The subsystem is set up.
    pub fn ready(&self) {
        self.change(|state| {
            if state.stage == Stage::Starting {
                state.stage = Stage::Ready;
            }
        });
    }

    /// Whether the subsystem shall stop.
    pub fn is_stopping(&self) -> bool {
        self.state().is_stopping
    }

    /// Waits until the subsystem shall stop, for at most this long; says whether it shall.
    pub fn wait_stopping(&self, time: Duration) -> bool {
        self.wait_until(Some(time), |state| state.is_stopping)
            .is_stopping
    }

    /// Where it is.
    pub fn stage(&self) -> Stage {
        self.state().stage.clone()
    }

    /// Tells it to stop; it does so in its own time.
    pub fn stop(&self) {
        let mut wake = Vec::new();
        self.change(|state| {
            state.is_stopping = true;
            if state.is_passive {
                state.stage = Stage::Stopped(None);
            }
            wake = std::mem::take(&mut state.wake);
        });
        wake.into_iter().for_each(|wake| wake());
    }

    /// Has `wake` called when it shall stop, or at once if it shall already: for a subsystem that waits
    /// for something else, a connection for example.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use iolite::link::dispatch::Life;
    ///
    /// let (life, (sender, receiver)) = (Life::new(), mpsc::channel());
    /// let stop = sender.clone();
    /// life.on_stop(move || drop(stop.send("stop")));
    /// life.stop();
    /// assert_eq!(receiver.recv(), Ok("stop"));
    /// ```
    pub fn on_stop(&self, wake: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        if state.is_stopping {
            drop(state);
            wake();
        } else {
            state.wake.push(Box::new(wake));
        }
    }

    /// Waits while it is starting, for at most this long, and says where it is then.
    pub fn wait_started(&self, time: Duration) -> Stage {
        let is_started = |state: &LifeState| state.stage != Stage::Starting;
        self.wait_until(Some(time), is_started).stage.clone()
    }

    /// Waits until it has stopped, for at most this long; says whether it has.
    pub fn wait_stopped(&self, time: Duration) -> bool {
        let is_stopped = |state: &LifeState| matches!(state.stage, Stage::Stopped(_));
        let state = self.wait_until(Some(time), is_stopped);
        is_stopped(&state)
    }

    /// Waits until it shall stop.
    pub fn wait_for_stop(&self) {
        drop(self.wait_until(None, |state| state.is_stopping));
    }

    /// A new life begins, before the thread that lives it does.
    pub(super) fn begin(&self) {
        self.change(|state| {
            *state = LifeState {
                stage: Stage::Starting,
                ..LifeState::default()
            };
        });
    }

    /// The same life goes on with another start of what is alive, unless it shall stop.
    pub(in crate::link) fn begin_again(&self) {
        self.change(|state| {
            state.stage = Stage::Starting;
            state.wake.clear();
        });
    }

    /// Runs a subsystem from its start to its stop. Its panic is its own.
    pub(super) fn live(&self, subsystem: &dyn Subsystem) {
        let result = panic::catch_unwind(AssertUnwindSafe(|| subsystem.run(self)));
        let result = result.unwrap_or_else(|_| Err(RemoteError::new("Panic")));
        self.change(|state| {
            state.stage = match result {
                Err(error) => Stage::Stopped(Some(error)),
                Ok(()) if state.is_stopping => Stage::Stopped(None),
                Ok(()) => {
                    state.is_passive = true;
                    Stage::Ready
                }
            };
        });
    }

    /// It is over without having been lived, or had nothing to do until it was stopped.
    pub(super) fn end(&self) {
        self.change(|state| {
            if !matches!(state.stage, Stage::Stopped(_)) {
                state.stage = Stage::Stopped(None);
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, LifeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut LifeState)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    fn wait_until(
        &self,
        time: Option<Duration>,
        is_reached: impl Fn(&LifeState) -> bool,
    ) -> MutexGuard<'_, LifeState> {
        // Later than the clock can count is never.
        let until = time.and_then(after);
        let mut state = self.state();
        while !is_reached(&state) {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let woken = self.changed.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let woken = self.changed.wait(state);
                    woken.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
        state
    }
}
