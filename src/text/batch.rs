//! [`TextBatch`]: many lines as one value.

use std::fmt;
use std::ops::Range;

use super::line::Line;
use super::newline::{LineEnding, Newline};
use crate::chunk::StrChunk;
use crate::scan::RecordEnds;

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
    ends: RecordEnds,
    newline: Newline,
}

impl TextBatch {
    pub(super) fn new(text: StrChunk, ends: RecordEnds, newline: Newline) -> TextBatch {
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
        let ending_of = self.newline.ending_of_lines();
        let whole = self.ends.get(index)?;
        Some(self.line(whole, ending_of))
    }

    /// The lines in order.
    pub fn iter(&self) -> impl Iterator<Item = Line<'_>> {
        let ending_of = self.newline.ending_of_lines();
        self.ends
            .iter()
            .map(move |whole| self.line(whole, &ending_of))
    }

    /// All of the text as it is in the stream, line ends included and untranslated.
    pub fn text(&self) -> &StrChunk {
        &self.text
    }

    /// The line that lies there with what ends it. That is seen from its last characters, so that
    /// nothing has to be kept of it.
    #[inline]
    fn line(&self, whole: Range<usize>, ending_of: impl Fn(&[u8]) -> LineEnding) -> Line<'_> {
        let ending = ending_of(&self.text.as_bytes()[whole.clone()]);
        let text = whole.start..whole.end - ending.len();
        Line::new(&self.text, text, ending, self.newline).of_chunk(Some(&self.text))
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
