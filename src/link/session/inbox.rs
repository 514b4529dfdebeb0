//! [`Inbox`]: what has come for all calls and was not taken.

use super::code::ErrorCode;
use super::error::CallError;
use super::queues::{Queue, Queues};
use crate::link::object::Payload;

/// Something that came for a call. It is made an [`Event`](super::Event) when it is taken, so that whoever
/// receives messages need not look into them.
#[derive(Debug)]
pub(super) enum Arrival {
    Replied(Payload),
    Item(Payload),
    Warned(Payload),
    Notice(ErrorCode),
    Finished(Payload),
    /// An error that the other end sent.
    Failed(Payload),
    /// The call was broken off here.
    BrokenOff(Box<CallError>),
    Cancelled,
}

impl Arrival {
    #[inline]
    fn payload(&self) -> Option<&Payload> {
        match self {
            Arrival::Replied(payload)
            | Arrival::Item(payload)
            | Arrival::Warned(payload)
            | Arrival::Finished(payload)
            | Arrival::Failed(payload) => Some(payload),
            Arrival::Notice(_) | Arrival::BrokenOff(_) | Arrival::Cancelled => None,
        }
    }

    #[inline]
    fn bytes(&self) -> usize {
        self.payload().map_or(0, |payload| payload.items().len())
    }
}

#[derive(Debug)]
pub(super) struct Inbox {
    queues: Queues<Arrival>,
    /// In what waits here, and of calls that were not handed out.
    bytes: usize,
    limit: usize,
}

/// So many messages may share the blocks that they were read into. What waits beyond that is copied, so that
/// one byte of a message does not keep the whole block around it.
const SHARED: usize = 256;

impl Inbox {
    pub(super) fn new(limit: usize) -> Inbox {
        Inbox {
            queues: Queues::new(),
            bytes: 0,
            limit,
        }
    }

    #[inline]
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.bytes.saturating_add(bytes) <= self.limit
    }

    /// Whether more than half of the memory is used.
    #[inline]
    pub(super) fn is_short(&self) -> bool {
        self.bytes > self.limit / 2
    }

    /// Counts bytes that wait somewhere else.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    pub(super) fn unreserve(&mut self, bytes: usize) {
        self.bytes -= bytes;
    }

    /// The payload in a form in which it may wait.
    #[inline]
    pub(super) fn to_keep(&self, payload: Payload) -> Payload {
        if self.queues.len() < SHARED {
            return payload;
        }
        let count = payload.len();
        Payload::from_items(payload.into_items().compact(), count)
    }

    #[inline]
    pub(super) fn push(&mut self, queue: &mut Queue, arrival: Arrival) {
        self.bytes += arrival.bytes();
        self.queues.push(queue, arrival);
    }

    #[inline]
    pub(super) fn pop(&mut self, queue: &mut Queue) -> Option<Arrival> {
        let arrival = self.queues.pop(queue)?;
        self.bytes -= arrival.bytes();
        Some(arrival)
    }

    pub(super) fn clear(&mut self, queue: &mut Queue) {
        while self.pop(queue).is_some() {}
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queues.len() == 0 && self.bytes == 0
    }
}
