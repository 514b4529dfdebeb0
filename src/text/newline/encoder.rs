//! [`NewlineEncoder`]: newlines on the way out.

use std::borrow::Cow;

use super::policy::Newline;
use crate::scan::{mask16, mask64};
use memchr::{memchr, memchr_iter};

/// Turns `\n` into what a policy writes for it. It keeps nothing between the pieces, so any cut
/// gives the same.
///
/// `\r` is never changed, as in CPython: `\r\n` may become `\r\r\n`.
///
/// # Examples
///
/// ```
/// use iolite::Newline;
/// use iolite::text::NewlineEncoder;
///
/// let encoder = NewlineEncoder::new(Newline::CrLf);
/// let mut written = String::new();
/// encoder.encode("one\ntwo", &mut written);
/// encoder.encode("\n", &mut written);
/// assert_eq!(written, "one\r\ntwo\r\n");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

    /// [`encode`](NewlineEncoder::encode) without a copy where there is nothing to change: gives
    /// the text itself then. Allocates otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::borrow::Cow;
    ///
    /// use iolite::Newline;
    /// use iolite::text::NewlineEncoder;
    ///
    /// let encoder = NewlineEncoder::new(Newline::CrLf);
    /// assert!(matches!(encoder.encode_cow("one"), Cow::Borrowed("one")));
    /// assert_eq!(encoder.encode_cow("one\n"), "one\r\n");
    /// ```
    pub fn encode_cow<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.newline.written().is_none() || memchr(b'\n', text.as_bytes()).is_none() {
            return Cow::Borrowed(text);
        }
        let mut out = String::new();
        self.encode(text, &mut out);
        Cow::Owned(out)
    }

    /// Writes `text` as it is written to the start of `room`, and returns how many bytes that
    /// are; `None` if there may not be [room enough](NewlineEncoder::fits_in) (what is in the
    /// room then says nothing). Looks for newlines while it copies.
    #[inline(always)] // row 3b
    pub(in crate::text) fn encode_to(&self, text: &str, room: &mut [u8]) -> Option<usize> {
        match self.newline.written() {
            Some("\r\n") => translate(text.as_bytes(), b"\r\n", room),
            newline => {
                let newline = newline.map_or(b'\n', |newline| newline.as_bytes()[0]);
                translate(text.as_bytes(), &[newline], room)
            }
        }
    }

    /// For how many bytes of text a room of that size is enough, whatever they are.
    pub(in crate::text) fn fits_in(room: usize) -> usize {
        room.saturating_sub(STRIDE) / NEWLINE
    }
}

/// How many bytes are looked at together: in one register, or in four of them.
const STEP: usize = 16;
const STRIDE: usize = 4 * STEP;
/// The length of the longest newline.
const NEWLINE: usize = 2;

/// Copies with `newline` in the place of each `\n`. Whole strides are copied, and what comes after a
/// newline in one is copied again: a copy of fixed length is a few instructions, one of any length a call.
/// So the room has to be a stride larger than the worst case.
#[inline(always)] // row 3b
fn translate<const N: usize>(text: &[u8], newline: &[u8; N], room: &mut [u8]) -> Option<usize> {
    let size = room.len();
    let (mut text, mut room) = (text, room);
    // What is copied is loaded once: the compiler cannot know that the room is elsewhere.
    while let Some(&stride) = text.first_chunk::<STRIDE>() {
        let place = room.first_chunk_mut::<{ STRIDE + NEWLINE }>()?;
        place[..STRIDE].copy_from_slice(&stride);
        (text, room) = match mask64(&stride, b'\n') {
            0 => (&text[STRIDE..], &mut room[STRIDE..]),
            found => {
                let end = found.trailing_zeros() as usize % STRIDE;
                place[end..][..N].copy_from_slice(newline);
                (&text[end + 1..], &mut room[end + N..])
            }
        };
    }
    if let Some(place) = room.first_chunk_mut() {
        let n = translate_short(text, newline, place);
        return Some(size - room.len() + n);
    }
    for &byte in text {
        room = match byte {
            b'\n' => put(newline, room)?,
            _ => put(&[byte], room)?,
        };
    }
    Some(size - room.len())
}

/// The most that less than a stride of text becomes, in a power of two.
const SHORT: usize = NEWLINE * STRIDE;

/// Copies less than a stride to where there is room enough whatever it is: no place in it is
/// compared with the end, but brought into it, which changes nothing.
#[inline(always)] // row 3b
fn translate_short<const N: usize>(
    text: &[u8],
    newline: &[u8; N],
    room: &mut [u8; SHORT + STEP],
) -> usize {
    debug_assert!(text.len() < STRIDE);
    let (mut text, mut at) = (text, 0);
    while let Some(&step) = text.first_chunk::<STEP>() {
        room[at % SHORT..][..STEP].copy_from_slice(&step);
        (text, at) = match mask16(&step, b'\n') {
            0 => (&text[STEP..], at + STEP),
            found => {
                let end = found.trailing_zeros() as usize % STEP;
                room[(at + end) % SHORT..][..N].copy_from_slice(newline);
                (&text[end + 1..], at + end + N)
            }
        };
    }
    for &byte in text {
        room[at % SHORT] = byte;
        at += 1;
        if byte == b'\n' {
            room[(at - 1) % SHORT..][..N].copy_from_slice(newline);
            at += N - 1;
        }
    }
    at
}

/// Writes some bytes to the room; returns the room after them.
#[inline]
fn put<'a, const N: usize>(bytes: &[u8; N], room: &'a mut [u8]) -> Option<&'a mut [u8]> {
    let (place, after) = room.split_first_chunk_mut()?;
    *place = *bytes;
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newlines anywhere, in texts around every step, in a room that just does.
    #[test]
    fn translating_into_a_room_is_translating_into_a_string() {
        for length in (0..200).chain([1000]) {
            for every in [1, 2, 3, 7, 15, 16, 17, 33, 64, 65, 500] {
                let text: String = (0..length)
                    .map(|i| if i % every == every - 1 { '\n' } else { 'x' })
                    .collect();
                for newline in [Newline::Lf, Newline::Cr, Newline::CrLf] {
                    let encoder = NewlineEncoder::new(newline);
                    let mut expected = String::new();
                    encoder.encode(&text, &mut expected);
                    let mut room = vec![0; 2 * length + STRIDE];
                    let n = encoder.encode_to(&text, &mut room);
                    assert_eq!(n, Some(expected.len()), "{length} {every} {newline}");
                    assert_eq!(room[..expected.len()], *expected.as_bytes());
                    assert_eq!(NewlineEncoder::fits_in(room.len()), length);
                    // Where there is room for anything, the end is taken another way.
                    let mut large = vec![0; 2 * length + SHORT + STEP];
                    assert_eq!(encoder.encode_to(&text, &mut large), n);
                    assert_eq!(large[..expected.len()], *expected.as_bytes());
                    // Every size with `--release` only: it takes a minute without.
                    let step = if cfg!(debug_assertions) { 13 } else { 1 };
                    for size in (0..expected.len()).rev().step_by(step) {
                        assert_eq!(encoder.encode_to(&text, &mut room[..size]), None);
                    }
                }
            }
        }
    }
}
