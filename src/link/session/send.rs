//! What a program says with a [`Session`]: replies, items, warnings, results.

use super::call_state::{CallState, Origin, Phase};
use super::code::{CallFailure, ErrorCode, lone_integer};
use super::error::{CallError, Ending, SendError};
use super::event::CallMode;
use super::head::MessageKind;
use super::outbox::Outgoing;
use super::session::{Session, held};
use super::slots::Id;
use crate::chunk::Chunk;
use crate::link::object::Payload;

impl Session {
    /// Accepts a stream that the other end called, with the first thing it is told. `window` is how many items
    /// it may send ahead, at most [`Limits::items`](super::Limits::items); 0 if none are wanted.
    ///
    /// # Errors
    ///
    /// [`WrongMode`](CallError::WrongMode): the call was plain (and is answered that it must be a stream),
    /// or is not the other end's, or was accepted before. [`Cancelled`](CallError::Cancelled),
    /// [`TooLarge`](CallError::TooLarge), [`Lost`](CallError::Lost), [`Over`](CallError::Over).
    pub fn reply(&mut self, id: Id, initial: Payload, window: u32) -> Result<(), CallError> {
        let call = held(&mut self.slots, id)?;
        check_sending(call, &self.ended)?;
        if call.mode == CallMode::Plain && call.origin == Origin::Theirs {
            self.fail(id, ErrorCode::MustStream)?;
            return Err(CallError::WrongMode);
        }
        if call.origin == Origin::Ours || call.sending.phase != Phase::New {
            return Err(CallError::WrongMode);
        }
        let reply = Outgoing::new(MessageKind::Item, initial);
        self.limits.check_size(reply.size())?;
        call.sending.phase = Phase::Open;
        let window = window.min(self.limits.items);
        let allowed = call.receiving.open_window(window);
        // Who gets no credit may send any number; a sender of items that nobody wants is told so by an
        // error, instead of waiting without end.
        call.grant = (window > 0 && call.receiving.is_live()).then_some(allowed);
        self.outbox.push(id, call, reply);
        Ok(())
    }

    /// Sends an item of a stream.
    ///
    /// # Errors
    ///
    /// The item, and why it was not taken. After [`NoCredit`](CallError::NoCredit) and
    /// [`QueueFull`](CallError::QueueFull) [`woken`](Session::woken) names the call when it is worth
    /// another try. [`PeerFinished`](CallError::PeerFinished): the other end takes no more, and waits for
    /// [`finish`](Session::finish). [`WrongMode`](CallError::WrongMode),
    /// [`Cancelled`](CallError::Cancelled), [`TooLarge`](CallError::TooLarge), [`Lost`](CallError::Lost),
    /// [`Over`](CallError::Over).
    pub fn item(&mut self, id: Id, item: Payload) -> Result<(), SendError> {
        self.send_aside(id, Outgoing::new(MessageKind::Item, item))
    }

    /// Sends a warning, which stands beside the items and needs no credit.
    ///
    /// # Errors
    ///
    /// As [`item`](Session::item), but for credit.
    pub fn warn(&mut self, id: Id, warning: Payload) -> Result<(), SendError> {
        self.send_aside(id, Outgoing::new(MessageKind::Warning, guarded(warning)))
    }

    /// Sends what is no answer, and can be refused for want of room.
    fn send_aside(&mut self, id: Id, message: Outgoing) -> Result<(), SendError> {
        let Ok(call) = held(&mut self.slots, id) else {
            return Err(refused(CallError::Over, message));
        };
        if let Err(reason) = check_sending(call, &self.ended) {
            return Err(refused(reason, message));
        }
        let is_item = message.kind == MessageKind::Item;
        if is_item && let Err(reason) = call.check_item() {
            return Err(refused(reason, message));
        }
        if let Err(reason) = self.outbox.check_room(id, call, &message, &self.limits) {
            return Err(refused(reason, message));
        }
        if is_item {
            call.sending.use_credit();
        }
        self.outbox.push(id, call, message);
        Ok(())
    }

    /// The last word of this end: the result of a call of the other end; of a stream that this one called, that
    /// no more items come from here. The other end is still listened to then.
    ///
    /// A call of the other end is over with that for this one, whatever is returned, but after
    /// [`TooLarge`](CallError::TooLarge).
    ///
    /// # Errors
    ///
    /// [`TooLarge`](CallError::TooLarge). [`Cancelled`](CallError::Cancelled), [`Lost`](CallError::Lost):
    /// nobody will hear it. [`Over`](CallError::Over): it was said before, or the call was broken off.
    /// [`WrongMode`](CallError::WrongMode): a plain call that this end opened.
    pub fn finish(&mut self, id: Id, result: Payload) -> Result<(), CallError> {
        self.end_sending(id, Outgoing::new(MessageKind::Final, result))
    }

    /// As [`finish`](Session::finish), but with an error.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn fail(&mut self, id: Id, failure: impl Into<CallFailure>) -> Result<(), CallError> {
        let failure = failure.into().payload();
        self.end_sending(id, Outgoing::new(MessageKind::Failed, failure))
    }

    /// The last word of this end, whatever there was before.
    fn end_sending(&mut self, id: Id, message: Outgoing) -> Result<(), CallError> {
        let call = held(&mut self.slots, id)?;
        if call.origin == Origin::Ours && call.mode == CallMode::Plain {
            return Err(CallError::WrongMode);
        }
        self.limits.check_size(message.size())?;
        let said = check_sending(call, &self.ended);
        if said.is_ok() {
            call.sending.phase = Phase::Ended;
            // The window of a call that has not left is a part of that.
            if call.progress.opened {
                call.grant = None;
            }
            self.outbox.push(id, call, message);
        }
        if call.origin == Origin::Theirs {
            call.held = false;
            call.give_up();
            self.inbox.clear(&mut call.inbox);
        }
        self.let_go_if_over(id);
        self.settle(id);
        said
    }
}

#[cold]
fn refused(reason: CallError, message: Outgoing) -> SendError {
    let payload = message.payload;
    SendError { reason, payload }
}

/// Whether anything but the first message may be sent for a call.
#[inline]
fn check_sending(call: &CallState, ended: &Option<Ending>) -> Result<(), CallError> {
    if let Some(cause) = ended {
        return Err(CallError::Lost {
            cause: cause.clone(),
            progress: call.progress,
        });
    }
    if call.cancelled {
        return Err(CallError::Cancelled);
    }
    if call.sending.phase == Phase::Ended {
        return Err(CallError::Over);
    }
    Ok(())
}

/// A warning that is one integer would be taken for credit, so the map of no keywords follows it.
fn guarded(warning: Payload) -> Payload {
    if lone_integer(&warning).is_none() {
        return warning;
    }
    let items = [&warning.items()[..], b"\xa0"].concat();
    Payload::from_items(Chunk::from(items), 2)
}
