//! The methods of `Write`, one check each. What a failed call says it took, and what the calls
//! before it took, is what the other side finally has.

use std::fmt;
use std::io::{self, IoSlice, Write};
use std::str;

use iolite::Error;

use super::case::Case;
use super::rows::{Takes, Trait};
use super::stream::Stream;

/// In how many bytes the content is given.
const SIZES: [usize; 4] = [1, 5, 16, usize::MAX];

/// A piece of text that is none.
const EMPTY: &str = "";

/// How much of the bytes of one call was taken when it failed.
pub(super) fn taken(error: &Error) -> usize {
    match error {
        Error::WouldBlock { written } | Error::WriteFailed { written, .. } => *written,
        Error::Combined { first, .. } => taken(first),
        _ => 0,
    }
}

/// Gives all of the content, by calls that say what they took; the other side has it, and the
/// position counts it.
fn all(case: &mut Case<'_>, mut give: impl FnMut(&mut dyn Stream, &[u8]) -> Result<usize, Error>) {
    let content = case.cell.content.clone();
    let mut sizes = SIZES.into_iter().cycle();
    let mut given = 0;
    while given < content.len() {
        let rest = &content[given..];
        let piece = &rest[..rest.len().min(sizes.next().expect("there is always one"))];
        match give(case.stream(), piece) {
            Ok(0) => panic!("took nothing of {} bytes, and says so", piece.len()),
            Ok(n) => {
                assert!(n <= piece.len(), "took {n} of {} bytes", piece.len());
                given += n;
            }
            Err(error) => {
                let n = taken(&error);
                assert!(n <= piece.len(), "took {n} of {} bytes", piece.len());
                given += n;
                case.pass(error.into());
            }
        }
        if case.row.has(Trait::Seek) {
            case.stands_at(given);
        }
    }
    arrived(case, &content);
}

/// After a flush that succeeds the other side has all of it.
fn arrived(case: &mut Case<'_>, content: &[u8]) {
    case.persist(|stream| stream.write().flush());
    let seen = case.seen();
    if seen != content {
        let same = seen
            .iter()
            .zip(content)
            .take_while(|(one, other)| one == other);
        panic!(
            "{} of {} bytes arrived, the first {} of them right: {:.80}",
            seen.len(),
            content.len(),
            same.count(),
            seen.escape_ascii().to_string()
        );
    }
    case.stands_at(content.len());
    case.said_all(content.len());
}

/// An error took nothing.
pub(super) fn write(case: &mut Case<'_>) {
    all(case, |stream, piece| {
        stream.write().write(piece).map_err(nothing_taken)
    });
}

fn nothing_taken(error: io::Error) -> Error {
    let error = Error::from(error);
    assert_eq!(
        taken(&error),
        0,
        "a write that failed and took something: {error:?}"
    );
    error
}

/// An error took nothing. Where memory is, all slices are taken, and as much as the buffer has
/// room for where one is.
pub(super) fn write_vectored(case: &mut Case<'_>) {
    let mut pending = 0;
    let (takes, plain) = (case.row.takes, case.cell.is_plain());
    let capacity = case.cell.capacity;
    all(case, |stream, piece| {
        let (one, rest) = piece.split_at(piece.len().min(1));
        let (two, rest) = rest.split_at(rest.len().min(3));
        let slices = [b"", one, b"", two, rest, b""].map(IoSlice::new);
        let n = stream
            .write()
            .write_vectored(&slices)
            .map_err(nothing_taken)?;
        let fits = match takes {
            Takes::All => piece.len(),
            Takes::UpToTheBuffer => piece.len().min(capacity.saturating_sub(pending)),
            Takes::Some(_) => 1,
        };
        assert!(n >= fits || !plain, "took {n} bytes where {fits} fit");
        pending += n;
        Ok(n)
    });
}

/// More slices than the system takes at once are no error.
pub(super) fn many_slices(case: &mut Case<'_>) {
    all(case, |stream, piece| {
        let empty = [IoSlice::new(b""); 3000];
        let mut slices = empty.to_vec();
        slices.extend(piece.chunks(1).map(IoSlice::new));
        slices.extend(empty);
        stream
            .write()
            .write_vectored(&slices)
            .map_err(nothing_taken)
    });
}

/// An error says how much was taken.
pub(super) fn write_all(case: &mut Case<'_>) {
    all(case, |stream, piece| {
        stream.write().write_all(piece)?;
        Ok(piece.len())
    });
}

/// The count of an error is that of the whole text, whichever piece of it failed.
pub(super) fn write_fmt(case: &mut Case<'_>) {
    all(case, |stream, piece| {
        let Ok(text) = str::from_utf8(piece) else {
            // The rest of a character that was cut by the call before, or by the size.
            stream.write().write_all(piece)?;
            return Ok(piece.len());
        };
        let mut cut = text.len() / 2;
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        let (head, tail) = text.split_at(cut);
        let (tail, last) = match tail.chars().next_back() {
            Some(ch) => (&tail[..tail.len() - ch.len_utf8()], Some(ch)),
            None => (tail, None),
        };
        let last = last.map(String::from).unwrap_or_default();
        write!(stream.write(), "{head}{tail}{EMPTY}{last}")?;
        Ok(piece.len())
    });
}

/// A text that cannot be made is an error, or a panic as std's; what was written before it is
/// counted, and the stream goes on.
pub(super) fn write_fmt_that_fails(case: &mut Case<'_>) {
    struct Unwilling;
    impl fmt::Display for Unwilling {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    if case.cell.content.is_empty() {
        return case.skip("there is no text before the failure");
    }
    let content = case.cell.content.clone();
    let text = str::from_utf8(&content).unwrap_or("text");
    let stream = case.stream();
    let call = std::panic::AssertUnwindSafe(|| write!(stream.write(), "{text}{Unwilling}"));
    let outcome = std::panic::catch_unwind(call);
    assert!(!matches!(outcome, Ok(Ok(()))), "a text that was not made");
    case.stands_at(text.len());
    arrived(case, text.as_bytes());
}

/// What was begun through `by_ref` goes on in the stream.
pub(super) fn by_ref(case: &mut Case<'_>) {
    all(case, |stream, piece| {
        let mut writer = stream.write();
        Write::by_ref(&mut writer).write_all(piece)?;
        Ok(piece.len())
    });
}

/// Writing nothing changes nothing: not the position, not the content; and what the device would
/// say about bytes nobody gave is not said.
pub(super) fn nothing(case: &mut Case<'_>) {
    let content = case.cell.content.clone();
    let plain = case.cell.is_plain();
    if content.len() > 1000 && !plain {
        return case.skip("it is written ten bytes at a time, which takes too long");
    }
    let mut given = 0;
    loop {
        for call in [
            |stream: &mut dyn Stream| stream.write().write(b"").map(|n| assert_eq!(n, 0)),
            |stream: &mut dyn Stream| stream.write().write_all(b""),
            |stream: &mut dyn Stream| stream.write().write_vectored(&[]).map(|n| assert_eq!(n, 0)),
            |stream: &mut dyn Stream| {
                let slices = [IoSlice::new(b""), IoSlice::new(b"")];
                stream
                    .write()
                    .write_vectored(&slices)
                    .map(|n| assert_eq!(n, 0))
            },
            |stream: &mut dyn Stream| write!(stream.write(), ""),
            |stream: &mut dyn Stream| write!(stream.write(), "{EMPTY}{EMPTY}"),
        ] {
            match call(case.stream()) {
                Ok(()) => {}
                // A device without a buffer is asked, and may have an answer.
                Err(error) if case.cell.capacity == 0 && !plain => {
                    let error = nothing_taken(error);
                    let zero = matches!(error, Error::NoProgress { .. });
                    assert!(!zero, "no progress with nothing to do");
                    case.pass(error.into());
                }
                Err(error) => panic!("writing nothing: {error}"),
            }
            case.stands_at(given);
        }
        if given == content.len() {
            break;
        }
        let most = (content.len() - given).min(10);
        given += case.persist(|stream| stream.write().write(&content[given..given + most]));
    }
    arrived(case, &content);
    if case.row.has(Trait::Seek) && plain && !content.is_empty() {
        beyond_the_end(case, &content);
    }
}

/// No gap before the position is filled.
fn beyond_the_end(case: &mut Case<'_>, content: &[u8]) {
    let seek = |stream: &mut dyn Stream| stream.seek().seek_relative(20);
    case.persist(seek);
    case.persist(|stream| stream.write().write(b"").map(drop));
    case.persist(|stream| stream.write().write_all(b""));
    case.persist(|stream| {
        stream
            .write()
            .write_vectored(&[IoSlice::new(b"")])
            .map(drop)
    });
    case.persist(|stream| write!(stream.write(), ""));
    case.persist(|stream| stream.write().flush());
    case.stands_at(content.len() + 20);
    let seen = case.seen();
    assert_eq!(
        seen.len(),
        content.len(),
        "the end after writing nothing behind it"
    );
}
