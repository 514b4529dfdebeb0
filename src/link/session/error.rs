//! What can go wrong with a call, and with a connection.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::code::ErrorCode;
use super::head::HeadError;
use crate::link::object::{DecodeError, EncodeError, Payload, RemoteError};

/// Why a call, or one step of it, failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The command failed at the other end, which says with what.
    #[error(transparent)]
    Remote(RemoteError),
    /// The other end reports an error of the protocol.
    #[error("the other end reports: {0}")]
    Code(ErrorCode),
    /// The caller is no longer interested.
    #[error("the call was cancelled")]
    Cancelled,
    /// The time that was given is over.
    #[error("there was no answer in the time that was given")]
    TimedOut,
    /// The connection ended before the call did.
    #[error("the connection ended before the call did: {cause}; {progress}")]
    #[non_exhaustive]
    Lost {
        /// How the connection ended.
        cause: Ending,
        /// How far the call had come.
        progress: CallProgress,
    },
    /// The other end sent more items, or more bytes, than it was allowed to. The call was broken off.
    #[error("the other end sent more than it had credit for")]
    Overrun,
    /// The other end sent items that nobody wants. The call was broken off.
    #[error("the other end sent items, and none are wanted")]
    Unwanted,
    /// The command that was called plainly is a stream. The call was broken off.
    #[error("the command is a stream, and was called plainly")]
    Streamed,
    /// There is no room for one more call.
    #[error("{limit} calls are open, and no more are allowed")]
    Busy {
        /// [`Limits::calls`](super::Limits::calls).
        limit: u32,
    },
    /// The message would be longer than one may be.
    #[error("the message has {size} bytes, and {limit} are allowed")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// [`Limits::message`](super::Limits::message).
        limit: usize,
    },
    /// The other end has to allow more items first.
    #[error("the other end has not allowed more items yet")]
    NoCredit,
    /// What was sent before has to leave first.
    #[error("too much waits for being sent")]
    QueueFull,
    /// The other end has ended the stream and allows no more items. It waits for this end's last word.
    #[error("the other end has finished, and takes no more items")]
    PeerFinished,
    /// The call, or this direction of it, is over, or it never was one of this session.
    #[error("the call is over")]
    Over,
    /// A plain call has no items, a stream in one direction none in the other, and one that was
    /// not accepted has none yet.
    #[error("the call has no items in this direction")]
    WrongMode,
    /// A value that cannot be sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// What came is not what was expected.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// An item that was not taken, and is handed back.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct SendError {
    /// Why it was not taken.
    pub reason: CallError,
    /// The item.
    pub payload: Payload,
}

/// How a connection ended.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Ending {
    /// This end closed it.
    #[error("it was closed here")]
    Closed,
    /// The other end closed it.
    #[error("the other end closed it")]
    PeerClosed,
    /// The other end broke the protocol.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// What carries it failed.
    #[error("{0}")]
    Failed(Arc<dyn Error + Send + Sync>),
}

/// How far a call had come when the connection ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallProgress {
    /// Whether anything of it had left this end. If a call that was opened here had not, the other end knows
    /// nothing of it.
    pub opened: bool,
    /// Items that had come.
    pub received: u64,
    /// Items that had left this end.
    pub sent: u64,
}

impl fmt::Display for CallProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.opened {
            return f.write_str("nothing of it had been sent");
        }
        let CallProgress { received, sent, .. } = self;
        write!(f, "{received} items had come and {sent} had been sent")
    }
}

/// How the other end broke the protocol, so that the connection has to be closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A message is an array with at least a head.
    #[error("the message is no array with something in it")]
    NoMessage,
    /// The first item of a message is no head.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// A message longer than the limit.
    #[error("the message has {size} bytes, and {limit} are allowed")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// [`Limits::message`](super::Limits::message).
        limit: usize,
    },
    /// So many calls were opened beyond the limit, or broken off, without reading the answers or ending
    /// them, that no more of them can be remembered.
    #[error("more than {limit} calls that are over have to be remembered")]
    Flood {
        /// [`Limits::remembered`](super::Limits::remembered).
        limit: usize,
    },
    /// The session was told that the connection has ended.
    #[error("the session has ended")]
    Ended,
}
