//! [`ResendLayer`]: the re-sending protocol as a layer, with two threads for each link.
//!
//! One thread receives, and never sends: two ends that wait for each other's room would otherwise wait
//! forever. The other sends, when there is something to send or its time has come. What they share is
//! [`ResendShared`], and they live no longer than the link's halves.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::options::ResendOptions;
use super::state::Resend;
use crate::link::layer::abort::AbortHandle;
use crate::link::layer::error::LinkError;
use crate::link::layer::object_link::{ObjectLink, ObjectReceiver, ObjectSender};
use crate::link::layer::stack::Layer;
use crate::link::object::Object;

/// The layer that sends again what was lost, over a line that loses frames, doubles them or changes
/// their order: [`Resend`] with a clock and two threads for each link. (MoaT: `ReliableMsg`.)
///
/// `send` waits while a window of messages is queued, and returns before they have been acknowledged.
/// A damaged frame of the layer below counts as lost.
///
/// # How it ends
///
/// [`shutdown`](ObjectLink::shutdown) waits until everything was acknowledged, or the peer was given
/// up, and closes **both** directions: this protocol has no half-close. A drop gives up what was not
/// acknowledged. Both threads have ended when `close` or the drop of the second half returns.
///
/// Whether the line, the peer or this side has ended the link, and whether anything may be lost, is the
/// result of the next call: see [`ResendError`](super::ResendError).
///
/// # Examples
///
/// ```
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, Layer, ResendLayer, ResendOptions, memory};
/// use iolite::link::object::Object;
///
/// let (cbor, resend) = (
///     Framed::new("cbor_buf", CborSequence::default),
///     ResendLayer::new(ResendOptions::new()),
/// );
/// let (here, there) = memory::pair(1024);
/// let mut here = resend.set_up(cbor.set_up(here)?)?;
/// let mut there = resend.set_up(cbor.set_up(there)?)?;
/// here.send(Object::encode("hello")?)?;
/// assert_eq!(there.recv()?.expect("not the end").as_str(), Some("hello"));
/// here.close()?;
/// assert!(there.recv()?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ResendLayer {
    options: ResendOptions,
}

impl ResendLayer {
    /// A layer with these options. Each link makes up a number for its connection, unless there is one.
    pub fn new(options: ResendOptions) -> ResendLayer {
        ResendLayer { options }
    }
}

impl Layer<ObjectLink> for ResendLayer {
    type Link = ObjectLink;

    fn name(&self) -> String {
        "reliable".to_owned()
    }

    fn set_up(&self, parent: ObjectLink) -> Result<ObjectLink, LinkError> {
        let mut options = self.options.clone();
        options.connection.get_or_insert_with(made_up);
        let (below_receiver, below_sender, parent) = parent.split();
        let shared = Arc::new(ResendShared {
            grace: options.timeout,
            state: Mutex::new(ResendState {
                core: Resend::new(options, Instant::now()),
                is_broken: false,
                fate: None,
                receiving: true,
                sending: true,
                closed: Ok(()),
            }),
            changed: Condvar::new(),
        });
        let abort = AbortHandle::new({
            let (shared, parent) = (Arc::downgrade(&shared), parent.clone());
            move || {
                parent.abort();
                if let Some(shared) = Weak::upgrade(&shared) {
                    shared.change(|state| state.fail(LinkError::Closed));
                }
            }
        });
        let threads = Arc::new(ResendThreads {
            shared: Arc::clone(&shared),
            parent,
            handles: Mutex::default(),
        });
        let receiving = Arc::clone(&shared);
        threads.start("receive", move || receiving.receive_all(below_receiver))?;
        threads.start("send", move || shared.send_all(below_sender))?;
        let receiver = ResendHalf(Arc::clone(&threads));
        Ok(ObjectLink::new(receiver, ResendHalf(threads), abort))
    }
}

/// A number that nobody else makes up at the same time: std seeds its hashers at random.
fn made_up() -> u64 {
    // 32 bits are five bytes on the line, and enough.
    RandomState::new().build_hasher().finish() >> 32
}

/// What the threads and the halves share.
struct ResendShared {
    state: Mutex<ResendState>,
    /// Anything in the state has changed.
    changed: Condvar,
    /// How long the peer's end of the line is waited for after the link was closed.
    grace: Duration,
}

struct ResendState {
    core: Resend,
    /// Whether the line below is of no use any more.
    is_broken: bool,
    /// How the link has ended, if that was not by its protocol alone.
    fate: Option<Result<(), LinkError>>,
    /// Whether the thread that receives is running, and the one that sends.
    receiving: bool,
    sending: bool,
    /// How the lower layers were closed.
    closed: Result<(), LinkError>,
}

impl ResendShared {
    fn state(&self) -> MutexGuard<'_, ResendState> {
        // Nobody panics in the middle of a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut ResendState)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    fn wait<'a>(
        &self,
        state: MutexGuard<'a, ResendState>,
        deadline: Option<Instant>,
    ) -> MutexGuard<'a, ResendState> {
        let Some(deadline) = deadline else {
            let woken = self.changed.wait(state);
            return woken.unwrap_or_else(PoisonError::into_inner);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let woken = self.changed.wait_timeout(state, left);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    /// The thread that receives: takes in frames until the link or the line has ended.
    fn receive_all(&self, mut below: Box<dyn ObjectReceiver>) {
        loop {
            let received = below.recv();
            let now = Instant::now();
            let mut state = self.state();
            match received {
                Ok(Some(frame)) => state.core.input(now, &frame),
                // As if it had not come.
                Err(LinkError::DamagedFrame(_)) => {}
                Ok(None) => {
                    state.core.line_ended();
                    state.is_broken = true;
                }
                Err(error) => state.fail(error),
            }
            let is_over = state.is_broken;
            drop(state);
            self.changed.notify_all();
            if is_over {
                break;
            }
        }
        let closed = below.close();
        drop(below);
        self.change(|state| {
            state.closed = state.closed.clone().and(closed);
            state.receiving = false;
        });
    }

    /// The thread that sends: whatever the protocol has to say, until the link or the line has ended.
    fn send_all(&self, mut below: Box<dyn ObjectSender>) {
        while let Some(frames) = self.next_frames() {
            let fed = frames.into_iter().try_for_each(|frame| below.feed(frame));
            let sent = fed.and_then(|()| below.flush());
            match sent {
                // A message that has no place in a frame of the line would never arrive, and neither
                // would those after it.
                Err(LinkError::DamagedFrame(error)) => {
                    self.change(|state| state.fail(error.into()));
                }
                Err(error) => self.change(|state| state.fail(error)),
                Ok(()) => self.changed.notify_all(),
            }
        }
        let shut = below.shutdown();
        drop(below);
        self.change(|state| {
            state.closed = state.closed.clone().and(shut);
            state.sending = false;
        });
    }

    /// Waits for frames to send. `None` if there will be no more.
    fn next_frames(&self) -> Option<Vec<Object>> {
        let mut state = self.state();
        loop {
            if state.is_broken {
                return None;
            }
            let now = Instant::now();
            let frames: Vec<Object> = std::iter::from_fn(|| state.core.output(now)).collect();
            if !frames.is_empty() {
                return Some(frames);
            }
            if state.core.ended().is_some() {
                return None;
            }
            let due = state.core.timeout();
            state = self.wait(state, due);
        }
    }

    /// Waits until `answer` has one.
    fn answer<T>(
        &self,
        deadline: Option<Instant>,
        mut answer: impl FnMut(&mut ResendState) -> Option<T>,
    ) -> Result<T, LinkError> {
        let mut state = self.state();
        loop {
            if let Some(answer) = answer(&mut state) {
                drop(state);
                // There may be something to acknowledge or to send now.
                self.changed.notify_all();
                return Ok(answer);
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(LinkError::TimedOut);
            }
            state = self.wait(state, deadline);
        }
    }
}

impl ResendState {
    /// The line is of no use any more. What ended the link first is its fate.
    fn fail(&mut self, error: LinkError) {
        self.is_broken = true;
        if self.core.is_saying_good_bye() {
            self.core.line_ended();
        }
        let fate = self.ended().unwrap_or(Err(error));
        self.fate.get_or_insert(fate);
    }

    /// How the link has ended, if it has.
    fn ended(&self) -> Option<Result<(), LinkError>> {
        let by_protocol = || Some(self.core.ended()?.map_err(LinkError::Resend));
        self.fate.clone().or_else(by_protocol)
    }

    /// The next message, or the end.
    fn receive(&mut self) -> Option<Result<Option<Object>, LinkError>> {
        if matches!(self.fate, Some(Err(LinkError::Closed))) {
            return Some(Err(LinkError::Closed));
        }
        match self.core.recv() {
            Some(message) => Some(Ok(Some(message))),
            None => Some(self.ended()?.map(|()| None)),
        }
    }
}

/// The threads of a link, which end with it.
struct ResendThreads {
    shared: Arc<ResendShared>,
    parent: AbortHandle,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

impl ResendThreads {
    fn start(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), LinkError> {
        let thread = thread::Builder::new().name(format!("iolite resend {name}"));
        let handle = thread.spawn(run)?;
        self.handles().push(handle);
        Ok(())
    }

    fn handles(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the peer to end the line, too, but not for long.
    fn close(&self) -> Result<(), LinkError> {
        let deadline = Instant::now().checked_add(self.shared.grace);
        let idle = |state: &mut ResendState| (!state.receiving && !state.sending).then_some(());
        // Whoever is late is not waited for.
        let _ = self.shared.answer(deadline, idle);
        self.stop();
        self.shared.state().closed.clone()
    }

    fn stop(&self) {
        self.shared.change(|state| state.fail(LinkError::Closed));
        self.parent.abort();
        for handle in self.handles().drain(..) {
            // A panic of a layer below was reported by the thread; here the link is gone anyway.
            let _ = handle.join();
        }
    }
}

impl Drop for ResendThreads {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Either half of the link.
struct ResendHalf(Arc<ResendThreads>);

impl ObjectReceiver for ResendHalf {
    fn recv(&mut self) -> Result<Option<Object>, LinkError> {
        self.0.shared.answer(None, ResendState::receive)?
    }

    fn recv_until(&mut self, deadline: Instant) -> Result<Option<Object>, LinkError> {
        self.0.shared.answer(Some(deadline), ResendState::receive)?
    }

    fn buffered(&mut self) -> Result<Option<Object>, LinkError> {
        let received = self.0.shared.state().core.recv();
        self.0.shared.changed.notify_all();
        Ok(received)
    }

    fn close(&mut self) -> Result<(), LinkError> {
        self.0.close()
    }
}

impl ObjectSender for ResendHalf {
    fn feed(&mut self, object: Object) -> Result<(), LinkError> {
        let mut object = Some(object);
        self.0.shared.answer(None, |state| match state.ended() {
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(())) => Some(Err(LinkError::Closed)),
            None if state.core.has_room() => {
                if let Some(object) = object.take() {
                    state.core.send(object);
                }
                Some(Ok(()))
            }
            None => None,
        })?
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        // `feed` has woken the thread that sends.
        match self.0.shared.state().ended() {
            Some(Err(error)) => Err(error),
            _ => Ok(()),
        }
    }

    fn shutdown(&mut self) -> Result<(), LinkError> {
        let shared = &self.0.shared;
        shared.change(|state| state.core.close());
        shared.answer(None, |state| match state.ended()? {
            Ok(()) if state.sending => None,
            ended => Some(ended),
        })?
    }
}
