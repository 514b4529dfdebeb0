//! "Newlines": NL clauses.

use iolite::{
    BufferedReader, BytesIo, Error, Line, LineCounter, LineEnding, Newline, Result, TextIo,
    TextIoWrapper, TextOptions,
};
use rstest::rstest;

use crate::text_naive::NEWLINES;

const PLATFORM: &str = if cfg!(windows) { "\r\n" } else { "\n" };

fn reader(text: &str, newline: Newline) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let buffer = BufferedReader::new(BytesIo::from(text.as_bytes().to_vec()));
    TextIoWrapper::with_options(buffer, TextOptions::new().newline(newline))
}

/// The lines as Python shows them: with their terminators.
fn lines(text: &str, newline: Newline) -> Vec<String> {
    let mut text = reader(text, newline);
    let mut lines = Vec::new();
    let mut line = String::new();
    while text.read_line(&mut line).expect("text") > 0 {
        lines.push(std::mem::take(&mut line));
    }
    lines
}

const MIXED: &str = "a\nb\rc\r\nd\n\re";

#[rstest]
#[case::nl_1_universal_knows_every_end(Newline::Universal, &["a\n", "b\n", "c\n", "d\n", "\n", "e"])]
#[case::nl_2_keep_knows_every_end_and_keeps_it(Newline::Keep, &["a\n", "b\r", "c\r\n", "d\n", "\r", "e"])]
#[case::nl_3_lf_alone(Newline::Lf, &["a\n", "b\rc\r\n", "d\n", "\re"])]
#[case::nl_3_cr_alone(Newline::Cr, &["a\nb\r", "c\r", "\nd\n\r", "e"])]
#[case::nl_3_crlf_alone(Newline::CrLf, &["a\nb\rc\r\n", "d\n\re"])]
fn where_lines_end(#[case] newline: Newline, #[case] expected: &[&str]) {
    assert_eq!(lines(MIXED, newline), expected);
}

#[test]
fn nl_4_native_is_what_the_platform_has() {
    let same = if cfg!(windows) {
        Newline::CrLf
    } else {
        Newline::Lf
    };
    assert_eq!(lines(MIXED, Newline::Native), lines(MIXED, same));
    assert_eq!(Newline::Native.written(), same.written());
}

#[test]
fn nl_5_nothing_else_ends_a_line() {
    let text = "a\x0bb\x0cc\x1cd\x1de\x1ef\u{85}g\u{2028}h\u{2029}i";
    for newline in NEWLINES {
        assert_eq!(lines(text, newline), [text], "{newline}");
    }
}

#[rstest]
#[case::nl_6_universal(Newline::Universal, PLATFORM)]
#[case::nl_6_keep(Newline::Keep, "\n")]
#[case::nl_6_lf(Newline::Lf, "\n")]
#[case::nl_6_cr(Newline::Cr, "\r")]
#[case::nl_6_crlf(Newline::CrLf, "\r\n")]
#[case::nl_6_native(Newline::Native, PLATFORM)]
fn what_a_newline_is_written_as(#[case] newline: Newline, #[case] expected: &str) -> Result<()> {
    let written = newline.written().unwrap_or("\n");
    assert_eq!(written, expected);
    let buffer = iolite::BufferedWriter::new(BytesIo::new());
    let mut text = TextIoWrapper::with_options(buffer, TextOptions::new().newline(newline));
    // A `\r` stays as it is, and so `\r\n` may become `\r\r\n`.
    text.write_str("a\n\nb\rc\r\n")?;
    let expected = format!("a{expected}{expected}b\rc\r{expected}");
    assert_eq!(text.detach()?.detach()?.getvalue(), expected.as_bytes());
    Ok(())
}

#[rstest]
#[case::nl_7_lf("a\n", Newline::Universal, LineEnding::Lf, "\n")]
#[case::nl_7_cr("a\r", Newline::Universal, LineEnding::Cr, "\n")]
#[case::nl_7_crlf("a\r\n", Newline::Universal, LineEnding::CrLf, "\n")]
#[case::nl_7_none("a", Newline::Universal, LineEnding::None, "")]
#[case::nl_7_kept_cr("a\r", Newline::Keep, LineEnding::Cr, "\r")]
#[case::nl_7_kept_crlf("a\r\n", Newline::Keep, LineEnding::CrLf, "\r\n")]
#[case::nl_7_native("a\r\n", Newline::CrLf, LineEnding::CrLf, "\r\n")]
fn a_line_knows_what_ended_it(
    #[case] content: &str,
    #[case] newline: Newline,
    #[case] ending: LineEnding,
    #[case] terminator: &str,
) -> Result<()> {
    let mut text = reader(content, newline);
    let line: Line<'_> = text.next_line()?.expect("a line");
    assert_eq!((line.as_str(), line.ending()), ("a", ending));
    assert_eq!(line.terminator(), terminator);
    assert_eq!((format!("{line:>3}").as_str(), line == "a"), ("  a", true));
    Ok(())
}

#[test]
fn nl_8_characters_are_counted_as_they_are_read() -> Result<()> {
    let mut got = String::new();
    assert_eq!(
        reader("a\r\nb", Newline::Universal).read_chars(3, &mut got)?,
        3
    );
    assert_eq!(std::mem::take(&mut got), "a\nb");
    // A pair may be cut in two where it is kept; its second half is a line of its own then.
    let mut text = reader("a\r\nb", Newline::Keep);
    text.read_chars(2, &mut got)?;
    assert_eq!(got, "a\r");
    assert_eq!(
        text.next_line()?.map(|line| line.ending()),
        Some(LineEnding::Lf)
    );
    Ok(())
}

#[rstest]
#[case::nl_9_universal("universal", Newline::Universal)]
#[case::nl_9_keep("keep", Newline::Keep)]
#[case::nl_9_lf("lf", Newline::Lf)]
#[case::nl_9_cr("cr", Newline::Cr)]
#[case::nl_9_crlf("crlf", Newline::CrLf)]
#[case::nl_9_native("native", Newline::Native)]
fn names_are_read_and_written(#[case] name: &str, #[case] newline: Newline) -> Result<()> {
    assert_eq!(name.parse::<Newline>()?, newline);
    assert_eq!(newline.to_string(), name);
    Ok(())
}

#[rstest]
#[case::nl_10_keep("", Newline::Keep)]
#[case::nl_10_lf("\n", Newline::Lf)]
#[case::nl_10_cr("\r", Newline::Cr)]
#[case::nl_10_crlf("\r\n", Newline::CrLf)]
fn pythons_strings_are_names_too(#[case] name: &str, #[case] newline: Newline) -> Result<()> {
    assert_eq!(name.parse::<Newline>()?, newline);
    Ok(())
}

#[rstest]
#[case::nl_11_two("\n\n")]
#[case::nl_11_backwards("\n\r")]
#[case::nl_11_none("None")]
#[case::nl_11_letter("x")]
fn other_names_are_refused(#[case] name: &str) {
    let error = name.parse::<Newline>().expect_err("no newline");
    assert!(
        matches!(
            error,
            Error::InvalidArgument {
                argument: "newline",
                ..
            }
        ),
        "{error:?}"
    );
}

/// The counter agrees with the number of lines that were ended, however the text is cut.
#[test]
fn nl_12_the_counter_counts_line_ends_across_pieces() {
    let text = "a\r\n\rb\n\r\n\nc\r\r\n";
    for newline in NEWLINES {
        let mut whole = reader(text, newline);
        let mut read = String::new();
        whole.read_to_string(&mut read).expect("text");
        let ended = lines(text, newline)
            .iter()
            .filter(|line| match newline {
                Newline::Cr => line.ends_with('\r'),
                Newline::CrLf => line.ends_with("\r\n"),
                _ => line.ends_with(['\r', '\n']),
            })
            .count() as u64;
        for size in 1..=read.len() {
            let mut counter = LineCounter::new(newline);
            for piece in read.as_bytes().chunks(size) {
                counter.push(std::str::from_utf8(piece).expect("ASCII"));
                counter.push("");
            }
            assert_eq!(counter.lines(), ended, "{newline}, pieces of {size}");
        }
    }
}

#[test]
fn nl_13_the_default_is_universal() {
    assert_eq!(Newline::default(), Newline::Universal);
}
