//! [`NewlineDecoder`]: newlines on the way in.

use std::borrow::Cow;

use memchr::memchr;

use super::ending::{LineEnding, LineEndings};
use super::policy::Newline;
use crate::scan::{GROUP, Newlines};

/// Translates the newlines of a text that comes in pieces, and remembers which there were
/// (CPython's `IncrementalNewlineDecoder`).
///
/// Under [`Newline::Universal`] every newline becomes `\n` (CPython's `translate=True`); under the
/// other policies the text stays as it is (`translate=False`). A `\r` at the end of a piece is
/// held back where it may be half of a `\r\n`, so no pair ever comes out in two pieces; it comes
/// with the next text that is not empty, or with the last. Any cut gives the same text.
///
/// # Examples
///
/// ```
/// use iolite::Newline;
/// use iolite::text::{LineEnding, NewlineDecoder};
///
/// let mut decoder = NewlineDecoder::new(Newline::Universal);
/// let mut text = String::new();
/// decoder.decode("one\r", false, &mut text);
/// assert_eq!(text, "one");
/// decoder.decode("\ntwo\r", true, &mut text);
/// assert_eq!(text, "one\ntwo\n");
/// assert!(decoder.newlines().contains(LineEnding::CrLf));
/// ```
#[doc(alias = "IncrementalNewlineDecoder")]
#[derive(Clone, Debug, Default)]
pub struct NewlineDecoder {
    newline: Newline,
    /// Whether a `\r` was held back.
    holds_cr: bool,
    seen: LineEndings,
}

impl NewlineDecoder {
    /// A decoder for the start of a text that is read with this policy.
    pub fn new(newline: Newline) -> NewlineDecoder {
        NewlineDecoder {
            newline: newline.resolve(),
            holds_cr: false,
            seen: LineEndings::new(),
        }
    }

    /// Appends the next piece as it is read to `out`. `last`: nothing follows it. Allocates only
    /// if `out` has no room.
    pub fn decode(&mut self, text: &str, last: bool, out: &mut String) {
        let mut rest = text;
        if self.holds_cr && (last || !rest.is_empty()) {
            self.holds_cr = false;
            match rest.strip_prefix('\n') {
                Some(after) => {
                    rest = after;
                    self.end(LineEnding::CrLf, out);
                }
                None => self.end(LineEnding::Cr, out),
            }
        }
        let rest = self.hold_back(rest, last);
        self.append(rest, out);
    }

    /// [`decode`](NewlineDecoder::decode) without a copy where there is nothing to change: gives
    /// the piece itself then, less a `\r` that is held back (CPython, too, returns the very
    /// string it was given). Allocates where a newline is translated, or one comes that was held
    /// back.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::borrow::Cow;
    ///
    /// use iolite::Newline;
    /// use iolite::text::NewlineDecoder;
    ///
    /// let mut decoder = NewlineDecoder::new(Newline::Universal);
    /// assert!(matches!(decoder.decode_cow("one\ntwo\r", false), Cow::Borrowed("one\ntwo")));
    /// assert_eq!(decoder.decode_cow("\nthree", true), "\nthree");
    /// ```
    pub fn decode_cow<'a>(&mut self, text: &'a str, last: bool) -> Cow<'a, str> {
        if self.holds_cr {
            let mut out = String::new();
            self.decode(text, last, &mut out);
            return Cow::Owned(out);
        }
        let text = self.hold_back(text, last);
        if self.newline.translates() && memchr(b'\r', text.as_bytes()).is_some() {
            let mut out = String::new();
            self.append(text, &mut out);
            return Cow::Owned(out);
        }
        if self.newline.takes_any() {
            self.seen.look(text, true);
        }
        Cow::Borrowed(text)
    }

    /// The piece without a `\r` at its end that may be half of a pair.
    fn hold_back<'a>(&mut self, text: &'a str, last: bool) -> &'a str {
        match text.strip_suffix('\r') {
            Some(before) if !last && self.newline.pairs_cr() => {
                self.holds_cr = true;
                before
            }
            _ => text,
        }
    }

    /// Appends text that has both halves of each pair.
    fn append(&mut self, text: &str, out: &mut String) {
        if self.newline.translates() {
            return translate(text, &mut self.seen, out);
        }
        if self.newline.takes_any() {
            self.seen.look(text, true);
        }
        out.push_str(text);
    }

    /// Appends a `\r`, alone or with its `\n`.
    fn end(&mut self, ending: LineEnding, out: &mut String) {
        if self.newline.takes_any() {
            self.seen.insert(ending);
        }
        out.push_str(if self.newline.translates() {
            "\n"
        } else {
            ending.as_str()
        });
    }

    /// Which line ends came out so far, under [`Newline::Universal`] and [`Newline::Keep`]; the
    /// other policies know theirs beforehand and see none. CPython counts under both of its
    /// `translate` values, which are these two policies.
    pub fn newlines(&self) -> LineEndings {
        self.seen
    }

    /// Goes back to the start of a text: nothing is held back, nothing was seen.
    pub fn reset(&mut self) {
        *self = NewlineDecoder::new(self.newline);
    }

    /// The state between two pieces: whether a `\r` is held back. What was seen is no part of it
    /// (as in CPython).
    #[doc(alias = "getstate")]
    pub fn state(&self) -> bool {
        self.holds_cr
    }

    /// Goes back to a state that [`state`](NewlineDecoder::state) gave.
    #[doc(alias = "setstate")]
    pub fn set_state(&mut self, holds_cr: bool) {
        self.holds_cr = holds_cr && self.newline.pairs_cr();
    }
}

/// After how many groups without a `\r` the next one is searched for with `memchr` again.
const EMPTY: u32 = 4;

/// `\r`s that are less than this many bytes apart are translated by groups: to find each with `memchr`
/// and to copy what is between them in a call each costs more.
const NEAR: usize = EMPTY as usize * GROUP;

/// Appends `text` with every newline as `\n`, and puts into `seen` which there were. The text has
/// both halves of each `\r\n`.
pub(in crate::text) fn translate(text: &str, seen: &mut LineEndings, out: &mut String) {
    out.reserve(text.len());
    let mut rest = text;
    // Made when two `\r` are near each other.
    let mut dense = None;
    let mut is_near = false;
    while let Some(at) = memchr(b'\r', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        seen.look(before, false);
        out.push_str(before);
        rest = from;
        if is_near && at < NEAR && rest.len() >= 2 * GROUP {
            let dense = dense.get_or_insert_with(Dense::new);
            rest = dense.run(rest, seen, out);
        } else {
            rest = one(rest, seen, out);
        }
        is_near = true;
    }
    seen.look(rest, false);
    out.push_str(rest);
}

/// Translates the newline that `text` begins with, and returns what follows it.
fn one<'a>(text: &'a str, seen: &mut LineEndings, out: &mut String) -> &'a str {
    out.push('\n');
    let (ending, rest) = match text.strip_prefix("\r\n") {
        Some(rest) => (LineEnding::CrLf, rest),
        None => (LineEnding::Cr, &text[1..]),
    };
    seen.insert(ending);
    rest
}

/// Translates text in which `\r`s are near each other.
///
/// What is between them is copied 64 bytes at a time, whatever its length, and the excess is
/// overwritten by the next copy. So no branch depends on where newlines are, which cannot be predicted.
struct Dense([u8; Dense::SIZE]);

impl Dense {
    /// Bytes that are collected before they are checked and appended: the check costs a call each time.
    const SIZE: usize = 4096;

    fn new() -> Dense {
        Dense([0; Dense::SIZE])
    }

    /// Translates the text up to where no `\r` is near, or near its end; what is left of it.
    fn run<'a>(&mut self, text: &'a str, seen: &mut LineEndings, out: &mut String) -> &'a str {
        let (mut read, mut len, mut empty) = (0, 0, 0);
        // Two groups, because the spaces between newlines are copied as whole ones.
        while let Some(groups) = text.as_bytes()[read..].first_chunk::<{ 2 * GROUP }>() {
            let Some(place) = self.0[len..].first_chunk_mut::<{ 2 * GROUP }>() else {
                len = self.flush(len, text, read, out);
                continue;
            };
            let Some(group) = groups.first_chunk() else {
                break;
            };
            // The `\n` of a pair goes with its `\r`, and is never the first here.
            let ends = Newlines::new(group, groups.get(GROUP), false);
            let pairs = ends.pairs;
            seen.insert_group(ends);
            // Each `\r` becomes a `\n` where it stands, and of a pair only the `\n` is copied.
            let groups = &groups.map(|byte| if byte == b'\r' { b'\n' } else { byte });
            let (mut left, mut from, mut to) = (pairs, 0, 0);
            loop {
                copy(groups, from, place, to);
                if left == 0 {
                    break;
                }
                let at = left.trailing_zeros() as usize;
                to += at - from;
                from = at + 1;
                left &= left - 1;
            }
            // A pair may reach into the next group, and goes with this one.
            let end = GROUP + usize::from(pairs >> (GROUP - 1) != 0);
            len += to + end - from;
            read += end;
            empty = if ends.cr == 0 { empty + 1 } else { 0 };
            if empty == EMPTY {
                break;
            }
        }
        let left = self.flush(len, text, read, out);
        &text[read - left..]
    }

    /// Appends the first `len` bytes, but for a character that goes on after the `read` bytes of
    /// the text; how many bytes of that are left.
    #[inline(never)] // row 2g
    fn flush(&mut self, len: usize, text: &str, read: usize, out: &mut String) -> usize {
        let mut left = 0;
        while !text.is_char_boundary(read - left) {
            left += 1;
        }
        let done = len - left;
        let text = simdutf8::basic::from_utf8(&self.0[..done]);
        out.push_str(text.expect("only whole characters were copied, and newlines changed"));
        self.0.copy_within(done..len, 0);
        left
    }
}

/// Copies 64 bytes.
#[inline]
fn copy(source: &[u8; 2 * GROUP], from: usize, target: &mut [u8; 2 * GROUP], to: usize) {
    // Both are in the first group or at its end, which spares two checks.
    let (from, to) = (from.min(GROUP), to.min(GROUP));
    target[to..to + GROUP].copy_from_slice(&source[from..from + GROUP]);
}
