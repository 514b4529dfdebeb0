//! [`Turns`]: whose turn it is to read a connection, and to run what it brought.
//!
//! # Why not simply a thread that reads
//!
//! A call that is answered by a thread which hands its answer to another thread costs a switch of
//! threads, half as much as the whole round trip over a socket. So nobody hands anything on if it
//! can be helped: the thread that waits for an answer reads the connection itself, and the thread
//! that has read a call runs it itself. The receiving half of the link is a thing that is picked up
//! and put down, and whoever holds it is the reader.
//!
//! Somebody has to read while all of them are busy with something else: a handler that sleeps, a
//! write that blocks because the peer waits for us to read. For this each connection has three
//! threads of its own, its *keepers*; two if it serves nothing, so that no handler runs. A keeper that
//! finds the receiving half lying there untouched for a whole tick picks it up. While calls follow each
//! other quickly it only looks and sleeps again, once a tick; on a connection where nothing happens it
//! is the reader, and nobody looks.
//!
//! # The law
//!
//! 1. At most one thread holds the receiving half, and nobody blocks on anything but reading while
//!    it does.
//! 2. While it lies there, a waiting caller has been woken to pick it up, or a keeper watches.
//! 3. At most one keeper runs a handler at a time. (And at most one writes, since there is one sending
//!    half. So one of three is left to read, or one of two where no handler runs.)
//! 4. While a keeper runs a job that others wait behind, it is watched, or the workers know of them.
//! 5. After the end every thread that asks is told so.
//!
//! No thread, lock or clock is in here: every method is one step under the connection's lock, and
//! `tests.rs` tries all orders of the steps of all threads.

#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

use std::collections::VecDeque;

/// Who has to be woken after a step, once the lock is free.
#[must_use = "whoever is not woken sleeps for ever"]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Wake<C> {
    /// One of the keepers that sleep or watch.
    pub(crate) keeper: bool,
    /// A caller that waits, to pick up the receiving half.
    pub(crate) caller: Option<C>,
    /// A worker of the program, for a job that the keepers have no hand free for.
    pub(crate) worker: bool,
}

impl<C> Wake<C> {
    fn nobody() -> Wake<C> {
        Wake {
            keeper: false,
            caller: None,
            worker: false,
        }
    }
}

/// What a keeper does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Turn<R, J> {
    /// It reads, and says [`Turns::put`] afterwards.
    Read(R),
    /// It runs a job, and says [`Turns::ran`] afterwards.
    Run(J),
    /// It writes what nobody has written yet.
    Write,
    /// It waits for a tick, or until it is woken.
    Watch,
    /// It waits until it is woken.
    Sleep,
    /// The connection has ended.
    Leave,
}

/// What a keeper remembers from one of its turns to the next.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Keeper {
    /// It watches, with the number of the last `put` that it has seen.
    watches: Option<u64>,
    /// It sleeps or watches, and may be woken.
    waits: bool,
}

/// How a job is run that came with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum By {
    /// A keeper has read it, and can run it on the spot.
    Keeper,
    /// A caller has read it: it waits for something else, and another thread runs the job. (It may
    /// hold locks that the handler asks for.)
    Caller,
}

/// After a keeper had to step in for a handler that blocks, this many handlers in a row are run
/// with another reader called beforehand: commands that block come in groups.
const WARY: u8 = 32;

/// The state of one connection's turns. `R` is the receiving half, `J` a job, `C` a caller that
/// waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Turns<R, J, C> {
    /// The receiving half, while nobody reads.
    lying: Option<R>,
    /// How often it was put down.
    puts: u64,
    /// Whoever comes first shall pick it up: it does not have to lie for a tick.
    up_for_grabs: bool,
    /// Callers that wait, those last that came last: their memory is still in the cache.
    callers: Vec<C>,
    /// What waits to be run, in the order of arrival.
    jobs: VecDeque<J>,
    /// How many keepers sleep or watch.
    waiting_keepers: usize,
    /// One of them was woken, and has not taken its turn yet.
    keeper_comes: bool,
    /// One of them watches.
    is_watched: bool,
    /// A keeper runs a job.
    keeper_runs: bool,
    /// How many more jobs are run with another reader called beforehand.
    wary: u8,
    /// The connection stands in the queue of the program's workers.
    is_queued: bool,
    /// There are workers.
    has_workers: bool,
    ended: bool,
}

/// Since when a keeper asks for its next turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Since {
    /// It has worked, or has just been started.
    Work,
    /// It was woken.
    Woken,
    /// Its tick is over.
    Tick,
}

impl<R, J, C: PartialEq> Turns<R, J, C> {
    /// The turns of a connection that nobody reads yet: its first keeper will.
    pub(crate) fn new(reader: R, has_workers: bool) -> Turns<R, J, C> {
        Turns {
            lying: Some(reader),
            puts: 0,
            up_for_grabs: true,
            callers: Vec::new(),
            jobs: VecDeque::new(),
            waiting_keepers: 0,
            keeper_comes: false,
            is_watched: false,
            keeper_runs: false,
            wary: 0,
            is_queued: false,
            has_workers,
            ended: false,
        }
    }

    /// The receiving half for a caller that waits, if it lies there: the caller reads. Otherwise the
    /// caller is on the list, and sleeps until it is woken.
    pub(crate) fn wait(&mut self, caller: C) -> (Option<R>, Wake<C>) {
        let mut wake = Wake::nobody();
        let reader = self.pick_up();
        if reader.is_none() {
            self.callers.push(caller);
        }
        // Nobody watches the job any more that others wait behind; it may be what waits here.
        wake.worker = self.keeper_runs && !self.jobs.is_empty() && self.queue();
        (reader, wake)
    }

    /// A caller that waited is off the list, whatever has woken it. Says whether it was on it.
    pub(crate) fn unlist(&mut self, caller: &C) -> bool {
        let at = self.callers.iter().rposition(|listed| listed == caller);
        at.map(|at| self.callers.swap_remove(at)).is_some()
    }

    /// A caller stops waiting, and may have been woken to read: somebody else is then.
    pub(crate) fn leave(&mut self, caller: &C) -> Wake<C> {
        self.unlist(caller);
        self.call_reader()
    }

    /// Puts the receiving half down.
    pub(crate) fn put(&mut self, reader: R) -> Wake<C> {
        if self.ended {
            return Wake::nobody();
        }
        self.puts += 1;
        self.lying = Some(reader);
        self.call_reader()
    }

    /// Jobs that a batch has brought, before its reader puts the receiving half down.
    pub(crate) fn arrived(&mut self, jobs: impl IntoIterator<Item = J>, by: By) -> Wake<C> {
        self.jobs.extend(jobs);
        let mut wake = Wake::nobody();
        let has_keeper = match by {
            By::Keeper => !self.keeper_runs,
            By::Caller => !self.keeper_runs && self.waiting_keepers > 0,
        };
        wake.keeper = has_keeper && by == By::Caller && !self.jobs.is_empty() && self.call_keeper();
        // A keeper runs short jobs one after the other faster than workers are woken for them. It is
        // watched while it does.
        let all = has_keeper && by == By::Keeper && self.wary == 0;
        wake.worker = !all && self.jobs.len() > usize::from(has_keeper) && self.queue();
        wake
    }

    /// What a keeper does next, and who has to be woken.
    ///
    /// `is_unsaid`: something waits to be written, because whoever should have written it is in the
    /// middle of a job.
    pub(crate) fn next(
        &mut self,
        keeper: &mut Keeper,
        since: Since,
        is_unsaid: bool,
    ) -> (Turn<R, J>, Wake<C>) {
        self.waiting_keepers -= usize::from(std::mem::take(&mut keeper.waits));
        self.keeper_comes = false;
        let watched = keeper.watches.take();
        self.is_watched &= watched.is_none();
        if self.ended {
            return (Turn::Leave, Wake::nobody());
        }
        if is_unsaid && since != Since::Work {
            return (Turn::Write, self.call_reader());
        }
        if let Some(job) = self.job_for_keeper() {
            return (Turn::Run(job), self.before_a_job());
        }
        let untouched = since == Since::Tick && watched == Some(self.puts);
        if (since == Since::Work || untouched || self.up_for_grabs)
            && let Some(reader) = self.pick_up()
        {
            return (Turn::Read(reader), self.step_in());
        }
        keeper.waits = true;
        self.waiting_keepers += 1;
        let is_busy = self.lying.is_some() || watched.is_some_and(|seen| seen != self.puts);
        if is_busy && !self.is_watched {
            self.is_watched = true;
            // The tick of a keeper that is woken for nothing starts anew.
            keeper.watches = Some(self.puts);
            return (Turn::Watch, Wake::nobody());
        }
        (Turn::Sleep, Wake::nobody())
    }

    /// A keeper has run a job.
    pub(crate) fn ran(&mut self) {
        self.keeper_runs = false;
    }

    /// A job for one of the program's workers, and whether the connection stands in their queue
    /// again, for another one.
    pub(crate) fn job_for_worker(&mut self) -> (Option<J>, bool) {
        let job = self.jobs.pop_front();
        self.is_queued = !self.jobs.is_empty();
        (job, self.is_queued)
    }

    /// Whether somebody waits for an answer, and does not read.
    pub(crate) fn has_callers(&self) -> bool {
        !self.callers.is_empty()
    }

    /// Whether jobs wait to be run.
    pub(crate) fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Whether a keeper need not write the answer of its job at once: it runs the next one, whose
    /// answer goes out together with it. If that one blocks the other keeper will see.
    pub(crate) fn defers_writing(&self) -> bool {
        self.has_jobs() && self.wary == 0 && self.is_watched
    }

    /// Ends it: nobody reads or runs a job any more. Everybody has to be woken, those that are
    /// handed out here and all keepers.
    pub(crate) fn end(&mut self) -> (Option<R>, VecDeque<J>, Vec<C>) {
        self.ended = true;
        let jobs = std::mem::take(&mut self.jobs);
        (self.pick_up(), jobs, std::mem::take(&mut self.callers))
    }

    fn pick_up(&mut self) -> Option<R> {
        self.up_for_grabs &= self.lying.is_none();
        self.lying.take()
    }

    /// The second law: whoever leaves the receiving half lying calls somebody to it.
    fn call_reader(&mut self) -> Wake<C> {
        let mut wake = Wake::nobody();
        if self.lying.is_some() {
            wake.caller = self.callers.pop();
            wake.keeper = wake.caller.is_none() && !self.is_watched && self.call_keeper();
        }
        wake
    }

    /// Whether a keeper has to be woken: some wait, and none has been woken already.
    fn call_keeper(&mut self) -> bool {
        let sleeps = self.waiting_keepers > 0 && !self.keeper_comes;
        self.keeper_comes |= sleeps;
        sleeps
    }

    /// A keeper is about to run a job. If the last ones blocked, somebody else reads meanwhile.
    fn before_a_job(&mut self) -> Wake<C> {
        if self.lying.is_none() {
            // Whoever reads does not watch. Behind a job that blocks the others would wait unseen.
            let mut wake = Wake::nobody();
            wake.worker = !self.jobs.is_empty() && self.queue();
            return wake;
        }
        if self.wary == 0 {
            return self.call_reader();
        }
        self.wary -= 1;
        self.up_for_grabs = true;
        let mut wake = Wake::nobody();
        wake.keeper = self.call_keeper();
        wake
    }

    fn job_for_keeper(&mut self) -> Option<J> {
        if self.keeper_runs {
            return None;
        }
        let job = self.jobs.pop_front();
        self.keeper_runs = job.is_some();
        job
    }

    /// A keeper has picked up the receiving half. If the other one runs a job it has been doing so
    /// for a tick: what stands behind that job goes to the workers, and so do the next ones.
    fn step_in(&mut self) -> Wake<C> {
        let mut wake = Wake::nobody();
        if self.keeper_runs {
            self.wary = WARY;
            wake.worker = !self.jobs.is_empty() && self.queue();
        }
        wake
    }

    /// Puts the connection into the workers' queue; says whether it was not in it.
    fn queue(&mut self) -> bool {
        let joins = self.has_workers && !self.is_queued;
        self.is_queued |= joins;
        joins
    }
}
