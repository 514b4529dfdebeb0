//! [`LineEnding`]: what ended a line; [`LineEndings`]: which there were.

use std::fmt;

use memchr::memchr;

use crate::scan::{Newlines, for_each_group};

/// What ended a line in the stream.
///
/// # Examples
///
/// ```
/// use iolite::text::LineEnding;
/// assert_eq!(LineEnding::CrLf.as_str(), "\r\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// All of them, each at the place that its discriminant says.
    pub(in crate::text) const ALL: [LineEnding; 4] = [
        LineEnding::None,
        LineEnding::Lf,
        LineEnding::Cr,
        LineEnding::CrLf,
    ];

    /// How many bytes the characters are.
    #[inline]
    pub(in crate::text) fn len(self) -> usize {
        match self {
            LineEnding::None => 0,
            LineEnding::Lf | LineEnding::Cr => 1,
            LineEnding::CrLf => 2,
        }
    }

    /// The characters.
    #[inline]
    pub fn as_str(self) -> &'static str {
        match self {
            LineEnding::None => "",
            LineEnding::Lf => "\n",
            LineEnding::Cr => "\r",
            LineEnding::CrLf => "\r\n",
        }
    }
}

/// A set of line ends: what [`newlines`](crate::TextIo::newlines) answers.
///
/// It is walked through in the order of Python's tuple: `\r`, `\n`, `\r\n`.
/// [`LineEnding::None`] is never in it.
///
/// # Examples
///
/// ```
/// use iolite::{Newline, StringIo, TextIo};
/// use iolite::text::{LineEnding, LineEndings};
///
/// let text = StringIo::with_newline("one\r\ntwo\n", Newline::Universal);
/// let seen: Vec<&str> = text.newlines().iter().map(LineEnding::as_str).collect();
/// assert_eq!(seen, ["\n", "\r\n"]);
/// assert_eq!(text.newlines().only(), None);       // mixed
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct LineEndings(u8);

const CR: u8 = 1;
const LF: u8 = 2;
const CRLF: u8 = 4;

const IN_ORDER: [LineEnding; 3] = [LineEnding::Cr, LineEnding::Lf, LineEnding::CrLf];

#[inline]
fn bit(ending: LineEnding) -> u8 {
    match ending {
        LineEnding::None => 0,
        LineEnding::Cr => CR,
        LineEnding::Lf => LF,
        LineEnding::CrLf => CRLF,
    }
}

impl LineEndings {
    /// The empty set.
    pub const fn new() -> LineEndings {
        LineEndings(0)
    }

    /// Puts a line end in.
    #[inline]
    pub fn insert(&mut self, ending: LineEnding) {
        self.0 |= bit(ending);
    }

    /// Puts in what ends lines in a group, without a branch.
    // Inlined into the loop over groups: row 2g.
    #[inline(always)]
    pub(super) fn insert_group(&mut self, group: Newlines) {
        let flag = |bit: u8, is_there: bool| bit * u8::from(is_there);
        self.0 |= flag(CRLF, group.pairs != 0)
            | flag(CR, group.cr != group.pairs)
            | flag(LF, group.lone_lf != 0);
    }

    /// Whether a line end is in the set.
    pub fn contains(self, ending: LineEnding) -> bool {
        self.0 & bit(ending) != 0
    }

    /// Whether there was none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many kinds there were: 0 to 3.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The line end that is alone in the set: the convention of a text that keeps to one.
    pub fn only(self) -> Option<LineEnding> {
        self.iter().next().filter(|_| self.len() == 1)
    }

    /// The line ends in Python's order: `\r`, `\n`, `\r\n`.
    pub fn iter(self) -> impl Iterator<Item = LineEnding> {
        IN_ORDER
            .into_iter()
            .filter(move |&ending| self.contains(ending))
    }

    /// Puts in what `text` has, which neither begins with the second half of a `\r\n` nor ends
    /// with the first. Looks only for what is missing, and for `\r` only if there may be one.
    pub(in crate::text) fn look(&mut self, text: &str, has_cr: bool) {
        let bytes = text.as_bytes();
        if has_cr && self.0 & (CR | CRLF) != CR | CRLF && memchr(b'\r', bytes).is_some() {
            return self.look_closely(bytes);
        }
        if !self.contains(LineEnding::Lf) && self.has_lone_lf(bytes) {
            self.insert(LineEnding::Lf);
        }
    }

    fn has_lone_lf(self, bytes: &[u8]) -> bool {
        let Some(at) = memchr(b'\n', bytes) else {
            return false;
        };
        if at == 0 || bytes[at - 1] != b'\r' {
            return true;
        }
        let mut found = false;
        for_each_group(&bytes[at + 1..], false, |ends| {
            found = ends.lone_lf != 0;
            !found
        });
        found
    }

    fn look_closely(&mut self, bytes: &[u8]) {
        for_each_group(bytes, false, |ends| {
            self.insert_group(ends);
            self.0 != CR | LF | CRLF
        });
    }
}

impl fmt::Debug for LineEndings {
    /// As a set: `{Lf, CrLf}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<LineEnding> for LineEndings {
    fn from_iter<I: IntoIterator<Item = LineEnding>>(endings: I) -> LineEndings {
        let mut set = LineEndings::new();
        set.extend(endings);
        set
    }
}

impl Extend<LineEnding> for LineEndings {
    fn extend<I: IntoIterator<Item = LineEnding>>(&mut self, endings: I) {
        endings.into_iter().for_each(|ending| self.insert(ending));
    }
}
