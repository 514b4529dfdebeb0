//! "Encodings of one's own": COD clauses. What holds in any encoding is in the tables of "Text
//! streams", which have encodings of one's own of each kind.

use std::sync::atomic::{AtomicU64, Ordering};

use iolite::error::Operation;
use iolite::text::{Codec, DecodeStep, TextPosition};
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, IoBase,
    Newline, OpenOptions, Result, TextIo, TextIoExt, TextIoWrapper, TextOptions,
};
use rstest::rstest;

use crate::support::devices::Behaviour::Unseekable;
use crate::support::devices::Hostile;
use crate::text_codecs::encoding;

fn options(encoding: Encoding) -> TextOptions {
    TextOptions::new().encoding(encoding)
}

fn reader(bytes: &[u8], encoding: Encoding) -> TextIoWrapper<BufferedReader<BytesIo>> {
    let buffer = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    TextIoWrapper::with_options(buffer, options(encoding))
}

fn update(bytes: &[u8], options: TextOptions) -> TextIoWrapper<BufferedRandom<BytesIo>> {
    let buffer = BufferedRandom::new(BytesIo::from(bytes.to_vec())).expect("seekable");
    TextIoWrapper::with_options(buffer, options)
}

fn bytes_of(stream: TextIoWrapper<BufferedRandom<BytesIo>>) -> Vec<u8> {
    let buffer = stream.detach().expect("written");
    buffer.detach().expect("written").into_inner()
}

/// What is written as `options` say.
fn written(text: &str, options: TextOptions) -> Result<Vec<u8>> {
    let mut stream = update(b"", options);
    stream.write_str(text)?;
    Ok(bytes_of(stream))
}

/// Capital letters, spaces and `\n`, a byte each; not a `\r`, not a `?`.
#[derive(Debug)]
struct Capitals(&'static str);

impl Codec for Capitals {
    fn name(&self) -> &str {
        self.0
    }

    fn decode(&self, _: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
        text.extend(bytes.iter().map(|&byte| char::from(byte)));
        DecodeStep::Read(bytes.len())
    }

    fn encode(&self, _: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
        let has = |ch: char| matches!(ch, 'A'..='Z' | ' ' | '\n');
        let len = text.find(|ch| !has(ch)).unwrap_or(text.len());
        bytes.extend_from_slice(&text.as_bytes()[..len]);
        len
    }
}

fn capitals() -> Encoding {
    Encoding::custom(&Capitals("capitals"))
}

#[test]
fn cod_1_a_file_is_read_and_written() -> Result<()> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    let open = OpenOptions::new()
        .encoding(encoding("rot13"))
        .newline(Newline::Lf);
    let mut file = open.write_text(&path)?;
    file.write_str("Hello\n")?;
    file.close()?;
    assert_eq!(std::fs::read(&path).expect("a file"), b"Uryyb\n");
    let mut file = open.read_text(&path)?;
    assert_eq!(file.next_line()?.as_deref(), Some("Hello"));
    Ok(())
}

#[test]
fn cod_1_errors_name_it_and_no_name_finds_it() {
    let error = reader(b"\xff", encoding("greek")).next_line().map(drop);
    let error = error.expect_err("malformed").to_string();
    assert_eq!(error, "greek: more than seven bits at byte 0: ff");
    assert_eq!(encoding("greek").to_string(), "greek");
    assert!("words".parse::<Encoding>().is_err());
    assert!(Encoding::all().all(|known| known != encoding("rot13")));
}

#[test]
fn cod_4_a_place_is_an_offset_a_state_and_a_number_of_characters() -> Result<()> {
    let mut stream = reader(b"a\x0eb", encoding("greek"));
    stream.read_chars(2, &mut String::new())?;
    assert_eq!(stream.tell()?.to_string(), "3/1");
    let mut stream = reader(b"i3.abc", encoding("words"));
    let mut places = Vec::new();
    for _ in 0..4 {
        places.push(stream.tell()?.to_string());
        stream.read_chars(1, &mut String::new())?;
    }
    // The word that sets the length has no text, and belongs to what follows.
    assert_eq!(places, ["0/0", "1/128/1", "3/128", "3/128/1"]);
    let far = format!("7/{}/9", u64::MAX).parse::<TextPosition>()?;
    assert_eq!(far.to_string(), format!("7/{}/9", u64::MAX));
    Ok(())
}

/// A place that nobody told is as many characters farther, or the end.
#[test]
fn cod_4_a_place_that_nobody_told_is_no_reason_to_panic() -> Result<()> {
    for name in ["rot13", "wide", "greek", "words"] {
        let mut stream = reader(b"oi2.ab.cd.ef.\xff.gh\n", encoding(name));
        for place in [
            "0/0/5",
            "1/0/4000000000",
            "3/18446744073709551615/2",
            "900/4/1",
        ] {
            let place: TextPosition = place.parse()?;
            stream.seek(place)?;
            while !matches!(stream.read_chars(1, &mut String::new()), Ok(0)) {
                stream.tell()?;
            }
        }
    }
    Ok(())
}

#[test]
fn cod_5_what_a_stream_begins_with_is_written_at_its_start_only() -> Result<()> {
    let (wide, mark) = (options(encoding("wide")), crate::text_codecs::WIDE_MARK);
    assert_eq!(written("", wide)?, mark);
    let whole = [mark, b"\0\0a\0\0b"].concat();
    assert_eq!(written("ab", wide)?, whole);
    let device = Hostile::new(b"").with(Unseekable);
    let probe = device.probe();
    let mut pipe = TextIoWrapper::with_options(BufferedWriter::new(device), wide);
    pipe.write_str("ab")?;
    pipe.flush()?;
    assert_eq!(probe.content(), whole);

    let mut stream = update(&whole, wide);
    stream.seek_end()?;
    let end = stream.tell()?;
    stream.write_str("c")?;
    stream.seek(TextPosition::START)?;
    stream.write_str("A")?;
    let mut rest = String::new();
    stream.read_to_string(&mut rest)?;
    assert_eq!(rest, "bc");
    stream.seek(end)?;
    stream.read_to_string(&mut rest)?;
    assert_eq!(rest, "bcc");
    assert_eq!(bytes_of(stream), [mark, b"\0\0A\0\0b\0\0c"].concat());
    Ok(())
}

/// Each character, written over itself where it was read, leaves the file as it was; and what is
/// told behind it leads to what comes behind it.
#[rstest]
#[case::cod_6_rot13("rot13", "a\néx\u{1f600}\r\n")]
#[case::cod_6_wide("wide", "a\néx\u{1f600}\r\n")]
#[case::cod_6_greek("greek", "ab\u{3b1}\u{3b2}\n\u{3b3}c\u{3b4}\r\nd")]
fn a_character_is_written_where_it_was_read(#[case] name: &str, #[case] text: &str) -> Result<()> {
    let options = options(encoding(name)).newline(Newline::Lf);
    let whole = written(text, options)?;
    for at in text.char_indices().map(|(at, _)| at) {
        let mut stream = update(&whole, options);
        stream.read_chars(text[..at].chars().count(), &mut String::new())?;
        let rest: String = text[at..].chars().skip(1).collect();
        stream.write_str(&text[at..text.len() - rest.len()])?;
        let behind = stream.tell()?;
        for _ in 0..2 {
            let mut got = String::new();
            stream.read_to_string(&mut got)?;
            assert_eq!(got, rest, "{name}, {at}");
            stream.seek(behind)?;
        }
        assert_eq!(bytes_of(stream), whole, "{name}, {at}");
    }
    Ok(())
}

#[test]
fn cod_6_truncate_and_detach_are_exact_in_the_middle_of_what_was_decoded() -> Result<()> {
    let options = options(encoding("words"));
    let mut stream = update(b"oi3.abc.de.f.gh", options);
    // Inside of the word `abc`.
    stream.read_chars(4, &mut String::new())?;
    assert_eq!(stream.byte_offset(), 4);
    assert_eq!(stream.truncate(None)?, 4);
    assert_eq!(bytes_of(stream), b"oi3.");
    let mut stream = reader(b"abcdef", encoding("words"));
    stream.read_chars(6, &mut String::new())?;
    let mut buffer = stream.detach()?;
    assert_eq!(std::io::Seek::stream_position(&mut buffer)?, 3);
    Ok(())
}

#[rstest]
#[case::cod_7_strict(ErrorPolicy::Strict, "AB c", Err((3, 'c')))]
#[case::cod_7_ignore(ErrorPolicy::Ignore, "AB cD", Ok("AB D"))]
#[case::cod_7_no_substitute(ErrorPolicy::Replace, "A?B", Err((1, '?')))]
#[case::cod_7_no_spelling(ErrorPolicy::XmlCharRefReplace, "AéB", Err((1, 'é')))]
fn missing_characters_go_through_the_policy(
    #[case] errors: ErrorPolicy,
    #[case] text: &str,
    #[case] expected: Result<&str, (usize, char)>,
) {
    let outcome = written(text, options(capitals()).errors(errors));
    match (outcome, expected) {
        (Ok(bytes), Ok(text)) => assert_eq!(bytes, text.as_bytes()),
        (Err(Error::Encode { offset, ch, .. }), Err(missing)) => assert_eq!((offset, ch), missing),
        (outcome, _) => panic!("{outcome:?}"),
    }
}

/// What a newline becomes may be missing, too, in any piece of the text.
#[test]
fn cod_7_of_a_text_with_a_missing_newline_nothing_is_written() -> Result<()> {
    let crlf = options(capitals()).newline(Newline::CrLf);
    for len in [0, 1, 8191, 8192, 8193, 30_000] {
        let text = ["A".repeat(len), "\nB".to_owned()].concat();
        let mut stream = update(b"", crlf);
        let error = stream.write_str(&text).expect_err("no \\r");
        assert!(
            matches!(error, Error::Encode { offset, ch: '\r', .. } if offset == len),
            "{error:?}"
        );
        assert_eq!(stream.tell()?, TextPosition::START);
        stream.write_str("GOES ON")?;
        assert_eq!(bytes_of(stream), b"GOES ON");
    }
    Ok(())
}

#[test]
fn cod_7_places_are_those_of_the_given_text_whatever_newlines_become() {
    let crlf = options(encoding("greek")).newline(Newline::CrLf);
    let text = ["ab\n".repeat(5_000), "\n\né".to_owned()].concat();
    let error = written(&text, crlf).expect_err("missing");
    let place = text.len() - 'é'.len_utf8();
    assert!(
        matches!(error, Error::Encode { offset, ch: 'é', .. } if offset == place),
        "{error:?}"
    );
}

#[rstest]
#[case::cod_8_two_bytes_of_three("wide", b"\0\0a\0\0", 3, 2)]
#[case::cod_8_half_a_mark("wide", b"\xfe\xff", 0, 2)]
#[case::cod_8_half_a_character("rot13", b"ab\xe2\x82", 2, 2)]
fn what_the_end_cuts_off_is_malformed(
    #[case] name: &str,
    #[case] bytes: &[u8],
    #[case] place: u64,
    #[case] len: usize,
) -> Result<()> {
    let mut stream = reader(bytes, encoding(name));
    let error = stream
        .read_to_string(&mut String::new())
        .expect_err("malformed");
    assert!(
        matches!(&error, Error::Decode { offset, bytes, .. }
            if *offset == place && bytes.len() == len),
        "{error:?}"
    );
    assert_eq!(stream.read_to_string(&mut String::new())?, 0);
    Ok(())
}

#[test]
fn cod_9_escape_is_refused() {
    let refused = |outcome: Result<()>| matches!(outcome, Err(Error::InvalidArgument { .. }));
    let escape = options(encoding("rot13")).errors(ErrorPolicy::Escape);
    assert!(refused(update(b"a", escape).next_line().map(drop)));
    assert!(refused(update(b"", escape).write_str("a")));
    assert!(refused(
        update(b"", options(Encoding::UTF_8)).reconfigure(escape)
    ));
    let open = OpenOptions::new()
        .encoding(encoding("rot13"))
        .errors(ErrorPolicy::Escape);
    assert!(refused(open.read_text("no such file").map(drop)));
}

/// Breaks its contract in one way.
#[derive(Debug)]
struct Liar {
    answer: DecodeStep,
    claim: usize,
}

impl Codec for Liar {
    fn name(&self) -> &str {
        "liar"
    }

    fn decode(&self, state: &mut u64, _: &[u8], _: bool, text: &mut String) -> DecodeStep {
        *state += 1;
        text.push_str("what nobody said");
        self.answer
    }

    fn encode(&self, _: &mut u64, _: &str, bytes: &mut Vec<u8>) -> usize {
        bytes.push(b'!');
        self.claim
    }
}

/// One that lives as long as the process.
fn liar(answer: DecodeStep, claim: usize) -> Encoding {
    Encoding::custom(Box::leak(Box::new(Liar { answer, claim })))
}

fn malformed(len: usize) -> DecodeStep {
    DecodeStep::Malformed { len, reason: "lie" }
}

/// Nothing is lost: another encoding goes on at the place.
#[rstest]
#[case::cod_10_too_many(DecodeStep::Read(usize::MAX), Some(usize::MAX))]
#[case::cod_10_one_too_many(DecodeStep::Read(4097), Some(4097))]
#[case::cod_10_none(DecodeStep::Read(0), None)]
#[case::cod_10_nothing_is_malformed(malformed(0), None)]
#[case::cod_10_too_many_are_malformed(malformed(4097), Some(4097))]
#[case::cod_10_never_enough(DecodeStep::Unfinished, None)]
fn a_count_that_cannot_be_is_an_error(#[case] answer: DecodeStep, #[case] count: Option<usize>) {
    let text = "abc\n".repeat(40_000);
    for hostile in [
        Hostile::new(text.as_bytes()),
        Hostile::new(text.as_bytes()).with(Unseekable),
    ] {
        let buffer = BufferedReader::new(hostile);
        let mut stream = TextIoWrapper::with_options(buffer, options(liar(answer, 0)));
        for _ in 0..2 {
            let error = stream.next_line().map(drop).expect_err("a lie");
            match (error, count) {
                (
                    Error::BadCount {
                        operation, claimed, ..
                    },
                    Some(count),
                ) => {
                    assert_eq!((operation, claimed), (Operation::Decode, count));
                }
                (Error::NoProgress { operation }, None) => assert_eq!(operation, Operation::Decode),
                (error, _) => panic!("{error:?}"),
            }
            assert_eq!(stream.byte_offset(), 0);
        }
        stream
            .reconfigure(options(Encoding::UTF_8))
            .expect("nothing was taken");
        let mut all = String::new();
        stream.read_to_string(&mut all).expect("UTF-8");
        assert_eq!(all.len(), text.len());
    }
}

/// A word as long as may be, and one that is longer by a byte, wherever they are cut.
#[test]
fn cod_10_what_waits_for_more_may_have_64_kib() -> Result<()> {
    let word = |len: usize| [b"i", &b"a".repeat(len - 1)[..], b".b."].concat();
    for capacity in [500, 8192, 65_536, 65_537, 70_000] {
        let stream = |bytes: Vec<u8>| {
            let buffer = BufferedReader::with_capacity(capacity, BytesIo::from(bytes));
            TextIoWrapper::with_options(buffer, options(encoding("words")))
        };
        let mut fits = stream([&b"oi"[..], &word(65_536)[1..]].concat());
        let mut text = String::new();
        fits.read_to_string(&mut text)?;
        assert_eq!(text.len(), 65_538, "capacity {capacity}");
        let error = stream(word(65_537)).read_to_string(&mut text);
        assert!(
            matches!(error, Err(Error::NoProgress { .. })),
            "capacity {capacity}: {error:?}"
        );
    }
    Ok(())
}

#[rstest]
#[case::cod_10_beyond_the_text(9)]
#[case::cod_10_inside_a_character(2)]
fn a_count_of_text_that_cannot_be_is_an_error(#[case] claim: usize) -> Result<()> {
    let mut stream = update(b"", options(liar(DecodeStep::Read(1), claim)));
    let error = stream.write_str("aé").expect_err("a lie");
    let operation = Operation::Encode;
    assert!(
        matches!(error, Error::BadCount { operation: o, claimed, limit: 3 }
            if (o, claimed) == (operation, claim)),
        "{error:?}"
    );
    assert_eq!(stream.tell()?, TextPosition::START);
    assert_eq!(bytes_of(stream), b"");
    Ok(())
}

/// Answers otherwise each time.
#[derive(Debug)]
struct Moody(AtomicU64);

impl Moody {
    fn roll(&self, sides: u64) -> usize {
        let seed = self.0.fetch_add(1, Ordering::Relaxed);
        (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as usize % sides as usize
    }
}

impl Codec for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    fn decode(&self, state: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
        *state = self.roll(3) as u64;
        let len = 1 + self.roll(bytes.len().min(40) as u64);
        text.push_str(&"é\n"[..[0, 2, 3][self.roll(3)]].repeat(self.roll(9)));
        match self.roll(6) {
            0 => DecodeStep::Unfinished,
            1 => malformed(len),
            _ => DecodeStep::Read(len),
        }
    }

    fn encode(&self, _: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
        bytes.extend_from_slice(&b"abcdef"[..self.roll(6)]);
        self.roll(text.len() as u64 + 2)
    }
}

#[test]
fn cod_10_one_that_never_answers_the_same_makes_no_stream_panic_or_hang() -> Result<()> {
    let moody: &'static Moody = Box::leak(Box::new(Moody(AtomicU64::new(2026))));
    let policies = [
        ErrorPolicy::Strict,
        ErrorPolicy::Replace,
        ErrorPolicy::BackslashReplace,
    ];
    for turn in 0..400 {
        let options = options(Encoding::custom(moody)).errors(policies[turn % 3]);
        let buffer = BufferedRandom::with_capacity(1 + turn % 90, BytesIo::from(vec![b'x'; 300]))?;
        let mut stream = TextIoWrapper::with_options(buffer, options);
        let mut places = vec![TextPosition::START];
        for step in 0..60 {
            // Whatever it answers is good, as long as it answers.
            match (turn + step) % 7 {
                0 => drop(stream.next_line().map(drop)),
                1 => drop(stream.read_chars(3, &mut String::new())),
                2 => drop(stream.write_str("aé\n")),
                3 => places.extend(stream.tell()),
                4 => drop(stream.seek(places[step % places.len()])),
                5 => drop(stream.next_line_part(2).map(drop)),
                _ => drop(stream.skip_line()),
            }
        }
    }
    Ok(())
}

#[test]
fn cod_11_codecs_are_the_same_if_they_are_one_object_of_one_name() {
    assert_eq!(encoding("rot13"), encoding("rot13"));
    assert_ne!(encoding("rot13"), encoding("greek"));
    static TWO: [Capitals; 2] = [Capitals("one"), Capitals("two")];
    assert_ne!(Encoding::custom(&TWO[0]), Encoding::custom(&TWO[1]));
    static SAME: [Capitals; 2] = [Capitals("one"), Capitals("one")];
    assert_ne!(Encoding::custom(&SAME[0]), Encoding::custom(&SAME[1]));
}

#[test]
fn cod_12_another_encoding_goes_on_behind_a_line_of_ones_own_out_of_a_pipe() -> Result<()> {
    let device = Hostile::new("\x0eABC\n\x0fé\r\nж".as_bytes()).with(Unseekable);
    let before = options(encoding("greek")).errors(ErrorPolicy::Replace);
    let mut stream = TextIoWrapper::with_options(BufferedReader::new(device), before);
    assert_eq!(
        stream.next_line()?.as_deref(),
        Some("\u{390}\u{391}\u{392}")
    );
    stream.reconfigure(options(Encoding::UTF_8))?;
    let mut rest = String::new();
    stream.read_to_string(&mut rest)?;
    assert_eq!(rest, "\x0fé\nж");
    Ok(())
}

/// Counts the bytes that it decodes. Each is so many characters.
#[derive(Debug)]
struct Counting(AtomicU64, usize);

impl Codec for Counting {
    fn name(&self) -> &str {
        "counting"
    }

    fn decode(&self, _: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let chars = bytes.iter().map(|&byte| char::from(byte));
        text.extend(chars.flat_map(|ch| std::iter::repeat_n(ch, self.1)));
        DecodeStep::Read(bytes.len())
    }

    fn encode(&self, _: &mut u64, _: &str, _: &mut Vec<u8>) -> usize {
        0
    }
}

#[rstest]
#[case::cod_13_a_character(1)]
#[case::cod_13_far_more_text_than_bytes(50)]
fn reading_decodes_nearly_every_byte_once(#[case] length: usize) -> Result<()> {
    let counting: &'static Counting = Box::leak(Box::new(Counting(AtomicU64::new(0), length)));
    let bytes = b"\xe9".repeat(200_000);
    let mut stream = reader(&bytes, Encoding::custom(counting));
    let mut read = 0;
    loop {
        let n = stream.fill_str()?.len();
        if n == 0 {
            break;
        }
        read += n;
        stream.consume(n);
    }
    assert_eq!(read, 2 * length * bytes.len());
    // What is read last of a block of the buffer's is decoded again.
    let (decoded, length) = (counting.0.load(Ordering::Relaxed), bytes.len() as u64);
    assert!(
        decoded <= length + 4 * 4096 * length.div_ceil(64 * 1024),
        "{decoded} bytes of {length}"
    );
    Ok(())
}

#[test]
fn cod_13_places_cost_no_more_than_the_text_between_them() -> Result<()> {
    let counting: &'static Counting = Box::leak(Box::new(Counting(AtomicU64::new(0), 1)));
    let text = "a line of some length\n".repeat(10_000);
    let mut stream = reader(text.as_bytes(), Encoding::custom(counting));
    let decoded = || counting.0.swap(0, Ordering::Relaxed);
    let mut places = Vec::new();
    while stream.next_line()?.is_some() {
        places.push(stream.tell()?);
    }
    let length = text.len() as u64;
    let told = decoded();
    assert!(
        told < 8 * length,
        "{told} bytes of {length} for telling each line"
    );
    for &place in places.iter().step_by(99) {
        stream.seek(place)?;
        assert_eq!((stream.tell()?, decoded()), (place, 0));
        stream.next_line()?;
        let found = decoded();
        assert!(found < 5000, "{found} bytes for a seek to {place}");
    }
    Ok(())
}
