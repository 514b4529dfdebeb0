//! Two [`Session`]s with a line of bytes each way between them, driven by a list of numbers: calls are made,
//! answered, streamed, broken off and cancelled in any order, the bytes arrive in any pieces, and the line may
//! be cut anywhere. What is said is noted, and what is heard is checked against it.

use std::collections::HashMap;

use iolite::link::frame::{CborSequence, Framing};
use iolite::link::object::{ItemLimits, Path, Payload};
use iolite::link::session::{
    CallError, CallMode, Ending, ErrorCode, Event, Id, Limits, Opened, Session,
};
use iolite::{Chain, Pipe};

/// A step: what is done, at which end and to which call, and how often or how much.
pub(crate) type Step = (u8, u8, u8);

/// Limits that are reached soon.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.calls = 4;
    limits.items = 4;
    limits.queued = 6000;
    limits.warnings = 3;
    limits
}

/// What one end knows of a call.
struct Known {
    /// What the call has in all its messages, so that none can be taken for another's.
    tag: u64,
    ours: bool,
    mode: CallMode,
    /// Whether items may be sent: it was accepted.
    accepted: bool,
    /// Items that were sent, and taken.
    sent: u64,
    received: u64,
    /// Our last word was said.
    finished: bool,
    /// The other end's last word was heard.
    told: bool,
}

struct End {
    session: Session,
    /// On its way to the other end.
    line: Chain,
    pipe: Pipe,
    framing: CborSequence,
    calls: HashMap<Id, Known>,
    /// The calls in their order, so that a run can be repeated.
    order: Vec<Id>,
}

impl End {
    fn new() -> End {
        End {
            session: Session::new(limits()),
            line: Chain::new(),
            pipe: Pipe::new(),
            framing: CborSequence::new(ItemLimits::default()),
            calls: HashMap::new(),
            order: Vec::new(),
        }
    }
}

/// The two ends, and how many calls there were.
pub(crate) struct Pair {
    ends: [End; 2],
    next_tag: u64,
    is_cut: bool,
}

/// A payload with the call's tag, a number, and some bytes.
fn said(tag: u64, number: u64, bytes: usize) -> Payload {
    Payload::of(&(tag, number, "x".repeat(bytes))).expect("it can be sent")
}

fn heard(payload: &Payload) -> (u64, u64) {
    let (tag, number, _) = payload
        .arguments::<(u64, u64, String)>()
        .expect("what was sent");
    (tag, number)
}

impl Pair {
    pub(crate) fn new() -> Pair {
        Pair {
            ends: [End::new(), End::new()],
            next_tag: 0,
            is_cut: false,
        }
    }

    /// Does all steps, and then whatever is left to be done.
    pub(crate) fn run(mut self, steps: &[Step]) {
        for &(what, which, much) in steps {
            self.step(what, which, much);
            if self.is_cut {
                break;
            }
        }
        if self.is_cut {
            self.check_that_all_is_lost();
        } else {
            self.settle();
        }
    }

    fn step(&mut self, what: u8, which: u8, much: u8) {
        let at = usize::from(which & 1);
        match what % 16 {
            0 | 1 => self.call(at, much),
            2 | 3 => self.accept(at, much),
            4 | 5 => self.item(at, which, much),
            6 | 7 => self.take(at, which),
            8 => self.finish(at, which),
            9 => self.fail(at, which),
            10 if much < 64 => self.cancel(at, which),
            10 => self.warn(at, which),
            11 | 12 => self.transmit(at, much),
            15 if much > 250 => self.cut(which, much),
            _ => self.deliver(at, usize::from(much)),
        }
    }

    fn call(&mut self, at: usize, much: u8) {
        let mode =
            [CallMode::Plain, CallMode::In, CallMode::Out, CallMode::Both][usize::from(much & 3)];
        let (tag, end) = (self.next_tag, &mut self.ends[at]);
        self.next_tag += 1;
        let arguments = said(tag, 0, usize::from(much) * 4);
        let path = Path::from("a.b");
        match end
            .session
            .call(&path, arguments, mode, u32::from(much >> 4))
        {
            Ok(id) => {
                let known = Known {
                    tag,
                    ours: true,
                    mode,
                    accepted: false,
                    sent: 0,
                    received: 0,
                    finished: mode == CallMode::Plain,
                    told: false,
                };
                assert!(end.calls.insert(id, known).is_none(), "an id came twice");
                end.order.push(id);
            }
            Err(error) => assert!(matches!(error, CallError::Busy { limit: 4 })),
        }
    }

    /// Takes the next call of the other end and accepts it, or does not.
    fn accept(&mut self, at: usize, much: u8) {
        let end = &mut self.ends[at];
        let Some(Opened {
            id,
            arguments,
            mode,
            ..
        }) = end.session.opened()
        else {
            return;
        };
        let known = Known {
            tag: heard(&arguments).0,
            ours: false,
            mode,
            accepted: mode != CallMode::Plain,
            sent: 0,
            received: 0,
            finished: false,
            told: false,
        };
        if known.accepted {
            let reply = said(known.tag, 0, 0);
            let replied = end.session.reply(id, reply, u32::from(much & 7));
            assert!(matches!(replied, Ok(()) | Err(CallError::Cancelled)));
        }
        assert!(end.calls.insert(id, known).is_none(), "an id came twice");
        end.order.push(id);
    }

    /// One of the calls that are known at an end.
    fn pick(&self, at: usize, which: u8) -> Option<Id> {
        let order = &self.ends[at].order;
        order
            .get(usize::from(which >> 1) % order.len().max(1))
            .copied()
    }

    fn item(&mut self, at: usize, which: u8, much: u8) {
        let Some(id) = self.pick(at, which) else {
            return;
        };
        let end = &mut self.ends[at];
        let known = end.calls.get_mut(&id).expect("a call in order");
        let bytes = usize::from(much) * usize::from(much) / 16;
        match end.session.item(id, said(known.tag, known.sent, bytes)) {
            Ok(()) => known.sent += 1,
            Err(error) => {
                assert_eq!(
                    heard(&error.payload),
                    (known.tag, known.sent),
                    "handed back"
                );
                match error.reason {
                    CallError::NoCredit | CallError::QueueFull => {}
                    CallError::PeerFinished | CallError::Cancelled | CallError::Over => {}
                    CallError::WrongMode => {
                        let sends = matches!(known.mode, CallMode::Out | CallMode::Both);
                        assert!(!sends || !known.accepted);
                    }
                    other => panic!("{other}"),
                }
            }
        }
    }

    fn warn(&mut self, at: usize, which: u8) {
        if let Some(id) = self.pick(at, which) {
            let end = &mut self.ends[at];
            let tag = end.calls[&id].tag;
            let _ = end.session.warn(id, Payload::of(&tag).expect("a number"));
        }
    }

    fn take(&mut self, at: usize, which: u8) {
        if let Some(id) = self.pick(at, which) {
            self.take_one(at, id);
        }
    }

    /// Whether there was an event.
    fn take_one(&mut self, at: usize, id: Id) -> bool {
        let end = &mut self.ends[at];
        let known = end.calls.get_mut(&id).expect("a call in order");
        let event = match end.session.take(id) {
            Ok(Some(event)) => event,
            Ok(None) => return false,
            Err(error) => {
                assert!(matches!(error, CallError::Over));
                return false;
            }
        };
        let is_final = known.told && known.ours;
        assert!(!is_final, "after the last event: {event:?}");
        match event {
            Event::Replied(reply) => {
                assert!(known.ours && !known.accepted);
                assert_eq!(heard(&reply).0, known.tag);
                known.accepted = true;
            }
            Event::Item(item) => {
                assert_eq!(heard(&item), (known.tag, known.received), "the next item");
                known.received += 1;
            }
            // Nothing that was sent before is missing.
            Event::Finished(result) => {
                let want = (known.tag, known.received);
                assert_eq!(heard(&result), want, "{:?}", known.mode);
                known.told = true;
            }
            Event::Warned(warning) => {
                assert_eq!(warning.arguments::<u64>().expect("a tag"), known.tag);
            }
            Event::Notice(code) => assert_eq!(code, ErrorCode::SkippedData),
            Event::Cancelled => {
                assert!(!known.ours);
                known.told = true;
            }
            Event::Failed(error) => {
                let lost = matches!(*error, CallError::Lost { .. });
                assert!(!lost || self.is_cut, "{error}");
                known.told = true;
            }
            other => panic!("{other:?}"),
        }
        true
    }

    fn finish(&mut self, at: usize, which: u8) {
        if let Some(id) = self.pick(at, which) {
            self.finish_one(at, id);
        }
    }

    fn finish_one(&mut self, at: usize, id: Id) {
        let end = &mut self.ends[at];
        let known = end.calls.get_mut(&id).expect("a call in order");
        match end.session.finish(id, said(known.tag, known.sent, 0)) {
            Ok(()) => assert!(!known.finished, "finished twice"),
            Err(CallError::WrongMode) => assert_eq!(known.mode, CallMode::Plain),
            Err(CallError::Over | CallError::Cancelled) => {}
            Err(CallError::Lost { .. }) => assert!(self.is_cut),
            Err(error) => panic!("{error}"),
        }
        known.finished = true;
        let ours = known.ours;
        if !ours {
            self.forget(at, id);
        }
    }

    fn fail(&mut self, at: usize, which: u8) {
        if let Some(id) = self.pick(at, which) {
            let end = &mut self.ends[at];
            let known = end.calls.get_mut(&id).expect("a call in order");
            let failed = end.session.fail(id, ErrorCode::Stop);
            known.finished |= failed.is_ok();
            if !known.ours {
                self.forget(at, id);
            }
        }
    }

    fn cancel(&mut self, at: usize, which: u8) {
        if let Some(id) = self.pick(at, which) {
            self.ends[at].session.cancel(id);
            self.forget(at, id);
        }
    }

    fn forget(&mut self, at: usize, id: Id) {
        let end = &mut self.ends[at];
        end.calls.remove(&id);
        end.order.retain(|&other| other != id);
        let gone = end.session.take(id);
        assert!(matches!(gone, Err(CallError::Over)));
    }

    fn transmit(&mut self, at: usize, much: u8) {
        let end = &mut self.ends[at];
        if much & 1 == 0 {
            let bytes = end.line.len() + usize::from(much);
            end.session.transmit_into(&mut end.line, bytes);
        } else if let Some(message) = end.session.transmit() {
            end.line.push(message.into_bytes());
        }
    }

    /// Lets so many bytes arrive at the other end.
    fn deliver(&mut self, at: usize, bytes: usize) {
        let [first, second] = &mut self.ends;
        let (from, to) = match at {
            0 => (first, second),
            _ => (second, first),
        };
        let bytes = bytes.min(from.line.len());
        for view in from.line.split_to(bytes).views() {
            to.pipe.append(view).expect("there is no limit");
        }
        while let Some(message) = to.framing.decode(&mut to.pipe).expect("ours").ready() {
            to.session.receive(message).expect("ours");
        }
        assert!(to.session.remembered() <= limits().remembered);
    }

    /// The line breaks: some of what is on its way arrives, and nothing more.
    fn cut(&mut self, which: u8, much: u8) {
        for at in [0, 1] {
            self.deliver(at, usize::from(which) * usize::from(much & 3));
        }
        self.is_cut = true;
        for end in &mut self.ends {
            end.session.end(Ending::PeerClosed);
        }
    }

    fn check_that_all_is_lost(&mut self) {
        for at in [0, 1] {
            assert!(self.ends[at].session.opened().is_none());
            for id in self.ends[at].order.clone() {
                while self.take_one(at, id) {}
                let end = &mut self.ends[at];
                assert!(end.calls[&id].told, "a call that has no end");
                if !end.calls[&id].ours {
                    self.finish_one(at, id);
                }
            }
            // A caller that had not finished its stream still has it in its hand.
            for id in self.ends[at].order.clone() {
                self.ends[at].session.cancel(id);
            }
            let session = &self.ends[at].session;
            assert!(
                session.is_idle() && session.remembered() == 0,
                "{session:?}"
            );
        }
    }

    /// Ends all calls in good order: there is nothing left of any then.
    fn settle(&mut self) {
        for _ in 0..200 {
            for at in [0, 1] {
                self.accept(at, 7);
                for id in self.ends[at].order.clone() {
                    while self.take_one(at, id) {}
                    let known = &self.ends[at].calls[&id];
                    if !known.finished {
                        self.finish_one(at, id);
                    }
                }
                self.transmit(at, 254);
                self.deliver(at, usize::MAX);
            }
            if self.ends.iter().all(|end| end.session.is_idle()) {
                break;
            }
        }
        for end in &mut self.ends {
            for (id, known) in &end.calls {
                assert!(known.told, "a call that has no end");
                assert!(matches!(end.session.take(*id), Err(CallError::Over)));
            }
            let session = &end.session;
            assert!(session.is_idle(), "{session:?}");
            assert_eq!((session.remembered(), session.open_calls()), (0, 0));
        }
    }
}
