//! Every newline to `\n`, 64 bytes at a time where newlines are close together.

use memchr::memchr;
use wide::u8x16;

use super::ending::LineEnding;
use super::endings::LineEndings;

/// How many bytes are looked at together.
const GROUP: usize = 64;

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
            let (cr, lf) = (mask(groups, b'\r'), mask(groups, b'\n'));
            // Which `\r`s have a `\n` behind them.
            let next = u64::from(groups[GROUP] == b'\n') << (GROUP - 1);
            let pairs = cr & (lf >> 1 | next);
            seen.insert_if(pairs != 0, LineEnding::CrLf);
            seen.insert_if(cr != pairs, LineEnding::Cr);
            seen.insert_if(lf & !(cr << 1) != 0, LineEnding::Lf);
            let (mut left, mut from, mut to) = (cr, 0, 0);
            loop {
                copy(groups, from, place, to);
                if left == 0 {
                    break;
                }
                let at = left.trailing_zeros() as usize;
                to += at - from;
                place[to] = b'\n';
                to += 1;
                from = at + 1 + (pairs >> at & 1) as usize;
                left &= left - 1;
            }
            // A pair may reach into the next group.
            let end = from.max(GROUP);
            len += to + end - from;
            read += end;
            empty = if cr == 0 { empty + 1 } else { 0 };
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
        let chars = simdutf8::basic::from_utf8(&self.0[..done]);
        out.push_str(chars.expect("whole characters were put there"));
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

/// In which of the first 64 places a byte stands.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "there is a bit for each of 16 bytes"
)]
fn mask(groups: &[u8; 2 * GROUP], byte: u8) -> u64 {
    let all = u8x16::splat(byte);
    let (parts, _) = groups.as_chunks::<16>();
    let bits = |n: usize| {
        let found = u8x16::new(parts[n]).cmp_eq(all);
        u64::from(found.move_mask().cast_unsigned() as u16)
    };
    bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
}
