//! [`NewlineEncoder`]: newlines on the way out.

use memchr::memchr_iter;

use super::policy::Newline;

/// Turns `\n` into what a policy writes for it. It keeps nothing between the pieces, so any cut
/// gives the same.
///
/// `\r` is never changed, as in CPython: `\r\n` may become `\r\r\n`.
///
/// # Examples
///
/// ```
/// use iolite::{Newline, NewlineEncoder};
///
/// let encoder = NewlineEncoder::new(Newline::CrLf);
/// let mut written = String::new();
/// encoder.encode("one\ntwo", &mut written);
/// encoder.encode("\n", &mut written);
/// assert_eq!(written, "one\r\ntwo\r\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewlineEncoder {
    newline: Newline,
}

impl NewlineEncoder {
    /// An encoder for text that is written with this policy.
    pub fn new(newline: Newline) -> NewlineEncoder {
        NewlineEncoder { newline }
    }

    /// Appends `text` as it is written to `out`. Allocates only if `out` has no room.
    pub fn encode(&self, text: &str, out: &mut String) {
        let Some(newline) = self.newline.written() else {
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
