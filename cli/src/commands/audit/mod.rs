//! `iolite audit`: which encoding, mark and line ends each file has.
//!
//! What it promises (`tests/audit.rs` holds it to that):
//!
//! - A byte-order mark is believed. Without one, the bytes are looked at: UTF-16 and UTF-32, then
//!   UTF-8 and ASCII, which they are or are not. What is none of these is guessed by chardetng, and
//!   a guess is always called one and said with its confidence.
//! - Line ends are counted by kind, in the text and not in its bytes; mixed ones, a last line without
//!   an end and malformed bytes are named, the latter with line and byte.
//! - A table for people, `--json` for programs, `--places` for editors; `--fail-on` makes it a check,
//!   whose exit status is 1 if a file fails.
//! - Folders are walked, without what .gitignore names; every file is opened once and most are read
//!   once. The rows come in the order of the names, however many threads are at work.
//! - Memory does not grow with the files.
//! - A file that cannot be read is reported on standard error, and the others follow; exit status 2.

mod blocks;
mod check;
mod findings;
mod guess;
mod report;
mod survey;
mod threads;
mod verdict;
mod wide;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use iolite::Result;

use self::check::Check;
use self::report::Report;
use self::verdict::Verdict;
use crate::args::{Json, Tree};
use crate::input::{self, Input, Unreachable};
use crate::messages::{Place, reason, report_at};
use crate::output::Output;
use crate::status::{Failure, Status};

/// Say of each file which encoding, mark and line ends it has.
///
/// The encoding is known by a mark, by the content (UTF-16, UTF-8, ASCII), or it is a guess. How far to
/// trust it is said with it: `certain`, `high` or `low`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files and folders, which are walked; `-` is standard input. Without any: the current folder.
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,

    /// Exit with status 1 if a file has one of these.
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    fail_on: Vec<Check>,

    /// Show only the files that fail.
    #[arg(long, requires = "fail_on")]
    failed: bool,

    /// Print each malformed place as `path:line:byte: what` instead of the table.
    #[arg(long, conflicts_with = "json")]
    places: bool,

    /// How many threads examine files [default: as many as there are processors].
    #[arg(short = 'j', long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    json: Json,
}

/// A file, or what stands in the way of one.
type Found = std::result::Result<PathBuf, Unreachable>;

pub(crate) fn run(args: &Args) -> std::result::Result<Status, Failure> {
    let here = [OsString::from(".")];
    let names = match &*args.files {
        [] => &here[..],
        names => names,
    };
    let tree = Tree {
        recursive: true,
        globs: args.tree.globs.clone(),
        ..args.tree
    };
    let threads = args.threads.or_else(|| available_parallelism().ok());
    let threads = threads.map_or(1, NonZeroUsize::get);
    let mut report = Report::new(args, Output::stdout()?)?;
    threads::in_order(
        input::walk(names, &tree)?,
        threads,
        |found: &Found, buffer| found.as_ref().ok().map(|path| examine(path, buffer)),
        |found, examined| match (found, examined) {
            (Err(unreachable), _) => report.trouble(&unreachable.path, &unreachable.error.into()),
            (Ok(path), Some(Err(error))) => report.trouble(&path, &error),
            (Ok(path), Some(Ok(verdict))) => {
                // Who named no folder sees none.
                let shown = path.strip_prefix("./").unwrap_or(&path);
                let shown = if args.files.is_empty() { shown } else { &path };
                report.file(shown, &verdict)
            }
            (Ok(_), None) => Ok(()),
        },
    )?;
    report.finish()
}

fn examine(path: &std::path::Path, buffer: &mut Vec<u8>) -> Result<Verdict> {
    verdict::examine(Input::new(path).open()?, buffer)
}

/// How many bytes are such ones. The sum of a few goes into a byte, so that the compiler can look at
/// many bytes with one instruction.
fn count(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> usize {
    let sum = |part: &[u8]| {
        part.iter()
            .fold(0, |sum, &byte| sum + u8::from(is_one(byte)))
    };
    bytes.chunks(192).map(|part| usize::from(sum(part))).sum()
}
