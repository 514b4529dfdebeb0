//! "Encodings": ENC clauses.

use iolite::{
    BufferedReader, BytesIo, Encoding, Error, ErrorPolicy, Newline, Result, TextIo, TextIoWrapper,
    TextOptions,
};
use rstest::rstest;

use crate::text_naive::{encode_char, encodings, mark};

fn known(name: &str) -> Encoding {
    crate::text_codecs::encoding(name)
}

fn reader(
    bytes: &[u8],
    encoding: &str,
    errors: ErrorPolicy,
) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let options = TextOptions::new()
        .encoding(known(encoding))
        .errors(errors)
        .newline(Newline::Lf);
    let buffer = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    TextIoWrapper::with_options(buffer, options)
}

/// All of the text, or the first error.
fn decoded(bytes: &[u8], encoding: &str, errors: ErrorPolicy) -> Result<String> {
    let mut text = String::new();
    reader(bytes, encoding, errors).read_to_string(&mut text)?;
    Ok(text)
}

fn encoded(text: &str, encoding: &str, errors: ErrorPolicy) -> Result<Vec<u8>> {
    let options = TextOptions::new()
        .encoding(known(encoding))
        .errors(errors)
        .newline(Newline::Lf);
    let buffer = iolite::BufferedWriter::new(BytesIo::new());
    let mut stream = TextIoWrapper::with_options(buffer, options);
    stream.write_str(text)?;
    Ok(stream.detach()?.detach()?.into_inner())
}

#[rstest]
#[case::enc_1_utf_8("utf-8", &["utf8", "U8", "UTF_8", "utf 8", "cp65001", "UTF"])]
#[case::enc_1_utf_8_sig("utf-8-sig", &["UTF-8-SIG", "utf_8_sig"])]
#[case::enc_1_ascii("ascii", &["US-ASCII", "646", "ANSI_X3.4-1968", "iso646-us", "us"])]
#[case::enc_1_latin_1("latin-1", &["Latin1", "ISO-8859-1", "iso8859-1", "L1", "cp819", "8859"])]
#[case::enc_1_utf_16("utf-16", &["utf16", "U16", "UTF_16"])]
#[case::enc_1_utf_16_le("utf-16-le", &["UTF-16LE", "unicodelittleunmarked"])]
#[case::enc_1_utf_16_be("utf-16-be", &["UTF-16BE", "unicodebigunmarked", "cp1201", "unicodeFFFE"])]
#[case::enc_1_utf_32("utf-32", &["utf32", "U32", "csUTF32"])]
#[case::enc_1_utf_7("utf-7", &["utf7", "unicode-1-1-utf-7"])]
#[case::enc_1_latin_5("iso8859-9", &["ISO-8859-9", "latin5", "ISO_8859-9:1989", "iso88599"])]
#[case::enc_1_thai("tis-620", &["tis620", "csTIS620", "iso-ir-166"])]
#[case::enc_1_windows("cp1252", &["windows-1252", "1252", "x-cp1252", "csWindows1252"])]
fn encodings_are_known_by_pythons_names(#[case] name: &str, #[case] others: &[&str]) {
    assert_eq!(known(name).name(), name);
    assert_eq!(known(name).to_string(), name);
    for other in others {
        assert_eq!(known(other), known(name), "{other}");
    }
}

#[rstest]
#[case::enc_2_unknown("klingon")]
#[case::enc_2_empty("")]
#[case::enc_2_no_text("hex")]
#[case::enc_2_a_hole_in_the_name("utf\08")]
#[case::enc_2_a_letter_that_python_would_ignore("utf-8é")]
#[case::enc_2_a_web_label_that_lies("x-user-defined")]
fn other_names_are_refused(#[case] name: &str) {
    let error = name.parse::<Encoding>().expect_err("unknown");
    assert!(
        matches!(&error, Error::UnknownEncoding { name: n } if n == name),
        "{error:?}"
    );
}

#[test]
fn enc_3_the_default_is_utf_8_whatever_the_locale_says() {
    assert_eq!(Encoding::default(), Encoding::UTF_8);
}

#[rstest]
#[case::enc_4_utf_8("utf-8", b"\xef\xbb\xbfa", "\u{feff}a")]
#[case::enc_4_utf_16_le("utf-16-le", b"\xff\xfea\0", "\u{feff}a")]
#[case::enc_4_utf_16_be("utf-16-be", b"\xfe\xff\0a", "\u{feff}a")]
#[case::enc_4_utf_32_le("utf-32-le", b"\xff\xfe\0\0a\0\0\0", "\u{feff}a")]
#[case::enc_6_utf_32_little("utf-32", b"\xff\xfe\0\0a\0\0\0", "a")]
#[case::enc_6_utf_32_big("utf-32", b"\0\0\xfe\xff\0\0\0a", "a")]
#[case::enc_5_with_a_mark("utf-8-sig", b"\xef\xbb\xbfa", "a")]
#[case::enc_5_with_two("utf-8-sig", b"\xef\xbb\xbf\xef\xbb\xbfa", "\u{feff}a")]
#[case::enc_5_without("utf-8-sig", b"a", "a")]
#[case::enc_6_little("utf-16", b"\xff\xfea\0", "a")]
#[case::enc_6_big("utf-16", b"\xfe\xff\0a", "a")]
#[case::enc_6_a_second_mark_is_text("utf-16", b"\xff\xfe\xff\xfe", "\u{feff}")]
fn marks_are_read_as_the_encoding_says(
    #[case] encoding: &str,
    #[case] bytes: &[u8],
    #[case] expected: &str,
) -> Result<()> {
    assert_eq!(decoded(bytes, encoding, ErrorPolicy::Strict)?, expected);
    Ok(())
}

#[rstest]
#[case::enc_7_strict(ErrorPolicy::Strict)]
#[case::enc_7_ignore(ErrorPolicy::Ignore)]
#[case::enc_7_replace(ErrorPolicy::Replace)]
fn a_missing_mark_is_one_error_and_then_the_usual_order(#[case] errors: ErrorPolicy) -> Result<()> {
    let native = if cfg!(target_endian = "little") {
        b"a\0b\0"
    } else {
        b"\0a\0b"
    };
    let mut text = reader(native, "utf-16", errors);
    let error = text.fill_str().expect_err("no mark");
    assert!(
        matches!(&error, Error::Decode { encoding: "utf-16", offset: 0, bytes, .. }
            if bytes == &native[..2]),
        "{error:?}"
    );
    assert_eq!(text.fill_str()?, "ab");
    text.seek(iolite::text::TextPosition::START)?;
    assert!(text.fill_str().is_err(), "the start misses its mark again");
    Ok(())
}

#[rstest]
#[case::enc_7_utf_16("utf-16", b"\xfe")]
#[case::enc_7_utf_16_half_a_mark("utf-16", b"\xff")]
#[case::enc_7_utf_32("utf-32", b"a\0\0")]
#[case::enc_7_utf_32_most_of_a_mark("utf-32", b"\xff\xfe\0")]
fn a_stream_shorter_than_a_mark_is_malformed(
    #[case] encoding: &str,
    #[case] bytes: &[u8],
) -> Result<()> {
    let mut text = reader(bytes, encoding, ErrorPolicy::Strict);
    let error = text.fill_str().expect_err("cut off");
    assert!(
        matches!(&error, Error::Decode { offset: 0, bytes: b, .. } if b == bytes),
        "{error:?}"
    );
    assert_eq!(text.fill_str()?, "", "what is malformed is read");
    assert_eq!(decoded(bytes, encoding, ErrorPolicy::Replace)?, "\u{fffd}");
    assert_eq!(decoded(bytes, encoding, ErrorPolicy::Ignore)?, "");
    assert_eq!(decoded(b"", encoding, ErrorPolicy::Strict)?, "");
    Ok(())
}

#[rstest]
#[case::enc_8_start_byte("utf-8", b"a\xffb", &[1])]
#[case::enc_8_lone_continuation("utf-8", b"a\x80b", &[1])]
#[case::enc_8_maximal_subpart("utf-8", b"a\xe2\x82b", &[2])]
#[case::enc_8_surrogate("utf-8", b"a\xed\xa0\x80b", &[1, 1, 1])]
#[case::enc_8_overlong("utf-8", b"a\xc0\x80b", &[1, 1])]
#[case::enc_8_too_large("utf-8", b"a\xf4\x90\x80\x80b", &[1, 1, 1, 1])]
#[case::enc_8_cut_off("utf-8", b"ab\xf0\x9f\x98", &[3])]
#[case::enc_9_upper_half("ascii", b"a\x80\xffb", &[1, 1])]
#[case::enc_10_lone_low("utf-16-le", b"a\0\0\xdcb\0", &[2])]
#[case::enc_10_lone_high("utf-16-le", b"a\0\0\xd8b\0", &[2])]
#[case::enc_10_two_highs("utf-16-be", b"\0a\xd8\0\xd8\0\xdc\0\0b", &[2])]
#[case::enc_10_cut_off_unit("utf-16-le", b"a\0b\0\x41", &[1])]
#[case::enc_10_cut_off_pair("utf-16-le", b"a\0b\0\0\xd8\x41", &[3])]
#[case::enc_16_surrogate("utf-32-le", b"a\0\0\0\0\xd8\0\0b\0\0\0", &[4])]
#[case::enc_16_too_large("utf-32-be", b"\0\0\0a\0\x11\0\0\0\0\0b", &[4])]
#[case::enc_16_cut_off("utf-32-be", b"\0\0\0a\0\0\0b\0\0\0", &[3])]
#[case::enc_19_no_ascii("utf-7", b"a\xe9b", &[1])]
#[case::enc_19_ill_formed("utf-7", b"a+!b", &[2])]
#[case::enc_19_partial("utf-7", b"a+AO-b", &[4])]
#[case::enc_19_padding("utf-7", b"a+AGH-b", &[1])]
#[case::enc_19_lone_surrogate("utf-7", b"a+2D0-b", &[4])]
#[case::enc_19_unterminated("utf-7", b"a+AGIA", &[1])]
fn malformed_bytes_are_reported_replaced_or_left_out(
    #[case] encoding: &str,
    #[case] bytes: &[u8],
    #[case] bad: &[usize],
) -> Result<()> {
    let mut text = reader(bytes, encoding, ErrorPolicy::Strict);
    let (mut good, mut met) = (String::new(), Vec::new());
    loop {
        match text.read_to_string(&mut good) {
            Ok(_) => break,
            Err(Error::Decode {
                offset, bytes: b, ..
            }) => {
                let at = offset as usize;
                assert_eq!(b, bytes[at..at + b.len()], "the offset");
                met.push(b.len());
            }
            Err(error) => return Err(error),
        }
    }
    assert_eq!(met, bad, "the lengths of what is malformed");
    assert!(good.starts_with('a') && good.ends_with('b'), "{good:?}");
    assert_eq!(decoded(bytes, encoding, ErrorPolicy::Ignore)?, good);
    let replaced = decoded(bytes, encoding, ErrorPolicy::Replace)?;
    assert_eq!(
        replaced.matches('\u{fffd}').count(),
        bad.len(),
        "{replaced:?}"
    );
    assert_eq!(replaced.replace('\u{fffd}', ""), good);
    Ok(())
}

#[test]
fn enc_11_latin_1_has_every_byte_as_its_own_number() -> Result<()> {
    let all: Vec<u8> = (0..=255).collect();
    let text = decoded(&all, "latin-1", ErrorPolicy::Strict)?;
    assert!(text.chars().map(u32::from).eq(0..256));
    assert_eq!(encoded(&text, "latin-1", ErrorPolicy::Strict)?, all);
    Ok(())
}

#[rstest]
#[case::enc_12_ascii("ascii", "aé€b", 1, 'é', b"ab", b"a??b")]
#[case::enc_12_latin_1("latin-1", "aé€b", 3, '€', b"a\xe9b", b"a\xe9?b")]
fn a_character_that_is_missing(
    #[case] encoding: &'static str,
    #[case] text: &str,
    #[case] place: usize,
    #[case] missing: char,
    #[case] ignored: &[u8],
    #[case] replaced: &[u8],
) -> Result<()> {
    let error = encoded(text, encoding, ErrorPolicy::Strict).expect_err("missing");
    assert!(
        matches!(error, Error::Encode { encoding: e, offset, ch, .. }
            if (e, offset, ch) == (encoding, place, missing)),
        "{error:?}"
    );
    assert_eq!(encoded(text, encoding, ErrorPolicy::Ignore)?, ignored);
    assert_eq!(encoded(text, encoding, ErrorPolicy::Replace)?, replaced);
    Ok(())
}

/// All of the first 700 characters, and samples of all the others, as one text.
#[test]
fn enc_13_every_character_goes_there_and_back() -> Result<()> {
    let samples = (0..700).chain((700..0x11_0000).step_by(991));
    let samples: Vec<char> = samples.filter_map(char::from_u32).collect();
    for encoding in encodings() {
        let (mut text, mut bytes) = (String::new(), mark(encoding).to_vec());
        for &ch in &samples {
            if let Some(encoded) = encode_char(encoding, ch) {
                text.push(ch);
                bytes.extend(encoded);
            }
        }
        assert!(text.len() >= 128, "{encoding}");
        assert_eq!(
            encoded(&text, encoding, ErrorPolicy::Strict)?,
            bytes,
            "{encoding}"
        );
        assert_eq!(
            decoded(&bytes, encoding, ErrorPolicy::Strict)?,
            text,
            "{encoding}"
        );
    }
    Ok(())
}

#[rstest]
#[case::enc_14_cp1252("cp1252", b"\x80\x9f\xe9", "€Ÿé", &[0x81, 0x8d, 0x8f, 0x90, 0x9d])]
#[case::enc_14_cp1251("windows-1251", b"\xcf\xf0", "Пр", &[0x98])]
#[case::enc_14_koi8_r("KOI8-R", b"\xf0\xd2", "Пр", &[])]
#[case::enc_14_cp866("ibm866", b"\x8f\xe0", "Пр", &[])]
#[case::enc_14_latin_2("iso-8859-2", b"\xb1", "ą", &[])]
#[case::enc_14_latin_9("latin9", b"\xa4", "€", &[])]
#[case::enc_14_greek("iso-8859-7", b"\xe1", "α", &[0xae, 0xd2, 0xff])]
#[case::enc_14_mac_roman("macintosh", b"\x8e", "é", &[])]
#[case::enc_21_cp1047("IBM-1047", b"\xc1\x5f\xad\x51\xbd\x25", "A^[é]\n", &[])]
fn code_pages(
    #[case] name: &str,
    #[case] bytes: &[u8],
    #[case] text: &str,
    #[case] undefined: &[u8],
) -> Result<()> {
    assert_eq!(decoded(bytes, name, ErrorPolicy::Strict)?, text);
    assert_eq!(encoded(text, name, ErrorPolicy::Strict)?, bytes);
    let refused: Vec<u8> = (0..=255)
        .filter(|&byte| decoded(&[byte], name, ErrorPolicy::Strict).is_err())
        .collect();
    assert_eq!(refused, undefined);
    for byte in (0..=255).filter(|byte| !undefined.contains(byte)) {
        let text = decoded(&[byte], name, ErrorPolicy::Strict)?;
        assert_eq!(encoded(&text, name, ErrorPolicy::Strict)?, [byte]);
    }
    let error = encoded("ab\u{1f600}", name, ErrorPolicy::Strict).expect_err("missing");
    assert!(
        matches!(error, Error::Encode { offset: 2, .. }),
        "{error:?}"
    );
    Ok(())
}

/// CPython writes the upper one of two bytes for the same character.
#[test]
fn enc_14_of_several_bytes_the_last_is_written() -> Result<()> {
    assert_eq!(decoded(b" \xa0", "mac-arabic", ErrorPolicy::Strict)?, "  ");
    assert_eq!(
        encoded("  ", "mac-arabic", ErrorPolicy::Strict)?,
        b"\xa0\xa0"
    );
    let percent = encoded("%", "cp864", ErrorPolicy::Strict).expect_err("an Arabic one instead");
    assert!(
        matches!(percent, Error::Encode { ch: '%', .. }),
        "{percent:?}"
    );
    Ok(())
}

#[test]
fn enc_12_what_is_written_instead_is_in_the_encoding() -> Result<()> {
    assert_eq!(
        encoded("a€b", "cp037", ErrorPolicy::Replace)?,
        b"\x81\x6f\x82"
    );
    Ok(())
}

#[rstest]
#[case::enc_17_windows(1252, "cp1252")]
#[case::enc_17_leading_zero(37, "cp037")]
#[case::enc_17_utf_8(65001, "utf-8")]
#[case::enc_17_utf_16(1200, "utf-16-le")]
#[case::enc_17_latin_1(28591, "latin-1")]
#[case::enc_17_mac(10000, "mac-roman")]
#[case::enc_17_koi8(20866, "koi8-r")]
fn code_pages_have_numbers(#[case] number: u16, #[case] name: &str) -> Result<()> {
    assert_eq!(Encoding::from_code_page(number)?.name(), name);
    Ok(())
}

#[rstest]
#[case::enc_17_none(0)]
#[case::enc_17_no_code_page(8859)]
#[case::enc_17_unknown(1)]
fn other_numbers_are_refused(#[case] number: u16) {
    let error = Encoding::from_code_page(number).expect_err("unknown");
    assert!(
        matches!(&error, Error::UnknownEncoding { name } if *name == ["cp", &number.to_string()].concat()),
        "{error:?}"
    );
}

#[test]
fn enc_17_all_encodings_are_listed_once() {
    let mut names: Vec<&str> = Encoding::all().map(Encoding::name).collect();
    assert!(names.iter().all(|name| known(name).name() == *name));
    assert_eq!(
        names.len(),
        if cfg!(feature = "encodings") { 105 } else { 81 }
    );
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Encoding::all().count());
}

#[rstest]
#[case::enc_18_utf_8(b"\xef\xbb\xbfa", "utf-8-sig", 3, "utf-8")]
#[case::enc_18_utf_16_le(b"\xff\xfea\0", "utf-16", 2, "utf-16-le")]
#[case::enc_18_utf_16_be(b"\xfe\xff\0a", "utf-16", 2, "utf-16-be")]
#[case::enc_18_utf_32_le(b"\xff\xfe\0\0", "utf-32", 4, "utf-32-le")]
#[case::enc_18_utf_32_be(b"\0\0\xfe\xff", "utf-32", 4, "utf-32-be")]
#[case::enc_18_none(b"abcd", "cp1252", 0, "cp1252")]
#[case::enc_18_nothing(b"", "cp1252", 0, "cp1252")]
#[case::enc_18_half_a_mark(b"\xef\xbb", "cp1252", 0, "cp1252")]
fn the_mark_names_the_encoding(
    #[case] start: &[u8],
    #[case] name: &str,
    #[case] len: usize,
    #[case] keeping: &str,
) -> Result<()> {
    let (encoding, mark) = Encoding::detect(start, known("cp1252"));
    assert_eq!((encoding.name(), mark), (name, len));
    let with_bom_as_text = encoding.with_bom_as_text(start);
    assert_eq!(with_bom_as_text.name(), keeping);
    // The bytes come back as they were.
    let text = decoded(start, keeping, ErrorPolicy::Strict);
    if let Ok(text) = text {
        assert_eq!(encoded(&text, keeping, ErrorPolicy::Strict)?, start);
    }
    Ok(())
}

#[rstest]
#[case::enc_15_strict("strict", ErrorPolicy::Strict)]
#[case::enc_15_ignore("ignore", ErrorPolicy::Ignore)]
#[case::enc_15_replace("replace", ErrorPolicy::Replace)]
fn error_policies_have_pythons_names(
    #[case] name: &str,
    #[case] errors: ErrorPolicy,
) -> Result<()> {
    assert_eq!(name.parse::<ErrorPolicy>()?, errors);
    assert_eq!(errors.to_string(), name);
    assert!("no such policy".parse::<ErrorPolicy>().is_err());
    Ok(())
}
