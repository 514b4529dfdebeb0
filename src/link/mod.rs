//! Floor 4: messages over byte streams. Objects in frames, calls and streams of objects between two
//! programs, and commands that are found by their path; on the wire with MoaT.

pub mod config;
pub mod dispatch;
pub mod driver;
pub mod frame;
pub mod layer;
pub mod object;
pub mod request;
pub mod session;
