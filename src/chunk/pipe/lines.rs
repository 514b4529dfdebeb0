//! The reader's side of a [`Pipe`]: records by what ends them, one or a batch of them.

use std::fmt;

use super::Pipe;
use super::answer::{Edge, Got, PipeError};
use super::search::{Hit, More};
use crate::chunk::chain::Chain;
use crate::chunk::find::Separator;
use crate::chunk::view::Chunk;

/// For so many records room is made before they are found, at most.
const MOST_EXPECTED: usize = 1024;

/// A record at the front: its length, and that of the separator behind it.
#[derive(Clone, Copy)]
struct Record {
    content: usize,
    separator: usize,
}

impl Record {
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
    /// was read. [`Full`](PipeError::Full) if the rest of the record cannot come.
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
        if let Some(record) = self.record_at_hand(separator, limit)
            && let Some(chunk) = self.store.chunk_here(self.position, record.shown(edge))
        {
            self.consume(record.content + record.separator);
            return Ok(Got::Data(chunk));
        }
        self.search_until(separator, edge, limit)
    }

    /// [`read_until`](Pipe::read_until), where the record is not at hand.
    fn search_until(
        &mut self,
        separator: &Separator,
        edge: Edge,
        limit: usize,
    ) -> Result<Got<Chunk>, PipeError> {
        let got = self.record(separator, limit)?;
        Ok(got.map(|record| {
            let chunk = self.store.chunk(self.next(record.shown(edge)));
            self.consume(record.content + record.separator);
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
            self.consume(record.content + record.separator);
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
        let record = match self.record_at_hand(separator, limit) {
            Some(record) => record,
            None => match self.record(separator, limit)? {
                Got::Data(record) => record,
                Got::Pending => return Ok(Got::Pending),
                Got::Eof => return Ok(Got::Eof),
            },
        };
        let whole = self.take_slice(record.content + record.separator);
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
        let expected = self.len() / (first.content + first.separator);
        let mut ends = Vec::with_capacity(expected.min(MOST_EXPECTED) + 1);
        let (mut next, mut at) = (Some(first), 0);
        while let Some(record) = next {
            let content = at + record.content;
            at = content + record.separator;
            ends.push((content, at));
            let here = self.store.here(self.position + at as u64);
            at += self.searches.run(here, separator, limit, |content, end| {
                ends.push((at + content, at + end));
            });
            next = self.complete(separator, at).filter(|r| r.content <= limit);
        }
        let range = self.position..self.position + at as u64;
        if !self.store.is_whole(&range) {
            self.store.copied += at as u64;
        }
        let bytes = self.take(at);
        Ok(Got::Data(LineBatch { bytes, ends }))
    }

    /// The record at the front, where it lies in the piece that is read from and nothing of it
    /// was searched before: what a line nearly always is.
    #[inline(always)]
    fn record_at_hand(&mut self, separator: &Separator, limit: usize) -> Option<Record> {
        match self.searches.near(&self.store, separator, self.position) {
            Some(content) if content <= limit => {
                self.searches.pass();
                let separator = 1;
                Some(Record { content, separator })
            }
            _ => self.record_found(separator, limit),
        }
    }

    /// The same by a search of its own.
    #[inline(never)]
    fn record_found(&mut self, separator: &Separator, limit: usize) -> Option<Record> {
        let here = self.store.here(self.position);
        let at = self.searches.at_hand(here, separator, self.position)?;
        (at.start <= limit).then_some(Record {
            content: at.start,
            separator: at.end - at.start,
        })
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

    fn search(&mut self, separator: &Separator, offset: usize) -> Hit {
        let more = if self.closed() {
            More::Never
        } else {
            More::May
        };
        let from = self.position + offset as u64;
        self.searches.next(&self.store, separator, from, more)
    }
}

/// Several whole records as one value, with one reference to their memory: to be handed to
/// another thread at the price of a single line.
///
/// A small batch keeps the block alive that it lies in.
///
/// # Examples
///
/// ```
/// use iolite::{Pipe, Separator};
///
/// let mut pipe = Pipe::new();
/// pipe.append(b"a=1;b=2;")?;
/// let batch = pipe.read_batch(&Separator::byte(b';'), 99)?.data().expect("two fields");
/// assert_eq!(batch.iter().collect::<Vec<_>>(), [b"a=1", b"b=2"]);
/// assert_eq!(batch.chunk(1), b"b=2");                     // kept, without a copy
/// # Ok::<(), iolite::PipeError>(())
/// ```
#[derive(Clone)]
pub struct LineBatch {
    bytes: Chunk,
    /// For each record where it ends, and where its separator does. Never empty.
    ends: Vec<(usize, usize)>,
}

impl LineBatch {
    /// Number of records; never 0.
    #[allow(
        clippy::len_without_is_empty,
        reason = "a batch without a record is `Pending` or `Eof`"
    )]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The record at `index`, without its separator.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let &(end, _) = self.ends.get(index)?;
        Some(&self.bytes[self.start(index)..end])
    }

    /// The records in order, without their separators.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, next)| {
            let record = &self.bytes[start..end];
            start = next;
            record
        })
    }

    /// The record at `index` as a chunk, without its separator. Shares the memory.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn chunk(&self, index: usize) -> Chunk {
        self.bytes.slice(self.start(index)..self.ends[index].0)
    }

    /// All bytes of the batch, with the separators.
    pub fn bytes(&self) -> &Chunk {
        &self.bytes
    }

    fn start(&self, index: usize) -> usize {
        let before = index.checked_sub(1).map(|before| self.ends[before].1);
        before.unwrap_or(0)
    }
}

impl fmt::Debug for LineBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineBatch")
            .field("records", &self.len())
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
