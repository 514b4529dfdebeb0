//! "Opening files": OPN clauses.

use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use iolite::error::ModeProblem;
use iolite::open::{Buffering, Mode, TextReader};
use iolite::raw::FileMode;
use iolite::text::TextPosition;
use iolite::{
    Encoding, Error, ErrorPolicy, FileIo, IoBase, Newline, OpenOptions, Result, Stream, TextIo,
    TextIoExt, TextOptions, open,
};
use rstest::rstest;
use tempfile::TempDir;

/// A folder with a file of four bytes, and the paths of that and of one that is not there.
pub(crate) fn files() -> (TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let (old, new) = (dir.path().join("old"), dir.path().join("new"));
    fs::write(&old, b"four").expect("a file");
    (dir, old, new)
}

pub(crate) fn content(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file")
}

/// The name of the variant, and the same for text and bytes.
fn variant(stream: &Stream) -> &'static str {
    match stream {
        Stream::Raw(_) => "Raw",
        Stream::Reader(_) => "Reader",
        Stream::Writer(_) => "Writer",
        Stream::Random(_) => "Random",
        Stream::TextReader(_) => "TextReader",
        Stream::TextWriter(_) => "TextWriter",
        Stream::TextUpdater(_) => "TextUpdater",
        _ => "another",
    }
}

#[rstest]
#[case::opn_1_r("r", &["rt", "tr"], "TextReader")]
#[case::opn_1_w("w", &["wt", "tw"], "TextWriter")]
#[case::opn_1_a("a", &["at", "ta"], "TextWriter")]
#[case::opn_1_x("x", &["xt", "tx"], "TextWriter")]
#[case::opn_1_r_plus("r+", &["+r", "r+t", "rt+", "+rt", "+tr", "t+r", "tr+"], "TextUpdater")]
#[case::opn_1_w_plus("w+", &["+w", "w+t", "wt+", "+wt", "+tw", "t+w", "tw+"], "TextUpdater")]
#[case::opn_1_a_plus("a+", &["+a", "a+t", "at+", "+at", "+ta", "t+a", "ta+"], "TextUpdater")]
#[case::opn_1_x_plus("x+", &["+x", "x+t", "xt+", "+xt", "+tx", "t+x", "tx+"], "TextUpdater")]
#[case::opn_1_rb("rb", &["br"], "Reader")]
#[case::opn_1_wb("wb", &["bw"], "Writer")]
#[case::opn_1_ab("ab", &["ba"], "Writer")]
#[case::opn_1_xb("xb", &["bx"], "Writer")]
#[case::opn_1_rb_plus("rb+", &["r+b", "br+", "b+r", "+rb", "+br"], "Random")]
#[case::opn_1_wb_plus("wb+", &["w+b", "bw+", "b+w", "+wb", "+bw"], "Random")]
#[case::opn_1_ab_plus("ab+", &["a+b", "ba+", "b+a", "+ab", "+ba"], "Random")]
#[case::opn_1_xb_plus("xb+", &["x+b", "bx+", "b+x", "+xb", "+bx"], "Random")]
fn every_spelling(#[case] mode: &str, #[case] others: &[&str], #[case] expected: &str) {
    for spelling in others.iter().chain([&mode]) {
        let parsed: Mode = spelling.parse().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(parsed.to_string(), mode, "{spelling}");
        assert_eq!(parsed.is_text(), !mode.contains('b'), "{spelling}");
        effects(spelling, expected);
    }
}

/// What a mode does to a file that is there and to one that is not.
fn effects(mode: &str, expected: &str) {
    let (_dir, old, new) = files();
    let (exclusive, reads) = (mode.contains('x'), mode.contains('r'));
    let made = match exclusive {
        true => {
            refused(&old, mode, ErrorKind::AlreadyExists);
            open(&new, mode)
        }
        false => open(&old, mode),
    };
    let mut stream = made.unwrap_or_else(|e| panic!("{mode}: {e}"));
    assert_eq!(variant(&stream), expected, "{mode}");
    let update = mode.contains('+');
    assert_eq!(stream.readable(), reads || update, "{mode}: readable");
    assert_eq!(stream.writable(), !reads || update, "{mode}: writable");
    assert!(stream.seekable() && !stream.is_terminal(), "{mode}");
    let kept = reads || mode.contains('a');
    let bytes: &[u8] = if kept { b"four" } else { b"" };
    assert_eq!(
        content(if exclusive { &new } else { &old }),
        bytes,
        "{mode}"
    );
    stream.close().expect("closed");
    assert!(stream.is_closed());
    if reads {
        refused(&new, mode, ErrorKind::NotFound);
        assert!(!new.exists(), "{mode}");
    } else if !exclusive {
        open(&new, mode).unwrap_or_else(|e| panic!("{mode}: {e}"));
        assert_eq!(content(&new), b"", "{mode}");
    }
}

fn refused(path: &Path, mode: &str, kind: ErrorKind) {
    let error = open(path, mode).expect_err("refused");
    let Error::Open {
        path: p, source, ..
    } = &error
    else {
        panic!("{mode}: {error:?}");
    };
    assert_eq!(
        (p.as_path(), source.kind(), error.kind()),
        (path, kind, kind)
    );
}

#[rstest]
#[case::opn_2_empty("", ModeProblem::NoAccess)]
#[case::opn_2_text_only("t", ModeProblem::NoAccess)]
#[case::opn_2_plus_only("+", ModeProblem::NoAccess)]
#[case::opn_2_bytes_only("b+", ModeProblem::NoAccess)]
#[case::opn_2_unknown("rz", ModeProblem::UnknownLetter('z'))]
#[case::opn_2_upper_case("R", ModeProblem::UnknownLetter('R'))]
#[case::opn_2_universal_is_gone("rU", ModeProblem::UnknownLetter('U'))]
#[case::opn_2_space("r ", ModeProblem::UnknownLetter(' '))]
#[case::opn_2_not_ascii("ré", ModeProblem::UnknownLetter('é'))]
#[case::opn_2_repeated("rr", ModeProblem::RepeatedLetter('r'))]
#[case::opn_2_repeated_plus("r++", ModeProblem::RepeatedLetter('+'))]
#[case::opn_2_repeated_bytes("wbb", ModeProblem::RepeatedLetter('b'))]
#[case::opn_2_text_and_bytes("wtb", ModeProblem::TextAndBinary)]
#[case::opn_2_two_accesses("rw", ModeProblem::SeveralAccesses)]
#[case::opn_2_four_accesses("rwax", ModeProblem::SeveralAccesses)]
#[case::opn_3_letters_come_first("rwtbz", ModeProblem::UnknownLetter('z'))]
#[case::opn_3_then_text_and_bytes("rwtb", ModeProblem::TextAndBinary)]
#[case::opn_3_even_without_access("tb", ModeProblem::TextAndBinary)]
fn wrong_modes(#[case] mode: &str, #[case] expected: ModeProblem) {
    let (_dir, old, new) = files();
    for path in [&old, &new] {
        problem(open(path, mode).map(drop), mode, expected);
    }
    assert_eq!((content(&old), new.exists()), (b"four".to_vec(), false));
}

fn problem(outcome: Result<()>, mode: &str, expected: ModeProblem) {
    match outcome.expect_err("wrong arguments") {
        Error::InvalidMode { mode: m, problem } => {
            assert_eq!((m.as_str(), problem), (mode, expected));
        }
        error => panic!("{mode}: {error:?}"),
    }
}

/// CPython empties the file, and then says that the arguments were wrong.
#[rstest]
#[case::opn_4_encoding("wb", OpenOptions::new().encoding(Encoding::UTF_8), ModeProblem::BinaryWithEncoding)]
#[case::opn_4_errors("bw", OpenOptions::new().errors(ErrorPolicy::Strict), ModeProblem::BinaryWithErrors)]
#[case::opn_4_newline("+wb", OpenOptions::new().newline(Newline::Keep), ModeProblem::BinaryWithNewline)]
#[case::opn_4_line("wb", OpenOptions::new().line_buffering(true), ModeProblem::BinaryWithLineBuffering)]
#[case::opn_4_text_options("wb", OpenOptions::new().text(TextOptions::new()), ModeProblem::BinaryWithTextOptions)]
#[case::opn_4_line_limit("wb", OpenOptions::new().line_limit(None), ModeProblem::BinaryWithTextOptions)]
#[case::opn_4_write_through("wb", OpenOptions::new().write_through(true), ModeProblem::BinaryWithTextOptions)]
#[case::opn_4_buffering("wb+", OpenOptions::new().buffering(Buffering::Line), ModeProblem::BinaryWithLineBuffering)]
#[case::opn_4_unbuffered("w", OpenOptions::new().buffering(Buffering::None), ModeProblem::UnbufferedText)]
#[case::opn_4_unbuffered_update("tw+", OpenOptions::new().buffering(Buffering::None), ModeProblem::UnbufferedText)]
#[case::opn_4_raw_with_encoding(
    "wb",
    OpenOptions::new().buffering(Buffering::None).encoding(Encoding::UTF_8),
    ModeProblem::BinaryWithEncoding
)]
fn the_file_is_not_emptied_by_wrong_arguments(
    #[case] mode: &str,
    #[case] options: OpenOptions,
    #[case] expected: ModeProblem,
) {
    let (_dir, old, new) = files();
    for path in [&old, &new] {
        problem(options.open(path, mode).map(drop), mode, expected);
    }
    assert_eq!((content(&old), new.exists()), (b"four".to_vec(), false));
}

#[test]
fn opn_4_an_open_file_is_not_moved_by_wrong_arguments() -> Result<()> {
    let (_dir, old, _) = files();
    let mut file = fs::OpenOptions::new().append(true).open(&old).unwrap();
    let options = OpenOptions::new()
        .encoding(Encoding::UTF_7)
        .errors(ErrorPolicy::Escape);
    let refused = options.open_file(file.try_clone().unwrap(), "a");
    assert!(
        matches!(
            refused,
            Err(Error::InvalidArgument {
                argument: "error policy",
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(file.stream_position().unwrap(), 0);
    Ok(())
}

#[test]
fn opn_5_typed_calls_check_their_arguments_first_too() {
    let (_dir, old, new) = files();
    let options = OpenOptions::new().encoding(Encoding::UTF_8);
    problem(
        options.write_bytes(&old).map(drop),
        "wb",
        ModeProblem::BinaryWithEncoding,
    );
    problem(
        options.create_bytes(&new).map(drop),
        "xb",
        ModeProblem::BinaryWithEncoding,
    );
    problem(
        options.append_bytes(&new).map(drop),
        "ab",
        ModeProblem::BinaryWithEncoding,
    );
    problem(
        options.update_bytes(&old).map(drop),
        "rb+",
        ModeProblem::BinaryWithEncoding,
    );
    problem(
        options.read_bytes(&old).map(drop),
        "rb",
        ModeProblem::BinaryWithEncoding,
    );
    let options = OpenOptions::new().buffering(Buffering::None);
    problem(
        options.write_text(&old).map(drop),
        "w",
        ModeProblem::UnbufferedText,
    );
    let error = options.write_bytes(&old).expect_err("it needs a buffer");
    assert!(
        matches!(
            error,
            Error::InvalidArgument {
                argument: "buffering",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!((content(&old), new.exists()), (b"four".to_vec(), false));
}

#[test]
fn opn_6_each_typed_call_is_its_mode() -> Result<()> {
    let (_dir, old, new) = files();
    let options = OpenOptions::new();
    let mut text = String::new();
    options.read_text(&old)?.read_to_string(&mut text)?;
    assert_eq!(text, "four");
    let mut append = options.append_text(&old)?;
    assert_eq!(append.tell()?.to_string(), "4/0");
    append.write_str("5")?;
    append.close()?;
    let mut update = options.update_text(&old)?;
    update.write_str("F")?;
    update.close()?;
    assert_eq!(content(&old), b"Four5");
    options.write_text(&old)?.close()?;
    assert_eq!(content(&old), b"");
    assert_eq!(
        options.create_text(&old).expect_err("there").kind(),
        ErrorKind::AlreadyExists
    );
    options.create_text(&new)?.write_str("dropped")?;
    assert_eq!(content(&new), b"dropped");

    options.append_bytes(&new)?.write_all(b"!\xff")?;
    let mut update = options.update_bytes(&new)?;
    update.write_all(b"D")?;
    update.seek(SeekFrom::End(-1))?;
    let mut last = Vec::new();
    update.read_to_end(&mut last)?;
    update.close()?;
    let mut all = Vec::new();
    options.read_bytes(&new)?.read_to_end(&mut all)?;
    assert_eq!((last, all), (b"\xff".to_vec(), b"Dropped!\xff".to_vec()));
    options.write_bytes(&new)?.close()?;
    assert_eq!(content(&new), b"");
    assert_eq!(
        options.create_bytes(&new).expect_err("there").kind(),
        ErrorKind::AlreadyExists
    );
    Ok(())
}

#[test]
fn opn_7_a_file_without_a_buffer_is_raw() -> Result<()> {
    let (_dir, old, _) = files();
    let options = OpenOptions::new().buffering(Buffering::None);
    for mode in ["rb", "wb", "ab", "rb+"] {
        let stream = options.open(&old, mode)?;
        let Stream::Raw(mut raw) = stream else {
            panic!("{mode}: {stream:?}");
        };
        assert_eq!(raw.mode().as_str(), mode);
        if raw.writable() {
            raw.write_all(b"now")?;
            assert!(!content(&old).is_empty(), "{mode}: not written at once");
        }
    }
    Ok(())
}

#[rstest]
#[case::opn_8_size(Buffering::Size(3), 3)]
#[case::opn_8_size_is_1_at_least(Buffering::Size(0), 1)]
#[case::opn_8_auto(Buffering::Auto, 64 * 1024)]
fn buffers_have_the_size_that_was_asked_for(
    #[case] buffering: Buffering,
    #[case] size: usize,
) -> Result<()> {
    let (_dir, old, new) = files();
    let options = OpenOptions::new().buffering(buffering);
    let (reader, mut writer) = (options.read_bytes(&old)?, options.write_bytes(&new)?);
    assert!(reader.capacity() >= size && writer.capacity() >= size);
    if buffering != Buffering::Auto {
        assert_eq!((reader.capacity(), writer.capacity()), (size, size));
    }
    writer.write_all(&vec![b'x'; size - 1])?;
    assert_eq!(content(&new), b"", "still buffered");
    writer.write_all(b"xx")?;
    assert!(!content(&new).is_empty(), "more than the buffer holds");
    Ok(())
}

#[rstest]
#[case::opn_9_line(OpenOptions::new().buffering(Buffering::Line), true)]
#[case::opn_9_option(OpenOptions::new().line_buffering(true), true)]
#[case::opn_9_size_and_option(OpenOptions::new().buffering(Buffering::Size(99)).line_buffering(true), true)]
#[case::opn_10_a_file_is_no_terminal(OpenOptions::new(), false)]
#[case::opn_10_size(OpenOptions::new().buffering(Buffering::Size(99)), false)]
fn lines_are_flushed_where_asked_for(
    #[case] options: OpenOptions,
    #[case] flushed: bool,
) -> Result<()> {
    let (_dir, _, new) = files();
    let mut text = options.newline(Newline::Keep).write_text(&new)?;
    for (line, all) in [("no end", ""), ("\n", "no end\n"), ("x\ry", "no end\nx\ry")] {
        text.write_str(line)?;
        let expected = if flushed { all } else { "" };
        assert_eq!(content(&new), expected.as_bytes(), "behind {line:?}");
    }
    Ok(())
}

#[test]
fn opn_11_every_option_reaches_the_text() -> Result<()> {
    let (_dir, _, new) = files();
    fs::write(&new, b"a\xe9\r\nlonger")?;
    let options = OpenOptions::new()
        .encoding(Encoding::ASCII)
        .errors(ErrorPolicy::Replace)
        .newline(Newline::CrLf)
        .line_limit(Some(4));
    let mut text = options.read_text(&new)?;
    assert_eq!(
        (text.encoding(), text.errors()),
        (Encoding::ASCII, ErrorPolicy::Replace)
    );
    assert_eq!(text.newline(), Newline::CrLf);
    let line = text.next_line()?.expect("a line");
    assert_eq!((line.as_str(), line.terminator()), ("a\u{fffd}", "\r\n"));
    assert!(matches!(
        text.next_line(),
        Err(Error::LineTooLong { limit: 4, .. })
    ));

    let text = OpenOptions::new().read_text(&new)?;
    assert_eq!(
        (text.encoding(), text.errors()),
        (Encoding::UTF_8, ErrorPolicy::Strict)
    );
    assert_eq!(text.newline(), Newline::Universal);
    Ok(())
}

#[rstest]
#[case::opn_12_little(b"\xff\xfea\0", b"\xff\xfea\0b\0")]
#[case::opn_12_empty(b"", b"\xff\xfeb\0")]
fn appended_text_has_no_second_mark(#[case] before: &[u8], #[case] after: &[u8]) -> Result<()> {
    for mode in ["a", "a+"] {
        let (_dir, _, new) = files();
        fs::write(&new, before)?;
        let options = OpenOptions::new().encoding(Encoding::UTF_16);
        let mut text = options.open(&new, mode)?.into_text()?;
        text.write_str("b")?;
        text.close()?;
        assert_eq!(content(&new), after, "{mode}");
    }
    Ok(())
}

#[test]
fn opn_13_an_updated_file_keeps_one_mark() -> Result<()> {
    let (_dir, _, new) = files();
    fs::write(&new, b"\xff\xfea\0b\0c\0")?;
    let mut text = OpenOptions::new()
        .encoding(Encoding::UTF_16)
        .update_text(&new)?;
    text.read_chars(1, &mut String::new())?;
    text.write_str("B")?;
    text.seek_end()?;
    text.write_str("d")?;
    text.seek(TextPosition::START)?;
    text.write_str("A")?;
    text.close()?;
    assert_eq!(content(&new), b"\xff\xfeA\0B\0c\0d\0");
    Ok(())
}

#[test]
fn opn_14_appending_always_goes_to_the_end() -> Result<()> {
    let (_dir, old, _) = files();
    let mut text = OpenOptions::new().open(&old, "a+")?.into_text()?;
    assert_eq!(text.tell()?.to_string(), "4/0");
    assert_eq!(text.fill_str()?, "");
    text.seek(TextPosition::START)?;
    let mut got = String::new();
    text.read_chars(2, &mut got)?;
    text.write_str("5")?;
    text.flush()?;
    assert_eq!(text.tell()?.to_string(), "5/0");
    text.seek(TextPosition::START)?;
    text.read_to_string(&mut got)?;
    assert_eq!(
        (got.as_str(), content(&old)),
        ("fofour5", b"four5".to_vec())
    );
    Ok(())
}

#[test]
fn opn_15_a_stream_is_taken_as_what_it_is() -> Result<()> {
    let (_dir, old, new) = files();
    let mut text = open(&old, "r")?.into_text()?;
    assert_eq!(text.fill_str()?, "four");
    let mut bytes = open(&old, "rb")?.into_bytes()?;
    assert_eq!(bytes.fill_buf()?, b"four");
    open(&new, "w+")?.into_text()?.write_str("x")?;
    open(&new, "ab+")?.into_bytes()?.write_all(b"y")?;
    open(&new, "ab")?.into_bytes()?.write_all(b"z")?;
    open(&new, "a")?.into_text()?.write_str("!")?;
    assert_eq!(content(&new), b"xyz!");
    let typed = TextReader::try_from(open(&old, "r")?)?;
    assert_eq!(typed.newline(), Newline::Universal);
    assert!(FileIo::try_from(open(&old, "rb")?).is_err());
    Ok(())
}

#[test]
fn opn_15_a_stream_of_any_kind_can_be_truncated() -> Result<()> {
    let (_dir, old, _) = files();
    for (mode, size) in [("r+", 3), ("rb+", 2), ("ab", 1), ("a", 0)] {
        assert_eq!(open(&old, mode)?.truncate(Some(size))?, size);
        assert_eq!(content(&old).len() as u64, size, "{mode}");
    }
    Ok(())
}

#[test]
fn opn_16_a_folder_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let error = open(dir.path(), "r").expect_err("a folder");
    assert!(matches!(error, Error::Open { mode: "r", .. }), "{error:?}");
    // Windows opens no folder, whoever asks.
    let refused = if cfg!(windows) {
        ErrorKind::PermissionDenied
    } else {
        ErrorKind::IsADirectory
    };
    assert_eq!(error.kind(), refused);
}

#[cfg(target_os = "linux")]
#[test]
fn opn_17_reading_and_writing_needs_a_file_that_can_seek() -> Result<()> {
    use std::os::fd::AsRawFd;
    let (reader, _writer) = std::io::pipe()?;
    let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
    for mode in ["r+", "rb+"] {
        let error = open(&path, mode).expect_err("a pipe");
        assert!(
            matches!(
                error,
                Error::Unsupported {
                    operation: iolite::error::Operation::Seek
                }
            ),
            "{mode}: {error:?}"
        );
    }
    Ok(())
}

#[test]
fn opn_18_modes_can_be_built_and_are_written_as_pythons() {
    for (mode, written) in [
        (Mode::text(FileMode::CreateNewUpdate), "x+"),
        (Mode::binary(FileMode::AppendUpdate), "ab+"),
        (Mode::text(FileMode::Read), "r"),
    ] {
        assert_eq!(mode.to_string(), written);
        assert_eq!(written.parse::<Mode>().ok(), Some(mode));
    }
}

#[test]
fn opn_19_options_of_text_are_taken_and_shown_as_one_value() -> Result<()> {
    let (_dir, _, new) = files();
    let wanted = TextOptions::new()
        .encoding(Encoding::LATIN_1)
        .errors(ErrorPolicy::Replace)
        .newlines(Newline::Universal, Newline::CrLf)
        .line_buffering(true)
        .line_limit(Some(40));
    for options in [
        OpenOptions::new().text(wanted),
        OpenOptions::from(wanted),
        OpenOptions::new()
            .encoding(Encoding::LATIN_1)
            .errors(ErrorPolicy::Replace)
            .newlines(Newline::Universal, Newline::CrLf)
            .line_buffering(true)
            .line_limit(Some(40)),
    ] {
        let mut text = options.write_text(&new)?;
        assert_eq!(text.options(), wanted);
        text.write_str("é\n")?;
        assert_eq!(content(&new), b"\xe9\r\n", "a line, at once");
    }
    assert_eq!(
        (
            wanted.get_encoding(),
            wanted.get_errors(),
            wanted.get_newlines()
        ),
        (
            Encoding::LATIN_1,
            ErrorPolicy::Replace,
            (Newline::Universal, Newline::CrLf)
        ),
    );
    assert!(wanted.get_line_buffering() && !wanted.get_write_through());
    assert_eq!(wanted.get_line_limit(), Some(40));

    let mut text = OpenOptions::new().write_through(true).write_text(&new)?;
    text.write_str("at once")?;
    assert_eq!(content(&new), b"at once");
    Ok(())
}
