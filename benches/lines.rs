//! Text lines from a UTF-8 file: ours beside std's, in one run, in turn.
//!
//! ```text
//! cargo bench --bench lines -- [MEBIBYTES] [ROUNDS]
//! ```
//!
//! Every row counts the same lines and bytes, and that is checked. What counts is the ratio to
//! std in the same round: the machine's speed drifts, and both rows drift with it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use iolite::prelude::*;
use iolite::{Newline, OpenOptions};

/// Lines and bytes of text without terminators.
type Check = (u64, u64);
type Row = (&'static str, fn(&Path) -> io::Result<Check>);

const ROWS: [Row; 4] = [
    (
        "std BufReader::read_line, reused String, 64 KiB",
        std_read_line,
    ),
    ("iolite next_line, newline lf", |path| {
        next_line(path, Newline::Lf)
    }),
    ("iolite next_line, newline universal", |path| {
        next_line(path, Newline::Universal)
    }),
    ("iolite read_line, reused String", read_line),
];

fn main() -> io::Result<()> {
    // `cargo bench` adds a flag of its own; a plain test run only has to see that this works.
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let mebibytes = numbers.first().copied().unwrap_or(64);
    let rounds = numbers.get(1).copied().unwrap_or(5).max(1);
    let dir = tempfile::tempdir()?;
    for (kind, line) in [
        (
            "ascii",
            "the quick brown fox jumps over the lazy dog, and then it does it all once again",
        ),
        (
            "mixed",
            "größe 漢字かな交じり文 naïve café — ещё одна строка 😀 end",
        ),
        ("short", "1234567"),
    ] {
        let path = dir.path().join(kind);
        generate(&path, line, mebibytes << 20)?;
        compare(kind, &path, rounds)?;
    }
    Ok(())
}

fn generate(path: &Path, line: &str, size: usize) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for _ in 0..size / (line.len() + 1) {
        writeln!(file, "{line}")?;
    }
    file.flush()
}

fn compare(kind: &str, path: &Path, rounds: usize) -> io::Result<()> {
    let expected = std_read_line(path)?;
    let mut times = vec![Vec::new(); ROWS.len()];
    for _ in 0..rounds {
        for ((name, run), times) in ROWS.iter().zip(&mut times) {
            let start = Instant::now();
            let check = run(path)?;
            times.push(start.elapsed());
            assert_eq!(check, expected, "{name}");
        }
    }
    println!(
        "{kind}: {} lines, {} bytes, {rounds} rounds",
        expected.0,
        expected.1 + expected.0
    );
    for ((name, _), own) in ROWS.iter().zip(&times) {
        let ratios = own
            .iter()
            .zip(&times[0])
            .map(|(own, std)| own.as_secs_f64() / std.as_secs_f64());
        let ratio = median(ratios.collect(), f64::total_cmp);
        let time = median(own.clone(), Duration::cmp);
        println!(
            "  {name:<50} {:>8.1} ms   {ratio:.2} x std",
            time.as_secs_f64() * 1e3
        );
    }
    Ok(())
}

fn median<T: Copy>(mut values: Vec<T>, order: fn(&T, &T) -> std::cmp::Ordering) -> T {
    values.sort_by(order);
    values[values.len() / 2]
}

fn std_read_line(path: &Path) -> io::Result<Check> {
    let mut file = BufReader::with_capacity(64 * 1024, File::open(path)?);
    let (mut lines, mut bytes, mut line) = (0, 0, String::new());
    while file.read_line(&mut line)? > 0 {
        lines += 1;
        bytes += line.len() as u64 - 1;
        line.clear();
    }
    Ok((lines, bytes))
}

fn next_line(path: &Path, newline: Newline) -> io::Result<Check> {
    let mut text = OpenOptions::new().newline(newline).read_text(path)?;
    let (mut lines, mut bytes) = (0, 0);
    while let Some(line) = text.next_line()? {
        lines += 1;
        bytes += line.len() as u64;
    }
    Ok((lines, bytes))
}

fn read_line(path: &Path) -> io::Result<Check> {
    let mut text = OpenOptions::new().read_text(path)?;
    let (mut lines, mut bytes, mut line) = (0, 0, String::new());
    while text.read_line(&mut line)? > 0 {
        lines += 1;
        bytes += line.len() as u64 - 1;
        line.clear();
    }
    Ok((lines, bytes))
}
