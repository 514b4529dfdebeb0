//! What a stream of text promises about the text that is read from it.

use super::persist::must;
use crate::text::{Line, TextIo};

/// A way to take text; the number is the most that one call takes, in characters.
#[derive(Clone, Copy, Debug)]
enum TextTaking {
    NextLine,
    NextLinePart(usize),
    ReadLine,
    FillAndConsumeOne,
    FillAndConsumeAll,
    ReadToString,
}

use TextTaking::{
    FillAndConsumeAll, FillAndConsumeOne, NextLine, NextLinePart, ReadLine, ReadToString,
};

const WAYS: [TextTaking; 8] = [
    NextLine,
    NextLinePart(1),
    NextLinePart(3),
    NextLinePart(1000),
    ReadLine,
    FillAndConsumeOne,
    FillAndConsumeAll,
    ReadToString,
];

/// Reads a stream of text of your own to its end in every way that there is, and asserts that all
/// of `text` arrives.
///
/// `open` gives the stream anew each time. `text` is what reading gives. Its lines end with `\n`
/// only: a stream that leaves other line ends as they are is tested with text that has none. Errors
/// [that pass](super::is_transient) must lose nothing, and the end must be an empty result however
/// often it is read. Where the stream seeks, it goes back to each place that `tell` returned. `at`
/// names the case in every failure message.
///
/// # Panics
///
/// If a character is lost, changed or read twice, if a line ends in the wrong place, if the stream
/// never ends, or if a place from `tell` is not found again.
///
/// # Examples
///
/// ```
/// use iolite::StringIo;
/// use iolite::testing::assert_reads_text;
///
/// let text = "one\n\nthrée\nno newline";
/// assert_reads_text(|| StringIo::from(text), text, "StringIo");
/// ```
pub fn assert_reads_text<T: TextIo>(open: impl Fn() -> T, text: &str, at: &str) {
    for way in WAYS {
        let at = format!("{at}, {way:?}");
        read_to_end(&mut open(), |_| way, text, &at);
    }
    let at = format!("{at}, all ways in turn");
    read_to_end(&mut open(), |n| WAYS[n % WAYS.len()], text, &at);
    let mut stream = open();
    if stream.seekable() {
        goes_back(&mut stream, text, &at);
    }
}

fn read_to_end(
    stream: &mut impl TextIo,
    choose: impl Fn(usize) -> TextTaking,
    text: &str,
    at: &str,
) {
    let mut rest = text;
    for call in 0.. {
        let way = choose(call);
        let piece = take(stream, way, at);
        if piece.is_empty() {
            assert_eq!(rest, "", "{at}: it ended early");
            assert!(
                WAYS.iter().all(|&way| take(stream, way, at).is_empty()),
                "{at}: after the end"
            );
            return;
        }
        let Some(left) = rest.strip_prefix(&*piece) else {
            panic!("{at}: {piece:?} of {rest:?}");
        };
        if let NextLine | ReadLine = way {
            let line = rest.find('\n').map_or(rest.len(), |end| end + 1);
            assert_eq!(piece.len(), line, "{at}: where the line ends: {piece:?}");
        }
        rest = left;
    }
}

/// The next text in this way; empty at the end.
fn take(stream: &mut impl TextIo, way: TextTaking, at: &str) -> String {
    let whole = |line: Option<Line<'_>>| {
        line.map_or(String::new(), |line| {
            [line.as_str(), line.terminator()].concat()
        })
    };
    let mut text = String::new();
    match way {
        NextLine => return must(at, || Ok(whole(stream.next_line()?))),
        NextLinePart(max) => {
            text = must(at, || Ok(whole(stream.next_line_part(max)?)));
            assert!(
                text.chars().count() <= max,
                "{at}: more than {max} characters"
            );
        }
        ReadLine => drop(must(at, || stream.read_line(&mut text))),
        ReadToString => drop(must(at, || stream.read_to_string(&mut text))),
        FillAndConsumeOne | FillAndConsumeAll => {
            text = must(at, || Ok(stream.fill_str()?.to_owned()));
            if let FillAndConsumeOne = way {
                text.truncate(text.chars().next().map_or(0, char::len_utf8));
            }
            stream.consume(text.len());
        }
    }
    text
}

/// Each place is taken by `tell`, left, and found again.
fn goes_back(stream: &mut impl TextIo, text: &str, at: &str) {
    let places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    for place in places.step_by(text.chars().count() / 50 + 1) {
        must(at, || stream.seek(crate::text::TextPosition::START));
        let mut before = 0;
        while before < place {
            before += take(stream, FillAndConsumeOne, at).len();
        }
        let told = must(at, || stream.tell());
        for _ in 0..2 {
            let rest = take(stream, ReadToString, at);
            assert_eq!(
                rest,
                text[place..],
                "{at}: from {told}, character at {place}"
            );
            must(at, || stream.seek(told));
        }
    }
}
