//! What one text stream does, clause by clause.

use std::io::{Read, Write};

use iolite::error::Operation;
use iolite::text::{LineEnding, TextPosition};
use iolite::{
    BufferedIo, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, IoBase,
    Newline, Pipe, Result, TextIo, TextIoExt, TextIoWrapper, TextOptions, Utf8Writer,
};
use rstest::rstest;

use super::options;
use crate::support::contracts;
use crate::support::devices::Behaviour::{FailingClose, Unseekable};
use crate::support::devices::{EIO, Hostile};

fn reader(bytes: &[u8]) -> TextIoWrapper<BufferedReader<BytesIo>> {
    with(bytes, TextOptions::new())
}

fn with(bytes: &[u8], options: TextOptions) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let buffer = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    TextIoWrapper::with_options(buffer, options)
}

/// Which writes `\n` on every system.
fn writer() -> TextIoWrapper<BufferedWriter<BytesIo>> {
    let options = TextOptions::new().newline(Newline::Lf);
    TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options)
}

#[test]
fn txt_3_the_default_is_strict_utf_8_with_universal_newlines() {
    let text = reader(b"");
    assert_eq!(text.encoding(), Encoding::UTF_8);
    assert_eq!(text.errors(), ErrorPolicy::Strict);
    assert_eq!(text.newline(), Newline::Universal);
    assert!(text.readable() && !text.writable() && text.seekable() && !text.is_closed());
}

/// CPython drops up to a chunk of good lines before one bad byte.
#[test]
fn txt_4_good_lines_around_a_bad_byte_are_all_read() -> Result<()> {
    let good = "good line\n".repeat(3_000);
    let bytes = [good.as_bytes(), b"ba\xffd\n", good.as_bytes()].concat();
    let mut text = reader(&bytes);
    for n in 0..3_000 {
        assert_eq!(text.next_line()?.as_deref(), Some("good line"), "{n}");
    }
    assert_eq!(text.next_line()?.as_deref(), Some("ba"));
    let error = text.next_line().expect_err("a bad byte");
    assert!(
        matches!(&error, Error::Decode { encoding: "utf-8", offset: 30_002, bytes, .. }
            if bytes == b"\xff"),
        "{error:?}"
    );
    assert_eq!(text.next_line()?.as_deref(), Some("d"));
    for n in 0..3_000 {
        assert_eq!(text.next_line()?.as_deref(), Some("good line"), "{n}");
    }
    assert_eq!(text.next_line()?, None);
    Ok(())
}

/// The error was swallowed when characters had been read before it.
#[test]
fn txt_5_the_error_behind_the_characters_is_reported() -> Result<()> {
    let mut text = reader(b"abc\xffdef");
    let mut got = String::new();
    let error = text.read_chars(5, &mut got).expect_err("a bad byte");
    assert!(
        matches!(error, Error::Decode { offset: 3, .. }),
        "{error:?}"
    );
    assert_eq!(got, "abc");
    assert_eq!(text.read_chars(5, &mut got)?, 3);
    assert_eq!(got, "abcdef");
    Ok(())
}

#[test]
fn txt_5_an_error_of_the_device_behind_the_characters_is_reported() -> Result<()> {
    let device = Hostile::new(b"abcdef");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedReader::with_capacity(3, device));
    let mut got = String::new();
    text.fill_str()?;
    probe.fail_next(EIO);
    let error = text.read_chars(6, &mut got).expect_err("EIO");
    assert_eq!((error.raw_os_error(), got.as_str()), (Some(EIO), "abc"));
    assert_eq!(text.read_chars(6, &mut got)?, 3);
    Ok(())
}

#[test]
fn txt_6_a_truncated_character_at_the_end_is_reported_once() -> Result<()> {
    let mut text = reader(b"ab\xe2\x82");
    assert_eq!(text.next_line()?.as_deref(), Some("ab"));
    let error = text.next_line().expect_err("half a character");
    assert!(
        matches!(&error, Error::Decode { offset: 2, bytes, reason: "unexpected end of data", .. }
            if bytes == b"\xe2\x82"),
        "{error:?}"
    );
    assert_eq!(text.next_line()?, None);
    assert_eq!(text.byte_offset(), 4);
    Ok(())
}

#[test]
fn txt_8_tell_works_between_borrowed_lines() -> Result<()> {
    let mut text = reader("é\r\nzwei\n€\n".as_bytes());
    let mut places = Vec::new();
    while let Some(line) = text.next_line()? {
        let line = line.to_string();
        places.push((line, text.byte_offset(), text.tell()?));
    }
    let offsets: Vec<u64> = places.iter().map(|place| place.1).collect();
    assert_eq!(offsets, [4, 9, 13]);
    text.seek(places[0].2)?;
    assert_eq!(text.next_line()?.as_deref(), Some("zwei"));
    Ok(())
}

#[test]
fn txt_8_tell_asks_no_device() -> Result<()> {
    let device = Hostile::new("é\nzwei\n".repeat(50).as_bytes());
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    text.next_line()?;
    let before = probe.calls();
    for _ in 0..90 {
        text.next_line()?;
        text.tell()?;
    }
    assert_eq!(probe.calls(), before);
    Ok(())
}

#[rstest]
#[case::txt_9_zero("0/0", true)]
#[case::txt_9_large("18446744073709551615/255", true)]
#[case::txt_9_empty("", false)]
#[case::txt_9_one_number("7", false)]
#[case::txt_9_inside_of_a_replacement("1/2/3", true)]
#[case::txt_9_inside_of_nothing("1/2/0", false)]
#[case::txt_9_four_numbers("1/2/3/4", false)]
#[case::txt_9_negative("-1/0", false)]
#[case::txt_9_too_large("18446744073709551616/0", false)]
#[case::txt_9_no_number("a/0", false)]
fn positions_are_read_as_they_are_written(#[case] written: &str, #[case] good: bool) {
    match written.parse::<TextPosition>() {
        Ok(place) => assert_eq!((place.to_string().as_str(), good), (written, true)),
        Err(error) => {
            assert!(!good, "{written}: {error}");
            assert!(matches!(error, Error::InvalidArgument { .. }), "{error:?}");
        }
    }
}

/// A place that nobody told is no reason to panic.
#[test]
fn txt_9_a_place_inside_a_character_is_met_as_malformed_bytes() -> Result<()> {
    let mut text = reader("é!".as_bytes());
    text.seek("1/200".parse()?)?;
    let error = text.fill_str().expect_err("inside a character");
    assert!(
        matches!(error, Error::Decode { offset: 1, .. }),
        "{error:?}"
    );
    assert_eq!(text.fill_str()?, "!");
    text.seek("1000/0".parse()?)?;
    assert_eq!(text.fill_str()?, "");
    Ok(())
}

#[test]
fn txt_10_a_stream_that_cannot_seek_cannot_tell_but_counts() -> Result<()> {
    let device = Hostile::new("é\nrest".as_bytes()).with(Unseekable);
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    text.next_line()?;
    let unsupported = |outcome: Result<()>| match outcome {
        Err(Error::Unsupported { operation }) => Some(operation),
        _ => None,
    };
    assert_eq!(unsupported(text.tell().map(drop)), Some(Operation::Tell));
    let sought = text.seek(TextPosition::START);
    assert_eq!(unsupported(sought), Some(Operation::Seek));
    assert_eq!(unsupported(text.seek_end()), Some(Operation::Seek));
    assert_eq!(text.byte_offset(), 3);
    assert_eq!(text.fill_str()?, "rest");
    Ok(())
}

#[test]
fn txt_11_a_reader_does_not_write_and_a_writer_does_not_read() -> Result<()> {
    let mut text = reader(b"abc");
    let refused = |outcome: Result<()>, operation: Operation| {
        let error = outcome.expect_err("not supported");
        let same = matches!(error, Error::Unsupported { operation: o } if o == operation);
        assert!(same, "{operation}: {error:?}");
    };
    refused(text.write_str(""), Operation::Write);
    refused(text.truncate(None).map(drop), Operation::Truncate);
    assert_eq!(text.fill_str()?, "abc");

    let mut text = writer();
    refused(text.fill_str().map(drop), Operation::Read);
    text.write_str("abc")?;
    refused(text.next_line().map(drop), Operation::Read);
    text.write_str("d")?;
    assert_eq!(text.detach()?.detach()?.as_slice(), b"abcd");
    Ok(())
}

#[test]
fn txt_12_a_line_may_straddle_chunks() -> Result<()> {
    let long = "é".repeat(200_000);
    let content = format!("short\n{long}\r\nlast");
    let mut text = reader(content.as_bytes());
    assert_eq!(text.next_line()?.as_deref(), Some("short"));
    let line = text.next_line()?.expect("the long line");
    assert_eq!((line.len(), line.terminator()), (400_000, "\n"));
    assert_eq!(line, *long);
    assert_eq!(text.byte_offset(), 6 + 400_000 + 2);
    assert_eq!(text.next_line()?.as_deref(), Some("last"));
    Ok(())
}

#[rstest]
#[case::txt_13_whole(64 * 1024)]
#[case::txt_13_byte_by_byte(1)]
#[case::txt_13_two_bytes(2)]
fn a_line_that_is_too_long_stays(#[case] capacity: usize) -> Result<()> {
    let options = TextOptions::new().line_limit(Some(4));
    let device = BytesIo::from(b"four\r\ntoo long\nok\n".to_vec());
    let buffer = BufferedReader::with_capacity(capacity, device);
    let mut text = TextIoWrapper::with_options(buffer, options);
    assert_eq!(text.next_line()?.as_deref(), Some("four"));
    for _ in 0..3 {
        let error = text.next_line().expect_err("too long");
        assert!(
            matches!(error, Error::LineTooLong { limit: 4, .. }),
            "{error:?}"
        );
        assert_eq!(text.byte_offset(), 6);
    }
    let mut rest = String::new();
    assert_eq!(text.read_chars(9, &mut rest)?, 9);
    assert_eq!(rest, "too long\n");
    assert_eq!(text.next_line()?.as_deref(), Some("ok"));
    Ok(())
}

/// A line without end is given up as soon as it is too long, not when memory is full.
#[test]
fn txt_13_no_more_is_read_than_the_limit_needs() {
    let device = Hostile::new(&vec![b'x'; 100_000]);
    let probe = device.probe();
    let options = TextOptions::new().line_limit(Some(50));
    let buffer = BufferedReader::with_capacity(16, device);
    let mut text = TextIoWrapper::with_options(buffer, options);
    assert!(matches!(
        text.next_line(),
        Err(Error::LineTooLong { limit: 50, .. })
    ));
    assert!(
        probe.position() <= 64,
        "{} bytes were read",
        probe.position()
    );
}

#[test]
fn txt_14_detach_leaves_the_buffer_where_the_text_stopped() -> Result<()> {
    let mut text = reader("é\nrest".as_bytes());
    text.next_line()?;
    let mut buffer = text.detach()?;
    let mut rest = Vec::new();
    buffer.read_to_end(&mut rest)?;
    assert_eq!(rest, b"rest");
    Ok(())
}

#[test]
fn txt_14_detach_gives_the_stream_back_if_something_would_be_lost() -> Result<()> {
    let device = Hostile::new(b"one\ntwo").with(Unseekable);
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    text.next_line()?;
    let (error, mut text) = text.detach().expect_err("read ahead").into_parts();
    assert!(
        matches!(
            error,
            Error::Unsupported {
                operation: Operation::Seek
            }
        ),
        "{error:?}"
    );
    assert_eq!(text.next_line()?.as_deref(), Some("two"));
    assert!(text.detach().is_ok(), "nothing is left to lose");

    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedWriter::new(device));
    text.write_str("kept")?;
    probe.fail_next(EIO);
    let (error, text) = text.detach().expect_err("EIO").into_parts();
    assert_eq!(error.raw_os_error(), Some(EIO));
    text.detach()?;
    assert_eq!(probe.content(), b"kept");
    Ok(())
}

/// Whichever way the text would go into the buffer, and if nothing of it is left there: what is ignored
/// never reaches the buffer, which would refuse it.
#[test]
fn txt_15_a_closed_stream_refuses_any_text() -> Result<()> {
    let long = "éx\n".repeat(10_000);
    let buffers: [fn() -> Box<dyn BufferedIo>; 3] = [
        || Box::new(BytesIo::new()),
        || Box::new(BufferedWriter::new(BytesIo::new())),
        || Box::new(Pipe::new()),
    ];
    for encoding in Encoding::all() {
        for newline in [Newline::Lf, Newline::Cr, Newline::CrLf] {
            let options = TextOptions::new().encoding(encoding).newline(newline);
            let options = options.errors(ErrorPolicy::Ignore);
            for (buffer, is_below) in buffers.iter().flat_map(|it| [(it, false), (it, true)]) {
                let mut text = TextIoWrapper::with_options(buffer(), options);
                text.write_str("a")?;
                if is_below {
                    text.get_mut().close()?;
                } else {
                    text.close()?;
                }
                for late in ["", "x", "\n", "é", "éx", "xé", &long] {
                    let refused = text.write_str(late);
                    assert!(
                        matches!(refused, Err(Error::Closed)),
                        "{options:?}, {late:.9?}: {refused:?}"
                    );
                }
            }
        }
    }
    Ok(())
}

/// The first bytes of a character wait in the writer, and the stream does not see them.
#[test]
fn txt_15_bytes_for_a_closed_stream_are_refused_in_the_middle_of_a_character() -> Result<()> {
    let mut text = writer();
    text.close()?;
    let mut bytes = Utf8Writer::new(&mut text);
    for late in [&b"\xe2\x82"[..], b"\xff", b"x", b""] {
        let refused = bytes.write(late).map_err(Error::from);
        assert!(matches!(refused, Err(Error::Closed)), "{refused:?}");
    }
    assert_eq!(bytes.into_parts().1, b"");
    Ok(())
}

#[test]
fn txt_15_a_closed_stream_says_so() -> Result<()> {
    let mut text = reader(b"abc\ndef");
    text.next_line()?;
    text.close()?;
    text.close()?;
    assert!(text.is_closed() && !text.readable() && !text.seekable());
    let closed = |outcome: Result<()>| assert!(matches!(outcome, Err(Error::Closed)));
    closed(text.fill_str().map(drop));
    closed(text.next_line().map(drop));
    closed(text.read_chars(0, &mut String::new()).map(drop));
    closed(text.read_chars(1, &mut String::new()).map(drop));
    closed(text.next_line_part(0).map(drop));
    closed(text.write_str("x"));
    closed(text.write_str(""));
    closed(text.flush());
    closed(text.tell().map(drop));
    closed(text.seek(TextPosition::START));
    closed(text.seek_end());
    closed(text.truncate(None).map(drop));
    Ok(())
}

#[test]
fn txt_15_close_closes_even_if_the_flush_fails() -> Result<()> {
    let device = Hostile::new(b"").with(FailingClose);
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedWriter::new(device));
    text.write_str("x")?;
    contracts::both(text.close(), EIO, EIO + 1);
    assert!(text.is_closed() && probe.is_closed());
    text.close()
}

#[test]
fn txt_16_drop_writes_what_it_can() -> Result<()> {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedWriter::new(device));
    text.write_str("written")?;
    assert_eq!(probe.content(), b"");
    drop(text);
    assert_eq!(probe.content(), b"written");
    Ok(())
}

#[test]
fn txt_17_write_macros_work_and_carry_errors() -> Result<()> {
    let mut text = writer();
    writeln!(text, "{} and {:>3}", 1, "é")?;
    assert_eq!(
        text.detach()?.detach()?.as_slice(),
        "1 and   é\n".as_bytes()
    );

    let options = options("ascii", Newline::Lf, ErrorPolicy::Strict);
    let mut text = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
    let missing = 'é';
    let error = write!(text, "{missing}").expect_err("not ASCII");
    assert!(matches!(error, Error::Encode { ch: 'é', .. }), "{error:?}");
    Ok(())
}

#[test]
fn txt_18_text_starts_where_the_buffer_stands() -> Result<()> {
    let mut buffer = BufferedReader::new(BytesIo::from(b"header\ntext".to_vec()));
    buffer.read_exact(&mut [0; 7])?;
    let mut text = TextIoWrapper::new(buffer);
    assert_eq!((text.byte_offset(), text.fill_str()?), (7, "text"));
    text.seek(TextPosition::START)?;
    assert_eq!(text.fill_str()?, "header\ntext");
    Ok(())
}

#[test]
fn txt_19_every_stream_of_text_fits_behind_one_pointer() -> Result<()> {
    fn first(text: &mut dyn TextIo) -> Result<Option<String>> {
        Ok(text.next_line()?.map(|line| line.to_string()))
    }
    let mut boxed: Box<dyn TextIo + Send> = Box::new(reader(b"boxed\nrest"));
    assert_eq!(first(&mut boxed)?.as_deref(), Some("boxed"));
    let place = boxed.tell()?;
    assert_eq!(boxed.fill_str()?, "rest");
    boxed.consume(4);
    boxed.seek(place)?;
    assert_eq!(first(&mut &mut *boxed)?.as_deref(), Some("rest"));
    let mut boxed: Box<dyn TextIo> = Box::new(writer());
    write!(boxed, "x")?;
    boxed.flush()?;
    assert!(boxed.writable());
    Ok(())
}

#[rstest]
#[case::txt_34_inside_a_character("é", 1)]
#[case::txt_34_beyond_the_end("ab", 3)]
#[case::txt_34_beyond_the_piece("ab\rcd", 3)]
#[case::txt_34_beyond_a_lone_return("\rcd", 2)]
#[should_panic(expected = "consume inside a character or beyond what was given")]
fn only_what_was_given_can_be_consumed(#[case] content: &str, #[case] n: usize) {
    let mut text = reader(content.as_bytes());
    text.fill_str().expect("text");
    text.consume(n);
}

/// `flush` of bytes below is one write, and happens only when it is asked for.
#[test]
fn txt_35_small_writes_reach_the_device_in_one() -> Result<()> {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedWriter::new(device));
    for n in 0..100 {
        writeln!(text, "{n}")?;
    }
    assert_eq!(probe.calls().writes, 0);
    text.flush()?;
    assert_eq!(probe.calls().writes, 1);
    Ok(())
}

/// What was written by a buffer of std's shape below stays in order with the text.
#[test]
fn txt_36_text_is_handed_to_the_buffer_at_once() -> Result<()> {
    let mut text = writer();
    text.write_str("é\n")?;
    assert_eq!(text.get_ref().pending(), 3);
    let mut buffer = text.detach()?;
    buffer.write_all(b"\xff")?;
    assert_eq!(buffer.detach()?.as_slice(), b"\xc3\xa9\n\xff");
    Ok(())
}

#[test]
fn txt_6_text_before_bytes_that_are_ignored_at_the_end_is_no_end() -> Result<()> {
    let options = options("utf-8", Newline::Lf, ErrorPolicy::Ignore);
    let mut text = with(b"ab\xff", options);
    let mut all = String::new();
    assert_eq!(text.read_to_string(&mut all)?, 2);
    assert_eq!((all.as_str(), text.byte_offset()), ("ab", 3));
    Ok(())
}

#[test]
fn txt_37_a_line_that_is_not_there_yet_stays_until_it_is() -> Result<()> {
    let device = Hostile::new(b"half");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedReader::with_capacity(4, device));
    assert_eq!(text.fill_str()?, "half");
    probe.answer_next(std::io::ErrorKind::WouldBlock);
    assert!(text.next_line().expect_err("no more now").is_would_block());
    assert_eq!((text.byte_offset(), text.fill_str()?), (0, "half"));
    probe.grow(b" a line\nrest");
    assert_eq!(text.next_line()?.as_deref(), Some("half a line"));
    Ok(())
}

#[test]
fn txt_37_characters_that_came_before_no_data_are_kept() -> Result<()> {
    let device = Hostile::new(b"ab\xc3");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedReader::with_capacity(3, device));
    text.fill_str()?;
    probe.answer_next(std::io::ErrorKind::WouldBlock);
    let mut got = String::new();
    assert!(
        text.read_chars(4, &mut got)
            .expect_err("no more now")
            .is_would_block()
    );
    assert_eq!((got.as_str(), text.byte_offset()), ("ab", 2));
    probe.grow(b"\xa9d");
    assert_eq!(text.read_chars(4, &mut got)?, 2);
    assert_eq!(got, "abéd");
    Ok(())
}

#[test]
fn txt_1_a_pair_that_was_looked_at_is_still_one_line_end() -> Result<()> {
    let mut text = reader(b"a\r\nb");
    text.read_chars(1, &mut String::new())?;
    assert!(text.fill_str()?.starts_with('\n'));
    let line = text.next_line()?.expect("the rest of the line");
    assert_eq!((line.as_str(), line.ending()), ("", LineEnding::CrLf));
    assert_eq!(text.next_line()?.as_deref(), Some("b"));
    Ok(())
}

/// The line was put together from pieces whose bytes are measured in different ways.
#[test]
fn txt_2_places_inside_a_line_that_was_put_together_are_exact() -> Result<()> {
    let options = options("utf-8", Newline::Lf, ErrorPolicy::Replace).line_limit(Some(14));
    let device = BytesIo::from(b"ab\xffcd\xe2\x82ef\xffgh\n".to_vec());
    let buffer = BufferedReader::with_capacity(2, device);
    let mut text = TextIoWrapper::with_options(buffer, options);
    let error = text.next_line().expect_err("too long");
    assert!(matches!(error, Error::LineTooLong { .. }), "{error:?}");
    let mut told = Vec::new();
    for n in 0..11 {
        text.read_chars(1, &mut String::new())?;
        if n % 4 == 0 {
            assert_eq!(
                text.tell()?.to_string(),
                format!("{}/0", text.byte_offset())
            );
        }
        told.push(text.byte_offset());
    }
    assert_eq!(told, [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]);
    Ok(())
}
