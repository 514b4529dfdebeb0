//! [`Gaps`]: where in a text something stands for malformed bytes.

use super::handler::Replacement;

/// Something that stands for a malformed sequence.
#[derive(Clone, Copy)]
pub(super) struct Gap {
    /// Where it begins in the text, and the sequence in the bytes.
    pub(super) text: u32,
    pub(super) byte: u32,
    /// How long the sequence is.
    pub(super) len: u8,
}

impl Gap {
    /// Where there is a text of no more than some pieces, and a sequence of no more than four bytes.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a text with gaps is put together of pieces up to a few KiB"
    )]
    #[inline(always)]
    pub(super) fn new(text: usize, byte: usize, len: usize) -> Gap {
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
    replacement: Replacement,
}

impl Gaps {
    pub(super) fn new(gaps: &[Gap], replacement: Replacement) -> Gaps {
        Gaps {
            gaps: gaps.into(),
            replacement,
        }
    }

    /// The place `len` bytes of text behind another one. A place is a number of bytes, and how
    /// many characters of what stands for the malformed ones there.
    pub(in crate::text) fn place(&self, from: (usize, usize), len: usize) -> (usize, usize) {
        let text = self.text_at(from) + len;
        // What is read for nothing lies behind the text that ends there.
        let before = self.gaps.partition_point(|gap| (gap.text as usize) < text);
        let Some(gap) = before.checked_sub(1).map(|at| self.gaps[at]) else {
            return (text, 0);
        };
        match text.checked_sub(self.text_behind(gap)) {
            Some(more) => (byte_behind(gap) + more, 0),
            None => {
                let inside = (text - gap.text as usize) / self.replacement.char_len();
                (gap.byte as usize, inside)
            }
        }
    }

    /// How much text lies before a place.
    fn text_at(&self, (byte, inside): (usize, usize)) -> usize {
        let inside = inside * self.replacement.char_len();
        let before = match byte {
            0 => 0,
            byte => self.gaps.partition_point(|&gap| byte_behind(gap) <= byte),
        };
        match before.checked_sub(1).map(|at| self.gaps[at]) {
            Some(gap) => self.text_behind(gap) + byte - byte_behind(gap) + inside,
            None => byte + inside,
        }
    }

    fn text_behind(&self, gap: Gap) -> usize {
        gap.text as usize + self.replacement.len(gap.len.into())
    }
}

fn byte_behind(gap: Gap) -> usize {
    gap.byte as usize + usize::from(gap.len)
}
