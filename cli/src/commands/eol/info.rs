//! `eol --info`: what `dos2unix -i` says of each file.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::str::FromStr;

use iolite::prelude::*;
use iolite::text::LineEnding;
use iolite::{BufferedReader, Encoding, Error, FileIo, Result, TextIoWrapper};
use serde::Serialize;

use super::Args;
use super::convert::{BUFFER, options};
use super::lines::{Counts, find_binary};
use crate::input::{Input, walk};
use crate::json::{self, Bytes};
use crate::messages::{Place, printed, reason, report_at};
use crate::output::Output;
use crate::status::{Failure, Status};

/// What is shown; all columns if none is named.
#[derive(Clone, Debug)]
pub(crate) struct Flags(String);

impl FromStr for Flags {
    type Err = String;

    fn from_str(flags: &str) -> Result<Flags, String> {
        match flags.chars().find(|flag| !"dumbtchp0".contains(*flag)) {
            Some(wrong) => Err(format!("there is no flag {wrong:?}: d u m b t c h p 0")),
            None => Ok(Flags(flags.to_owned())),
        }
    }
}

impl Flags {
    fn has(&self, flag: char) -> bool {
        self.0.contains(flag)
    }

    /// Whether a column is shown.
    fn shows(&self, column: char) -> bool {
        self.has(column) || !self.0.contains(['d', 'u', 'm', 'b', 't'])
    }
}

/// What a file has.
#[derive(Serialize)]
struct Info<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Bytes<'a>>,
    dos: u64,
    unix: u64,
    mac: u64,
    mark: Option<&'static str>,
    binary: bool,
}

pub(super) fn run(
    args: &Args,
    flags: &Flags,
    wanted: Option<LineEnding>,
) -> Result<Status, Failure> {
    if flags.has('c') && wanted.is_none() {
        return Err(Failure::Request(
            "eol: --info=c needs --to, to know what is converted".into(),
        ));
    }
    let mut out = Output::stdout()?;
    let mut status = Status::Fine;
    if flags.has('h') && !flags.has('c') && !args.json.json {
        write_heading(&mut out, flags).map_err(Failure::output)?;
    }
    let mut show = |input: &Input| match inspect(input, args.encoding) {
        Ok((counts, mark, binary)) => {
            let Counts { dos, unix, mac } = counts;
            let path = input.path().map(|path| Bytes::name(path.as_os_str()));
            let info = Info {
                path,
                dos,
                unix,
                mac,
                mark,
                binary,
            };
            let name = input.path().map(Path::as_os_str);
            write_info(&mut out, &info, name, args, flags, wanted)?;
            Ok(Status::Fine)
        }
        Err(error) => {
            out.flush()?;
            report_at(input.name(), Place::default(), &reason(&error));
            Ok(Status::Trouble)
        }
    };
    if args.files.is_empty() {
        status = status.and(show(&Input::new("-"))?);
    }
    for file in walk(&args.files, &args.tree)? {
        status = status.and(match file {
            Ok(path) => show(&Input::new(path))?,
            Err(unreachable) => {
                let why = reason(&Error::from(unreachable.error));
                report_at(unreachable.path.as_os_str(), Place::default(), &why);
                Status::Trouble
            }
        });
    }
    out.close()?;
    Ok(status)
}

/// Counts; in what cannot be decoded, up to there.
fn inspect(input: &Input, given: Option<Encoding>) -> Result<(Counts, Option<&'static str>, bool)> {
    let mut reader = BufferedReader::with_capacity(BUFFER, input.open()?);
    let mark = mark(reader.peek(4)?);
    let options = options(&mut reader, given)?;
    let mut text: TextIoWrapper<BufferedReader<FileIo>> =
        TextIoWrapper::with_options(reader, options);
    let (mut counts, mut is_binary) = (Counts::default(), false);
    loop {
        let piece = text.fill_str()?;
        if piece.is_empty() {
            return Ok((counts, mark, is_binary));
        }
        counts.push(piece);
        is_binary = is_binary || find_binary(piece).is_some();
        let n = piece.len();
        text.consume(n);
    }
}

/// The name of a byte-order mark, as `dos2unix` writes it.
fn mark(start: &[u8]) -> Option<&'static str> {
    const MARKS: &[(&[u8], &str)] = &[
        (b"\xef\xbb\xbf", "UTF-8"),
        (b"\xff\xfe\0\0", "UTF-32LE"),
        (b"\0\0\xfe\xff", "UTF-32BE"),
        (b"\xff\xfe", "UTF-16LE"),
        (b"\xfe\xff", "UTF-16BE"),
        (b"\x84\x31\x95\x33", "GB18030"),
    ];
    let found = MARKS.iter().find(|(mark, _)| start.starts_with(mark));
    found.map(|(_, name)| *name)
}

fn write_heading(out: &mut Output, flags: &Flags) -> std::io::Result<()> {
    let titles = [
        ('d', "     DOS"),
        ('u', "    UNIX"),
        ('m', "     MAC"),
        ('b', "  BOM     "),
        ('t', "  TXTBIN"),
    ];
    for (_, title) in titles.iter().filter(|(column, _)| flags.shows(*column)) {
        out.write_all(title.as_bytes())?;
    }
    out.write_all(b"  FILE")?;
    end_line(out, flags)
}

fn write_info(
    out: &mut Output,
    info: &Info<'_>,
    name: Option<&OsStr>,
    args: &Args,
    flags: &Flags,
    wanted: Option<LineEnding>,
) -> Result<(), Failure> {
    let converts = !info.binary || args.force;
    let changes = match wanted {
        Some(LineEnding::Lf) => info.dos > 0 || args.cr && info.mac > 0,
        Some(LineEnding::CrLf) => info.unix > 0 || args.cr && info.mac > 0,
        Some(LineEnding::Cr) => info.unix > 0 || info.dos > 0,
        _ => false,
    };
    if flags.has('c') && !(converts && changes) {
        return Ok(());
    }
    if args.json.json {
        return json::line(out, info);
    }
    let columns = if flags.has('c') {
        Ok(())
    } else {
        write_columns(out, info, flags)
    };
    columns
        .and_then(|()| write_name(out, name, flags))
        .map_err(Failure::output)
}

fn write_columns(out: &mut Output, info: &Info<'_>, flags: &Flags) -> std::io::Result<()> {
    let numbers = [('d', info.dos), ('u', info.unix), ('m', info.mac)];
    for (_, number) in numbers.iter().filter(|(column, _)| flags.shows(*column)) {
        write!(out, "  {number:6}")?;
    }
    if flags.shows('b') {
        write!(out, "  {:8}", info.mark.unwrap_or("no_bom"))?;
    }
    if flags.shows('t') {
        write!(out, "  {:6}", if info.binary { "binary" } else { "text" })?;
    }
    Ok(())
}

fn write_name(out: &mut Output, name: Option<&OsStr>, flags: &Flags) -> std::io::Result<()> {
    if let Some(name) = name {
        if !flags.has('c') {
            out.write_all(b"  ")?;
        }
        let last = Path::new(name).file_name().filter(|_| flags.has('p'));
        let name = last.unwrap_or(name);
        if flags.has('0') {
            out.write_all(name.as_encoded_bytes())?;
        } else {
            out.write_all(&printed(name))?;
        }
    }
    end_line(out, flags)
}

fn end_line(out: &mut Output, flags: &Flags) -> std::io::Result<()> {
    out.write_all(if flags.has('0') { b"\0" } else { b"\n" })
}
