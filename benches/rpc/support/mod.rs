//! What the benchmarks share, as far as it needs none of their dependencies.
#![allow(dead_code, reason = "the other benchmarks use the rest")]

#[path = "../../support/bench.rs"]
pub(crate) mod bench;
#[path = "../../support/inputs.rs"]
pub(crate) mod inputs;
#[path = "../../support/link.rs"]
pub(crate) mod link;
#[path = "../../support/pin.rs"]
pub(crate) mod pin;
#[path = "../../support/record.rs"]
pub(crate) mod record;
#[path = "../../support/table.rs"]
pub(crate) mod table;
