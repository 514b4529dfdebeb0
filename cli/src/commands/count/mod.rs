//! `iolite count`: lines, words, characters, bytes and the longest line, as GNU `wc` counts them, in any
//! encoding.
//!
//! What it promises (`tests/count.rs` and `tests/beside` hold it to that):
//!
//! - It counts what `-l`, `-w`, `-m`, `-c` and `-L` ask for, else lines, words and bytes, in this order
//!   whatever the order of the flags; several files are followed by a `total`.
//! - It prints what GNU `wc` prints in a UTF-8 locale, column for column; where not, DIFFERENCES.md says
//!   why. What is no text counts as bytes only, as there, unless `--errors` says otherwise.
//! - A mark of UTF-16 or UTF-32 tells the encoding, or `--from` does; bytes are those of the file.
//! - `-`, and no file at all, are standard input, with and without a name.
//! - A file that cannot be opened or read is reported on standard error; the others are counted; the exit
//!   status is 2.
//! - The bytes alone of a plain file are asked of the system, and nothing is read.
//! - `-j` counts the ranges of a regular file with so many threads, where its encoding allows that, and
//!   counts the same.
//! - Memory does not grow with a file, nor with its longest line.
//! - Names are bytes: one that is not UTF-8 is a name like any other; one with a line end is quoted.

mod characters;
mod counts;
mod names;

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io::Write;
use std::num::NonZeroUsize;

use iolite::{Encoding, Error, ErrorPolicy, Newline};
use serde::Serialize;

use self::counts::{Counter, Counts};
use self::names::Names;
use crate::args::Json;
use crate::input::Input;
use crate::json::{self, Bytes};
use crate::messages::{Place, printed, reason, report_at};
use crate::output::Output;
use crate::status::{Failure, Status};

/// Count lines, words, characters and bytes, as wc does, in any encoding.
#[derive(clap::Args)]
#[command(infer_long_args = true)]
pub(crate) struct Args {
    /// Count line ends.
    #[arg(short, long, overrides_with = "lines")]
    lines: bool,

    /// Count words: what stands between white space.
    #[arg(short, long, overrides_with = "words")]
    words: bool,

    /// Count characters.
    #[arg(short = 'm', long, overrides_with = "chars")]
    chars: bool,

    /// Count bytes.
    #[arg(short = 'c', long, overrides_with = "bytes")]
    bytes: bool,

    /// Measure the longest line, in columns of a terminal.
    #[arg(short = 'L', long, overrides_with = "max_line_length")]
    max_line_length: bool,

    /// The encoding, if no mark of UTF-16 or UTF-32 tells it [default: utf-8].
    #[arg(short, long, value_name = "ENCODING")]
    from: Option<Encoding>,

    /// What ends a line: lf, crlf, cr, universal (any of these).
    #[arg(long, value_name = "NAME", default_value = "lf")]
    newline: Newline,

    /// What to do about bytes that are no text: strict (an error), ignore, replace, backslashreplace.
    #[arg(long, value_name = "POLICY", default_value = "ignore")]
    errors: ErrorPolicy,

    /// Count with so many threads.
    #[arg(short = 'j', long, value_name = "N", default_value = "1")]
    threads: NonZeroUsize,

    /// Take the names of the files from a file, each ended by a NUL; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    files0_from: Option<OsString>,

    #[command(flatten)]
    json: Json,

    /// The files; without any, or for `-`, it reads standard input.
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    let mut names = match &args.files0_from {
        None => Names::given(&args.files),
        Some(list) => Names::listed(list)?,
    };
    let wanted = Wanted::of(args);
    let mut run = Run {
        counter: Counter::new(wanted, args),
        width: width(wanted, names.known()),
        wanted,
        as_json: args.json.json,
        out: Output::stdout()?,
        total: Counts::default(),
        files: 0,
        status: Status::Fine,
    };
    loop {
        match names.next() {
            None => break,
            Some(Ok(name)) => run.count(name.as_deref())?,
            Some(Err(problem)) => {
                run.files += 1;
                run.trouble(&problem.name, problem.place, &problem.what)?;
            }
        }
    }
    run.finish()
}

/// What is to be counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    lines: bool,
    words: bool,
    chars: bool,
    bytes: bool,
    longest: bool,
}

impl Wanted {
    fn of(args: &Args) -> Wanted {
        let mut wanted = Wanted {
            lines: args.lines,
            words: args.words,
            chars: args.chars,
            bytes: args.bytes,
            longest: args.max_line_length,
        };
        if wanted.columns() == 0 {
            (wanted.lines, wanted.words, wanted.bytes) = (true, true, true);
        }
        wanted
    }

    fn columns(self) -> usize {
        let Wanted {
            lines,
            words,
            chars,
            bytes,
            longest,
        } = self;
        [lines, words, chars, bytes, longest]
            .map(usize::from)
            .iter()
            .sum()
    }
}

/// `wc`'s column width: the digits of the total size if all inputs are regular files, 7 if one is not, none
/// if there is a single number, or if it is not known which files will come.
fn width(wanted: Wanted, names: Option<&[Option<OsString>]>) -> usize {
    let names = match names {
        None | Some([]) => return 1,
        Some([_]) if wanted.columns() == 1 => return 1,
        Some(names) => names,
    };
    let inputs = names.iter().map(|name| input(name.as_deref()).metadata());
    let known: Vec<Metadata> = inputs.flatten().collect();
    let plain = known.iter().filter(|metadata| metadata.is_file());
    // Sizes that a file system makes up may be any.
    let size = plain.map(Metadata::len).fold(0, u64::saturating_add);
    let least = if known.iter().all(Metadata::is_file) {
        1
    } else {
        7
    };
    size.to_string().len().max(least)
}

/// `None` is standard input without a name.
fn input(name: Option<&OsStr>) -> Input {
    Input::new(name.unwrap_or("-".as_ref()))
}

/// The files that were counted so far, and where the counts go.
struct Run {
    counter: Counter,
    wanted: Wanted,
    width: usize,
    as_json: bool,
    out: Output,
    total: Counts,
    files: u64,
    status: Status,
}

impl Run {
    fn count(&mut self, name: Option<&OsStr>) -> Result<(), Failure> {
        self.files += 1;
        match self.counter.count(&input(name)) {
            Ok(counts) => {
                self.total.add(&counts);
                self.print(&counts, name)
            }
            Err(trouble) => {
                let name = name.unwrap_or("-".as_ref());
                let byte = match &trouble.error {
                    Error::Decode { offset, .. } => Some(*offset),
                    _ => None,
                };
                let line = trouble.line;
                self.trouble(name, Place { line, byte }, &reason(&trouble.error))
            }
        }
    }

    fn trouble(&mut self, name: &OsStr, place: Place, what: &str) -> Result<(), Failure> {
        self.status = Status::Trouble;
        // What was counted so far comes before the message.
        self.out.flush()?;
        report_at(name, place, what);
        Ok(())
    }

    fn print(&mut self, counts: &Counts, name: Option<&OsStr>) -> Result<(), Failure> {
        if self.as_json {
            let object = Object::of(self.wanted, counts, name);
            return json::line(&mut self.out, &object);
        }
        let columns = [
            (self.wanted.lines, counts.lines),
            (self.wanted.words, counts.words),
            (self.wanted.chars, counts.chars),
            (self.wanted.bytes, counts.bytes),
            (self.wanted.longest, counts.longest),
        ];
        let width = self.width;
        let mut row = Vec::new();
        for (_, count) in columns.iter().filter(|(wanted, _)| *wanted) {
            if !row.is_empty() {
                row.push(b' ');
            }
            row.extend_from_slice(format!("{count:width$}").as_bytes());
        }
        if let Some(name) = name {
            row.push(b' ');
            row.extend_from_slice(&printed(name));
        }
        row.push(b'\n');
        self.out.write_all(&row).map_err(Failure::output)
    }

    fn finish(mut self) -> Result<Status, Failure> {
        if self.files > 1 && !self.as_json {
            let total = std::mem::take(&mut self.total);
            self.print(&total, Some("total".as_ref()))?;
        }
        self.out.close()?;
        Ok(self.status)
    }
}

/// What `--json` prints for a file. Without a total: whoever reads it can add.
#[derive(Serialize)]
struct Object<'a> {
    path: Bytes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chars: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_line_length: Option<u64>,
}

impl<'a> Object<'a> {
    fn of(wanted: Wanted, counts: &Counts, name: Option<&'a OsStr>) -> Object<'a> {
        Object {
            path: Bytes::name(name.unwrap_or("-".as_ref())),
            lines: wanted.lines.then_some(counts.lines),
            words: wanted.words.then_some(counts.words),
            chars: wanted.chars.then_some(counts.chars),
            bytes: wanted.bytes.then_some(counts.bytes),
            max_line_length: wanted.longest.then_some(counts.longest),
        }
    }
}
