//! SPEC.md, "Lines by ranges": which encodings, and that nothing else is a line end there.

use iolite::text::TextDecoder;
use iolite::{Encoding, ErrorPolicy, Newline, TextOptions};
use rstest::rstest;

/// All text, line ends as they are, malformed bytes left out.
fn decoded(encoding: Encoding, bytes: &[u8]) -> String {
    let options = TextOptions::new().encoding(encoding);
    let options = options.newline(Newline::Keep).errors(ErrorPolicy::Ignore);
    let (mut decoder, mut text) = (TextDecoder::with_options(options), String::new());
    decoder.decode(bytes, &mut text).unwrap();
    decoder.finish();
    decoder.decode(b"", &mut text).unwrap();
    text
}

/// The bytes of a character where no mark is due.
pub(super) fn unit(encoding: Encoding, ch: &str) -> Vec<u8> {
    let without_mark = match encoding.name() {
        "utf-16" => Encoding::UTF_16LE,
        "utf-32" => Encoding::UTF_32LE,
        "utf-8-sig" => Encoding::UTF_8,
        _ => encoding,
    };
    without_mark.encode(ch).unwrap().into_owned()
}

/// What a stream begins with, so that its order is known.
pub(super) fn mark(encoding: Encoding) -> &'static [u8] {
    match encoding.name() {
        "utf-16" => b"\xff\xfe",
        "utf-32" => b"\xff\xfe\0\0",
        "utf-8-sig" => b"\xef\xbb\xbf",
        _ => b"",
    }
}

pub(super) fn splittable() -> impl Iterator<Item = Encoding> {
    Encoding::all().filter(|encoding| encoding.is_splittable())
}

#[test]
fn rng_1_the_encodings_that_can_be_split() {
    let refused: Vec<_> = Encoding::all()
        .filter(|encoding| !encoding.is_splittable())
        .collect();
    let refused: Vec<_> = refused.iter().map(|encoding| encoding.name()).collect();
    assert_eq!(refused[0], "utf-7");
    if cfg!(feature = "encodings") {
        assert_eq!(refused[1], "hz");
        assert_eq!(refused.len(), 2 + 7);
        assert!(
            refused[2..].iter().all(|name| name.starts_with("iso2022_")),
            "{refused:?}"
        );
    }
}

/// Two bytes that say something, in whole code units.
fn two_bytes(encoding: Encoding, first: u8, second: u8) -> Vec<u8> {
    match encoding.name() {
        "utf-32-be" => vec![0, 0, first, second],
        "utf-32" | "utf-32-le" => vec![first, second, 0, 0],
        _ => vec![first, second],
    }
}

/// Every sequence of bytes up to three, each followed by a line end: that is one, whatever stands before.
#[rstest]
#[case::line_feed("\n")]
#[case::carriage_return("\r")]
fn rng_1_nothing_before_a_line_end_takes_it(#[case] end: &str) {
    for encoding in splittable() {
        let end_bytes = unit(encoding, end);
        let width = end_bytes.len();
        let mut bytes = mark(encoding).to_vec();
        let mut count = 0;
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                // What has three bytes or more begins so.
                let thirds: &[u8] = match (width, first) {
                    (1, 0x81 | 0x8e | 0x8f | 0x90 | 0xe3 | 0xf0 | 0xfe) => {
                        &[0x30, 0x81, 0xa1, 0xff]
                    }
                    _ => &[],
                };
                for third in thirds {
                    bytes.extend([first, second, *third]);
                    bytes.extend(&end_bytes);
                    count += 1;
                }
                bytes.extend(two_bytes(encoding, first, second));
                bytes.extend(&end_bytes);
                count += 1;
            }
        }
        let text = decoded(encoding, &bytes);
        let found = bytes
            .chunks(width)
            .filter(|unit| *unit == end_bytes)
            .count();
        assert!(found >= count);
        assert_eq!(text.matches(end).count(), found, "{encoding}");
    }
}

/// No other bytes are a line end.
#[test]
fn rng_1_a_line_end_has_no_other_bytes() {
    for encoding in splittable() {
        let (feed, carriage) = (unit(encoding, "\n"), unit(encoding, "\r"));
        let width = feed.len();
        let mut bytes = mark(encoding).to_vec();
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let pair = two_bytes(encoding, first, second);
                let is_end = |pair: &[u8]| {
                    let mut units = pair.chunks(width);
                    units.any(|unit| unit == feed || unit == carriage)
                };
                if !is_end(&pair) {
                    bytes.extend(pair);
                }
            }
        }
        let text = decoded(encoding, &bytes);
        assert!(!text.contains(['\n', '\r']), "{encoding}");
        assert!(text.len() > 100, "{encoding}");
    }
}
