//! The reader's side of a [`Pipe`]: records by what ends them, one or a batch of them.

use std::ops::Range;

use super::Pipe;
use super::answer::{Edge, Got, PipeError};
use super::batch::LineBatch;
use super::ends::Ends;
use super::search::{Hit, More};
use crate::chunk::chain::Chain;
use crate::chunk::find::Separator;
use crate::chunk::view::Chunk;

/// A record at the front: its length, and that of the separator behind it.
#[derive(Clone, Copy)]
struct Record {
    content: usize,
    separator: usize,
}

impl Record {
    fn whole(self) -> usize {
        self.content + self.separator
    }

    fn shown(self, edge: Edge) -> usize {
        match edge {
            Edge::Keep => self.content + self.separator,
            Edge::Strip => self.content,
        }
    }
}

impl Pipe {
    /// Takes a record: the bytes up to `separator`, with it or without it, at most `limit`
    /// without it. An empty record is data. Copies only if the record lies in several pieces.
    ///
    /// What was looked at once is not looked at again when the call is repeated.
    ///
    /// # Errors
    ///
    /// [`LineTooLong`](PipeError::LineTooLong), as soon as it is certain: nothing is lost, and a
    /// call with a higher limit goes on. [`PartialRead`](PipeError::PartialRead) if the pipe
    /// ended with a record that does not end: it stays, see
    /// [`take_leftover`](Pipe::take_leftover). [`Failed`](PipeError::Failed), when everything
    /// was read. [`TooLarge`](PipeError::TooLarge) if the pipe is full and the record has not ended:
    /// its rest cannot come as long as this is unread.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Edge, Got, Pipe, PipeError, Separator};
    ///
    /// let ends = Separator::any_line();
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"one\r\ntwo\rthree\r")?;
    /// assert_eq!(pipe.read_until(&ends, Edge::Keep, 9)?.data().unwrap(), "one\r\n");
    /// assert_eq!(pipe.read_until(&ends, Edge::Strip, 9)?.data().unwrap(), "two");
    /// // The last `\r` may be half of a `\r\n`.
    /// assert_eq!(pipe.read_until(&ends, Edge::Strip, 9)?, Got::Pending);
    /// let error = pipe.read_until(&ends, Edge::Strip, 4).unwrap_err();
    /// assert!(matches!(error, PipeError::LineTooLong { limit: 4 }));
    /// pipe.eof(None);
    /// assert_eq!(pipe.read_until(&ends, Edge::Strip, 9)?.data().unwrap(), "three");
    /// # Ok::<(), PipeError>(())
    /// ```
    #[inline]
    pub fn read_until(
        &mut self,
        separator: &Separator,
        edge: Edge,
        limit: usize,
    ) -> Result<Got<Chunk>, PipeError> {
        match self.take_ready(separator, edge, limit) {
            Some(chunk) => Ok(Got::Data(chunk)),
            None => self.search_until(separator, edge, limit),
        }
    }

    /// [`read_until`](Pipe::read_until), where the record's end was not found before.
    #[inline(never)]
    fn search_until(
        &mut self,
        separator: &Separator,
        edge: Edge,
        limit: usize,
    ) -> Result<Got<Chunk>, PipeError> {
        let near = self.look_ahead(separator);
        if let Some(chunk) = self.take_ready(separator, edge, limit) {
            return Ok(Got::Data(chunk));
        }
        let got = self.next_record(near, separator, limit)?;
        Ok(got.map(|record| {
            let chunk = self.store.chunk(self.next(record.shown(edge)));
            self.consume(record.whole());
            chunk
        }))
    }

    /// [`read_until`](Pipe::read_until), as a chain. Never copies.
    ///
    /// # Errors
    ///
    /// As for `read_until`.
    pub fn read_until_chain(
        &mut self,
        separator: &Separator,
        edge: Edge,
        limit: usize,
    ) -> Result<Got<Chain>, PipeError> {
        let got = self.record(separator, limit)?;
        Ok(got.map(|record| {
            let chain = self.store.chain(self.next(record.shown(edge)));
            self.consume(record.whole());
            chain
        }))
    }

    /// [`read_until`](Pipe::read_until), lent until the next call. Copies only if the record lies
    /// in several pieces.
    ///
    /// # Errors
    ///
    /// As for `read_until`.
    #[inline]
    pub fn read_until_slice(
        &mut self,
        separator: &Separator,
        edge: Edge,
        limit: usize,
    ) -> Result<Got<&[u8]>, PipeError> {
        match self.pass_ready(separator, edge, limit) {
            Some(at) => Ok(Got::Data(self.store.lying(at))),
            None => self.search_slice(separator, edge, limit),
        }
    }

    /// [`read_until_slice`](Pipe::read_until_slice), where the record's end was not found before.
    #[inline(never)]
    fn search_slice(
        &mut self,
        separator: &Separator,
        edge: Edge,
        limit: usize,
    ) -> Result<Got<&[u8]>, PipeError> {
        let near = self.look_ahead(separator);
        if let Some(at) = self.pass_ready(separator, edge, limit) {
            return Ok(Got::Data(self.store.lying(at)));
        }
        let record = match self.next_record(near, separator, limit)? {
            Got::Data(record) => record,
            Got::Pending => return Ok(Got::Pending),
            Got::Eof => return Ok(Got::Eof),
        };
        let whole = self.take_slice(record.whole());
        Ok(Got::Data(&whole[..record.shown(edge)]))
    }

    /// Takes all records that are complete now, as one value. Copies only if they lie in several
    /// pieces.
    ///
    /// # Errors
    ///
    /// As for [`read_until`](Pipe::read_until), about the first record; one that is too long
    /// behind others ends the batch before it.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Pipe, Separator};
    ///
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"one\n\nthree\nfo")?;
    /// let batch = pipe.read_batch(&Separator::lf(), 99)?.data().expect("three lines");
    /// let lines = std::thread::spawn(move || batch.iter().map(<[u8]>::len).collect::<Vec<_>>());
    /// assert_eq!(lines.join().unwrap(), [3, 0, 5]);
    /// assert_eq!(pipe.len(), 2);
    /// # Ok::<(), iolite::PipeError>(())
    /// ```
    pub fn read_batch(
        &mut self,
        separator: &Separator,
        limit: usize,
    ) -> Result<Got<LineBatch>, PipeError> {
        let first = match self.record(separator, limit)? {
            Got::Data(record) => record,
            Got::Pending => return Ok(Got::Pending),
            Got::Eof => return Ok(Got::Eof),
        };
        // Records tend to be as long as the first one was.
        let expected = self.len() / first.whole();
        let mut ends = Ends::new(separator.width(), expected);
        let (mut next, mut at) = (Some(first), 0);
        while let Some(record) = next {
            at += record.whole();
            ends.push(at, record.separator);
            let here = self.store.here(self.position + at as u64);
            at = self.searches.run(here, separator, limit, at, &mut ends);
            next = self.complete(separator, at).filter(|r| r.content <= limit);
        }
        let range = self.position..self.position + at as u64;
        if !self.store.is_whole(&range) {
            self.store.copied += at as u64;
        }
        let bytes = self.take(at);
        Ok(Got::Data(LineBatch { bytes, ends }))
    }

    /// Where the record at the front ends, and where in the block what is shown of it lies, if
    /// its end was found before: what a line nearly always is.
    #[inline(always)]
    fn ready(
        &self,
        separator: &Separator,
        edge: Edge,
        limit: usize,
    ) -> Option<(u64, Range<usize>)> {
        let end = self.searches.ready(separator)?;
        let at = self.store.lies(self.position, end)?;
        let content = at.start..at.end - 1;
        if content.end - content.start > limit {
            return None;
        }
        match edge {
            Edge::Keep => Some((end, at)),
            Edge::Strip => Some((end, content)),
        }
    }

    /// Takes the record that is [`ready`](Pipe::ready); says where what is shown of it lies.
    #[inline(always)]
    fn pass_ready(
        &mut self,
        separator: &Separator,
        edge: Edge,
        limit: usize,
    ) -> Option<Range<usize>> {
        let (end, shown) = self.ready(separator, edge, limit)?;
        self.searches.pass();
        self.position = end;
        Some(shown)
    }

    /// The same as a chunk; not where that would be empty and keep memory.
    #[inline(always)]
    fn take_ready(&mut self, separator: &Separator, edge: Edge, limit: usize) -> Option<Chunk> {
        let (end, shown) = self.ready(separator, edge, limit)?;
        let chunk = self.store.share(shown)?;
        self.searches.pass();
        self.position = end;
        self.let_go();
        Some(chunk)
    }

    /// How long the record at the front is, if its end is one byte in the piece that is read
    /// from; then the next ones may be [`ready`](Pipe::ready).
    fn look_ahead(&mut self, separator: &Separator) -> Option<usize> {
        self.searches.near(&self.store, separator, self.position)
    }

    /// The record at the front, or what to answer; `near` is what [`look_ahead`] found.
    ///
    /// [`look_ahead`]: Pipe::look_ahead
    fn next_record(
        &mut self,
        near: Option<usize>,
        separator: &Separator,
        limit: usize,
    ) -> Result<Got<Record>, PipeError> {
        if let Some(content) = near.filter(|&content| content <= limit) {
            self.searches.pass();
            let separator = 1;
            return Ok(Got::Data(Record { content, separator }));
        }
        let here = self.store.here(self.position);
        match self.searches.at_hand(here, separator, self.position) {
            Some(at) if at.start <= limit => Ok(Got::Data(Record {
                content: at.start,
                separator: at.len(),
            })),
            _ => self.record(separator, limit),
        }
    }

    /// The record at the front, or what to answer.
    fn record(&mut self, separator: &Separator, limit: usize) -> Result<Got<Record>, PipeError> {
        let earliest = match self.search(separator, 0) {
            Hit::At(at) => {
                let content = super::count(&(self.position..at.start));
                if content > limit {
                    return Err(PipeError::LineTooLong { limit });
                }
                let separator = super::count(&at);
                return Ok(Got::Data(Record { content, separator }));
            }
            Hit::NotBefore(earliest) => earliest,
        };
        if super::count(&(self.position..earliest)) > limit {
            return Err(PipeError::LineTooLong { limit });
        }
        self.lacking(self.len() + 1)
    }

    /// The record that begins `offset` bytes behind the position, if all of it is there.
    fn complete(&mut self, separator: &Separator, offset: usize) -> Option<Record> {
        let start = self.position + offset as u64;
        match self.search(separator, offset) {
            Hit::At(at) => Some(Record {
                content: super::count(&(start..at.start)),
                separator: super::count(&at),
            }),
            Hit::NotBefore(_) => None,
        }
    }

    pub(super) fn search(&mut self, separator: &Separator, offset: usize) -> Hit {
        let more = if self.closed() {
            More::Never
        } else {
            More::May
        };
        let from = self.position + offset as u64;
        self.searches.next(&self.store, separator, from, more)
    }
}
