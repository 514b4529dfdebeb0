//! Files that are replaced whole or not at all.
//!
//! [`Replacement`] takes what a file is to become. While that is what the file is already it writes
//! nothing; at the first difference a draft begins, and [`finish`](Replacement::finish) puts it in
//! place. `attributes` keeps what belongs to the file beside its bytes; `tally` counts what became
//! of many files, and says so.

mod attributes;
mod replacement;
mod tally;

pub(crate) use self::replacement::{Begun, Options, Replacement};
pub(crate) use self::tally::{Outcome, Tally, Wanted};
