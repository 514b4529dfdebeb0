//! How it works, and why it is built that way.
//!
//! * [The floors](floors): which part knows which, and the way of a line and of a `str` through them.
//! * [Ownership](ownership): who may write a block of memory, and when it is used again.
//! * [Blocks](blocks): what a buffer holds, and what a failed call leaves behind.
//! * [Positions](positions): where a stream stands, in bytes and in text.
//! * [Faults](faults): what a failing device costs, for every call of every stream.
//! * [Load](load): what many connections, many threads and hours cost.
//! * [Speed](speed): why lines are fast, and what was measured.
//! * [The promises](promises): SPEC.md as it stands, and in it
//!   [where we differ from CPython](promises#where-we-differ-from-cpython-and-why).

#[doc = include_str!("floors.md")]
pub mod floors {}

#[doc = include_str!("ownership.md")]
pub mod ownership {}

#[doc = include_str!("blocks.md")]
pub mod blocks {}

#[doc = include_str!("positions.md")]
pub mod positions {}

#[doc = include_str!("faults.md")]
pub mod faults {}

#[doc = include_str!("load.md")]
pub mod load {}

#[doc = include_str!("speed.md")]
pub mod speed {}

#[doc = include_str!("../../SPEC.md")]
pub mod promises {}
