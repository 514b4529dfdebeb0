//! [`Follow`]: the device.

use std::fmt;
use std::io::{self, ErrorKind, IoSliceMut, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::change::FileChange;
use super::growing_file::{GrowingFile, Grown};
use super::handle::{FollowHandle, Waker};
use super::name::{FollowedName, NameTarget};
use super::options::{FollowBy, FollowOptions};
use crate::error::{Operation, Result};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::read_only::{check_open, refuse, refuse_writes};
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::{FileIo, RawIo, whole};

/// A file that others append to, read as it grows: `tail -f` and `tail -F` as a device.
///
/// What is the end of other files is here "nothing yet": a read waits for more, or returns an error
/// of kind [`WouldBlock`](ErrorKind::WouldBlock), as the [options](FollowOptions) say. So a text
/// stream above does not take half a line, or half a character, for the last one.
///
/// Files that grow are also renamed, cut, deleted and made anew. Each is a [`FileChange`], which
/// [`take_change`](Follow::take_change) returns:
///
/// * Where the bytes so far are all there were ([`Replaced`](FileChange::Replaced),
///   [`Truncated`](FileChange::Truncated), [`Rewritten`](FileChange::Rewritten)) reads return 0, the
///   end, until the change is taken, and then go on at the start of what is there now. Positions are
///   those of that file: **seek the stream above to its start**.
/// * Where the bytes go on ([`Appeared`](FileChange::Appeared),
///   [`Inaccessible`](FileChange::Inaccessible)) one read returns `WouldBlock`, even if reads wait
///   otherwise, so that the caller can look; the next one goes on.
///
/// An end without a change means that a [`FollowHandle`] has stopped the device. A pipe or terminal
/// ends when its writers are gone; its end is the end.
///
/// The system is asked again and again, which works everywhere, on network file systems too: each
/// time costs a read, a look at the file and one at its name. Where a crate for events of the file
/// system is at hand, let it [`wake`](FollowHandle::wake) the device, and make the interval long.
///
/// # What may be missed
///
/// Bytes that were written and cut away again between two looks. What a program still writes into a
/// file that was found replaced: [`Replaced`](FileChange::Replaced) has that file, to read on there. A
/// file that was cut and is longer again at the next look is known by the bytes before the position
/// (64 of them are kept); not on Windows, which has no reads at an offset that leave the position.
///
/// # Examples
///
/// Every line of a log, over its rotation:
///
/// ```
/// use std::fs;
/// use std::io::Write;
/// use iolite::raw::{FileChange, FollowOptions};
/// use iolite::text::TextPosition;
/// use iolite::{BufferedReader, TextIo, TextIoWrapper};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("a.log");
/// fs::write(&path, b"one\ntwo, caf\xc3")?;
///
/// let device = FollowOptions::new().non_blocking().open(&path)?;
/// let mut log = TextIoWrapper::new(BufferedReader::new(device));
/// assert_eq!(log.next_line()?.as_deref(), Some("one"));
/// assert!(log.next_line().is_err_and(|error| error.is_would_block()));
/// fs::OpenOptions::new().append(true).open(&path)?.write_all(b"\xa9\n")?;
/// assert_eq!(log.next_line()?.as_deref(), Some("two, café"));
///
/// fs::rename(&path, dir.path().join("a.log.1"))?;
/// fs::write(&path, "three\n")?;
/// assert!(log.next_line()?.is_none());                        // the end of the old file
/// let change = log.get_mut().get_mut().take_change();
/// assert!(matches!(change, Some(FileChange::Replaced { .. })));
/// log.seek(TextPosition::START)?;
/// assert_eq!(log.next_line()?.as_deref(), Some("three"));
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "tail")]
pub struct Follow {
    /// `None`: whatever it is called.
    name: Option<FollowedName>,
    options: FollowOptions,
    /// `None` while there is none, and once closed.
    file: Option<GrowingFile>,
    /// The file that the name leads to now: it follows when ours was read to its end.
    successor: Option<FileIo>,
    change: Option<FileChange>,
    /// The size at which a stopped device ends.
    stopped_at: Option<u64>,
    waker: Arc<Waker>,
    unread: Unread,
    is_closed: bool,
}

/// What a look at a file that gave no bytes has found.
enum Growth {
    Nothing,
    /// There may be something to read now.
    More,
    /// A change that the bytes go on after.
    News,
    End,
}

impl Follow {
    /// Follows the file at `path` from its start, with the defaults of [`FollowOptions`]: by its name,
    /// and waiting.
    ///
    /// # Errors
    ///
    /// [`Error::Open`](crate::Error::Open) with what the system says.
    pub fn open(path: impl AsRef<Path>) -> Result<Follow> {
        FollowOptions::new().open(path)
    }

    pub(super) fn with_options(path: &Path, options: FollowOptions) -> Result<Follow> {
        let mut name = FollowedName::new(path);
        let file = match name.open() {
            Ok(file) => Some(GrowingFile::new(file)?),
            Err(_) if options.get_allow_missing() => None,
            Err(error) => return Err(error),
        };
        let by_name = options.get_follow_by() == FollowBy::Name || file.is_none();
        Ok(Follow::new(Some(name).filter(|_| by_name), file, options))
    }

    pub(super) fn over_file(file: FileIo, options: FollowOptions) -> Result<Follow> {
        let file = GrowingFile::new(file)?;
        Ok(Follow::new(None, Some(file), options))
    }

    fn new(
        name: Option<FollowedName>,
        file: Option<GrowingFile>,
        options: FollowOptions,
    ) -> Follow {
        Follow {
            name,
            options,
            file,
            successor: None,
            change: None,
            stopped_at: None,
            waker: Arc::default(),
            unread: Unread::default(),
            is_closed: false,
        }
    }

    /// The path that is followed; if it is the open file that is followed, the path that it was opened
    /// with.
    pub fn path(&self) -> Option<&Path> {
        match &self.name {
            Some(name) => Some(name.path()),
            None => self.get_ref()?.path(),
        }
    }

    /// The file that is read now, unless there is none.
    pub fn get_ref(&self) -> Option<&FileIo> {
        self.file.as_ref().map(GrowingFile::get_ref)
    }

    /// A handle by which other threads stop or wake the device.
    pub fn handle(&self) -> FollowHandle {
        FollowHandle::new(&self.waker)
    }

    /// What has happened to the file last, unless it was taken before. Asks nobody: changes are found
    /// by reads that meet the end.
    ///
    /// If it [ends the bytes](FileChange::ends_the_bytes), seek the stream above to its start.
    pub fn take_change(&mut self) -> Option<FileChange> {
        self.change.take()
    }

    /// Reads once, without waiting; `None`: nothing now.
    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            if self.change.as_ref().is_some_and(FileChange::ends_the_bytes) {
                return Ok(Some(0));
            }
            let room = self.room(buf.len())?;
            let grown = match &mut self.file {
                Some(file) => file.read(&mut buf[..room])?,
                None => Grown::Bytes(0),
            };
            match grown {
                Grown::Bytes(0) => {}
                Grown::Bytes(n) => return Ok(Some(n)),
                Grown::Rewritten => {
                    self.begin_again(FileChange::Rewritten)?;
                    continue;
                }
            }
            match self.look()? {
                Growth::Nothing => return Ok(None),
                Growth::More => {}
                Growth::News => return Err(ErrorKind::WouldBlock.into()),
                Growth::End => return Ok(Some(0)),
            }
        }
    }

    /// How many of `n` bytes may be read: all, until the device is stopped.
    fn room(&mut self, n: usize) -> io::Result<usize> {
        if self.stopped_at.is_none() && self.waker.is_stopped() {
            // What is there is still delivered. What comes later is not: a busy file would never end.
            let size = self.file.as_ref().map(GrowingFile::size).transpose()?;
            self.stopped_at = Some(size.unwrap_or(0));
        }
        let (Some(end), Some(file)) = (self.stopped_at, &self.file) else {
            return Ok(n);
        };
        if !file.get_ref().seekable() {
            return Ok(n);
        }
        let rest = end.saturating_sub(file.position());
        Ok(usize::try_from(rest).map_or(n, |rest| rest.min(n)))
    }

    /// Looks for the reason why there are no bytes: in the file, then at its name.
    fn look(&mut self) -> io::Result<Growth> {
        if self.stopped_at.is_some() {
            return Ok(Growth::End);
        }
        if let Some(file) = &self.file {
            if !file.get_ref().seekable() {
                return Ok(Growth::End);
            }
            let (from, to) = (file.position(), file.size()?);
            if to < from {
                self.begin_again(FileChange::Truncated { from, to })?;
                return Ok(Growth::More);
            }
        }
        if let Some(successor) = self.successor.take() {
            self.go_on_with(successor)?;
            return Ok(Growth::More);
        }
        self.look_at_name()
    }

    fn look_at_name(&mut self) -> io::Result<Growth> {
        let open = self.file.as_ref().map(GrowingFile::get_ref);
        let leads = self.name.as_mut().map(|name| name.look(open)).transpose()?;
        match leads.unwrap_or(NameTarget::WhereItDid) {
            NameTarget::WhereItDid => Ok(Growth::Nothing),
            NameTarget::ToAnother(file) if self.file.is_none() => {
                self.file = Some(GrowingFile::new(file)?);
                self.change = Some(FileChange::Appeared);
                if self.options.get_follow_by() == FollowBy::Descriptor {
                    self.name = None;
                }
                Ok(Growth::News)
            }
            NameTarget::ToAnother(file) => {
                // Ours may have grown since its end was met.
                self.successor = Some(file);
                Ok(Growth::More)
            }
            NameTarget::Nowhere(error) => {
                self.change = Some(FileChange::Inaccessible { error });
                Ok(Growth::News)
            }
        }
    }

    /// The same file, from its start.
    fn begin_again(&mut self, change: FileChange) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(0))?;
        }
        self.change = Some(change);
        Ok(())
    }

    fn go_on_with(&mut self, successor: FileIo) -> Result<()> {
        let before = self.file.replace(GrowingFile::new(successor)?);
        self.change = before.map(|before| FileChange::Replaced {
            before: before.into_inner(),
        });
        Ok(())
    }
}

impl IoBase for Follow {
    fn readable(&self) -> bool {
        !self.is_closed
    }

    fn writable(&self) -> bool {
        false
    }

    /// True while there is no file: the one that will come most likely can.
    fn seekable(&self) -> bool {
        !self.is_closed && self.get_ref().is_none_or(IoBase::seekable)
    }

    fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn close(&mut self) -> Result<()> {
        self.is_closed = true;
        self.unread.clear();
        self.successor = None;
        match self.file.take() {
            Some(file) => file.into_inner().close(),
            None => Ok(()),
        }
    }

    fn truncate(&mut self, _: Option<u64>) -> Result<u64> {
        refuse(self, Operation::Truncate)
    }

    fn is_terminal(&self) -> bool {
        self.get_ref().is_some_and(IoBase::is_terminal)
    }

    /// None: the descriptor of the file knows nothing of what comes after it.
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        check_open(self)?;
        Ok(None)
    }
}

impl RawIo for Follow {
    fn block_size(&self) -> Option<usize> {
        self.get_ref()?.block_size()
    }

    fn supports_read_at(&self) -> bool {
        self.get_ref().is_some_and(RawIo::supports_read_at)
    }

    /// Does not wait: where the file ends now is the end.
    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        check_open(self)?;
        match self.get_ref() {
            Some(file) => file.read_at(buf, offset),
            None => Ok(0),
        }
    }
}

impl GiveBack for Follow {
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        check_open(self)?;
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(n) = self.try_read(buf)? {
                return Ok(n);
            }
            let interval = self.options.get_interval().ok_or(ErrorKind::WouldBlock)?;
            self.waker.wait(interval);
        }
    }

    /// Into the first slice that has room.
    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.read_device(whole::first_with_room(bufs))
    }

    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64> {
        check_open(self)?;
        match &mut self.file {
            Some(file) => file.seek(to),
            None => Ok(0),
        }
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }
}

impl Read for Follow {
    unread::read_calls!(self => self, "crate::Adapter");
}

refuse_writes!([] Follow);

impl Seek for Follow {
    /// Moves in the file that is read now, from where reads go on.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        unread::seek(self, to)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        unread::position(self)
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow")
            .field("path", &self.path())
            .field("options", &self.options)
            .field("is_closed", &self.is_closed)
            .finish_non_exhaustive()
    }
}
