//! [`ItemSender`]: the sending half of a channel.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::link::driver::after;
use serde::Serialize;

use super::block::ItemBlock;
use super::open::Open;
use crate::link::object::Payload;
use crate::link::session::{CallError, CallFailure, Id, SendError, Session};

/// How many bytes of items wait before they are written: about as many as one write takes.
const ENOUGH: usize = 32 << 10;

/// The half of a [`Channel`](super::Channel) that sends items.
pub struct ItemSender {
    pub(super) open: Arc<Open>,
    /// How long each wait may take.
    deadline: Option<Duration>,
    block: ItemBlock,
    /// An item was refused, because the other end has ended its direction and wants no more.
    was_left: bool,
    /// How many items the caller may send ahead, once the command has accepted.
    window: Option<u32>,
}

impl ItemSender {
    pub(super) fn new(open: Arc<Open>, deadline: Option<Duration>, window: u32) -> ItemSender {
        let window = open.is_served().then_some(window);
        ItemSender {
            open,
            deadline,
            block: ItemBlock::default(),
            was_left: false,
            window,
        }
    }

    /// As [`Channel::set_deadline`](super::Channel::set_deadline).
    pub fn set_deadline(&mut self, deadline: Option<Duration>) {
        self.deadline = deadline;
    }

    pub(in crate::link) fn accept_payload(&mut self, initial: Payload) -> Result<(), CallError> {
        let window = self.window.take().ok_or(CallError::WrongMode)?;
        let mut locked = self.open.shared.lock();
        let accepted = locked.state.session.reply(self.open.id, initial, window);
        locked.flush();
        accepted
    }

    /// As [`Channel::send`](super::Channel::send).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send(&mut self, item: &(impl Serialize + ?Sized)) -> Result<(), CallError> {
        self.feed(item)?;
        self.flush();
        Ok(())
    }

    /// As [`Channel::feed`](super::Channel::feed).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn feed(&mut self, item: &(impl Serialize + ?Sized)) -> Result<(), CallError> {
        let item = self.block.encode(item)?;
        self.feed_payload(item)
    }

    /// The same for an item of any values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`send`](ItemSender::send).
    pub fn feed_payload(&mut self, item: Payload) -> Result<(), CallError> {
        self.say(item, Session::item)
    }

    /// As [`Channel::flush`](super::Channel::flush).
    pub fn flush(&mut self) {
        self.open.shared.lock().flush();
    }

    /// As [`Channel::warn_payload`](super::Channel::warn_payload).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn warn_payload(&mut self, warning: Payload) -> Result<(), CallError> {
        self.say(warning, Session::warn)?;
        self.flush();
        Ok(())
    }

    /// Ends this direction with a result: the other end reads it after all items. It takes for "no more,
    /// please" as well: the other end sends what it has credit for, and gets no more of that.
    ///
    /// # Errors
    ///
    /// Why the other end does not want it.
    pub fn finish(self, result: &(impl Serialize + ?Sized)) -> Result<(), CallError> {
        self.finish_payload(Payload::of(result)?)
    }

    /// The same with any values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`finish`](ItemSender::finish).
    pub fn finish_payload(mut self, result: Payload) -> Result<(), CallError> {
        self.accept_at_last()?;
        self.open.finish(result)
    }

    /// Ends this direction with an error: the other end reads it after all items.
    ///
    /// # Errors
    ///
    /// Why the other end does not want it.
    pub fn fail(self, error: impl Into<CallFailure>) -> Result<(), CallError> {
        self.open.fail(error)
    }

    /// Whoever has not accepted the stream does so by going on with it.
    pub(super) fn accept_at_last(&mut self) -> Result<(), CallError> {
        match self.window {
            Some(_) => self.accept_payload(Payload::new()),
            None => Ok(()),
        }
    }

    /// Says something as soon as there is room for it.
    fn say(
        &mut self,
        payload: Payload,
        say: fn(&mut Session, Id, Payload) -> Result<(), SendError>,
    ) -> Result<(), CallError> {
        self.accept_at_last()?;
        let id = self.open.id;
        let mut locked = self.open.shared.lock();
        let mut payload = match say(&mut locked.state.session, id, payload) {
            Ok(()) if locked.state.session.queued() < ENOUGH => return Ok(()),
            Ok(()) => {
                locked.flush();
                return Ok(());
            }
            Err(refused) if is_for_now(&refused) => refused.payload,
            Err(refused) => {
                drop(locked);
                return Err(self.refused(refused.reason));
            }
        };
        let until = self.deadline.and_then(after);
        let (_, said) = locked.wait_for(id, until, |state| {
            match say(&mut state.session, id, std::mem::take(&mut payload)) {
                Ok(()) => Some(Ok(())),
                Err(refused) if is_for_now(&refused) => {
                    payload = refused.payload;
                    None
                }
                Err(refused) => Some(Err(refused.reason)),
            }
        });
        said.unwrap_or(Err(CallError::TimedOut))
            .map_err(|reason| self.refused(reason))
    }

    fn refused(&mut self, reason: CallError) -> CallError {
        self.was_left |= matches!(reason, CallError::PeerFinished);
        reason
    }

    /// Whether an item was refused because the other end wants no more.
    pub(super) fn was_left(&self) -> bool {
        self.was_left
    }
}

/// Whether there will be room later.
fn is_for_now(refused: &SendError) -> bool {
    matches!(refused.reason, CallError::NoCredit | CallError::QueueFull)
}

impl fmt::Debug for ItemSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemSender").finish_non_exhaustive()
    }
}
