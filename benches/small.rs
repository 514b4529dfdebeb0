//! Small steps: a character, a short piece, a small file, one line anywhere.
//!
//! ```text
//! cargo bench --bench small -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! What one call costs shows here, and not what a byte does.

mod support;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use iolite::text::TextPosition;
use iolite::{
    BufferedReader, BytesIo, Encoding, IoBase, Newline, OpenOptions, TextIo, TextIoExt,
    TextIoWrapper, Utf8Reader, Utf8Writer,
};

use support::bench::Bench;
use support::by_hand::{BLOCK, Null};
use support::inputs::{self, Dice, Input, lines_and_bytes};
use support::sink::{detached, taken, text_writer};

/// How long the pieces are that are written as UTF-8, in bytes.
const PIECE: usize = 20;

fn main() -> io::Result<()> {
    let mut bench = Bench::new("small", 32)?;
    for input in [Input::Ascii, Input::Mixed] {
        characters(&mut bench, input)?;
    }
    for input in [Input::Ascii, Input::Mixed] {
        utf_8_lines(&mut bench, input)?;
        utf_8_blocks(&mut bench, input)?;
    }
    pieces(&mut bench, "whole characters", true, 1.3)?;
    pieces(&mut bench, "cut characters", false, 2.5)?;
    for size in [16, 80, 256] {
        as_it_is(&mut bench, size)?;
    }
    read_small(&mut bench)?;
    write_small(&mut bench)?;
    for (encoding, input) in [
        ("utf-8", Input::Mixed),
        ("utf-16-le", Input::Mixed),
        ("utf-32-le", Input::Mixed),
        ("utf-7", Input::Latin1),
        ("cp1252", Input::Latin1),
        ("shift_jis", Input::ShiftJis),
        ("gb18030", Input::Gbk),
        ("euc_kr", Input::Korean),
        ("iso2022_jp", Input::Russian),
    ] {
        anywhere(&mut bench, encoding, input)?;
    }
    bench.finish()
}

/// What is done with a character: it is looked at by itself, and not with its neighbours in one
/// register.
fn number(ch: char) -> u64 {
    black_box(ch).into()
}

fn characters(bench: &mut Bench, input: Input) -> io::Result<()> {
    let work = format!("characters one by one, {}", input.name());
    let Some(table) = bench.table("10k", &work) else {
        return Ok(());
    };
    let text = inputs::text(input, bench.size);
    let stream = || TextIoWrapper::new(BufferedReader::new(BytesIo::from(text.clone())));
    let (mut own, mut shown, mut one) = (stream(), stream(), stream());
    bench.run(
        table
            .bytes(text.len() as u64)
            .items(text.chars().count() as u64, "character")
            .peer("str::chars", || {
                Ok(black_box(&*text).chars().map(number).sum())
            })
            .ours("chars", || {
                own.seek(TextPosition::START)?;
                let mut sum = 0;
                for ch in (&mut own).chars() {
                    sum += number(ch?);
                }
                Ok(sum)
            })
            .at_most(2.0)
            .ours("fill_str, str::chars, consume", || {
                shown.seek(TextPosition::START)?;
                let mut sum = 0;
                loop {
                    let piece = shown.fill_str()?;
                    let n = piece.len();
                    if n == 0 {
                        return Ok(sum);
                    }
                    sum += piece.chars().map(number).sum::<u64>();
                    shown.consume(n);
                }
            })
            .ours("read_chars(1)", || {
                one.seek(TextPosition::START)?;
                let (mut sum, mut ch) = (0, String::new());
                while one.read_chars(1, &mut ch)? > 0 {
                    sum += ch.chars().map(number).sum::<u64>();
                    ch.clear();
                }
                Ok(sum)
            })
            .at_most(6.0),
    )
}

/// A file of this run as UTF-8, whatever its lines end with.
fn utf_8(path: &Path) -> io::Result<Utf8Reader<impl TextIo>> {
    Ok(Utf8Reader::new(OpenOptions::new().read_text(path)?))
}

fn utf_8_lines(bench: &mut Bench, input: Input) -> io::Result<()> {
    let work = format!("UTF-8 through std's traits, lines, {}", input.name());
    let Some(table) = bench.table("10l", &work) else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let (lines, bytes) = lines_and_bytes(path)?;
    let all_lines = |file: &mut dyn BufRead| {
        let (mut sum, mut line) = (0, String::new());
        while file.read_line(&mut line)? > 0 {
            sum += line.len() as u64;
            line.clear();
        }
        Ok(sum)
    };
    bench.run(
        table
            .bytes(bytes)
            .items(lines, "line")
            .peer("std BufReader 64 KiB, read_line", || {
                all_lines(&mut BufReader::with_capacity(BLOCK, File::open(path)?))
            })
            .ours("Utf8Reader, read_line", || all_lines(&mut utf_8(path)?))
            .at_most(0.8),
    )
}

fn utf_8_blocks(bench: &mut Bench, input: Input) -> io::Result<()> {
    let work = format!("UTF-8 through std's traits, 8 KiB, {}", input.name());
    let Some(table) = bench.table("10l", &work) else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let (_, bytes) = lines_and_bytes(path)?;
    let all_blocks = |file: &mut dyn Read| {
        let (mut sum, mut block) = (0, [0; 8 * 1024]);
        loop {
            match file.read(black_box(&mut block))? {
                0 => return Ok(sum),
                n => sum += n as u64,
            }
        }
    };
    bench.run(
        table
            .bytes(bytes)
            .items(bytes / 8192, "block")
            .peer("std BufReader 64 KiB, read", || {
                all_blocks(&mut BufReader::with_capacity(BLOCK, File::open(path)?))
            })
            .ours("Utf8Reader, read", || all_blocks(&mut utf_8(path)?))
            .at_most(1.3),
    )
}

/// Text in pieces, as they come from a program that knows nothing of characters, or from one that
/// does.
fn pieces(bench: &mut Bench, what: &str, is_whole: bool, target: f64) -> io::Result<()> {
    let work = format!("{PIECE}-byte pieces of UTF-8, {what}, to /dev/null");
    let Some(table) = bench.table("10m", &work) else {
        return Ok(());
    };
    let text = inputs::text(Input::Mixed, bench.size);
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let mut end = text.len().min(start + PIECE);
        while is_whole && !text.is_char_boundary(end) {
            end -= 1;
        }
        pieces.push(start..end);
        start = end;
    }
    let (text, pieces) = (text.as_bytes(), &pieces);
    bench.run(
        table
            .bytes(text.len() as u64)
            .items(pieces.len() as u64, "piece")
            .peer("std BufWriter 64 KiB, write_all", || {
                let mut out = BufWriter::with_capacity(BLOCK, Null::open()?);
                for piece in pieces {
                    out.write_all(&text[piece.clone()])?;
                }
                Ok(out.into_inner()?.taken)
            })
            .ours("Utf8Writer, write_all", || {
                let mut out = Utf8Writer::new(text_writer(Encoding::UTF_8, Newline::Lf)?);
                for piece in pieces {
                    out.write_all(&text[piece.clone()])?;
                }
                let text = out.into_inner().map_err(|failed| failed.into_parts().0)?;
                taken(detached(text)?)
            })
            .at_most(target),
    )
}

fn as_it_is(bench: &mut Bench, size: usize) -> io::Result<()> {
    let work = format!("{size}-byte lines of text as they are, to /dev/null");
    let Some(table) = bench.table("10n", &work) else {
        return Ok(());
    };
    let line = "x".repeat(size - 1) + "\n";
    let count = bench.size / size;
    bench.run(
        table
            .bytes((count * size) as u64)
            .items(count as u64, "line")
            .peer("std BufWriter 64 KiB, write_all", || {
                let mut out = BufWriter::with_capacity(BLOCK, Null::open()?);
                for _ in 0..count {
                    out.write_all(black_box(line.as_bytes()))?;
                }
                Ok(out.into_inner()?.taken)
            })
            .ours("TextIoWrapper, write_str", || {
                let mut out = text_writer(Encoding::UTF_8, Newline::Lf)?;
                for _ in 0..count {
                    out.write_str(black_box(&line))?;
                }
                taken(detached(out)?)
            })
            .at_most(1.10),
    )
}

/// How often a small file is opened.
fn opened(bench: &Bench) -> usize {
    bench.size / 4096
}

fn read_small(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("10o", "1 KiB files: open, read as text, close") else {
        return Ok(());
    };
    let (path, count) = (&bench.path("small"), opened(bench));
    fs::write(path, inputs::text(Input::Ascii, 1024))?;
    bench.run(
        table
            .items(count as u64, "file")
            .peer("fs::read_to_string", || {
                let mut sum = 0;
                for _ in 0..count {
                    sum += fs::read_to_string(path)?.len() as u64;
                }
                Ok(sum)
            })
            .ours("read_text, read_to_string, close", || {
                let mut sum = 0;
                for _ in 0..count {
                    let (mut file, mut text) = (OpenOptions::new().read_text(path)?, String::new());
                    file.read_to_string(&mut text)?;
                    file.close()?;
                    sum += text.len() as u64;
                }
                Ok(sum)
            })
            .at_most(1.05),
    )
}

fn write_small(bench: &mut Bench) -> io::Result<()> {
    let Some(table) = bench.table("10o", "1 KiB files: write as text, close") else {
        return Ok(());
    };
    // In memory where there is such a folder: to empty a file on a disk may take milliseconds.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory)?,
        false => tempfile::tempdir()?,
    };
    let (path, count) = (&folder.path().join("small"), opened(bench));
    let text = &inputs::text(Input::Ascii, 1024);
    bench.run(
        table
            .items(count as u64, "file")
            .peer("fs::write", || {
                for _ in 0..count {
                    fs::write(path, text)?;
                }
                Ok(path.metadata()?.len())
            })
            .ours("write_text, write_str, close", || {
                for _ in 0..count {
                    let mut file = OpenOptions::new().write_text(path)?;
                    file.write_str(text)?;
                    file.close()?;
                }
                Ok(path.metadata()?.len())
            })
            .at_most(1.05),
    )
}

/// Lines of one file, each found again by where it begins.
fn anywhere(bench: &mut Bench, name: &str, input: Input) -> io::Result<()> {
    let Some(table) = bench.table(
        "10p",
        &format!("a line anywhere, {} in {name}", input.name()),
    ) else {
        return Ok(());
    };
    let text = inputs::text(input, bench.size.min(8 << 20)).replace("ﾊﾝｶｸ", "半角");
    let (plain, encoded) = (bench.path("plain"), bench.path("encoded"));
    fs::write(&plain, &text)?;
    let options = OpenOptions::new()
        .encoding(name.parse::<Encoding>()?)
        .newline(Newline::Lf);
    let mut out = options.write_text(&encoded)?;
    out.write_str(&text)?;
    out.close()?;

    // In the peer's file, and in ours.
    let (mut places, mut at) = (Vec::new(), 0);
    let mut file = options.read_text(&encoded)?;
    loop {
        let place = file.tell()?;
        let Some(line) = file.next_line()? else {
            break;
        };
        places.push((at, place));
        at += line.len() as u64 + 1;
    }
    let (mut dice, count) = (Dice(0xD1CE), bench.size / 2048);
    let visits: Vec<_> = (0..count)
        .map(|_| places[dice.up_to(places.len())])
        .collect();
    bench.run(
        table
            .items(count as u64, "line")
            .peer("std BufReader, seek, read_line, UTF-8", || {
                let (mut file, mut line) = (BufReader::new(File::open(&plain)?), String::new());
                let mut sum = 0;
                for &(at, _) in &visits {
                    line.clear();
                    file.seek(SeekFrom::Start(at))?;
                    sum += file.read_line(&mut line)? as u64;
                }
                Ok(sum)
            })
            .ours("seek, read_line", || {
                let (mut file, mut line) = (options.read_text(&encoded)?, String::new());
                let mut sum = 0;
                for &(_, place) in &visits {
                    line.clear();
                    file.seek(place)?;
                    sum += file.read_line(&mut line)? as u64;
                }
                Ok(sum)
            })
            .at_most(1.1),
    )
}
