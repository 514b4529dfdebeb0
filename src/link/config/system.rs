//! [`System`]: what a configuration has become.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::app::Build;
use super::data::Config;
use super::error::{ConfigError, Problem};
use super::registry::Registry;
use super::root::Root;
use super::signal::Signal;
use crate::link::dispatch::{Running, Stage, Subsystem};
use crate::link::driver::{Connection, ConnectionOptions, Workers};
use crate::link::frame::CborSequence;
use crate::link::layer::{Framed, Layer, LinkError, Log, memory};
use crate::link::object::Value;
use crate::link::request::Request;

/// A running system: what a configuration has become. Dropping it stops everything, and waits for it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::config::{Config, Registry};
/// use iolite::link::dispatch::Stage;
///
/// let config: Config = serde_json::from_str(
///     r#"{"app": "dir", "a": {"app": "sub.Array", "n": 3, "cfg": {"app": "ping.Cmd"}}}"#,
/// )?;
/// let system = config.start(&Registry::standard())?;
/// assert_eq!(system.wait_ready(Duration::from_secs(5)), Stage::Ready);
/// let answer: u8 = system.request()?.call("a:2".parse::<iolite::link::object::Path>()?, &7)?;
/// assert_eq!(answer, 7);
/// assert_eq!(system.stop(), Stage::Stopped(None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct System {
    // Dropped in this order: what runs, what calls it, and the threads that both have used.
    running: Running,
    local: Mutex<Option<Local>>,
    root: Arc<dyn Subsystem>,
    stopper: Stopper,
    connection: ConnectionOptions,
    _workers: Workers,
}

/// Both ends of a connection within the program.
struct Local {
    client: Connection,
    _server: Connection,
}

/// How a [`System`] is started.
pub struct SystemOptions {
    workers: usize,
    connection: ConnectionOptions,
    log: Box<dyn Write + Send>,
}

/// Why a system was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// All that is wrong with its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no room for its threads.
    #[error("no thread could be started: {0}")]
    Threads(#[from] io::Error),
}

impl SystemOptions {
    /// Four workers, connections with the default limits, and logs to standard error.
    pub fn new() -> SystemOptions {
        SystemOptions {
            workers: 4,
            connection: ConnectionOptions::new(),
            log: Box::new(io::stderr()),
        }
    }

    /// How many threads run what the connections have to run at the same time.
    pub fn workers(mut self, number: usize) -> SystemOptions {
        self.workers = number;
        self
    }

    /// The limits and times of all connections. What they serve, the workers and administration are set
    /// by the configuration.
    pub fn connection(mut self, options: ConnectionOptions) -> SystemOptions {
        self.connection = options;
        self
    }

    /// Where the logs go that the configuration asks for.
    pub fn log(mut self, out: impl Write + Send + 'static) -> SystemOptions {
        self.log = Box::new(out);
        self
    }

    /// Checks the whole configuration, builds the system, and starts it.
    ///
    /// # Errors
    ///
    /// All that is wrong with the configuration; nothing was started then. The system's, if it has no
    /// room for the threads.
    pub fn start(self, config: &Config, registry: &Registry) -> Result<System, StartError> {
        let section = config.check(registry)?;
        let workers = Workers::new(self.workers)?;
        let connection = self.connection.workers(&workers).administration(false);
        let build = Build {
            root: Root::default(),
            connection: connection.clone(),
            log: Log::new("", self.log),
            stopper: Stopper::default(),
        };
        let root = build.app(&section).map_err(invalid)?;
        build.root.set(&root);
        Ok(System {
            running: Running::start(Arc::clone(&root))?,
            local: Mutex::default(),
            root,
            stopper: build.stopper,
            connection,
            _workers: workers,
        })
    }
}

fn invalid(problem: Problem) -> ConfigError {
    ConfigError {
        problems: vec![problem],
    }
}

impl Default for SystemOptions {
    fn default() -> SystemOptions {
        SystemOptions::new()
    }
}

impl fmt::Debug for SystemOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemOptions")
            .field("workers", &self.workers)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl System {
    /// Waits until everything has started, for at most this long, and says where it is then.
    pub fn wait_ready(&self, time: Duration) -> Stage {
        self.running.wait_started(time)
    }

    /// For calls to the system from within the program, which may administer it.
    ///
    /// # Errors
    ///
    /// The system's, if it has no room for the threads of a connection.
    pub fn request(&self) -> Result<Request, LinkError> {
        let mut local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(local) = &*local {
            return Ok(local.client.request().clone());
        }
        let cbor = Framed::new("cbor_buf", CborSequence::default);
        let (here, there) = memory::pair(1 << 16);
        let options = self.connection.clone().administration(true);
        let served = options.serve_shared(Arc::clone(&self.root));
        let new = Local {
            _server: served.open(cbor.set_up(there)?)?,
            client: Connection::open(cbor.set_up(here)?)?,
        };
        let request = new.client.request().clone();
        *local = Some(new);
        Ok(request)
    }

    /// What runs, as configuration data: with the ports that were chosen, for example.
    pub fn configuration(&self) -> Option<Value> {
        self.root.configuration()
    }

    /// What makes [`wait`](System::wait) return, from any thread.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Waits until somebody wants the system to stop: by its [`Stopper`], or because the program that
    /// has started this one has closed its end of standard input.
    pub fn wait(&self) {
        self.stopper.0.wait();
    }

    /// Stops everything, waits for it, and says how it ended.
    pub fn stop(self) -> Stage {
        self.running.stop()
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("System")
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

/// What tells a system to stop.
#[derive(Clone, Debug, Default)]
pub struct Stopper(Arc<Signal>);

impl Stopper {
    /// Lets [`System::wait`] return.
    pub fn stop(&self) {
        self.0.set();
    }

    /// Whether [`stop`](Stopper::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.0.is_set()
    }
}
