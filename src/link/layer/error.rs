//! [`LinkError`]: why a link does not go on.

use std::io::{self, ErrorKind};
use std::process::ExitStatus;
use std::sync::Arc;

use super::resend::ResendError;
use crate::error::{Error, Operation};
use crate::link::frame::FrameError;

/// Why a link does not go on. The *end* of a link is none of these: it is an answer of
/// [`recv`](super::ObjectLink::recv).
///
/// It can be cloned, because everybody who waits on a connection learns why it was lost.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::layer::{LinkError, memory};
///
/// let (mut here, there) = memory::pair(64);
/// there.abort_handle().abort();
/// let error = here.recv(10).unwrap_err();
/// assert!(matches!(&error, LinkError::Stream(lost) if lost.kind() == std::io::ErrorKind::ConnectionReset));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// This side has closed the link, or [aborted](super::AbortHandle::abort) it.
    #[error("the link is closed")]
    Closed,

    /// Nothing came in the time that was given. Nothing is lost: ask again.
    #[error("nothing came in time")]
    TimedOut,

    /// The device's error. After it the link gives the same error again, never an end, unless it is
    /// one of those for which [`Error::is_would_block`] is true.
    #[error("{0}")]
    Stream(Arc<Error>),

    /// The bytes are no frames, or not any more: the framing has lost its place, and the link gives the
    /// same error again.
    #[error("{0}")]
    Frame(FrameError),

    /// One frame was damaged or has no place here, and is lost. The next call goes on after it.
    #[error("a frame was lost: {0}")]
    DamagedFrame(FrameError),

    /// The re-sending layer has given up, or its peer has.
    #[error("{0}")]
    Resend(ResendError),

    /// The child process behind the link did not end well.
    #[error("the child process ended with {status}")]
    Child {
        /// What it ended with.
        status: ExitStatus,
    },
}

impl LinkError {
    /// Whether the same call may succeed later: after a time-out, or when the device is ready.
    pub fn is_would_block(&self) -> bool {
        match self {
            LinkError::TimedOut => true,
            LinkError::Stream(error) => error.is_would_block(),
            _ => false,
        }
    }

    /// The error of a device that cannot do that.
    pub(super) fn unsupported(operation: Operation) -> LinkError {
        Error::Unsupported { operation }.into()
    }
}

impl From<Error> for LinkError {
    fn from(error: Error) -> LinkError {
        LinkError::Stream(Arc::new(error))
    }
}

impl From<io::Error> for LinkError {
    fn from(error: io::Error) -> LinkError {
        Error::from(error).into()
    }
}

impl From<ErrorKind> for LinkError {
    fn from(kind: ErrorKind) -> LinkError {
        io::Error::from(kind).into()
    }
}

impl From<FrameError> for LinkError {
    fn from(error: FrameError) -> LinkError {
        LinkError::Frame(error)
    }
}

impl From<ResendError> for LinkError {
    fn from(error: ResendError) -> LinkError {
        LinkError::Resend(error)
    }
}
