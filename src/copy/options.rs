//! [`CopyOptions`]: how much is copied, and who is told.

use std::fmt;
use std::ops::ControlFlow;

use super::tally::Tally;
use crate::chunk::Chunk;

/// What [`copy_with`](super::copy_with) is told beyond the two streams.
///
/// # Examples
///
/// ```
/// use std::ops::ControlFlow;
/// use iolite::{BytesIo, CopyOptions, copy_with};
///
/// let mut seen = Vec::new();
/// let options = CopyOptions::new().progress(2, |copied| {
///     seen.push(copied);
///     ControlFlow::Continue(())
/// });
/// copy_with(&mut BytesIo::from(b"abcde".to_vec()), &mut BytesIo::new(), options)?;
/// assert_eq!(seen, [2, 4]);
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Default)]
#[must_use]
pub struct CopyOptions<'a> {
    first: Chunk,
    tally: Tally<'a>,
}

impl<'a> CopyOptions<'a> {
    /// No limit, nobody is told, nothing comes first.
    pub fn new() -> CopyOptions<'a> {
        CopyOptions::default()
    }

    /// Copies at most `limit` bytes, and asks the source for no more than that.
    pub fn limit(mut self, limit: u64) -> CopyOptions<'a> {
        self.tally.set_limit(limit);
        self
    }

    /// Calls `report` each time another `every` bytes (1 at least) are copied, with the number
    /// so far; [`Break`](ControlFlow::Break) ends the copy there, without an error. It is not
    /// called at the end, unless that falls on a multiple.
    ///
    /// 8 MiB is a good size: 100 calls or more a second for a fast disk, and the kernel is not
    /// held up by it.
    pub fn progress(
        mut self,
        every: u64,
        report: impl FnMut(u64) -> ControlFlow<()> + 'a,
    ) -> CopyOptions<'a> {
        self.tally.set_report(every, Box::new(report));
        self
    }

    /// Writes `bytes` before anything is read: what an earlier copy could not write, see
    /// [`CopyError`](super::CopyError). They count as copied, and are written whatever the limit.
    pub fn first(mut self, bytes: Chunk) -> CopyOptions<'a> {
        self.first = bytes;
        self
    }

    pub(super) fn into_parts(self) -> (Chunk, Tally<'a>) {
        (self.first, self.tally)
    }
}

impl fmt::Debug for CopyOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions")
            .field("limit", &self.tally.limit())
            .field("first", &self.first.len())
            .finish_non_exhaustive()
    }
}
