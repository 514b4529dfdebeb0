//! Other options on the way.

use iolite::error::Operation;
use iolite::text::TextPosition;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, Newline,
    Result, TextIo, TextIoExt, TextIoWrapper, TextOptions,
};
use rstest::rstest;

use super::options;
use crate::support::contracts::persist;
use crate::support::devices::Behaviour::{Room, Unseekable};
use crate::support::devices::{EIO, Hostile, hampering};
use crate::support::is_tried;
use crate::text_naive::{Cursor, NEWLINES, encodings, events};

/// Text in several encodings at once, with every line end, and bytes that are none in some.
const BYTES: &[u8] = b"ab\r\nc\xc3\xa9\rd\n\xe2\x82\xac\r\n\r\xff\xfe\ne\0f\0\r\n\xd0\xbf";

fn rest_as_read(encoding: &str, newline: Newline, bytes: &[u8]) -> String {
    let events = events(encoding, bytes, ErrorPolicy::Replace);
    let mut cursor = Cursor {
        events: &events,
        newline,
        at: 0,
    };
    std::iter::from_fn(|| cursor.char()).collect()
}

/// Reads some characters, changes the options, and reads the rest.
fn changed_behind(
    device: Hostile,
    capacity: usize,
    before: TextOptions,
    characters: usize,
    after: TextOptions,
    at: &str,
) -> (usize, String) {
    let buffer = BufferedReader::with_capacity(capacity, device);
    let mut text = TextIoWrapper::with_options(buffer, before);
    let mut got = String::new();
    while got.chars().count() < characters {
        let left = characters - got.chars().count();
        if persist(at, || text.read_chars(left, &mut got)).is_ok_and(|n| n == 0) {
            break;
        }
    }
    let offset = text.byte_offset();
    persist(at, || text.reconfigure(after)).unwrap_or_else(|e| panic!("{at}: {e}"));
    assert_eq!(text.byte_offset(), offset, "{at}: the place");
    assert_eq!(text.options(), after, "{at}");
    let mut rest = String::new();
    persist(at, || text.read_to_string(&mut rest)).unwrap_or_else(|e| panic!("{at}: {e}"));
    (offset as usize, rest)
}

#[rstest]
#[case::txt_44_seekable(false)]
#[case::txt_45_unseekable(true)]
fn what_was_decoded_ahead_is_decoded_again(#[case] unseekable: bool) {
    let mut turn = 0;
    // Without those that need a mark, and those of which the oracle knows some characters only.
    let other = ["utf-16", "utf-32", "shift_jis", "gb18030"];
    for from in ["utf-8", "latin-1", "utf-16-le", "ascii", "rot13", "words"] {
        for to in encodings().into_iter().filter(|to| !other.contains(to)) {
            for behaviours in hampering() {
                for characters in 0..BYTES.len() {
                    turn += 1;
                    if !is_tried(turn, 10) {
                        continue;
                    }
                    let newline = NEWLINES[turn % 6];
                    let capacity = 1 + turn % 23;
                    let at = format!(
                        "{from} to {to}, {newline}, {characters} characters, {behaviours:?}, \
                         unseekable {unseekable}, capacity {capacity}"
                    );
                    let device = Hostile::new(BYTES).with_all(&behaviours);
                    let device = match unseekable {
                        true => device.with(Unseekable),
                        false => device,
                    };
                    let before = options(from, NEWLINES[turn / 6 % 6], ErrorPolicy::Replace);
                    let after = options(to, newline, ErrorPolicy::Replace);
                    let (offset, rest) =
                        changed_behind(device, capacity, before, characters, after, &at);
                    let expected = rest_as_read(to, newline, &BYTES[offset..]);
                    assert_eq!(rest, expected, "{at}: behind byte {offset}");
                }
            }
        }
    }
}

/// What a declaration on the first line is for, out of a pipe.
#[test]
fn txt_45_the_declared_encoding_is_read_behind_the_declaration() -> Result<()> {
    let file = b"<?xml encoding='utf-8'?>\r\n<a>\xc3\xa9</a>\r\n";
    let device = Hostile::new(file).with(Unseekable);
    let options = TextOptions::new().encoding(Encoding::LATIN_1);
    let mut text = TextIoWrapper::with_options(BufferedReader::new(device), options);
    let line = text.next_line()?.expect("a declaration");
    let encoding = line.split('\'').nth(1).expect("a name").parse()?;
    text.reconfigure(text.options().encoding(encoding))?;
    assert_eq!(text.next_line()?.as_deref(), Some("<a>é</a>"));
    assert_eq!(text.byte_offset(), file.len() as u64);
    Ok(())
}

#[test]
fn txt_45_a_line_that_is_gone_as_bytes_is_refused_and_stays() -> Result<()> {
    let device = Hostile::new(b"one long line\n").with(Unseekable);
    let options = TextOptions::new().line_limit(Some(9));
    let mut text = TextIoWrapper::with_options(BufferedReader::with_capacity(4, device), options);
    let error = text.next_line().expect_err("too long");
    assert!(matches!(error, Error::LineTooLong { .. }), "{error:?}");
    let error = text.reconfigure(options.encoding(Encoding::LATIN_1));
    let unsupported = Error::Unsupported {
        operation: Operation::Seek,
    };
    assert_eq!(
        error.expect_err("gone").to_string(),
        unsupported.to_string()
    );
    assert_eq!(text.options(), options);
    // What does not touch the bytes is changed all the same.
    text.reconfigure(options.line_limit(None))?;
    assert_eq!(text.next_line()?.as_deref(), Some("one long line"));
    Ok(())
}

#[test]
fn txt_44_a_new_error_policy_meets_the_bytes_that_an_error_was_waiting_for() -> Result<()> {
    let buffer = BufferedReader::new(BytesIo::from(b"ab\xffcd".to_vec()));
    let mut text = TextIoWrapper::new(buffer);
    assert_eq!(text.next_line()?.as_deref(), Some("ab"));
    text.reconfigure(text.options().errors(ErrorPolicy::Replace))?;
    assert_eq!(text.next_line()?.as_deref(), Some("\u{fffd}cd"));
    assert_eq!(text.errors(), ErrorPolicy::Replace);
    Ok(())
}

#[test]
fn txt_44_a_new_encoding_starts_afresh_with_its_mark() -> Result<()> {
    let buffer = BufferedReader::new(BytesIo::from(b"a\n\xfe\xff\0b".to_vec()));
    let mut text = TextIoWrapper::new(buffer);
    text.next_line()?;
    text.reconfigure(text.options().encoding(Encoding::UTF_16))?;
    let here = text.tell()?;
    assert_eq!(text.fill_str()?, "b");
    text.seek(here)?;
    assert_eq!(text.fill_str()?, "b");
    Ok(())
}

#[test]
fn txt_46_text_is_flushed_in_the_old_encoding_and_no_mark_is_written_behind_it() -> Result<()> {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let options = TextOptions::new().newline(Newline::Lf);
    let mut text = TextIoWrapper::with_options(BufferedWriter::new(device), options);
    text.write_str("é\n")?;
    let options = text.options().encoding(Encoding::UTF_16);
    text.reconfigure(options.newlines(Newline::Keep, Newline::CrLf))?;
    assert_eq!(probe.content(), b"\xc3\xa9\n");
    text.write_str("\n")?;
    text.flush()?;
    assert_eq!(probe.content(), b"\xc3\xa9\n\r\0\n\0");
    Ok(())
}

#[test]
fn txt_46_the_mark_is_written_where_nothing_was_yet() -> Result<()> {
    for device in [Hostile::new(b""), Hostile::new(b"").with(Unseekable)] {
        let probe = device.probe();
        let mut text = TextIoWrapper::new(BufferedWriter::new(device));
        text.reconfigure(text.options().encoding(Encoding::UTF_16))?;
        text.write_str("a")?;
        text.flush()?;
        assert_eq!(probe.content(), b"\xff\xfea\0");
    }
    Ok(())
}

#[test]
fn txt_46_a_flush_that_fails_changes_nothing() -> Result<()> {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut text = TextIoWrapper::new(BufferedWriter::new(device));
    text.write_str("é")?;
    probe.fail_next(EIO);
    let error = text.reconfigure(text.options().encoding(Encoding::LATIN_1));
    assert_eq!(error.expect_err("EIO").raw_os_error(), Some(EIO));
    assert_eq!(text.encoding(), Encoding::UTF_8);
    text.write_str("é")?;
    text.flush()?;
    assert_eq!(probe.content(), "éé".as_bytes());
    Ok(())
}

#[test]
fn txt_46_one_stream_is_written_reconfigured_and_read() -> Result<()> {
    let device = BytesIo::from(b"first\nxx\xe9\n".to_vec());
    let buffer = BufferedRandom::new(device)?;
    let mut text = TextIoWrapper::new(buffer);
    text.next_line()?;
    text.write_str("é")?;
    text.reconfigure(text.options().encoding(Encoding::LATIN_1))?;
    assert_eq!(text.next_line()?.as_deref(), Some("é"));
    text.write_str("é")?;
    text.seek(TextPosition::START)?;
    let mut all = String::new();
    text.read_to_string(&mut all)?;
    assert_eq!(all, "first\nÃ©é\né");
    Ok(())
}

#[test]
fn txt_47_write_through_gives_every_write_to_the_device() -> Result<()> {
    let device = Hostile::new(b"").with(Room(3)).with(Unseekable);
    let probe = device.probe();
    let options = TextOptions::new().newline(Newline::Lf).write_through(true);
    let mut text = TextIoWrapper::with_options(BufferedWriter::new(device), options);
    assert!(text.write_through() && !text.line_buffering());
    text.write_str("ab")?;
    assert_eq!(probe.content(), b"ab");
    // There is no room for all of it now, but it was taken.
    text.write_str("cd")?;
    assert_eq!(probe.content(), b"abc");
    probe.make_room(100);
    text.flush()?;
    text.reconfigure(options.write_through(false).line_buffering(true))?;
    assert!(!text.write_through() && text.line_buffering());
    text.write_str("e")?;
    assert_eq!(probe.content(), b"abcd");
    text.write_str("\n")?;
    assert_eq!(probe.content(), b"abcde\n");
    Ok(())
}

#[test]
fn txt_48_one_newline_is_read_and_another_written() -> Result<()> {
    let device = BytesIo::from(b"a\rb\n".to_vec());
    let options = TextOptions::new().newlines(Newline::Universal, Newline::CrLf);
    let mut text = TextIoWrapper::with_options(BufferedRandom::new(device)?, options);
    let mut all = String::new();
    text.read_to_string(&mut all)?;
    text.write_str(&all)?;
    let bytes = text.detach()?.detach()?.into_inner();
    assert_eq!(bytes, b"a\rb\na\r\nb\r\n");
    Ok(())
}

/// The mark was not looked at, and text in the other order written behind it.
#[rstest]
#[case::txt_52_at_the_end(true)]
#[case::txt_52_from_the_middle(false)]
fn a_big_endian_file_is_appended_to_in_its_order(#[case] seeks: bool) -> Result<()> {
    for (mark, expected) in [
        (b"\xfe\xff\0a", b"\xfe\xff\0a\0b"),
        (b"\xff\xfea\0", b"\xff\xfea\0b\0"),
    ] {
        let mut buffer = BufferedRandom::new(BytesIo::from(mark.to_vec()))?;
        if !seeks {
            std::io::Seek::seek(&mut buffer, std::io::SeekFrom::End(0))?;
        }
        let options = options("utf-16", Newline::Lf, ErrorPolicy::Strict);
        let mut text = TextIoWrapper::with_options(buffer, options);
        if seeks {
            text.seek_end()?;
        }
        text.write_str("b")?;
        let end = text.tell()?;
        text.seek(TextPosition::START)?;
        let mut all = String::new();
        text.read_to_string(&mut all)?;
        assert_eq!((all.as_str(), text.tell()?), ("ab", end));
        assert_eq!(text.detach()?.detach()?.into_inner(), expected);
    }
    Ok(())
}

/// Also where the stream itself cannot read: by mode, by the call, through an opener.
#[rstest]
#[case::txt_52_utf_16(Encoding::UTF_16, b"\xfe\xff\0a", b"\0b")]
#[case::txt_52_utf_16_other_order(Encoding::UTF_16, b"\xff\xfea\0", b"b\0")]
#[case::txt_52_utf_32(Encoding::UTF_32, b"\0\0\xfe\xff\0\0\0a", b"\0\0\0b")]
fn appended_without_reading(
    #[case] encoding: Encoding,
    #[case] before: &[u8],
    #[case] expected: &[u8],
) -> Result<()> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    let open = iolite::OpenOptions::new().encoding(encoding);
    let given = open.clone().opener(|path, options| options.open(path));
    for way in 0..3 {
        std::fs::write(&path, before).expect("a file");
        let mut text: Box<dyn TextIo> = match way {
            0 => open.open(&path, "a")?.into_text()?,
            1 => Box::new(open.append_text(&path)?),
            _ => Box::new(given.append_text(&path)?),
        };
        text.write_str("b")?;
        text.close()?;
        let bytes = std::fs::read(&path).expect("a file");
        assert_eq!(bytes, [before, expected].concat(), "way {way}");
    }
    Ok(())
}

/// Where the mark cannot be looked at nothing is written in an order that may be the wrong one.
/// What is empty or new has none.
#[cfg(unix)]
#[test]
fn txt_52_a_mark_that_cannot_be_read_is_an_error() -> Result<()> {
    use iolite::IoBase;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    std::fs::write(&path, b"\xfe\xff\0a").expect("a file");
    let writing_only = |path: &std::path::Path, options: &mut std::fs::OpenOptions| {
        let file = options.open(path)?;
        let flags = rustix::fs::fcntl_getfl(&file)?;
        if flags & rustix::fs::OFlags::RWMODE == rustix::fs::OFlags::RDONLY {
            return Err(std::io::ErrorKind::PermissionDenied.into());
        }
        Ok(file)
    };
    let open = iolite::OpenOptions::new()
        .encoding(Encoding::UTF_16)
        .opener(writing_only);
    let error = open.append_text(&path).expect_err("no look at the mark");
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    let error = open.open(&path, "a").expect_err("no look at the mark");
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    assert_eq!(std::fs::read(&path).expect("a file"), b"\xfe\xff\0a");
    open.append_text(dir.path().join("new"))?.close()?;
    let in_order = open.clone().encoding(Encoding::UTF_16BE);
    in_order.append_text(&path)?.close()?;
    Ok(())
}

#[test]
fn txt_52_a_file_opened_for_appending_keeps_its_order() -> Result<()> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    std::fs::write(&path, b"\xfe\xff\0a").expect("a file");
    let open = iolite::OpenOptions::new().encoding(Encoding::UTF_16);
    let mut text = open.open(&path, "a+")?.into_text()?;
    text.write_str("b")?;
    text.close()?;
    let bytes = std::fs::read(&path).expect("a file");
    assert_eq!(bytes, b"\xfe\xff\0a\0b");
    Ok(())
}
