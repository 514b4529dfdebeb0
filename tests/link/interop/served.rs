//! The commands that MoaT's client and ours call: the same ones as those of `peer/peer.py`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use iolite::link::dispatch::{Call, Context, Doc, StdBase};
use iolite::link::object::{Payload, RemoteError, Value};
use iolite::link::request::{Channel, Received};
use iolite::link::session::{CallError, ErrorCode};
use serde::Deserialize;

use super::sha256::sha256;

/// How often something happened; absent while it did not.
type Counts = Arc<Mutex<BTreeMap<&'static str, u64>>>;

fn count(counts: &Counts, what: &'static str, number: u64) {
    *counts.lock().unwrap().entry(what).or_default() += number;
}

#[derive(Deserialize)]
struct Add {
    a: i64,
    #[serde(default)]
    b: i64,
}

#[derive(Deserialize)]
struct Nap {
    seconds: f64,
    #[serde(default)]
    answer: Option<i64>,
}

#[derive(Deserialize)]
struct Back {
    n: i64,
    #[serde(default)]
    catch: bool,
}

pub(super) fn served() -> StdBase {
    let counts = Counts::default();
    let (napping, leaving) = (Arc::clone(&counts), Arc::clone(&counts));
    StdBase::new("Served")
        .command("add", |Add { a, b }| a + b)
        .doc(
            "add",
            Doc::new("add two numbers")
                .argument("int:a")
                .argument("int:b")
                .result("int:sum"),
        )
        .command("none", |()| ())
        .command("dict", |keywords: BTreeMap<String, Value>| keywords)
        .handler("list", |call| {
            let values = call.payload().positional().map(|it| it.value());
            let values: Vec<_> = values.collect();
            call.reply(&values);
        })
        .command("blob", |length: usize| Value::from(blob(length)))
        .try_command("size", size)
        .command_with("nap", move |context: &Context, nap| {
            sleep(context, &nap, &napping)
        })
        .command("stat", move |()| counts.lock().unwrap().clone())
        .try_command("fail", |kind: String| Err::<(), _>(error(&kind)))
        .command_with("back", call_back)
        .handler("echo", echo)
        .stream("count", |channel: &mut Channel, n: u64| {
            channel.accept("start")?;
            for number in 0..n {
                channel.feed(&number)?;
            }
            Ok::<_, CallError>(("done", n))
        })
        .stream("sum", |channel: &mut Channel, ()| {
            channel.accept("go")?;
            let mut sum = 0;
            while let Some(number) = channel.recv::<i64>()? {
                sum += number;
            }
            Ok::<_, CallError>(sum)
        })
        .stream("chat", |channel: &mut Channel, ()| {
            channel.accept("hi")?;
            let mut said = 0;
            while let Some(number) = channel.recv::<i64>()? {
                channel.send(&(2 * number))?;
                said += 1;
            }
            Ok::<_, CallError>(("bye", said))
        })
        .stream("warn", |channel: &mut Channel, ()| {
            channel.accept("start")?;
            channel.send(&1)?;
            channel.warn_payload(look_out())?;
            channel.warn(&7)?;
            channel.send(&2)?;
            Ok::<_, CallError>("done")
        })
        .stream("crash", |channel: &mut Channel, ()| {
            channel.accept("start")?;
            channel.send(&1)?;
            channel.send(&2)?;
            let crashed = RemoteError::new("ValueError").with_argument("crashed");
            Err::<(), _>(CallError::Remote(crashed))
        })
        .stream("forever", move |channel: &mut Channel, ()| {
            channel.accept("start")?;
            let mut sent = 0;
            while channel.send(&sent).is_ok() {
                sent += 1;
            }
            count(&leaving, "forever", sent);
            Ok::<_, CallError>(())
        })
        .sub("deep", deep())
}

fn deep() -> StdBase {
    let lowest = StdBase::new("Lowest")
        .command("hello", |()| "hello from deep.er")
        .handler("", |call| {
            let number = call.payload().positional().count();
            call.reply(&number);
        });
    StdBase::new("Deep")
        .command("hello", |()| "hello from deep")
        .sub("er", lowest)
}

/// What the calling program serves.
pub(super) fn twice() -> StdBase {
    StdBase::new("Twice").command("twice", |n: i64| 2 * n)
}

/// Whole rounds of all bytes, and then zeros.
pub(super) fn blob(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..=255).cycle().take(length / 256 * 256).collect();
    bytes.resize(length, 0);
    bytes
}

fn size(data: Value) -> Result<Vec<Value>, RemoteError> {
    match data {
        Value::Bytes(data) => Ok(vec![
            Value::from(u64::try_from(data.len()).unwrap()),
            Value::from(sha256(&data)),
        ]),
        _ => Err(RemoteError::new("TypeError").with_argument("no bytes")),
    }
}

fn sleep(context: &Context, nap: &Nap, counts: &Counts) -> Result<Option<i64>, RemoteError> {
    count(counts, "napping", 1);
    if context.wait_cancelled(Duration::from_secs_f64(nap.seconds)) {
        count(counts, "cancelled", 1);
        return Err(RemoteError::new("CancelledError"));
    }
    Ok(nap.answer)
}

fn error(kind: &str) -> RemoteError {
    match kind {
        "value" => RemoteError::new("ValueError")
            .with_argument("bad value")
            .with_argument(42),
        "key" => RemoteError::new("KeyError").with_argument("nokey"),
        "runtime" => RemoteError::new("RuntimeError").with_argument("Duh"),
        "private" => RemoteError::new("Private")
            .with_argument("secret")
            .with_argument(1),
        _ => RemoteError::new("Private"),
    }
}

fn call_back(context: &Context, Back { n, catch }: Back) -> Result<Value, CallError> {
    match context.request().call::<i64>("twice", &n) {
        Ok(result) => Ok(result.into()),
        Err(CallError::Code(ErrorCode::NoCommand(0))) if catch => Ok("NoCmd".into()),
        Err(CallError::Remote(error)) if catch => Ok(Value::Text(error.name)),
        Err(error) => Err(error),
    }
}

/// The arguments come back, or each item.
fn echo(call: Call) {
    let arguments = call.payload().clone();
    if !call.is_stream() {
        return call.reply_payload(arguments);
    }
    let mut channel = call.into_channel();
    match echo_items(&mut channel, arguments) {
        Ok(()) => channel.reply("bye"),
        Err(error) => channel.fail(error),
    }
}

fn echo_items(channel: &mut Channel, initial: Payload) -> Result<(), CallError> {
    channel.accept_payload(initial)?;
    while let Some(received) = channel.next()? {
        if let Received::Item(item) = received {
            channel.send_payload(item)?;
        }
    }
    Ok(())
}

fn look_out() -> Payload {
    let warning = Payload::builder().push("look out").unwrap();
    warning.keyword("why", "test").unwrap().finish()
}
