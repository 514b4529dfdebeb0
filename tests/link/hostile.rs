//! A peer that means no good, on one connection: it is kept within the limits, and every call ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use iolite::Chunk;
use iolite::link::dispatch::{Context, StdBase};
use iolite::link::driver::{Connection, ConnectionOptions, Workers};
use iolite::link::layer::memory;
use iolite::link::object::{Path, RemoteError, Value};
use iolite::link::request::{Channel, Pending};
use iolite::link::session::{CallError, Ending, ErrorCode, Limits};

use crate::driver::{LONG, name_of, objects};

/// Both ends, the second with these options and without workers.
fn ends(options: ConnectionOptions) -> (Connection, Connection) {
    let (here, there) = memory::pair(1 << 16);
    let client = ConnectionOptions::new().deadline(LONG).open(objects(here));
    (client.unwrap(), options.open(objects(there)).unwrap())
}

#[test]
fn lnk_58_an_answer_that_is_too_large_is_an_error_and_the_call_is_over() {
    let served = StdBase::new("loud")
        .command("twice", |text: String| text.repeat(2))
        .try_command("complain", |text: String| {
            Err::<(), _>(RemoteError::new("Complaint").with_argument(text.repeat(2)))
        })
        .command("number", |number: i64| number)
        .stream("shout", |channel: &mut Channel, text: String| {
            channel.accept(&())?;
            Ok::<_, CallError>(text.repeat(2))
        });
    let mut limits = Limits::default();
    limits.message = 1000;
    limits.calls = 4;
    let (client, _server) = ends(ConnectionOptions::new().limits(limits).serve(served));
    let request = client.request();
    let long = "x".repeat(600);
    let is_unsendable = |error| matches!(error, CallError::Code(ErrorCode::Unsendable));
    // More of them than calls may be open.
    for _ in 0..10 {
        let Err(CallError::Remote(error)) = request.call::<String>("twice", &long) else {
            panic!("it arrived");
        };
        let text = error.args.first().and_then(Value::as_str).unwrap();
        assert!(text.contains("and 1000 are allowed"), "{text}");
        let complained = request.call::<()>("complain", &long).unwrap_err();
        assert!(is_unsendable(complained));
        // Errors that repeat what the peer has sent.
        let unknown = request.call::<()>(Path::from(&*long), &()).unwrap_err();
        assert!(is_unsendable(unknown));
        let control = "\u{1}".repeat(600);
        let of_no_type = request.call::<i64>("number", &control).unwrap_err();
        assert!(is_unsendable(of_no_type));
        let mut stream = request.stream_in("shout", &long).unwrap();
        stream.initial::<()>().unwrap();
        assert_eq!(name_of(stream.result::<String>()), "CallError");
    }
    assert_eq!(request.call::<i64>("number", &7).unwrap(), 7);
}

/// Where even the error that says so is too large, the shortest one goes.
#[test]
fn lnk_58_an_error_in_place_of_a_result_may_be_too_large_itself() {
    let served = StdBase::new("loud")
        .command("much", |(): ()| "x".repeat(100))
        .stream("more", |channel: &mut Channel, ()| {
            channel.accept(&())?;
            Ok::<_, CallError>("x".repeat(100))
        });
    let mut limits = Limits::default();
    limits.message = 60;
    limits.calls = 4;
    let (client, _server) = ends(ConnectionOptions::new().limits(limits).serve(served));
    let request = client.request();
    for _ in 0..10 {
        let refused = request.call::<String>("much", &()).unwrap_err();
        let unsendable = CallError::Code(ErrorCode::Unsendable);
        assert_eq!(refused.to_string(), unsendable.to_string());
        let mut stream = request.stream_in("more", &()).unwrap();
        stream.initial::<()>().unwrap();
        let refused = stream.result::<String>().unwrap_err();
        assert_eq!(refused.to_string(), unsendable.to_string());
    }
}

#[test]
fn lnk_20_calls_that_wait_to_be_run_count_with_their_arguments() {
    let is_over = Arc::new(AtomicBool::new(false));
    let waits = Arc::clone(&is_over);
    let served = StdBase::new("slow").command("wait", move |_: Value| {
        while !waits.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let mut limits = Limits::default();
    limits.queued = 100_000;
    let (client, _server) = ends(ConnectionOptions::new().limits(limits).serve(served));
    let argument = "x".repeat(30_000);
    let call = |_| client.request().start("wait", &argument).unwrap();
    let mut pending: Vec<Pending<()>> = (0..12).map(call).collect();
    let mut refused = 0;
    // One runs, and three have room to wait.
    for pending in &mut pending[4..] {
        match pending.wait_for(LONG) {
            Err(error) => {
                assert_eq!(name_of(Err::<(), _>(error)), "Busy");
                refused += 1;
            }
            answer => panic!("{answer:?}"),
        }
    }
    assert_eq!(refused, 8);
    is_over.store(true, Ordering::Relaxed);
    for pending in pending.drain(..4) {
        pending.wait().unwrap();
    }
    // And there is room again, any number of times.
    for _ in 0..20 {
        client.request().call::<()>("wait", &argument).unwrap();
    }
}

#[test]
fn lnk_48_one_connection_gets_no_more_streams_than_it_may_have() {
    let workers = Workers::new(3).unwrap();
    let open = || {
        let served = StdBase::new("host").stream("stay", |channel: &mut Channel, ()| {
            channel.accept(&())?;
            channel.wait_cancelled(LONG);
            Ok::<_, CallError>(())
        });
        let options = ConnectionOptions::new().serve(served).workers(&workers);
        ends(options.streams(2))
    };
    let (greedy, other) = (open(), open());
    let stay = |ends: &(Connection, Connection)| {
        let mut stream = ends.0.request().stream_in("stay", &()).unwrap();
        stream.initial::<()>().map(|()| stream)
    };
    let first = stay(&greedy).unwrap();
    let _second = stay(&greedy).unwrap();
    assert_eq!(name_of(stay(&greedy)), "Busy");
    let _others = stay(&other).unwrap();
    assert_eq!(name_of(stay(&other)), "Busy", "the workers are all taken");
    drop(first);
    // Once the handler has noticed.
    let mut third = stay(&greedy);
    while third.is_err() {
        third = stay(&greedy);
    }
}

#[test]
fn lnk_53_a_connection_that_is_cut_anywhere_ends_with_what_was_cut() {
    let messages: [&[u8]; 3] = [
        b"\x84\x00\x81\x63nap\x02\x03",
        b"\x82\x01\x81\x64chat",
        b"\x82\x01\x78\x22a text of more than thirty letters",
    ];
    let whole = messages.concat();
    let ends: Vec<usize> = (0..=3).map(|n| messages[..n].concat().len()).collect();
    for cut in 0..=whole.len() {
        let served = StdBase::new("any")
            .command_with("nap", |context: &Context, (_, _): (i64, i64)| {
                context.wait_cancelled(LONG);
                Ok::<_, RemoteError>(())
            })
            .stream("chat", |channel: &mut Channel, ()| {
                while channel.recv::<Value>()?.is_some() {}
                Ok::<_, CallError>(())
            });
        let workers = Workers::new(2).unwrap();
        let (here, mut there) = memory::pair(1 << 16);
        let options = ConnectionOptions::new().serve(served).workers(&workers);
        let connection = options.open(objects(here)).unwrap();
        there.send(Chunk::from(whole[..cut].to_vec())).unwrap();
        drop(there);
        let ending = connection.wait();
        let is_clean = matches!(ending, Ending::PeerClosed);
        assert_eq!(is_clean, ends.contains(&cut), "cut at {cut}: {ending}");
        // The handlers have noticed: nothing is left to wait for.
        drop(connection);
        drop(workers);
    }
}
