//! What a text stream promises, as functions that are run over every encoding, every policy, every
//! hostile device and every small buffer. `at` names the place in that table; it is in every
//! failure message.

use iolite::text::{LineEnding, TextPosition};
use iolite::{BufferedIo, Error, Line, Result, TextIo, TextIoExt, TextIoWrapper};

use crate::support::contracts::{passes, persist};
use crate::support::devices::Probe;
use crate::text_naive::{Cursor, Next};

/// How text is taken from a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taking {
    NextLine,
    ReadLine,
    ReadChars(usize),
    FillAndConsumeOne,
    FillAndConsumeAll,
    ReadToString,
    /// Tries a line once, and takes a character if there is none yet.
    LineOrCharacter,
    LineWithin(usize),
    Batch,
    SkipLine,
}

impl Taking {
    pub(crate) const ALL: [Taking; 13] = [
        Taking::NextLine,
        Taking::ReadLine,
        Taking::ReadChars(1),
        Taking::ReadChars(3),
        Taking::ReadChars(1000),
        Taking::FillAndConsumeOne,
        Taking::FillAndConsumeAll,
        Taking::ReadToString,
        Taking::LineOrCharacter,
        Taking::LineWithin(1),
        Taking::LineWithin(3),
        Taking::Batch,
        Taking::SkipLine,
    ];

    /// Takes the next text in this way and checks it; `false` at the end.
    fn take<B: BufferedIo>(
        self,
        text: &mut TextIoWrapper<B>,
        cursor: &mut Cursor<'_>,
        at: &str,
    ) -> bool {
        match self {
            Taking::NextLine => return next_line(text, cursor, at),
            Taking::ReadLine => return read_line(text, cursor, at),
            // A seek into a pair would make its second half a line end of its own.
            Taking::LineOrCharacter if cursor.is_in_a_pair() || !blocked(text) => {
                return next_line(text, cursor, at);
            }
            Taking::LineWithin(max) => return line_within(text, max, cursor, at),
            Taking::Batch => return batch(text, cursor, at),
            Taking::SkipLine => return skip_line(text, cursor, at),
            _ => {}
        }
        let mut got = String::new();
        let outcome = persist(at, || self.append(text, &mut got));
        for ch in got.chars() {
            assert_eq!(Some(ch), cursor.clone().char(), "{at}: text {got:?}");
            cursor.char();
        }
        let next = match outcome {
            // An end, unless there was text before it.
            Ok(_) if got.is_empty() => Next::End,
            Ok(_) => return true,
            Err(error) => bad(error, at),
        };
        assert_eq!(next, cursor.bad(), "{at}: behind {got:?}");
        next != Next::End
    }

    /// One call; what it appends stays even if it fails.
    fn append<B: BufferedIo>(self, text: &mut TextIoWrapper<B>, got: &mut String) -> Result<usize> {
        match self {
            Taking::NextLine
            | Taking::ReadLine
            | Taking::LineWithin(_)
            | Taking::Batch
            | Taking::SkipLine => unreachable!("they have an oracle of their own"),
            Taking::ReadChars(n) => {
                let before = got.len();
                let count = text.read_chars(n, got)?;
                assert_eq!(got[before..].chars().count(), count, "the count");
                assert!(count <= n, "{count} characters of {n}");
                Ok(count)
            }
            Taking::ReadToString => {
                let before = got.len();
                let count = text.read_to_string(got)?;
                assert!(count <= got.len() - before, "the count");
                Ok(count)
            }
            Taking::FillAndConsumeOne | Taking::FillAndConsumeAll | Taking::LineOrCharacter => {
                let piece = text.fill_str()?;
                let one = piece.chars().next().map_or(0, char::len_utf8);
                let n = match self {
                    Taking::FillAndConsumeAll => piece.len(),
                    _ => one,
                };
                got.push_str(&piece[..n]);
                text.consume(n);
                Ok(n)
            }
        }
    }
}

/// Whether the next line is not there yet: then the attempt to take it changed nothing.
fn blocked<B: BufferedIo>(text: &mut TextIoWrapper<B>) -> bool {
    let Ok(place) = text.tell() else { return false };
    if place == TextPosition::START || text.byte_offset() == 0 {
        // A missing mark would be missed twice.
        return false;
    }
    match text.next_line() {
        Err(error) if passes(&error) => true,
        // The line was there: go back to it, where that is possible.
        _ => {
            text.seek(place).expect("a place that was told");
            false
        }
    }
}

fn next_line<B: BufferedIo>(
    text: &mut TextIoWrapper<B>,
    cursor: &mut Cursor<'_>,
    at: &str,
) -> bool {
    let outcome = persist(at, || Ok(text.next_line()?.map(owned)));
    let next = outcome.map_or_else(|error| bad(error, at), |next| next.unwrap_or(Next::End));
    assert_eq!(next, cursor.line(), "{at}: next_line");
    next != Next::End
}

/// A line as the oracle names it.
fn owned(line: Line<'_>) -> Next {
    Next::Line {
        text: line.as_str().to_owned(),
        ending: line.ending(),
        terminator: line.terminator(),
    }
}

fn line_within<B: BufferedIo>(
    text: &mut TextIoWrapper<B>,
    max: usize,
    cursor: &mut Cursor<'_>,
    at: &str,
) -> bool {
    let outcome = persist(at, || Ok(text.next_line_part(max)?.map(owned)));
    let next = outcome.map_or_else(|error| bad(error, at), |next| next.unwrap_or(Next::End));
    assert_eq!(next, cursor.line_within(max), "{at}: next_line_part");
    next != Next::End
}

/// A batch is the lines that would come one by one.
fn batch<B: BufferedIo>(text: &mut TextIoWrapper<B>, cursor: &mut Cursor<'_>, at: &str) -> bool {
    match persist(at, || text.next_batch()) {
        Ok(Some(batch)) => {
            for (index, line) in batch.iter().enumerate() {
                assert_eq!(owned(line), cursor.line(), "{at}: line {index} of a batch");
                assert_eq!(batch.get(index), Some(line), "{at}: line {index} by index");
            }
            true
        }
        Ok(None) => {
            assert_eq!(cursor.line(), Next::End, "{at}: no batch");
            false
        }
        Err(error) => {
            assert_eq!(bad(error, at), cursor.line(), "{at}: next_batch");
            true
        }
    }
}

fn skip_line<B: BufferedIo>(
    text: &mut TextIoWrapper<B>,
    cursor: &mut Cursor<'_>,
    at: &str,
) -> bool {
    match persist(at, || text.skip_line()) {
        Ok(ending) => {
            let got = Next::Line {
                text: String::new(),
                ending,
                terminator: "",
            };
            assert_eq!(got, cursor.skip(), "{at}: skip_line");
            ending != LineEnding::None
        }
        Err(error) => {
            assert_eq!(bad(error, at), cursor.skip(), "{at}: skip_line");
            true
        }
    }
}

/// A failed `read_line` appends nothing.
fn read_line<B: BufferedIo>(
    text: &mut TextIoWrapper<B>,
    cursor: &mut Cursor<'_>,
    at: &str,
) -> bool {
    let mut got = String::from("kept");
    let outcome = persist(at, || {
        let outcome = text.read_line(&mut got);
        let kept = outcome.is_ok() || got == "kept";
        assert!(kept, "{at}: a failed call appended something: {got:?}");
        outcome
    });
    let (got, count) = (&got["kept".len()..], outcome.as_ref().map_or(0, |&n| n));
    assert_eq!(got.len(), count, "{at}: the count of read_line");
    let next = cursor.line();
    let ended = next == Next::End;
    match (next, outcome) {
        (
            Next::Line {
                text, terminator, ..
            },
            Ok(_),
        ) => {
            assert_eq!(got, text + terminator, "{at}: read_line");
        }
        (next, Ok(_)) => assert_eq!((next, got), (Next::End, ""), "{at}: read_line"),
        (next, Err(error)) => assert_eq!(next, bad(error, at), "{at}: read_line"),
    }
    !ended
}

/// A decode error as the oracle names it.
fn bad(error: Error, at: &str) -> Next {
    match error {
        Error::Decode { offset, bytes, .. } => Next::Bad { offset, bytes },
        error => panic!("{at}: {error}"),
    }
}

/// Text, line ends, errors and byte offsets are those of the oracle, whatever the way text is
/// taken; and the end is an empty answer as often as one asks. `choose` gives the way.
pub(crate) fn reading<B: BufferedIo>(
    text: &mut TextIoWrapper<B>,
    mut choose: impl FnMut() -> Taking,
    mut cursor: Cursor<'_>,
    length: usize,
    at: &str,
) {
    let (seen, from) = (text.newlines(), cursor.at);
    loop {
        let way = choose();
        let at = format!("{at}, {way:?} at event {}", cursor.at);
        if !way.take(text, &mut cursor, &at) {
            break;
        }
        // Whoever looks for more text moves behind malformed bytes that are ignored at the end.
        let ended = cursor.at == cursor.events.len() && text.byte_offset() == length as u64;
        assert!(
            ended || text.byte_offset() == cursor.offset(),
            "{at}: the offset is {}, not {}",
            text.byte_offset(),
            cursor.offset(),
        );
        let seen = seen.iter().chain(cursor.seen(from)).collect();
        assert_eq!(text.newlines(), seen, "{at}: what line ends were seen");
    }
    assert_eq!(text.byte_offset(), length as u64, "{at}: the offset, end");
    for way in Taking::ALL {
        let at = format!("{at}, {way:?} behind the end");
        assert!(!way.take(text, &mut cursor, &at), "{at}: something");
    }
}

/// `seek(tell())` changes nothing at any character, at any line and after any error: what follows
/// is what followed. Positions survive being written down.
pub(crate) fn positions<B: BufferedIo>(
    text: &mut TextIoWrapper<B>,
    step: Taking,
    cursor: Cursor<'_>,
    length: usize,
    at: &str,
) {
    let mut places = Vec::new();
    let mut front = cursor.clone();
    loop {
        let here = text.tell().unwrap_or_else(|e| panic!("{at}: {e}"));
        places.push((here, front.at));
        if !step.take(text, &mut front, at) {
            break;
        }
    }
    for (place, events) in places.into_iter().rev() {
        let at = format!("{at}, back to {place} before event {events}");
        let place: TextPosition = place.to_string().parse().expect("what Display wrote");
        text.seek(place).unwrap_or_else(|e| panic!("{at}: {e}"));
        // The start is the start: a mark that is missing is missed again.
        let inside = place.to_string().starts_with("0/0/");
        let (place, again) = match offset(place) {
            0 if !inside => (TextPosition::START, 0),
            _ => (place, events),
        };
        assert_eq!(text.tell().ok(), Some(place), "{at}: tell behind seek");
        let behind = Cursor {
            at: again,
            ..cursor.clone()
        };
        reading(text, || Taking::ReadChars(7), behind, length, &at);
    }
}

/// Writes `text` in pieces of `size` characters. Whatever passing errors the device has, the
/// caller learns how much was taken, and goes on exactly there: `WouldBlock` says it, after any
/// other error `tell` does. `bytes_of` gives the length in bytes of the written start of a text.
pub(crate) fn writing<B: BufferedIo>(
    stream: &mut TextIoWrapper<B>,
    text: &str,
    size: usize,
    bytes_of: impl Fn(&str) -> u64,
    at: &str,
) {
    let mut sent = 0;
    let mut patience = 10_000;
    while sent < text.len() {
        let piece = &text[sent..];
        let end = piece
            .char_indices()
            .nth(size)
            .map_or(piece.len(), |(i, _)| i);
        let piece = &piece[..end];
        sent += match stream.write_str(piece) {
            Ok(()) => piece.len(),
            Err(Error::WouldBlock { written }) => {
                assert!(piece.is_char_boundary(written), "{at}: half a character");
                written
            }
            Err(error) if passes(&error) => {
                let told = persist(at, || stream.tell()).expect("a position");
                taken(
                    piece,
                    offset(told),
                    |some| bytes_of(&[&text[..sent], some].concat()),
                    at,
                )
            }
            Err(error) => panic!("{at}: {error}"),
        };
        patience -= 1;
        assert!(patience > 0, "{at}: no progress behind byte {sent}");
    }
}

/// How much of `piece` was taken, in bytes of UTF-8, if the stream now stands at `offset`.
fn taken(piece: &str, offset: u64, bytes_of: impl Fn(&str) -> u64, at: &str) -> usize {
    let ends = piece.char_indices().map(|(i, _)| i).chain([piece.len()]);
    let fitting: Vec<usize> = ends.filter(|&i| bytes_of(&piece[..i]) == offset).collect();
    // Characters without bytes (ignored ones) make several ends fit; the last took them all.
    let last = fitting.last().copied();
    last.unwrap_or_else(|| panic!("{at}: byte {offset} is inside a character of {piece:?}"))
}

/// The byte offset of a position: the first number of what it is written as.
pub(crate) fn offset(position: TextPosition) -> u64 {
    let written = position.to_string();
    let first = written.split('/').next().and_then(|n| n.parse().ok());
    first.unwrap_or_else(|| panic!("a position without a number: {written}"))
}

/// Flushes, whatever passing errors come, and looks at what the device has.
pub(crate) fn flushed<B: BufferedIo>(
    stream: &mut TextIoWrapper<B>,
    probe: &Probe,
    expected: &[u8],
    at: &str,
) {
    persist(at, || stream.flush()).unwrap_or_else(|e| panic!("{at}: {e}"));
    assert_eq!(probe.content(), expected, "{at}: what the device has");
}
