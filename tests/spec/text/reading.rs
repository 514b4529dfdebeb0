//! Reading through every device, buffer, encoding and policy.

use iolite::{BufferedReader, BytesIo, ErrorPolicy, TextIoWrapper, TextOptions};
use rstest::rstest;

use super::options;
use crate::support::devices::{Hostile, hampering};
use crate::support::is_tried;
use crate::support::naive::Dice;
use crate::support::progress::Progress;
use crate::text_codecs::{self, policies};
use crate::text_contracts::{self, Taking};
use crate::text_naive::{Cursor, NEWLINES, encodable, encode, events, mark};
use crate::text_policies::capacities;

/// Every kind of line end, alone, doubled, mixed up and at the end; characters of 1 to 4 bytes;
/// separators that end no line.
const TEXT: &str = "a\r\nb\rc\n\r\n\r\r\n\n\rж€é\u{1f600}\r\n\u{2028}\x0c\x1c\u{85}x";

/// Bytes that are no text in an encoding, one malformed sequence or several each.
fn malformed(encoding: &str) -> &'static [&'static [u8]] {
    match encoding {
        "utf-8" | "utf-8-sig" => &[
            b"\xff",
            b"\xe2\x82",
            b"\xed\xa0\x80",
            b"\xf4\x8f\xb8\x8d\xf4\x8f\xbb\xbf",
            b"\xf0\x9f",
        ],
        "ascii" => &[b"\x80", b"\xff\xfe"],
        "utf-16" | "utf-16-le" => &[b"\x00\xdc", b"\x3d\xd8", b"\x3d\xd8\x3d\xd8"],
        "utf-16-be" => &[b"\xdc\x00", b"\xd8\x3d", b"\xd8\x3d\xd8\x3d"],
        "cp1252" => &[b"\x81", b"\x9d\x90"],
        "utf-32" => &[b"\0\xd8\0\0", b"\0\0\x11\0", b"aaaa\xff\xff\xff\xff"],
        "utf-32-be" => &[
            b"\0\0\xdf\xff",
            b"\0\x11\0\0",
            b"\x80\0\0\0\xff\xff\xff\xff",
        ],
        "rot13" => &[b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f"],
        "wide" => &[b"\0\xd8\0", b"\x11\0\0\xff\xff\xff", b"\0\xdf\xff\0\0"],
        "shift_jis" => &[b"\x84", b"\xff\x84"],
        "gb18030" => &[b"\xff", b"\x94\x39", b"\x81\x30\xff"],
        _ => &[],
    }
}

/// Files in an encoding: clean ones and malformed ones, with and without a mark.
fn files(encoding: &str) -> Vec<Vec<u8>> {
    if let [_, ..] = &text_codecs::files(encoding)[..] {
        return text_codecs::files(encoding);
    }
    let text = |text: &str| encode(encoding, &encodable(encoding, text), ErrorPolicy::Strict);
    let marked = |rest: &[u8]| [mark(encoding), rest].concat();
    let mut files = vec![marked(&text(TEXT))];
    if let [first, .., last] = malformed(encoding) {
        let mut bytes = marked(&text("ab\r"));
        bytes.extend_from_slice(first);
        bytes.extend(text("\ncd"));
        for bad in malformed(encoding) {
            bytes.extend_from_slice(bad);
            bytes.extend(text("é\r"));
        }
        bytes.extend(text("\né\r\n"));
        bytes.extend_from_slice(last);
        files.push(bytes);
        files.push(marked(&last[..last.len() - 1]));
        files.push(marked(first));
    }
    match encoding {
        "utf-8-sig" => files.extend([
            text("\u{feff}\u{feff}a\r"),
            b"\xef\xbb\xbf".to_vec(),
            b"\xef\xbb".to_vec(),
            text("no mark\r\n"),
        ]),
        "utf-16" => files.extend([
            b"\xfe\xff\0a\0\r\0\n\xd8\x3d\xde\x00\xdc\x00\0\r".to_vec(),
            text("no mark\r\n"),
            b"\xff\xfe".to_vec(),
            b"a".to_vec(),
        ]),
        "utf-32" => files.extend([
            b"\0\0\xfe\xff\0\0\0a\0\0\0\r\0\0\0\n\0\x01\xf6\0\0\0".to_vec(),
            text("no mark\r\n"),
            b"\xff\xfe\0\0".to_vec(),
            b"\xff\xfe\0".to_vec(),
        ]),
        _ => files.push(vec![]),
    }
    files
}

/// Runs over every file, newline policy and error policy of an encoding.
fn each(encoding: &str, mut run: impl FnMut(&[u8], TextOptions, ErrorPolicy, Cursor<'_>, &str)) {
    let mut progress = Progress::start();
    for bytes in files(encoding) {
        for newline in NEWLINES {
            for errors in policies(encoding) {
                let at = format!("{encoding}, {newline}, {errors}, {bytes:02x?}");
                progress.at(&at);
                let events = events(encoding, &bytes, errors);
                let cursor = Cursor {
                    events: &events,
                    newline,
                    at: 0,
                };
                run(
                    &bytes,
                    options(encoding, newline, errors),
                    errors,
                    cursor,
                    &at,
                );
            }
        }
    }
}

#[rstest]
#[case::txt_1_utf_8("utf-8")]
#[case::txt_1_utf_8_sig("utf-8-sig")]
#[case::txt_1_ascii("ascii")]
#[case::txt_1_latin_1("latin-1")]
#[case::txt_1_utf_16("utf-16")]
#[case::txt_1_utf_16_le("utf-16-le")]
#[case::txt_1_utf_16_be("utf-16-be")]
fn text_is_the_same_however_the_input_is_cut(#[case] encoding: &str) {
    same_however_cut(encoding);
}

#[rstest]
#[case::cod_2_rot13("rot13")]
#[case::cod_2_wide("wide")]
#[case::cod_2_greek("greek")]
#[case::cod_2_words("words")]
fn text_of_an_encoding_of_ones_own_is_the_same_however_the_input_is_cut(#[case] encoding: &str) {
    same_however_cut(encoding);
}

#[cfg(feature = "encodings")]
#[rstest]
#[case::txt_1_cp1252("cp1252")]
#[case::txt_1_koi8_r("koi8-r")]
fn text_of_a_code_page_is_the_same_however_the_input_is_cut(#[case] encoding: &str) {
    same_however_cut(encoding);
}

/// Each device with each capacity; the ways of taking take turns, so that each meets everything.
fn same_however_cut(encoding: &str) {
    let mut turn = 0;
    let mut dice = Dice::new(encoding.len() as u64);
    each(encoding, |bytes, options, errors, cursor, at| {
        for behaviours in hampering() {
            for capacity in capacities(errors) {
                turn += 1;
                if !is_tried(turn, 40) {
                    continue;
                }
                let at = format!("{at}, {behaviours:?}, capacity {capacity}");
                let device = Hostile::new(bytes).with_all(&behaviours);
                let buffer = BufferedReader::with_capacity(capacity, device);
                let mut text = TextIoWrapper::with_options(buffer, options);
                let ways = Taking::ALL;
                let way = ways.get(turn % (ways.len() + 1));
                let choose = || way.copied().unwrap_or_else(|| ways[dice.roll(ways.len())]);
                let cursor = cursor.clone();
                text_contracts::reading(&mut text, choose, cursor, bytes.len(), &at);
            }
        }
    });
}

#[rstest]
#[case::txt_2_by_characters(Taking::FillAndConsumeOne)]
#[case::txt_2_by_lines(Taking::NextLine)]
#[case::txt_2_by_threes(Taking::ReadChars(3))]
fn a_position_leads_back_to_where_it_was_told(#[case] step: Taking) {
    found_again(step, &crate::text_naive::encodings());
}

#[rstest]
#[case::cod_3_by_characters(Taking::FillAndConsumeOne)]
#[case::cod_3_by_lines(Taking::NextLine)]
#[case::cod_3_by_threes(Taking::ReadChars(3))]
fn a_position_behind_shifts_leads_back(#[case] step: Taking) {
    found_again(step, &["greek", "words"]);
}

fn found_again(step: Taking, encodings: &[&str]) {
    let mut turn = 0;
    for &encoding in encodings {
        each(encoding, |bytes, options, _, cursor, at| {
            for capacity in [1, 2, 3, 5, 16, 1000] {
                turn += 1;
                if !is_tried(turn, 15) {
                    continue;
                }
                let at = format!("{at}, {step:?}, capacity {capacity}");
                let buffer = BufferedReader::with_capacity(capacity, BytesIo::from(bytes.to_vec()));
                let mut text = TextIoWrapper::with_options(buffer, options);
                text_contracts::positions(&mut text, step, cursor.clone(), bytes.len(), &at);
            }
        });
    }
}
