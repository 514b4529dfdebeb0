//! Lines of a file in the ways that programs read them. Each counts the bytes of all lines with
//! one for each end.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use bstr::io::BufReadExt;
use iolite::{Newline, OpenOptions, TextIo};

use super::bench::Bench;
use super::inputs::{Input, lines_and_bytes};
use super::table::Table;

/// How large the peers' buffers are, in bytes: as ours.
pub(crate) const BLOCK: usize = 64 * 1024;

pub(crate) fn bstr_checked(path: &Path) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(path)?);
    let mut sum = 0;
    file.for_byte_line(|line| {
        let line = simdutf8::basic::from_utf8(line).map_err(io::Error::other)?;
        sum += 1 + line.len() as u64;
        Ok(true)
    })?;
    Ok(sum)
}

pub(crate) fn std_read_line(path: &Path) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(path)?);
    let (mut sum, mut line) = (0, String::new());
    while file.read_line(&mut line)? > 0 {
        sum += line.len() as u64;
        line.clear();
    }
    Ok(sum)
}

pub(crate) fn slice_until(path: &Path) -> io::Result<u64> {
    let mut file = OpenOptions::new().read_bytes(path)?;
    let mut sum = 0;
    loop {
        match file.slice_until(b'\n')?.len() {
            0 => return Ok(sum),
            n => sum += n as u64,
        }
    }
}

pub(crate) fn next_line(path: &Path, newline: Newline) -> io::Result<u64> {
    sum_of(&mut OpenOptions::new().newline(newline).read_text(path)?)
}

pub(crate) fn sum_of(text: &mut impl TextIo) -> io::Result<u64> {
    let mut sum = 0;
    while let Some(line) = text.next_line()? {
        sum += 1 + line.len() as u64;
    }
    Ok(sum)
}

/// A table about the lines of a file.
pub(crate) fn lines_table<'a>(
    bench: &Bench,
    id: &'static str,
    work: &str,
    input: Input,
) -> io::Result<Option<Table<'a>>> {
    let Some(table) = bench.table(id, &format!("{work}, {}", input.name())) else {
        return Ok(None);
    };
    let (lines, bytes) = lines_and_bytes(&bench.file(input)?)?;
    Ok(Some(table.bytes(bytes).items(lines, "line")))
}
