//! [`FrameError`]: what is wrong with a stream of frames, and where.

use std::time::Duration;

use crate::chunk::PipeError;
use crate::link::object::{ItemError, ItemProblem};

/// What is wrong with a stream of frames. Positions are bytes from the start of the stream.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// What stands in the frame is not one well-formed object, or larger than the limit.
    #[error("byte {position} of the stream: {problem}")]
    Object {
        /// Where the wrong byte stands; of a frame with a check sum, where the frame begins.
        position: u64,
        /// What is wrong with it, and what was expected.
        problem: ItemProblem,
    },

    /// The stream ended in the middle of a frame.
    #[error("the stream ended at byte {position}, in the frame that begins at {start}")]
    CutShort {
        /// Where the frame begins.
        start: u64,
        /// Where the stream ended.
        position: u64,
    },

    /// A frame without an object.
    #[error("the frame at byte {position} of the stream is empty, expected an object")]
    Empty {
        /// Where the frame begins.
        position: u64,
    },

    /// A frame that is longer than the limit. A length is refused as soon as it is claimed.
    #[error(
        "the frame at byte {position} of the stream has {length} bytes or more, and the limit is {limit}"
    )]
    TooLong {
        /// Where the frame begins.
        position: u64,
        /// How many bytes it has at least.
        length: u64,
        /// The limit, in bytes.
        limit: usize,
    },

    /// An object that is longer than what a frame can hold. It was not written.
    #[error("an object of {length} bytes does not fit into a frame of at most {limit}")]
    DoesNotFit {
        /// Its length, in bytes.
        length: usize,
        /// The limit, in bytes.
        limit: usize,
    },

    /// A frame whose check sum is that of other bytes: some were changed on the way, or lost.
    #[error(
        "the frame at byte {position} of the stream has the check sum {found:#06x}, expected {expected:#06x}"
    )]
    Checksum {
        /// Where the frame begins.
        position: u64,
        /// The sum of the bytes that came.
        expected: u16,
        /// The sum that came with them.
        found: u16,
    },

    /// A marked byte that begins no frame.
    #[error(
        "byte {position} of the stream: expected a frame to start with {expected:#04x}, found {found:#04x}"
    )]
    NoStart {
        /// Where the byte stands.
        position: u64,
        /// What frames start with.
        expected: u8,
        /// What is there.
        found: u8,
    },

    /// No byte came for so long that the rest of the frame will not come. What there was of it is
    /// gone.
    #[error(
        "the frame at byte {position} of the stream is not whole, and nothing came for {silence:?}"
    )]
    Silent {
        /// Where the frame begins.
        position: u64,
        /// For how long nothing came.
        silence: Duration,
    },

    /// A line that is not JSON.
    #[error("byte {position} of the stream: expected {expected}")]
    NotJson {
        /// Where it stops being JSON.
        position: u64,
        /// What would have to stand there.
        expected: &'static str,
    },

    /// An object that has a part for which JSON has no form. It was not written.
    #[error("JSON has no form for {what}")]
    NoJsonForm {
        /// What part.
        what: &'static str,
    },

    /// The framing has no place for bytes outside of frames.
    #[error("the framing has no place for bytes outside of frames")]
    NoConsole,

    /// A byte outside of frames that would be taken for the start of one. Nothing was written.
    #[error("byte {offset} of the console, {byte:#04x}, would be taken for a frame")]
    ConsoleByte {
        /// Where the byte stands in what was to be written.
        offset: usize,
        /// The byte.
        byte: u8,
    },

    /// What the pipe says that the bytes come from: what its writer failed with, or that a frame does
    /// not fit into it.
    #[error(transparent)]
    Pipe(#[from] PipeError),
}

impl FrameError {
    /// What is wrong with an object that begins at `start`.
    pub(super) fn in_object(start: u64, error: ItemError) -> FrameError {
        FrameError::Object {
            position: start.saturating_add(error.offset),
            problem: error.problem,
        }
    }
}
