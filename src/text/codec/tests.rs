//! The contract of an encoder, over every family and every small room.

use super::family::Stop;
use super::{Encoder, Encoding, OnError, Substitutes};

/// ASCII that some encodings need more bytes for, pairs that may be one code and their first
/// characters alone, and characters of every length and of many character sets.
const TEXT: &str = "a+-~{~}\\\nä か\u{309a}かÊ\u{304}Ê Ω日本 漢字カナｶﾅ 한국 中文 ¥‾\u{10fe41}😀é plain text of 32 characters, or more. か";

/// The bytes of a text, a room of so many bytes after the other.
fn encode(encoding: Encoding, errors: OnError, size: usize) -> Vec<u8> {
    let mut encoder = Encoder::new(encoding);
    encoder.place(true, 0);
    let (mut substitutes, mut bytes) = (Substitutes::new(errors), Vec::new());
    encoder.begin(&mut bytes).expect("a mark");
    let (mut rest, mut room) = (TEXT, vec![0; size]);
    loop {
        let before = encoder;
        let part = encoder.encode_into(rest, &mut substitutes, &mut room);
        let part = part.expect("no codec of the caller's own");
        bytes.extend_from_slice(&room[..part.written]);
        rest = &rest[part.read..];
        match part.stop {
            Stop::Done => break,
            // Not even a character fits: nothing has happened.
            Stop::Full if part.read == 0 => {
                assert_eq!((part.written, encoder.state()), (0, before.state()));
                room.push(0);
            }
            Stop::Full => room.truncate(size),
            stop => panic!("{encoding}: {stop:?}"),
        }
    }
    encoder.finish(&mut bytes);
    encoder.end(&mut bytes);
    bytes
}

#[test]
fn a_room_of_any_size_gives_the_same_bytes() {
    for encoding in Encoding::all() {
        for errors in [OnError::Ignore, OnError::Replace] {
            let whole = encode(encoding, errors, 1024);
            for size in (0..40).rev() {
                let pieces = encode(encoding, errors, size);
                assert_eq!(pieces, whole, "{encoding}, {errors}, {size}");
            }
        }
    }
}

#[test]
fn the_constants_are_their_rows() {
    let named = [
        (Encoding::UTF_8, "utf-8"),
        (Encoding::UTF_8_SIG, "utf-8-sig"),
        (Encoding::UTF_16, "utf-16"),
        (Encoding::UTF_16LE, "utf-16-le"),
        (Encoding::UTF_16BE, "utf-16-be"),
        (Encoding::UTF_32, "utf-32"),
        (Encoding::UTF_32LE, "utf-32-le"),
        (Encoding::UTF_32BE, "utf-32-be"),
        (Encoding::UTF_7, "utf-7"),
        (Encoding::ASCII, "ascii"),
        (Encoding::LATIN_1, "latin-1"),
    ];
    for (encoding, name) in named {
        assert_eq!(encoding.name(), name);
    }
}
