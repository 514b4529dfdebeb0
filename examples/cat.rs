//! Puts files one behind the other on standard output, as GNU `cat` does.
//!
//! `cargo run --release --example cat -- README.md - SPEC.md`, where `-` is standard input, as is
//! no file at all. `-u` is ignored. A file that cannot be read is reported, the others follow,
//! and the exit status is 1.
//!
//! All the work is in [`iolite::copy`]: from file to file, or from file to pipe, the bytes do not
//! pass through this process.

#[path = "support/messages.rs"]
mod messages;
#[path = "support/same_file.rs"]
mod same_file;

use std::env;
use std::ffi::OsString;
use std::io::{ErrorKind, Seek};
use std::process::ExitCode;

use iolite::{CopySide, Error, FileIo, FileMode, IoBase, copy, stdio};

use crate::messages::{print, quoted, reason, report};
use crate::same_file::FileId;

fn main() -> ExitCode {
    let files = match files(env::args_os().skip(1)) {
        Ok(Some(files)) => files,
        Ok(None) => return print("cat", "usage: cat [-u] [FILE...]"),
        Err(option) => {
            report(&format!("cat: unknown option '{}'", option.display()));
            return ExitCode::FAILURE;
        }
    };
    match run(&files) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Nobody reads any more.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("cat: write error: {}", reason(&error)));
            ExitCode::FAILURE
        }
    }
}

/// The files that are asked for, `None` for a call for help, or the option that does not exist.
fn files(arguments: impl Iterator<Item = OsString>) -> Result<Option<Vec<OsString>>, OsString> {
    let (mut files, mut options) = (Vec::new(), true);
    for argument in arguments {
        match argument.to_str() {
            Some("--") if options => options = false,
            Some("-u") if options => {}
            Some("--help") if options => return Ok(None),
            Some(option) if options && option.len() > 1 && option.starts_with('-') => {
                return Err(argument);
            }
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        files.push("-".into());
    }
    Ok(Some(files))
}

/// Copies all files; `false` if one of them could not be read. An error is the output's.
fn run(files: &[OsString]) -> Result<bool, Error> {
    let mut output = stdio::stdout_raw()?;
    let mut all_read = true;
    for name in files {
        match put(name, &mut output) {
            Ok(()) => {}
            Err(Problem::Output(error)) => return Err(error),
            Err(Problem::Input(reason)) => {
                report(&format!("cat: {}: {reason}", quoted(name)));
                all_read = false;
            }
        }
    }
    output.close()?;
    Ok(all_read)
}

/// What went wrong with one file: with this one only, or with the output and so with all.
enum Problem {
    Input(String),
    Output(Error),
}

fn put(name: &OsString, output: &mut FileIo) -> Result<(), Problem> {
    let input = |error: Error| Problem::Input(reason(&error));
    let mut file = match name.to_str() {
        Some("-") => stdio::stdin_raw(),
        _ => FileIo::open(name, FileMode::Read),
    }
    .map_err(input)?;
    if grows_itself(&mut file, output) {
        return Err(Problem::Input("input file is output file".to_owned()));
    }
    match copy(&mut file, output) {
        Ok(_) => Ok(()),
        Err(error) if error.failed == CopySide::Target => Err(Problem::Output(error.source)),
        Err(error) => Err(input(error.source)),
    }
}

/// Whether there is something to read from the very file that is written: that would never end.
fn grows_itself(input: &mut FileIo, output: &FileIo) -> bool {
    let metadata = |file: &FileIo| file.get_ref().and_then(|file| file.metadata().ok());
    let (Some(from), Some(to)) = (metadata(input), metadata(output)) else {
        return false;
    };
    let same = FileId::of(&from).is_some() && FileId::of(&from) == FileId::of(&to);
    same && input.stream_position().is_ok_and(|at| at < from.len())
}
