//! [`FileIo`]: a file of the operating system as a raw stream.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, IsTerminal, Read, Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use super::mode::FileMode;
use super::opening::{Facts, Seeks};
use super::system;
use crate::error::{Error, ErrorWith, Operation, Result, retry};
use crate::io_base::IoBase;
use crate::raw::RawIo;
#[cfg(unix)]
use crate::raw::unread::Growing;
use crate::raw::unread::{self, GiveBack, Unread};
use crate::raw::whole::{self, for_one_call};

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
/// What the system says of a file with a path is an [`Error::File`] with path, mode and
/// operation, inside the [`io::Error`] where a trait of std asks for that. The kind stays, but
/// std's `io::Error::raw_os_error` is then `None`: the number is in
/// `Error::from(error).raw_os_error()`. "Not now" (`WouldBlock`) stays std's own error and
/// allocates nothing. On unix [`close`](crate::IoBase::close) reports what the system's `close`
/// says (a quota, a file server); dropping a file ignores it, as std does.
///
/// # What could not be delivered
///
/// `read_exact` fills its buffer or takes nothing, and `read_to_string` takes exactly the
/// characters that it delivers, whatever the device says in between. A file that can seek is moved
/// back for that. One that cannot (a pipe, a terminal) has what is left over kept here, 64 KiB at
/// most or what one read brought, and the next read answers it first. Meanwhile
/// [`descriptor`](crate::IoBase::descriptor) is `None`, and [`unread`](FileIo::unread) shows it.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, Write};
/// use iolite::{FileIo, FileMode};
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
/// A whole conversation with a child process (a child that answers before it has read everything
/// needs a thread at one of the two ends, or both wait forever):
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
    /// `None` once closed.
    file: Option<File>,
    mode: FileMode,
    path: Option<PathBuf>,
    facts: Facts,
    /// What a call could not deliver, and the next read answers.
    unread: Unread,
}

impl FileIo {
    /// Opens the file at `path`. An appending file starts at its end.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] with what the system said: not found, exists already, permission, or
    /// [`IsADirectory`](ErrorKind::IsADirectory).
    pub fn open(path: impl AsRef<Path>, mode: FileMode) -> Result<FileIo> {
        let path = path.as_ref();
        let opened = retry(|| system::open(path, mode)).map_err(Error::Io);
        let stream = opened.and_then(|mut file| {
            let facts = Facts::of_ours(&mut file, mode)?;
            Ok(FileIo::new(file, mode, facts))
        });
        named(path, mode, stream)
    }

    /// Opens the file at `path` by a function of yours, which may add what std's options have,
    /// or find the file elsewhere. (CPython's `opener`.)
    ///
    /// The function gets the path and std's options for the mode, and returns a file that allows
    /// what the mode says. An `Interrupted` of yours is an error like any other.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] with what the function says, or with what is wrong with its file, as in
    /// [`from_file`](FileIo::from_file).
    ///
    /// # Examples
    ///
    #[cfg_attr(unix, doc = "```")]
    #[cfg_attr(not(unix), doc = "```ignore")]
    /// use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    /// use iolite::{FileIo, FileMode};
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

    /// Takes a file over that is open already, at its position; an appending one goes to its end.
    /// Nothing is created or emptied, whatever the mode.
    ///
    /// What the file really allows is checked where the system tells: on every Unix. Elsewhere a
    /// wrong `mode` shows as the system's error at the first call, as in CPython.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] if the file is not open for what `mode` says;
    /// [`IsADirectory`](ErrorKind::IsADirectory), or the system's error where it cannot be asked.
    /// The file is closed then: [`try_from_file`](FileIo::try_from_file) gives it back.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{FileIo, FileMode, IoBase};
    /// let file = FileIo::from_file(tempfile::tempfile()?, FileMode::ReadUpdate)?;
    /// assert!(file.seekable());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn from_file(file: File, mode: FileMode) -> Result<FileIo> {
        Ok(FileIo::try_from_file(file, mode)?)
    }

    /// As [`from_file`](FileIo::from_file), but a file that is refused comes back as it was, with
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
    /// use iolite::{FileIo, FileMode};
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
            file: Some(file),
            mode,
            path: None,
            facts,
            unread: Unread::default(),
        }
    }

    /// The path the file was opened with. (Python: `name`.)
    #[doc(alias = "name")]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The mode the file was opened with.
    pub fn mode(&self) -> FileMode {
        self.mode
    }

    /// The bytes that were read from the file and [given back](#what-could-not-be-delivered), and
    /// that the next read answers; nearly always none.
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
    pub fn unread(&self) -> &[u8] {
        self.unread.as_slice()
    }

    /// The file inside, unless closed. It stands after what is [`unread`](FileIo::unread).
    pub fn get_ref(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// Hands the file out, unless closed. It stands after what is [`unread`](FileIo::unread),
    /// which is gone with the stream: look there first if a `read_to_string` or `read_exact` of
    /// something that cannot seek has failed.
    pub fn into_inner(self) -> Option<File> {
        self.file
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
    /// use iolite::{BufferedWriter, FileIo, FileMode};
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

    /// Waits until the disk has the bytes, and as much metadata as reading them takes
    /// (`fdatasync`).
    ///
    /// # Errors
    ///
    /// As for [`sync_all`](FileIo::sync_all).
    #[doc(alias = "fdatasync")]
    pub fn sync_data(&self) -> Result<()> {
        self.sync(system::sync_data)
    }

    fn sync(&self, call: fn(&File) -> io::Result<()>) -> Result<()> {
        let file = self.file.as_ref().ok_or(Error::Closed)?;
        Ok(retry(|| call(file)).map_err(|error| self.located(Operation::Sync, error))?)
    }

    /// One call of the system, if `allowed`; closed beats not allowed (as in CPython).
    #[inline]
    fn call<T>(
        &mut self,
        operation: Operation,
        allowed: bool,
        mut call: impl FnMut(&mut File) -> io::Result<T>,
    ) -> io::Result<T> {
        let Some(file) = self.file.as_mut() else {
            return Err(Error::Closed.into());
        };
        if !allowed {
            return Err(Error::Unsupported { operation }.into());
        }
        retry(|| call(file)).map_err(|error| self.located(operation, error))
    }

    /// Whether the system says now where the file stands.
    #[cold] // or no `seekable` would be inlined (row 9c)
    fn seeks_now(&self) -> bool {
        let file = self.file.as_ref();
        file.is_some_and(|mut file| retry(|| file.stream_position()).is_ok())
    }

    /// The system's error together with path, mode and operation. "Not now" is frequent and says
    /// nothing about the file, so it stays as it is, and allocates nothing.
    fn located(&self, operation: Operation, source: io::Error) -> io::Error {
        match &self.path {
            Some(path) if source.kind() != ErrorKind::WouldBlock => Error::File {
                path: path.clone(),
                mode: self.mode.as_str(),
                operation,
                source,
            }
            .into(),
            _ => source,
        }
    }

    /// Names the file for which there is no memory: that is not the system's to say.
    fn without_memory(&self, error: io::Error) -> io::Error {
        match error.get_ref() {
            None if error.kind() == ErrorKind::OutOfMemory => self.located(Operation::Read, error),
            _ => error,
        }
    }

    /// Reads all there is, after room is made for as much of it as the file says.
    fn read_whole(
        &mut self,
        read: impl FnOnce(&mut FileIo, usize) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |_| Ok(()))?;
        // More than there are addresses is more than there is memory.
        let expected = usize::try_from(self.rest_hint().unwrap_or(0)).unwrap_or(usize::MAX);
        read(self, expected).map_err(|error| self.without_memory(error))
    }
}

/// The file with its path, or the error with path and mode.
fn named(path: &Path, mode: FileMode, opened: Result<FileIo>) -> Result<FileIo> {
    let mut file = opened.map_err(|error| Error::Open {
        path: path.to_owned(),
        mode: mode.as_str(),
        source: error.into(),
    })?;
    file.path = Some(path.to_owned());
    Ok(file)
}

impl IoBase for FileIo {
    #[inline]
    fn readable(&self) -> bool {
        !self.is_closed() && self.mode.readable()
    }

    #[inline]
    fn writable(&self) -> bool {
        !self.is_closed() && self.mode.writable()
    }

    #[inline]
    fn seekable(&self) -> bool {
        match self.facts.seeks {
            Seeks::Yes => !self.is_closed(),
            Seeks::No => false,
            Seeks::Unknown => self.seeks_now(),
        }
    }

    fn is_closed(&self) -> bool {
        self.file.is_none()
    }

    fn close(&mut self) -> Result<()> {
        self.unread.clear();
        match self.file.take() {
            Some(file) => {
                let closed = system::close(file);
                Ok(closed.map_err(|error| self.located(Operation::Close, error))?)
            }
            None => Ok(()),
        }
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let allowed = self.writable() && self.seekable();
        let size = match size {
            Some(size) => size,
            None => {
                let position = self.call(Operation::Truncate, allowed, File::stream_position)?;
                position.saturating_sub(self.unread.len() as u64)
            }
        };
        self.call(Operation::Truncate, allowed, |file| {
            system::set_len(file, size)
        })?;
        Ok(size)
    }

    fn is_terminal(&self) -> bool {
        self.file.as_ref().is_some_and(File::is_terminal)
    }

    /// The file's own descriptor: nothing is pending here. `None` while something is
    /// [`unread`](FileIo::unread).
    #[cfg(unix)]
    fn descriptor(&mut self) -> Result<Option<BorrowedFd<'_>>> {
        let file = self.file.as_ref().ok_or(Error::Closed)?;
        Ok(self.unread.is_empty().then(|| file.as_fd()))
    }
}

impl RawIo for FileIo {
    fn block_size(&self) -> Option<usize> {
        self.facts.block_size
    }

    /// By two system calls. None where there is no size: a pipe, `/proc`.
    fn rest_hint(&mut self) -> Option<u64> {
        let mut file = self.file.as_ref().filter(|_| self.seekable())?;
        let size = file.metadata().ok()?.len();
        let position = file.stream_position().ok()?;
        size.checked_sub(position)
    }

    fn appends(&self) -> bool {
        self.facts.appends
    }

    #[inline]
    fn positioned(&self) -> bool {
        system::POSITIONED && self.seekable()
    }

    #[inline]
    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let allowed = self.readable() && self.positioned();
        self.call(Operation::Read, allowed, |file| {
            system::read_at(file, buf, offset)
        })
    }

    /// Not for an appending file: Linux would write at the end all the same.
    #[inline]
    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let allowed = self.writable() && self.positioned() && !self.facts.appends;
        self.call(Operation::Write, allowed, |file| {
            system::write_at(file, buf, offset)
        })
    }
}

impl GiveBack for FileIo {
    #[inline]
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |file| file.read(buf))
    }

    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let range = for_one_call(bufs);
        let bufs = &mut bufs[range];
        self.call(Operation::Read, self.readable(), |file| {
            file.read_vectored(bufs)
        })
    }

    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64> {
        let allowed = self.facts.seeks != Seeks::No;
        self.call(Operation::Seek, allowed, |file| file.seek(to))
    }

    fn unread(&mut self) -> &mut Unread {
        &mut self.unread
    }

    #[cfg(unix)]
    fn read_spare(&mut self, into: &mut Growing<'_>) -> io::Result<usize> {
        self.call(Operation::Read, self.readable(), |file| {
            into.append(|bytes| system::read_spare(file, bytes))
        })
    }
}

impl Read for FileIo {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        unread::read(self, buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        unread::read_vectored(self, bufs)
    }

    /// Fills `buf`, or takes nothing: see
    /// [what could not be delivered](FileIo#what-could-not-be-delivered). The end before that is
    /// an [`Error::PartialRead`].
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        unread::read_exact(self, buf)
    }

    /// Makes room for the rest of the file at once, as far as the system knows its size, and
    /// reads on until the end, wherever that is. After an error what was read is in `buf`.
    #[doc(alias = "readall")]
    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.read_whole(|file, expected| unread::read_to_end(file, buf, expected))
    }

    /// Makes room as [`read_to_end`](Read::read_to_end). `buf` gets the whole characters up to
    /// the end, to an error, or to the first bytes that are no UTF-8 ([`Error::Decode`]), and the
    /// stream stands right after them: see
    /// [what could not be delivered](FileIo#what-could-not-be-delivered).
    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.read_whole(|file, expected| unread::read_to_string(file, buf, expected))
    }
}

impl Write for FileIo {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.call(Operation::Write, self.writable(), |file| {
            system::write(file, buf)
        })
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let bufs = &bufs[for_one_call(bufs)];
        self.call(Operation::Write, self.writable(), |file| {
            system::write_vectored(file, bufs)
        })
    }

    /// Writes all of `buf`, or the error says how much of it was taken: [`Error::WouldBlock`] or
    /// [`Error::WriteFailed`]; any other took nothing.
    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        whole::write_all(self, buf)
    }

    /// As [`write_all`](Write::write_all), for the whole formatted text.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        whole::write_fmt(self, args)
    }

    /// Does nothing: there is no buffer here. It does not ask the disk either; see
    /// [`FileIo::sync_all`].
    fn flush(&mut self) -> io::Result<()> {
        self.call(Operation::Write, true, |_| Ok(()))
    }
}

impl Seek for FileIo {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = unread::seek(self, to)?;
        self.facts.seeks = Seeks::Yes;
        Ok(position)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        let allowed = self.facts.seeks != Seeks::No;
        let position = self.call(Operation::Tell, allowed, File::stream_position)?;
        self.facts.seeks = Seeks::Yes;
        Ok(position.saturating_sub(self.unread.len() as u64))
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
