//! A sign of life from a test that takes long.

use std::fmt::Display;
use std::io::{Write, stderr};
use std::time::{Duration, Instant};

/// How long a test may be silent.
const SILENCE: Duration = Duration::from_secs(10);

/// Says on standard error how far a test is, every ten seconds.
///
/// What `eprintln!` prints libtest keeps until the test fails, so this writes to the stream itself.
pub(crate) struct Progress(Instant);

impl Progress {
    pub(crate) fn start() -> Progress {
        Progress(Instant::now())
    }

    /// To be called in the long loop, with what it is about to do.
    pub(crate) fn at(&mut self, what: impl Display) {
        if self.0.elapsed() < SILENCE {
            return;
        }
        self.0 = Instant::now();
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        // A test does not fail because nobody listens.
        let _ = writeln!(stderr(), "{test}: at {what}");
    }
}
