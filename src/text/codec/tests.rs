//! The contracts of a decoder and of an encoder, over every family and every small room.

use proptest::prelude::*;

use super::family::{DecodeContext, DecodeOutput, DecodeStop, EncodeStop, Encoded, Measure};
use super::utf8_room::Utf8Room;
use super::{EncodeReplacements, Encoder, Encoding, ErrorPolicy};

/// ASCII that some encodings need more bytes for, pairs that may be one code and their first
/// characters alone, and characters of every length and of many character sets.
const TEXT: &str = "a+-~{~}\\\nä か\u{309a}かÊ\u{304}Ê Ω日本 漢字カナｶﾅ 한국 中文 ¥‾\u{10fe41}😀é plain text of 32 characters, or more. か";

/// The bytes of a text, a room of so many bytes after the other.
fn encode(encoding: Encoding, errors: ErrorPolicy, size: usize) -> Vec<u8> {
    let mut encoder = Encoder::new(encoding);
    encoder.place(true, 0);
    let (mut replacements, mut bytes) = (EncodeReplacements::new(errors), Vec::new());
    encoder.begin(&mut bytes).expect("a mark");
    let (mut rest, mut room) = (TEXT, vec![0; size]);
    loop {
        let before = encoder;
        let part = encoder.encode_into(rest, None, &mut replacements, &mut room);
        let part = part.expect("no codec of the user's");
        bytes.extend_from_slice(&room[..part.written]);
        rest = &rest[part.read..];
        match part.stop {
            EncodeStop::Done => break,
            // Not even a character fits: nothing has happened.
            EncodeStop::Full if part.read == 0 => {
                assert_eq!((part.written, encoder.state()), (0, before.state()));
                room.push(0);
            }
            EncodeStop::Full => room.truncate(size),
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
        for errors in [ErrorPolicy::Ignore, ErrorPolicy::Replace] {
            let whole = encode(encoding, errors, 1024);
            for size in (0..40).rev() {
                let pieces = encode(encoding, errors, size);
                assert_eq!(pieces, whole, "{encoding}, {errors}, {size}");
            }
        }
    }
}

/// What stands side by side in a text: runs of ASCII that are shorter than a register, as long and
/// longer; what some encodings write otherwise; characters of each length and of many sets.
const PIECES: &[&str] = &[
    "a",
    "plain",
    "a register long.",
    "a register long, and half of another one",
    "of ASCII there may be more than a block of 64 bytes, and then it is copied",
    "\0\n\r\n",
    "\n\n\n",
    "lines\nthat are\nshort\n",
    "a line of ASCII that is longer than a block of 64 bytes, as many a line of prose\n",
    "größer\n日本\n",
    "\\~+{}-\x1b\x0e\x0f\x7f",
    "é",
    "größe",
    "ещё одна строка",
    "Ω",
    "日本",
    "吾輩は猫である。名前はまだ無い。",
    "ｶﾅ",
    "か\u{309a}Ê\u{304}",
    "한국어 문장",
    "뷁",
    "¥‾€",
    "\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{fffd}\u{ffff}",
    "\u{10000}",
    "😀",
    "\u{20089}\u{10ffff}",
];

/// A text, the encoding's characters only or not.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..12);
    (pieces, 0..4_usize).prop_map(|(pieces, cut)| pieces.concat().chars().skip(cut).collect())
}

/// What a family makes of a text in a room of so many bytes, and its state after that, one character
/// after the other in a room that is large enough; `newline` for each `\n`.
fn naive(encoding: Encoding, text: &str, newline: &str, size: usize) -> (Encoded, Vec<u8>, u64) {
    let (mut bytes, mut state) = (Vec::new(), 0);
    for (read, ch) in text.char_indices() {
        let (mut room, mut utf8, mut after) = ([0; 32], [0; 4], state);
        let shown = match ch {
            '\n' => newline,
            ch => &*ch.encode_utf8(&mut utf8),
        };
        let part = encoding.family().encode(&mut after, shown, &mut room);
        let stop = match part.stop {
            EncodeStop::Done if bytes.len() + part.written > size => EncodeStop::Full,
            EncodeStop::Done => {
                bytes.extend_from_slice(&room[..part.written]);
                state = after;
                continue;
            }
            stop => stop,
        };
        return (Encoded::new(read, bytes.len(), stop), bytes, state);
    }
    let encoded = Encoded::new(text.len(), bytes.len(), EncodeStop::Done);
    (encoded, bytes, state)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_text_at_once_is_its_characters_one_by_one(
        encoding in prop::sample::select(Encoding::all().collect::<Vec<_>>()),
        text in text(),
        size in prop_oneof![0..160_usize, 0..2000_usize],
        has_all in any::<bool>(),
    ) {
        let family = encoding.family();
        let mut text = text;
        // Else most texts end soon.
        text.retain(|ch| !has_all || family.has(ch));
        let (mut room, mut state) = (vec![0xff; size], 0);
        let encoded = family.encode(&mut state, &text, &mut room);
        room.truncate(encoded.written);
        prop_assert_eq!((encoded, room, state), naive(encoding, &text, "\n", size), "{} {:?}", encoding, text);
    }

    #[test]
    fn newlines_translated_on_the_way_are_those_translated_before(
        encoding in prop::sample::select(
            Encoding::all().filter(|it| it.family().properties().translates).collect::<Vec<_>>()
        ),
        text in text(),
        newline in prop::sample::select(vec!["\r", "\r\n"]),
        size in prop_oneof![0..160_usize, 0..2000_usize],
        has_all in any::<bool>(),
    ) {
        let family = encoding.family();
        let mut text = text;
        text.retain(|ch| !has_all || family.has(ch));
        let mut room = vec![0xff; size];
        let encoded = family.encode_translated(0, &text, newline, &mut room);
        room.truncate(encoded.written);
        let expected = naive(encoding, &text, newline, size);
        prop_assert_eq!((encoded, room, 0), expected, "{} {:?}", encoding, text);
    }
}

/// The text of bytes with malformed ones among them, a room of so many bytes after the other.
fn decode(encoding: Encoding, bytes: &[u8], size: usize) -> (String, Vec<usize>, u64) {
    let mut context = DecodeContext {
        state: 0,
        last: true,
        measure: Measure::Whole,
        shown: None,
    };
    let (mut text, mut malformed, mut at) = (Vec::new(), Vec::new(), 0);
    let mut room = vec![0xff; size];
    while at < bytes.len() {
        let family = encoding.family();
        let out = DecodeOutput {
            room: &mut room,
            text: &mut String::new(),
        };
        match family.decode(&mut context, &bytes[at..], out) {
            Ok(decoded) => {
                assert!(
                    decoded.read > 0,
                    "{encoding}: a character needs less than the margin"
                );
                text.extend_from_slice(&room[..decoded.written]);
                at += decoded.read;
            }
            Err(DecodeStop::Malformed { len, .. }) => {
                malformed.push(at);
                at += len;
            }
            Err(stop) => panic!("{encoding}: {stop:?}"),
        }
    }
    let text = String::from_utf8(text).expect("whole characters");
    (text, malformed, context.state)
}

#[test]
fn a_room_of_any_size_gives_the_same_text() {
    for encoding in Encoding::all() {
        let mut bytes = encode(encoding, ErrorPolicy::Ignore, 1024);
        bytes.extend(bytes.clone());
        bytes.extend([
            0xff, b'+', 0x80, b'a', b'~', 0x1b, b'a', b'+', b'A', 0xd8, 0x01, 0xdc,
        ]);
        bytes.extend(encode(encoding, ErrorPolicy::Ignore, 1024).repeat(5));
        let whole = decode(encoding, &bytes, 16 * 1024);
        for more in (0..80).chain([500]) {
            let pieces = decode(encoding, &bytes, Utf8Room::MARGIN + more);
            assert_eq!(pieces, whole, "{encoding}, {more}");
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
        (Encoding::WINDOWS_1250, "cp1250"),
        (Encoding::WINDOWS_1251, "cp1251"),
        (Encoding::WINDOWS_1252, "cp1252"),
        (Encoding::WINDOWS_1253, "cp1253"),
        (Encoding::WINDOWS_1254, "cp1254"),
        (Encoding::WINDOWS_1255, "cp1255"),
        (Encoding::WINDOWS_1256, "cp1256"),
        (Encoding::WINDOWS_1257, "cp1257"),
        (Encoding::WINDOWS_1258, "cp1258"),
        (Encoding::ISO_8859_2, "iso8859-2"),
        (Encoding::ISO_8859_5, "iso8859-5"),
        (Encoding::ISO_8859_7, "iso8859-7"),
        (Encoding::ISO_8859_9, "iso8859-9"),
        (Encoding::ISO_8859_15, "iso8859-15"),
        (Encoding::KOI8_R, "koi8-r"),
        (Encoding::KOI8_U, "koi8-u"),
        (Encoding::MAC_ROMAN, "mac-roman"),
        (Encoding::CP437, "cp437"),
        (Encoding::CP850, "cp850"),
    ];
    #[cfg(feature = "encodings")]
    let named = named.into_iter().chain([
        (Encoding::SHIFT_JIS, "shift_jis"),
        (Encoding::WINDOWS_31J, "cp932"),
        (Encoding::EUC_JP, "euc_jp"),
        (Encoding::ISO_2022_JP, "iso2022_jp"),
        (Encoding::GBK, "gbk"),
        (Encoding::GB18030, "gb18030"),
        (Encoding::BIG5, "big5"),
        (Encoding::EUC_KR, "euc_kr"),
        (Encoding::WINDOWS_949, "cp949"),
    ]);
    for (encoding, name) in named {
        assert_eq!(encoding.name(), name);
    }
}

#[test]
fn handlers_and_codecs_are_no_obstacle_to_unwinding() {
    fn is_unwind_safe<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    is_unwind_safe::<(Encoding, ErrorPolicy, crate::TextOptions)>();
}
