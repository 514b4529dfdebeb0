//! [`Trace`]: where a run of text came from that cannot be measured.

use super::super::codec::{Decoder, Gaps, Step};
use super::super::position::TextPosition;
use crate::chunk::Chunk;

/// What is known of the bytes that a run of text came from.
pub(super) struct Trace {
    /// Where they start in the stream.
    offset: u64,
    way: Way,
}

enum Way {
    Again(Again),
    Gaps(Gaps),
}

/// The bytes that a codec of the caller's own, or UTF-7's, was shown. What a piece of the text
/// came from is found by decoding again, and only where somebody asks for it.
struct Again {
    /// Of the encoding; in any state.
    decoder: Decoder,
    bytes: Chunk,
    /// Whether nothing follows them.
    last: bool,
}

impl Trace {
    pub(super) fn new(decoder: Decoder, offset: u64, bytes: Chunk, last: bool) -> Trace {
        let way = Way::Again(Again {
            decoder,
            bytes,
            last,
        });
        Trace { offset, way }
    }

    /// Of text in which something stands for malformed bytes.
    pub(super) fn with_gaps(offset: u64, gaps: Gaps) -> Trace {
        let way = Way::Gaps(gaps);
        Trace { offset, way }
    }

    /// Whether a place is found without looking at what is before it.
    pub(super) fn is_index(&self) -> bool {
        matches!(self.way, Way::Gaps(_))
    }

    /// The place behind `text`, which begins at the place `from` in the bytes: as far in them as
    /// decoding can start without losing a character. `None`: the codec does not read as it did.
    pub(super) fn place(&self, from: TextPosition, text: &str) -> Option<TextPosition> {
        let at = usize::try_from(from.offset.checked_sub(self.offset)?).ok()?;
        let taken = usize::try_from(from.skip).ok()?;
        let (at, state, inside) = match &self.way {
            Way::Again(again) => {
                let characters = text.chars().count().checked_add(taken)?;
                again.place(at, from.state, characters)?
            }
            Way::Gaps(gaps) => {
                let (at, inside) = gaps.place((at, taken), text.len());
                (at, from.state, inside)
            }
        };
        Some(TextPosition::new(self.offset + at as u64, state).inside(inside))
    }
}

impl Again {
    /// The place so many characters behind another one: the byte, the state there, and how many
    /// characters of what begins there.
    fn place(&self, mut at: usize, mut state: u64, mut left: usize) -> Option<(usize, u64, usize)> {
        while left > 0 {
            let some = self.read(at, state, left)?;
            if some.characters > left {
                break;
            }
            (at, state) = (at + some.bytes, some.state);
            left -= some.characters;
        }
        Some((at, state, left))
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
