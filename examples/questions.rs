//! Asks two questions on standard input, and counts the lines after the answers.
//!
//! `printf 'Anna\n42\n' | cargo run --example questions`. Each question locks standard input for
//! itself; what came together with the first answer is there for the second.

use std::env;
use std::io::BufRead;
use std::thread;

use iolite::{Error, IoBase, TextIo, stdio};

fn main() -> Result<(), Error> {
    let has = |option: &str| env::args().any(|argument| argument == option);
    let name = if has("--bytes") { ask_bytes()? } else { ask()? };
    if has("--close") {
        stdio::stdin()?.close()?;
    }
    let age = thread::spawn(ask).join().expect("no panic")?;
    let (mut input, mut more) = (stdio::stdin()?, 0);
    while input.next_line()?.is_some() {
        more += 1;
    }
    let mut output = stdio::stdout()?;
    writeln!(output, "{name} is {age}; {more} lines more")?;
    output.close()
}

/// A line, without its end; empty at the end of the input.
fn ask() -> Result<String, Error> {
    let mut input = stdio::stdin()?;
    let line = input.next_line()?;
    Ok(line.map_or_else(String::new, |line| line.to_string()))
}

/// The same in bytes that need not be text.
fn ask_bytes() -> Result<String, Error> {
    let mut line = Vec::new();
    stdio::stdin_bytes()?.read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
}
