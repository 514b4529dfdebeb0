//! The stack of layers between two programs, for threads: devices at the bottom, which send and receive
//! bytes, and on top of them what makes objects of bytes, sends again what was lost, or writes down what
//! comes past.
//!
//! ```text
//!    log            ObjectLink      send(object), recv() → object
//!    reliable       ObjectLink
//!    serial_frame   ObjectLink    ← bytes below, objects above
//!    tcp            ByteLink        send(chunk), recv(length) → chunk, recv_to(buffer)
//! ```
//!
//! A [`Stack`] is the plan of a link. It is opened from the bottom up, each [`Layer`] on a parent that is
//! running, and closed from the top down, so that a layer can still say good-bye. A [`ByteLink`] or an
//! [`ObjectLink`] is the running thing: two halves, for two threads, and an [`AbortHandle`] for a third.
//!
//! | bottom | made by |
//! |---|---|
//! | TCP, Unix sockets | [`tcp`], [`unix`]; a [`Listener`] waits for others that do |
//! | a child process, this program's standard input and output | [`process`], [`stdio`] |
//! | another thread | [`memory::pair`] |
//! | anything else | your own [`ByteReceiver`] and [`ByteSender`] |

mod abort;
mod byte_link;
#[cfg(any(unix, windows))]
mod device;
mod error;
mod framed;
mod halves;
#[cfg(any(unix, windows))]
#[cfg_attr(not(unix), path = "interruptible_std.rs")]
mod interruptible;
#[cfg(all(feature = "socket", any(unix, windows)))]
mod listener;
mod log;
pub mod memory;
mod object_link;
#[cfg(any(unix, windows))]
mod process;
mod resend;
mod retry;
#[cfg(all(feature = "socket", any(unix, windows)))]
mod socket;
mod stack;
#[cfg(any(unix, windows))]
mod stdio;

pub use self::abort::AbortHandle;
pub use self::byte_link::{ByteHalves, ByteLink, ByteReceiver, ByteSender};
pub use self::error::LinkError;
pub use self::framed::Framed;
#[cfg(all(feature = "socket", any(unix, windows)))]
pub use self::listener::{Listener, Peer};
pub use self::log::Log;
pub use self::object_link::{ObjectHalves, ObjectLink, ObjectReceiver, ObjectSender};
#[cfg(any(unix, windows))]
pub use self::process::process;
pub use self::resend::{Resend, ResendError, ResendLayer, ResendOptions};
pub use self::retry::Retry;
#[cfg(all(feature = "socket", any(unix, windows)))]
pub use self::socket::tcp;
#[cfg(all(feature = "socket", unix))]
pub use self::socket::unix;
pub use self::stack::{AnyLink, Layer, Stack};
#[cfg(any(unix, windows))]
pub use self::stdio::stdio;
