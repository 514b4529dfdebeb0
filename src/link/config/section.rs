//! [`ConfigSection`]: the checked part of a configuration that one application gets.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::app::App;
use super::error::{Problem, ProblemKind};
use crate::link::object::{Object, Path, Value};
use serde::de::DeserializeOwned;

/// The checked part of a configuration that one application gets: its keys have the shapes that it has
/// declared, and defaults are filled in.
///
/// The getters are for keys that were declared with the shape of that name; for others they return
/// nothing, zero or `false`. [`decode`](ConfigSection::decode) makes your own type of the whole.
#[derive(Clone)]
pub struct ConfigSection {
    pub(super) path: Path,
    pub(super) name: String,
    pub(super) app: Arc<dyn App>,
    /// Whether the [registry](super::Registry::grant_administration) has granted administration.
    pub(super) is_administration_granted: bool,
    /// Whether it is to be started.
    pub(super) is_running: bool,
    /// Whether the start of what it stands in waits for its own.
    pub(super) is_awaited: bool,
    /// Complete, in the order of the configuration; without `app`, `running` and `wait`.
    pub(super) values: Value,
    /// What has the shape of an application, by its key, or by the path of keys to it.
    pub(super) apps: Vec<(Path, ConfigSection)>,
}

impl ConfigSection {
    /// Where it stands in the configuration.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the application is called in the configuration.
    pub fn app_name(&self) -> &str {
        &self.name
    }

    /// Everything, with the defaults.
    pub fn values(&self) -> &Value {
        &self.values
    }

    /// The value of a key; `None` if it is optional and not there.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// Text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// An integer.
    pub fn integer(&self, key: &str) -> Option<i64> {
        i64::try_from(self.get(key)?.as_int()?).ok()
    }

    /// Whether it is `true`.
    pub fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }

    /// An amount that is a number of seconds.
    pub fn seconds(&self, key: &str) -> Option<Duration> {
        seconds(self.get(key)?)
    }

    /// An integer that is a number of milliseconds.
    pub fn millis(&self, key: &str) -> Option<Duration> {
        millis(self.get(key)?)
    }

    /// A path.
    pub fn command_path(&self, key: &str) -> Option<Path> {
        Path::try_from(self.get(key)?.clone()).ok()
    }

    /// The applications in it, by their keys, in the order of the configuration; without those that are
    /// not to be started.
    pub fn apps(&self) -> impl Iterator<Item = (&Path, &ConfigSection)> {
        let apps = self.apps.iter().filter(|(_, section)| section.is_running);
        apps.map(|(key, section)| (key, section))
    }

    /// Whether applications may let others administer the system: see
    /// [`Registry::grant_administration`](super::Registry::grant_administration).
    pub fn is_administration_granted(&self) -> bool {
        self.is_administration_granted
    }

    /// The values as your own type.
    ///
    /// # Errors
    ///
    /// What is wrong with them that the [keys](super::Keys) do not say.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::link::config::{Config, Keys, Registry, Shape};
    /// use iolite::link::dispatch::StdBase;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Settings {
    ///     factor: i64,
    /// }
    ///
    /// let keys = Keys::new().with_default("factor", Shape::Integer(1..=9), 2, "what to multiply with");
    /// let registry = Registry::standard().app_with("multiply", keys, |section, _| {
    ///     let Settings { factor } = section.decode()?;
    ///     Ok(StdBase::new("multiply").command("", move |number: i64| number * factor))
    /// });
    /// let config: Config = serde_json::from_str(r#"{"app": "multiply", "factor": 3}"#)?;
    /// config.check(&registry)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let invalid = |error: &dyn fmt::Display| self.problem(None, error.to_string());
        let object = Object::encode(&self.values).map_err(|error| invalid(&error))?;
        object.decode().map_err(|error| invalid(&error))
    }

    /// Something that is wrong with the value of a key, or with the whole.
    pub fn problem(&self, key: Option<&str>, what: impl Into<String>) -> Problem {
        let path = key.map_or(self.path.clone(), |key| self.path.clone().join(key));
        Problem::new(path, ProblemKind::Invalid(what.into()))
    }
}

impl fmt::Debug for ConfigSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigSection")
            .field("path", &self.path)
            .field("name", &self.name)
            .field("values", &self.values)
            .field("apps", &self.apps)
            .finish_non_exhaustive()
    }
}

/// A number of seconds as a time. What is longer than the clock can count is the longest one.
pub(super) fn seconds(amount: &Value) -> Option<Duration> {
    let seconds = match amount {
        Value::Float(seconds) => *seconds,
        // Exact up to 285 million years.
        Value::Int(seconds) => return u64::try_from(*seconds).ok().map(Duration::from_secs),
        _ => return None,
    };
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// A number of milliseconds as a time.
pub(super) fn millis(amount: &Value) -> Option<Duration> {
    u64::try_from(amount.as_int()?)
        .ok()
        .map(Duration::from_millis)
}
