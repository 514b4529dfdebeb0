//! Positions of a [`Pipe`]: where it stands, where it may go back to.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::{Arc, Weak};

use super::types::{PipeError, PushError};
use super::{Pipe, count};
use crate::chunk::separator::Separator;
use crate::chunk::view::Chunk;

/// A position that a [`Pipe`] can be taken back to; see [`Pipe::mark`]. The pipe keeps what comes
/// after it until the mark is dropped.
pub struct Mark(Arc<u64>);

impl Mark {
    /// The position, in bytes from the start of the stream.
    pub fn position(&self) -> u64 {
        *self.0
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mark").field(&self.0).finish()
    }
}

/// The marks that still live, and some that were dropped.
///
/// A parser may take one for each level of nesting, so the sender of the data decides how many
/// there are. Therefore no call goes through all of them.
#[derive(Default)]
pub(super) struct Marks {
    /// By position; all marks of one position are the same.
    known: BTreeMap<u64, Weak<u64>>,
    /// With so many marks the dropped ones are removed: then twice as many have come as lived the
    /// last time, so that removing costs a constant time for each mark.
    full: usize,
}

/// Below this number of marks, dropped ones are not searched for: a map that small costs nothing.
const FEW: usize = 16;

impl Marks {
    fn add(&mut self, position: u64) -> Mark {
        if let Some(mark) = self.known.get(&position).and_then(Weak::upgrade) {
            return Mark(mark);
        }
        if self.known.len() >= self.full {
            // `oldest` removes only those before the first living one.
            self.known.retain(|_, mark| mark.strong_count() > 0);
            self.full = (2 * self.known.len()).max(FEW);
        }
        let mark = Arc::new(position);
        self.known.insert(position, Arc::downgrade(&mark));
        Mark(mark)
    }

    /// The lowest position of a mark; forgets those before it, which were dropped.
    pub(super) fn oldest(&mut self) -> Option<u64> {
        while let Some(first) = self.known.first_entry() {
            if first.get().strong_count() > 0 {
                return Some(*first.key());
            }
            first.remove();
        }
        None
    }

    fn knows(&self, mark: &Mark) -> bool {
        let known = self.known.get(&mark.position());
        known.is_some_and(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(&mark.0)))
    }
}

impl Pipe {
    /// Where reading is: bytes consumed so far, less what was unread.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Where writing is: bytes written so far.
    pub(super) fn end(&self) -> u64 {
        self.store.end()
    }

    /// Marks where reading is. As long as the mark lives, what is read from here on is kept, as
    /// the chunks that it is, and [`rewind`](Pipe::rewind) gives it back.
    ///
    /// # Examples
    ///
    /// Try to parse, and go back if that did not work:
    ///
    /// ```
    /// use iolite::{Pipe, Separator};
    /// use iolite::chunk::{Span, Terminator::Strip};
    ///
    /// let colon = Separator::byte(b':');
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"key:val")?;
    /// let start = pipe.mark();
    /// assert!(pipe.next_record(&colon, Strip, 99)?.map(Span::take).is_ready());
    /// assert!(pipe.next_record(&Separator::lf(), Strip, 99)?.is_pending());
    /// pipe.rewind(&start)?;
    /// assert_eq!((pipe.position(), pipe.len()), (0, 7));
    /// # Ok::<(), iolite::chunk::PipeError>(())
    /// ```
    #[must_use = "nothing is kept for a mark that is dropped"]
    pub fn mark(&mut self) -> Mark {
        self.release_consumed();
        self.marks.add(self.position)
    }

    /// Goes back to a mark: everything after it is unread again. May be repeated, and may go
    /// forward to a later mark. Copies nothing. The pipe may hold more than its limit then.
    ///
    /// # Errors
    ///
    /// [`ForeignMark`](PipeError::ForeignMark) if it is one of another pipe;
    /// [`TooLarge`](PipeError::TooLarge) if more than `usize::MAX` bytes would be unread then (on
    /// 32 bit, where a chunk was shared very often).
    pub fn rewind(&mut self, mark: &Mark) -> Result<(), PipeError> {
        if !self.marks.knows(mark) {
            return Err(PipeError::ForeignMark);
        }
        self.countable(self.end() - mark.position())?;
        self.catch_up();
        self.store.rewind(mark.position());
        self.searches.index.go_back();
        self.position = mark.position();
        Ok(())
    }

    /// Puts a chunk in front of what is unread, as it is: reading goes back by its length. Its
    /// bytes need not be those that were read. Copies nothing. The pipe may hold more than its
    /// limit then.
    ///
    /// # Errors
    ///
    /// [`OutOfReach`](PipeError::OutOfReach) if it is longer than what was read; the chunk comes
    /// back in the error. [`TooLarge`](PipeError::TooLarge), as for [`rewind`](Pipe::rewind).
    #[doc(alias = "unreadview")]
    pub fn unread(&mut self, chunk: Chunk) -> Result<(), PushError<Chunk>> {
        let Some(position) = self.position.checked_sub(chunk.len() as u64) else {
            let error = PipeError::OutOfReach {
                position: chunk.len() as u64,
                start: 0,
                end: self.position,
            };
            return Err(PushError::new(error, chunk));
        };
        if let Err(error) = self.countable(self.end() - position) {
            return Err(PushError::new(error, chunk));
        }
        if !chunk.is_empty() {
            self.catch_up();
            self.store.unread(chunk, self.position);
            self.searches.forget_before(self.position);
            self.position = position;
        }
        Ok(())
    }

    /// Whether `usize` can say how many unread bytes these would be.
    fn countable(&self, unread: u64) -> Result<(), PipeError> {
        match usize::try_from(unread) {
            Ok(_) => Ok(()),
            Err(_) => Err(PipeError::TooLarge {
                expected: usize::MAX,
                limit: self.limit,
            }),
        }
    }

    /// Where `needle` first lies as a whole in that part of the unread bytes; both are offsets from
    /// the reading position, so [`exactly`](Pipe::exactly) takes what comes before it. Changes
    /// nothing and remembers nothing: to search again when more has come, start at
    /// `pipe.len() - needle.longest()`, or let [`next_record`](Pipe::next_record) do that.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Pipe, Separator};
    ///
    /// let mut pipe = Pipe::new();
    /// pipe.append(b"testing!")?;
    /// let needle = Separator::new("ti")?;
    /// assert_eq!(pipe.find(&needle, ..), Some(3..5));
    /// assert_eq!(pipe.find(&needle, ..4), None);              // it ends after the range
    /// let before = pipe.exactly(3)?.ready().expect("`find` says so").take_chunk();
    /// assert_eq!((before, pipe.find(&needle, ..)), ("tes".into(), Some(0..2)));
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "find_byte")]
    #[doc(alias = "findbyte")]
    #[doc(alias = "indexOf")]
    pub fn find(
        &mut self,
        needle: &Separator,
        range: impl RangeBounds<usize>,
    ) -> Option<Range<usize>> {
        let start = match range.start_bound() {
            Bound::Included(&offset) => offset,
            Bound::Excluded(&offset) => offset.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&offset) => offset.saturating_add(1),
            Bound::Excluded(&offset) => offset,
            Bound::Unbounded => usize::MAX,
        };
        let end = self.next(end.min(self.len())).end;
        let start = self.next(start.min(self.len())).end;
        let found = self.searches.once(&self.store, needle, start..end)?;
        let offset = |position: u64| count(&(self.position..position));
        Some(offset(found.start)..offset(found.end))
    }
}
