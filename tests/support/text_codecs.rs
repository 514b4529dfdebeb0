//! Encodings of one's own of each kind, and the oracles of those that have a state.

use iolite::text::{Codec, DecodeStep};
use iolite::{Encoding, ErrorPolicy};

use crate::text_naive::Event;
use crate::text_policies::{POLICIES, replacement, spelling};

/// One of each kind that has the same bytes for a character everywhere.
pub(crate) const STATELESS: [&str; 2] = ["rot13", "wide"];

/// Each kind.
pub(crate) const CODECS: [&dyn Codec; 4] = [&Rot13, &Wide, &Greek, &Words];

/// An encoding by name, be it one of those here.
pub(crate) fn encoding(name: &str) -> Encoding {
    match name {
        "rot13" => Encoding::custom(&Rot13),
        "wide" => Encoding::custom(&Wide),
        "greek" => Encoding::custom(&Greek),
        "words" => Encoding::custom(&Words),
        name => name.parse().unwrap_or_else(|e| panic!("{e}")),
    }
}

/// The error policies that an encoding can keep.
pub(crate) fn policies(name: &str) -> impl Iterator<Item = ErrorPolicy> {
    let own = ["rot13", "wide", "greek", "words"].contains(&name);
    POLICIES
        .into_iter()
        .filter(move |&errors| !own || errors != ErrorPolicy::Escape)
}

/// Letters change places; all else is UTF-8. Without a state.
#[derive(Debug)]
struct Rot13;

pub(crate) fn rot13(ch: char) -> char {
    match ch {
        'a'..='m' | 'A'..='M' => char::from(ch as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(ch as u8 - 13),
        ch => ch,
    }
}

impl Codec for Rot13 {
    fn name(&self) -> &str {
        "rot13"
    }

    fn decode(&self, _: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
        let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        if !valid.is_empty() {
            text.extend(valid.chars().map(rot13));
            return DecodeStep::Read(valid.len());
        }
        match std::str::from_utf8(bytes).map_err(|error| error.error_len()) {
            Err(Some(len)) => DecodeStep::Malformed {
                len,
                reason: "no UTF-8",
            },
            _ => DecodeStep::Unfinished,
        }
    }

    fn encode(&self, _: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
        bytes.extend(text.chars().map(rot13).collect::<String>().into_bytes());
        text.len()
    }
}

/// Three bytes for each character, behind a mark at the start, which may be missing.
#[derive(Debug)]
struct Wide;

pub(crate) const WIDE_MARK: &[u8] = b"\xfe\xff\xfe\xff\xfe";

/// The first character of `rest`, which is not empty, and its length.
pub(crate) fn wide_character(rest: &[u8]) -> (Option<char>, usize) {
    match rest {
        &[a, b, c, ..] => (char::from_u32(u32::from_be_bytes([0, a, b, c])), 3),
        _ => (None, rest.len()),
    }
}

impl Codec for Wide {
    fn name(&self) -> &str {
        "wide"
    }

    fn decode(&self, state: &mut u64, bytes: &[u8], last: bool, text: &mut String) -> DecodeStep {
        if *state == 0 {
            if bytes.starts_with(WIDE_MARK) {
                *state = 1;
                return DecodeStep::Read(WIDE_MARK.len());
            }
            if WIDE_MARK.starts_with(bytes) && !last {
                return DecodeStep::Unfinished;
            }
        }
        *state = 1;
        let mut read = 0;
        while let Some(three) = bytes.get(read..read + 3) {
            match wide_character(three) {
                (Some(ch), _) => text.push(ch),
                (None, len) if read == 0 => {
                    let reason = "no such character";
                    return DecodeStep::Malformed { len, reason };
                }
                _ => break,
            }
            read += 3;
        }
        match read {
            0 => DecodeStep::Unfinished,
            n => DecodeStep::Read(n),
        }
    }

    fn encode(&self, state: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
        if *state == 0 {
            bytes.extend_from_slice(WIDE_MARK);
        }
        *state = 1;
        for ch in text.chars() {
            bytes.extend_from_slice(&u32::from(ch).to_be_bytes()[1..]);
        }
        text.len()
    }

    fn state_inside(&self) -> u64 {
        1
    }
}

/// ASCII, and behind a shift Greek in the place of its visible characters.
#[derive(Debug)]
struct Greek;

const TO_GREEK: u8 = 0x0e;
const TO_ASCII: u8 = 0x0f;

/// What a byte is in a state, if it is a character.
fn greek_character(state: u64, byte: u8) -> Option<char> {
    match (byte, state) {
        (0x21..=0x7e, 1) => char::from_u32(0x370 + u32::from(byte) - 0x21),
        (TO_GREEK | TO_ASCII | 0x80.., _) => None,
        _ => Some(byte.into()),
    }
}

/// In which state a character is written, if that matters, and as what.
fn greek_byte(ch: char) -> Option<(Option<u64>, u8)> {
    match ch {
        '!'..='~' => Some((Some(0), ch as u8)),
        '\u{370}'..='\u{3cd}' => Some((Some(1), (u32::from(ch) - 0x370) as u8 + 0x21)),
        '\u{e}' | '\u{f}' => None,
        _ => ch.is_ascii().then_some((None, ch as u8)),
    }
}

/// Writes a character, if there is one.
pub(crate) fn greek_encode(state: &mut u64, ch: char, bytes: &mut Vec<u8>) -> bool {
    let Some((needed, byte)) = greek_byte(ch) else {
        return false;
    };
    if needed.is_some_and(|needed| needed != *state) {
        *state ^= 1;
        bytes.push([TO_ASCII, TO_GREEK][*state as usize]);
    }
    bytes.push(byte);
    true
}

impl Codec for Greek {
    fn name(&self) -> &str {
        "greek"
    }

    fn decode(&self, state: &mut u64, bytes: &[u8], _: bool, text: &mut String) -> DecodeStep {
        for (at, &byte) in bytes.iter().enumerate() {
            match (byte, greek_character(*state, byte)) {
                (TO_GREEK, _) => *state = 1,
                (TO_ASCII, _) => *state = 0,
                (_, Some(ch)) => text.push(ch),
                _ if at > 0 => return DecodeStep::Read(at),
                _ => {
                    let reason = "more than seven bits";
                    return DecodeStep::Malformed { len: 1, reason };
                }
            }
        }
        DecodeStep::Read(bytes.len())
    }

    fn encode(&self, state: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
        let missing = text
            .char_indices()
            .find(|&(_, ch)| !greek_encode(state, ch, bytes));
        missing.map_or(text.len(), |(at, _)| at)
    }
}

/// Words for reading, as in CPython's own tests: `i` and a number set how long the words are that
/// come (0: up to a point), `o` and a number how long they are given (0: as they are, else cut or
/// filled with hyphens); a point comes behind each. One word is many characters, or none.
#[derive(Debug)]
struct Words;

/// The lengths (read, given) of a state, which is 0 where both are 1.
fn lengths(state: u64) -> (usize, usize) {
    let (read, given) = ((state / 128) ^ 1, (state % 128) ^ 1);
    (read as usize, given as usize)
}

/// The first word of `bytes`: its length with what ends it, without, and its text.
fn word(state: &mut u64, bytes: &[u8], last: bool) -> Option<(usize, Result<String, usize>)> {
    let (read, given) = lengths(*state);
    let (all, len) = match (read, bytes.iter().position(|&byte| byte == b'.')) {
        (0, Some(point)) => (point + 1, point),
        (1.., _) if bytes.len() >= read => (read, read),
        _ if last => (bytes.len(), bytes.len()),
        _ => return None,
    };
    let Ok(text) = std::str::from_utf8(&bytes[..len]).map(str::to_owned) else {
        return Some((all, Err(all)));
    };
    let number = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse().ok().map(|n: u64| n.min(99)),
    };
    let text = match text.split_at_checked(1) {
        None => String::new(),
        Some((name @ ("i" | "o"), digits)) => {
            let Some(n) = number(digits) else {
                return Some((all, Err(all)));
            };
            *state = match name {
                "i" => (n ^ 1) * 128 + *state % 128,
                _ => *state / 128 * 128 + (n ^ 1),
            };
            String::new()
        }
        _ if given == 0 => text + ".",
        _ => {
            let filled = text.chars().chain(std::iter::repeat('-')).take(given);
            filled.collect::<String>() + "."
        }
    };
    Some((all, Ok(text)))
}

impl Codec for Words {
    fn name(&self) -> &str {
        "words"
    }

    fn decode(&self, state: &mut u64, bytes: &[u8], last: bool, text: &mut String) -> DecodeStep {
        let mut at = 0;
        while at < bytes.len() {
            match word(state, &bytes[at..], last) {
                Some((len, Ok(word))) => {
                    text.push_str(&word);
                    at += len;
                }
                Some((_, Err(len))) if at == 0 => {
                    let reason = "no word";
                    return DecodeStep::Malformed { len, reason };
                }
                _ => break,
            }
        }
        match at {
            0 => DecodeStep::Unfinished,
            n => DecodeStep::Read(n),
        }
    }

    fn encode(&self, _: &mut u64, _: &str, _: &mut Vec<u8>) -> usize {
        0
    }
}

/// Everything that a reader of `bytes` meets in an encoding that has a state.
pub(crate) fn stateful_events(
    encoding: &str,
    bytes: &[u8],
    errors: ErrorPolicy,
) -> Option<Vec<Event>> {
    let (mut state, mut at, mut events) = (0, 0, Vec::new());
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (len, read) = match encoding {
            "words" => word(&mut state, rest, true).expect("at the end there is a word"),
            "greek" => match (rest[0], greek_character(state, rest[0])) {
                (TO_GREEK | TO_ASCII, _) => {
                    state = u64::from(rest[0] == TO_GREEK);
                    (1, Ok(String::new()))
                }
                (_, Some(ch)) => (1, Ok(ch.into())),
                _ => (1, Err(1)),
            },
            _ => return None,
        };
        let (offset, end) = (at as u64, (at + len) as u64);
        at += len;
        match read.or_else(|len| replacement(&rest[..len], errors).ok_or(rest[..len].to_vec())) {
            Err(bytes) => events.push(Event::Bad { offset, bytes, end }),
            Ok(text) => {
                let count = text.chars().count();
                events.extend(text.chars().enumerate().map(|(n, ch)| Event::Char {
                    ch,
                    end: if n + 1 == count { end } else { offset },
                }));
            }
        }
    }
    ["words", "greek"].contains(&encoding).then_some(events)
}

/// The bytes of a text, characters that are missing treated so.
pub(crate) fn greek_bytes(text: &str, errors: ErrorPolicy) -> Vec<u8> {
    let (mut state, mut bytes) = (0, Vec::new());
    for ch in text.chars() {
        if greek_encode(&mut state, ch, &mut bytes) {
            continue;
        }
        match errors {
            ErrorPolicy::Custom(_) if u32::from(ch) % 2 == 1 => bytes.extend_from_slice(b"\xff\n"),
            _ => {
                for ch in spelling(ch, errors).chars() {
                    greek_encode(&mut state, ch, &mut bytes);
                }
            }
        }
    }
    bytes
}

/// Files for reading: words of every kind, and Greek.
pub(crate) fn files(encoding: &str) -> Vec<Vec<u8>> {
    let files: &[&[u8]] = match encoding {
        "words" => &[
            b"abcd",
            b"oiabcd",
            b"oi...abcd...",
            b"i.o6.x.xyz.toolongtofit.",
            b"i.i2.o6xyz",
            b"i.o3.i6.abcdefghijklmnop",
            b"i.o29.a.b.cde.o15.abcdefghijabcdefghij.i3.a.b.c.d.ei00k.l.m",
            b"oi\r\n.a\r\n\rb\n.\r.\n.a word that is too long for what is carried in front of a chunk\r.x\r",
            b"\r\noi5.a\r\n\xff\n\r\na\r\xe9i2i0.\xff.o..i1x.o9.y\r\n.\xff\xfe\xfd\xfc",
        ],
        "greek" => &[
            b"a\r\nb\rc\n\x0e\r\n\r\r\n\n\rabc\r\n\x0fx\x0e\x0fy\x0ez\x0f",
            b"\x0eAB\r\xffCD\n\x0f\x80\x0e\xff\xff\x0fe\r\n\x0e\xff",
            b"\x0e\x0f\x0e",
        ],
        _ => &[],
    };
    files.iter().map(|file| file.to_vec()).collect()
}
