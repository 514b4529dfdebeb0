//! `iolite cat`: puts files one behind the other on standard output.
//!
//! What it promises (`cli/tests/cat.rs` holds it to that, beside GNU `cat`):
//!
//! - Prints what GNU `cat` prints, byte for byte, with `-A -b -e -E -n -s -t -T -u -v`.
//! - Without these options and without `--from` the bytes do not pass through this process, where the
//!   system can copy them from one file to the other.
//! - With `--from` files are read in that encoding and printed as UTF-8; `-v` then shows control
//!   characters and malformed bytes, and leaves all other characters as they are.
//! - A file that is also the output is reported, and not copied without end, whatever its name is.
//! - A file that cannot be read is reported and the others follow; exit status 2.
//! - Memory does not grow with the files. What comes is printed before it waits for more.
//! - When nobody reads the output any more, it ends quietly.

mod marked;

use std::ffi::OsString;
use std::io::{Read, Seek, Write};

use iolite::copy::CopySide;
use iolite::prelude::*;
use iolite::{
    BufferedReader, Encoding, Error, ErrorPolicy, FileIo, Newline, TextIoWrapper, TextOptions, copy,
};

use self::marked::{Marked, Marks, Numbers};
use crate::encoded_text::shown;
use crate::input::Input;
use crate::messages::{Place, reason, report_at};
use crate::output::Output;
use crate::same_file::FileId;
use crate::status::{Failure, Status};

/// Put files one behind the other on standard output, in any encoding.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The same as -vET.
    #[arg(short = 'A', long)]
    show_all: bool,

    /// Number the lines that are not empty.
    #[arg(short = 'b', long)]
    number_nonblank: bool,

    /// The same as -vE.
    #[arg(short = 'e')]
    ends_and_nonprinting: bool,

    /// Show `$` at the end of each line.
    #[arg(short = 'E', long)]
    show_ends: bool,

    /// Number all lines.
    #[arg(short = 'n', long)]
    number: bool,

    /// Of several empty lines one behind the other print one.
    #[arg(short = 's', long)]
    squeeze_blank: bool,

    /// The same as -vT.
    #[arg(short = 't')]
    tabs_and_nonprinting: bool,

    /// Show tabs as ^I.
    #[arg(short = 'T', long)]
    show_tabs: bool,

    /// What is always so: nothing is kept waiting.
    #[arg(short = 'u')]
    unbuffered: bool,

    /// Show control characters and other bytes as ^X and M-x, but for tabs and line ends.
    #[arg(short = 'v', long)]
    show_nonprinting: bool,

    /// The encoding of the files, by its Python, IANA or WHATWG name; without it they are bytes.
    #[arg(short = 'f', long = "from", value_name = "ENCODING")]
    from: Option<Encoding>,

    /// The files; without any, or for `-`, it reads standard input.
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
}

/// What went wrong with one file: with this one only, or with the output and so with all.
enum Problem {
    Input(String),
    Output(Failure),
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem::Output(failure)
    }
}

pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    let mut cat = Cat {
        from: args.from,
        marked: Marked::new(args.marks()),
        room: Vec::new(),
        out: Output::stdout()?,
    };
    let mut status = Status::Fine;
    for input in Input::all(&args.files) {
        match cat.put(&input) {
            Ok(()) => {}
            Err(Problem::Output(failure)) => return Err(failure),
            Err(Problem::Input(reason)) => {
                cat.out.flush()?;
                report_at(input.name(), Place::default(), &reason);
                status = Status::Trouble;
            }
        }
    }
    cat.marked.finish(&mut cat.room);
    cat.print()?;
    cat.out.close()?;
    Ok(status)
}

impl Args {
    fn marks(&self) -> Marks {
        let numbers = match (self.number_nonblank, self.number) {
            (true, _) => Numbers::NotEmpty,
            (_, true) => Numbers::All,
            _ => Numbers::None,
        };
        let nonprinting = self.show_all || self.ends_and_nonprinting || self.tabs_and_nonprinting;
        Marks {
            numbers,
            squeezes: self.squeeze_blank,
            ends: self.show_all || self.show_ends || self.ends_and_nonprinting,
            tabs: self.show_all || self.show_tabs || self.tabs_and_nonprinting,
            nonprinting: nonprinting || self.show_nonprinting,
        }
    }
}

/// A run of the command.
struct Cat {
    from: Option<Encoding>,
    marked: Marked,
    /// What is to be printed.
    room: Vec<u8>,
    out: Output,
}

impl Cat {
    fn put(&mut self, input: &Input) -> Result<(), Problem> {
        let failed = |error: Error| Problem::Input(reason(&error));
        let mut file = input.open().map_err(failed)?;
        if grows_itself(&mut file, self.out.stream().get_ref()) {
            return Err(Problem::Input("input file is output file".to_owned()));
        }
        match self.from {
            Some(encoding) => self.put_text(file, encoding),
            None if self.marked.marks() == Marks::default() => {
                match copy(&mut file, self.out.stream()) {
                    Ok(_) => Ok(()),
                    Err(error) if error.failed == CopySide::Target => {
                        Err(Problem::Output(Failure::output(error.source)))
                    }
                    Err(error) => Err(failed(error.source)),
                }
            }
            None => self.put_bytes(file),
        }
    }

    fn put_bytes(&mut self, mut file: FileIo) -> Result<(), Problem> {
        let mut block = vec![0; 64 * 1024];
        loop {
            let n = file
                .read(&mut block)
                .map_err(|error| Problem::Input(reason(&error.into())))?;
            if n == 0 {
                return Ok(());
            }
            self.marked.push(&block[..n], &mut self.room);
            self.print()?;
            // More may not come for long.
            if n < block.len() {
                self.out.flush()?;
            }
        }
    }

    fn put_text(&mut self, file: FileIo, encoding: Encoding) -> Result<(), Problem> {
        let failed = |error: Error| Problem::Input(reason(&error));
        // Bytes cannot be kept as they are where shifts say what they mean.
        let errors = if encoding.is_splittable() {
            ErrorPolicy::Escape
        } else {
            ErrorPolicy::Replace
        };
        let options = TextOptions::new()
            .encoding(encoding)
            .errors(errors)
            .newline(Newline::Lf);
        let mut text = TextIoWrapper::with_options(BufferedReader::new(file), options);
        loop {
            let piece = text.fill_str().map_err(failed)?;
            if piece.is_empty() {
                return Ok(());
            }
            if self.marked.marks().nonprinting {
                self.marked.push_text(piece, &mut self.room);
            } else {
                self.marked.push(&shown(piece), &mut self.room);
            }
            let n = piece.len();
            text.consume(n);
            self.print()?;
            if n < 16 * 1024 {
                self.out.flush()?;
            }
        }
    }

    fn print(&mut self) -> Result<(), Failure> {
        self.out.write_all(&self.room).map_err(Failure::output)?;
        self.room.clear();
        Ok(())
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
