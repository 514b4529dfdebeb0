//! [`ErrorCode`]: an error that is one integer on the wire.

use std::fmt;

use minicbor::Decoder;

use super::error::CallError;
use crate::chunk::Chunk;
use crate::link::object::{Payload, RemoteError};

/// An error of the protocol itself. On the wire it is one negative integer.
///
/// # Examples
///
/// ```
/// use iolite::link::session::ErrorCode;
///
/// assert_eq!(ErrorCode::Cancelled.to_int(), -3);
/// assert_eq!(ErrorCode::from_int(-11), Some(ErrorCode::NoCommand(0)));
/// assert_eq!(ErrorCode::from_int(3), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorCode {
    /// -1: the other end is asked to end its stream.
    #[error("stop")]
    Stop,
    /// -2: nobody wants items here.
    #[error("no stream is wanted")]
    NoStream,
    /// -3: the call was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// -4: there are no commands at all.
    #[error("there are no commands")]
    NoCommands,
    /// -5: items were left out.
    #[error("data was skipped")]
    SkippedData,
    /// -6: the command has to be called as a stream.
    #[error("the command is a stream")]
    MustStream,
    /// -7: an error that could not be sent.
    #[error("an error that cannot be sent")]
    Unsendable,
    /// -8: more items than there was credit for.
    #[error("more items than there was credit for")]
    Overrun,
    /// -11 and below: there is no such command; which element of the path is not known there, counted
    /// from 0.
    #[error("no command: element {0} of the path is not known")]
    NoCommand(u64),
    /// Any other negative number.
    #[error("error {0}")]
    Other(NegativeCode),
}

/// A number that is no other [`ErrorCode`]: negative always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NegativeCode(i64);

impl NegativeCode {
    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for NegativeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of [`ErrorCode::NoCommand`]`(0)`.
const NO_COMMAND: i64 = -11;

impl ErrorCode {
    /// The code that this integer is; `None` if it is not negative.
    pub fn from_int(int: i64) -> Option<ErrorCode> {
        Some(match int {
            0.. => return None,
            -1 => ErrorCode::Stop,
            -2 => ErrorCode::NoStream,
            -3 => ErrorCode::Cancelled,
            -4 => ErrorCode::NoCommands,
            -5 => ErrorCode::SkippedData,
            -6 => ErrorCode::MustStream,
            -7 => ErrorCode::Unsendable,
            -8 => ErrorCode::Overrun,
            -10 | -9 => ErrorCode::Other(NegativeCode(int)),
            ..=NO_COMMAND => ErrorCode::NoCommand(int.abs_diff(NO_COMMAND)),
        })
    }

    /// The integer on the wire.
    pub fn to_int(self) -> i64 {
        match self {
            ErrorCode::Stop => -1,
            ErrorCode::NoStream => -2,
            ErrorCode::Cancelled => -3,
            ErrorCode::NoCommands => -4,
            ErrorCode::SkippedData => -5,
            ErrorCode::MustStream => -6,
            ErrorCode::Unsendable => -7,
            ErrorCode::Overrun => -8,
            ErrorCode::NoCommand(element) => NO_COMMAND.saturating_sub_unsigned(element),
            ErrorCode::Other(code) => code.0,
        }
    }

    /// The code that is all of a payload, if it is one.
    pub(super) fn read(payload: &Payload) -> Option<ErrorCode> {
        ErrorCode::from_int(lone_integer(payload)?)
    }

    /// The code as a message's payload.
    pub(super) fn payload(self) -> Payload {
        let int = self.to_int();
        let items = match usize::try_from(!int).ok().and_then(|at| SMALL.get(at..=at)) {
            Some(small) => Chunk::from_static(small),
            None => return Payload::of(&int).unwrap_or_default(),
        };
        Payload::from_items(items, 1)
    }
}

/// The codes from -1 on that are one byte each, in CBOR.
const SMALL: &[u8] = &[
    0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f,
];

/// The integer that is all of a payload, if it is one. One beyond 64 bits is the nearest of these.
pub(super) fn lone_integer(payload: &Payload) -> Option<i64> {
    if payload.len() != 1 {
        return None;
    }
    let int = i128::from(Decoder::new(payload.items()).int().ok()?);
    let nearest = int.clamp(i64::MIN.into(), i64::MAX.into());
    i64::try_from(nearest).ok()
}

/// How a call is answered that fails: with a [`ErrorCode`], or with an error that has a name.
#[derive(Clone, Debug, PartialEq)]
pub enum CallFailure {
    /// An error of the protocol.
    Code(ErrorCode),
    /// An error of the command.
    Error(RemoteError),
}

impl CallFailure {
    pub(super) fn payload(&self) -> Payload {
        match self {
            CallFailure::Code(code) => code.payload(),
            CallFailure::Error(error) => error.payload(),
        }
    }
}

impl From<ErrorCode> for CallFailure {
    fn from(code: ErrorCode) -> CallFailure {
        CallFailure::Code(code)
    }
}

impl From<RemoteError> for CallFailure {
    fn from(error: RemoteError) -> CallFailure {
        CallFailure::Error(error)
    }
}

/// A command that calls another one passes its error on.
impl From<CallError> for CallFailure {
    fn from(error: CallError) -> CallFailure {
        match error {
            CallError::Remote(error) => CallFailure::Error(error),
            CallError::Code(code) => CallFailure::Code(code),
            CallError::Cancelled => CallFailure::Code(ErrorCode::Cancelled),
            // As if the command's own device had gone: whoever asked can tell it from a wrong call.
            error @ CallError::Lost { .. } => CallFailure::Error(
                RemoteError::new("ConnectionError").with_argument(error.to_string()),
            ),
            error => {
                CallFailure::Error(RemoteError::new("CallError").with_argument(error.to_string()))
            }
        }
    }
}
