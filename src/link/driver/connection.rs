//! [`Connection`]: what owns the threads of a connection.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::options::ConnectionOptions;
use super::reader::Reader;
use super::sender::Sender;
use super::shared::{ConnectionState, after, ending};
use crate::link::layer::{LinkError, ObjectLink};
use crate::link::request::Request;
use crate::link::session::{Ending, Session};

/// One may write to a peer that does not read, and where something is served one may run a handler: one is
/// left to read.
fn keepers(options: &ConnectionOptions) -> usize {
    if options.served.is_some() { 3 } else { 2 }
}

/// A connection to another program: both may call what the other one serves.
///
/// It ends when it is dropped: open calls end with an error then, on both sides.
/// [`close`](Connection::close) says good-bye first.
///
/// **What it costs**: three threads of its own, two where nothing is served, all of which sleep while
/// nothing happens; over a socket two descriptors; and, measured on Linux, 50 KiB of memory, 20 KiB where
/// nothing is served, most of that the threads' stacks. So a program may have hundreds of them, and not
/// ten thousands. What is received and not taken comes on top, within
/// [`Limits`](crate::link::session::Limits).
///
/// # Examples
///
/// ```
/// use iolite::link::dispatch::StdBase;
/// use iolite::link::driver::{Connection, ConnectionOptions};
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, Layer, memory};
///
/// let cbor = Framed::new("cbor_buf", CborSequence::default);
/// let (here, there) = memory::pair(4096);
/// let server = ConnectionOptions::new()
///     .serve(StdBase::new("adder").command("add", |(a, b): (i64, i64)| a + b))
///     .open(cbor.set_up(there)?)?;
/// let client = Connection::open(cbor.set_up(here)?)?;
///
/// let sum: i64 = client.request().call("add", &(2, 3))?;
/// assert_eq!(sum, 5);
/// client.close()?;
/// # drop(server);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Connection {
    shared: Arc<ConnectionState>,
    request: Request,
    keepers: Vec<JoinHandle<()>>,
}

impl Connection {
    /// Opens a connection that serves nothing; [`ConnectionOptions::open`] has the options.
    ///
    /// # Errors
    ///
    /// The system's, if it has no room for the connection's threads.
    pub fn open(link: ObjectLink) -> Result<Connection, LinkError> {
        ConnectionOptions::new().open(link)
    }

    pub(super) fn start(
        link: ObjectLink,
        options: &ConnectionOptions,
    ) -> Result<Connection, LinkError> {
        let (receiver, sender, abort) = link.split();
        let halves = (Reader::new(receiver), Sender::new(sender));
        let session = Session::new(options.limits.clone());
        let shared = Arc::new(ConnectionState::new(session, halves, abort, options));
        // Dropped, and ended with it, if a thread cannot be started.
        let mut connection = Connection {
            request: Request::new(&shared, options.deadline),
            shared,
            keepers: Vec::new(),
        };
        for _ in 0..keepers(options) {
            let shared = Arc::clone(&connection.shared);
            let thread = thread::Builder::new().name("link-keeper".to_owned());
            connection
                .keepers
                .push(thread.spawn(move || shared.keep())?);
        }
        Ok(connection)
    }

    /// For calls to the peer. Its clones are errors once the connection has ended.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Why the connection has ended; `None` while it has not.
    pub fn ending(&self) -> Option<Ending> {
        self.shared.lock().state.ending.clone()
    }

    /// Waits until the connection has ended, by the peer or by an error, and says why.
    pub fn wait(&self) -> Ending {
        let mut locked = self.shared.lock();
        loop {
            if let Some(ending) = &locked.state.ending {
                return ending.clone();
            }
            (locked, _) = locked.sleep(&self.shared.ended, None);
        }
    }

    /// Ends the connection in good order: what was said is written, the peer is told, and has a
    /// second to answer what it has begun. Open calls end with an error.
    ///
    /// # Errors
    ///
    /// Why the connection had ended before, if not in good order, or why it could not say good-bye.
    #[doc(alias = "shutdown")]
    pub fn close(self) -> Result<(), Ending> {
        self.close_within(Duration::from_secs(1))
    }

    /// As [`close`](Connection::close), with another time for the peer: for a slow line, or none.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn close_within(mut self, time: Duration) -> Result<(), Ending> {
        let deadline = after(time);
        let shared = Arc::clone(&self.shared);
        // In a thread of its own, since a peer that reads nothing keeps it waiting.
        let thread = thread::Builder::new().name("link-closing".to_owned());
        match thread.spawn(move || shared.say_good_bye()) {
            Ok(thread) => self.keepers.push(thread),
            Err(error) => return Err(ending(error.into())),
        }
        let mut locked = self.shared.lock();
        while locked.state.ending.is_none() && deadline.is_none_or(|it| Instant::now() < it) {
            let left = deadline.map(|it| it.saturating_duration_since(Instant::now()));
            (locked, _) = locked.sleep(&self.shared.ended, left);
        }
        let ending = locked.state.ending.clone();
        drop(locked);
        self.end();
        match ending {
            None | Some(Ending::Closed | Ending::PeerClosed) => Ok(()),
            Some(ending) => Err(ending),
        }
    }

    /// Ends it at once, and waits for its threads.
    fn end(&mut self) {
        self.shared.lock().end(Ending::Closed);
        let me = thread::current().id();
        // A handler may be what drops its own connection.
        let others = self.keepers.drain(..).filter(|it| it.thread().id() != me);
        others.for_each(|thread| drop(thread.join()));
    }
}

impl ConnectionState {
    /// Writes what is left, and the end. The peer's own end is then read as any other.
    fn say_good_bye(self: &Arc<ConnectionState>) {
        let mut locked = self.lock();
        locked.state.is_closing = true;
        locked.flush();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("ending", &self.ending())
            .finish_non_exhaustive()
    }
}
