//! What the real MoaT wrote is read, and written again, byte by byte.

use iolite::link::frame::{CborSequence, Framing, Prefixed, SerialPackerOptions};
use iolite::link::object::{ItemLimits, Object, Payload, RemoteError, Value};
use iolite::{Chain, Chunk, Pipe};

use crate::vectors::{Case, cases, unhex};

#[test]
fn lnk_9_every_message_is_read_and_written_again_to_the_same_bytes() {
    let (mut count, mut narrow) = (0, 0);
    for case in cases("calls.txt") {
        for line in &case.lines {
            let (bytes, diagnostic) = line.bytes();
            let object = Object::new(bytes).unwrap();
            assert_eq!(
                format!("{:#}", object.diagnostic()),
                diagnostic,
                "{}",
                case.name
            );
            let value = object.value();
            assert_eq!(
                object.decode::<Value>().unwrap(),
                value,
                "through serde: {diagnostic}"
            );
            let again = Object::encode(&value).unwrap();
            count += 1;
            // MoaT writes a float with as few bits as it needs, and reads only 64 exactly.
            if again != object {
                let widened = format!("{:#}", again.diagnostic());
                assert_eq!(widened, diagnostic.replace("_1", "_3").replace("_2", "_3"));
                narrow += 1;
            }
        }
    }
    assert_eq!((count, narrow), (396, 8));
}

/// All that one end of a case wrote, and has not lost.
fn stream(case: &Case, end: &str) -> Chunk {
    let written = case.lines.iter().filter(|line| line.sign == end);
    written.flat_map(|line| line.bytes().0.to_vec()).collect()
}

/// All objects of a stream, written again.
fn rewrite(stream: &Chunk, framing: &mut dyn Framing) -> (Vec<Object>, Chain) {
    let mut pipe = Pipe::new();
    pipe.append(stream).unwrap();
    pipe.close(None);
    let (mut objects, mut again) = (Vec::new(), Chain::new());
    while let Some(object) = framing.decode(&mut pipe).unwrap().ready() {
        framing.encode(&object, &mut again).unwrap();
        objects.push(object);
    }
    (objects, again)
}

fn framings() -> Vec<(&'static str, Box<dyn Framing>)> {
    let packer = SerialPackerOptions::new();
    vec![
        ("cbor_buf", Box::new(CborSequence::default())),
        (
            "cbor_buf with prefix byte 0xC1",
            Box::new(Prefixed::new(0xc1, ItemLimits::default())),
        ),
        ("SerialPacker, defaults", Box::new(packer.build().unwrap())),
        (
            "SerialPacker, max_packet 300: length in two bytes",
            Box::new(packer.max_packet(300).build().unwrap()),
        ),
        (
            "SerialPacker, start 0xFA, mark 0xF7",
            Box::new(packer.mark(Some(0xf7)).build().unwrap()),
        ),
        (
            "SerialPacker and reliable",
            Box::new(packer.build().unwrap()),
        ),
    ]
}

#[test]
fn lnk_9_frames_are_those_of_moat_byte_by_byte_both_ways() {
    let layers = cases("layers.txt");
    let mut count = 0;
    for (name, mut framing) in framings() {
        let case = layers.iter().find(|case| case.name == name).unwrap();
        for end in ["a", "b"] {
            let stream = stream(case, end);
            let (objects, again) = rewrite(&stream, &mut *framing);
            assert_eq!(again, &stream[..], "{name}");
            assert!(framing.console().is_empty(), "{name}");
            count += objects.len();
        }
    }
    assert_eq!(count, 17);
}

#[test]
fn every_answer_that_a_client_can_get_has_a_reading() {
    for case in cases("replies.txt") {
        let (bytes, diagnostic) = case.lines[0].bytes();
        let mut pipe = Pipe::new();
        pipe.append(&bytes).unwrap();
        let mut framing = CborSequence::default();
        let first = framing.decode(&mut pipe);
        if case.name == "not well-formed" {
            first.unwrap_err();
            continue;
        }
        let first = first.unwrap().ready().unwrap();
        if !diagnostic.contains("inf") && case.name != "indefinite array" {
            let shown = format!("{:#}", first.diagnostic());
            assert!(diagnostic.starts_with(&shown), "{shown} of {diagnostic}");
        }
        assert_eq!(first.items().is_some(), case.name != "message is no array");
    }
}

#[test]
fn lnk_8_an_error_is_read_whatever_its_form() {
    let readings = [
        ("d81b82675f56616c4572726178", r#"ValueError("x")"#),
        (
            "d81b83675f56616c4572726178a1616b01",
            r#"ValueError("x", {"k": 1})"#,
        ),
        ("d81b83655f72457272644e616d6501", "Name(1)"),
        ("d81b82685f556e6b6e6f776e01", "_Unknown(1)"),
        ("d81b82d98001675f56616c45727201", "ValueError(1)"),
        ("674d794572726f72", "MyError()"),
        ("d98001675f56616c457272", "ValueError()"),
        ("d9800163705f31", r#"unnamed error(32769("p_1"))"#),
        ("d81b82675f434e4345727200", "NoCommand(0)"),
        ("07", "unnamed error(7)"),
        ("d81b05", "unnamed error(27(5))"),
        ("d81b80", "unnamed error()"),
        ("a1616b01", r#"unnamed error({"k": 1})"#),
    ];
    for (hex, reading) in readings {
        let payload = Payload::builder().push_object(&Object::new(unhex(hex)).unwrap());
        // `push_object` guards a map; as an answer has it, it is keywords.
        let payload = match hex.starts_with('a') {
            true => Payload::builder().keyword("k", &1).unwrap(),
            false => payload,
        };
        let error = RemoteError::read(&payload.finish());
        assert_eq!(error.to_string(), reading);
        let again = RemoteError::read(&error.payload());
        if !error.name.is_empty() {
            assert_eq!(again, error, "{hex}");
        }
    }
    assert_eq!(
        RemoteError::read(&Payload::new()).to_string(),
        "unnamed error()"
    );
    let text = Payload::of(&("MyError", "why", 3)).unwrap();
    assert_eq!(RemoteError::read(&text).to_string(), r#"MyError("why", 3)"#);
}
