//! [`CopyOptions`]: limit, progress reports and prefix of a copy; [`CopyProgress`]: its count.

use std::fmt;
use std::ops::ControlFlow;

use crate::chunk::Chunk;

/// Called with the number of bytes copied so far.
type Report<'a> = Box<dyn FnMut(u64) -> ControlFlow<()> + Send + 'a>;

/// Options of [`copy_with`](super::copy_with).
///
/// # Examples
///
/// ```
/// use std::ops::ControlFlow;
/// use iolite::BytesIo;
/// use iolite::copy::{CopyOptions, copy_with};
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
    prefix: Chunk,
    zero_copy: bool,
    progress: CopyProgress<'a>,
}

impl<'a> CopyOptions<'a> {
    /// No limit, no progress reports, no prefix.
    pub fn new() -> CopyOptions<'a> {
        CopyOptions::default()
    }

    /// Copies at most `limit` bytes, and reads no more than that from the source.
    pub fn limit(mut self, limit: u64) -> CopyOptions<'a> {
        self.progress.limit = limit;
        self
    }

    /// Calls `report` after each `every` bytes (at least 1) with the number of bytes copied so far;
    /// [`Break`](ControlFlow::Break) ends the copy there, without an error. It is not called at the
    /// end, unless that is a multiple.
    ///
    /// 8 MiB is a good size: 100 or more calls a second from a fast disk, and large enough not to
    /// slow down the kernel.
    pub fn progress(
        mut self,
        every: u64,
        report: impl FnMut(u64) -> ControlFlow<()> + Send + 'a,
    ) -> CopyOptions<'a> {
        self.progress.every = every.max(1);
        self.progress.due = self.progress.every;
        self.progress.report = Some(Box::new(report));
        self
    }

    /// Writes `bytes` before anything is read: those that an earlier copy could not write, see
    /// [`CopyError`](super::CopyError). They count as copied, and are written regardless of the
    /// limit.
    pub fn prefix(mut self, bytes: Chunk) -> CopyOptions<'a> {
        self.prefix = bytes;
        self
    }

    /// Lets the kernel put a file's own pages into a pipe or a socket (Linux: `sendfile`,
    /// `splice`), which saves a copy and a quarter of the time into a Unix socket. Into TCP on the
    /// same machine it was *slower* by half than reading and writing: measure.
    ///
    /// Until the peer has read those pages, a change of the file changes what it reads. That is why
    /// it is not the default, unlike in std. (Python: `socket.sendfile`.) From a pipe or a socket
    /// the kernel always moves bytes, because those are private.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use std::os::unix::net::UnixStream;
    /// use iolite::{FileIo, SocketIo};
    /// use iolite::copy::{CopyOptions, copy_with};
    /// use iolite::raw::FileMode;
    ///
    /// let (here, there) = UnixStream::pair()?;
    /// let mut file = FileIo::open("Cargo.toml", FileMode::Read)?;
    /// let mut socket = SocketIo::from(here);
    /// let n = copy_with(&mut file, &mut socket, CopyOptions::new().zero_copy())?;
    /// drop(socket);
    /// assert_eq!(n, std::io::read_to_string(there)?.len() as u64);
    /// # }
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "sendfile")]
    pub fn zero_copy(mut self) -> CopyOptions<'a> {
        self.zero_copy = true;
        self
    }

    pub(super) fn is_zero_copy(&self) -> bool {
        self.zero_copy
    }

    pub(super) fn into_parts(self) -> (Chunk, CopyProgress<'a>) {
        (self.prefix, self.progress)
    }
}

impl fmt::Debug for CopyOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOptions")
            .field("limit", &self.progress.limit)
            .field("prefix", &self.prefix.len())
            .field("zero_copy", &self.zero_copy)
            .finish_non_exhaustive()
    }
}

/// How much was copied, how much may be, and when the next report is due.
pub(super) struct CopyProgress<'a> {
    copied: u64,
    limit: u64,
    /// The number of bytes between two reports; at least 1.
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

    /// How many bytes may be moved before [`add`](CopyProgress::add) is called again; 0 is the end.
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
