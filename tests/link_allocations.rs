//! What messages cost in memory, measured: what is only claimed costs none.

#[path = "support/counting.rs"]
mod counting;

use iolite::chunk::Progress;
use iolite::link::frame::{CborSequence, FrameError, Framing, LengthPrefixed};
use iolite::link::object::{ItemLimits, Object, Payload, Scanner, Tagged, Value};
use iolite::link::session::{CallError, CallMode, Ending, Event, Id, Limits, Session};
use iolite::{Chain, Pipe};

use counting::{allocations, live};

#[test]
fn lnk_5_lengths_and_levels_that_are_only_claimed_cost_nothing() {
    let claims: [&[u8]; 5] = [
        b"\x5b\x00\x00\x10\x00\x00\x00\x00\x00", // 16 TiB of bytes
        b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xc1\xc1\xda\xff\xff\xff\xff\x9a\xff\xff\xff\xff",
    ];
    let mut scanner = Scanner::new(ItemLimits::default());
    scanner.scan(b"\x81\x81\x81\x81\x00").unwrap();
    for bytes in claims {
        assert_eq!(allocations(|| assert!(scanner.scan(bytes).is_err())), 0);
    }
    let deep = vec![0x81; 1 << 20];
    let before = live();
    scanner.scan(&deep).unwrap_err();
    assert!(live() - before < 4096, "{}", live() - before);
}

#[test]
fn a_message_that_does_not_end_keeps_no_more_than_the_limit() {
    let limits = ItemLimits {
        bytes: 100_000,
        depth: 8,
    };
    let mut framing = CborSequence::new(limits);
    let mut pipe = Pipe::new();
    let before = live();
    pipe.append(b"\x9f").unwrap();
    let error = loop {
        pipe.append(&[0; 1000]).unwrap();
        match framing.decode(&mut pipe) {
            Ok(progress) => assert!(progress.is_pending()),
            Err(error) => break error,
        }
        assert!(live() - before < 250_000, "{}", live() - before);
    };
    assert!(matches!(
        error,
        FrameError::Object {
            position: 100_000,
            ..
        }
    ));
    let mut framing = LengthPrefixed::new(limits);
    let mut pipe = Pipe::new();
    let before = live();
    pipe.append(b"\x7f\xff\xff\xff").unwrap();
    framing.decode(&mut pipe).unwrap_err();
    for _ in 0..1000 {
        pipe.append(&[0; 1000]).unwrap();
        assert!(framing.decode(&mut pipe).unwrap().is_pending());
        assert!(live() - before < 20_000, "{}", live() - before);
    }
}

#[test]
fn a_message_is_taken_without_memory_of_its_own() {
    let mut framing = CborSequence::default();
    let mut pipe = Pipe::new();
    let message = Object::encode(&(0, ["add"], 2, 3)).unwrap();
    for _ in 0..4 {
        pipe.append(message.bytes()).unwrap();
    }
    assert!(framing.decode(&mut pipe).unwrap().is_ready());
    let decoded = allocations(|| {
        let object = framing.decode(&mut pipe).unwrap().ready().unwrap();
        let payload = Payload::of_array(&object).unwrap();
        let (head, path, a, b): (u8, [&str; 1], i64, i64) = payload.arguments().unwrap();
        assert_eq!((head, path, a + b), (0, ["add"], 5));
    });
    assert_eq!(decoded, 0);
    assert!(matches!(framing.decode(&mut pipe), Ok(Progress::Ready(_))));
}

/// Two ends with a stream between them, from the second to the first.
fn stream() -> (Session, Id, Session, Id) {
    let mut here = Session::new(Limits::default());
    let mut there = Session::new(Limits::default());
    let id = here.call(&"x".into(), Payload::new(), CallMode::In, 64);
    deliver(&mut here, &mut there);
    let other = there.opened().unwrap().id;
    there.reply(other, Payload::new(), 0).unwrap();
    deliver(&mut there, &mut here);
    let id = id.unwrap();
    assert!(here.take(id).unwrap().is_some());
    (here, id, there, other)
}

fn deliver(from: &mut Session, to: &mut Session) {
    while let Some(message) = from.transmit() {
        to.receive(message).unwrap();
    }
}

/// Sends items, credit included, and takes them.
fn send_items(stream: &mut (Session, Id, Session, Id), item: &Payload, n: usize) {
    let (here, id, there, other) = stream;
    for _ in 0..n {
        there.item(*other, item.clone()).unwrap();
        deliver(there, here);
        assert!(here.take(*id).unwrap().is_some());
        deliver(here, there);
    }
}

#[test]
fn lnk_22_an_item_needs_no_memory_beyond_its_message() {
    let mut stream = stream();
    let item = Payload::of(&7).unwrap();
    send_items(&mut stream, &item, 200);
    // What is left is the block that the messages are written to, once for hundreds.
    let count = allocations(|| send_items(&mut stream, &item, 10_000));
    assert!(count < 100, "{count} allocations for 10,000 items");
}

#[test]
fn lnk_22_items_into_one_gather_write_need_no_memory_but_its_blocks() {
    let (mut here, _, mut there, other) = stream();
    let item = Payload::of(&7).unwrap();
    let mut out = Chain::new();
    let mut batch = || {
        for _ in 0..32 {
            there.item(other, item.clone()).unwrap();
        }
        assert_eq!(there.transmit_into(&mut out, usize::MAX), 32);
        out.skip(usize::MAX);
        // The other end takes everything.
        there.receive(Object::encode(&(3, 32)).unwrap()).unwrap();
    };
    (0..10).for_each(|_| batch());
    let count = allocations(|| (0..100).for_each(|_| batch()));
    assert!(count <= 400, "{count} allocations for 3,200 items");
    here.end(Ending::Closed);
}

#[test]
fn the_memory_of_a_burst_is_kept_for_the_next_one_and_given_back_when_none_comes() {
    let mut limits = Limits::default();
    limits.items = 1000;
    let mut here = Session::new(limits);
    let id = here.call(&"x".into(), Payload::new(), CallMode::In, 1000);
    let id = id.unwrap();
    while here.transmit().is_some() {}
    let item = Object::encode(&[-3]).unwrap();
    let mut burst = |items: usize| {
        for _ in 0..items {
            here.receive(item.clone()).unwrap();
        }
        while here.take(id).unwrap().is_some() {}
        while here.transmit().is_some() {}
    };
    burst(1);
    let before = live();
    burst(1000);
    let kept = live() - before;
    let again = allocations(|| burst(1000));
    assert!(again < 3, "{again} allocations for the second burst");
    burst(1);
    let left = live() - before;
    assert!(left < kept / 4, "{left} of {kept} bytes");
}

#[test]
fn lnk_20_attacks_cost_no_more_than_the_limits() {
    let mut session = Session::new(Limits::default());
    let before = live();
    for number in 0..200_000_i64 {
        let credit = Object::encode(&(number * 4 + 3, 1)).unwrap();
        session.receive(credit).unwrap();
    }
    let credits = live() - before;
    assert!(credits < 20_000, "{credits} bytes for credit of nothing");
    for number in 0..20_000_i64 {
        let call = Object::encode(&(number * 4, ["x"])).unwrap();
        if session.receive(call).is_err() {
            break;
        }
    }
    let mut idle = Session::new(Limits::default());
    let before_strays = live();
    for number in 0..200_000_i64 {
        // Last words and items of calls that there are not, of either end.
        for head in [
            number * 4 + 2,
            number * -4 - 2,
            number * -4 - 4,
            number * -4 - 3,
        ] {
            idle.receive(Object::encode(&(head, -3)).unwrap()).unwrap();
        }
    }
    assert!(idle.is_idle() && idle.remembered() == 0);
    assert_eq!(live() - before_strays, 0, "nothing is kept of strays");
    let calls = live() - before;
    assert!(calls < 2_000_000, "{calls} bytes for 20,000 calls");

    let (mut here, ..) = stream();
    let before = live();
    let warning = Object::encode(&(-1, "w".repeat(100))).unwrap();
    for _ in 0..100_000 {
        here.receive(Object::new(warning.bytes().to_vec().into()).unwrap())
            .unwrap();
    }
    let warnings = live() - before;
    assert!(warnings < 20_000, "{warnings} bytes for warnings");
}

/// `[-2, …]` with these items.
fn failure(items: &[u8], count: u8) -> Object {
    Object::new([&[0x81 + count, 0x21], items].concat().into()).unwrap()
}

#[test]
fn lnk_20_an_error_is_taken_apart_up_to_its_limit_and_its_rest_shares_the_message() {
    let many = 1_000_000_u32;
    let head = |kind: u8| [&[kind | 26], &many.to_be_bytes()[..]].concat();
    let zeros = vec![0; many as usize];
    let array = [head(0x80), zeros.clone()].concat();
    let pairs = [
        [0xba].to_vec(),
        (many / 2).to_be_bytes().to_vec(),
        zeros.clone(),
    ]
    .concat();
    let pieces = [&[0x7f], &vec![0x60; zeros.len()][..], &[0xff]].concat();
    // 27(["_KyErr", …])
    let named = |items: &[u8]| [b"\xd8\x1b\x82\x66_KyErr", items].concat();
    let long_sequence = {
        let tagged = [b"\xd8\x1b\x9f\x66_KyErr", &zeros[..], b"\xff"].concat();
        failure(&tagged, 1)
    };
    let errors = [
        failure(&array, 1),
        failure(&named(&array), 1),
        failure(&named(&pairs), 1),
        failure(&named(&pieces), 1),
        failure(&[&array[..], &pairs].concat(), 2),
        long_sequence,
    ];
    for error in errors {
        let mut limits = Limits::default();
        limits.message = 4 << 20;
        limits.error_values = 100;
        let mut session = Session::new(limits);
        let id = session.call(&"x".into(), Payload::new(), CallMode::Plain, 0);
        session.transmit().unwrap();
        session.receive(error).unwrap();
        let before = live();
        let Some(Event::Failed(error)) = session.take(id.unwrap()).unwrap() else {
            panic!("no error");
        };
        let taken = live() - before;
        assert!(taken < 30_000, "{taken} bytes");
        let CallError::Remote(error) = *error else {
            panic!("{error:?}");
        };
        // Nothing of it is lost.
        let bytes = error.args.iter().map(|it| match it {
            Value::Tag(24 | 63, bytes) => match &**bytes {
                Value::Bytes(bytes) => bytes.len(),
                _ => 0,
            },
            _ => 1,
        });
        let bytes = bytes.sum::<usize>();
        assert!(
            bytes >= zeros.len(),
            "{bytes} bytes of it, named {:?}",
            error.name
        );
    }
}

#[test]
fn lnk_20_the_paths_of_calls_that_wait_count_as_their_arguments_do() {
    let mut limits = Limits::default();
    limits.queued = 100_000;
    let text = Object::encode(&["x".repeat(50_000)]).unwrap();
    let texts = Object::encode(&vec!["x"; 50_000]).unwrap();
    let nested = Object::encode(&[vec![0; 50_000]]).unwrap();
    let tagged = Object::encode(&Tagged {
        tag: 39,
        value: vec!["x"; 50_000],
    });
    for path in [text, texts, nested, tagged.unwrap()] {
        let mut session = Session::new(limits.clone());
        let before = live();
        for number in 0..5 {
            let message = [&[0x82, number * 4], &path.bytes()[..]].concat();
            let message = Object::new(message.into()).unwrap();
            session.receive(message).unwrap();
        }
        let calls = live() - before;
        assert!(calls < 120_000, "{calls} bytes for 5 paths of 50,000");
        session.end(Ending::Closed);
        assert!(session.is_idle());
    }
}
