//! Objects as lines of JSON.

use iolite::Chain;
use iolite::link::frame::{FrameError, Framing, JsonLines};
use iolite::link::object::Object;
use proptest::prelude::*;

use crate::frame::{LIMITS, encode, feed};
use crate::object::any_value;

proptest! {
    #[test]
    fn what_json_cannot_say_is_refused_or_comes_back(value in any_value()) {
        let object = Object::encode(&value).unwrap();
        let mut framing = JsonLines::default();
        let mut line = Chain::new();
        match framing.encode(&object, &mut line) {
            Err(error) => {
                let is_form = matches!(error, FrameError::NoJsonForm { .. });
                prop_assert!(is_form, "{}", error);
                prop_assert!(line.is_empty(), "nothing of it was written");
            }
            Ok(()) => {
                let text = line.to_chunk();
                let found = feed(&mut framing, [&text[..]].into_iter());
                let again = encode(&mut JsonLines::default(), &found.objects);
                prop_assert_eq!(again, &text[..]);
            }
        }
    }
}

/// A line of JSON: the object that it is, or what is wrong with it.
fn json(line: &str) -> String {
    let line = format!("{line}\n");
    let outcome = feed(&mut JsonLines::new(LIMITS), [line.as_bytes()].into_iter());
    match (&outcome.objects[..], &outcome.errors[..]) {
        ([object], []) => object.diagnostic().to_string(),
        ([], [error]) => error.clone(),
        ([], []) => "nothing".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_is_read_as_it_is_defined() {
    let right = [
        (" null ", "null"),
        ("true", "true"),
        ("[ ]", "[]"),
        ("{ }", "{}"),
        ("\t[1 , -2, 0, -0]\r", "[1, -2, 0, 0]"),
        (
            "[1.0, 0.5e1, 1E+2, 1e-2, -0.0]",
            "[1.0, 5.0, 100.0, 0.01, -0.0]",
        ),
        ("18446744073709551616", "2(h'010000000000000000')"),
        (
            r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#,
            r#""\"\\/\u0008\u000c\n\r\té😀""#,
        ),
        (
            r#"{"a": {"b": [1, 2]}, "a": null}"#,
            r#"{"a": {"b": [1, 2]}, "a": null}"#,
        ),
        ("", "nothing"),
        ("  ", "nothing"),
    ];
    for (line, diagnostic) in right {
        assert_eq!(json(line), diagnostic, "{line}");
    }
    let wrong = [
        ("nul", "byte 0 of the stream: expected a value"),
        ("[1 2]", "byte 3 of the stream: expected \",\" or \"]\""),
        ("[1,]", "byte 3 of the stream: expected a value"),
        ("{a: 1}", "byte 1 of the stream: expected a key in quotes"),
        ("{\"a\" 1}", "byte 5 of the stream: expected \":\""),
        (
            "{\"a\": 1,}",
            "byte 8 of the stream: expected a key in quotes",
        ),
        ("1 2", "byte 2 of the stream: expected the end of the line"),
        ("01", "byte 1 of the stream: expected the end of the line"),
        ("-", "byte 1 of the stream: expected a digit"),
        ("1.", "byte 2 of the stream: expected a digit"),
        ("1e", "byte 2 of the stream: expected a digit"),
        (
            "[1e999]",
            "byte 1 of the stream: expected a number that fits",
        ),
        ("\"abc", "byte 4 of the stream: expected a closing quote"),
        ("\"a\tb\"", "byte 2 of the stream: expected a closing quote"),
        (
            r#""\x""#,
            "byte 3 of the stream: expected an escape sequence",
        ),
        (
            r#""\u12é4""#,
            "byte 3 of the stream: expected four hexadecimal digits",
        ),
        (
            r#""\u+123""#,
            "byte 3 of the stream: expected four hexadecimal digits",
        ),
        (
            r#""\ud83d""#,
            "byte 7 of the stream: expected a character, not half of a pair",
        ),
        (
            r#""\ude00""#,
            "byte 7 of the stream: expected a character, not half of a pair",
        ),
    ];
    for (line, error) in wrong {
        assert_eq!(json(line), error, "{line}");
    }
    assert_eq!(
        json(&"[".repeat(17)),
        "byte 16 of the stream: expected fewer levels"
    );
    assert_eq!(
        json(&"9".repeat(40)),
        "byte 0 of the stream: expected a number that fits"
    );
    let deepest = format!("{}{}", "[".repeat(16), "]".repeat(16));
    assert_eq!(json(&deepest), deepest);
    let mut framing = JsonLines::default();
    let latin = feed(&mut framing, [&b"\"\xe9\"\n"[..]].into_iter());
    assert_eq!(latin.errors, ["byte 1 of the stream: expected UTF-8"]);
}
