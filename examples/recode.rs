//! Converts text from one encoding to another, as `iconv` does, and newlines with it if asked.
//!
//! ```text
//! cargo run --release --example recode -- -f latin-1 -t utf-8 [-c] [--newline NAME] [-o FILE]
//!     [FILE…]
//! ```
//!
//! Without a file, or for `-`, it reads standard input. What comes before an error is written; the
//! error names the byte of the input that it is about. Memory does not grow with the input, nor
//! with its longest line.

#[path = "support/messages.rs"]
mod messages;
#[cfg(unix)]
#[path = "support/same_file.rs"]
mod same_file;

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
#[cfg(unix)]
use std::io::Seek;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::LazyLock;

use indicatif::{ProgressBar, ProgressStyle};
use iolite::prelude::*;
use iolite::{
    Adapter, BufferedReader, BufferedWriter, Encoding, Error, FileIo, FileMode, Newline, OnError,
    Result, TextIoWrapper, TextOptions, stdio,
};

use crate::messages::{print, quoted, reason, report};
#[cfg(unix)]
use crate::same_file::FileId;

const USAGE: &str =
    "usage: recode [-f ENCODING] [-t ENCODING] [-c] [--newline NAME] [-o FILE] [FILE...]
  -f ENCODING     what the input is in; utf-8 if it is not said
  -t ENCODING     what the output is in; utf-8 if it is not said
  -c              leave out what cannot be converted (and exit with status 1)
  --newline NAME  end each line, whatever ended it, with lf, crlf or cr
  -o FILE         write there, not to standard output";

/// Inputs from this size on, in bytes, have a progress bar, if somebody can see it.
const WORTH_A_BAR: u64 = 64 << 20;

fn main() -> ExitCode {
    let job = match Job::parse(lexopt::Parser::from_env()) {
        Ok(Some(job)) => job,
        Ok(None) => return print("recode", USAGE),
        Err(error) => {
            report(&format!("recode: {error}\n{USAGE}"));
            return ExitCode::FAILURE;
        }
    };
    match job.run() {
        Ok(true) => ExitCode::SUCCESS,
        // Whoever was reading has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let name = job
                .output
                .as_deref()
                .map_or("standard output".into(), quoted);
            report(&format!("recode: {name}: {}", reason(&error)));
            ExitCode::FAILURE
        }
    }
}

struct Job {
    from: Encoding,
    to: Encoding,
    leave_out: bool,
    newline: Option<Newline>,
    output: Option<OsString>,
    inputs: Vec<OsString>,
}

type Output = TextIoWrapper<BufferedWriter<Adapter<LateFile>>>;

/// The output, which is not made or emptied before there is something to write.
struct LateFile {
    /// `None` is standard output.
    path: Option<OsString>,
    file: Option<FileIo>,
}

impl LateFile {
    fn open(&mut self) -> Result<&mut FileIo> {
        let file = match (self.file.take(), &self.path) {
            (Some(file), _) => file,
            (None, Some(path)) => FileIo::open(path, FileMode::Write)?,
            (None, None) => stdio::stdout_raw()?,
        };
        Ok(self.file.insert(file))
    }

    /// Closes the file. Where nothing was written it is made all the same, if it `should_be`.
    fn close(&mut self, should_be: bool) -> Result<()> {
        if should_be {
            self.open()?;
        }
        self.file.as_mut().map_or(Ok(()), FileIo::close)
    }
}

impl Write for LateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), FileIo::flush)
    }
}

/// Whose fault it was that a file could not be converted to its end.
enum Failure {
    Input(Error),
    Output(Error),
}

impl Job {
    /// `None` is a call for help.
    fn parse(mut args: lexopt::Parser) -> Result<Option<Job>, lexopt::Error> {
        use lexopt::prelude::*;
        let mut job = Job {
            from: Encoding::UTF_8,
            to: Encoding::UTF_8,
            leave_out: false,
            newline: None,
            output: None,
            inputs: Vec::new(),
        };
        while let Some(arg) = args.next()? {
            match arg {
                Short('f') | Long("from") => job.from = args.value()?.parse()?,
                Short('t') | Long("to") => job.to = args.value()?.parse()?,
                Short('c') => job.leave_out = true,
                Long("newline") => job.newline = Some(args.value()?.parse()?),
                Short('o') | Long("output") => job.output = Some(args.value()?),
                Short('h') | Long("help") => return Ok(None),
                Value(input) => job.inputs.push(input),
                _ => return Err(arg.unexpected()),
            }
        }
        if job.inputs.is_empty() {
            job.inputs.push("-".into());
        }
        Ok(Some(job))
    }

    /// Converts everything; whether all of it could be.
    fn run(&self) -> Result<bool> {
        if let Some(input) = self.written_input() {
            report(&format!(
                "recode: {}: the input is the output, too",
                quoted(input)
            ));
            return Ok(false);
        }
        let mut output = self.output();
        let progress = self.progress();
        let mut all = true;
        for input in &self.inputs {
            match self.convert(input, &mut output, &progress) {
                Ok(whole) => all &= whole,
                Err(Failure::Output(error)) => return Err(error),
                Err(Failure::Input(error)) => {
                    // What was converted so far comes before the message.
                    output.flush()?;
                    let name = if input == "-" {
                        "standard input".into()
                    } else {
                        quoted(input)
                    };
                    progress.suspend(|| report(&format!("recode: {name}: {}", reason(&error))));
                    all = false;
                    // After an error in the text iconv stops; after a missing file it goes on.
                    if !matches!(error, Error::Open { .. }) {
                        break;
                    }
                }
            }
        }
        progress.finish_and_clear();
        // All that is pending is written by this, and the file below is closed by hand: only so
        // what closing it says is heard.
        let mut device = output.detach()?.detach()?;
        if let Some(late) = device.get_mut() {
            late.close(all)?;
        }
        Ok(all)
    }

    fn output(&self) -> Output {
        let device = Adapter::writer(LateFile {
            path: self.output.clone(),
            file: None,
        });
        // A line that is to end otherwise is written with `\n` here, which this turns into that.
        let newline = self.newline.unwrap_or(Newline::Keep);
        let options = TextOptions::new().encoding(self.to).newline(newline);
        let buffer = BufferedWriter::with_capacity(64 * 1024, device);
        TextIoWrapper::with_options(buffer, options)
    }

    /// The input that is the output as well, under any name: what is to be read would be emptied
    /// or, where the output is appended to, would never end.
    #[cfg(unix)]
    fn written_input(&self) -> Option<&OsString> {
        let output = match &self.output {
            Some(path) => fs::metadata(path).ok(),
            None => stdio::stdout_raw().ok().and_then(|file| metadata(&file)),
        };
        let output = FileId::of(&output?)?;
        self.inputs.iter().find(|input| {
            let (found, at) = if *input == "-" {
                let stdin = stdio::stdin_raw();
                let at =
                    stdin.and_then(|mut stdin| Ok((metadata(&stdin), stdin.stream_position()?)));
                at.unwrap_or((None, 0))
            } else {
                (fs::metadata(input).ok(), 0)
            };
            // Standard output may be where an input has been read to its end, as `cat` allows it.
            found.is_some_and(|file| {
                let unread = self.output.is_some() || at < file.len();
                unread && FileId::of(&file) == Some(output)
            })
        })
    }

    /// The same where files have no numbers: by the paths that all names lead to. Hard links and
    /// standard streams are not seen through.
    #[cfg(not(unix))]
    fn written_input(&self) -> Option<&OsString> {
        let real = |path: &OsString| fs::canonicalize(path).ok();
        let output = self.output.as_ref().and_then(real)?;
        let mut inputs = self.inputs.iter();
        inputs.find(|input| *input != "-" && real(input).as_ref() == Some(&output))
    }

    /// A bar for all the bytes of the input, if their number is known, large, and of interest.
    fn progress(&self) -> ProgressBar {
        static STYLE: LazyLock<ProgressStyle> = LazyLock::new(|| {
            let parts = "{bar:40} {bytes} of {total_bytes} ({binary_bytes_per_sec}, {eta} left)";
            ProgressStyle::with_template(parts).unwrap_or_else(|_| ProgressStyle::default_bar())
        });
        let size = |input: &OsString| {
            let metadata = if input == "-" {
                stdio::stdin_raw().ok()?.get_ref()?.metadata().ok()
            } else {
                fs::metadata(input).ok()
            };
            metadata.filter(Metadata::is_file).map(|file| file.len())
        };
        let total: Option<u64> = self.inputs.iter().map(size).sum();
        // Text on a terminal leaves no place for a bar.
        let hidden_by_text = self.output.is_none() && io::stdout().is_terminal();
        match total {
            Some(total)
                if total >= WORTH_A_BAR && io::stderr().is_terminal() && !hidden_by_text =>
            {
                ProgressBar::new(total).with_style(STYLE.clone())
            }
            _ => ProgressBar::hidden(),
        }
    }

    /// Converts one input; whether nothing had to be left out.
    fn convert(
        &self,
        input: &OsStr,
        output: &mut Output,
        progress: &ProgressBar,
    ) -> Result<bool, Failure> {
        let device = if input == "-" {
            stdio::stdin_raw()
        } else {
            FileIo::open(input, FileMode::Read)
        };
        let device = device.map_err(Failure::Input)?;
        // Line ends are translated by reading, if they are to be others, else by nobody.
        let newline = match self.newline {
            Some(_) => Newline::Universal,
            None => Newline::Keep,
        };
        let options = TextOptions::new().encoding(self.from).newline(newline);
        let buffer = BufferedReader::with_capacity(64 * 1024, device);
        let mut text = TextIoWrapper::with_options(buffer, options.errors(OnError::Strict));
        let mut whole = true;
        let mut last = 0;
        loop {
            let piece = match text.fill_str() {
                Ok("") => return Ok(whole),
                Ok(piece) => piece,
                // The malformed bytes are passed: asking again goes on behind them.
                Err(Error::Decode { .. }) if self.leave_out => {
                    whole = false;
                    continue;
                }
                Err(error) => return Err(Failure::Input(error)),
            };
            let taken = match output.write_str(piece) {
                Ok(()) => piece.len(),
                Err(Error::Encode { offset, ch, .. }) => {
                    output
                        .write_str(&piece[..offset])
                        .map_err(Failure::Output)?;
                    if !self.leave_out {
                        text.consume(offset);
                        return Err(Failure::Input(unwritable(self.to, &text, ch)));
                    }
                    whole = false;
                    offset + ch.len_utf8()
                }
                Err(error) => return Err(Failure::Output(error)),
            };
            text.consume(taken);
            progress.inc(text.byte_offset() - last);
            last = text.byte_offset();
        }
    }
}

/// What the system knows about an open file.
#[cfg(unix)]
fn metadata(file: &FileIo) -> Option<Metadata> {
    file.get_ref()?.metadata().ok()
}

/// The error about the character that comes next in `text`.
fn unwritable<B: BufferedIo>(to: Encoding, text: &TextIoWrapper<B>, ch: char) -> Error {
    let place = text.byte_offset();
    let encoding = to.name();
    let code = u32::from(ch);
    let message = format!("{encoding} has no {ch:?} (U+{code:04X}), byte {place} of the input");
    io::Error::new(ErrorKind::InvalidData, message).into()
}
