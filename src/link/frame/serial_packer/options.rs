//! [`SerialPackerOptions`]: what both ends of a serial line agree on.

use std::time::Duration;

use super::{Part, SerialPacker};
use crate::error::{Error, Result};

/// What both ends agree on. The defaults are those of MoaT today (serialpacker 0.11).
///
/// # Examples
///
/// ```
/// use iolite::link::frame::SerialPackerOptions;
///
/// let framing = SerialPackerOptions::new().start(Some(0x85)).max_packet(300).build()?;
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialPackerOptions {
    pub(super) start: Option<u8>,
    pub(super) mark: Option<u8>,
    pub(super) max_packet: usize,
    pub(super) max_idle: Duration,
    pub(super) depth: u8,
}

/// The largest object that a length of two bytes can tell.
const LARGEST: usize = 0x7f | 0xff << 7;

impl SerialPackerOptions {
    /// The defaults.
    pub fn new() -> SerialPackerOptions {
        SerialPackerOptions {
            start: Some(0xfa),
            mark: None,
            max_packet: 127,
            max_idle: Duration::from_millis(100),
            depth: 64,
        }
    }

    /// What each frame starts with: 0xFA by default, which no UTF-8 has; it was 0x85 up to serialpacker
    /// 0.10. `None` if frames follow each other without; then there is no text between them, unless
    /// their bytes are [marked](SerialPackerOptions::mark).
    #[must_use = "the options are returned"]
    pub fn start(mut self, start: Option<u8>) -> SerialPackerOptions {
        self.start = start;
        self
    }

    /// A byte that comes before *every* byte of a frame; what comes without it is text, also in the
    /// middle of a frame. `None` by default.
    #[must_use = "the options are returned"]
    pub fn mark(mut self, mark: Option<u8>) -> SerialPackerOptions {
        self.mark = mark;
        self
    }

    /// How many bytes an object may have: 127 by default. From 256 on lengths above 127 take two bytes,
    /// so both ends have to agree.
    #[must_use = "the options are returned"]
    pub fn max_packet(mut self, bytes: usize) -> SerialPackerOptions {
        self.max_packet = bytes;
        self
    }

    /// How long the line may be silent in the middle of a frame, before the frame is given up: 100 ms by
    /// default. Only if the [time is told](crate::link::frame::Framing::set_time).
    #[must_use = "the options are returned"]
    pub fn max_idle(mut self, silence: Duration) -> SerialPackerOptions {
        self.max_idle = silence;
        self
    }

    /// How many levels an object may have: 64 by default.
    #[must_use = "the options are returned"]
    pub fn depth(mut self, levels: u8) -> SerialPackerOptions {
        self.depth = levels;
        self
    }

    /// The framing.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) if objects may have no byte, or more than a length of
    /// two bytes can tell: 32,767.
    pub fn build(self) -> Result<SerialPacker> {
        if !(1..=LARGEST).contains(&self.max_packet) {
            return Err(Error::InvalidArgument {
                argument: "max_packet",
                problem: "is not between 1 and 32767",
            });
        }
        Ok(SerialPacker::new(self))
    }

    /// What the first byte of a frame is.
    pub(super) fn first_part(&self) -> Part {
        self.start.map_or(Part::Length, Part::Start)
    }

    /// Whether a length can have two bytes.
    pub(super) fn has_long_lengths(&self) -> bool {
        self.max_packet > usize::from(u8::MAX)
    }
}

impl Default for SerialPackerOptions {
    fn default() -> SerialPackerOptions {
        SerialPackerOptions::new()
    }
}
