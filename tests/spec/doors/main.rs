//! Chapter "Doors": text and bytes where there is no stream, or where nobody may wait.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../../support/counting.rs"]
mod counting;
#[path = "../../support/mod.rs"]
mod support;
#[allow(dead_code, reason = "no test binary uses everything")]
#[path = "../../support/text_codecs.rs"]
mod text_codecs;
#[allow(dead_code, reason = "no test binary uses everything")]
#[path = "../../support/text_naive.rs"]
mod text_naive;
#[allow(dead_code, reason = "no test binary uses everything")]
#[path = "../../support/text_policies.rs"]
mod text_policies;

#[cfg(all(feature = "futures-io", feature = "tokio"))]
mod async_pipe;
#[cfg(all(feature = "futures-io", feature = "tokio"))]
mod async_text;
mod decoder;
mod encoder;
mod input;
mod one_call;
mod pipe;
#[cfg(all(feature = "futures-io", feature = "tokio"))]
mod polled;
