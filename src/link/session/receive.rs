//! What a [`Session`] makes of the messages that come.

use super::call_state::{CallState, Origin, Phase};
use super::code::{ErrorCode, lone_integer};
use super::error::{CallError, ProtocolError};
use super::event::{CallMode, Opened};
use super::head::{Head, MessageKind, Side};
use super::inbox::Arrival;
use super::number_use::{NumberUse, Refusal};
use super::outbox::Outgoing;
use super::session::Session;
use super::slots::Id;
use crate::link::object::{Object, Path, Payload};

impl Session {
    /// Takes a message that has come. Never waits: what has no room is refused, and what belongs to a call
    /// that is over is dropped, as the other end may not know that yet (MoaT sends such messages after
    /// every stream).
    ///
    /// # Errors
    ///
    /// The other end broke the protocol. Close the connection, and [`end`](Session::end) the session.
    pub fn receive(&mut self, message: Object) -> Result<(), ProtocolError> {
        if self.ended.is_some() {
            return Err(ProtocolError::Ended);
        }
        let (size, limit) = (message.bytes().len(), self.limits.message);
        if size > limit {
            return Err(ProtocolError::TooLarge { size, limit });
        }
        let (mut items, count) = message.into_items().ok_or(ProtocolError::NoMessage)?;
        let behind = count.checked_sub(1).ok_or(ProtocolError::NoMessage)?;
        let (head, length) = Head::read(&items)?;
        items.advance(length);
        let payload = Payload::from_items(items, behind);
        match head.opener() {
            Side::Sender => self.receive_of_theirs(head, payload),
            Side::Receiver => self.receive_of_ours(head, payload),
        }
    }

    /// A message of a call that this end has opened, or had.
    fn receive_of_ours(&mut self, head: Head, payload: Payload) -> Result<(), ProtocolError> {
        match self.ours.get(&head.number()) {
            // It has not left: what comes is for an earlier call of this number.
            Some(&NumberUse::Open(id)) if !self.has_left(id) => {}
            Some(&NumberUse::Open(id)) => return self.receive_for(id, head.kind(), payload),
            Some(&NumberUse::Over { streamed }) => self.confirm(head, streamed, &payload),
            Some(NumberUse::Refusal { .. }) | None => {}
        }
        Ok(())
    }

    fn has_left(&self, id: Id) -> bool {
        let call = self.slots.get(id);
        call.is_some_and(|call| call.progress.opened)
    }

    /// A message of a call that this end has left: whether the other one has, too.
    fn confirm(&mut self, head: Head, streamed: bool, payload: &Payload) {
        if !matches!(head.kind(), MessageKind::Final | MessageKind::Failed) {
            return;
        }
        self.ours.remove(&head.number());
        // A stream that MoaT ended by itself is followed by strays, which a new call of this number must
        // not get.
        let is_confirmation = head.kind() == MessageKind::Failed
            && ErrorCode::read(payload) == Some(ErrorCode::Cancelled);
        if !streamed || is_confirmation {
            self.numbers.put_back(head.number());
        }
    }

    /// A message of a call that the other end has opened, or opens with it.
    fn receive_of_theirs(&mut self, head: Head, payload: Payload) -> Result<(), ProtocolError> {
        let is_last = matches!(head.kind(), MessageKind::Final | MessageKind::Failed);
        match self.theirs.get_mut(&head.number()) {
            Some(&mut NumberUse::Open(id)) => return self.receive_for(id, head.kind(), payload),
            // It is over for the other end, so this begins a new call. The answer to the old one would be
            // taken for one to this.
            Some(NumberUse::Refusal { ended: true, .. }) | None => {
                return self.receive_of_unknown(head, payload);
            }
            Some(NumberUse::Refusal { ended, .. }) => *ended |= is_last,
            Some(NumberUse::Over { .. }) if is_last => {
                self.theirs.remove(&head.number());
            }
            Some(NumberUse::Over { .. }) => {}
        }
        Ok(())
    }

    fn receive_of_unknown(&mut self, head: Head, payload: Payload) -> Result<(), ProtocolError> {
        match head.kind() {
            MessageKind::Final => self.open(head.number(), CallMode::Plain, payload),
            MessageKind::Item => self.open(head.number(), CallMode::Both, payload),
            // Cancelling something that is over.
            MessageKind::Failed => Ok(()),
            MessageKind::Warning => {
                if let Some(Ok(items)) = lone_integer(&payload).map(u64::try_from) {
                    self.remember_credit(head.number(), items);
                }
                Ok(())
            }
        }
    }

    /// Credit comes before the call that it is for.
    fn remember_credit(&mut self, number: u64, items: u64) {
        let known = self.pending_credit.iter_mut().find(|(it, _)| *it == number);
        if let Some((_, credit)) = known {
            *credit = credit.saturating_add(items);
            return;
        }
        self.pending_credit.push_back((number, items));
        if self.pending_credit.len() > self.limits.pending_credit {
            self.pending_credit.pop_front();
        }
    }

    fn take_pending_credit(&mut self, number: u64) -> Option<u64> {
        let at = self
            .pending_credit
            .iter()
            .position(|(it, _)| *it == number)?;
        self.pending_credit.remove(at).map(|(_, credit)| credit)
    }

    /// The other end opens a call.
    fn open(&mut self, number: u64, mode: CallMode, payload: Payload) -> Result<(), ProtocolError> {
        let credit = self.take_pending_credit(number);
        match self.accept(number, mode, credit, payload) {
            Ok(()) => self.check_memory(),
            Err(refusal) => self.answer_later(number, refusal, mode == CallMode::Plain),
        }
    }

    fn accept(
        &mut self,
        number: u64,
        mode: CallMode,
        credit: Option<u64>,
        payload: Payload,
    ) -> Result<(), Refusal> {
        let bytes = payload.items().len();
        let (path, arguments) = split_path(payload, self.limits.path)?;
        if self.open_theirs >= self.limits.calls || !self.inbox.has_room(bytes) {
            return Err(Refusal::Busy);
        }
        let arguments = self.inbox.to_keep(arguments);
        self.inbox.reserve(bytes);
        let mut call = CallState::new(Origin::Theirs, number, mode);
        // MoaT takes items before it has given credit, and so may have sent some.
        call.receiving.open_window(self.limits.items);
        if let Some(items) = credit {
            call.sending.add_credit(items);
        }
        let id = self.slots.insert(call);
        self.theirs.insert(number, NumberUse::Open(id));
        self.open_theirs += 1;
        let opened = Opened {
            id,
            path,
            arguments,
            mode,
            bytes,
        };
        self.opened.push_back(opened);
        Ok(())
    }

    fn answer_later(
        &mut self,
        number: u64,
        with: Refusal,
        ended: bool,
    ) -> Result<(), ProtocolError> {
        self.theirs
            .insert(number, NumberUse::Refusal { with, ended });
        self.answers.push_back(number);
        self.check_memory()
    }

    fn check_memory(&self) -> Result<(), ProtocolError> {
        let limit = self.limits.remembered;
        if self.answers.len() > limit || self.theirs.len() > limit {
            return Err(ProtocolError::Flood { limit });
        }
        Ok(())
    }
}

/// What comes for a call that there is.
impl Session {
    fn receive_for(
        &mut self,
        id: Id,
        kind: MessageKind,
        payload: Payload,
    ) -> Result<(), ProtocolError> {
        match kind {
            MessageKind::Item => self.receive_item(id, payload),
            MessageKind::Final => self.receive_final(id, payload),
            MessageKind::Failed => return self.receive_failure(id, payload),
            MessageKind::Warning => self.receive_warning(id, payload),
        }
        Ok(())
    }

    fn receive_item(&mut self, id: Id, payload: Payload) {
        let Some(call) = self.slots.get_mut(id) else {
            return;
        };
        if !call.receiving.is_live() {
            return;
        }
        let ours = call.origin == Origin::Ours;
        if ours && call.mode == CallMode::Plain {
            // What it is at the other end, and what may come after it.
            call.mode = CallMode::In;
            return self.break_off(id, ErrorCode::NoStream, CallError::Streamed);
        }
        let is_reply = ours && call.receiving.phase == Phase::New;
        if !is_reply && let Err(error) = call.receiving.accept_item() {
            let code = match error {
                CallError::Unwanted => ErrorCode::NoStream,
                _ => ErrorCode::Overrun,
            };
            return self.break_off(id, code, error);
        }
        if !self.inbox.has_room(payload.items().len()) {
            return self.break_off(id, ErrorCode::Overrun, CallError::Overrun);
        }
        let payload = self.inbox.to_keep(payload);
        let arrival = if is_reply {
            call.receiving.phase = Phase::Open;
            if call.sending.phase == Phase::New {
                call.sending.phase = Phase::Open;
            }
            Arrival::Replied(payload)
        } else {
            call.progress.received += 1;
            Arrival::Item(payload)
        };
        self.inbox.push(&mut call.inbox, arrival);
        self.wake(id);
    }

    fn receive_final(&mut self, id: Id, payload: Payload) {
        if self.end_receiving(id) {
            self.deliver_last(id, Arrival::Finished, payload);
        }
        self.settle(id);
    }

    fn receive_failure(&mut self, id: Id, payload: Payload) -> Result<(), ProtocolError> {
        let Some(call) = self.slots.get_mut(id) else {
            return Ok(());
        };
        let theirs = call.origin == Origin::Theirs;
        let has_ended = call.receiving.phase == Phase::Ended;
        // A second last word of the caller is an error always: it leaves.
        let leaves = has_ended || ErrorCode::read(&payload) == Some(ErrorCode::Cancelled);
        if theirs && leaves {
            return self.cancelled_by_caller(id);
        }
        if self.end_receiving(id) {
            self.deliver_last(id, Arrival::Failed, payload);
        }
        self.settle(id);
        Ok(())
    }

    /// The other end sends no more. Whether that is news to somebody here.
    fn end_receiving(&mut self, id: Id) -> bool {
        let Some(call) = self.slots.get_mut(id) else {
            return false;
        };
        let is_news = call.receiving.is_live() && call.held;
        if call.origin == Origin::Ours && call.mode == CallMode::Plain {
            // Cancelling what has just been answered would be a stray.
            self.outbox.clear(call);
        }
        call.receiving.phase = Phase::Ended;
        call.peer_was_last = call.sending.phase == Phase::Ended && !call.has_output();
        is_news
    }

    fn deliver_last(&mut self, id: Id, arrival: fn(Payload) -> Arrival, payload: Payload) {
        let Some(call) = self.slots.get_mut(id) else {
            return;
        };
        let arrival = if self.inbox.has_room(payload.items().len()) {
            arrival(self.inbox.to_keep(payload))
        } else {
            Arrival::BrokenOff(Box::new(CallError::Overrun))
        };
        self.inbox.push(&mut call.inbox, arrival);
        self.wake(id);
    }

    fn receive_warning(&mut self, id: Id, payload: Payload) {
        let Some(call) = self.slots.get_mut(id) else {
            return;
        };
        let internal = lone_integer(&payload);
        if let Some(Ok(items)) = internal.map(u64::try_from) {
            call.sending.add_credit(items);
            if call.sending.starved {
                self.wake(id);
            }
            return;
        }
        if !call.held || !call.receiving.is_live() {
            return;
        }
        let left = self.limits.warnings.saturating_sub(call.warnings);
        let arrival = match internal.and_then(ErrorCode::from_int) {
            _ if left == 0 => return,
            Some(code) if left > 1 => Arrival::Notice(code),
            None if left > 1 && self.inbox.has_room(payload.items().len()) => {
                Arrival::Warned(self.inbox.to_keep(payload))
            }
            _ => Arrival::Notice(ErrorCode::SkippedData),
        };
        call.warnings += 1;
        self.inbox.push(&mut call.inbox, arrival);
        self.wake(id);
    }

    /// The other end did what it must not, with one call: that is over, and it is told.
    fn break_off(&mut self, id: Id, code: ErrorCode, error: CallError) {
        let Some(call) = self.slots.get_mut(id) else {
            return;
        };
        self.outbox.clear(call);
        let has_said_last = call.sending.phase == Phase::Ended;
        call.give_up();
        // Only a caller may fail after its last word.
        if !has_said_last || call.origin == Origin::Ours {
            let last_word = Outgoing::new(MessageKind::Failed, code.payload());
            self.outbox.push(id, call, last_word);
        }
        if call.held {
            self.inbox
                .push(&mut call.inbox, Arrival::BrokenOff(Box::new(error)));
        }
        self.wake(id);
        self.settle(id);
    }

    /// The caller has left. Its number is free for it at once, though somebody may still work here.
    fn cancelled_by_caller(&mut self, id: Id) -> Result<(), ProtocolError> {
        let Some(call) = self.slots.get_mut(id) else {
            return Ok(());
        };
        self.outbox.clear(call);
        call.give_up();
        call.receiving.phase = Phase::Ended;
        call.cancelled = true;
        let number = call.number;
        if call.held {
            self.inbox.push(&mut call.inbox, Arrival::Cancelled);
        }
        let waits_at = self.opened.iter().position(|it| it.id == id);
        if let Some(opened) = waits_at.and_then(|at| self.opened.remove(at)) {
            self.inbox.unreserve(opened.bytes);
            call.held = false;
        }
        self.wake(id);
        self.settle(id);
        self.answer_later(number, Refusal::Cancelled, true)
    }
}

/// The path in front of the arguments of a call, of so many elements at most. MoaT calls the root without
/// a path.
fn split_path(payload: Payload, most: usize) -> Result<(Path, Payload), Refusal> {
    if payload.is_empty() {
        return Ok((Path::root(), payload));
    }
    let (path, arguments) = payload.split_first().ok_or(Refusal::NoPath)?;
    match Path::element_count(&path) {
        None => return Err(Refusal::NoPath),
        Some(count) if count > most => return Err(Refusal::PathTooLong),
        // One text is one element. Where it looks like several, nobody knows what is meant.
        Some(_) if path.as_str().is_some_and(|it| it.contains(['.', ':'])) => {
            return Err(Refusal::NoPath);
        }
        Some(_) => {}
    }
    let path = Path::read(&path).map_err(|_| Refusal::NoPath)?;
    Ok((path, arguments))
}
