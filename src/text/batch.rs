//! [`LineBatch`]: many lines as one value.
//
// A batch keeps one number a line: where the line ends, its terminator included, and in the lowest two
// bits which terminator that is. Telling it from the last bytes of the line, instead, took 15 more
// instructions a line (row 9d: 174 against 159).

use std::fmt;
use std::iter::FusedIterator;
use std::slice;

use super::line::Line;
use super::newline::{LineEnding, Newline};
use crate::chunk::StrChunk;

/// Lines of text that were read together. They lie side by side in one block of memory, to which the
/// batch is one reference, so it can go to another thread as a whole.
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
pub struct LineBatch {
    text: StrChunk,
    /// Never empty, and the last one ends where the text does.
    ends: Vec<PackedEnd>,
    newline: Newline,
}

/// Where a line ends in the text of its batch, terminator included, and what its terminator is.
///
/// 64 bits on every system: with 32, two of which are the terminator's, a line of a gibibyte would not
/// fit.
#[derive(Clone, Copy)]
pub(super) struct PackedEnd(u64);

impl PackedEnd {
    #[inline]
    pub(super) fn new(end: usize, terminator: LineEnding) -> PackedEnd {
        PackedEnd((end as u64) << 2 | terminator as u64)
    }

    #[inline]
    fn end(self) -> usize {
        (self.0 >> 2) as usize
    }

    #[inline]
    fn terminator(self) -> LineEnding {
        LineEnding::ALL[(self.0 & 3) as usize]
    }
}

/// Most ends that room is made for before they are found: as many as a block of 64 KiB has if each
/// line is 16 bytes long. If the first line is short by chance, no more than 32 KiB are wasted.
const MOST_EXPECTED: usize = 4096;

/// Memory for the ends of about so many lines.
pub(super) fn room_for_ends(expected: usize) -> Vec<PackedEnd> {
    Vec::with_capacity(expected.min(MOST_EXPECTED) + 1)
}

impl LineBatch {
    pub(super) fn new(text: StrChunk, ends: Vec<PackedEnd>, newline: Newline) -> LineBatch {
        LineBatch {
            text,
            ends,
            newline,
        }
    }

    /// Number of lines, at least 1.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Always `false`: where there is no line, there is no batch.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The line at `index`.
    pub fn get(&self, index: usize) -> Option<Line<'_>> {
        let end = *self.ends.get(index)?;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.ends[before].end());
        Some(self.line(start, end))
    }

    /// The lines in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{BufferedReader, BytesIo, TextIoWrapper};
    ///
    /// let bytes = BytesIo::from(b"one\ntwo\nthree\n".to_vec());
    /// let mut text = TextIoWrapper::new(BufferedReader::new(bytes));
    /// let batch = text.next_batch()?.expect("three lines");
    /// let mut lines = batch.iter().rev();
    /// assert_eq!((lines.len(), lines.next().as_deref()), (3, Some("three")));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn iter(&self) -> BatchLines<'_> {
        BatchLines {
            batch: self,
            start: 0,
            ends: self.ends.iter(),
        }
    }

    /// All of the text as it stands in the stream, terminators included and untranslated.
    pub fn text(&self) -> &StrChunk {
        &self.text
    }

    #[inline]
    fn line(&self, start: usize, end: PackedEnd) -> Line<'_> {
        let terminator = end.terminator();
        let text = start..end.end() - terminator.len();
        Line::new(&self.text, text, terminator, self.newline).of_chunk(Some(&self.text))
    }
}

impl fmt::Debug for LineBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineBatch")
            .field("lines", &self.len())
            .field("text", &self.text)
            .finish()
    }
}

impl<'a> IntoIterator for &'a LineBatch {
    type Item = Line<'a>;
    type IntoIter = BatchLines<'a>;

    fn into_iter(self) -> BatchLines<'a> {
        self.iter()
    }
}

/// The lines of a [`LineBatch`], from either side: see [`LineBatch::iter`].
#[derive(Clone)]
pub struct BatchLines<'a> {
    batch: &'a LineBatch,
    /// Where the first of the lines that are left begins.
    start: usize,
    ends: slice::Iter<'a, PackedEnd>,
}

impl<'a> Iterator for BatchLines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let end = *self.ends.next()?;
        let line = self.batch.line(self.start, end);
        self.start = end.end();
        Some(line)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }
}

impl DoubleEndedIterator for BatchLines<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let end = *self.ends.next_back()?;
        let before = self.ends.as_slice().last();
        let start = before.map_or(self.start, |before| before.end());
        Some(self.batch.line(start, end))
    }
}

impl ExactSizeIterator for BatchLines<'_> {}
impl FusedIterator for BatchLines<'_> {}

impl fmt::Debug for BatchLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
