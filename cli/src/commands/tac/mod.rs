//! `iolite tac`: prints the lines of files from the last to the first.
//!
//! What it promises (`cli/tests/tac.rs` holds it to that, beside GNU `tac`):
//!
//! - Prints what GNU `tac` prints, byte for byte, also of what is no text; each file by itself.
//! - `-s` is another text that ends records (empty: the character of value 0), `-b` says that it begins
//!   them.
//! - A mark of UTF-16 or UTF-32 says how a file is read, or `--from` does; what is printed is UTF-8. A mark
//!   that the encoding drops is not printed. Malformed bytes come out as they are, where the encoding allows that.
//! - Memory does not grow with the file, nor with its longest line. What cannot be read from its end (a
//!   pipe, an encoding with shifts) is kept in memory up to 16 MiB, else in a file without a name in the
//!   folder for temporary files.
//! - What is appended to a file meanwhile is not printed, so a file can be appended to itself. One that
//!   is cut meanwhile is reported.
//! - A file that cannot be read is reported and the others are printed; exit status 2.
//! - When nobody reads the output any more, it ends quietly.

mod records;
mod source;

use std::ffi::OsString;

use iolite::{Encoding, Error};

use self::records::{Records, Separator, Writing};
use self::source::{Source, SourceText};
use crate::args::InputEncoding;
use crate::input::Input;
use crate::messages::{Place, reason, report_at};
use crate::output::Output;
use crate::status::{Failure, Status};

/// Print the lines of files from the last to the first.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The separator stands before each record, not after it.
    #[arg(short, long)]
    before: bool,

    /// What separates records, instead of the line end; nothing is the character of value 0.
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    separator: Option<OsString>,

    #[command(flatten)]
    encoding: InputEncoding,

    /// The files; without any, or for `-`, it reads standard input.
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
}

/// Which side failed.
enum Problem {
    Input(Error),
    Output(Failure),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::Input(error)
    }
}

pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    let separator = args.separator()?;
    let mut out = Output::stdout()?;
    let mut status = Status::Fine;
    for input in Input::all(&args.files) {
        match tac(args, &separator, &input, &mut out) {
            Ok(()) => {}
            Err(Problem::Output(failure)) => return Err(failure),
            Err(Problem::Input(error)) => {
                out.flush()?;
                report_at(input.name(), Place::default(), &reason(&error));
                status = Status::Trouble;
            }
        }
    }
    out.close()?;
    Ok(status)
}

impl Args {
    /// What separates records, as UTF-8; of a file in UTF-8 it may be any bytes.
    fn separator(&self) -> Result<Vec<u8>, Failure> {
        let bytes = match &self.separator {
            None => b"\n",
            Some(none) if none.is_empty() => b"\0",
            Some(separator) => separator.as_encoded_bytes(),
        };
        let from = self.encoding.from.unwrap_or(Encoding::UTF_8);
        if from != Encoding::UTF_8 && std::str::from_utf8(bytes).is_err() {
            let why = "tac: a separator that is not UTF-8 is for files in UTF-8 only";
            return Err(Failure::Request(why.into()));
        }
        Ok(bytes.to_vec())
    }
}

fn tac(args: &Args, separator: &[u8], input: &Input, out: &mut Output) -> Result<(), Problem> {
    let source = Source::open(input.open()?, args.encoding.from, separator)?;
    let SourceText {
        text,
        needle,
        is_utf_8,
    } = source.text;
    let separator = Separator {
        needle,
        text: separator,
        is_before: args.before,
    };
    let writing = if is_utf_8 {
        Writing::AsIs
    } else {
        Writing::Decoded(text)
    };
    Records::new(source.bytes, source.begin, source.size, separator, writing).print(out)
}
