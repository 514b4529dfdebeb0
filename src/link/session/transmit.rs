//! What a [`Session`] gives out to be sent, and the end of calls that comes with it.

use std::mem;

use super::call_state::{CallState, Origin, Phase};
use super::event::CallMode;
use super::head::{Head, MessageKind, Side};
use super::number_use::NumberUse;
use super::outbox::{LastStart, Outgoing, write_credit};
use super::session::Session;
use super::slots::Id;
use crate::chunk::Chain;
use crate::link::object::Object;

impl Session {
    /// The next message to be sent; `None` if there is none now. The calls take turns, a message each.
    ///
    /// The message is in one piece, so its payload was copied;
    /// [`transmit_into`](Session::transmit_into) does not copy long ones.
    pub fn transmit(&mut self) -> Option<Object> {
        let mut scratch = mem::take(&mut self.scratch);
        // Enough after one byte.
        let is_written = self.write_next(&mut scratch, 1) > 0;
        let message = is_written.then(|| scratch.take_chunk(scratch.len()));
        self.scratch = scratch;
        self.wake_those_without_room();
        message.map(Object::from_well_formed)
    }

    /// Puts the next messages to the end of `out`, one after the other as a CBOR sequence, until there
    /// are `bytes` bytes in it or more; returns how many messages. Long payloads are shared, not copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Chain;
    /// use iolite::link::object::{Path, Payload};
    /// use iolite::link::session::{Limits, CallMode, Session};
    ///
    /// let mut session = Session::new(Limits::default());
    /// for n in 0..3 {
    ///     session.call(&Path::from("ping"), Payload::of(&n)?, CallMode::Plain, 0)?;
    /// }
    /// let mut out = Chain::new();
    /// assert_eq!(session.transmit_into(&mut out, 64 * 1024), 3);
    /// assert_eq!(out.len(), 3 * 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn transmit_into(&mut self, out: &mut Chain, bytes: usize) -> usize {
        let mut messages = 0;
        while out.len() < bytes {
            match self.write_next(out, bytes) {
                0 => break,
                written => messages += written,
            }
        }
        self.wake_those_without_room();
        messages
    }

    /// Whether there may be something to be sent.
    pub fn has_output(&self) -> bool {
        !self.answers.is_empty() || self.outbox.has_turns()
    }

    /// Puts the next message to the end of `out`, if there is one; of a call that is alone more of them,
    /// until there are `enough` bytes. Returns how many messages.
    fn write_next(&mut self, out: &mut Chain, enough: usize) -> usize {
        while let Some(number) = self.answers.pop_front() {
            if self.write_answer(number, out).is_some() {
                return 1;
            }
        }
        while let Some(id) = self.outbox.next_turn() {
            let written = self.write_next_of(id, out, enough);
            if written > 0 {
                return written;
            }
        }
        0
    }

    /// Answers a call that there is not, unless its number has been used for a new one.
    fn write_answer(&mut self, number: u64, out: &mut Chain) -> Option<()> {
        let &NumberUse::Refusal { with, ended } = self.theirs.get(&number)? else {
            return None;
        };
        if ended {
            self.theirs.remove(&number);
        } else {
            self.theirs
                .insert(number, NumberUse::Over { streamed: true });
        }
        let head = Head::new(Side::Receiver, number, MessageKind::Failed)?;
        let answer = Outgoing::new(MessageKind::Failed, with.payload());
        let start = answer.start(head);
        answer.write(&start, out);
        Some(())
    }

    fn write_next_of(&mut self, id: Id, out: &mut Chain, enough: usize) -> usize {
        let Some(call) = self.slots.get_mut(id) else {
            return 0;
        };
        call.in_line = false;
        let mut written = 0;
        if let Some(items) = call.grant.take() {
            if call.has_output() {
                call.in_line = true;
                self.outbox.give_back_turn(id);
            }
            if let Some(head) = call.head(MessageKind::Warning) {
                write_credit(head, items, out);
                written = 1;
            }
            return written;
        }
        // Nobody else gets a turn in here, so nobody is passed over.
        let is_alone = !self.outbox.has_turns();
        let mut start = LastStart::default();
        while let Some(outgoing) = self.outbox.pop(call) {
            if let Some(head) = call.head(outgoing.kind) {
                count(call, outgoing.kind);
                start.write(outgoing, head, out);
                written += 1;
            }
            if !is_alone || out.len() >= enough {
                break;
            }
        }
        if call.has_output() {
            self.outbox.line_up(id, call);
        } else {
            self.settle(id);
        }
        written
    }

    /// Names the calls again that had to wait until others' messages have left.
    fn wake_those_without_room(&mut self) {
        let crowded = self.outbox.take_crowded(&self.limits);
        for id in crowded.into_iter().flatten() {
            if let Some(call) = self.slots.get_mut(id) {
                call.sending.is_crowded = false;
                self.wake(id);
            }
        }
    }

    /// Removes a call that is over. If the other end has not ended it, its number is remembered.
    pub(super) fn settle(&mut self, id: Id) {
        if !self.slots.get(id).is_some_and(CallState::is_done) {
            return;
        }
        let Some(mut call) = self.slots.remove(id) else {
            return;
        };
        self.inbox.clear(&mut call.inbox);
        match call.origin {
            Origin::Ours => self.settle_ours(&call),
            Origin::Theirs => self.settle_theirs(&call),
        }
    }

    fn settle_theirs(&mut self, call: &CallState) {
        self.open_theirs -= 1;
        if call.cancelled || self.ended.is_some() {
            return;
        }
        if call.receiving.phase == Phase::Ended {
            self.theirs.remove(&call.number);
        } else {
            let over = NumberUse::Over { streamed: true };
            self.theirs.insert(call.number, over);
        }
    }

    /// The number is used again if no message can come for it any more. After a stream that this end was the
    /// last to end there can: MoaT answers that with an error, which would hit the new call.
    fn settle_ours(&mut self, call: &CallState) {
        self.open_ours -= 1;
        let number = call.number;
        let was_plain = call.mode == CallMode::Plain;
        if self.ended.is_some() {
            return;
        }
        if call.progress.opened && call.receiving.phase != Phase::Ended {
            let streamed = !was_plain;
            self.ours.insert(number, NumberUse::Over { streamed });
            if self.ours.len() > self.limits.remembered {
                self.forget_one();
            }
            return;
        }
        self.ours.remove(&number);
        if was_plain || call.peer_was_last || !call.progress.opened {
            self.numbers.put_back(number);
        }
    }

    /// Forgets a number that the other end has never confirmed; it is not used again.
    fn forget_one(&mut self) {
        let mut latest = self.ours.iter().rev();
        let over = latest.find(|(_, entry)| matches!(entry, NumberUse::Over { .. }));
        if let Some((&number, _)) = over {
            self.ours.remove(&number);
        }
    }
}

/// Notes how far a call is.
fn count(call: &mut CallState, kind: MessageKind) {
    if !call.progress.opened {
        call.progress.opened = true;
    } else if kind == MessageKind::Item {
        call.progress.sent += 1;
    }
}
