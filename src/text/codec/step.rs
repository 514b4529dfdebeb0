//! [`Step`] and [`Measure`]: what a decoder answers, and how its text maps back to bytes.

#[cfg(feature = "encodings")]
use super::multi_byte::MultiByte;
#[cfg(feature = "encodings")]
use super::paired::Paired;

/// What a decoder made of the bytes it was shown.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::text) enum Step {
    /// So many bytes (1 at least) were read, and their text, if any, appended.
    Read(usize),
    /// All that is there is the start of a sequence: show it again with more behind it.
    Unfinished,
    /// So many bytes at the start are no text. Nothing was read, and the next step is for the
    /// bytes behind them.
    Malformed { len: usize, reason: &'static str },
    /// The stream does not start with the mark it must have, in whose place so many bytes are.
    /// Nothing was read; the next step reads in the machine's usual order.
    NoMark { len: usize },
    /// A codec of the caller's own claims to have read, or to have found malformed, so many bytes
    /// of the given number: none of a great many, or too many. Nothing was read.
    Broken { claimed: usize, limit: usize },
}

#[cfg(feature = "encodings")]
impl Step {
    /// So many bytes are no sequence of a multi-byte encoding.
    pub(super) fn illegal(len: usize) -> Step {
        Step::Malformed {
            len,
            reason: "illegal multibyte sequence",
        }
    }

    /// These `len` bytes begin a sequence of a multi-byte encoding, or are its last ones.
    pub(super) fn begun(len: usize, last: bool) -> Step {
        if last {
            Step::Malformed {
                len,
                reason: "incomplete multibyte sequence",
            }
        } else {
            Step::Unfinished
        }
    }
}

/// How to find the bytes that a piece of decoded text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) enum Measure {
    /// The text's UTF-8 is as long as its bytes were.
    Verbatim,
    /// One byte for each character.
    Characters,
    /// So many bytes for each character.
    Fixed(usize),
    /// Two bytes for each UTF-16 code unit.
    Utf16,
    /// As many bytes as each character is written in.
    #[cfg(feature = "encodings")]
    MultiByte(MultiByte),
    /// The same, but for codes of two characters.
    #[cfg(feature = "encodings")]
    Paired(Paired),
    /// Not at all: the text of one sequence, or whatever a codec of the caller's own made of its
    /// bytes.
    Whole,
}

impl Measure {
    /// How many bytes `text` came from, `text` being the start of what was decoded.
    pub(in crate::text) fn bytes(self, text: &str) -> usize {
        match self {
            Measure::Verbatim => text.len(),
            Measure::Characters => text.chars().count(),
            Measure::Fixed(len) => len * text.chars().count(),
            Measure::Utf16 => 2 * text.chars().map(char::len_utf16).sum::<usize>(),
            #[cfg(feature = "encodings")]
            Measure::MultiByte(family) => family.measure(text),
            #[cfg(feature = "encodings")]
            Measure::Paired(family) => family.measure(text),
            // There is nothing between its start and its end.
            Measure::Whole => 0,
        }
    }
}
