//! [`ReceiveWindow`]: messages that came, in order or before their turn.

use std::collections::VecDeque;
use std::iter;

use super::send_window::ahead;
use crate::link::object::Object;

/// The receiver's side of one direction.
#[derive(Debug)]
pub(super) struct ReceiveWindow {
    /// Numbers are counted modulo this.
    window: u16,
    /// The number of the first message that cannot be handed out yet.
    tail: u16,
    /// From that one on, at most half a window. The first is there only while `ready` is full.
    slots: VecDeque<Option<Object>>,
    /// In order, and acknowledged; at most a window.
    ready: VecDeque<Object>,
    is_untouched: bool,
}

impl ReceiveWindow {
    pub(super) fn new(window: u16) -> ReceiveWindow {
        ReceiveWindow {
            window,
            tail: 0,
            slots: VecDeque::new(),
            ready: VecDeque::new(),
            is_untouched: true,
        }
    }

    /// Sets the window that was agreed on, before the first message comes.
    pub(super) fn set_window(&mut self, window: u16) {
        self.window = window;
    }

    /// Whether nothing came yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.is_untouched
    }

    /// Takes in a message, unless it was there before or is too early.
    pub(super) fn take(&mut self, number: u16, message: Object) {
        let index = ahead(self.tail, number, self.window);
        // The other half of the window are numbers of the past.
        if index >= self.window / 2 {
            return;
        }
        self.is_untouched = false;
        let index = usize::from(index);
        let missing = (index + 1).saturating_sub(self.slots.len());
        self.slots.extend(iter::repeat_n(None, missing));
        self.slots[index] = Some(message);
        self.advance();
    }

    /// The next message in order.
    pub(super) fn pop(&mut self) -> Option<Object> {
        let message = self.ready.pop_front()?;
        self.advance();
        Some(message)
    }

    /// Moves what is in order to where it can be taken.
    fn advance(&mut self) {
        while self.ready.len() < usize::from(self.window)
            && let Some(message) = self.slots.front_mut().and_then(Option::take)
        {
            self.slots.pop_front();
            self.tail = if self.tail + 1 == self.window {
                0
            } else {
                self.tail + 1
            };
            self.ready.push_back(message);
        }
    }

    /// The number that is expected next.
    pub(super) fn expected(&self) -> u16 {
        self.tail
    }

    /// The later numbers that are there already. (The first is none of them, also while it waits for
    /// room: the peer goes on asking for it, and so learns that there is room even if it missed the
    /// news.)
    pub(super) fn held(&self) -> Vec<u16> {
        let number = |index: usize| {
            let number = (usize::from(self.tail) + index) % usize::from(self.window);
            u16::try_from(number).unwrap_or_default()
        };
        let slots = self.slots.iter().enumerate().skip(1);
        let held = slots.filter(|(_, slot)| slot.is_some());
        held.map(|(index, _)| number(index)).collect()
    }

    /// Whether a message is there and one before it is not.
    pub(super) fn has_gap(&self) -> bool {
        self.slots.front().is_some_and(Option::is_none)
    }
}
