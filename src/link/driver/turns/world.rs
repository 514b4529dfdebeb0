//! [`World`]: the threads of a connection, and what is around them, as small as it can be. What a
//! thread does between two locks is one step.
//!
//! The world's threads do what those of the driver do, with the same [`Turns`]; the rest (a socket,
//! the condition variables, the workers' queue) is as small as it can be. From *every* state that
//! can be reached there has to be a way to the end: that is, no wake-up is ever lost.

use super::{By, Keeper, Since, Turn, Turns, Wake};

type Caller = u8;
pub(super) type Job = u8;

/// A job up to this number ends by itself. One above waits in the handler's own way until nothing is
/// left to be read, as a handler does whose file is at the other end.
const BLOCKS: Job = 4;

/// The one whose answer comes after all other jobs have run.
pub(super) const LAST_OF_JOBS: Job = 12;

/// Waits until all other jobs have run, as a handler does that waits for another call.
pub(super) const WAITS: Job = 8;

/// A job above this number waits for an answer of its own, as a handler does that calls back.
const CALLS_BACK: Job = 10;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Inbound {
    /// The answer that a caller waits for.
    Answer(Caller),
    /// The peer calls.
    Call(Job),
}

/// The caller whose answer comes when the peer's own calls have been answered.
const LAST: Caller = 0;

/// The caller that may give up.
const HURRIED: Caller = 1;

/// Where a thread stands.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum At {
    Ask(Since),
    Wait {
        ticks: bool,
        notified: bool,
    },
    Read,
    Deliver(Vec<Inbound>),
    Run(Job),
    /// The peer reads only when it has been read.
    Write,
    /// A keeper's or a worker's handler that waits for an answer is a caller as any other.
    Call(Box<Calling>),
    Idle,
    Left,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Calling {
    caller: Caller,
    at: CallerAt,
    /// The thread is a keeper that runs a handler.
    keeper: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum CallerAt {
    Start,
    Write,
    Check,
    Sleep { woken: bool },
    Read,
    Deliver(Vec<Inbound>),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct World {
    turns: Turns<(), Job, Caller>,
    /// Keepers first, then callers, then workers.
    threads: Vec<At>,
    keepers: Vec<Keeper>,
    /// What the peer will send, and when: an answer after its call.
    inbound: Vec<Inbound>,
    answers_after_jobs: Vec<Inbound>,
    answered: Vec<Caller>,
    jobs_left: u8,
    /// The sending half lies there.
    can_write: bool,
    /// The workers' queue has this connection in it.
    queued: bool,
    aborted: bool,
    /// Whether somebody will end the connection.
    will_end: bool,
}

impl World {
    pub(super) fn new(
        keepers: usize,
        callers: u8,
        workers: usize,
        calls: &[Job],
        will_end: bool,
    ) -> World {
        let calling = |caller| {
            At::Call(Box::new(Calling {
                caller,
                at: CallerAt::Start,
                keeper: false,
            }))
        };
        let mut threads = vec![At::Ask(Since::Work); keepers];
        threads.extend((0..callers).map(calling));
        threads.extend(vec![At::Idle; workers]);
        World {
            turns: Turns::new((), workers > 0),
            threads,
            keepers: vec![Keeper::default(); keepers],
            inbound: calls.iter().map(|job| Inbound::Call(*job)).collect(),
            answers_after_jobs: Vec::new(),
            answered: Vec::new(),
            jobs_left: u8::try_from(calls.len()).expect("a model has few calls"),
            can_write: true,
            queued: false,
            aborted: false,
            will_end,
        }
    }

    /// The worlds after one step of one thread.
    pub(super) fn steps(&self) -> Vec<World> {
        let mut steps = Vec::new();
        for thread in 0..self.threads.len() {
            self.step(thread, &mut steps);
        }
        if self.will_end {
            let mut world = self.clone();
            world.will_end = false;
            world.end();
            steps.push(world);
        }
        steps.iter_mut().for_each(World::forget_numbers);
        steps
    }

    fn step(&self, thread: usize, steps: &mut Vec<World>) {
        let mut world = self.clone();
        match self.threads[thread].clone() {
            At::Ask(since) => {
                self.ask(thread, since, false, steps);
                if since != Since::Work && self.can_write {
                    self.ask(thread, since, true, steps);
                }
            }
            At::Write if self.all_is_read() => {
                world.can_write = true;
                world.threads[thread] = At::Ask(Since::Work);
                steps.push(world);
            }
            At::Wait { ticks, notified } => {
                let mut go = |since| {
                    world.threads[thread] = At::Ask(since);
                    steps.push(world.clone());
                };
                if notified {
                    go(Since::Woken);
                } else if ticks {
                    go(Since::Tick);
                }
            }
            At::Read => world.read(At::Deliver, thread, steps),
            At::Deliver(batch) => world.keeper_delivers(thread, batch, steps),
            At::Run(job) if self.can_end(job) => {
                world.has_run();
                world.ran(thread, thread < world.keepers.len());
                steps.push(world);
            }
            At::Call(calling) => world.call(thread, *calling, steps),
            At::Idle if world.queued => {
                let (job, again) = world.turns.job_for_worker();
                world.queued = again;
                world.threads[thread] = job.map_or(At::Idle, |job| world.run(job, false));
                steps.push(world);
            }
            At::Idle | At::Left | At::Run(_) | At::Write => {}
        }
    }

    fn ask(&self, thread: usize, since: Since, is_unsaid: bool, steps: &mut Vec<World>) {
        let mut world = self.clone();
        let keeper = &mut world.keepers[thread];
        let (turn, wake) = world.turns.next(keeper, since, is_unsaid);
        world.threads[thread] = match turn {
            Turn::Read(()) => At::Read,
            Turn::Run(job) => world.run(job, true),
            Turn::Write => world.begin_to_write(),
            Turn::Watch => waiting(true),
            Turn::Sleep => waiting(false),
            Turn::Leave => At::Left,
        };
        world.wake(wake, steps);
    }

    fn begin_to_write(&mut self) -> At {
        self.can_write = false;
        At::Write
    }

    fn can_end(&self, job: Job) -> bool {
        match job {
            WAITS => self.jobs_left == 1 || self.aborted,
            _ => job <= BLOCKS || self.all_is_read(),
        }
    }

    /// The peer may have called us before it answers.
    fn has_run(&mut self) {
        self.jobs_left -= 1;
        let is_last = |it: &Inbound| *it == Inbound::Answer(LAST_OF_JOBS);
        let left = usize::from(self.answers_after_jobs.iter().any(is_last));
        if usize::from(self.jobs_left) == left && !self.aborted {
            self.inbound.append(&mut self.answers_after_jobs);
        }
    }

    /// The peer has said what it had to say, and reads.
    fn all_is_read(&self) -> bool {
        self.inbound.is_empty() || self.aborted
    }

    fn run(&mut self, job: Job, keeper: bool) -> At {
        if job <= CALLS_BACK {
            return At::Run(job);
        }
        At::Call(Box::new(Calling {
            caller: job,
            at: CallerAt::Start,
            keeper,
        }))
    }

    fn ran(&mut self, thread: usize, is_keeper: bool) {
        self.threads[thread] = At::Idle;
        if is_keeper {
            self.turns.ran();
            self.threads[thread] = At::Ask(Since::Work);
        }
    }

    /// Any number of the messages that have come, in any order across calls.
    fn read(&self, then: impl Fn(Vec<Inbound>) -> At, thread: usize, steps: &mut Vec<World>) {
        let mut go = |batch: Vec<Inbound>, rest: Vec<Inbound>| {
            let mut world = self.clone();
            world.inbound = rest;
            world.threads[thread] = then(batch);
            steps.push(world);
        };
        if self.aborted {
            return go(Vec::new(), Vec::new());
        }
        for at in 0..self.inbound.len() {
            let mut rest = self.inbound.clone();
            let message = rest.remove(at);
            go(vec![message], rest);
        }
        if self.inbound.len() > 1 {
            go(self.inbound.clone(), Vec::new());
        }
    }

    /// Hands out what a batch brought; the number of callers that were woken.
    fn deliver(&mut self, batch: Vec<Inbound>, by: By) -> (usize, Wake<Caller>) {
        let mut woken = 0;
        let mut jobs = Vec::new();
        for message in batch {
            match message {
                Inbound::Answer(caller) => {
                    self.answered.push(caller);
                    self.answered.sort_unstable();
                    if self.turns.unlist(&caller) {
                        woken += 1;
                        self.wake_caller(caller);
                    }
                }
                Inbound::Call(job) => jobs.push(job),
            }
        }
        (woken, self.turns.arrived(jobs, by))
    }

    fn keeper_delivers(&mut self, thread: usize, batch: Vec<Inbound>, steps: &mut Vec<World>) {
        if batch.is_empty() {
            self.end();
            self.threads[thread] = At::Ask(Since::Work);
            return steps.push(self.clone());
        }
        let (woken, first) = self.deliver(batch, By::Keeper);
        let mut between = Vec::new();
        self.threads[thread] = At::Read;
        if self.turns.has_jobs() {
            self.threads[thread] = At::Ask(Since::Work);
        } else if woken > 0 && !self.turns.has_callers() {
            self.threads[thread] = At::Ask(Since::Woken);
        }
        let puts = self.threads[thread] != At::Read;
        self.wake(first, &mut between);
        for mut world in between {
            if !puts {
                steps.push(world.clone());
            } else {
                let mut world = world.clone();
                let second = world.turns.put(());
                world.wake(second, steps);
            }
            if self.can_write {
                // It has something to write first.
                world.threads[thread] = world.begin_to_write();
                let second = world.turns.put(());
                world.wake(second, steps);
            }
        }
    }

    fn call(&mut self, thread: usize, mut calling: Calling, steps: &mut Vec<World>) {
        let caller = calling.caller;
        match calling.at {
            CallerAt::Start => {
                if self.can_write {
                    self.can_write = false;
                    self.calls(thread, calling, CallerAt::Write);
                    return steps.push(self.clone());
                }
                // Somebody else writes it.
                self.has_called(thread, calling);
                steps.push(self.clone());
            }
            CallerAt::Write if self.all_is_read() => {
                self.can_write = true;
                self.has_called(thread, calling);
                steps.push(self.clone());
            }
            CallerAt::Write => {}
            CallerAt::Check => {
                self.turns.unlist(&caller);
                if self.answered.contains(&caller) || self.aborted {
                    let wake = self.turns.leave(&caller);
                    self.called(thread, &calling);
                    return self.wake(wake, steps);
                }
                if caller == HURRIED {
                    // It may give up at any time.
                    let mut world = self.clone();
                    let wake = world.turns.leave(&caller);
                    world.called(thread, &calling);
                    world.wake(wake, steps);
                }
                let (reader, wake) = self.turns.wait(caller);
                let sleep = CallerAt::Sleep { woken: false };
                let at = reader.map_or(sleep, |()| CallerAt::Read);
                self.calls(thread, calling, at);
                self.wake(wake, steps);
            }
            CallerAt::Sleep { woken } => {
                if woken || caller == HURRIED {
                    self.calls(thread, calling, CallerAt::Check);
                    steps.push(self.clone());
                }
            }
            CallerAt::Read => {
                let then = |batch| {
                    calling.at = CallerAt::Deliver(batch);
                    At::Call(Box::new(calling.clone()))
                };
                // `read` calls it for each batch.
                let cell = std::cell::RefCell::new(then);
                self.read(|batch| (cell.borrow_mut())(batch), thread, steps);
            }
            CallerAt::Deliver(ref batch) => {
                if batch.is_empty() {
                    self.end();
                    self.calls(thread, calling, CallerAt::Check);
                    return steps.push(self.clone());
                }
                let (_, first) = self.deliver(batch.clone(), By::Caller);
                let mut between = Vec::new();
                self.wake(first, &mut between);
                for mut world in between {
                    if !self.answered.contains(&caller) {
                        // It reads on, or has something to write and asks for its turn again.
                        world.calls(thread, calling.clone(), CallerAt::Read);
                        steps.push(world.clone());
                        world.calls(thread, calling.clone(), CallerAt::Check);
                    } else {
                        world.called(thread, &calling);
                    }
                    let second = world.turns.put(());
                    world.wake(second, steps);
                }
            }
        }
    }

    /// The answer comes at any time from now on.
    fn has_called(&mut self, thread: usize, calling: Calling) {
        let answer = Inbound::Answer(calling.caller);
        match (self.aborted, calling.caller) {
            (true, _) => {}
            (false, LAST) if self.jobs_left > 0 => self.answers_after_jobs.push(answer),
            (false, LAST_OF_JOBS) if self.jobs_left > 1 => self.answers_after_jobs.push(answer),
            (false, _) => self.inbound.push(answer),
        }
        self.calls(thread, calling, CallerAt::Check);
    }

    fn calls(&mut self, thread: usize, mut calling: Calling, at: CallerAt) {
        calling.at = at;
        self.threads[thread] = At::Call(Box::new(calling));
    }

    fn called(&mut self, thread: usize, calling: &Calling) {
        if calling.caller <= CALLS_BACK {
            self.threads[thread] = At::Left;
            return;
        }
        self.has_run();
        self.ran(thread, calling.keeper);
    }

    fn wake_caller(&mut self, caller: Caller) {
        for thread in &mut self.threads {
            if let At::Call(calling) = thread
                && calling.caller == caller
                && let CallerAt::Sleep { woken } = &mut calling.at
            {
                *woken = true;
            }
        }
    }

    /// A condition variable wakes any one of those that wait, or nobody.
    fn wake(&mut self, wake: Wake<Caller>, steps: &mut Vec<World>) {
        if let Some(caller) = wake.caller {
            self.wake_caller(caller);
        }
        self.queued |= wake.worker;
        let waits = |at: &At| {
            matches!(
                at,
                At::Wait {
                    notified: false,
                    ..
                }
            )
        };
        let before = steps.len();
        for thread in (0..self.threads.len()).filter(|_| wake.keeper) {
            if waits(&self.threads[thread]) {
                let mut world = self.clone();
                if let At::Wait { notified, .. } = &mut world.threads[thread] {
                    *notified = true;
                }
                steps.push(world);
            }
        }
        if steps.len() == before {
            steps.push(self.clone());
        }
    }

    fn end(&mut self) {
        self.aborted = true;
        self.inbound.clear();
        let (_, jobs, callers) = self.turns.end();
        self.jobs_left -= u8::try_from(jobs.len()).expect("a model has few jobs");
        callers
            .into_iter()
            .for_each(|caller| self.wake_caller(caller));
        for thread in &mut self.threads {
            if let At::Wait { notified, .. } = thread {
                *notified = true;
            }
        }
    }

    /// Only whether a number is still the last one makes a difference.
    fn forget_numbers(&mut self) {
        let last = std::mem::replace(&mut self.turns.puts, 1);
        for keeper in &mut self.keepers {
            keeper.watches = keeper.watches.map(|seen| u64::from(seen == last));
        }
        self.turns.wary = self.turns.wary.min(2);
    }

    /// The receiving half is in one place.
    pub(super) fn check(&self) {
        let reads = |at: &&At| match at {
            At::Read | At::Deliver(_) => true,
            At::Call(calling) => matches!(calling.at, CallerAt::Read | CallerAt::Deliver(_)),
            _ => false,
        };
        let readers = self.threads.iter().filter(reads).count();
        let lying = usize::from(self.turns.lying.is_some());
        assert!(readers + lying <= 1, "two readers: {self:?}");
        assert!(self.aborted || readers + lying == 1, "no reader: {self:?}");
        let has_news = self.threads.iter().any(|at| matches!(at, At::Deliver(_)));
        let is_known = self.turns.is_queued || !self.turns.has_workers || lying == 1 || has_news;
        let is_behind = self.turns.keeper_runs && self.turns.has_jobs();
        assert!(is_known || !is_behind, "nobody knows of the jobs: {self:?}");
        let waiting = self.keepers.iter().filter(|keeper| keeper.waits).count();
        assert_eq!(self.turns.waiting_keepers, waiting, "{self:?}");
    }

    /// All calls have their answers, all jobs have run; and all threads are gone if it has ended.
    pub(super) fn is_done(&self) -> bool {
        let keepers = self.keepers.len();
        let is_idle = |at: &At| matches!(at, At::Left | At::Idle);
        let is_put_away = !self.aborted || self.turns.lying.is_none();
        let calls_are = self.threads[keepers..].iter().all(is_idle);
        let keepers_are = self.threads[..keepers].iter().all(|at| *at == At::Left);
        let jobs_are = self.jobs_left == 0 || self.aborted;
        is_put_away && calls_are && jobs_are && !self.will_end && (keepers_are || !self.aborted)
    }
}

fn waiting(ticks: bool) -> At {
    At::Wait {
        ticks,
        notified: false,
    }
}
