//! [`ItemReceiver`]: the receiving half of a channel.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::link::driver::after;
use serde::de::DeserializeOwned;

use super::open::Open;
use crate::link::object::Payload;
use crate::link::session::{CallError, Event};

/// What comes from the other end of a channel.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// An item.
    Item(Payload),
    /// A warning, between the items where it was sent.
    Warning(Payload),
}

/// The half of a [`Channel`](super::Channel) that receives items.
pub struct ItemReceiver {
    open: Arc<Open>,
    /// How long each wait may take.
    deadline: Option<Duration>,
    /// What was taken from the session under one lock.
    events: VecDeque<Event>,
    /// The other end, once it was read.
    outcome: Option<Result<Payload, CallError>>,
}

impl ItemReceiver {
    pub(super) fn new(open: Arc<Open>, deadline: Option<Duration>) -> ItemReceiver {
        ItemReceiver {
            open,
            deadline,
            events: VecDeque::new(),
            outcome: None,
        }
    }

    /// As [`Channel::set_deadline`](super::Channel::set_deadline).
    pub fn set_deadline(&mut self, deadline: Option<Duration>) {
        self.deadline = deadline;
    }

    pub(super) fn initial_payload(&mut self) -> Result<Payload, CallError> {
        let is_first = |event: &Event| !matches!(event, Event::Warned(_) | Event::Notice(_));
        loop {
            match self.events.iter().position(is_first) {
                Some(at) if matches!(self.events[at], Event::Replied(_)) => {
                    let Some(Event::Replied(initial)) = self.events.remove(at) else {
                        continue;
                    };
                    return Ok(initial);
                }
                // It was taken before, or the command has finished without one.
                Some(at) => match &self.events[at] {
                    Event::Failed(error) => return Err((**error).clone()),
                    Event::Cancelled => return Err(CallError::Cancelled),
                    _ => return Ok(Payload::new()),
                },
                None => self.fetch()?,
            }
        }
    }

    /// As [`Channel::recv`](super::Channel::recv).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<Option<T>, CallError> {
        loop {
            match self.next()? {
                Some(Received::Item(item)) => return Ok(Some(item.result()?)),
                Some(Received::Warning(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// As [`Channel::next`](super::Channel::next).
    ///
    /// # Errors
    ///
    /// As there.
    #[allow(
        clippy::should_implement_trait,
        reason = "an iterator's errors would not be seen by `for`"
    )]
    pub fn next(&mut self) -> Result<Option<Received>, CallError> {
        loop {
            if let Some(outcome) = &self.outcome {
                return outcome.clone().map(|_| None);
            }
            match self.events.pop_front() {
                Some(Event::Item(item)) => return Ok(Some(Received::Item(item))),
                Some(Event::Warned(warning)) => return Ok(Some(Received::Warning(warning))),
                Some(Event::Finished(result)) => self.outcome = Some(Ok(result)),
                Some(Event::Failed(error)) => self.outcome = Some(Err(*error)),
                Some(Event::Cancelled) => self.outcome = Some(Err(CallError::Cancelled)),
                Some(_) => {}
                None => self.fetch()?,
            }
        }
    }

    /// As [`Channel::wait_end`](super::Channel::wait_end).
    pub fn wait_end(&mut self, time: Duration) -> bool {
        let is_end = |event: &Event| {
            matches!(
                event,
                Event::Finished(_) | Event::Failed(_) | Event::Cancelled
            )
        };
        let until = after(time);
        loop {
            if self.outcome.is_some() || self.events.iter().any(is_end) {
                return true;
            }
            let had = self.events.len();
            match self.open.next_events(&mut self.events, until) {
                Err(CallError::TimedOut) => return false,
                Err(_) => return true,
                Ok(()) if self.events.len() == had => return false,
                Ok(()) => {}
            }
        }
    }

    /// Waits for the next event of any kind for some time.
    pub(in crate::link) fn next_event_within(
        &mut self,
        time: Duration,
    ) -> Result<Event, CallError> {
        if self.events.is_empty() {
            let until = after(time);
            self.open.next_events(&mut self.events, until)?;
        }
        self.events.pop_front().ok_or(CallError::TimedOut)
    }

    /// Whether the next event is here already.
    pub(in crate::link) fn has_news(&self) -> bool {
        !self.events.is_empty()
    }

    /// Passes over what is left, and takes the other end's result: as
    /// [`Channel::result`](super::Channel::result), once the other half has ended its direction.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn result<R: DeserializeOwned>(self) -> Result<R, CallError> {
        Ok(self.result_payload()?.result()?)
    }

    /// Passes over what is left, and takes the other end's result.
    pub(super) fn result_payload(mut self) -> Result<Payload, CallError> {
        while self.next()?.is_some() {}
        self.outcome.take().unwrap_or(Err(CallError::Over))
    }

    fn fetch(&mut self) -> Result<(), CallError> {
        let until = self.deadline.and_then(after);
        self.open.next_events(&mut self.events, until)
    }
}

impl fmt::Debug for ItemReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemReceiver")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
