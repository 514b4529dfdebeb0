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

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind, IsTerminal};
use std::process::ExitCode;
use std::sync::LazyLock;

use indicatif::{ProgressBar, ProgressStyle};
use iolite::prelude::*;
use iolite::{
    BufferedReader, BufferedWriter, Encoding, Error, FileIo, FileMode, Newline, OnError, Result,
    TextIoWrapper, TextOptions, stdio,
};

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
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("recode: {error}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match job.run() {
        Ok(true) => ExitCode::SUCCESS,
        // Whoever was reading has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("recode: output: {error}");
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

type Output = TextIoWrapper<BufferedWriter<Box<dyn RawIo>>>;

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
        let mut output = self.open_output()?;
        let progress = self.progress();
        let mut all = true;
        for input in &self.inputs {
            let name = match input == "-" {
                true => "standard input".into(),
                false => input.display().to_string(),
            };
            match self.convert(input, &mut output, &progress) {
                Ok(whole) => all &= whole,
                Err(Failure::Output(error)) => return Err(error),
                Err(Failure::Input(error)) => {
                    // What was converted so far comes before the message.
                    output.flush()?;
                    progress.suspend(|| eprintln!("recode: {name}: {error}"));
                    all = false;
                    // Behind an error in the text iconv stops; behind a missing file it goes on.
                    if !matches!(error, Error::Open { .. }) {
                        break;
                    }
                }
            }
        }
        progress.finish_and_clear();
        output.close()?;
        Ok(all)
    }

    fn open_output(&self) -> Result<Output> {
        let device: Box<dyn RawIo> = match &self.output {
            Some(path) if self.inputs.iter().any(|input| same_file(input, path)) => {
                return Err(Error::InvalidArgument {
                    argument: "output",
                    problem: "one of the inputs, which it would empty",
                });
            }
            Some(path) => Box::new(FileIo::open(path, FileMode::Write)?),
            None => Box::new(stdio::stdout_raw()?),
        };
        // A line that is to end otherwise is written with `\n` here, which this turns into that.
        let newline = self.newline.unwrap_or(Newline::Keep);
        let options = TextOptions::new().encoding(self.to).newline(newline);
        let buffer = BufferedWriter::with_capacity(64 * 1024, device);
        Ok(TextIoWrapper::with_options(buffer, options))
    }

    /// A bar for all the bytes of the input, if their number is known, large, and of interest.
    fn progress(&self) -> ProgressBar {
        static STYLE: LazyLock<ProgressStyle> = LazyLock::new(|| {
            let parts = "{bar:40} {bytes} of {total_bytes} ({binary_bytes_per_sec}, {eta} left)";
            ProgressStyle::with_template(parts).unwrap_or_else(|_| ProgressStyle::default_bar())
        });
        let sizes = self.inputs.iter().map(|input| match input == "-" {
            true => None,
            false => fs::metadata(input).ok().filter(fs::Metadata::is_file),
        });
        let total: Option<u64> = sizes.map(|known| known.map(|file| file.len())).sum();
        match total {
            Some(total) if total >= WORTH_A_BAR && io::stderr().is_terminal() => {
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
        let device: Box<dyn RawIo> = match input == "-" {
            true => Box::new(stdio::stdin_raw().map_err(Failure::Input)?),
            false => Box::new(FileIo::open(input, FileMode::Read).map_err(Failure::Input)?),
        };
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

/// Whether two paths lead to one file that exists.
fn same_file(one: &OsStr, other: &OsStr) -> bool {
    let real = |path: &OsStr| fs::canonicalize(path).ok();
    one != "-" && real(one).is_some_and(|path| Some(path) == real(other))
}

/// The error about the character that comes next in `text`.
fn unwritable<B: BufferedIo>(to: Encoding, text: &TextIoWrapper<B>, ch: char) -> Error {
    let place = text.byte_offset();
    let encoding = to.name();
    let code = u32::from(ch);
    let message = format!("{encoding} has no {ch:?} (U+{code:04X}), byte {place} of the input");
    io::Error::new(ErrorKind::InvalidData, message).into()
}
