//! `iolite hex`: shows the bytes of files, and beside them the characters that they are.
//!
//! What it promises (`cli/tests/hex.rs` holds it to that, beside `xxd`):
//!
//! - The layout is that of `xxd`, with its options `-c -g -l -s -u -d`; of ASCII, and with
//!   `--from ascii` of any file, every line is the same.
//! - Each byte has one cell in the column of characters: a character stands at its first byte, and `·`
//!   in the cells of its bytes that it does not cover. A character that is wider than its bytes, and one
//!   that shows nothing, is `.`, as is a malformed byte; a combining mark stands on `◌`.
//! - `--from` says what the encoding is; without it the byte-order mark does, else it is UTF-8.
//! - Characters are those of the whole file, also where `-s` skips its start, in encodings whose bytes
//!   mean what the bytes before them say; in others a character that is cut there is malformed.
//! - `--json` has an object for each row, with the place of each character and of malformed bytes.
//! - Memory does not grow with the file. Nothing of a file is sent to the terminal that moves its cursor
//!   or changes the order of what is written.
//! - A file that cannot be read is reported, and the exit status is 2.

mod cells;
mod characters;
mod rows;

use std::ffi::OsString;
use std::io::{self, Read, Seek, SeekFrom};

use iolite::{Encoding, Error, FileIo, Result};

use self::characters::Characters;
use self::rows::{Layout, Rows};
use crate::args::Json;
use crate::encoded_text::EncodedText;
use crate::input::Input;
use crate::messages::{Place, reason, report_at};
use crate::output::Output;
use crate::status::{Failure, Status};

/// Show the bytes of files, and beside them the characters that they are, in any encoding.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many bytes a row has.
    #[arg(short, long, value_name = "NUM", default_value_t = 16,
        value_parser = clap::value_parser!(u16).range(1..=4096))]
    cols: u16,

    /// How many bytes stand together; 0: all of a row.
    #[arg(short, long, value_name = "NUM", default_value_t = 2)]
    groupsize: u16,

    /// Show so many bytes, and no more.
    #[arg(short, long, value_name = "NUM", value_parser = number)]
    len: Option<u64>,

    /// Begin at this byte; with `-` before it so many bytes before the end.
    #[arg(short, long, value_name = "NUM", default_value = "0", allow_hyphen_values = true,
        value_parser = signed)]
    seek: i64,

    /// Use capital letters.
    #[arg(short, long)]
    uppercase: bool,

    /// Show places in decimal digits.
    #[arg(short, long)]
    decimal: bool,

    /// The encoding, by its Python, IANA or WHATWG name; without it the mark says it, else it is UTF-8.
    #[arg(short = 'f', long = "from", value_name = "ENCODING")]
    from: Option<Encoding>,

    #[command(flatten)]
    json: Json,

    /// The file; without one, or for `-`, it reads standard input. Of several each has a heading.
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
}

/// How many bytes may be needed to know what the last one is: of the longest characters there are 8.
const LONGEST: usize = 16;

/// A number as `xxd` takes it: decimal, or hexadecimal after `0x`.
fn number(text: &str) -> std::result::Result<u64, std::num::ParseIntError> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    }
}

fn signed(text: &str) -> std::result::Result<i64, String> {
    let (digits, sign) = match text.strip_prefix('-') {
        Some(digits) => (digits, -1),
        None => (text.strip_prefix('+').unwrap_or(text), 1),
    };
    let number = number(digits).map_err(|error| error.to_string())?;
    let number = i64::try_from(number).map_err(|error| error.to_string())?;
    Ok(sign * number)
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

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem::Output(failure)
    }
}

pub(crate) fn run(args: &Args) -> std::result::Result<Status, Failure> {
    let mut out = Output::stdout()?;
    let mut status = Status::Fine;
    let has_names = args.files.len() > 1;
    for (number, input) in Input::all(&args.files).iter().enumerate() {
        match show(args, input, (number, has_names), &mut out) {
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

fn show(
    args: &Args,
    input: &Input,
    (number, has_name): (usize, bool),
    out: &mut Output,
) -> std::result::Result<(), Problem> {
    let mut file = input.open()?;
    let layout = Layout {
        columns: usize::from(args.cols),
        group: usize::from(args.groupsize),
        uppercase: args.uppercase,
        decimal: args.decimal,
        json: args.json.json,
    };
    let mut block = vec![0; 64 * 1024];
    let (skipped, mut filled, mut characters) = begin(args, &mut file, &mut block)?;
    let mut rows = Rows::new(layout, input.name(), skipped.unread + skipped.hidden);
    if has_name && !layout.json {
        rows.heading(number, out)?;
    }
    let mut left = args.len.unwrap_or(u64::MAX);
    // Bytes that are decoded and not shown.
    let mut hidden = skipped.hidden;
    // What was read of those after the last one that is shown.
    let mut beyond = Vec::new();
    while left > 0 {
        if filled == 0 {
            let most = left.saturating_add(hidden).min(block.len() as u64) as usize;
            filled = file.read(&mut block[..most]).map_err(Error::from)?;
            if filled == 0 {
                break;
            }
        }
        let bytes = &block[..filled];
        let (before, bytes) = bytes.split_at(hidden.min(filled as u64) as usize);
        let (bytes, after) = bytes.split_at(left.min(bytes.len() as u64) as usize);
        beyond = after.to_vec();
        hidden -= before.len() as u64;
        left -= bytes.len() as u64;
        if !before.is_empty() {
            characters.decode(before, &mut |_| {})?;
        }
        rows.push(bytes);
        characters.decode(bytes, &mut |cell| rows.cell(cell))?;
        rows.print(characters.place(), out)?;
        filled = 0;
    }
    // The last character may go on beyond what is shown: it is not malformed for that.
    let mut next = beyond.iter().copied();
    for _ in 0..LONGEST {
        if left > 0 || characters.place() >= rows.end() {
            break;
        }
        let mut byte = [0];
        match next.next() {
            Some(next) => byte = [next],
            None if file.read(&mut byte).map_err(Error::from)? == 0 => break,
            None => {}
        }
        characters.decode(&byte, &mut |cell| rows.cell(cell))?;
    }
    characters.finish(&mut |cell| rows.cell(cell))?;
    rows.finish(out)?;
    Ok(())
}

/// What is left out at the start.
struct Skipped {
    /// Not even read.
    unread: u64,
    /// Decoded, for what follows.
    hidden: u64,
}

/// Goes to where showing begins. With how much was read into `block` already.
fn begin(args: &Args, file: &mut FileIo, block: &mut [u8]) -> Result<(Skipped, usize, Characters)> {
    // Standard input may have no places.
    let is_seekable = file.stream_position().is_ok();
    let from = match u64::try_from(args.seek) {
        Ok(from) => from,
        Err(_) if is_seekable => {
            let size = file.seek(SeekFrom::End(0))?;
            file.seek(SeekFrom::Start(0))?;
            size.saturating_sub(args.seek.unsigned_abs())
        }
        Err(_) => return Err(Error::from(io::Error::from(io::ErrorKind::NotSeekable))),
    };
    if let Some(encoding) = args.from.filter(|it| !it.is_splittable()) {
        let skipped = Skipped {
            unread: 0,
            hidden: from,
        };
        return Ok((skipped, 0, Characters::of_stream(encoding)));
    }
    let origin = if is_seekable {
        file.stream_position()?
    } else {
        0
    };
    let (text, filled) = EncodedText::at_start_of(file, args.from, block)?;
    if from == 0 {
        let skipped = Skipped {
            unread: 0,
            hidden: 0,
        };
        return Ok((skipped, filled, Characters::new(text, 0)));
    }
    if is_seekable {
        file.seek(SeekFrom::Start(origin + from))?;
        return Ok((
            Skipped {
                unread: from,
                hidden: 0,
            },
            0,
            Characters::new(text, from),
        ));
    }
    Ok((
        Skipped {
            unread: 0,
            hidden: from,
        },
        filled,
        Characters::new(text, 0),
    ))
}
