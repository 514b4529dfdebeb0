//! [`CallState`]: one call, in both directions.
//!
//! Each direction goes from new to open to ended, by the messages of the end that sends in it. A call is over
//! when both have ended, everything was sent, and nobody here holds it any more.

use super::error::{CallError, CallProgress};
use super::event::CallMode;
use super::head::{Head, MessageKind, Side};
use super::queues::Queue;

/// Which end opened a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Ours,
    Theirs,
}

#[derive(Debug)]
pub(super) struct CallState {
    pub(super) origin: Origin,
    /// What the opener calls it on the wire.
    pub(super) number: u64,
    pub(super) mode: CallMode,
    pub(super) sending: Sending,
    pub(super) receiving: Receiving,
    /// What has come and was not taken.
    pub(super) inbox: Queue,
    /// What is to be sent.
    pub(super) outbox: Queue,
    /// Credit to be sent before anything else.
    pub(super) grant: Option<u32>,
    /// Whether somebody here still works with it. Whatever comes for one that is not is dropped.
    pub(super) held: bool,
    /// Whether its last event was taken.
    pub(super) last_taken: bool,
    /// Whether the other end, which had opened it, cancelled it. Its number is no longer its own then.
    pub(super) cancelled: bool,
    /// Whether it waits for its turn to send.
    pub(super) in_line: bool,
    /// Whether it is among those that changed.
    pub(super) woken: bool,
    /// Whether the other end's last message came after ours had left.
    pub(super) peer_was_last: bool,
    /// Warnings in the inbox.
    pub(super) warnings: u32,
    pub(super) progress: CallProgress,
}

impl CallState {
    pub(super) fn new(origin: Origin, number: u64, mode: CallMode) -> CallState {
        let opener_ended = mode == CallMode::Plain;
        let ended_if = |ended| if ended { Phase::Ended } else { Phase::New };
        let ours = origin == Origin::Ours;
        CallState {
            origin,
            number,
            mode,
            sending: Sending::new(ended_if(ours && opener_ended)),
            receiving: Receiving::new(ended_if(!ours && opener_ended)),
            inbox: Queue::new(),
            outbox: Queue::new(),
            grant: None,
            held: true,
            last_taken: false,
            cancelled: false,
            in_line: false,
            woken: false,
            peer_was_last: false,
            warnings: 0,
            progress: CallProgress::default(),
        }
    }

    /// The head of a message of this call that goes from here; `None` if its number is none.
    pub(super) fn head(&self, kind: MessageKind) -> Option<Head> {
        let opener = match self.origin {
            Origin::Ours => Side::Sender,
            Origin::Theirs => Side::Receiver,
        };
        Head::new(opener, self.number, kind)
    }

    /// Whether there is something to be sent.
    pub(super) fn has_output(&self) -> bool {
        self.grant.is_some() || !self.outbox.is_empty()
    }

    /// Whether nothing is left to be done with it here. The other end may not have ended it.
    pub(super) fn is_done(&self) -> bool {
        !self.held && self.sending.phase == Phase::Ended && !self.has_output()
    }

    /// Whether an item may be sent now.
    #[inline]
    pub(super) fn check_item(&mut self) -> Result<(), CallError> {
        let has_items = matches!(self.mode, CallMode::Out | CallMode::Both);
        let is_accepted = self.origin == Origin::Ours || self.sending.phase != Phase::New;
        if !has_items || !is_accepted {
            return Err(CallError::WrongMode);
        }
        let peer_finished = !self.receiving.is_live();
        let checked = self.sending.check_credit(peer_finished);
        self.sending.starved = matches!(checked, Err(CallError::NoCredit));
        checked
    }

    /// Nobody here sends any more or wants what comes.
    pub(super) fn give_up(&mut self) {
        self.sending.phase = Phase::Ended;
        self.grant = None;
        if self.receiving.phase != Phase::Ended {
            self.receiving.phase = Phase::Ignored;
        }
    }
}

/// How far one direction of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before its first message.
    New,
    /// Items may follow.
    Open,
    /// Only of what comes: given up here, and not ended by the other end.
    Ignored,
    Ended,
}

/// How many items may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credit {
    /// The other end has never said how many it takes, which means any number.
    Unlimited,
    Items(u64),
}

/// The direction from here.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) phase: Phase,
    pub(super) credit: Credit,
    /// Whether an item was refused for want of credit.
    pub(super) starved: bool,
    /// Whether something was refused because too much waits, and the session notes that it does.
    pub(super) is_crowded: bool,
}

impl Sending {
    fn new(phase: Phase) -> Sending {
        Sending {
            phase,
            credit: Credit::Unlimited,
            starved: false,
            is_crowded: false,
        }
    }

    /// The other end takes `items` more. What it says first is how many it takes at all.
    pub(super) fn add_credit(&mut self, items: u64) {
        let before = match self.credit {
            Credit::Unlimited => 0,
            Credit::Items(before) => before,
        };
        self.credit = Credit::Items(before.saturating_add(items));
    }

    /// Whether an item may be sent now. The other end's last word ends the waiting for more credit; what it
    /// had allowed before may still be used.
    pub(super) fn check_credit(&self, peer_finished: bool) -> Result<(), CallError> {
        match (self.phase, self.credit) {
            (Phase::Ended, _) => Err(CallError::Over),
            (Phase::Open, Credit::Items(1..)) => Ok(()),
            _ if peer_finished => Err(CallError::PeerFinished),
            (Phase::Open, Credit::Unlimited) => Ok(()),
            _ => Err(CallError::NoCredit),
        }
    }

    pub(super) fn use_credit(&mut self) {
        if let Credit::Items(left) = &mut self.credit {
            *left = left.saturating_sub(1);
        }
    }
}

/// The direction that leads here.
///
/// `allowed` and `waiting` together are never more than `window`, but for items that came before there was
/// credit at all.
#[derive(Debug)]
pub(super) struct Receiving {
    pub(super) phase: Phase,
    /// How many items may be on their way or wait. 0: none are wanted.
    pub(super) window: u32,
    /// How many more the other end may send.
    pub(super) allowed: u32,
    /// How many have come and were not taken.
    pub(super) waiting: u32,
}

impl Receiving {
    fn new(phase: Phase) -> Receiving {
        Receiving {
            phase,
            window: 0,
            allowed: 0,
            waiting: 0,
        }
    }

    /// Whether messages are expected.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.phase, Phase::New | Phase::Open)
    }

    /// From now on at most `window` items may wait here or be on their way; returns for how many more that is.
    pub(super) fn open_window(&mut self, window: u32) -> u32 {
        self.window = window;
        self.allowed = window.saturating_sub(self.waiting);
        self.allowed
    }

    /// An item came: whether it may.
    pub(super) fn accept_item(&mut self) -> Result<(), CallError> {
        if self.window == 0 {
            return Err(CallError::Unwanted);
        }
        if self.allowed == 0 {
            return Err(CallError::Overrun);
        }
        self.allowed -= 1;
        self.waiting += 1;
        Ok(())
    }

    /// An item was taken: for how many more there is credit, once half of the window is free. If
    /// memory is short, not before all that waits here was taken.
    pub(super) fn item_taken(&mut self, memory_is_short: bool) -> Option<u32> {
        self.waiting = self.waiting.saturating_sub(1);
        let free = self.window.saturating_sub(self.allowed + self.waiting);
        let is_half = free > 0 && free >= self.window.div_ceil(2);
        let has_memory = !memory_is_short || self.waiting == 0;
        (self.is_live() && is_half && has_memory).then(|| {
            self.allowed += free;
            free
        })
    }
}
