//! "Error policies": POL clauses on `Escape`.

use iolite::{
    BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, Result, TextIo,
    TextIoExt, TextIoWrapper,
};
use proptest::prelude::*;
use rstest::rstest;

use crate::codec_tables::{nonsense, options, shifts};
use crate::policies::{decoded, encoded, known, reader};
use crate::support::full_or_quick;
use crate::support::naive::Dice;
use crate::text_policies::{byte_of, escaped};

/// The encodings in which every file can be read and written as it is.
fn encodings() -> impl Iterator<Item = Encoding> {
    let marked = ["utf-8-sig", "utf-16", "utf-32"];
    Encoding::all().filter(move |e| !marked.contains(&e.name()) && !shifts(*e))
}

/// What is read with a buffer of `capacity` bytes, and that written in pieces of `piece`
/// characters.
fn copied(bytes: &[u8], encoding: Encoding, capacity: usize, piece: usize) -> (String, Vec<u8>) {
    let options = options(encoding, ErrorPolicy::Escape);
    let buffer = BufferedReader::with_capacity(capacity, BytesIo::from(bytes.to_vec()));
    let mut text = String::new();
    let mut input = TextIoWrapper::with_options(buffer, options);
    input
        .read_to_string(&mut text)
        .expect("nothing is malformed");
    let mut output = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
    let chars: Vec<char> = text.chars().collect();
    for piece in chars.chunks(piece) {
        let piece: String = piece.iter().collect();
        output.write_str(&piece).expect("nothing is missing");
    }
    let device = output.detach().expect("written").detach().expect("written");
    (text, device.into_inner())
}

/// Bytes that are likely to mean something: text, nonsense, escapes as text, single bytes.
fn mixture(encoding: Encoding, seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut bytes = Vec::new();
    for _ in 0..dice.roll(12) {
        match dice.roll(5) {
            0 => {
                let ch = escaped(dice.roll(256) as u8);
                // Strictly, they are characters like all others, where they are there.
                let text = format!("a{ch}{ch}é");
                bytes
                    .extend(encoded(&text, encoding.name(), ErrorPolicy::Ignore).expect("written"));
            }
            1 => bytes.extend(nonsense(encoding, &mut dice, 5)),
            2 => bytes.push(dice.roll(256) as u8),
            3 => bytes.extend([0xf4, 0x8f, 0xb8, 0x80][..1 + dice.roll(4)].iter()),
            _ => bytes.extend(
                encoded("Zeile 日本語 я%¥\r\n", encoding.name(), ErrorPolicy::Ignore)
                    .expect("written"),
            ),
        }
    }
    bytes
}

#[test]
fn pol_7_nothing_is_lost_in_any_encoding() {
    for encoding in encodings() {
        for seed in 0..full_or_quick(60, 20) as u64 {
            let bytes = mixture(encoding, seed);
            let whole = copied(&bytes, encoding, 1000, 1000).0;
            for (capacity, piece) in [(1, 3), (2, 1), (3, 1000), (4, 2), (5, 7), (7, 1), (16, 16)] {
                let (text, copy) = copied(&bytes, encoding, capacity, piece);
                let at = format!("{encoding}, capacity {capacity}, seed {seed}, {bytes:x?}");
                assert_eq!(copy, bytes, "{at}");
                assert_eq!(text, whole, "{at}");
            }
        }
    }
}

/// One of so many byte pairs is tried; with `--release` each.
const SHARE: usize = full_or_quick(1, 11);

/// Every byte, every pair of bytes, and more than a chunk of them.
#[test]
fn pol_7_nothing_is_lost_of_all_pairs() {
    let pairs = (0..=0xffff_u16).step_by(SHARE);
    let pairs: Vec<u8> = pairs.flat_map(u16::to_be_bytes).collect();
    for encoding in encodings() {
        assert!(copied(&pairs, encoding, 4096, 999).1 == pairs, "{encoding}");
        assert!(
            copied(&pairs[1..], encoding, 70_000, 9999).1 == pairs[1..],
            "{encoding}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(full_or_quick(64, 30) as u32) })]

    #[test]
    fn pol_7_nothing_is_lost_of_random_bytes(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        capacity in 1..50_usize,
        piece in 1..20_usize,
    ) {
        for encoding in encodings() {
            let copy = copied(&bytes, encoding, capacity, piece).1;
            prop_assert_eq!(&copy, &bytes, "{}", encoding);
        }
    }
}

/// Text without escapes and bytes that stand for themselves between them: the decoder starts again
/// at each, and must not start from the chunk's end each time.
#[test]
fn pol_7_nothing_is_lost_of_much_that_is_escaped() {
    for encoding in ["utf-8", "utf-16-le", "utf-32-be", "mac-arabic"] {
        let one = encoded("\u{10fe41} ", encoding, ErrorPolicy::Ignore).expect("written");
        let bytes = one.repeat(60_000 / SHARE);
        let copy = copied(&bytes, known(encoding), 1 << 20, 1 << 20).1;
        assert!(copy == bytes, "{encoding}");
    }
}

#[rstest]
#[case::pol_5_each_byte("utf-8", b"a\xe2\x82b", "a\u{10fee2}\u{10fe82}b")]
#[case::pol_5_ascii("ascii", b"\x80", "\u{10fe80}")]
#[case::pol_5_what_stands_for_a_byte(
    "utf-8",
    b"\xf4\x8f\xb8\x80",
    "\u{10fef4}\u{10fe8f}\u{10feb8}\u{10fe80}"
)]
#[case::pol_5_its_neighbours("utf-8", b"\xf4\x8f\xb7\xbf\xf4\x8f\xbc\x80", "\u{10fdff}\u{10ff00}")]
#[case::pol_5_utf_16(
    "utf-16-be",
    b"\xdb\xff\xde\xff\0a",
    "\u{10fedb}\u{10feff}\u{10fede}\u{10feff}a"
)]
#[case::pol_5_written_otherwise("mac-arabic", b" \xa0", "\u{10fe20} ")]
#[cfg_attr(
    feature = "encodings",
    case::pol_5_a_second_sequence("cp932", b"\xed\x40\xfa\x5c", "\u{7e8a}\u{10fefa}\u{10fe5c}")
)]
fn bytes_become_characters(
    #[case] encoding: &str,
    #[case] bytes: &[u8],
    #[case] text: &str,
) -> Result<()> {
    assert_eq!(decoded(bytes, encoding, ErrorPolicy::Escape)?, text);
    assert_eq!(encoded(text, encoding, ErrorPolicy::Escape)?, bytes);
    Ok(())
}

#[test]
fn pol_5_all_256_are_in_the_last_plane_for_private_use() {
    let all: Vec<char> = (0..=255).map(escaped).collect();
    assert_eq!((all[0], all[255]), ('\u{10fe00}', '\u{10feff}'));
    let bytes: Vec<u8> = (0x80..=0xff).collect();
    let text = decoded(&bytes, "ascii", ErrorPolicy::Escape).expect("escaped");
    assert!(text.chars().filter_map(byte_of).eq(0x80..=0xff));
}

#[test]
fn pol_6_a_character_that_stands_for_a_byte_is_written_as_it() -> Result<()> {
    for encoding in encodings() {
        let bytes = encoded(
            "\u{10fe0a}\u{10feff}\u{10fe00}",
            encoding.name(),
            ErrorPolicy::Escape,
        )?;
        assert_eq!(bytes, b"\n\xff\0", "{encoding}");
    }
    Ok(())
}

#[test]
fn pol_6_any_other_that_is_missing_is_an_error() {
    let error = encoded("\u{10fe80}é", "ascii", ErrorPolicy::Escape).expect_err("missing");
    assert!(
        matches!(
            error,
            Error::Encode {
                offset: 4,
                ch: 'é',
                ..
            }
        ),
        "{error:?}"
    );
}

#[rstest]
#[case::pol_8_utf_8_sig("utf-8-sig", b"\xef\xbb\xbfa\xff", b"\xef\xbb\xbfa\xff")]
#[case::pol_8_utf_8_sig_without("utf-8-sig", b"a\xff", b"\xef\xbb\xbfa\xff")]
#[case::pol_8_utf_16("utf-16", b"\xff\xfea\0\0\xdc!", b"\xff\xfea\0\0\xdc!")]
fn a_mark_that_is_dropped_is_not_text(
    #[case] encoding: &str,
    #[case] bytes: &[u8],
    #[case] written: &[u8],
) -> Result<()> {
    let text = decoded(bytes, encoding, ErrorPolicy::Escape)?;
    assert_eq!(encoded(&text, encoding, ErrorPolicy::Escape)?, written);
    let whole = known(encoding).with_bom_as_text(bytes).name();
    if whole != encoding {
        let text = decoded(bytes, whole, ErrorPolicy::Escape)?;
        assert_eq!(encoded(&text, whole, ErrorPolicy::Escape)?, bytes);
    }
    Ok(())
}

#[test]
fn pol_8_a_mark_that_must_be_there_is_missed() {
    let error = decoded(b"a\0", "utf-16", ErrorPolicy::Escape).expect_err("no mark");
    assert!(
        matches!(error, Error::Decode { offset: 0, .. }),
        "{error:?}"
    );
}

#[rstest]
#[case::pol_9_utf_7("utf-7")]
#[cfg_attr(feature = "encodings", case::pol_9_iso2022_jp("iso2022_jp"))]
#[cfg_attr(feature = "encodings", case::pol_9_iso2022_kr("iso2022_kr"))]
#[cfg_attr(feature = "encodings", case::pol_9_hz("hz"))]
fn escape_is_refused_where_there_are_shifts(#[case] encoding: &str) -> Result<()> {
    let refused = |outcome: Result<()>| match outcome {
        Err(Error::InvalidArgument { argument, .. }) => assert_eq!(argument, "error policy"),
        other => panic!("{other:?}"),
    };
    refused(decoded(b"a", encoding, ErrorPolicy::Escape).map(drop));
    refused(encoded("a", encoding, ErrorPolicy::Escape).map(drop));
    let mut stream = reader(b"abc", encoding, ErrorPolicy::Strict);
    stream.read_chars(1, &mut String::new())?;
    refused(stream.reconfigure(stream.options().errors(ErrorPolicy::Escape)));
    assert_eq!(stream.errors(), ErrorPolicy::Strict);
    let mut rest = String::new();
    stream.read_to_string(&mut rest)?;
    assert_eq!(rest, "bc");
    Ok(())
}
