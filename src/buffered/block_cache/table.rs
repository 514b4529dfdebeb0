//! [`BlockTable`]: which block has which slot of the device.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Marks an empty bucket; `u64::MAX` is not a valid slot number.
const EMPTY: (u64, u32) = (u64::MAX, 0);

type Map = HashMap<u64, u32, Mixing>;

/// The number of the block that has a slot, by the slot's number.
///
/// Each slot has one bucket in a table, and neighbouring slots have different ones, so that a
/// lookup is one load as a rule. If another slot has the bucket already, the map takes the second.
///
/// Invariants: a slot is in the table or in the map. The table is a power of two in length, or
/// empty, and at most half of it is in use.
#[derive(Default)]
pub(super) struct BlockTable {
    table: Vec<(u64, u32)>,
    /// Boxed, because most streams have none.
    map: Option<Box<Map>>,
    len: usize,
    /// All slots in order, once somebody asked for the last one.
    order: Option<BTreeSet<u64>>,
}

impl BlockTable {
    #[inline]
    pub(super) fn get(&self, slot: u64) -> Option<usize> {
        match self.table.get(self.bucket(slot)) {
            Some(&(found, number)) if found == slot => Some(number as usize),
            _ => self.get_slow(slot),
        }
    }

    fn get_slow(&self, slot: u64) -> Option<usize> {
        let number = self.map.as_ref()?.get(&slot)?;
        Some(*number as usize)
    }

    /// Adds a slot that is not there yet.
    pub(super) fn insert(&mut self, slot: u64, number: usize) {
        self.len += 1;
        if 2 * self.len > self.table.len() {
            self.grow();
        }
        let number = u32::try_from(number).expect("a cache has fewer blocks");
        self.put(slot, number);
        if let Some(order) = &mut self.order {
            order.insert(slot);
        }
    }

    pub(super) fn remove(&mut self, slot: u64) {
        let bucket = self.bucket(slot);
        match self.table.get_mut(bucket) {
            Some(pair) if pair.0 == slot => *pair = EMPTY,
            _ => match self.map.as_mut().and_then(|map| map.remove(&slot)) {
                Some(_) => {}
                None => return,
            },
        }
        self.len -= 1;
        if let Some(order) = &mut self.order {
            order.remove(&slot);
        }
    }

    /// The last slot and the block that has it. Slots are kept in order from the first time that
    /// this is asked: only a stream that is cut needs it.
    pub(super) fn last(&mut self) -> Option<(u64, usize)> {
        if self.order.is_none() {
            let table = self.table.iter().filter(|&&pair| pair != EMPTY);
            let others = self.map.iter().flat_map(|map| map.keys());
            let slots = table.map(|(slot, _)| slot).chain(others);
            self.order = Some(slots.copied().collect());
        }
        let slot = *self.order.as_ref()?.last()?;
        Some((slot, self.get(slot)?))
    }

    /// Where a slot is in the table, if it is there: its lowest bits, as many as the table needs.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bits above those of an index are not looked at"
    )]
    fn bucket(&self, slot: u64) -> usize {
        slot as usize & self.table.len().wrapping_sub(1)
    }

    fn put(&mut self, slot: u64, number: u32) {
        let bucket = self.bucket(slot);
        match &mut self.table[bucket] {
            pair if *pair == EMPTY => *pair = (slot, number),
            _ => _ = self.map.get_or_insert_default().insert(slot, number),
        }
    }

    fn grow(&mut self) {
        let larger = vec![EMPTY; (4 * self.len).next_power_of_two()];
        let old = std::mem::replace(&mut self.table, larger);
        let others = self.map.take().into_iter().flat_map(|map| *map);
        let pairs = old.into_iter().filter(|&pair| pair != EMPTY).chain(others);
        pairs.for_each(|(slot, number)| self.put(slot, number));
    }
}

/// Slots are mostly consecutive numbers: mixing their bits once is enough. The factor is random, so
/// that nobody can choose offsets in a file that all mix to the same bucket.
#[derive(Clone)]
struct Mixing {
    factor: u64,
}

impl Default for Mixing {
    fn default() -> Mixing {
        Mixing {
            factor: RandomState::new().hash_one(0) | 1,
        }
    }
}

impl BuildHasher for Mixing {
    type Hasher = Mixed;

    fn build_hasher(&self) -> Mixed {
        Mixed {
            factor: self.factor,
            mixed: 0,
        }
    }
}

struct Mixed {
    factor: u64,
    mixed: u64,
}

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.mixed
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.mixed.rotate_left(8) ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, slot: u64) {
        // The upper bytes depend on all bits of the slot, and the map takes the lower bits first.
        self.mixed = slot.wrapping_mul(self.factor).swap_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_what_a_plain_map_has() {
        let (mut slots, mut plain) = (BlockTable::default(), std::collections::BTreeMap::new());
        let mut seed = 7_u64;
        for number in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Next to one another, and far apart with equal ends.
            let slot = match seed >> 62 {
                0 => ((seed >> 40) % 50) << 50,
                _ => (seed >> 40) % 300,
            };
            if plain.insert(slot, number).is_some() {
                slots.remove(slot);
            }
            slots.insert(slot, number);
            if seed >> 59 & 7 == 0 {
                plain.remove(&slot);
                slots.remove(slot);
            }
            assert_eq!(slots.get(slot), plain.get(&slot).copied());
            if number > 10_000 {
                let last = plain
                    .last_key_value()
                    .map(|(&slot, &number)| (slot, number));
                assert_eq!(slots.last(), last);
            }
        }
        assert_eq!(slots.len, plain.len());
    }
}
