//! [`LineCounter`]: how many lines a text in pieces has.

use memchr::{memchr, memchr_iter};

use super::policy::Newline;
use crate::scan::for_each_group;

/// Counts line ends in text that comes in pieces, as [`fill_str`](crate::TextIo::fill_str) gives
/// it. Needs no memory, however long the lines are.
///
/// # Examples
///
/// ```
/// use iolite::Newline;
/// use iolite::text::LineCounter;
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
        let count = |byte| memchr_iter(byte, bytes).count() as u64;
        self.lines += match self.newline {
            Newline::Cr => count(b'\r'),
            Newline::CrLf if self.after_cr || memchr(b'\r', bytes).is_some() => self.pairs(bytes),
            Newline::CrLf => 0,
            // Each `\r` counts at once, so the `\n` of a pair must not count again.
            Newline::Keep if self.after_cr || memchr(b'\r', bytes).is_some() => {
                count(b'\r') + count(b'\n') - self.pairs(bytes)
            }
            _ => count(b'\n'),
        };
        self.after_cr = last == b'\r';
    }

    /// The number of `\r\n` that end in the next piece.
    fn pairs(&self, bytes: &[u8]) -> u64 {
        let mut lone_lf = 0;
        for_each_group(bytes, self.after_cr, |newlines| {
            lone_lf += u64::from(newlines.lone_lf.count_ones());
            true
        });
        memchr_iter(b'\n', bytes).count() as u64 - lone_lf
    }

    /// The number of line ends so far.
    pub fn lines(&self) -> u64 {
        self.lines
    }
}

impl Default for LineCounter {
    /// A counter for text that was read with [`Newline::Universal`].
    fn default() -> LineCounter {
        LineCounter::new(Newline::default())
    }
}
