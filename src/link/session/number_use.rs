//! [`NumberUse`]: what a number on the wire stands for.

use super::code::ErrorCode;
use super::slots::Id;
use crate::link::object::{Payload, RemoteError};

/// The call that a number stands for. A number that no entry has can be used for a new one.
#[derive(Clone, Copy, Debug)]
pub(super) enum NumberUse {
    Open(Id),
    /// Of a call of the other end that this one does not have, or has no longer: the answer is to be sent.
    Refusal {
        with: Refusal,
        /// Whether the other end has ended it.
        ended: bool,
    },
    /// Over at this end; the other one has not ended it, or not said so.
    Over {
        streamed: bool,
    },
}

/// What is answered without a call being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The caller has cancelled it. This says that it may use the number again.
    Cancelled,
    /// There are too many calls.
    Busy,
    /// What should be a path is none.
    NoPath,
    /// The path has too many elements.
    PathTooLong,
}

impl Refusal {
    pub(super) fn payload(self) -> Payload {
        match self {
            Refusal::Cancelled => ErrorCode::Cancelled.payload(),
            Refusal::Busy => RemoteError::new("Busy").payload(),
            Refusal::NoPath => RemoteError::new("ValueError")
                .with_argument("the path is no array of elements")
                .payload(),
            Refusal::PathTooLong => RemoteError::new("LongCommandError").payload(),
        }
    }
}
