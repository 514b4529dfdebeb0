//! The oracles of the text floor: what bytes say in an encoding, all at once and character by
//! character, with std only.

use iolite::{LineEnding, Newline, OnError};

/// The bytes 0x80 to 0x9f of windows-1252; the rest is Latin-1. U+FFFD: no character.
const CP1252: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";
/// The bytes 0x80 to 0xff of KOI8-R.
const KOI8_R: &str = "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓⌠■∙√≈≤≥\u{a0}⌡°²·÷═║╒ё╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡Ё╢╣╤╥╦╧╨╩╪╫╬©\
                      юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ";

/// All encodings that are there with these features, by name.
pub(crate) fn encodings() -> Vec<&'static str> {
    let mut all = vec![
        "utf-8",
        "utf-8-sig",
        "ascii",
        "latin-1",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
    ];
    if cfg!(feature = "encodings") {
        all.extend(["cp1252", "koi8-r"]);
    }
    all
}

pub(crate) const NEWLINES: [Newline; 6] = [
    Newline::Universal,
    Newline::Keep,
    Newline::Lf,
    Newline::Cr,
    Newline::CrLf,
    Newline::Native,
];

pub(crate) const POLICIES: [OnError; 3] = [OnError::Strict, OnError::Ignore, OnError::Replace];

/// What a reader meets, in order. `end` is the byte offset behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Char {
        ch: char,
        end: u64,
    },
    Bad {
        offset: u64,
        bytes: Vec<u8>,
        end: u64,
    },
}

impl Event {
    pub(crate) fn end(&self) -> u64 {
        match self {
            Event::Char { end, .. } | Event::Bad { end, .. } => *end,
        }
    }
}

/// The character at the start of `rest`, which is not empty, or how many bytes are none.
fn character(encoding: &str, rest: &[u8]) -> (Option<char>, usize) {
    let byte = rest[0];
    match encoding {
        "ascii" => (byte.is_ascii().then_some(byte.into()), 1),
        "latin-1" => (Some(byte.into()), 1),
        "cp1252" if (0x80..0xa0).contains(&byte) => {
            let ch = CP1252.chars().nth(usize::from(byte) - 0x80);
            (ch.filter(|&ch| ch != '\u{fffd}'), 1)
        }
        "cp1252" => (Some(byte.into()), 1),
        "koi8-r" if byte >= 0x80 => (KOI8_R.chars().nth(usize::from(byte) - 0x80), 1),
        "koi8-r" => (Some(byte.into()), 1),
        "utf-16-le" | "utf-16-be" => utf_16_character(encoding, rest),
        _ => utf_8_character(rest),
    }
}

fn utf_8_character(rest: &[u8]) -> (Option<char>, usize) {
    for n in 1..=rest.len().min(4) {
        if let Ok(text) = std::str::from_utf8(&rest[..n]) {
            return (text.chars().next(), n);
        }
    }
    let error = std::str::from_utf8(rest).expect_err("it was no character");
    (None, error.error_len().unwrap_or(rest.len()))
}

fn utf_16_character(encoding: &str, rest: &[u8]) -> (Option<char>, usize) {
    let units: Vec<u16> = rest
        .chunks_exact(2)
        .take(2)
        .map(|pair| match encoding {
            "utf-16-le" => u16::from_le_bytes([pair[0], pair[1]]),
            _ => u16::from_be_bytes([pair[0], pair[1]]),
        })
        .collect();
    match units[..] {
        [] => (None, rest.len()),
        [0xd800..=0xdbff] => (None, rest.len()),
        _ => match char::decode_utf16(units).next() {
            Some(Ok(ch)) => (Some(ch), 2 * ch.len_utf16()),
            _ => (None, 2),
        },
    }
}

/// Everything that a reader of `bytes` meets, from byte `from` on, `from` being 0 or a place
/// between characters.
pub(crate) fn events(encoding: &str, bytes: &[u8], errors: OnError) -> Vec<Event> {
    let (encoding, mut at, mut events) = start(encoding, bytes);
    while at < bytes.len() {
        let offset = at as u64;
        let (ch, len) = character(encoding, &bytes[at..]);
        at += len;
        let end = at as u64;
        match (ch, errors) {
            (Some(ch), _) => events.push(Event::Char { ch, end }),
            (None, OnError::Ignore) => {}
            (None, OnError::Replace) => events.push(Event::Char {
                ch: '\u{fffd}',
                end,
            }),
            (None, _) => {
                let bytes = bytes[at - len..at].to_vec();
                events.push(Event::Bad { offset, bytes, end });
            }
        }
    }
    events
}

/// What is left of an encoding when the byte-order mark has been dealt with.
fn start<'a>(encoding: &'a str, bytes: &[u8]) -> (&'a str, usize, Vec<Event>) {
    match (encoding, bytes) {
        ("utf-8-sig", [0xef, 0xbb, 0xbf, ..]) => ("utf-8", 3, vec![]),
        ("utf-8-sig", _) => ("utf-8", 0, vec![]),
        ("utf-16", []) => ("utf-16-le", 0, vec![]),
        ("utf-16", [0xff, 0xfe, ..]) => ("utf-16-le", 2, vec![]),
        ("utf-16", [0xfe, 0xff, ..]) => ("utf-16-be", 2, vec![]),
        ("utf-16", _) => {
            let missing = Event::Bad {
                offset: 0,
                bytes: bytes[..bytes.len().min(2)].to_vec(),
                end: 0,
            };
            let native = match cfg!(target_endian = "little") {
                true => "utf-16-le",
                false => "utf-16-be",
            };
            (native, 0, vec![missing])
        }
        _ => (encoding, 0, vec![]),
    }
}

/// The mark that a file in this encoding starts with when we write it.
pub(crate) fn mark(encoding: &str) -> &'static [u8] {
    match encoding {
        "utf-8-sig" => b"\xef\xbb\xbf",
        "utf-16" => b"\xff\xfe",
        _ => b"",
    }
}

/// The bytes of a character without any mark; `None`: the encoding does not have it.
pub(crate) fn encode_char(encoding: &str, ch: char) -> Option<Vec<u8>> {
    let units = ch.encode_utf16(&mut [0; 2]).to_vec();
    match encoding {
        "utf-8" | "utf-8-sig" => Some(ch.to_string().into_bytes()),
        "utf-16" | "utf-16-le" => Some(units.iter().flat_map(|u| u.to_le_bytes()).collect()),
        "utf-16-be" => Some(units.iter().flat_map(|u| u.to_be_bytes()).collect()),
        single => (0..=255)
            .find(|&byte| character(single, &[byte]).0 == Some(ch))
            .map(|byte| vec![byte]),
    }
}

/// The bytes of a text without any mark, characters that the encoding lacks treated so.
pub(crate) fn encode(encoding: &str, text: &str, errors: OnError) -> Vec<u8> {
    text.chars()
        .flat_map(|ch| match (encode_char(encoding, ch), errors) {
            (Some(bytes), _) => bytes,
            (None, OnError::Replace) => b"?".to_vec(),
            (None, _) => vec![],
        })
        .collect()
}

/// Only the characters of a text that the encoding has.
pub(crate) fn encodable(encoding: &str, text: &str) -> String {
    text.chars()
        .filter(|&ch| encode_char(encoding, ch).is_some())
        .collect()
}

/// A text as it is written.
pub(crate) fn written(newline: Newline, text: &str) -> String {
    let platform = if cfg!(windows) { "\r\n" } else { "\n" };
    match newline {
        Newline::Universal | Newline::Native => text.replace('\n', platform),
        Newline::Cr => text.replace('\n', "\r"),
        Newline::CrLf => text.replace('\n', "\r\n"),
        _ => text.to_owned(),
    }
}

/// A place in a run of events, read with a newline policy.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) events: &'a [Event],
    pub(crate) newline: Newline,
    /// How many of the events are behind.
    pub(crate) at: usize,
}

fn max_reached(text: &str, max: usize) -> bool {
    text.chars().count() + 1 == max
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Line {
        text: String,
        ending: LineEnding,
        terminator: &'static str,
    },
    Bad {
        offset: u64,
        bytes: Vec<u8>,
    },
    End,
}

impl Cursor<'_> {
    /// Takes the next character as it is read: translated.
    pub(crate) fn char(&mut self) -> Option<char> {
        let ch = self.raw(self.at)?;
        let ending = self.ending();
        self.at += match ending {
            LineEnding::CrLf if self.newline == Newline::Universal => 2,
            _ => 1,
        };
        match (self.newline, ending) {
            (Newline::Universal, LineEnding::Cr | LineEnding::CrLf) => Some('\n'),
            _ => Some(ch),
        }
    }

    /// Takes the next line, or the error or the end that comes before any text.
    pub(crate) fn line(&mut self) -> Next {
        let mut text = String::new();
        while let Some(ch) = self.raw(self.at) {
            let ending = self.ending();
            if ending != LineEnding::None {
                self.at += ending.as_str().len();
                let terminator = match self.newline {
                    Newline::Universal => "\n",
                    _ => ending.as_str(),
                };
                return Next::Line {
                    text,
                    ending,
                    terminator,
                };
            }
            text.push(ch);
            self.at += 1;
        }
        if text.is_empty() {
            return self.bad();
        }
        Next::Line {
            text,
            ending: LineEnding::None,
            terminator: "",
        }
    }

    /// Takes the next line, or its first `max` characters as they are read.
    pub(crate) fn line_within(&mut self, max: usize) -> Next {
        let mut whole = self.clone();
        let mut text = String::new();
        for _ in 0..max {
            let before = self.at;
            let ending = self.ending();
            let Some(ch) = self.char() else { break };
            // Half a pair is what it is by itself.
            let ending = match (ending, self.at - before, self.newline) {
                (LineEnding::CrLf, 1, Newline::CrLf | Newline::Keep) if max_reached(&text, max) => {
                    match self.newline {
                        Newline::Keep => LineEnding::Cr,
                        _ => LineEnding::None,
                    }
                }
                (LineEnding::CrLf, 1, _) => {
                    self.char();
                    LineEnding::CrLf
                }
                (ending, ..) => ending,
            };
            if ending != LineEnding::None {
                let terminator = match self.newline {
                    Newline::Universal => "\n",
                    _ => ending.as_str(),
                };
                return Next::Line {
                    text,
                    ending,
                    terminator,
                };
            }
            text.push(ch);
        }
        match text.is_empty() {
            true => {
                let next = whole.line();
                self.at = whole.at;
                next
            }
            false => Next::Line {
                text,
                ending: LineEnding::None,
                terminator: "",
            },
        }
    }

    /// Takes everything up to a line end, an error or the end, and says which: a line without
    /// text, or the error.
    pub(crate) fn skip(&mut self) -> Next {
        match self.line() {
            Next::Line {
                ending: LineEnding::None,
                ..
            }
            | Next::End => match self.bad() {
                Next::End => Next::Line {
                    text: String::new(),
                    ending: LineEnding::None,
                    terminator: "",
                },
                bad => bad,
            },
            Next::Line { ending, .. } => Next::Line {
                text: String::new(),
                ending,
                terminator: "",
            },
            bad => bad,
        }
    }

    /// Whether the last character was a `\r` and the next is a `\n`.
    pub(crate) fn is_in_a_pair(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.raw(at));
        (before, self.raw(self.at)) == (Some('\r'), Some('\n'))
    }

    /// The line ends among the events from `from` to here, where any counts. Half a pair is one.
    pub(crate) fn seen(&self, from: usize) -> Vec<LineEnding> {
        let takes_any = matches!(self.newline, Newline::Universal | Newline::Keep);
        let ends = (from..self.at).filter(|_| takes_any);
        ends.filter_map(|at| match (self.raw(at), self.raw(at + 1)) {
            (Some('\r'), Some('\n')) => Some(LineEnding::CrLf),
            (Some('\r'), _) => Some(LineEnding::Cr),
            (Some('\n'), _) if at == from || self.raw(at - 1) != Some('\r') => Some(LineEnding::Lf),
            _ => None,
        })
        .collect()
    }

    /// Takes the error that comes next, if one does.
    pub(crate) fn bad(&mut self) -> Next {
        match self.events.get(self.at) {
            Some(Event::Bad { offset, bytes, .. }) => {
                self.at += 1;
                Next::Bad {
                    offset: *offset,
                    bytes: bytes.clone(),
                }
            }
            Some(Event::Char { ch, .. }) => panic!("{ch:?} comes next, and no error"),
            None => Next::End,
        }
    }

    /// The byte offset behind what was taken.
    pub(crate) fn offset(&self) -> u64 {
        match self.at {
            0 => 0,
            at => self.events[at - 1].end(),
        }
    }

    fn raw(&self, at: usize) -> Option<char> {
        match self.events.get(at) {
            Some(Event::Char { ch, .. }) => Some(*ch),
            _ => None,
        }
    }

    /// The line end that starts here.
    fn ending(&self) -> LineEnding {
        let newline = match self.newline {
            Newline::Native if cfg!(windows) => Newline::CrLf,
            Newline::Native => Newline::Lf,
            other => other,
        };
        match (self.raw(self.at), self.raw(self.at + 1), newline) {
            (Some('\r'), _, Newline::Cr) => LineEnding::Cr,
            (Some('\r'), Some('\n'), Newline::Universal | Newline::Keep | Newline::CrLf) => {
                LineEnding::CrLf
            }
            (Some('\r'), _, Newline::Universal | Newline::Keep) => LineEnding::Cr,
            (Some('\n'), _, Newline::Universal | Newline::Keep | Newline::Lf) => LineEnding::Lf,
            _ => LineEnding::None,
        }
    }
}
