//! [`Far`]: what applications have in common that lead to another program.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::link::config::root::concat;
use crate::link::config::signal::Signal;
use crate::link::config::{
    Build, ConfigSection, Keys, LinkLayers, Problem, ProblemKind, Shape, link_keys,
};
use crate::link::dispatch::{Call, Life};
use crate::link::driver::ConnectionOptions;
use crate::link::layer::{ByteLink, Layer, LinkError, ObjectLink, ObjectReceiver};
use crate::link::object::{Object, Path, RemoteError, Value};
use crate::link::request::Request;
use crate::link::session::{Ending, Limits};

/// The keys of everything that has a connection.
pub(super) fn connection_keys() -> Keys {
    let prefix = Keys::new()
        .with_default(
            "send",
            Shape::Path,
            Vec::<Value>::new(),
            "where calls go at the other end",
        )
        .with_default(
            "recv",
            Shape::Path,
            Vec::<Value>::new(),
            "where the other end's calls go here",
        );
    link_keys()
        .optional(
            "prefix",
            Shape::Mapping(prefix),
            "what stands before the paths of calls",
        )
        .with_default(
            "administration",
            Shape::Bool,
            false,
            "whether the other end may administer this system",
        )
}

/// What is wrong with a section that has a connection.
pub(super) fn problems(section: &ConfigSection) -> Vec<Problem> {
    let mut problems = LinkLayers::problems(section);
    if section.is_true("administration") && !section.is_administration_granted() {
        let name = section.app_name().to_owned();
        let path = section.path().clone().join("administration");
        problems.push(Problem::new(path, ProblemKind::NotGranted { name }));
    }
    problems
}

/// The layers of a section's connections.
pub(super) fn layers(section: &ConfigSection, build: &Build) -> LinkLayers {
    LinkLayers::new(section, build, Limits::default().of_items())
}

/// What the connections of a section serve, and its options.
pub(super) fn options(section: &ConfigSection, build: &Build) -> ConnectionOptions {
    let served = build.root().below(&prefix(section, "recv"));
    let options = build.connection().serve(served);
    options.administration(section.is_true("administration"))
}

fn prefix(section: &ConfigSection, direction: &str) -> Path {
    let prefix = section
        .get("prefix")
        .and_then(|prefix| prefix.get(direction));
    let path = prefix.cloned().and_then(|path| Path::try_from(path).ok());
    path.unwrap_or_default()
}

/// A connection to another program, while there is one: calls are passed on to it, and it may call
/// what this system serves.
pub(super) struct Far {
    name: String,
    options: ConnectionOptions,
    layers: LinkLayers,
    /// What stands before the paths of calls at the other end.
    prefix: Path,
    current: Arc<Mutex<Current>>,
}

/// The connection that there is.
#[derive(Default)]
struct Current {
    request: Option<Request>,
    /// Set when it has ended, or shall end.
    ended: Arc<Signal>,
}

impl Far {
    pub(super) fn new(section: &ConfigSection, build: &Build) -> Far {
        Far {
            name: section.app_name().to_owned(),
            options: options(section, build),
            layers: layers(section, build),
            prefix: prefix(section, "send"),
            current: Arc::default(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Passes a call on.
    pub(super) fn serve(&self, call: Call) {
        let request = lock(&self.current).request.clone();
        match request {
            Some(request) => {
                let path = concat(self.prefix.elements(), call.path());
                call.forward(&request, path);
            }
            None => call.fail(RemoteError::new("NotReadyError").with_argument(&*self.name)),
        }
    }

    /// Lets the end of a life end the connection that there is then.
    pub(super) fn end_with(&self, life: &Life) {
        let current = Arc::clone(&self.current);
        life.on_stop(move || lock(&current).ended.set());
    }

    /// Whether the last connection has ended, or is about to.
    #[cfg(feature = "socket")]
    pub(super) fn is_ending(&self) -> bool {
        lock(&self.current).ended.is_set()
    }

    /// Ends the connection that there is.
    #[cfg(feature = "socket")]
    pub(super) fn end(&self) {
        lock(&self.current).ended.set();
    }

    /// Has a connection over the link until it ends or shall end, and says how it ended.
    pub(super) fn live(&self, link: ByteLink, life: &Life) -> Result<Ending, RemoteError> {
        let signal = self.begin();
        self.live_until(&signal, link, life)
    }

    /// The same for something that needs its connection: also a good end of it is an error, unless the
    /// life shall end.
    pub(super) fn live_on(&self, link: ByteLink, life: &Life) -> Result<(), RemoteError> {
        let ending = self.live(link, life)?;
        if life.is_stopping() {
            Ok(())
        } else {
            Err(ended(&ending))
        }
    }

    /// Another connection begins, and is the one that [`end`](Far::end) ends from now on.
    pub(super) fn begin(&self) -> Arc<Signal> {
        let ended = Arc::new(Signal::default());
        *lock(&self.current) = Current {
            request: None,
            ended: Arc::clone(&ended),
        };
        ended
    }

    /// [`live`](Far::live) with a signal that was made before.
    pub(super) fn live_until(
        &self,
        signal: &Arc<Signal>,
        link: ByteLink,
        life: &Life,
    ) -> Result<Ending, RemoteError> {
        let is_over = Arc::new(AtomicBool::new(false));
        let link = watched(self.layers.set_up(link).map_err(lost)?, signal, &is_over);
        let connection = self.options.open(link).map_err(lost)?;
        lock(&self.current).request = Some(connection.request().clone());
        // Between the end of the one before and now.
        if life.is_stopping() {
            signal.set();
        }
        life.ready();
        signal.wait();
        lock(&self.current).request = None;
        Ok(if is_over.load(Ordering::Acquire) {
            // The connection is about to take note of it, if it has not.
            connection.wait()
        } else {
            connection.close().err().unwrap_or(Ending::Closed)
        })
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error of a connection that was lost, or could not be made.
pub(super) fn lost(error: LinkError) -> RemoteError {
    RemoteError::new("ConnectionError").with_argument(error.to_string())
}

/// The error of a connection that has ended although nobody here wanted it.
pub(super) fn ended(ending: &Ending) -> RemoteError {
    RemoteError::new("ConnectionError").with_argument(format!("{ending:?}"))
}

/// The link, with a signal and a note when nothing more will come from it.
fn watched(link: ObjectLink, ended: &Arc<Signal>, is_over: &Arc<AtomicBool>) -> ObjectLink {
    let (receiver, sender, abort) = link.split();
    let receiver = Watched {
        below: receiver,
        ended: Arc::clone(ended),
        is_over: Arc::clone(is_over),
    };
    ObjectLink::from((Box::new(receiver) as _, sender, abort))
}

struct Watched {
    below: Box<dyn ObjectReceiver>,
    ended: Arc<Signal>,
    is_over: Arc<AtomicBool>,
}

impl Watched {
    fn watch(
        &self,
        received: Result<Option<Object>, LinkError>,
    ) -> Result<Option<Object>, LinkError> {
        match &received {
            Ok(Some(_)) => {}
            Err(error) if error.is_would_block() => {}
            _ => self.end(),
        }
        received
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.ended.set();
    }
}

impl ObjectReceiver for Watched {
    fn recv(&mut self) -> Result<Option<Object>, LinkError> {
        let received = self.below.recv();
        self.watch(received)
    }

    fn recv_until(&mut self, deadline: Instant) -> Result<Option<Object>, LinkError> {
        let received = self.below.recv_until(deadline);
        self.watch(received)
    }

    fn buffered(&mut self) -> Result<Option<Object>, LinkError> {
        self.below.buffered()
    }

    fn close(&mut self) -> Result<(), LinkError> {
        self.below.close()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Also where the connection has ended for a reason of its own.
        self.end();
    }
}
