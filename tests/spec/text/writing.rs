//! Writing through every device, buffer, encoding and policy.

use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use iolite::testing::Delegate;
use iolite::text::TextPosition;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, IoBase,
    Newline, TextIo, TextIoExt, TextIoWrapper, TextOptions,
};
use proptest::prelude::*;
use rstest::rstest;

use super::options;
use crate::support::contracts::persist;
use crate::support::devices::Behaviour::{FailingClose, Room, Unseekable};
use crate::support::devices::{EIO, Hostile, hampering};
use crate::support::is_tried;
use crate::text_codecs::policies;
use crate::text_contracts;
use crate::text_naive::{NEWLINES, encodable, encode, encodings, mark, written};
use crate::text_policies::capacities;

const TEXT: &str = "a\nb\r\nж€é\u{1f600}\n\n\u{2028}ab\r\u{1f600}\u{1f601}\nend";

/// What a file has when `text` was written into it.
fn file(encoding: &str, newline: Newline, errors: ErrorPolicy, text: &str) -> Vec<u8> {
    let text = encode(encoding, &written(newline, text), errors);
    [mark(encoding), &text].concat()
}

#[rstest]
#[case::txt_20_utf_8("utf-8")]
#[case::txt_20_utf_8_sig("utf-8-sig")]
#[case::txt_20_ascii("ascii")]
#[case::txt_20_latin_1("latin-1")]
#[case::txt_20_utf_16("utf-16")]
#[case::txt_20_utf_16_le("utf-16-le")]
#[case::txt_20_utf_16_be("utf-16-be")]
fn every_byte_is_written_once(#[case] encoding: &str) {
    written_once(encoding);
}

#[rstest]
#[case::cod_5_rot13("rot13")]
#[case::cod_5_wide("wide")]
#[case::cod_5_greek("greek")]
fn every_byte_of_an_encoding_of_ones_own_is_written_once(#[case] encoding: &str) {
    written_once(encoding);
}

#[cfg(feature = "encodings")]
#[rstest]
#[case::txt_20_cp1252("cp1252")]
#[case::txt_20_koi8_r("koi8-r")]
fn every_byte_of_a_code_page_is_written_once(#[case] encoding: &str) {
    written_once(encoding);
}

/// Each device with each capacity; the sizes of the pieces take turns.
fn written_once(encoding: &str) {
    let mut turn = 0;
    for newline in NEWLINES {
        for errors in policies(encoding) {
            let text = match errors {
                ErrorPolicy::Strict => encodable(encoding, TEXT),
                ErrorPolicy::Escape => {
                    let text = encodable(encoding, TEXT);
                    ["\u{10fe0a}", &text, "\u{10fe8f}\u{10feff}\n\u{10fe80}"].concat()
                }
                _ => TEXT.to_owned(),
            };
            let expected = file(encoding, newline, errors, &text);
            for behaviours in hampering() {
                for capacity in capacities(errors) {
                    turn += 1;
                    if !is_tried(turn, 25) {
                        continue;
                    }
                    let size = [1, 3, 7, 1000][turn % 4];
                    let at = format!(
                        "{encoding}, {newline}, {errors}, {behaviours:?}, capacity {capacity}, \
                         pieces of {size}"
                    );
                    let device = Hostile::new(b"").with_all(&behaviours);
                    let probe = device.probe();
                    let buffer = BufferedWriter::with_capacity(capacity, device);
                    let options = options(encoding, newline, errors);
                    let mut stream = TextIoWrapper::with_options(buffer, options);
                    let bytes_of = |s: &str| file(encoding, newline, errors, s).len() as u64;
                    text_contracts::writing(&mut stream, &text, size, bytes_of, &at);
                    text_contracts::flushed(&mut stream, &probe, &expected, &at);
                    persist(&at, || stream.close()).expect("closed");
                    assert_eq!(probe.content(), expected, "{at}: behind close");
                }
            }
        }
    }
}

/// A device that is full says how much was taken; the rest can be sent when there is room.
#[test]
fn txt_21_a_full_device_takes_whole_characters_and_says_how_many() {
    let mut turn = 0;
    for encoding in encodings() {
        for newline in NEWLINES {
            for (room, capacity) in (0..12).flat_map(|room| (1..12).map(move |it| (room, it))) {
                turn += 1;
                if is_tried(turn, 5) {
                    full_device(encoding, newline, room, capacity);
                }
            }
        }
    }
}

/// Each time may be a time-out.
#[test]
fn txt_66_a_device_that_would_block_is_asked_once_in_a_call() {
    let text = "é".repeat(100_000);
    for encoding in ["utf-8", "latin-1", "utf-16-le"] {
        for newline in [Newline::Keep, Newline::CrLf] {
            let device = Hostile::new(b"").with(Room(0));
            let to = device.probe();
            let buffer = BufferedWriter::with_capacity(100, device);
            let options = options(encoding, newline, ErrorPolicy::Strict);
            let mut stream = TextIoWrapper::with_options(buffer, options);
            let error = stream.write_str(&text).expect_err("a full device");
            let Error::WouldBlock { written } = error else {
                panic!("{encoding}, {newline}: {error:?}");
            };
            assert!(written > 0, "{encoding}, {newline}");
            assert_eq!(to.calls().writes, 1, "{encoding}, {newline}");
        }
    }
}

/// The device took a part of what was pending and then would block, and the buffer has room for all of
/// the line: passing the line on at once would ask the device again, and a flush would do so after
/// bytes that were kept back.
#[test]
fn txt_66_a_line_is_not_flushed_to_a_device_that_would_block_just_now() {
    let encodings = ["utf-8", "latin-1", "utf-7"].into_iter();
    for (encoding, through) in encodings.flat_map(|it| [(it, false), (it, true)]) {
        let at = format!("{encoding}, written through: {through}");
        let asked = Arc::new(AtomicUsize::new(0));
        let refused = Arc::clone(&asked);
        let mut room = 4;
        let device = Delegate::new(BytesIo::new()).on_write(move |device, bytes| {
            let n = room.min(bytes.len());
            room -= n;
            if n == 0 {
                refused.fetch_add(1, Ordering::Relaxed);
                return Err(ErrorKind::WouldBlock.into());
            }
            device.write(&bytes[..n])
        });
        let mut buffer = BufferedWriter::with_capacity(8, device);
        buffer.write_all(b"abcdef").expect("room in the buffer");
        let options = options(encoding, Newline::Keep, ErrorPolicy::Strict)
            .line_buffering(true)
            .write_through(through);
        let mut stream = TextIoWrapper::with_options(buffer, options);
        stream.write_str("gh\n").expect("room in the buffer");
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{at}");
        // The next call is another one.
        let error = stream.flush().expect_err("a full device");
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{at}");
        assert_eq!(asked.load(Ordering::Relaxed), 2, "{at}");
        let (buffer, rest) = stream.into_parts();
        assert_eq!(rest.unwritten, b"", "{at}");
        let (device, pending) = buffer.into_parts();
        assert_eq!(device.get_ref().as_slice(), b"abcd", "{at}");
        assert_eq!(&pending[..], b"efgh\n", "{at}");
    }
}

/// The same for bytes that the buffer had no room for before: it has now, but the device would block.
#[test]
fn txt_66_what_waited_for_room_in_the_buffer_is_not_flushed_at_once() {
    let calls: [fn(&mut Writer) -> iolite::Result<()>; 2] =
        [TextIo::flush, |stream| stream.write_str("x")];
    for call in calls {
        let device = Hostile::new(b"").with(Room(0)).with(Unseekable);
        let to = device.probe();
        let buffer = BufferedWriter::with_capacity(100, device);
        let options = options("latin-1", Newline::Keep, ErrorPolicy::Strict);
        let mut stream = TextIoWrapper::with_options(buffer, options);
        stream.write_str(&"é".repeat(200)).expect("taken");
        let before = to.calls().writes;
        to.make_room(100);
        let error = call(&mut stream).expect_err("a full device");
        assert!(
            matches!(error, Error::WouldBlock { written: 0 }),
            "{error:?}"
        );
        // One call that took something, and one that did not.
        assert_eq!(to.calls().writes - before, 2);
        to.make_room(1000);
        stream.flush().expect("room");
        assert_eq!(to.content(), [0xe9; 200]);
    }
}

type Writer = TextIoWrapper<BufferedWriter<Hostile>>;

/// In UTF-7 telling a place ends the run of base64, and what ends it waits for the next write. Text
/// that went straight into the buffer's room came before it.
#[test]
fn txt_20_what_telling_a_place_left_over_comes_before_the_next_text() {
    let bytes = |tells: bool| {
        let buffer = BufferedWriter::new(BytesIo::new());
        let options = options("utf-7", Newline::Keep, ErrorPolicy::Strict);
        let mut stream = TextIoWrapper::with_options(buffer, options);
        for text in ["é", "ж", "日本", "z"] {
            stream.write_str(text).expect("room");
            if tells {
                stream.tell().expect("a place");
            } else {
                stream.flush().expect("room");
            }
        }
        let buffer = stream.detach().expect("written");
        buffer.detach().expect("written").into_inner()
    };
    assert_eq!(bytes(true), bytes(false));
}

fn full_device(encoding: &str, newline: Newline, room: usize, capacity: usize) {
    let at = format!("{encoding}, {newline}, room for {room}, capacity {capacity}");
    let text = encodable(
        encoding,
        "\u{1f600}é\n€ж\n\u{1f601}abcdefghijklmnopqrstuvwxyz\n",
    );
    let device = Hostile::new(b"").with(Room(room)).with(Unseekable);
    let probe = device.probe();
    let buffer = BufferedWriter::with_capacity(capacity, device);
    let options = options(encoding, newline, ErrorPolicy::Strict);
    let mut stream = TextIoWrapper::with_options(buffer, options);
    let mut sent = match stream.write_str(&text) {
        Ok(()) => text.len(),
        Err(Error::WouldBlock { written }) => written,
        Err(error) => panic!("{at}: {error}"),
    };
    assert!(text.is_char_boundary(sent), "{at}: half a character");
    // As long as nothing moves, nothing more is taken, and nothing is lost.
    if sent < text.len() {
        let again = stream.write_str(&text[sent..]);
        assert!(
            matches!(again, Err(Error::WouldBlock { written: 0 })),
            "{at}: {again:?}"
        );
    }
    while sent < text.len() {
        probe.make_room(1);
        match stream.write_str(&text[sent..]) {
            Ok(()) => sent = text.len(),
            Err(Error::WouldBlock { written }) => sent += written,
            Err(error) => panic!("{at}: {error}"),
        }
    }
    probe.make_room(10_000);
    stream.flush().expect("there is room");
    let expected = file(encoding, newline, ErrorPolicy::Strict, &text);
    assert_eq!(probe.content(), expected, "{at}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn txt_22_what_was_written_is_read(
        text in "(\\PC|\n|[a-z\r\u{1f600}é])*",
        encoding in 0..16_usize,
        newline in 0..6_usize,
        capacity in 1..50_usize,
        piece in 1..20_usize,
    ) {
        let Some(encoding) = encodings().get(encoding).copied() else { return Ok(()) };
        // A conventional end that the reader knows again, or no change at all.
        let newline = NEWLINES[newline];
        let text = match newline {
            Newline::Keep | Newline::Lf => encodable(encoding, &text),
            _ => encodable(encoding, &text).replace('\r', ""),
        };
        let reader_newline = match newline {
            Newline::Keep | Newline::Lf => newline,
            _ => Newline::Universal,
        };
        let buffer = BufferedWriter::with_capacity(capacity, BytesIo::new());
        let wanted = options(encoding, newline, ErrorPolicy::Strict);
        let mut stream = TextIoWrapper::with_options(buffer, wanted);
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(piece) {
            stream.write_str(&piece.iter().collect::<String>())?;
        }
        let device = stream.detach().expect("written").detach().expect("written");
        let expected = match text.is_empty() {
            true => vec![],
            false => file(encoding, newline, ErrorPolicy::Strict, &text),
        };
        prop_assert_eq!(device.as_slice(), &expected);

        let buffer = BufferedReader::with_capacity(capacity, BytesIo::from(expected));
        let wanted = options(encoding, reader_newline, ErrorPolicy::Strict);
        let mut got = String::new();
        TextIoWrapper::with_options(buffer, wanted).read_to_string(&mut got)?;
        prop_assert_eq!(got, text);
    }
}

#[test]
fn txt_23_a_character_that_is_missing_stops_the_whole_text_and_nothing_else() -> iolite::Result<()>
{
    let device = Hostile::new(b"");
    let probe = device.probe();
    let options = options("latin-1", Newline::CrLf, ErrorPolicy::Strict);
    let mut stream = TextIoWrapper::with_options(BufferedWriter::new(device), options);
    stream.write_str("before\n")?;
    let long = format!("{}é€", "x".repeat(20_000));
    let error = stream.write_str(&long).expect_err("Latin-1 has no €");
    assert!(
        matches!(
            error,
            Error::Encode {
                encoding: "latin-1",
                offset: 20_002,
                ch: '€',
                ..
            }
        ),
        "{error:?}"
    );
    stream.write_str("é")?;
    stream.flush()?;
    assert_eq!(probe.content(), b"before\r\n\xe9");
    Ok(())
}

#[rstest]
#[case::txt_24_lf("a\nb", true)]
#[case::txt_24_cr("a\rb", true)]
#[case::txt_24_no_end("ab", false)]
fn line_buffering_flushes_at_line_ends(#[case] text: &str, #[case] flushed: bool) {
    for wanted in [true, false] {
        let device = Hostile::new(b"");
        let probe = device.probe();
        let options = TextOptions::new()
            .newline(Newline::Lf)
            .line_buffering(wanted);
        let mut stream = TextIoWrapper::with_options(BufferedWriter::new(device), options);
        stream.write_str("x").expect("written");
        stream.write_str(text).expect("written");
        let expected = match flushed && wanted {
            true => ["x", text].concat(),
            false => String::new(),
        };
        assert_eq!(probe.content(), expected.as_bytes(), "{wanted}, {text:?}");
    }
}

/// All of the text was taken: to say otherwise would make the caller send it twice.
#[test]
fn txt_25_a_line_that_cannot_be_flushed_now_was_taken() -> iolite::Result<()> {
    let device = Hostile::new(b"").with(Room(0)).with(Unseekable);
    let probe = device.probe();
    let options = TextOptions::new().newline(Newline::Lf).line_buffering(true);
    let mut stream = TextIoWrapper::with_options(BufferedWriter::new(device), options);
    stream.write_str("line\n")?;
    assert_eq!(probe.content(), b"");
    assert!(stream.flush().expect_err("no room").is_would_block());
    probe.make_room(100);
    stream.flush()?;
    assert_eq!(probe.content(), b"line\n");
    Ok(())
}

#[rstest]
#[case::txt_26_utf_16("utf-16", b"\xff\xfe", b"\xff\xfea\0")]
#[case::txt_26_utf_8_sig("utf-8-sig", b"\xef\xbb\xbf", b"\xef\xbb\xbfa")]
#[case::txt_26_utf_16_le("utf-16-le", b"", b"a\0")]
#[case::txt_26_utf_16_be("utf-16-be", b"", b"\0a")]
#[case::txt_26_utf_8("utf-8", b"", b"a")]
fn the_mark_comes_with_the_first_write(
    #[case] encoding: &str,
    #[case] marked: &[u8],
    #[case] full: &[u8],
) -> iolite::Result<()> {
    for pipe in [false, true] {
        let device = Hostile::new(b"");
        let device = if pipe {
            device.with(Unseekable)
        } else {
            device
        };
        let probe = device.probe();
        let options = options(encoding, Newline::Lf, ErrorPolicy::Strict);
        let mut stream = TextIoWrapper::with_options(BufferedWriter::new(device), options);
        stream.flush()?;
        assert_eq!(probe.content(), b"", "pipe: {pipe}: nothing was written");
        stream.write_str("")?;
        stream.flush()?;
        assert_eq!(probe.content(), marked, "pipe: {pipe}: empty text");
        stream.write_str("a")?;
        stream.close()?;
        assert_eq!(probe.content(), full, "pipe: {pipe}");
    }
    Ok(())
}

fn update(bytes: &[u8], encoding: Encoding) -> TextIoWrapper<BufferedRandom<BytesIo>> {
    let device = BytesIo::from(bytes.to_vec());
    let buffer = BufferedRandom::new(device).expect("seekable");
    let options = TextOptions::new().encoding(encoding).newline(Newline::Lf);
    TextIoWrapper::with_options(buffer, options)
}

fn bytes_of(stream: TextIoWrapper<BufferedRandom<BytesIo>>) -> Vec<u8> {
    let buffer = stream.detach().expect("flushed");
    buffer.detach().expect("flushed").into_inner()
}

#[test]
fn txt_27_no_mark_but_at_the_start() -> iolite::Result<()> {
    let mut stream = update(b"\xff\xfea\0b\0", Encoding::UTF_16);
    stream.read_chars(1, &mut String::new())?;
    stream.write_str("c")?;
    stream.seek_end()?;
    stream.write_str("d")?;
    stream.seek(TextPosition::START)?;
    stream.write_str("e")?;
    assert_eq!(bytes_of(stream), b"\xff\xfee\0c\0d\0");
    Ok(())
}

/// A big-endian file stays one: the mark that was read says how to write behind it.
#[rstest]
#[case::txt_28_in_the_middle(1, b"\xfe\xff\0a\0c")]
#[case::txt_28_at_the_end(0, b"\xfe\xff\0a\0b\0c")]
fn text_is_written_in_the_order_that_was_read(
    #[case] read: usize,
    #[case] expected: &[u8],
) -> iolite::Result<()> {
    let mut stream = update(b"\xfe\xff\0a\0b", Encoding::UTF_16);
    match read {
        0 => {
            stream.read_chars(1, &mut String::new())?;
            stream.seek_end()?;
        }
        n => drop(stream.read_chars(n, &mut String::new())?),
    }
    stream.write_str("c")?;
    let behind = stream.tell()?;
    stream.seek(TextPosition::START)?;
    let mut all = String::new();
    stream.read_to_string(&mut all)?;
    assert!(all.ends_with('c') && all.starts_with('a'), "{all:?}");
    assert_eq!(stream.tell()?, behind);
    assert_eq!(bytes_of(stream), expected);
    Ok(())
}

/// A file that has a mark and nothing else: reading it and then writing made a second mark.
#[test]
fn txt_27_a_mark_that_was_read_is_not_written_again() -> iolite::Result<()> {
    for (bytes, encoding, expected) in [
        (
            &b"\xef\xbb\xbf"[..],
            Encoding::UTF_8_SIG,
            &b"\xef\xbb\xbfx"[..],
        ),
        (b"\xff\xfe", Encoding::UTF_16, b"\xff\xfex\0"),
        (b"\xfe\xff", Encoding::UTF_16, b"\xfe\xff\0x"),
    ] {
        let mut stream = update(bytes, encoding);
        assert_eq!(stream.fill_str()?, "");
        assert_eq!(stream.byte_offset(), bytes.len() as u64);
        stream.write_str("x")?;
        assert_eq!(bytes_of(stream), expected, "{encoding}");
    }
    Ok(())
}

#[test]
fn txt_27_a_writer_that_goes_back_to_the_start_writes_the_mark_again() -> iolite::Result<()> {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let options = options("utf-16", Newline::Lf, ErrorPolicy::Strict);
    let mut stream = TextIoWrapper::with_options(BufferedWriter::new(device), options);
    stream.write_str("ab")?;
    stream.seek(TextPosition::START)?;
    stream.write_str("c")?;
    stream.seek_end()?;
    stream.write_str("d")?;
    stream.flush()?;
    assert_eq!(probe.content(), b"\xff\xfec\0b\0d\0");
    Ok(())
}
#[test]
fn txt_15_all_that_fails_is_reported() {
    // One byte of the character went out, one waits in the buffer, and one above it.
    let device = Hostile::new(b"").with(Room(1)).with(FailingClose);
    let mut text = TextIoWrapper::new(BufferedWriter::with_capacity(1, device));
    text.write_str("€").unwrap();
    let Err(Error::Combined { first, second }) = text.close() else {
        panic!("the text stayed where it was");
    };
    assert!(first.is_would_block(), "{first:?}");
    let Error::Combined { first, second } = *second else {
        panic!("{second:?}");
    };
    assert!(first.is_would_block(), "{first:?}");
    assert_eq!(second.raw_os_error(), Some(EIO + 1));
}
