//! The reader's side of a [`Pipe`]: finding bytes, by what ends them or by their number.

use std::ops::Range;

use super::batch::RecordBatch;
use super::search::Hit;
use super::span::Found;
use super::types::{PipeError, Progress, Terminator};
use super::{Pipe, Span};
use crate::chunk::separator::Separator;

/// A record at the front: its length, and that of the separator after it.
#[derive(Clone, Copy)]
pub(super) struct Record {
    pub(super) content: usize,
    pub(super) separator: usize,
}

impl Record {
    pub(super) fn whole(self) -> usize {
        self.content + self.separator
    }

    pub(super) fn shown(self, terminator: Terminator) -> usize {
        match terminator {
            Terminator::Keep => self.whole(),
            Terminator::Strip => self.content,
        }
    }
}

/// The next record, where it was searched for.
enum Next {
    /// Its end is in the index now, and it lies in the open block.
    Indexed,
    /// This one, of which so many ends are in the index: 0 or 1.
    Record(Record, usize),
}

impl Pipe {
    /// Finds the next bytes, `n` at most, and at least one unless `n` is 0. With `usize::MAX` that
    /// is everything there is, also what a [`PartialRead`](PipeError::PartialRead) left.
    ///
    /// If what was found does not suffice, ask for more [`exactly`](Pipe::exactly): while that is
    /// `Pending`, the writer knows that everything was examined.
    ///
    /// # Errors
    ///
    /// [`Failed`](PipeError::Failed), when everything was read.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Pipe;
    /// use iolite::chunk::Progress;
    ///
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"abc")?;
    /// if let Progress::Ready(mut some) = pipe.at_most(99)? {
    ///     assert_eq!((some.len(), some.bytes()), (3, &b"abc"[..]));
    /// }
    /// assert_eq!(pipe.at_most(2)?.ready().expect("there is more").take_chunk(), "ab");
    /// assert_eq!(pipe.len(), 1);                              // looking takes nothing
    /// # Ok::<(), iolite::chunk::PipeError>(())
    /// ```
    #[doc(alias = "read")]
    #[doc(alias = "take")]
    #[doc(alias = "read_zerocopy")]
    #[doc(alias = "peek")]
    #[doc(alias = "peek_zerocopy")]
    #[doc(alias = "skip")]
    #[doc(alias = "leftover")]
    #[doc(alias = "available")]
    pub fn at_most(&mut self, n: usize) -> Result<Progress<Span<'_>>, PipeError> {
        Ok(self.has_at_most(n)?.map(|n| self.span(n)))
    }

    /// Finds the next `n` bytes: all of them or none.
    ///
    /// # Errors
    ///
    /// [`PartialRead`](PipeError::PartialRead) if the pipe ended with fewer: they stay;
    /// [`Failed`](PipeError::Failed), when everything was read; [`TooLarge`](PipeError::TooLarge),
    /// at once, if the pipe may not hold `n` bytes.
    ///
    /// Of a frame that is cut short between two calls (the header came, the body did not) the
    /// second one returns [`End`](Progress::End), as at a clean end: only the caller knows that a
    /// body was due.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::Pipe;
    /// use iolite::chunk::PipeError;
    ///
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"abc")?;
    /// assert!(pipe.exactly(4)?.is_pending());
    /// pipe.close(None);
    /// let error = pipe.exactly(4).unwrap_err();
    /// assert!(matches!(error, PipeError::PartialRead { available: 3, .. }));
    /// assert_eq!(pipe.at_most(9)?.ready().expect("three are there").take(), b"abc");
    /// assert!(pipe.exactly(4)?.is_end());
    /// # Ok::<(), PipeError>(())
    /// ```
    #[doc(alias = "read_exact")]
    #[doc(alias = "readexact")]
    #[doc(alias = "peek_exact")]
    #[doc(alias = "peekexact")]
    #[doc(alias = "skip_exact")]
    #[doc(alias = "skipexact")]
    #[doc(alias = "skip_if_startswith")]
    #[doc(alias = "readexact_zerocopy")]
    #[doc(alias = "peekexact_zerocopy")]
    #[inline]
    pub fn exactly(&mut self, n: usize) -> Result<Progress<Span<'_>>, PipeError> {
        let found = match self.exactly_in_block(n) {
            Some(at) => Found::in_block(at, self.position + n as u64, 0),
            None => match self.has_exactly(n)? {
                Progress::Ready(n) => Found::anywhere(n, self.position + n as u64, 0),
                Progress::Pending => return Ok(Progress::Pending),
                Progress::End => return Ok(Progress::End),
            },
        };
        Ok(Progress::Ready(Span::new(self, found)))
    }

    /// Where in the open block the next `n` bytes lie, if they are there and nothing before them
    /// has to be released first.
    #[inline(always)] // row 6e
    fn exactly_in_block(&self, n: usize) -> Option<Range<usize>> {
        self.store
            .in_block(self.position, self.position.checked_add(n as u64)?)
    }

    /// Finds the next record: the bytes up to `separator`, shown with it or without it, at most
    /// `limit` without it. An empty record is ready, too.
    ///
    /// What was looked at once is not looked at again when the call is repeated.
    ///
    /// # Errors
    ///
    /// [`LineTooLong`](PipeError::LineTooLong), as soon as it is certain: nothing is lost, and a
    /// call with a higher limit goes on. [`PartialRead`](PipeError::PartialRead) if the pipe ended
    /// with a record that does not end: it stays, and [`at_most`](Pipe::at_most) takes it.
    /// [`Failed`](PipeError::Failed), when everything was read. [`TooLarge`](PipeError::TooLarge)
    /// if the pipe is full and the record has not ended: its rest cannot come as long as this is
    /// unread.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Pipe, Separator};
    /// use iolite::chunk::{PipeError, Terminator::{Keep, Strip}};
    ///
    /// let ends = Separator::any_line();
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"one\r\ntwo\rthree\r")?;
    /// assert_eq!(pipe.next_record(&ends, Keep, 9)?.ready().unwrap().take(), b"one\r\n");
    /// assert_eq!(pipe.next_record(&ends, Strip, 9)?.ready().unwrap().take_chunk(), "two");
    /// // The last `\r` may be half of a `\r\n`.
    /// assert!(pipe.next_record(&ends, Strip, 9)?.is_pending());
    /// let error = pipe.next_record(&ends, Strip, 4).unwrap_err();
    /// assert!(matches!(error, PipeError::LineTooLong { limit: 4, .. }));
    /// pipe.close(None);
    /// assert_eq!(pipe.next_record(&ends, Strip, 9)?.ready().unwrap().take_chain(), b"three");
    /// # Ok::<(), PipeError>(())
    /// ```
    #[doc(alias = "read_until")]
    #[doc(alias = "readuntil")]
    #[doc(alias = "takeuntil")]
    #[doc(alias = "readuntil_zerocopy")]
    #[doc(alias = "takeline")]
    #[doc(alias = "readline")]
    #[inline]
    pub fn next_record(
        &mut self,
        separator: &Separator,
        terminator: Terminator,
        limit: usize,
    ) -> Result<Progress<Span<'_>>, PipeError> {
        // A loop, so that every record in the open block comes from this one call of `indexed`: the
        // compiler then checks its bounds once, up to where the bytes are taken.
        let found = loop {
            if let Some(found) = self.indexed(separator, terminator, limit) {
                break found;
            }
            match self.next_record_slow(separator, limit)? {
                Progress::Ready(Next::Indexed) => {}
                Progress::Ready(Next::Record(record, ends)) => {
                    let next = self.position + record.whole() as u64;
                    break Found::anywhere(record.shown(terminator), next, ends);
                }
                Progress::Pending => return Ok(Progress::Pending),
                Progress::End => return Ok(Progress::End),
            }
        };
        Ok(Progress::Ready(Span::new(self, found)))
    }

    /// [`next_record`](Pipe::next_record), where the record's end was not found before.
    #[inline(never)] // rows 6a and 6c
    fn next_record_slow(
        &mut self,
        separator: &Separator,
        limit: usize,
    ) -> Result<Progress<Next>, PipeError> {
        // Fills the index with this record's end and the next ones. Where the record is in the open
        // block the loop takes it from there.
        let near = self
            .searches
            .look_ahead(&self.store, separator, self.position);
        if self.indexed(separator, Terminator::Keep, limit).is_some() {
            return Ok(Progress::Ready(Next::Indexed));
        }
        let found = match near.filter(|&content| content <= limit) {
            Some(content) => Progress::Ready(Record {
                content,
                separator: 1,
            }),
            None => self.record(separator, limit)?,
        };
        let ends = usize::from(near.is_some());
        Ok(found.map(|record| Next::Record(record, ends)))
    }

    /// The next record, if its end is in the index and it lies in the open block, as a line nearly
    /// always does.
    #[inline(always)] // rows 6a and 6b
    fn indexed(
        &self,
        separator: &Separator,
        terminator: Terminator,
        limit: usize,
    ) -> Option<Found> {
        let end = self.searches.index.ready(separator)?;
        let at = self.store.in_block(self.position, end)?;
        if at.end - at.start - 1 > limit {
            return None;
        }
        let shown = match terminator {
            Terminator::Keep => at,
            Terminator::Strip => at.start..at.end - 1,
        };
        Some(Found::in_block(shown, end, 1))
    }

    /// Takes all records that are complete now, as one value. Copies only if they lie in several
    /// pieces.
    ///
    /// # Errors
    ///
    /// As for [`next_record`](Pipe::next_record), about the first record; one that is too long
    /// and comes after others ends the batch before it.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Pipe, Separator};
    ///
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"one\n\nthree\nfo")?;
    /// let batch = pipe.next_batch(&Separator::lf(), 99)?.ready().expect("three lines");
    /// let lines = std::thread::spawn(move || batch.iter().map(<[u8]>::len).collect::<Vec<_>>());
    /// assert_eq!(lines.join().unwrap(), [3, 0, 5]);
    /// assert_eq!(pipe.len(), 2);
    /// # Ok::<(), iolite::chunk::PipeError>(())
    /// ```
    #[doc(alias = "read_batch")]
    pub fn next_batch(
        &mut self,
        separator: &Separator,
        limit: usize,
    ) -> Result<Progress<RecordBatch>, PipeError> {
        let first = match self.record(separator, limit)? {
            Progress::Ready(record) => record,
            Progress::Pending => return Ok(Progress::Pending),
            Progress::End => return Ok(Progress::End),
        };
        // Records tend to be as long as the first one was.
        let expected = self.len() / first.whole();
        let mut batch = RecordBatch::new(separator.width(), expected);
        let (mut next, mut at) = (Some(first), 0);
        while let Some(record) = next {
            at += record.whole();
            batch.push(at, record.separator);
            let here = self.store.front_from(self.position + at as u64);
            // All records of this piece in one pass; one that straddles two pieces is found apart,
            // below.
            at = self.searches.run(here, separator, limit, at, &mut batch);
            next = self.complete(separator, at).filter(|r| r.content <= limit);
        }
        let range = self.next(at);
        if !self.store.is_whole(&range) {
            self.store.copied += at as u64;
        }
        batch.bytes = self.store.chunk(range);
        self.consume(at);
        Ok(Progress::Ready(batch))
    }

    /// The record at the front, or what to return instead.
    fn record(
        &mut self,
        separator: &Separator,
        limit: usize,
    ) -> Result<Progress<Record>, PipeError> {
        let earliest = match self.search(separator, 0) {
            Hit::Found(at) => {
                let content = super::count(&(self.position..at.start));
                if content > limit {
                    return Err(PipeError::LineTooLong { limit });
                }
                let separator = super::count(&at);
                return Ok(Progress::Ready(Record { content, separator }));
            }
            // The separator begins there or later, so the record is at least that long.
            Hit::ResumeAt(earliest) => earliest,
        };
        if super::count(&(self.position..earliest)) > limit {
            return Err(PipeError::LineTooLong { limit });
        }
        // One byte more than there are: if those do not fit, the record never will.
        self.lacking(self.len() + 1)
    }

    /// The record that begins `offset` bytes after the reading position, if all of it is there.
    fn complete(&mut self, separator: &Separator, offset: usize) -> Option<Record> {
        let start = self.position + offset as u64;
        match self.search(separator, offset) {
            Hit::Found(at) => Some(Record {
                content: super::count(&(start..at.start)),
                separator: super::count(&at),
            }),
            Hit::ResumeAt(_) => None,
        }
    }

    pub(super) fn search(&mut self, separator: &Separator, offset: usize) -> Hit {
        let is_ended = self.is_closed();
        let from = self.position + offset as u64;
        self.searches.next(&self.store, separator, from, is_ended)
    }

    /// The next `n` bytes, which are there.
    fn span(&mut self, n: usize) -> Span<'_> {
        let next = self.position + n as u64;
        Span::new(self, Found::anywhere(n, next, 0))
    }

    /// How many bytes there are, up to `n`; at least one, unless none are asked for.
    pub(super) fn has_at_most(&mut self, n: usize) -> Result<Progress<usize>, PipeError> {
        match self.len().min(n) {
            0 if n > 0 => self.lacking(1),
            n => Ok(Progress::Ready(n)),
        }
    }

    /// `n`, if there are so many bytes.
    #[inline(never)] // row 6e
    pub(super) fn has_exactly(&mut self, n: usize) -> Result<Progress<usize>, PipeError> {
        if n > self.len() {
            return self.lacking(n);
        }
        Ok(Progress::Ready(n))
    }

    /// The unread bytes from `offset` on that lie in one piece, for those who have looked at what
    /// comes before; none if there are no more. However many pieces come before, they are not gone
    /// through.
    #[cfg(feature = "link")]
    #[inline]
    pub(crate) fn piece_from(&self, offset: u64) -> &[u8] {
        let end = self.end();
        let start = self.position.saturating_add(offset).min(end);
        self.store.first(&(start..end))
    }

    /// The positions of the next `n` bytes.
    pub(super) fn next(&self, n: usize) -> Range<u64> {
        self.position..self.position + n as u64
    }
}
