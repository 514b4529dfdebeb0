//! A chain does what a plain queue of bytes does. Every two bytes of the input are a call.
#![no_main]

use std::collections::VecDeque;

use iolite::{Chain, Chunk};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&block, calls)) = input.split_first() else {
        return;
    };
    let (mut chain, mut plain) = (
        Chain::with_block_size(usize::from(block) + 1).with_copy_threshold(usize::from(block) % 19),
        VecDeque::new(),
    );
    for call in calls.chunks_exact(2) {
        perform(&mut chain, &mut plain, call[0], usize::from(call[1]));
        assert_eq!(chain.len(), plain.len());
        assert!(chain.views().flatten().eq(plain.iter()));
        assert!(chain.views().all(|view| !view.is_empty()));
    }
});

fn perform(chain: &mut Chain, plain: &mut VecDeque<u8>, call: u8, n: usize) {
    let bytes: Vec<u8> = (0..n).map(|i| call ^ i as u8).collect();
    let within = n.min(plain.len());
    match call % 9 {
        0 => {
            chain.append(&bytes);
            plain.extend(bytes);
        }
        1 => {
            plain.extend(&bytes);
            chain.push_shared(Chunk::from(bytes));
        }
        2 => {
            bytes.iter().rev().for_each(|&byte| plain.push_front(byte));
            chain.push_front(Chunk::from(bytes));
        }
        3 => {
            let popped = chain.pop().unwrap_or_default();
            let kept = plain.len() - popped.len();
            assert!(popped.iter().eq(&plain.split_off(kept)));
        }
        4 => assert!(
            chain
                .take_chunk(n)
                .iter()
                .eq(&plain.drain(..within).collect::<Vec<_>>())
        ),
        5 => assert_eq!(chain.skip(n), plain.drain(..within).count()),
        6 => {
            chain.truncate(n);
            plain.truncate(n);
        }
        7 => {
            let front = chain.make_contiguous(n);
            assert_eq!(front.is_some(), n <= plain.len());
            assert!(
                front
                    .unwrap_or_default()
                    .iter()
                    .eq(plain.iter().take(front.map_or(0, <[u8]>::len)))
            );
        }
        _ => {
            let mut head = chain.split_to(within);
            chain.join(&mut head);
            plain.rotate_left(within);
        }
    }
}
