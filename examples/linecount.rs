//! Counts lines, words, characters and bytes, as GNU `wc` does, in any encoding.
//!
//! ```text
//! cargo run --release --example linecount -- [-lwmc] [--encoding NAME] [--newline NAME]
//!     [--errors POLICY] [FILE…]
//! ```
//!
//! Without a file, or for `-`, it reads standard input. All floors of the library are under it:
//! `open` → text → buffered → raw → chunk.

use std::fs::Metadata;
use std::io::{ErrorKind, Read};
use std::process::ExitCode;

use iolite::prelude::*;
use iolite::{
    Encoding, Error, LineCounter, Newline, OnError, OpenOptions, Result, TextIoWrapper,
    TextOptions, stdio,
};

const USAGE: &str = "usage: linecount [-lwmc] [--encoding NAME] [--newline NAME] \
                     [--errors strict|ignore|replace|backslashreplace|escape] [FILE...]";

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("linecount: {message}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    if options.help {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(all_counted) if all_counted => ExitCode::SUCCESS,
        // Whoever was reading has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("linecount: standard output: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Counts everything and prints it; whether every file could be counted.
fn run(options: &Options) -> Result<bool> {
    let mut out = stdio::stdout_with(TextOptions::new().newline(Newline::Lf))?;
    let width = options.width();
    let mut total = Counts::default();
    let mut all_counted = true;
    for name in &options.files {
        match options.count(name.as_deref().unwrap_or("-")) {
            Ok(counts) => {
                total.add(&counts);
                options.print(&mut out, &counts, width, name.as_deref())?;
            }
            Err(error) => {
                all_counted = false;
                eprintln!("linecount: {}", message(name.as_deref(), &error));
            }
        }
    }
    if options.files.len() > 1 {
        options.print(&mut out, &total, width, Some("total"))?;
    }
    out.close()?;
    Ok(all_counted)
}

/// What to say about a file that could not be counted: its name is said once.
fn message(name: Option<&str>, error: &Error) -> String {
    let name = name.unwrap_or("standard input");
    match error {
        Error::Open { source, .. } | Error::File { source, .. } => format!("{name}: {source}"),
        error => format!("{name}: {error}"),
    }
}

#[derive(Default)]
struct Counts {
    lines: u64,
    words: u64,
    chars: u64,
    bytes: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.lines += other.lines;
        self.words += other.words;
        self.chars += other.chars;
        self.bytes += other.bytes;
    }
}

struct Options {
    lines: bool,
    words: bool,
    chars: bool,
    bytes: bool,
    help: bool,
    encoding: Encoding,
    newline: Newline,
    errors: OnError,
    /// `None` is standard input without a name.
    files: Vec<Option<String>>,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> std::result::Result<Options, String> {
        let mut options = Options {
            lines: false,
            words: false,
            chars: false,
            bytes: false,
            help: false,
            encoding: Encoding::UTF_8,
            newline: Newline::Lf,
            errors: OnError::Strict,
            files: Vec::new(),
        };
        let mut only_files = false;
        while let Some(arg) = args.next() {
            let (flag, inline) = match arg.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (arg.as_str(), None),
            };
            let mut value = || {
                let value = inline.clone().or_else(|| args.next());
                value.ok_or_else(|| format!("{flag} needs a value"))
            };
            let explain = |error: Error| error.to_string();
            match flag {
                _ if only_files || flag == "-" || !flag.starts_with('-') => {
                    options.files.push(Some(arg));
                }
                "--" => only_files = true,
                "--encoding" => options.encoding = value()?.parse().map_err(explain)?,
                "--newline" => options.newline = value()?.parse().map_err(explain)?,
                "--errors" => options.errors = value()?.parse().map_err(explain)?,
                "--lines" => options.lines = true,
                "--words" => options.words = true,
                "--chars" => options.chars = true,
                "--bytes" => options.bytes = true,
                "--help" => options.help = true,
                _ if flag.starts_with("--") => return Err(format!("unknown option {flag}")),
                _ => options.letters(&arg[1..])?,
            }
        }
        if !(options.lines || options.words || options.chars || options.bytes) {
            (options.lines, options.words, options.bytes) = (true, true, true);
        }
        if options.files.is_empty() {
            options.files.push(None);
        }
        Ok(options)
    }

    fn letters(&mut self, letters: &str) -> std::result::Result<(), String> {
        for letter in letters.chars() {
            match letter {
                'l' => self.lines = true,
                'w' => self.words = true,
                'm' => self.chars = true,
                'c' => self.bytes = true,
                'h' => self.help = true,
                _ => return Err(format!("unknown option -{letter}")),
            }
        }
        Ok(())
    }

    /// Whether nothing but bytes is asked for, so that nothing has to be decoded.
    fn only_bytes(&self) -> bool {
        !(self.lines || self.words || self.chars)
    }

    fn count(&self, name: &str) -> Result<Counts> {
        if name == "-" {
            let stdin = stdio::stdin_bytes()?;
            let text = TextOptions::new()
                .encoding(self.encoding)
                .newline(self.newline)
                .errors(self.errors);
            return match self.only_bytes() {
                true => count_bytes(stdin),
                false => self.count_text(TextIoWrapper::with_options(stdin, text)),
            };
        }
        if self.only_bytes() {
            return count_bytes(OpenOptions::new().read_bytes(name)?);
        }
        let open = OpenOptions::new()
            .encoding(self.encoding)
            .newline(self.newline)
            .errors(self.errors);
        self.count_text(open.read_text(name)?)
    }

    /// Goes through the text in the pieces it comes in: memory does not grow with the file, nor
    /// with its longest line.
    fn count_text<B: BufferedIo>(&self, mut text: TextIoWrapper<B>) -> Result<Counts> {
        let mut lines = LineCounter::new(self.newline);
        let mut words = WordCounter::default();
        let mut chars = 0;
        // Standard input may be a file of which somebody has read a part.
        let start = text.byte_offset();
        loop {
            let piece = text.fill_str()?;
            if piece.is_empty() {
                break;
            }
            if self.lines {
                lines.push(piece);
            }
            if self.words {
                words.push(piece);
            }
            if self.chars {
                chars += piece.chars().count() as u64;
            }
            let n = piece.len();
            text.consume(n);
        }
        Ok(Counts {
            lines: lines.lines(),
            words: words.words,
            chars,
            bytes: text.byte_offset() - start,
        })
    }

    /// `wc`'s column width: the digits of the total size if all inputs are regular files, 7 if
    /// one is not, none if there is a single number.
    fn width(&self) -> usize {
        let counters = [self.lines, self.words, self.chars, self.bytes];
        if self.files.len() == 1 && counters.iter().filter(|&&wanted| wanted).count() == 1 {
            return 1;
        }
        let inputs = self.files.iter().map(|name| metadata(name.as_deref()));
        let known: Vec<Metadata> = inputs.flatten().collect();
        let size: u64 = known
            .iter()
            .filter(|m| m.is_file())
            .map(Metadata::len)
            .sum();
        let least = if known.iter().all(Metadata::is_file) {
            1
        } else {
            7
        };
        size.to_string().len().max(least)
    }

    fn print(
        &self,
        out: &mut dyn TextIo,
        counts: &Counts,
        width: usize,
        name: Option<&str>,
    ) -> Result<()> {
        let columns = [
            (self.lines, counts.lines),
            (self.words, counts.words),
            (self.chars, counts.chars),
            (self.bytes, counts.bytes),
        ];
        let mut gap = "";
        for (_, count) in columns.iter().filter(|(wanted, _)| *wanted) {
            write!(out, "{gap}{count:width$}")?;
            gap = " ";
        }
        match name {
            Some(name) => writeln!(out, " {name}"),
            None => writeln!(out),
        }
    }
}

/// What the system knows about an input.
fn metadata(name: Option<&str>) -> Option<Metadata> {
    match name {
        None | Some("-") => stdin_metadata(),
        Some(name) => std::fs::metadata(name).ok(),
    }
}

#[cfg(unix)]
fn stdin_metadata() -> Option<Metadata> {
    use std::os::fd::AsFd;
    let stdin = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
    std::fs::File::from(stdin).metadata().ok()
}

#[cfg(not(unix))]
fn stdin_metadata() -> Option<Metadata> {
    None
}

fn count_bytes(mut stream: impl Read) -> Result<Counts> {
    let mut block = vec![0; 64 * 1024];
    let mut counts = Counts::default();
    loop {
        match stream.read(&mut block)? {
            0 => return Ok(counts),
            n => counts.bytes += n as u64,
        }
    }
}

/// Counts words in text that comes in pieces: runs of printable characters between white space.
#[derive(Default)]
struct WordCounter {
    words: u64,
    inside: bool,
}

impl WordCounter {
    fn push(&mut self, text: &str) {
        for ch in text.chars() {
            match class(ch) {
                Class::Separator => self.inside = false,
                Class::Printable => {
                    self.words += u64::from(!self.inside);
                    self.inside = true;
                }
                Class::Neither => {}
            }
        }
    }
}

enum Class {
    Separator,
    Printable,
    /// Neither begins nor ends a word.
    Neither,
}

/// How `wc` sees a character in a UTF-8 locale. (It also skips code points that its C library
/// does not know yet; they are printable here.)
fn class(ch: char) -> Class {
    match ch {
        '!'..='~' => Class::Printable,
        '\t'..='\r' | ' ' => Class::Separator,
        '\u{2060}' => Class::Separator,
        '\u{2028}' | '\u{2029}' => Class::Neither,
        _ if ch.is_control() => Class::Neither,
        _ if ch.is_whitespace() => Class::Separator,
        _ => Class::Printable,
    }
}
