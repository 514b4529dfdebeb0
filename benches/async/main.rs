//! Lines in async code: ours beside tokio's and tokio-util's, and beside `encoding_rs` by hand.
//!
//! ```text
//! cargo run --release --manifest-path benches/async/Cargo.toml -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! The bytes are in memory, and come 64 KiB at a time: nothing but the lines is measured. Every row
//! answers the number of bytes of all lines, each with one for its end, and that is checked.

mod support;

use std::future::Future;
use std::io;

use encoding_rs::Encoding as Theirs;
use futures_util::StreamExt;
use iolite::tokio::AsyncText;
use iolite::{Encoding, Newline, TextOptions};
use memchr::memchr;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio_util::codec::{FramedRead, LinesCodec};

use support::bench::Bench;
use support::inputs::{Input, lines_and_bytes};
use support::table::Table;

/// How much is read at a time, in bytes.
const BLOCK: usize = 64 * 1024;

fn main() -> io::Result<()> {
    let mut bench = Bench::new("async", 32)?;
    for (id, input) in [
        ("12a", Input::Ascii),
        ("12b", Input::Mixed),
        ("12c", Input::Short),
    ] {
        utf_8(&mut bench, id, input)?;
    }
    other(
        &mut bench,
        "12d",
        Input::Utf16,
        Encoding::UTF_16LE,
        encoding_rs::UTF_16LE,
    )?;
    other(
        &mut bench,
        "12e",
        Input::Windows1252,
        Encoding::WINDOWS_1252,
        encoding_rs::WINDOWS_1252,
    )?;
    bench.finish()
}

/// Runs to its end what never waits.
fn run<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(work)
}

/// A table about the lines of an input, and its bytes.
fn table<'a>(
    bench: &Bench,
    id: &'static str,
    input: Input,
) -> io::Result<Option<(Table<'a>, Vec<u8>)>> {
    let work = format!("async lines, {}", input.name());
    let Some(table) = bench.table(id, &work) else {
        return Ok(None);
    };
    let path = bench.file(input)?;
    let (lines, bytes) = lines_and_bytes(&path)?;
    let table = table.bytes(bytes).items(lines, "line");
    Ok(Some((table, std::fs::read(path)?)))
}

fn utf_8(bench: &mut Bench, id: &'static str, input: Input) -> io::Result<()> {
    let Some((table, bytes)) = table(bench, id, input)? else {
        return Ok(());
    };
    let bytes = &*bytes;
    bench.run(
        table
            .peer("tokio-util LinesCodec, bounded", || run(codec(bytes)))
            .peer("tokio BufReader::lines", || run(lines(bytes)))
            .peer("tokio read_line, reused String, not cancel-safe", || {
                run(read_line(bytes))
            })
            .ours("AsyncText::next_line, bounded", || {
                run(next_line(bytes, TextOptions::new()))
            })
            .at_most(0.7)
            .ours("AsyncText::next_batch, bounded", || run(next_batch(bytes))),
    )
}

fn other(
    bench: &mut Bench,
    id: &'static str,
    input: Input,
    encoding: Encoding,
    theirs: &'static Theirs,
) -> io::Result<()> {
    let Some((table, bytes)) = table(bench, id, input)? else {
        return Ok(());
    };
    let bytes = &*bytes;
    bench.run(
        table
            .peer("encoding_rs and memchr by hand", || {
                run(by_hand(bytes, theirs))
            })
            .ours("AsyncText::next_line, bounded", || {
                run(next_line(bytes, TextOptions::new().encoding(encoding)))
            })
            .at_most(0.5),
    )
}

async fn codec(bytes: &[u8]) -> io::Result<u64> {
    let codec = LinesCodec::new_with_max_length(1 << 20);
    let mut lines = FramedRead::with_capacity(bytes, codec, BLOCK);
    let mut sum = 0;
    while let Some(line) = lines.next().await {
        sum += 1 + line.map_err(io::Error::other)?.len() as u64;
    }
    Ok(sum)
}

async fn lines(bytes: &[u8]) -> io::Result<u64> {
    let mut lines = BufReader::with_capacity(BLOCK, bytes).lines();
    let mut sum = 0;
    while let Some(line) = lines.next_line().await? {
        sum += 1 + line.len() as u64;
    }
    Ok(sum)
}

async fn read_line(bytes: &[u8]) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(BLOCK, bytes);
    let (mut sum, mut line) = (0, String::new());
    while reader.read_line(&mut line).await? > 0 {
        sum += line.len() as u64;
        line.clear();
    }
    Ok(sum)
}

fn bounded(options: TextOptions) -> TextOptions {
    options.newline(Newline::Lf).line_limit(Some(1 << 20))
}

async fn next_line(bytes: &[u8], options: TextOptions) -> io::Result<u64> {
    let mut text = AsyncText::with_options(bytes, bounded(options));
    let mut sum = 0;
    while let Some(line) = text.next_line().await? {
        sum += 1 + line.len() as u64;
    }
    Ok(sum)
}

async fn next_batch(bytes: &[u8]) -> io::Result<u64> {
    let mut text = AsyncText::with_options(bytes, bounded(TextOptions::new()));
    let mut sum = 0;
    while let Some(batch) = text.next_batch().await? {
        sum += batch.iter().map(|line| 1 + line.len() as u64).sum::<u64>();
    }
    Ok(sum)
}

/// Decodes a block behind what is left of the last one, and looks for line ends.
async fn by_hand(mut bytes: &[u8], encoding: &'static Theirs) -> io::Result<u64> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (mut block, mut text, mut sum) = (vec![0; BLOCK], String::new(), 0);
    loop {
        let n = bytes.read(&mut block).await?;
        let most = decoder.max_utf8_buffer_length(n);
        text.reserve(most.unwrap_or(4 * n));
        let (_, _, malformed) = decoder.decode_to_string(&block[..n], &mut text, n == 0);
        if malformed {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut start = 0;
        while let Some(len) = memchr(b'\n', &text.as_bytes()[start..]) {
            sum += 1 + std::hint::black_box(&text[start..start + len]).len() as u64;
            start += len + 1;
        }
        text.drain(..start);
        if n == 0 {
            return Ok(sum + text.len() as u64);
        }
    }
}
