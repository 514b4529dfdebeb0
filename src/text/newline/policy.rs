//! [`Newline`]: what ends a line, on the way in and on the way out.

use std::fmt;
use std::str::FromStr;

use memchr::{memchr, memchr_iter, memchr2};

use super::ending::LineEnding;
use crate::error::Error;

/// The newline convention of a text stream (Python: the `newline` argument).
///
/// | policy | Python | reading: a line ends at | and is read with | writing: `\n` becomes |
/// |---|---|---|---|---|
/// | `Universal` | `None` | `\n`, `\r`, `\r\n` | `\n` | the platform's newline |
/// | `Keep` | `''` | `\n`, `\r`, `\r\n` | what is there | `\n` |
/// | `Lf` | `'\n'` | `\n` | `\n` | `\n` |
/// | `Cr` | `'\r'` | `\r` | `\r` | `\r` |
/// | `CrLf` | `'\r\n'` | `\r\n` | `\r\n` | `\r\n` |
/// | `Native` | `os.linesep` | the platform's | the same | the platform's |
///
/// The platform's newline is `\r\n` on Windows and `\n` elsewhere. Writing never changes `\r`.
/// No other character ends a line, `U+2028` and `\x0c` included.
///
/// Where `\r\n` counts (`Universal`, `Keep`, `CrLf`), a `\r` that is the last byte there is waits
/// for the next one, as in CPython: only that says whether it is half of a pair. So a peer that
/// ends its lines with `\r` and waits for a reply waits forever: read it with `Cr`, which gives
/// the line at once.
///
/// # Examples
///
/// ```
/// use iolite::{Newline, StringIo, TextIo};
///
/// let mut text = StringIo::with_newline("a\rb\r\nc", Newline::Universal);
/// let mut all = String::new();
/// text.read_to_string(&mut all)?;
/// assert_eq!(all, "a\nb\nc");
/// assert_eq!("crlf".parse::<Newline>()?, Newline::CrLf);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Newline {
    /// Every convention is read and becomes `\n`; the platform's is written.
    #[default]
    Universal,
    /// Every convention is read and stays; nothing is changed on writing.
    Keep,
    /// `\n` only.
    Lf,
    /// `\r` only, as on the old Mac.
    Cr,
    /// `\r\n` only, as on Windows and in network protocols.
    CrLf,
    /// The platform's own, on both ways.
    Native,
}

/// Where a line ends, or so many characters of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) enum Within {
    /// There, and with what; with nothing if that is so many characters.
    Ends(usize, LineEnding),
    /// Not in this text, which has so many characters.
    GoesOn(usize),
}

/// How much text is searched first, in bytes; then twice as much each time. So the cost of a short line
/// depends on its length, and not on how many characters are asked for or how much text there is.
const FIRST: usize = 256;

const PLATFORM: Newline = if cfg!(windows) {
    Newline::CrLf
} else {
    Newline::Lf
};

impl Newline {
    /// What `\n` becomes when it is written; `None` if it stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Newline;
    /// assert_eq!(Newline::CrLf.written(), Some("\r\n"));
    /// assert_eq!(Newline::Lf.written(), None);
    /// ```
    #[inline]
    pub fn written(self) -> Option<&'static str> {
        match self {
            Newline::Keep | Newline::Lf => None,
            Newline::Cr => Some("\r"),
            Newline::CrLf => Some("\r\n"),
            Newline::Universal | Newline::Native => PLATFORM.written(),
        }
    }

    /// The policy with `Native` replaced by what it stands for.
    #[inline]
    pub(in crate::text) fn resolve(self) -> Newline {
        match self {
            Newline::Native => PLATFORM,
            other => other,
        }
    }

    /// Whether reading turns every line end into `\n`.
    #[inline]
    pub(in crate::text) fn translates(self) -> bool {
        self == Newline::Universal
    }

    /// Whether each of the three line ends counts.
    #[inline]
    pub(in crate::text) fn takes_any(self) -> bool {
        matches!(self, Newline::Universal | Newline::Keep)
    }

    /// Whether a `\r` at the end of a piece of text cannot be judged before what follows.
    pub(in crate::text) fn pairs_cr(self) -> bool {
        !matches!(self.resolve(), Newline::Lf | Newline::Cr)
    }

    /// The first `\r` in `text` at or after byte `from`, if each one counts, or the text's length.
    pub(in crate::text) fn first_cr(self, text: &str, from: usize) -> usize {
        let found = if self.takes_any() {
            memchr(b'\r', &text.as_bytes()[from..])
        } else {
            None
        };
        found.map_or(text.len(), |at| from + at)
    }

    /// What the line end is that begins at `at`.
    #[inline]
    pub(in crate::text) fn ending(self, text: &[u8], at: usize) -> LineEnding {
        match (text[at], self) {
            (b'\n', _) => LineEnding::Lf,
            (_, Newline::Cr) => LineEnding::Cr,
            _ => match text.get(at + 1) {
                Some(b'\n') => LineEnding::CrLf,
                _ => LineEnding::Cr,
            },
        }
    }

    /// The first line end in `text` at or after byte `from`. Where
    /// [`pairs_cr`](Newline::pairs_cr), a `\r` at the very end counts as one that nothing follows.
    #[inline]
    pub(in crate::text) fn find(self, text: &str, from: usize) -> Option<(usize, LineEnding)> {
        let bytes = &text.as_bytes()[from..];
        let found = match self.resolve() {
            Newline::Cr => memchr(b'\r', bytes).map(|at| (at, LineEnding::Cr)),
            Newline::CrLf => memchr_iter(b'\n', bytes)
                .find(|&at| at > 0 && bytes[at - 1] == b'\r')
                .map(|at| (at - 1, LineEnding::CrLf)),
            Newline::Universal | Newline::Keep => {
                memchr2(b'\n', b'\r', bytes).map(|at| (at, self.ending(bytes, at)))
            }
            _ => memchr(b'\n', bytes).map(|at| (at, LineEnding::Lf)),
        };
        found.map(|(at, ending)| (from + at, ending))
    }

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
    let cuts_pair = text[..end].ends_with('\r') && text[end..].starts_with('\n');
    end + usize::from(cuts_pair)
}

impl fmt::Display for Newline {
    /// The name in lower case, as [`FromStr`] takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Newline::Universal => "universal",
            Newline::Keep => "keep",
            Newline::Lf => "lf",
            Newline::Cr => "cr",
            Newline::CrLf => "crlf",
            Newline::Native => "native",
        })
    }
}

impl FromStr for Newline {
    type Err = Error;

    /// Takes the names of the policies, and Python's strings (`""`, `"\n"`, `"\r"`, `"\r\n"`).
    fn from_str(name: &str) -> Result<Newline, Error> {
        match name {
            "universal" => Ok(Newline::Universal),
            "keep" | "" => Ok(Newline::Keep),
            "lf" | "\n" => Ok(Newline::Lf),
            "cr" | "\r" => Ok(Newline::Cr),
            "crlf" | "\r\n" => Ok(Newline::CrLf),
            "native" => Ok(Newline::Native),
            _ => Err(Error::InvalidArgument {
                argument: "newline",
                problem: "not one of universal, keep, lf, cr, crlf, native",
            }),
        }
    }
}
