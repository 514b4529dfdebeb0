//! [`CborSequence`]: objects one after the other.

use super::error::FrameError;
use super::failure::Failure;
use super::framing::Framing;
use super::take::{self, ready};
use crate::chunk::{Chain, Pipe, Progress};
use crate::link::object::{ItemLimits, Object, Scanner};

/// Objects one after the other, without anything between them (RFC 8742): MoaT's framing over TCP and
/// Unix sockets.
///
/// An object says itself where it ends. Nothing marks where one begins, so what comes after a broken
/// one is lost.
///
/// # Examples
///
/// See [`Framing`].
#[derive(Debug)]
#[doc(alias = "cbor_buf")]
#[doc(alias = "CBORMsgBuf")]
pub struct CborSequence {
    scanner: Scanner,
    failure: Failure,
}

impl CborSequence {
    /// Objects of a limited size.
    pub fn new(limits: ItemLimits) -> CborSequence {
        CborSequence {
            scanner: Scanner::new(limits),
            failure: Failure::default(),
        }
    }

    /// How many bytes were looked at: as many as came, however they were cut.
    pub fn examined(&self) -> u64 {
        self.scanner.examined()
    }

    fn next(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        let start = ready!(take::start(from)?);
        take::item(&mut self.scanner, from, start)
    }
}

impl Default for CborSequence {
    fn default() -> CborSequence {
        CborSequence::new(ItemLimits::default())
    }
}

impl Framing for CborSequence {
    fn decode(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        self.failure.check()?;
        let decoded = self.next(from);
        self.failure.keep(decoded)
    }

    fn encode(&mut self, message: &Object, to: &mut Chain) -> Result<(), FrameError> {
        to.push(message.bytes().clone());
        Ok(())
    }

    fn has_failed(&self) -> bool {
        self.failure.has_happened()
    }
}
