//! [`Trace`]: the bytes of a run of text that only its codec can measure.

use super::super::codec::{Decoder, Step};
use super::super::position::TextPosition;

/// The bytes that a codec of the caller's own, or UTF-7's, was shown when it read a run of text.
/// What a piece of the text came from is found by decoding again, and only where somebody asks for
/// it.
pub(super) struct Trace {
    /// Of the encoding; in any state.
    decoder: Decoder,
    /// Where the bytes start in the stream.
    offset: u64,
    bytes: Vec<u8>,
    /// Whether nothing follows them.
    last: bool,
}

impl Trace {
    pub(super) fn new(decoder: Decoder, offset: u64, bytes: Vec<u8>, last: bool) -> Trace {
        Trace {
            decoder,
            offset,
            bytes,
            last,
        }
    }

    /// The place so many characters behind `from`, a place in the bytes: as far in them as
    /// decoding can start without losing a character. `None`: the codec does not read as it did.
    pub(super) fn place(&self, from: TextPosition, characters: usize) -> Option<TextPosition> {
        let mut at = usize::try_from(from.offset.checked_sub(self.offset)?).ok()?;
        let mut state = from.state;
        let mut left = characters.checked_add(usize::try_from(from.skip).ok()?)?;
        while left > 0 {
            let some = self.read(at, state, left)?;
            if some.characters > left {
                break;
            }
            (at, state) = (at + some.bytes, some.state);
            left -= some.characters;
        }
        Some(TextPosition::new(self.offset + at as u64, state).inside(left))
    }

    /// Decodes less than `left` characters from a place on, or the first sequence if it alone has
    /// as many. How many bytes that takes is found by halves, from as many as characters on.
    fn read(&self, at: usize, state: u64, left: usize) -> Option<Part> {
        let bytes = self.bytes.get(at..).filter(|bytes| !bytes.is_empty())?;
        let (mut decoder, mut text) = (self.decoder.clone(), String::new());
        // With `few` bytes nothing is read, with `many` too much.
        let (mut few, mut many) = (0, None);
        let mut n = left.min(bytes.len());
        loop {
            text.clear();
            decoder.set_state(state);
            match decoder.step(&bytes[..n], self.last && n == bytes.len(), &mut text) {
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
}

/// What was decoded at a place.
struct Part {
    bytes: usize,
    characters: usize,
    /// The state behind it.
    state: u64,
}
