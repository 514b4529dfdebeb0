//! "Opening files": a `Stream` that is used as what it is, and whole files at once.

use std::fs;
use std::io::SeekFrom;

use iolite::error::StreamKind;
use iolite::open::Buffering;
use iolite::text::{LineEndings, TextPosition};
use iolite::{Encoding, Error, IoBase, OpenOptions, Result, TextIo, open};
use rstest::rstest;

use crate::open::{content, files};

/// The error of a call for another kind of stream.
fn wrong_kind<T>(outcome: Result<T>, expected: StreamKind) {
    match outcome.err().expect("it is of another kind") {
        Error::WrongKind { kind } => assert_eq!(kind, expected),
        error => panic!("{error:?}"),
    }
}

#[test]
fn opn_15_a_stream_of_the_other_kind_comes_back_open() -> Result<()> {
    let (_dir, old, _) = files();
    let raw = OpenOptions::new().buffering(Buffering::None);
    for (mut stream, kind) in [
        (open(&old, "rb")?, StreamKind::Bytes),
        (open(&old, "r")?, StreamKind::Text),
        (raw.open(&old, "rb")?, StreamKind::Unbuffered),
    ] {
        if kind != StreamKind::Text {
            let (error, back) = stream.into_text().err().expect("bytes").into_parts();
            wrong_kind::<()>(Err(error), kind);
            stream = back;
        }
        if kind != StreamKind::Bytes {
            let (error, back) = stream.into_bytes().err().expect("text").into_parts();
            wrong_kind::<()>(Err(error), kind);
            stream = back;
        }
        assert!(!stream.is_closed() && stream.kind() == kind);
        if kind == StreamKind::Text {
            assert_eq!(stream.next_line()?.as_deref(), Some("four"));
        } else {
            stream.read_exact(&mut [0; 4])?;
        }
    }
    Ok(())
}

#[test]
fn opn_20_a_stream_is_used_as_what_it_is() -> Result<()> {
    let (_dir, old, new) = files();
    let mut text = open(&new, "w+")?;
    write!(text, "one\ntwo\n")?;
    text.write_str("three")?;
    text.flush()?;
    text.seek(TextPosition::START)?;
    assert_eq!(text.next_line()?.as_deref(), Some("one"));
    let mut rest = String::new();
    text.read_to_string(&mut rest)?;
    assert_eq!(rest, "two\nthree");
    assert_eq!(text.newlines(), text.text()?.newlines());
    let kind = StreamKind::Text;
    wrong_kind(text.read(&mut [0]), kind);
    wrong_kind(text.read_exact(&mut [0]), kind);
    wrong_kind(text.read_to_end(&mut Vec::new()), kind);
    wrong_kind(text.write_all(b"x"), kind);
    wrong_kind(text.seek_bytes(SeekFrom::Start(0)), kind);
    wrong_kind(text.bytes().map(drop), kind);

    let raw = OpenOptions::new().buffering(Buffering::None);
    for (mut bytes, kind) in [
        (open(&old, "rb+")?, StreamKind::Bytes),
        (raw.open(&old, "rb+")?, StreamKind::Unbuffered),
    ] {
        let mut all = Vec::new();
        bytes.write_all(b"F")?;
        bytes.flush()?;
        bytes.seek_bytes(SeekFrom::Start(0))?;
        assert_eq!(bytes.read(&mut [0])?, 1);
        bytes.read_to_end(&mut all)?;
        assert_eq!(all, b"our");
        wrong_kind(bytes.next_line().map(drop), kind);
        wrong_kind(bytes.next_line_part(1).map(drop), kind);
        wrong_kind(bytes.fill_str().map(drop), kind);
        wrong_kind(bytes.read_line(&mut String::new()), kind);
        wrong_kind(bytes.read_to_string(&mut String::new()), kind);
        wrong_kind(bytes.write_str("x"), kind);
        wrong_kind(write!(bytes, "x"), kind);
        wrong_kind(bytes.tell(), kind);
        wrong_kind(TextIo::seek(&mut bytes, TextPosition::START), kind);
        bytes.consume(1);
        assert_eq!(bytes.newlines(), LineEndings::default());
        assert_eq!(bytes.bytes().is_ok(), kind == StreamKind::Bytes);
    }
    assert_eq!(content(&old), b"Four");
    Ok(())
}

#[test]
fn opn_21_errors_spell_the_mode_as_text_is_opened() -> Result<()> {
    let (_dir, old, new) = files();
    let mode_of = |error: Error| match error {
        Error::Open { mode, .. } | Error::File { mode, .. } => mode,
        error => panic!("{error:?}"),
    };
    assert_eq!(mode_of(open(&new, "r").expect_err("missing")), "r");
    assert_eq!(mode_of(open(&new, "r+t").expect_err("missing")), "r+");
    assert_eq!(mode_of(open(&new, "rb").expect_err("missing")), "rb");
    let options = OpenOptions::new();
    assert_eq!(mode_of(options.read_text(&new).expect_err("missing")), "r");
    assert_eq!(mode_of(options.create_text(&old).expect_err("there")), "x");
    assert_eq!(
        mode_of(options.create_bytes(&old).expect_err("there")),
        "xb"
    );
    Ok(())
}

#[rstest]
#[case::opn_22_utf_8(Encoding::UTF_8, "a\r\nb\rc\n€", "a\r\nb\rc\n€".as_bytes())]
#[case::opn_22_latin_1(Encoding::LATIN_1, "é\n", b"\xe9\n")]
#[case::opn_22_utf_16(Encoding::UTF_16, "é\n", b"\xff\xfe\xe9\0\n\0")]
#[case::opn_22_empty(Encoding::UTF_8, "", b"")]
fn whole_files(#[case] encoding: Encoding, #[case] text: &str, #[case] bytes: &[u8]) -> Result<()> {
    let (_dir, old, _) = files();
    iolite::write(&old, text, encoding)?;
    assert_eq!(content(&old), bytes);
    assert_eq!(iolite::read_to_string(&old, encoding)?, text);
    Ok(())
}

#[test]
fn opn_22_what_cannot_be_encoded_leaves_the_file_alone() {
    let (_dir, old, new) = files();
    for path in [&old, &new] {
        let refused = iolite::write(path, "four €", Encoding::LATIN_1);
        assert!(
            matches!(&refused, Err(Error::Encode { path: Some(named), .. }) if **named == **path),
            "{refused:?}"
        );
    }
    assert_eq!((content(&old), new.exists()), (b"four".to_vec(), false));
    fs::write(&new, b"caf\xe9").unwrap();
    let refused = iolite::read_to_string(&new, Encoding::UTF_8);
    assert!(
        matches!(refused, Err(Error::Decode { offset: 3, .. })),
        "{refused:?}"
    );
    let missing = iolite::read_to_string(new.with_extension("missing"), Encoding::UTF_8);
    assert!(
        matches!(missing, Err(Error::Open { mode: "r", .. })),
        "{missing:?}"
    );
    let missing = iolite::write(new.join("missing"), "", Encoding::UTF_8);
    assert!(
        matches!(missing, Err(Error::Open { mode: "w", .. })),
        "{missing:?}"
    );
}
