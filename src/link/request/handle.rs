//! [`Request`]: a handle for calls.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::channel::Channel;
use super::open::Open;
use super::pending::Pending;
use crate::link::driver::{ConnectionState, after};
use crate::link::object::{Path, Payload};
use crate::link::session::{CallError, CallMode};

/// How many items of a stream the other end may send ahead, unless told otherwise.
pub(in crate::link) const WINDOW: u32 = 64;

/// A handle for calls over a [`Connection`](crate::link::driver::Connection), to be cloned and used in
/// any number of threads at the same time. (MoaT: `MsgSender`; in the original text `Request`, whose
/// `send` is [`call`](Request::call).)
///
/// Calls do not wait for each other: their answers come in any order. When the connection ends every
/// open call ends with [`CallError::Lost`], and every later one as well.
///
/// **Arguments** are what serde can write: a tuple is several, `&()` none, a struct or a map are
/// keywords, anything else is one argument. Results are read the other way round.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::dispatch::StdBase;
/// use iolite::link::driver::{Connection, ConnectionOptions};
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, Layer, memory};
/// use iolite::link::session::CallError;
///
/// let cbor = Framed::new("cbor_buf", CborSequence::default);
/// let (here, there) = memory::pair(4096);
/// let served = StdBase::new("numbers")
///     .command("add", |(a, b): (i64, i64)| a + b)
///     .command("sum", |numbers: Vec<i64>| numbers.into_iter().sum::<i64>());
/// let _server = ConnectionOptions::new().serve(served).open(cbor.set_up(there)?)?;
/// let client = Connection::open(cbor.set_up(here)?)?;
///
/// let request = client.request().with_deadline(Duration::from_secs(5));
/// assert_eq!(request.call::<i64>("add", &(2, 3))?, 5);
/// assert_eq!(request.call::<i64>("sum", &(1, 2, 3))?, 6);
/// match request.call::<()>("multiply", &(2, 3)) {
///     Err(CallError::Remote(error)) => assert_eq!(&*error.name, "KeyError"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "MsgSender")]
#[derive(Clone)]
pub struct Request {
    shared: Arc<ConnectionState>,
    deadline: Option<Duration>,
    window: u32,
}

impl Request {
    pub(in crate::link) fn new(
        shared: &Arc<ConnectionState>,
        deadline: Option<Duration>,
    ) -> Request {
        Request {
            shared: Arc::clone(shared),
            deadline,
            window: WINDOW,
        }
    }

    /// A handle whose calls are cancelled, and end with [`CallError::TimedOut`], when they take longer
    /// than this. For a stream it is the time that each wait may take.
    pub fn with_deadline(&self, deadline: Duration) -> Request {
        Request {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// A handle for streams of which the other end may send this many items ahead of us (64 by
    /// default). A large window is faster, and takes as much memory as its items.
    #[doc(alias = "size")]
    pub fn with_window(&self, items: u32) -> Request {
        Request {
            window: items,
            ..self.clone()
        }
    }

    /// Calls a command and waits for its answer.
    ///
    /// # Errors
    ///
    /// What the command reports ([`CallError::Remote`]), why it was not called, why there is no answer,
    /// or why the answer is no `R`.
    #[doc(alias = "send")]
    #[doc(alias = "cmd")]
    pub fn call<R: DeserializeOwned>(
        &self,
        path: impl Into<Path>,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<R, CallError> {
        self.start(path, arguments)?.wait()
    }

    /// The same for a payload of any values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`call`](Request::call).
    pub fn call_payload(
        &self,
        path: impl Into<Path>,
        arguments: Payload,
    ) -> Result<Payload, CallError> {
        self.start_payload::<()>(path, arguments)?.wait_payload()
    }

    /// Starts a call, whose answer is [waited for](Pending::wait) later: many can be open at once.
    ///
    /// # Errors
    ///
    /// Why it was not called: too many calls are open, the arguments cannot be written, the connection
    /// has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// # use iolite::link::dispatch::StdBase;
    /// # use iolite::link::driver::{Connection, ConnectionOptions};
    /// # use iolite::link::frame::CborSequence;
    /// # use iolite::link::layer::{Framed, Layer, memory};
    /// # let cbor = Framed::new("cbor_buf", CborSequence::default);
    /// # let (here, there) = memory::pair(4096);
    /// # let served = StdBase::new("numbers").command("square", |n: u64| n * n);
    /// # let _server = ConnectionOptions::new().serve(served).open(cbor.set_up(there)?)?;
    /// # let client = Connection::open(cbor.set_up(here)?)?;
    /// # let request = client.request();
    /// let start = |n: u64| request.start::<u64>("square", &n);
    /// let pending: Result<Vec<_>, _> = (0..10).map(start).collect();
    /// let mut sum = 0;
    /// for answer in pending? {
    ///     sum += answer.wait()?;
    /// }
    /// assert_eq!(sum, 285);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start<R>(
        &self,
        path: impl Into<Path>,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Pending<R>, CallError> {
        self.start_payload(path, Payload::of(arguments)?)
    }

    /// The same for a payload of any values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`start`](Request::start).
    pub fn start_payload<R>(
        &self,
        path: impl Into<Path>,
        arguments: Payload,
    ) -> Result<Pending<R>, CallError> {
        let pending = self.queue_payload(path, arguments)?;
        self.flush();
        Ok(pending)
    }

    /// Starts a call without writing it: it goes out with the next one that is written or
    /// [waited for](Pending::wait), or with [`flush`](Request::flush). A hundred calls are then one
    /// system call.
    ///
    /// # Errors
    ///
    /// As for [`start`](Request::start).
    pub fn queue<R>(
        &self,
        path: impl Into<Path>,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Pending<R>, CallError> {
        self.queue_payload(path, Payload::of(arguments)?)
    }

    fn queue_payload<R>(
        &self,
        path: impl Into<Path>,
        arguments: Payload,
    ) -> Result<Pending<R>, CallError> {
        let open = self.open(&path.into(), arguments, CallMode::Plain)?;
        Ok(Pending::new(open, self.until()))
    }

    /// Writes what was [queued](Request::queue).
    pub fn flush(&self) {
        self.shared.lock().flush();
    }

    /// Calls a command with a stream of items in both directions.
    ///
    /// # Errors
    ///
    /// Why it was not called. What the command says to it is learned by the first use of the channel.
    pub fn stream(
        &self,
        path: impl Into<Path>,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Channel, CallError> {
        self.stream_payload(path, Payload::of(arguments)?, CallMode::Both)
    }

    /// Calls a command that sends a stream of items.
    ///
    /// # Errors
    ///
    /// As for [`stream`](Request::stream).
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::link::dispatch::StdBase;
    /// use iolite::link::request::Channel;
    /// use iolite::link::session::CallError;
    /// # use iolite::link::driver::{Connection, ConnectionOptions};
    /// # use iolite::link::frame::CborSequence;
    /// # use iolite::link::layer::{Framed, Layer, memory};
    /// # let cbor = Framed::new("cbor_buf", CborSequence::default);
    /// # let (here, there) = memory::pair(4096);
    ///
    /// let served = StdBase::new("numbers").stream("count", |channel: &mut Channel, n: u64| {
    ///     for number in 0..n {
    ///         channel.feed(&number)?;
    ///     }
    ///     Ok::<_, CallError>("done")
    /// });
    /// # let _server = ConnectionOptions::new().serve(served).open(cbor.set_up(there)?)?;
    /// # let client = Connection::open(cbor.set_up(here)?)?;
    /// # let request = client.request();
    ///
    /// let mut count = request.stream_in("count", &3)?;
    /// let mut numbers = Vec::new();
    /// while let Some(number) = count.recv::<u64>()? {
    ///     numbers.push(number);
    /// }
    /// assert_eq!(numbers, [0, 1, 2]);
    /// assert_eq!(count.result::<String>()?, "done");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream_in(
        &self,
        path: impl Into<Path>,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Channel, CallError> {
        self.stream_payload(path, Payload::of(arguments)?, CallMode::In)
    }

    /// Calls a command that takes a stream of items.
    ///
    /// # Errors
    ///
    /// As for [`stream`](Request::stream).
    pub fn stream_out(
        &self,
        path: impl Into<Path>,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Channel, CallError> {
        self.stream_payload(path, Payload::of(arguments)?, CallMode::Out)
    }

    /// Calls a command with a stream, with any arguments.
    ///
    /// # Errors
    ///
    /// As for [`stream`](Request::stream).
    pub fn stream_payload(
        &self,
        path: impl Into<Path>,
        arguments: Payload,
        mode: CallMode,
    ) -> Result<Channel, CallError> {
        let open = self.open(&path.into(), arguments, mode)?;
        self.flush();
        Ok(Channel::new(open, self.deadline, self.window))
    }

    fn open(&self, path: &Path, arguments: Payload, mode: CallMode) -> Result<Open, CallError> {
        let mut locked = self.shared.lock();
        let id = locked
            .state
            .session
            .call(path, arguments, mode, self.window)?;
        drop(locked);
        Ok(Open::by_caller(Arc::clone(&self.shared), id))
    }

    fn until(&self) -> Option<Instant> {
        self.deadline.and_then(after)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("deadline", &self.deadline)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
