//! [`OpenOptions`]: the arguments of `open`, and a typed call for each kind of stream; [`Buffering`]:
//! how large a buffer is.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::mode::Mode;
use super::stream::{Stream, TextReader, TextReplacer, TextUpdater, TextWriter};
use crate::buffered::{BufferedIo, BufferedRandom, BufferedReader, BufferedWriter};
use crate::error::{Error, ModeProblem, Result};
use crate::raw::{AtomicFile, FileIo, FileMode, RawIo};
use crate::text::{Encoding, ErrorPolicy, Newline, TextIoWrapper, TextOptions};

/// Opens files with an encoding, an error policy, a newline policy and a buffer of choice.
///
/// The calls named after what they return are typed; [`open`](OpenOptions::open) takes a mode
/// string and returns a [`Stream`]. All arguments are checked before a file is touched.
///
/// # Examples
///
/// ```
/// use iolite::{Encoding, IoBase, Newline, OpenOptions, TextIo};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("report.txt");
/// let options = OpenOptions::new().encoding(Encoding::UTF_16).newline(Newline::CrLf);
///
/// let mut report = options.write_text(&path)?;
/// writeln!(report, "{} °C", 21)?;
/// report.close()?;
///
/// assert_eq!(std::fs::read(&path)?, b"\xff\xfe2\x001\x00 \x00\xb0\0C\0\r\0\n\0");
/// let mut report = options.read_text(&path)?;
/// assert_eq!(report.next_line()?.as_deref(), Some("21 °C"));
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OpenOptions {
    text: TextOptions,
    for_text: ForText,
    buffering: Buffering,
    opener: Option<FileOpener>,
}

/// Which options were set that only text has, even if to their defaults: binary mode refuses them.
#[derive(Clone, Copy, Debug, Default)]
struct ForText {
    encoding: bool,
    errors: bool,
    newline: bool,
    /// One that Python's `open` does not have.
    others: bool,
}

impl OpenOptions {
    /// UTF-8, strict, [`Newline::Universal`], [`Buffering::Auto`].
    pub fn new() -> OpenOptions {
        OpenOptions::default()
    }

    /// Sets everything about text at once, for example what another stream
    /// [has](TextIoWrapper::options). Also `OpenOptions::from`.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Encoding, IoBase, OpenOptions, TextIo, TextOptions};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let paths = [dir.path().join("in.txt"), dir.path().join("out.txt")];
    /// std::fs::write(&paths[0], b"caf\xe9\n")?;
    ///
    /// let options = TextOptions::new().encoding(Encoding::LATIN_1);
    /// let mut from = OpenOptions::from(options).read_text(&paths[0])?;
    /// let mut to = OpenOptions::new().text(from.options()).write_text(&paths[1])?;
    /// while let Some(line) = from.next_line()? {
    ///     writeln!(to, "{line}!")?;
    /// }
    /// to.close()?;
    /// assert_eq!(std::fs::read(&paths[1])?, b"caf\xe9!\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn text(mut self, options: TextOptions) -> OpenOptions {
        self.text = options;
        self.for_text.others = true;
        self
    }

    /// Sets the encoding of text.
    pub fn encoding(mut self, encoding: Encoding) -> OpenOptions {
        self.text = self.text.encoding(encoding);
        self.for_text.encoding = true;
        self
    }

    /// Sets what happens on malformed bytes and on characters that the encoding does not have.
    pub fn errors(mut self, errors: ErrorPolicy) -> OpenOptions {
        self.text = self.text.errors(errors);
        self.for_text.errors = true;
        self
    }

    /// Sets the newline policy, for reading and for writing.
    pub fn newline(self, newline: Newline) -> OpenOptions {
        self.newlines(newline, newline)
    }

    /// Sets one newline policy for reading and another for writing; see [`TextOptions::newlines`].
    pub fn newlines(mut self, read: Newline, written: Newline) -> OpenOptions {
        self.text = self.text.newlines(read, written);
        self.for_text.newline = true;
        self
    }

    /// Sets how much is buffered.
    pub fn buffering(mut self, buffering: Buffering) -> OpenOptions {
        self.buffering = buffering;
        self
    }

    /// Sets whether text is flushed with each line; see [`TextOptions::line_buffering`].
    pub fn line_buffering(mut self, line_buffering: bool) -> OpenOptions {
        self.text = self.text.line_buffering(line_buffering);
        self
    }

    /// Sets whether every write of text is given to the device at once; see
    /// [`TextOptions::write_through`].
    pub fn write_through(mut self, write_through: bool) -> OpenOptions {
        self.text = self.text.write_through(write_through);
        self.for_text.others = true;
        self
    }

    /// Sets how long a line may be; see [`TextOptions::line_limit`].
    pub fn line_limit(mut self, limit: Option<usize>) -> OpenOptions {
        self.text = self.text.line_limit(limit);
        self.for_text.others = true;
        self
    }

    /// Sets the function that opens files from their path and std's options for the mode; see
    /// [`FileIo::open_with`]. It is called after all arguments were checked.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{IoBase, OpenOptions};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let root = dir.path().to_owned();
    /// let inside = OpenOptions::new().opener(move |path, options| options.open(root.join(path)));
    /// inside.write_text("note")?.close()?;
    /// assert!(dir.path().join("note").exists());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn opener(
        mut self,
        opener: impl Fn(&Path, &mut fs::OpenOptions) -> io::Result<File> + Send + Sync + 'static,
    ) -> OpenOptions {
        self.opener = Some(FileOpener(Arc::new(opener)));
        self
    }

    /// Opens a file with a Python mode string, such as `"r"`, `"w"` or `"rb+"`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidMode`] if the string is not a mode, or contradicts another option, before
    /// anything is touched; [`Error::Open`] with the system's error;
    /// [`Error::Unsupported`] for reading *and* writing something that cannot seek;
    /// [`Error::InvalidArgument`] for [`ErrorPolicy::Escape`] with a stateful encoding such as
    /// ISO-2022-JP or HZ, or with UTF-7.
    pub fn open(&self, path: impl AsRef<Path>, mode: &str) -> Result<Stream> {
        let (path, mode) = (path.as_ref(), self.checked(mode)?);
        let mut stream = self.stack(self.touch(path, mode)?, mode, Some(path))?;
        if let Stream::TextWriter(text) = &mut stream {
            self.go_on_in_order(text, path)?;
        }
        Ok(stream)
    }

    /// Puts a stream on a file that is open already, with a Python mode string: at the file's
    /// position, or at its end if the mode appends. (CPython: `open` with a descriptor.)
    ///
    /// Nothing is created or emptied, and an [`opener`](OpenOptions::opener) is not called. The
    /// file is closed with the stream: to keep it open, hand in a `try_clone` of it (CPython's
    /// `closefd=False`).
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open) and [`FileIo::from_file`]. The file is closed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{IoBase, OpenOptions, TextIo};
    ///
    /// let file = tempfile::tempfile()?;
    /// let mut text = OpenOptions::new().open_file(file.try_clone()?, "w")?.into_text()?;
    /// text.write_str("line\n")?;
    /// text.close()?;
    /// assert_eq!(file.metadata()?.len(), 5);
    /// # Ok::<(), iolite::Error>(())
    /// ```
    #[doc(alias = "closefd")]
    pub fn open_file(&self, file: impl Into<File>, mode: &str) -> Result<Stream> {
        let mode = self.checked(mode)?;
        self.stack(FileIo::from_file(file.into(), mode.file())?, mode, None)
    }

    /// Opens a file for reading text: `r`.
    ///
    /// **Reading and writing back with the default newline policy is no round trip.** As in Python,
    /// [`Newline::Universal`] reads `\r\n` and `\r` as `\n`, and writes the platform's newline:
    /// `a\r\nb\rc\n` comes back as `a\nb\nc\n` on Unix. Use [`Newline::Keep`] to leave every line
    /// end as it is, or [`newlines`](OpenOptions::newlines) with the policy that the file had.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open); so for all calls below.
    pub fn read_text(&self, path: impl AsRef<Path>) -> Result<TextReader> {
        let file = self.raw(path.as_ref(), Mode::text(FileMode::Read))?;
        let is_at_start = file.began_at_start();
        Ok(self.text_over(self.reader(file), Some(path.as_ref()), is_at_start))
    }

    /// Opens a file for writing text, created or emptied: `w`.
    ///
    /// **Text that was read with the default newline policy is not written as it was**: see
    /// [`read_text`](OpenOptions::read_text).
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn write_text(&self, path: impl AsRef<Path>) -> Result<TextWriter> {
        self.text_writer(path.as_ref(), FileMode::Write)
    }

    /// Opens a file for writing text at its end: `a`.
    ///
    /// Text appended in `utf-16` or `utf-32` uses the byte order of the file's byte-order mark: a
    /// file that is not empty is opened a second time, for reading, to look at the mark.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open), also where that second time fails.
    pub fn append_text(&self, path: impl AsRef<Path>) -> Result<TextWriter> {
        let path = path.as_ref();
        let mut text = self.text_writer(path, FileMode::Append)?;
        self.go_on_in_order(&mut text, path)?;
        Ok(text)
    }

    /// Creates a file for writing text: `x`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn create_text(&self, path: impl AsRef<Path>) -> Result<TextWriter> {
        self.text_writer(path.as_ref(), FileMode::CreateNew)
    }

    /// Opens a file for reading and writing text: `r+`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn update_text(&self, path: impl AsRef<Path>) -> Result<TextUpdater> {
        let file = self.raw(path.as_ref(), Mode::text(FileMode::ReadUpdate))?;
        let is_at_start = file.began_at_start();
        Ok(self.text_over(self.random(file)?, Some(path.as_ref()), is_at_start))
    }

    /// Begins a new file of text that takes the place of the old one when it is closed, and only then:
    /// nobody sees it half written, and without a [`close`](crate::IoBase::close) the old one stays. See
    /// [`AtomicFile`].
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open); [`Error::InvalidArgument`] if there is an
    /// [`opener`](OpenOptions::opener), which this does not use.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::{Encoding, IoBase, OpenOptions, TextIo};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("names.txt");
    /// std::fs::write(&path, b"Zo\xeb\n")?;
    ///
    /// let options = OpenOptions::new().encoding(Encoding::LATIN_1);
    /// let mut old = options.read_text(&path)?;
    /// let mut new = options.replace_text(&path)?;
    /// while let Some(line) = old.next_line()? {
    ///     writeln!(new, "{line} Müller")?;                        // the old file is still there
    /// }
    /// new.close()?;
    /// assert_eq!(std::fs::read(&path)?, b"Zo\xeb M\xfcller\n");
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn replace_text(&self, path: impl AsRef<Path>) -> Result<TextReplacer> {
        let file = self.replacement(path.as_ref(), Mode::text(FileMode::Write))?;
        Ok(self.text_over(self.writer(file), Some(path.as_ref()), false))
    }

    /// The same for bytes.
    ///
    /// # Errors
    ///
    /// As for [`replace_text`](OpenOptions::replace_text).
    pub fn replace_bytes(&self, path: impl AsRef<Path>) -> Result<BufferedWriter<AtomicFile>> {
        let mode = Mode::binary(FileMode::Write);
        Ok(self.writer(self.replacement(path.as_ref(), mode)?))
    }

    fn replacement(&self, path: &Path, mode: Mode) -> Result<AtomicFile> {
        self.check_buffered(mode)?;
        if self.opener.is_some() {
            return Err(Error::InvalidArgument {
                argument: "opener",
                problem: "a file that is replaced is opened by nobody else",
            });
        }
        AtomicFile::create(path)
    }

    /// Opens a file for reading bytes: `rb`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn read_bytes(&self, path: impl AsRef<Path>) -> Result<BufferedReader<FileIo>> {
        let file = self.raw(path.as_ref(), Mode::binary(FileMode::Read))?;
        Ok(self.reader(file))
    }

    /// Opens a file for writing bytes, created or emptied: `wb`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn write_bytes(&self, path: impl AsRef<Path>) -> Result<BufferedWriter<FileIo>> {
        let file = self.raw(path.as_ref(), Mode::binary(FileMode::Write))?;
        Ok(self.writer(file))
    }

    /// Opens a file for writing bytes at its end: `ab`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn append_bytes(&self, path: impl AsRef<Path>) -> Result<BufferedWriter<FileIo>> {
        let file = self.raw(path.as_ref(), Mode::binary(FileMode::Append))?;
        Ok(self.writer(file))
    }

    /// Creates a file for writing bytes: `xb`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn create_bytes(&self, path: impl AsRef<Path>) -> Result<BufferedWriter<FileIo>> {
        let file = self.raw(path.as_ref(), Mode::binary(FileMode::CreateNew))?;
        Ok(self.writer(file))
    }

    /// Opens a file for reading and writing bytes: `rb+`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn update_bytes(&self, path: impl AsRef<Path>) -> Result<BufferedRandom<FileIo>> {
        self.random(self.raw(path.as_ref(), Mode::binary(FileMode::ReadUpdate))?)
    }

    fn text_writer(&self, path: &Path, mode: FileMode) -> Result<TextWriter> {
        let file = self.raw(path, Mode::text(mode))?;
        let is_at_start = file.began_at_start();
        Ok(self.text_over(self.writer(file), Some(path), is_at_start))
    }

    /// What is appended has the byte order of the mark at the start, which takes a look at it.
    fn go_on_in_order(&self, text: &mut TextWriter, path: &Path) -> Result<()> {
        text.go_on_in_order(|n| {
            let mut first = Vec::new();
            let file = self.touch(path, Mode::text(FileMode::Read))?;
            file.take(n as u64).read_to_end(&mut first)?;
            Ok(first)
        })
    }

    /// The mode, if it is one and goes with the options.
    fn checked(&self, given: &str) -> Result<Mode> {
        let mode = given.parse()?;
        self.check(mode, given)?;
        Ok(mode)
    }

    /// Whether the options go together, and with the mode, which was `given` so.
    fn check(&self, mode: Mode, given: &str) -> Result<()> {
        match self.problem(mode) {
            None => self.text.check(),
            Some(problem) => Err(Error::InvalidMode {
                mode: given.to_owned(),
                problem,
            }),
        }
    }

    /// Why mode and options do not go together, in CPython's order.
    fn problem(&self, mode: Mode) -> Option<ModeProblem> {
        if mode.is_text() {
            return (self.buffering == Buffering::None).then_some(ModeProblem::UnbufferedText);
        }
        let is_by_line = self.text.get_line_buffering() || self.buffering == Buffering::Line;
        let problems = [
            (self.for_text.encoding, ModeProblem::BinaryWithEncoding),
            (self.for_text.errors, ModeProblem::BinaryWithErrors),
            (self.for_text.newline, ModeProblem::BinaryWithNewline),
            (is_by_line, ModeProblem::BinaryWithLineBuffering),
            (self.for_text.others, ModeProblem::BinaryWithTextOptions),
        ];
        let first = problems.into_iter().find(|(is_there, _)| *is_there);
        first.map(|(_, problem)| problem)
    }

    /// Checks everything, and only then touches the file.
    fn raw(&self, path: &Path, mode: Mode) -> Result<FileIo> {
        self.check_buffered(mode)?;
        self.touch(path, mode)
    }

    /// Whether the options go together for a stream with a buffer.
    fn check_buffered(&self, mode: Mode) -> Result<()> {
        self.check(mode, mode.as_str())?;
        if self.buffering == Buffering::None {
            return Err(Error::InvalidArgument {
                argument: "buffering",
                problem: "a buffered stream needs a buffer",
            });
        }
        Ok(())
    }

    /// Opens the file itself; arguments are checked before.
    pub(super) fn touch(&self, path: &Path, mode: Mode) -> Result<FileIo> {
        let opened = match &self.opener {
            Some(opener) => {
                FileIo::open_with(path, mode.file(), |path, options| (opener.0)(path, options))
            }
            None => FileIo::open(path, mode.file()),
        };
        // The raw floor knows no text: its errors would say `rb` of what was opened as `r`.
        let spelling = mode.as_str();
        match opened {
            Ok(file) => Ok(file.spelled(spelling)),
            Err(Error::Open { path, source, .. }) => Err(Error::Open {
                path,
                mode: spelling,
                source,
            }),
            Err(error) => Err(error),
        }
    }

    /// Puts the floors of the mode on the file.
    fn stack(&self, file: FileIo, mode: Mode, path: Option<&Path>) -> Result<Stream> {
        if self.buffering == Buffering::None {
            return Ok(Stream::Raw(file));
        }
        let (text, access) = (mode.is_text(), mode.file());
        let is_at_start = file.began_at_start();
        Ok(match (text, access.readable(), access.writable()) {
            (false, true, true) => Stream::Random(self.random(file)?),
            (false, true, false) => Stream::Reader(self.reader(file)),
            (false, false, _) => Stream::Writer(self.writer(file)),
            (true, true, true) => {
                Stream::TextUpdater(self.text_over(self.random(file)?, path, is_at_start))
            }
            (true, true, false) => {
                Stream::TextReader(self.text_over(self.reader(file), path, is_at_start))
            }
            (true, false, _) => {
                Stream::TextWriter(self.text_over(self.writer(file), path, is_at_start))
            }
        })
    }

    fn reader(&self, file: FileIo) -> BufferedReader<FileIo> {
        match self.buffering {
            Buffering::Size(size) => BufferedReader::with_capacity(size, file),
            _ => BufferedReader::new(file),
        }
    }

    fn writer<D: RawIo>(&self, file: D) -> BufferedWriter<D> {
        match self.buffering {
            Buffering::Size(size) => BufferedWriter::with_capacity(size, file),
            _ => BufferedWriter::new(file),
        }
    }

    fn random(&self, file: FileIo) -> Result<BufferedRandom<FileIo>> {
        match self.buffering {
            Buffering::Size(size) => BufferedRandom::with_capacity(size, file),
            _ => BufferedRandom::new(file),
        }
    }

    /// Text over a buffer of the file at `path`, if it was opened by one.
    /// `is_at_start`: it stands at the start of something that can seek, and need not be asked.
    fn text_over<B: BufferedIo>(
        &self,
        buffer: B,
        path: Option<&Path>,
        is_at_start: bool,
    ) -> TextIoWrapper<B> {
        let by_line = match self.buffering {
            Buffering::Auto => buffer.is_terminal(),
            Buffering::Line => true,
            Buffering::None | Buffering::Size(_) => false,
        };
        let by_line = by_line || self.text.get_line_buffering();
        let options = self.text.line_buffering(by_line);
        let mut text = TextIoWrapper::over(buffer, options, is_at_start);
        if let Some(path) = path {
            text.name_file(path);
        }
        text
    }
}

impl From<TextOptions> for OpenOptions {
    fn from(options: TextOptions) -> OpenOptions {
        OpenOptions::new().text(options)
    }
}

type OpenCall = dyn Fn(&Path, &mut fs::OpenOptions) -> io::Result<File> + Send + Sync;

/// A function of the caller's that opens files.
#[derive(Clone)]
struct FileOpener(Arc<OpenCall>);

impl fmt::Debug for FileOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileOpener")
    }
}

/// How much is buffered (Python: the `buffering` argument).
///
/// # Examples
///
/// ```
/// use iolite::{OpenOptions, Stream};
/// use iolite::open::Buffering;
///
/// let options = OpenOptions::new().buffering(Buffering::None);
/// assert!(matches!(options.open("Cargo.toml", "rb")?, Stream::Raw(_)));
/// assert!(options.open("Cargo.toml", "r").is_err());      // text needs a buffer
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Buffering {
    /// 64 KiB, or the device's block size if that is larger; text on a terminal is line-buffered.
    /// (Python: -1.)
    #[default]
    Auto,
    /// No buffer; binary only. (Python: 0.)
    None,
    /// Text that is flushed with each line. (Python: 1.)
    Line,
    /// A buffer of so many bytes, 1 at least. (Python: any larger number.)
    Size(usize),
}
