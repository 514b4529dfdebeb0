//! The re-sending layer in a stack: over lines that lose, against ends of all kinds, and that its
//! threads end with it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use iolite::Chunk;
use iolite::link::frame::{CborSequence, SerialPackerOptions};
use iolite::link::layer::{
    AbortHandle, Framed, Layer, LinkError, ObjectLink, ObjectSender, ResendError, ResendLayer,
    ResendOptions, memory,
};
use iolite::link::object::Object;

fn encoded<T: serde::Serialize>(value: T) -> Object {
    Object::encode(&value).unwrap()
}

fn options() -> ResendOptions {
    ResendOptions::new()
        .timeout(Duration::from_millis(20))
        .retries(PATIENCE)
}

/// Where the other end is there it may take its time: on a busy machine that of many retries.
const PATIENCE: u32 = 10_000;

/// The tests of this file count the threads, so they take turns, with each other and with whoever else
/// has such a layer.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many threads of the layer there are in this process.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names
        .filter(|name| name.starts_with("iolite resend"))
        .count()
}

#[cfg(not(target_os = "linux"))]
fn threads() -> usize {
    0
}

/// Whether the threads end. The system lists one for a moment after it was joined, and tests of other
/// files have theirs.
fn no_thread_is_left() -> bool {
    let start = Instant::now();
    while threads() > 0 && start.elapsed() < Duration::from_secs(100) {
        thread::sleep(Duration::from_millis(5));
    }
    threads() == 0
}

/// A layer that loses every n-th object that is sent.
struct Losing(usize);

struct LosingSender {
    below: Box<dyn ObjectSender>,
    every: usize,
    sent: usize,
}

impl Layer<ObjectLink> for Losing {
    type Link = ObjectLink;

    fn name(&self) -> String {
        "losing".to_owned()
    }

    fn set_up(&self, parent: ObjectLink) -> Result<ObjectLink, LinkError> {
        let (receiver, below, abort) = parent.split();
        let (every, sent) = (self.0, 0);
        let sender = LosingSender { below, every, sent };
        Ok(ObjectLink::from((receiver, Box::new(sender) as _, abort)))
    }
}

impl ObjectSender for LosingSender {
    fn feed(&mut self, object: Object) -> Result<(), LinkError> {
        self.sent += 1;
        if self.sent.is_multiple_of(self.every) {
            Ok(())
        } else {
            self.below.feed(object)
        }
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        self.below.flush()
    }

    fn shutdown(&mut self) -> Result<(), LinkError> {
        self.below.shutdown()
    }
}

/// Two ends over a line that loses every third frame one way and every fourth the other way.
fn lossy_pair() -> (ObjectLink, ObjectLink) {
    let serial = Framed::new("serial_frame", || {
        SerialPackerOptions::new().build().unwrap()
    });
    let resend = ResendLayer::new(options());
    let (here, there) = memory::pair(300);
    let [here, there] = [(here, 3), (there, 4)].map(|(link, every)| {
        let link = Losing(every).set_up(serial.set_up(link).unwrap()).unwrap();
        resend.set_up(link).unwrap()
    });
    (here, there)
}

/// Two ends over a good line.
fn pair() -> (ObjectLink, ObjectLink) {
    let cbor = Framed::new("cbor_buf", CborSequence::default);
    let resend = ResendLayer::new(options());
    let (here, there) = memory::pair(300);
    let [here, there] =
        [here, there].map(|link| resend.set_up(cbor.set_up(link).unwrap()).unwrap());
    (here, there)
}

/// One end over a good line, and the line's other end.
fn end_and_line(options: ResendOptions) -> (ObjectLink, ObjectLink) {
    let cbor = Framed::new("cbor_buf", CborSequence::default);
    let (here, there) = memory::pair(300);
    let here = ResendLayer::new(options)
        .set_up(cbor.set_up(here).unwrap())
        .unwrap();
    (here, cbor.set_up(there).unwrap())
}

#[test]
fn a_conversation_over_a_line_that_loses_frames_is_complete() {
    let _turn = alone();
    let (mut here, mut there) = lossy_pair();
    thread::scope(|scope| {
        scope.spawn(move || {
            while let Some(question) = there.recv().unwrap() {
                let number = question.as_int().unwrap();
                there.send(encoded(number * 2)).unwrap();
            }
        });
        for number in 0..50u32 {
            here.send(encoded(number)).unwrap();
            let answer = here.recv().unwrap().unwrap();
            assert_eq!(answer.as_int(), Some(i128::from(number) * 2));
        }
        here.close().unwrap();
    });
    assert!(no_thread_is_left());
}

#[test]
fn both_directions_at_once_deliver_everything_in_order() {
    let _turn = alone();
    let (here, there) = lossy_pair();
    let received = AtomicUsize::new(0);
    thread::scope(|scope| {
        for link in [here, there] {
            let (mut receiver, mut sender, _) = link.split();
            let received = &received;
            scope.spawn(move || {
                for number in 0..60u32 {
                    sender.send(encoded((number, "text"))).unwrap();
                }
                // The other half is still receiving.
                while received.load(Ordering::Acquire) < 120 {
                    thread::sleep(Duration::from_millis(1));
                }
                drop(sender);
            });
            scope.spawn(move || {
                for expected in 0..60u32 {
                    let object = receiver.recv().unwrap().unwrap();
                    assert_eq!(object.decode::<(u32, &str)>().unwrap(), (expected, "text"));
                    received.fetch_add(1, Ordering::Release);
                }
            });
        }
    });
    assert!(no_thread_is_left());
}

#[test]
fn closing_delivers_what_was_sent_before_and_is_the_end() {
    let _turn = alone();
    let (mut here, mut there) = lossy_pair();
    for number in 0..5 {
        here.send(encoded(number)).unwrap();
    }
    let closing = thread::spawn(move || here.close());
    for number in 0..5 {
        assert_eq!(there.recv().unwrap().unwrap().as_int(), Some(number));
    }
    assert!(there.recv().unwrap().is_none());
    assert!(there.recv().unwrap().is_none());
    assert!(matches!(there.send(encoded(1)), Err(LinkError::Closed)));
    closing.join().unwrap().unwrap();
    there.close().unwrap();
    assert!(no_thread_is_left());
}

#[test]
fn a_receive_with_a_deadline_ends_there() {
    let _turn = alone();
    let (mut here, mut there) = pair();
    let deadline = Instant::now() + Duration::from_millis(30);
    assert!(matches!(
        there.recv_until(deadline),
        Err(LinkError::TimedOut)
    ));
    assert!(Instant::now() >= deadline);
    here.send(encoded(1)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(100);
    assert_eq!(
        there.recv_until(deadline).unwrap().unwrap().as_int(),
        Some(1)
    );
    let (mut receiver, _sender, _) = there.split();
    assert!(receiver.buffered().unwrap().is_none());
}

#[test]
fn a_line_that_ends_without_a_good_bye_is_an_error() {
    let _turn = alone();
    let (mut here, mut line) = end_and_line(options());
    // Still heard, so that sending does not fail first.
    line.shutdown().unwrap();
    for _ in 0..2 {
        let error = here.recv().unwrap_err();
        assert!(
            matches!(
                error,
                LinkError::Resend(ResendError::LineEnded { unacknowledged: 0 })
            ),
            "{error:?}"
        );
    }
    assert!(here.send(encoded(1)).is_err());
    assert!(here.close().is_err());
    assert!(no_thread_is_left());
}

#[test]
fn a_line_that_breaks_is_the_error_of_the_line() {
    let _turn = alone();
    let (mut here, line) = end_and_line(options());
    line.abort_handle().abort();
    let error = here.recv().unwrap_err();
    assert!(matches!(error, LinkError::Stream(_)), "{error:?}");
    drop(here);
    assert!(no_thread_is_left());
}

#[test]
fn a_peer_that_says_nothing_is_an_error_of_every_call() {
    let _turn = alone();
    let (mut here, _line) = end_and_line(options().retries(2));
    here.send(encoded("anybody?")).unwrap();
    for _ in 0..2 {
        let error = here.recv().unwrap_err();
        assert!(
            matches!(error, LinkError::Resend(ResendError::PeerSilent { .. })),
            "{error:?}"
        );
    }
    let error = here.shutdown().unwrap_err();
    assert!(
        matches!(error, LinkError::Resend(ResendError::PeerSilent { .. })),
        "{error:?}"
    );
    drop(here);
    assert!(no_thread_is_left());
}

/// MoaT's form of an orderly end.
#[test]
fn a_peers_good_bye_is_the_end() {
    let _turn = alone();
    let (mut here, mut line) = end_and_line(options());
    line.send(Object::new(Chunk::from(b"\x83\x21\x08\x18\x14")).unwrap())
        .unwrap();
    line.send(Object::new(Chunk::from(b"\x83\x00\x00\x61x")).unwrap())
        .unwrap();
    line.send(Object::new(Chunk::from(b"\x82\x20\x64bye!")).unwrap())
        .unwrap();
    assert_eq!(here.recv().unwrap().unwrap().as_str(), Some("x"));
    assert!(here.recv().unwrap().is_none());
    // The line is shut down from this side, too.
    while line.recv().unwrap().is_some() {}
    drop(line);
    here.close().unwrap();
    assert!(no_thread_is_left());
}

#[test]
fn an_abort_wakes_who_waits_and_ends_the_threads() {
    let _turn = alone();
    let (here, _line) = end_and_line(options().retries(u32::MAX));
    let (mut receiver, mut sender, abort) = here.split();
    thread::scope(|scope| {
        let receiving = scope.spawn(move || receiver.recv().unwrap_err());
        let sending = scope.spawn(move || {
            loop {
                if let Err(error) = sender.send(encoded("more than there is room for")) {
                    return error;
                }
            }
        });
        thread::sleep(Duration::from_millis(30));
        AbortHandle::abort(&abort);
        for error in [receiving.join().unwrap(), sending.join().unwrap()] {
            assert!(matches!(error, LinkError::Closed), "{error:?}");
        }
    });
    assert!(no_thread_is_left());
}

/// Whoever drops a link does not wait for a peer that does not read.
#[test]
fn a_drop_ends_the_threads_whatever_they_wait_for() {
    let _turn = alone();
    let start = Instant::now();
    for _ in 0..20 {
        let (mut here, _line) = end_and_line(ResendOptions::new());
        here.send(encoded(vec![0u8; 10_000])).unwrap();
        drop(here);
    }
    assert!(no_thread_is_left());
    assert!(start.elapsed() < Duration::from_secs(100));
}

#[test]
fn a_message_that_has_no_place_on_the_line_ends_the_link() {
    let _turn = alone();
    let serial = Framed::new("serial_frame", || {
        SerialPackerOptions::new().build().unwrap()
    });
    let resend = ResendLayer::new(options());
    let (here, there) = memory::pair(300);
    let mut here = resend.set_up(serial.set_up(here).unwrap()).unwrap();
    let _there = resend.set_up(serial.set_up(there).unwrap()).unwrap();
    // Whether this call is told depends on the thread that sends.
    let _ = here.send(encoded(vec![0u8; 1000]));
    for _ in 0..2 {
        let error = here.recv().unwrap_err();
        assert!(matches!(error, LinkError::Frame(_)), "{error:?}");
    }
}

/// What two links make up at the same time.
#[test]
fn each_link_makes_up_a_number_of_its_own() {
    let _turn = alone();
    let numbers: Arc<Mutex<Vec<u64>>> = Arc::default();
    for _ in 0..20 {
        let (_here, mut line) = end_and_line(ResendOptions::new());
        let greeting = line.recv().unwrap().unwrap();
        let (step, window, timeout, number): (i8, u16, u16, u64) = greeting.decode().unwrap();
        assert_eq!((step, window, timeout), (-2, 8, 1000));
        numbers.lock().unwrap().push(number);
    }
    let mut numbers = numbers.lock().unwrap();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 20);
}
