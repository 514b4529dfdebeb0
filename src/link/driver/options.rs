//! [`ConnectionOptions`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::workers::{WorkerPool, Workers};
use crate::link::dispatch::Subsystem;
use crate::link::layer::{LinkError, ObjectLink};
use crate::link::session::Limits;

/// What a connection serves, and its limits.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::dispatch::StdBase;
/// use iolite::link::driver::{ConnectionOptions, Workers};
///
/// let workers = Workers::new(4)?;
/// let options = ConnectionOptions::new()
///     .serve(StdBase::new("adder").command("add", |(a, b): (i64, i64)| a + b))
///     .workers(&workers)
///     .deadline(Duration::from_secs(10));
/// # let _ = options;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct ConnectionOptions {
    pub(super) limits: Limits,
    pub(super) served: Option<Arc<dyn Subsystem>>,
    pub(super) workers: Option<Arc<WorkerPool>>,
    pub(super) streams: Option<usize>,
    pub(super) is_trusted: bool,
    pub(super) deadline: Option<Duration>,
    pub(super) stream_deadline: Option<Duration>,
    pub(super) idle: Option<Duration>,
}

impl ConnectionOptions {
    /// Serves nothing: every call of the peer is answered with "no command".
    pub fn new() -> ConnectionOptions {
        ConnectionOptions::default()
    }

    /// How much the peer may use of this program's memory.
    pub fn limits(mut self, limits: Limits) -> ConnectionOptions {
        self.limits = limits;
        self
    }

    /// What the peer may call.
    pub fn serve(self, served: impl Subsystem + 'static) -> ConnectionOptions {
        self.serve_shared(Arc::new(served))
    }

    /// What the peers of several connections may call.
    pub fn serve_shared(mut self, served: Arc<dyn Subsystem>) -> ConnectionOptions {
        self.served = Some(served);
        self
    }

    /// Threads for calls beyond one at a time, and for streams. Without them a connection runs
    /// everything itself, one after the other.
    pub fn workers(mut self, workers: &Workers) -> ConnectionOptions {
        self.workers = Some(workers.pool());
        self
    }

    /// How many of the peer's streams are served at a time by the [workers](ConnectionOptions::workers);
    /// the others are refused as `Busy`. As many as there are workers by default: then one peer that
    /// opens streams and leaves them open is enough to keep all others from having one.
    pub fn streams(mut self, number: usize) -> ConnectionOptions {
        self.streams = Some(number);
        self
    }

    /// Whether the peer may stop (`stp_`), reload (`upd_`) and look at (`cfg_`) what is served. It
    /// may not by default.
    pub fn administration(mut self, granted: bool) -> ConnectionOptions {
        self.is_trusted = granted;
        self
    }

    /// How long calls wait for their answer, unless they say otherwise; for ever by default.
    pub fn deadline(mut self, deadline: Duration) -> ConnectionOptions {
        self.deadline = Some(deadline);
        self
    }

    /// How long a command that serves one of the peer's streams waits each time for the peer: for an item
    /// or its end, and for room for an item; for ever by default. Then the wait fails with
    /// [`TimedOut`](crate::link::session::CallError::TimedOut), and a command that hands this on has ended
    /// the stream: a peer that opens streams and forgets them keeps no worker for longer. A command that
    /// knows better says so with [`Channel::set_deadline`](crate::link::request::Channel::set_deadline).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use iolite::link::dispatch::StdBase;
    /// use iolite::link::driver::{Connection, ConnectionOptions};
    /// use iolite::link::request::Channel;
    /// use iolite::link::session::CallError;
    /// # use iolite::link::frame::CborSequence;
    /// # use iolite::link::layer::{Framed, Layer, memory};
    /// # let cbor = Framed::new("cbor_buf", CborSequence::default);
    /// # let (here, there) = memory::pair(4096);
    ///
    /// let served = StdBase::new("sum").stream("sum", |channel: &mut Channel, ()| {
    ///     let mut sum = 0;
    ///     while let Some(number) = channel.recv::<i64>()? {
    ///         sum += number;
    ///     }
    ///     Ok::<_, CallError>(sum)
    /// });
    /// let options = ConnectionOptions::new().stream_deadline(Duration::from_millis(20));
    /// # let _server = options.serve(served).open(cbor.set_up(there)?)?;
    /// # let client = Connection::open(cbor.set_up(here)?)?;
    ///
    /// let mut sum = client.request().stream_out("sum", &())?;
    /// sum.send(&1)?;
    /// // And then nothing more: the command gives up.
    /// let error = sum.recv::<()>().unwrap_err();
    /// assert!(error.to_string().contains("time"), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream_deadline(mut self, deadline: Duration) -> ConnectionOptions {
        self.stream_deadline = Some(deadline);
        self
    }

    /// Ends the connection when nothing has come for so long and no call is open; never by default.
    pub fn idle(mut self, idle: Duration) -> ConnectionOptions {
        self.idle = Some(idle);
        self
    }

    /// Opens a connection over a link.
    ///
    /// # Errors
    ///
    /// The system's, if it has no room for the connection's threads.
    pub fn open(&self, link: ObjectLink) -> Result<Connection, LinkError> {
        Connection::start(link, self)
    }
}

impl fmt::Debug for ConnectionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionOptions")
            .field("limits", &self.limits)
            .field("serves", &self.served.as_ref().map(|it| it.kind()))
            .field("administration", &self.is_trusted)
            .field("deadline", &self.deadline)
            .field("stream_deadline", &self.stream_deadline)
            .field("idle", &self.idle)
            .finish_non_exhaustive()
    }
}
