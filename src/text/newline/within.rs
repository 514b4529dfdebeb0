//! A line, or its first characters.

use super::ending::LineEnding;
use super::policy::Newline;

/// How much text is looked at first, in bytes; then twice as much each time. So a short line costs
/// what it is long, however many characters are asked for and however much text there is.
const FIRST: usize = 256;

/// Where a line ends, or so many characters of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) enum Within {
    /// There, and with what; with nothing if that is so many characters.
    Ends(usize, LineEnding),
    /// Not in this text, which has so many characters.
    GoesOn(usize),
}

impl Newline {
    /// Where the line ends that goes on at byte `from` of `text`, or its first `max` characters, 1
    /// at least, its end included. A pair that is read as one character is one; else it may be cut
    /// in two. Where [`pairs_cr`](Newline::pairs_cr), a `\r` at the very end counts as one that
    /// nothing follows.
    pub(in crate::text) fn find_within(self, text: &str, from: usize, max: usize) -> Within {
        let (mut at, mut left, mut step) = (from, max, FIRST);
        while at < text.len() {
            let end = piece_end(text, at.saturating_add(step));
            let found = self.find(&text[..end], at);
            let stop = found.map_or(end, |(at, ending)| at + ending.len());
            match cut(&text[at..stop], left) {
                None => left -= text[at..stop].chars().count(),
                // A `\r` that is cut off from its `\n`.
                Some(n) if at + n + 1 == stop && text[..stop].ends_with("\r\n") => {
                    return match (self.translates(), self.takes_any()) {
                        (true, _) => Within::Ends(stop - 2, LineEnding::CrLf),
                        (false, true) => Within::Ends(stop - 2, LineEnding::Cr),
                        (false, false) => Within::Ends(stop - 1, LineEnding::None),
                    };
                }
                Some(n) if at + n < stop => return Within::Ends(at + n, LineEnding::None),
                Some(_) if found.is_none() => return Within::Ends(stop, LineEnding::None),
                Some(_) => {}
            }
            if let Some((at, ending)) = found {
                return Within::Ends(at, ending);
            }
            (at, step) = (stop, 2 * step);
        }
        Within::GoesOn(max - left)
    }
}

/// How long the first `n` characters are, 1 at least; `None`: there are not so many.
fn cut(text: &str, n: usize) -> Option<usize> {
    // No character is shorter than a byte.
    if text.len() < n {
        return None;
    }
    let mut ends = text.char_indices().map(|(at, ch)| at + ch.len_utf8());
    ends.nth(n - 1)
}

/// The end of a piece of text that ends at `at` or a little farther: not in a character, and not in
/// a pair.
fn piece_end(text: &str, at: usize) -> usize {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let is_half = text[..end].ends_with('\r') && text[end..].starts_with('\n');
    end + usize::from(is_half)
}
