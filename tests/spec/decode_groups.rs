//! Encodings and newlines where many characters are decoded together: wherever one stands in its
//! group, and whatever stands around it, the answer is that of one character after the other.

use iolite::text::{LineEnding, LineEndings, NewlineDecoder};
use iolite::{
    BufferedReader, BufferedWriter, BytesIo, Encoding, Error, Newline, Result, TextIo,
    TextIoWrapper, TextOptions,
};
use rstest::rstest;

use crate::support::naive::Dice;

/// Characters of every length in UTF-8, as far as an encoding has them, so many times.
fn sample(encoding: &str, seed: usize, len: usize) -> String {
    const ALL: &str = "a b\n~é£ßжяΩの漢字ｶ한글€😀𝄞";
    let has = |ch: &char| written(encoding, &ch.to_string()).is_ok();
    let chars: Vec<char> = ALL.chars().filter(has).collect();
    let mut dice = Dice::new(seed as u64);
    let step = |_| {
        // Runs of ASCII, and none.
        match dice.roll(5) {
            0 => 'x',
            _ => chars[dice.roll(chars.len())],
        }
    };
    (0..len).map(step).collect()
}

fn written(encoding: &str, text: &str) -> Result<Vec<u8>> {
    let options = TextOptions::new().encoding(encoding.parse()?);
    let options = options.newline(Newline::Lf);
    let buffer = BufferedWriter::new(BytesIo::new());
    let mut stream = TextIoWrapper::with_options(buffer, options);
    stream.write_str(text)?;
    Ok(stream.detach()?.detach()?.into_inner())
}

fn bytes_of(encoding: &str, text: &str) -> Vec<u8> {
    written(encoding, text).unwrap_or_else(|e| panic!("{e}"))
}

fn stream(bytes: Vec<u8>, encoding: &str) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let encoding: Encoding = encoding.parse().unwrap_or_else(|e| panic!("{e}"));
    let options = TextOptions::new().encoding(encoding).newline(Newline::Lf);
    TextIoWrapper::with_options(BufferedReader::new(BytesIo::from(bytes)), options)
}

#[rstest]
#[case::enc_13_utf_16_le("utf-16-le")]
#[case::enc_13_utf_16_be("utf-16-be")]
#[case::enc_13_latin_1("latin-1")]
#[case::enc_13_windows("cp1252")]
#[case::enc_13_cyrillic("koi8-r")]
#[case::enc_13_ebcdic("cp037")]
fn text_of_any_length_is_read(#[case] encoding: &str) {
    any_length(encoding);
}

#[cfg(feature = "encodings")]
#[rstest]
#[case::enc_13_japanese("cp932")]
#[case::enc_13_euc("euc_jp")]
#[case::enc_13_chinese("gbk")]
#[case::enc_13_gb18030("gb18030")]
#[case::enc_13_korean("euc_kr")]
#[case::enc_13_uhc("cp949")]
#[case::enc_13_johab("johab")]
#[case::enc_13_big5("big5")]
fn east_asian_text_of_any_length_is_read(#[case] encoding: &str) {
    any_length(encoding);
}

fn any_length(encoding: &str) {
    for len in (0..150).chain([1000, 3000, 40_000]) {
        let text = sample(encoding, len, len);
        let mut read = String::new();
        let outcome = stream(bytes_of(encoding, &text), encoding).read_to_string(&mut read);
        assert_eq!(outcome.unwrap_or_else(|e| panic!("{e}")), text.len());
        assert_eq!(read, text, "{encoding}, {len}");
    }
}

/// A sequence that is malformed, at every place of a group.
#[rstest]
#[case::enc_10_lone_high("utf-16-le", b"\x00\xd8", 2)]
#[case::enc_10_lone_low("utf-16-le", b"\x00\xdc", 2)]
#[case::enc_10_big_endian("utf-16-be", b"\xd8\x00", 2)]
#[case::enc_14_windows("cp1252", b"\x81", 1)]
#[case::enc_14_iso("iso8859-7", b"\xff", 1)]
fn malformed_bytes_are_found_at_any_place(
    #[case] encoding: &str,
    #[case] malformed: &[u8],
    #[case] len: usize,
) {
    any_place(encoding, malformed, len);
}

#[cfg(feature = "encodings")]
#[rstest]
#[case::leg_1_japanese("cp932", b"\x81\x01", 1)]
#[case::leg_1_chinese("gbk", b"\x81\x01", 1)]
fn malformed_east_asian_bytes_are_found_at_any_place(
    #[case] encoding: &str,
    #[case] malformed: &[u8],
    #[case] len: usize,
) {
    any_place(encoding, malformed, len);
}

fn any_place(encoding: &str, malformed: &[u8], len: usize) {
    for before in (0..140).chain([500, 5000]) {
        let (start, end) = (sample(encoding, before, before), "x".repeat(before % 40));
        let mut bytes = bytes_of(encoding, &start);
        let place = bytes.len() as u64;
        bytes.extend_from_slice(malformed);
        bytes.extend(bytes_of(encoding, &end));
        let (mut text, mut read) = (stream(bytes, encoding), String::new());
        match text.read_to_string(&mut read) {
            Err(Error::Decode { offset, bytes, .. }) => {
                assert_eq!((offset, &*bytes), (place, &malformed[..len]), "{encoding}");
            }
            other => panic!("{encoding}, {before}: {other:?}"),
        }
        assert_eq!(read, start, "{encoding}, {before}");
    }
}

/// As CPython's decoder says it, a character at a time.
fn translated(text: &str) -> (String, LineEndings) {
    let (mut out, mut seen) = (String::new(), LineEndings::new());
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        let ending = match ch {
            '\r' if chars.next_if_eq(&'\n').is_some() => LineEnding::CrLf,
            '\r' => LineEnding::Cr,
            '\n' => LineEnding::Lf,
            other => {
                out.push(other);
                continue;
            }
        };
        out.push('\n');
        seen.insert(ending);
    }
    (out, seen)
}

/// Newlines of the given kinds, at distances from 0 to `far`.
fn with_newlines(kinds: &[&str], far: usize, len: usize) -> String {
    let (mut text, mut dice) = (String::new(), Dice::new(far as u64));
    while text.len() < len {
        let letters = ["a", "é", "漢", "😀"][dice.roll(4)];
        text.push_str(&letters.repeat(dice.roll(far + 1)));
        text.push_str(kinds[dice.roll(kinds.len())]);
    }
    text
}

#[rstest]
#[case::nl_14_pairs(&["\r\n"])]
#[case::nl_14_mac(&["\r"])]
#[case::nl_14_mixed(&["\r\n", "\n", "\r", "\r\r\n", "\n\r"])]
fn newlines_are_translated_wherever_they_stand(#[case] kinds: &[&str]) {
    for far in [0, 1, 5, 20, 70, 200, 400] {
        for len in (0..300).step_by(7).chain([3000, 20_000, 140_000]) {
            let text = with_newlines(kinds, far, len);
            let (expected, seen) = translated(&text);
            let (mut out, mut decoder) = (String::new(), NewlineDecoder::new(Newline::Universal));
            decoder.decode(&text, true, &mut out);
            assert_eq!(out, expected, "{kinds:?}, {far}, {len}");
            assert_eq!(decoder.newlines(), seen, "{kinds:?}, {far}, {len}");
        }
    }
}

/// A whole file in one go is what its lines are, and the same line ends are seen.
#[rstest]
#[case::txt_1_pairs(&["\r\n"])]
#[case::txt_1_mixed(&["\r\n", "\n", "\r", "\r\r\n"])]
fn everything_is_read_translated(#[case] kinds: &[&str]) {
    for far in [0, 5, 70] {
        for len in [0, 100, 65_536, 65_537, 200_000] {
            let text = with_newlines(kinds, far, len);
            let (expected, seen) = translated(&text);
            let bytes = BytesIo::from(text.into_bytes());
            let mut stream = TextIoWrapper::new(BufferedReader::new(bytes));
            let mut read = String::from("before ");
            let n = stream.read_to_string(&mut read);
            assert_eq!(n.unwrap_or_else(|e| panic!("{e}")), expected.len());
            assert_eq!(read["before ".len()..], expected, "{kinds:?}, {far}, {len}");
            assert_eq!(stream.newlines(), seen, "{kinds:?}, {far}, {len}");
        }
    }
}
