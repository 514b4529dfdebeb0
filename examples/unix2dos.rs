//! Gives text files the line ends of DOS, or of Unix, in place: `unix2dos` and `dos2unix` in one.
//!
//! ```text
//! cargo run --release --example unix2dos -- [--to dos|unix] [-f] [-k] [-q] [-n IN OUT] [FILE…]
//! ```
//!
//! Under the name `dos2unix` it converts to Unix. A file is replaced at once, by a whole new one,
//! or stays as it is: binary files, files that need no change, anything but regular files, and
//! files that cannot be read or written to their end. Without a file it converts standard input.
//!
//! Only `\r\n` and `\n` are line ends here; a lone `\r` is left alone. The encoding stays: UTF-8 and
//! every other encoding over ASCII, and UTF-16 with a byte-order mark, which is kept.

#[path = "support/draft.rs"]
mod draft;
#[path = "support/messages.rs"]
mod messages;

use std::ffi::OsString;
use std::fs::{self, FileTimes, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use iolite::prelude::*;
use iolite::{
    BufferedReader, BufferedWriter, Encoding, Error, FileIo, FileMode, LineEnding, Newline, Result,
    TextIoWrapper, TextOptions, stdio,
};

use crate::draft::Draft;
use crate::messages::{print, quoted, reason, report};

const USAGE: &str = "usage: unix2dos [--to dos|unix] [-f] [-k] [-q] [-n IN OUT] [FILE...]
  --to dos|unix  the line ends wanted; by default what the program is called after
  -f             convert binary files, too
  -k             keep the time of the last change
  -q             say nothing
  -n IN OUT      write a new file and leave the old one alone";

/// How much of a file is looked at to know its encoding: the longest byte-order mark.
const MARK: usize = 4;

fn main() -> ExitCode {
    let job = match Job::parse(lexopt::Parser::from_env()) {
        Ok(Some(job)) => job,
        Ok(None) => return print("unix2dos", USAGE),
        Err(error) => {
            report(&format!("unix2dos: {error}\n{USAGE}"));
            return ExitCode::FAILURE;
        }
    };
    if job.run() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

struct Job {
    wanted: LineEnding,
    binary_too: bool,
    keep_time: bool,
    quiet: bool,
    /// Files, and where they go.
    files: Vec<(PathBuf, PathBuf)>,
}

/// What became of a text.
enum Outcome {
    Changed,
    Same,
    /// There is a character in it that no text has. What is before it was written.
    Binary(Place),
}

/// Where a character is that no text has.
struct Place {
    ch: char,
    line: u64,
    /// Where it begins, in bytes from the start of the file.
    byte: u64,
}

/// Which side of a conversion failed.
enum Failure {
    Input(Error),
    Output(Error),
}

impl Job {
    /// `None` is a call for help.
    fn parse(mut args: lexopt::Parser) -> Result<Option<Job>, lexopt::Error> {
        use lexopt::prelude::*;
        let mut job = Job {
            wanted: match args.bin_name() {
                Some(name) if name.contains("dos2unix") => LineEnding::Lf,
                _ => LineEnding::CrLf,
            },
            binary_too: false,
            keep_time: false,
            quiet: false,
            files: Vec::new(),
        };
        while let Some(arg) = args.next()? {
            match arg {
                Long("to") => {
                    job.wanted = args.value()?.parse_with(|name| match name {
                        "dos" => Ok(LineEnding::CrLf),
                        "unix" => Ok(LineEnding::Lf),
                        _ => Err("neither dos nor unix"),
                    })?;
                }
                Short('f') | Long("force") => job.binary_too = true,
                Short('k') | Long("keepdate") => job.keep_time = true,
                Short('q') | Long("quiet") => job.quiet = true,
                Short('n') | Long("newfile") => {
                    let (old, new): (OsString, OsString) = (args.value()?, args.value()?);
                    job.files.push((old.into(), new.into()));
                }
                Short('h') | Long("help") => return Ok(None),
                Value(file) => job.files.push((file.clone().into(), file.into())),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Some(job))
    }

    /// Converts everything; whether all of it could be.
    fn run(&self) -> bool {
        if self.files.is_empty() {
            return self.filter();
        }
        let done = self.files.iter().map(|(old, new)| {
            let name = quoted(old.as_os_str());
            match self.convert_file(old, new) {
                Ok(None) => true,
                Ok(Some(skipped)) => {
                    self.report(&name, &skipped);
                    true
                }
                Err(Failure::Input(error)) => self.report(&name, &reason(&error)),
                Err(Failure::Output(error)) => {
                    self.report(&quoted(new.as_os_str()), &reason(&error))
                }
            }
        });
        // All of them, also after one that failed.
        done.fold(true, |all, one| all & one)
    }

    /// Converts standard input to standard output; whether all of it could be.
    fn filter(&self) -> bool {
        let input = stdio::stdin_bytes().map_err(Failure::Input);
        let outcome = input.and_then(|input| {
            let output = stdio::stdout_raw().map_err(Failure::Output)?;
            self.convert(input, output)
        });
        match outcome {
            Ok(Outcome::Same | Outcome::Changed) => true,
            Ok(Outcome::Binary(place)) => self.report("standard input", &binary(&place)),
            Err(Failure::Input(error)) => self.report("standard input", &reason(&error)),
            // Whoever was reading has seen enough.
            Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => true,
            Err(Failure::Output(error)) => self.report("standard output", &reason(&error)),
        }
    }

    /// Says what happened, unless nothing is to be said; always `false`.
    fn report(&self, name: &str, what: &str) -> bool {
        if !self.quiet {
            report(&format!("unix2dos: {name}: {what}"));
        }
        false
    }

    /// Converts a file; or says why it was skipped.
    fn convert_file(&self, old: &Path, new: &Path) -> Result<Option<String>, Failure> {
        let metadata = fs::symlink_metadata(old).map_err(input)?;
        if !metadata.is_file() {
            return Ok(Some("skipped: not a regular file".into()));
        }
        // What is there already is replaced by a regular file, so it has to be one: a link would
        // be gone, and what it points to would stay as it was.
        let replaced = match fs::symlink_metadata(new) {
            Ok(there) if !there.is_file() => {
                let name = quoted(new.as_os_str());
                return Ok(Some(format!("skipped: {name} is not a regular file")));
            }
            Ok(there) => Some(there),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(output(error)),
        };
        let reader =
            BufferedReader::new(FileIo::open(old, FileMode::Read).map_err(Failure::Input)?);
        let draft = Draft::beside(new).map_err(output)?;
        let writer = FileIo::from_file(draft.file().try_clone().map_err(output)?, FileMode::Write)
            .map_err(Failure::Output)?;
        match self.convert(reader, writer)? {
            Outcome::Binary(place) => return Ok(Some(binary(&place))),
            Outcome::Same if old == new => return Ok(None),
            Outcome::Same | Outcome::Changed => {}
        }
        self.dress(&draft, &metadata, replaced.as_ref())
            .and_then(|()| draft.put_in_place(new))
            .map_err(output)?;
        Ok(None)
    }

    /// Gives the new file the owner and the mode of the one it replaces. If the owner cannot be
    /// kept, nothing is replaced: the file would be somebody else's.
    fn dress(
        &self,
        draft: &Draft,
        from: &Metadata,
        replaced: Option<&Metadata>,
    ) -> std::io::Result<()> {
        let file = draft.file();
        match replaced {
            Some(there) => {
                draft::keep_owner(file, there)?;
                // After the owner: a change of owner takes the set-user-ID bit away.
                file.set_permissions(there.permissions())?;
            }
            None => file.set_permissions(draft::without_special_bits(from))?,
        }
        if self.keep_time {
            file.set_times(FileTimes::new().set_modified(from.modified()?))?;
        }
        Ok(())
    }

    /// Copies text with the line ends that are wanted.
    fn convert(&self, mut reader: impl BufferedIo, device: impl RawIo) -> Result<Outcome, Failure> {
        let mark = reader.peek(MARK).map_err(Failure::Input)?;
        let encoding = match Encoding::detect(mark, Encoding::LATIN_1) {
            // Each byte as a character, and back: whatever stands over ASCII stays as it is.
            (Encoding::UTF_8_SIG, _) => Encoding::LATIN_1,
            // The mark is text, so that it is written again.
            (encoding, _) => encoding.keeping_mark(mark),
        };
        let options = TextOptions::new().encoding(encoding).newline(Newline::Keep);
        let mut text = TextIoWrapper::with_options(reader, options);
        let mut converted = TextIoWrapper::with_options(BufferedWriter::new(device), options);
        let (mut changed, mut lines) = (false, 1);
        loop {
            // A piece never ends between the two halves of a line end.
            let piece = match text.fill_str() {
                Ok(piece) => piece,
                Err(error) => {
                    // What came before is good, and goes out before the message.
                    converted.flush().map_err(Failure::Output)?;
                    return Err(Failure::Input(error));
                }
            };
            if piece.is_empty() {
                break;
            }
            let binary = piece.find(is_binary).filter(|_| !self.binary_too);
            let good = binary.unwrap_or(piece.len());
            for line in piece[..good].split_inclusive('\n') {
                let unended = line.strip_suffix('\n').unwrap_or(line);
                let is_ended = unended.len() < line.len();
                let unended = if is_ended {
                    unended.strip_suffix('\r').unwrap_or(unended)
                } else {
                    unended
                };
                let ending = if is_ended { self.wanted.as_str() } else { "" };
                changed |= &line[unended.len()..] != ending;
                lines += u64::from(is_ended);
                converted.write_str(unended).map_err(Failure::Output)?;
                converted.write_str(ending).map_err(Failure::Output)?;
            }
            let ch = piece[good..].chars().next();
            text.consume(good);
            if let Some(ch) = ch {
                converted.flush().map_err(Failure::Output)?;
                return Ok(Outcome::Binary(Place {
                    ch,
                    line: lines,
                    byte: text.byte_offset(),
                }));
            }
        }
        converted.close().map_err(Failure::Output)?;
        Ok(if changed {
            Outcome::Changed
        } else {
            Outcome::Same
        })
    }
}

fn input(error: std::io::Error) -> Failure {
    Failure::Input(error.into())
}

fn output(error: std::io::Error) -> Failure {
    Failure::Output(error.into())
}

/// Control characters that no text has.
fn is_binary(ch: char) -> bool {
    ch < ' ' && !matches!(ch, '\t' | '\n' | '\r' | '\x0c')
}

fn binary(place: &Place) -> String {
    let Place { ch, line, byte } = place;
    let code = u32::from(*ch);
    format!("skipped: binary, there is U+{code:04X} in line {line}, byte {byte}")
}
