//! The credit of a stream, item by item: LNK-15, with two sessions that do things in any order.

use std::collections::VecDeque;

use iolite::Chunk;
use iolite::link::object::{Object, Payload};
use iolite::link::session::{CallError, CallMode, Event, Id, Limits, Session};
use proptest::prelude::*;

/// One direction of a stream, as one who sees both ends counts it.
#[derive(Debug, Default)]
struct Counted {
    /// How many items the receiving end has ever allowed, as far as the sending end has heard.
    granted: u64,
    sent: u64,
    /// Arrived at the receiving end.
    come: u64,
    /// Taken by its program.
    taken: u64,
    /// The window of this direction, and how large it may have become by what was granted besides.
    window: u64,
    widest: u64,
}

struct End {
    session: Session,
    id: Id,
    /// What comes to this end.
    counted: Counted,
}

/// Two ends with a stream in both directions between them, and the messages on their way to each.
struct Stream {
    ends: [End; 2],
    lines: [VecDeque<Chunk>; 2],
}

fn number(n: u64) -> Payload {
    Payload::of(&n).unwrap()
}

impl Stream {
    fn open(windows: [u32; 2]) -> Stream {
        let mut sessions = [(); 2].map(|()| Session::new(Limits::default()));
        let path = "a".into();
        let call = sessions[0].call(&path, Payload::new(), CallMode::Both, windows[0]);
        let ours = call.unwrap();
        while let Some(message) = sessions[0].transmit() {
            let message = Object::new(message.into_bytes()).unwrap();
            sessions[1].receive(message).unwrap();
        }
        let theirs = sessions[1].opened().unwrap().id;
        sessions[1].reply(theirs, number(0), windows[1]).unwrap();
        let [caller, server] = sessions;
        let mut stream = Stream {
            ends: [(caller, ours), (server, theirs)].map(|(session, id)| End {
                session,
                id,
                counted: Counted::default(),
            }),
            lines: Default::default(),
        };
        for (end, window) in stream.ends.iter_mut().zip(windows) {
            end.counted.window = window.into();
            end.counted.widest = window.into();
        }
        // The caller's window came with the call.
        stream.ends[0].counted.granted = windows[0].into();
        while stream.transmit(1) {}
        while stream.deliver(0) {}
        assert!(matches!(stream.event(0), Some(Event::Replied(_))));
        stream
    }

    /// Lets an end write a message.
    fn transmit(&mut self, from: usize) -> bool {
        let message = self.ends[from].session.transmit();
        let message = message.map(|it| it.into_bytes());
        let is_one = message.is_some();
        self.lines[1 - from].extend(message);
        is_one
    }

    /// Lets a message arrive at an end.
    fn deliver(&mut self, to: usize) -> bool {
        let Some(message) = self.lines[to].pop_front() else {
            return false;
        };
        let before = self.credit(to);
        let end = &mut self.ends[to];
        end.session.receive(Object::new(message).unwrap()).unwrap();
        let more = self.credit(to) - before;
        self.ends[1 - to].counted.granted += more;
        // What is no credit is an item, here, but for the reply.
        let end = &mut self.ends[to];
        if more == 0 && end.counted.come < end.counted.sent {
            end.counted.come += 1;
        }
        true
    }

    /// What an end may send now. Before it has heard of any it might send without end: nobody does here.
    fn credit(&self, at: usize) -> u64 {
        let end = &self.ends[at];
        end.session.credit(end.id).unwrap_or(0)
    }

    fn send(&mut self, from: usize) {
        let credit = self.credit(from);
        let [first, second] = &mut self.ends;
        let (here, there) = match from {
            0 => (first, second),
            _ => (second, first),
        };
        match here.session.item(here.id, number(there.counted.sent)) {
            Ok(()) => {
                assert!(credit > 0, "without credit");
                there.counted.sent += 1;
            }
            Err(refused) => {
                assert!(matches!(refused.reason, CallError::NoCredit));
                assert_eq!(credit, 0);
            }
        }
    }

    fn event(&mut self, at: usize) -> Option<Event> {
        let end = &mut self.ends[at];
        end.session.take(end.id).unwrap()
    }

    /// Takes an item, if one is there.
    fn take(&mut self, at: usize) -> bool {
        let event = self.event(at);
        let counted = &mut self.ends[at].counted;
        match event {
            Some(Event::Item(item)) => {
                assert_eq!(item, number(counted.taken), "the next item");
                counted.taken += 1;
                true
            }
            None => {
                assert_eq!(counted.taken, counted.come, "nothing is kept back");
                false
            }
            other => panic!("{other:?}"),
        }
    }

    /// Allows more by itself.
    fn grant(&mut self, at: usize, items: u32) {
        let end = &mut self.ends[at];
        end.session.grant(end.id, items).unwrap();
        let limit = u64::from(Limits::default().items);
        end.counted.widest = limit.min(end.counted.widest + u64::from(items));
    }

    /// What was granted is what was used and what is left; what was not taken is never more than the window.
    fn check(&self) {
        for at in [0, 1] {
            let counted = &self.ends[at].counted;
            let left = self.credit(1 - at);
            assert_eq!(counted.granted, counted.sent + left, "{counted:?}");
            assert!(counted.taken <= counted.come && counted.come <= counted.sent);
            let outstanding = counted.granted - counted.taken;
            assert!(outstanding <= counted.widest, "{counted:?}");
        }
    }

    /// Everything arrives and is taken: then there is more than half a window again, so that none waits
    /// for ever.
    fn settle(&mut self) {
        loop {
            let mut has_moved = false;
            for at in [0, 1] {
                has_moved |= self.transmit(at) | self.deliver(at) | self.take(at);
            }
            self.check();
            if !has_moved {
                break;
            }
        }
        for at in [0, 1] {
            let counted = &self.ends[at].counted;
            assert_eq!((counted.sent, counted.sent), (counted.come, counted.taken));
            assert!(self.credit(1 - at) > counted.window / 2, "{counted:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn lnk_15_what_was_granted_is_what_was_taken_and_what_is_outstanding(
        windows in (1..20u32, 1..20u32),
        steps in prop::collection::vec((0..12u8, 0..2usize, 1..4u32), 0..400),
    ) {
        let mut stream = Stream::open([windows.0, windows.1]);
        stream.check();
        for (what, at, items) in steps {
            match what {
                0..4 => stream.send(at),
                4..6 => _ = stream.transmit(at),
                6..8 => _ = stream.deliver(at),
                8..11 => _ = stream.take(at),
                _ => stream.grant(at, items),
            }
            stream.check();
        }
        stream.settle();
        // And again from there.
        for _ in 0..100 {
            for at in [0, 1] {
                stream.send(at);
            }
            stream.settle();
        }
    }
}
