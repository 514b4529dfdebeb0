//! The protocol of one connection, as a state machine: messages go in, messages and events come out.
//! No I/O happens here, there is no clock and no thread.
//!
//! A [`Session`] is one end of a connection. Both ends may call the other; a call is plain, one message
//! there and one back, or a stream of items in one direction or both. What the messages look like is
//! MoaT's (a [`Head`], then values), so that the other end may be a program that uses MoaT.

mod call_state;
mod code;
mod error;
mod event;
mod head;
mod inbox;
mod limits;
mod number_use;
mod numbers;
mod outbox;
mod queues;
mod receive;
mod send;
#[allow(clippy::module_inception)]
mod session;
mod slots;
mod transmit;

pub use self::code::{CallFailure, ErrorCode};
pub use self::error::{CallError, CallProgress, Ending, ProtocolError, SendError};
pub use self::event::{CallMode, Event, Opened};
pub use self::head::{Head, HeadError, MessageKind, Side};
pub use self::limits::Limits;
pub use self::session::Session;
pub use self::slots::Id;
