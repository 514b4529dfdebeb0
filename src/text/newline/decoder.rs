//! [`NewlineDecoder`]: newlines on the way in.

use std::borrow::Cow;

use memchr::memchr;

use super::ending::LineEnding;
use super::endings::LineEndings;
use super::policy::Newline;
use super::translate::translate;

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
/// use iolite::{LineEnding, Newline, NewlineDecoder};
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
#[derive(Clone, Debug)]
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
                Some(behind) => {
                    rest = behind;
                    self.end(LineEnding::CrLf, out);
                }
                None => self.end(LineEnding::Cr, out),
            }
        }
        let rest = self.hold_back(rest, last);
        self.append(rest, out);
    }

    /// [`decode`](NewlineDecoder::decode) without a copy where there is nothing to change: gives
    /// the piece itself then, less a `\r` that is held back (CPython, too, answers with the very
    /// string it was given). Allocates where a newline is translated, or one comes that was held
    /// back.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::borrow::Cow;
    ///
    /// use iolite::{Newline, NewlineDecoder};
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
