//! [`Replacer`]: UTF-8 and ASCII of which many bytes are malformed, and [`Gaps`]: where in the
//! text something stands for them.

use super::{ErrorPolicy, FixedReplacement, escape};
use crate::scan::mask16_where;

/// How many bytes are decoded in one call, besides the rest of the last character: few enough that
/// bytes, text and gaps stay in the fastest cache.
const PIECE: usize = 512;

/// How many bytes are copied together.
const GROUP: usize = 16;

/// A piece, and what may be read after it though it is not of it.
const WINDOW: usize = PIECE + GROUP;

/// After this many bytes of well-formed characters the next malformed byte is probably far, and the
/// call of a SIMD check pays for itself. Before, each character is checked by its first byte.
const SURE: usize = 32;

/// Decodes UTF-8 or ASCII and replaces what is malformed, in one pass. A step for each malformed
/// sequence and one for each run of text between them gives the same at many times the cost.
#[derive(Clone, Copy)]
pub(in crate::text) struct Replacer {
    replacement: FixedReplacement,
    leads: &'static Leads,
    /// Whether the characters that stand for bytes are malformed.
    escapes: bool,
}

/// Memory for a piece of text, and what is known of all pieces since the start.
pub(in crate::text) struct ReplaceBuffer {
    piece: [u8; ReplaceBuffer::SIZE],
    /// How many bytes were read, and how many of text came of them.
    read: usize,
    written: usize,
    /// How long all characters after the last malformed sequence are that are not ASCII.
    good: usize,
    gaps: Vec<Gap>,
}

impl ReplaceBuffer {
    /// How many malformed sequences are known of, at most, with text between them or not.
    pub(in crate::text) const MOST: usize = 4096;

    /// A byte becomes four at most.
    const SIZE: usize = 4 * (PIECE + 3) + GROUP;

    pub(in crate::text) fn new() -> ReplaceBuffer {
        ReplaceBuffer {
            piece: [0; ReplaceBuffer::SIZE],
            read: 0,
            written: 0,
            good: 0,
            gaps: Vec::new(),
        }
    }

    /// Starts with another text.
    pub(in crate::text) fn clear(&mut self) {
        (self.read, self.written) = (0, 0);
        self.gaps.clear();
    }

    /// How many malformed sequences there were since the start.
    pub(in crate::text) fn malformed(&self) -> usize {
        self.gaps.len()
    }
}

impl Replacer {
    /// For UTF-8; `None`: the policy has no text that depends on nothing but the bytes.
    pub(in crate::text) fn utf_8(errors: ErrorPolicy) -> Option<Replacer> {
        Some(Replacer {
            replacement: FixedReplacement::new(errors)?,
            leads: &UTF_8,
            escapes: errors == ErrorPolicy::Escape,
        })
    }

    /// The same for ASCII.
    pub(in crate::text) fn ascii(errors: ErrorPolicy) -> Option<Replacer> {
        Some(Replacer {
            replacement: FixedReplacement::new(errors)?,
            leads: &ASCII,
            escapes: false,
        })
    }

    /// Decodes `bytes` for as long as more of them are malformed, up to about so much text and
    /// [so many](ReplaceBuffer::MOST) malformed sequences; how many bytes that were. `last`: nothing follows
    /// them.
    pub(in crate::text) fn decode_run(
        self,
        bytes: &[u8],
        last: bool,
        room: &mut ReplaceBuffer,
        text: &mut String,
        most: usize,
    ) -> usize {
        let mut at = 0;
        while text.len() < most && room.malformed() < ReplaceBuffer::MOST {
            let before = room.malformed();
            at += self.decode(&bytes[at..], last, room, text);
            if room.malformed() == before {
                break;
            }
        }
        at
    }

    /// Decodes some of `bytes` from their start on; how many. None: all that is there is the start
    /// of a character.
    #[inline(always)] // benches/decode.rs, row 9h
    fn decode(
        self,
        bytes: &[u8],
        last: bool,
        room: &mut ReplaceBuffer,
        text: &mut String,
    ) -> usize {
        let mut padded = [0; WINDOW];
        let window = match bytes.first_chunk() {
            Some(window) => window,
            None => {
                padded[..bytes.len()].copy_from_slice(bytes);
                &padded
            }
        };
        let (out, end) = (&mut room.piece, bytes.len().min(PIECE));
        let (mut at, mut to, mut good) = (0, 0, room.good);
        'piece: while at < end {
            let n = ascii(window, at).min(end - at);
            // All 16, of which `n` count: a copy of a fixed length is one store, and the next one
            // overwrites the rest.
            put::<GROUP>(out, to, window, at);
            (at, to) = (at + n, to + n);
            while at < end && window[at] >= 0x80 {
                // Text in another script than Latin: one check of all of it instead of one a
                // character.
                if good >= SURE {
                    let n = self.good(&window[at..end]);
                    out[to..to + n].copy_from_slice(&window[at..at + n]);
                    (at, to, good) = (at + n, to + n, 0);
                    continue;
                }
                let sequence = put::<4>(out, to, window, at);
                let lead = self.leads[usize::from(sequence[0] & 0x7f)];
                let (len, is_good) = lead.sequence(sequence);
                if is_good && !(self.escapes && escape::begins(&sequence)) {
                    (at, to, good) = (at + len, to + len, good + len);
                    continue;
                }
                if at + len == bytes.len() && len < lead.len && !last {
                    // Cut off by the end of the bytes: its rest may follow.
                    break 'piece;
                }
                good = 0;
                room.gaps
                    .push(Gap::new(room.written + to, room.read + at, len));
                to = self.replacement.put(out, to, &sequence[..len]);
                at += len;
            }
        }
        text.push_str(
            simdutf8::basic::from_utf8(&out[..to]).expect("whole characters were put there"),
        );
        (room.read, room.written) = (room.read + at, room.written + to);
        room.good = good;
        at
    }

    /// How many bytes at the start are well-formed.
    fn good(self, bytes: &[u8]) -> usize {
        let n = match simdutf8::compat::from_utf8(bytes) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        if self.escapes {
            escape::find(&bytes[..n])
        } else {
            n
        }
    }

    /// Where in what was decoded since the start something stands for malformed bytes.
    pub(in crate::text) fn gaps(self, room: &ReplaceBuffer) -> Gaps {
        Gaps::new(&room.gaps, self.replacement)
    }
}

/// How many of the bytes at a place, 16 at most, are ASCII.
#[inline(always)] // benches/decode.rs, row 9h
fn ascii(window: &[u8; WINDOW], at: usize) -> usize {
    let Some(group) = window[at..].first_chunk::<GROUP>() else {
        return 0;
    };
    let high = u32::from(mask16_where(group, |bytes| bytes));
    (high | 1 << GROUP).trailing_zeros() as usize
}

/// Copies the bytes at a place, and returns them.
#[inline(always)] // benches/decode.rs, row 9h
fn put<const N: usize>(out: &mut [u8], to: usize, window: &[u8; WINDOW], at: usize) -> [u8; N] {
    let bytes = *window[at..].first_chunk().unwrap_or(&[0; N]);
    if let Some(place) = out[to..].first_chunk_mut() {
        *place = bytes;
    }
    bytes
}

/// What may follow the first byte of a sequence.
#[derive(Clone, Copy)]
struct Lead {
    /// How long the sequence is.
    len: usize,
    /// The least second byte, and how much greater it may be.
    second: u8,
    span: u8,
}

/// For each first byte from 0x80 on.
type Leads = [Lead; 128];

static ASCII: Leads = [Lead::NONE; 128];
#[expect(
    clippy::cast_possible_truncation,
    reason = "each is the number of a byte"
)]
static UTF_8: Leads = {
    let (mut leads, mut byte) = (ASCII, 0xc2);
    while byte < 0xf5 {
        leads[byte - 0x80] = Lead::new(byte as u8);
        byte += 1;
    }
    leads
};

impl Lead {
    /// Begins nothing.
    const NONE: Lead = Lead {
        len: 0,
        second: 0,
        span: 0,
    };

    const fn new(byte: u8) -> Lead {
        let len = match byte {
            0xc2..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        };
        let (second, last) = match byte {
            // Else a shorter sequence would do.
            0xe0 => (0xa0, 0xbf),
            0xf0 => (0x90, 0xbf),
            // Surrogates, and what is beyond U+10FFFF.
            0xed => (0x80, 0x9f),
            0xf4 => (0x80, 0x8f),
            _ => (0x80, 0xbf),
        };
        Lead {
            len,
            second,
            span: last - second,
        }
    }

    /// How much of the sequence is there, and whether that is all of it; else it is the "maximal
    /// subpart" of the Unicode standard (chapter 3.9), which is malformed together.
    #[inline(always)] // benches/decode.rs, row 9h
    fn sequence(self, bytes: [u8; 4]) -> (usize, bool) {
        let goes_on = |at: usize| matches!(bytes[at], 0x80..0xc0);
        if self.len == 0 || bytes[1].wrapping_sub(self.second) > self.span {
            (1, false)
        } else if self.len == 2 {
            (2, true)
        } else if !goes_on(2) {
            (2, false)
        } else if self.len == 3 {
            (3, true)
        } else {
            if goes_on(3) { (4, true) } else { (3, false) }
        }
    }
}

/// Something that stands for a malformed sequence.
#[derive(Clone, Copy)]
struct Gap {
    /// Where it begins in the text, and the sequence in the bytes.
    text: u32,
    byte: u32,
    /// How long the sequence is.
    len: u8,
}

impl Gap {
    /// Where there is a text of no more than some pieces, and a sequence of no more than four
    /// bytes.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a text with gaps is put together of pieces up to a few KiB"
    )]
    #[inline(always)] // benches/decode.rs, row 9h
    fn new(text: usize, byte: usize, len: usize) -> Gap {
        debug_assert!(text.max(byte) <= u32::MAX as usize && len <= 4);
        Gap {
            text: text as u32,
            byte: byte as u32,
            len: len as u8,
        }
    }
}

/// Text that is its bytes but for what stands for the malformed ones.
pub(in crate::text) struct Gaps {
    /// In order.
    gaps: Box<[Gap]>,
    replacement: FixedReplacement,
}

impl Gaps {
    fn new(gaps: &[Gap], replacement: FixedReplacement) -> Gaps {
        Gaps {
            gaps: gaps.into(),
            replacement,
        }
    }

    /// The place `len` bytes of text after another one. A place is a number of bytes, and how
    /// many characters of what stands for the malformed ones there.
    pub(in crate::text) fn place(&self, from: (usize, usize), len: usize) -> (usize, usize) {
        let text = self.text_at(from) + len;
        // What is read for nothing lies after the text that ends there.
        let before = self.gaps.partition_point(|gap| (gap.text as usize) < text);
        let Some(gap) = before.checked_sub(1).map(|at| self.gaps[at]) else {
            return (text, 0);
        };
        match text.checked_sub(self.text_after(gap)) {
            Some(more) => (byte_after(gap) + more, 0),
            None => {
                let inside = (text - gap.text as usize) / self.replacement.char_len();
                (gap.byte as usize, inside)
            }
        }
    }

    /// How many bytes of text precede a position.
    fn text_at(&self, (byte, inside): (usize, usize)) -> usize {
        let inside = inside * self.replacement.char_len();
        let before = match byte {
            0 => 0,
            byte => self.gaps.partition_point(|&gap| byte_after(gap) <= byte),
        };
        match before.checked_sub(1).map(|at| self.gaps[at]) {
            Some(gap) => self.text_after(gap) + byte - byte_after(gap) + inside,
            None => byte + inside,
        }
    }

    fn text_after(&self, gap: Gap) -> usize {
        gap.text as usize + self.replacement.len(gap.len.into())
    }
}

fn byte_after(gap: Gap) -> usize {
    gap.byte as usize + usize::from(gap.len)
}
