//! [`ConnectionState`]: one connection, as all threads see it that have to do with it.
//!
//! Everything that changes is under one lock, and nobody does anything slow while holding it: no
//! handler runs, and no link is asked.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::reader::{Read, Reader, is_untimed};
use super::sender::Sender;
use super::turns::{By, Turns, Wake};
use super::workers::WorkerPool;
use crate::link::dispatch::Subsystem;
use crate::link::layer::{AbortHandle, LinkError};
use crate::link::object::RemoteError;
use crate::link::session::{CallMode, Ending, ErrorCode, Id, Opened, Session};

/// This end serves nothing: there is no command at the first element of the path.
const NO_COMMAND: ErrorCode = ErrorCode::NoCommand(0);

/// What a connection has from its start to its end.
pub(crate) struct ConnectionState {
    state: Mutex<State>,
    /// Wakes the connection's own threads.
    pub(super) keepers: Condvar,
    /// Wakes who waits for the connection's end.
    pub(super) ended: Condvar,
    abort: AbortHandle,
    /// What the peer may call.
    pub(super) served: Option<Arc<dyn Subsystem>>,
    pub(super) workers: Option<Arc<WorkerPool>>,
    /// How many of them serve streams of this connection.
    pub(super) streams: Arc<AtomicUsize>,
    pub(super) most_streams: usize,
    /// The peer may stop, reload and look at what is served.
    pub(crate) is_trusted: bool,
    /// How long each wait of one of the peer's streams may take.
    pub(crate) stream_deadline: Option<Duration>,
    /// How long nothing may come while no call is open.
    pub(super) idle: Option<Duration>,
}

/// What changes, under the lock.
pub(crate) struct State {
    pub(crate) session: Session,
    pub(super) turns: Turns<Reader, Opened, Id>,
    /// Threads that wait for something of a call, and do not read.
    sleepers: BTreeMap<Id, Arc<Condvar>>,
    /// The sending half, while nobody writes.
    pub(super) sender: Option<Sender>,
    /// The link cannot be read with a deadline: who has one leaves reading to others.
    is_untimed: bool,
    /// Whoever has written all there is ends the direction.
    pub(super) is_closing: bool,
    pub(crate) ending: Option<Ending>,
}

impl ConnectionState {
    pub(super) fn new(
        session: Session,
        (reader, sender): (Reader, Sender),
        abort: AbortHandle,
        options: &super::ConnectionOptions,
    ) -> ConnectionState {
        let workers = options.workers.clone();
        ConnectionState {
            state: Mutex::new(State {
                session,
                turns: Turns::new(reader, workers.is_some()),
                sleepers: BTreeMap::new(),
                sender: Some(sender),
                is_untimed: false,
                is_closing: false,
                ending: None,
            }),
            keepers: Condvar::new(),
            ended: Condvar::new(),
            abort,
            served: options.served.clone(),
            workers,
            streams: Arc::default(),
            most_streams: options.streams.unwrap_or(usize::MAX),
            is_trusted: options.is_trusted,
            stream_deadline: options.stream_deadline,
            idle: options.idle,
        }
    }

    pub(crate) fn lock(self: &Arc<ConnectionState>) -> Locked<'_> {
        Locked {
            shared: self,
            state: self.state.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// The time that is `time` from now; `None`, never, if the clock does not count that far.
pub(crate) fn after(time: Duration) -> Option<Instant> {
    Instant::now().checked_add(time)
}

/// What a link's error means for the connection over it.
pub(super) fn ending(error: LinkError) -> Ending {
    match error {
        LinkError::Closed => Ending::Closed,
        error => Ending::Failed(Arc::new(error)),
    }
}

/// A connection under its lock.
///
/// What lets go of the lock for a while takes it by value and gives it back.
pub(crate) struct Locked<'a> {
    pub(super) shared: &'a Arc<ConnectionState>,
    pub(crate) state: MutexGuard<'a, State>,
}

impl<'a> Locked<'a> {
    /// Lets go of the lock for `work`.
    pub(super) fn unlocked<T>(self, work: impl FnOnce() -> T) -> (Locked<'a>, T) {
        let shared = self.shared;
        drop(self);
        let result = work();
        (shared.lock(), result)
    }

    /// Waits until somebody notifies `what`; says whether the time was over before.
    pub(super) fn sleep(self, what: &Condvar, time: Option<Duration>) -> (Locked<'a>, bool) {
        let Locked { shared, state } = self;
        let (state, is_over) = match time {
            None => (
                what.wait(state).unwrap_or_else(PoisonError::into_inner),
                false,
            ),
            Some(time) => {
                let woken = what.wait_timeout(state, time);
                let (state, timed) = woken.unwrap_or_else(PoisonError::into_inner);
                (state, timed.timed_out())
            }
        };
        (Locked { shared, state }, is_over)
    }

    /// Wakes those whose turn it is.
    pub(super) fn wake(&mut self, wake: Wake<Id>) {
        if wake.keeper {
            self.shared.keepers.notify_one();
        }
        if let Some(id) = wake.caller {
            self.wake_sleepers(id);
        }
        if wake.worker
            && let Some(workers) = &self.shared.workers
        {
            workers.push(Arc::clone(self.shared));
        }
    }

    fn wake_sleepers(&self, id: Id) {
        if let Some(sleepers) = self.state.sleepers.get(&id) {
            sleepers.notify_all();
        }
    }

    /// Wakes those for whose call something has changed; says whether there were any.
    pub(super) fn wake_woken(&mut self) -> bool {
        let mut woken = false;
        while let Some(id) = self.state.session.woken() {
            woken = true;
            // Several threads may wait for something of one call.
            while self.state.turns.unlist(&id) {}
            self.wake_sleepers(id);
        }
        woken
    }

    /// Hands the messages of a read to the session, and what they are about to those who wait for
    /// it; says whether any did. A message that breaks the protocol ends the connection.
    pub(super) fn deliver(&mut self, reader: &mut Reader, by: By) -> bool {
        for message in reader.batch.drain(..) {
            if let Err(error) = self.state.session.receive(message) {
                self.end(Ending::Protocol(error));
                return true;
            }
        }
        let mut jobs = Vec::new();
        while let Some(call) = self.state.session.opened_to_wait() {
            jobs.extend(self.keep_or_pass_on(call));
        }
        if !jobs.is_empty() {
            let wake = self.state.turns.arrived(jobs, by);
            self.wake(wake);
        }
        self.wake_woken()
    }

    /// A call that the connection runs itself. A stream goes to a worker: it may take long.
    fn keep_or_pass_on(&mut self, call: Opened) -> Option<Opened> {
        let shared = self.shared;
        if shared.served.is_none() {
            self.state.session.begin(&call);
            self.fail(call.id, NO_COMMAND);
            return None;
        }
        match &shared.workers {
            Some(workers) if call.mode != CallMode::Plain => {
                // As many wait there as there are workers.
                self.state.session.begin(&call);
                let refused = workers.offer(shared, call).err()?;
                self.refuse(refused.id);
                None
            }
            _ => Some(call),
        }
    }

    /// Answers that all workers are taken.
    pub(super) fn refuse(&mut self, id: Id) {
        self.fail(id, RemoteError::new("Busy"));
    }

    fn fail(&mut self, id: Id, failure: impl Into<crate::link::session::CallFailure>) {
        // Who has cancelled the call in the meantime is not interested.
        let _ = self.state.session.fail(id, failure);
    }

    /// Writes what the session has to say, unless somebody else writes: then that thread does.
    ///
    /// Nobody may hold the receiving half meanwhile: the peer may wait for us to read before it
    /// reads.
    pub(crate) fn flush(mut self) -> Locked<'a> {
        while self.state.session.has_output()
            && let Some(mut sender) = self.state.sender.take()
        {
            sender.gather(&mut self.state.session);
            // There is room again for those who could not send.
            self.wake_woken();
            let (locked, (sender, sent)) = self.unlocked(|| {
                let sent = sender.send();
                (sender, sent)
            });
            self = locked;
            match sent {
                Ok(()) if self.state.ending.is_none() => self.state.sender = Some(sender),
                Ok(()) => {}
                Err(error) => self.end(ending(error)),
            }
        }
        if self.state.is_closing
            && let Some(mut sender) = self.state.sender.take()
        {
            let (locked, ended) = self.unlocked(|| sender.shutdown());
            self = locked;
            if let Err(error) = ended {
                self.end(ending(error));
            }
        }
        self
    }

    /// Waits until `ask` has an answer, for at most until the deadline. Reads the connection itself
    /// if nobody else does.
    ///
    /// `ask` is told when something has changed about the call `id`, and has to have an answer
    /// after the connection's end.
    pub(crate) fn wait_for<T>(
        mut self,
        id: Id,
        deadline: Option<Instant>,
        mut ask: impl FnMut(&mut State) -> Option<T>,
    ) -> (Locked<'a>, Option<T>) {
        loop {
            // Who waits has said before what it has to say: the peer may wait for it.
            self = self.flush();
            if let Some(answer) = ask(&mut self.state) {
                let wake = self.state.turns.leave(&id);
                self.wake(wake);
                return (self.flush(), Some(answer));
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                let wake = self.state.turns.leave(&id);
                self.wake(wake);
                return (self, None);
            }
            if self.state.session.has_output() && self.state.sender.is_some() {
                continue;
            }
            if deadline.is_some() && self.state.is_untimed {
                self = self.sleep_for(id, deadline);
                continue;
            }
            let (reader, wake) = self.state.turns.wait(id);
            self.wake(wake);
            if let Some(reader) = reader {
                let answer;
                (self, answer) = self.read_for(reader, deadline, &mut ask);
                if answer.is_some() {
                    return (self.flush(), answer);
                }
            } else {
                self = self.sleep_for(id, deadline);
                self.state.turns.unlist(&id);
            }
        }
    }

    /// Sleeps until something has changed about a call.
    fn sleep_for(mut self, id: Id, deadline: Option<Instant>) -> Locked<'a> {
        let sleepers = Arc::clone(self.state.sleepers.entry(id).or_default());
        let time = deadline.map(|it| it.saturating_duration_since(Instant::now()));
        (self, _) = self.sleep(&sleepers, time);
        // The map has one, and this thread; every other one is another sleeper.
        if Arc::strong_count(&sleepers) == 2 {
            self.state.sleepers.remove(&id);
        }
        self
    }

    /// Reads for a thread that waits, until it has its answer or something else to do.
    fn read_for<T>(
        mut self,
        mut reader: Reader,
        deadline: Option<Instant>,
        ask: &mut impl FnMut(&mut State) -> Option<T>,
    ) -> (Locked<'a>, Option<T>) {
        loop {
            let (locked, (returned, read)) = self.read(reader, deadline);
            (self, reader) = (locked, returned);
            let is_over = !matches!(read, Read::Messages);
            self.after_read(&mut reader, read, By::Caller);
            let answer = ask(&mut self.state);
            if answer.is_some() || is_over || self.state.session.has_output() {
                self.put(reader);
                return (self, answer);
            }
        }
    }

    pub(super) fn read(
        self,
        mut reader: Reader,
        deadline: Option<Instant>,
    ) -> (Locked<'a>, (Reader, Read)) {
        self.unlocked(|| {
            let read = reader.read(deadline);
            (reader, read)
        })
    }

    /// Takes in what a read brought; says whether anybody was waiting for it.
    pub(super) fn after_read(&mut self, reader: &mut Reader, read: Read, by: By) -> bool {
        match read {
            Read::Messages => return self.deliver(reader, by),
            Read::Nothing(error) => self.state.is_untimed |= is_untimed(&error),
            Read::End(None) => self.end(Ending::PeerClosed),
            Read::End(Some(error)) => self.end(ending(error)),
        }
        false
    }

    pub(super) fn put(&mut self, reader: Reader) {
        let wake = self.state.turns.put(reader);
        self.wake(wake);
    }

    /// Ends the connection, the first time: every call ends with it, and every thread is told.
    pub(super) fn end(&mut self, ending: Ending) {
        if self.state.ending.is_some() {
            return;
        }
        self.state.ending = Some(ending.clone());
        self.state.session.end(ending);
        // What waited to be run is over for the session, too.
        let (_, waiting, _) = self.state.turns.end();
        for call in &waiting {
            self.state.session.begin(call);
        }
        self.state.sender = None;
        for sleepers in self.state.sleepers.values() {
            sleepers.notify_all();
        }
        self.shared.keepers.notify_all();
        self.shared.ended.notify_all();
        self.shared.abort.abort();
    }
}
