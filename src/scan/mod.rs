//! The leaf below all floors: where bytes stand in a block, found 64 at a time.
//!
//! [`mask`](self::mask) turns 64 bytes into the 64 bits of a `u64`; [`LineEnds`] keeps such masks
//! of the groups ahead, so that the next line end costs a few instructions. Nothing here knows of
//! streams, text or errors.

mod finder;
mod line_ends;
mod mask;
mod record_ends;

pub(crate) use self::finder::{Finder, Keep, Pattern};
pub(crate) use self::line_ends::LineEnds;
pub(crate) use self::mask::{
    GROUP, Newlines, SetBits, for_each_group, mask16, mask16_where, mask64, mask64_where, not_ascii,
};
pub(crate) use self::record_ends::{RecordEnds, RecordRanges};

#[cfg(test)]
mod tests;
