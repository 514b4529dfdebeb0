//! [`Failure`]: what a framing answers from then on when it has lost its place.

use super::error::FrameError;

/// The error after which there are no more frames, if there was one.
#[derive(Debug, Default)]
pub(super) struct Failure(Option<FrameError>);

impl Failure {
    /// Fails if that has happened.
    #[inline]
    pub(super) fn check(&self) -> Result<(), FrameError> {
        match &self.0 {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    pub(super) fn has_happened(&self) -> bool {
        self.0.is_some()
    }

    /// Keeps an error, whatever it is: for framings in which nothing marks the next frame.
    #[inline]
    pub(super) fn keep<T>(&mut self, decoded: Result<T, FrameError>) -> Result<T, FrameError> {
        decoded.inspect_err(|error| self.0 = Some(error.clone()))
    }

    /// Keeps an error of the stream itself; after one in a frame the next one can be found.
    pub(super) fn keep_final<T>(
        &mut self,
        decoded: Result<T, FrameError>,
    ) -> Result<T, FrameError> {
        match decoded {
            Err(FrameError::CutShort { .. } | FrameError::Pipe(_)) => self.keep(decoded),
            decoded => decoded,
        }
    }
}
