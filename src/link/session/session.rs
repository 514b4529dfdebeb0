//! [`Session`]: one end of a connection; its calls as a program makes and answers them.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::mem;

use super::call_state::{CallState, Credit, Origin, Phase};
use super::code::ErrorCode;
use super::error::{CallError, Ending};
use super::event::{CallMode, Event, Opened};
use super::head::MessageKind;
use super::inbox::{Arrival, Inbox};
use super::limits::Limits;
use super::number_use::NumberUse;
use super::numbers::Numbers;
use super::outbox::{Outbox, Outgoing};
use super::slots::{Id, Slots};
use crate::chunk::{Chain, Chunk};
use crate::link::object::{Path, Payload, RemoteError};

/// One end of a connection: all that it knows about the calls in both directions, and nothing about what
/// carries the messages.
///
/// Whoever drives it hands over each message that comes ([`receive`](Session::receive)) and sends what it
/// gives out ([`transmit`](Session::transmit)), in this order. Whoever uses it opens calls
/// ([`call`](Session::call)), answers those of the other end ([`opened`](Session::opened)), and takes what
/// came for each ([`take`](Session::take)). No call of these ever waits: what cannot be done now is refused,
/// and [`woken`](Session::woken) names the calls for which something has changed.
///
/// What comes is kept here, within [`Limits`], until it is taken; taking an item gives the other end credit
/// for more. An error comes after everything that was sent before it.
///
/// # Examples
///
/// ```
/// use iolite::link::object::{Path, Payload};
/// use iolite::link::session::{Event, Limits, CallMode, Session};
///
/// let (mut here, mut there) = (Session::new(Limits::default()), Session::new(Limits::default()));
/// let call = here.call(&Path::from("add"), Payload::of(&(2, 3))?, CallMode::Plain, 0)?;
/// while let Some(message) = here.transmit() {
///     assert_eq!(message.diagnostic().to_string(), r#"[0, ["add"], 2, 3]"#);
///     there.receive(message)?;
/// }
///
/// let opened = there.opened().expect("a call");
/// let (a, b): (i64, i64) = opened.arguments.arguments()?;
/// there.finish(opened.id, Payload::of(&(a + b))?)?;
/// while let Some(message) = there.transmit() {
///     assert_eq!(message.diagnostic().to_string(), "[-4, 5]");
///     here.receive(message)?;
/// }
///
/// let Some(Event::Finished(result)) = here.take(call)? else { panic!("no result") };
/// assert_eq!(result.result::<i64>()?, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session {
    pub(super) limits: Limits,
    pub(super) slots: Slots,
    pub(super) numbers: Numbers,
    /// The calls by their numbers, those that were opened here and …
    pub(super) ours: BTreeMap<u64, NumberUse>,
    /// … by the other end.
    pub(super) theirs: BTreeMap<u64, NumberUse>,
    /// How many calls are open of each.
    pub(super) open_ours: u32,
    pub(super) open_theirs: u32,
    pub(super) inbox: Inbox,
    pub(super) outbox: Outbox,
    /// The numbers of those of `theirs` that are to be answered.
    pub(super) answers: VecDeque<u64>,
    /// Calls of the other end that were not handed out.
    pub(super) opened: VecDeque<Opened>,
    /// Credit for calls that have not come, the oldest first.
    pub(super) pending_credit: VecDeque<(u64, u64)>,
    /// Calls for which something changed.
    woken: VecDeque<Id>,
    pub(super) ended: Option<Ending>,
    /// Where single messages are put together; empty between two calls.
    pub(super) scratch: Chain,
}

impl Session {
    /// A session at the start of a connection.
    pub fn new(limits: Limits) -> Session {
        Session {
            slots: Slots::default(),
            numbers: Numbers::new(),
            ours: BTreeMap::new(),
            theirs: BTreeMap::new(),
            open_ours: 0,
            open_theirs: 0,
            inbox: Inbox::new(limits.queued),
            outbox: Outbox::new(),
            answers: VecDeque::new(),
            opened: VecDeque::new(),
            pending_credit: VecDeque::new(),
            woken: VecDeque::new(),
            ended: None,
            scratch: Chain::new(),
            limits,
        }
    }

    /// The limits it was made with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Calls a command of the other end. For a stream, `window` is how many items the other end may
    /// send ahead, at most [`Limits::items`]; that is said before the call, and again whenever half of them
    /// were taken. It has no meaning for [`CallMode::Plain`] and [`CallMode::Out`].
    ///
    /// # Errors
    ///
    /// [`Busy`](CallError::Busy): too many calls are open.
    /// [`TooLarge`](CallError::TooLarge): the message would be.
    /// [`Lost`](CallError::Lost): the session has ended.
    /// [`Encode`](CallError::Encode): the path cannot be sent.
    pub fn call(
        &mut self,
        path: &Path,
        arguments: Payload,
        mode: CallMode,
        window: u32,
    ) -> Result<Id, CallError> {
        self.check_not_ended()?;
        let limit = self.limits.calls;
        let busy = || CallError::Busy { limit };
        if self.open_ours >= limit {
            return Err(busy());
        }
        let kind = match mode {
            CallMode::Plain => MessageKind::Final,
            _ => MessageKind::Item,
        };
        let opening = opening(kind, path, arguments)?;
        self.limits.check_size(opening.size())?;
        let number = self.numbers.take().ok_or_else(busy)?;
        let mut call = CallState::new(Origin::Ours, number, mode);
        if matches!(mode, CallMode::In | CallMode::Both) {
            let window = window.min(self.limits.items);
            call.grant = Some(call.receiving.open_window(window));
        }
        let id = self.slots.insert(call);
        self.ours.insert(number, NumberUse::Open(id));
        self.open_ours += 1;
        self.send(id, opening);
        Ok(id)
    }

    /// The next call that the other end has opened. It has to be ended by [`finish`](Session::finish) or
    /// [`fail`](Session::fail) in any case, and counts as open until then.
    pub fn opened(&mut self) -> Option<Opened> {
        let opened = self.opened.pop_front()?;
        self.begin(&opened);
        Some(opened)
    }

    /// The next call that the other end has opened, for one who lets it wait somewhere else: it counts as
    /// waiting until somebody [begins](Session::begin) with it.
    pub(in crate::link) fn opened_to_wait(&mut self) -> Option<Opened> {
        self.opened.pop_front()
    }

    /// A call does not wait any more.
    pub(in crate::link) fn begin(&mut self, opened: &Opened) {
        self.inbox.unreserve(opened.bytes);
    }

    /// A call for which something has changed: there is something to take, or an item may be sent that
    /// was refused before, or it is over. Each call is named once until that is asked for.
    pub fn woken(&mut self) -> Option<Id> {
        let id = self.woken.pop_front()?;
        if let Some(call) = self.slots.get_mut(id) {
            call.woken = false;
        }
        Some(id)
    }

    /// The next event of a call, in the order in which the other end sent them; `None` if there is none now.
    ///
    /// # Errors
    ///
    /// [`Over`](CallError::Over): its last event was taken, or the call is over.
    pub fn take(&mut self, id: Id) -> Result<Option<Event>, CallError> {
        self.take_event(id)
    }

    /// Takes what there is, until there are `most` of them in `events`.
    ///
    /// # Errors
    ///
    /// As for [`take`](Session::take).
    pub(in crate::link) fn take_events(
        &mut self,
        id: Id,
        events: &mut VecDeque<Event>,
        most: usize,
    ) -> Result<(), CallError> {
        while events.len() < most {
            match self.take_event(id)? {
                Some(event) => events.push_back(event),
                None => break,
            }
        }
        Ok(())
    }

    #[inline(always)] // an event is then made where it stays
    fn take_event(&mut self, id: Id) -> Result<Option<Event>, CallError> {
        let call = held(&mut self.slots, id)?;
        let Some(arrival) = self.inbox.pop(&mut call.inbox) else {
            return if call.last_taken {
                Err(CallError::Over)
            } else {
                Ok(None)
            };
        };
        // The caller can still cancel what it has finished, and the connection can be lost.
        let is_ours = call.origin == Origin::Ours;
        let (event, is_last) = match arrival {
            Arrival::Item(payload) => {
                // After this end's last word the other one is not asked for more.
                if call.sending.phase != Phase::Ended
                    && let Some(items) = call.receiving.item_taken(self.inbox.is_short())
                {
                    grant(&mut self.outbox, id, call, items);
                }
                return Ok(Some(Event::Item(payload)));
            }
            Arrival::Replied(payload) => (Event::Replied(payload), false),
            Arrival::Warned(payload) => {
                call.warnings -= 1;
                (Event::Warned(payload), false)
            }
            Arrival::Notice(code) => {
                call.warnings -= 1;
                (Event::Notice(code), false)
            }
            Arrival::Finished(payload) => (Event::Finished(payload), is_ours),
            Arrival::Failed(payload) => {
                let error = reported(&payload, self.limits.error_values);
                (Event::Failed(Box::new(error)), is_ours)
            }
            Arrival::BrokenOff(error) => (Event::Failed(error), true),
            Arrival::Cancelled => (Event::Cancelled, true),
        };
        if is_last {
            call.last_taken = true;
            self.let_go_if_over(id);
        }
        Ok(Some(event))
    }

    /// Leaves a call as fast as possible: what waits is thrown away, and `id` has no meaning from here on. The
    /// other end is told, unless it has ended the call itself or does not know it yet. A call of the other
    /// end is answered that it was cancelled.
    pub fn cancel(&mut self, id: Id) {
        let Ok(call) = held(&mut self.slots, id) else {
            return;
        };
        if call.origin == Origin::Theirs {
            // Whatever this returns, the call is over.
            let _ = self.fail(id, ErrorCode::Cancelled);
            return;
        }
        call.held = false;
        self.inbox.clear(&mut call.inbox);
        let peer_ended = call.receiving.phase == Phase::Ended;
        let peer_knows = call.receiving.phase == Phase::Ignored
            || peer_ended && call.sending.phase == Phase::Ended;
        if !peer_knows {
            self.outbox.clear(call);
            call.give_up();
            if !call.progress.opened {
                self.outbox.leave_line(id);
            } else {
                self.send(
                    id,
                    Outgoing::new(MessageKind::Failed, ErrorCode::Cancelled.payload()),
                );
            }
        }
        self.settle(id);
    }

    /// Lets the other end of a stream send `items` more than its window allows, up to [`Limits::items`] in
    /// all. Without it, taking the items is what allows more.
    ///
    /// # Errors
    ///
    /// [`Over`](CallError::Over): no more items can come.
    pub fn grant(&mut self, id: Id, items: u32) -> Result<(), CallError> {
        let limit = self.limits.items;
        let call = held(&mut self.slots, id)?;
        let receiving = &mut call.receiving;
        if !receiving.is_live() {
            return Err(CallError::Over);
        }
        let free = limit.saturating_sub(receiving.allowed + receiving.waiting);
        let items = items.min(free);
        receiving.allowed += items;
        receiving.window = receiving.window.max(receiving.allowed + receiving.waiting);
        if items > 0 {
            grant(&mut self.outbox, id, call, items);
        }
        Ok(())
    }

    /// How many items may be sent at once: what the other end allows, if it has ever said so.
    pub fn credit(&self, id: Id) -> Option<u64> {
        match self.slots.get(id)?.sending.credit {
            Credit::Unlimited => None,
            Credit::Items(items) => Some(items),
        }
    }

    /// Whether the other end has cancelled a call that it had opened, also if that event was not taken yet.
    pub fn is_cancelled(&self, id: Id) -> bool {
        self.slots.get(id).is_some_and(|call| call.cancelled)
    }

    /// How many bytes wait for being sent, heads not counted.
    pub fn queued(&self) -> usize {
        self.outbox.bytes()
    }

    /// How many calls are open here, in both directions; those count that are over and have something left to
    /// be sent.
    pub fn open_calls(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing is open, waits to be taken or waits to be sent.
    pub fn is_idle(&self) -> bool {
        self.slots.len() == 0 && !self.has_output() && self.inbox.is_empty()
    }

    /// How many calls that are over here are remembered, because the other end has not ended them or
    /// was not told: at most [`Limits::remembered`], and those that are open besides.
    pub fn remembered(&self) -> usize {
        let entries = self.ours.values().chain(self.theirs.values());
        entries
            .filter(|it| !matches!(it, NumberUse::Open(_)))
            .count()
    }

    /// The connection has ended: every open call fails with [`Lost`](CallError::Lost), after what had
    /// come for it. Calls that were not handed out are forgotten. Nothing is received or sent any more.
    pub fn end(&mut self, ending: Ending) {
        if self.ended.is_some() {
            return;
        }
        for opened in mem::take(&mut self.opened) {
            self.begin(&opened);
            if let Some(call) = self.slots.get_mut(opened.id) {
                call.held = false;
            }
        }
        for id in self.slots.ids() {
            self.lose(id, &ending);
        }
        self.answers.clear();
        self.outbox.forget();
        self.pending_credit.clear();
        self.ours.clear();
        self.theirs.clear();
        self.ended = Some(ending);
    }

    fn lose(&mut self, id: Id, cause: &Ending) {
        let Some(call) = self.slots.get_mut(id) else {
            return;
        };
        self.outbox.clear(call);
        let has_come = call.origin == Origin::Ours && !call.receiving.is_live();
        let has_heard = call.last_taken || call.cancelled || has_come;
        call.give_up();
        if call.held && !has_heard {
            let lost = CallError::Lost {
                cause: cause.clone(),
                progress: call.progress,
            };
            self.inbox
                .push(&mut call.inbox, Arrival::BrokenOff(Box::new(lost)));
        }
        self.wake(id);
        self.let_go_if_over(id);
        self.settle(id);
    }

    /// Notes that something has changed for a call.
    #[inline]
    pub(super) fn wake(&mut self, id: Id) {
        let Some(call) = self.slots.get_mut(id) else {
            return;
        };
        call.sending.starved = false;
        if !mem::replace(&mut call.woken, true) {
            self.list_woken(id);
        }
    }

    fn list_woken(&mut self, id: Id) {
        // Of calls that are over there is nothing to tell; without this the list would grow without end in a
        // program that never asks.
        if self.woken.len() >= 2 * self.slots.len() {
            let slots = &self.slots;
            self.woken.retain(|&id| slots.get(id).is_some());
        }
        self.woken.push_back(id);
    }

    /// Puts a message into the queue of its call.
    pub(super) fn send(&mut self, id: Id, message: Outgoing) {
        if let Some(call) = self.slots.get_mut(id) {
            self.outbox.push(id, call, message);
        }
    }

    /// A call that was opened here is let go when both ends have said their last word and it was taken.
    pub(super) fn let_go_if_over(&mut self, id: Id) {
        if let Some(call) = self.slots.get_mut(id)
            && call.origin == Origin::Ours
            && call.last_taken
            && call.sending.phase == Phase::Ended
        {
            call.held = false;
            self.settle(id);
        }
    }

    fn check_not_ended(&self) -> Result<(), CallError> {
        match &self.ended {
            None => Ok(()),
            Some(cause) => Err(CallError::Lost {
                cause: cause.clone(),
                progress: Default::default(),
            }),
        }
    }
}

/// The call of this name, if somebody still works with it.
pub(super) fn held(slots: &mut Slots, id: Id) -> Result<&mut CallState, CallError> {
    // An error is large, so it is not made before it is needed.
    match slots.get_mut(id) {
        Some(call) if call.held => Ok(call),
        _ => Err(CallError::Over),
    }
}

/// Sends credit, together with what was not sent of it.
fn grant(outbox: &mut Outbox, id: Id, call: &mut CallState, items: u32) {
    // A peer that reads nothing may have taken credit that it was not given yet, any number of times.
    call.grant = Some(call.grant.unwrap_or(0).saturating_add(items));
    outbox.line_up(id, call);
}

/// A payload that is longer than this is not copied to stand after its path.
const SHARED: usize = 2048;

/// The first message of a call.
fn opening(kind: MessageKind, path: &Path, arguments: Payload) -> Result<Outgoing, CallError> {
    let mut bytes = Vec::with_capacity(64);
    let mut count = Payload::append(path, &mut bytes)?;
    if arguments.items().len() >= SHARED {
        let mut opening = Outgoing::new(kind, arguments);
        opening.path = Some(Box::new(Chunk::from(bytes)));
        return Ok(opening);
    }
    bytes.extend_from_slice(arguments.items());
    count += arguments.len();
    let payload = Payload::from_items(Chunk::from(bytes), count);
    Ok(Outgoing::new(kind, payload))
}

/// The error that an error message reports.
fn reported(payload: &Payload, most_values: usize) -> CallError {
    match ErrorCode::read(payload) {
        Some(code) => CallError::Code(code),
        None => CallError::Remote(RemoteError::read_within(payload, most_values)),
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("open_ours", &self.open_ours)
            .field("open_theirs", &self.open_theirs)
            .field("queued", &self.queued())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
