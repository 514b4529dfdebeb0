//! [`Framing`]: the contract of all framings.

use std::time::Instant;

use super::error::FrameError;
use crate::chunk::{Chain, Pipe, Progress};
use crate::link::object::Object;

/// How objects stand in a stream of bytes. Pure: bytes come out of a [`Pipe`] that somebody else fills
/// and go into a [`Chain`] that somebody else writes, and the time is told, not asked.
///
/// A framing belongs to one stream: it remembers what it has looked at. Every byte is looked at once,
/// however they arrive.
///
/// # Examples
///
/// ```
/// use iolite::{Chain, Pipe};
/// use iolite::link::frame::{CborSequence, Framing};
/// use iolite::link::object::Object;
///
/// let mut framing = CborSequence::default();
/// let mut out = Chain::new();
/// framing.encode(&Object::encode(&("hi", 1))?, &mut out)?;
/// assert_eq!(out, b"\x82\x62hi\x01");
///
/// let mut pipe = Pipe::new();
/// pipe.append(b"\x82\x62h")?;
/// assert!(framing.decode(&mut pipe)?.is_pending());
/// pipe.append(b"i\x01")?;
/// let object = framing.decode(&mut pipe)?.ready().expect("it is whole");
/// assert_eq!(object.diagnostic().to_string(), r#"["hi", 1]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Framing: Send {
    /// Takes the next object from `from`: ready; pending, if it is not whole yet; or the end, if the
    /// writer has ended between two frames. What is taken is always one well-formed object, within the
    /// framing's limits.
    ///
    /// # Errors
    ///
    /// What is wrong with the stream. Where the framing can find the next frame, what was wrong is gone
    /// and the next call goes on after it; else [`has_failed`](Framing::has_failed) and every further
    /// call says the same.
    fn decode(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError>;

    /// Appends an object as a frame to `to`. Large objects are shared, not copied.
    ///
    /// # Errors
    ///
    /// An object that has no place in such a frame; nothing is appended then.
    fn encode(&mut self, message: &Object, to: &mut Chain) -> Result<(), FrameError>;

    /// The bytes outside of frames that the last [`decode`](Framing::decode) came past: what a device
    /// prints on the same line, for example. The next one drops what is not taken.
    fn console(&mut self) -> Chain {
        Chain::new()
    }

    /// Appends bytes outside of frames to `to`.
    ///
    /// # Errors
    ///
    /// [`NoConsole`](FrameError::NoConsole) if there is no place for them, or bytes that would be taken
    /// for a frame; nothing is appended then.
    fn encode_console(&mut self, bytes: &[u8], to: &mut Chain) -> Result<(), FrameError> {
        let _ = (bytes, to);
        Err(FrameError::NoConsole)
    }

    /// Tells what time it is: before [`decode`](Framing::decode), when new bytes have come, and when
    /// [`timeout`](Framing::timeout) has passed.
    fn set_time(&mut self, now: Instant) {
        let _ = now;
    }

    /// When [`decode`](Framing::decode) is to be called even if no byte comes; `None` if never.
    fn timeout(&self) -> Option<Instant> {
        None
    }

    /// Whether the framing has lost its place in the stream and will find no other frame.
    fn has_failed(&self) -> bool;
}
