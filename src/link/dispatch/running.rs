//! [`Running`]: a tree of subsystems that was started.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::life::{Life, Stage};
use super::subsystem::Subsystem;

/// A tree of subsystems that was started: each that does something of its own does it in a thread of
/// its own. Dropping it stops them all, the last one first, and waits for them.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use iolite::link::dispatch::{Running, Stage, StdBase};
///
/// let base = Arc::new(StdBase::new("root").sub("below", StdBase::new("branch")));
/// let running = Running::start(base)?;
/// assert_eq!(running.wait_started(Duration::from_secs(5)), Stage::Ready);
/// assert_eq!(running.stop(), Stage::Stopped(None));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Running {
    life: Arc<Life>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts a subsystem, which starts those that it holds.
    ///
    /// # Errors
    ///
    /// The system's, if it has no room for another thread.
    pub fn start(subsystem: Arc<dyn Subsystem>) -> io::Result<Running> {
        let life = Arc::new(Life::new());
        life.begin();
        let its = Arc::clone(&life);
        let thread = thread::Builder::new().name(format!("link-{}", subsystem.kind()));
        let thread = thread.spawn(move || its.live(&subsystem))?;
        Ok(Running {
            life,
            thread: Some(thread),
        })
    }

    /// Waits while it is starting, for at most this long, and says where it is then.
    pub fn wait_started(&self, time: Duration) -> Stage {
        self.life.wait_started(time)
    }

    /// Stops it, waits until everything has stopped, and says how it ended.
    pub fn stop(mut self) -> Stage {
        self.end();
        self.life.stage()
    }

    fn end(&mut self) {
        self.life.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the subsystem was caught.
            let _ = thread.join();
        }
        self.life.end();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
