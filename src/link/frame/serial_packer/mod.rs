//! [`SerialPacker`]: short frames with a check sum, for lines that lose and change bytes.

mod console;
mod crc;
mod options;

use std::mem;
use std::time::Instant;

use self::console::ConsoleText;
use self::crc::Crc;
pub use self::options::SerialPackerOptions;
use super::error::FrameError;
use super::failure::Failure;
use super::framing::Framing;
use super::take;
use crate::chunk::{Chain, Chunk, Pipe, Progress};
use crate::link::object::{ItemError, ItemLimits, Object, Scanner};

/// Short frames with a check sum, as MoaT has them on serial lines: a start byte, the length in one or
/// two bytes, the object, 16 bits of check sum. What comes outside of frames is console text.
///
/// ```text
///   fa  09  84 00 81 63 61 64 64 02 03  79 cb
///   |   |   the object                  its check sum
///   |   its length
///   start
/// ```
///
/// A frame that was damaged, or that the line fell silent in, is an error, and gone; the next one is
/// found by its start. The length is not part of the check sum: where that is damaged, up to a whole
/// frame that follows is lost with it. So lines that lose much want a layer above that sends again.
///
/// # Examples
///
/// ```
/// use iolite::{Chain, Pipe};
/// use iolite::link::frame::{FrameError, Framing, SerialPackerOptions};
/// use iolite::link::object::Object;
///
/// let mut framing = SerialPackerOptions::new().build()?;
/// let mut line = Chain::new();
/// framing.encode_console(b"ready\n", &mut line)?;
/// framing.encode(&Object::encode(&[1])?, &mut line)?;
/// assert_eq!(line, b"ready\n\xfa\x02\x81\x01\xbf\x2e");
///
/// let mut pipe = Pipe::new();
/// pipe.append(b"ready\n\xfa\x02\x81\x02\xbf\x2e")?;               // one bit is wrong
/// let error = framing.decode(&mut pipe).unwrap_err();
/// assert!(matches!(error, FrameError::Checksum { position: 6, .. }));
/// assert_eq!(framing.console(), b"ready\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[doc(alias = "serial_frame")]
#[doc(alias = "SerialPackerBlkBuf")]
pub struct SerialPacker {
    options: SerialPackerOptions,
    scanner: Scanner,
    part: Part,
    /// Where the frame begins.
    start: u64,
    /// The object, as far as it has come.
    object: Vec<u8>,
    /// Whether the next byte is one of a frame, because a mark came before it.
    is_marked: bool,
    text: ConsoleText,
    console: Chain,
    now: Option<Instant>,
    /// When the last byte came, if the time is told.
    last_byte: Option<Instant>,
    failure: Failure,
}

/// What the next byte of a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// This one.
    Start(u8),
    Length,
    /// The high bits of a length, after these.
    LengthHigh(u8),
    /// One of an object of this length.
    Object(usize),
    /// The high one of the check sum.
    Crc,
    /// The low one of the check sum, after this one.
    CrcLow(u8),
}

impl SerialPacker {
    fn new(options: SerialPackerOptions) -> SerialPacker {
        let limits = ItemLimits {
            bytes: options.max_packet,
            depth: options.depth,
        };
        SerialPacker {
            options,
            scanner: Scanner::new(limits),
            part: options.first_part(),
            start: 0,
            object: Vec::new(),
            is_marked: false,
            text: ConsoleText::default(),
            console: Chain::new(),
            now: None,
            last_byte: None,
            failure: Failure::default(),
        }
    }

    /// Whether a frame has begun.
    fn is_inside(&self) -> bool {
        self.is_marked || self.part != self.options.first_part()
    }

    /// Forgets the frame that has begun.
    fn restart(&mut self) {
        self.part = self.options.first_part();
        self.is_marked = false;
        self.object.clear();
    }

    fn next(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        self.check_silence()?;
        let start = from.position();
        let (mut taken, mut outcome) = (0, Ok(None));
        while let (Some(&byte), Ok(None)) = (from.piece_from(taken).first(), &outcome) {
            outcome = self.take_byte(byte, start + taken);
            taken += 1;
        }
        if take::skip(from, taken)? > 0 {
            self.last_byte = self.now;
        }
        match outcome? {
            Some(object) => Ok(Progress::Ready(object)),
            None => self.nothing_more(from),
        }
    }

    /// Whether more bytes can come, where there are none.
    fn nothing_more(&self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        let more = if self.is_inside() {
            take::exactly(from, 1, self.start)?
        } else {
            from.at_most(1)?
        };
        match more {
            Progress::Ready(_) | Progress::Pending => Ok(Progress::Pending),
            Progress::End => Ok(Progress::End),
        }
    }

    fn check_silence(&mut self) -> Result<(), FrameError> {
        if let (Some(now), Some(last_byte), true) = (self.now, self.last_byte, self.is_inside()) {
            let silence = now.saturating_duration_since(last_byte);
            if silence >= self.options.max_idle {
                self.restart();
                let position = self.start;
                return Err(FrameError::Silent { position, silence });
            }
        }
        Ok(())
    }

    fn take_byte(&mut self, byte: u8, position: u64) -> Result<Option<Object>, FrameError> {
        let is_first = !self.is_inside();
        if is_first {
            self.start = position;
        }
        match self.options.mark {
            Some(mark) if !self.is_marked => {
                self.is_marked = byte == mark;
                if !self.is_marked {
                    self.console.append(&[byte]);
                }
                return Ok(None);
            }
            _ => self.is_marked = false,
        }
        let taken = self.take_frame_byte(byte, position);
        if taken.is_err() {
            self.restart();
        }
        taken
    }

    /// Takes a byte that is one of a frame, or of the text between frames if nothing is marked.
    fn take_frame_byte(&mut self, byte: u8, position: u64) -> Result<Option<Object>, FrameError> {
        self.part = match self.part {
            Part::Start(start) => self.take_start(byte, start, position)?,
            Part::Length if byte >= 0x80 && self.options.has_long_lengths() => {
                Part::LengthHigh(byte & 0x7f)
            }
            Part::Length => self.object_of(byte.into())?,
            Part::LengthHigh(low) => self.object_of(usize::from(low) | usize::from(byte) << 7)?,
            Part::Object(length) => {
                self.object.push(byte);
                if self.object.len() < length {
                    Part::Object(length)
                } else {
                    Part::Crc
                }
            }
            Part::Crc => Part::CrcLow(byte),
            Part::CrcLow(high) => {
                let object = mem::take(&mut self.object);
                self.restart();
                return self
                    .check(object, u16::from_be_bytes([high, byte]))
                    .map(Some);
            }
        };
        Ok(None)
    }

    fn take_start(&mut self, byte: u8, start: u8, position: u64) -> Result<Part, FrameError> {
        let is_marked = self.options.mark.is_some();
        if is_marked && byte != start {
            return Err(FrameError::NoStart {
                position,
                expected: start,
                found: byte,
            });
        }
        if is_marked || self.text.is_start(byte, start) {
            return Ok(Part::Length);
        }
        self.console.append(&[byte]);
        Ok(Part::Start(start))
    }

    /// An object of so many bytes comes next.
    fn object_of(&mut self, length: usize) -> Result<Part, FrameError> {
        let (position, limit) = (self.start, self.options.max_packet);
        match length {
            0 => Err(FrameError::Empty { position }),
            length if length > limit => Err(FrameError::TooLong {
                position,
                length: length as u64,
                limit,
            }),
            length => Ok(Part::Object(length)),
        }
    }

    /// The object that a frame holds, with the check sum that came with it.
    fn check(&mut self, object: Vec<u8>, found: u16) -> Result<Object, FrameError> {
        let position = self.start;
        let expected = Crc::of(&object).value();
        if found != expected {
            return Err(FrameError::Checksum {
                position,
                expected,
                found,
            });
        }
        let object = Object::scan(Chunk::from(object), &mut self.scanner);
        object.map_err(|ItemError { problem, .. }| FrameError::Object { position, problem })
    }

    /// The bytes of a frame, before they are marked.
    fn frame(&self, object: &[u8]) -> Result<Vec<u8>, FrameError> {
        let limit = self.options.max_packet;
        let length = u16::try_from(object.len())
            .ok()
            .filter(|_| object.len() <= limit);
        let Some(length) = length else {
            return Err(FrameError::DoesNotFit {
                length: object.len(),
                limit,
            });
        };
        let mut frame = Vec::with_capacity(object.len() + 5);
        frame.extend(self.options.start);
        match u8::try_from(length) {
            Ok(short) if short < 0x80 || !self.options.has_long_lengths() => frame.push(short),
            _ => {
                // Seven bits, then the others.
                let [low, high] = (length << 1).to_le_bytes();
                frame.extend([low >> 1 | 0x80, high]);
            }
        }
        frame.extend_from_slice(object);
        frame.extend(Crc::of(object).value().to_be_bytes());
        Ok(frame)
    }
}

impl Framing for SerialPacker {
    fn decode(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        self.console = Chain::new();
        self.failure.check()?;
        let decoded = self.next(from);
        self.failure.keep_final(decoded)
    }

    fn encode(&mut self, message: &Object, to: &mut Chain) -> Result<(), FrameError> {
        let mut frame = self.frame(message.bytes())?;
        if let Some(mark) = self.options.mark {
            frame = frame.into_iter().flat_map(|byte| [mark, byte]).collect();
        }
        to.append(&frame);
        Ok(())
    }

    fn console(&mut self) -> Chain {
        mem::take(&mut self.console)
    }

    fn encode_console(&mut self, bytes: &[u8], to: &mut Chain) -> Result<(), FrameError> {
        let confused = match (self.options.mark, self.options.start) {
            (Some(mark), _) => bytes.iter().position(|&byte| byte == mark),
            (None, Some(start)) => console::frame_in(bytes, start),
            (None, None) => return Err(FrameError::NoConsole),
        };
        if let Some(offset) = confused {
            let byte = bytes[offset];
            return Err(FrameError::ConsoleByte { offset, byte });
        }
        to.append(bytes);
        Ok(())
    }

    fn set_time(&mut self, now: Instant) {
        self.now = Some(now);
    }

    fn timeout(&self) -> Option<Instant> {
        let last_byte = self.last_byte.filter(|_| self.is_inside())?;
        last_byte.checked_add(self.options.max_idle)
    }

    fn has_failed(&self) -> bool {
        self.failure.has_happened()
    }
}
