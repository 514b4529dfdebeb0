//! [`CodeIndex`]: the codes of characters, whatever plane of Unicode they are in.

/// Sixteen bits for each of some characters, found by the character: of one byte, or of two.
#[derive(Clone, Debug)]
pub(super) struct CodeIndex {
    /// Which of `pages` has the characters of this number divided by 256.
    index: Vec<u16>,
    /// The codes of 256 characters each; 0: none. The first are of no characters.
    pages: Vec<[u16; 256]>,
}

impl CodeIndex {
    pub(super) fn new() -> CodeIndex {
        CodeIndex {
            index: Vec::new(),
            pages: vec![[0; 256]],
        }
    }

    /// A character's code.
    #[inline]
    pub(super) fn get(&self, ch: char) -> Option<u16> {
        let number = u32::from(ch) as usize;
        let &page = self.index.get(number >> 8)?;
        let code = self.pages[usize::from(page)][number & 0xff];
        (code != 0).then_some(code)
    }

    /// Where a character's code is; 0: it has none yet.
    pub(super) fn slot(&mut self, ch: char) -> &mut u16 {
        let number = u32::from(ch) as usize;
        let (high, low) = (number >> 8, number & 0xff);
        if self.index.len() <= high {
            self.index.resize(high + 1, 0);
        }
        if self.index[high] == 0 {
            self.index[high] =
                u16::try_from(self.pages.len()).expect("one for each upper part at most");
            self.pages.push([0; 256]);
        }
        &mut self.pages[usize::from(self.index[high])][low]
    }
}
