//! What the real MoaT and its peer said to each other, said again with a [`Session`] in the place of one of
//! them: it has to send what the recording has, but for credit, which may be given at other times, and
//! but for the strays of MoaT, which it must not send.

use std::collections::BTreeMap;

use iolite::link::object::{Object, Path, Payload, RemoteError};
use iolite::link::session::{
    CallError, CallFailure, CallMode, ErrorCode, Event, Head, Id, Limits, MessageKind, Session,
    Side,
};

use crate::vectors::{Case, cases};

#[test]
fn lnk_12_a_client_in_the_place_of_moat_sends_what_moat_sent() {
    let mut sent = 0;
    for case in &cases("calls.txt") {
        sent += Replay::new(case, ">").run();
    }
    assert_eq!(sent, 155, "messages were compared");
}

#[test]
fn lnk_12_a_server_in_the_place_of_moat_sends_what_moat_sent() {
    let mut sent = 0;
    for case in &cases("calls.txt") {
        sent += Replay::new(case, "<").run();
    }
    assert_eq!(sent, 178, "messages were compared");
}

/// A call in the recording: whether our end opened it, and its number.
type Key = (bool, u64);

/// A message of the recording or of ours.
#[derive(Clone, Debug, PartialEq)]
struct Message {
    key: Key,
    kind: MessageKind,
    payload: Payload,
}

impl Message {
    fn read(object: &Object, from_us: bool) -> Message {
        let whole = Payload::of_array(object).unwrap();
        let int = whole.get(0).unwrap().as_int().unwrap();
        let head = Head::from_int(int.try_into().unwrap());
        let opened_here = (head.opener() == Side::Sender) == from_us;
        let mut values = whole.items().clone();
        let length = whole.get(0).unwrap().bytes().len();
        values.advance(length);
        let count = whole.len() - 1;
        Message {
            key: (opened_here, head.number()),
            kind: head.kind(),
            payload: payload(&values, count),
        }
    }

    /// The message as the other end sends it, of the call that has `number` now.
    fn write(&self, number: u64) -> Object {
        let opener = match self.key.0 {
            true => Side::Receiver,
            false => Side::Sender,
        };
        let head = Head::new(opener, number, self.kind).unwrap();
        let head = Object::encode(&head.to_int()).unwrap();
        array(
            &[&head.bytes()[..], self.payload.items()].concat(),
            self.payload.len() + 1,
        )
    }

    fn is_credit(&self) -> bool {
        self.kind == MessageKind::Warning && self.lone_integer().is_some()
    }

    fn is_cancel(&self) -> bool {
        self.kind == MessageKind::Failed && self.lone_integer() == Some(-3)
    }

    fn lone_integer(&self) -> Option<i128> {
        self.payload
            .get(0)
            .filter(|_| self.payload.len() == 1)?
            .as_int()
    }

    fn is_last(&self) -> bool {
        matches!(self.kind, MessageKind::Final | MessageKind::Failed)
    }
}

/// An array of so many items (fewer than 24).
fn array(items: &[u8], count: usize) -> Object {
    let head = [0x80 + u8::try_from(count).unwrap()];
    Object::new([&head[..], items].concat().into()).unwrap()
}

fn payload(items: &[u8], count: usize) -> Payload {
    Payload::of_array(&array(items, count)).unwrap()
}

/// How far a call is, by the messages of the recording alone.
#[derive(Default)]
struct Known {
    id: Option<Id>,
    number: u64,
    opened: bool,
    replied: bool,
    opener_ended: bool,
    responder_ended: bool,
    /// Our end has no interest any more, or has broken it off.
    left: bool,
}

struct Replay<'a> {
    case: &'a Case,
    /// The sign of our end.
    us: &'a str,
    session: Session,
    calls: BTreeMap<Key, Known>,
    /// The windows that openings had before them in the recording.
    windows: BTreeMap<Key, u32>,
    /// How many calls the other end has cancelled.
    cancelled: usize,
    want: Vec<Message>,
    got: Vec<Message>,
}

impl<'a> Replay<'a> {
    fn new(case: &'a Case, us: &'a str) -> Replay<'a> {
        Replay {
            case,
            us,
            session: Session::new(Limits::default()),
            calls: BTreeMap::new(),
            windows: BTreeMap::new(),
            cancelled: 0,
            want: Vec::new(),
            got: Vec::new(),
        }
    }

    /// Returns how many messages were the same.
    fn run(mut self) -> usize {
        for line in &self.case.lines {
            let object = Object::new(line.bytes().0).unwrap();
            let from_us = line.sign == self.us;
            let message = Message::read(&object, from_us);
            let is_stray = self.is_stray(&message, from_us);
            if from_us {
                if !is_stray {
                    self.say(&message);
                }
            } else {
                self.hear(&message, is_stray);
            }
            self.note(&message, from_us);
            self.collect();
        }
        self.compare()
    }

    fn name(&self) -> String {
        format!("{} as {}", self.case.name, self.us)
    }

    fn is_opening(&self, message: &Message, from_us: bool) -> bool {
        let known = self.calls.get(&message.key);
        let opener_sends = message.key.0 == from_us;
        let is_over = |it: &Known| !it.opened || it.left || it.opener_ended && it.responder_ended;
        let may_open = matches!(message.kind, MessageKind::Final | MessageKind::Item);
        opener_sends && may_open && known.is_none_or(is_over)
    }

    /// What MoaT sends for calls that are over, c11 and c16.
    fn is_stray(&self, message: &Message, from_us: bool) -> bool {
        let Some(known) = self.calls.get(&message.key).filter(|it| it.opened) else {
            return !self.is_opening(message, from_us) && !message.is_credit();
        };
        let opener_sends = message.key.0 == from_us;
        let is_over = known.opener_ended && known.responder_ended;
        let repeats = known.responder_ended && !opener_sends;
        (is_over || repeats) && !self.is_opening(message, from_us)
    }

    fn note(&mut self, message: &Message, from_us: bool) {
        let known = self.calls.entry(message.key).or_default();
        let opener_sends = message.key.0 == from_us;
        if message.is_last() && known.opened {
            match opener_sends {
                true => known.opener_ended = true,
                false => known.responder_ended = true,
            }
            let leaves = opener_sends && message.is_cancel() && !known.responder_ended;
            known.left |= leaves;
            self.cancelled += usize::from(leaves && !from_us);
        }
        if !opener_sends && message.kind == MessageKind::Item {
            known.replied = true;
        }
    }

    /// Does what our end did in the recording.
    fn say(&mut self, message: &Message) {
        if message.is_credit() {
            let window = message.lone_integer().unwrap();
            let window = window.try_into().unwrap();
            let known = self.calls.get(&message.key).filter(|it| it.opened);
            match known.and_then(|known| known.id) {
                // MoaT gives credit earlier, and the recording uses it.
                Some(id) => _ = self.session.grant(id, window),
                None => _ = self.windows.insert(message.key, window),
            }
            return;
        }
        if self.is_opening(message, true) {
            self.call(message);
            return;
        }
        let known = &self.calls[&message.key];
        let replied = known.replied;
        let Some(id) = known.id else {
            return;
        };
        let ours = message.key.0;
        let item = message.payload.clone();
        let said = match message.kind {
            MessageKind::Item if !ours && !replied => self.session.reply(id, item, 20),
            MessageKind::Item => self.session.item(id, item).map_err(|error| error.reason),
            MessageKind::Final => self.session.finish(id, item),
            MessageKind::Warning => self.session.warn(id, item).map_err(|error| error.reason),
            MessageKind::Failed if ours && message.is_cancel() => {
                self.session.cancel(id);
                Ok(())
            }
            // That was the session's own decision.
            MessageKind::Failed if ours => {
                self.calls.get_mut(&message.key).unwrap().left = true;
                Ok(())
            }
            MessageKind::Failed => self.session.fail(id, failure(&item)),
        };
        match said {
            Ok(()) => self.want.push(message.clone()),
            // The other end has left, and MoaT sent what it had credit for.
            Err(CallError::PeerFinished) => assert_eq!(message.kind, MessageKind::Item),
            // MoaT sends a stream to a caller that wants none.
            Err(CallError::WrongMode) if message.kind == MessageKind::Item => {
                self.calls.get_mut(&message.key).unwrap().left = true;
                self.want.push(Message {
                    kind: MessageKind::Failed,
                    payload: Payload::of(&-6).unwrap(),
                    ..message.clone()
                });
            }
            Err(CallError::Over) => assert!(self.case.name.starts_with("plain_of_stream")),
            Err(error) => panic!("{}: {message:?}: {error}", self.name()),
        }
    }

    fn call(&mut self, message: &Message) {
        let path = message.payload.get(0).unwrap();
        let arguments = &message.payload.items()[path.bytes().len()..];
        let arguments = payload(arguments, message.payload.len() - 1);
        let window = self.windows.remove(&message.key);
        let (mode, window) = match (message.kind, window) {
            (MessageKind::Final, _) => (CallMode::Plain, 0),
            // The one that gives no credit has a queue of five.
            _ if self.case.name.starts_with("overrun") => (CallMode::In, 5),
            (_, Some(window)) => (CallMode::Both, window),
            (_, None) => (CallMode::Out, 0),
        };
        let path = Path::read(&path).unwrap();
        let id = self.session.call(&path, arguments, mode, window).unwrap();
        let known = Known {
            id: Some(id),
            opened: true,
            opener_ended: mode == CallMode::Plain,
            ..Known::default()
        };
        self.calls.insert(message.key, known);
        self.want.push(message.clone());
    }

    /// Hears what the other end said in the recording.
    fn hear(&mut self, message: &Message, is_stray: bool) {
        let opens = self.is_opening(message, false);
        let number = match self.calls.get(&message.key) {
            Some(known) if message.key.0 => known.number,
            _ => message.key.1,
        };
        if number == 0 {
            return; // its opening was left out of the recording
        }
        self.session.receive(message.write(number)).unwrap();
        if opens {
            let opened = self.session.opened().expect("a call");
            let path = message.payload.get(0).unwrap();
            assert_eq!(opened.path, Path::read(&path).unwrap());
            assert_eq!(
                opened.mode == CallMode::Plain,
                message.kind == MessageKind::Final
            );
            let known = Known {
                id: Some(opened.id),
                number,
                opened: true,
                ..Known::default()
            };
            self.calls.insert(message.key, known);
            return;
        }
        let Some(known) = self.calls.get(&message.key).filter(|it| it.id.is_some()) else {
            return;
        };
        // Who takes nothing has its queue overflow.
        if known.left || self.case.name.starts_with("overrun") && message.key.0 {
            return;
        }
        let id = known.id.unwrap();
        let is_answered = !message.key.0 && known.responder_ended;
        let event = self.session.take(id).ok().flatten();
        if is_stray || is_answered || message.is_credit() {
            assert!(event.is_none(), "{}: {message:?}: {event:?}", self.name());
            return;
        }
        self.check_event(message, event);
    }

    fn check_event(&mut self, message: &Message, event: Option<Event>) {
        let name = self.name();
        let payload = &message.payload;
        match (message.kind, event.expect(&name)) {
            (MessageKind::Item, Event::Failed(error)) if matches!(*error, CallError::Streamed) => {
                self.calls.get_mut(&message.key).unwrap().left = true;
            }
            (MessageKind::Item, Event::Replied(got) | Event::Item(got))
            | (MessageKind::Final, Event::Finished(got))
            | (MessageKind::Warning, Event::Warned(got)) => assert_eq!(&got, payload, "{name}"),
            (MessageKind::Failed, Event::Cancelled) => assert!(message.is_cancel(), "{name}"),
            (MessageKind::Failed, Event::Failed(error)) => match *error {
                CallError::Remote(got) => assert_eq!(got, RemoteError::read(payload), "{name}"),
                CallError::Code(got) => {
                    assert_eq!(i128::from(got.to_int()), message.lone_integer().unwrap());
                }
                error => panic!("{name}: {error:?}"),
            },
            (kind, event) => panic!("{name}: {kind:?} became {event:?}"),
        }
    }

    /// What the session sends, with the numbers of the recording.
    fn collect(&mut self) {
        while let Some(object) = self.session.transmit() {
            let mut message = Message::read(&object, true);
            if message.key.0 {
                message.key.1 = self.recorded_number(&message);
            }
            self.got.push(message);
        }
    }

    /// The number that a call of ours has in the recording: the session uses numbers again earlier.
    fn recorded_number(&mut self, message: &Message) -> u64 {
        let number = message.key.1;
        // The first message of a call says which number it got; they leave in the order of calls.
        let mut of_ours = self.calls.iter_mut().filter(|((ours, _), _)| *ours);
        let is_first = of_ours.find(|(_, known)| known.opened && known.number == 0);
        if let Some(((_, recorded), known)) = is_first {
            if !message.is_credit() {
                known.number = number;
            }
            return *recorded;
        }
        let mut of_ours = self.calls.iter().filter(|((ours, _), _)| *ours);
        let is_it = |known: &Known| {
            known.number == number && !(known.opener_ended && known.responder_ended)
        };
        match of_ours.find(|(_, known)| is_it(known)) {
            Some(((_, recorded), _)) => *recorded,
            None => {
                let mut of_ours = self.calls.iter().filter(|((ours, _), _)| *ours);
                let last = of_ours.rfind(|(_, known)| known.number == number);
                last.unwrap().0.1
            }
        }
    }

    fn compare(mut self) -> usize {
        let name = self.name();
        self.got.retain(|message| !message.is_credit());
        // MoaT does not confirm that a call was cancelled, and we do.
        let confirms = |it: &&Message| it.is_cancel() && !it.key.0;
        let confirmed = self.got.iter().filter(confirms).count();
        self.got.retain(|message| !confirms(&message));
        self.want.retain(|message| !confirms(&message));
        assert_eq!(confirmed, self.cancelled, "{name}");
        assert_eq!(self.got, self.want, "{name}");
        self.got.len()
    }
}

fn failure(payload: &Payload) -> CallFailure {
    let code = payload.get(0).and_then(|item| item.as_int());
    match code.filter(|_| payload.len() == 1) {
        Some(code) => ErrorCode::from_int(code.try_into().unwrap())
            .unwrap()
            .into(),
        None => RemoteError::read(payload).into(),
    }
}
