//! How much is done to put lines together, and how much memory is kept, counted.

use std::cell::Cell;
use std::io::{self, Read};

use super::super::codec::Measure;
use super::super::position::TextPosition;
use super::blocks::{KEEP, TextBlocks};
use super::text_block::{Text, TextBlock, TextRun};
use crate::text::LineEnding;
use crate::{
    Adapter, BufferedReader, Encoding, ErrorPolicy, Newline, TextIo, TextIoWrapper, TextOptions,
};

thread_local! {
    /// How many bytes were copied and how many runs were touched.
    static WORK: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn count(work: usize) {
    WORK.with(|count| count.set(count.get() + work));
}

/// Gives so many bytes at a time.
struct Drip {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl Read for Drip {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = buf.len().min(self.step).min(self.bytes.len() - self.at);
        buf[..n].copy_from_slice(&self.bytes[self.at..][..n]);
        self.at += n;
        Ok(n)
    }
}

/// What makes many blocks of one line: shifts, malformed bytes, small reads.
const PIECES: [(&str, &[u8], ErrorPolicy, usize); 12] = [
    (
        "iso2022_jp",
        b"\x1b$B%3\x1b(Babc ",
        ErrorPolicy::Strict,
        4096,
    ),
    ("iso2022_kr", b"\x0e0!\x0fa", ErrorPolicy::Strict, 4096),
    ("hz", b"~{VP~}x", ErrorPolicy::Strict, 16),
    ("utf-7", b"a+AGEAYg-", ErrorPolicy::Strict, 16),
    ("utf-8", "aé".as_bytes(), ErrorPolicy::Strict, 1),
    ("utf-8", b"abcdefghi\xff", ErrorPolicy::Replace, 16),
    ("utf-8", b"abc\xff", ErrorPolicy::Ignore, 16),
    ("utf-8", b"abc\xff", ErrorPolicy::BackslashReplace, 16),
    ("utf-8", b"abc\xff", ErrorPolicy::Escape, 16),
    ("gb18030", b"\xff\xc4\xe3", ErrorPolicy::Replace, 16),
    ("utf-16-le", b"a\0\0\xd8b\0", ErrorPolicy::Replace, 16),
    ("latin-1", b"a\xe9\r", ErrorPolicy::Strict, 16),
];

/// How long the line is: work that grows with its square is far above the bound for either.
const LENGTH: usize = if cfg!(debug_assertions) { 16 } else { 64 } << 10;

#[test]
fn a_line_is_put_together_in_what_it_is_long() {
    for (encoding, piece, errors, step) in PIECES {
        let Ok(encoding) = encoding.parse::<Encoding>() else {
            continue;
        };
        let bytes = piece.repeat(LENGTH / piece.len());
        // Its `\r`s are text.
        let options = TextOptions::new().newline(Newline::CrLf);
        for way in 0..4 {
            let device = Adapter::reader(Drip {
                bytes: bytes.clone(),
                at: 0,
                step,
            });
            let options = options.encoding(encoding).errors(errors);
            let mut text = TextIoWrapper::with_options(BufferedReader::new(device), options);
            WORK.with(|count| count.set(0));
            let length = match way {
                0 => text.next_line().map(|line| line.map_or(0, |it| it.len())),
                1 => text
                    .next_batch()
                    .map(|it| it.map_or(0, |it| it.text().len())),
                2 => {
                    let most = usize::MAX;
                    let line = text.next_line_part(most);
                    line.map(|line| line.map_or(0, |it| it.len()))
                }
                _ => text.skip_line().map(|ending| {
                    assert_eq!(ending, LineEnding::None);
                    bytes.len()
                }),
            };
            let work = WORK.with(Cell::get);
            let most = 3 * (bytes.len() + length.expect("text"));
            assert!(work <= most, "{encoding}, {errors}, {way}: {work}");
        }
    }
}

/// A line that is looked at again and again while it is taken by the character: what is left of it
/// is not moved for each of them.
#[test]
fn what_was_taken_is_forgotten_only_where_that_costs_no_more() {
    let block = |text: &str, at| {
        let place = |at| TextPosition::new(at, 0);
        let run = TextRun::new(place(at), place(at + 3), Measure::Whole);
        TextBlock::new(Text::Own(text.to_owned()), run)
    };
    let (mut line, mut start, rounds) = (block("ab\u{fffd}", 0), 0, 10_000);
    WORK.with(|count| count.set(0));
    for round in 1..rounds {
        start += 1;
        start -= line.join(start, &block("cdefg", 10 * round), String::new);
    }
    let left = line.text.len() - start;
    assert_eq!(
        left,
        usize::try_from(4 * (rounds - 1) + 5).expect("a length")
    );
    let work = WORK.with(Cell::get);
    assert!(work <= 10 * left, "{work} for {left} bytes");
}

#[test]
fn memory_of_a_long_line_goes_with_it() {
    let mut blocks = TextBlocks::new(&TextOptions::new(), 0, false);
    let start = TextPosition::START;
    let block = |text| TextBlock::new(Text::Own(text), TextRun::new(start, start, Measure::Whole));
    blocks.recycle(block("x".repeat(KEEP)));
    assert_eq!(blocks.spared(), KEEP);
    blocks.recycle(block("x".repeat(8 << 20)));
    assert_eq!(blocks.spared(), KEEP);
}
