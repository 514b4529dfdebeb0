//! [`Outbox`]: what is to be sent of all calls, and whose turn it is.

use std::collections::VecDeque;
use std::mem;

use super::call_state::CallState;
use super::error::CallError;
use super::head::{Head, MessageKind};
use super::limits::Limits;
use super::queues::Queues;
use super::slots::Id;
use crate::chunk::{Chain, Chunk};
use crate::link::object::{ItemHead, Payload};

/// A message without its head.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) kind: MessageKind,
    /// The path in front of the payload, as one item, where it was not put into one piece with it: in
    /// few messages, and so in a box.
    pub(super) path: Option<Box<Chunk>>,
    pub(super) payload: Payload,
}

impl Outgoing {
    pub(super) fn new(kind: MessageKind, payload: Payload) -> Outgoing {
        Outgoing {
            kind,
            path: None,
            payload,
        }
    }

    /// In bytes, its head not counted.
    #[inline]
    pub(super) fn size(&self) -> usize {
        let path = self.path.as_ref().map_or(0, |path| path.len());
        path + self.payload.items().len()
    }

    /// Puts the message to the end of `out`, behind its start; a long payload shares its memory.
    #[inline]
    pub(super) fn write(self, start: &Start, out: &mut Chain) {
        if let Some(path) = self.path {
            out.append(start.bytes());
            out.push(*path);
        } else if let Some(message) = start.with(self.payload.items()) {
            return out.append(message.bytes());
        } else {
            out.append(start.bytes());
        }
        out.push(self.payload.into_items());
    }

    /// What it begins with.
    #[inline]
    pub(super) fn start(&self, head: Head) -> Start {
        Start::new(self.items(), head)
    }

    /// How many items it has, its head among them.
    #[inline]
    fn items(&self) -> usize {
        1 + usize::from(self.path.is_some()) + self.payload.len()
    }
}

#[derive(Debug)]
pub(super) struct Outbox {
    queues: Queues<Outgoing>,
    /// In what waits here.
    bytes: usize,
    /// The calls that have something to be sent, in the order of their turns.
    turns: VecDeque<Id>,
    /// The calls that were refused something until others' messages have left.
    crowded: Vec<Id>,
}

impl Outbox {
    pub(super) fn new() -> Outbox {
        Outbox {
            queues: Queues::new(),
            bytes: 0,
            turns: VecDeque::new(),
            crowded: Vec::new(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn push(&mut self, id: Id, call: &mut CallState, message: Outgoing) {
        self.bytes += message.size();
        self.queues.push(&mut call.outbox, message);
        self.line_up(id, call);
    }

    /// Lets a call have a turn, which has something to be sent.
    pub(super) fn line_up(&mut self, id: Id, call: &mut CallState) {
        if !call.in_line {
            call.in_line = true;
            self.turns.push_back(id);
        }
    }

    pub(super) fn pop(&mut self, call: &mut CallState) -> Option<Outgoing> {
        let message = self.queues.pop(&mut call.outbox)?;
        self.bytes -= message.size();
        Some(message)
    }

    pub(super) fn clear(&mut self, call: &mut CallState) {
        while self.pop(call).is_some() {}
    }

    /// Whose turn it is. Between two messages of one call, each other one has its turn.
    pub(super) fn next_turn(&mut self) -> Option<Id> {
        self.turns.pop_front()
    }

    /// The same call again: what it sent did not count.
    pub(super) fn give_back_turn(&mut self, id: Id) {
        self.turns.push_front(id);
    }

    /// Takes a call out of the line that has nothing to be sent any more.
    pub(super) fn leave_line(&mut self, id: Id) {
        self.turns.retain(|&other| other != id);
    }

    pub(super) fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Forgets whose turn it is. Nothing is sent any more.
    pub(super) fn forget(&mut self) {
        self.turns.clear();
        self.crowded.clear();
    }

    /// Whether a message that is no answer may be queued; if not, the call is remembered.
    #[inline]
    pub(super) fn check_room(
        &mut self,
        id: Id,
        call: &mut CallState,
        message: &Outgoing,
        limits: &Limits,
    ) -> Result<(), CallError> {
        let size = message.size();
        limits.check_size(size)?;
        let fits = self.bytes == 0 || self.bytes.saturating_add(size) <= limits.queued;
        if fits && call.outbox.len() < limits.items {
            return Ok(());
        }
        if !mem::replace(&mut call.sending.is_crowded, true) {
            self.crowded.push(id);
        }
        Err(CallError::QueueFull)
    }

    /// Those that were refused something, once there is room again.
    pub(super) fn take_crowded(&mut self, limits: &Limits) -> Option<Vec<Id>> {
        let has_room = !self.crowded.is_empty() && self.bytes <= limits.queued / 2;
        has_room.then(|| mem::take(&mut self.crowded))
    }
}

/// A message that is one integer, which is not worth a payload.
pub(super) fn write_credit(head: Head, items: u32, out: &mut Chain) {
    let mut start = Start::new(2, head);
    start.put(ItemHead::of_int(items.into()));
    out.append(start.bytes());
}

/// The first bytes of a message: how many items it has, its head, and perhaps one more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    bytes: [u8; Start::ROOM],
    len: usize,
}

impl Start {
    /// More than three heads, and a small item with them.
    const ROOM: usize = 48;
    /// The longest payload that is copied behind it.
    const SMALL: usize = Start::ROOM - 2 * ItemHead::LONGEST;

    #[inline]
    fn new(items: usize, head: Head) -> Start {
        let mut start = Start {
            bytes: [0; Start::ROOM],
            len: 0,
        };
        start.put(ItemHead::shortest(ItemHead::ARRAY, items as u64));
        start.put(ItemHead::of_int(head.to_int()));
        start
    }

    #[inline]
    fn put(&mut self, (bytes, len): ([u8; ItemHead::LONGEST], usize)) {
        self.bytes[self.len..][..ItemHead::LONGEST].copy_from_slice(&bytes);
        self.len += len;
    }

    /// This and a small payload in one piece, which is then one step for a chain.
    #[inline]
    fn with(&self, payload: &[u8]) -> Option<Start> {
        if payload.len() > Start::SMALL {
            return None;
        }
        let mut both = *self;
        both.bytes[self.len..][..payload.len()].copy_from_slice(payload);
        both.len += payload.len();
        Some(both)
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The start of the last message, which is that of the next one as a rule: items of a stream differ in
/// their payloads.
#[derive(Debug, Default)]
pub(super) struct LastStart(Option<(MessageKind, usize, Start)>);

impl LastStart {
    /// Puts a message of the same call to the end of `out`.
    #[inline]
    pub(super) fn write(&mut self, message: Outgoing, head: Head, out: &mut Chain) {
        let (kind, items) = (message.kind, message.items());
        let start = match &mut self.0 {
            Some((of_kind, of_items, start)) if (*of_kind, *of_items) == (kind, items) => start,
            last => &mut last.insert((kind, items, message.start(head))).2,
        };
        message.write(start, out);
    }
}
