//! [`TextBatch`]: many lines as one value.

use std::fmt;

use super::line::Line;
use super::newline::{LineEnding, Newline};
use crate::chunk::StrChunk;

/// Lines of text that were read together: they lie behind one another in one piece of memory, to
/// which the batch is one reference. It can go to another thread as a whole.
///
/// # Examples
///
/// ```
/// use iolite::{BufferedReader, BytesIo, TextIoWrapper};
///
/// let bytes = BytesIo::from(b"one\ntwo\r\nthree".to_vec());
/// let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
/// let mut workers = Vec::new();
/// while let Some(batch) = text.next_batch()? {
///     workers.push(std::thread::spawn(move || batch.iter().map(|line| line.len()).sum::<usize>()));
/// }
/// let lengths = workers.into_iter().map(|worker| worker.join().expect("no panic"));
/// assert_eq!(lengths.sum::<usize>(), 11);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone)]
pub struct TextBatch {
    text: StrChunk,
    /// Never empty.
    ends: Vec<End>,
    newline: Newline,
}

/// Where a line of a batch ends, and with what, in one word: no text is so long that two bits
/// would be missed.
#[derive(Clone, Copy)]
pub(super) struct End(u64);

impl End {
    /// In the order of their numbers.
    const ENDINGS: [LineEnding; 4] = [
        LineEnding::None,
        LineEnding::Lf,
        LineEnding::Cr,
        LineEnding::CrLf,
    ];

    #[inline]
    pub(super) fn new(at: usize, ending: LineEnding) -> End {
        End((at as u64) << 2 | ending as u64)
    }

    #[inline]
    fn at(self) -> usize {
        usize::try_from(self.0 >> 2).expect("it was one")
    }

    #[inline]
    fn ending(self) -> LineEnding {
        End::ENDINGS[(self.0 & 3) as usize]
    }

    /// Where the next line begins.
    #[inline]
    fn behind(self) -> usize {
        self.at() + self.ending().len()
    }
}

const _: () = {
    let mut number = 0;
    while number < End::ENDINGS.len() {
        assert!(End::ENDINGS[number] as usize == number);
        number += 1;
    }
};

impl TextBatch {
    pub(super) fn new(text: StrChunk, ends: Vec<End>, newline: Newline) -> TextBatch {
        TextBatch {
            text,
            ends,
            newline,
        }
    }

    /// Number of lines; never 0.
    #[allow(
        clippy::len_without_is_empty,
        reason = "where there is no line there is no batch"
    )]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The line at `index`.
    pub fn get(&self, index: usize) -> Option<Line<'_>> {
        let end = *self.ends.get(index)?;
        let before = index.checked_sub(1).map(|before| self.ends[before]);
        Some(self.line(before.map_or(0, End::behind), end))
    }

    /// The lines in order.
    pub fn iter(&self) -> impl Iterator<Item = Line<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let line = self.line(start, end);
            start = end.behind();
            line
        })
    }

    /// All of the text as it is in the stream, line ends included and untranslated.
    pub fn text(&self) -> &StrChunk {
        &self.text
    }

    #[inline]
    fn line(&self, start: usize, end: End) -> Line<'_> {
        let line = Line::new(&self.text, start..end.at(), end.ending(), self.newline);
        line.of_chunk(Some(&self.text))
    }
}

impl fmt::Debug for TextBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextBatch")
            .field("lines", &self.len())
            .field("text", &self.text)
            .finish()
    }
}
