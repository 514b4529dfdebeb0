//! [`SendWindow`]: messages that were sent and not acknowledged, and those that wait for it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::options::ResendOptions;
use crate::link::layer::retry::scaled;
use crate::link::object::Object;

/// The sender's side of one direction.
///
/// Fewer messages than half the window are under way. The peer takes any of the next half of the
/// window, so a late acknowledgement, whose number is from the other half, is never taken for a new
/// one, which would declare messages delivered that are not. (MoaT sends one more, and takes it.)
#[derive(Debug)]
pub(super) struct SendWindow {
    /// Numbers are counted modulo this.
    window: u16,
    /// The number of the first message that is under way, or of the next one.
    tail: u16,
    under_way: VecDeque<Flight>,
    waiting: VecDeque<Object>,
}

/// A message under way.
#[derive(Debug)]
struct Flight {
    message: Object,
    /// How often it was sent.
    attempts: u32,
    /// When it is sent again; `None` where the peer has it and lacks an earlier one.
    due: Option<Instant>,
}

/// A message to send.
pub(super) struct ToSend<'a> {
    /// How many older ones are under way.
    pub(super) index: usize,
    pub(super) number: u16,
    pub(super) message: &'a Object,
    /// How often it was sent before.
    pub(super) before: u32,
}

impl SendWindow {
    pub(super) fn new(window: u16) -> SendWindow {
        SendWindow {
            window,
            tail: 0,
            under_way: VecDeque::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Sets the window that was agreed on, before the first message is sent.
    pub(super) fn set_window(&mut self, window: u16) {
        self.window = window;
    }

    /// The number of the next message.
    pub(super) fn head(&self) -> u16 {
        self.number(self.under_way.len())
    }

    /// Whether nothing was acknowledged yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.tail == 0 && self.under_way.iter().all(|flight| flight.due.is_some())
    }

    /// How many messages the peer may not have.
    pub(super) fn unacknowledged(&self) -> usize {
        self.under_way.len() + self.waiting.len()
    }

    /// Whether one more may be queued.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < usize::from(self.window)
    }

    pub(super) fn push(&mut self, message: Object) {
        self.waiting.push_back(message);
    }

    /// The next message to send for the first time, if the window is open.
    pub(super) fn next_new(&mut self, due: Option<Instant>) -> Option<ToSend<'_>> {
        if self.under_way.len() >= usize::from((self.window - 1) / 2) {
            return None;
        }
        let message = self.waiting.pop_front()?;
        self.under_way.push_back(Flight {
            message,
            attempts: 1,
            due,
        });
        self.sending(self.under_way.len() - 1, 0)
    }

    /// The next message whose time has come; its next time is set.
    pub(super) fn next_due(&mut self, now: Instant, options: &ResendOptions) -> Option<ToSend<'_>> {
        let is_due = |flight: &Flight| flight.due.is_some_and(|due| due <= now);
        let index = self.under_way.iter().position(is_due)?;
        let flight = &mut self.under_way[index];
        let before = flight.attempts;
        flight.attempts = before.saturating_add(1);
        flight.due = now.checked_add(interval(options, flight.attempts));
        self.sending(index, before)
    }

    fn sending(&self, index: usize, before: u32) -> Option<ToSend<'_>> {
        let flight = self.under_way.get(index)?;
        Some(ToSend {
            index,
            number: self.number(index),
            message: &flight.message,
            before,
        })
    }

    /// When the next message is to be sent again.
    pub(super) fn next_time(&self) -> Option<Instant> {
        self.under_way.iter().filter_map(|flight| flight.due).min()
    }

    /// The peer expects this number next, and holds these. Both may be old news.
    pub(super) fn acknowledge(&mut self, expected: u16, held: &[u16]) {
        let taken = self.distance(expected);
        if taken > self.under_way.len() {
            return;
        }
        self.under_way.drain(..taken);
        self.tail = expected;
        for &number in held {
            let index = self.distance(number);
            // Never the first: who waits for it would wait forever if the peer errs.
            if index > 0
                && let Some(flight) = self.under_way.get_mut(index)
            {
                flight.due = None;
            }
        }
    }

    /// How far after the tail a number is.
    fn distance(&self, number: u16) -> usize {
        usize::from(ahead(self.tail, number, self.window))
    }

    fn number(&self, index: usize) -> u16 {
        // Fewer than the window are under way, so this fits.
        let index = u32::try_from(index).unwrap_or_default();
        let number = (u32::from(self.tail) + index) % u32::from(self.window);
        u16::try_from(number).unwrap_or_default()
    }
}

/// How far `number` is after `from`, both modulo `window` and less than it.
pub(super) fn ahead(from: u16, number: u16, window: u16) -> u16 {
    if number >= from {
        number - from
    } else {
        window - from + number
    }
}

/// How long the acknowledgement is waited for after so many attempts.
pub(super) fn interval(options: &ResendOptions, attempts: u32) -> Duration {
    let longest = options.timeout.saturating_mul(10);
    let power = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
    scaled(options.timeout, options.backoff.powi(power)).min(longest)
}
