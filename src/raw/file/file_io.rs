//! [`FileIo`]: a file of the operating system as a raw stream.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::mode::FileMode;
use super::opening::{adopt, named, prepare};
use super::seeks::Seeks;
use super::system;
use crate::error::{Error, ErrorWith, Operation, Result, retry};
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
    pub(super) file: Option<File>,
    pub(super) mode: FileMode,
    pub(super) path: Option<PathBuf>,
    pub(super) seeks: Seeks,
    /// Whether the system puts every write at the end: as the mode says, or as whoever opened
    /// the file did.
    pub(super) appends: bool,
    pub(super) block_size: Option<usize>,
    /// What a call could not deliver, and the next read answers.
    pub(super) unread: Unread,
    /// How many bytes were read.
    pub(super) taken: u64,
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
        named(path, mode, opened.and_then(|file| prepare(file, mode)))
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
        let adopted = opened.and_then(|file| FileIo::from_file(file, mode));
        named(path, mode, adopted)
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
    pub fn try_from_file(file: File, mode: FileMode) -> Result<FileIo, ErrorWith<File>> {
        adopt(file, mode)
    }

    /// A stream that neither seeks nor appends, such as a pipe; the system is not asked.
    #[cfg(unix)]
    pub(super) fn from_pipe(file: File, mode: FileMode) -> FileIo {
        FileIo {
            file: Some(file),
            mode,
            path: None,
            seeks: Seeks::No,
            appends: false,
            block_size: None,
            unread: Unread::default(),
            taken: 0,
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

    /// What the system said to the end of `file`, which is closed all the same.
    pub(super) fn closed(&self, file: File) -> Result<()> {
        Ok(system::close(file).map_err(|error| self.located(Operation::Close, error))?)
    }

    /// One call of the system, if `allowed`; closed beats not allowed (as in CPython).
    #[inline]
    pub(super) fn call<T>(
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

    /// The system's error together with path, mode and operation. "Not now" is no news of the
    /// file, and stays what costs nothing.
    #[cold]
    pub(super) fn located(&self, operation: Operation, source: io::Error) -> io::Error {
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
}
