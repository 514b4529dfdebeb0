//! Lines out of a file: ours beside bstr's and std's.
//!
//! ```text
//! cargo bench --bench lines -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row counts lines and the bytes of their text, and that is checked.

mod support;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use bstr::io::BufReadExt;
use iolite::{Newline, OpenOptions, TextIo};

use support::bench::Bench;
use support::inputs::{Input, lines_and_bytes};

const BLOCK: usize = 64 * 1024;

fn main() -> io::Result<()> {
    let mut bench = Bench::new("lines", 256)?;
    validated(&mut bench, "1d", Input::Ascii, 0.52)?;
    validated(&mut bench, "1e", Input::Mixed, 0.53)?;
    validated(&mut bench, "1f", Input::Short, 0.17)?;
    bench.finish()
}

fn validated(bench: &mut Bench, id: &'static str, input: Input, target: f64) -> io::Result<()> {
    let Some(table) = bench.table(id, &format!("lines as &str, {}", input.name())) else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let (lines, bytes) = lines_and_bytes(path)?;
    bench.run(
        table
            .bytes(bytes)
            .items(lines, "line")
            .peer("bstr for_byte_line 64 KiB, simdutf8 a line", || {
                bstr_checked(path)
            })
            .peer("std read_line, reused String, 64 KiB", || {
                std_read_line(path)
            })
            .ours("next_line", || next_line(path, Newline::Lf))
            .at_most(target)
            .ours("read_line, reused String", || read_line(path)),
    )
}

fn bstr_checked(path: &Path) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(path)?);
    let mut sum = 0;
    file.for_byte_line(|line| {
        let line = simdutf8::basic::from_utf8(line).map_err(io::Error::other)?;
        sum += 1 + line.len() as u64;
        Ok(true)
    })?;
    Ok(sum)
}

fn std_read_line(path: &Path) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(path)?);
    let (mut sum, mut line) = (0, String::new());
    while file.read_line(&mut line)? > 0 {
        sum += line.len() as u64;
        line.clear();
    }
    Ok(sum)
}

fn next_line(path: &Path, newline: Newline) -> io::Result<u64> {
    let mut text = OpenOptions::new().newline(newline).read_text(path)?;
    let mut sum = 0;
    while let Some(line) = text.next_line()? {
        sum += 1 + line.len() as u64;
    }
    Ok(sum)
}

fn read_line(path: &Path) -> io::Result<u64> {
    let mut text = OpenOptions::new().read_text(path)?;
    let (mut sum, mut line) = (0, String::new());
    while text.read_line(&mut line)? > 0 {
        sum += line.len() as u64;
        line.clear();
    }
    Ok(sum)
}
