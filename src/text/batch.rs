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
    /// For each line where it ends, and with what. Never empty.
    ends: Vec<(usize, LineEnding)>,
    newline: Newline,
}

impl TextBatch {
    pub(super) fn new(
        text: StrChunk,
        ends: Vec<(usize, LineEnding)>,
        newline: Newline,
    ) -> TextBatch {
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
        let &(end, ending) = self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => self.behind(before),
            None => 0,
        };
        Some(self.line(start, end, ending))
    }

    /// The lines in order.
    pub fn iter(&self) -> impl Iterator<Item = Line<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, ending)| {
            let line = self.line(start, end, ending);
            start = end + ending.as_str().len();
            line
        })
    }

    /// All of the text as it is in the stream, line ends included and untranslated.
    pub fn text(&self) -> &StrChunk {
        &self.text
    }

    fn behind(&self, index: usize) -> usize {
        let (end, ending) = self.ends[index];
        end + ending.as_str().len()
    }

    fn line(&self, start: usize, end: usize, ending: LineEnding) -> Line<'_> {
        Line::new(&self.text[start..end], ending, self.newline).lying_in(Some(&self.text))
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
