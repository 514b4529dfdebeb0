//! Every order in which the threads of a connection can take their steps, over small worlds. From
//! *every* state that can be reached there has to be a way to a good end: that is, no wake-up is ever
//! lost.

use std::collections::HashMap;

use super::world::{Job, LAST_OF_JOBS, WAITS, World};

/// All worlds that can follow; panics at one from which there is no way to a good end.
fn explore(first: World) -> usize {
    let mut numbers = HashMap::from([(first.clone(), 0)]);
    let mut worlds = vec![first];
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    let mut at = 0;
    while at < worlds.len() {
        let world = worlds[at].clone();
        world.check();
        for next in world.steps() {
            let number = *numbers.entry(next.clone()).or_insert_with(|| {
                worlds.push(next);
                before.push(Vec::new());
                worlds.len() - 1
            });
            before[number].push(at);
        }
        at += 1;
    }
    let mut good = vec![false; worlds.len()];
    let mut queue: Vec<usize> = (0..worlds.len())
        .filter(|at| worlds[*at].is_done())
        .collect();
    while let Some(at) = queue.pop() {
        if !std::mem::replace(&mut good[at], true) {
            queue.extend(&before[at]);
        }
    }
    let stuck = good.iter().position(|good| !good);
    assert!(stuck.is_none(), "stuck: {:#?}", worlds[stuck.unwrap_or(0)]);
    worlds.len()
}

/// Keepers, callers, workers, and what the peer calls.
type Threads = (usize, u8, usize, &'static [Job]);

const WORLDS: &[Threads] = &[
    (2, 1, 0, &[]),
    (2, 2, 0, &[]),
    (3, 1, 0, &[]),
    (3, 2, 0, &[]),
    (3, 0, 0, &[5, 0]),
    (3, 1, 0, &[5]),
    (3, 1, 0, &[11]),
    (3, 0, 1, &[WAITS, 5]),
    (3, 0, 1, &[LAST_OF_JOBS, 0]),
    (3, 0, 1, &[0, WAITS, 1]),
];

/// Too many states for a build without optimisation.
const LARGE_WORLDS: &[Threads] = &[
    (2, 3, 0, &[]),
    (3, 3, 0, &[]),
    (3, 2, 0, &[5]),
    (3, 1, 1, &[5, WAITS]),
    (3, 0, 1, &[11, 5]),
    (3, 1, 1, &[LAST_OF_JOBS, 0]),
    (3, 1, 0, &[11, 5]),
];

fn explore_all(will_end: bool) {
    let large = if cfg!(debug_assertions) {
        &[]
    } else {
        LARGE_WORLDS
    };
    for &(keepers, callers, workers, calls) in WORLDS.iter().chain(large) {
        let worlds = explore(World::new(keepers, callers, workers, calls, will_end));
        println!(
            "{worlds} states: {keepers} keepers, {callers} callers, {workers} workers, {calls:?}"
        );
    }
}

#[test]
fn every_order_of_steps_brings_every_call_its_answer() {
    explore_all(false);
}

#[test]
fn every_order_of_steps_lets_all_threads_go_after_the_end() {
    explore_all(true);
}
