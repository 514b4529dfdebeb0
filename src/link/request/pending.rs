//! [`Pending`]: a call that has no answer yet.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::link::driver::after;
use serde::de::DeserializeOwned;

use super::open::Open;
use crate::link::object::Payload;
use crate::link::session::{CallError, Event};

/// A plain call that has no answer yet. Dropping it cancels the call.
///
/// # Examples
///
/// See [`Request::start`](super::Request::start).
#[must_use = "a call is cancelled when this is dropped"]
pub struct Pending<R> {
    open: Open,
    deadline: Option<Instant>,
    /// What was read before it was asked for.
    answer: Option<Result<Payload, CallError>>,
    result: PhantomData<fn() -> R>,
}

impl<R> Pending<R> {
    pub(super) fn new(open: Open, deadline: Option<Instant>) -> Pending<R> {
        Pending {
            open,
            deadline,
            answer: None,
            result: PhantomData,
        }
    }

    /// Waits for the answer.
    ///
    /// # Errors
    ///
    /// As for [`Request::call`](super::Request::call).
    pub fn wait(self) -> Result<R, CallError>
    where
        R: DeserializeOwned,
    {
        Ok(self.wait_payload()?.result()?)
    }

    /// Waits for the answer, with all its values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`Request::call`](super::Request::call).
    pub fn wait_payload(mut self) -> Result<Payload, CallError> {
        while let Some(_warning) = self.next_warning()? {}
        self.answer.take().unwrap_or(Err(CallError::Over))
    }

    /// Waits for the answer for some time. `None`: there is none yet, and the call goes on.
    ///
    /// # Errors
    ///
    /// As for [`Request::call`](super::Request::call).
    pub fn wait_for(&mut self, time: Duration) -> Result<Option<Payload>, CallError> {
        let until = after(time);
        while self.answer.is_none() {
            match self.next_event(until) {
                Err(CallError::TimedOut) if !self.is_late() => return Ok(None),
                event => self.note(event),
            };
        }
        self.answer.clone().transpose()
    }

    /// Waits for the next warning beside the answer, or for the answer: then it is `None`, and
    /// [`wait`](Pending::wait) does not have to wait any more.
    ///
    /// # Errors
    ///
    /// As for [`Request::call`](super::Request::call).
    pub fn next_warning(&mut self) -> Result<Option<Payload>, CallError> {
        while self.answer.is_none() {
            let event = self.next_event(None);
            if let Some(warning) = self.note(event) {
                return Ok(Some(warning));
            }
        }
        match &self.answer {
            Some(Err(error)) => Err(error.clone()),
            _ => Ok(None),
        }
    }

    /// Cancels the call: the other end can see that, and nobody learns its answer.
    pub fn cancel(self) {}

    /// Waits for the next event for some time.
    pub(in crate::link) fn next_event_within(&self, time: Duration) -> Result<Event, CallError> {
        self.next_event(after(time))
    }

    pub(in crate::link) fn is_late(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline <= Instant::now())
    }

    fn next_event(&self, until: Option<Instant>) -> Result<Event, CallError> {
        let until = until.into_iter().chain(self.deadline).min();
        self.open.next_event(until)
    }

    /// Takes in an event; a warning is handed back.
    fn note(&mut self, event: Result<Event, CallError>) -> Option<Payload> {
        self.answer = Some(match event {
            Ok(Event::Warned(warning)) => return Some(warning),
            Ok(Event::Finished(answer)) => Ok(answer),
            Ok(Event::Failed(error)) => Err(*error),
            Ok(Event::Cancelled) => Err(CallError::Cancelled),
            // What a stream has: there is none.
            Ok(_) => return None,
            Err(error) => Err(error),
        });
        if !self.is_late_itself() {
            self.open.set_over();
        }
        None
    }

    /// A call that has timed out is still open, and cancelled when this is dropped.
    fn is_late_itself(&self) -> bool {
        matches!(&self.answer, Some(Err(CallError::TimedOut)))
    }
}

impl<R> fmt::Debug for Pending<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}
