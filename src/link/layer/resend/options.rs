//! [`ResendOptions`].

use std::time::Duration;

/// How a [`Resend`](super::Resend) sends again. The defaults are MoaT's where it has the same.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::layer::ResendOptions;
///
/// let options = ResendOptions::new().window(16).timeout(Duration::from_millis(300));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ResendOptions {
    pub(super) window: u16,
    pub(super) timeout: Duration,
    pub(super) backoff: f64,
    pub(super) retries: u32,
    pub(super) ack_delay: Duration,
    pub(super) connection: Option<u64>,
}

impl ResendOptions {
    /// A window of 8, a second until a message is sent again, then 1.5 times as long each time, up to
    /// ten seconds, and eight times in all; acknowledgements at once; no number of the connection.
    pub fn new() -> ResendOptions {
        ResendOptions {
            window: 8,
            timeout: Duration::from_secs(1),
            backoff: 1.5,
            retries: 8,
            ack_delay: Duration::ZERO,
            connection: None,
        }
    }

    /// Messages are numbered modulo this; fewer than half as many are under way without having been
    /// acknowledged. At least 4. The smaller of both ends' windows is used.
    pub fn window(mut self, window: u16) -> ResendOptions {
        self.window = window.max(SMALLEST_WINDOW);
        self
    }

    /// How long an acknowledgement is waited for before a message is sent again; at least 10 ms, and
    /// whole milliseconds. The larger of both ends' times is used. Take one or two round trips of the
    /// line, with a full message each way.
    pub fn timeout(mut self, timeout: Duration) -> ResendOptions {
        self.timeout = timeout.max(SHORTEST_TIMEOUT);
        self
    }

    /// What the time is multiplied with for each further attempt, up to ten times the timeout; less
    /// than 1 and no number counts as 1. (MoaT: 1.)
    pub fn backoff(mut self, factor: f64) -> ResendOptions {
        self.backoff = factor.max(1.0);
        self
    }

    /// How often a frame is sent again without any sign of life of the peer; then that is given up.
    /// (MoaT tries forever.) A peer that lives and does not take a message has eight times as many.
    pub fn retries(mut self, retries: u32) -> ResendOptions {
        self.retries = retries;
        self
    }

    /// How long an acknowledgement may wait for a message that it can go with. MoaT's `send` waits for
    /// the acknowledgement, so keep this short if one is the peer.
    pub fn ack_delay(mut self, delay: Duration) -> ResendOptions {
        self.ack_delay = delay;
        self
    }

    /// A number that was made up for this connection, so that the peer can tell a restart from an old
    /// frame that comes late. MoaT ignores it and sends none. ([`ResendLayer`](super::ResendLayer)
    /// makes one up.)
    pub fn connection(mut self, number: u64) -> ResendOptions {
        self.connection = Some(number);
        self
    }
}

impl Default for ResendOptions {
    fn default() -> ResendOptions {
        ResendOptions::new()
    }
}

/// With fewer, messages could not be told from each other after a single loss.
pub(super) const SMALLEST_WINDOW: u16 = 4;

/// MoaT's own limit: no line and no thread is that fast.
pub(super) const SHORTEST_TIMEOUT: Duration = Duration::from_millis(10);
