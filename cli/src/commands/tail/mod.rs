//! `iolite tail`: prints the last lines of files, and what is appended to them, in any encoding.
//!
//! What it promises (`cli/tests/tail.rs` holds it to that, beside GNU `tail`):
//!
//! - Prints the last 10 lines, or what `-n` and `-c` ask for; with `+`, all from that line or byte on.
//! - Of a file only the end is read, in bounded memory; of a pipe, and in an encoding that can be read only
//!   from the start, the last lines are kept while it is read.
//! - Several files have headers, as with `-v`; none with `-q`. Where nothing is asked for (`-n 0` without
//!   `-f`) no file is looked at.
//! - `-f` follows open files, `-F` their names: over a rotation, a deletion, and until a file appears.
//! - A file that was cut is read from its start again. Every change is reported on standard error.
//! - A character that a write has cut in two is printed when it is whole.
//! - A mark of UTF-16 or UTF-32 says how a file is read, or `--from` does, with `--newline` and `--errors`;
//!   a new mark after a rotation. What is printed is UTF-8. Malformed bytes
//!   come out as they are, where the encoding allows that, so that UTF-8 is printed byte for byte.
//! - `-c` counts the bytes of the file; half a character at that place is malformed.
//! - A file that cannot be opened or read is reported and the others are printed; exit status 2.
//! - When nobody reads the output any more, it ends quietly.

#[cfg_attr(not(target_os = "linux"), path = "file_events_none.rs")]
mod file_events;
mod options;
mod tailed;

use std::ffi::OsStr;
use std::io::Write;

use self::file_events::FileEvents;
use self::options::Options;
use self::tailed::{Tailed, cannot_open};
use crate::encoded_text;
use crate::messages::{reason, report, shown};
use crate::output::Output;
use crate::status::{Failure, Status};

pub(crate) use self::options::Args;

/// Prints the ends of all files, then what is appended.
pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    let options = Options::of(args)?;
    if options.prints_nothing() {
        return Ok(Status::Fine);
    }
    let mut out = Printed::new(&options)?;
    let mut followed = Vec::new();
    let mut status = Status::Fine;
    for (number, name) in options.files.iter().enumerate() {
        match Tailed::open(number, name, &options, &mut out) {
            Ok(file) => {
                if !file.is_there() {
                    status = Status::Trouble;
                }
                if options.follow.is_some() && file.can_be_followed() {
                    followed.push(file);
                }
            }
            Err(Problem::Output(failure)) => return Err(failure),
            Err(Problem::Input(error)) => {
                status = Status::Trouble;
                out.flush()?;
                report(&failed(name, &error));
            }
        }
        out.flush()?;
    }
    if options.follow.is_some() {
        follow(&options, &mut followed, &mut out)?;
    }
    out.out.close()?;
    Ok(status)
}

/// Prints what is appended, until the files cannot be read any more or the output cannot be written.
fn follow(options: &Options, files: &mut Vec<Tailed>, out: &mut Printed) -> Result<(), Failure> {
    let events = FileEvents::of_folders(files.iter().filter_map(Tailed::path));
    while !files.is_empty() {
        let mut outcome = Ok(());
        files.retain_mut(|file| match file.print_more(out) {
            Ok(()) => true,
            Err(Problem::Output(failure)) => {
                outcome = Err(failure);
                false
            }
            Err(Problem::Input(error)) => {
                report(&failed(file.name(), &error));
                false
            }
        });
        outcome?;
        out.flush()?;
        events.wait(options.interval);
    }
    report("no files remaining");
    Ok(())
}

/// The message of a file that could not be opened or read.
fn failed(name: &OsStr, error: &iolite::Error) -> String {
    match error {
        iolite::Error::Open { .. } => cannot_open(name, error),
        error => format!("{}: {}", shown(name), reason(error)),
    }
}

/// Which side failed.
enum Problem {
    Input(iolite::Error),
    Output(Failure),
}

/// Standard output, and whose text was printed last.
struct Printed {
    out: Output,
    has_headers: bool,
    last: Option<usize>,
}

impl Printed {
    fn new(options: &Options) -> Result<Printed, Failure> {
        Ok(Printed {
            out: Output::stdout()?,
            has_headers: options.has_headers,
            last: None,
        })
    }

    /// Prints whose text follows, unless it was the same file's before: its number and its name.
    fn header(&mut self, number: usize, title: &str) -> Result<(), Failure> {
        if !self.has_headers || self.last == Some(number) {
            return Ok(());
        }
        let gap = if self.last.is_some() { "\n" } else { "" };
        self.last = Some(number);
        writeln!(self.out, "{gap}==> {title} <==").map_err(Failure::output)
    }

    fn print(&mut self, number: usize, title: &str, text: &str) -> Result<(), Problem> {
        // What was escaped when it was read is written as the bytes it was.
        let text = encoded_text::shown(text);
        let printed = self.header(number, title);
        let printed = printed.and_then(|()| self.out.write_all(&text).map_err(Failure::output));
        printed.map_err(Problem::Output)
    }

    /// Says something on standard error, after what was printed so far.
    fn report(&mut self, message: &str) -> Result<(), Problem> {
        self.flush().map_err(Problem::Output)?;
        report(message);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush()
    }
}
