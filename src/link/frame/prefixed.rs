//! [`Prefixed`]: objects among text, each after a byte that the text does not have.

use std::mem;

use memchr::memchr;

use super::error::FrameError;
use super::failure::Failure;
use super::framing::Framing;
use super::take::{self, ready};
use crate::chunk::{Chain, Pipe, Progress};
use crate::link::object::{ItemLimits, Object, Scanner};

/// Each object after a byte that says so; what comes without it is console text, as a device prints it
/// on the line that its messages use.
///
/// Nothing is escaped. Inside of an object the byte may stand anywhere; the console must not have it,
/// so take one that UTF-8 has not: 0xF8 or higher. After a broken object, the next byte of this kind
/// begins the next one.
///
/// # Examples
///
/// ```
/// use iolite::{Chain, Pipe};
/// use iolite::link::frame::{Framing, Prefixed};
/// use iolite::link::object::ItemLimits;
///
/// let mut framing = Prefixed::new(0xfe, ItemLimits::default());
/// let mut pipe = Pipe::new();
/// pipe.append(b"booting\n\xfe\x01ready\n")?;
/// let object = framing.decode(&mut pipe)?.ready().expect("one came");
/// assert_eq!(object.as_int(), Some(1));
/// assert_eq!(framing.console(), b"booting\n");
/// assert!(framing.decode(&mut pipe)?.is_pending());
/// assert_eq!(framing.console(), b"ready\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Prefixed {
    prefix: u8,
    scanner: Scanner,
    /// Where the frame begins whose prefix was taken.
    start: Option<u64>,
    console: Chain,
    failure: Failure,
}

impl Prefixed {
    /// Objects of a limited size, each after the byte `prefix`.
    pub fn new(prefix: u8, limits: ItemLimits) -> Prefixed {
        Prefixed {
            prefix,
            scanner: Scanner::new(limits),
            start: None,
            console: Chain::new(),
            failure: Failure::default(),
        }
    }

    fn next(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        let start = match self.start {
            Some(start) => start,
            None => ready!(self.take_prefix(from)?),
        };
        self.start = Some(start);
        let item_start = from.position();
        let object = match take::item(&mut self.scanner, from, start) {
            Ok(progress) => ready!(progress),
            Err(error) => {
                self.start = None;
                if let FrameError::Object { position, .. } = error {
                    // What may be a prefix again is left there.
                    take::skip(from, position - item_start)?;
                }
                return Err(error);
            }
        };
        self.start = None;
        Ok(Progress::Ready(object))
    }

    /// Takes the next prefix, and what comes before it to the console; says where the prefix was.
    fn take_prefix(&mut self, from: &mut Pipe) -> Result<Progress<u64>, FrameError> {
        let mut before = 0;
        loop {
            let piece = from.piece_from(before as u64);
            let found = memchr(self.prefix, piece);
            before += found.unwrap_or(piece.len());
            if piece.is_empty() || found.is_some() {
                break;
            }
        }
        let mut text = ready!(from.at_most(before)?).take_chain();
        self.console.join(&mut text);
        let prefix = from.position();
        Ok(from.exactly(1)?.map(|found| {
            found.consume();
            prefix
        }))
    }
}

impl Framing for Prefixed {
    fn decode(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        self.console = Chain::new();
        self.failure.check()?;
        let decoded = self.next(from);
        self.failure.keep_final(decoded)
    }

    fn encode(&mut self, message: &Object, to: &mut Chain) -> Result<(), FrameError> {
        to.append(&[self.prefix]);
        to.push(message.bytes().clone());
        Ok(())
    }

    fn console(&mut self) -> Chain {
        mem::take(&mut self.console)
    }

    fn encode_console(&mut self, bytes: &[u8], to: &mut Chain) -> Result<(), FrameError> {
        if let Some(offset) = memchr(self.prefix, bytes) {
            let byte = self.prefix;
            return Err(FrameError::ConsoleByte { offset, byte });
        }
        to.append(bytes);
        Ok(())
    }

    fn has_failed(&self) -> bool {
        self.failure.has_happened()
    }
}
