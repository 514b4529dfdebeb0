//! [`Retry`]: how often and how fast something is tried again.

use std::thread;
use std::time::{Duration, Instant};

use super::error::LinkError;

/// How often and how fast something is tried again, connecting above all.
///
/// The pause before the second attempt is [`delay`](Retry::delay), and each later one is
/// [`backoff`](Retry::backoff) times as long. The last error is returned after
/// [`attempts`](Retry::attempts), or where the next attempt would begin later than
/// [`timeout`](Retry::timeout) after the first.
///
/// # Examples
///
/// ```
/// use std::io::ErrorKind;
/// use std::time::Duration;
/// use iolite::link::layer::{LinkError, Retry};
///
/// let retry = Retry::new().delay(Duration::from_millis(1)).attempts(5);
/// let mut calls = 0;
/// let connected = retry.run(|| {
///     calls += 1;
///     if calls < 3 { Err(LinkError::from(ErrorKind::ConnectionRefused)) } else { Ok("connected") }
/// });
/// assert_eq!((connected?, calls), ("connected", 3));
/// # Ok::<(), LinkError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    delay: Duration,
    backoff: f64,
    attempts: u32,
    timeout: Duration,
}

impl Retry {
    /// Ten attempts in at most ten seconds, the second one after 0.1 s, and 1.3 times as long between
    /// any two as between the two before them: as in MoaT.
    pub fn new() -> Retry {
        Retry {
            delay: Duration::from_millis(100),
            backoff: 1.3,
            attempts: 10,
            timeout: Duration::from_secs(10),
        }
    }

    /// One attempt only.
    pub fn never() -> Retry {
        Retry::new().attempts(1)
    }

    /// How long the pause before the second attempt is.
    pub fn delay(mut self, delay: Duration) -> Retry {
        self.delay = delay;
        self
    }

    /// What each pause is multiplied with for the next one; less than 1 and no number counts as 1.
    pub fn backoff(mut self, factor: f64) -> Retry {
        self.backoff = factor.max(1.0);
        self
    }

    /// How many attempts there are; 0 counts as 1.
    pub fn attempts(mut self, attempts: u32) -> Retry {
        self.attempts = attempts.max(1);
        self
    }

    /// How long after the first attempt the last one may begin.
    pub fn timeout(mut self, timeout: Duration) -> Retry {
        self.timeout = timeout;
        self
    }

    /// Calls `attempt` until it succeeds.
    ///
    /// # Errors
    ///
    /// The last attempt's. [`LinkError::Closed`] is returned at once: somebody wants it to end.
    pub fn run<T>(&self, attempt: impl FnMut() -> Result<T, LinkError>) -> Result<T, LinkError> {
        self.run_with(
            |pause| {
                thread::sleep(pause);
                true
            },
            attempt,
        )
    }

    /// The same with a pause of the caller's own, which says whether to go on after it.
    ///
    /// # Errors
    ///
    /// As for [`run`](Retry::run), and [`LinkError::Closed`] if the pause says no.
    pub fn run_with<T>(
        &self,
        mut pause: impl FnMut(Duration) -> bool,
        mut attempt: impl FnMut() -> Result<T, LinkError>,
    ) -> Result<T, LinkError> {
        let start = Instant::now();
        let mut delay = self.delay;
        for _ in 1..self.attempts {
            match attempt() {
                Err(LinkError::Closed) => return Err(LinkError::Closed),
                Err(error) if start.elapsed().saturating_add(delay) > self.timeout => {
                    return Err(error);
                }
                Err(_) if !pause(delay) => return Err(LinkError::Closed),
                Err(_) => delay = scaled(delay, self.backoff),
                connected => return connected,
            }
        }
        attempt()
    }
}

impl Default for Retry {
    fn default() -> Retry {
        Retry::new()
    }
}

/// The duration times `factor`, or the longest one where that is no duration.
pub(super) fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}
