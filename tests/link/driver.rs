//! Connections, calls and streams: LNK-39 to LNK-49, LNK-53 and LNK-54.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use iolite::Chunk;
use iolite::link::dispatch::{Context, StdBase, Subsystem};
use iolite::link::driver::{Connection, ConnectionOptions, Workers};
use iolite::link::frame::CborSequence;
use iolite::link::layer::{ByteLink, Framed, Layer, ObjectLink, memory};
use iolite::link::object::RemoteError;
use iolite::link::request::{Channel, Pending, Received};
use iolite::link::session::{CallError, Ending, Limits};

const SHORT: Duration = Duration::from_millis(50);
/// More than anything takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(100);

pub(crate) fn objects(link: ByteLink) -> ObjectLink {
    let cbor = Framed::new("cbor_buf", CborSequence::default);
    cbor.set_up(link).unwrap()
}

/// A client and a server, with as many workers.
pub(crate) struct Ends {
    pub(crate) client: Connection,
    pub(crate) server: Connection,
    _workers: Workers,
}

fn ends_with(
    served: impl Subsystem + 'static,
    options: &ConnectionOptions,
    workers: usize,
) -> Ends {
    let workers = Workers::new(workers).unwrap();
    let (here, there) = memory::pair(1 << 16);
    let server = options.clone().serve(served).workers(&workers);
    Ends {
        client: options.clone().deadline(LONG).open(objects(here)).unwrap(),
        server: server.open(objects(there)).unwrap(),
        _workers: workers,
    }
}

pub(crate) fn ends(served: impl Subsystem + 'static) -> Ends {
    ends_with(served, &ConnectionOptions::new(), 4)
}

pub(crate) fn name_of<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    match result {
        Err(CallError::Remote(error)) => error.name.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Waits for something that another thread does.
pub(crate) fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LONG, "it does not happen");
        thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn arithmetic() -> StdBase {
    StdBase::new("arithmetic")
        .command("add", |(a, b): (i64, i64)| a + b)
        .try_command("divide", |(a, b): (i64, i64)| {
            let zero = || RemoteError::new("ZeroDivisionError").with_argument(a);
            a.checked_div(b).ok_or_else(zero)
        })
}

#[test]
fn lnk_39_calls_from_many_threads_run_at_the_same_time() {
    let barrier = Arc::new(Barrier::new(4));
    let meets = Arc::clone(&barrier);
    let served = StdBase::new("meeting").command("meet", move |n: u64| {
        // Nobody leaves before all four are here.
        meets.wait();
        n
    });
    let ends = ends(served);
    thread::scope(|scope| {
        for n in 0..4 {
            let request = ends.client.request().clone();
            scope.spawn(move || assert_eq!(request.call::<u64>("meet", &n).unwrap(), n));
        }
    });
    // One thread with all of them open at once does as well.
    let request = ends.client.request();
    let pending: Vec<Pending<u64>> = (0..4).map(|n| request.start("meet", &n).unwrap()).collect();
    let answers = pending.into_iter().map(|it| it.wait().unwrap());
    assert!(answers.eq(0..4));
}

#[test]
fn lnk_40_a_dropped_or_late_call_is_cancelled_at_the_other_end() {
    let cancelled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&cancelled);
    let served = StdBase::new("bed").command_with("nap", move |context: &Context, ()| {
        if context.wait_cancelled(LONG) {
            count.fetch_add(1, Ordering::SeqCst);
        }
        Ok::<_, RemoteError>(())
    });
    let ends = ends(served);
    drop(ends.client.request().start::<()>("nap", &()).unwrap());
    until(|| cancelled.load(Ordering::SeqCst) == 1);
    let hurried = ends.client.request().with_deadline(SHORT);
    assert!(matches!(
        hurried.call::<()>("nap", &()),
        Err(CallError::TimedOut)
    ));
    until(|| cancelled.load(Ordering::SeqCst) == 2);
    let mut pending = ends.client.request().start::<()>("nap", &()).unwrap();
    assert!(pending.wait_for(SHORT).unwrap().is_none());
    pending.cancel();
    until(|| cancelled.load(Ordering::SeqCst) == 3);
}

#[test]
fn lnk_41_items_come_in_order_and_an_error_after_them() {
    let served = StdBase::new("numbers").stream("count", |channel: &mut Channel, n: u64| {
        for number in 0..n {
            channel.feed(&number)?;
        }
        Err::<(), _>(CallError::Remote(RemoteError::new("Enough")))
    });
    let ends = ends(served);
    for window in [1, 3, 64] {
        let request = ends.client.request().with_window(window);
        let mut stream = request.stream_in("count", &500).unwrap();
        for number in 0..500 {
            assert_eq!(stream.recv::<u64>().unwrap(), Some(number));
        }
        assert_eq!(name_of(stream.recv::<u64>()), "Enough");
        // It stays said.
        assert_eq!(name_of(stream.recv::<u64>()), "Enough");
    }
}

#[test]
fn lnk_42_a_channel_is_used_by_two_threads_at_once() {
    let served = StdBase::new("echo").stream("echo", |channel: &mut Channel, ()| {
        while let Some(item) = channel.recv::<u64>()? {
            channel.feed(&item)?;
        }
        Ok::<_, CallError>("bye")
    });
    let ends = ends(served);
    let channel = ends
        .client
        .request()
        .with_window(8)
        .stream("echo", &())
        .unwrap();
    let (mut receiver, mut sender) = channel.split();
    thread::scope(|scope| {
        let sending = scope.spawn(move || {
            for number in 0..2000_u64 {
                sender.feed(&number).unwrap();
            }
            sender.flush();
            sender
        });
        for number in 0..2000 {
            assert_eq!(receiver.recv::<u64>().unwrap(), Some(number));
        }
        sending.join().unwrap().finish(&()).unwrap();
        assert_eq!(receiver.recv::<u64>().unwrap(), None);
    });
    assert_eq!(receiver.result::<String>().unwrap(), "bye");
}

#[test]
fn lnk_43_a_stream_that_is_left_in_good_order_ends_at_the_other_end() {
    let (gone, goes) = mpsc::channel();
    let served = StdBase::new("numbers").stream("forever", move |channel: &mut Channel, ()| {
        for number in 0_u64.. {
            if let Err(error) = channel.send(&number) {
                gone.send(number).unwrap();
                return Err(error);
            }
        }
        Ok(())
    });
    let ends = ends(served);
    let mut stream = ends
        .client
        .request()
        .with_window(3)
        .stream_in("forever", &())
        .unwrap();
    assert_eq!(stream.recv::<u64>().unwrap(), Some(0));
    // No error, though the command met one.
    stream.result::<()>().unwrap();
    goes.recv_timeout(LONG).unwrap();
    // And one that is dropped ends as well.
    let stream = ends
        .client
        .request()
        .with_window(3)
        .stream_in("forever", &())
        .unwrap();
    drop(stream);
    goes.recv_timeout(LONG).unwrap();
}

#[test]
fn lnk_44_warnings_come_between_the_items() {
    let served = StdBase::new("w").stream("warn", |channel: &mut Channel, ()| {
        channel.send(&1)?;
        channel.warn("careful")?;
        channel.warn(&7)?;
        channel.send(&2)?;
        Ok::<_, CallError>(())
    });
    let plain = |context: &Context, ()| {
        context.warn("slow")?;
        Ok::<_, CallError>(3)
    };
    let ends = ends(served.command_with("plain", plain));
    let mut stream = ends.client.request().stream_in("warn", &()).unwrap();
    let mut received = Vec::new();
    while let Some(next) = stream.next().unwrap() {
        received.push(match next {
            Received::Item(item) => format!("item {item}"),
            Received::Warning(warning) => format!("warning {warning}"),
        });
    }
    assert_eq!(
        received,
        ["item 1", "warning \"careful\"", "warning 7, {}", "item 2"]
    );
    let mut pending = ends.client.request().start::<i64>("plain", &()).unwrap();
    assert_eq!(
        pending.next_warning().unwrap().unwrap().to_string(),
        "\"slow\""
    );
    assert!(pending.next_warning().unwrap().is_none());
    assert_eq!(pending.wait().unwrap(), 3);
}

#[test]
fn lnk_45_a_lost_connection_is_an_error_of_every_open_call() {
    let started = Arc::new(AtomicUsize::new(0));
    let (count, counts) = (Arc::clone(&started), Arc::clone(&started));
    let served = StdBase::new("bed")
        .command_with("nap", move |context: &Context, ()| {
            count.fetch_add(1, Ordering::SeqCst);
            context.wait_cancelled(LONG);
            Ok::<_, RemoteError>(())
        })
        .stream("slow", move |channel: &mut Channel, ()| {
            channel.send(&1)?;
            counts.fetch_add(1, Ordering::SeqCst);
            channel.wait_cancelled(LONG);
            Ok::<_, CallError>(())
        });
    let Ends {
        client,
        server,
        _workers,
    } = ends(served);
    let request = client.request();
    let nap = request.start::<()>("nap", &()).unwrap();
    let mut stream = request.stream_in("slow", &()).unwrap();
    until(|| started.load(Ordering::SeqCst) == 2);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| request.call::<()>("nap", &()));
        until(|| started.load(Ordering::SeqCst) == 3);
        drop(server);
        let lost = waiting.join().unwrap();
        assert!(matches!(lost, Err(CallError::Lost { .. })), "{lost:?}");
    });
    assert!(matches!(nap.wait(), Err(CallError::Lost { .. })));
    // What came before is not lost.
    assert_eq!(stream.recv::<i64>().unwrap(), Some(1));
    assert!(matches!(stream.recv::<i64>(), Err(CallError::Lost { .. })));
    assert!(matches!(
        request.call::<()>("nap", &()),
        Err(CallError::Lost { .. })
    ));
    assert!(client.ending().is_some());
}

#[test]
fn lnk_46_both_ends_call_and_a_handler_calls_back() {
    let served = StdBase::new("back").command_with("back", |context: &Context, n: u64| match n {
        0 => Ok(0),
        n => context
            .request()
            .call::<u64>("forth", &(n - 1))
            .map(|n| n + 1),
    });
    let forth = StdBase::new("forth").command_with("forth", |context: &Context, n: u64| match n {
        0 => Ok(0),
        n => context
            .request()
            .call::<u64>("back", &(n - 1))
            .map(|n| n + 1),
    });
    let workers = Workers::new(8).unwrap();
    let (here, there) = memory::pair(1 << 12);
    let options = ConnectionOptions::new().workers(&workers).deadline(LONG);
    let client = options.clone().serve(forth).open(objects(here)).unwrap();
    let _server = options.serve(served).open(objects(there)).unwrap();
    for depth in [0, 1, 2, 3, 6] {
        assert_eq!(client.request().call::<u64>("back", &depth).unwrap(), depth);
    }
}

#[test]
fn lnk_47_a_panic_is_an_error_for_its_caller_only() {
    let served = arithmetic()
        .command("panic", |()| -> u64 {
            std::panic::resume_unwind(Box::new("not to be shown"))
        })
        .stream(
            "panics",
            |channel: &mut Channel, ()| -> Result<(), CallError> {
                channel.send(&1)?;
                std::panic::resume_unwind(Box::new("not to be shown"))
            },
        );
    let ends = ends_with(served, &ConnectionOptions::new(), 1);
    let request = ends.client.request();
    for _ in 0..3 {
        assert_eq!(name_of(request.call::<u64>("panic", &())), "Panic");
        let mut stream = request.stream_in("panics", &()).unwrap();
        assert_eq!(stream.recv::<u64>().unwrap(), Some(1));
        assert_eq!(name_of(stream.recv::<u64>()), "Panic");
        assert_eq!(request.call::<i64>("add", &(1, 1)).unwrap(), 2);
        until_free(request);
    }
}

/// Waits until the one worker has nothing to do: a stream is refused before.
fn until_free(request: &iolite::link::request::Request) {
    until(|| {
        let mut stream = request.stream_in("panics", &()).unwrap();
        stream.recv::<u64>().is_ok()
    });
}

#[test]
fn lnk_48_a_stream_without_a_free_worker_is_refused_and_plain_calls_go_on() {
    let served = arithmetic().stream("stay", |channel: &mut Channel, ()| {
        channel.accept("here")?;
        channel.wait_cancelled(LONG);
        Ok::<_, CallError>(())
    });
    let ends = ends_with(served, &ConnectionOptions::new(), 2);
    let request = ends.client.request();
    let mut open = Vec::new();
    while open.len() < 2 {
        let mut stream = request.stream_in("stay", &()).unwrap();
        stream.initial::<String>().unwrap();
        open.push(stream);
    }
    let mut third = request.stream_in("stay", &()).unwrap();
    assert_eq!(name_of(third.initial::<String>()), "Busy");
    assert_eq!(request.call::<i64>("add", &(1, 2)).unwrap(), 3);
    drop(open);
    until(|| {
        let mut stream = request.stream_in("stay", &()).unwrap();
        stream.initial::<String>().is_ok()
    });
}

/// A time beyond what the clock counts made every one of these panic.
#[test]
fn a_time_without_an_end_is_none() {
    let served = arithmetic().stream("wait", |channel: &mut Channel, ()| {
        channel.wait_cancelled(Duration::MAX);
        Ok::<_, CallError>(())
    });
    let ends = ends(served);
    let request = ends.client.request().clone().with_deadline(Duration::MAX);
    assert_eq!(request.call::<i64>("add", &(1, 2)).unwrap(), 3);
    let mut pending: Pending<i64> = request.start("add", &(1, 2)).unwrap();
    assert!(pending.wait_for(Duration::MAX).unwrap().is_some());
    request.stream_in("wait", &()).unwrap().cancel();
    ends.client.close_within(Duration::MAX).unwrap();
}

/// The good-bye was lost where another thread was in the middle of a write.
#[test]
fn lnk_54_a_good_bye_waits_for_the_one_who_writes() {
    let (here, mut there) = memory::pair(64);
    let client = Connection::open(objects(here)).unwrap();
    let request = client.request().clone();
    let calling = thread::spawn(move || request.call::<()>("much", &vec![0_u8; 10_000]));
    // The call is being written, and nobody reads it.
    assert!(!there.recv(1).unwrap().is_empty());
    let closing = thread::spawn(move || client.close_within(LONG));
    thread::sleep(SHORT / 10);
    let mut read = 1;
    loop {
        match there.recv(1000).unwrap().len() {
            0 => break,
            n => read += n,
        }
    }
    // And not when the time for closing was over.
    assert!(!closing.is_finished());
    assert!(read > 10_000, "{read}");
    drop(there);
    closing.join().unwrap().unwrap();
    assert!(matches!(
        calling.join().unwrap(),
        Err(CallError::Lost { .. })
    ));
}

/// A worker that was still busy with the end of a stream counted as taken: the next one was refused.
#[test]
fn lnk_48_a_stream_after_another_is_served_by_the_same_worker() {
    let served = arithmetic().stream("short", |_: &mut Channel, ()| Ok::<_, CallError>(()));
    let ends = ends_with(served, &ConnectionOptions::new(), 1);
    let request = ends.client.request();
    for _ in 0..1000 {
        let stream = request.stream_in("short", &()).unwrap();
        stream.finish::<()>(&()).unwrap();
    }
}

#[test]
fn lnk_49_more_calls_than_allowed_are_refused_and_the_others_answered() {
    let mut limits = Limits::default();
    limits.calls = 8;
    let options = ConnectionOptions::new().limits(limits);
    let is_morning = Arc::new(AtomicBool::new(false));
    let wakes = Arc::clone(&is_morning);
    let served = StdBase::new("bed").command_with("nap", move |_: &Context, ()| {
        until(|| wakes.load(Ordering::SeqCst));
        Ok::<_, RemoteError>(1)
    });
    let workers = Workers::new(2).unwrap();
    let (here, there) = memory::pair(1 << 16);
    let _server = options
        .serve(served)
        .workers(&workers)
        .open(objects(there))
        .unwrap();
    // The client's own limit is larger.
    let client = ConnectionOptions::new()
        .deadline(LONG)
        .open(objects(here))
        .unwrap();
    let mut naps: Vec<Pending<i64>> = (0..40)
        .map(|_| client.request().start("nap", &()).unwrap())
        .collect();
    // The last ones are refused while the first ones last.
    for refused in naps.split_off(8) {
        assert_eq!(name_of(refused.wait()), "Busy");
    }
    is_morning.store(true, Ordering::SeqCst);
    for answered in naps {
        assert_eq!(answered.wait().unwrap(), 1);
    }
    assert_eq!(client.request().call::<i64>("nap", &()).unwrap(), 1);
}

#[test]
fn lnk_53_a_bad_message_ends_its_connection_with_a_typed_error() {
    let bad: [&[u8]; 9] = [
        b"\xff",
        b"\x05",
        b"\x80",
        b"\xa0",
        b"\x82\x00\x61\xff",
        b"\xf8\x01",
        b"\x5b\x00\x00\x10\x00\x00\x00\x00\x00",
        &[0x81; 1000],
        b"\x82\x60\x00",
    ];
    for bytes in bad {
        let (mut here, there) = memory::pair(1 << 12);
        let server = ConnectionOptions::new()
            .serve(arithmetic())
            .open(objects(there))
            .unwrap();
        here.send(Chunk::from(bytes.to_vec())).unwrap();
        let ending = server.wait();
        assert!(
            matches!(ending, Ending::Protocol(_) | Ending::Failed(_)),
            "{bytes:x?}: {ending:?}"
        );
    }
}

#[test]
fn lnk_54_closing_says_what_was_said_and_waits_for_all_threads() {
    let seen = Arc::new(AtomicU64::new(0));
    let sum = Arc::clone(&seen);
    let served = StdBase::new("sum").stream("sum", move |channel: &mut Channel, ()| {
        while let Some(number) = channel.recv::<u64>()? {
            sum.fetch_add(number, Ordering::SeqCst);
        }
        Ok::<_, CallError>(())
    });
    let Ends {
        client,
        server,
        _workers,
    } = ends(served);
    let mut sender = client.request().stream_out("sum", &()).unwrap();
    sender.initial::<()>().unwrap();
    for _ in 0..1000 {
        sender.feed(&1).unwrap();
    }
    client.close().unwrap();
    until(|| seen.load(Ordering::SeqCst) == 1000);
    assert!(matches!(sender.recv::<()>(), Err(CallError::Lost { .. })));
    assert!(matches!(server.wait(), Ending::PeerClosed));
}
