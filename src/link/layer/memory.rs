//! Links between two threads of a program: [`pair`].

use std::io::ErrorKind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::abort::AbortHandle;
use super::byte_link::{ByteLink, ByteReceiver, ByteSender};
use super::error::LinkError;
use crate::chunk::{Chain, Chunk};

/// Two ends of a link in memory. What one sends the other receives, in the same chunks: no byte is
/// copied, unless they are received into a buffer.
///
/// At most `capacity` bytes (at least 1) are under way in each direction; `send` waits while there is
/// no room. An end that is dropped has ended its direction; one that was aborted has broken the
/// connection, unless one of the two had ended its direction before.
///
/// # Examples
///
/// ```
/// use std::thread;
/// use iolite::Chunk;
/// use iolite::link::layer::memory;
///
/// let (mut here, mut there) = memory::pair(8);
/// let sending = thread::spawn(move || here.send(Chunk::from("more than eight bytes")));
/// let mut received = String::new();
/// loop {
///     let chunk = there.recv(100)?;
///     if chunk.is_empty() {
///         break;
///     }
///     received += std::str::from_utf8(&chunk).expect("ASCII");
/// }
/// sending.join().expect("no panic")?;
/// assert_eq!(received, "more than eight bytes");
/// # Ok::<(), iolite::link::layer::LinkError>(())
/// ```
#[doc(alias = "Loopback")]
pub fn pair(capacity: usize) -> (ByteLink, ByteLink) {
    let [there, back] = [(); 2].map(|()| Arc::new(MemoryDirection::new(capacity)));
    (end(&there, &back), end(&back, &there))
}

/// The end that sends in one direction and receives in the other.
fn end(sends: &Arc<MemoryDirection>, receives: &Arc<MemoryDirection>) -> ByteLink {
    let (outgoing, incoming) = (Arc::clone(sends), Arc::clone(receives));
    let abort = AbortHandle::new(move || {
        let mut is_over = false;
        incoming.change(|state| {
            state.broken = true;
            is_over = state.ended;
        });
        outgoing.change(|state| {
            // Where one of the two has said good-bye, the peer misses nothing: as with a socket.
            is_over |= state.ended;
            state.ended |= is_over;
            state.broken |= !is_over;
        });
    });
    let sender = MemorySender {
        direction: Arc::clone(sends),
        abort: abort.clone(),
        is_shut: false,
    };
    let receiver = MemoryReceiver {
        direction: Arc::clone(receives),
        abort: abort.clone(),
    };
    ByteLink::new(receiver, sender, abort)
}

/// One direction of a pair: bytes under way, from one sender to one receiver.
struct MemoryDirection {
    state: Mutex<MemoryState>,
    /// Something in the state has changed. One sender and one receiver wait here, and never both: the
    /// one for room, the other for bytes.
    changed: Condvar,
    /// The most bytes under way.
    capacity: usize,
}

#[derive(Default)]
struct MemoryState {
    bytes: Chain,
    /// The sender has ended.
    ended: bool,
    /// The receiver is gone.
    unheard: bool,
    /// One of the two ends was aborted.
    broken: bool,
}

impl MemoryDirection {
    fn new(capacity: usize) -> MemoryDirection {
        MemoryDirection {
            state: Mutex::default(),
            changed: Condvar::new(),
            capacity: capacity.max(1),
        }
    }

    fn state(&self) -> MutexGuard<'_, MemoryState> {
        // Nobody panics in the middle of a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut MemoryState)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// Waits while `idle` holds, until the deadline at the latest.
    fn wait_while(
        &self,
        deadline: Option<Instant>,
        idle: impl Fn(&MemoryState) -> bool,
    ) -> MutexGuard<'_, MemoryState> {
        let mut state = self.state();
        while idle(&state) {
            let Some(deadline) = deadline else {
                let woken = self.changed.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }
}

impl MemoryState {
    /// Whether a receiver has nothing to return.
    fn is_idle(&self) -> bool {
        self.bytes.is_empty() && !self.ended && !self.broken
    }
}

/// Why a direction that is broken does not go on: whose end was aborted?
fn broken(abort: &AbortHandle) -> LinkError {
    if abort.is_aborted() {
        LinkError::Closed
    } else {
        ErrorKind::ConnectionReset.into()
    }
}

struct MemorySender {
    direction: Arc<MemoryDirection>,
    abort: AbortHandle,
    is_shut: bool,
}

impl ByteSender for MemorySender {
    fn send_chain(&mut self, chain: &mut Chain) -> Result<(), LinkError> {
        if self.is_shut {
            return Err(LinkError::Closed);
        }
        let capacity = self.direction.capacity;
        while !chain.is_empty() {
            let is_full = |state: &MemoryState| {
                let is_over = state.broken || state.unheard || state.ended;
                state.bytes.len() >= capacity && !is_over
            };
            let mut state = self.direction.wait_while(None, is_full);
            if state.broken || state.ended {
                return Err(broken(&self.abort));
            }
            if state.unheard {
                return Err(ErrorKind::BrokenPipe.into());
            }
            let room = capacity - state.bytes.len();
            state.bytes.push_shared(chain.take_view(room));
            drop(state);
            self.direction.changed.notify_all();
        }
        Ok(())
    }

    fn shutdown(&mut self) -> Result<(), LinkError> {
        self.is_shut = true;
        self.direction.change(|state| state.ended = true);
        Ok(())
    }
}

impl Drop for MemorySender {
    fn drop(&mut self) {
        self.direction.change(|state| state.ended = true);
    }
}

struct MemoryReceiver {
    direction: Arc<MemoryDirection>,
    abort: AbortHandle,
}

impl MemoryReceiver {
    /// What `take` takes out of the direction, when there is something.
    fn receive<T>(&mut self, take: impl FnOnce(&mut Chain) -> T) -> Result<T, LinkError> {
        let mut state = self.direction.wait_while(None, MemoryState::is_idle);
        if state.broken {
            return Err(broken(&self.abort));
        }
        let taken = take(&mut state.bytes);
        drop(state);
        self.direction.changed.notify_all();
        Ok(taken)
    }
}

impl ByteReceiver for MemoryReceiver {
    fn recv_to(&mut self, buf: &mut [u8]) -> Result<usize, LinkError> {
        if buf.is_empty() {
            return Ok(0);
        }
        self.receive(|bytes| {
            let view = bytes.take_view(buf.len());
            buf[..view.len()].copy_from_slice(&view);
            view.len()
        })
    }

    fn recv(&mut self, length: usize) -> Result<Chunk, LinkError> {
        if length == 0 {
            return Ok(Chunk::default());
        }
        self.receive(|bytes| bytes.take_view(length))
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        // Where that is later than the clock can count, there is no deadline.
        let deadline = Instant::now().checked_add(timeout);
        let state = self.direction.wait_while(deadline, MemoryState::is_idle);
        Ok(!state.is_idle())
    }
}

impl Drop for MemoryReceiver {
    fn drop(&mut self) {
        self.direction.change(|state| state.unheard = true);
    }
}
