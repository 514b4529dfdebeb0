//! What a client of ours finds at the other end, be it MoaT or one of ours: a connection for each.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use iolite::Chunk;
use iolite::link::object::{Payload, RemoteError, Tagged, Value};
use iolite::link::request::{Channel, Received, Request};
use iolite::link::session::CallError;

use super::served::blob;
use super::sha256::sha256;

pub(super) type Outcome = Result<(), CallError>;

/// A case, and whether MoaT's own server fails it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) run: fn(&Request) -> Outcome,
    pub(super) moat_fails: bool,
}

const fn case(name: &'static str, run: fn(&Request) -> Outcome) -> Case {
    Case {
        name,
        run,
        moat_fails: false,
    }
}

pub(super) const CASES: &[Case] = &[
    case("plain", plain),
    case("none", none),
    case("kwargs", kwargs),
    case("mapping_arg", mapping_arg),
    case("list_result", list_result),
    case("error", error),
    case("error_unnamed", error_unnamed),
    case("error_unsendable", error_unsendable),
    case("unknown", unknown),
    case("badargs", badargs),
    case("nested", nested),
    case("special", special),
    case("stream_in", stream_in),
    case("stream_in_long", stream_in_long),
    case("stream_in_slow", stream_in_slow),
    case("stream_out", stream_out),
    case("stream_both", stream_both),
    case("stream_echo", stream_echo),
    case("warning", warning),
    case("stream_crash", stream_crash),
    case("stream_refused", stream_refused),
    case("plain_of_stream", plain_of_stream),
    case("cancel", cancel),
    case("deadline", deadline),
    case("cancel_stream", cancel_stream),
    case("stop", stop),
    case("no_handler", no_handler),
    case("reverse", reverse),
    case("large", large),
    case("many", many),
    case("values", values),
    Case {
        moat_fails: true,
        ..case("leave_stream", leave_stream)
    },
];

fn plain(peer: &Request) -> Outcome {
    assert_eq!(peer.call::<i64>("add", &(2, 3))?, 5);
    Ok(())
}

fn none(peer: &Request) -> Outcome {
    peer.call::<()>("none", &())?;
    assert_eq!(peer.call::<Value>("none", &())?, Value::Null);
    Ok(())
}

fn kwargs(peer: &Request) -> Outcome {
    let arguments = Payload::builder().push(&2)?.keyword("b", &40)?.finish();
    let sum = peer.call_payload("add", arguments)?;
    assert_eq!(sum.result::<i64>()?, 42);
    let keywords = BTreeMap::from([("x", Value::from(1)), ("y", "z".into())]);
    let answer: BTreeMap<String, Value> = peer.call("dict", &keywords)?;
    assert!(
        answer
            .iter()
            .map(|(key, value)| (&**key, value))
            .eq(keywords.iter().map(|(k, v)| (*k, v)))
    );
    Ok(())
}

fn mapping_arg(peer: &Request) -> Outcome {
    let mapping = BTreeMap::from([("k", 2)]);
    let (one, back): (i64, Value) = peer.call("echo", &(1, &mapping))?;
    assert_eq!((one, back.get("k")), (1, Some(&Value::from(2))));
    Ok(())
}

fn list_result(peer: &Request) -> Outcome {
    let list = peer.call_payload("list", Payload::of(&(1, 2))?)?;
    assert_eq!(list.to_string(), "[1, 2]");
    Ok(())
}

/// The error of a call that has to fail by a command's doing.
fn remote<T: std::fmt::Debug>(result: Result<T, CallError>) -> RemoteError {
    match result {
        Err(CallError::Remote(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn error(peer: &Request) -> Outcome {
    let error = remote(peer.call::<()>("fail", "value"));
    assert_eq!(error.to_string(), r#"ValueError("bad value", 42)"#);
    let error = remote(peer.call::<()>("fail", "key"));
    assert_eq!(error.to_string(), r#"KeyError("nokey")"#);
    Ok(())
}

fn error_unnamed(peer: &Request) -> Outcome {
    let error = remote(peer.call::<()>("fail", "runtime"));
    assert_eq!(error.to_string(), r#"RuntimeError("Duh")"#);
    let error = remote(peer.call::<()>("fail", "private"));
    assert_eq!(error.args, [Value::from("secret"), Value::from(1)]);
    Ok(())
}

fn error_unsendable(peer: &Request) -> Outcome {
    remote(peer.call::<()>("fail", "proxy"));
    plain(peer)
}

fn unknown(peer: &Request) -> Outcome {
    for (path, element) in [
        ("nope", "nope"),
        ("deep.nope", "nope"),
        ("nope.deep", "nope"),
    ] {
        let error = remote(peer.call::<()>(path, &()));
        assert_eq!(
            (&*error.name, &error.args[0]),
            ("KeyError", &Value::from(element))
        );
    }
    Ok(())
}

fn badargs(peer: &Request) -> Outcome {
    let error = remote(peer.call::<()>("add", &()));
    assert_eq!(&*error.name, "TypeError");
    Ok(())
}

fn nested(peer: &Request) -> Outcome {
    assert_eq!(peer.call::<String>("deep.hello", &())?, "hello from deep");
    assert_eq!(
        peer.call::<String>("deep.er.hello", &())?,
        "hello from deep.er"
    );
    assert_eq!(peer.call::<i64>("deep.er", &(1, 2))?, 2);
    Ok(())
}

fn special(peer: &Request) -> Outcome {
    let names: BTreeMap<String, Value> = peer.call("dir_", &())?;
    let has = |key: &str, name: &str| match &names[key] {
        Value::Array(names) => names.contains(&name.into()),
        names => names.get(name).is_some(),
    };
    assert!(has("c", "add") && has("s", "count") && has("d", "deep"));
    let doc: Value = peer.call("add.doc_", &())?;
    assert_eq!(doc.get("_d"), Some(&"add two numbers".into()));
    assert!(!peer.call::<bool>("rdy_", &())?);
    Ok(())
}

fn numbers(stream: &mut Channel) -> Result<Vec<i64>, CallError> {
    let mut numbers = Vec::new();
    while let Some(number) = stream.recv()? {
        numbers.push(number);
    }
    Ok(numbers)
}

fn stream_in(peer: &Request) -> Outcome {
    let mut count = peer.with_window(5).stream_in("count", &3)?;
    assert_eq!(count.initial::<String>()?, "start");
    assert_eq!(numbers(&mut count)?, [0, 1, 2]);
    assert_eq!(count.result::<(String, i64)>()?, ("done".into(), 3));
    Ok(())
}

fn stream_in_long(peer: &Request) -> Outcome {
    for window in [1, 2, 7, 20] {
        let mut count = peer.with_window(window).stream_in("count", &200)?;
        assert!(numbers(&mut count)?.into_iter().eq(0..200));
    }
    Ok(())
}

/// Nothing overflows: the other end waits.
fn stream_in_slow(peer: &Request) -> Outcome {
    let mut count = peer.with_window(5).stream_in("count", &30)?;
    thread::sleep(Duration::from_millis(200));
    plain(peer)?;
    assert!(numbers(&mut count)?.into_iter().eq(0..30));
    Ok(())
}

fn stream_out(peer: &Request) -> Outcome {
    let mut sum = peer.stream_out("sum", &())?;
    assert_eq!(sum.initial::<String>()?, "go");
    for number in 1..=100 {
        sum.feed(&number)?;
    }
    assert_eq!(sum.result::<i64>()?, 5050);
    Ok(())
}

fn stream_both(peer: &Request) -> Outcome {
    let mut chat = peer.with_window(5).stream("chat", &())?;
    assert_eq!(chat.initial::<String>()?, "hi");
    for number in 1..=3 {
        chat.send(&number)?;
        assert_eq!(chat.recv::<i64>()?, Some(2 * number));
    }
    assert_eq!(chat.result::<(String, i64)>()?, ("bye".into(), 3));
    Ok(())
}

fn stream_echo(peer: &Request) -> Outcome {
    let initial = Payload::builder().push("x")?.keyword("y", &1)?.finish();
    let mode = iolite::link::session::CallMode::Both;
    let mut echo = peer.stream_payload("echo", initial.clone(), mode)?;
    assert_eq!(echo.initial_payload()?, initial);
    let item = Payload::builder().push("one")?.keyword("k", &2)?.finish();
    echo.send_payload(item.clone())?;
    assert_eq!(echo.next()?, Some(Received::Item(item)));
    assert_eq!(echo.result::<String>()?, "bye");
    Ok(())
}

fn warning(peer: &Request) -> Outcome {
    let mut stream = peer.with_window(12).stream_in("warn", &())?;
    let mut received = Vec::new();
    while let Some(next) = stream.next()? {
        received.push(match next {
            Received::Item(item) => item.to_string(),
            Received::Warning(warning) => format!("warning {warning}"),
        });
    }
    // MoaT sends the warning of a single integer as if it were credit.
    received.retain(|it| !it.starts_with("warning 7"));
    assert_eq!(
        received,
        ["1", r#"warning "look out", {"why": "test"}"#, "2"]
    );
    assert_eq!(stream.result::<String>()?, "done");
    Ok(())
}

fn stream_crash(peer: &Request) -> Outcome {
    let mut crash = peer.with_window(12).stream_in("crash", &())?;
    assert_eq!(crash.recv()?, Some(1));
    assert_eq!(crash.recv()?, Some(2));
    let error = remote(crash.recv::<i64>());
    assert_eq!(error.to_string(), r#"ValueError("crashed")"#);
    Ok(())
}

fn stream_refused(peer: &Request) -> Outcome {
    let mut add = peer.stream_in("add", &(1, 2))?;
    assert_eq!(&*remote(add.initial::<i64>()).name, "KeyError");
    Ok(())
}

/// MoaT's initial reply looks like an answer; ours says that it is none.
fn plain_of_stream(peer: &Request) -> Outcome {
    match peer.call::<String>("count", &2) {
        Ok(initial) => assert_eq!(initial, "start"),
        Err(error) => assert!(!matches!(error, CallError::Lost { .. }), "{error:?}"),
    }
    plain(peer)
}

fn counted(peer: &Request, what: &str) -> Result<u64, CallError> {
    // Keywords: nothing, while there are no counts.
    let counts = peer.call_payload("stat", Payload::new())?;
    let count = counts.keyword(what).map(|count| count.decode());
    Ok(count.transpose()?.unwrap_or_default())
}

fn until_counted(peer: &Request, what: &str, number: u64) -> Outcome {
    let start = Instant::now();
    while counted(peer, what)? < number {
        assert!(
            start.elapsed() < Duration::from_secs(100),
            "it goes on: {what}"
        );
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn cancel(peer: &Request) -> Outcome {
    let before = counted(peer, "cancelled")?;
    let nap = peer.start::<()>("nap", &30)?;
    until_counted(peer, "napping", 1)?;
    drop(nap);
    until_counted(peer, "cancelled", before + 1)
}

fn deadline(peer: &Request) -> Outcome {
    let before = counted(peer, "cancelled")?;
    let hurried = peer.with_deadline(Duration::from_millis(100));
    let start = Instant::now();
    assert!(matches!(
        hurried.call::<()>("nap", &30),
        Err(CallError::TimedOut)
    ));
    assert!(start.elapsed() < Duration::from_secs(100));
    until_counted(peer, "cancelled", before + 1)
}

fn cancel_stream(peer: &Request) -> Outcome {
    let before = counted(peer, "forever")?;
    let mut forever = peer.with_window(3).stream_in("forever", &())?;
    for number in 0..3 {
        assert_eq!(forever.recv()?, Some(number));
    }
    forever.cancel();
    until_counted(peer, "forever", before + 1)
}

/// Ends its own direction, which says "no more, please".
fn leave_stream(peer: &Request) -> Outcome {
    let before = counted(peer, "forever")?;
    let mut forever = peer.with_window(3).stream_in("forever", &())?;
    for number in 0..3 {
        assert_eq!(forever.recv()?, Some(number));
    }
    forever.result::<()>()?;
    until_counted(peer, "forever", before + 1)
}

fn stop(peer: &Request) -> Outcome {
    let mut chat = peer.with_window(5).stream("chat", &())?;
    chat.send(&4)?;
    assert_eq!(chat.recv::<i64>()?, Some(8));
    assert_eq!(chat.finish::<(String, i64)>("enough")?, ("bye".into(), 1));
    Ok(())
}

/// Run by a client that serves nothing.
fn no_handler(peer: &Request) -> Outcome {
    let arguments = Payload::builder().push(&21)?.keyword("catch", &true)?;
    let answer = peer.call_payload("back", arguments.finish())?;
    assert_eq!(answer.result::<String>()?, "NoCmd");
    Ok(())
}

fn reverse(peer: &Request) -> Outcome {
    assert_eq!(peer.call::<i64>("back", &21)?, 42);
    Ok(())
}

fn large(peer: &Request) -> Outcome {
    let data = blob(1 << 20);
    let answer: Value = peer.call("blob", &data.len())?;
    assert!(answer == Value::from(data.clone()));
    let digest = sha256(&data);
    let size: (u64, String) = peer.call("size", &(Value::from(data),)).and_then(both)?;
    assert_eq!(size, (1 << 20, digest));
    Ok(())
}

/// The two values of a list.
fn both(list: Vec<Value>) -> Result<(u64, String), CallError> {
    let (length, digest) = (list[0].as_int().unwrap(), list[1].as_str().unwrap());
    Ok((u64::try_from(length).unwrap(), digest.to_owned()))
}

fn many(peer: &Request) -> Outcome {
    thread::scope(|scope| {
        let nap = |number: i64| {
            let seconds = (100 - number) as f64 * 0.005;
            scope.spawn(move || peer.call::<i64>("nap", &(seconds, number)))
        };
        let naps: Vec<_> = (0..100).map(nap).collect();
        for (number, nap) in (0..).zip(naps) {
            assert_eq!(nap.join().unwrap()?, number);
        }
        Ok(())
    })
}

fn values(peer: &Request) -> Outcome {
    let tagged = |tag, value| Value::Tag(tag, Box::new(value));
    let list = |values: &[Value]| Value::Array(values.to_vec());
    for value in [
        Value::from(0),
        23.into(),
        24.into(),
        (1_i64 << 32).into(),
        (1_i128 << 64).into(),
        (-1).into(),
        (-(1_i128 << 64) - 1).into(),
        0.0.into(),
        0.5.into(),
        1.1.into(),
        3.4e38.into(),
        1e300.into(),
        f64::INFINITY.into(),
        true.into(),
        Value::Null,
        "".into(),
        "ä€😀".into(),
        Value::Bytes(Chunk::from(b"\x00\xff")),
        list(&[1.into(), list(&[2.into(), list(&[])])]),
        Value::Map(vec![(
            "a".into(),
            Value::Map(vec![(1.into(), Value::Null)]),
        )]),
        tagged(258, list(&[1.into(), 2.into()])),
        tagged(39, list(&["a".into(), 1.into(), Value::Null])),
    ] {
        let arguments = Payload::builder().push(&value)?.keyword("_", &0)?;
        let answer = peer.call_payload("echo", arguments.finish())?;
        let back = answer.get(0).map(|it| it.value());
        assert_eq!(back.as_ref(), Some(&value));
    }
    let set: Tagged<Vec<i64>> = peer
        .call_payload(
            "echo",
            Payload::builder()
                .push(&Tagged {
                    tag: 258,
                    value: [3],
                })?
                .finish(),
        )?
        .result()?;
    assert_eq!((set.tag, set.value), (258, vec![3]));
    Ok(())
}
