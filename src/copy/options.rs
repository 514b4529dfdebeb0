//! [`CopyOptions`]: how much is copied, and who is told; [`CopyProgress`]: the count for both.

use std::fmt;
use std::ops::ControlFlow;

use crate::chunk::Chunk;

/// Called with the number of bytes copied so far.
type Report<'a> = Box<dyn FnMut(u64) -> ControlFlow<()> + 'a>;

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
    share_pages: bool,
    progress: CopyProgress<'a>,
}

impl<'a> CopyOptions<'a> {
    /// No limit, nobody is told, nothing comes first.
    pub fn new() -> CopyOptions<'a> {
        CopyOptions::default()
    }

    /// Copies at most `limit` bytes, and asks the source for no more than that.
    pub fn limit(mut self, limit: u64) -> CopyOptions<'a> {
        self.progress.limit = limit;
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
        self.progress.every = every.max(1);
        self.progress.due = self.progress.every;
        self.progress.report = Some(Box::new(report));
        self
    }

    /// Writes `bytes` before anything is read: what an earlier copy could not write, see
    /// [`CopyError`](super::CopyError). They count as copied, and are written whatever the limit.
    pub fn first(mut self, bytes: Chunk) -> CopyOptions<'a> {
        self.first = bytes;
        self
    }

    /// Lets the kernel put a file's own pages into a pipe or a socket (Linux: `sendfile`,
    /// `splice`), which costs no copy here and a quarter less time into a Unix socket. Into TCP on
    /// the same machine it was *slower* by half than reading and writing: measure.
    ///
    /// Until the other side has read them, whoever changes the file changes what it reads. That
    /// is why it is no default, as in std. (Python: `socket.sendfile`.) From a pipe or a socket
    /// the kernel moves bytes without being asked: nobody else has them.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use std::os::unix::net::UnixStream;
    /// use iolite::{CopyOptions, FileIo, FileMode, SocketIo, copy_with};
    ///
    /// let (here, there) = UnixStream::pair()?;
    /// let mut file = FileIo::open("Cargo.toml", FileMode::Read)?;
    /// let mut socket = SocketIo::from(here);
    /// let n = copy_with(&mut file, &mut socket, CopyOptions::new().share_pages())?;
    /// drop(socket);
    /// assert_eq!(n, std::io::read_to_string(there)?.len() as u64);
    /// # }
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "sendfile")]
    pub fn share_pages(mut self) -> CopyOptions<'a> {
        self.share_pages = true;
        self
    }

    pub(super) fn shares_pages(&self) -> bool {
        self.share_pages
    }

    pub(super) fn into_parts(self) -> (Chunk, CopyProgress<'a>) {
        (self.first, self.progress)
    }
}

impl fmt::Debug for CopyOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions")
            .field("limit", &self.progress.limit)
            .field("first", &self.first.len())
            .field("share_pages", &self.share_pages)
            .finish_non_exhaustive()
    }
}

/// How much was copied, how much may be, and when somebody is told.
pub(super) struct CopyProgress<'a> {
    copied: u64,
    limit: u64,
    /// How many bytes lie between two reports; at least 1.
    every: u64,
    /// The count at which the next report is due; always above `copied`.
    due: u64,
    report: Option<Report<'a>>,
    stopped: bool,
}

impl Default for CopyProgress<'_> {
    fn default() -> Self {
        CopyProgress {
            copied: 0,
            limit: u64::MAX,
            every: u64::MAX,
            due: u64::MAX,
            report: None,
            stopped: false,
        }
    }
}

impl CopyProgress<'_> {
    pub(super) fn copied(&self) -> u64 {
        self.copied
    }

    /// How many bytes may be moved before the next look at this count; 0 is the end.
    pub(super) fn room(&self) -> u64 {
        if self.stopped {
            0
        } else {
            self.limit.min(self.due).saturating_sub(self.copied)
        }
    }

    /// Counts `n` bytes, and reports if that is due.
    pub(super) fn add(&mut self, n: u64) {
        self.copied = self.copied.saturating_add(n);
        if self.copied < self.due {
            return;
        }
        self.due = (self.copied / self.every + 1).saturating_mul(self.every);
        if let Some(report) = &mut self.report {
            self.stopped |= report(self.copied).is_break();
        }
    }
}
