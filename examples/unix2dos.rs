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

use std::ffi::OsString;
use std::fs::{self, File, FileTimes};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use iolite::prelude::*;
use iolite::{
    BufferedReader, BufferedWriter, Encoding, Error, FileIo, FileMode, LineEnding, Newline, Result,
    TextIoWrapper, TextOptions, stdio,
};
use tempfile::NamedTempFile;

const USAGE: &str = "usage: unix2dos [--to dos|unix] [-f] [-k] [-q] [-n IN OUT] [FILE...]
  --to dos|unix  the line ends wanted; by default what the program is called after
  -f             convert binary files, too
  -k             keep the time of the last change
  -q             say nothing
  -n IN OUT      write a new file and leave the old one alone";

/// How much of a file is looked at to know its encoding.
const MARK: usize = 2;

fn main() -> ExitCode {
    let job = match Job::parse(lexopt::Parser::from_env()) {
        Ok(Some(job)) => job,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match job.run() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
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
    /// This character is none that a text has.
    Binary(char),
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
            return match self.filter() {
                Ok(Outcome::Binary(ch)) => self.report("standard input", &binary(ch)),
                Ok(_) => true,
                Err(error) => self.report("standard input", &error.to_string()),
            };
        }
        let done = self.files.iter().map(|(old, new)| {
            let name = old.display().to_string();
            match self.convert_file(old, new) {
                Ok(None) => true,
                Ok(Some(skipped)) => {
                    self.report(&name, &skipped);
                    true
                }
                Err(error) => self.report(&name, &error.to_string()),
            }
        });
        // All of them, also behind one that failed.
        done.fold(true, |all, one| all & one)
    }

    /// Converts standard input to standard output.
    fn filter(&self) -> Result<Outcome> {
        self.convert(stdio::stdin_bytes()?, stdio::stdout_raw()?)
    }

    /// Says what happened, unless nothing is to be said; always `false`.
    fn report(&self, name: &str, what: &str) -> bool {
        if !self.quiet {
            eprintln!("{name}: {what}");
        }
        false
    }

    /// Converts a file; or says why it was skipped.
    fn convert_file(&self, old: &Path, new: &Path) -> Result<Option<String>> {
        let metadata = fs::symlink_metadata(old)?;
        if !metadata.is_file() {
            return Ok(Some("skipped: not a regular file".into()));
        }
        // In the folder of the file that it will replace: a file can be renamed only within a
        // file system, and then at once.
        let folder = new.parent().filter(|path| !path.as_os_str().is_empty());
        let draft = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let input = BufferedReader::new(FileIo::open(old, FileMode::Read)?);
        let output = FileIo::from_file(draft.reopen()?, FileMode::Write)?;
        match self.convert(input, output)? {
            Outcome::Binary(ch) => return Ok(Some(binary(ch))),
            Outcome::Same if old == new => return Ok(None),
            Outcome::Same | Outcome::Changed => {}
        }
        let file = draft.as_file();
        file.set_permissions(metadata.permissions())?;
        if self.keep_time {
            file.set_times(FileTimes::new().set_modified(metadata.modified()?))?;
        }
        // Its bytes have to be on the disk before its name is.
        file.sync_all()?;
        draft.persist(new).map_err(|error| error.error)?;
        sync_folder(folder.unwrap_or(Path::new(".")))?;
        Ok(None)
    }

    /// Copies text with the line ends that are wanted.
    fn convert(&self, mut input: impl BufferedIo, output: impl RawIo) -> Result<Outcome> {
        let encoding = match input.peek(MARK)? {
            [0xff, 0xfe] | [0xfe, 0xff] => Encoding::UTF_16,
            // Each byte as a character, and back: whatever stands over ASCII stays as it is.
            _ => Encoding::LATIN_1,
        };
        let big_endian = input.peek(MARK)?.starts_with(b"\xfe\xff");
        let options = TextOptions::new().encoding(encoding).newline(Newline::Keep);
        let mut text = TextIoWrapper::with_options(input, options);
        let mut writer = BufferedWriter::new(output);
        let options = match big_endian {
            true => {
                writer.write_all(b"\xfe\xff")?;
                options.encoding(Encoding::UTF_16BE)
            }
            false => options,
        };
        let mut converted = TextIoWrapper::with_options(writer, options);
        let mut outcome = Outcome::Same;
        loop {
            // A piece never ends between the two halves of a line end.
            let piece = text.fill_str()?;
            if piece.is_empty() {
                break;
            }
            if let Some(ch) = piece.chars().find(|&ch| is_binary(ch))
                && !self.binary_too
            {
                return Ok(Outcome::Binary(ch));
            }
            for line in piece.split_inclusive('\n') {
                let unended = line.strip_suffix('\n').unwrap_or(line);
                let unended = match unended.len() < line.len() {
                    true => unended.strip_suffix('\r').unwrap_or(unended),
                    false => unended,
                };
                let ending = match unended.len() < line.len() {
                    true => self.wanted.as_str(),
                    false => "",
                };
                if &line[unended.len()..] != ending {
                    outcome = Outcome::Changed;
                }
                converted.write_str(unended)?;
                converted.write_str(ending)?;
            }
            let n = piece.len();
            text.consume(n);
        }
        converted.close()?;
        Ok(outcome)
    }
}

/// Control characters that no text has.
fn is_binary(ch: char) -> bool {
    ch < ' ' && !matches!(ch, '\t' | '\n' | '\r' | '\x0c')
}

fn binary(ch: char) -> String {
    format!("skipped: binary, there is U+{:04X} in it", u32::from(ch))
}

/// The new name is on the disk when the folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<(), Error> {
    Ok(File::open(folder)?.sync_all()?)
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<(), Error> {
    Ok(())
}
