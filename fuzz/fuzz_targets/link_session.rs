//! A session takes whatever comes, and stays within its limits; two of them agree whatever they do. The input
//! is: which of the two, and the steps, three bytes each.
#![no_main]

#[path = "../../tests/support/two_sessions.rs"]
mod two_sessions;

use iolite::Chunk;
use iolite::link::object::{Object, Path, Payload};
use iolite::link::session::{CallMode, Id, Limits, Session};
use libfuzzer_sys::fuzz_target;

use two_sessions::{Pair, Step};

fuzz_target!(|input: &[u8]| {
    let [which, rest @ ..] = input else {
        return;
    };
    if which & 1 == 0 {
        let (steps, _) = rest.as_chunks::<3>();
        let steps: Vec<Step> = steps.iter().map(|&[a, b, c]| (a, b, c)).collect();
        Pair::new().run(&steps);
    } else {
        Attack::new().run(rest);
    }
});

/// One session, and another end that sends anything.
struct Attack {
    session: Session,
    ids: Vec<Id>,
}

impl Attack {
    fn new() -> Attack {
        let mut limits = Limits::default();
        limits.calls = 3;
        limits.items = 3;
        limits.queued = 2000;
        limits.warnings = 2;
        limits.pending_credit = 2;
        limits.remembered = 20;
        let session = Session::new(limits);
        Attack {
            session,
            ids: Vec::new(),
        }
    }

    fn run(mut self, mut input: &[u8]) {
        while let [what, which, rest @ ..] = input {
            input = rest;
            let length = usize::from(which >> 2).min(rest.len());
            if what & 1 == 0 && self.receive(*what, &rest[..length]).is_none() {
                break;
            }
            if what & 1 == 0 {
                input = &rest[length..];
            } else {
                self.act(*what, *which);
            }
        }
        self.session.end(iolite::link::session::Ending::Closed);
        for &id in &self.ids {
            while let Ok(Some(_)) = self.session.take(id) {}
            let _ = self.session.finish(id, Payload::new());
            self.session.cancel(id);
        }
        assert!(self.session.is_idle() && self.session.remembered() == 0);
    }

    /// `None` where the connection has to be closed.
    fn receive(&mut self, what: u8, bytes: &[u8]) -> Option<()> {
        let head = i64::from(what >> 1).wrapping_sub(32);
        let object = match Object::new(Chunk::copy_from_slice(bytes)) {
            Ok(object) if what & 0x40 == 0 => object,
            Ok(object) => Object::encode(&(head, object.value())).ok()?,
            Err(_) => Object::encode(&(head, ["x"])).ok()?,
        };
        let received = self.session.receive(object);
        let known = self.session.remembered() + self.session.open_calls();
        assert!(known <= 2 * 20 + 2 * 3 + 2, "{known}");
        received.ok()
    }

    fn act(&mut self, what: u8, which: u8) {
        let session = &mut self.session;
        let item = Payload::of(&which).expect("a number");
        let modes = [CallMode::Plain, CallMode::In, CallMode::Out, CallMode::Both];
        let pick = self.ids.get(usize::from(which) % self.ids.len().max(1));
        match ((what >> 1) % 10, pick.copied()) {
            (0, _) => {
                let mode = modes[usize::from(which & 3)];
                let called = session.call(&Path::from("x"), item, mode, which.into());
                self.ids.extend(called);
            }
            (1, _) => self.ids.extend(session.opened().map(|opened| opened.id)),
            (2, _) => drop(session.transmit()),
            (3, Some(id)) => drop(session.take(id)),
            (4, Some(id)) => drop(session.reply(id, item, which.into())),
            (5, Some(id)) => drop(session.item(id, item)),
            (6, Some(id)) => drop(session.finish(id, item)),
            (7, Some(id)) => session.cancel(id),
            (8, Some(id)) => drop(session.grant(id, which.into())),
            (_, Some(id)) => drop(session.warn(id, item)),
            _ => {}
        }
    }
}
