//! Shows when lines reach standard output: prints so many of them.
//!
//! `cargo run --release --example stdio_lines -- 10000 | cat` takes one system call to write, on
//! a terminal one for each line. With `--std` std's `println!` prints them: 10,000 calls, wherever
//! they go. With `--exit` the process ends by [`std::process::exit`], which drops nothing: what
//! the buffer still holds is lost. With `--stderr` they go to standard error, with `--utf-16` in
//! that encoding.

use std::env;
use std::process::{self, ExitCode};

use iolite::{Encoding, IoBase, TextIo, TextOptions, stdio};

const USAGE: &str = "usage: stdio_lines COUNT [--std | [--stderr] [--exit] [--utf-16]]";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let count = arguments.iter().find_map(|argument| argument.parse().ok());
    let Some(count) = count else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    if has("--std") {
        (1..=count).for_each(|line: u32| println!("{line}"));
        return ExitCode::SUCCESS;
    }
    let options = match has("--utf-16") {
        true => TextOptions::new().encoding(Encoding::UTF_16),
        false => TextOptions::new(),
    };
    match print(count, options, has("--stderr"), has("--exit")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stdio_lines: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(count: u32, options: TextOptions, to_stderr: bool, exits: bool) -> iolite::Result<()> {
    let mut output = match to_stderr {
        true => stdio::stderr_with(options)?,
        false => stdio::stdout_with(options)?,
    };
    for line in 1..=count {
        writeln!(output, "{line}")?;
    }
    if exits {
        process::exit(0);
    }
    output.close()
}
