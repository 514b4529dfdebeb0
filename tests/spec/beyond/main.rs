//! SPEC.md, the chapters about files that grow, are replaced, or are too large for one reader. A
//! program of its own, which is built in a fraction of the suite's time.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../../support/mod.rs"]
mod support;

#[cfg(unix)]
mod deadline;
mod follow;
mod follow_random;
mod power;
mod ranges;
mod replace;
mod sections;
mod splittable;
