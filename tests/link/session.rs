//! The rules of a [`Session`], one by one.

use iolite::link::object::{Object, Path, Payload};
use iolite::link::session::{
    CallError, CallMode, Ending, ErrorCode, Event, Head, HeadError, Id, Limits, MessageKind,
    Opened, ProtocolError, Session, Side,
};
use iolite::{Chain, Chunk};

use crate::vectors::unhex;

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

fn one(value: u64) -> Payload {
    Payload::of(&value).unwrap()
}

/// A message from its bytes in hexadecimal digits.
fn message(digits: &str) -> Object {
    Object::new(unhex(digits)).unwrap()
}

/// All that a session sends, in diagnostic notation.
fn sent(session: &mut Session) -> Vec<String> {
    let messages = std::iter::from_fn(|| session.transmit());
    messages
        .map(|message| message.diagnostic().to_string())
        .collect()
}

fn deliver(from: &mut Session, to: &mut Session) {
    while let Some(message) = from.transmit() {
        to.receive(message).unwrap();
    }
}

/// Two ends, and a stream between them that was accepted with these windows.
fn stream(window: u32, reply_window: u32) -> (Session, Id, Session, Id) {
    let mut here = Session::new(Limits::default());
    let mut there = Session::new(Limits::default());
    let mode = CallMode::Both;
    let id = here.call(&Path::from("x"), Payload::new(), mode, window);
    deliver(&mut here, &mut there);
    let Opened { id: other, .. } = there.opened().unwrap();
    there.reply(other, Payload::new(), reply_window).unwrap();
    deliver(&mut there, &mut here);
    let id = id.unwrap();
    assert!(matches!(here.take(id), Ok(Some(Event::Replied(_)))));
    (here, id, there, other)
}

#[test]
fn lnk_11_a_head_is_every_integer_of_64_bits() {
    for int in [0, 1, 2, 3, -1, -2, -3, -4, 1 << 42, i64::MIN, i64::MAX] {
        assert_eq!(Head::from_int(int).to_int(), int);
    }
    let head = Head::from_int(i64::MAX);
    assert_eq!(head.number(), Head::LAST_NUMBER);
    assert_eq!(
        (head.opener(), head.kind()),
        (Side::Sender, MessageKind::Warning)
    );
    assert_eq!(Head::new(Side::Sender, 0, MessageKind::Final), None);
    let beyond = Head::LAST_NUMBER + 1;
    assert_eq!(Head::new(Side::Receiver, beyond, MessageKind::Final), None);
}

#[test]
fn lnk_11_a_head_of_any_size_is_written_as_short_as_it_can_be() {
    let mut there = Session::new(Limits::default());
    for number in [1, 6, 7, 64, 65, 1 << 14, 1 << 30, 1 << 31, 1 << 60] {
        let call = Head::new(Side::Sender, number, MessageKind::Final).unwrap();
        let call = Object::encode(&(call.to_int(), ["x"])).unwrap();
        there.receive(call).unwrap();
        let id = there.opened().unwrap().id;
        there
            .finish(id, Payload::of(&vec![0; 30]).unwrap())
            .unwrap();
        let answer = Head::new(Side::Receiver, number, MessageKind::Final).unwrap();
        let answer = Object::encode(&(answer.to_int(), vec![0; 30])).unwrap();
        assert_eq!(there.transmit(), Some(answer));
    }
}

#[test]
fn lnk_11_what_is_no_message_is_a_typed_error() {
    let cases = [
        ("05", ProtocolError::NoMessage),
        ("80", ProtocolError::NoMessage),
        ("a0", ProtocolError::NoMessage),
        ("9fff", ProtocolError::NoMessage),
        ("8160", ProtocolError::Head(HeadError::NoInteger)),
        ("81c101", ProtocolError::Head(HeadError::NoInteger)),
        (
            "811bffffffffffffffff",
            ProtocolError::Head(HeadError::TooLarge),
        ),
        (
            "813b8000000000000000",
            ProtocolError::Head(HeadError::TooLarge),
        ),
        (
            "81c249010000000000000000",
            ProtocolError::Head(HeadError::TooLarge),
        ),
    ];
    for (digits, want) in cases {
        let got = Session::new(Limits::default()).receive(message(digits));
        assert_eq!(got, Err(want), "{digits}");
    }
}

#[test]
fn lnk_13_a_number_is_used_again_after_both_finals_the_lowest_first() {
    let mut here = Session::new(Limits::default());
    let mut there = Session::new(Limits::default());
    let call =
        |session: &mut Session| session.call(&Path::from("x"), Payload::new(), CallMode::Plain, 0);
    let ids: Vec<_> = (0..3).map(|_| call(&mut here).unwrap()).collect();
    deliver(&mut here, &mut there);
    for _ in 0..3 {
        let opened = there.opened().unwrap();
        there.finish(opened.id, Payload::new()).unwrap();
    }
    deliver(&mut there, &mut here);
    for id in ids {
        assert!(matches!(here.take(id), Ok(Some(Event::Finished(_)))));
    }
    call(&mut here).unwrap();
    call(&mut here).unwrap();
    assert_eq!(sent(&mut here), [r#"[0, ["x"]]"#, r#"[4, ["x"]]"#]);
}

/// MoaT answers the last word of a stream with a stray -3, which would end the next call of this number.
#[test]
fn lnk_13_the_number_of_a_stream_that_we_ended_last_is_not_used_again() {
    let (mut here, id, mut there, other) = stream(5, 5);
    there.finish(other, Payload::new()).unwrap();
    deliver(&mut there, &mut here);
    assert!(matches!(here.take(id), Ok(Some(Event::Finished(_)))));
    here.finish(id, Payload::new()).unwrap();
    assert_eq!(sent(&mut here), ["[0]"]);
    here.call(&Path::from("x"), Payload::new(), CallMode::Plain, 0)
        .unwrap();
    assert_eq!(sent(&mut here), [r#"[4, ["x"]]"#]);
    here.receive(message("822122")).unwrap(); // [-2, -3]
    assert_eq!(here.open_calls(), 1);
}

#[test]
fn lnk_13_the_number_of_a_cancelled_call_waits_for_the_confirmation() {
    let mut here = Session::new(Limits::default());
    let call =
        |session: &mut Session| session.call(&Path::from("x"), Payload::new(), CallMode::Plain, 0);
    let id = call(&mut here).unwrap();
    assert_eq!(sent(&mut here).len(), 1);
    here.cancel(id);
    assert!(matches!(here.take(id), Err(CallError::Over)));
    assert_eq!(sent(&mut here), ["[2, -3]"]);
    call(&mut here).unwrap();
    assert_eq!(sent(&mut here), [r#"[4, ["x"]]"#], "1 is not free");
    assert_eq!(here.remembered(), 1);
    here.receive(message("822122")).unwrap();
    assert_eq!(here.remembered(), 0);
    call(&mut here).unwrap();
    assert_eq!(sent(&mut here), [r#"[0, ["x"]]"#], "1 is free");
}

#[test]
fn lnk_14_a_cancel_is_confirmed_at_once_and_counts_until_the_handler_has_ended() {
    let mut there = Session::new(limits(|it| it.calls = 1));
    there
        .receive(message("82008161 78".replace(' ', "").as_str()))
        .unwrap();
    let id = there.opened().unwrap().id;
    there.receive(message("820222")).unwrap();
    assert_eq!(sent(&mut there), ["[-2, -3]"]);
    assert!(there.is_cancelled(id));
    assert!(matches!(there.take(id), Ok(Some(Event::Cancelled))));
    // The caller may use the number again, but the handler still runs.
    there.receive(message("8200816178")).unwrap();
    assert_eq!(sent(&mut there), [r#"[-2, 27(["_rErr", "Busy"])]"#]);
    let ended = there.finish(id, Payload::new());
    assert!(matches!(ended, Err(CallError::Cancelled)));
    there.receive(message("8200816178")).unwrap();
    assert!(there.opened().is_some());
}

/// The answer to the old call would be taken for one to the new.
#[test]
fn lnk_14_a_number_that_is_used_again_before_its_cancel_was_confirmed_is_a_new_call() {
    let mut there = Session::new(Limits::default());
    for digits in ["8200816178", "820222", "8200816179"] {
        there.receive(message(digits)).unwrap();
    }
    assert_eq!(
        there.opened().unwrap().path.to_string(),
        "y",
        "x was withdrawn"
    );
    assert_eq!(sent(&mut there), [""; 0]);
    assert!(there.opened().is_none());
}

#[test]
fn lnk_14_a_call_that_has_not_left_is_cancelled_without_a_word() {
    let mut here = Session::new(Limits::default());
    let id = here.call(&Path::from("x"), Payload::new(), CallMode::In, 5);
    here.cancel(id.unwrap());
    assert_eq!(sent(&mut here), [""; 0]);
    assert!(here.is_idle() && here.remembered() == 0);
}

#[test]
fn lnk_15_credit_comes_before_the_call_and_again_at_half_the_window() {
    let mut here = Session::new(Limits::default());
    let id = here.call(&Path::from("x"), Payload::new(), CallMode::In, 4);
    let id = id.unwrap();
    assert_eq!(sent(&mut here), ["[3, 4]", r#"[1, ["x"]]"#]);
    for digits in ["8122", "822200", "822201", "822202"] {
        here.receive(message(digits)).unwrap();
    }
    let mut credits = Vec::new();
    for _ in 0..4 {
        assert!(here.take(id).unwrap().is_some());
        credits.push(sent(&mut here).join(" "));
    }
    assert_eq!(credits, ["", "", "[3, 2]", ""]);
}

#[test]
fn lnk_15_an_item_beyond_the_credit_breaks_the_call_off() {
    let mut here = Session::new(Limits::default());
    let id = here.call(&Path::from("x"), Payload::new(), CallMode::In, 2);
    let id = id.unwrap();
    assert_eq!(sent(&mut here).len(), 2);
    for digits in ["8122", "822200", "822201", "822202"] {
        here.receive(message(digits)).unwrap();
    }
    assert_eq!(sent(&mut here), ["[2, -8]"]);
    let mut events = Vec::new();
    while let Ok(Some(event)) = here.take(id) {
        events.push(format!("{event:?}"));
    }
    assert_eq!(events.len(), 4, "what was allowed comes first: {events:?}");
    assert_eq!(events[3], "Failed(Overrun)");
}

#[test]
fn lnk_15_unwanted_items_are_refused_once() {
    let mut here = Session::new(Limits::default());
    let id = here.call(&Path::from("x"), Payload::new(), CallMode::Out, 0);
    assert_eq!(sent(&mut here).len(), 1);
    for digits in ["8122", "822200", "822201", "822202"] {
        here.receive(message(digits)).unwrap();
    }
    assert_eq!(sent(&mut here), ["[2, -2]"]);
    let id = id.unwrap();
    assert!(matches!(here.take(id), Ok(Some(Event::Replied(_)))));
    let failed = here.take(id).unwrap().unwrap();
    let Event::Failed(error) = failed else {
        panic!("{failed:?}");
    };
    assert!(matches!(*error, CallError::Unwanted));
}

#[test]
fn lnk_15_an_item_without_credit_is_handed_back_and_the_sender_woken() {
    let (mut here, id, mut there, other) = stream(2, 5);
    there.item(other, one(0)).unwrap();
    there.item(other, one(1)).unwrap();
    let error = there.item(other, one(2)).unwrap_err();
    assert!(matches!(error.reason, CallError::NoCredit));
    assert_eq!(error.payload, one(2));
    assert_eq!(there.credit(other), Some(0));
    while there.woken().is_some() {}
    deliver(&mut there, &mut here);
    assert!(matches!(here.take(id), Ok(Some(Event::Item(_)))));
    deliver(&mut here, &mut there);
    assert_eq!(there.woken(), Some(other));
    there.item(other, one(2)).unwrap();
}

/// MoaT's sender waits for ever here, and the number is lost.
#[test]
fn lnk_16_the_others_last_word_ends_the_waiting_for_credit() {
    let (mut here, id, mut there, other) = stream(2, 5);
    there.item(other, one(0)).unwrap();
    here.finish(id, one(9)).unwrap();
    deliver(&mut here, &mut there);
    // What was allowed before may still be used.
    there.item(other, one(1)).unwrap();
    let error = there.item(other, one(2)).unwrap_err();
    assert!(matches!(error.reason, CallError::PeerFinished));
    assert_eq!(there.woken(), Some(other), "a waiting sender hears of it");
    there.finish(other, one(2)).unwrap();
    deliver(&mut there, &mut here);
    for number in [0, 1] {
        let Some(Event::Item(item)) = here.take(id).unwrap() else {
            panic!("no item {number}");
        };
        assert_eq!(item, one(number));
        assert!(!here.has_output(), "no credit after the last word");
    }
    assert!(matches!(here.take(id), Ok(Some(Event::Finished(_)))));
    assert!(here.is_idle() && here.remembered() == 0);
    assert!(there.take(other).is_err());
    assert!(there.is_idle() && there.remembered() == 0);
}

#[test]
fn lnk_16_without_any_credit_message_the_last_word_stops_the_sender_at_once() {
    let mut there = Session::new(Limits::default());
    there.receive(message("8201816178")).unwrap();
    let id = there.opened().unwrap().id;
    there.reply(id, Payload::new(), 0).unwrap();
    there.item(id, one(0)).unwrap();
    there.receive(message("8200f6")).unwrap();
    let error = there.item(id, one(1)).unwrap_err();
    assert!(matches!(error.reason, CallError::PeerFinished));
}

#[test]
fn lnk_17_an_error_comes_after_the_items_before_it() {
    let (mut here, id, mut there, other) = stream(5, 5);
    there.item(other, one(0)).unwrap();
    there.item(other, one(1)).unwrap();
    there.fail(other, ErrorCode::Stop).unwrap();
    deliver(&mut there, &mut here);
    let events: Vec<_> = (0..3).map(|_| here.take(id).unwrap().unwrap()).collect();
    let [Event::Item(_), Event::Item(_), Event::Failed(error)] = &events[..] else {
        panic!("{events:?}");
    };
    assert!(matches!(**error, CallError::Code(ErrorCode::Stop)));
}

#[test]
fn lnk_18_a_warning_of_one_integer_is_guarded_and_read_as_one() {
    let (mut here, id, mut there, other) = stream(0, 5);
    there.warn(other, one(7)).unwrap();
    assert_eq!(sent(&mut there), ["[-1, 7, {}]"]);
    here.receive(message("832007a0")).unwrap();
    let Some(Event::Warned(warning)) = here.take(id).unwrap() else {
        panic!("no warning");
    };
    assert_eq!(warning.arguments::<u64>().unwrap(), 7);
    assert_eq!(here.credit(id), Some(5), "it is no credit");
}

#[test]
fn lnk_18_warnings_without_end_are_left_out_and_that_is_said() {
    let (mut here, id, ..) = stream(5, 5);
    for _ in 0..10_000 {
        here.receive(message("82206177")).unwrap();
    }
    let mut warned = 0;
    let last = loop {
        match here.take(id).unwrap() {
            Some(Event::Warned(_)) => warned += 1,
            event => break event,
        }
    };
    assert_eq!(warned, Limits::default().warnings - 1);
    assert!(matches!(last, Some(Event::Notice(ErrorCode::SkippedData))));
    assert!(here.take(id).unwrap().is_none());
}

#[test]
fn lnk_19_a_plain_call_of_a_stream_is_answered_that_it_must_be_one() {
    let mut there = Session::new(Limits::default());
    there.receive(message("8200816178")).unwrap();
    let id = there.opened().unwrap().id;
    let replied = there.reply(id, Payload::new(), 5);
    assert!(matches!(replied, Err(CallError::WrongMode)));
    assert_eq!(sent(&mut there), ["[-2, -6]"]);
    assert!(there.is_idle());
}

#[test]
fn lnk_19_a_path_that_is_none_fails_the_call_and_not_the_connection() {
    let mut there = Session::new(limits(|it| it.path = 2));
    let calls = [
        ("0, a text with a dot", "820063612e62"),
        ("4, 7", "820407"),
        ("8, [a, b, c]", "820883616161626163"),
        ("12, 39([a])", "820cd827816161"),
        ("16, [[a]]", "821081816161"),
    ];
    for (what, digits) in calls {
        let received = there.receive(message(digits));
        assert!(received.is_ok(), "{what}");
    }
    assert_eq!(there.opened().unwrap().path.to_string(), "a");
    assert!(there.opened().is_none());
    let answers = sent(&mut there);
    assert_eq!(answers.len(), 4, "{answers:?}");
    assert_eq!(answers[2], r#"[-10, 27(["_LCmdErr"])]"#);
    assert!(answers[3].starts_with(r#"[-18, 27(["_ValErr""#));
}

#[test]
fn lnk_20_what_is_attacked_stays_within_its_limits() {
    let mut session = Session::new(Limits::default());
    for number in 0..200_000_i64 {
        let credit = Object::encode(&(number * 4 + 3, 1)).unwrap();
        session.receive(credit).unwrap();
    }
    // 20,000 calls at once: 256 are taken, the others refused, and the flood is an error.
    let open = |number: i64| Object::encode(&(number * 4, ["x"])).unwrap();
    let mut flood = None;
    for number in 0..20_000 {
        if let Err(error) = session.receive(open(number)) {
            flood = Some((number, error));
            break;
        }
    }
    let limit = Limits::default().remembered;
    let (number, error) = flood.unwrap();
    assert_eq!(error, ProtocolError::Flood { limit });
    assert!(number >= 16_000);
    // If the answers are read, it goes on for ever.
    let mut session = Session::new(Limits::default());
    for number in 0..50_000 {
        session.receive(open(number)).unwrap();
        sent(&mut session);
    }
    assert_eq!(session.open_calls(), 256);
    assert_eq!(session.remembered(), 0);
}

#[test]
fn lnk_20_large_items_stop_at_the_number_of_bytes() {
    let mut here = Session::new(limits(|it| it.queued = 10_000));
    let id = here.call(&Path::from("x"), Payload::new(), CallMode::In, 50);
    let id = id.unwrap();
    sent(&mut here);
    let item = Object::encode(&(-3, "x".repeat(4000))).unwrap();
    for _ in 0..4 {
        here.receive(item.clone()).unwrap();
    }
    assert_eq!(sent(&mut here), ["[2, -8]"]);
    let mut items = 0;
    while let Some(Event::Replied(_) | Event::Item(_)) = here.take(id).unwrap() {
        items += 1;
    }
    assert_eq!(items, 2);
}

#[test]
fn lnk_20_a_message_too_long_is_refused_at_both_ends() {
    let mut session = Session::new(limits(|it| it.message = 100));
    let long = Payload::of(&"x".repeat(100)).unwrap();
    let called = session.call(&Path::from("x"), long, CallMode::Plain, 0);
    assert!(matches!(
        called,
        Err(CallError::TooLarge { limit: 100, .. })
    ));
    let long = Object::encode(&(0, ["x"], "x".repeat(100))).unwrap();
    let error = session.receive(long).unwrap_err();
    assert!(matches!(error, ProtocolError::TooLarge { limit: 100, .. }));
}

#[test]
fn lnk_21_a_lost_connection_is_an_error_of_every_call_after_what_had_come() {
    let (mut here, id, mut there, other) = stream(5, 5);
    there.item(other, one(0)).unwrap();
    deliver(&mut there, &mut here);
    let unsent = here.call(&Path::from("y"), Payload::new(), CallMode::Plain, 0);
    let unsent = unsent.unwrap();
    here.end(Ending::PeerClosed);
    assert!(matches!(here.take(id), Ok(Some(Event::Item(_)))));
    for (id, opened, received) in [(id, true, 1), (unsent, false, 0)] {
        let Some(Event::Failed(error)) = here.take(id).unwrap() else {
            panic!("not failed");
        };
        let CallError::Lost { progress, .. } = *error else {
            panic!("not lost: {error}");
        };
        assert_eq!((progress.opened, progress.received), (opened, received));
        assert!(matches!(here.take(id), Err(CallError::Over)));
    }
    let late = here.call(&Path::from("y"), Payload::new(), CallMode::Plain, 0);
    assert!(matches!(late, Err(CallError::Lost { .. })));
    assert_eq!(here.receive(message("8123")), Err(ProtocolError::Ended));
    assert!(here.transmit().is_none() && here.is_idle());
    // A handler hears of it, too, and its answer is an error.
    there.end(Ending::Closed);
    let Ok(Some(Event::Failed(error))) = there.take(other) else {
        panic!("not failed");
    };
    assert!(matches!(*error, CallError::Lost { .. }));
    let finished = there.finish(other, Payload::new());
    assert!(matches!(finished, Err(CallError::Lost { .. })));
    assert!(there.is_idle());
}

#[test]
fn lnk_22_calls_take_turns() {
    let mut session = Session::new(Limits::default());
    for digits in ["8201816178", "8205816178"] {
        session.receive(message(digits)).unwrap();
        let id = session.opened().unwrap().id;
        session.reply(id, Payload::new(), 0).unwrap();
        for number in 0..2 {
            session.item(id, one(number)).unwrap();
        }
    }
    let turns = ["[-3]", "[-7]", "[-3, 0]", "[-7, 0]", "[-3, 1]", "[-7, 1]"];
    assert_eq!(sent(&mut session), turns);
}

#[test]
fn lnk_22_what_waits_to_be_sent_has_a_limit_and_who_was_refused_is_woken() {
    let mut session = Session::new(limits(|it| it.items = 2));
    session.receive(message("8201816178")).unwrap();
    let id = session.opened().unwrap().id;
    session.reply(id, Payload::new(), 0).unwrap();
    session.item(id, one(0)).unwrap();
    let error = session.item(id, one(1)).unwrap_err();
    assert!(matches!(error.reason, CallError::QueueFull));
    assert_eq!(session.woken(), None);
    assert_eq!(sent(&mut session).len(), 2);
    assert_eq!(session.woken(), Some(id));
    session.item(id, one(1)).unwrap();
}

#[test]
fn lnk_22_long_payloads_are_shared_on_their_way_in_and_out() {
    let blob = Chunk::from(vec![b'x'; 100_000]);
    let payload = Payload::of(&blob_of(&blob)).unwrap();
    let address = payload.items().as_ptr();
    let mut session = Session::new(Limits::default());
    session
        .call(&Path::from("x"), payload, CallMode::Plain, 0)
        .unwrap();
    let mut out = Chain::new();
    session.transmit_into(&mut out, usize::MAX);
    assert!(out.views().any(|view| view.as_ptr() == address));

    let whole = Object::new(out.to_chunk()).unwrap();
    let mut there = Session::new(Limits::default());
    let bytes = whole.bytes().as_ptr_range();
    there.receive(whole.clone()).unwrap();
    let arguments = there.opened().unwrap().arguments;
    assert!(bytes.contains(&arguments.items().as_ptr()));
}

/// Bytes as serde knows them.
fn blob_of(blob: &Chunk) -> iolite::link::object::Value {
    blob.clone().into()
}
