//! [`Open`]: a call from its start to its end, on either side.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::link::driver::{ConnectionState, State, StreamPlace, after};
use crate::link::object::{Payload, RemoteError, Value};
use crate::link::session::{CallError, CallFailure, ErrorCode, Event, Id, Session};

/// How many events are taken under one lock.
const BATCH: usize = 64;

/// A call that is open. When it is dropped before its end, its end is said: the caller cancels, and
/// the side that serves it reports that it was left.
pub(in crate::link) struct Open {
    pub(in crate::link) shared: Arc<ConnectionState>,
    pub(in crate::link) id: Id,
    is_caller: bool,
    is_over: AtomicBool,
    /// What a stream has among those that the workers serve.
    place: Option<StreamPlace>,
}

impl Open {
    pub(in crate::link) fn by_caller(shared: Arc<ConnectionState>, id: Id) -> Open {
        Open::new(shared, id, true, None)
    }

    pub(in crate::link) fn by_server(
        shared: Arc<ConnectionState>,
        id: Id,
        place: Option<StreamPlace>,
    ) -> Open {
        Open::new(shared, id, false, place)
    }

    fn new(
        shared: Arc<ConnectionState>,
        id: Id,
        is_caller: bool,
        place: Option<StreamPlace>,
    ) -> Open {
        Open {
            shared,
            id,
            is_caller,
            is_over: AtomicBool::new(false),
            place,
        }
    }

    /// Whether it is the peer that calls.
    pub(super) fn is_served(&self) -> bool {
        !self.is_caller
    }

    /// Nothing is left to be said when it is dropped.
    pub(super) fn set_over(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Called before our last message leaves: whoever reads that may open the next stream.
    fn release_place(&self) {
        if let Some(place) = &self.place {
            place.release();
        }
    }

    /// Waits for the next event.
    pub(super) fn next_event(&self, until: Option<Instant>) -> Result<Event, CallError> {
        let locked = self.shared.lock();
        let (_, event) = locked.wait_for(self.id, until, |state| {
            state.session.take(self.id).transpose()
        });
        event.unwrap_or(Err(CallError::TimedOut))
    }

    /// Waits for more events, and takes those that there are. There are enough at once if `events` is
    /// full.
    pub(super) fn next_events(
        &self,
        events: &mut VecDeque<Event>,
        until: Option<Instant>,
    ) -> Result<(), CallError> {
        let before = events.len();
        let locked = self.shared.lock();
        let (_, taken) = locked.wait_for(self.id, until, |state| {
            let taken = state.session.take_events(self.id, events, BATCH);
            // When it is over, what came before has to be seen first.
            if events.len() == before
                && let Err(error) = taken
            {
                return Some(Err(error));
            }
            (events.len() > before || before >= BATCH).then_some(Ok(()))
        });
        taken.unwrap_or(Err(CallError::TimedOut))
    }

    /// Warns the other end.
    pub(in crate::link) fn warn(&self, warning: Payload) -> Result<(), CallError> {
        let mut locked = self.shared.lock();
        let warned = locked.state.session.warn(self.id, warning);
        locked.flush();
        warned.map_err(|refused| refused.reason)
    }

    /// Ends our direction with a result, or with an error if that is too large for a message. "Nothing"
    /// is null, as MoaT's callers expect it.
    pub(in crate::link) fn finish(&self, mut result: Payload) -> Result<(), CallError> {
        if result.is_empty() {
            result = Payload::builder().push(&Value::Null)?.finish();
        }
        self.set_over();
        self.release_place();
        let mut locked = self.shared.lock();
        let session = &mut locked.state.session;
        let finished = session.finish(self.id, result);
        if let Err(error @ CallError::TooLarge { .. }) = &finished {
            // Whoever waits for the result would wait for ever.
            let _ = fail_shortly(session, self.id, error.clone());
        }
        locked.flush_answers();
        finished
    }

    /// Ends our direction with an error; with "an error that cannot be sent" if it is too large.
    pub(in crate::link) fn fail(&self, failure: impl Into<CallFailure>) -> Result<(), CallError> {
        self.set_over();
        self.release_place();
        let mut locked = self.shared.lock();
        let session = &mut locked.state.session;
        let failed = fail_shortly(session, self.id, failure);
        locked.flush_answers();
        failed
    }

    /// Whether the peer is no longer interested, or gone.
    pub(in crate::link) fn is_cancelled(&self) -> bool {
        is_given_up(&self.shared.lock().state, self.id)
    }

    /// Waits until the peer is no longer interested, for at most this long; says whether it is not.
    pub(in crate::link) fn wait_cancelled(&self, time: Duration) -> bool {
        let until = after(time);
        let (_, cancelled) = self.shared.lock().wait_for(self.id, until, |state| {
            is_given_up(state, self.id).then_some(())
        });
        cancelled.is_some()
    }
}

/// Ends our direction with an error, or with the shortest one there is.
fn fail_shortly(
    session: &mut Session,
    id: Id,
    failure: impl Into<CallFailure>,
) -> Result<(), CallError> {
    let failed = session.fail(id, failure);
    if let Err(CallError::TooLarge { .. }) = failed {
        let _ = session.fail(id, ErrorCode::Unsendable);
    }
    failed
}

/// Whether nobody waits for the answer any more.
fn is_given_up(state: &State, id: Id) -> bool {
    state.ending.is_some() || state.session.is_cancelled(id)
}

impl Drop for Open {
    fn drop(&mut self) {
        if *self.is_over.get_mut() {
            return;
        }
        self.release_place();
        let mut locked = self.shared.lock();
        // Who has ended it in the meantime has said so.
        if self.is_caller {
            locked.state.session.cancel(self.id);
        } else {
            let _ = locked.state.session.fail(self.id, left());
        }
        locked.flush();
    }
}

/// The error of a handler that goes without an answer.
fn left() -> RemoteError {
    RemoteError::new(if std::thread::panicking() {
        "Panic"
    } else {
        "Unanswered"
    })
}
