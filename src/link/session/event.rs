//! [`Event`]: what the other end did.

use super::code::ErrorCode;
use super::error::CallError;
use super::slots::Id;
use crate::link::object::{Path, Payload};

/// Something that happened to a call, in the order in which the other end sent it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A stream that was called was accepted; this is the initial reply. Items may be sent now.
    Replied(Payload),
    /// An item of a stream. Taking it is what gives the other end credit for the next ones.
    Item(Payload),
    /// A warning, which stands beside the items.
    Warned(Payload),
    /// A message of the protocol beside the items, such as that data was skipped.
    Notice(ErrorCode),
    /// The other end sends no more: its result. The last event of a call that was opened here; one that was
    /// opened there may still be cancelled, or the connection lost.
    Finished(Payload),
    /// The other end, or the connection, failed, or the call was broken off. Last as the one before. (In a
    /// box, as an error is larger than an item, and there are more items.)
    Failed(Box<CallError>),
    /// The caller is no longer interested: what was not sent is thrown away. The last event of a call; it
    /// has to be finished nevertheless, which then says that it was cancelled.
    Cancelled,
}

/// How a call exchanges values, seen from the end that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallMode {
    /// One message there, one back.
    Plain,
    /// A stream of items that come here.
    #[doc(alias = "stream_in")]
    In,
    /// A stream of items that go from here.
    #[doc(alias = "stream_out")]
    Out,
    /// A stream in both directions.
    #[doc(alias = "stream")]
    Both,
}

/// A call that the other end opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// Its name in this session.
    pub id: Id,
    /// The command that is called.
    pub path: Path,
    /// What it is called with.
    pub arguments: Payload,
    /// [`Plain`](CallMode::Plain) or [`Both`](CallMode::Both): which directions of a stream are used does not
    /// stand in the message.
    pub mode: CallMode,
    /// How many bytes are counted for it while it waits.
    pub(super) bytes: usize,
}
