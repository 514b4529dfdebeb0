//! Bytes to text across shifts, in HZ and ISO 2022.
//!
//! Words stand between shifts, and a step for each of them would cost more than decoding it. So one call reads
//! as many as there are, and where a character's bytes are is found by decoding them again. Nearly all text
//! goes back and forth between ASCII and one set of two bytes: these are one loop ([`ReadSets`]), and what is
//! of another kind is a step of the encoding's own.

use wide::i8x16;

use super::short_chars::ShortChars;
use super::two_sets::Switch;
use super::{DecodeContext, DecodeStop, Decoded, DecodedPart, Measure, Utf8Room};

/// ASCII and another set, as they are read.
pub(super) struct ReadSets<'t, P> {
    /// The other set, with the highest bit of each byte set.
    pub(super) table: &'t ShortChars,
    /// The last byte that a character of it begins with.
    pub(super) last_row: u8,
    /// Makes bytes of ASCII negative that do not stand for themselves, or change something.
    pub(super) others: P,
    pub(super) to_ascii: Switch,
    pub(super) to_double: Switch,
}

/// What was read of two sets, up to the end of the last text.
pub(super) struct ReadRun {
    /// How many bytes.
    pub(super) read: usize,
    /// Which of the sets is selected there.
    pub(super) is_double: bool,
    pub(super) measure: RunMeasure,
}

/// How to measure text out of some steps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RunMeasure {
    /// Nothing stands between its characters.
    As(Measure),
    /// Shifts do.
    Mixed,
}

impl<P: Fn(i8x16) -> i8x16> ReadSets<'_, P> {
    /// Decodes the characters at the start that are of either set and fit, and the shifts between them.
    #[inline(always)] // `others` is the body of a loop: benches/malformed.rs
    pub(super) fn decode<'o>(
        &self,
        mut is_double: bool,
        bytes: &[u8],
        mut out: Utf8Room<'o>,
    ) -> (ReadRun, Utf8Room<'o>) {
        let mut run = ReadRun {
            read: 0,
            is_double,
            measure: RunMeasure::As(Measure::Each(1 + usize::from(is_double))),
        };
        let mut at = 0;
        loop {
            let n;
            let shift = if is_double {
                (n, out) = self.doubles(&bytes[at..], out);
                self.to_ascii
            } else {
                n = out.put_plain(&bytes[at..], &self.others);
                self.to_double
            };
            at += n;
            if n > 0 {
                if run.read > 0 {
                    run.measure = RunMeasure::Mixed;
                }
                (run.read, run.is_double) = (at, is_double);
            }
            // What comes before all text is a step of its own.
            if run.read == 0 || !begins_with(&bytes[at..], shift) || out.is_full() {
                return (run, out);
            }
            at += shift.1;
            is_double = !is_double;
        }
    }

    #[inline(always)] // benches/malformed.rs
    fn doubles<'o>(&self, bytes: &[u8], mut out: Utf8Room<'o>) -> (usize, Utf8Room<'o>) {
        let mut read = 0;
        for &[row, cell] in bytes.as_chunks::<2>().0 {
            let is_inside =
                (row.wrapping_sub(0x21) <= self.last_row - 0x21) & (cell.wrapping_sub(0x21) < 94);
            let utf8 = self.table.double(row | 0x80, cell | 0x80);
            if !is_inside || utf8[3] == 0 || out.is_full() {
                break;
            }
            out.put_char(utf8);
            read += 2;
        }
        (read, out)
    }
}

/// Whether bytes begin with a shift. A word at once: its length is not known to a comparison of slices.
#[inline(always)] // benches/malformed.rs
fn begins_with(bytes: &[u8], (shift, len): Switch) -> bool {
    match bytes.first_chunk::<4>() {
        Some(word) => {
            let other = u32::from_le_bytes(*word) ^ u32::from_le_bytes(shift);
            other << (32 - 8 * len) == 0
        }
        None => bytes.starts_with(&shift[..len]),
    }
}

/// Decodes steps one after the other: text from the first step that has any to the last one, or what
/// comes before it. A step says how many bytes it read, and how its text is measured.
pub(super) fn decode_steps<'o, S: Copy>(
    context: &mut DecodeContext,
    state: &mut S,
    bytes: &[u8],
    mut out: Utf8Room<'o>,
    step: impl Fn(
        &mut S,
        &[u8],
        Utf8Room<'o>,
    ) -> (Result<(usize, RunMeasure), DecodeStop>, Utf8Room<'o>),
) -> Decoded {
    let (mut read, mut measure) = (0, None);
    // After the last text.
    let mut end = (0, *state);
    while read < bytes.len() && !out.is_full() {
        let (done, before) = (out.len(), read);
        let stepped;
        (stepped, out) = step(state, &bytes[read..], out);
        match stepped {
            Ok((n, kind)) if out.len() > done => {
                read += n;
                measure = match measure {
                    None => Some(kind),
                    Some(_) => Some(RunMeasure::Mixed),
                };
                end = (read, *state);
            }
            Ok((n, _)) if measure.is_none() => return Ok(DecodedPart::new(n, 0)),
            Ok((n, _)) => read += n,
            Err(stop) if before == 0 => return Err(stop),
            Err(_) => break,
        }
    }
    *state = end.1;
    (context.measure, context.shown) = match measure {
        Some(RunMeasure::As(measure)) => (measure, None),
        _ => (Measure::Whole, Some(end.0)),
    };
    Ok(out.decoded(end.0))
}
