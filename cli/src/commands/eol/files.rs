//! Files in place or to new ones, and standard input as a filter.

use std::fs::{self, FileTimes, Metadata, Permissions};
use std::io::ErrorKind;
use std::path::Path;

use iolite::prelude::*;
use iolite::raw::{AtomicFile, FileMode};
use iolite::{BufferedReader, Error, FileIo, stdio};

use super::Args;
use super::convert::{BUFFER, Conversion, Outcome as Text, Trouble};
use crate::in_place::{Begun, Outcome, Replacement, Tally, Wanted};
use crate::input::{Input, walk};
use crate::messages::{Place, quoted, reason, report_at};
use crate::same_file::written_input;
use crate::signals::{self, Watched};
use crate::status::{Failure, Status};

/// Standard input to standard output.
pub(super) fn filter(conversion: &Conversion) -> Result<Status, Failure> {
    let trouble = |place, what: &str| {
        report_at("-".as_ref(), place, what);
        Ok(Status::Trouble)
    };
    if written_input(&[Input::new("-")], None).is_some() {
        return trouble(Place::default(), "the input is the output, too");
    }
    let outcome = stdio::stdin_bytes().map_err(Trouble::input);
    let outcome = outcome.and_then(|mut input| {
        let output = stdio::stdout_raw().map_err(Trouble::Output)?;
        conversion.convert(&mut *input, output)
    });
    match outcome {
        Ok(Text::Done(mut output)) => output.close().map_err(Failure::output)?,
        Ok(Text::Binary(place, ch)) => return trouble(place, &binary(ch)),
        Err(Trouble::Input(place, error)) => return trouble(place, &reason(&error)),
        Err(Trouble::Output(error)) => return Err(Failure::output(error)),
    }
    Ok(Status::Fine)
}

/// The files of the command line.
pub(super) fn run(args: &Args, conversion: &Conversion) -> Result<Status, Failure> {
    if args.files.iter().any(|file| file == "-") {
        let why = "eol: standard input cannot be replaced: give it alone, without files";
        return Err(Failure::Request(why.into()));
    }
    signals::watch().map_err(|error| Failure::Request(error.to_string()))?;
    let mut tally = Tally::new(Wanted {
        json: args.json.json,
        quiet: args.quiet,
        dry_run: args.replacing.dry_run,
        summary: args.tree.recursive || args.replacing.dry_run,
    })?;
    for pair in args.newfile.chunks_exact(2) {
        let (old, new) = (&pair[0], &pair[1]);
        match write_new(old, new, args, conversion) {
            Err(Trouble::Output(error)) => {
                let outcome = Outcome::Failed(Place::default(), reason(&error));
                note(&mut tally, new, &outcome)?;
            }
            outcome => note(&mut tally, old, &said(outcome))?,
        }
    }
    for file in walk(&args.files, &args.tree)? {
        match file {
            Ok(path) if tally.has_replaced(&path) => {
                note(
                    &mut tally,
                    &path,
                    &skipped("it was converted already, by another name"),
                )?;
            }
            Ok(path) => note(&mut tally, &path, &said(replace(&path, args, conversion)))?,
            Err(unreachable) => {
                let why = reason(&Error::from(unreachable.error));
                let outcome = Outcome::Failed(Place::default(), why);
                note(&mut tally, &unreachable.path, &outcome)?;
            }
        }
    }
    tally.finish()
}

/// Notes what became of a file, unless a signal ended the work on it.
fn note(tally: &mut Tally, path: &Path, outcome: &Outcome) -> Result<(), Failure> {
    if signals::has_stopped() {
        return Err(Failure::Stopped);
    }
    tally.note(path, outcome)
}

fn said(outcome: Result<Outcome, Trouble>) -> Outcome {
    outcome.unwrap_or_else(|trouble| match trouble {
        Trouble::Input(place, error) => Outcome::Failed(place, reason(&error)),
        Trouble::Output(error) => Outcome::Failed(Place::default(), reason(&error)),
    })
}

fn skipped(why: &str) -> Outcome {
    Outcome::Skipped(Place::default(), why.into())
}

/// Converts a file in its place.
fn replace(path: &Path, args: &Args, conversion: &Conversion) -> Result<Outcome, Trouble> {
    let begun = Replacement::begin(path, &args.replacing).map_err(Trouble::input)?;
    let (reader, replacement) = match begun {
        Begun::Work(reader, replacement) => (reader, replacement),
        Begun::Skipped(why) => return Ok(skipped(why)),
    };
    let reader = BufferedReader::with_capacity(BUFFER, reader);
    match conversion.convert(reader, replacement)? {
        Text::Binary(place, ch) => Ok(Outcome::Skipped(place, binary(ch))),
        Text::Done(replacement) => match replacement.finish().map_err(Trouble::Output)? {
            true => Ok(Outcome::Changed),
            false => Ok(Outcome::Unchanged),
        },
    }
}

/// Converts a file into another one, which is made or replaced.
fn write_new(
    old: &Path,
    new: &Path,
    args: &Args,
    conversion: &Conversion,
) -> Result<Outcome, Trouble> {
    let metadata = fs::symlink_metadata(old).map_err(Trouble::input)?;
    if !metadata.is_file() {
        return Ok(skipped("not a regular file"));
    }
    // What is there already is replaced by a regular file, so it has to be one: a link would be
    // gone, and what it points to would stay as it was.
    let replaces = match fs::symlink_metadata(new) {
        Ok(there) if !there.is_file() => {
            let name = quoted(new.as_os_str());
            return Ok(skipped(&format!("{name} is not a regular file")));
        }
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(Trouble::output(error)),
    };
    let reader = FileIo::open(old, FileMode::Read).map_err(Trouble::input)?;
    let reader = BufferedReader::with_capacity(BUFFER, reader);
    if args.replacing.dry_run {
        return Ok(match conversion.convert(reader, std::io::sink())? {
            Text::Binary(place, ch) => Outcome::Skipped(place, binary(ch)),
            Text::Done(_) => Outcome::Changed,
        });
    }
    let mut file = AtomicFile::create(new).map_err(Trouble::Output)?;
    if let Text::Binary(place, ch) = conversion.convert(reader, Watched(&mut file))? {
        return Ok(Outcome::Skipped(place, binary(ch)));
    }
    if let Some(new) = file.get_ref() {
        if !replaces {
            new.set_permissions(without_special_bits(&metadata))
                .map_err(Trouble::output)?;
        }
        if args.replacing.keep_date {
            let modified = metadata.modified().map_err(Trouble::input)?;
            new.set_times(FileTimes::new().set_modified(modified))
                .map_err(Trouble::output)?;
        }
    }
    signals::check().map_err(Trouble::output)?;
    file.close().map_err(Trouble::Output)?;
    Ok(Outcome::Changed)
}

/// The permissions that a copy gets: set-user-ID and its like were meant for the old one's owner.
#[cfg(unix)]
fn without_special_bits(like: &Metadata) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(like.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn without_special_bits(like: &Metadata) -> Permissions {
    like.permissions()
}

fn binary(ch: char) -> String {
    format!("binary, there is U+{:04X}", u32::from(ch))
}
