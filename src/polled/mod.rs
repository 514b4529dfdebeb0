//! What the async doors, [`tokio`](crate::tokio) and [`futures`](crate::futures), have in common.
//!
//! Nothing here waits, and nothing here is asynchronous but the asking. The synchronous stream is asked;
//! where it says "nothing now" the device is polled into the pipe below it; then the stream is asked
//! again. So all state lies in the stream, none in a future, and a future may be dropped at any await: a
//! call that had taken something has returned it.
//!
//! ```text
//!   AsyncText   ──  TextIoWrapper  ── PipePair ── PollDevice ── the caller's stream
//!   AsyncPipe   ───────────────────── Pipe     ── PollDevice ── the caller's stream
//! ```
//!
//! A door says how its world's streams are polled (a [`PollRead`] and a [`PollWrite`]), and
//! [`async_face`](face) makes its public types.

mod device;
mod face;
mod pipe;
mod pipe_pair;
mod text;

pub(crate) use self::device::{PollRead, PollWrite};
pub(crate) use self::face::async_face;
pub(crate) use self::pipe::PolledPipe;
pub(crate) use self::text::PolledText;
