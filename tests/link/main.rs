//! Chapter "Link" of SPEC.md (LNK), and what the parts of `iolite::link` promise beyond it.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[cfg(all(feature = "socket", unix))]
#[allow(dead_code, reason = "the conformance suite needs the rest")]
#[path = "../support/gone.rs"]
mod gone;
#[cfg(all(feature = "socket", unix))]
#[allow(dead_code, reason = "the conformance suite needs the rest")]
#[path = "../support/programs.rs"]
mod programs;

mod answers;
#[cfg(all(feature = "socket", target_os = "linux"))]
mod attacks;
#[cfg(feature = "socket")]
mod config;
#[cfg(all(feature = "socket", unix))]
mod config_moat;
#[cfg(all(feature = "socket", unix))]
mod config_run;
mod credit;
mod dispatch;
mod driver;
#[cfg(all(feature = "socket", unix))]
mod examples;
mod forgotten;
mod frame;
mod hostile;
#[cfg(all(feature = "socket", unix))]
mod interop;
mod json_lines;
#[cfg(feature = "socket")]
mod layer;
#[cfg(all(feature = "socket", unix))]
mod layer_unix;
mod object;
mod payload;
mod recordings;
mod resend;
mod resend_layer;
mod resend_model;
mod resend_recorded;
mod scanner;
mod serial_packer;
mod session;
mod sessions;
mod stack;
mod transcripts;
mod types;
mod vectors;
