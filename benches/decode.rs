//! Bytes of a file to text: ours beside encoding_rs's, std's and CPython's.
//!
//! ```text
//! cargo bench --bench decode -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]
//! ```
//!
//! Every row counts the bytes of the text as UTF-8, and that is checked.

mod support;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;

use iolite::text::NewlineDecoder;
use iolite::{Encoding, ErrorPolicy, IoBase, Newline, OpenOptions, TextIo};

use support::bench::Bench;
use support::cpython::{against_cpython, filled};
use support::foreign::{self, BLOCK};
use support::inputs::{Input, lines_and_bytes};

/// An input, its encoding here and there.
type Legacy = (Input, Encoding, &'static encoding_rs::Encoding);

const UTF_16: Legacy = (Input::Utf16, Encoding::UTF_16LE, encoding_rs::UTF_16LE);
const LATIN_1: Legacy = (Input::Latin1, Encoding::LATIN_1, encoding_rs::WINDOWS_1252);

fn legacy(input: Input, name: &str, peer: &'static encoding_rs::Encoding) -> io::Result<Legacy> {
    Ok((input, name.parse()?, peer))
}

fn main() -> io::Result<()> {
    let windows_1252 = legacy(Input::Windows1252, "cp1252", encoding_rs::WINDOWS_1252)?;
    let shift_jis = legacy(Input::ShiftJis, "cp932", encoding_rs::SHIFT_JIS)?;
    let gbk = legacy(Input::Gbk, "gbk", encoding_rs::GBK)?;
    let mut bench = Bench::new("decode", 64)?;
    blocks(&mut bench, "2a", Input::Mixed, 0.97)?;
    blocks(&mut bench, "2a", Input::Ascii, 0.97)?;
    whole(&mut bench, Input::Mixed, 0.36, 0.25)?;
    whole(&mut bench, Input::Ascii, 1.02, 0.55)?;
    foreign_blocks(&mut bench, "2c", UTF_16, 0.40)?;
    foreign_blocks(&mut bench, "2d", windows_1252, 0.40)?;
    foreign_blocks(&mut bench, "2d", LATIN_1, 0.35)?;
    foreign_blocks(&mut bench, "2e", shift_jis, 0.45)?;
    foreign_blocks(&mut bench, "2e", gbk, 0.60)?;
    foreign_lines(&mut bench, UTF_16, 0.50)?;
    foreign_lines(&mut bench, windows_1252, 0.50)?;
    foreign_lines(&mut bench, shift_jis, 0.68)?;
    foreign_lines(&mut bench, gbk, 0.55)?;
    newlines(&mut bench, Input::Ascii, 1.1)?;
    newlines(&mut bench, Input::AsciiCrLf, 0.87)?;
    newlines(&mut bench, Input::ShortCrLf, 0.40)?;
    let path = bench.file(Input::Latin1)?;
    let latin_1 = ("latin-1", ErrorPolicy::Strict);
    // CPython copies it, for its strings have a form for it.
    against_cpython(&mut bench, "9f", &path, latin_1, Some(1.0))?;
    seldom(&mut bench)?;
    bench.finish()
}

fn options(encoding: Encoding, newline: Newline) -> OpenOptions {
    OpenOptions::new().encoding(encoding).newline(newline)
}

fn blocks(bench: &mut Bench, id: &'static str, input: Input, target: f64) -> io::Result<()> {
    let Some(table) = bench.table(id, &format!("a file as &str blocks, {}", input.name())) else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let (lines, bytes) = lines_and_bytes(path)?;
    let ours = |newline| options(Encoding::UTF_8, newline).read_text(path);
    bench.run(
        table
            .bytes(bytes)
            .items(lines, "line")
            .peer("encoding_rs decode_to_utf8, 64 KiB", || {
                foreign::blocks(path, encoding_rs::UTF_8)
            })
            .limit("read(2) 64 KiB, simdutf8", || checked_blocks(path))
            .ours("fill_str", || filled(ours(Newline::Lf)?))
            .at_most(target)
            .ours("fill_str, universal newlines", || {
                filled(ours(Newline::Universal)?)
            }),
    )
}

fn checked_blocks(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let (mut block, mut sum, mut carried) = (vec![0; BLOCK], 0, 0);
    loop {
        let n = file.read(&mut block[carried..])?;
        if n == 0 {
            return Ok(sum);
        }
        let end = carried + n;
        let valid = match simdutf8::compat::from_utf8(&block[..end]) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        sum += black_box(valid) as u64;
        block.copy_within(valid..end, 0);
        carried = end - valid;
    }
}

fn whole(bench: &mut Bench, input: Input, fresh: f64, reused: f64) -> io::Result<()> {
    let path = &bench.file(input)?;
    let (lines, bytes) = lines_and_bytes(path)?;
    let ours = |newline| options(Encoding::UTF_8, newline).read_text(path);
    let in_new_memory = |newline| {
        let mut all = String::new();
        ours(newline)?.read_to_string(&mut all)?;
        Ok(black_box(all).len() as u64)
    };
    if let Some(table) = bench.table("2b", &format!("a file as a String, {}", input.name())) {
        bench.run(
            table
                .bytes(bytes)
                .items(lines, "line")
                .peer("fs::read_to_string", || {
                    Ok(black_box(fs::read_to_string(path)?).len() as u64)
                })
                .limit("fs::read, simdutf8", || {
                    let bytes = black_box(fs::read(path)?);
                    let text = simdutf8::basic::from_utf8(&bytes).map_err(io::Error::other)?;
                    Ok(text.len() as u64)
                })
                .ours("read_to_string", || in_new_memory(Newline::Lf))
                .at_most(fresh)
                .ours("read_to_string, universal newlines", || {
                    in_new_memory(Newline::Universal)
                }),
        )?;
    }
    let Some(table) = bench.table("2b'", &format!("into a used String, {}", input.name())) else {
        return Ok(());
    };
    let (mut memory, mut text, mut universal) = (Vec::new(), String::new(), String::new());
    bench.run(
        table
            .bytes(bytes)
            .items(lines, "line")
            .peer("fs::read_to_string, a new String", || {
                Ok(black_box(fs::read_to_string(path)?).len() as u64)
            })
            .limit("read_to_end, simdutf8", || {
                memory.clear();
                File::open(path)?.read_to_end(&mut memory)?;
                let text = simdutf8::basic::from_utf8(&memory).map_err(io::Error::other)?;
                Ok(text.len() as u64)
            })
            .ours("read_to_string", || {
                text.clear();
                Ok(ours(Newline::Lf)?.read_to_string(&mut text)? as u64)
            })
            .at_most(reused)
            .ours("read_to_string, universal newlines", || {
                universal.clear();
                Ok(ours(Newline::Universal)?.read_to_string(&mut universal)? as u64)
            }),
    )
}

fn foreign_blocks(
    bench: &mut Bench,
    id: &'static str,
    (input, encoding, peer): Legacy,
    target: f64,
) -> io::Result<()> {
    let Some(table) = bench.table(id, &format!("to &str blocks, {}", input.name())) else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let (lines, bytes) = lines_and_bytes(path)?;
    bench.run(
        table
            .bytes(bytes)
            .items(lines, "line")
            .peer("encoding_rs decode_to_utf8, 64 KiB", || {
                foreign::blocks(path, peer)
            })
            .ours("fill_str", || {
                filled(options(encoding, Newline::Lf).read_text(path)?)
            })
            .at_most(target)
            .ours("fill_str, universal newlines", || {
                filled(options(encoding, Newline::Universal).read_text(path)?)
            }),
    )
}

fn foreign_lines(
    bench: &mut Bench,
    (input, encoding, peer): Legacy,
    target: f64,
) -> io::Result<()> {
    let Some(table) = bench.table("2f", &format!("lines, {}", input.name())) else {
        return Ok(());
    };
    let path = &bench.file(input)?;
    let (lines, bytes) = lines_and_bytes(path)?;
    let ours = |newline| -> io::Result<u64> {
        let mut text = options(encoding, newline).read_text(path)?;
        let mut sum = 0;
        while let Some(line) = text.next_line()? {
            sum += 1 + line.len() as u64;
        }
        Ok(sum)
    };
    bench.run(
        table
            .bytes(bytes)
            .items(lines, "line")
            .peer("encoding_rs in a Read, std read_line", || {
                foreign::lines(path, peer)
            })
            .ours("next_line", || ours(Newline::Lf))
            .at_most(target)
            .ours("next_line, universal newlines", || ours(Newline::Universal)),
    )
}

/// In memory, 64 KiB at a time into the same place.
fn newlines(bench: &mut Bench, input: Input, target: f64) -> io::Result<()> {
    let Some(table) = bench.table("2g", &format!("newlines, {}", input.name())) else {
        return Ok(());
    };
    let text = &fs::read_to_string(bench.file(input)?)?;
    let lines = text.lines().count() as u64;
    // The inputs are ASCII: any cut will do.
    let blocks = || {
        (0..text.len())
            .step_by(BLOCK)
            .map(|at| &text[at..text.len().min(at + BLOCK)])
    };
    let has_cr = text.contains('\r');
    let (mut copy, mut spans, mut out) = (String::new(), String::new(), String::new());
    let mut table = table.bytes(text.len() as u64).items(lines, "line");
    if !has_cr {
        table = table
            .peer("memcpy", || {
                let mut sum = 0;
                for block in blocks() {
                    copy.clear();
                    copy.push_str(block);
                    sum += black_box(&copy).len() as u64;
                }
                Ok(sum)
            })
            .ours("NewlineDecoder, lent", || {
                let mut decoder = NewlineDecoder::new(Newline::Universal);
                let mut sum = 0;
                for block in blocks() {
                    sum += black_box(&*decoder.decode_cow(block, false)).len() as u64;
                }
                Ok(sum)
            })
            .at_most(target);
    }
    let table = table
        .peer("memchr and the spans between", || {
            let mut sum = 0;
            for block in blocks() {
                spans.clear();
                let mut done = 0;
                for at in memchr::memchr_iter(b'\r', block.as_bytes()) {
                    spans.push_str(&block[done..at]);
                    if block
                        .as_bytes()
                        .get(at + 1)
                        .is_some_and(|&next| next != b'\n')
                    {
                        spans.push('\n');
                    }
                    done = at + 1;
                }
                spans.push_str(&block[done..]);
                sum += black_box(&spans).len() as u64;
            }
            Ok(sum)
        })
        .ours("NewlineDecoder", || {
            let mut decoder = NewlineDecoder::new(Newline::Universal);
            let mut sum = 0;
            for block in blocks() {
                out.clear();
                decoder.decode(block, false, &mut out);
                sum += black_box(&out).len() as u64;
            }
            Ok(sum)
        });
    bench.run(if has_cr { table.at_most(target) } else { table })
}

/// What is seldom read, and so has no target: other forms of Unicode, and bytes of which every
/// eighth is no text.
fn seldom(bench: &mut Bench) -> io::Result<()> {
    const ID: &str = "9h";
    if bench.table(ID, "").is_none() {
        return Ok(());
    }
    let text = fs::read_to_string(bench.file(Input::Mixed)?)?;
    for encoding in ["utf-7", "utf-32-le"] {
        let path = bench.path(encoding);
        let options = OpenOptions::new().encoding(encoding.parse()?);
        let mut file = options.newline(Newline::Lf).write_text(&path)?;
        file.write_str(&text)?;
        file.close()?;
        against_cpython(bench, ID, &path, (encoding, ErrorPolicy::Strict), None)?;
    }
    let path = bench.file(Input::Latin1)?;
    for errors in [
        ErrorPolicy::Replace,
        ErrorPolicy::Ignore,
        ErrorPolicy::Escape,
    ] {
        against_cpython(bench, ID, &path, ("utf-8", errors), None)?;
    }
    against_cpython(bench, ID, &path, ("ascii", ErrorPolicy::Replace), None)
}
