//! `iolite eol`: the line ends of Unix, DOS or old Macs, as `dos2unix` and its kin give them.
//!
//! What it promises (`cli/tests/eol.rs` and `cli/tests/in_place.rs` hold it to that):
//!
//! - Every `\n` and `\r\n` becomes the line end that is wanted, in place.
//! - A lone `\r` is left alone, unless `--cr` makes it a line end, too.
//! - The encoding stays: whatever stands over ASCII byte for byte, and UTF-16 and UTF-32 in the
//!   order of their byte-order mark; marks stay. `--encoding` names one that cannot be seen.
//! - A file with control characters is binary and stays as it is, unless `--force` is given.
//! - A file is replaced at once by a whole new one with its owner, group, mode and extended
//!   attributes, or not touched: if any of these cannot be kept, or if it has other names.
//! - Anything but regular files is skipped, symbolic links too, also as the output of `-n`.
//! - A file that cannot be converted to its end stays as it is and is reported, and the others go
//!   on; exit status 2.
//! - `-n` writes a new file, `-k` keeps the time of the last change.
//! - Without a file it converts standard input.
//! - A new file is the user's, without set-user-ID and its like.
//! - As a filter it passes on what comes before a character or byte that it cannot convert, and
//!   says in which line and at which byte that is; exit status 2.
//! - A message names the side that failed. A reader that goes away ends it quietly, and a message
//!   that cannot be printed changes nothing.
//! - Whatever ends the program leaves the old file or the new one and, on Linux, nothing beside it.
//! - `-i` converts nothing and says which line ends, mark and kind of content each file has.

mod convert;
mod files;
mod info;
mod lines;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;
use iolite::Encoding;
use iolite::text::LineEnding;

use crate::args::{Json, Tree};
use crate::in_place::Options;
use crate::status::{Failure, Status};

use self::convert::Conversion;
use self::lines::LineEnds;

/// Give text files the line ends of Unix, DOS or old Macs, as dos2unix and its kin do.
///
/// Files are replaced, each by a whole new one, or stay as they are. Without a file, standard input
/// goes to standard output.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The line ends that are wanted.
    #[arg(short, long, value_enum, required_unless_present = "info")]
    to: Option<Ends>,

    /// Take a lone carriage return for a line end, too.
    #[arg(long)]
    cr: bool,

    /// The encoding, where it has no mark and does not stand over ASCII: utf-16-le, cp037 …
    #[arg(short, long, value_name = "ENCODING")]
    encoding: Option<Encoding>,

    /// Convert binary files, too.
    #[arg(short, long)]
    force: bool,

    /// Say nothing but errors.
    #[arg(short, long)]
    quiet: bool,

    /// Write a new file and leave the old one alone.
    #[arg(short, long, num_args = 2, value_names = ["IN", "OUT"], action = clap::ArgAction::Append)]
    newfile: Vec<PathBuf>,

    /// Convert nothing, and say what each file has: line ends of DOS, Unix and Macs, mark, text or
    /// binary. FLAGS as for dos2unix: d u m b t show these alone, h a heading, p no folders,
    /// 0 ends with NUL, c only the names of files that --to would convert.
    #[arg(short, long, value_name = "FLAGS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    info: Option<info::Flags>,

    #[command(flatten)]
    replacing: Options,

    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    json: Json,

    /// The files; without any, or for `-`, standard input.
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
}

/// Line ends by their usual names.
#[derive(Clone, Copy, ValueEnum)]
enum Ends {
    #[value(alias = "lf")]
    Unix,
    #[value(alias = "crlf")]
    Dos,
    #[value(alias = "cr")]
    Mac,
}

pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    let wanted = args.to.map(|ends| match ends {
        Ends::Unix => LineEnding::Lf,
        Ends::Dos => LineEnding::CrLf,
        Ends::Mac => LineEnding::Cr,
    });
    if let Some(flags) = &args.info {
        return info::run(args, flags, wanted);
    }
    let Some(wanted) = wanted else {
        return Err(Failure::Request("eol: --to is needed".into()));
    };
    let conversion = Conversion {
        ends: LineEnds::new(wanted, args.cr),
        encoding: args.encoding,
        binary_too: args.force,
    };
    if args.newfile.is_empty() && (args.files.is_empty() || args.files == ["-"]) {
        return files::filter(&conversion);
    }
    files::run(args, &conversion)
}
