//! Re-sending: every message arrives once and in order over a line that loses frames, doubles them, or
//! changes their order a little. On the wire with MoaT's `ReliableMsg`.
//!
//! [`Resend`] is the protocol alone, without clock, thread or line.

mod error;
mod frame;
mod layer;
mod options;
mod receive_window;
mod send_window;
mod state;

pub use self::error::ResendError;
pub use self::layer::ResendLayer;
pub use self::options::ResendOptions;
pub use self::state::Resend;
