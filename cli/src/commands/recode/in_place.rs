//! Files that are converted where they are, also all those of folders.
//!
//! - A file is replaced at once by a whole new one, with owner, group, mode and extended attributes,
//!   or stays as it is: if it cannot be converted to its end, if it is no regular file or a link, if
//!   it has other names (hard links), and if anything of that cannot be kept.
//! - What the conversion leaves as it is, byte for byte, is not touched.
//! - Each file is converted once, by however many names it is given.
//! - Where something is to become UTF-8, a file that is UTF-8 already and has more than ASCII is left
//!   alone and named: converted twice it would be spoilt. `--force` converts it.
//! - INT, TERM and HUP end the work between two files, or leave the one that they meet as it was.

use std::path::Path;

use indicatif::ProgressBar;
use iolite::prelude::*;
use iolite::raw::FileMode;
use iolite::{BufferedReader, Encoding, Error, FileIo, TextIoWrapper, TextOptions};

use super::Args;
use super::convert::{Conversion, Share, Trouble};
use crate::in_place::{Begun, Options, Outcome, Replacement, Tally, Wanted};
use crate::input::walk;
use crate::messages::{Place, reason};
use crate::signals;
use crate::status::{Failure, Status};

pub(super) fn run(args: &Args, conversion: &Conversion) -> Result<Status, Failure> {
    if args.files.is_empty() || args.files.iter().any(|file| file == "-") {
        let why = "recode: --in-place needs files: standard input cannot be replaced";
        return Err(Failure::Request(why.into()));
    }
    signals::watch().map_err(|error| Failure::Request(error.to_string()))?;
    let mut tally = Tally::new(Wanted {
        json: args.json.json,
        quiet: args.quiet,
        dry_run: args.replacing.dry_run,
        summary: args.tree.recursive || args.replacing.dry_run,
    })?;
    let mut status = Status::Fine;
    for file in walk(&args.files, &args.tree)? {
        let (path, outcome) = match file {
            Ok(path) if tally.has_replaced(&path) => (
                path,
                Outcome::Skipped(
                    Place::default(),
                    "it was converted already, by another name".into(),
                ),
            ),
            Ok(path) => {
                let (outcome, share) = replace(&path, args, conversion);
                if share == Share::Part {
                    status = status.and(Status::Differs);
                }
                (path, outcome)
            }
            Err(unreachable) => {
                let error = Error::from(unreachable.error);
                (
                    unreachable.path,
                    Outcome::Failed(Place::default(), reason(&error)),
                )
            }
        };
        if signals::has_stopped() {
            return Err(Failure::Stopped);
        }
        tally.note(&path, &outcome)?;
    }
    Ok(status.and(tally.finish()?))
}

/// Replaces one file.
fn replace(path: &Path, args: &Args, conversion: &Conversion) -> (Outcome, Share) {
    let converts_to_utf_8 = [Encoding::UTF_8, Encoding::UTF_8_SIG].contains(&conversion.to)
        && ![Encoding::UTF_8, Encoding::UTF_8_SIG].contains(&conversion.from);
    let replaced = convert(path, &args.replacing, conversion, || {
        converts_to_utf_8 && !args.force && is_utf_8(path)
    });
    match replaced {
        Ok((outcome, share)) => (outcome, share),
        Err(Trouble::Input(place, error)) => (Outcome::Failed(place, reason(&error)), Share::All),
        Err(Trouble::Output(error)) => (
            Outcome::Failed(Place::default(), reason(&error)),
            Share::All,
        ),
    }
}

fn convert(
    path: &Path,
    options: &Options,
    conversion: &Conversion,
    is_converted: impl Fn() -> bool,
) -> Result<(Outcome, Share), Trouble> {
    let input = |error| Trouble::Input(Place::default(), error);
    let (reader, replacement) = match Replacement::begin(path, options).map_err(input)? {
        Begun::Work(reader, replacement) => (reader, replacement),
        Begun::Skipped(why) => {
            return Ok((Outcome::Skipped(Place::default(), why.into()), Share::All));
        }
    };
    if is_converted() {
        let why = "it is utf-8 already; --force converts it all the same";
        return Ok((Outcome::Skipped(Place::default(), why.into()), Share::All));
    }
    let mut output = conversion.output(replacement);
    let share = conversion.convert(reader, &mut output, &ProgressBar::hidden())?;
    let device = output
        .detach()
        .map_err(|error| Trouble::Output(error.into()))?;
    let device = device
        .detach()
        .map_err(|error| Trouble::Output(error.into()))?;
    let replacement = device.into_inner().ok_or(Trouble::Output(Error::Closed))?;
    let outcome = match replacement.finish().map_err(Trouble::Output)? {
        true => Outcome::Changed,
        false => Outcome::Unchanged,
    };
    Ok((outcome, share))
}

/// Whether a file is UTF-8, and more than ASCII.
fn is_utf_8(path: &Path) -> bool {
    let Ok(file) = FileIo::open(path, FileMode::Read) else {
        return false;
    };
    let options = TextOptions::new().newline(iolite::Newline::Keep);
    let mut text = TextIoWrapper::with_options(BufferedReader::new(file), options);
    let mut is_ascii = true;
    loop {
        match text.fill_str() {
            Ok("") => return !is_ascii,
            Ok(piece) => {
                is_ascii &= piece.is_ascii();
                let n = piece.len();
                text.consume(n);
            }
            Err(_) => return false,
        }
    }
}
