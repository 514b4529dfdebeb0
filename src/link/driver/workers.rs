//! [`Workers`]: the threads of a program for calls beyond those that connections run themselves.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::shared::ConnectionState;
use crate::link::session::Opened;

/// A fixed number of threads that run handlers, for all connections of a program that are opened with
/// them.
///
/// A connection runs one plain call at a time itself. The workers run what comes beyond that, in turn
/// for each connection, and all streams: there are at most as many streams at a time as workers. One more
/// is refused, because those before it may never end.
///
/// Dropping it ends the threads as soon as the handlers that they run return, and waits for them.
/// Connections that are still open go on with what they can run themselves.
///
/// # Examples
///
/// ```
/// use iolite::link::driver::Workers;
///
/// let workers = Workers::new(4)?;
/// assert_eq!(workers.len(), 4);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Workers {
    pool: Arc<WorkerPool>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts `number` threads.
    ///
    /// # Errors
    ///
    /// The system's, if it has no room for another thread.
    pub fn new(number: usize) -> io::Result<Workers> {
        let pool = WorkerPool::default();
        pool.state().free = number;
        let mut workers = Workers {
            pool: Arc::new(pool),
            threads: Vec::with_capacity(number),
        };
        for _ in 0..number {
            let pool = Arc::clone(&workers.pool);
            let thread = thread::Builder::new().name("link-worker".to_owned());
            workers.threads.push(thread.spawn(move || pool.work())?);
        }
        Ok(workers)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.threads.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }

    pub(super) fn pool(&self) -> Arc<WorkerPool> {
        Arc::clone(&self.pool)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.pool.end();
        let me = thread::current().id();
        // The last handler may be what owns the workers.
        let others = self.threads.drain(..).filter(|it| it.thread().id() != me);
        // A worker's own panic is caught where handlers run.
        others.for_each(|thread| drop(thread.join()));
    }
}

/// What the workers share with the connections.
#[derive(Debug, Default)]
pub(super) struct WorkerPool {
    state: Mutex<PoolState>,
    work: Condvar,
}

#[derive(Debug, Default)]
struct PoolState {
    /// A connection is in here at most once for its plain calls.
    queue: VecDeque<Task>,
    /// How many more streams may be served. Counted by streams and not by idle threads: whoever has
    /// read a stream's last message may open the next one before the worker is back here.
    free: usize,
    has_ended: bool,
}

enum Task {
    /// One of the plain calls that wait in a connection.
    Next(Arc<ConnectionState>),
    /// A stream.
    Serve(Arc<ConnectionState>, Opened, StreamPlace),
}

/// One of the streams that the workers may serve at a time. It is given back by
/// [`release`](StreamPlace::release), or when it is dropped.
#[derive(Debug)]
pub(in crate::link) struct StreamPlace {
    pool: Arc<WorkerPool>,
    /// How many its connection has.
    streams: Arc<AtomicUsize>,
    is_released: AtomicBool,
}

impl StreamPlace {
    /// Another stream may be served, although a worker may still be busy with this one's end.
    pub(in crate::link) fn release(&self) {
        if !self.is_released.swap(true, Ordering::Relaxed) {
            let mut state = self.pool.state();
            state.free += 1;
            // Changed under this lock alone.
            self.streams.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        self.release();
    }
}

impl WorkerPool {
    fn state(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection has plain calls for the workers.
    pub(super) fn push(&self, connection: Arc<ConnectionState>) {
        self.state().queue.push_back(Task::Next(connection));
        self.work.notify_one();
    }

    /// Hands a stream to the workers, or back.
    pub(super) fn offer(
        self: &Arc<WorkerPool>,
        connection: &Arc<ConnectionState>,
        call: Opened,
    ) -> Result<(), Opened> {
        let mut state = self.state();
        let own = connection.streams.load(Ordering::Relaxed);
        if state.free == 0 || state.has_ended || own >= connection.most_streams {
            return Err(call);
        }
        state.free -= 1;
        connection.streams.fetch_add(1, Ordering::Relaxed);
        let place = StreamPlace {
            streams: Arc::clone(&connection.streams),
            pool: Arc::clone(self),
            is_released: AtomicBool::new(false),
        };
        let task = Task::Serve(Arc::clone(connection), call, place);
        state.queue.push_back(task);
        self.work.notify_one();
        Ok(())
    }

    fn end(&self) {
        let mut state = self.state();
        state.has_ended = true;
        let left = std::mem::take(&mut state.queue);
        drop(state);
        self.work.notify_all();
        // Plain calls wait in their connection, which runs them itself.
        for task in left {
            if let Task::Serve(connection, call, _) = task {
                connection.lock().refuse(call.id);
            }
        }
    }

    fn work(&self) {
        while let Some(task) = self.next() {
            match task {
                Task::Next(connection) => connection.run_next(self),
                Task::Serve(connection, call, place) => connection.run(call, Some(place)),
            }
        }
    }

    fn next(&self) -> Option<Task> {
        let mut state = self.state();
        while state.queue.is_empty() && !state.has_ended {
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.queue.pop_front()
    }
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Task::Next(_) => "Next",
            Task::Serve(..) => "Serve",
        })
    }
}
