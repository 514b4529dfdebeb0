//! Devices that never do what they say: each call is a typed error and not one without end.

use std::io::{BufRead, IoSlice, IoSliceMut, Read};

use iolite::Error;

use super::case::{Case, root};
use super::rows::Trait;
use super::writing::taken;

/// So many items are asked of an iterator, and so often a call is repeated.
const ROUNDS: usize = 5;

/// A device that claims more than it was given room for, at every read: its bytes do not count.
pub(super) fn reading(case: &mut Case<'_>) {
    let mut all = Vec::new();
    let mut text = String::new();
    for _ in 0..ROUNDS {
        let mut buf = [0; 3];
        bad_count("read", case.reader().read(&mut buf));
        let mut slices = [IoSliceMut::new(&mut buf)];
        bad_count("read_vectored", case.reader().read_vectored(&mut slices));
        bad_count("read_exact", case.reader().read_exact(&mut [0; 2]));
        bad_count("read_to_end", case.reader().read_to_end(&mut all));
        bad_count("read_to_string", case.reader().read_to_string(&mut text));
        bad_count("take", case.reader().take(3).read_to_end(&mut all));
        let chained = case.reader().chain(&b"x"[..]).read_to_end(&mut all);
        bad_count("chain", chained);
        for item in case.reader().bytes().take(ROUNDS) {
            bad_count("bytes", item);
        }
    }
    if case.row.has(Trait::BufRead) {
        bad_count("fill_buf", case.lines().fill_buf().map(<[u8]>::len));
        bad_count("read_until", case.lines().read_until(b'x', &mut all));
        bad_count("skip_until", case.lines().skip_until(b'x'));
        bad_count("read_line", case.lines().read_line(&mut text));
        for item in case.lines().split(b'x').take(ROUNDS) {
            bad_count("split", item);
        }
        for item in case.lines().lines().take(ROUNDS) {
            bad_count("lines", item);
        }
    }
    assert_eq!((all, text), (Vec::new(), String::new()), "its bytes count");
}

fn bad_count<T: std::fmt::Debug>(call: &str, outcome: std::io::Result<T>) {
    match outcome.map_err(Error::from) {
        Err(error) if matches!(root(&error), Error::BadCount { .. }) => {}
        outcome => panic!("{call} says {outcome:?}"),
    }
}

/// A device that takes nothing, or claims that it took too much, at every write: the call itself
/// says so, or the flush, if something was taken that is pending.
pub(super) fn writing(case: &mut Case<'_>) {
    let content = case.cell.content.clone();
    let mut pending = 0;
    for _ in 0..ROUNDS {
        pending += counted("write", case.writer().write(&content));
        let slices = [IoSlice::new(&content), IoSlice::new(b"x")];
        pending += counted("write_vectored", case.writer().write_vectored(&slices));
        let whole = case.writer().write_all(&content);
        pending += counted("write_all", whole.map(|()| content.len()));
        let whole = write!(case.writer(), "{content:?}");
        pending += counted("write_fmt", whole.map(|()| 1));
        match case.writer().flush().map_err(Error::from) {
            Ok(()) => assert_eq!(pending, 0, "the device took nothing of it"),
            Err(error) => assert!(is_typed(&error), "flush says {error:?}"),
        }
    }
}

/// How much the call took.
fn counted(call: &str, outcome: std::io::Result<usize>) -> usize {
    outcome.map_err(Error::from).unwrap_or_else(|error| {
        assert!(is_typed(&error), "{call} says {error:?}");
        taken(&error)
    })
}

fn is_typed(error: &Error) -> bool {
    matches!(
        root(error),
        Error::BadCount { .. } | Error::NoProgress { .. }
    )
}
