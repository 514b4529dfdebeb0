//! Lines by ranges, on one processor and on two, and from the end of a large file.
//!
//! ```text
//! cargo bench --bench ranges -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row counts lines, and that is checked.

mod support;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use iolite::prelude::*;
use iolite::ranges::{LineRange, RevLines};
use iolite::raw::FileMode;
use iolite::{BufferedReader, Encoding, FileIo, Result, TextIoWrapper, TextOptions};

use support::bench::Bench;
use support::inputs::{self, Input};

/// A file of which the end is read is so many times as large as others: 8 GiB, nearly all of it holes.
const TIMES: u64 = 32;
/// How many of its last lines are read.
const LAST: usize = 10;

fn main() -> io::Result<()> {
    let mut bench = Bench::new("ranges", 256)?;
    counted(&mut bench, "15a", Input::Ascii, Encoding::UTF_8)?;
    counted(&mut bench, "15b", Input::Latin1, Encoding::LATIN_1)?;
    last(&mut bench)?;
    bench.finish()
}

fn counted(
    bench: &mut Bench,
    id: &'static str,
    input: Input,
    encoding: Encoding,
) -> io::Result<()> {
    let work = format!("lines of {}, counted by ranges", encoding.name());
    let Some(table) = bench.table(id, &work) else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let (lines, bytes) = inputs::lines_and_bytes(path)?;
    let options = TextOptions::new().encoding(encoding);
    bench.run(
        table
            .bytes(bytes)
            .items(lines, "line")
            .ours("one stream", || {
                let file = FileIo::open(path, FileMode::Read)?;
                Ok(lines_of(TextIoWrapper::with_options(
                    BufferedReader::new(file),
                    options,
                ))?)
            })
            .ours("two ranges, one after the other", || {
                let ranges = split(path, options)?;
                let counts = ranges.iter().map(|range| count(path, range));
                Ok(counts.sum::<Result<u64>>()?)
            })
            // On a machine with two processors that have nothing else to do.
            .ours("two ranges, a thread each", || {
                let ranges = split(path, options)?;
                thread::scope(|scope| {
                    let threads = ranges
                        .iter()
                        .map(|range| scope.spawn(|| count(path, range)));
                    let threads: Vec<_> = threads.collect();
                    let counts = threads.into_iter();
                    let counts = counts.map(|thread| thread.join().expect("it only counts"));
                    Ok(counts.sum::<Result<u64>>()?)
                })
            })
            .at_most(1.0 / 1.8),
    )
}

fn split(path: &Path, options: TextOptions) -> Result<Vec<LineRange>> {
    let two = NonZeroUsize::new(2).expect("not zero");
    LineRange::split(&mut FileIo::open(path, FileMode::Read)?, options, two)
}

fn count(path: &Path, range: &LineRange) -> Result<u64> {
    lines_of(range.read(FileIo::open(path, FileMode::Read)?)?)
}

fn lines_of<B: BufferedIo>(mut text: TextIoWrapper<B>) -> Result<u64> {
    let mut lines = 0;
    while let Some(batch) = text.next_batch()? {
        lines += batch.len() as u64;
    }
    Ok(lines)
}

/// The last lines, whatever is before them: the target is a millisecond.
fn last(bench: &mut Bench) -> io::Result<()> {
    let size = bench.size as u64 * TIMES;
    let work = format!("the last {LAST} lines of {} MiB", size >> 20);
    let Some(table) = bench.table("15c", &work) else {
        return Ok(());
    };
    let path = &bench.path("large");
    let text = inputs::text(Input::Ascii, 1 << 20);
    let mut file = File::create(path)?;
    file.seek(SeekFrom::Start(size - text.len() as u64))?;
    file.write_all(text.as_bytes())?;
    bench.run(
        table
            .items(LAST as u64, "line")
            .limit("the last 64 KiB, read and split by hand", || {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::End(-(64 << 10)))?;
                let mut end = Vec::new();
                file.read_to_end(&mut end)?;
                let lines = end.rsplit(|&byte| byte == b'\n').skip(1).take(LAST);
                Ok(lines.map(<[u8]>::len).sum::<usize>() as u64)
            })
            .ours("RevLines", || {
                let file = FileIo::open(path, FileMode::Read)?;
                let mut bytes = 0;
                for line in RevLines::new(file, TextOptions::new())?.take(LAST) {
                    bytes += line?.len() as u64;
                }
                Ok(bytes)
            })
            .ours("RevLines to where they begin, then forward", || {
                let options = TextOptions::new();
                let mut back = RevLines::new(FileIo::open(path, FileMode::Read)?, options)?;
                back.skip_lines(LAST as u64)?;
                let place = back.position();
                let mut text =
                    TextIoWrapper::with_options(BufferedReader::new(back.into_inner()), options);
                text.seek(place)?;
                let mut bytes = 0;
                while let Some(line) = text.next_line()? {
                    bytes += line.len() as u64;
                }
                Ok(bytes)
            }),
    )
}
