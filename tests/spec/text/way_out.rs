//! Streams that cannot write or cannot say where they are: what they hold is handed out.

use std::io::{IoSlice, Read, Seek, SeekFrom, Write};

use iolite::text::PendingText;
use iolite::{
    BufferedIo, BufferedRandom, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, Error,
    ErrorPolicy, IoBase, Newline, Result, StringIo, TextIo, TextIoWrapper, TextOptions, Utf8Writer,
};
use rstest::rstest;

use super::options;
use crate::support::devices::Behaviour::{self, Room, TimedOut, Unseekable, WouldBlock};
use crate::support::devices::{EIO, Hostile, Probe};

/// How much of a text an error says was taken.
fn taken(error: &Error) -> usize {
    match error {
        Error::WouldBlock { written } | Error::WriteFailed { written, .. } => *written,
        _ => 0,
    }
}

/// A text as a file of its own.
fn whole(options: TextOptions, text: &str) -> Result<Vec<u8>> {
    let buffer = BufferedWriter::new(BytesIo::new());
    let mut stream = TextIoWrapper::with_options(buffer, options);
    stream.write_str(text)?;
    Ok(stream.detach()?.detach()?.into_inner())
}

/// Encodings of every kind, some of which hold something back.
fn encodings() -> Vec<&'static str> {
    let mut all = vec!["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-7"];
    if cfg!(feature = "encodings") {
        all.extend(["iso2022_jp_3", "euc_jis_2004", "hz"]);
    }
    all
}

/// What is on the device, in its buffer and in the text stream is what was taken, wherever the
/// device is full and whatever was tried before.
#[test]
fn txt_14_into_parts_hands_out_what_a_full_device_did_not_take() -> Result<()> {
    for name in encodings() {
        let text = match name {
            "latin-1" => "a\nbé\n\n",
            "hz" => "a\n中文b\n中",
            "euc_jis_2004" | "iso2022_jp_3" => "a\nか\u{309a}b\nかか",
            _ => "a\né日本b\n\u{1f600}é",
        };
        let options = options(name, Newline::CrLf, ErrorPolicy::Strict);
        for (room, capacity) in (0..40).flat_map(|room| [1, 2, 7].map(|size| (room, size))) {
            for way in 0..4 {
                let device = Hostile::new(b"").with(Room(room)).with(Unseekable);
                let probe = device.probe();
                let buffer = BufferedWriter::with_capacity(capacity, device);
                let mut stream = TextIoWrapper::with_options(buffer, options);
                let mut sent = 0;
                for piece in text.split_inclusive('b') {
                    match stream.write_str(piece) {
                        Ok(()) => sent += piece.len(),
                        Err(error) => {
                            sent += taken(&error);
                            break;
                        }
                    }
                }
                let stream = match way {
                    1 => {
                        let _ = stream.flush();
                        stream
                    }
                    2 => match stream.detach() {
                        Ok(_) => continue,
                        Err(error) => error.into_parts().1,
                    },
                    3 => {
                        let _ = stream.close();
                        stream
                    }
                    _ => stream,
                };
                let (buffer, pending) = stream.into_parts();
                let (_, queued) = buffer.into_parts();
                let all = [&probe.content(), &*queued, &pending.unwritten].concat();
                let at = format!("{name}, room for {room}, capacity {capacity}, {way}");
                let nothing = sent == 0 && all.is_empty();
                assert!(
                    nothing || all == whole(options, &text[..sent])?,
                    "{at}: {all:x?}"
                );
                assert_eq!((pending.read, pending.undecoded), (String::new(), vec![]));
            }
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn txt_14_into_parts_on_the_full_device_of_the_system() -> Result<()> {
    use iolite::FileIo;
    use iolite::raw::FileMode;
    let buffer = BufferedWriter::with_capacity(4, FileIo::open("/dev/full", FileMode::Write)?);
    let utf_16 = options("utf-16-le", Newline::Lf, ErrorPolicy::Strict);
    let mut stream = TextIoWrapper::with_options(buffer, utf_16);
    let mut sent = 0;
    while let Ok(()) = stream.write_str("é") {
        sent += 1;
    }
    let (error, stream) = stream.detach().expect_err("it is full").into_parts();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    let (buffer, pending) = stream.into_parts();
    let all = [&*buffer.into_parts().1, &pending.unwritten].concat();
    assert_eq!(all, b"\xe9\0".repeat(sent));
    Ok(())
}

/// `close` reports what it could not write; that is handed out all the same, once.
#[test]
fn txt_14_into_parts_after_a_close_that_failed() -> Result<()> {
    let device = Hostile::new(b"").with(Room(2)).with(Unseekable);
    let probe = device.probe();
    let buffer = BufferedWriter::with_capacity(1, device);
    let mut stream = TextIoWrapper::new(buffer);
    // The buffer has one byte of the character, the text stream the others.
    stream.write_str("ab日")?;
    stream.close().expect_err("it is still full");
    assert!(stream.is_closed());
    assert!(matches!(stream.write_str("x"), Err(Error::Closed)));
    let (buffer, pending) = stream.into_parts();
    assert_eq!(probe.content(), b"ab");
    assert_eq!(buffer.into_parts().1, "日".as_bytes()[..1]);
    assert_eq!(pending.unwritten, "日".as_bytes()[1..]);
    Ok(())
}

/// Out of a pipe: what was taken, what was read ahead, what was not decoded, and the rest.
#[rstest]
#[case::txt_14_utf_8("utf-8", b"one\ntw\xc3\xa9\r\nthr\xffee\rfour\xc3\xa9")]
#[case::txt_14_utf_16("utf-16-le", b"o\0\n\0t\0\r\0\n\0\x3d\xd8\0\xdee\0\r\0f\0")]
#[cfg_attr(
    feature = "encodings",
    case::txt_14_shift_jis("shift_jis", b"\x93\xfa\n\x96\x7b\r\n\x93\xff\xffee\r\x93\xfa")
)]
fn what_was_read_ahead_is_handed_out(#[case] name: &str, #[case] bytes: &[u8]) -> Result<()> {
    for newline in [Newline::Keep, Newline::Lf] {
        for capacity in 1..=bytes.len() {
            for lines in 0..4 {
                let device = Hostile::new(bytes).with(Unseekable);
                let buffer = BufferedReader::with_capacity(capacity, device);
                let options = options(name, newline, ErrorPolicy::Strict);
                let mut stream = TextIoWrapper::with_options(buffer, options);
                let mut events = Vec::new();
                for _ in 0..lines {
                    take_line(&mut stream, &mut events);
                }
                // Looked at, but not taken.
                let _ = stream.fill_str();
                let offset = stream.byte_offset() as usize;
                let (buffer, pending) = stream.into_parts();
                let (mut device, queued) = buffer.into_parts();
                let mut rest = [&pending.undecoded[..], &queued].concat();
                device.read_to_end(&mut rest)?;
                // The text stands for the bytes between the place and those that are no text yet.
                let decoded = &bytes[offset..bytes.len() - rest.len()];
                assert_eq!(
                    said(name, decoded),
                    pending.read,
                    "{name}, {newline}, capacity {capacity}, {lines} lines"
                );
                assert!(bytes.ends_with(&rest));
            }
        }
    }
    Ok(())
}

fn take_line(stream: &mut impl TextIo, events: &mut Vec<String>) {
    match stream.next_line() {
        Ok(line) => events.extend(line.map(|line| line.to_string())),
        Err(error) => events.push(error.to_string()),
    }
}

/// The text of bytes that are well-formed.
fn said(name: &str, bytes: &[u8]) -> String {
    let mut text = String::new();
    let options = options(name, Newline::Lf, ErrorPolicy::Strict);
    let buffer = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    let mut stream = TextIoWrapper::with_options(buffer, options);
    stream.read_to_string(&mut text).expect("well-formed");
    text
}

#[test]
fn txt_14_into_parts_has_both_directions_of_a_pair() -> Result<()> {
    let full = Hostile::new(b"").with(Room(0)).with(Unseekable);
    let bytes = BytesIo::from(b"ab\ncd\xc3".to_vec());
    let mut stream = TextIoWrapper::new(BufferedRwPair::with_capacity(15, bytes, full));
    assert_eq!(stream.next_line()?.as_deref(), Some("ab"));
    let mut sent = 0;
    while let Ok(()) = stream.write_str("é") {
        sent += 2;
    }
    let (pair, pending) = stream.into_parts();
    assert_eq!((&*pending.read, &*pending.undecoded), ("cd", &b"\xc3"[..]));
    let queued = pair.writer().pending();
    assert_eq!(queued + pending.unwritten.len(), sent);
    Ok(())
}

#[test]
fn txt_14_into_parts_of_a_stream_at_rest_has_nothing() -> Result<()> {
    let mut stream = TextIoWrapper::new(BufferedRandom::new(BytesIo::new())?);
    stream.write_str("abc")?;
    let (mut buffer, pending) = stream.into_parts();
    assert_eq!(pending, PendingText::default());
    assert!(pending.is_empty());
    buffer.flush()?;
    assert_eq!(buffer.get_ref().as_slice(), b"abc");
    Ok(())
}

/// A buffer over a device that stands at 4 and fails at the next call.
fn failing<B>(buffer: fn(Hostile) -> B) -> (B, Probe) {
    let mut device = Hostile::new(b"\xff\xfea\0b\0\n\0");
    device.seek(SeekFrom::Start(4)).expect("it can seek");
    let probe = device.probe();
    (buffer(device), probe)
}

/// The device is asked for the position at once; if that fails, the first use asks again and
/// reports it.
fn asked_again<B: BufferedIo>(
    buffer: fn(Hostile) -> B,
    encoding: &str,
    name: &str,
    first: impl Fn(&mut TextIoWrapper<B>) -> Result<()>,
) -> Vec<u8> {
    let mut content = Vec::new();
    for fails_again in [false, true] {
        let (buffer, probe) = failing(buffer);
        probe.fail_next(EIO);
        let options = options(encoding, Newline::Universal, ErrorPolicy::Strict);
        let mut stream = TextIoWrapper::with_options(buffer, options);
        if fails_again {
            probe.fail_next(EIO);
            let error = first(&mut stream).expect_err(name);
            assert_eq!(error.raw_os_error(), Some(EIO), "{name}");
        }
        first(&mut stream).expect(name);
        let place = stream.tell().expect(name).to_string();
        assert!(
            ["4/0", "6/0", "8/0", "10/0", "4/1", "6/1"].contains(&&*place),
            "{name}: {place}"
        );
        stream.close().expect(name);
        content = probe.content();
    }
    content
}

#[test]
fn txt_18_a_position_that_could_not_be_told_is_asked_for_again() {
    type Use = fn(&mut TextIoWrapper<BufferedReader<Hostile>>) -> Result<()>;
    let uses: [(&str, Use); 7] = [
        ("tell", |stream| stream.tell().map(drop)),
        ("next_line", |stream| stream.next_line().map(drop)),
        ("fill_str", |stream| stream.fill_str().map(drop)),
        ("next_line_part", |stream| {
            stream.next_line_part(1).map(drop)
        }),
        ("skip_line", |stream| stream.skip_line().map(drop)),
        ("next_batch", |stream| stream.next_batch().map(drop)),
        ("reconfigure", |stream| {
            stream.reconfigure(stream.options().newline(Newline::Lf))
        }),
    ];
    for (name, first) in uses {
        asked_again(BufferedReader::new, "utf-16-le", name, first);
    }
}

/// In the middle of a file no byte-order mark is due.
#[test]
fn txt_18_a_writer_that_did_not_know_its_place_writes_no_mark() {
    type Use = fn(&mut TextIoWrapper<BufferedWriter<Hostile>>) -> Result<()>;
    let writes: Use = |stream| stream.write_str("x");
    let content = asked_again(BufferedWriter::new, "utf-16", "write_str", writes);
    assert_eq!(content, b"\xff\xfea\0x\0\n\0");
    let cuts: Use = |stream| stream.truncate(None).map(drop);
    let content = asked_again(BufferedWriter::new, "utf-16", "truncate", cuts);
    assert_eq!(content, b"\xff\xfea\0");
}

/// A reply that a client does not take now was taken all the same; `flush` says what became of it.
#[rstest]
#[case::txt_25_would_block(WouldBlock)]
#[case::txt_25_timed_out(TimedOut)]
fn a_line_that_waits_is_no_error(#[case] behaviour: Behaviour) -> Result<()> {
    for options in [
        TextOptions::new().line_buffering(true),
        TextOptions::new().write_through(true),
    ]
    .map(|options| options.newline(Newline::Lf))
    {
        // Every other call, the first one too.
        let device = Hostile::new(b"").with(behaviour).with(Unseekable);
        let probe = device.probe();
        let mut stream = TextIoWrapper::with_options(BufferedWriter::new(device), options);
        stream.write_str("200 OK\n")?;
        assert_eq!((stream.get_ref().pending(), probe.content()), (7, vec![]));
        while let Err(error) = stream.flush() {
            assert!(error.is_would_block(), "{error}");
        }
        assert_eq!(probe.content(), b"200 OK\n");
    }
    Ok(())
}

#[test]
fn txt_51_into_parts_hands_out_a_character_that_came_in_part() -> Result<()> {
    for cut in 0..4 {
        let mut out = Utf8Writer::new(StringIo::new());
        out.write_all(b"ab")?;
        out.write_all(&"\u{1f600}".as_bytes()[..cut])?;
        let (text, held) = out.into_parts();
        assert_eq!(
            (text.as_str(), &*held),
            ("ab", &"\u{1f600}".as_bytes()[..cut])
        );
    }
    Ok(())
}

#[test]
fn txt_51_all_slices_are_taken() -> Result<()> {
    let mut out = Utf8Writer::new(StringIo::new());
    let slices = ["aé", "", "\u{1f600}"].map(str::as_bytes);
    let (head, tail) = slices[2].split_at(3);
    let slices = [slices[0], slices[1], head, tail, b"b"].map(IoSlice::new);
    assert_eq!(out.write_vectored(&slices)?, 8);
    let bad = [b"c".as_slice(), b"\xff", b"d"].map(IoSlice::new);
    assert_eq!(out.write_vectored(&bad)?, 1);
    assert!(out.write_vectored(&bad[1..]).is_err());
    assert_eq!(out.write_vectored(&[])?, 0);
    assert_eq!(out.into_inner()?.as_str(), "aé\u{1f600}bc");
    Ok(())
}

/// How much of all that was given an error says was taken, which is what reached the stream.
#[test]
fn txt_51_write_all_and_write_fmt_count_everything() -> Result<()> {
    for room in 0..10 {
        let writer = || {
            let device = Hostile::new(b"").with(Room(room)).with(Unseekable);
            let buffer = BufferedWriter::with_capacity(1, device);
            Utf8Writer::new(TextIoWrapper::new(buffer))
        };
        let (a, b, c) = ("aé", "日", "xyz");
        let mut out = writer();
        let formatted = write!(out, "{a}{b}{c}{c}").expect_err("it is full");
        check_taken(out, "aé日xyzxyz", &formatted.into());
        let mut out = writer();
        let error = out
            .write_all("aé日xyzxyz".as_bytes())
            .expect_err("it is full");
        check_taken(out, "aé日xyzxyz", &error.into());
        let mut stream = writer().into_inner()?;
        let error = write!(stream, "{a}{b}{c}{c}").expect_err("it is full");
        check_taken(Utf8Writer::new(stream), "aé日xyzxyz", &error);
    }
    Ok(())
}

fn check_taken(out: Utf8Writer<TextIoWrapper<BufferedWriter<Hostile>>>, text: &str, error: &Error) {
    let (stream, held) = out.into_parts();
    let (buffer, pending) = stream.into_parts();
    let (device, queued) = buffer.into_parts();
    let content = device.probe().content();
    let all = [&content, &*queued, &pending.unwritten, &held].concat();
    assert_eq!(all, text.as_bytes()[..taken(error)], "{error}");
}

/// A character that is refused stops only itself.
#[test]
fn txt_51_an_error_inside_a_character_can_be_gone_on_from() -> Result<()> {
    let ascii = options("ascii", Newline::Lf, ErrorPolicy::Strict);
    let buffer = BufferedWriter::new(BytesIo::new());
    let mut out = Utf8Writer::new(TextIoWrapper::with_options(buffer, ascii));
    out.write_all(b"a\xc3")?;
    for _ in 0..2 {
        let error = Error::from(out.write_all(b"\xa9").expect_err("ASCII has no é"));
        assert!(matches!(error, Error::Encode { ch: 'é', .. }), "{error:?}");
    }
    out.flush()?;
    let (mut stream, held) = out.into_parts();
    assert_eq!(held, b"\xc3");
    stream.write_str("b")?;
    assert_eq!(stream.detach()?.detach()?.as_slice(), b"ab");
    Ok(())
}
