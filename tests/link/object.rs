//! Objects, values, and the types that become one.

use iolite::link::object::{DecodeError, EncodeError, Object, Path, RemoteError, Value};
use iolite::{Chunk, StrChunk};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::vectors::{cases, unhex};

/// Any value that CBOR has a form of its own for.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(Value::Undefined),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i128>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        vec(any::<u8>(), 0..40).prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        prop_oneof![0..20_u8, 32_u8..].prop_map(Value::Simple),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::Array),
            vec((inner.clone(), inner.clone()), 0..5).prop_map(Value::Map),
            (4_u64.., inner).prop_map(|(tag, value)| Value::Tag(tag, Box::new(value))),
        ]
    })
}

proptest! {
    #[test]
    fn lnk_1_any_value_comes_back_as_it_was(value in any_value()) {
        let object = Object::encode(&value).unwrap();
        Object::new(object.bytes().clone()).unwrap();
        // Of NaN, which is not equal to itself, the bytes tell.
        for again in [object.value(), object.decode::<Value>().unwrap()] {
            prop_assert_eq!(Object::encode(&again).unwrap(), object.clone());
            prop_assert_eq!(format!("{:?}", again), format!("{:?}", value));
        }
    }

    #[test]
    fn any_path_comes_back_from_its_notation(path in vec(any_element(), 0..6)) {
        let path = Path::from_iter(path);
        let notation = path.to_string();
        prop_assert_eq!(notation.parse::<Path>(), Ok(path.clone()), "{}", notation);
        prop_assert_eq!(Path::read(&Object::encode(&path).unwrap()), Ok(path));
    }

    #[test]
    fn no_text_breaks_the_notation(text in "[ab:.1ntfe-]{0,8}") {
        if let Ok(path) = text.parse::<Path>() {
            prop_assert_eq!(path.to_string().parse::<Path>().unwrap(), path);
        }
    }
}

fn any_element() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c:.é]{0,4}".prop_map(Value::from),
    ]
}

#[test]
fn lnk_1_the_examples_of_the_rfc_are_read_shown_and_written() {
    let examples = &cases("appendix_a.txt")[0].lines;
    for line in examples {
        let hex = line.sign.trim_start_matches('=');
        let object = Object::new(unhex(hex)).unwrap();
        assert_eq!(object.diagnostic().to_string(), line.text);
        let again = Object::encode(&object.value()).unwrap();
        let through_serde = object.decode::<Value>().unwrap();
        assert_eq!(Object::encode(&through_serde).unwrap(), again);
        assert_eq!(again == object, hex == line.sign, "{}", line.text);
        let shown = again.diagnostic().to_string();
        let definite = line.text.replace("_ ", "");
        if !definite.starts_with('(') {
            assert_eq!(shown, definite);
        }
    }
    assert_eq!(examples.len(), 81);
}

#[test]
fn lnk_2_integers_of_any_width_are_read_exactly_or_not_at_all() {
    let edges = [
        0,
        1,
        23,
        24,
        255,
        256,
        65_535,
        65_536,
        u32::MAX.into(),
        1 << 32,
        i64::MAX.into(),
        1 << 63,
        u64::MAX.into(),
        1 << 64,
        1 << 100,
        i128::MAX,
    ];
    for number in edges.into_iter().flat_map(|n| [n, -1 - n]) {
        let object = Object::encode(&number).unwrap();
        assert_eq!(object, Object::encode(&Value::Int(number)).unwrap());
        assert_eq!(object.value(), Value::Int(number));
        assert_eq!(object.decode(), Ok(number));
        assert_eq!(object.decode::<u128>().ok(), u128::try_from(number).ok());
        assert_eq!(object.decode::<u64>().ok(), u64::try_from(number).ok());
        assert_eq!(object.decode::<i64>().ok(), i64::try_from(number).ok());
        assert_eq!(object.decode::<u8>().ok(), u8::try_from(number).ok());
        assert_eq!(object.decode::<i8>().ok(), i8::try_from(number).ok());
    }
    let beyond = Object::encode(&u128::MAX).unwrap();
    assert_eq!(beyond.decode(), Ok(u128::MAX));
    assert!(beyond.decode::<i128>().is_err());
    // Beyond what a value can hold, it stays what it was, and is written so.
    assert!(matches!(beyond.value(), Value::Tag(2, _)));
    assert_eq!(Object::encode(&beyond.value()).unwrap(), beyond);
    assert_eq!(beyond.decode::<Value>().unwrap(), beyond.value());
    let huge = Object::new(unhex(
        "c358201fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ))
    .unwrap();
    assert_eq!(Object::encode(&huge.value()).unwrap(), huge);
    assert!(matches!(
        huge.decode::<i128>(),
        Err(DecodeError::WrongValue { .. })
    ));
    // Longer than it has to be, and in pieces.
    for hex in [
        "1b0000000000000005",
        "c24105",
        "c2430000 05",
        "c25f4100420005ff",
    ] {
        let object = Object::new(unhex(&hex.replace(' ', ""))).unwrap();
        assert_eq!(
            (object.value(), object.decode()),
            (Value::Int(5), Ok(5_u8)),
            "{hex}"
        );
    }
}

#[test]
fn lnk_2_floats_of_any_width_are_read_exactly() {
    for bits in 0..=u16::MAX {
        let [high, low] = bits.to_be_bytes();
        let object = Object::new(vec![0xf9, high, low].into()).unwrap();
        let read: f64 = object.decode().unwrap();
        assert_eq!(read.to_bits(), half(bits).to_bits(), "{bits:#06x}");
    }
    for single in [
        0.1_f32,
        f32::MIN_POSITIVE,
        f32::MAX,
        -0.0,
        f32::INFINITY,
        1e-45,
    ] {
        let object = Object::new([&[0xfa][..], &single.to_be_bytes()].concat().into()).unwrap();
        assert_eq!(
            object.decode::<f64>().unwrap().to_bits(),
            f64::from(single).to_bits()
        );
        assert_eq!(object.decode::<f32>().unwrap().to_bits(), single.to_bits());
        let written = Object::encode(&single).unwrap();
        assert_eq!((written.bytes()[0], written.bytes().len()), (0xfb, 9));
    }
    let nan = f64::from_bits(0x7ff8_0000_dead_beef);
    assert_eq!(
        Object::encode(&nan)
            .unwrap()
            .decode::<f64>()
            .unwrap()
            .to_bits(),
        nan.to_bits()
    );
    // An integer will do for a float, and not the other way round.
    assert_eq!(Object::encode(&3).unwrap().decode::<f64>(), Ok(3.0));
    assert!(Object::encode(&3.0).unwrap().decode::<i64>().is_err());
}

/// A float of 16 bits, by the RFC's own code (appendix D).
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    match exponent {
        0 => sign * mantissa * 2.0_f64.powi(-24),
        31 if mantissa == 0.0 => sign * f64::INFINITY,
        // The bits of NaN, which arithmetic does not keep.
        31 => f64::from_bits(
            (0x7ff8_u64 | u64::from(bits >> 15) << 15) << 48 | u64::from(bits & 0x3ff) << 42,
        ),
        _ => sign * (1024.0 + mantissa) * 2.0_f64.powi(exponent - 25),
    }
}

#[test]
fn lnk_3_text_and_bytes_share_the_memory_of_what_was_read() {
    let object = Object::encode(&("some text", Value::from(vec![7_u8; 3000]))).unwrap();
    let inside = |part: &[u8]| object.bytes().as_ptr_range().contains(&part.as_ptr());
    let Value::Array(parts) = object.value() else {
        panic!("{object:?}")
    };
    let [Value::Text(text), Value::Bytes(bytes)] = &parts[..] else {
        panic!("{parts:?}")
    };
    assert!(inside(text.as_bytes()) && inside(bytes));
    let (text, bytes): (&str, &[u8]) = object.decode().unwrap();
    assert!(inside(text.as_bytes()) && inside(bytes));
    let (items, count) = object.items().unwrap();
    assert!(inside(&items) && count == 2);
    // In pieces they are put together, and cannot be borrowed.
    let pieces = Object::new(unhex("7f6161626262ff")).unwrap();
    assert_eq!(pieces.value(), Value::from("abb"));
    assert_eq!(pieces.decode::<String>().unwrap(), "abb");
    assert!(pieces.decode::<&str>().is_err());
    // Unless all but one are empty.
    assert_eq!(
        Object::new(unhex("7f60626262ff")).unwrap().decode(),
        Ok("bb")
    );
    assert_eq!(
        Object::new(unhex("5f4040ff")).unwrap().decode(),
        Ok(&b""[..])
    );
}

#[test]
fn the_elements_of_an_array_of_either_kind_are_counted() {
    for (hex, items) in [
        ("83010203", "010203"),
        ("9f019f02ff03ff", "019f02ff03"),
        ("80", ""),
        ("9fff", ""),
    ] {
        let (found, count) = Object::new(unhex(hex)).unwrap().items().unwrap();
        assert_eq!(
            (found, count),
            (unhex(items), [0, 3][usize::from(!items.is_empty())]),
            "{hex}"
        );
    }
    assert_eq!(Object::new(unhex("a10102")).unwrap().items(), None);
}

#[test]
fn what_has_no_form_is_not_written() {
    for value in 24..32 {
        let error = Object::encode(&vec![Value::Simple(value)]).unwrap_err();
        assert_eq!(error, EncodeError::SimpleValue { value });
    }
    // Those that are something else by another name.
    let named = Value::Array((20..24).map(Value::Simple).collect());
    let named = Object::encode(&named).unwrap();
    assert_eq!(
        named.diagnostic().to_string(),
        "[false, true, null, undefined]"
    );
    let nest = |levels| (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    assert!(
        Object::encode(&nest(255))
            .unwrap()
            .decode::<Value>()
            .is_ok()
    );
    let error = Object::encode(&nest(256)).unwrap_err();
    assert_eq!(error, EncodeError::TooDeep { limit: 255 });
    let tags = (0..256).fold(Value::Null, |inner, _| Value::Tag(9, Box::new(inner)));
    assert_eq!(
        Object::encode(&tags).unwrap_err(),
        EncodeError::TooDeep { limit: 255 }
    );
}

#[test]
fn values_are_made_from_what_std_has() {
    let made = Value::from_iter([
        Value::from(()),
        Value::from(Some(true)),
        Value::from(None::<u8>),
        Value::from(-1_i8),
        Value::from(0.5_f32),
        Value::from("text"),
        Value::from(String::from("owned")),
        Value::from(StrChunk::from("shared")),
        Value::from(Chunk::from("bytes")),
        Value::from_iter([("key", 1_u8)]),
    ]);
    assert_eq!(
        made.to_string(),
        r#"[null, true, null, -1, 0.5, "text", "owned", "shared", h'6279746573', {"key": 1}]"#
    );
}

#[test]
fn diagnostic_notation_escapes_what_a_terminal_would_obey() {
    let object = Object::encode("a\"b\\c\n\t\r\u{1b}[0m\u{9b}é").unwrap();
    assert_eq!(
        object.diagnostic().to_string(),
        r#""a\"b\\c\n\t\r\u001b[0m\u009bé""#
    );
    let pieces = Object::new(unhex("845fff7fff5f4101ff7f6161ff")).unwrap();
    assert_eq!(
        pieces.diagnostic().to_string(),
        r#"[''_, ""_, (_ h'01'), (_ "a")]"#
    );
    let widths = Object::new(unhex("83f93c00fa3f800000fb3ff0000000000000")).unwrap();
    assert_eq!(
        format!("{:#}", widths.diagnostic()),
        "[1.0_1, 1.0_2, 1.0_3]"
    );
}

#[test]
fn a_path_splits_at_its_dots_and_reads_every_form_of_the_wire() {
    assert_eq!(Path::from("").elements(), []);
    assert_eq!(
        Path::from("a.b").elements(),
        [Value::from("a"), Value::from("b")]
    );
    assert_eq!(Path::root().join("a").join(1).to_string(), "a:1");
    let forms = [
        ("826161f6", "a:n"),
        ("d82783616101f6", "a:1:n"),
        ("63616464", "add"),
        ("80", ""),
        ("d82780", ""),
        ("9f6161ff", "a"),
    ];
    for (hex, notation) in forms {
        let object = Object::new(unhex(hex)).unwrap();
        assert_eq!(Path::read(&object).unwrap().to_string(), notation);
        assert_eq!(
            object.decode::<Path>().unwrap().to_string(),
            notation,
            "through serde"
        );
    }
    for hex in ["05", "f6", "a0", "c780", "d82763616464"] {
        let error = Path::read(&Object::new(unhex(hex)).unwrap()).unwrap_err();
        assert!(matches!(error, DecodeError::WrongType { .. }), "{hex}");
    }
    for (wrong, offset) in [
        ("a..b", 1),
        (".a", 0),
        ("a:x", 1),
        ("a:", 1),
        ("a.", 1),
        ("a:1x", 1),
    ] {
        assert_eq!(wrong.parse::<Path>().unwrap_err().offset, offset, "{wrong}");
    }
}

#[test]
fn lnk_8_an_error_travels_under_moats_name_where_it_has_one() {
    let error = RemoteError::new("KeyError").with_argument("x");
    assert_eq!(
        error.payload().items(),
        &unhex("d81b82665f4b79457272 6178".replace(' ', "").as_str())
    );
    let error = RemoteError::new("RuntimeError").with_argument("Duh");
    let recorded = "d81b83655f724572726c52756e74696d654572726f7263447568";
    assert_eq!(error.payload().items(), &unhex(recorded));
    let with_map = RemoteError::new("Mine").with_argument(Value::from_iter([("a", 1)]));
    assert_eq!(
        with_map.payload().to_string(),
        r#"27(["_rErr", "Mine", {"a": 1}, {}])"#
    );
    assert_eq!(RemoteError::read(&with_map.payload()), with_map);
    // What cannot be sent is left out; that there was an error is not.
    let unsendable = RemoteError::new("Mine").with_argument(Value::Simple(24));
    assert_eq!(unsendable.payload().to_string(), r#"27(["_rErr", "Mine"])"#);
}
