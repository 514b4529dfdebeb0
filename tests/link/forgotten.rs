//! Streams that the peer has forgotten: LNK-59.

use std::thread;
use std::time::Duration;

use iolite::link::dispatch::StdBase;
use iolite::link::driver::{Connection, ConnectionOptions, Workers};
use iolite::link::layer::memory;
use iolite::link::request::{Channel, Request};
use iolite::link::session::CallError;

use crate::driver::{LONG, name_of, objects, until};

const SHORT: Duration = Duration::from_millis(30);

/// A client, and a server with one worker, whose streams wait for so long.
fn ends(served: StdBase, deadline: Option<Duration>) -> (Connection, Connection, Workers) {
    let workers = Workers::new(1).unwrap();
    let (here, there) = memory::pair(1 << 16);
    let mut options = ConnectionOptions::new().serve(served).workers(&workers);
    if let Some(deadline) = deadline {
        options = options.stream_deadline(deadline);
    }
    let server = options.open(objects(there)).unwrap();
    let client = ConnectionOptions::new().deadline(LONG);
    (client.open(objects(here)).unwrap(), server, workers)
}

fn sum(channel: &mut Channel, (): ()) -> Result<u64, CallError> {
    channel.accept("go")?;
    let mut sum = 0;
    while let Some(number) = channel.recv::<u64>()? {
        sum += number;
    }
    Ok(sum)
}

/// A stream for which there is a worker, as soon as there is one.
fn accepted(request: &Request) -> Channel {
    loop {
        let mut stream = request.stream_out("sum", &()).unwrap();
        match stream.initial::<String>() {
            Ok(_) => return stream,
            busy => assert_eq!(name_of(busy), "Busy"),
        }
        thread::yield_now();
    }
}

#[test]
fn lnk_59_who_sends_nothing_more_keeps_no_worker() {
    let (client, _server, _workers) = ends(StdBase::new("s").stream("sum", sum), Some(SHORT));
    let request = client.request();
    for _ in 0..3 {
        let mut forgotten = accepted(request);
        let _ = forgotten.send(&1);
        // It is still held here, and not closed.
        drop(accepted(request));
        assert_eq!(name_of(forgotten.recv::<()>()), "CallError");
    }
}

#[test]
fn lnk_59_nor_who_takes_nothing() {
    let served = StdBase::new("s").stream("numbers", |channel: &mut Channel, ()| {
        for number in 0_u64.. {
            channel.send(&number)?;
        }
        Ok::<_, CallError>(())
    });
    let (client, _server, _workers) = ends(served, Some(SHORT));
    let request = client.request().with_window(3);
    let mut forgotten = request.stream_in("numbers", &()).unwrap();
    until(|| {
        let mut next = request.stream_in("numbers", &()).unwrap();
        next.recv::<u64>().is_ok()
    });
    // What came before the error is not lost.
    for number in 0..3 {
        assert_eq!(forgotten.recv::<u64>().unwrap(), Some(number));
    }
    assert_eq!(name_of(forgotten.recv::<u64>()), "CallError");
}

/// The command decides: it may wait longer, or as long as it likes, and after a wait the stream goes on.
#[test]
fn lnk_59_a_command_may_say_otherwise() {
    let served = StdBase::new("s")
        .stream("patient", |channel: &mut Channel, ()| {
            channel.set_deadline(None);
            sum(channel, ())
        })
        .stream("often", |channel: &mut Channel, ()| {
            channel.set_deadline(Some(Duration::from_millis(1)));
            channel.accept("go")?;
            let (mut sum, mut late) = (0, 0_u64);
            loop {
                match channel.recv::<u64>() {
                    Ok(Some(number)) => sum += number,
                    Ok(None) => return Ok((sum, late)),
                    Err(CallError::TimedOut) => late += 1,
                    Err(error) => return Err(error),
                }
                channel.warn(&late)?;
            }
        });
    let (client, _server, _workers) = ends(served, Some(Duration::from_millis(1)));
    let mut stream = client.request().stream_out("patient", &()).unwrap();
    assert_eq!(stream.initial::<String>().unwrap(), "go");
    for _ in 0..3 {
        thread::sleep(SHORT);
        stream.send(&2).unwrap();
    }
    assert_eq!(stream.result::<u64>().unwrap(), 6);

    let mut stream = client.request().stream("often", &()).unwrap();
    assert_eq!(stream.initial::<String>().unwrap(), "go");
    for _ in 0..3 {
        // A warning for each wait: there was one at least.
        stream.next().unwrap();
        stream.send(&2).unwrap();
    }
    let (sum, late) = stream.result::<(u64, u64)>().unwrap();
    assert!(sum == 6 && late > 0, "{sum} {late}");
}

/// Without such an option nothing has changed: a stream may be silent for as long as it likes.
#[test]
fn lnk_59_by_default_it_waits_for_ever() {
    let (client, _server, _workers) = ends(StdBase::new("s").stream("sum", sum), None);
    let mut stream = client.request().stream_out("sum", &()).unwrap();
    assert_eq!(stream.initial::<String>().unwrap(), "go");
    thread::sleep(2 * SHORT);
    stream.send(&7).unwrap();
    assert_eq!(stream.result::<u64>().unwrap(), 7);
}
