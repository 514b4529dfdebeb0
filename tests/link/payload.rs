//! What stands in a message after its head: rule c2 of MoaT, and Python's matching of arguments.

use std::collections::BTreeMap;
use std::fmt::Debug;

use iolite::link::object::{Argument, DecodeError, EncodeError, Object, Payload, Tagged, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::object::any_value;
use crate::vectors::unhex;

fn payload<T: Serialize>(value: T) -> Payload {
    Payload::of(&value).unwrap()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Add {
    a: i64,
    #[serde(default)]
    b: i64,
    note: Option<String>,
}

fn add(a: i64, b: i64, note: Option<&str>) -> Add {
    let note = note.map(str::to_owned);
    Add { a, b, note }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Nothing;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped((u8, u8));

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Mode {
    Fast,
    Slow(u8),
}

#[test]
fn a_value_becomes_arguments_by_what_it_is() {
    assert_eq!(payload(()).to_string(), "");
    assert_eq!(payload((1, "b")).to_string(), r#"1, "b""#);
    assert_eq!(payload((1,)).to_string(), "1");
    assert_eq!(payload([1, 2]).to_string(), "1, 2");
    assert_eq!(payload([0_u8; 0]).to_string(), "");
    assert_eq!(payload(vec![1, 2]).to_string(), "[1, 2]");
    assert_eq!(payload("text").to_string(), r#""text""#);
    assert_eq!(payload(None::<u8>).to_string(), "null");
    assert_eq!(
        payload(add(1, 2, None)).to_string(),
        r#"{"a": 1, "b": 2, "note": null}"#
    );
    assert_eq!(payload(BTreeMap::<String, u8>::new()).to_string(), "");
    assert_eq!(payload(Wrapped((1, 2))).to_string(), "1, 2");
    assert_eq!(payload(Mode::Fast).to_string(), r#""Fast""#);
    assert_eq!(payload(Tagged { tag: 9, value: 1 }).to_string(), "9(1)");
    assert_eq!(payload(Value::Undefined).to_string(), "undefined");
}

#[test]
fn lnk_6_a_map_in_the_last_place_is_guarded_by_an_empty_one() {
    let map = || BTreeMap::from([("k", 2)]);
    assert_eq!(payload((1, map())).to_string(), r#"1, {"k": 2}, {}"#);
    assert_eq!(payload((map(), 1)).to_string(), r#"{"k": 2}, 1"#);
    assert_eq!(payload(Mode::Slow(1)).to_string(), r#"{"Slow": 1}, {}"#);
    assert_eq!(payload(BTreeMap::from([(1, 2)])).to_string(), "{1: 2}, {}");
    let guarded = Payload::builder().push(&map()).unwrap().finish();
    assert_eq!(guarded.to_string(), r#"{"k": 2}, {}"#);
    assert_eq!((guarded.len(), guarded.positional().count()), (2, 1));
    assert_eq!(guarded.keywords().count(), 0);
    let keywords = Payload::builder()
        .push(&map())
        .unwrap()
        .keyword("n", &1)
        .unwrap();
    assert_eq!(keywords.finish().to_string(), r#"{"k": 2}, {"n": 1}"#);
}

#[test]
fn a_payload_is_looked_at_without_types() {
    let mixed = Payload::builder()
        .push(&1)
        .unwrap()
        .keyword("k", "v")
        .unwrap()
        .finish();
    assert_eq!((mixed.len(), mixed.is_empty()), (2, false));
    assert_eq!(mixed.get(0).unwrap().as_int(), Some(1));
    assert_eq!(mixed.get(1), None, "the keywords are not positional");
    assert_eq!(mixed.keyword("k").unwrap().as_str(), Some("v"));
    assert_eq!(mixed.keyword("other"), None);
    assert_eq!(format!("{:?}", mixed.positional()), "[Object(1)]");
    assert_eq!(
        format!("{:?}", mixed.keywords()),
        r#"{Object("k"): Object("v")}"#
    );
    let inside = mixed.items().as_ptr_range();
    assert!(
        inside.contains(&mixed.keyword("k").unwrap().bytes().as_ptr()),
        "shared"
    );
    let error = Payload::builder()
        .keyword("k", &1)
        .unwrap()
        .keyword("k", &2)
        .unwrap_err();
    assert_eq!(
        error,
        EncodeError::DuplicateKeyword {
            name: "k".to_owned()
        }
    );
}

#[test]
fn a_tuple_takes_the_positional_values() {
    assert_eq!(payload((1, "b")).arguments(), Ok((1, "b")));
    assert_eq!(payload(7).arguments(), Ok((7,)));
    assert_eq!(payload((1, 2, 3)).arguments(), Ok(vec![1, 2, 3]));
    assert_eq!(payload(()).arguments(), Ok(Vec::<u8>::new()));
    assert_eq!(payload((1, 2)).arguments(), Ok(Wrapped((1, 2))));
    assert_eq!(payload(((), 2)).arguments(), Ok((None::<u8>, Some(2))));
}

#[test]
fn lnk_7_a_structure_takes_each_field_by_its_position_or_its_keyword() {
    let builder = Payload::builder;
    let by_position = payload((1, 2, "n"));
    assert_eq!(by_position.arguments(), Ok(add(1, 2, Some("n"))));
    assert_eq!(payload(1).arguments(), Ok(add(1, 0, None)));
    assert_eq!(payload(add(1, 2, None)).arguments(), Ok(add(1, 2, None)));
    let mixed = builder()
        .push(&1)
        .unwrap()
        .keyword("note", "n")
        .unwrap()
        .finish();
    assert_eq!(mixed.arguments(), Ok(add(1, 0, Some("n"))));
    let map_for_one = builder()
        .push(&1)
        .unwrap()
        .push(&Value::Map(vec![]))
        .unwrap()
        .finish();
    assert!(map_for_one.arguments::<Add>().is_err());
    let nothing: Result<Nothing, _> = payload(()).arguments();
    assert_eq!(nothing, Ok(Nothing));
}

#[test]
fn any_other_type_takes_the_one_value() {
    assert_eq!(payload(5).arguments(), Ok(5_u8));
    assert_eq!(payload("a").arguments(), Ok("a"));
    assert_eq!(payload(5).arguments(), Ok(Some(5_u8)));
    assert_eq!(payload(()).arguments(), Ok(None::<u8>));
    assert_eq!(payload(None::<u8>).arguments(), Ok(None::<u8>));
    assert_eq!(payload(Mode::Slow(3)).arguments(), Ok(Mode::Slow(3)));
    assert_eq!(payload(Mode::Fast).arguments(), Ok(Mode::Fast));
    let tagged = Tagged {
        tag: 9,
        value: 1_u8,
    };
    assert_eq!(payload(tagged).arguments(), Ok(tagged));
    assert_eq!(payload(()).arguments(), Ok(()));
    let keywords = BTreeMap::from([("x".to_owned(), 1)]);
    assert_eq!(payload(&keywords).arguments(), Ok(keywords));
    // What takes anything takes what there is.
    assert_eq!(payload(()).arguments(), Ok(Value::Null));
    assert_eq!(payload(Value::Undefined).arguments(), Ok(Value::Undefined));
    assert_eq!(
        payload((1, 2)).arguments(),
        Ok(Value::from_iter([1, 2].map(Value::from)))
    );
    assert_eq!(
        payload(add(1, 2, None))
            .arguments::<Value>()
            .unwrap()
            .get("b"),
        Some(&2.into())
    );
}

/// What does not match, as a sentence.
fn error<'a, T: Deserialize<'a> + Debug>(payload: &'a Payload) -> String {
    payload.arguments::<T>().unwrap_err().to_string()
}

#[test]
fn lnk_7_what_does_not_match_is_named() {
    let two = payload((1, "b"));
    assert_eq!(
        error::<(u8, u8)>(&two),
        r#"argument 2: expected u8, found string "b""#
    );
    assert_eq!(error::<(u8, &str, u8)>(&two), "argument 3 is missing");
    assert_eq!(
        error::<(u8,)>(&two),
        "expected at most 1 arguments, found 2"
    );
    assert_eq!(error::<u8>(&two), "expected at most 1 arguments, found 2");
    assert_eq!(error::<()>(&two), "expected at most 0 arguments, found 2");
    assert_eq!(error::<u8>(&payload(())), "argument 1 is missing");
    assert_eq!(
        error::<u8>(&payload("x")),
        r#"argument 1: expected u8, found string "x""#
    );
    assert_eq!(
        error::<Mode>(&payload("x")),
        "argument 1: unknown variant \"x\", expected Fast, Slow"
    );
    assert_eq!(
        error::<Vec<u8>>(&payload((1, 300))),
        "argument 2: expected u8, found integer `300`"
    );
    assert_eq!(
        error::<Add>(&payload((1, 2, "n", 4))),
        "expected at most 3 arguments, found 4"
    );
    assert_eq!(error::<Add>(&payload(())), r#"argument "a" is missing"#);
    assert_eq!(
        error::<Add>(&payload("x")),
        r#"argument 1: expected i64, found string "x""#
    );
    let keyword = |name, value: i64| {
        Payload::builder()
            .push(&1)
            .unwrap()
            .keyword(name, &value)
            .unwrap()
            .finish()
    };
    assert_eq!(error::<Add>(&keyword("c", 1)), r#"unexpected keyword "c""#);
    assert_eq!(
        error::<Add>(&keyword("a", 1)),
        r#"the argument "a" is there twice"#
    );
    assert_eq!(
        error::<Add>(&keyword("note", 1)),
        r#"argument "note": expected a string, found integer `1`"#
    );
    assert_eq!(
        error::<(u8,)>(&keyword("c", 1)),
        r#"unexpected keyword "c""#
    );
    assert_eq!(error::<u8>(&keyword("c", 1)), r#"unexpected keyword "c""#);
    assert_eq!(
        error::<BTreeMap<String, u8>>(&keyword("c", 1)),
        "expected at most 0 arguments, found 1"
    );
    let nested = payload((add(1, 2, None), 1));
    assert_eq!(
        error::<(Add, &str)>(&nested),
        "argument 2: expected a borrowed string, found integer `1`"
    );
}

#[test]
fn keywords_that_no_sender_of_ours_writes_are_errors_too() {
    let read = |hex: &str| Payload::of_array(&Object::new(unhex(hex)).unwrap()).unwrap();
    assert_eq!(
        error::<Add>(&read("81a2616101616102")),
        r#"the argument "a" is there twice"#
    );
    assert_eq!(error::<()>(&read("81a10102")), r#"unexpected keyword "1""#);
    assert!(read("81a10102").arguments::<Add>().is_err());
    let indefinite = read("81bf616105ff");
    assert_eq!(indefinite.arguments(), Ok(add(5, 0, None)));
    assert_eq!(read("81bfff").arguments(), Ok(()));
    assert_eq!(Payload::of_array(&Object::encode(&1).unwrap()), None);
}

#[test]
fn a_result_is_what_was_returned() {
    assert_eq!(payload(5).result(), Ok(5));
    assert_eq!(payload(vec![1, 2]).result(), Ok(vec![1, 2]));
    assert_eq!(
        payload(vec![1, 2]).result(),
        Ok((1, 2)),
        "a list is one value"
    );
    assert_eq!(payload(("done", 3)).result(), Ok(("done", 3)));
    assert_eq!(payload(()).result(), Ok(()));
    assert_eq!(payload(()).result(), Ok(None::<u8>));
    let nothing = payload(()).result::<BTreeMap<String, u8>>();
    assert_eq!(
        nothing,
        Ok(BTreeMap::new()),
        "keywords of which there are none"
    );
    assert_eq!(payload(()).result(), Ok(Value::Null));
    assert_eq!(payload(None::<u8>).result(), Ok(()));
    assert_eq!(payload(None::<u8>).result(), Ok(None::<u8>));
    assert_eq!(payload(add(1, 2, None)).result(), Ok(add(1, 2, None)));
    assert_eq!(payload(Mode::Slow(1)).result(), Ok(Mode::Slow(1)));
    let map = BTreeMap::from([(1, 2)]);
    assert_eq!(payload(&map).result(), Ok(map));
    assert_eq!(payload(Value::from("v")).result(), Ok(Value::from("v")));
    let mixed = Payload::builder()
        .push(&1)
        .unwrap()
        .keyword("b", &2)
        .unwrap()
        .finish();
    assert_eq!(mixed.result(), Ok(add(1, 2, None)));
    assert_eq!(
        payload(5).result::<&str>(),
        Err(DecodeError::WrongType {
            expected: "a borrowed string".to_owned(),
            found: "integer `5`".to_owned(),
        })
    );
    let error = payload((1, 2)).result::<(u8, &str)>().unwrap_err();
    assert!(matches!(
        error,
        DecodeError::InArgument {
            argument: Argument::Position(1),
            ..
        }
    ));
}

proptest! {
    #[test]
    fn lnk_6_any_values_and_keywords_come_back(
        values in vec(any_value(), 0..5),
        keywords in proptest::collection::btree_map("[a-c]{0,3}", any_value(), 0..4),
    ) {
        let mut builder = Payload::builder();
        for value in &values {
            builder = builder.push(value).unwrap();
        }
        for (name, value) in &keywords {
            builder = builder.keyword(name, value).unwrap();
        }
        let payload = builder.finish();
        let show = |value: &Value| format!("{value:?}");
        let found: Vec<_> = payload.positional().map(|it| show(&it.value())).collect();
        prop_assert_eq!(found, values.iter().map(show).collect::<Vec<_>>());
        let found: Vec<_> = payload.keywords().map(|(name, value)| {
            (name.as_str().unwrap().to_owned(), show(&value.value()))
        }).collect();
        let expected = keywords.iter().map(|(name, value)| (name.clone(), show(value)));
        prop_assert_eq!(found, expected.collect::<Vec<_>>());
        // Nothing that is asked of it panics.
        let _ = payload.arguments::<(u8, String)>();
        let _ = payload.arguments::<Add>();
        let _ = payload.arguments::<Mode>();
        let _ = payload.result::<Value>();
    }
}
