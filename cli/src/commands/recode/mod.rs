//! `iolite recode`: text from one encoding to another, as `iconv` does, and its line ends if asked.
//!
//! What it promises (`cli/tests/recode.rs` and `cli/tests/in_place.rs` hold it to that):
//!
//! - `-f` and `-t` name the encodings; what is written is what GNU `iconv` writes, byte for byte,
//!   where both have the same tables. UTF-16 is the exception where no byte-order mark is read:
//!   that is an error here, and host order there.
//! - What comes before the first error is written; the error names line and byte of the input; exit
//!   status 2.
//! - With `-c` malformed bytes and characters that the output lacks are left out, without a
//!   message; exit status 1. `//IGNORE` behind an encoding is the same. `--errors` writes something
//!   else in their place; exit status 0.
//! - Line ends are changed only by `--newline`, marks only by the encodings.
//! - Files are converted one behind the other, `-` is standard input; a missing one is reported and
//!   the others go on. `-o` names the output, which may be none of the inputs.
//! - An unknown option, encoding or newline is reported; exit status 2.
//! - When nobody reads the output any more, it ends quietly; when the output cannot be written, it
//!   says so and names it; exit status 2.
//! - Memory does not grow with the input, nor with its longest line.
//! - An input of 64 MiB or more has a progress bar, on a terminal only, and not where the text goes
//!   to one.
//! - An output that is also an input, by any name or as a standard stream, is refused and stays as
//!   it is. (Where files have no numbers, as on Windows: by any path, but not through hard links
//!   and standard streams.) (Standard output may be an input that is read to its end already.)
//! - The output is made or emptied when there is something to write, or when all inputs were read
//!   and there was nothing.
//! - A message that cannot be printed changes nothing for the other files.
//! - `--in-place` replaces each file at once by a whole new one, or leaves it: see the head of
//!   `in_place`, beside this. With `-r` it does so in folders.

mod convert;
mod in_place;
mod stream;

use std::ffi::OsString;
use std::io::Write;
use std::str::FromStr;

use iolite::{Encoding, ErrorPolicy, Newline};

use crate::args::{Json, Tree};
use crate::in_place::Options;
use crate::output::Output;
use crate::status::{Failure, Status};

use self::convert::{Conversion, Unconvertible};

/// Convert text from one encoding to another, as iconv does; also in place and over folders.
///
/// Standard input or the files go to standard output, or with -o to a file. With --in-place each file
/// is replaced by a whole new one, or stays as it is if it cannot be converted to its end.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What the input is in, by its Python, IANA or WHATWG name.
    #[arg(
        short,
        long,
        alias = "from-code",
        value_name = "ENCODING",
        default_value = "utf-8"
    )]
    from: Named,

    /// What the output is in; with //IGNORE behind it the same as -c.
    #[arg(
        short,
        long,
        alias = "to-code",
        value_name = "ENCODING",
        default_value = "utf-8"
    )]
    to: Named,

    /// Leave out what cannot be converted (and exit with status 1).
    #[arg(short = 'c', conflicts_with = "errors")]
    leave_out: bool,

    /// What to do with what cannot be converted: strict, ignore, replace, backslashreplace,
    /// xmlcharrefreplace or escape, as in Python.
    #[arg(long, value_name = "POLICY")]
    errors: Option<ErrorPolicy>,

    /// End each line, whatever ended it, with lf, crlf or cr.
    #[arg(long, value_name = "NAME")]
    newline: Option<Newline>,

    /// Write there, not to standard output.
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    output: Option<OsString>,

    /// List the encodings.
    #[arg(short, long)]
    list: bool,

    /// Replace the files by what they become.
    #[arg(short, long)]
    in_place: bool,

    /// Convert what looks converted already: UTF-8, where another encoding is to become UTF-8.
    #[arg(long, requires = "in_place")]
    force: bool,

    /// Say nothing but errors.
    #[arg(short, long, alias = "silent", short_alias = 's')]
    quiet: bool,

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

/// An encoding as `iconv` names it: what to do with characters that it lacks may stand behind it.
#[derive(Clone, Copy)]
struct Named {
    encoding: Encoding,
    leave_out: bool,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(name: &str) -> Result<Named, String> {
        let (name, suffixes) = name.split_once("//").unwrap_or((name, ""));
        let encoding = name
            .parse()
            .map_err(|error: iolite::Error| error.to_string())?;
        let mut leave_out = false;
        for suffix in suffixes.split("//").filter(|suffix| !suffix.is_empty()) {
            match suffix.to_ascii_uppercase().as_str() {
                "IGNORE" => leave_out = true,
                "TRANSLIT" => return Err(NO_TRANSLIT.into()),
                _ => return Err(format!("//{suffix} is unknown: //IGNORE is there")),
            }
        }
        Ok(Named {
            encoding,
            leave_out,
        })
    }
}

/// Why there is no `//TRANSLIT`.
const NO_TRANSLIT: &str = "there is no //TRANSLIT: which letters stand for another one differs from \
    language to language (ä is ae in German and a in Finnish), and nobody can tell afterwards; \
    --errors xmlcharrefreplace or backslashreplace write what can be read back";

pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    if args.list {
        return list();
    }
    let only_in_place = [
        (args.replacing.dry_run, "--dry-run"),
        (args.replacing.backup.is_some(), "--backup"),
        (args.replacing.keep_date, "--keep-date"),
        (args.tree.recursive, "--recursive"),
        (args.json.json, "--json"),
    ];
    let without = only_in_place
        .iter()
        .find(|(is_given, _)| *is_given && !args.in_place);
    if let Some((_, option)) = without {
        return Err(Failure::Request(format!(
            "recode: {option} needs --in-place"
        )));
    }
    let conversion = Conversion {
        from: args.from.encoding,
        to: args.to.encoding,
        newline: args.newline,
        unconvertible: match args.errors {
            Some(policy) => Unconvertible::Policy(policy),
            None if args.leave_out || args.from.leave_out || args.to.leave_out => {
                Unconvertible::LeftOut
            }
            None => Unconvertible::Policy(ErrorPolicy::Strict),
        },
    };
    if args.in_place {
        in_place::run(args, &conversion)
    } else {
        stream::run(args, &conversion)
    }
}

/// All encodings, one a line.
fn list() -> Result<Status, Failure> {
    let mut out = Output::stdout()?;
    let mut names: Vec<_> = Encoding::all().map(Encoding::name).collect();
    names.sort_unstable();
    for name in names {
        writeln!(out, "{name}").map_err(Failure::output)?;
    }
    out.close()?;
    Ok(Status::Fine)
}
