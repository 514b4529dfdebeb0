//! Frames on a serial line: what stands between them, and when one is given up.

use std::time::{Duration, Instant};

use iolite::link::frame::{FrameError, Framing, Prefixed, SerialPackerOptions};
use iolite::link::object::Object;
use iolite::{Chain, Pipe};

use crate::frame::{FRAMINGS, LIMITS, encode, feed, frame, packer};

#[test]
fn console_bytes_that_would_be_a_frame_are_not_written() {
    let mut out = Chain::new();
    let mut refused = |mut framing: Box<dyn Framing>, bytes: &[u8]| match framing
        .encode_console(bytes, &mut out)
    {
        Err(FrameError::ConsoleByte { offset, byte }) => {
            assert_eq!(bytes[offset], byte);
            Some(offset)
        }
        Err(error) => panic!("{error}"),
        Ok(()) => None,
    };
    assert_eq!(
        refused(Box::new(Prefixed::new(0xfe, LIMITS)), b"ab\xfe"),
        Some(2)
    );
    let options = SerialPackerOptions::new();
    assert_eq!(refused(packer(options), b"a\xfa"), Some(1));
    assert_eq!(
        refused(packer(options.mark(Some(0xf7))), b"\xfa\xf7"),
        Some(1)
    );
    let old = options.start(Some(0x85));
    assert_eq!(refused(packer(old), "Å".as_bytes()), None);
    assert_eq!(refused(packer(old), b"a\x85"), Some(1));
    assert_eq!(
        refused(packer(old), b"a\xc3"),
        Some(1),
        "it would hide the start after it"
    );
    let mut bare = packer(options.start(None));
    assert!(matches!(
        bare.encode_console(b"a", &mut out),
        Err(FrameError::NoConsole)
    ));
}

/// "Å" is C3 85. MoaT takes its second byte for the start of a frame, where frames start so.
#[test]
fn the_later_bytes_of_a_character_start_no_frame() {
    let old = SerialPackerOptions::new().start(Some(0x85));
    let one = Object::encode(&1).unwrap();
    for text in ["Å", "ÅÅ", "全", "𐅅a", "\u{85}"] {
        let mut stream = Chain::new();
        let mut framing = old.build().unwrap();
        framing
            .encode_console(text.as_bytes(), &mut stream)
            .unwrap();
        framing.encode(&one, &mut stream).unwrap();
        let outcome = feed(&mut framing, stream.to_chunk().chunks(1));
        assert_eq!(outcome.objects, std::slice::from_ref(&one), "{text}");
        assert_eq!(outcome.console, text.as_bytes());
    }
    // A byte that begins no character protects nothing.
    for broken in [&b"\xc3a"[..], b"\xff", b"\xc0", b"\xe2\x82\xac"] {
        let stream = [
            broken,
            &frame(
                || packer(SerialPackerOptions::new().start(Some(0x85))),
                &one,
            ),
        ]
        .concat();
        assert_eq!(
            feed(&mut old.build().unwrap(), stream.chunks(1))
                .objects
                .len(),
            1,
            "{broken:x?}"
        );
    }
}

#[test]
fn unmarked_bytes_are_console_also_inside_of_a_frame() {
    let object = Object::encode(&1).unwrap();
    let (_, _, make) = FRAMINGS[6];
    let mut stream = Vec::new();
    for pair in frame(make, &object).chunks(2) {
        stream.extend_from_slice(b"\xfa!");
        stream.extend_from_slice(pair);
    }
    let outcome = feed(&mut *make(), stream.chunks(1));
    assert_eq!(outcome.objects, [object]);
    assert_eq!(outcome.console, b"\xfa!".repeat(5));
}

#[test]
fn a_frame_that_the_line_falls_silent_in_is_given_up() {
    let object = Object::encode(&("text", 1)).unwrap();
    let mut framing = SerialPackerOptions::new().build().unwrap();
    let bytes = encode(&mut framing, std::slice::from_ref(&object));
    let mut pipe = Pipe::new();
    let start = Instant::now();
    let after = |ms| start + Duration::from_millis(ms);
    framing.set_time(start);
    assert_eq!(framing.timeout(), None);
    pipe.append(&bytes[..3]).unwrap();
    assert!(framing.decode(&mut pipe).unwrap().is_pending());
    assert_eq!(framing.timeout(), Some(after(100)));
    framing.set_time(after(99));
    assert!(framing.decode(&mut pipe).unwrap().is_pending());
    framing.set_time(after(100));
    let error = framing.decode(&mut pipe).unwrap_err();
    let silence = Duration::from_millis(100);
    assert!(matches!(error, FrameError::Silent { position: 0, silence: it } if it == silence));
    assert_eq!(framing.timeout(), None);
    // What comes then is looked at anew; as long as bytes come in time, a frame may take long.
    for (index, byte) in bytes.iter().enumerate() {
        framing.set_time(after(1000 + 90 * index as u64));
        pipe.append(&[*byte]).unwrap();
        let is_last = index == bytes.len() - 1;
        assert_eq!(framing.decode(&mut pipe).unwrap().is_ready(), is_last);
    }
    assert_eq!(framing.timeout(), None);
}

#[test]
fn frames_without_the_time_are_never_given_up() {
    let mut framing = SerialPackerOptions::new()
        .max_idle(Duration::ZERO)
        .build()
        .unwrap();
    let mut pipe = Pipe::new();
    pipe.append(b"\xfa\x01").unwrap();
    assert!(framing.decode(&mut pipe).unwrap().is_pending());
    assert_eq!(framing.timeout(), None);
    assert!(framing.decode(&mut pipe).unwrap().is_pending());
}
