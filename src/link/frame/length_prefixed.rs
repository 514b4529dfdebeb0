//! [`LengthPrefixed`]: each object after its length.

use super::error::FrameError;
use super::failure::Failure;
use super::framing::Framing;
use super::take::{self, ready};
use crate::chunk::{Chain, Pipe, Progress};
use crate::link::object::{ItemLimits, Object, Scanner};

/// Each object after its length in bytes, in four bytes, the high one first: the framing of many other
/// protocols.
///
/// The next frame is known to begin after this one whatever stands in it, so a broken object costs one
/// error and nothing else. One that is too long is dropped as it comes.
///
/// # Examples
///
/// ```
/// use iolite::Chain;
/// use iolite::link::frame::{Framing, LengthPrefixed};
/// use iolite::link::object::Object;
///
/// let mut out = Chain::new();
/// LengthPrefixed::default().encode(&Object::encode("hello")?, &mut out)?;
/// assert_eq!(out, b"\x00\x00\x00\x06\x65hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LengthPrefixed {
    limit: usize,
    scanner: Scanner,
    frame: Frame,
    failure: Failure,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Frame {
    /// The length of one.
    Length,
    /// The object of the one that began at `start`.
    Object { start: u64, length: usize },
    /// Bytes of the one that began at `start`, which is not wanted.
    Unwanted { start: u64, left: u64 },
}

impl LengthPrefixed {
    /// Objects of a limited size, which is at most 4 GiB − 1.
    pub fn new(limits: ItemLimits) -> LengthPrefixed {
        LengthPrefixed {
            limit: limits.bytes,
            scanner: Scanner::new(limits),
            frame: Frame::Length,
            failure: Failure::default(),
        }
    }

    fn next(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        loop {
            let next = match self.frame {
                Frame::Length => self.take_length(from)?,
                Frame::Object { start, length } => return self.take_object(from, start, length),
                Frame::Unwanted { start, left } => self.skip(from, start, left)?,
            };
            self.frame = ready!(next);
        }
    }

    fn take_length(&mut self, from: &mut Pipe) -> Result<Progress<Frame>, FrameError> {
        let start = ready!(take::start(from)?);
        let length = ready!(take::exactly(from, size_of::<u32>(), start)?).take();
        let length = length.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
        match usize::try_from(length) {
            Ok(0) => Err(FrameError::Empty { position: start }),
            Ok(length) if length <= self.limit => {
                Ok(Progress::Ready(Frame::Object { start, length }))
            }
            _ => {
                self.frame = Frame::Unwanted {
                    start,
                    left: length,
                };
                Err(FrameError::TooLong {
                    position: start,
                    length,
                    limit: self.limit,
                })
            }
        }
    }

    fn take_object(
        &mut self,
        from: &mut Pipe,
        start: u64,
        length: usize,
    ) -> Result<Progress<Object>, FrameError> {
        let object_start = from.position();
        let bytes = ready!(take::exactly(from, length, start)?).take_chunk();
        self.frame = Frame::Length;
        let object = Object::scan(bytes, &mut self.scanner);
        let object = object.map_err(|error| FrameError::in_object(object_start, error))?;
        Ok(Progress::Ready(object))
    }

    fn skip(
        &mut self,
        from: &mut Pipe,
        start: u64,
        left: u64,
    ) -> Result<Progress<Frame>, FrameError> {
        let left = left - take::skip(from, left)?;
        if left == 0 {
            return Ok(Progress::Ready(Frame::Length));
        }
        self.frame = Frame::Unwanted { start, left };
        Ok(take::exactly(from, 1, start)?.map(|_| Frame::Length))
    }
}

impl Default for LengthPrefixed {
    fn default() -> LengthPrefixed {
        LengthPrefixed::new(ItemLimits::default())
    }
}

impl Framing for LengthPrefixed {
    fn decode(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        self.failure.check()?;
        let decoded = self.next(from);
        self.failure.keep_final(decoded)
    }

    fn encode(&mut self, message: &Object, to: &mut Chain) -> Result<(), FrameError> {
        let bytes = message.bytes();
        let Ok(length) = u32::try_from(bytes.len()) else {
            return Err(FrameError::DoesNotFit {
                length: bytes.len(),
                limit: usize::try_from(u32::MAX).unwrap_or(usize::MAX),
            });
        };
        to.append(&length.to_be_bytes());
        to.push(bytes.clone());
        Ok(())
    }

    fn has_failed(&self) -> bool {
        self.failure.has_happened()
    }
}
