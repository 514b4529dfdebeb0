//! Whatever is a well-formed object can be shown, taken apart, written again and asked for any type,
//! and nothing of that panics. The input is the object.
#![no_main]

use std::collections::BTreeMap;

use iolite::link::frame::{Framing, JsonLines};
use iolite::link::object::{Object, Path, Payload, RemoteError, Tagged, Value};
use iolite::{Chain, Chunk, Pipe};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Parameters {
    a: Option<i64>,
    #[serde(default)]
    b: Vec<String>,
    c: Option<Box<Parameters>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Mode {
    A,
    B(f64),
    C(u8, bool),
    D { a: Option<Value> },
}

fuzz_target!(|input: &[u8]| {
    let Ok(object) = Object::new(Chunk::copy_from_slice(input)) else {
        return;
    };
    let value = check_value(&object);
    check_types(&object);
    check_json(&object, &value);
    if let Some(payload) = Payload::of_array(&object) {
        check_payload(&payload);
    }
});

fn check_value(object: &Object) -> Value {
    let shown = format!("{:#}", object.diagnostic());
    assert!(!shown.is_empty());
    let value = object.value();
    let written = Object::encode(&value).expect("what was read can be written");
    Object::new(written.bytes().clone()).expect("what was written is well-formed");
    for again in [written.value(), object.decode().expect("a value is anything")] {
        assert_eq!(format!("{again:?}"), format!("{value:?}"));
    }
    assert_eq!(Object::encode(&written.value()), Ok(written));
    value
}

fn check_types(object: &Object) {
    let _ = object.decode::<(i8, u64, i128, f32)>();
    let _ = object.decode::<(&str, &[u8], char)>();
    let _ = object.decode::<BTreeMap<String, Tagged<Value>>>();
    let _ = object.decode::<()>();
    let _ = (object.as_int(), object.as_str());
    if let Ok(parameters) = object.decode::<Parameters>() {
        let again = Object::encode(&parameters).expect("it was read");
        assert_eq!(again.decode::<Parameters>(), Ok(parameters));
    }
    if let Ok(mode) = object.decode::<Mode>() {
        let again = Object::encode(&mode).expect("it was read");
        let again = again.decode::<Mode>().expect("it was written");
        assert_eq!(format!("{again:?}"), format!("{mode:?}"));
    }
    if let Ok(path) = Path::read(object) {
        let notation = path.to_string();
        let parsed: Path = notation.parse().expect("its own notation");
        assert_eq!(parsed.to_string(), notation);
    }
}

/// What JSON can say comes back from it.
fn check_json(object: &Object, value: &Value) {
    let (mut framing, mut line) = (JsonLines::default(), Chain::new());
    if framing.encode(object, &mut line).is_err() {
        assert!(line.is_empty());
        return;
    }
    let mut pipe = Pipe::new();
    let text = line.to_chunk();
    pipe.append(&text).expect("it is open");
    match framing.decode(&mut pipe) {
        Ok(again) => {
            let again = again.ready().expect("it is a line");
            let mut second = Chain::new();
            framing.encode(&again, &mut second).expect("it came from JSON");
            assert_eq!(second.to_chunk(), text);
        }
        Err(error) => {
            // Only if it is nested deeper than is read by default.
            let depth = format!("{value:?}").matches(['[', '(']).count();
            assert!(depth > 64, "{error}");
        }
    }
}

fn check_payload(payload: &Payload) {
    let positional = payload.positional().count();
    let is_keywords = payload.keywords().count() > 0;
    assert!(positional == payload.len() || positional + 1 == payload.len());
    assert!(!is_keywords || positional + 1 == payload.len());
    let _ = payload.arguments::<(u8, Value)>();
    let _ = payload.arguments::<Parameters>();
    let _ = payload.arguments::<Mode>();
    let _ = payload.arguments::<Vec<Option<Tagged<f64>>>>();
    let _ = payload.arguments::<BTreeMap<&str, Value>>();
    let _ = payload.arguments::<Value>();
    let _ = payload.result::<Value>();
    let _ = payload.result::<(Value, Parameters)>();
    let error = RemoteError::read(payload);
    let _ = error.to_string();
    let sent = error.payload();
    if !error.name.is_empty() && sent.len() == 1 {
        assert!(!RemoteError::read(&sent).name.is_empty());
    }
}
