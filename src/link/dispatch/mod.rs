//! What a program serves: commands by their path, in a tree of subsystems.
//!
//! [`StdBase`] is a table of commands and subsystems; anything else that serves calls implements
//! [`Subsystem`]. A [`Running`] tree has started the subsystems that do something of their own.

mod branch;
mod call;
mod commands;
mod context;
mod doc;
mod forward;
mod life;
mod running;
mod std_base;
mod subsystem;

pub use self::call::Call;
pub use self::context::Context;
pub use self::doc::Doc;
pub use self::life::{Life, Stage};
pub use self::running::Running;
pub use self::std_base::StdBase;
pub use self::subsystem::Subsystem;
