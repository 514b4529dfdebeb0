//! [`Slots`]: which block has which slot of the device.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Stands for no slot: there is no device that is so large.
const NONE: (u64, u32) = (u64::MAX, 0);

type Map = HashMap<u64, u32, BuildHasherDefault<SlotHasher>>;

/// The number of the block that has a slot, by the slot's number.
///
/// Each slot has one place in a table; slots that lie next to one another have different ones.
/// Where another slot has the place already, the map takes what comes second.
///
/// Invariants: a slot is in the table or in the map. The table is a power of two in length, or
/// empty, and at most half of it is in use.
#[derive(Default)]
pub(super) struct Slots {
    table: Vec<(u64, u32)>,
    /// Behind a pointer, for most streams have none.
    map: Option<Box<Map>>,
    len: usize,
}

impl Slots {
    #[inline]
    pub(super) fn get(&self, slot: u64) -> Option<usize> {
        match self.table.get(self.place(slot)) {
            Some(&(found, number)) if found == slot => Some(number as usize),
            _ => self.get_second(slot),
        }
    }

    #[cold]
    fn get_second(&self, slot: u64) -> Option<usize> {
        let number = self.map.as_ref()?.get(&slot)?;
        Some(*number as usize)
    }

    /// Adds a slot that is not there yet.
    pub(super) fn insert(&mut self, slot: u64, number: usize) {
        self.len += 1;
        if 2 * self.len > self.table.len() {
            self.grow();
        }
        self.put(slot, number as u32);
    }

    pub(super) fn remove(&mut self, slot: u64) {
        let place = self.place(slot);
        match self.table.get_mut(place) {
            Some(pair) if pair.0 == slot => *pair = NONE,
            _ => match self.map.as_mut().and_then(|map| map.remove(&slot)) {
                Some(_) => {}
                None => return,
            },
        }
        self.len -= 1;
    }

    pub(super) fn clear(&mut self) {
        self.table.fill(NONE);
        if let Some(map) = &mut self.map {
            map.clear();
        }
        self.len = 0;
    }

    #[inline]
    fn place(&self, slot: u64) -> usize {
        slot as usize & self.table.len().wrapping_sub(1)
    }

    fn put(&mut self, slot: u64, number: u32) {
        let place = self.place(slot);
        match &mut self.table[place] {
            pair if *pair == NONE => *pair = (slot, number),
            _ => _ = self.map.get_or_insert_default().insert(slot, number),
        }
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![NONE; (4 * self.len).next_power_of_two()];
        let old = std::mem::replace(&mut self.table, larger);
        let others = self.map.take().into_iter().flat_map(|map| *map);
        let pairs = old.into_iter().filter(|&pair| pair != NONE).chain(others);
        pairs.for_each(|(slot, number)| self.put(slot, number));
    }
}

/// Slots are numbers in order as a rule: mixing their bits once is enough.
#[derive(Default)]
pub(super) struct SlotHasher(u64);

impl Hasher for SlotHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0.rotate_left(8) ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, slot: u64) {
        let mixed = slot.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
