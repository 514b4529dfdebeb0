//! Lines out of the string.

use super::super::line::Line;
use super::super::newline::{LineEnding, Within};
use super::StringIo;
use crate::error::Result;

impl StringIo {
    /// Where the next line ends, if that was looked for, which it is only while the stream is open.
    #[inline(always)]
    pub(super) fn near_end(&mut self) -> Option<(usize, LineEnding)> {
        let end = self.ends.peek()?;
        let ending = self.newline.ending(self.text.as_bytes(), end);
        (self.position <= end).then_some((end, ending))
    }

    /// The line whose end was not looked for, or that ends with the text.
    #[inline(never)]
    pub(super) fn far_line(&mut self) -> Result<Option<Line<'_>>> {
        self.open()?;
        self.close_gap();
        let (text, start) = (self.text.as_bytes(), self.position);
        let (end, ending) = match self.ends.find(text, start) {
            Some(end) => (end, self.newline.ending(text, end)),
            None if start < text.len() => (text.len(), LineEnding::None),
            None => return Ok(None),
        };
        Ok(Some(self.take(end, ending)))
    }

    /// Takes the line that ends at byte `end`.
    #[inline(always)]
    pub(super) fn take(&mut self, end: usize, ending: LineEnding) -> Line<'_> {
        let start = self.position;
        self.position = end + ending.len();
        self.ends.advance();
        Line::new(&self.text[start..end], ending, self.newline)
    }

    /// Takes the line at the position, or its first `max` characters, 1 at least.
    pub(super) fn line_within(&mut self, max: usize) -> Line<'_> {
        let start = self.position;
        let (end, ending) = match self.newline.find_within(&self.text, start, max) {
            Within::Ends(end, ending) => (end, ending),
            Within::GoesOn(_) => (self.text.len(), LineEnding::None),
        };
        self.move_to(end + ending.len());
        Line::new(&self.text[start..end], ending, self.newline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IoBase, Newline, TextIo, TextPosition};

    /// Beside lines that are searched for one by one, whatever happens between them.
    #[test]
    fn lines_are_the_same_whatever_moves_or_changes() {
        let policies = ["universal", "keep", "lf", "cr", "crlf"];
        for seed in 0..500_u64 {
            let mut state = seed;
            let mut random = move |below: usize| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as usize % below
            };
            let newline: Newline = policies[random(5)].parse().expect("a policy");
            let mut streams = ["", ""].map(|text| StringIo::with_newline(text, newline));
            for _ in 0..100 {
                let text: String = (0..random(200))
                    .map(|_| char::from(*b"\r\n..".get(random(40)).unwrap_or(&b'x')))
                    .collect();
                let (step, place) = (random(9), random(1000) as u64);
                let [one, other] = streams.each_mut().map(|stream| {
                    let behind = stream.fill_str().expect("it is open").len();
                    let to = TextPosition::new(place.min(stream.text.len() as u64), 0);
                    match step {
                        0 | 1 => stream.write_str(&text),
                        2 => stream.seek(to),
                        3 => stream.truncate(Some(place)).map(drop),
                        4 => {
                            stream.consume(behind.min(text.len()));
                            Ok(())
                        }
                        _ => Ok(()),
                    }
                    .expect("a stream in memory");
                    stream
                });
                let line = one.next_line().expect("it is open");
                let expected = other.next_line_within(usize::MAX).expect("it is open");
                assert_eq!(line, expected, "{seed} {newline}");
                assert_eq!(one.position, other.position, "{seed} {newline}");
            }
        }
    }
}
