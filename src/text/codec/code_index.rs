//! [`CodeIndex`]: the codes of characters, whatever plane of Unicode they are in.

use std::collections::BTreeMap;

/// How many characters there are that one code unit of UTF-16 is enough for.
const SHORT: usize = 0x1_0000;

/// Sixteen bits for each of some characters, found by the character; 0: none.
///
/// Nearly all characters that have a code are below U+10000, and finding those is most of the work of
/// an encoder: an array of all costs one load. Of its 128 KiB what no character is in stays untouched.
#[derive(Clone, Debug)]
pub(super) struct CodeIndex {
    short: Box<[u16; SHORT]>,
    /// Those of the characters from U+10000 on.
    beyond: BTreeMap<char, u16>,
}

impl CodeIndex {
    pub(super) fn new() -> CodeIndex {
        let short = vec![0; SHORT].into_boxed_slice().try_into();
        CodeIndex {
            short: short.expect("an array of that length"),
            beyond: BTreeMap::new(),
        }
    }

    /// The code of a character below U+10000; 0: it has none.
    #[inline]
    pub(super) fn short(&self, unit: u16) -> u16 {
        self.short[usize::from(unit)]
    }

    /// A character's code.
    #[cfg(feature = "encodings")]
    #[inline]
    pub(super) fn get(&self, ch: char) -> Option<u16> {
        let code = match u16::try_from(u32::from(ch)) {
            Ok(unit) => self.short(unit),
            Err(_) => *self.beyond.get(&ch)?,
        };
        (code != 0).then_some(code)
    }

    /// Where a character's code is; 0: it has none yet.
    pub(super) fn slot(&mut self, ch: char) -> &mut u16 {
        match u16::try_from(u32::from(ch)) {
            Ok(unit) => &mut self.short[usize::from(unit)],
            Err(_) => self.beyond.entry(ch).or_insert(0),
        }
    }
}
