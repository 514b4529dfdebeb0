//! [`TextCheck`]: whether bytes that arrive in pieces are UTF-8.

use std::str;

use crate::error::whole_chars;

/// A check of text that goes on with the next piece where the last one stopped, in the middle of a
/// character, too. Looks at each byte once, but for the at most three of a cut character.
#[derive(Debug, Default)]
pub(super) struct TextCheck {
    /// The first bytes of a character whose others have not come.
    begun: [u8; 4],
    /// How many those are: 0 to 3.
    len: usize,
}

/// Bytes that are not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotUtf8 {
    /// How many bytes of this piece come before the one that is wrong.
    pub(super) before: usize,
    /// How many bytes before that one the character begins that it breaks, if that was in an earlier
    /// piece.
    pub(super) begun: usize,
}

impl TextCheck {
    /// Checks the next piece.
    pub(super) fn check(&mut self, piece: &[u8]) -> Result<(), NotUtf8> {
        let mut done = 0;
        while self.len > 0 {
            let Some(&byte) = piece.get(done) else {
                return Ok(());
            };
            let begun = self.len;
            if !self.goes_on_with(byte) {
                let before = done;
                return Err(NotUtf8 { before, begun });
            }
            done += 1;
        }
        let (text, malformed) = whole_chars(&piece[done..], false);
        done += text.len();
        if malformed.is_some() {
            return Err(NotUtf8 {
                before: done,
                begun: 0,
            });
        }
        let cut = &piece[done..];
        self.begun[..cut.len()].copy_from_slice(cut);
        self.len = cut.len();
        Ok(())
    }

    /// How many bytes of a character have come whose others have not.
    pub(super) fn begun(&self) -> usize {
        self.len
    }

    /// Puts one more byte to the character that has begun, if it goes on so.
    fn goes_on_with(&mut self, byte: u8) -> bool {
        self.begun[self.len] = byte;
        self.len += 1;
        match str::from_utf8(&self.begun[..self.len]) {
            Ok(_) => {
                self.len = 0;
                true
            }
            Err(error) => error.error_len().is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_checked_the_same_whatever_the_pieces() {
        let pool: [&[u8]; 8] = [
            b"a",
            b"\xc3",
            b"\xa9",
            b"\xe2\x82",
            b"\xac",
            b"\xf0\x9f\x98",
            b"\x80",
            b"\xff",
        ];
        for seed in 0..8_usize.pow(4) {
            let bytes: Vec<u8> = (0..4)
                .flat_map(|at| pool[seed / 8_usize.pow(at) % 8].to_vec())
                .collect();
            for size in 1..=4 {
                let mut check = TextCheck::default();
                let is_text = bytes.chunks(size).all(|piece| check.check(piece).is_ok());
                let expected = str::from_utf8(&bytes).is_ok();
                assert_eq!(
                    is_text && check.begun() == 0,
                    expected,
                    "{bytes:x?} by {size}"
                );
            }
        }
    }
}
