//! [`Slots`]: the calls of a session by [`Id`].

use super::call_state::CallState;

/// The name of a call in its [`Session`](super::Session).
///
/// No two calls of a session have the same, so one that is over is never taken for another. (The numbers on
/// the wire are used again.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// How many calls there were before this one. It comes first so that ids are in the order of calls.
    serial: u64,
    index: usize,
}

#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    /// Those without a call.
    free: Vec<usize>,
    next_serial: u64,
}

#[derive(Debug)]
struct Slot {
    serial: u64,
    call: Option<CallState>,
}

impl Slots {
    pub(super) fn insert(&mut self, call: CallState) -> Id {
        let serial = self.next_serial;
        self.next_serial += 1;
        let slot = Slot {
            serial,
            call: Some(call),
        };
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        };
        Id { serial, index }
    }

    #[inline]
    pub(super) fn get(&self, id: Id) -> Option<&CallState> {
        let slot = self.slots.get(id.index)?;
        slot.call.as_ref().filter(|_| slot.serial == id.serial)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut CallState> {
        let slot = self.slots.get_mut(id.index)?;
        slot.call.as_mut().filter(|_| slot.serial == id.serial)
    }

    pub(super) fn remove(&mut self, id: Id) -> Option<CallState> {
        let slot = self.slots.get_mut(id.index)?;
        let removed = slot.call.take_if(|_| slot.serial == id.serial)?;
        self.free.push(id.index);
        Some(removed)
    }

    /// How many calls there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn ids(&self) -> Vec<Id> {
        let used = self.slots.iter().enumerate();
        let used = used.filter(|(_, slot)| slot.call.is_some());
        used.map(|(index, slot)| Id {
            serial: slot.serial,
            index,
        })
        .collect()
    }
}
