//! What text costs, whoever made it: no input makes reading take the square of its length.

use std::io::{self, BufRead, ErrorKind, Read};
use std::time::Duration;

use iolite::text::LineEnding;
use iolite::{
    Adapter, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, ErrorPolicy, Newline,
    Result, StringIo, TextIo, TextIoExt, TextIoWrapper, TextOptions,
};
use rstest::rstest;

use super::options;
use crate::support::devices::{Behaviour, Hostile};
use crate::support::{CpuTime, full_or_quick, is_tried};

/// Gives some bytes at a time, and says between them that there is nothing now.
struct Drip {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
    blocks: bool,
    is_due: bool,
}

impl Drip {
    fn new(bytes: Vec<u8>, step: usize, blocks: bool) -> Drip {
        Drip {
            bytes,
            at: 0,
            step,
            blocks,
            is_due: false,
        }
    }
}

impl Read for Drip {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.is_due = !self.is_due && self.blocks && self.at < self.bytes.len();
        if self.is_due {
            return Err(ErrorKind::WouldBlock.into());
        }
        let n = buf.len().min(self.step).min(self.bytes.len() - self.at);
        buf[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

type Dripping = TextIoWrapper<BufferedReader<Adapter<Drip>>>;

fn dripping(bytes: &[u8], step: usize, blocks: bool, options: TextOptions) -> Dripping {
    let device = Adapter::reader(Drip::new(bytes.to_vec(), step, blocks));
    TextIoWrapper::with_options(BufferedReader::new(device), options)
}

/// Repeats a call as long as the device has nothing.
fn persist<T>(mut call: impl FnMut() -> Result<T>) -> T {
    loop {
        match call() {
            Ok(done) => return done,
            Err(error) => assert!(error.is_would_block(), "{error}"),
        }
    }
}

/// What is far more than any of these take on a slow machine, and far less than their squares.
const LONG: Duration = Duration::from_secs(60);

const WAYS: [&str; 7] = [
    "next_line",
    "read_line",
    "for_each_line",
    "next_batch",
    "next_line_part",
    "skip_line",
    "read_chars",
];

/// The length in bytes of the one line that there is, taken in a way.
fn take(text: &mut Dripping, way: &str) -> Option<usize> {
    match way {
        "next_line" => persist(|| Ok(text.next_line()?.map(|line| line.len()))),
        "read_line" => {
            let mut line = String::new();
            persist(|| text.read_line(&mut line)).checked_sub(1)
        }
        "for_each_line" => {
            let mut length = None;
            persist(|| {
                text.for_each_line(|line| {
                    length = Some(line.len());
                    Ok(())
                })
            });
            length
        }
        "next_batch" => persist(|| Ok(text.next_batch()?.map(|batch| batch.text().len() - 1))),
        "next_line_part" => {
            let most = usize::MAX;
            persist(|| Ok(text.next_line_part(most)?.map(|line| line.len())))
        }
        "skip_line" => {
            assert_eq!(persist(|| text.skip_line()), LineEnding::Lf);
            None
        }
        _ => {
            let mut all = String::new();
            while persist(|| text.read_chars(1 << 20, &mut all)) > 0 {}
            all.len().checked_sub(1)
        }
    }
}

/// With a shift or a malformed byte every few characters, each of which was a block of its own.
#[rstest]
#[case::txt_54_iso2022_jp("iso2022_jp", b"\x1b$B%3\x1b(Babc ", ErrorPolicy::Strict, 4096)]
#[case::txt_54_iso2022_kr("iso2022_kr", b"\x0e0!\x0fa", ErrorPolicy::Strict, 4096)]
#[case::txt_54_iso2022_jp_2(
    "iso2022_jp_2",
    b"\x1b.A\x1bNi\x1b$B%3\x1b(J\\\x1b(B",
    ErrorPolicy::Strict,
    64
)]
#[case::txt_54_hz("hz", b"~{VP~}x", ErrorPolicy::Strict, 4096)]
#[case::txt_54_utf_7("utf-7", b"a+AGEAYg-", ErrorPolicy::Strict, 16)]
#[case::txt_54_utf_8_replace("utf-8", b"abcdefghi\xff", ErrorPolicy::Replace, 16)]
#[case::txt_54_utf_8_ignore("utf-8", b"abc\xff\xe2\x82", ErrorPolicy::Ignore, 16)]
#[case::txt_54_utf_8_backslash("utf-8", b"abc\xff", ErrorPolicy::BackslashReplace, 16)]
#[case::txt_54_utf_8_escape("utf-8", b"\xffabc", ErrorPolicy::Escape, 16)]
#[case::txt_54_ascii("ascii", b"abc\xff", ErrorPolicy::Replace, 16)]
#[case::txt_54_shift_jis("shift_jis", b"\x83\x41\xfda", ErrorPolicy::Replace, 16)]
#[case::txt_54_gb18030("gb18030", b"\xff\xc4\xe3", ErrorPolicy::Replace, 4096)]
#[case::txt_54_euc_jis("euc_jis_2004", b"\xa4\xf7\xffa", ErrorPolicy::Replace, 16)]
#[case::txt_54_utf_16("utf-16-le", b"a\0\0\xd8b\0", ErrorPolicy::Replace, 16)]
#[case::txt_54_utf_32("utf-32-be", b"\0\0\0a\0\0\xd8\0", ErrorPolicy::Ignore, 16)]
#[case::txt_54_utf_7_malformed("utf-7", b"a+\xff", ErrorPolicy::Replace, 64)]
#[case::txt_54_koi8("cp1252", b"\x81a\xe9", ErrorPolicy::Replace, 16)]
fn a_line_of_many_blocks_costs_what_it_is_long(
    #[case] encoding: &str,
    #[case] piece: &[u8],
    #[case] errors: ErrorPolicy,
    #[case] step: usize,
) {
    if encoding.parse::<Encoding>().is_err() {
        return;
    }
    let end: &[u8] = match encoding {
        "utf-16-le" => b"\n\0",
        "utf-32-be" => b"\0\0\0\n",
        _ => b"\n",
    };
    let length = full_or_quick(96, 32) << 10;
    let bytes = [&piece.repeat(length / piece.len()), end].concat();
    let wanted = options(encoding, Newline::Universal, errors);
    let mut whole = String::new();
    dripping(&bytes, usize::MAX, false, wanted)
        .read_to_string(&mut whole)
        .expect("text");
    let mut turn = bytes.len();
    for (way, blocks) in WAYS.into_iter().zip([true, false].into_iter().cycle()) {
        for limit in [None, Some(1 << 30)] {
            turn += 1;
            if !is_tried(turn, 3) {
                continue;
            }
            let start = CpuTime::now();
            let mut text = dripping(&bytes, step, blocks, wanted.line_limit(limit));
            let length = take(&mut text, way);
            if let Some(length) = length {
                assert_eq!(length, whole.len() - 1, "{way}");
            }
            assert_eq!(text.byte_offset(), bytes.len() as u64, "{way}");
            assert!(persist(|| Ok(text.next_line()?.is_none())), "{way}");
            assert!(start.elapsed() < LONG, "{way} takes the square");
        }
    }
}

/// It took minutes.
#[rstest]
#[case::txt_54_with_shifts("iso2022_jp", b"\x1b$B%3\x1b(Babc ", ErrorPolicy::Strict, 64 << 10)]
#[case::txt_54_with_malformed_bytes("utf-8", b"abcdefghi\xff", ErrorPolicy::Replace, 16)]
fn a_line_of_a_mebibyte_is_there_at_once(
    #[case] encoding: &str,
    #[case] piece: &[u8],
    #[case] errors: ErrorPolicy,
    #[case] step: usize,
) {
    if encoding.parse::<Encoding>().is_err() {
        return;
    }
    let bytes = [&piece.repeat((1 << 20) / piece.len()), &b"\n"[..]].concat();
    let wanted = options(encoding, Newline::Universal, errors);
    for way in ["next_line", "next_batch"] {
        let start = CpuTime::now();
        assert!(take(&mut dripping(&bytes, step, false, wanted), way).is_some());
        assert!(start.elapsed() < LONG, "{way} takes the square");
    }
}

/// Places in a line of many blocks are those that a walk by characters tells.
#[test]
fn txt_54_places_in_such_a_line_are_exact() -> Result<()> {
    for (encoding, piece, errors) in [
        (
            "iso2022_jp",
            &b"\x1b$B%3%3\x1b(Bab"[..],
            ErrorPolicy::Strict,
        ),
        ("utf-7", b"a+AGEAYg-", ErrorPolicy::Strict),
        ("utf-8", b"ab\xff\xe2\x82", ErrorPolicy::BackslashReplace),
        ("utf-16-le", b"a\0\0\xd8b\0", ErrorPolicy::Replace),
    ] {
        let Ok(known) = encoding.parse::<Encoding>() else {
            continue;
        };
        let wanted = TextOptions::new().encoding(known).errors(errors);
        let bytes = piece.repeat(40);
        let device = || BufferedReader::with_capacity(7, BytesIo::from(bytes.clone()));
        let mut all = String::new();
        TextIoWrapper::with_options(device(), wanted).read_to_string(&mut all)?;
        let mut text = TextIoWrapper::with_options(device(), wanted.line_limit(Some(20)));
        let mut again = TextIoWrapper::with_options(device(), wanted);
        let (mut rest, mut last) = (all.as_str(), 0);
        while rest.len() > 20 {
            // Looked at as a whole, and taken by the character.
            let error = text.next_line().err();
            assert!(
                matches!(error, Some(Error::LineTooLong { .. })),
                "{error:?}"
            );
            let place = text.tell()?;
            assert!(text.byte_offset() >= last, "{encoding}: at {place}");
            last = text.byte_offset();
            let mut behind = String::new();
            again.seek(place)?;
            again.read_to_string(&mut behind)?;
            assert_eq!(behind, rest, "{encoding}: at {place}");
            let mut one = String::new();
            text.read_chars(1, &mut one)?;
            rest = rest.strip_prefix(&*one).expect("the next character");
        }
    }
    Ok(())
}

/// What was asked for through a shared reference was measured from the block's start each time.
#[rstest]
#[case::txt_55_utf_16("utf-16-le")]
#[case::txt_55_shift_jis("shift_jis")]
#[case::txt_55_gb18030("gb18030")]
#[case::txt_55_utf_7("utf-7")]
#[case::txt_55_iso2022_jp("iso2022_jp")]
#[case::txt_55_latin_1("latin-1")]
fn the_offset_of_each_line_costs_what_its_place_does(#[case] encoding: &str) -> Result<()> {
    let Ok(known) = encoding.parse::<Encoding>() else {
        return Ok(());
    };
    let line = if encoding == "latin-1" {
        "é\n"
    } else {
        "か\n"
    };
    let count = 20_000;
    let text = line.repeat(count);
    let options = TextOptions::new().encoding(known).newline(Newline::Lf);
    let mut written = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
    written.write_str(&text)?;
    let bytes = written.detach()?.detach()?.into_inner();
    let wanted = TextOptions::new().encoding(known);
    let open =
        || TextIoWrapper::with_options(BufferedReader::new(BytesIo::from(bytes.clone())), wanted);
    let (mut one, mut other) = (open(), open());
    let start = CpuTime::now();
    let mut last = 0;
    while one.next_line()?.is_some() {
        let offset = one.byte_offset();
        assert!(offset > last, "line by line");
        last = offset;
        if offset % 1000 < 8 {
            while other.byte_offset() < offset {
                other.next_line()?;
            }
            assert_eq!(
                other.tell()?.to_string().split('/').next(),
                Some(&*offset.to_string())
            );
        }
    }
    assert_eq!(last, bytes.len() as u64);
    assert!(start.elapsed() < LONG, "it takes the square");
    Ok(())
}

/// Text with malformed bytes and shifts in it is decoded in one pass, and places in it by decoding it again.
#[rstest]
#[case::txt_55_gbk("gbk", b"ab\xff\xc4\xe3\n", ErrorPolicy::Replace)]
#[case::txt_55_cp1252("cp1252", b"ab\x81c\n", ErrorPolicy::Ignore)]
#[case::txt_55_utf_16("utf-16-le", b"a\0\0\xd8b\0\n\0", ErrorPolicy::Replace)]
#[case::txt_55_hz("hz", b"ab~{VP~}\n", ErrorPolicy::Strict)]
#[case::txt_55_hz_malformed("hz", b"ab~{VP~}\xff\n", ErrorPolicy::Replace)]
#[case::txt_55_iso2022_jp("iso2022_jp", b"\x1b$B%3\x1b(Bab\xff\n", ErrorPolicy::Replace)]
#[case::txt_55_utf_7("utf-7", b"a+AGEAYg-\xff\n", ErrorPolicy::Replace)]
fn the_place_of_each_line_is_exact_and_costs_what_it_is_long(
    #[case] encoding: &str,
    #[case] line: &[u8],
    #[case] errors: ErrorPolicy,
) -> Result<()> {
    let Ok(known) = encoding.parse::<Encoding>() else {
        return Ok(());
    };
    let count = 20_000;
    let options = TextOptions::new().encoding(known).errors(errors);
    let bytes = BytesIo::from(line.repeat(count));
    let mut text = TextIoWrapper::with_options(BufferedReader::new(bytes), options);
    let start = CpuTime::now();
    let mut offset = 0;
    while text.next_line()?.is_some() {
        offset += line.len() as u64;
        assert_eq!(text.byte_offset(), offset);
        let place = text.tell()?.to_string();
        assert_eq!(place.split('/').next(), Some(&*offset.to_string()));
    }
    assert_eq!(offset, (count * line.len()) as u64);
    assert!(start.elapsed() < LONG, "it takes the square");
    Ok(())
}

/// The characters behind the line were counted, too, each time.
#[test]
fn txt_56_a_short_line_costs_nothing_of_what_follows() -> Result<()> {
    let lines = 200_000;
    let content = "ab\n".repeat(lines);
    let start = CpuTime::now();
    let mut text = TextIoWrapper::new(BytesIo::from(content.clone().into_bytes()));
    let mut memory = StringIo::from(content);
    for _ in 0..lines {
        for stream in [&mut text as &mut dyn TextIo, &mut memory] {
            let line = stream.next_line_part(usize::MAX)?.expect("a line");
            assert_eq!((line.as_str(), line.ending()), ("ab", LineEnding::Lf));
        }
    }
    assert!(start.elapsed() < LONG, "it takes the square");
    Ok(())
}

/// With 16 bytes between two times of "nothing now" the line was counted from its start each time.
#[test]
fn txt_56_no_character_is_counted_twice() {
    let length = 1 << 20;
    let mut bytes = vec![b'x'; length];
    bytes.extend_from_slice(b"\r\nrest");
    let start = CpuTime::now();
    let mut text = dripping(&bytes, 16, true, TextOptions::new());
    let line = persist(|| Ok(text.next_line_part(usize::MAX)?.map(|line| line.len())));
    assert_eq!(line, Some(length));
    assert!(start.elapsed() < LONG, "it takes the square");
    // Fewer characters than were counted, and more.
    let mut text = dripping(b"abcdef\r\nxyz", 2, true, TextOptions::new());
    assert!(text.next_line_part(100).is_err() && text.next_line_part(100).is_err());
    assert_eq!(
        persist(|| Ok(text.next_line_part(2)?.map(|l| l.to_string()))).as_deref(),
        Some("ab")
    );
    assert_eq!(
        persist(|| Ok(text.next_line_part(3)?.map(|l| l.to_string()))).as_deref(),
        Some("cde")
    );
    let end = persist(|| Ok(text.next_line_part(2)?.map(|l| (l.to_string(), l.ending()))));
    assert_eq!(end, Some(("f".to_owned(), LineEnding::CrLf)));
}

/// Taken a character at a time from a line that is looked at as a whole between: what is taken
/// must not move the rest each time.
#[test]
fn txt_54_a_line_that_is_taken_in_parts_and_looked_at_costs_no_more() {
    let bytes = b"abc\xff".repeat(12 << 10);
    let start = CpuTime::now();
    let mut text = dripping(
        &bytes,
        16,
        true,
        TextOptions::new().errors(ErrorPolicy::Replace),
    );
    let mut taken = 0;
    let mut is_over = false;
    while !is_over {
        match text.next_line() {
            Ok(line) => is_over = line.is_none(),
            Err(error) => assert!(error.is_would_block(), "{error}"),
        }
        taken += text.read_chars(1, &mut String::new()).unwrap_or(0);
    }
    assert!(
        taken > 1000 && start.elapsed() < LONG,
        "it takes the square"
    );
}

/// Each `\r` was a piece of its own.
#[test]
fn nl_21_pieces_of_text_are_large_whatever_ends_its_lines() -> Result<()> {
    for line in ["\r", "\r\n", "\r\r\n", "x\r", "\n\r", "ten bytés\r"] {
        let content = line.repeat((1 << 20) / line.len());
        let mut expected = content.replace("\r\n", "\n").replace('\r', "\n");
        let (mut text, mut pieces) = (TextIoWrapper::new(BytesIo::from(content.into_bytes())), 0);
        loop {
            let piece = text.fill_str()?;
            let n = piece.len();
            if n == 0 {
                break;
            }
            assert_eq!(piece, &expected[..n], "{line:?}");
            expected.drain(..n);
            text.consume(n);
            pieces += 1;
        }
        assert!(
            expected.is_empty() && pieces < 400,
            "{line:?}: {pieces} pieces"
        );
    }
    Ok(())
}

/// Text that was translated together is taken in any parts, and places and line ends go with it.
#[test]
fn nl_21_and_taken_in_any_parts() -> Result<()> {
    let content = "\r\ré\r\n\n\rab\r\r\n".repeat(2_000);
    let expected = content.replace("\r\n", "\n").replace('\r', "\n");
    let mut text = TextIoWrapper::new(BytesIo::from(content.clone().into_bytes()));
    let (mut at, mut source, mut step) = (0, 0, 1);
    while at < expected.len() {
        let piece = text.fill_str()?;
        let mut n = step.min(piece.len());
        while !piece.is_char_boundary(n) {
            n += 1;
        }
        assert_eq!(piece[..n], expected[at..at + n]);
        text.consume(n);
        at += n;
        for _ in 0..n {
            source += if content.as_bytes()[source..].starts_with(b"\r\n") {
                2
            } else {
                1
            };
        }
        assert_eq!(text.byte_offset(), source as u64);
        step = step % 17 + 1;
    }
    assert_eq!(text.newlines().len(), 3);
    Ok(())
}

/// Text over a pipe kept a share of the block it had read, so that each fill took another one.
#[test]
fn txt_61_a_stream_that_cannot_seek_fills_one_block_again() -> Result<()> {
    let content = "a line of text, é\n".repeat(40_000).into_bytes();
    for encoding in [Encoding::UTF_8, Encoding::LATIN_1] {
        let device = Hostile::new(&content).with(Behaviour::Unseekable);
        let probe = device.probe();
        let wanted = TextOptions::new().encoding(encoding);
        let mut text = TextIoWrapper::with_options(BufferedReader::new(device), wanted);
        while text.skip_line()? != LineEnding::None {}
        let mut blocks = probe.targets();
        assert!(blocks.len() > 8, "{} reads", blocks.len());
        blocks.sort_unstable();
        blocks.dedup();
        assert_eq!(blocks.len(), 1, "{encoding}: {blocks:x?}");
    }
    Ok(())
}

/// Lines and characters in turns: each turn translated 8 KiB anew.
#[test]
fn nl_21_and_in_turns_with_lines() -> Result<()> {
    let content = "\r".repeat(80_000).into_bytes();
    let mut text = TextIoWrapper::new(BytesIo::from(content));
    let (mut characters, mut lines) = (String::new(), 0);
    let start = CpuTime::now();
    while text.read_chars(1, &mut characters)? == 1 && text.next_line()?.is_some() {
        lines += 1;
    }
    assert_eq!((characters.len(), lines), (40_000, 40_000));
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    Ok(())
}

/// Two delimiters in turns over text that trickles in: each was looked for from the start again.
#[test]
fn txt_62_delimiters_in_turns_search_nothing_twice() -> Result<()> {
    let length = full_or_quick(400_000, 150_000);
    // The half with more to search in costs what the other does. If all of it were searched each time
    // it would cost three times as much. (A machine that gets busy between may double the costs, too;
    // not each time.)
    let mut times = Vec::new();
    while times.len() < 5 {
        let (half, whole) = delimiters_in_turns(length)?;
        if whole < 3 * half {
            return Ok(());
        }
        times.push((half, whole));
    }
    panic!("for a half, and in all: {times:?}");
}

/// What the first half costs, and all.
fn delimiters_in_turns(length: usize) -> Result<(Duration, Duration)> {
    let content = vec![b'x'; length];
    let device = Adapter::reader(Drip::new(content.clone(), 1, true));
    let text = TextIoWrapper::new(BufferedReader::new(device));
    let mut reader = iolite::Utf8Reader::new(text);
    let (mut found, mut turns) = (Vec::new(), 0);
    let (start, mut half) = (CpuTime::now(), Duration::ZERO);
    loop {
        turns += 1;
        match reader.read_until(if turns % 2 == 0 { b';' } else { b',' }, &mut found) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        if turns == length / 2 {
            half = start.elapsed();
        }
    }
    let whole = start.elapsed();
    assert_eq!(found, content);
    assert!(turns > length);
    Ok((half, whole))
}
