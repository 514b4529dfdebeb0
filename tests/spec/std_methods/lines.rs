//! The methods of `BufRead`, one check each.

use std::io::{self, BufRead, Read};

use iolite::Error;

use super::case::{Case, first_malformed};
use super::stream::Stream;

/// What stands between `\n`, each with its own.
fn split_inclusive(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').collect()
}

/// All lines of the content, each with its end.
fn expected_lines(case: &Case<'_>) -> Vec<Vec<u8>> {
    let lines = split_inclusive(&case.cell.content).into_iter();
    lines.map(<[u8]>::to_vec).collect()
}

impl Case<'_> {
    /// Whether the call that takes this record hands it back in an error: text is to be made of
    /// it, and it is none.
    fn is_handed_back(&self, record: &[u8], as_text: bool) -> bool {
        (as_text || self.row.is_text) && first_malformed(record).is_some()
    }

    /// The record that begins at `start` was handed back, as it is and with the place.
    fn handed_back(&mut self, record: &[u8], start: usize, error: io::Error) {
        match Error::from(error) {
            Error::NotUtf8 { line, source } => {
                assert_eq!(line, record, "the line that is handed back");
                let (at, bad) = first_malformed(record).expect("the line is text");
                let Error::Decode { offset, bytes, .. } = *source else {
                    panic!("says not what is malformed: {source:?}");
                };
                assert_eq!(bytes, bad, "which bytes are malformed");
                let from = if self.row.tells_offsets { start } else { 0 };
                assert_eq!(offset, (from + at) as u64, "where they are");
            }
            error => panic!("does not hand the record back: {error:?}"),
        }
    }

    /// The bytes of a record that a stream gives, once it was taken. Text has no others, and
    /// that there were was said.
    fn taken(&mut self, record: &[u8], start: usize) -> Vec<u8> {
        if !self.row.is_text {
            return record.to_vec();
        }
        let (mut at, mut bytes) = (start as u64, Vec::new());
        for chunk in record.utf8_chunks() {
            at += chunk.valid().len() as u64;
            bytes.extend_from_slice(chunk.valid().as_bytes());
            if !chunk.invalid().is_empty() {
                self.places.push((at, chunk.invalid().to_vec()));
            }
            at += chunk.invalid().len() as u64;
        }
        bytes
    }
}

/// What is shown is what comes next, and is there until it is consumed.
pub(super) fn fill_buf(case: &mut Case<'_>) {
    let mut all = Vec::new();
    loop {
        let shown = case.persist(|stream| Ok(stream.lines().fill_buf()?.to_vec()));
        if shown.is_empty() {
            break;
        }
        let again = case.persist(|stream| Ok(stream.lines().fill_buf()?.to_vec()));
        assert_eq!(again, shown, "shown again");
        case.stands_at_bytes(&all);
        case.lines().consume(0);
        let n = shown.len().div_ceil(2);
        case.lines().consume(n);
        all.extend_from_slice(&shown[..n]);
        case.stands_at_bytes(&all);
    }
    case.and_the_rest(&all);
}

/// All of a record, or nothing.
pub(super) fn read_until(case: &mut Case<'_>) {
    let mut all = Vec::new();
    let mut start = 0;
    for record in expected_lines(case) {
        let mut buf = b"kept".to_vec();
        loop {
            match case.lines().read_until(b'\n', &mut buf) {
                Ok(n) => {
                    assert_eq!(n + 4, buf.len(), "the count");
                    assert_eq!(buf[4..], record);
                    break;
                }
                Err(error) if is_not_utf8(&error) && case.is_handed_back(&record, false) => {
                    break case.handed_back(&record, start, error);
                }
                Err(error) => case.pass(error),
            }
            assert_eq!(buf, b"kept", "a failed call appended something");
            case.stands_at_bytes(&all);
        }
        all.extend(case.taken(&record, start));
        start += record.len();
        case.stands_at_bytes(&all);
    }
    let mut rest = Vec::new();
    let end = |stream: &mut dyn Stream| stream.lines().read_until(b'x', &mut rest);
    assert_eq!(case.persist(end), 0, "after the last record");
    case.and_the_rest(&all);
}

fn is_not_utf8(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|it| it.downcast_ref());
    matches!(error, Some(Error::NotUtf8 { .. }))
}

/// By a byte that is inside characters, and then by one that is not there.
pub(super) fn read_until_others(case: &mut Case<'_>) {
    if case.row.is_text && first_malformed(&case.cell.content).is_some() {
        // What is malformed is one check's part, what is cut inside a character another's.
        return read_until(case);
    }
    let expected = case.expected();
    let mut all = Vec::new();
    for byte in [0x9f, b'#'] {
        let rest = &expected[all.len()..];
        let found = rest.iter().position(|&it| it == byte);
        let record = &rest[..found.map_or(rest.len(), |at| at + 1)];
        let mut buf = Vec::new();
        loop {
            match case.lines().read_until(byte, &mut buf) {
                Ok(n) => break assert_eq!(n, record.len(), "the count"),
                Err(error) => case.pass(error),
            }
            assert_eq!(buf, b"", "a failed call appended something");
        }
        assert_eq!(buf, record, "up to {byte:#x}");
        all.extend_from_slice(record);
        case.stands_at_bytes(&all);
    }
    case.and_the_rest(&all);
}

/// Behind the record, whatever passes before it is there; the count is that of one call.
pub(super) fn skip_until(case: &mut Case<'_>) {
    let expected = case.expected();
    let expected = split_inclusive(&expected);
    let half = expected.len().div_ceil(2);
    let mut all = Vec::new();
    for record in &expected[..half] {
        let passed = case.passed;
        let n = case.persist(|stream| stream.lines().skip_until(b'\n'));
        match case.passed == passed {
            true => assert_eq!(n, record.len(), "the count"),
            false => assert!(n <= record.len(), "the count"),
        }
        all.extend_from_slice(record);
        case.stands_at_bytes(&all);
    }
    case.and_the_rest(&all);
}

/// All of a line, or nothing; what is no text is handed back with its place.
pub(super) fn read_line(case: &mut Case<'_>) {
    let mut all = Vec::new();
    let mut start = 0;
    for record in expected_lines(case) {
        let mut text = String::from("kept");
        loop {
            match case.lines().read_line(&mut text) {
                Ok(n) => {
                    assert_eq!(n + 4, text.len(), "the count");
                    assert_eq!(text.as_bytes()[4..], record, "{text:?}");
                    break;
                }
                Err(error) if is_not_utf8(&error) => {
                    break case.handed_back(&record, start, error);
                }
                Err(error) => case.pass(error),
            }
            assert_eq!(text, "kept", "a failed call appended something");
            case.stands_at_bytes(&all);
        }
        all.extend(case.taken(&record, start));
        start += record.len();
        case.stands_at_bytes(&all);
    }
    let mut rest = String::new();
    let end = |stream: &mut dyn Stream| stream.lines().read_line(&mut rest);
    assert_eq!(case.persist(end), 0, "after the last line");
    case.and_the_rest(&all);
}

/// std's iterator has every record once, whatever passes, and ends.
pub(super) fn split(case: &mut Case<'_>) {
    items(case, false, |case| {
        case.lines().split(b'\n').next().map(|item| {
            let mut line = item?;
            line.push(b'\n');
            Ok(line)
        })
    });
}

/// std's iterator has every line once, each line that is no text is one error, and it ends.
pub(super) fn lines(case: &mut Case<'_>) {
    items(case, true, |case| {
        case.lines().lines().next().map(|item| {
            let mut line = item?.into_bytes();
            line.push(b'\n');
            Ok(line)
        })
    });
}

/// All items of an iterator, each with an end, are the lines of the content.
fn items(
    case: &mut Case<'_>,
    as_text: bool,
    mut next: impl FnMut(&mut Case<'_>) -> Option<io::Result<Vec<u8>>>,
) {
    let mut expected = expected_lines(case).into_iter().peekable();
    let mut all = Vec::new();
    let mut start = 0;
    while let Some(item) = next(case) {
        let record = expected.peek().cloned().unwrap_or_default();
        match item {
            Ok(_) if record.is_empty() => panic!("it does not end"),
            Ok(line) => {
                let mut whole = record.strip_suffix(b"\n").unwrap_or(&record).to_vec();
                if as_text && whole.ends_with(b"\r") && record.ends_with(b"\n") {
                    whole.pop();
                }
                whole.push(b'\n');
                assert_eq!(line, whole);
            }
            Err(error) if is_not_utf8(&error) && case.is_handed_back(&record, as_text) => {
                case.handed_back(&record, start, error);
            }
            Err(error) => {
                case.pass(error);
                continue;
            }
        }
        expected.next();
        all.extend(case.taken(&record, start));
        start += record.len();
        case.stands_at_bytes(&all);
    }
    assert_eq!(expected.next(), None, "it ended early");
    case.and_the_rest(&all);
}

/// One iterator all the way: what passes over every error comes to the end, and has every line
/// that is text.
pub(super) fn lines_that_are_text(case: &mut Case<'_>) {
    let expected = expected_lines(case);
    let bound = 4 * case.cell.content.len() + 10;
    if !case.cell.is_plain() {
        // The other side goes on only where it is asked to.
        let all = lines_of_a_part(case);
        return case.and_the_rest(&all);
    }
    let mut items = 0;
    let got: Vec<String> = case
        .lines()
        .lines()
        .inspect(|_| items += 1)
        .take(bound)
        .filter_map(Result::ok)
        .collect();
    assert!(items < bound, "it does not end");
    let good = expected.iter().filter_map(|line| str::from_utf8(line).ok());
    let good = good.map(|line| line.trim_end_matches(['\r', '\n']));
    assert_eq!(got, good.collect::<Vec<_>>());
    let rest = case.drain();
    assert_eq!(rest, b"", "after the last line");
}

/// Lines of what `take` lets through; `take` has std's own `read_until`.
fn lines_of_a_part(case: &mut Case<'_>) -> Vec<u8> {
    let half = case.expected().len() / 2;
    let mut all = Vec::new();
    while all.len() < half {
        let missing = (half - all.len()) as u64;
        let outcome = case.lines().take(missing).read_until(b'\n', &mut all);
        match outcome {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => case.pass(error),
        }
    }
    assert!(all.len() <= half, "took more than there was to be taken");
    all
}

/// A line over its limit is one error of std's iterator, which then goes on behind the line.
pub(super) fn over_the_limit(lines: &mut dyn BufRead, at: &str) {
    let mut errors = 0;
    let got: Vec<String> = lines
        .lines()
        .take(20)
        .inspect(|line| match line {
            Ok(_) => {}
            Err(error) => {
                errors += 1;
                let error = error.get_ref().and_then(|it| it.downcast_ref());
                assert!(
                    matches!(error, Some(Error::LineTooLong { limit: 4, .. })),
                    "{at}: {error:?}"
                );
            }
        })
        .filter_map(Result::ok)
        .collect();
    assert_eq!(
        (errors, got),
        (2, vec!["ab".into(), "cd".into(), "".into()]),
        "{at}"
    );
}
