//! [`Slots`]: which block has which slot of the device.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The number of the block that has a slot, by the slot's number.
pub(super) type Slots = HashMap<u64, usize, BuildHasherDefault<SlotHasher>>;

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
