//! Bytes that are pushed, beside the same engine pulling them: lines of memory, and text in one call.
//!
//! ```text
//! cargo bench --bench push -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row answers a number that is checked: of the bytes of all lines, or of text.

mod support;

use std::io;

use iolite::chunk::Progress;
use iolite::text::TextDecoder;
use iolite::{BytesIo, Chunk, Encoding, TextIoWrapper, TextOptions};

use support::bench::Bench;
use support::inputs::Input;
use support::ways::{BLOCK, lines_table, sum_of};

fn main() -> io::Result<()> {
    let mut bench = Bench::new("push", 32)?;
    lines(&mut bench, "14a", Input::Ascii, Encoding::UTF_8)?;
    lines(&mut bench, "14b", Input::Short, Encoding::UTF_8)?;
    lines(&mut bench, "14c", Input::Utf16, Encoding::UTF_16LE)?;
    lines(
        &mut bench,
        "14d",
        Input::Windows1252,
        Encoding::WINDOWS_1252,
    )?;
    one_call(
        &mut bench,
        "14e",
        Input::Mixed,
        Encoding::UTF_8,
        encoding_rs::UTF_8,
    )?;
    one_call(
        &mut bench,
        "14f",
        Input::Windows1252,
        Encoding::WINDOWS_1252,
        encoding_rs::WINDOWS_1252,
    )?;
    bench.finish()
}

/// Lines of memory, pulled by a stream, or pushed into a decoder 64 KiB at a time.
fn lines(bench: &mut Bench, id: &'static str, input: Input, encoding: Encoding) -> io::Result<()> {
    let Some(table) = lines_table(bench, id, "lines of memory", input)? else {
        return Ok(());
    };
    let bytes = Chunk::from(std::fs::read(bench.file(input)?)?);
    let options = TextOptions::new().encoding(encoding);
    bench.run(
        table
            .peer("TextIoWrapper<BytesIo>::next_line", || {
                let memory = BytesIo::from(bytes.clone());
                sum_of(&mut TextIoWrapper::with_options(memory, options))
            })
            .ours("TextDecoder, pushed", || {
                pushed(&bytes, options, |decoder, piece| decoder.push(piece))
            })
            .at_most(1.05)
            .ours("TextDecoder, appended", || {
                pushed(&bytes, options, |decoder, piece| decoder.append(&piece))
            }),
    )
}

fn pushed(
    bytes: &Chunk,
    options: TextOptions,
    give: impl Fn(&mut TextDecoder, Chunk) -> iolite::Result<()>,
) -> io::Result<u64> {
    let mut decoder = TextDecoder::with_options(options);
    let mut sum = 0;
    for start in (0..bytes.len()).step_by(BLOCK) {
        give(
            &mut decoder,
            bytes.slice(start..bytes.len().min(start + BLOCK)),
        )?;
        while let Progress::Ready(line) = decoder.next_line()? {
            sum += 1 + line.len() as u64;
        }
    }
    decoder.finish();
    while let Progress::Ready(line) = decoder.next_line()? {
        sum += 1 + line.len() as u64;
    }
    Ok(sum)
}

/// All of it to text.
fn one_call(
    bench: &mut Bench,
    id: &'static str,
    input: Input,
    encoding: Encoding,
    theirs: &'static encoding_rs::Encoding,
) -> io::Result<()> {
    let Some(table) = bench.table(id, &format!("bytes to text in one call, {}", input.name()))
    else {
        return Ok(());
    };
    let bytes = &std::fs::read(bench.file(input)?)?;
    bench.run(
        table
            .bytes(bytes.len() as u64)
            .items(bytes.len() as u64 >> 10, "KiB")
            .peer("encoding_rs decode", || {
                let text = theirs.decode_without_bom_handling_and_without_replacement(bytes);
                Ok(text.ok_or_else(|| io::Error::other("malformed"))?.len() as u64)
            })
            .ours("Encoding::decode", || {
                Ok(encoding.decode(bytes)?.len() as u64)
            }),
    )
}
