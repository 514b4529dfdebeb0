//! Calls to the program at the other end: [`Request`], and what a call can be while it is open.

mod block;
mod channel;
mod handle;
mod open;
mod pending;
mod receiver;
mod sender;

pub use self::channel::Channel;
pub use self::handle::Request;
pub(in crate::link) use self::handle::WINDOW;
pub(in crate::link) use self::open::Open;
pub use self::pending::Pending;
pub use self::receiver::{ItemReceiver, Received};
pub use self::sender::ItemSender;
