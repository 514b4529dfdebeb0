//! A thread among many: what it makes goes to the next one, and what comes from the one before is taken
//! apart.

use std::collections::VecDeque;
use std::io::{BufRead, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use iolite::{BufferedRwPair, Chunk, SocketIo};

use super::parcel::Parcel;
use crate::random::Random;

/// How many parcels were made, and how many were taken whole.
#[derive(Clone, Copy, Default)]
pub(super) struct Total {
    pub(super) made: u64,
    pub(super) taken: u64,
}

/// What is never let go of, where that is the mistake that is to be noticed.
static HELD: Mutex<(Vec<Chunk>, Vec<UnixStream>)> = Mutex::new((Vec::new(), Vec::new()));

/// So many threads in a ring, for so long.
pub(super) fn wave(
    threads: usize,
    length: Duration,
    rate: u32,
    seed: u64,
    fault: &str,
) -> Result<Total, String> {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..threads).map(|_| sync_channel(16)).unzip();
    let mut next_one: VecDeque<SyncSender<_>> = senders.into();
    next_one.rotate_left(1);
    let until = Instant::now() + length;
    let pause = Duration::from_secs(1) * threads as u32 / rate;
    let mut running = Vec::new();
    for (number, (to, from)) in next_one.into_iter().zip(receivers).enumerate() {
        let (random, fault) = (Random::new(seed + number as u64), fault.to_owned());
        let thread = thread::Builder::new()
            .stack_size(256 * 1024)
            .spawn(move || {
                let mut worker = Worker {
                    to: Some(to),
                    from,
                    kept: VecDeque::new(),
                    random,
                    fault,
                    total: Total::default(),
                };
                worker.work(number, until, pause)
            });
        running.push(thread.map_err(|error| error.to_string())?);
    }
    let mut total = Total::default();
    for thread in running {
        let done = thread.join().map_err(|_| "a thread panicked")??;
        total.made += done.made;
        total.taken += done.taken;
    }
    Ok(total)
}

struct Worker {
    /// `None` when nothing more is made.
    to: Option<SyncSender<(u64, Parcel)>>,
    from: Receiver<(u64, Parcel)>,
    /// Parcels that are taken apart later.
    kept: VecDeque<(u64, Parcel)>,
    random: Random,
    fault: String,
    total: Total,
}

impl Worker {
    fn work(&mut self, number: usize, until: Instant, pause: Duration) -> Result<Total, String> {
        let failed = |error: iolite::Error| format!("thread {number}: {error}");
        // One in eight has a pair of sockets besides.
        let mut sockets = match number % 8 {
            0 => Some(Sockets::new(self.fault == "descriptor").map_err(failed)?),
            _ => None,
        };
        // Not all at once.
        let mut next = Instant::now() + pause * self.random.below(1000) as u32 / 1000;
        loop {
            let now = Instant::now();
            if now >= until {
                self.to = None;
            }
            if now >= next && self.to.is_some() {
                next = now + pause;
                self.make().map_err(failed)?;
                if let Some(sockets) = &mut sockets {
                    sockets.talk(self.random.below(300)).map_err(failed)?;
                }
            }
            let wait = next.min(until).saturating_duration_since(now);
            let wait = if self.to.is_some() {
                wait
            } else {
                Duration::from_secs(60)
            };
            match self.from.recv_timeout(wait) {
                Ok(parcel) => self.kept.push_back(parcel),
                Err(RecvTimeoutError::Timeout) if self.to.is_some() => {}
                Err(RecvTimeoutError::Timeout) => return Err("who is before does not end".into()),
                Err(RecvTimeoutError::Disconnected) if self.to.is_none() => break,
                // Who is before has ended a moment earlier.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(wait),
            }
            if self.kept.len() > self.random.below(6) {
                self.take().map_err(failed)?;
            }
        }
        while !self.kept.is_empty() {
            self.take().map_err(failed)?;
        }
        Ok(self.total)
    }

    fn make(&mut self) -> iolite::Result<()> {
        let number = self.random.number();
        let parcel = Parcel::make(number)?;
        self.total.made += 1;
        if self.fault == "buffer" && self.random.one_in(20) {
            HELD.lock().expect("not poisoned").0.extend(parcel.memory());
        }
        if self.fault == "reply" && self.random.one_in(1000) {
            return Ok(());
        }
        let to = self.to.as_ref().expect("it is not the end");
        // Where the next one is far behind it is not made: a ring in which all wait goes no further.
        if to.try_send((number, parcel)).is_err() {
            self.total.made -= 1;
        }
        Ok(())
    }

    fn take(&mut self) -> iolite::Result<()> {
        if let Some((number, parcel)) = self.kept.pop_front()
            && parcel.came_whole(number)?
        {
            self.total.taken += 1;
        }
        Ok(())
    }
}

/// Two ends of a connection, both in this thread.
struct Sockets {
    here: BufferedRwPair<iolite::raw::SocketReader, iolite::raw::SocketWriter>,
    there: BufferedRwPair<iolite::raw::SocketReader, iolite::raw::SocketWriter>,
}

impl Sockets {
    fn new(leaks: bool) -> iolite::Result<Sockets> {
        let (here, there) = UnixStream::pair()?;
        if leaks {
            HELD.lock().expect("not poisoned").1.push(here.try_clone()?);
        }
        Ok(Sockets {
            here: BufferedRwPair::from_socket(SocketIo::from(here))?,
            there: BufferedRwPair::from_socket(SocketIo::from(there))?,
        })
    }

    fn talk(&mut self, length: usize) -> iolite::Result<()> {
        let mut line = String::new();
        writeln!(self.here, "{}", "x".repeat(length))?;
        self.here.flush()?;
        self.there.read_line(&mut line)?;
        assert_eq!(line.len(), length + 1);
        Ok(())
    }
}
