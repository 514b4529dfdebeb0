//! SPEC.md, "Lines by ranges" and "Lines from the end": over any bytes in any encoding, the lines of all
//! ranges, and the lines from the end, are those of one reader.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use iolite::ranges::{LineRange, RevLines};
use iolite::raw::FileMode;
use iolite::testing::{Delegate, HostileDevice};
use iolite::text::{LineEnding, TextPosition};
use iolite::{
    BufferedIo, BufferedReader, BytesIo, Encoding, Error, ErrorPolicy, FileIo, Newline, TextIo,
    TextIoWrapper, TextOptions,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::splittable::{mark, splittable, unit};

/// A line and where it ends, or an error and where that is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Line(String, LineEnding, u64),
    Malformed(u64),
    TooLong,
}

/// What a text stream gives up to its end.
pub(super) fn items<B: BufferedIo>(mut text: TextIoWrapper<B>) -> Vec<Item> {
    let mut items = Vec::new();
    loop {
        let item = match text.next_line() {
            Ok(None) => return items,
            Ok(Some(line)) => (line.to_string(), line.ending()),
            Err(Error::Decode { offset, .. }) => {
                items.push(Item::Malformed(offset));
                continue;
            }
            Err(Error::LineTooLong { .. }) => {
                items.push(Item::TooLong);
                while text.skip_line().is_err() {}
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        items.push(Item::Line(item.0, item.1, text.byte_offset()));
    }
}

fn one_pass(bytes: &[u8], options: TextOptions) -> Vec<Item> {
    let device = BytesIo::from(bytes.to_vec());
    items(TextIoWrapper::with_options(
        BufferedReader::new(device),
        options,
    ))
}

fn of_ranges(bytes: &[u8], options: TextOptions, n: usize) -> Vec<Item> {
    let mut device = BytesIo::from(bytes.to_vec());
    let n = NonZeroUsize::new(n).unwrap();
    let ranges = LineRange::split(&mut device, options, n).unwrap();
    assert!(ranges.len() <= n.get());
    let mut at = 0;
    for range in &ranges {
        assert_eq!(range.bytes().start, at);
        at = range.bytes().end;
        assert!(!range.bytes().is_empty());
    }
    assert_eq!(at, bytes.len() as u64);
    let mut all = Vec::new();
    for range in &ranges {
        all.extend(items(range.read(&mut device).unwrap()));
    }
    all
}

fn from_the_end(bytes: &[u8], options: TextOptions) -> Vec<Item> {
    let device = BytesIo::from(bytes.to_vec());
    let lines = RevLines::new(device, options).unwrap();
    let mut items: Vec<_> = lines
        .map(|item| match item {
            Ok(line) => Item::Line(line.to_string(), line.ending(), line.byte_range().end),
            Err(Error::Decode { offset, .. }) => Item::Malformed(offset),
            Err(Error::LineTooLong { .. }) => Item::TooLong,
            Err(error) => panic!("{error}"),
        })
        .collect();
    items.reverse();
    items
}

/// Pieces that bring out what is particular: line ends in every neighbourhood, first bytes without second
/// ones, surrogates, code units that are shifted by a byte.
fn soup() -> impl Strategy<Value = Vec<Piece>> {
    let piece = prop_oneof![
        4 => select(vec!["\n", "\r", "\r\n", "\n\r", "\r\r\n"]).prop_map(Piece::Text),
        4 => select(vec!["a", "two words", "x", "-"]).prop_map(Piece::Text),
        3 => prop::collection::vec(any::<u8>(), 1..4).prop_map(Piece::Bytes),
        2 => select(vec![0x0a_u8, 0x0d, 0x81, 0xa1, 0xff, 0xe3, 0x8f, 0xd8, 0x00, 0x30])
            .prop_map(|byte| Piece::Bytes(vec![byte])),
    ];
    prop::collection::vec(piece, 0..40)
}

#[derive(Clone, Debug)]
enum Piece {
    Text(&'static str),
    Bytes(Vec<u8>),
}

fn bytes_of(encoding: Encoding, with_mark: bool, soup: &[Piece]) -> Vec<u8> {
    let mut bytes = if with_mark {
        mark(encoding).to_vec()
    } else {
        Vec::new()
    };
    for piece in soup {
        match piece {
            Piece::Text(text) => bytes.extend(unit(encoding, text)),
            Piece::Bytes(some) => bytes.extend(some),
        }
    }
    bytes
}

fn options() -> impl Strategy<Value = TextOptions> {
    let newlines = [
        Newline::Universal,
        Newline::Keep,
        Newline::Lf,
        Newline::Cr,
        Newline::CrLf,
        Newline::Native,
    ];
    let errors = [
        ErrorPolicy::Strict,
        ErrorPolicy::Ignore,
        ErrorPolicy::Replace,
        ErrorPolicy::BackslashReplace,
        ErrorPolicy::Escape,
    ];
    let encodings: Vec<_> = splittable().collect();
    // The rare ones as often as all of one byte together.
    let wide: Vec<_> = encodings
        .iter()
        .copied()
        .filter(|it| it.name().starts_with("utf"))
        .collect();
    let encoding = prop_oneof![select(encodings), select(wide)];
    (encoding, select(newlines.to_vec()), select(errors.to_vec())).prop_map(
        |(encoding, newline, errors)| {
            let options = TextOptions::new().encoding(encoding);
            options.newline(newline).errors(errors)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 4000 }))]

    #[test]
    fn rng_2_the_lines_of_n_ranges_are_those_of_one_pass(
        options in options(),
        with_mark: bool,
        soup in soup(),
        n in 1_usize..20,
    ) {
        let bytes = bytes_of(options.get_encoding(), with_mark, &soup);
        prop_assert_eq!(of_ranges(&bytes, options, n), one_pass(&bytes, options));
    }

    #[test]
    fn rng_3_every_line_begins_in_one_range_of_bytes(
        options in options(),
        soup in soup(),
        cuts in prop::collection::vec(0_u64..80, 0..8),
    ) {
        let bytes = bytes_of(options.get_encoding(), true, &soup);
        let mut cuts = cuts;
        cuts.push(0);
        cuts.push(bytes.len() as u64);
        cuts.sort_unstable();
        let mut device = BytesIo::from(bytes.clone());
        let mut all = Vec::new();
        for pair in cuts.windows(2) {
            let range = LineRange::within(&mut device, options, pair[0]..pair[1]).unwrap();
            let text = range.read(&mut device).unwrap();
            all.extend(items(text));
        }
        prop_assert_eq!(all, one_pass(&bytes, options));
    }

    #[test]
    fn rev_1_the_lines_from_the_end_are_those_of_one_pass(
        options in options(),
        with_mark: bool,
        soup in soup(),
        limit in prop::option::of(0_usize..20),
    ) {
        let options = options.line_limit(limit);
        let bytes = bytes_of(options.get_encoding(), with_mark, &soup);
        prop_assert_eq!(from_the_end(&bytes, options), one_pass(&bytes, options));
    }

    #[test]
    fn rev_2_lines_are_passed_as_they_are_read(
        options in options(),
        soup in soup(),
        steps in prop::collection::vec((any::<bool>(), 0_u64..6), 0..6),
    ) {
        // An error that stands in a line makes two of it when it is read, and one when it is passed.
        let options = options.errors(ErrorPolicy::Replace);
        let bytes = bytes_of(options.get_encoding(), true, &soup);
        let lines = one_pass(&bytes, options);
        let mut back = RevLines::new(BytesIo::from(bytes.clone()), options).unwrap();
        let mut left = lines.len();
        for (skips, n) in steps {
            if skips {
                let skipped = back.skip_lines(n).unwrap();
                prop_assert_eq!(skipped, n.min(left as u64));
                left -= usize::try_from(skipped).unwrap();
            } else if let Some(line) = back.next() {
                left -= 1;
                let line = line.unwrap();
                let found = Item::Line(line.to_string(), line.ending(), line.byte_range().end);
                prop_assert_eq!(&found, &lines[left]);
                prop_assert_eq!(line.position(), back.position());
            } else {
                prop_assert_eq!(left, 0);
            }
        }
        let place = back.position();
        let device = BufferedReader::new(back.into_inner());
        let mut text = TextIoWrapper::with_options(device, options);
        text.seek(place).unwrap();
        prop_assert_eq!(items(text), &lines[left..]);
    }
}

/// What is long enough for several blocks.
fn long_texts(encoding: Encoding) -> Vec<Vec<u8>> {
    const BLOCK: usize = 64 * 1024;
    let (x, end, pair) = (
        unit(encoding, "x"),
        unit(encoding, "\n"),
        unit(encoding, "\r\n"),
    );
    let mut texts = Vec::new();
    for len in [
        BLOCK - 3,
        BLOCK - 1,
        BLOCK,
        BLOCK + 1,
        2 * BLOCK,
        3 * BLOCK + 7,
    ] {
        for end in [&end, &pair] {
            let long = x.repeat(len / x.len());
            let parts = [&long[..], end, end, &x, end, &long, end, &x, &x];
            texts.push([mark(encoding), &parts.concat()].concat());
        }
    }
    texts.push([mark(encoding), &end.repeat(2 * BLOCK / end.len())].concat());
    let lines: Vec<_> = (0..30_000)
        .flat_map(|n| unit(encoding, &format!("{n}\n")))
        .collect();
    texts.push([mark(encoding), &lines].concat());
    texts
}

#[test]
fn rng_2_lines_that_are_longer_than_a_block() {
    for encoding in [
        Encoding::UTF_8,
        Encoding::UTF_16,
        Encoding::UTF_32BE,
        Encoding::LATIN_1,
    ] {
        let options = TextOptions::new().encoding(encoding);
        for (number, bytes) in long_texts(encoding).iter().enumerate() {
            let whole = one_pass(bytes, options);
            for n in [1, 2, 3, 7] {
                assert!(
                    of_ranges(bytes, options, n) == whole,
                    "{encoding} {number} {n}"
                );
            }
            assert!(from_the_end(bytes, options) == whole, "{encoding} {number}");
            for passed in [0, 1, 2, 3, 5, 1000, 29_999, 40_000] {
                let mut back = RevLines::new(BytesIo::from(bytes.clone()), options).unwrap();
                let skipped = back.skip_lines(passed).unwrap();
                assert_eq!(
                    skipped,
                    passed.min(whole.len() as u64),
                    "{encoding} {number}"
                );
                let left = whole.len() - usize::try_from(skipped).unwrap();
                match back.next().map(Result::unwrap) {
                    None => assert_eq!(left, 0),
                    Some(line) => {
                        let Item::Line(text, _, end) = &whole[left - 1] else {
                            panic!("{whole:?}");
                        };
                        assert!(*text == *line && *end == line.byte_range().end);
                    }
                }
            }
        }
    }
}

/// Where nothing tells for certain whether a `\r` ends a line, lines are known only from far before.
#[test]
fn rev_3_carriage_returns_before_malformed_bytes_take_bounded_memory() {
    for filler in [&b"\r\xff"[..], b"\r\xff\n", b"\r\xffx"] {
        let bytes = filler.repeat(300_000 / filler.len());
        for errors in [ErrorPolicy::Ignore, ErrorPolicy::Replace] {
            let options = TextOptions::new().errors(errors);
            let whole = one_pass(&bytes, options);
            assert!(from_the_end(&bytes, options) == whole);
            assert!(of_ranges(&bytes, options, 5) == whole);
            let mut back = RevLines::new(BytesIo::from(bytes.clone()), options).unwrap();
            assert_eq!(
                back.skip_lines(100_000).unwrap(),
                100_000.min(whole.len() as u64)
            );
            let left = whole.len() - 100_000.min(whole.len());
            assert_eq!(back.count(), left);
        }
    }
}

#[test]
fn rev_4_a_line_that_is_too_long_is_an_error_in_its_place() {
    let long = "x".repeat(200_000);
    let bytes = format!("one\n{long}\ntwo\n{long}").into_bytes();
    let options = TextOptions::new().line_limit(Some(1000));
    let found = from_the_end(&bytes, options);
    assert!(found == one_pass(&bytes, options));
    let is_line = |item: &Item| matches!(item, Item::Line(..));
    assert_eq!(
        found.iter().map(is_line).collect::<Vec<_>>(),
        [true, false, true, false]
    );
}

#[test]
fn rng_2_more_ranges_than_there_are_bytes() {
    for (text, ranges) in [("", 0), ("x", 1), ("\n\n", 2), ("one\ntwo", 2)] {
        let mut device = BytesIo::from(text.as_bytes().to_vec());
        let found = LineRange::split(&mut device, TextOptions::new(), NonZeroUsize::MAX);
        assert_eq!(found.unwrap().len(), ranges, "{text:?}");
    }
}

/// Whoever is given a part of a line looks for its end, and not twice.
#[test]
fn rng_3_a_line_that_goes_past_a_range_is_read_once() {
    const SIZE: usize = 4 << 20;
    let mut bytes = vec![b'x'; SIZE];
    bytes.extend(b"\nlast\n");
    let mut device = HostileDevice::new(&bytes);
    let range = LineRange::within(&mut device, TextOptions::new(), 10..20).unwrap();
    let next = SIZE as u64 + 1;
    assert_eq!(range.bytes(), next..next);
    let read: usize = device.probe().read_sizes().iter().sum();
    assert!(read < SIZE + SIZE / 4, "{read} bytes were read");
}

#[test]
fn rng_4_what_can_be_read_only_from_the_start_is_refused() {
    for encoding in Encoding::all().filter(|encoding| !encoding.is_splittable()) {
        let options = TextOptions::new().encoding(encoding);
        let device = || BytesIo::from(b"one\ntwo\n".to_vec());
        let refused = LineRange::split(&mut device(), options, NonZeroUsize::MIN);
        let name = encoding.name();
        assert!(matches!(refused, Err(Error::Unsplittable { encoding }) if encoding == name));
        let refused = LineRange::within(&mut device(), options, 0..1).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
        assert!(refused.to_string().starts_with(name), "{refused}");
        assert!(RevLines::new(device(), options).is_err());
    }
}

#[test]
fn rng_5_a_range_can_be_told_to_another_process() {
    let mut bytes = b"\xfe\xff".to_vec();
    bytes.extend(
        "one\ntwo\nthree\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes),
    );
    let options = TextOptions::new().encoding(Encoding::UTF_16);
    let mut device = BytesIo::from(bytes);
    let ranges = LineRange::split(&mut device, options, NonZeroUsize::new(3).unwrap()).unwrap();
    let told = (ranges[1].start().to_string(), ranges[1].bytes().end);

    let place: TextPosition = told.0.parse().unwrap();
    let section = iolite::raw::Section::until(device, told.1).unwrap();
    let mut text = TextIoWrapper::with_options(BufferedReader::new(section), options);
    text.seek(place).unwrap();
    assert_eq!(text.next_line().unwrap().as_deref(), Some("two"));
    assert_eq!(ranges[1].options(), options);
}

#[test]
fn rev_5_the_last_lines_of_a_large_file_take_a_few_reads() {
    let path = tempfile::NamedTempFile::new().unwrap();
    let lines: String = (0..1000).map(|n| format!("line {n}\n")).collect();
    let mut file = path.reopen().unwrap();
    file.set_len(8 << 30).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"\n").unwrap();
    file.write_all(lines.as_bytes()).unwrap();

    let device = FileIo::open(path.path(), FileMode::Read).unwrap();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let counted = Arc::clone(&calls);
    let device = Delegate::new(device).on_read(move |device, buf| {
        let n = device.read(buf)?;
        counted.lock().unwrap().push(n);
        Ok(n)
    });
    let mut back = RevLines::new(device, TextOptions::new()).unwrap();
    assert_eq!(back.skip_lines(10).unwrap(), 10);
    let place = back.position();
    let options = TextOptions::new();
    let mut text = TextIoWrapper::with_options(BufferedReader::new(back.into_inner()), options);
    text.seek(place).unwrap();
    for number in 990..1000 {
        assert_eq!(
            text.next_line().unwrap().unwrap().as_str(),
            format!("line {number}")
        );
    }
    let calls = calls.lock().unwrap();
    let bytes: usize = calls.iter().sum();
    assert!(bytes < 140_000 && calls.len() <= 5, "{calls:?}");
}

#[cfg(unix)]
#[test]
fn rng_6_linecount_counts_the_same_with_several_threads() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let words: String = (0..100_000).map(|n| format!("{n} é\r\n")).collect();
    for encoding in [Encoding::UTF_8, Encoding::UTF_16, Encoding::UTF_7] {
        file.as_file().set_len(0).unwrap();
        file.rewind().unwrap();
        file.write_all(&encoding.encode(&words).unwrap()).unwrap();
        let count = |threads: &str| {
            let mut command = crate::support::programs::example("linecount");
            command.args(["-lwmc", "-j", threads, "--encoding", encoding.name()]);
            let output = command.arg(file.path()).output().unwrap();
            assert!(output.status.success());
            output.stdout
        };
        let once = count("1");
        let text = str::from_utf8(&once).unwrap();
        let numbers: Vec<_> = text.split_whitespace().take(2).collect();
        assert_eq!(numbers, ["100000", "200000"]);
        for threads in ["2", "3", "100"] {
            assert_eq!(count(threads), once);
        }
    }
}

/// Where a stream ends after such bytes they take the line end: "incomplete". A range that was cut there had
/// lost a line.
#[test]
fn rng_2_a_line_end_after_the_start_of_a_longer_character() {
    for encoding in splittable().filter(|encoding| unit(*encoding, "\n").len() == 1) {
        let options = TextOptions::new().encoding(encoding);
        let end = unit(encoding, "\n");
        for start in [
            &b"\x8f"[..],
            b"\x81\x30",
            b"\x81\x30\x81",
            b"\x8f\xa1",
            b"\xf0\x9f\x98",
        ] {
            let bytes = [b"x", start, &end, b"x", start, &end, &end, b"x"].concat();
            let whole = one_pass(&bytes, options);
            for n in 1..8 {
                assert_eq!(
                    of_ranges(&bytes, options, n),
                    whole,
                    "{encoding} {start:x?} {n}"
                );
            }
            assert_eq!(
                from_the_end(&bytes, options),
                whole,
                "{encoding} {start:x?}"
            );
        }
    }
}
