//! Bytes of which many are no text: they are decoded in pieces that are put together, and give what
//! one piece after the other does.

use iolite::{
    BufferedReader, BytesIo, Encoding, Error, ErrorPolicy, Newline, TextIo, TextIoWrapper,
    TextOptions,
};
use rstest::rstest;

use crate::support::full_or_quick;
use crate::support::naive::Dice;

const POLICIES: [ErrorPolicy; 4] = [
    ErrorPolicy::Ignore,
    ErrorPolicy::Replace,
    ErrorPolicy::BackslashReplace,
    ErrorPolicy::Escape,
];

fn encoding(name: &str) -> Encoding {
    name.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// The length of bytes that fill the decoder's room more than once.
const LONG: usize = full_or_quick(5000, 3000);

type Text = TextIoWrapper<BufferedReader<BytesIo>>;

fn stream(bytes: &[u8], encoding: Encoding, errors: ErrorPolicy, newline: Newline) -> Text {
    in_blocks(997, bytes, encoding, errors, newline)
}

fn in_blocks(
    size: usize,
    bytes: &[u8],
    encoding: Encoding,
    errors: ErrorPolicy,
    newline: Newline,
) -> Text {
    let options = TextOptions::new().encoding(encoding).errors(errors);
    let bytes = BufferedReader::with_capacity(size, BytesIo::from(bytes.to_vec()));
    TextIoWrapper::with_options(bytes, options.newline(newline))
}

/// Runs of `good` and of `bad` bytes, of all lengths up to 5 and, seldom, long ones.
fn mixed(good: &[u8], bad: &[u8], len: usize) -> Vec<u8> {
    let (mut bytes, mut dice) = (Vec::new(), Dice::new(len as u64));
    let mut roll = |end: usize| dice.roll(end);
    while bytes.len() < len {
        let n = if roll(50) == 0 { roll(1500) } else { roll(6) };
        // In pairs, so that UTF-16 is not all shifted.
        (0..n).for_each(|_| bytes.extend_from_slice(&good[2 * roll(good.len() / 2)..][..2]));
        (0..roll(4)).for_each(|_| bytes.extend_from_slice(&bad[2 * roll(bad.len() / 2)..][..2]));
    }
    bytes
}

/// By strict reading, an error at a time.
fn expected(bytes: &[u8], encoding: Encoding, errors: ErrorPolicy) -> String {
    let mut strict = stream(bytes, encoding, ErrorPolicy::Strict, Newline::Lf);
    let mut text = String::new();
    loop {
        let malformed = match strict.read_to_string(&mut text) {
            Err(Error::Decode { bytes, .. }) => bytes,
            Err(other) => panic!("{other}"),
            Ok(_) => return text,
        };
        match errors {
            ErrorPolicy::Ignore => {}
            ErrorPolicy::Replace => text.push('\u{fffd}'),
            ErrorPolicy::BackslashReplace => {
                malformed
                    .iter()
                    .for_each(|b| text += &format!("\\x{b:02x}"));
            }
            _ => text.extend(malformed.iter().map(|&b| {
                char::from_u32(0x10_fe00 + u32::from(b)).unwrap_or_else(|| panic!("{b}"))
            })),
        }
    }
}

#[rstest]
#[case::enc_8_utf_8("utf-8", "aé\nb漢\n c".as_bytes(), b"\xe9x\xff\xff\xe6\xbc\xf0\x9f\x98\n\xed\xa0")]
#[case::enc_8_ascii("ascii", b"ab\nc d\r\n", b"\xe9\xe9\xff\x80")]
#[case::enc_8_windows("cp1252", b"ab\n\xe9\x80d", b"\x81\x81\x8d\x8d")]
#[case::enc_8_utf_16("utf-16-le", b"a\0\n\0\xe9\0\"o", b"\x00\xd8\x00\xdc")]
#[case::enc_8_utf_32("utf-32-be", b"\0\0\0\n\0\x01\0\0", b"\xff\xff\0\xd8")]
fn what_is_replaced_is_what_strict_reading_reports(
    #[case] name: &str,
    #[case] good: &[u8],
    #[case] bad: &[u8],
) {
    any_mixture(name, good, bad);
}

#[cfg(feature = "encodings")]
#[rstest]
#[case::leg_1_japanese("cp932", b"a\n\x93\xfa\xb6 ", b"\x81\x01\xff\x93")]
#[case::leg_1_chinese("gb18030", b"a\n\xd6\xd0 c", b"\x81\x01\xff\xff\x81\x30")]
#[case::leg_11_pairs("euc_jis_2004", b"a\n\xa4\xa2 c", b"\xa4\x01\xff\xff\x8f\xa1")]
fn what_is_replaced_in_east_asian_text_is_what_strict_reading_reports(
    #[case] name: &str,
    #[case] good: &[u8],
    #[case] bad: &[u8],
) {
    any_mixture(name, good, bad);
}

fn any_mixture(name: &str, good: &[u8], bad: &[u8]) {
    let encoding = encoding(name);
    for (errors, len) in POLICIES
        .into_iter()
        .flat_map(|e| [7, 90, LONG, 2 * LONG - 999].map(|l| (e, l)))
    {
        let bytes = mixed(good, bad, len);
        // Of what would be written otherwise, which is malformed only here, strict reading is silent.
        let is_known = errors != ErrorPolicy::Escape || name.starts_with("utf") || name == "ascii";
        let mut text = String::new();
        let outcome = stream(&bytes, encoding, errors, Newline::Lf).read_to_string(&mut text);
        assert_eq!(outcome.unwrap_or_else(|e| panic!("{e}")), text.len());
        if is_known {
            let expected = expected(&bytes, encoding, errors);
            assert!(text == expected, "{name}, {errors}, {len}");
        }
        places(&bytes, encoding, errors, &text);
    }
}

/// From each place that was told the rest is read again.
fn places(bytes: &[u8], encoding: Encoding, errors: ErrorPolicy, all: &str) {
    for newline in [Newline::Keep, Newline::Lf] {
        let mut told = stream(bytes, encoding, errors, newline);
        let mut again = stream(bytes, encoding, errors, newline);
        let mut at = 0;
        for round in 0.. {
            let n = match told.fill_str() {
                Ok("") => break,
                // Whole pieces, and single characters.
                Ok(some) if round % 3 == 0 => some.len().min(some.find('\n').unwrap_or(80) + 1),
                Ok(some) => some.chars().next().map_or(0, char::len_utf8),
                Err(error) => panic!("{error}"),
            };
            let some = told.fill_str().unwrap_or_else(|e| panic!("{e}"));
            let n = (n..=some.len()).find(|&n| some.is_char_boundary(n));
            let n = n.unwrap_or(some.len());
            told.consume(n);
            at += n;
            // All kinds of steps are among three in a row.
            if round % full_or_quick(16, 31) > 2 {
                continue;
            }
            let place = told.tell().unwrap_or_else(|e| panic!("{e}"));
            again.seek(place).unwrap_or_else(|e| panic!("{e}"));
            let next = again.fill_str().unwrap_or_else(|e| panic!("{e}"));
            let n = next.len().min(all.len() - at);
            assert!(
                all.as_bytes()[at..].starts_with(&next.as_bytes()[..n])
                    && (n > 0 || at == all.len()),
                "{}, {errors}, {at}: {next:?}, not {:?}",
                encoding.name(),
                &all[at..]
            );
        }
        assert_eq!(at, all.len());
    }
}

/// The characters by std's decoder, and where each begins: at which bytes (at the first, or any up
/// to the last, for what is left out has no place of its own), and behind how many characters of
/// what stands for them.
fn naive(bytes: &[u8], errors: ErrorPolicy) -> Vec<(char, std::ops::RangeInclusive<u64>, u64)> {
    let (mut all, mut at, mut from) = (Vec::new(), 0, 0);
    for part in bytes.utf8_chunks() {
        for ch in part.valid().chars() {
            all.push((ch, from..=at, 0));
            at += ch.len_utf8() as u64;
            from = at;
        }
        let escape = |byte| char::from_u32(0x10_fe00 + u32::from(byte)).unwrap_or_else(|| panic!());
        let text: String = match (errors, part.invalid()) {
            (_, []) | (ErrorPolicy::Ignore, _) => String::new(),
            (ErrorPolicy::Replace, _) => "\u{fffd}".to_owned(),
            (ErrorPolicy::BackslashReplace, some) => {
                some.iter().map(|b| format!("\\x{b:02x}")).collect()
            }
            (_, some) => some.iter().map(|&b| escape(b)).collect(),
        };
        all.extend((0..).zip(text.chars()).map(|(n, ch)| (ch, from..=at, n)));
        at += part.invalid().len() as u64;
        if !text.is_empty() {
            from = at;
        }
    }
    all
}

/// Whatever pieces the bytes come in, and however long the runs between malformed ones are.
#[rstest]
#[case::pol_12_bytes(1)]
#[case::pol_12_short_pieces(7)]
#[case::pol_12_pieces(530)]
#[case::pol_12_all_at_once(1 << 16)]
fn each_character_of_malformed_utf_8_has_its_place(#[case] size: usize) {
    let (bad, long) = (
        b"\xe9x\xff\xff\xe6\xbc\xf0\x9f\x98\n\xed\xa0",
        "é漢😀ё".repeat(90),
    );
    let mut bytes = mixed("aé\nb漢\n c".as_bytes(), bad, 20_000);
    for n in 0..200 {
        bytes.extend_from_slice(&long.as_bytes()[..3 * n]);
        bytes.extend_from_slice(&bad[n % bad.len()..]);
    }
    for errors in POLICIES {
        let mut stream = in_blocks(size, &bytes, Encoding::UTF_8, errors, Newline::Lf);
        for (number, (expected, offsets, inside)) in naive(&bytes, errors).into_iter().enumerate() {
            let place = stream.tell().unwrap_or_else(|e| panic!("{e}")).to_string();
            let mut told = place
                .split('/')
                .map(|n| n.parse().unwrap_or_else(|e| panic!("{e}")));
            let (offset, skip) = (told.next(), told.nth(1).unwrap_or(0));
            let is_there = offset.is_some_and(|offset| offsets.contains(&offset));
            let case = format!("{errors}, {number}: {place}, {offsets:?} and {inside}");
            assert!(is_there && skip == inside, "{case}");
            assert_eq!(stream.byte_offset(), offset.unwrap_or_default(), "{case}");
            let next = stream
                .fill_str()
                .unwrap_or_else(|e| panic!("{e}"))
                .chars()
                .next();
            assert_eq!(next, Some(expected), "{case}");
            stream.consume(expected.len_utf8());
        }
        assert!(
            stream
                .fill_str()
                .unwrap_or_else(|e| panic!("{e}"))
                .is_empty()
        );
    }
}

/// Between malformed bytes and behind long runs of good ones, too.
#[test]
fn pol_5_characters_that_stand_for_bytes_are_malformed_among_others() {
    let stands = "\u{10fe00}\u{10fee9}\u{10feff}";
    let mut bytes = Vec::new();
    for n in 0..300 {
        bytes.extend_from_slice(&"漢é\n".repeat(n % 23).as_bytes()[..n % 23 * 6]);
        bytes.extend_from_slice(&stands.as_bytes()[..4 * (n % 4)]);
        bytes.extend_from_slice(&b"\xe9\xff\xf4\x8f\xb8 "[..n % 7]);
    }
    for size in [1, 100, 1 << 16] {
        let (mut text, mut again) = (String::new(), Vec::new());
        in_blocks(
            size,
            &bytes,
            Encoding::UTF_8,
            ErrorPolicy::Escape,
            Newline::Lf,
        )
        .read_to_string(&mut text)
        .unwrap_or_else(|e| panic!("{e}"));
        for ch in text.chars() {
            match u32::from(ch).checked_sub(0x10_fe00).map(u8::try_from) {
                Some(Ok(byte)) => again.push(byte),
                _ => again.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        assert!(again == bytes, "in pieces of {size}");
        let standing = text.matches('\u{10fef4}').count();
        assert!(
            standing > 400,
            "the first byte of such a character: {standing}"
        );
    }
}

/// UTF-7, whose places are found by decoding again.
#[test]
fn enc_19_places_in_base64() {
    let encoding = encoding("utf-7");
    let text = "plain +漢字かな交じり文 é~ё \u{1f600}\u{1f600}é-+é+-\n".repeat(90);
    let options = TextOptions::new().encoding(encoding).newline(Newline::Lf);
    let buffer = iolite::BufferedWriter::new(BytesIo::new());
    let mut writer = TextIoWrapper::with_options(buffer, options);
    writer.write_str(&text).unwrap_or_else(|e| panic!("{e}"));
    let buffer = writer.detach().unwrap_or_else(|e| panic!("{e}"));
    let bytes = buffer
        .detach()
        .unwrap_or_else(|e| panic!("{e}"))
        .into_inner();
    places(&bytes, encoding, ErrorPolicy::Strict, &text);
}
