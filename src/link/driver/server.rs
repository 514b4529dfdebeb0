//! [`Server`]: a connection for everybody who connects.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::options::ConnectionOptions;
use crate::link::frame::CborSequence;
use crate::link::layer::{
    AbortHandle, ByteLink, Framed, Layer, LinkError, Listener, ObjectLink, Peer,
};
use crate::link::session::Ending;

/// How a [`Server`] makes connections, and how many.
#[derive(Clone)]
pub struct ServerOptions {
    connection: ConnectionOptions,
    connections: usize,
    layers: Arc<Layers>,
    report: Arc<OnEnd>,
    grace: Duration,
}

type Layers = dyn Layer<ByteLink, Link = ObjectLink>;
type OnEnd = dyn Fn(&Peer, &Ending) + Send + Sync;

impl ServerOptions {
    /// Connections with these options, over the CBOR sequence, at most 64 at a time.
    pub fn new(connection: ConnectionOptions) -> ServerOptions {
        let limits = connection.limits.of_items();
        ServerOptions {
            connection,
            connections: 64,
            layers: Arc::new(Framed::new("cbor_buf", move || CborSequence::new(limits))),
            report: Arc::new(|_, _| ()),
            grace: Duration::from_secs(1),
        }
    }

    /// How many connections there may be at a time. Who connects beyond that is closed at once.
    pub fn connections(mut self, number: usize) -> ServerOptions {
        self.connections = number;
        self
    }

    /// What stands between the socket and the connection.
    pub fn layers(
        mut self,
        layers: impl Layer<ByteLink, Link = ObjectLink> + 'static,
    ) -> ServerOptions {
        self.layers = Arc::new(layers);
        self
    }

    /// Is told how each connection ended, by the thread that accepts connections: at the next one,
    /// or at the server's end.
    pub fn report(
        mut self,
        report: impl Fn(&Peer, &Ending) + Send + Sync + 'static,
    ) -> ServerOptions {
        self.report = Arc::new(report);
        self
    }

    /// How long the peers have at the server's end to read what was said to them. A second by
    /// default.
    pub fn grace(mut self, time: Duration) -> ServerOptions {
        self.grace = time;
        self
    }

    /// Starts a server that listens on `listener`.
    ///
    /// # Errors
    ///
    /// The system's, if it has no room for another thread.
    pub fn start(self, listener: Listener) -> io::Result<Server> {
        let abort = listener.abort_handle();
        let accepting = Acceptor {
            listener,
            options: self,
            open: Vec::new(),
        };
        let thread = thread::Builder::new().name("link-server".to_owned());
        let thread = thread.spawn(move || accepting.run())?;
        Ok(Server {
            abort,
            thread: Some(thread),
        })
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("connection", &self.connection)
            .field("connections", &self.connections)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

/// A running server: a thread that accepts, and a [`Connection`] for everybody who connects.
///
/// One connection's misbehaviour never reaches another one. Dropping it is
/// [`shutdown`](Server::shutdown).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::dispatch::StdBase;
/// use iolite::link::driver::{Connection, ConnectionOptions, ServerOptions};
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, Layer, Listener, tcp};
///
/// let listener = Listener::tcp("127.0.0.1:0")?;
/// let address = listener.local_addr().expect("TCP has one");
/// let served = StdBase::new("greeter").command("hello", |name: String| format!("hello {name}"));
/// let server = ServerOptions::new(ConnectionOptions::new().serve(served)).start(listener)?;
///
/// let link = tcp(address, Duration::from_secs(5))?;
/// let client = Connection::open(Framed::new("cbor_buf", CborSequence::default).set_up(link)?)?;
/// let answer: String = client.request().call("hello", "world")?;
/// assert_eq!(answer, "hello world");
/// server.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    abort: AbortHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Accepts nobody any more, closes all connections, and waits for all their threads: as long as
    /// the handlers take that are running.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.abort.abort();
        if let Some(thread) = self.thread.take() {
            // It runs nobody's code but the report, whose panic is its own.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// How long to wait after an error that is not about one connection, such as "too many open files".
const PAUSE: Duration = Duration::from_millis(50);

/// The thread that accepts.
struct Acceptor {
    listener: Listener,
    options: ServerOptions,
    open: Vec<(Peer, Connection)>,
}

impl Acceptor {
    fn run(mut self) {
        loop {
            match self.listener.accept() {
                Ok((link, peer)) => self.connect(link, peer),
                Err(LinkError::Closed) => break,
                Err(_) => self.pause(),
            }
        }
        self.close_all();
    }

    fn connect(&mut self, link: ByteLink, peer: Peer) {
        self.drop_ended();
        if self.open.len() >= self.options.connections {
            return;
        }
        let link = self.options.layers.set_up(link);
        // What cannot be opened is closed: the peer sees it.
        if let Ok(connection) = link.and_then(|link| self.options.connection.open(link)) {
            self.open.push((peer, connection));
        }
    }

    /// Waits a little, and for somebody to end the server no longer than that.
    fn pause(&mut self) {
        self.drop_ended();
        let until = Instant::now() + PAUSE;
        while Instant::now() < until && !self.listener.abort_handle().is_aborted() {
            thread::sleep(PAUSE / 10);
        }
    }

    fn drop_ended(&mut self) {
        let report = &self.options.report;
        self.open.retain(|(peer, connection)| {
            let ending = connection.ending();
            ending.iter().for_each(|ending| report(peer, ending));
            ending.is_none()
        });
    }

    /// All at the same time: one whose peer does not read takes as long as it may.
    fn close_all(mut self) {
        self.drop_ended();
        let grace = self.options.grace;
        let report = &self.options.report;
        thread::scope(|scope| {
            for (peer, connection) in self.open.drain(..) {
                report(&peer, &Ending::Closed);
                let close = move || drop(connection.close_within(grace));
                // Without a thread for it, it is dropped, and ends without a good-bye.
                let _ = thread::Builder::new().spawn_scoped(scope, close);
            }
        });
    }
}
