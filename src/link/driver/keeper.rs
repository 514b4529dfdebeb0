//! The connection's own threads: they read while nobody else does, and run what the peer calls.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use super::reader::{Read, Reader};
use super::shared::{ConnectionState, Locked, after, ending};
use super::turns::{By, Keeper, Since, Turn};
use super::workers::{StreamPlace, WorkerPool};
use crate::link::dispatch::Call;
use crate::link::layer::LinkError;
use crate::link::session::Opened;

/// How long the receiving half lies before a keeper picks it up, which is how long a handler or a
/// write that blocks keeps the peer's other messages waiting, the first time. Long beside a call
/// (ten microseconds), so that looking costs a call next to nothing, and short beside what people
/// notice.
const TICK: Duration = Duration::from_millis(1);

impl ConnectionState {
    /// What a keeper does until the connection's end.
    pub(super) fn keep(self: &Arc<ConnectionState>) {
        let mut keeper = Keeper::default();
        let mut since = Since::Work;
        let mut locked = self.lock();
        loop {
            let state = &mut *locked.state;
            let is_unsaid = state.session.has_output() && state.sender.is_some();
            let (turn, wake) = state.turns.next(&mut keeper, since, is_unsaid);
            locked.wake(wake);
            (locked, since) = match turn {
                Turn::Read(reader) => locked.read_as_keeper(reader),
                Turn::Run(call) => {
                    locked.state.session.begin(&call);
                    let (mut locked, ()) = locked.unlocked(|| self.run(call, None));
                    locked.state.turns.ran();
                    (locked, Since::Work)
                }
                Turn::Write => (locked.flush(), Since::Work),
                Turn::Watch => match locked.sleep(&self.keepers, Some(TICK)) {
                    (locked, true) => (locked, Since::Tick),
                    (locked, false) => (locked, Since::Woken),
                },
                Turn::Sleep => (locked.sleep(&self.keepers, None).0, Since::Woken),
                Turn::Leave => return,
            };
        }
    }

    /// Runs the handler of a call. Its panic ends the call and nothing else.
    pub(super) fn run(self: &Arc<ConnectionState>, call: Opened, place: Option<StreamPlace>) {
        if let Some(served) = &self.served {
            let call = Call::new(Arc::clone(self), call, place);
            // The call was moved in, and answers for itself when it is dropped.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| served.serve(call)));
        }
    }

    /// Runs one of the plain calls that wait, as a worker.
    pub(super) fn run_next(self: &Arc<ConnectionState>, pool: &WorkerPool) {
        let mut locked = self.lock();
        let (call, is_queued) = locked.state.turns.job_for_worker();
        if let Some(call) = &call {
            locked.state.session.begin(call);
        }
        drop(locked);
        if is_queued {
            // Before this call is run: another worker may have nothing to do.
            pool.push(Arc::clone(self));
        }
        if let Some(call) = call {
            self.run(call, None);
        }
    }
}

impl<'a> Locked<'a> {
    /// Reads until there is something else to do.
    fn read_as_keeper(mut self, mut reader: Reader) -> (Locked<'a>, Since) {
        loop {
            let deadline = self.shared.idle.and_then(after);
            let (locked, (returned, read)) = self.read(reader, deadline);
            (self, reader) = (locked, returned);
            if matches!(&read, Read::Nothing(_)) && self.state.session.is_idle() {
                self.end(ending(LinkError::TimedOut));
            }
            let woke = self.after_read(&mut reader, read, By::Keeper);
            let state = &mut self.state;
            if state.turns.has_jobs() || state.session.has_output() || state.ending.is_some() {
                self.put(reader);
                return (self.flush_answers(), Since::Work);
            }
            if woke && !state.turns.has_callers() {
                // Who was woken reads the answer to its next call itself.
                self.put(reader);
                return (self, Since::Woken);
            }
        }
    }

    /// Writes, unless more comes at once that can go out together with it.
    pub(crate) fn flush_answers(self) -> Locked<'a> {
        if self.state.turns.defers_writing() {
            return self;
        }
        self.flush()
    }
}
