//! [`Limits`]: how much one connection may ask for.

use super::error::CallError;
use crate::link::object::{ItemLimits, RemoteError};

/// How much of everything there may be on one connection. Whatever goes beyond is refused: the program at
/// the other end cannot make this one use more memory than these numbers say.
///
/// # Examples
///
/// ```
/// use iolite::link::session::{Limits, Session};
///
/// let mut limits = Limits::default();
/// limits.calls = 16;
/// let session = Session::new(limits);
/// assert_eq!(session.limits().calls, 16);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long a message may be, in bytes, those that are sent included: 1 MiB, and 4 KiB for what
    /// stands around that. More belongs into the items of a stream.
    pub message: usize,
    /// How many arrays, maps and tags may lie in one another in a message: 64.
    pub depth: u8,
    /// How many calls may be open at once in each direction: 256. A call counts until it is answered
    /// *and* whoever answers it has ended.
    pub calls: u32,
    /// How many items of one stream may wait, before they are taken and before they are sent: 64. No
    /// window is larger.
    pub items: u32,
    /// How many bytes of all calls together may wait, before they are taken and, counted by itself, before
    /// they are sent: 32 MiB. Answers to calls of this end are always sent, so there may be a message
    /// more of each open call.
    pub queued: usize,
    /// How many elements the path of a call may have: 16.
    pub path: usize,
    /// For how many calls that have not come may credit have come: 256. Beyond that the oldest is forgotten.
    pub pending_credit: usize,
    /// How many warnings of one call may wait: 16. Beyond that they are left out, and
    /// [`ErrorCode::SkippedData`](super::ErrorCode::SkippedData) says so.
    pub warnings: u32,
    /// Into how many values an error of the other end is taken apart, a hundred bytes each: 1,024. What it
    /// has beyond that stays as it came; see
    /// [`RemoteError::read_within`](crate::link::object::RemoteError::read_within).
    pub error_values: usize,
    /// How many calls that are over may still be remembered: those that were refused and whose refusal is
    /// not sent, and those whose other end has not confirmed the end. 16,384; 100 bytes each.
    pub remembered: usize,
}

impl Limits {
    /// The limits of a message, for the framing.
    pub fn of_items(&self) -> ItemLimits {
        ItemLimits {
            bytes: self.message,
            depth: self.depth,
        }
    }

    /// Whether a message whose items without the head have so many bytes is not too long.
    pub(super) fn check_size(&self, bytes: usize) -> Result<(), CallError> {
        let (size, limit) = (bytes.saturating_add(HEAD), self.message);
        if size > limit {
            return Err(CallError::TooLarge { size, limit });
        }
        Ok(())
    }
}

/// More bytes than any head has.
const HEAD: usize = 27;

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message: (1 << 20) + (4 << 10),
            depth: 64,
            calls: 256,
            items: 64,
            queued: 32 << 20,
            path: 16,
            pending_credit: 256,
            warnings: 16,
            error_values: RemoteError::VALUES,
            remembered: 1 << 14,
        }
    }
}
