//! From configuration data to a running system of subsystems and links.
//!
//! A [`Config`] comes from any format that serde reads. It names applications of a [`Registry`], each of
//! which declares its [`Keys`]. Everything is checked before anything starts, and all that is wrong is
//! reported at once, with its place ([`ConfigError`]). Then a [`System`] runs it.
//!
//! ```yaml
//! app: dir
//! n: {app: net.tcp.Port, host: 127.0.0.1, port: 4711}     # serves all of this to who connects
//! p: {app: ping.Cmd}                                      # as the command `p` …
//! d:
//!   app: dir
//!   q: {app: ping.Cmd}                                    # … and `d.q`
//! ```

mod app;
mod apps;
mod check;
mod data;
mod error;
mod keys;
mod layers;
mod registry;
mod root;
mod section;
mod signal;
mod system;

pub use self::app::{App, Build};
pub use self::data::Config;
pub use self::error::{ConfigError, Problem, ProblemKind};
pub use self::keys::{Keys, Shape};
pub use self::layers::{LinkLayers, link_keys};
pub use self::registry::Registry;
pub use self::root::Root;
pub use self::section::ConfigSection;
pub use self::system::{StartError, Stopper, System, SystemOptions};
