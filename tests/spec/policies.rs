//! "Error policies": POL clauses on the policies that have a name.

use std::collections::HashSet;

use iolite::text::TextPosition;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, Newline,
    OpenOptions, Result, TextIo, TextIoExt, TextIoWrapper,
};
use rstest::rstest;

use crate::codec_tables::options;
use crate::support::devices::Behaviour::{self, Unseekable};
use crate::support::devices::Hostile;

pub(crate) fn known(name: &str) -> Encoding {
    name.parse().unwrap_or_else(|e| panic!("{e}"))
}

pub(crate) fn reader(
    bytes: &[u8],
    encoding: &str,
    errors: ErrorPolicy,
) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let buffer = BufferedReader::with_capacity(7, BytesIo::from(bytes.to_vec()));
    TextIoWrapper::with_options(buffer, options(known(encoding), errors))
}

pub(crate) fn decoded(bytes: &[u8], encoding: &str, errors: ErrorPolicy) -> Result<String> {
    let mut text = String::new();
    reader(bytes, encoding, errors).read_to_string(&mut text)?;
    Ok(text)
}

pub(crate) fn encoded(text: &str, encoding: &str, errors: ErrorPolicy) -> Result<Vec<u8>> {
    let buffer = BufferedWriter::new(BytesIo::new());
    let mut stream = TextIoWrapper::with_options(buffer, options(known(encoding), errors));
    stream.write_str(text)?;
    Ok(stream.detach()?.detach()?.into_inner())
}

#[rstest]
#[case::pol_1_strict("strict", ErrorPolicy::Strict)]
#[case::pol_1_ignore("ignore", ErrorPolicy::Ignore)]
#[case::pol_1_replace("replace", ErrorPolicy::Replace)]
#[case::pol_1_backslash("backslashreplace", ErrorPolicy::BackslashReplace)]
#[case::pol_1_xml("xmlcharrefreplace", ErrorPolicy::XmlCharRefReplace)]
#[cfg_attr(
    feature = "names",
    case::pol_1_name("namereplace", ErrorPolicy::NameReplace)
)]
#[case::pol_1_escape("escape", ErrorPolicy::Escape)]
fn policies_have_names(#[case] name: &str, #[case] errors: ErrorPolicy) -> Result<()> {
    assert_eq!(name.parse::<ErrorPolicy>()?, errors);
    assert_eq!(errors.to_string(), name);
    Ok(())
}

#[test]
fn pol_1_surrogateescape_is_escape_and_surrogatepass_is_refused() -> Result<()> {
    assert_eq!(
        "surrogateescape".parse::<ErrorPolicy>()?,
        ErrorPolicy::Escape
    );
    let why = |name: &str| match name.parse::<ErrorPolicy>() {
        Err(Error::InvalidArgument { problem, .. }) => problem,
        other => panic!("{name}: {other:?}"),
    };
    assert!(why("surrogatepass").contains("surrogate"));
    assert!(why("Strict").contains("backslashreplace"));
    assert!(why("").contains("backslashreplace"));
    Ok(())
}

#[test]
fn pol_1_names_are_a_feature() {
    let known = "namereplace".parse::<ErrorPolicy>().is_ok();
    assert_eq!(known, cfg!(feature = "names"));
}

/// What CPython 3.11 reads.
#[rstest]
#[case::pol_2_ascii("ascii", b"a\x80\xffb", "a\\x80\\xffb")]
#[case::pol_2_utf_8(
    "utf-8",
    b"\xe2\x82!\xff\xf0\x9f\x98",
    "\\xe2\\x82!\\xff\\xf0\\x9f\\x98"
)]
#[case::pol_2_surrogate("utf-8", b"\xed\xa0\x80", "\\xed\\xa0\\x80")]
#[case::pol_2_utf_16("utf-16-le", b"\x00\xdca\0\x3d", "\\x00\\xdca\\x3d")]
#[case::pol_2_utf_32("utf-32-be", b"\0\0\xdf\xff\0\0", "\\x00\\x00\\xdf\\xff\\x00\\x00")]
#[case::pol_2_utf_7("utf-7", b"a\xff+AOk!", "a\\xffé!")]
#[case::pol_2_cp1252("cp1252", b"\x81\x80", "\\x81€")]
#[cfg_attr(
    feature = "encodings",
    case::pol_2_gb18030("gb18030", b"\x84\x31\xa5\x30", "\\x841\\xa5\\x30")
)]
#[cfg_attr(
    feature = "encodings",
    case::pol_2_euc_jp("euc_jp", b"a\x8f\xa1", "a\\x8f\\xa1")
)]
fn malformed_bytes_are_spelt(
    #[case] encoding: &str,
    #[case] bytes: &[u8],
    #[case] text: &str,
) -> Result<()> {
    assert_eq!(
        decoded(bytes, encoding, ErrorPolicy::BackslashReplace)?,
        text
    );
    Ok(())
}

/// What CPython 3.11 writes.
#[rstest]
#[case::pol_3_backslash("ascii", "é€\u{1f600}", "backslashreplace", b"\\xe9\\u20ac\\U0001f600")]
#[case::pol_3_xml("latin-1", "é€\u{1f600}", "xmlcharrefreplace", b"\xe9&#8364;&#128512;")]
#[case::pol_3_ebcdic(
    "cp037",
    "a€",
    "xmlcharrefreplace",
    b"\x81\x50\x7b\xf8\xf3\xf6\xf4\x5e"
)]
fn missing_characters_are_spelt(
    #[case] encoding: &str,
    #[case] text: &str,
    #[case] errors: &str,
    #[case] bytes: &[u8],
) -> Result<()> {
    assert_eq!(encoded(text, encoding, errors.parse()?)?, bytes);
    Ok(())
}

#[cfg(feature = "encodings")]
#[test]
fn pol_3_a_spelling_is_encoded_as_all_text_is() -> Result<()> {
    let bytes = encoded("あ\u{1f600}あ", "iso2022_jp", ErrorPolicy::BackslashReplace)?;
    assert_eq!(bytes, b"\x1b$B$\"\x1b(B\\U0001f600\x1b$B$\"\x1b(B");
    Ok(())
}

/// `cp864` has an Arabic percent sign for `%`, and nothing else of what spellings are made of is
/// missing anywhere.
#[test]
fn pol_3_every_encoding_can_spell() -> Result<()> {
    for encoding in Encoding::all() {
        for errors in [
            ErrorPolicy::BackslashReplace,
            ErrorPolicy::XmlCharRefReplace,
        ] {
            let text = "\u{10ffff}\u{e001}\u{9}";
            let bytes = encoded(text, encoding.name(), errors)?;
            assert!(!bytes.is_empty(), "{encoding}, {errors}");
        }
    }
    Ok(())
}

/// What CPython 3.11 writes.
#[cfg(feature = "names")]
#[rstest]
#[case::pol_3_euro('€', b"\\N{EURO SIGN}")]
#[case::pol_3_ideograph('日', b"\\N{CJK UNIFIED IDEOGRAPH-65E5}")]
#[case::pol_3_syllable('한', b"\\N{HANGUL SYLLABLE HAN}")]
#[case::pol_3_control('\u{80}', b"\\x80")]
#[case::pol_3_private('\u{e000}', b"\\ue000")]
#[case::pol_3_unassigned('\u{e0fff}', b"\\U000e0fff")]
fn characters_have_names(#[case] ch: char, #[case] bytes: &[u8]) -> Result<()> {
    let written = encoded(&ch.to_string(), "ascii", ErrorPolicy::NameReplace)?;
    assert_eq!(written, bytes);
    Ok(())
}

/// CPython has a `TypeError` instead, and cannot go on.
#[rstest]
#[case::pol_4_xml("xmlcharrefreplace")]
#[cfg_attr(feature = "names", case::pol_4_name("namereplace"))]
fn policies_for_writing_read_strictly(#[case] errors: &str) -> Result<()> {
    let mut stream = reader(b"ab\xff\xfec", "ascii", errors.parse()?);
    let mut text = String::new();
    for offset in [2, 3] {
        let error = stream.read_to_string(&mut text).expect_err("malformed");
        assert!(
            matches!(error, Error::Decode { offset: o, .. } if o == offset),
            "{error:?}"
        );
    }
    stream.read_to_string(&mut text)?;
    assert_eq!(text, "abc");
    Ok(())
}

#[test]
fn pol_12_a_place_inside_counts_its_characters() -> Result<()> {
    let mut stream = reader(b"a\xe2\x82b", "utf-8", ErrorPolicy::BackslashReplace);
    let mut places = Vec::new();
    loop {
        places.push((stream.tell()?.to_string(), stream.byte_offset()));
        if stream.read_chars(1, &mut String::new())? == 0 {
            break;
        }
    }
    let inside = (1..8).map(|n| (format!("1/0/{n}"), 1));
    let mut expected = vec![("0/0".to_owned(), 0), ("1/0".to_owned(), 1)];
    expected.extend(inside);
    expected.extend([("3/0".to_owned(), 3), ("4/0".to_owned(), 4)]);
    assert_eq!(places, expected);
    Ok(())
}

#[test]
fn pol_12_places_are_ordered_as_the_text_is() -> Result<()> {
    let places = ["1/0", "1/0/1", "1/0/7", "2/0"];
    let places: Vec<TextPosition> = places.iter().map(|p| p.parse()).collect::<Result<_>>()?;
    assert!(places.is_sorted());
    Ok(())
}

#[rstest]
#[case::pol_12_behind_the_replacement("1/0/500", "b")]
#[case::pol_12_in_a_character("0/0/3", "a\\xffb")]
fn a_place_that_nobody_told_is_harmless(#[case] place: &str, #[case] rest: &str) -> Result<()> {
    let mut stream = reader(b"a\xffb", "utf-8", ErrorPolicy::BackslashReplace);
    stream.seek(place.parse()?)?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    assert_eq!(text, rest);
    Ok(())
}

#[test]
fn pol_13_another_policy_is_asked_anew() -> Result<()> {
    for unread in 0..4 {
        let mut stream = reader(b"a\xffb", "utf-8", ErrorPolicy::BackslashReplace);
        let mut text = String::new();
        stream.read_chars(1 + unread, &mut text)?;
        assert_eq!(stream.byte_offset(), 1, "{text}");
        stream.reconfigure(stream.options().errors(ErrorPolicy::Replace))?;
        assert_eq!(stream.tell()?.to_string(), "1/0");
        text.clear();
        stream.read_to_string(&mut text)?;
        assert_eq!(text, "\u{fffd}b");
    }
    Ok(())
}

#[rstest]
#[case::pol_13_seekable(&[])]
#[case::pol_13_unseekable(&[Unseekable])]
fn another_newline_policy_goes_on_inside(#[case] behaviours: &[Behaviour]) -> Result<()> {
    for capacity in 1..5 {
        let device = Hostile::new(b"a\xe2\x82b").with_all(behaviours);
        let buffer = BufferedReader::with_capacity(capacity, device);
        let wanted = options(Encoding::UTF_8, ErrorPolicy::BackslashReplace);
        let mut stream = TextIoWrapper::with_options(buffer, wanted);
        stream.read_chars(3, &mut String::new())?;
        match stream.reconfigure(stream.options().newline(Newline::Keep)) {
            // The chunk before has the first of the bytes.
            Err(Error::Unsupported { .. }) if !behaviours.is_empty() && capacity < 3 => {}
            outcome => outcome?,
        }
        assert_eq!(stream.byte_offset(), 1);
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        assert_eq!(text, "e2\\x82b", "capacity {capacity}");
    }
    Ok(())
}

#[test]
fn pol_13_what_is_written_inside_goes_before_the_bytes() -> Result<()> {
    let buffer = BufferedRandom::new(BytesIo::from(b"a\xe2\x82b".to_vec()))?;
    let wanted = options(Encoding::UTF_8, ErrorPolicy::BackslashReplace);
    let mut stream = TextIoWrapper::with_options(buffer, wanted);
    stream.read_chars(3, &mut String::new())?;
    stream.write_str("é")?;
    let mut rest = String::new();
    stream.read_to_string(&mut rest)?;
    assert_eq!(rest, "b");
    let bytes = stream.detach()?.detach()?.into_inner();
    assert_eq!(bytes, "aéb".as_bytes());
    Ok(())
}

#[test]
fn pol_14_policies_are_values() {
    let all = crate::text_policies::POLICIES;
    let set: HashSet<ErrorPolicy> = all.into_iter().chain(all).collect();
    assert_eq!(set.len(), all.len());
    assert_eq!(format!("{:?}", ErrorPolicy::Escape), "Escape");
}

#[test]
fn pol_9_a_file_is_not_touched() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    let options = OpenOptions::new().encoding(known("utf-7"));
    let outcome = options.errors(ErrorPolicy::Escape).write_text(&path);
    assert!(
        matches!(outcome, Err(Error::InvalidArgument { .. })),
        "{outcome:?}"
    );
    assert!(!path.exists());
}

/// Where the decoder knew already that no mark stands at the start, a place inside of what was read
/// for the first bytes was taken for the start.
#[test]
fn pol_12_a_place_in_the_first_malformed_bytes_is_found_again() -> Result<()> {
    for encoding in ["utf-8-sig", "utf-8", "utf-7", "ascii"] {
        for (capacity, n) in [1, 2, 3, 100]
            .into_iter()
            .flat_map(|c| (1..8).map(move |n| (c, n)))
        {
            let device = Hostile::new(b"\xef\xbfab");
            let buffer = BufferedReader::with_capacity(capacity, device);
            let options = iolite::TextOptions::new()
                .encoding(encoding.parse()?)
                .errors(ErrorPolicy::BackslashReplace);
            let mut stream = TextIoWrapper::with_options(buffer, options);
            let mut text = String::new();
            while text.len() < n {
                stream.read_chars(1, &mut text)?;
            }
            let place = stream.tell()?;
            stream.seek(place)?;
            stream.read_to_string(&mut text)?;
            assert_eq!(text, r"\xef\xbfab", "{encoding}, {capacity}, {n}");
        }
    }
    Ok(())
}
