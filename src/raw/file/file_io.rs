//! [`FileIo`]: a file of the operating system as a raw stream.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Mutex;

use super::mode::FileMode;
use super::open_file::OpenFile;
use super::opening::Facts;
use super::system;
use crate::error::{Error, ErrorWith, Operation, Result, retry};
use crate::io_base::{BorrowedDevice, IoBase};
use crate::raw::RawIo;
use crate::raw::unread::Unread;

/// A file as a raw stream: each `read`, `write` and `seek` is one system call.
///
/// Use it alone where every call must reach the system at once; put a buffer on it otherwise
/// ([`BufferedReader`](crate::BufferedReader), [`BufferedWriter`](crate::BufferedWriter)).
/// Pipes, terminals and devices open as files too: ask [`seekable`](crate::IoBase::seekable).
/// On unix the pipes of a child process become files by `From`.
///
/// Files are not inherited by child processes (close-on-exec), directories are refused, and a
/// system call that a signal interrupts is repeated.
///
/// # Errors
///
/// A system error of a file with a path is an [`Error::File`] with path, mode and operation, wrapped
/// in an [`io::Error`] where a trait of std requires one. The kind stays, but std's
/// `io::Error::raw_os_error` is then `None`: use `Error::from(error).raw_os_error()`. `WouldBlock`
/// stays std's own error and allocates nothing. On Unix [`close`](crate::IoBase::close) reports the
/// error of the system's `close` (a quota, a file server); dropping a file ignores it, as std does.
///
/// # Sharing
///
/// Several threads can use one file through `&FileIo`, an `Arc` of it, or a
/// [`try_clone`](FileIo::try_clone): [`read_at`](FileIo::read_at) and
/// [`write_at`](FileIo::write_at) do not depend on the position, which all share otherwise.
///
/// # What could not be delivered
///
/// `read_exact` fills its buffer or takes nothing, and `read_to_string` takes exactly the
/// characters that it delivers, whatever the device does in between. A file that can seek is moved
/// back for that. For one that cannot (a pipe, a terminal) the rest is kept here (at most 64 KiB, or
/// what one read brought), and the next read returns it first. Meanwhile
/// [`flush_and_borrow_fd`](crate::IoBase::flush_and_borrow_fd) is `None`, and [`unread`](FileIo::unread) shows it.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, Write};
/// use iolite::FileIo;
/// use iolite::raw::FileMode;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("log");
/// FileIo::open(&path, FileMode::Append)?.write_all(b"one\n")?;
/// let mut file = FileIo::open(&path, FileMode::AppendUpdate)?;
/// assert_eq!(file.stream_position()?, 4);
/// file.write_all(b"two\n")?;
/// file.rewind()?;
/// let mut all = String::new();
/// file.read_to_string(&mut all)?;
/// assert_eq!(all, "one\ntwo\n");
/// # Ok::<(), iolite::Error>(())
/// ```
///
/// A conversation with a child process. (If the child answers before it has read everything, use a
/// thread for one of the two directions, or both sides may wait forever.)
///
#[cfg_attr(unix, doc = "```")]
#[cfg_attr(not(unix), doc = "```ignore")]
/// use std::process::{Command, Stdio};
/// use iolite::{prelude::*, BufferedReader, BufferedWriter, FileIo, TextIoWrapper};
///
/// let mut command = Command::new("sort");
/// let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
/// let (input, output) = (child.stdin.take(), child.stdout.take());
///
/// let input = FileIo::from(input.expect("it is piped"));
/// let mut questions = TextIoWrapper::new(BufferedWriter::new(input));
/// questions.write_str("two\none\n")?;
/// questions.close()?;                                 // flushes, and the child sees the end
///
/// let output = FileIo::from(output.expect("it is piped"));
/// let mut answers = TextIoWrapper::new(BufferedReader::new(output));
/// assert_eq!(answers.next_line()?.as_deref(), Some("one"));
/// assert_eq!(answers.next_line()?.as_deref(), Some("two"));
/// assert!(answers.next_line()?.is_none() && child.wait()?.success());
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "FileIO")]
#[derive(Debug)]
pub struct FileIo {
    pub(super) open: OpenFile,
    /// What a call could not deliver, and the next read returns. Locked only by calls through
    /// `&FileIo`, so that two of them cannot return the same bytes.
    pub(super) unread: Mutex<Unread>,
}

impl FileIo {
    /// Opens the file at `path`. An appending file starts at its end.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] with what the system said: not found, exists already, permission, or
    /// [`IsADirectory`](io::ErrorKind::IsADirectory).
    pub fn open(path: impl AsRef<Path>, mode: FileMode) -> Result<FileIo> {
        let path = path.as_ref();
        let opened = retry(|| system::open(path, mode)).map_err(Error::Io);
        let stream = opened.and_then(|mut file| {
            let facts = Facts::of_ours(&mut file, mode)?;
            Ok(FileIo::new(file, mode, facts))
        });
        named(path, mode, stream)
    }

    /// Opens the file at `path` with a function of yours, which may set further options of std, or
    /// find the file elsewhere. (CPython's `opener`.)
    ///
    /// The function gets the path and std's options for the mode, and returns a file that allows
    /// what the mode says. It is called once, even if it returns `Interrupted`.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] with the error of the function, or of the file it returned as for
    /// [`from_file`](FileIo::from_file).
    ///
    /// # Examples
    ///
    #[cfg_attr(unix, doc = "```")]
    #[cfg_attr(not(unix), doc = "```ignore")]
    /// use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    /// use iolite::FileIo;
    /// use iolite::raw::FileMode;
    ///
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("secret");
    /// let file = FileIo::open_with(&path, FileMode::CreateNew, |path, options| {
    ///     options.mode(0o600).open(path)
    /// })?;
    /// assert_eq!(path.metadata()?.permissions().mode() & 0o777, 0o600);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "opener")]
    pub fn open_with(
        path: impl AsRef<Path>,
        mode: FileMode,
        opener: impl FnOnce(&Path, &mut OpenOptions) -> io::Result<File>,
    ) -> Result<FileIo> {
        let path = path.as_ref();
        let opened = opener(path, &mut mode.options()).map_err(Error::Io);
        let stream = opened.and_then(|file| FileIo::from_file(file, mode));
        named(path, mode, stream)
    }

    /// Takes over a file that is already open, at its position; an appending one is moved to its end.
    /// Nothing is created or emptied, whatever the mode.
    ///
    /// On every Unix the system is asked what the file allows. Elsewhere a wrong `mode` shows as the
    /// system's error at the first call, as in CPython.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] if the file is not open for what `mode` says;
    /// [`IsADirectory`](io::ErrorKind::IsADirectory), or the system's error where it cannot be asked.
    /// The file is closed then: [`try_from_file`](FileIo::try_from_file) gives it back.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{FileIo, IoBase};
    /// use iolite::raw::FileMode;
    /// let file = FileIo::from_file(tempfile::tempfile()?, FileMode::ReadUpdate)?;
    /// assert!(file.seekable());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn from_file(file: File, mode: FileMode) -> Result<FileIo> {
        Ok(FileIo::try_from_file(file, mode)?)
    }

    /// As [`from_file`](FileIo::from_file), but a file that is refused is returned unchanged, with
    /// the reason. (CPython leaves such a descriptor open, too.)
    ///
    /// # Errors
    ///
    /// As for [`from_file`](FileIo::from_file), and the file.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fs::File;
    /// use std::io::Read;
    /// use iolite::FileIo;
    /// use iolite::raw::FileMode;
    ///
    /// let file = File::open("Cargo.toml")?;
    /// match FileIo::try_from_file(file, FileMode::ReadUpdate) {
    ///     Ok(_) => {}                                 // it shows at the first write
    ///     Err(error) => assert!(error.into_parts().1.read(&mut [0])? == 1),
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_from_file(mut file: File, mode: FileMode) -> Result<FileIo, ErrorWith<File>> {
        match Facts::of_anothers(&mut file, mode) {
            Ok(facts) => Ok(FileIo::new(file, mode, facts)),
            Err(error) => Err(ErrorWith::new(error, file)),
        }
    }

    pub(super) fn new(file: File, mode: FileMode, facts: Facts) -> FileIo {
        FileIo {
            open: OpenFile::new(file, mode, facts),
            unread: Mutex::default(),
        }
    }

    /// The path the file was opened with. (Python: `name`.)
    #[doc(alias = "name")]
    pub fn path(&self) -> Option<&Path> {
        self.open.path()
    }

    /// The mode the file was opened with.
    pub fn mode(&self) -> FileMode {
        self.open.mode()
    }

    /// The bytes that were read from the file and [given back](#what-could-not-be-delivered), which
    /// the next read returns; nearly always none.
    ///
    /// # Examples
    ///
    #[cfg_attr(unix, doc = "```")]
    #[cfg_attr(not(unix), doc = "```ignore")]
    /// use std::io::{Read, Write};
    /// use iolite::FileIo;
    ///
    /// let (reader, mut writer) = std::io::pipe()?;
    /// writer.write_all(b"good\xffbad")?;
    /// let (mut file, mut text) = (FileIo::from(reader), String::new());
    /// assert!(file.read_to_string(&mut text).is_err());
    /// assert_eq!((&*text, file.unread()), ("good", &b"\xffbad"[..]));
    /// file.read_exact(&mut [0; 2])?;
    /// assert_eq!(file.unread(), b"ad");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unread(&mut self) -> &[u8] {
        self.parts().unread.as_slice()
    }

    /// The file inside, unless closed. Its position is after what is [`unread`](FileIo::unread).
    pub fn get_ref(&self) -> Option<&File> {
        self.open.get_ref()
    }

    /// Returns the file, unless closed. Its position is after what is [`unread`](FileIo::unread),
    /// which is dropped with the stream: check it first if a `read_to_string` or `read_exact` of a
    /// file that cannot seek has failed.
    pub fn into_inner(self) -> Option<File> {
        self.open.into_inner()
    }

    /// Reads at `offset` in bytes from the start, and leaves the position where it is (`pread`).
    /// Several threads may do so at once.
    ///
    /// # Errors
    ///
    /// What the system says; [`Error::Unsupported`] where the file cannot seek or is not read, and
    /// on systems without such a call ([`supports_read_at`](RawIo::supports_read_at)).
    ///
    /// # Examples
    ///
    #[cfg_attr(unix, doc = "```")]
    #[cfg_attr(not(unix), doc = "```ignore")]
    /// use std::thread;
    /// use iolite::FileIo;
    /// use iolite::raw::FileMode;
    ///
    /// let file = FileIo::open("Cargo.toml", FileMode::Read)?;
    /// let byte_at = |offset| {
    ///     let mut byte = [0];
    ///     file.read_at(&mut byte, offset).map(|n| (n, byte[0]))
    /// };
    /// thread::scope(|scope| {
    ///     let second = scope.spawn(|| byte_at(1));
    ///     assert_eq!(byte_at(0)?, (1, b'['));
    ///     assert_eq!(second.join().expect("no panic")?, (1, b'p'));
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "pread")]
    #[inline]
    pub fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let allowed = self.readable() && self.supports_read_at();
        self.open.call(Operation::Read, allowed, |file| {
            system::read_at(file, buf, offset)
        })
    }

    /// Writes at `offset` in bytes from the start, and leaves the position where it is (`pwrite`).
    /// Several threads may do so at once.
    ///
    /// # Errors
    ///
    /// As for [`read_at`](FileIo::read_at), and [`Error::Unsupported`] for a file that appends:
    /// Linux would write at its end all the same.
    #[doc(alias = "pwrite")]
    #[inline]
    pub fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let allowed = self.writable() && self.supports_read_at() && !self.open.facts.appends;
        self.open.call(Operation::Write, allowed, |file| {
            system::write_at(file, buf, offset)
        })
    }

    /// Another stream on the same file. The two share the position; what is
    /// [`unread`](FileIo::unread) stays with this one. (Python: `os.dup`.)
    ///
    /// # Errors
    ///
    /// [`Error::Closed`], and what the system says: too many open files.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Seek, Write};
    /// use iolite::FileIo;
    /// use iolite::raw::FileMode;
    ///
    /// let mut file = FileIo::from_file(tempfile::tempfile()?, FileMode::Write)?;
    /// file.try_clone()?.write_all(b"abc")?;
    /// assert_eq!(file.stream_position()?, 3);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "dup")]
    pub fn try_clone(&self) -> Result<FileIo> {
        Ok(FileIo {
            open: self.open.try_clone()?,
            unread: Mutex::default(),
        })
    }

    /// Waits until the disk has everything, metadata too (`fsync`).
    ///
    /// # Errors
    ///
    /// [`Error::Closed`], or what the system says: a pipe or a terminal has no disk.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use iolite::{BufferedWriter, FileIo};
    /// use iolite::raw::FileMode;
    ///
    /// let file = FileIo::from_file(tempfile::tempfile()?, FileMode::Write)?;
    /// let mut writer = BufferedWriter::new(file);
    /// writer.write_all(b"a payment")?;
    /// writer.flush()?;
    /// writer.get_ref().sync_all()?;
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "fsync")]
    pub fn sync_all(&self) -> Result<()> {
        self.sync(system::sync_all)
    }

    /// Waits until the disk has the bytes, and the metadata needed to read them (`fdatasync`).
    ///
    /// # Errors
    ///
    /// As for [`sync_all`](FileIo::sync_all).
    #[doc(alias = "fdatasync")]
    pub fn sync_data(&self) -> Result<()> {
        self.sync(system::sync_data)
    }

    fn sync(&self, call: fn(&File) -> io::Result<()>) -> Result<()> {
        Ok(self.open.call(Operation::Sync, true, call)?)
    }

    /// The system's error of an operation on this file, with its path and mode.
    pub(in crate::raw) fn located(&self, operation: Operation, source: io::Error) -> io::Error {
        self.open.located(operation, source)
    }

    /// Whether the file is one on a disk that was opened here, and so began at its start.
    pub(crate) fn began_at_start(&self) -> bool {
        self.open.facts.is_at_start
    }

    /// Sets how errors spell the mode: only `open` knows whether the file is used as text.
    pub(crate) fn spelled(mut self, mode: &'static str) -> FileIo {
        self.open.spelling = mode;
        self
    }
}

/// The file with its path, or the error with path and mode.
fn named(path: &Path, mode: FileMode, opened: Result<FileIo>) -> Result<FileIo> {
    let mut file = opened.map_err(|error| Error::Open {
        path: path.to_owned(),
        mode: mode.as_str(),
        source: error.into(),
    })?;
    file.open.path = Some(path.to_owned());
    Ok(file)
}

impl IoBase for FileIo {
    #[inline]
    fn readable(&self) -> bool {
        self.open.readable()
    }

    #[inline]
    fn writable(&self) -> bool {
        self.open.writable()
    }

    #[inline]
    fn seekable(&self) -> bool {
        self.open.seekable()
    }

    fn is_closed(&self) -> bool {
        self.get_ref().is_none()
    }

    fn close(&mut self) -> Result<()> {
        self.parts().unread.clear();
        self.open.close()
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        Ok(self.parts().truncate(size)?)
    }

    fn is_terminal(&self) -> bool {
        self.open.is_terminal()
    }

    /// The file's own descriptor: nothing is pending here. `None` while something is
    /// [`unread`](FileIo::unread).
    fn flush_and_borrow_fd(&mut self) -> Result<Option<BorrowedDevice<'_>>> {
        let is_empty = self.parts().unread.is_empty();
        let file = self.get_ref().ok_or(Error::Closed)?;
        Ok(system::borrow(file).filter(|_| is_empty))
    }
}

impl RawIo for FileIo {
    fn block_size(&self) -> Option<usize> {
        self.open.facts.block_size
    }

    /// Costs two system calls. `None` if there is no size: a pipe, `/proc`.
    fn rest_hint(&mut self) -> Option<u64> {
        self.open.rest_hint()
    }

    fn is_append_only(&self) -> bool {
        self.open.facts.appends
    }

    #[inline]
    fn supports_read_at(&self) -> bool {
        system::POSITIONED && self.seekable()
    }

    #[inline]
    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        FileIo::read_at(self, buf, offset)
    }

    #[inline]
    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        FileIo::write_at(self, buf, offset)
    }
}

impl TryFrom<FileIo> for File {
    type Error = Error;

    /// The file inside, at its position.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    fn try_from(file: FileIo) -> Result<File> {
        file.into_inner().ok_or(Error::Closed)
    }
}
