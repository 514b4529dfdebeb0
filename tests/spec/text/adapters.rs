//! Text streams in std's shapes.

use std::fmt::Write as _;
use std::io::{BufRead, ErrorKind, Read, Write};

use iolite::text::FmtWriter;
use iolite::{
    BufferedReader, BufferedWriter, BytesIo, Error, ErrorPolicy, Newline, Result, StringIo, TextIo,
    TextIoWrapper, TextOptions, Utf8Reader, Utf8Writer,
};
use proptest::prelude::*;
use rstest::rstest;

use super::options;
use crate::support::contracts::passes;
use crate::support::devices::Behaviour::{FailingClose, Room, Unseekable};
use crate::support::devices::{EIO, Hostile, hampering};
use crate::support::full_or_quick;
use crate::text_naive::{NEWLINES, encodable, encode, encodings, mark};

const TEXT: &str = "a,é\r\n€,\u{1f600}\rж\n";

#[test]
fn txt_49_the_error_is_kept_until_it_is_asked_for() -> Result<()> {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let latin_1 = options("latin-1", Newline::Lf, ErrorPolicy::Strict);
    let stream = TextIoWrapper::with_options(BufferedWriter::new(device), latin_1);
    let mut out = FmtWriter::new(stream);
    assert!(write!(out, "{}", 1).is_ok());
    assert!(out.write_char('€').is_err());
    assert!(out.write_char('2').is_err(), "the error was not asked for");
    let error = out.take_outcome().expect_err("Latin-1 has no €");
    assert!(
        matches!(&error, Error::WriteFailed { written: 1, source }
            if matches!(**source, Error::Encode { ch: '€', .. })),
        "{error:?}"
    );
    assert!(out.take_outcome().is_ok() && out.write_char('3').is_ok());
    let (mut stream, outcome) = out.into_parts();
    outcome?;
    stream.flush()?;
    assert_eq!(probe.content(), b"13");
    Ok(())
}

/// Reads in pieces of a size until the end, whatever passing errors come.
fn read_all(reader: &mut impl Read, size: usize, at: &str) -> Vec<u8> {
    let (mut all, mut buf) = (Vec::new(), vec![0; size]);
    for _ in 0..10_000 {
        match reader.read(&mut buf) {
            Ok(0) => return all,
            Ok(n) => all.extend_from_slice(&buf[..n]),
            Err(error) => {
                let error = Error::from(error);
                assert!(passes(&error), "{at}: {error}");
            }
        }
    }
    panic!("{at}: no end");
}

#[test]
fn txt_50_the_text_is_read_as_utf_8_however_it_is_cut() {
    for encoding in encodings() {
        let text = encodable(encoding, TEXT);
        let file = [
            mark(encoding),
            &encode(encoding, &text, ErrorPolicy::Strict),
        ]
        .concat();
        for newline in NEWLINES {
            let expected = match newline {
                Newline::Universal => text.replace("\r\n", "\n").replace('\r', "\n"),
                _ => text.clone(),
            };
            for behaviours in hampering() {
                for size in 1..6 {
                    let at = format!("{encoding}, {newline}, {behaviours:?}, {size} bytes");
                    let device = Hostile::new(&file).with_all(&behaviours);
                    let buffer = BufferedReader::with_capacity(3, device);
                    let wanted = options(encoding, newline, ErrorPolicy::Strict);
                    let mut stream = TextIoWrapper::with_options(buffer, wanted);
                    let got = read_all(&mut Utf8Reader::new(&mut stream), size, &at);
                    assert_eq!(got, expected.as_bytes(), "{at}");
                }
            }
        }
    }
}

#[test]
fn txt_50_an_error_comes_behind_its_text_and_a_character_taken_in_part_stays() -> Result<()> {
    let buffer = BufferedReader::new(BytesIo::from("é\n".as_bytes().to_vec()));
    let mut reader = Utf8Reader::new(TextIoWrapper::new(buffer));
    reader.consume(0);
    assert_eq!(reader.fill_buf()?, "é\n".as_bytes());
    reader.consume(1);
    assert_eq!(reader.fill_buf()?, b"\xa9\n");
    assert_eq!(reader.get_ref().byte_offset(), 0);
    assert_eq!(reader.read(&mut [])?, 0);
    reader.consume(1);
    assert_eq!(reader.into_inner().byte_offset(), 2);

    let buffer = BufferedReader::new(BytesIo::from(b"ab\xffcd".to_vec()));
    let mut reader = Utf8Reader::new(TextIoWrapper::new(buffer));
    let mut got = Vec::new();
    let error = Error::from(reader.read_to_end(&mut got).expect_err("a bad byte"));
    assert!(
        matches!(error, Error::Decode { offset: 2, .. }),
        "{error:?}"
    );
    reader.read_to_end(&mut got)?;
    assert_eq!(got, b"abcd");
    Ok(())
}

#[test]
#[should_panic(expected = "consume beyond")]
fn txt_50_consuming_more_than_was_there_panics() {
    let mut reader = Utf8Reader::new(StringIo::from("abc"));
    let n = reader.fill_buf().expect("text").len();
    reader.consume(n + 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(full_or_quick(64, 30) as u32) })]

    #[test]
    fn txt_51_utf_8_is_taken_wherever_it_is_cut(
        text in "(\\PC|\n|[a-z\r\u{1f600}é])*",
        encoding in 0..16_usize,
        newline in 0..6_usize,
        size in 1..7_usize,
    ) {
        let Some(encoding) = encodings().get(encoding).copied() else { return Ok(()) };
        let text = encodable(encoding, &text);
        let wanted = options(encoding, NEWLINES[newline], ErrorPolicy::Strict);
        let whole = BufferedWriter::new(BytesIo::new());
        let mut whole = TextIoWrapper::with_options(whole, wanted);
        let pieces = BufferedWriter::new(BytesIo::new());
        let mut pieces = Utf8Writer::new(TextIoWrapper::with_options(pieces, wanted));
        if !text.is_empty() {
            whole.write_str(&text)?;
        }
        for piece in text.as_bytes().chunks(size) {
            pieces.write_all(piece).expect("UTF-8");
        }
        let pieces = pieces.into_inner().expect("whole characters");
        let bytes = |stream: TextIoWrapper<BufferedWriter<BytesIo>>| {
            stream.detach().expect("written").detach().expect("written").into_inner()
        };
        prop_assert_eq!(bytes(pieces), bytes(whole));
    }
}

/// What the writer says to bytes that are no UTF-8: place, bytes; and how much it took before.
#[rstest]
#[case::txt_51_at_once(&[&b"ab\xffc"[..]], 2, b"\xff")]
#[case::txt_51_cut_short(&[&b"ab\xe2\x82"[..], b"c"], 2, b"\xe2\x82")]
#[case::txt_51_surrogate(&[&b"\xed"[..], b"\xa0\x80"], 0, b"\xed")]
#[case::txt_51_overlong(&[&b"abc"[..], b"\xc0\x80"], 3, b"\xc0")]
fn malformed_bytes_are_not_taken(
    #[case] writes: &[&[u8]],
    #[case] place: u64,
    #[case] malformed: &[u8],
) -> Result<()> {
    let mut text = StringIo::new();
    let mut out = Utf8Writer::new(&mut text);
    let (last, before) = writes.split_last().expect("a write");
    for bytes in before {
        out.write_all(bytes)?;
    }
    match Error::from(out.write_all(last).expect_err("no UTF-8")) {
        Error::Decode { offset, bytes, .. } => {
            assert_eq!((offset, &*bytes), (place, malformed));
        }
        error => panic!("{error:?}"),
    }
    // Nothing is held, so the next text is taken.
    out.write_all(b"!")?;
    out.flush()?;
    assert!(out.get_ref().as_str().ends_with('!'));
    Ok(())
}

#[test]
fn txt_51_half_a_character_at_the_end_is_an_error_that_holds_the_writer() -> Result<()> {
    let mut out = Utf8Writer::new(StringIo::new());
    out.write_all(b"ab\xe2\x82")?;
    let (error, mut out) = out.into_inner().expect_err("half a €").into_parts();
    assert!(
        matches!(&error, Error::Decode { offset: 2, bytes, .. } if bytes == b"\xe2\x82"),
        "{error:?}"
    );
    out.write_all(b"\xac")?;
    assert_eq!(out.into_inner()?.as_str(), "ab€");
    Ok(())
}

#[test]
fn txt_51_a_full_device_takes_a_part() -> Result<()> {
    let device = Hostile::new(b"").with(Room(3)).with(Unseekable);
    let probe = device.probe();
    let stream = TextIoWrapper::new(BufferedWriter::with_capacity(2, device));
    let mut out = Utf8Writer::new(stream);
    let (bytes, mut sent) = ("aéééé!".as_bytes(), 0);
    while sent < bytes.len() {
        match out.write(&bytes[sent..]) {
            Ok(n) => sent += n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => probe.make_room(1),
            Err(error) => panic!("{error}"),
        }
    }
    probe.make_room(100);
    out.flush()?;
    assert_eq!(probe.content(), bytes);
    Ok(())
}

/// All of it was taken, and then the line's flush failed: `write` has said how much, and nothing
/// is written any more that could say the rest.
#[test]
fn txt_51_an_error_behind_the_last_write_is_not_lost() -> Result<()> {
    let flushed = || -> Result<_> {
        let device = Hostile::new(b"").with(FailingClose);
        let lines = TextOptions::new().line_buffering(true);
        let stream = TextIoWrapper::with_options(BufferedWriter::new(device), lines);
        let mut out = Utf8Writer::new(stream);
        assert_eq!(out.write(b"a\n")?, 2);
        Ok(out)
    };
    let (error, out) = flushed()?.into_inner().expect_err("EIO").into_parts();
    assert_eq!(error.raw_os_error(), Some(EIO), "{error:?}");
    assert!(out.into_inner().is_ok(), "it is said once");
    assert!(flushed()?.flush().is_err());
    Ok(())
}
