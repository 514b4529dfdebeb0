//! [`App`]: an application that a configuration can name.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::check;
use super::error::Problem;
use super::keys::Keys;
use super::root::Root;
use super::section::ConfigSection;
use super::system::Stopper;
use crate::link::dispatch::{Call, Life, Subsystem};
use crate::link::driver::ConnectionOptions;
use crate::link::layer::Log;
use crate::link::object::{RemoteError, Value};

/// An application that a configuration can name: it declares what it takes, and builds a subsystem of
/// it.
///
/// Neither [`check`](App::check) nor [`build`](App::build) opens, connects or starts anything: that is
/// for [`Subsystem::run`], once the whole configuration has been found to be right.
///
/// # Examples
///
/// An application that calls another one of the same system:
///
/// ```
/// use std::sync::Arc;
/// use iolite::link::config::{App, Build, Config, Keys, Problem, Registry, Root, ConfigSection, Shape};
/// use iolite::link::dispatch::{Call, Subsystem};
/// use iolite::link::object::Path;
///
/// struct Alias;
///
/// impl App for Alias {
///     fn keys(&self) -> Keys {
///         Keys::new().required("of", Shape::Path, "what it stands for")
///     }
///
///     fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
///         let of = section.command_path("of").unwrap_or_default();
///         Ok(Arc::new(Running(of, build.root().clone())))
///     }
/// }
///
/// struct Running(Path, Root);
///
/// impl Subsystem for Running {
///     fn kind(&self) -> &str {
///         "alias"
///     }
///
///     fn serve(&self, call: Call) {
///         self.1.serve(call.redirect(self.0.clone()));
///     }
/// }
///
/// let registry = Registry::standard().app("alias", Alias);
/// let config: Config = serde_json::from_str(
///     r#"{"app": "dir", "p": {"app": "ping.Cmd"}, "q": {"app": "alias", "of": "p"}}"#,
/// )?;
/// let system = config.start(&registry)?;
/// assert_eq!(system.request()?.call::<i32>("q", &7)?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait App: Send + Sync {
    /// What it takes.
    fn keys(&self) -> Keys;

    /// What is wrong with a section beyond what the keys say.
    fn check(&self, section: &ConfigSection) -> Vec<Problem> {
        let _ = section;
        Vec::new()
    }

    /// Builds the subsystem.
    ///
    /// # Errors
    ///
    /// What is wrong with the section. Better say it in [`check`](App::check), which sees all problems
    /// of a configuration.
    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem>;
}

/// What an application builds with.
#[derive(Debug)]
pub struct Build {
    pub(super) root: Root,
    pub(super) connection: ConnectionOptions,
    pub(super) log: Log,
    pub(super) stopper: Stopper,
}

impl Build {
    /// The subsystem of an application that stands in this one's section.
    ///
    /// # Errors
    ///
    /// What is wrong with its section.
    pub fn app(&self, section: &ConfigSection) -> Result<Arc<dyn Subsystem>, Problem> {
        let inner = section.app.build(section, self)?;
        Ok(Arc::new(Placed {
            inner,
            section: section.clone(),
            values: Mutex::new(section.values.clone()),
        }))
    }

    /// The whole system, for calls.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Options of a connection of this system: its workers and limits. It serves nothing yet.
    pub fn connection(&self) -> ConnectionOptions {
        self.connection.clone()
    }

    /// A log whose lines begin with `name`.
    pub fn log(&self, name: &str) -> Log {
        self.log.named(name)
    }

    /// What stops the whole system.
    pub fn stopper(&self) -> &Stopper {
        &self.stopper
    }
}

/// An application made of its keys and a function.
pub(super) struct Custom<F> {
    keys: Keys,
    build: F,
}

impl<F> Custom<F> {
    pub(super) fn new(keys: Keys, build: F) -> Custom<F> {
        Custom { keys, build }
    }
}

impl<S, F> App for Custom<F>
where
    S: Subsystem + 'static,
    F: Fn(&ConfigSection, &Build) -> Result<S, Problem> + Send + Sync,
{
    fn keys(&self) -> Keys {
        self.keys.clone()
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        Ok(Arc::new((self.build)(section, build)?))
    }
}

/// A subsystem that was built of a section, which is its configuration.
struct Placed {
    inner: Arc<dyn Subsystem>,
    section: ConfigSection,
    /// Those of the section, or what it was reloaded with.
    values: Mutex<Value>,
}

impl Placed {
    fn values(&self) -> MutexGuard<'_, Value> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subsystem for Placed {
    fn kind(&self) -> &str {
        self.inner.kind()
    }

    fn serve(&self, call: Call) {
        self.inner.serve(call);
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        if !self.section.is_awaited {
            life.ready();
        }
        self.inner.run(life)
    }

    /// The application gets what its keys allow, with their defaults, as at the start. What has
    /// applications in it hands each its part, which is looked at there.
    fn reload(&self, configuration: &Value) -> Result<(), RemoteError> {
        if !self.section.apps.is_empty() {
            return self.inner.reload(configuration);
        }
        match check::other_values(&self.section, configuration) {
            Ok(values) => {
                self.inner.reload(&values)?;
                *self.values() = values;
                Ok(())
            }
            Err(problems) => Err(problems
                .iter()
                .fold(RemoteError::new("ValueError"), |error, problem| {
                    error.with_argument(problem.to_string())
                })),
        }
    }

    /// Its section, with what the subsystem itself knows better: a port that was chosen, or the
    /// applications in it.
    fn configuration(&self) -> Option<Value> {
        let app = Value::from_iter([("app", self.section.app_name())]);
        let section = self.values().clone();
        let parts = [Some(app), self.inner.configuration(), Some(section)];
        let mut names = BTreeSet::new();
        let mut entries = Vec::new();
        for part in parts.into_iter().flatten() {
            if let Value::Map(part) = part {
                let new = |(key, _): &(Value, Value)| names.insert(key.to_string());
                entries.extend(part.into_iter().filter(new));
            }
        }
        Some(Value::Map(entries))
    }
}
