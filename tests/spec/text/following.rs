//! Reading from a place that is not the start, and from a peer that waits.

use std::io::{ErrorKind, Seek, SeekFrom};

use iolite::text::{LineEnding, TextPosition};
use iolite::{
    BufferedRandom, BufferedReader, BytesIo, Error, ErrorPolicy, Newline, RawIo, Result, TextIo,
    TextIoExt, TextIoWrapper,
};
use rstest::rstest;

use super::options;
use crate::support::devices::{Behaviour, Hostile};

/// Mark, `a\n`, `b\n` in an encoding with a mark, of either order.
fn files() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    vec![
        ("utf-16", b"\xfe\xff\0a\0\n".to_vec(), b"\0b\0\n".to_vec()),
        ("utf-16", b"\xff\xfea\0\n\0".to_vec(), b"b\0\n\0".to_vec()),
        (
            "utf-32",
            b"\0\0\xfe\xff\0\0\0a\0\0\0\n".to_vec(),
            b"\0\0\0b\0\0\0\n".to_vec(),
        ),
        (
            "utf-32",
            b"\xff\xfe\0\0a\0\0\0\n\0\0\0".to_vec(),
            b"b\0\0\0\n\0\0\0".to_vec(),
        ),
        ("utf-8-sig", b"\xef\xbb\xbfa\n".to_vec(), b"b\n".to_vec()),
    ]
}

/// How reading comes to the end of a file that grows then.
#[rstest]
#[case::txt_57_seek_end("seek_end")]
#[case::txt_57_a_buffer_that_stands_there("buffer")]
#[case::txt_57_a_told_position("told")]
#[case::txt_57_seek_end_and_the_start_again("start")]
#[case::txt_57_seek_end_and_a_told_position("end, told")]
fn the_byte_order_is_that_of_the_mark(#[case] way: &str) -> Result<()> {
    for (encoding, file, more) in files() {
        let device = Hostile::new(&file);
        let probe = device.probe();
        let wanted = options(encoding, Newline::Lf, ErrorPolicy::Strict);
        let mut buffer = BufferedReader::new(device);
        if way == "buffer" {
            buffer.seek(SeekFrom::End(0))?;
        }
        let mut text = TextIoWrapper::with_options(buffer, wanted);
        match way {
            "seek_end" => text.seek_end()?,
            "told" => {
                text.seek_end()?;
                let end = text.tell()?;
                text.seek(TextPosition::START)?;
                text.seek(end.to_string().parse()?)?;
            }
            "start" => {
                text.seek_end()?;
                text.seek(TextPosition::START)?;
                assert_eq!(text.next_line()?.as_deref(), Some("a"), "{encoding}");
            }
            "end, told" => {
                text.seek_end()?;
                assert!(text.next_line()?.is_none());
                let end = text.tell()?;
                text.seek(TextPosition::START)?;
                text.next_line()?;
                text.seek(end)?;
            }
            _ => {}
        }
        assert!(text.next_line()?.is_none(), "{encoding}: the end");
        assert_eq!(text.byte_offset(), file.len() as u64);
        probe.grow(&more);
        assert_eq!(text.next_line()?.as_deref(), Some("b"), "{encoding}, {way}");
        assert!(text.next_line()?.is_none());
    }
    Ok(())
}

#[test]
fn txt_57_a_stream_that_updates_knows_it_as_well() -> Result<()> {
    for (encoding, file, more) in files() {
        let wanted = options(encoding, Newline::Lf, ErrorPolicy::Strict);
        for begins_there in [false, true] {
            let mut buffer = BufferedRandom::new(BytesIo::from(file.clone()))?;
            if begins_there {
                buffer.seek(SeekFrom::End(0))?;
            }
            let mut text = TextIoWrapper::with_options(buffer, wanted);
            if !begins_there {
                text.seek_end()?;
            }
            assert!(text.next_line()?.is_none());
            text.write_str("b\n")?;
            text.seek(TextPosition::START)?;
            let mut all = String::new();
            text.read_to_string(&mut all)?;
            assert_eq!(all, "a\nb\n", "{encoding}");
            let bytes = text.detach()?.detach()?.into_inner();
            assert_eq!(bytes, [&*file, &*more].concat(), "{encoding}");
        }
    }
    Ok(())
}

/// The mark at the start was written anew, in the other order than what stands behind it.
#[test]
fn txt_57_what_is_written_over_the_start_keeps_the_order() -> Result<()> {
    for (encoding, file, _) in files() {
        let wanted = options(encoding, Newline::Lf, ErrorPolicy::Strict);
        let buffer = BufferedRandom::new(BytesIo::from(file.clone()))?;
        let mut text = TextIoWrapper::with_options(buffer, wanted);
        text.write_str("c")?;
        text.seek(TextPosition::START)?;
        let mut all = String::new();
        text.read_to_string(&mut all)?;
        assert_eq!(all, "c\n", "{encoding}");
    }
    Ok(())
}

/// One file may hold several texts, each with its mark; and without any mark nothing is guessed.
#[test]
fn txt_57_a_mark_where_reading_begins_is_a_mark_and_none_at_all_is_an_error() -> Result<()> {
    let begin = |file: &[u8], at| -> Result<_> {
        let mut buffer = BufferedReader::new(BytesIo::from(file.to_vec()));
        buffer.seek(SeekFrom::Start(at))?;
        let wanted = options("utf-16", Newline::Lf, ErrorPolicy::Strict);
        Ok(TextIoWrapper::with_options(buffer, wanted))
    };
    let mut second = begin(b"\xff\xfea\0\xfe\xff\0b", 4)?;
    let mut all = String::new();
    second.read_to_string(&mut all)?;
    assert_eq!(all, "b");
    for seeks in [false, true] {
        let mut none = begin(b"a\0b\0", if seeks { 0 } else { 2 })?;
        if seeks {
            none.seek_end()?;
            let end = none.tell()?;
            none.seek(TextPosition::START)?;
            none.seek("2/0".parse()?)?;
            assert_eq!(end.to_string(), "4/0");
        }
        let error = none.next_line().expect_err("no mark");
        assert!(
            matches!(error, Error::Decode { offset: 2, .. }),
            "{error:?}"
        );
    }
    Ok(())
}

/// The mark is looked at once more when that failed, and the place is the same.
#[test]
fn txt_57_a_passing_error_at_the_mark_is_told_and_passes() -> Result<()> {
    let device = Hostile::new(b"\xfe\xff\0a").with(Behaviour::WouldBlock);
    let probe = device.probe();
    let wanted = options("utf-16", Newline::Lf, ErrorPolicy::Strict);
    let mut text = TextIoWrapper::with_options(BufferedReader::new(device), wanted);
    while let Err(error) = text.seek_end() {
        assert!(error.is_would_block(), "{error:?}");
    }
    probe.grow(b"\0b");
    let line = loop {
        match text.next_line() {
            Ok(line) => break line.map(|line| line.to_string()),
            Err(error) => assert!(error.is_would_block(), "{error:?}"),
        }
    };
    assert_eq!(line.as_deref(), Some("b"));
    Ok(())
}

/// What a peer's `cmd\r` is while it waits for the answer.
#[rstest]
#[case::txt_58_universal(Newline::Universal, None)]
#[case::txt_58_keep(Newline::Keep, None)]
#[case::txt_58_crlf(Newline::CrLf, None)]
#[case::txt_58_lf(Newline::Lf, None)]
#[case::txt_58_cr(Newline::Cr, Some(LineEnding::Cr))]
fn a_lone_cr_waits_for_what_follows(
    #[case] newline: Newline,
    #[case] at_once: Option<LineEnding>,
) -> Result<()> {
    let device = Hostile::new(b"cmd\r");
    let probe = device.probe();
    let wanted = options("utf-8", newline, ErrorPolicy::Strict);
    let mut text = TextIoWrapper::with_options(BufferedReader::new(device), wanted);
    // All of it is there then, and the next read has nothing.
    let n = text.fill_str()?.len();
    let held = at_once.is_none() && newline != Newline::Lf;
    assert_eq!(n, if held { 3 } else { 4 });
    probe.answer_next(ErrorKind::WouldBlock);
    match (text.next_line(), at_once) {
        (Ok(Some(line)), Some(ending)) => assert_eq!((&*line, line.ending()), ("cmd", ending)),
        (Err(error), None) => assert!(error.is_would_block(), "{error:?}"),
        (other, _) => panic!("{newline}: {other:?}"),
    }
    if newline == Newline::Universal || newline == Newline::Keep {
        // One more byte says it, or the end does.
        probe.grow(b"x");
        let line = text.next_line()?.expect("a line");
        assert_eq!((&*line, line.ending()), ("cmd", LineEnding::Cr));
        assert_eq!(text.next_line()?.as_deref(), Some("x"));
    }
    Ok(())
}

fn reader<D: RawIo>(device: D) -> TextIoWrapper<BufferedReader<D>> {
    TextIoWrapper::with_options(
        BufferedReader::new(device),
        options("utf-8", Newline::Universal, ErrorPolicy::Strict).line_limit(Some(4)),
    )
}

/// It was the same error for ever.
#[test]
fn txt_59_lines_go_on_behind_one_that_is_too_long() {
    let file = "one\nmuch too lóng\r\ntwo\rfive5\nend\n".as_bytes();
    for behaviours in [vec![], vec![Behaviour::OneByte, Behaviour::WouldBlock]] {
        let device = Hostile::new(file).with_all(&behaviours);
        let (mut lines, mut long) = (Vec::new(), 0);
        for line in reader(device).lines() {
            match line {
                Ok(line) => lines.push(line),
                Err(Error::LineTooLong { limit: 4, .. }) => long += 1,
                Err(error) => assert!(error.is_would_block(), "{error:?}"),
            }
        }
        assert_eq!(
            (&*lines, long),
            (&["one", "two", "end"].map(String::from)[..], 2)
        );
    }
    // A character may be longer than the limit.
    let wanted = options("utf-8", Newline::Lf, ErrorPolicy::Strict).line_limit(Some(0));
    let device = BytesIo::from("é€\n\nx\n\n".as_bytes().to_vec());
    let lines = TextIoWrapper::with_options(BufferedReader::new(device), wanted).lines();
    let lines: Vec<Option<String>> = lines.map(Result::ok).collect();
    assert_eq!(
        lines,
        [None, Some(String::new()), None, Some(String::new())]
    );
    // And malformed bytes may stand in it.
    let lines = reader(BytesIo::from(b"too lo\xffng\nyes".to_vec())).lines();
    let lines: Vec<String> = lines.filter_map(Result::ok).collect();
    assert_eq!(lines, ["yes"]);
}

#[test]
fn txt_59_an_error_that_stays_comes_once_and_then_the_end() -> Result<()> {
    use iolite::IoBase;
    let mut text = reader(BytesIo::from(b"one\ntwo\n".to_vec()));
    assert_eq!(text.next_line()?.as_deref(), Some("one"));
    text.close()?;
    let mut lines = text.lines();
    assert!(matches!(lines.next(), Some(Err(Error::Closed))));
    assert!(lines.next().is_none());
    let mut lines = TextIoWrapper::new(iolite::BufferedWriter::new(BytesIo::new())).lines();
    assert!(matches!(lines.next(), Some(Err(Error::Unsupported { .. }))));
    assert!(lines.next().is_none());
    // It is no error of the stream that ends it.
    let device = Hostile::new(b"a\nb\n").with(Behaviour::ErrorAfter(0));
    let lines: Vec<_> = reader(device).lines().filter_map(Result::ok).collect();
    assert_eq!(lines, ["a", "b"]);
    Ok(())
}
