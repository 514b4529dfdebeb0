//! Lines out of a file: ours beside bstr's, std's, CPython's and what can be written by hand.
//!
//! ```text
//! cargo bench --bench lines -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row answers the number of bytes of all lines, each with one for its end, and that is
//! checked.

mod support;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use bstr::io::BufReadExt;
use iolite::{Newline, OpenOptions, TextIo};

use support::bench::Bench;
use support::inputs::Input;
use support::masks::Masks;
use support::python;
use support::table::{Kind, Table};
use support::ways::{BLOCK, bstr_checked, lines_table, next_line, slice_until, std_read_line};

fn main() -> io::Result<()> {
    let mut bench = Bench::new("lines", 128)?;
    bytes(&mut bench, "1a", Input::Ascii, 0.85)?;
    bytes(&mut bench, "1b", Input::Short, 0.45)?;
    bytes(&mut bench, "1c", Input::Long, 0.85)?;
    text(&mut bench, "1d", Input::Ascii, 0.52)?;
    text(&mut bench, "1e", Input::Mixed, 0.53)?;
    text(&mut bench, "1f", Input::Short, 0.17)?;
    universal(&mut bench, "1g", Input::AsciiCrLf, 0.56)?;
    universal(&mut bench, "1g'", Input::ShortCrLf, 0.25)?;
    bench.finish()
}

fn bytes(bench: &mut Bench, id: &'static str, input: Input, target: f64) -> io::Result<()> {
    let Some(table) = lines_table(bench, id, "lines as bytes", input)? else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let table = table
        .peer("bstr for_byte_line, 64 KiB", || bstr(path))
        .peer("std read_until, reused Vec, 64 KiB", || {
            std_read_until(path)
        })
        .row(Kind::Limit, "read(2) 64 KiB, nothing else", || {
            let (mut file, mut block) = (File::open(path)?, vec![0; BLOCK]);
            while file.read(&mut block)? > 0 {}
            Ok((None, None))
        })
        .limit("bit masks, pulled", || by_masks(path, false))
        .ours("slice_until", || slice_until(path))
        .at_most(target);
    bench.run(with_python(
        table,
        "for line in open(rb)",
        "file = open(sys.argv[1], 'rb')",
        path,
    ))
}

fn text(bench: &mut Bench, id: &'static str, input: Input, target: f64) -> io::Result<()> {
    let Some(table) = lines_table(bench, id, "lines as &str", input)? else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let table = table
        .peer("bstr for_byte_line 64 KiB, simdutf8 a line", || {
            bstr_checked(path)
        })
        .peer("std read_line, reused String, 64 KiB", || {
            std_read_line(path)
        })
        .limit("bit masks, pulled, simdutf8 a block", || {
            by_masks(path, true)
        })
        .ours("next_line", || next_line(path, Newline::Lf))
        .at_most(target)
        .ours("next_line, universal newlines", || {
            next_line(path, Newline::Universal)
        })
        .ours("read_line, reused String", || read_line(path));
    bench.run(with_python(
        table,
        "for line in open()",
        "file = open(sys.argv[1], encoding='utf-8')",
        path,
    ))
}

/// bstr leaves `\r\n` out as well, but does not split at `\r`.
fn universal(bench: &mut Bench, id: &'static str, input: Input, target: f64) -> io::Result<()> {
    let Some(table) = lines_table(bench, id, "lines as &str, universal newlines", input)? else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    bench.run(
        table
            .peer("bstr for_byte_line 64 KiB, simdutf8 a line", || {
                bstr_checked(path)
            })
            .limit("bit masks for \\n only, simdutf8 a block", || {
                let mut lines = Masks::open(path, true)?;
                let mut sum = 0;
                while let Some(line) = lines.next_line()? {
                    sum += 1 + line.strip_suffix(b"\r").unwrap_or(line).len() as u64;
                }
                Ok(sum)
            })
            .ours("next_line", || next_line(path, Newline::Universal))
            .at_most(target),
    )
}

/// A table with CPython's row behind the others, if it is there: on the same file.
fn with_python<'a>(table: Table<'a>, name: &str, open: &str, path: &'a Path) -> Table<'a> {
    let Some(python) = python::interpreter() else {
        return table;
    };
    let code = format!(
        "{open}\nstart = clock()\nfor line in file: pass\nend = clock()\ncheck = file.tell() if \
         'b' in file.mode else file.buffer.tell()"
    );
    table.row(Kind::Python, name, move || {
        let (_, time) = python::time(&python, &code, &[path])?;
        Ok((None, time))
    })
}

fn bstr(path: &Path) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(path)?);
    let mut sum = 0;
    file.for_byte_line(|line| {
        sum += 1 + line.len() as u64;
        Ok(true)
    })?;
    Ok(sum)
}

fn std_read_until(path: &Path) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(path)?);
    let (mut sum, mut line) = (0, Vec::new());
    while file.read_until(b'\n', &mut line)? > 0 {
        sum += line.len() as u64;
        line.clear();
    }
    Ok(sum)
}

fn by_masks(path: &Path, is_checked: bool) -> io::Result<u64> {
    let (mut lines, mut sum) = (Masks::open(path, is_checked)?, 0);
    while let Some(line) = lines.next_line()? {
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
