//! `net.tcp.…` and `net.unix.…`: connections over the network, and within the machine.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::far::{Far, connection_keys, layers, lock, lost, options, problems};
use crate::link::config::section::seconds;
use crate::link::config::{App, Build, ConfigSection, Keys, LinkLayers, Problem, Registry, Shape};
use crate::link::dispatch::{Call, Life, Subsystem};
use crate::link::driver::{ConnectionOptions, ServerOptions};
use crate::link::layer::{ByteLink, LinkError, Listener, Retry, tcp};
use crate::link::object::{RemoteError, Value};

pub(super) fn add_all(registry: Registry) -> Registry {
    let add = |registry: Registry, name: &str, family| {
        registry
            .app(format!("net.{name}.Port"), Port(family))
            .app(format!("net.{name}.Link"), Link(family))
            .app(format!("net.{name}.LinkIn"), LinkIn(family))
    };
    let registry = add(registry, "tcp", Network::Tcp);
    #[cfg(unix)]
    let registry = add(registry, "unix", Network::Unix);
    registry
}

/// Where connections go, and come from.
#[derive(Clone, Copy)]
enum Network {
    Tcp,
    #[cfg(unix)]
    Unix,
}

impl Network {
    /// The keys that say where: to listen (port 0 is any), or to connect.
    fn keys(self, lowest_port: i64) -> Keys {
        match self {
            Network::Tcp => Keys::new()
                .with_default("host", Shape::Text, "127.0.0.1", "a name or an address")
                .required("port", Shape::Integer(lowest_port..=65535), "a number"),
            #[cfg(unix)]
            Network::Unix => Keys::new().required("port", Shape::Text, "the path of the socket"),
        }
    }

    fn place(self, section: &ConfigSection) -> Place {
        match self {
            Network::Tcp => {
                let port = section
                    .integer("port")
                    .and_then(|port| u16::try_from(port).ok());
                let host = section.text("host").unwrap_or_default().to_owned();
                Place::Tcp(host, port.unwrap_or_default())
            }
            #[cfg(unix)]
            Network::Unix => Place::Unix(section.text("port").unwrap_or_default().into()),
        }
    }
}

/// Where to listen or to connect.
enum Place {
    Tcp(String, u16),
    #[cfg(unix)]
    Unix(std::path::PathBuf),
}

impl Place {
    fn listen(&self) -> Result<Listener, LinkError> {
        match self {
            Place::Tcp(host, port) => Listener::tcp((&**host, *port)),
            #[cfg(unix)]
            Place::Unix(path) => Listener::unix(path),
        }
    }

    fn connect(&self, timeout: Duration) -> Result<ByteLink, LinkError> {
        match self {
            Place::Tcp(host, port) => tcp((&**host, *port), timeout),
            #[cfg(unix)]
            Place::Unix(path) => crate::link::layer::unix(path),
        }
    }
}

/// The port that something listens on, as long as it does.
#[derive(Default)]
struct BoundPort(Mutex<Option<u16>>);

impl BoundPort {
    fn set(&self, listener: &Listener) {
        *lock(&self.0) = listener.local_addr().map(|address| address.port());
    }

    fn clear(&self) {
        *lock(&self.0) = None;
    }

    /// It was chosen by the system, perhaps.
    fn configuration(&self) -> Option<Value> {
        let port = *lock(&self.0);
        port.map(|port| Value::from_iter([("port", u64::from(port))]))
    }
}

/// Serves the system to all who connect.
struct Port(Network);

impl App for Port {
    fn keys(&self) -> Keys {
        let most = Shape::Integer(1..=1_000_000);
        let keys = self.0.keys(0).and(connection_keys());
        keys.with_default("connections", most, 64, "how many there may be at a time")
    }

    fn check(&self, section: &ConfigSection) -> Vec<Problem> {
        problems(section)
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        let connections = section.integer("connections");
        Ok(Arc::new(Serving {
            name: section.app_name().to_owned(),
            place: self.0.place(section),
            options: options(section, build),
            connections: connections
                .and_then(|most| usize::try_from(most).ok())
                .unwrap_or(1),
            layers: Arc::new(layers(section, build)),
            port: BoundPort::default(),
        }))
    }
}

struct Serving {
    name: String,
    place: Place,
    options: ConnectionOptions,
    connections: usize,
    layers: Arc<LinkLayers>,
    port: BoundPort,
}

impl Subsystem for Serving {
    fn kind(&self) -> &str {
        &self.name
    }

    /// Whatever is called below it.
    fn serve(&self, call: Call) {
        call.fail_unknown(&self.name, Vec::new());
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        let listener = self.place.listen().map_err(lost)?;
        self.port.set(&listener);
        let options = ServerOptions::new(self.options.clone())
            .connections(self.connections)
            .layers(Arc::clone(&self.layers));
        let server = options
            .start(listener)
            .map_err(|error| lost(error.into()))?;
        life.ready();
        life.wait_for_stop();
        server.shutdown();
        self.port.clear();
        Ok(())
    }

    fn configuration(&self) -> Option<Value> {
        self.port.configuration()
    }
}

/// Connects, and leads to what is served there.
struct Link(Network);

impl App for Link {
    fn keys(&self) -> Keys {
        let retry = Keys::new()
            .with_default(
                "delay",
                Shape::Amount,
                0.1,
                "seconds before the second attempt",
            )
            .with_default(
                "backoff",
                Shape::Amount,
                1.3,
                "how much longer each further time",
            )
            .with_default(
                "attempts",
                Shape::Integer(1..=MOST_ATTEMPTS),
                10,
                "how many at most",
            )
            .with_default("timeout", Shape::Amount, 10, "seconds for all of them");
        let keys = self.0.keys(1).and(connection_keys());
        keys.optional(
            "retry",
            Shape::Mapping(retry),
            "how often it tries to connect",
        )
    }

    fn check(&self, section: &ConfigSection) -> Vec<Problem> {
        problems(section)
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        Ok(Arc::new(Connecting {
            far: Far::new(section, build),
            place: self.0.place(section),
            retry: retry(section.get("retry")),
            timeout: CONNECTING,
        }))
    }
}

/// One a second for eleven days.
const MOST_ATTEMPTS: i64 = 1_000_000;

/// How long one address may take to answer.
const CONNECTING: Duration = Duration::from_secs(10);

/// What a mapping says about retries.
fn retry(settings: Option<&Value>) -> Retry {
    let mut retry = Retry::new();
    let get = |key| settings.and_then(|settings| settings.get(key));
    if let Some(delay) = get("delay").and_then(seconds) {
        retry = retry.delay(delay);
    }
    if let Some(backoff) = get("backoff").and_then(seconds) {
        retry = retry.backoff(backoff.as_secs_f64());
    }
    let attempts = get("attempts").and_then(Value::as_int);
    if let Some(attempts) = attempts.and_then(|attempts| u32::try_from(attempts).ok()) {
        retry = retry.attempts(attempts);
    }
    if let Some(timeout) = get("timeout").and_then(seconds) {
        retry = retry.timeout(timeout);
    }
    retry
}

struct Connecting {
    far: Far,
    place: Place,
    retry: Retry,
    timeout: Duration,
}

impl Subsystem for Connecting {
    fn kind(&self) -> &str {
        self.far.name()
    }

    fn serve(&self, call: Call) {
        self.far.serve(call);
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        self.far.end_with(life);
        let go_on = |pause| !life.wait_stopping(pause);
        let link = match self
            .retry
            .run_with(go_on, || self.place.connect(self.timeout))
        {
            Err(_) if life.is_stopping() => return Ok(()),
            link => link.map_err(lost)?,
        };
        self.far.live_on(link, life)
    }
}

/// How long to wait after an error that is not about one connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits for somebody to connect, and leads to what is served there.
struct LinkIn(Network);

impl App for LinkIn {
    fn keys(&self) -> Keys {
        let keys = self.0.keys(0).and(connection_keys());
        keys.with_default(
            "replace",
            Shape::Bool,
            false,
            "whether a new connection ends the one before",
        )
    }

    fn check(&self, section: &ConfigSection) -> Vec<Problem> {
        problems(section)
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        Ok(Arc::new(AcceptingOne {
            far: Far::new(section, build),
            place: self.0.place(section),
            replace: section.is_true("replace"),
            port: BoundPort::default(),
        }))
    }
}

struct AcceptingOne {
    far: Far,
    place: Place,
    replace: bool,
    port: BoundPort,
}

impl Subsystem for AcceptingOne {
    fn kind(&self) -> &str {
        self.far.name()
    }

    fn serve(&self, call: Call) {
        self.far.serve(call);
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        self.far.end_with(life);
        let listener = self.place.listen().map_err(lost)?;
        self.port.set(&listener);
        let abort = listener.abort_handle();
        life.on_stop(move || abort.abort());
        let accepted = self.accept_all(&listener, life);
        self.port.clear();
        accepted
    }

    fn configuration(&self) -> Option<Value> {
        self.port.configuration()
    }
}

impl AcceptingOne {
    /// Accepts one after the other, each in a thread of its own while it is there.
    fn accept_all(&self, listener: &Listener, life: &Life) -> Result<(), RemoteError> {
        thread::scope(|scope| {
            let mut current: Option<thread::ScopedJoinHandle<'_, _>> = None;
            loop {
                let link = match listener.accept() {
                    Ok((link, _)) => link,
                    Err(LinkError::Closed) => return Ok(()),
                    // "Too many open files", say: it passes.
                    Err(_) => {
                        life.wait_stopping(PAUSE);
                        continue;
                    }
                };
                let is_over = self.replace || self.far.is_ending();
                if let Some(before) = current.take_if(|it| is_over || it.is_finished()) {
                    self.far.end();
                    // Its panic would be the connection's, and has been reported.
                    let _ = before.join();
                }
                // Who comes while there is one is closed.
                if current.is_none() {
                    let thread = thread::Builder::new().name("link-in".to_owned());
                    let signal = self.far.begin();
                    let live = move || self.far.live_until(&signal, link, life);
                    let started = thread.spawn_scoped(scope, live);
                    current = Some(started.map_err(|error| lost(error.into()))?);
                }
            }
        })
    }
}
