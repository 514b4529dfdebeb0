//! Stacks of layers: what is set up and closed in which order, frames in pieces, and the log.

use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use iolite::link::frame::{CborSequence, FrameError, Prefixed, SerialPackerOptions};
use iolite::link::layer::{
    ByteLink, ByteReceiver, ByteSender, Framed, Layer, LinkError, Log, ObjectLink, Stack, memory,
};
use iolite::link::object::{ItemLimits, Object};
use iolite::{Chain, Chunk};
use proptest::prelude::*;

fn encoded<T: serde::Serialize>(value: T) -> Object {
    Object::encode(&value).unwrap()
}

fn cbor(link: ByteLink) -> ObjectLink {
    Framed::new("cbor_buf", CborSequence::default)
        .set_up(link)
        .unwrap()
}

fn text(object: Option<Object>) -> String {
    object.unwrap().diagnostic().to_string()
}

/// What happened, in order.
type Events = Arc<Mutex<Vec<String>>>;

/// What a layer of the model does at some point.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Conduct {
    Well,
    Fails,
    Panics,
}

#[derive(Clone, Debug)]
struct Plan {
    set_up: Conduct,
    shut_down: Conduct,
}

/// A layer that writes down what happens to it.
struct Noted {
    number: usize,
    plan: Plan,
    events: Events,
}

struct NotedSender(Box<dyn ByteSender>, usize, Conduct, Events);

struct NotedReceiver(Box<dyn ByteReceiver>, usize, Events);

fn error(number: usize) -> LinkError {
    io::Error::new(ErrorKind::InvalidData, format!("layer {number}")).into()
}

fn act(conduct: Conduct, number: usize) -> Result<(), LinkError> {
    match conduct {
        Conduct::Well => Ok(()),
        Conduct::Fails => Err(error(number)),
        Conduct::Panics => panic!("layer {number}"),
    }
}

impl Layer<ByteLink> for Noted {
    type Link = ByteLink;

    fn name(&self) -> String {
        self.number.to_string()
    }

    fn set_up(&self, parent: ByteLink) -> Result<ByteLink, LinkError> {
        self.events
            .lock()
            .unwrap()
            .push(format!("set up {}", self.number));
        act(self.plan.set_up, self.number)?;
        let (receiver, sender, abort) = parent.split();
        let events = || Arc::clone(&self.events);
        let receiver = NotedReceiver(receiver, self.number, events());
        let sender = NotedSender(sender, self.number, self.plan.shut_down, events());
        Ok(ByteLink::new(receiver, sender, abort))
    }
}

impl ByteSender for NotedSender {
    fn send_chain(&mut self, chain: &mut Chain) -> Result<(), LinkError> {
        self.0.send_chain(chain)
    }

    fn shutdown(&mut self) -> Result<(), LinkError> {
        self.3.lock().unwrap().push(format!("good-bye {}", self.1));
        // A good-bye goes through all layers below, which still work.
        self.0
            .send(Chunk::from(vec![b'0' + u8::try_from(self.1).unwrap()]))?;
        let outcome = act(self.2, self.1);
        outcome.and(self.0.shutdown())
    }
}

impl Drop for NotedSender {
    fn drop(&mut self) {
        self.3.lock().unwrap().push(format!("sender {}", self.1));
    }
}

impl ByteReceiver for NotedReceiver {
    fn recv_to(&mut self, buf: &mut [u8]) -> Result<usize, LinkError> {
        self.0.recv_to(buf)
    }

    fn close(&mut self) -> Result<(), LinkError> {
        self.2.lock().unwrap().push(format!("close {}", self.1));
        self.0.close()
    }
}

impl Drop for NotedReceiver {
    fn drop(&mut self) {
        self.2.lock().unwrap().push(format!("receiver {}", self.1));
    }
}

/// The names of all layers from the top down.
fn downward(name: &str, top: usize) -> Vec<String> {
    (0..=top)
        .rev()
        .map(|number| format!("{name} {number}"))
        .collect()
}

fn drops(top: usize) -> Vec<String> {
    [downward("sender", top), downward("receiver", top)].concat()
}

fn conduct() -> impl Strategy<Value = Conduct> {
    prop_oneof![8 => Just(Conduct::Well), 1 => Just(Conduct::Fails), 1 => Just(Conduct::Panics)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// Whatever fails wherever: the bottom is set up first, the top says good-bye first and is dropped
    /// first, and nothing stays open.
    #[test]
    fn lnk_26_stacks_are_set_up_from_the_bottom_and_closed_from_the_top(
        plans in proptest::collection::vec(
            (conduct(), conduct()).prop_map(|(set_up, shut_down)| Plan { set_up, shut_down }),
            1..6,
        ),
        body in conduct(),
    ) {
        let events = Events::default();
        let (bottom, mut peer) = memory::pair(100);
        let bottom = Mutex::new(Some(bottom));
        let mut stack = Stack::new("memory", move || Ok(bottom.lock().unwrap().take().unwrap()));
        for (number, plan) in plans.iter().cloned().enumerate() {
            stack = stack.layer(Noted { number, plan, events: Arc::clone(&events) });
        }
        let top = plans.len() - 1;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            stack.run(|_| {
                events.lock().unwrap().push("body".to_owned());
                act(body, 99)
            })
        }));
        drop(stack);

        // The oracle, from the plan alone.
        let mut expected: Vec<String> = Vec::new();
        let mut said = Vec::new();
        let bad = plans.iter().position(|plan| plan.set_up != Conduct::Well);
        let mut result = None;
        if let Some(bad) = bad {
            expected.extend((0..=bad).map(|number| format!("set up {number}")));
            expected.extend(bad.checked_sub(1).into_iter().flat_map(drops));
            result = Some((plans[bad].set_up, bad));
        } else {
            expected.extend((0..=top).map(|number| format!("set up {number}")));
            expected.push("body".to_owned());
            if body != Conduct::Well {
                result = Some((body, 99));
            }
            if body != Conduct::Panics {
                for number in (0..=top).rev() {
                    expected.push(format!("good-bye {number}"));
                    said.push(b'0' + u8::try_from(number).unwrap());
                    match plans[number].shut_down {
                        Conduct::Well => {}
                        // The outcome of the body comes first, a panic before all.
                        Conduct::Fails => {
                            result.get_or_insert((Conduct::Fails, number));
                        }
                        Conduct::Panics => {
                            result = Some((Conduct::Panics, number));
                            break;
                        }
                    }
                }
                if !matches!(result, Some((Conduct::Panics, _))) {
                    expected.extend(downward("close", top));
                }
            }
            expected.extend(drops(top));
        }
        prop_assert_eq!(&*events.lock().unwrap(), &expected);
        match (outcome, result) {
            (Ok(Ok(())), None) | (Err(_), Some((Conduct::Panics, _))) => {}
            (Ok(Err(error)), Some((Conduct::Fails, number))) => {
                prop_assert_eq!(error.to_string(), format!("layer {number}"));
            }
            (outcome, result) => prop_assert!(false, "{outcome:?} {result:?}"),
        }
        // The peer has heard every good-bye that was said, and then the end.
        let mut heard = Vec::new();
        loop {
            let chunk = peer.recv(100).unwrap();
            if chunk.is_empty() {
                break;
            }
            heard.extend_from_slice(&chunk);
        }
        prop_assert_eq!(heard, said);
    }

    /// However the bytes are cut.
    #[test]
    fn lnk_27_objects_arrive_whole_in_whatever_pieces_their_bytes_come(
        cuts in proptest::collection::vec(1..30usize, 1..40),
    ) {
        let objects = [encoded(1), encoded("a text"), encoded([1, 2, 3]), encoded(vec![0u8; 100])];
        let mut bytes = Vec::new();
        for object in objects.iter().cycle().take(12) {
            bytes.extend_from_slice(object.bytes());
        }
        let (mut raw, link) = memory::pair(10_000);
        let mut link = cbor(link);
        let mut rest = &bytes[..];
        let mut received = 0;
        for &cut in cuts.iter().cycle() {
            let piece;
            (piece, rest) = rest.split_at(cut.min(rest.len()));
            raw.send(Chunk::copy_from_slice(piece)).unwrap();
            while let Ok(object) = link.recv_until(Instant::now()) {
                prop_assert_eq!(&object.unwrap(), &objects[received % 4]);
                received += 1;
            }
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(received, 12);
        raw.shutdown().unwrap();
        prop_assert!(link.recv().unwrap().is_none());
    }
}

#[test]
fn a_stack_says_who_is_whose_parent_and_child() {
    let stack = Stack::new("memory", || Ok(memory::pair(10).0))
        .layer(Log::new("x", io::sink()))
        .layer(Framed::new("cbor_buf", CborSequence::default));
    assert_eq!(stack.names(), ["memory", "log_raw", "cbor_buf"]);
    assert_eq!(stack.parent("cbor_buf"), Some("log_raw"));
    assert_eq!(stack.child("memory"), Some("log_raw"));
    assert_eq!(
        (stack.parent("memory"), stack.child("cbor_buf")),
        (None, None)
    );
    assert_eq!((stack.parent("tcp"), stack.child("tcp")), (None, None));
    assert_eq!(stack.to_string(), "cbor_buf > log_raw > memory");
}

#[test]
fn lnk_27_half_an_object_at_the_deadline_is_not_lost() {
    let (mut raw, link) = memory::pair(100);
    let mut link = cbor(link);
    raw.send(Chunk::from(b"\x82\x01")).unwrap();
    for _ in 0..2 {
        let deadline = Instant::now() + Duration::from_millis(20);
        assert!(matches!(
            link.recv_until(deadline),
            Err(LinkError::TimedOut)
        ));
        assert!(Instant::now() >= deadline);
    }
    raw.send(Chunk::from(b"\x02\x03\x04")).unwrap();
    assert_eq!(text(link.recv().unwrap()), "[1, 2]");
    let (mut receiver, ..) = link.split();
    assert_eq!(text(receiver.buffered().unwrap()), "3");
    assert_eq!(text(receiver.buffered().unwrap()), "4");
    assert!(
        receiver.buffered().unwrap().is_none(),
        "and it does not wait"
    );
}

#[test]
fn what_is_fed_goes_out_together() {
    let (mut raw, link) = memory::pair(100);
    let mut link = cbor(link);
    link.feed(encoded(1)).unwrap();
    link.feed(encoded(2)).unwrap();
    assert!(!raw.wait(Duration::ZERO).unwrap());
    link.flush().unwrap();
    assert_eq!(raw.recv(10).unwrap(), b"\x01\x02"[..]);
    link.feed(encoded(3)).unwrap();
    link.close().unwrap();
    assert_eq!(
        raw.recv(10).unwrap(),
        b"\x03"[..],
        "also what was fed before the end"
    );
    assert!(raw.recv(10).unwrap().is_empty());
}

#[test]
fn small_objects_can_be_written_in_place_where_nobody_looks_at_them() {
    let (mut raw, link) = memory::pair(100);
    let (_receiver, mut sender, _) = cbor(link).split();
    sender.feed(encoded(1)).unwrap();
    sender.sequence().expect("a plain sequence").append(b"\x02");
    sender.feed(encoded(3)).unwrap();
    sender.flush().unwrap();
    assert_eq!(raw.recv(10).unwrap(), b"\x01\x02\x03"[..]);

    let prefixed = Framed::new("prefix", || Prefixed::new(0xC1, ItemLimits::default()));
    let (_, mut sender, _) = prefixed.set_up(memory::pair(9).0).unwrap().split();
    assert!(sender.sequence().is_none(), "each needs its prefix");
    let log = Log::new("x", io::sink());
    let (_, mut sender, _) = log.set_up(cbor(memory::pair(9).0)).unwrap().split();
    assert!(sender.sequence().is_none(), "each has a line in the log");
}

#[test]
fn bytes_that_are_no_object_are_an_error_every_time() {
    let (mut raw, link) = memory::pair(100);
    let mut link = cbor(link);
    raw.send(Chunk::from(b"\x01\xff\x02")).unwrap();
    assert_eq!(text(link.recv().unwrap()), "1");
    for _ in 0..3 {
        assert!(matches!(
            link.recv(),
            Err(LinkError::Frame(FrameError::Object { position: 1, .. }))
        ));
    }
}

#[test]
fn an_end_inside_of_an_object_is_no_end() {
    let (mut raw, link) = memory::pair(100);
    let mut link = cbor(link);
    raw.send(Chunk::from(b"\x01\x82\x02")).unwrap();
    drop(raw);
    assert_eq!(text(link.recv().unwrap()), "1");
    for _ in 0..3 {
        let error = link.recv().unwrap_err();
        assert!(
            matches!(error, LinkError::Frame(FrameError::CutShort { .. })),
            "{error:?}"
        );
    }
}

#[test]
fn lnk_27_a_lost_connection_is_an_error_after_the_objects_before_it() {
    let (mut raw, link) = memory::pair(100);
    let mut link = cbor(link);
    raw.send(Chunk::from(b"\x01\x02")).unwrap();
    assert_eq!(text(link.recv().unwrap()), "1");
    raw.abort_handle().abort();
    assert_eq!(text(link.recv().unwrap()), "2");
    for _ in 0..3 {
        let error = link.recv().unwrap_err();
        assert!(
            matches!(&error, LinkError::Stream(error) if error.kind() == ErrorKind::ConnectionReset),
            "{error:?}"
        );
    }
}

#[test]
fn an_object_above_the_limit_is_refused_before_it_has_come() {
    let (mut raw, link) = memory::pair(100);
    let limits = ItemLimits {
        bytes: 1000,
        ..ItemLimits::default()
    };
    let framed = Framed::new("cbor_buf", move || CborSequence::new(limits));
    let mut link = framed.set_up(link).unwrap();
    raw.send(Chunk::from(b"\x5a\x00\x01\x00\x00")).unwrap();
    assert!(matches!(
        link.recv(),
        Err(LinkError::Frame(FrameError::Object { .. }))
    ));
}

#[test]
fn lnk_27_a_damaged_frame_is_told_and_the_next_one_follows() {
    let serial = Framed::new("serial_frame", || {
        SerialPackerOptions::new().build().unwrap()
    });
    let (raw, there) = memory::pair(100);
    let mut there = serial.set_up(there).unwrap();
    let mut good = Vec::new();
    {
        let (here, mut wire) = memory::pair(100);
        let mut here = serial.set_up(here).unwrap();
        here.send(encoded(("add", 2))).unwrap();
        good.extend_from_slice(&wire.recv(100).unwrap());
    }
    let mut bad = good.clone();
    bad[4] ^= 1;
    let mut raw = raw;
    raw.send(bad.into()).unwrap();
    raw.send(good.into()).unwrap();
    let error = there.recv().unwrap_err();
    assert!(matches!(error, LinkError::DamagedFrame(_)), "{error:?}");
    assert_eq!(text(there.recv().unwrap()), r#"["add", 2]"#);
}

#[test]
fn bytes_between_the_frames_go_to_the_console() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let prefixed = Framed::new("prefix", || Prefixed::new(0xC1, ItemLimits::default())).console({
        let seen = Arc::clone(&seen);
        move || {
            let seen = Arc::clone(&seen);
            move |bytes: Chain| seen.lock().unwrap().extend_from_slice(&bytes.to_chunk())
        }
    });
    let (mut raw, link) = memory::pair(100);
    let mut link = prefixed.set_up(link).unwrap();
    raw.send(Chunk::from(b"boot\n\xc1\x01ok\n\xc1\x02"))
        .unwrap();
    assert_eq!(text(link.recv().unwrap()), "1");
    assert_eq!(text(link.recv().unwrap()), "2");
    assert_eq!(*seen.lock().unwrap(), b"boot\nok\n");
}

/// A writer that others can read.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_log_has_a_line_for_an_end() {
    let out = Shared::default();
    let (raw, link) = memory::pair(100);
    let mut link: ObjectLink = Log::new("a", out.clone()).set_up(cbor(link)).unwrap();
    drop(raw);
    assert!(link.recv().unwrap().is_none());
    assert_eq!(out.lines(), ["a< end"]);
}

#[test]
fn lnk_28_a_log_has_a_line_for_whatever_comes_past() {
    let out = Shared::default();
    let log = Log::new("a", out.clone());
    let (mut raw, link) = memory::pair(100);
    let link: ByteLink = log.named("raw").set_up(link).unwrap();
    let mut link: ObjectLink = log.set_up(cbor(link)).unwrap();
    link.send(encoded((1, "one"))).unwrap();
    raw.send(Chunk::from(b"\x41\x05\xf7")).unwrap();
    link.recv().unwrap();
    let (mut receiver, mut sender, abort) = link.split();
    receiver.buffered().unwrap();
    receiver.buffered().unwrap();
    let _ = receiver.recv_until(Instant::now());
    sender.shutdown().unwrap();
    abort.abort();
    receiver.recv().unwrap_err();
    sender.send(encoded(1)).unwrap_err();
    assert_eq!(
        out.lines(),
        [
            r#"a> [1, "one"]"#,
            "raw> h'8201636f6e65'",
            "raw< h'4105f7'",
            "a< h'05'",
            "a< undefined",
            "raw> end",
            "a> end",
            "raw< error: the link is closed",
            "a< error: the link is closed",
            "a> 1",
            "raw> error: the link is closed",
            "a> error: the link is closed",
        ]
    );
    assert_eq!(log.error(), None);
}

/// A log that cannot be written ends, and the link goes on.
#[test]
fn lnk_28_a_log_never_disturbs_the_link() {
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let log = Log::new("a", Full);
    let (mut raw, link) = memory::pair(100);
    let mut link: ObjectLink = log.set_up(cbor(link)).unwrap();
    for number in 1..3 {
        link.send(encoded(number)).unwrap();
        assert_eq!(*raw.recv(9).unwrap(), [number]);
    }
    assert_eq!(log.error(), Some(ErrorKind::StorageFull));
}

#[test]
fn a_connection_can_be_opened_again_from_its_plan() {
    let opened = Arc::new(Mutex::new(0));
    let stack = Stack::new("memory", {
        let opened = Arc::clone(&opened);
        move || {
            *opened.lock().unwrap() += 1;
            let (here, mut there) = memory::pair(100);
            thread::spawn(move || there.send(Chunk::from(b"\x07")).unwrap());
            Ok(here)
        }
    })
    .layer(Framed::new("cbor_buf", CborSequence::default));
    let clone = stack.clone();
    for stack in [stack, clone] {
        let first = stack.run(|link| link.recv()).unwrap();
        assert_eq!(text(first), "7");
    }
    assert_eq!(*opened.lock().unwrap(), 2);
}
