//! [`Replacing`]: UTF-8 and ASCII of which many bytes are malformed.

use wide::i8x16;

use super::handler::{OnError, Replacement, escape};

/// How many bytes are decoded together, and the rest of the last character.
const PIECE: usize = 512;

/// How many bytes are copied together.
const GROUP: usize = 16;

/// A piece, and what may be read behind it though it is not of it.
const WINDOW: usize = PIECE + GROUP;

/// What may follow the first byte of a sequence.
#[derive(Clone, Copy)]
struct Lead {
    /// How long the sequence is.
    len: usize,
    /// The least and the greatest second byte; out of order where none may follow.
    second: (u8, u8),
}

/// For each first byte from 0x80 on.
type Leads = [Lead; 128];

static NONE: Leads = [Lead::NONE; 128];
static UTF_8: Leads = {
    let (mut leads, mut byte) = (NONE, 0xc2);
    while byte < 0xf5 {
        let len = match byte {
            0xc2..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        };
        let second = match byte {
            // Else it could be shorter.
            0xe0 => (0xa0, 0xbf),
            0xf0 => (0x90, 0xbf),
            // Surrogates, and what is beyond U+10FFFF.
            0xed => (0x80, 0x9f),
            0xf4 => (0x80, 0x8f),
            _ => (0x80, 0xbf),
        };
        leads[byte - 0x80] = Lead { len, second };
        byte += 1;
    }
    leads
};

impl Lead {
    const NONE: Lead = Lead {
        len: 1,
        second: (1, 0),
    };
}

/// Decodes UTF-8 or ASCII with something else in the place of what is malformed. A step for each
/// malformed sequence, and one for each run of text between them, would do that, too, at several
/// times the cost.
#[derive(Clone, Copy)]
pub(in crate::text) struct Replacing {
    replacement: Replacement,
    leads: &'static Leads,
    /// Whether the characters that stand for bytes are malformed.
    escapes: bool,
}

/// Memory for the text of a piece.
pub(in crate::text) struct Room([u8; Room::SIZE]);

impl Room {
    /// A byte becomes four at most.
    const SIZE: usize = 4 * (PIECE + 3) + GROUP;

    pub(in crate::text) fn new() -> Room {
        Room([0; Room::SIZE])
    }
}

/// What became of a piece.
pub(in crate::text) struct Replaced {
    /// How many bytes were read; none if all that is there is the start of a character.
    pub(in crate::text) read: usize,
    /// Whether any of them were malformed.
    pub(in crate::text) some_malformed: bool,
}

impl Replacing {
    /// For UTF-8; `None`: the policy has no text that depends on nothing but the bytes.
    pub(super) fn utf_8(errors: OnError) -> Option<Replacing> {
        Some(Replacing {
            replacement: Replacement::new(errors)?,
            leads: &UTF_8,
            escapes: errors == OnError::Escape,
        })
    }

    /// The same for ASCII.
    pub(super) fn ascii(errors: OnError) -> Option<Replacing> {
        Some(Replacing {
            replacement: Replacement::new(errors)?,
            leads: &NONE,
            escapes: false,
        })
    }

    /// Decodes some of `bytes` from their start on. `last`: nothing follows them.
    pub(in crate::text) fn decode(
        self,
        bytes: &[u8],
        last: bool,
        room: &mut Room,
        text: &mut String,
    ) -> Replaced {
        let mut padded = [0; WINDOW];
        let window = match bytes.first_chunk() {
            Some(window) => window,
            None => {
                padded[..bytes.len()].copy_from_slice(bytes);
                &padded
            }
        };
        let (out, end) = (&mut room.0, bytes.len().min(PIECE));
        let (mut at, mut to, mut some_malformed) = (0, 0, false);
        'piece: while at < end {
            let n = ascii(&window[at..]).min(end - at);
            if let (Some(group), Some(place)) = (
                window[at..].first_chunk::<GROUP>(),
                out[to..].first_chunk_mut(),
            ) {
                *place = *group;
            }
            (at, to) = (at + n, to + n);
            while at < end && window[at] >= 0x80 {
                let sequence = first_four(&window[at..]);
                let (len, is_good) = self.sequence(sequence);
                if is_good {
                    if let Some(place) = out[to..].first_chunk_mut() {
                        *place = sequence;
                    }
                    to += len;
                } else {
                    let is_cut = at + len == bytes.len() && self.lead(sequence[0]).len > len;
                    if is_cut && !last {
                        break 'piece;
                    }
                    some_malformed = true;
                    to = self.replacement.put(out, to, &sequence[..len]);
                }
                at += len;
            }
        }
        text.push_str(simdutf8::basic::from_utf8(&out[..to]).unwrap_or_default());
        Replaced {
            read: at,
            some_malformed,
        }
    }

    /// Where text ends that begins `inside` characters behind the start of `bytes`, which were
    /// decoded, and is `len` bytes long: behind how many of the bytes, and how many characters of
    /// what stands for the next ones.
    pub(in crate::text) fn place(self, bytes: &[u8], inside: usize, len: usize) -> (usize, usize) {
        let char_len = self.replacement.char_len();
        let (mut at, mut left) = (0, len + inside * char_len);
        while left > 0 && at < bytes.len() {
            let n = ascii(&bytes[at..]).min(left);
            (at, left) = (at + n, left - n);
            if n > 0 {
                continue;
            }
            let (n, is_good) = self.sequence(first_four(&bytes[at..]));
            let len = match is_good {
                true => n,
                false => self.replacement.len(n),
            };
            if len > left {
                return (at, left / char_len);
            }
            (at, left) = (at + n, left - len);
        }
        (at, 0)
    }

    #[inline(always)]
    fn lead(self, byte: u8) -> Lead {
        self.leads[usize::from(byte & 0x7f)]
    }

    /// How long the sequence that is not ASCII is at the start, and whether it is well-formed;
    /// if it is not, it is the "maximal subpart" of the Unicode standard (chapter 3.9).
    #[inline(always)]
    fn sequence(self, bytes: [u8; 4]) -> (usize, bool) {
        let Lead { len, second } = self.lead(bytes[0]);
        let goes_on = |at: usize| matches!(bytes[at], 0x80..0xc0);
        if !(second.0..=second.1).contains(&bytes[1]) {
            (1, false)
        } else if len == 2 {
            (2, true)
        } else if !goes_on(2) {
            (2, false)
        } else if len == 3 {
            (3, true)
        } else if !goes_on(3) {
            (3, false)
        } else {
            (4, !(self.escapes && escape::begins(&bytes)))
        }
    }
}

/// How many of the first bytes, 16 at most, are ASCII.
#[inline(always)]
fn ascii(bytes: &[u8]) -> usize {
    match bytes.first_chunk::<GROUP>() {
        Some(group) => {
            let bits = i8x16::new(group.map(|byte| byte as i8)).move_mask();
            (bits | 1 << GROUP).trailing_zeros() as usize
        }
        None => bytes.iter().take_while(|byte| byte.is_ascii()).count(),
    }
}

/// The first four bytes; zeros in the place of those that are not there, which go on no sequence.
#[inline(always)]
fn first_four(bytes: &[u8]) -> [u8; 4] {
    let mut four = [0; 4];
    match bytes.first_chunk() {
        Some(first) => *first,
        None => {
            four[..bytes.len()].copy_from_slice(bytes);
            four
        }
    }
}
