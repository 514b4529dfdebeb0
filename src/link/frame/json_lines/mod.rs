//! [`JsonLines`]: objects as lines of JSON.

mod parser;
mod writer;

use super::error::FrameError;
use super::failure::Failure;
use super::framing::Framing;
use super::take::{self, ready};
use crate::chunk::{Chain, Pipe, PipeError, Progress, Separator, Span, Terminator};
use crate::link::object::{ItemLimits, Object};

/// Each object as a line of JSON (RFC 8259), for other programs that read nothing else, and for people.
///
/// JSON has fewer kinds of values. An integer stays one, a float has a point or an exponent, and what
/// JSON cannot say is refused and not changed: bytes, keys that are no text, NaN and infinities, simple
/// values. Only "undefined" becomes null, and a tag is left out, with its content in its place.
///
/// Empty lines are skipped, and a line that is not JSON costs one error and nothing else.
///
/// # Examples
///
/// ```
/// use iolite::{Chain, Pipe};
/// use iolite::link::frame::{Framing, JsonLines};
///
/// let mut framing = JsonLines::default();
/// let mut pipe = Pipe::new();
/// pipe.append(b"[0, [\"add\"], 2, 3.0]\n")?;
/// let object = framing.decode(&mut pipe)?.ready().expect("it is whole");
/// assert_eq!(object.diagnostic().to_string(), r#"[0, ["add"], 2, 3.0]"#);
/// let mut out = Chain::new();
/// framing.encode(&object, &mut out)?;
/// assert_eq!(out, b"[0,[\"add\"],2,3.0]\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonLines {
    limits: ItemLimits,
    newline: Separator,
    /// Where the line begins whose rest is to be skipped, as it is too long.
    skipped: Option<u64>,
    failure: Failure,
}

impl JsonLines {
    /// Objects whose lines are of a limited size, without the line end.
    pub fn new(limits: ItemLimits) -> JsonLines {
        JsonLines {
            limits,
            newline: Separator::lf(),
            skipped: None,
            failure: Failure::default(),
        }
    }

    fn next(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        if let Some(start) = self.skipped {
            ready!(self.skip_line(from, start)?);
        }
        loop {
            let position = ready!(take::start(from)?);
            let line = ready!(self.take_line(from)?);
            if !line.trim_ascii().is_empty() {
                let value = parser::parse(line, position, self.limits.depth)?;
                let object = Object::encode(&value).map_err(|_| FrameError::NotJson {
                    position,
                    expected: "fewer levels",
                })?;
                return Ok(Progress::Ready(object));
            }
        }
    }

    fn take_line<'a>(&mut self, from: &'a mut Pipe) -> Result<Progress<&'a [u8]>, FrameError> {
        let (start, unread) = (from.position(), from.len());
        match from.next_record(&self.newline, Terminator::Strip, self.limits.bytes) {
            Ok(line) => Ok(line.map(Span::take)),
            Err(PipeError::PartialRead { .. }) => Err(FrameError::CutShort {
                start,
                position: start + unread as u64,
            }),
            Err(PipeError::LineTooLong { limit }) => {
                self.skipped = Some(start);
                Err(FrameError::TooLong {
                    position: start,
                    length: (limit as u64).saturating_add(1),
                    limit,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Drops what is there of the line that began at `start`.
    fn skip_line(&mut self, from: &mut Pipe, start: u64) -> Result<Progress<()>, FrameError> {
        let Some(end) = from.find(&self.newline, ..) else {
            take::skip(from, u64::MAX)?;
            return Ok(take::exactly(from, 1, start)?.map(drop));
        };
        take::skip(from, end.end as u64)?;
        self.skipped = None;
        Ok(Progress::Ready(()))
    }
}

impl Default for JsonLines {
    fn default() -> JsonLines {
        JsonLines::new(ItemLimits::default())
    }
}

impl Framing for JsonLines {
    fn decode(&mut self, from: &mut Pipe) -> Result<Progress<Object>, FrameError> {
        self.failure.check()?;
        let decoded = self.next(from);
        self.failure.keep_final(decoded)
    }

    fn encode(&mut self, message: &Object, to: &mut Chain) -> Result<(), FrameError> {
        let mut line = writer::write(&message.value())?;
        line.push('\n');
        to.append(line.as_bytes());
        Ok(())
    }

    fn has_failed(&self) -> bool {
        self.failure.has_happened()
    }
}
