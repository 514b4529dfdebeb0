//! `Encoding::decode` and `encode`.

use std::borrow::Cow;

use iolite::{
    BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, Newline, TextIo, TextIoWrapper,
    TextOptions,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use rstest::rstest;

use crate::input::{Event, Input, encodings, failed, inputs, policy, text_of_stream, texts};
use crate::text_naive::NEWLINES;
use crate::text_policies::POLICIES;

/// What a stream writes of a text, with its end.
fn written(text: &str, options: TextOptions) -> Result<Vec<u8>, Error> {
    let mut stream = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
    stream.write_str(text)?;
    Ok(stream.detach()?.detach()?.into_inner())
}

/// Decodes as a stream does.
fn decodes_as_a_stream(input: &Input) {
    let Input { options, bytes, .. } = input;
    let (newline, _) = options.get_newlines();
    let encoding = options.get_encoding();
    let decoded = encoding.decode_with(bytes, options.get_errors(), newline);
    let (texts, errors) = text_of_stream(input);
    match (decoded, errors.into_iter().next()) {
        (Ok(text), None) => assert_eq!(&*text, &texts[0]),
        (Err(error), Some(first)) => assert_eq!(failed(error), first),
        (decoded, first) => panic!("{decoded:?} and {first:?}"),
    }
}

/// What follows them could be borrowed, and is not all there is.
#[test]
fn dor_1_malformed_bytes_at_the_start_are_not_lost() {
    for encoding in [
        Encoding::UTF_8,
        Encoding::UTF_8_SIG,
        Encoding::ASCII,
        Encoding::WINDOWS_1252,
    ] {
        for errors in POLICIES {
            decodes_as_a_stream(&Input {
                options: TextOptions::new().encoding(encoding).errors(errors),
                bytes: b"\x81abc".to_vec(),
                pieces: Vec::new(),
            });
        }
    }
}

proptest! {
    /// All encodings, policies and newlines, whole bytes and damaged ones.
    #[test]
    fn dor_1_decode_gives_what_a_stream_reads(input in inputs()) {
        decodes_as_a_stream(&input);
    }

    #[test]
    fn dor_1_encode_gives_what_a_stream_writes(
        encoding in encodings(),
        errors in any::<Index>(),
        newline in select(&NEWLINES[..]),
        text in texts(),
    ) {
        let errors = policy(encoding, errors);
        let options = TextOptions::new().encoding(encoding).errors(errors).newline(newline);
        match (encoding.encode_with(&text, errors, newline), written(&text, options)) {
            (Ok(ours), Ok(bytes)) => prop_assert_eq!(&*ours, &*bytes),
            (
                Err(Error::Encode { offset, ch, .. }),
                Err(Error::Encode { offset: expected, ch: missing, .. }),
            ) => prop_assert_eq!((offset, ch), (expected, missing)),
            (ours, theirs) => prop_assert!(false, "{:?} and {:?}", ours, theirs),
        }
    }
}

#[rstest]
#[case::dor_2_utf_8(Encoding::UTF_8, "aé日\r\n".as_bytes(), "aé日\r\n")]
#[case::dor_2_after_a_mark(Encoding::UTF_8_SIG, b"\xef\xbb\xbfa", "a")]
#[case::dor_2_ascii(Encoding::ASCII, b"abc", "abc")]
#[case::dor_2_latin_1(Encoding::LATIN_1, b"abc", "abc")]
#[case::dor_2_windows_1252(Encoding::WINDOWS_1252, b"abc", "abc")]
#[case::dor_2_nothing(Encoding::UTF_8, b"", "")]
fn text_that_is_its_bytes_is_borrowed(
    #[case] encoding: Encoding,
    #[case] bytes: &[u8],
    #[case] text: &str,
) {
    let decoded = encoding.decode(bytes).unwrap();
    assert_eq!(decoded, text);
    if !bytes.is_empty() {
        assert!(matches!(decoded, Cow::Borrowed(_)), "{encoding}");
        assert!(bytes.as_ptr_range().contains(&decoded.as_ptr()));
    }
    for newline in [Newline::Lf, Newline::Keep] {
        let decoded = encoding.decode_with(bytes, ErrorPolicy::Escape, newline);
        assert_eq!(decoded.unwrap(), text);
    }
}

#[cfg(feature = "encodings")]
#[test]
fn dor_2_ascii_is_borrowed_in_the_encodings_of_east_asia() {
    for encoding in [Encoding::SHIFT_JIS, Encoding::GBK, Encoding::ISO_2022_JP] {
        assert!(matches!(
            encoding.decode(b"abc").unwrap(),
            Cow::Borrowed("abc")
        ));
    }
    assert!(matches!(
        Encoding::GBK.encode("abc").unwrap(),
        Cow::Borrowed(b"abc")
    ));
}

#[rstest]
#[case::dor_2_utf_8(Encoding::UTF_8, "aé日\n", Newline::Lf, true)]
#[case::dor_2_ascii(Encoding::ASCII, "abc\n", Newline::Keep, true)]
#[case::dor_2_latin_1(Encoding::LATIN_1, "abc", Newline::CrLf, true)]
#[case::dor_2_a_newline_changes(Encoding::UTF_8, "abc\n", Newline::CrLf, false)]
#[case::dor_2_a_character_changes(Encoding::LATIN_1, "é", Newline::Lf, false)]
#[case::dor_2_a_mark_is_due(Encoding::UTF_8_SIG, "abc", Newline::Lf, false)]
#[case::dor_2_base64(Encoding::UTF_7, "a+b", Newline::Lf, false)]
fn bytes_that_are_their_text_are_borrowed(
    #[case] encoding: Encoding,
    #[case] text: &str,
    #[case] newline: Newline,
    #[case] is_borrowed: bool,
) {
    let bytes = encoding
        .encode_with(text, ErrorPolicy::Strict, newline)
        .unwrap();
    assert_eq!(matches!(bytes, Cow::Borrowed(_)), is_borrowed, "{bytes:?}");
}

#[test]
fn dor_2_line_ends_are_kept_unless_they_are_to_be_read() {
    let bytes = b"a\r\nb\rc\n";
    assert_eq!(Encoding::UTF_8.decode(bytes).unwrap(), "a\r\nb\rc\n");
    let read = |newline| {
        let text = Encoding::UTF_8.decode_with(bytes, ErrorPolicy::Strict, newline);
        text.unwrap().into_owned()
    };
    assert_eq!(read(Newline::Universal), "a\nb\nc\n");
    assert_eq!(read(Newline::Keep), "a\r\nb\rc\n");
}

/// A text of nothing but malformed bytes takes no longer for each of them the more there are.
#[test]
fn dor_3_malformed_bytes_cost_what_they_are_long() {
    for encoding in [
        Encoding::UTF_8,
        Encoding::ASCII,
        Encoding::WINDOWS_1252,
        Encoding::UTF_7,
    ] {
        for errors in [
            ErrorPolicy::Ignore,
            ErrorPolicy::Replace,
            ErrorPolicy::Strict,
        ] {
            let bytes = [b"\x81".repeat(400_000), b"ab\x81".repeat(200_000)].concat();
            let decoded = encoding.decode_with(&bytes, errors, Newline::Universal);
            match errors {
                ErrorPolicy::Strict => {
                    let first = Event::Bad {
                        offset: 0,
                        bytes: vec![0x81],
                        reason: "",
                    };
                    let Event::Bad { offset, bytes, .. } = failed(decoded.unwrap_err()) else {
                        panic!("not malformed")
                    };
                    assert_eq!(
                        Event::Bad {
                            offset,
                            bytes,
                            reason: ""
                        },
                        first
                    );
                }
                ErrorPolicy::Ignore => assert_eq!(decoded.unwrap(), "ab".repeat(200_000)),
                _ => assert_eq!(decoded.unwrap().chars().count(), 400_000 + 600_000),
            }
        }
    }
}
