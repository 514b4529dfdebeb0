//! Lines counted by a whole program, kept, told about, and out of memory.
//!
//! ```text
//! cargo bench --bench lines_more -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row answers a number that is checked: of lines, or of the bytes of all lines.
#![allow(unsafe_code, reason = "who maps a file says that nobody changes it")]

#[path = "../tests/support/programs.rs"]
#[allow(dead_code, reason = "only one of them is run")]
mod programs;
mod support;

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};

use iolite::text::TextPosition;
use iolite::{
    BufferedReader, BytesIo, MmapIo, Newline, OpenOptions, StringIo, TextIo, TextIoWrapper,
    TextOptions,
};

use support::bench::Bench;
use support::inputs::Input;
use support::masks::Marks;
use support::ways::{BLOCK, lines_table, next_line, sum_of};

fn main() -> io::Result<()> {
    let mut bench = Bench::new("lines_more", 128)?;
    count(&mut bench)?;
    in_memory(&mut bench)?;
    mapped(&mut bench)?;
    with_tell(&mut bench)?;
    kept(&mut bench)?;
    bench.finish()
}

/// Whole programs.
fn count(bench: &mut Bench) -> io::Result<()> {
    if !programs::installed("wc") {
        return Ok(());
    }
    for (id, input) in [("1h", Input::Ascii), ("9a", Input::Short)] {
        let Some(table) = lines_table(bench, id, "count lines, the whole program", input)? else {
            continue;
        };
        let path = &bench.file(input)?;
        let ours = programs::example("linecount").get_program().to_owned();
        bench.run(
            table
                .peer("wc -l", || program(Command::new("wc").arg("-l"), path))
                .limit("read(2) 64 KiB + memchr count, in process", || {
                    let (mut file, mut block) = (File::open(path)?, vec![0; BLOCK]);
                    let mut lines = 0;
                    loop {
                        match file.read(&mut block)? {
                            0 => return Ok(lines),
                            n => lines += memchr::memchr_iter(b'\n', &block[..n]).count() as u64,
                        }
                    }
                })
                .ours("linecount -l", || {
                    program(Command::new(&ours).arg("-l"), path)
                })
                .at_most(1.05),
        )?;
    }
    Ok(())
}

/// The number that a program prints first.
fn program(command: &mut Command, path: &Path) -> io::Result<u64> {
    let output = command.arg(path).stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let number = text.split_whitespace().next().map(str::parse);
    number
        .and_then(Result::ok)
        .ok_or_else(|| io::Error::other("no number"))
}

/// Lines of 64 bytes that are in memory already.
fn in_memory(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("8b", "lines of 64 bytes in memory") else {
        return Ok(());
    };
    let line = [b"0123456".repeat(9), b"\n".to_vec()].concat();
    let content = line.repeat(bench.size / line.len());
    let text = String::from_utf8(content.clone()).map_err(io::Error::other)?;
    let (lines, bytes) = (content.len() / line.len(), content.len());
    let (mut cursor, mut memory) = (Cursor::new(&content), BytesIo::from(content.clone()));
    let (mut over, mut string) = (BytesIo::from(content.clone()), StringIo::from(text));
    bench.run(
        table
            .bytes(bytes as u64)
            .items(lines as u64, "line")
            .peer("Cursor::read_until, reused Vec", || {
                cursor.set_position(0);
                let (mut sum, mut line) = (0, Vec::new());
                while cursor.read_until(b'\n', &mut line)? > 0 {
                    sum += line.len() as u64;
                    line.clear();
                }
                Ok(sum)
            })
            .limit("bit masks over the slice", || {
                let (mut marks, mut start, mut sum) = (Marks::default(), 0, 0);
                while let Some(end) = marks.next(&content) {
                    sum += 1 + content[start..end].len() as u64;
                    start = end + 1;
                }
                Ok(sum)
            })
            .ours("BytesIo::slice_until", || {
                memory.rewind()?;
                let mut sum = 0;
                loop {
                    match memory.slice_until(b'\n')?.len() {
                        0 => return Ok(sum),
                        n => sum += n as u64,
                    }
                }
            })
            .at_most(0.52)
            .ours("TextIoWrapper<BytesIo>::next_line", || {
                over.rewind()?;
                let options = TextOptions::new().newline(Newline::Lf);
                sum_of(&mut TextIoWrapper::with_options(&mut over, options))
            })
            .ours("StringIo::next_line", || {
                string.seek(TextPosition::START)?;
                sum_of(&mut string)
            }),
    )
}

fn mapped(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = lines_table(
        bench,
        "9b",
        "lines as &str out of a memory map",
        Input::Ascii,
    )?
    else {
        return Ok(());
    };
    let path = &bench.file(Input::Ascii)?;
    let map = || {
        // SAFETY: the file is this run's own, and nobody changes it.
        Ok::<_, io::Error>(unsafe { MmapIo::map(&File::open(path)?)? })
    };
    bench.run(
        table
            .limit("simdutf8 per 64 KiB + bit masks", || {
                let (map, mut marks) = (map()?, Marks::default());
                let (whole, mut valid) = (map.as_slice(), 0);
                let (mut start, mut sum) = (0, 0);
                while valid < whole.len() {
                    let piece = &whole[valid..whole.len().min(valid + BLOCK)];
                    valid += match simdutf8::compat::from_utf8(piece) {
                        Ok(_) => piece.len(),
                        // A character goes on behind it.
                        Err(error) if error.error_len().is_none() => error.valid_up_to(),
                        Err(error) => return Err(io::Error::other(error)),
                    };
                    while let Some(end) = marks.next(&whole[..valid]) {
                        sum += 1 + whole[start..end].len() as u64;
                        start = end + 1;
                    }
                }
                Ok(sum)
            })
            .ours("next_line over MmapIo", || {
                let options = TextOptions::new().newline(Newline::Lf);
                let map = BufferedReader::new(map()?);
                sum_of(&mut TextIoWrapper::with_options(map, options))
            })
            .at_most(1.15),
    )
}

fn with_tell(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = lines_table(bench, "9c", "tell after every line", Input::Ascii)? else {
        return Ok(());
    };
    let path = &bench.file(Input::Ascii)?;
    bench.run(
        table
            .ours("next_line without it", || next_line(path, Newline::Lf))
            .ours("next_line and tell", || {
                let mut text = OpenOptions::new().newline(Newline::Lf).read_text(path)?;
                let mut last = text.tell()?;
                while text.next_line()?.is_some() {
                    last = text.tell()?;
                }
                text.seek(last)?;
                Ok(text.byte_offset())
            })
            .at_most(1.10),
    )
}

fn kept(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = lines_table(bench, "9d", "lines kept", Input::Ascii)? else {
        return Ok(());
    };
    let path = &bench.file(Input::Ascii)?;
    let open = || OpenOptions::new().newline(Newline::Lf).read_text(path);
    bench.run(
        table
            .ours("borrowed", || next_line(path, Newline::Lf))
            .ours("as chunks, up to 1000 at a time", || {
                let (mut text, mut sum) = (open()?, 0);
                let mut kept = Vec::with_capacity(1000);
                while let Some(line) = text.next_line()? {
                    if kept.len() == 1000 {
                        kept.clear();
                    }
                    sum += 1 + line.len() as u64;
                    kept.push(line.to_chunk());
                }
                Ok(sum)
            })
            .at_most(1.6)
            .ours("as batches", || {
                let (mut text, mut sum) = (open()?, 0);
                while let Some(batch) = text.next_batch()? {
                    sum += batch.iter().map(|line| 1 + line.len() as u64).sum::<u64>();
                }
                Ok(sum)
            })
            .at_most(1.1),
    )
}
