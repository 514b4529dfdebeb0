//! What is decoded here: bytes in any encoding, whole and damaged, cut anywhere, and what a stream
//! over all of them gives.

use iolite::text::{LineEnding, TextPosition};
use iolite::{
    BufferedReader, BytesIo, Encoding, Error, ErrorPolicy, Newline, TextIo, TextIoWrapper,
    TextOptions,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::text_naive::NEWLINES;
use crate::text_policies::POLICIES;

/// Bytes, how they are read, and in what pieces they come.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) options: TextOptions,
    pub(crate) bytes: Vec<u8>,
    pub(crate) pieces: Vec<usize>,
}

impl Input {
    /// The bytes piece by piece; after the sizes that were drawn, what is left.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &*self.bytes;
        let mut sizes = self.pieces.iter();
        std::iter::from_fn(move || {
            let n = sizes.next().map_or(rest.len(), |n| rest.len().min(*n));
            let (piece, after) = rest.split_at(n);
            rest = after;
            (n > 0 || !rest.is_empty()).then_some(piece)
        })
    }
}

/// Some encodings are met more often: the ones with a fast way, and one of every kind.
pub(crate) fn encodings() -> impl Strategy<Value = Encoding> {
    const OFTEN: [Encoding; 7] = [
        Encoding::UTF_8,
        Encoding::UTF_8_SIG,
        Encoding::ASCII,
        Encoding::LATIN_1,
        Encoding::UTF_16,
        Encoding::UTF_7,
        Encoding::WINDOWS_1252,
    ];
    let all: Vec<Encoding> = Encoding::all().collect();
    prop_oneof![select(OFTEN.as_slice()), select(all)]
}

/// Policies that the encoding can keep.
pub(crate) fn policy(encoding: Encoding, index: Index) -> ErrorPolicy {
    let mut can: Vec<ErrorPolicy> = POLICIES.into();
    can.retain(|&errors| encoding.decode_with(b"", errors, Newline::Lf).is_ok());
    can[index.index(can.len())]
}

/// Text of every script, and line ends of every kind.
const WORDS: &[&str] = &[
    "a",
    "+-",
    "\\~",
    "é",
    "\r\n",
    "жя",
    "\n",
    "€",
    "\u{1f600}",
    "日本",
    "アｱ",
    "か\u{309a}",
    "\r",
    "æ\u{300}",
    "Ê\u{304}",
    "˩˥",
    "¥‾",
    "한갂",
    "αšū",
    "אاก",
    "\u{a0}\u{2028}",
    "a line of ASCII",
    "\n",
    "\r\n",
    "\u{10fee9}",
];

pub(crate) fn texts() -> impl Strategy<Value = String> {
    vec(select(WORDS), 0..40).prop_map(|words| words.concat())
}

/// As much of a text as an encoding has.
pub(crate) fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let bytes = encoding.encode_with(text, ErrorPolicy::Ignore, Newline::Lf);
    bytes.unwrap().into_owned()
}

pub(crate) fn inputs() -> impl Strategy<Value = Input> {
    let damage = vec((any::<Index>(), any::<u8>()), 0..6);
    let limit = prop_oneof![4 => Just(None), 1 => (0_usize..30).prop_map(Some)];
    let sizes = vec(prop_oneof![0_usize..4, 1_usize..40], 0..60);
    let how = (encodings(), any::<Index>(), select(&NEWLINES[..]), limit);
    (how, texts(), damage, sizes).prop_map(|(how, text, damage, pieces)| {
        let (encoding, errors, newline, limit) = how;
        let mut bytes = encoded(&text, encoding);
        for (at, byte) in damage {
            bytes.insert(at.index(bytes.len() + 1), byte);
        }
        let options = TextOptions::new()
            .encoding(encoding)
            .errors(policy(encoding, errors))
            .newline(newline)
            .line_limit(limit);
        Input {
            options,
            bytes,
            pieces,
        }
    })
}

/// Without a limit for lines.
pub(crate) fn unlimited() -> impl Strategy<Value = Input> {
    inputs().prop_map(|input| Input {
        options: input.options.line_limit(None),
        ..input
    })
}

/// What a reader of lines meets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    Line {
        text: String,
        ending: LineEnding,
        terminator: &'static str,
    },
    TooLong,
    Skipped(LineEnding),
    Bad {
        offset: u64,
        bytes: Vec<u8>,
        reason: &'static str,
    },
}

/// An event, and the place after it.
pub(crate) type Placed = (Event, TextPosition);

/// An error as an event.
pub(crate) fn failed(error: Error) -> Event {
    match error {
        Error::Decode {
            offset,
            bytes,
            reason,
            ..
        } => Event::Bad {
            offset,
            bytes,
            reason,
        },
        Error::LineTooLong { .. } => Event::TooLong,
        error => panic!("{error}"),
    }
}

/// What a stream over all bytes gives: lines, of those that are too long only that, and errors.
pub(crate) fn of_stream(input: &Input) -> Vec<Placed> {
    let buffer = BufferedReader::new(BytesIo::from(input.bytes.clone()));
    let mut text = TextIoWrapper::with_options(buffer, input.options);
    let (mut events, mut is_too_long) = (Vec::new(), false);
    loop {
        let event = if is_too_long {
            text.skip_line().map(|ending| Some(Event::Skipped(ending)))
        } else {
            text.next_line().map(|line| {
                line.map(|line| Event::Line {
                    text: line.as_str().to_owned(),
                    ending: line.ending(),
                    terminator: line.terminator(),
                })
            })
        };
        let event = match event {
            Ok(None) => return events,
            Ok(Some(event)) => event,
            Err(error) => failed(error),
        };
        is_too_long = match event {
            Event::TooLong => true,
            // The rest of the line follows malformed bytes.
            Event::Bad { .. } => is_too_long,
            _ => false,
        };
        events.push((event, text.tell().unwrap()));
    }
}

/// What a stream over all bytes gives as text: what lies between errors, and the errors.
pub(crate) fn text_of_stream(input: &Input) -> (Vec<String>, Vec<Event>) {
    let buffer = BufferedReader::new(BytesIo::from(input.bytes.clone()));
    let mut stream = TextIoWrapper::with_options(buffer, input.options);
    let (mut texts, mut errors) = (vec![String::new()], Vec::new());
    while let Err(error) = stream.read_to_string(texts.last_mut().unwrap()) {
        errors.push(failed(error));
        texts.push(String::new());
    }
    (texts, errors)
}
