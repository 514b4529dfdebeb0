//! [`Newline`]: what ends a line, on the way in and on the way out. Pure: no stream in sight.

use std::fmt;
use std::str::FromStr;

use memchr::{memchr, memchr_iter, memchr2};

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

const PLATFORM: Newline = match cfg!(windows) {
    true => Newline::CrLf,
    false => Newline::Lf,
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
    pub(super) fn resolve(self) -> Newline {
        match self {
            Newline::Native => PLATFORM,
            other => other,
        }
    }

    /// Whether reading turns every line end into `\n`.
    pub(super) fn translates(self) -> bool {
        self == Newline::Universal
    }

    /// Whether each of the three line ends counts.
    pub(super) fn takes_any(self) -> bool {
        matches!(self, Newline::Universal | Newline::Keep)
    }

    /// Whether a `\r` at the end of a piece of text cannot be judged before what follows.
    pub(super) fn pairs_cr(self) -> bool {
        !matches!(self.resolve(), Newline::Lf | Newline::Cr)
    }

    /// The first line end in `text` at or after byte `from`. `has_cr` may be `false` only if
    /// there is no `\r` in `text`. Where [`pairs_cr`](Newline::pairs_cr), a `\r` at the very end
    /// counts as one that nothing follows.
    #[inline]
    pub(super) fn find(self, text: &str, from: usize, has_cr: bool) -> Option<(usize, LineEnding)> {
        let bytes = &text.as_bytes()[from..];
        let found = match self.resolve() {
            Newline::Cr => memchr(b'\r', bytes).map(|at| (at, LineEnding::Cr)),
            Newline::CrLf => memchr_iter(b'\n', bytes)
                .find(|&at| at > 0 && bytes[at - 1] == b'\r')
                .map(|at| (at - 1, LineEnding::CrLf)),
            Newline::Universal | Newline::Keep if has_cr => {
                memchr2(b'\n', b'\r', bytes).map(|at| match (bytes[at], bytes.get(at + 1)) {
                    (b'\n', _) => (at, LineEnding::Lf),
                    (_, Some(b'\n')) => (at, LineEnding::CrLf),
                    _ => (at, LineEnding::Cr),
                })
            }
            _ => memchr(b'\n', bytes).map(|at| (at, LineEnding::Lf)),
        };
        found.map(|(at, ending)| (from + at, ending))
    }

    /// Appends `text` as it is written: with `\n` replaced.
    pub(super) fn translate_out(self, text: &str, out: &mut String) {
        let Some(newline) = self.written() else {
            out.push_str(text);
            return;
        };
        let mut done = 0;
        for at in memchr_iter(b'\n', text.as_bytes()) {
            out.push_str(&text[done..at]);
            out.push_str(newline);
            done = at + 1;
        }
        out.push_str(&text[done..]);
    }
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

/// What ended a line in the stream.
///
/// # Examples
///
/// ```
/// use iolite::LineEnding;
/// assert_eq!(LineEnding::CrLf.as_str(), "\r\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnding {
    /// Nothing: the stream ended, or malformed bytes follow.
    None,
    /// `\n`
    Lf,
    /// `\r`
    Cr,
    /// `\r\n`
    CrLf,
}

impl LineEnding {
    /// The characters.
    pub fn as_str(self) -> &'static str {
        match self {
            LineEnding::None => "",
            LineEnding::Lf => "\n",
            LineEnding::Cr => "\r",
            LineEnding::CrLf => "\r\n",
        }
    }
}

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
