//! [`Trace`]: the bytes of a run of text that only its codec can measure.

use super::super::codec::{Decoder, Replacing, Step};
use super::super::position::TextPosition;
use crate::chunk::Chunk;

/// The bytes that a run of text was decoded from, malformed ones too, or which a codec of the
/// caller's own, or UTF-7's, was shown. What a piece of the text came from is found by decoding
/// again, and only where somebody asks for it.
pub(super) struct Trace {
    way: Way,
    /// Where the bytes start in the stream.
    offset: u64,
    bytes: Chunk,
}

/// How the bytes were decoded.
enum Way {
    Steps {
        /// Of the encoding; in any state.
        decoder: Decoder,
        /// Whether nothing follows the bytes.
        last: bool,
    },
    Replacing(Replacing),
}

impl Trace {
    pub(super) fn new(decoder: Decoder, offset: u64, bytes: Chunk, last: bool) -> Trace {
        Trace {
            way: Way::Steps { decoder, last },
            offset,
            bytes,
        }
    }

    pub(super) fn replacing(replacing: Replacing, offset: u64, bytes: Chunk) -> Trace {
        Trace {
            way: Way::Replacing(replacing),
            offset,
            bytes,
        }
    }

    /// The place behind `text`, which begins at the place `from` in the bytes: as far in them as
    /// decoding can start without losing a character. `None`: the codec does not read as it did.
    pub(super) fn place(&self, from: TextPosition, text: &str) -> Option<TextPosition> {
        let at = usize::try_from(from.offset.checked_sub(self.offset)?).ok()?;
        let taken = usize::try_from(from.skip).ok()?;
        match &self.way {
            Way::Steps { decoder, last } => {
                let characters = text.chars().count().checked_add(taken)?;
                self.place_by_steps(decoder, *last, (at, from.state), characters)
            }
            Way::Replacing(replacing) => {
                let (n, inside) = replacing.place(self.bytes.get(at..)?, taken, text.len());
                let place = TextPosition::new(self.offset + (at + n) as u64, from.state);
                Some(place.inside(inside))
            }
        }
    }

    fn place_by_steps(
        &self,
        decoder: &Decoder,
        last: bool,
        (mut at, mut state): (usize, u64),
        mut left: usize,
    ) -> Option<TextPosition> {
        while left > 0 {
            let bytes = self.bytes.get(at..)?;
            let some = read(decoder, state, bytes, last, left)?;
            if some.characters > left {
                break;
            }
            (at, state) = (at + some.bytes, some.state);
            left -= some.characters;
        }
        Some(TextPosition::new(self.offset + at as u64, state).inside(left))
    }
}

/// Decodes less than `left` characters from the start of `bytes`, or the first sequence if it
/// alone has as many. How many bytes that takes is found by halves, from as many as characters on.
fn read(decoder: &Decoder, state: u64, bytes: &[u8], last: bool, left: usize) -> Option<Part> {
    if bytes.is_empty() {
        return None;
    }
    let (mut decoder, mut text) = (decoder.clone(), String::new());
    // With `few` bytes nothing is read, with `many` too much.
    let (mut few, mut many) = (0, None);
    let mut n = left.min(bytes.len());
    loop {
        text.clear();
        decoder.set_state(state);
        match decoder.step(&bytes[..n], last && n == bytes.len(), &mut text) {
            Step::Read(read) => {
                let characters = text.chars().count();
                if characters < left || n == few + 1 {
                    return Some(Part {
                        bytes: read,
                        characters,
                        state: decoder.state(),
                    });
                }
                many = Some(n);
            }
            Step::Unfinished if n < many.unwrap_or(bytes.len()) => few = n,
            _ => return None,
        }
        n = match many {
            Some(many) => few + (many - few).div_ceil(2),
            None => bytes.len().min(2 * few),
        };
    }
}

/// What was decoded at a place.
struct Part {
    bytes: usize,
    characters: usize,
    /// The state behind it.
    state: u64,
}
