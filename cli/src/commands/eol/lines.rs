//! [`LineEnds`]: line ends in a piece of text. No streams.

use iolite::text::LineEnding;
use memchr::{memchr, memchr_iter, memchr2_iter};

/// Which line ends become which.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineEnds {
    wanted: LineEnding,
    /// Whether a lone `\r` is a line end.
    lone_cr: bool,
}

impl LineEnds {
    pub(super) fn new(wanted: LineEnding, lone_cr: bool) -> LineEnds {
        LineEnds { wanted, lone_cr }
    }

    /// The piece with the line ends that are wanted, in `room` where it is not the same. The piece
    /// does not end between the two halves of a line end.
    pub(super) fn convert<'a>(&self, piece: &'a str, room: &'a mut String) -> &'a str {
        let bytes = piece.as_bytes();
        room.clear();
        let mut copied = 0;
        let mut put = |at: usize, length: usize| {
            let old = &piece[at..at + length];
            if old != self.wanted.as_str() {
                room.push_str(&piece[copied..at]);
                room.push_str(self.wanted.as_str());
                copied = at + length;
            }
        };
        if self.lone_cr {
            // The end of the last line end: the `\n` of a pair is no line end of its own.
            let mut done = 0;
            for at in memchr2_iter(b'\r', b'\n', bytes) {
                if at < done {
                    continue;
                }
                let is_pair = bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
                done = at + 1 + usize::from(is_pair);
                put(at, done - at);
            }
        } else if self.wanted == LineEnding::Lf {
            // Most bytes are passed without a look where there is no `\r`.
            for at in memchr_iter(b'\r', bytes) {
                if bytes.get(at + 1) == Some(&b'\n') {
                    put(at, 2);
                }
            }
        } else {
            for at in memchr_iter(b'\n', bytes) {
                let is_pair = at
                    .checked_sub(1)
                    .is_some_and(|before| bytes[before] == b'\r');
                let length = 1 + usize::from(is_pair);
                put(at + 1 - length, length);
            }
        }
        if copied == 0 {
            return piece;
        }
        room.push_str(&piece[copied..]);
        room
    }
}

/// How many line ends of each kind a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) dos: u64,
    pub(super) unix: u64,
    pub(super) mac: u64,
}

impl Counts {
    /// Adds those of the next piece, which does not end between the two halves of a line end.
    pub(super) fn push(&mut self, piece: &str) {
        let bytes = piece.as_bytes();
        let mut pairs = 0;
        let mut carriage_returns = 0;
        if memchr(b'\r', bytes).is_some() {
            for at in memchr_iter(b'\r', bytes) {
                carriage_returns += 1;
                pairs += u64::from(bytes.get(at + 1) == Some(&b'\n'));
            }
        }
        self.dos += pairs;
        self.mac += carriage_returns - pairs;
        self.unix += memchr_iter(b'\n', bytes).count() as u64 - pairs;
    }
}

/// Where the first control character is that no text has, in bytes.
pub(super) fn find_binary(piece: &str) -> Option<usize> {
    /// As many as are looked at without a branch in between.
    const GROUP: usize = 64;
    let is_binary = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0c');
    let groups = piece.as_bytes().chunks(GROUP).enumerate();
    for (number, group) in groups {
        if group
            .iter()
            .fold(false, |found, byte| found | is_binary(byte))
        {
            let within = group.iter().position(is_binary);
            return within.map(|within| number * GROUP + within);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`LineEnds::convert`] is to do, a character at a time.
    fn naive(text: &str, wanted: LineEnding, lone_cr: bool) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(ch) = rest.chars().next() {
            let length = match ch {
                '\r' if rest.starts_with("\r\n") => 2,
                '\n' => 1,
                '\r' if lone_cr => 1,
                _ => 0,
            };
            if length > 0 {
                out.push_str(wanted.as_str());
            } else {
                out.push(ch);
            }
            rest = &rest[length.max(ch.len_utf8())..];
        }
        out
    }

    #[test]
    fn all_short_texts() {
        let letters = ["\r", "\n", "a", "é"];
        let mut texts = vec![String::new()];
        for length in 0..6 {
            let longest: Vec<_> = texts
                .iter()
                .filter(|text| text.chars().count() == length)
                .cloned()
                .collect();
            texts.extend(
                longest
                    .iter()
                    .flat_map(|text| letters.map(|letter| text.clone() + letter)),
            );
        }
        assert!(texts.len() > 4000);
        for text in &texts {
            for wanted in [LineEnding::Lf, LineEnding::CrLf, LineEnding::Cr] {
                for lone_cr in [false, true] {
                    let mut room = String::from("left over");
                    let converted = LineEnds::new(wanted, lone_cr).convert(text, &mut room);
                    assert_eq!(
                        converted,
                        naive(text, wanted, lone_cr),
                        "{text:?} {wanted:?} {lone_cr}"
                    );
                }
            }
            let mut counts = Counts::default();
            counts.push(text);
            let pairs = text.matches("\r\n").count();
            assert_eq!(counts.dos, pairs as u64);
            assert_eq!(counts.unix, (text.matches('\n').count() - pairs) as u64);
            assert_eq!(counts.mac, (text.matches('\r').count() - pairs) as u64);
        }
    }

    #[test]
    fn binary_characters_wherever_they_are() {
        for at in 0..200 {
            for byte in 0..32 {
                let mut text = "x".repeat(at);
                text.push(char::from(byte));
                text.push_str(&"y".repeat(100));
                let is_text = matches!(byte, 9 | 10 | 12 | 13);
                assert_eq!(find_binary(&text), (!is_text).then_some(at));
            }
        }
    }
}
