//! Every newline to `\n`, 64 bytes at a time where newlines are close together.

use memchr::memchr;

use super::ending::LineEnding;
use super::endings::LineEndings;
use crate::scan::{GROUP, Newlines};

/// How many groups without a `\r` are looked at before the next one is searched for.
const EMPTY: u32 = 4;

/// Nearer to one another than so many bytes, `\r`s are not searched for.
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

/// Translates the newline that `text` begins with; what is behind it.
fn one<'a>(text: &'a str, seen: &mut LineEndings, out: &mut String) -> &'a str {
    out.push('\n');
    let (ending, rest) = match text.strip_prefix("\r\n") {
        Some(rest) => (LineEnding::CrLf, rest),
        None => (LineEnding::Cr, &text[1..]),
    };
    seen.insert(ending);
    rest
}

/// Text with many a `\r`.
///
/// What stands between them is copied 64 bytes at a time, whatever its length, and what is too
/// much of that is overwritten by what follows: no branch depends on where newlines are.
struct Dense([u8; Dense::SIZE]);

impl Dense {
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
            seen.insert_if(pairs != 0, LineEnding::CrLf);
            seen.insert_if(ends.cr != pairs, LineEnding::Cr);
            seen.insert_if(ends.lone_lf != 0, LineEnding::Lf);
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

    /// Appends the first `len` bytes, but for a character that goes on behind the `read` bytes of
    /// the text; how many bytes of that are left.
    #[inline(never)]
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
#[inline(always)]
fn copy(source: &[u8; 2 * GROUP], from: usize, target: &mut [u8; 2 * GROUP], to: usize) {
    // Both are in the first group or at its end, which spares two checks.
    let (from, to) = (from.min(GROUP), to.min(GROUP));
    target[to..to + GROUP].copy_from_slice(&source[from..from + GROUP]);
}
