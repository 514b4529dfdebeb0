//! [`OpenOptions`]: the arguments of `open`, and a typed call for each kind of stream; [`Buffering`]:
//! how large a buffer is.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::mode::Mode;
use super::stream::{Stream, TextReader, TextUpdater, TextWriter};
use crate::buffered::{BufferedIo, BufferedRandom, BufferedReader, BufferedWriter};
use crate::error::{Error, ModeProblem, Result};
use crate::raw::{FileIo, FileMode};
use crate::text::{Encoding, Newline, OnError, TextIoWrapper, TextOptions};

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
    encoding: Option<Encoding>,
    errors: Option<OnError>,
    newline: Option<Newline>,
    buffering: Buffering,
    line_buffering: bool,
    line_limit: Option<usize>,
    opener: Option<FileOpener>,
}

impl OpenOptions {
    /// UTF-8, strict, [`Newline::Universal`], [`Buffering::Auto`].
    pub fn new() -> OpenOptions {
        OpenOptions::default()
    }

    /// Sets the encoding of text.
    pub fn encoding(mut self, encoding: Encoding) -> OpenOptions {
        self.encoding = Some(encoding);
        self
    }

    /// Sets what happens on malformed bytes and missing characters.
    pub fn errors(mut self, errors: OnError) -> OpenOptions {
        self.errors = Some(errors);
        self
    }

    /// Sets the newline policy.
    pub fn newline(mut self, newline: Newline) -> OpenOptions {
        self.newline = Some(newline);
        self
    }

    /// Sets how much is buffered.
    pub fn buffering(mut self, buffering: Buffering) -> OpenOptions {
        self.buffering = buffering;
        self
    }

    /// Sets whether text is flushed with each line.
    pub fn line_buffering(mut self, line_buffering: bool) -> OpenOptions {
        self.line_buffering = line_buffering;
        self
    }

    /// Sets how long a line may be; see [`TextOptions::line_limit`].
    pub fn line_limit(mut self, limit: Option<usize>) -> OpenOptions {
        self.line_limit = limit;
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

    /// Opens a file in a mode written as Python's.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidMode`] if the mode is none or does not go with the other options, before
    /// anything is touched; [`Error::Open`] with what the system says;
    /// [`Error::Unsupported`] for reading *and* writing something that cannot seek;
    /// [`Error::InvalidArgument`] for [`OnError::Escape`] in an encoding with shifts.
    pub fn open(&self, path: impl AsRef<Path>, mode: &str) -> Result<Stream> {
        let (path, mode) = (path.as_ref(), self.checked(mode)?);
        let mut stream = self.stack(self.touch(path, mode)?, mode)?;
        if let Stream::TextWriter(text) = &mut stream {
            self.go_on_in_order(text, path)?;
        }
        Ok(stream)
    }

    /// Puts a stream on a file that is open already, in a mode written as Python's: at the file's
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
        self.stack(FileIo::from_file(file.into(), mode.file())?, mode)
    }

    /// Opens a file for reading text: `r`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open); so for all calls below.
    pub fn read_text(&self, path: impl AsRef<Path>) -> Result<TextReader> {
        let file = self.raw(path.as_ref(), Mode::text(FileMode::Read))?;
        Ok(self.text(self.reader(file)))
    }

    /// Opens a file for writing text, created or emptied: `w`.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open).
    pub fn write_text(&self, path: impl AsRef<Path>) -> Result<TextWriter> {
        self.text_writer(path.as_ref(), FileMode::Write)
    }

    /// Opens a file for writing text at its end: `a`.
    ///
    /// In `utf-16` and `utf-32` the text goes on in the byte order that the file's mark says: a
    /// file that is not empty is opened a second time, for reading, to look at it.
    ///
    /// # Errors
    ///
    /// As for [`open`](OpenOptions::open), also where that second time fails.
    pub fn append_text(&self, path: impl AsRef<Path>) -> Result<TextWriter> {
        self.text_writer(path.as_ref(), FileMode::Append)
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
        Ok(self.text(self.random(file)?))
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
        let mut text = self.text(self.writer(file));
        self.go_on_in_order(&mut text, path)?;
        Ok(text)
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
        let mode: Mode = given.parse()?;
        match self.problem(mode) {
            None => Ok(mode),
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
        let is_by_line = self.line_buffering || self.buffering == Buffering::Line;
        let problems = [
            (self.encoding.is_some(), ModeProblem::BinaryWithEncoding),
            (self.errors.is_some(), ModeProblem::BinaryWithErrors),
            (self.newline.is_some(), ModeProblem::BinaryWithNewline),
            (is_by_line, ModeProblem::BinaryWithLineBuffering),
        ];
        let first = problems.into_iter().find(|(is_there, _)| *is_there);
        first.map(|(_, problem)| problem)
    }

    /// Checks everything, and only then touches the file.
    fn raw(&self, path: &Path, mode: Mode) -> Result<FileIo> {
        if let Some(problem) = self.problem(mode) {
            return Err(Error::InvalidMode {
                mode: mode.to_string(),
                problem,
            });
        }
        if self.buffering == Buffering::None {
            return Err(Error::InvalidArgument {
                argument: "buffering",
                problem: "a buffered stream needs a buffer",
            });
        }
        self.touch(path, mode)
    }

    fn touch(&self, path: &Path, mode: Mode) -> Result<FileIo> {
        self.text_options().check()?;
        match &self.opener {
            Some(opener) => {
                FileIo::open_with(path, mode.file(), |path, options| (opener.0)(path, options))
            }
            None => FileIo::open(path, mode.file()),
        }
    }

    /// Puts the floors of the mode on the file.
    fn stack(&self, file: FileIo, mode: Mode) -> Result<Stream> {
        if self.buffering == Buffering::None {
            return Ok(Stream::Raw(file));
        }
        let (text, access) = (mode.is_text(), mode.file());
        Ok(match (text, access.readable(), access.writable()) {
            (false, true, true) => Stream::Random(self.random(file)?),
            (false, true, false) => Stream::Reader(self.reader(file)),
            (false, false, _) => Stream::Writer(self.writer(file)),
            (true, true, true) => Stream::TextUpdater(self.text(self.random(file)?)),
            (true, true, false) => Stream::TextReader(self.text(self.reader(file))),
            (true, false, _) => Stream::TextWriter(self.text(self.writer(file))),
        })
    }

    fn reader(&self, file: FileIo) -> BufferedReader<FileIo> {
        match self.buffering {
            Buffering::Size(size) => BufferedReader::with_capacity(size, file),
            _ => BufferedReader::new(file),
        }
    }

    fn writer(&self, file: FileIo) -> BufferedWriter<FileIo> {
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

    fn text<B: BufferedIo>(&self, buffer: B) -> TextIoWrapper<B> {
        let line_buffering = match self.buffering {
            Buffering::Auto => self.line_buffering || buffer.is_terminal(),
            Buffering::Line => true,
            Buffering::None | Buffering::Size(_) => self.line_buffering,
        };
        TextIoWrapper::with_options(buffer, self.text_options().line_buffering(line_buffering))
    }

    fn text_options(&self) -> TextOptions {
        TextOptions::new()
            .encoding(self.encoding.unwrap_or_default())
            .errors(self.errors.unwrap_or_default())
            .newline(self.newline.unwrap_or_default())
            .line_limit(self.line_limit)
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
/// use iolite::{Buffering, OpenOptions, Stream};
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
