//! [`Config`]: configuration data.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::check::Check;
use super::error::ConfigError;
use super::registry::Registry;
use super::section::ConfigSection;
use super::system::{StartError, System, SystemOptions};
use crate::link::object::{Path, Value};

/// Configuration data: a tree of mappings, of which each with the key `app` is an application.
///
/// It comes from whatever serde reads: JSON, TOML, YAML, or an [`Object`](crate::link::object::Object).
/// A path is text, `"a.b:1"`; YAML's `!P a.b` is read as well.
///
/// # Examples
///
/// ```
/// use iolite::link::config::{Config, Registry};
///
/// let config: Config = toml::from_str(
///     r#"
///     app = "dir"
///     p = { app = "ping.Cmd" }
///     short = { app = "remote.Fwd", path = "p" }
///     "#,
/// )?;
/// let system = config.start(&Registry::standard())?;
/// let answer: (String, i32) = system.request()?.call("short", &("hello", 1))?;
/// assert_eq!(answer, ("hello".to_owned(), 1));
/// system.stop();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config(Value);

impl Config {
    /// The data as a value.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// Checks everything, and starts nothing.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its path.
    pub fn check(&self, registry: &Registry) -> Result<ConfigSection, ConfigError> {
        let mut check = Check::new(registry);
        let section = check.section(&self.0, Path::root());
        let section = section.filter(|_| check.problems.is_empty());
        section.ok_or(ConfigError {
            problems: check.problems,
        })
    }

    /// Checks everything, builds the system and starts it: [`SystemOptions::start`] with the defaults.
    ///
    /// # Errors
    ///
    /// All that is wrong with the configuration; the system's, if it has no room for the threads.
    pub fn start(&self, registry: &Registry) -> Result<System, StartError> {
        SystemOptions::new().start(self, registry)
    }
}

impl From<Value> for Config {
    fn from(value: Value) -> Config {
        Config(value)
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Config, D::Error> {
        Value::deserialize(deserializer).map(Config)
    }
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
