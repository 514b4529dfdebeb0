//! The re-sending protocol against any line: each message arrives once and in order, or the link ends
//! with an error.

use std::time::{Duration, Instant};

use iolite::link::layer::{Resend, ResendOptions};
use iolite::link::object::Object;
use proptest::prelude::*;

/// What the line does to a frame: after how long it arrives, once for each.
type Fate = Vec<u64>;

fn fates(loss: u32, least: usize) -> impl Strategy<Value = Vec<Fate>> {
    let delay = 0..90u64;
    let fate = prop_oneof![
        loss => Just(vec![]),
        6 => delay.clone().prop_map(|delay| vec![delay]),
        1 => proptest::collection::vec(delay, 2..4),
    ];
    proptest::collection::vec(fate, least..200)
}

/// A frame under way, and what its sender knew of the two directions.
struct Flying {
    arrives: Instant,
    to: usize,
    frame: Object,
    /// How many of its messages had been acknowledged.
    acknowledged: usize,
    /// How many of the other end's messages it had received.
    received: usize,
}

struct Line {
    now: Instant,
    ends: [Resend; 2],
    sent: [usize; 2],
    received: [usize; 2],
    flying: Vec<Flying>,
    fates: std::iter::Cycle<std::vec::IntoIter<Fate>>,
}

impl Line {
    fn new(fates: Vec<Fate>, windows: [u16; 2], retries: u32, has_numbers: bool) -> Line {
        let now = Instant::now();
        let end = |window, number| {
            let options = ResendOptions::new().window(window);
            let options = options.timeout(Duration::from_millis(100)).retries(retries);
            Resend::new(
                if has_numbers {
                    options.connection(number)
                } else {
                    options
                },
                now,
            )
        };
        Line {
            now,
            ends: [end(windows[0], 1), end(windows[1], 2)],
            sent: [0; 2],
            received: [0; 2],
            flying: Vec::new(),
            fates: fates.into_iter().cycle(),
        }
    }

    fn acknowledged(&self, end: usize) -> usize {
        self.sent[end] - self.ends[end].unacknowledged()
    }

    /// Sends, unless there is no room, a message that says its number in one of several forms.
    fn send(&mut self, end: usize) -> bool {
        let has_room = self.ends[end].has_room();
        if has_room {
            self.ends[end].send(message(self.sent[end]));
            self.sent[end] += 1;
        }
        has_room
    }

    /// Lets an end say what it has to say.
    fn say(&mut self, end: usize) {
        while let Some(frame) = self.ends[end].output(self.now) {
            for delay in self.fates.next().expect("a cycle") {
                self.flying.push(Flying {
                    arrives: self.now + Duration::from_millis(delay),
                    to: 1 - end,
                    frame: frame.clone(),
                    acknowledged: self.acknowledged(end),
                    received: self.received[end],
                });
            }
        }
    }

    /// Delivers what arrives first, or lets the first time-out pass. False if nothing will happen.
    fn step(&mut self, half: usize) -> bool {
        let next = (0..self.flying.len()).min_by_key(|&index| self.flying[index].arrives);
        let arrives = next.map(|index| self.flying[index].arrives);
        let due = self.ends.iter().filter_map(Resend::timeout).min();
        let Some(time) = arrives.into_iter().chain(due).min() else {
            return false;
        };
        self.now = self.now.max(time);
        if let Some(index) = next.filter(|_| arrives == Some(time)) {
            let frame = self.flying.swap_remove(index);
            // What the protocol cannot tell apart, for want of numbers, this line does not do: a frame
            // that is overtaken by more than half a window of messages is lost.
            let to = frame.to;
            let is_old = self.received[to] > frame.acknowledged + half
                || self.acknowledged(to) > frame.received + half;
            if !is_old {
                self.ends[to].input(self.now, &frame.frame);
            }
        }
        for end in 0..2 {
            while let Some(message) = self.ends[end].recv() {
                assert_eq!(message, self::message(self.received[end]), "to {end}");
                self.received[end] += 1;
            }
            self.say(end);
        }
        true
    }
}

/// Each message is another one, and they have all forms that matter.
fn message(number: usize) -> Object {
    let encoded = match number % 4 {
        0 => Object::encode(&number),
        1 => Object::encode(&[number]),
        2 => Object::encode(&(number, [0; 0], "text")),
        _ => Object::encode(&[0; 0]),
    };
    encoded.unwrap()
}

/// Lets the two ends send so many messages, and close; returns the line when nothing happens any more.
fn run(mut line: Line, counts: [usize; 2], half: usize) -> Line {
    line.say(0);
    line.say(1);
    for steps in 0.. {
        assert!(steps < 200_000, "it does not end");
        for (end, &count) in counts.iter().enumerate() {
            while line.sent[end] < count && line.send(end) {}
            line.say(end);
        }
        // The first end closes when both have everything; until then each has an answer to give.
        let is_done = (0..2).all(|end| line.sent[end] == counts[end])
            && line.received == [counts[1], counts[0]];
        if is_done {
            line.ends[0].close();
            line.say(0);
        }
        if !line.step(half) {
            break;
        }
    }
    line
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(debug_assertions) { 60 } else { 3000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever the line does: what is received is what was sent, from the first message on, and an end
    /// that ended without an error has lost nothing.
    #[test]
    fn lnk_30_each_message_arrives_once_in_order_or_the_link_ends_with_an_error(
        fates in (0..30u32).prop_flat_map(|loss| fates(loss, 1)),
        windows in (4..20u16, 4..20u16),
        counts in (0..40usize, 0..40usize),
        has_numbers: bool,
    ) {
        let half = usize::from(windows.0.min(windows.1) / 2);
        let line = Line::new(fates, windows.into(), 6, has_numbers);
        let line = run(line, counts.into(), half);
        for end in 0..2 {
            // The order was checked on the way.
            prop_assert!(line.received[1 - end] <= line.sent[end]);
            if line.ends[end].ended() == Some(Ok(())) {
                prop_assert_eq!(line.received[1 - end], counts.0 * (1 - end) + counts.1 * end);
            }
        }
        let is_over = line.ends.iter().all(|end| end.ended().is_some() || end.unacknowledged() == 0);
        prop_assert!(is_over, "somebody waits for ever");
    }

    /// On a line that loses a third of the frames everything arrives.
    #[test]
    fn a_line_that_loses_some_frames_delivers_all_messages(
        fates in fates(3, 150),
        windows in (4..20u16, 4..20u16),
        counts in (1..40usize, 1..40usize),
    ) {
        let half = usize::from(windows.0.min(windows.1) / 2);
        let line = Line::new(fates, windows.into(), 40, true);
        let line = run(line, counts.into(), half);
        prop_assert_eq!(line.received, [counts.1, counts.0]);
        prop_assert_eq!(line.ends[0].ended(), Some(Ok(())));
    }
}
