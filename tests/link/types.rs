//! Types that serde knows, as objects and back.

use std::collections::BTreeMap;
use std::fmt::Debug;

use iolite::link::object::{DecodeError, EncodeError, Object, Tagged, Value};
use serde::de::DeserializeOwned;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use crate::vectors::unhex;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    y: Option<f32>,
    #[serde(default)]
    names: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Meters(f64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Line(Point, Point),
    Text { at: Point, text: char },
}

/// A value as bytes in hexadecimal, and back.
fn round<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, diagnostic: &str) {
    let object = Object::encode(&value).unwrap();
    assert_eq!(object.diagnostic().to_string(), diagnostic);
    assert_eq!(object.decode::<T>().unwrap(), value, "{diagnostic}");
    let through_value = Object::encode(&object.value()).unwrap();
    assert_eq!(through_value, object, "{diagnostic}");
}

fn point(x: i32) -> Point {
    Point {
        x,
        y: None,
        names: Vec::new(),
    }
}

#[test]
fn types_of_all_kinds_come_back() {
    round((true, 'é', "text".to_owned()), r#"[true, "é", "text"]"#);
    round(
        ((), Unit, None::<u8>, Some(Some(1))),
        "[null, null, null, 1]",
    );
    round(
        (1_u8, -1_i8, 300_u16, -300_i16, 1_u32, 1.5_f32, 2.0),
        "[1, -1, 300, -300, 1, 1.5, 2.0]",
    );
    round(Meters(2.5), "2.5");
    round(vec![vec![1], vec![]], "[[1], []]");
    round(
        BTreeMap::from([(1, "a".to_owned()), (2, "b".to_owned())]),
        r#"{1: "a", 2: "b"}"#,
    );
    let full = Point {
        x: -1,
        y: Some(0.5),
        names: vec!["a".to_owned()],
    };
    round(full, r#"{"x": -1, "y": 0.5, "names": ["a"]}"#);
    round(Shape::Empty, r#""Empty""#);
    round(Shape::Circle(1.0), r#"{"Circle": 1.0}"#);
    let line = r#"{"Line": [{"x": 1, "y": null, "names": []}, {"x": 2, "y": null, "names": []}]}"#;
    round(Shape::Line(point(1), point(2)), line);
    let text = r#"{"Text": {"at": {"x": 3, "y": null, "names": []}, "text": "t"}}"#;
    round(
        Shape::Text {
            at: point(3),
            text: 't',
        },
        text,
    );
    round(
        Tagged {
            tag: 7,
            value: vec![1],
        },
        "7([1])",
    );
    round(
        Tagged {
            tag: 1 << 40,
            value: Tagged { tag: 8, value: () },
        },
        "1099511627776(8(null))",
    );
    round(
        vec![Shape::Empty, Shape::Circle(0.0)],
        r#"["Empty", {"Circle": 0.0}]"#,
    );
}

#[test]
fn what_is_missing_or_optional_in_a_structure_follows_serde() {
    let read = |hex: &str| Object::new(unhex(hex)).unwrap().decode::<Point>();
    assert_eq!(read("a1617805"), Ok(point(5)));
    assert_eq!(read("bf617805ff"), Ok(point(5)), "of indefinite length");
    assert_eq!(
        read("a2617805617ac0f6"),
        Ok(point(5)),
        "an unknown field, with a tag"
    );
    assert_eq!(read("a1617806"), Ok(point(6)));
    assert_eq!(read("a0"), Err(DecodeError::MissingField { field: "x" }));
    assert_eq!(
        read("a2617801617802"),
        Err(DecodeError::DuplicateField { field: "x" })
    );
}

#[test]
fn tags_are_skipped_where_a_type_has_no_place_for_them() {
    let object = Object::new(unhex("d90102d9ffff820182c102d8266178")).unwrap();
    let shown = object.diagnostic().to_string();
    assert_eq!(shown, r#"258(65535([1, [1(2), 38("x")]]))"#);
    let (one, (two, x)): (u8, (Option<u8>, &str)) = object.decode().unwrap();
    assert_eq!((one, two, x), (1, Some(2), "x"));
    let Tagged { tag, value } = object.decode::<Tagged<Tagged<Value>>>().unwrap();
    assert_eq!((tag, value.tag), (258, 65535));
    let untagged = Object::encode(&1).unwrap();
    assert!(matches!(
        untagged.decode::<Tagged<u8>>(),
        Err(DecodeError::WrongType { .. })
    ));
    let shape = Object::new(unhex("c165456d707479")).unwrap();
    assert_eq!(shape.decode(), Ok(Shape::Empty));
}

#[test]
fn wrong_types_are_errors_that_say_what_was_expected() {
    fn error<'a, T: Deserialize<'a> + Debug>(object: &'a Object) -> String {
        object.decode::<T>().unwrap_err().to_string()
    }
    let three = Object::encode(&(1, 2, 3)).unwrap();
    assert_eq!(
        error::<(u8, u8)>(&three),
        "expected 2 elements, found 3 elements"
    );
    assert_eq!(
        error::<(u8, u8, u8, u8)>(&three),
        "expected a tuple of size 4, found 3 elements"
    );
    assert_eq!(
        error::<&str>(&three),
        "expected a borrowed string, found sequence"
    );
    let text = Object::encode("text").unwrap();
    assert_eq!(error::<u8>(&text), r#"expected u8, found string "text""#);
    assert_eq!(
        error::<Shape>(&text),
        "unknown variant \"text\", expected Empty, Circle, Line, Text"
    );
    let circle = Object::encode("Circle").unwrap();
    assert_eq!(
        error::<Shape>(&circle),
        "expected a variant with a value, found unit variant"
    );
    assert_eq!(
        error::<u8>(&Object::encode(&300).unwrap()),
        "expected u8, found integer `300`"
    );
    assert_eq!(
        error::<u8>(&Object::new(unhex("f0")).unwrap()),
        "expected u8, found a simple value"
    );
    let two = Object::new(unhex("a266436972636c650166436972636c6502")).unwrap();
    assert_eq!(
        error::<Shape>(&two),
        "expected 1 elements, found 2 elements"
    );
    assert_eq!(
        error::<Shape>(&Object::new(unhex("a0")).unwrap()),
        "expected enum Shape, found 0 elements"
    );
}

/// A sequence that says how many elements it has, or does not, or lies.
struct Counted(Option<usize>, u8);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut elements = serializer.serialize_seq(self.0)?;
        (0..self.1).try_for_each(|n| elements.serialize_element(&n))?;
        elements.end()
    }
}

#[test]
fn lengths_are_definite_whatever_a_type_says_of_itself() {
    let nested = (Counted(None, 2), Counted(None, 0), Counted(Some(1), 1));
    let object = Object::encode(&nested).unwrap();
    assert_eq!(object.diagnostic().to_string(), "[[0, 1], [], [0]]");
    let long = Object::encode(&Counted(None, 200)).unwrap();
    assert_eq!(long.bytes()[..3], [0x98, 200, 0]);
    assert_eq!(long.decode::<Vec<u8>>().unwrap().len(), 200);
    let error = Object::encode(&Counted(Some(3), 2)).unwrap_err();
    assert_eq!(
        error,
        EncodeError::WrongLength {
            announced: 3,
            given: 2
        }
    );
}
