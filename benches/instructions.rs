//! Instructions a line, counted by callgrind: what does not depend on the weather.
//!
//! ```text
//! cargo bench --bench instructions -- [MEBIBYTES] [ROUNDS] [record]
//! ```
//!
//! Each row runs under valgrind over a file and over one three times as large; the difference has
//! no start-up in it. Without valgrind that is said, and nothing is counted.

mod support;

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use iolite::{Newline, OpenOptions, TextIo};

use support::inputs::{Input, generate, lines_and_bytes};
use support::record::folder;
use support::ways::{bstr_checked, next_line, slice_until, std_read_line};

type Row = (&'static str, fn(&Path) -> io::Result<u64>);

const ROWS: &[Row] = &[
    ("std read_line, reused String", std_read_line),
    ("bstr for_byte_line, simdutf8 a line", bstr_checked),
    ("iolite slice_until", slice_until),
    ("iolite next_line, newline lf", |path| {
        next_line(path, Newline::Lf)
    }),
    ("iolite next_line, universal newlines", |path| {
        next_line(path, Newline::Universal)
    }),
    ("iolite next_line and tell", told_lines),
];

const INPUTS: [Input; 5] = [
    Input::Ascii,
    Input::Mixed,
    Input::Short,
    Input::AsciiCrLf,
    Input::ShortCrLf,
];

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, row, path] = arguments.as_slice()
        && flag == "--row"
    {
        let row = ROWS.iter().find(|(name, _)| name == row);
        let (_, work) = row.ok_or_else(|| io::Error::other("no such row"))?;
        println!("{}", work(Path::new(path))?);
        return Ok(());
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("no valgrind: no instructions are counted");
        return Ok(());
    }
    let folder_of_inputs = tempfile::tempdir()?;
    let mut record = Vec::new();
    for input in INPUTS {
        let paths = [1, 3].map(|size| {
            folder_of_inputs
                .path()
                .join(format!("{}{size}", input.name()))
        });
        generate(&paths[0], input, 1 << 19)?;
        generate(&paths[1], input, 3 << 19)?;
        let lines = lines_and_bytes(&paths[1])?.0 - lines_and_bytes(&paths[0])?.0;
        for (name, _) in ROWS {
            let [small, large] = paths.each_ref().map(|path| instructions(name, path));
            let each = (large? - small?) / lines as f64;
            println!(
                "{:<12} {name:<40} {each:>8.1} instructions a line",
                input.name()
            );
            writeln!(record, "{}\t{name}\t{each:.0}", input.name())?;
        }
    }
    if arguments.iter().any(|arg| arg == "record") {
        std::fs::create_dir_all(folder())?;
        std::fs::write(folder().join("instructions.tsv"), record)?;
    }
    Ok(())
}

/// How many instructions a row takes, with its start-up.
fn instructions(row: &str, path: &Path) -> io::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["--row", row])
        .arg(path)
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let count = count.and_then(|(_, count)| count.trim().parse().ok());
    count.ok_or_else(|| io::Error::other(said.into_owned()))
}

fn told_lines(path: &Path) -> io::Result<u64> {
    let mut text = OpenOptions::new().read_text(path)?;
    let mut sum = 0;
    while let Some(line) = text.next_line()? {
        sum += line.len() as u64;
        std::hint::black_box(text.tell()?);
    }
    Ok(sum)
}
