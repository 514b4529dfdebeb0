//! Reading and writing in turns, against a model of a few obvious lines.

use iolite::raw::FileMode;
use iolite::text::TextPosition;
use iolite::{
    BufferedRandom, BytesIo, Error, ErrorPolicy, FileIo, IoBase, Newline, RawIo, TextIo, TextIoExt,
    TextIoWrapper,
};
use rstest::rstest;

use super::options;
use crate::support::devices::Hostile;
use crate::support::naive::Dice;
use crate::text_contracts::offset;
use crate::text_naive::{Cursor, Next, encodable, encode, events, written};

const PIECES: [&str; 8] = [
    "a",
    "é",
    "\n",
    "\r",
    "x\r\ny",
    "€\u{1f600}",
    "long enough\n",
    "",
];

/// A file of text in the most obvious way: bytes and a place in them.
struct Model {
    encoding: &'static str,
    newline: Newline,
    errors: ErrorPolicy,
    content: Vec<u8>,
    position: usize,
}

impl Model {
    /// Takes something from the events that follow; what `take` saw.
    fn take<T>(&mut self, take: impl FnOnce(&mut Cursor<'_>) -> T) -> T {
        let rest = &self.content[self.position..];
        let events = events(self.encoding, rest, self.errors);
        let mut cursor = Cursor {
            events: &events,
            newline: self.newline,
            at: 0,
        };
        let taken = take(&mut cursor);
        self.position += cursor.offset() as usize;
        taken
    }

    fn write(&mut self, text: &str) {
        let bytes = encode(self.encoding, &written(self.newline, text), self.errors);
        let end = self.position + bytes.len();
        if self.content.len() < end {
            self.content.resize(end, 0);
        }
        self.content[self.position..end].copy_from_slice(&bytes);
        self.position = end;
    }
}

fn decode_error(outcome: Result<usize, Error>, at: &str) -> Next {
    match outcome {
        Ok(_) => Next::End,
        Err(Error::Decode { offset, bytes, .. }) => Next::Bad { offset, bytes },
        Err(error) => panic!("{at}: {error}"),
    }
}

/// The model counts from where it started to read.
fn shifted(next: Next, by: usize) -> Next {
    match next {
        Next::Bad { offset, bytes } => Next::Bad {
            offset: offset + by as u64,
            bytes,
        },
        other => other,
    }
}

fn same_as_model<D: RawIo>(
    stream: &mut TextIoWrapper<BufferedRandom<D>>,
    model: &mut Model,
    dice: &mut Dice,
    at: &str,
) {
    let mut places = vec![(TextPosition::START, 0)];
    for step in 0..60 {
        let at = format!("{at}, step {step}, model at {}", model.position);
        match dice.roll(9) {
            0 | 1 => {
                let n = 1 + dice.roll(6);
                let mut got = String::new();
                let outcome = decode_error(stream.read_chars(n, &mut got), &at);
                let before = model.position;
                let (text, next) = model.take(|cursor| {
                    let text: String = (0..n).map_while(|_| cursor.char()).collect();
                    let short = text.chars().count() < n;
                    let next = if short { cursor.bad() } else { Next::End };
                    (text, shifted(next, before))
                });
                assert_eq!((got, outcome), (text, next), "{at}: read_chars {n}");
            }
            2 => {
                let got = match stream.next_line() {
                    Ok(None) => Next::End,
                    Ok(Some(line)) => Next::Line {
                        text: line.to_string(),
                        ending: line.ending(),
                        terminator: line.terminator(),
                    },
                    Err(error) => decode_error(Err(error), &at),
                };
                let before = model.position;
                let next = shifted(model.take(|cursor| cursor.line()), before);
                assert_eq!(got, next, "{at}: next_line");
            }
            3 | 4 => {
                let text = encodable(model.encoding, PIECES[dice.roll(8)]);
                stream.write_str(&text).expect("written");
                model.write(&text);
            }
            5 => places.push((stream.tell().expect("seekable"), model.position)),
            6 => {
                let (place, position) = places[dice.roll(places.len())];
                if position <= model.content.len() {
                    stream.seek(place).expect("seekable");
                    model.position = position;
                }
            }
            7 if dice.roll(4) == 0 => {
                assert_eq!(stream.truncate(None).ok(), Some(model.position as u64));
                model.content.truncate(model.position);
            }
            7 => stream.flush().expect("flushed"),
            _ => {
                stream.seek_end().expect("seekable");
                model.position = model.content.len();
            }
        }
        let told = stream.tell().expect("seekable");
        assert_eq!(offset(told), model.position as u64, "{at}: tell behind it");
    }
}

fn model(encoding: &'static str, newline: Newline, errors: ErrorPolicy) -> Model {
    let text = "first line\r\nsecond é\rthird\n\nlast €\u{1f600}";
    let mut content = encode(encoding, &encodable(encoding, text), ErrorPolicy::Strict);
    if encoding == "utf-8" {
        content.extend_from_slice(b"\xff\r\xe2\x82\nend");
    }
    Model {
        encoding,
        newline,
        errors,
        content,
        position: 0,
    }
}

#[rstest]
#[case::txt_29_utf_8_universal("utf-8", Newline::Universal)]
#[case::txt_29_utf_8_keep("utf-8", Newline::Keep)]
#[case::txt_29_utf_8_crlf("utf-8", Newline::CrLf)]
#[case::txt_29_latin_1("latin-1", Newline::Universal)]
#[case::cod_6_rot13("rot13", Newline::Universal)]
#[case::txt_29_utf_16_be("utf-16-be", Newline::Universal)]
fn memory_behaves_as_the_model(#[case] encoding: &'static str, #[case] newline: Newline) {
    for seed in 0..400 {
        let errors = [ErrorPolicy::Strict, ErrorPolicy::Replace][seed as usize % 2];
        let capacity = 1 + seed as usize % 40;
        let at = format!("{encoding}, {newline}, {errors}, capacity {capacity}, seed {seed}");
        let mut model = model(encoding, newline, errors);
        let device = BytesIo::from(model.content.clone());
        let buffer = BufferedRandom::with_capacity(capacity, device).expect("seekable");
        let mut stream = TextIoWrapper::with_options(buffer, options(encoding, newline, errors));
        same_as_model(&mut stream, &mut model, &mut Dice::new(seed), &at);
        let buffer = stream.detach().expect("written");
        let content = buffer.detach().expect("written").into_inner();
        assert_eq!(content, model.content, "{at}: the bytes");
    }
}

#[rstest]
#[case::txt_29_file_universal("utf-8", Newline::Universal)]
#[case::txt_29_file_keep("utf-16-le", Newline::Keep)]
fn a_file_behaves_as_the_model(#[case] encoding: &'static str, #[case] newline: Newline) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    for seed in 0..100 {
        let errors = [ErrorPolicy::Strict, ErrorPolicy::Replace][seed as usize % 2];
        let capacity = 1 + seed as usize % 40;
        let at = format!("{encoding}, {newline}, {errors}, capacity {capacity}, seed {seed}");
        let mut model = model(encoding, newline, errors);
        std::fs::write(&path, &model.content).expect("a file");
        let device = FileIo::open(&path, FileMode::ReadUpdate).expect("a file");
        let buffer = BufferedRandom::with_capacity(capacity, device).expect("seekable");
        let mut stream = TextIoWrapper::with_options(buffer, options(encoding, newline, errors));
        same_as_model(&mut stream, &mut model, &mut Dice::new(seed), &at);
        stream.close().expect("written");
        let content = std::fs::read(&path).expect("a file");
        assert_eq!(content, model.content, "{at}: the bytes");
    }
}

fn update(bytes: &[u8], newline: Newline) -> TextIoWrapper<BufferedRandom<BytesIo>> {
    let device = BytesIo::from(bytes.to_vec());
    let buffer = BufferedRandom::new(device).expect("seekable");
    TextIoWrapper::with_options(buffer, options("utf-8", newline, ErrorPolicy::Strict))
}

fn bytes_of(stream: TextIoWrapper<BufferedRandom<BytesIo>>) -> Vec<u8> {
    let buffer = stream.detach().expect("flushed");
    buffer.detach().expect("flushed").into_inner()
}

#[test]
fn txt_30_a_write_goes_to_where_reading_stopped() -> iolite::Result<()> {
    let mut stream = update(b"one\ntwo\nthree\n", Newline::Lf);
    stream.next_line()?;
    stream.write_str("TWO")?;
    assert_eq!(stream.next_line()?.as_deref(), Some(""));
    assert_eq!(stream.next_line()?.as_deref(), Some("three"));
    assert_eq!(bytes_of(stream), b"one\nTWO\nthree\n");
    Ok(())
}

/// An error that waits behind a line was read ahead, too: the write went behind the bad byte.
#[test]
fn txt_30_a_write_goes_before_an_error_that_was_not_met_yet() -> iolite::Result<()> {
    let mut stream = update(b"abc\xff", Newline::Lf);
    assert_eq!(stream.next_line()?.as_deref(), Some("abc"));
    stream.write_str("!")?;
    assert_eq!(bytes_of(stream), b"abc!");
    Ok(())
}

/// Looking at a `\n` that is a `\r\n` in the file moved the place between the two.
#[test]
fn txt_30_a_pair_that_was_only_looked_at_is_overwritten_whole() -> iolite::Result<()> {
    let mut stream = update(b"a\r\nb", Newline::Universal);
    stream.read_chars(1, &mut String::new())?;
    assert!(stream.fill_str()?.starts_with('\n'));
    assert_eq!(stream.byte_offset(), 1);
    stream.write_str("--")?;
    assert_eq!(bytes_of(stream), b"a--b");
    Ok(())
}

#[test]
fn txt_31_truncate_cuts_at_the_text_position() -> iolite::Result<()> {
    let mut stream = update("é\nrest".as_bytes(), Newline::Lf);
    stream.next_line()?;
    assert_eq!(stream.truncate(None)?, 3);
    assert_eq!(stream.tell()?.to_string(), "3/0");
    assert_eq!(stream.fill_str()?, "");
    assert_eq!(stream.truncate(Some(2))?, 2);
    assert_eq!(bytes_of(stream), "é".as_bytes());
    Ok(())
}

#[test]
fn txt_32_reading_sees_what_was_written() -> iolite::Result<()> {
    let mut stream = update(b"", Newline::Lf);
    stream.write_str("written")?;
    let end = stream.tell()?;
    stream.seek(TextPosition::START)?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    assert_eq!((text.as_str(), stream.tell()?), ("written", end));
    assert_eq!(bytes_of(stream), b"written");
    Ok(())
}

/// Bytes that are no text belong to the character that follows, whether somebody looked at it or
/// not, and wherever the input is cut: else the place moved, and with it what is written there.
#[test]
fn txt_30_looking_does_not_move_the_place() -> iolite::Result<()> {
    let mut files: Vec<(&str, &[u8], usize)> = vec![
        ("utf-8", b"a\xff\xff\xffbc", 1),
        ("utf-8", b"\xff\xffbc", 0),
        ("utf-8-sig", b"\xef\xbb\xbfbc", 0),
        ("utf-16", b"\xff\xfeb\0c\0", 0),
        ("ascii", b"a\x80\x81\xffbc", 1),
        ("utf-16-le", b"a\0\0\xdc\0\xdcb\0", 2),
        ("utf-7", b"a\xff\xff\xffbc", 1),
    ];
    if cfg!(feature = "encodings") {
        files.extend([
            ("shift_jis", &b"a\xff\xff\xffbc"[..], 1),
            ("iso2022_jp", b"a\x1b$B\x1b(B\x1b$B0l0l\x1b(B", 1),
            ("iso2022_kr", b"a\xff\x0e\x0f\xff\x0e\x0fbc", 1),
            ("hz", b"a~{~}~{0l0l~}", 1),
        ]);
    }
    for (encoding, bytes, place) in files {
        for capacity in [1, 2, 3, 100] {
            let options = options(encoding, Newline::Lf, ErrorPolicy::Ignore);
            let device = Hostile::new(bytes);
            let buffer = BufferedRandom::with_capacity(capacity, device)?;
            let mut stream = TextIoWrapper::with_options(buffer, options);
            let mut before = String::new();
            stream.read_chars(usize::from(place > 0), &mut before)?;
            assert_eq!(stream.byte_offset(), place as u64, "{encoding} {capacity}");
            let told = stream.tell()?;
            assert!(!stream.fill_str()?.is_empty());
            assert_eq!(stream.tell()?, told, "{encoding} {capacity}");
            assert_eq!(stream.byte_offset(), place as u64, "{encoding} {capacity}");
            let seen = stream.fill_str()?.chars().next();
            stream.seek(told)?;
            assert_eq!(stream.fill_str()?.chars().next(), seen, "{encoding}");
        }
    }
    Ok(())
}

/// What is behind a run of base64 was taken for a part of its last character, and text that was
/// written there went over both; behind a malformed byte it went on in the run.
#[test]
fn enc_19_the_place_behind_a_run_is_exact() -> iolite::Result<()> {
    for (bytes, after) in [
        (&b"+Vv0}ab"[..], "}ab"),
        (b"+Vv0 a", " a"),
        (b"+Vv0-}a", "}a"),
        (b"+MEs\na", "\na"),
        (b"+Vv0\xffa", "\u{fffd}a"),
        (b"+2D3eAA}a", "}a"),
    ] {
        for capacity in [1, 2, 3, 100] {
            let open = || {
                let buffer = BufferedRandom::with_capacity(capacity, Hostile::new(bytes));
                let options = options("utf-7", Newline::Lf, ErrorPolicy::Replace);
                buffer.map(|buffer| TextIoWrapper::with_options(buffer, options))
            };
            let at = format!("{after:?}, {capacity}");
            let mut stream = open()?;
            let mut first = String::new();
            stream.read_chars(1, &mut first)?;
            let end = bytes.iter().rposition(|byte| after.as_bytes()[0] == *byte);
            let end = end
                .or(bytes.iter().position(|&byte| byte == 0xff))
                .expect("there");
            assert_eq!(stream.byte_offset(), end as u64, "{at}");
            let place = stream.tell()?;
            stream.seek(place)?;
            let mut rest = String::new();
            stream.read_to_string(&mut rest)?;
            assert_eq!(rest, after, "{at}");
            let mut stream = open()?;
            stream.read_chars(1, &mut String::new())?;
            stream.write_str("x")?;
            stream.seek(TextPosition::START)?;
            let mut all = String::new();
            stream.read_to_string(&mut all)?;
            assert!(all.starts_with(&[&first, "x"].concat()), "{at}: {all:?}");
        }
    }
    Ok(())
}
