//! [`ResendFrame`]: what goes over the line, as MoaT's `ReliableMsg` has it.
//!
//! | form | is |
//! |---|---|
//! | `[s, r, data…]` | a message with number s; r is the next number that is expected |
//! | `[s, r]` | an acknowledgement only; s is the number of the next message |
//! | `[s, -1-r, [x…], data…]` | the same, and the later numbers x are there already |
//! | `[-2, window, timeout, …]`, `[-3, …]`, `[-4, …]` | the handshake, in this order |
//! | `[-1]`, `[-1, reason]` | closed |
//! | `[-1, null, r]` | closed; r is the next number that would be expected. To be answered with `[-1]`. (Not MoaT's, which reads it as `[-1]`.) |
//!
//! A message that is an array is spliced in, unless it has one element or none: `[0, 0, "add", 2]` is
//! the message `["add", 2]`, and `[0, 0, ["add"]]` is `["add"]`. (MoaT splices the empty array, too,
//! and so sends an acknowledgement in its place. The form `[0, 0, []]` is read by both.)

use minicbor::{Decoder, Encoder};

use super::error::ResendError;
use crate::chunk::Chunk;
use crate::link::object::Object;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ResendFrame {
    Numbered(Numbered),
    Handshake {
        step: Step,
        terms: Terms,
    },
    Closed {
        /// The next number that would be expected, from a peer that wants an answer.
        expected: Option<u16>,
    },
}

/// A message or an acknowledgement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbered {
    /// Of the message; without one, of the next.
    pub(super) number: u16,
    /// The next one that is expected.
    pub(super) expected: u16,
    /// Later ones that are there already.
    pub(super) held: Vec<u16>,
    pub(super) message: Option<Object>,
}

/// The steps of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// "I begin": `-2`.
    Reset,
    /// "So do I": `-3`.
    Acknowledge,
    /// "I have heard that": `-4`.
    Confirm,
}

/// What the two ends agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// Numbers are counted modulo this. 0: as you like.
    pub(super) window: u16,
    /// Milliseconds until a message is sent again. 0: as you like.
    pub(super) timeout: u64,
    /// A number that each end makes up for each connection. MoaT does not look at it.
    pub(super) connection: Option<u64>,
}

impl ResendFrame {
    pub(super) fn read(frame: &Object) -> Result<ResendFrame, ResendError> {
        let (bytes, count) = frame.items().ok_or(ResendError::Malformed)?;
        parse(&bytes, count).ok_or(ResendError::Malformed)
    }

    pub(super) fn write(&self) -> Object {
        let mut bytes = Vec::new();
        // A `Vec` takes everything.
        let written = match self {
            ResendFrame::Numbered(numbered) => numbered.write(&mut bytes),
            ResendFrame::Handshake { step, terms } => terms.write(*step, &mut bytes),
            ResendFrame::Closed { expected } => closed(*expected, &mut bytes),
        };
        debug_assert!(written.is_some());
        Object::from_well_formed(bytes.into())
    }
}

/// Reads `count` items, the elements of a frame.
fn parse(bytes: &Chunk, count: usize) -> Option<ResendFrame> {
    let mut decoder = Decoder::new(bytes);
    let first = (count > 0).then(|| decoder.i64().ok())??;
    let step = match first {
        0.. => return Numbered::parse(u16::try_from(first).ok()?, decoder, bytes, count - 1),
        -1 => {
            // Whatever else stands there, it is an end.
            let has_expected = count == 3 && decoder.null().is_ok();
            let expected = has_expected.then(|| decoder.u16().ok()).flatten();
            return Some(ResendFrame::Closed { expected });
        }
        -2 => Step::Reset,
        -3 => Step::Acknowledge,
        -4 => Step::Confirm,
        _ => return None,
    };
    let terms = Terms::parse(&mut decoder, count - 1)?;
    Some(ResendFrame::Handshake { step, terms })
}

impl Numbered {
    /// Reads the `count` items after the number.
    fn parse(
        number: u16,
        mut decoder: Decoder<'_>,
        bytes: &Chunk,
        mut count: usize,
    ) -> Option<ResendFrame> {
        count = count.checked_sub(1)?;
        let mut expected = decoder.i64().ok()?;
        let mut held = Vec::new();
        if expected < 0 {
            count = count.checked_sub(1)?;
            expected = -1 - expected;
            for number in decoder.array_iter().ok()? {
                held.push(number.ok()?);
            }
        }
        let data = bytes.slice(decoder.position()..);
        Some(ResendFrame::Numbered(Numbered {
            number,
            expected: u16::try_from(expected).ok()?,
            held,
            message: unsplice(data, count),
        }))
    }

    fn write(&self, to: &mut Vec<u8>) -> Option<()> {
        let (data, count) = self.message.as_ref().map(splice).unwrap_or_default();
        let extra = if self.held.is_empty() { 2 } else { 3 };
        let mut encoder = Encoder::new(&mut *to);
        encoder.array(extra + count as u64).ok()?;
        encoder.u16(self.number).ok()?;
        if self.held.is_empty() {
            encoder.u16(self.expected).ok()?;
        } else {
            encoder.i32(-1 - i32::from(self.expected)).ok()?;
            encoder.array(self.held.len() as u64).ok()?;
            for &number in &self.held {
                encoder.u16(number).ok()?;
            }
        }
        to.extend_from_slice(&data);
        Some(())
    }
}

impl Terms {
    /// Reads the `count` items after the step; more than three are no business of ours.
    fn parse(decoder: &mut Decoder<'_>, count: usize) -> Option<Terms> {
        let mut next = |index| {
            if index < count {
                decoder.u64().ok().map(Some)
            } else {
                Some(None)
            }
        };
        let window = next(0)?.unwrap_or_default();
        let timeout = next(1)?.unwrap_or_default();
        // What else a later MoaT may put there is not ours.
        let connection = next(2).flatten();
        Some(Terms {
            window: u16::try_from(window).unwrap_or(u16::MAX),
            timeout,
            connection,
        })
    }

    fn write(self, step: Step, to: &mut Vec<u8>) -> Option<()> {
        let step = match step {
            Step::Reset => -2,
            Step::Acknowledge => -3,
            Step::Confirm => -4,
        };
        let values = [step, self.window.into(), self.timeout.into()];
        match self.connection {
            None => encode(to, &values),
            Some(connection) => encode(to, &[values[0], values[1], values[2], connection.into()]),
        }
    }
}

fn closed(expected: Option<u16>, to: &mut Vec<u8>) -> Option<()> {
    let Some(expected) = expected else {
        return encode(to, &[-1]);
    };
    let mut encoder = Encoder::new(to);
    encoder.array(3).ok()?.i8(-1).ok()?;
    encoder.null().ok()?.u16(expected).ok()?;
    Some(())
}

/// An array of integers.
fn encode(to: &mut Vec<u8>, values: &[i128]) -> Option<()> {
    let mut encoder = Encoder::new(to);
    encoder.array(values.len() as u64).ok()?;
    for &value in values {
        encoder.int(value.try_into().ok()?).ok()?;
    }
    Some(())
}

/// The items that a message is in a frame: their bytes and number.
fn splice(message: &Object) -> (Chunk, usize) {
    match message.items() {
        Some((items, count)) if count > 1 => (items, count),
        _ => (message.bytes().clone(), 1),
    }
}

/// The message that these items are.
fn unsplice(items: Chunk, count: usize) -> Option<Object> {
    match count {
        0 => None,
        1 => Some(Object::from_well_formed(items)),
        _ => {
            let mut array = Vec::with_capacity(items.len() + 9);
            Encoder::new(&mut array).array(count as u64).ok()?;
            array.extend_from_slice(&items);
            Some(Object::from_well_formed(array.into()))
        }
    }
}
