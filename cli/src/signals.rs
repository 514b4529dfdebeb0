//! INT, TERM and HUP while files are replaced: the program ends at the next write, so that drafts
//! are removed where they have a name, and then dies of the signal.
//!
//! A program that only reads and writes streams needs none of this: there a signal ends it at once.
//! Elsewhere than on Unix nothing is watched.

use std::fmt;
use std::io;

/// The error of a write after a signal.
#[derive(Debug)]
pub(crate) struct Stopped;

impl std::error::Error for Stopped {}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped by a signal")
    }
}

/// Fails once a signal has come.
pub(crate) fn check() -> io::Result<()> {
    if has_stopped() {
        return Err(io::Error::other(Stopped));
    }
    Ok(())
}

/// A stream that takes nothing more once a signal has come.
pub(crate) struct Watched<W>(pub(crate) W);

impl<W: io::Write> io::Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        check()?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(unix)]
pub(crate) use self::unix::{die, has_stopped, watch};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, LazyLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::{flag, low_level};

    struct Caught {
        is_set: Arc<AtomicBool>,
        signal: Arc<AtomicUsize>,
    }

    static CAUGHT: LazyLock<Caught> = LazyLock::new(|| Caught {
        is_set: Arc::default(),
        signal: Arc::default(),
    });

    /// From now on signals end the program at the next [`check`](super::check) only. A second one
    /// ends it at once.
    pub(crate) fn watch() -> io::Result<()> {
        let ignored = ignored();
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            // Whoever started this program with `nohup`, or in the background, wants it to go on.
            if ignored >> (signal - 1) & 1 == 1 {
                continue;
            }
            let is_set = || Arc::clone(&CAUGHT.is_set);
            flag::register_conditional_default(signal, is_set())?;
            let number = usize::try_from(signal).unwrap_or(0);
            flag::register_usize(signal, Arc::clone(&CAUGHT.signal), number)?;
            flag::register(signal, is_set())?;
        }
        Ok(())
    }

    /// The signals that are ignored, a bit for each, as far as the system says.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }

    pub(crate) fn has_stopped() -> bool {
        CAUGHT.is_set.load(Ordering::Relaxed)
    }

    /// Ends the program as the signal that has come would have.
    pub(crate) fn die() {
        if let Ok(signal) = i32::try_from(CAUGHT.signal.load(Ordering::Relaxed)) {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn watch() -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn has_stopped() -> bool {
    false
}

#[cfg(not(unix))]
pub(crate) fn die() {}
