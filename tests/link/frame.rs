//! Every framing: what comes out of any cut of its bytes, and what it says of broken ones.

use iolite::chunk::{PipeOptions, Progress};
use iolite::link::frame::{
    CborSequence, FrameError, Framing, JsonLines, LengthPrefixed, Prefixed, SerialPackerOptions,
};
use iolite::link::object::{ItemLimits, ItemProblem, Object, Value};
use iolite::{Chain, Error, Pipe};
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) const LIMITS: ItemLimits = ItemLimits {
    bytes: 2000,
    depth: 16,
};

pub(crate) type Make = fn() -> Box<dyn Framing>;

/// Each framing, and whether it finds the next frame after a broken one.
pub(crate) const FRAMINGS: [(&str, bool, Make); 8] = [
    ("sequence", false, || Box::new(CborSequence::new(LIMITS))),
    ("prefixed", true, || Box::new(Prefixed::new(0xfe, LIMITS))),
    ("length", true, || Box::new(LengthPrefixed::new(LIMITS))),
    ("JSON", true, || Box::new(JsonLines::new(LIMITS))),
    ("packer", true, || {
        packer(SerialPackerOptions::new().max_packet(2000))
    }),
    ("short packer", true, || {
        packer(SerialPackerOptions::new().max_packet(200))
    }),
    ("marked", true, || {
        packer(SerialPackerOptions::new().max_packet(2000).mark(Some(0xf7)))
    }),
    ("bare", true, || {
        packer(SerialPackerOptions::new().max_packet(2000).start(None))
    }),
];

pub(crate) fn packer(options: SerialPackerOptions) -> Box<dyn Framing> {
    Box::new(options.build().unwrap())
}

/// What comes out of a stream, in order: objects, errors, console bytes, and how it ended.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) objects: Vec<Object>,
    pub(crate) errors: Vec<String>,
    pub(crate) console: Vec<u8>,
    is_at_end: bool,
}

/// Feeds pieces, then the end.
pub(crate) fn feed<'a>(
    framing: &mut dyn Framing,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Outcome {
    let mut pipe = Pipe::new();
    let mut outcome = Outcome::default();
    for piece in pieces {
        pipe.append(piece).unwrap();
        drain(framing, &mut pipe, &mut outcome);
        assert!(!outcome.is_at_end);
    }
    pipe.close(None);
    drain(framing, &mut pipe, &mut outcome);
    outcome
}

/// Takes what there is, up to an error that stays.
fn drain(framing: &mut dyn Framing, pipe: &mut Pipe, outcome: &mut Outcome) {
    while !framing.has_failed() {
        let decoded = framing.decode(pipe);
        framing
            .console()
            .views()
            .for_each(|view| outcome.console.extend_from_slice(view));
        match decoded {
            Ok(Progress::Ready(object)) => outcome.objects.push(object),
            Ok(Progress::Pending) => return,
            Ok(Progress::End) => {
                outcome.is_at_end = true;
                return;
            }
            Err(error) => outcome.errors.push(error.to_string()),
        }
    }
}

pub(crate) fn encode(framing: &mut dyn Framing, objects: &[Object]) -> Vec<u8> {
    let mut out = Chain::new();
    objects
        .iter()
        .for_each(|object| framing.encode(object, &mut out).unwrap());
    out.to_chunk().to_vec()
}

/// What every framing can carry: JSON is the narrowest.
fn plain_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i128>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "\\PC{0,20}|[\\x00-\\x7f]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 6, |inner| {
        let entry = ("[a-c\"\n]{0,3}".prop_map(Value::from), inner.clone());
        prop_oneof![
            vec(inner, 0..6).prop_map(Value::Array),
            vec(entry, 0..4).prop_map(Value::Map),
        ]
    })
}

/// The pieces that `cuts` leave of `bytes`.
fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    ends.extend([0, bytes.len()]);
    ends.sort_unstable();
    ends.windows(2)
        .map(|ends| &bytes[ends[0]..ends[1]])
        .collect()
}

proptest! {
    #[test]
    fn lnk_10_any_cut_of_the_bytes_gives_the_same_objects(
        values in vec(plain_value(), 1..5),
        cuts in vec(any::<usize>(), 0..6),
        console in "[a-z\n é]{0,9}",
    ) {
        let objects: Vec<_> = values.iter().map(|it| Object::encode(it).unwrap()).collect();
        for (name, _, make) in FRAMINGS {
            let mut framing = make();
            if objects.iter().any(|it| framing.encode(it, &mut Chain::new()).is_err()) {
                continue; // too long for a short packet
            }
            let mut stream = Chain::new();
            let has_console = framing.encode_console(console.as_bytes(), &mut stream).is_ok();
            stream.append(&encode(&mut *framing, &objects));
            let stream = stream.to_chunk();
            for pieces in [pieces(&stream, &cuts), stream.chunks(1).collect()] {
                let outcome = feed(&mut *make(), pieces.into_iter());
                prop_assert_eq!(&outcome.objects, &objects, "{}", name);
                prop_assert_eq!(&outcome.errors, &Vec::<String>::new(), "{}", name);
                let expected = if has_console { console.as_bytes() } else { b"" };
                prop_assert_eq!(&outcome.console, expected, "{}", name);
                prop_assert!(outcome.is_at_end);
            }
        }
    }

    #[test]
    fn lnk_10_any_bytes_give_the_same_however_they_are_cut(
        bytes in vec(soup(), 0..200),
        cuts in vec(any::<usize>(), 0..6),
    ) {
        for (name, _, make) in FRAMINGS {
            let whole = feed(&mut *make(), [&bytes[..]].into_iter());
            let cut = feed(&mut *make(), pieces(&bytes, &cuts).into_iter());
            prop_assert_eq!(&cut, &whole, "{}", name);
            let single = feed(&mut *make(), bytes.chunks(1));
            prop_assert_eq!(&single, &whole, "{}", name);
        }
    }
}

/// Bytes that mean something to one framing or another.
fn soup() -> impl Strategy<Value = u8> {
    prop_oneof![
        any::<u8>(),
        prop::sample::select(
            b"\n\"[]{}:,1\\u\xfa\xfe\xf7\x80\x81\x82\x02\x00\x01\x61\xff".as_slice()
        ),
    ]
}

/// One object, in its frame.
pub(crate) fn frame(make: Make, object: &Object) -> Vec<u8> {
    encode(&mut *make(), std::slice::from_ref(object))
}

#[test]
fn lnk_10_a_stream_that_ends_inside_of_a_frame_says_so() {
    let object = Object::encode(&("text", [1.5])).unwrap();
    for (name, _, make) in FRAMINGS {
        let bytes = frame(make, &object);
        for end in 1..bytes.len() {
            let mut framing = make();
            let stream = [&bytes[..], &bytes[..end]].concat();
            let mut pipe = Pipe::new();
            pipe.append(&stream).unwrap();
            pipe.close(None);
            assert_eq!(
                framing.decode(&mut pipe).unwrap(),
                Progress::Ready(object.clone())
            );
            for _ in 0..2 {
                let error = framing.decode(&mut pipe).unwrap_err();
                let expected = (bytes.len() as u64, stream.len() as u64);
                assert!(
                    matches!(error, FrameError::CutShort { start, position } if (start, position) == expected),
                    "{name}, {end} bytes: {error}"
                );
                assert!(framing.has_failed());
            }
        }
        let whole = feed(&mut *make(), [&bytes[..]].into_iter());
        assert!(whole.is_at_end && whole.errors.is_empty(), "{name}");
    }
}

#[test]
fn an_error_of_the_writer_comes_after_the_data_every_time() {
    let object = Object::encode(&1).unwrap();
    for (name, _, make) in FRAMINGS {
        let mut framing = make();
        let mut pipe = Pipe::new();
        pipe.append(&frame(make, &object)).unwrap();
        pipe.close(Some(Error::Closed));
        assert!(framing.decode(&mut pipe).unwrap().is_ready(), "{name}");
        for _ in 0..2 {
            let error = framing.decode(&mut pipe).unwrap_err();
            assert_eq!(error.to_string(), Error::Closed.to_string(), "{name}");
        }
    }
}

#[test]
fn a_pipe_that_is_too_small_for_a_frame_is_an_error_and_no_wait() {
    let object = Object::encode(&"x".repeat(100)).unwrap();
    for (name, _, make) in FRAMINGS {
        let bytes = frame(make, &object);
        let mut framing = make();
        let mut pipe = PipeOptions::new().limit(50).build().unwrap();
        let mut rest = &bytes[..];
        let outcome = loop {
            let piece = &rest[..rest.len().min(pipe.room())];
            pipe.append(piece).unwrap();
            rest = &rest[piece.len()..];
            match framing.decode(&mut pipe) {
                Ok(Progress::Pending) if !piece.is_empty() => {}
                outcome => break outcome,
            }
        };
        // A packer keeps the bytes of its short frames itself.
        match name {
            "packer" | "short packer" | "marked" | "bare" => {
                assert_eq!(outcome.unwrap(), Progress::Ready(object.clone()), "{name}");
            }
            _ => assert!(
                matches!(outcome, Err(FrameError::Pipe(_))),
                "{name}: {outcome:?}"
            ),
        }
    }
}

#[test]
fn lnk_10_after_a_broken_frame_comes_the_next_where_one_can_be_found() {
    let good = Object::encode(&("good", 1)).unwrap();
    let broken: [(&str, &[u8], &str); 9] = [
        (
            "prefixed",
            b"\xfe\xff",
            "byte 1 of the stream: expected an item, found a break",
        ),
        (
            "length",
            b"\0\0\0\x01\xff",
            "byte 4 of the stream: expected an item, found a break",
        ),
        (
            "length",
            b"\0\0\0\x01\x81",
            "byte 5 of the stream: the item is cut short",
        ),
        (
            "length",
            b"\0\0\0\x02\x01\x01",
            "byte 5 of the stream: 1 bytes too many",
        ),
        (
            "length",
            b"\0\0\0\0",
            "the frame at byte 0 of the stream is empty, expected an object",
        ),
        (
            "JSON",
            b"[1\n",
            "byte 2 of the stream: expected \",\" or \"]\"",
        ),
        (
            "packer",
            b"\xfa\x01\x01\x00\x00",
            "the frame at byte 0 of the stream has the check sum 0x0000, expected 0x64a8",
        ),
        (
            "packer",
            b"\xfa\x00",
            "the frame at byte 0 of the stream is empty, expected an object",
        ),
        (
            "marked",
            b"\xf7\x05",
            "byte 1 of the stream: expected a frame to start with 0xfa, found 0x05",
        ),
    ];
    for (name, bytes, expected) in broken {
        let (_, _, make) = FRAMINGS.into_iter().find(|it| it.0 == name).unwrap();
        let stream = [bytes, &frame(make, &good)].concat();
        for size in [1, 2, 1000] {
            let outcome = feed(&mut *make(), stream.chunks(size));
            assert_eq!(outcome.errors, [expected], "{name} by {size}");
            assert_eq!(
                outcome.objects,
                std::slice::from_ref(&good),
                "{name} by {size}"
            );
            assert!(outcome.is_at_end);
        }
    }
    for (name, finds_next, make) in FRAMINGS {
        assert!(!make().has_failed());
        assert_eq!(finds_next, name != "sequence");
    }
}

#[test]
fn what_is_too_long_is_refused_when_it_is_claimed_and_goes_by() {
    let good = Object::encode(&("good", 1)).unwrap();
    let too_long = |name: &str, head: &[u8], length: usize, tail: &[u8], claimed: u64| {
        let (_, _, make) = FRAMINGS.into_iter().find(|it| it.0 == name).unwrap();
        let mut framing = make();
        let mut pipe = Pipe::new();
        pipe.append(head).unwrap();
        let error = match framing.decode(&mut pipe) {
            Ok(Progress::Pending) => {
                pipe.append(&vec![b'x'; 2001]).unwrap();
                framing.decode(&mut pipe).unwrap_err()
            }
            outcome => outcome.unwrap_err(),
        };
        assert!(
            matches!(error, FrameError::TooLong { position: 0, length, .. } if length == claimed),
            "{name}: {error}"
        );
        // Its bytes are dropped as they come, and take no memory.
        let mut left = length - pipe.len().min(length);
        while left > 0 {
            let n = left.min(1000);
            pipe.append(&vec![b'x'; n]).unwrap();
            left -= n;
            assert!(framing.decode(&mut pipe).unwrap().is_pending());
            assert!(pipe.is_empty(), "{name}");
        }
        pipe.append(tail).unwrap();
        pipe.append(&frame(make, &good)).unwrap();
        assert_eq!(
            framing.decode(&mut pipe).unwrap(),
            Progress::Ready(good.clone()),
            "{name}"
        );
    };
    too_long("length", b"\0\x10\0\0", 1 << 20, b"", 1 << 20);
    too_long("JSON", b"\"", 100_000, b"\n", 2001);
    too_long("packer", b"\xfa\xff\xff", 0, b"", 32_767);
    too_long("short packer", b"\xfa\xff", 0, b"", 255);
}

#[test]
fn a_length_of_four_gibibytes_costs_no_memory() {
    let mut framing = LengthPrefixed::default();
    let mut pipe = Pipe::new();
    pipe.append(b"\xff\xff\xff\xff").unwrap();
    let error = framing.decode(&mut pipe).unwrap_err();
    assert!(
        matches!(
            error,
            FrameError::TooLong {
                length: 0xffff_ffff,
                limit: 0x10_1000,
                ..
            }
        ),
        "{error}"
    );
    assert!(framing.decode(&mut pipe).unwrap().is_pending());
}

#[test]
fn what_does_not_fit_into_a_frame_is_not_written() {
    let large = Object::encode(&"x".repeat(300)).unwrap();
    let mut out = Chain::new();
    let error = SerialPackerOptions::new()
        .build()
        .unwrap()
        .encode(&large, &mut out)
        .unwrap_err();
    assert!(matches!(
        error,
        FrameError::DoesNotFit {
            length: 303,
            limit: 127
        }
    ));
    for bytes in [
        Value::from(vec![1]),
        Value::from(f64::NAN),
        Value::Simple(0),
    ] {
        let object = Object::encode(&vec![Value::from(1), bytes]).unwrap();
        JsonLines::default().encode(&object, &mut out).unwrap_err();
    }
    assert!(out.is_empty());
    for wrong in [0, 32_768] {
        SerialPackerOptions::new()
            .max_packet(wrong)
            .build()
            .unwrap_err();
    }
}

#[test]
fn large_objects_are_shared_and_not_copied() {
    let object = Object::encode(&Value::from(vec![7; 100_000])).unwrap();
    let mut out = Chain::new();
    CborSequence::default().encode(&object, &mut out).unwrap();
    LengthPrefixed::default().encode(&object, &mut out).unwrap();
    Prefixed::new(0xfe, LIMITS)
        .encode(&object, &mut out)
        .unwrap();
    let address = object.bytes().as_ptr();
    assert_eq!(
        out.views().filter(|view| view.as_ptr() == address).count(),
        3
    );
}

#[test]
fn a_problem_in_an_object_is_at_its_place_in_the_stream() {
    let mut framing = CborSequence::default();
    let mut pipe = Pipe::new();
    pipe.append(b"\x83\x01\x02\x03\x82\x01\x61\xff").unwrap();
    assert!(framing.decode(&mut pipe).unwrap().is_ready());
    let error = framing.decode(&mut pipe).unwrap_err();
    let problem = ItemProblem::NotUtf8;
    assert!(matches!(error, FrameError::Object { position: 7, problem: it } if it == problem));
}
