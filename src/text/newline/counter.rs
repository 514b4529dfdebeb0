//! [`LineCounter`]: how many lines a text in pieces has.

use memchr::{memchr, memchr_iter};

use super::policy::Newline;

/// Counts line ends in text that comes in pieces, as [`fill_str`](crate::TextIo::fill_str) gives
/// it. Needs no memory, however long the lines are.
///
/// # Examples
///
/// ```
/// use iolite::{LineCounter, Newline};
///
/// let mut counter = LineCounter::new(Newline::CrLf);
/// counter.push("one\r");
/// counter.push("\ntwo\r\n");
/// assert_eq!(counter.lines(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LineCounter {
    newline: Newline,
    lines: u64,
    /// Whether the text so far ends in `\r`.
    after_cr: bool,
}

impl LineCounter {
    /// A counter for text that was read with this policy.
    pub fn new(newline: Newline) -> LineCounter {
        LineCounter {
            newline: newline.resolve(),
            lines: 0,
            after_cr: false,
        }
    }

    /// Counts the line ends of the next piece.
    pub fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let Some(&last) = bytes.last() else { return };
        let lf = |bytes: &[u8]| memchr_iter(b'\n', bytes).count() as u64;
        let cr = |bytes: &[u8]| memchr_iter(b'\r', bytes).count() as u64;
        // Pairs inside the piece, and one that began in the piece before.
        let pairs = |after_cr: bool| {
            let inside = memchr_iter(b'\n', bytes).filter(|&at| match at {
                0 => after_cr,
                at => bytes[at - 1] == b'\r',
            });
            inside.count() as u64
        };
        self.lines += match self.newline {
            Newline::Cr => cr(bytes),
            Newline::CrLf => pairs(self.after_cr),
            // Each `\r` counts at once, so the `\n` of a pair must not count again.
            Newline::Keep => match self.after_cr || memchr(b'\r', bytes).is_some() {
                true => cr(bytes) + lf(bytes) - pairs(self.after_cr),
                false => lf(bytes),
            },
            _ => lf(bytes),
        };
        self.after_cr = last == b'\r';
    }

    /// The number of line ends so far.
    pub fn lines(&self) -> u64 {
        self.lines
    }
}
