//! How many blocks a call looks at: the ones that it is about, however many there are.

use super::blocks::*;
use crate::buffered::cached_block::LOOKS;
use crate::buffered::positioned_device::PositionedDevice;
use crate::raw::BytesIo;

const SIZE: u64 = 16;

/// A cache with so many blocks, all of which are in memory, over a device that has as many.
fn full(blocks: usize) -> (Blocks, PositionedDevice<BytesIo>) {
    let memory = BytesIo::from(vec![b'.'; blocks * 16]);
    let (mut cache, mut medium) = (Blocks::new(blocks, 16), PositionedDevice::new(memory));
    for block in 0..blocks as u64 {
        cache.load(&mut medium, block * SIZE).expect("memory");
    }
    (cache, medium)
}

/// How many blocks are looked at by what `call` does.
fn looks(call: impl FnOnce()) -> usize {
    let before = LOOKS.get();
    call();
    LOOKS.get() - before
}

#[test]
fn a_call_looks_at_the_blocks_that_it_is_about() {
    // The same number whether there are a hundred blocks or ten thousand.
    let counts = [100, 10_000].map(|blocks| {
        let (mut cache, mut medium) = full(blocks);
        let end = blocks as u64 * SIZE;
        let mut counts = Vec::new();
        let mut count =
            |name, call: &mut dyn FnMut(&mut Blocks, &mut PositionedDevice<BytesIo>)| {
                counts.push((name, looks(|| call(&mut cache, &mut medium))));
            };
        count("one byte is changed", &mut |cache, _| {
            cache.replace(33, b"x").expect("it is in memory");
        });
        count("the end of what is pending", &mut |cache, _| {
            assert_eq!(cache.pending_end(), 34);
        });
        count("how much is pending", &mut |cache, _| {
            assert_eq!(cache.pending(), 1);
        });
        count("what is pending in a place", &mut |cache, _| {
            assert_eq!(cache.first_dirty(0..=99), Some(33));
            assert_eq!(cache.first_dirty(40..=99), None);
        });
        count("a flush", &mut |cache, medium| {
            cache.write_back(medium, EVERYTHING).expect("memory");
        });
        count(
            "a byte at the end, which takes the oldest block",
            &mut |cache, medium| {
                assert_eq!(cache.put(medium, end, b"y").expect("memory"), 1);
            },
        );
        count(
            "what is in the way of a large write",
            &mut |cache, medium| {
                cache.write_back(medium, 160..=191).expect("memory");
                cache.forget(160..=191);
            },
        );
        count("a cut near the end", &mut |cache, medium| {
            cache.write_back(medium, EVERYTHING).expect("memory");
            cache.forget_from(end);
        });
        count("another cut, of a block", &mut |cache, _| {
            cache.forget_from(end - SIZE);
        });
        cache.clear();
        cache.put(&mut medium, 5, b"z").expect("memory");
        counts.push(("forgetting one block", looks(|| cache.clear())));
        counts
    });
    assert_eq!(counts[0], counts[1]);
    for (name, looks) in &counts[0] {
        assert!(*looks <= 16, "{name}: {looks}");
    }
}

/// What is forgotten is used again before there are more of them.
#[test]
fn blocks_that_were_forgotten_are_used_again() {
    let memory = BytesIo::from(vec![b'.'; 64 * 16]);
    let (mut cache, mut medium) = (Blocks::new(1000, 16), PositionedDevice::new(memory));
    for round in 0..10_000_u64 {
        let place = round % 60 * SIZE;
        cache.put(&mut medium, place, b"a field").expect("memory");
        cache
            .write_back(&mut medium, place..=place + 15)
            .expect("memory");
        cache.forget(place..=place + 15);
    }
    assert_eq!(cache.count(), 1);
}
