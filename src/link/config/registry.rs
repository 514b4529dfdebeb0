//! [`Registry`]: the applications that a configuration may name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::app::{App, Build, Custom};
use super::apps;
use super::error::{Problem, ProblemKind, similar};
use super::keys::Keys;
use super::section::ConfigSection;
use crate::link::dispatch::Subsystem;

/// The applications that a configuration may name. Nothing else is ever built: no name is looked up
/// anywhere but here.
///
/// # Examples
///
/// ```
/// use iolite::link::config::{Config, Keys, Registry};
/// use iolite::link::dispatch::StdBase;
///
/// let registry = Registry::standard().app_with("greeter", Keys::new(), |_, _| {
///     Ok(StdBase::new("greeter").command("hello", |name: String| format!("hello {name}")))
/// });
/// let config: Config = serde_json::from_str(r#"{"app": "dir", "g": {"app": "greeter"}}"#)?;
/// config.check(&registry)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    apps: BTreeMap<String, RegisteredApp>,
    pub(super) has_administration: bool,
}

#[derive(Clone)]
struct RegisteredApp {
    app: Arc<dyn App>,
    /// It may be named only where that was granted.
    administers: bool,
}

impl Registry {
    /// No applications.
    pub fn new() -> Registry {
        Registry::default()
    }

    /// The applications of this crate:
    ///
    /// | name | what it is |
    /// |---|---|
    /// | `dir`, `sub.Dir` | the applications in it, by their keys |
    /// | `sub.Array` | an application several times, by its number |
    /// | `sub.Err` | an application that is started again when it fails |
    /// | `net.tcp.Port`, `net.unix.Port` | serves everything to all who connect |
    /// | `net.tcp.Link`, `net.unix.Link` | connects, and leads to what is served there |
    /// | `net.tcp.LinkIn`, `net.unix.LinkIn` | the same with one that connects |
    /// | `pipe.ProcessCmd` | the same with a program that it starts |
    /// | `stdio.StdIO` | the same with the program that has started this one |
    /// | `remote.Fwd` | a short name for another path |
    /// | `ping.Cmd` | answers with the arguments |
    /// | `cfg.Cmd` | shows the configuration; needs [administration](Registry::grant_administration) |
    ///
    /// MoaT's `cfg.Cmd` can change the configuration, too, a place at a time. Here an application that
    /// can be changed while it runs gets a whole new configuration by its `upd_`, which is
    /// [checked](Keys) as at the start and needs administration as well; nothing is written to a file.
    ///
    /// Those of the network need the feature `socket`, those with `unix` a Unix system.
    pub fn standard() -> Registry {
        apps::add_all(Registry::new())
    }

    /// Adds an application, in the place of one that has the name already.
    pub fn app(self, name: impl Into<String>, app: impl App + 'static) -> Registry {
        self.insert(name.into(), Arc::new(app), false)
    }

    /// The same, made of its keys and a function that builds it.
    pub fn app_with<S: Subsystem + 'static>(
        self,
        name: impl Into<String>,
        keys: Keys,
        build: impl Fn(&ConfigSection, &Build) -> Result<S, Problem> + Send + Sync + 'static,
    ) -> Registry {
        self.app(name, Custom::new(keys, build))
    }

    /// The same, for one that may be named only if administration was granted.
    pub fn administration_app(self, name: impl Into<String>, app: impl App + 'static) -> Registry {
        self.insert(name.into(), Arc::new(app), true)
    }

    fn insert(mut self, name: String, app: Arc<dyn App>, administers: bool) -> Registry {
        self.apps.insert(name, RegisteredApp { app, administers });
        self
    }

    /// Lets the configuration name applications that administer the program, and connections whose other
    /// end may.
    pub fn grant_administration(mut self) -> Registry {
        self.has_administration = true;
        self
    }

    /// The names, and what each application takes.
    pub fn apps(&self) -> impl Iterator<Item = (&str, Keys)> {
        self.apps
            .iter()
            .map(|(name, entry)| (&**name, entry.app.keys()))
    }

    pub(super) fn find(&self, name: &str) -> Result<Arc<dyn App>, ProblemKind> {
        let owned = || name.to_owned();
        match self.apps.get(name) {
            Some(entry) if entry.administers && !self.has_administration => {
                Err(ProblemKind::NotGranted { name: owned() })
            }
            Some(entry) => Ok(Arc::clone(&entry.app)),
            None => {
                let similar = similar(name, self.apps.keys().map(String::as_str));
                Err(ProblemKind::UnknownApp {
                    name: owned(),
                    similar,
                })
            }
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("apps", &self.apps.keys())
            .field("has_administration", &self.has_administration)
            .finish()
    }
}
