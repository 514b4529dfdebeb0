//! The oracles of the text floor: what bytes say in an encoding, all at once and character by
//! character, with std only.

use std::sync::LazyLock;

use iolite::text::LineEnding;
use iolite::{ErrorPolicy, Newline};

use crate::text_codecs::{
    STATELESS, WIDE_MARK, greek_bytes, rot13, stateful_events, wide_character,
};
use crate::text_policies::{byte_of, replacement, spelling};

/// A code page, or its second half.
type Characters = LazyLock<Vec<char>>;

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// The bytes 0x80 to 0x9f of windows-1252; the rest is Latin-1. U+FFFD: no character.
static CP1252: Characters = LazyLock::new(|| {
    characters("€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ")
});
/// The bytes 0x80 to 0xff of KOI8-R.
static KOI8_R: Characters = LazyLock::new(|| {
    characters(
        "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓⌠■∙√≈≤≥\u{a0}⌡°²·÷═║╒ё╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡Ё╢╣╤╥╦╧╨╩╪╫╬©\
                      юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ",
    )
});

/// The bytes of EBCDIC as in the United States.
static CP037: Characters = LazyLock::new(|| {
    characters(
        "\u{0}\u{1}\u{2}\u{3}\u{9c}\u{9}\u{86}\u{7f}\u{97}\u{8d}\u{8e}\u{b}\u{c}\u{d}\u{e}\u{f}\
    \u{10}\u{11}\u{12}\u{13}\u{9d}\u{85}\u{8}\u{87}\u{18}\u{19}\u{92}\u{8f}\u{1c}\u{1d}\u{1e}\u{1f}\
    \u{80}\u{81}\u{82}\u{83}\u{84}\u{a}\u{17}\u{1b}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{5}\u{6}\u{7}\
    \u{90}\u{91}\u{16}\u{93}\u{94}\u{95}\u{96}\u{4}\u{98}\u{99}\u{9a}\u{9b}\u{14}\u{15}\u{9e}\u{1a}\
    \u{20}\u{a0}âäàáãåçñ¢.<(+|\
    &éêëèíîïìß!$*);¬\
    -/ÂÄÀÁÃÅÇÑ¦,%_>?\
    øÉÊËÈÍÎÏÌ`:#@'=\"\
    Øabcdefghi«»ðýþ±\
    °jklmnopqrªºæ¸Æ¤\
    µ~stuvwxyz¡¿ÐÝÞ®\
    ^£¥·©§¶¼½¾[]¯¨´×\
    {ABCDEFGHI\u{ad}ôöòóõ\
    }JKLMNOPQR¹ûüùúÿ\
    \\÷STUVWXYZ²ÔÖÒÓÕ\
    0123456789³ÛÜÙÚ\u{9f}",
    )
});
/// Some characters of Shift_JIS and their bytes.
const SHIFT_JIS: &[(char, &[u8])] = &[
    ('\u{436}', b"\x84\x77"),
    ('\u{44f}', b"\x84\x91"),
    ('\u{65e5}', b"\x93\xfa"),
    ('\u{672c}', b"\x96\x7b"),
];
/// Some characters of GB 18030 and their bytes.
const GB18030: &[(char, &[u8])] = &[
    ('\u{436}', b"\xa7\xd8"),
    ('\u{20ac}', b"\xa2\xe3"),
    ('\u{e9}', b"\xa8\xa6"),
    ('\u{44f}', b"\xa7\xf1"),
    ('\u{1f600}', b"\x94\x39\xfc\x36"),
    ('\u{1f601}', b"\x94\x39\xfc\x37"),
    ('\u{2028}', b"\x81\x36\xa6\x35"),
    ('\u{85}', b"\x81\x30\x81\x35"),
    ('\u{65e5}', b"\xc8\xd5"),
    ('\u{672c}', b"\xb1\xbe"),
];

/// An encoding of each kind, by name, without those with shifts.
pub(crate) fn encodings() -> Vec<&'static str> {
    let mut all = vec![
        "utf-8",
        "utf-8-sig",
        "ascii",
        "latin-1",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "cp1252",
        "koi8-r",
        "cp037",
        "utf-32",
        "utf-32-be",
    ];
    if cfg!(feature = "encodings") {
        all.extend(["shift_jis", "gb18030"]);
    }
    all.extend(STATELESS);
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
            let ch = CP1252.get(usize::from(byte) - 0x80).copied();
            (ch.filter(|&ch| ch != '\u{fffd}'), 1)
        }
        "cp1252" => (Some(byte.into()), 1),
        "koi8-r" if byte >= 0x80 => (KOI8_R.get(usize::from(byte) - 0x80).copied(), 1),
        "koi8-r" => (Some(byte.into()), 1),
        "cp037" => (CP037.get(usize::from(byte)).copied(), 1),
        "utf-16-le" | "utf-16-be" => utf_16_character(encoding, rest),
        "utf-32-le" | "utf-32-be" => utf_32_character(encoding, rest),
        "wide" => wide_character(rest),
        "rot13" => {
            let (ch, len) = utf_8_character(rest);
            (ch.map(rot13), len)
        }
        "shift_jis" => listed_character(SHIFT_JIS, rest, 2),
        "gb18030" => listed_character(GB18030, rest, 4),
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

fn utf_32_character(encoding: &str, rest: &[u8]) -> (Option<char>, usize) {
    let Some(&unit) = rest.first_chunk() else {
        return (None, rest.len());
    };
    let number = match encoding {
        "utf-32-le" => u32::from_le_bytes(unit),
        _ => u32::from_be_bytes(unit),
    };
    (char::from_u32(number), 4)
}

/// A character of a list or of ASCII. A digit behind a byte that is not ASCII announces `longest`
/// bytes.
fn listed_character(list: &[(char, &[u8])], rest: &[u8], longest: usize) -> (Option<char>, usize) {
    if rest[0].is_ascii() {
        return (Some(rest[0].into()), 1);
    }
    let found = list.iter().find(|(_, bytes)| rest.starts_with(bytes));
    match (found, rest) {
        (Some((ch, bytes)), _) => (Some(*ch), bytes.len()),
        (None, [_, b'0'..=b'9', ..]) if rest.len() < longest => (None, rest.len()),
        _ => (None, 1),
    }
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
pub(crate) fn events(encoding: &str, bytes: &[u8], errors: ErrorPolicy) -> Vec<Event> {
    if let Some(events) = stateful_events(encoding, bytes, errors) {
        return events;
    }
    let (encoding, mut at, mut events) = start(encoding, bytes);
    while at < bytes.len() {
        let offset = at as u64;
        let (ch, len) = character(encoding, &bytes[at..]);
        at += len;
        let end = at as u64;
        let bytes = &bytes[at - len..at];
        let stands = |ch: char| {
            errors != ErrorPolicy::Escape
                || encode_char(encoding, ch).is_some_and(|written| written == bytes)
                    && byte_of(ch).is_none()
        };
        let text = match ch {
            Some(ch) if stands(ch) => Some(ch.to_string()),
            _ => replacement(bytes, errors),
        };
        let Some(text) = text else {
            let bytes = bytes.to_vec();
            events.push(Event::Bad { offset, bytes, end });
            continue;
        };
        // A place inside is that of the first byte.
        let count = text.chars().count();
        events.extend(text.chars().enumerate().map(|(n, ch)| Event::Char {
            ch,
            end: if n + 1 == count { end } else { offset },
        }));
    }
    events
}

/// What is left of an encoding when the byte-order mark has been dealt with.
fn start<'a>(encoding: &'a str, bytes: &[u8]) -> (&'a str, usize, Vec<Event>) {
    match (encoding, bytes) {
        ("utf-8-sig", [0xef, 0xbb, 0xbf, ..]) => ("utf-8", 3, vec![]),
        ("utf-8-sig", _) => ("utf-8", 0, vec![]),
        ("utf-16", [0xff, 0xfe, ..]) => ("utf-16-le", 2, vec![]),
        ("utf-16", [0xfe, 0xff, ..]) => ("utf-16-be", 2, vec![]),
        ("utf-16", _) => unmarked(bytes, 2, ["utf-16-le", "utf-16-be"]),
        ("utf-32", [0xff, 0xfe, 0, 0, ..]) => ("utf-32-le", 4, vec![]),
        ("utf-32", [0, 0, 0xfe, 0xff, ..]) => ("utf-32-be", 4, vec![]),
        ("utf-32", _) => unmarked(bytes, 4, ["utf-32-le", "utf-32-be"]),
        ("wide", _) if bytes.starts_with(WIDE_MARK) => ("wide", WIDE_MARK.len(), vec![]),
        _ => (encoding, 0, vec![]),
    }
}

/// The same without a mark, of which there would be so many bytes; that is an error in what is not
/// shorter.
fn unmarked(
    bytes: &[u8],
    mark: usize,
    [little, big]: [&'static str; 2],
) -> (&'static str, usize, Vec<Event>) {
    let missing = bytes.get(..mark).map(|start| Event::Bad {
        offset: 0,
        bytes: start.to_vec(),
        end: 0,
    });
    let native = match cfg!(target_endian = "little") {
        true => little,
        false => big,
    };
    (native, 0, missing.into_iter().collect())
}

/// The mark that a file in this encoding starts with when we write it.
pub(crate) fn mark(encoding: &str) -> &'static [u8] {
    match encoding {
        "utf-8-sig" => b"\xef\xbb\xbf",
        "utf-16" => b"\xff\xfe",
        "utf-32" => b"\xff\xfe\0\0",
        "wide" => WIDE_MARK,
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
        "utf-32" | "utf-32-le" => Some(u32::from(ch).to_le_bytes().to_vec()),
        "utf-32-be" => Some(u32::from(ch).to_be_bytes().to_vec()),
        "wide" => Some(u32::from(ch).to_be_bytes()[1..].to_vec()),
        "rot13" => Some(rot13(ch).to_string().into_bytes()),
        "greek" => {
            Some(greek_bytes(&ch.to_string(), ErrorPolicy::Ignore)).filter(|b| !b.is_empty())
        }
        "shift_jis" | "gb18030" if ch.is_ascii() => Some(vec![ch as u8]),
        "shift_jis" => listed_bytes(SHIFT_JIS, ch),
        "gb18030" => listed_bytes(GB18030, ch),
        single => (0..=255)
            .find(|&byte| character(single, &[byte]).0 == Some(ch))
            .map(|byte| vec![byte]),
    }
}

fn listed_bytes(list: &[(char, &[u8])], ch: char) -> Option<Vec<u8>> {
    let (_, bytes) = list.iter().find(|(listed, _)| *listed == ch)?;
    Some(bytes.to_vec())
}

/// The bytes of a text without any mark, characters that the encoding lacks treated so.
pub(crate) fn encode(encoding: &str, text: &str, errors: ErrorPolicy) -> Vec<u8> {
    if encoding == "greek" {
        return greek_bytes(text, errors);
    }
    text.chars()
        .flat_map(|ch| match (encode_char(encoding, ch), errors) {
            (_, ErrorPolicy::Escape) if byte_of(ch).is_some() => vec![byte_of(ch).unwrap()],
            (Some(bytes), _) => bytes,
            (None, ErrorPolicy::Custom(_)) if u32::from(ch) % 2 == 1 => b"\xff\n".to_vec(),
            (None, _) => {
                let spelt = spelling(ch, errors);
                let bytes = spelt.chars().filter_map(|ch| encode_char(encoding, ch));
                bytes.flatten().collect()
            }
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
                return self.given(text, ending);
            }
            text.push(ch);
            self.at += 1;
        }
        match text.is_empty() {
            true => self.bad(),
            false => self.given(text, LineEnding::None),
        }
    }

    /// A line as it is given.
    fn given(&self, text: String, ending: LineEnding) -> Next {
        let terminator = match (self.newline, ending) {
            (Newline::Universal, LineEnding::Cr | LineEnding::CrLf) => "\n",
            _ => ending.as_str(),
        };
        Next::Line {
            text,
            ending,
            terminator,
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
                (LineEnding::CrLf, 1, newline) if max_reached(&text, max) => match newline {
                    Newline::Keep => LineEnding::Cr,
                    _ => LineEnding::None,
                },
                (LineEnding::CrLf, 1, _) => {
                    self.char();
                    LineEnding::CrLf
                }
                (ending, ..) => ending,
            };
            if ending != LineEnding::None {
                return self.given(text, ending);
            }
            text.push(ch);
        }
        match text.is_empty() {
            true => {
                let next = whole.line();
                self.at = whole.at;
                next
            }
            false => self.given(text, LineEnding::None),
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
