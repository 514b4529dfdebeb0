//! Counts lines, words, characters and bytes, as GNU `wc` does, in any encoding.
//!
//! ```text
//! cargo run --release --example linecount -- [-lwmc] [-j THREADS] [--encoding NAME]
//!     [--newline NAME] [--errors POLICY] [FILE…]
//! ```
//!
//! Without a file, or for `-`, it reads standard input. All floors of the library are under it:
//! `open` → text → buffered → raw → chunk.
//!
//! What it promises (`tests/examples/linecount.rs` holds it to that):
//!
//! - Counts lines, words and bytes, or what `-l`, `-w`, `-m` (characters), `-c` (bytes) ask for, in
//!   this order whatever the order of the flags; several files are followed by a `total`.
//! - Prints what GNU `wc` prints, column for column, for files that `wc` can read in a UTF-8 locale
//!   (except for words of code points that the C library does not know).
//! - `-`, and no file at all, are standard input, with and without a name.
//! - `--encoding` and `--newline` say how the file is read; bytes are those of the file.
//! - A file that cannot be opened (missing, a directory) or read is reported on standard error; the
//!   others are counted; the exit status is 1.
//! - An invalid byte is an error that names file and byte offset; with `--errors replace` or
//!   `ignore` it is counted as U+FFFD or left out.
//! - When nobody reads the output any more, it ends quietly; when the output cannot be written (a
//!   full disk), it says so and the exit status is 1.
//! - An unknown option, encoding or policy is reported with the usage; exit status 1.
//! - Memory does not grow with the file, nor with its longest line.
//! - File names are bytes: one that is not UTF-8 is a name like any other; one with a newline is
//!   quoted in the output, and any that a shell would mind in messages, as by `wc`.
//! - A message that cannot be printed changes nothing for the other files.
//! - `-j` counts the ranges of a regular file with so many threads, where its encoding allows that,
//!   and counts the same.
//! - The bytes of a regular file are asked of the system, but for its last 64 KiB.

#[path = "support/command_line.rs"]
mod command_line;
#[path = "support/messages.rs"]
mod messages;

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io::{Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread;

use iolite::prelude::*;
use iolite::ranges::LineRange;
use iolite::raw::FileMode;
use iolite::text::LineCounter;
use iolite::{
    BufferedReader, BufferedWriter, Encoding, ErrorPolicy, FileIo, Newline, Result, TextIoWrapper,
    TextOptions, stdio,
};

use crate::command_line::parsed;
use crate::messages::{exit_code, quoted, reason, report};

const USAGE: &str = "usage: linecount [-lwmc] [-j THREADS] [--encoding NAME] [--newline NAME] \
                     [--errors strict|ignore|replace|backslashreplace|escape] [FILE...]";

/// How much of the end of a file is read even where only its bytes are counted: the size that
/// files such as those in /proc say they have is not always theirs.
const TAIL: u64 = 64 * 1024;

fn main() -> ExitCode {
    let options = Options::parse(lexopt::Parser::from_env());
    match parsed("linecount", USAGE, options) {
        Ok(options) => exit_code("linecount", "standard output", run(&options)),
        Err(code) => code,
    }
}

/// Counts everything and prints it; whether every file could be counted.
fn run(options: &Options) -> Result<bool> {
    let mut out = stdio::stdout_bytes()?;
    let width = options.width();
    let mut total = Counts::default();
    let mut all_counted = true;
    for name in &options.files {
        match options.count(name.as_deref()) {
            Ok(counts) => {
                total.add(&counts);
                options.print(&mut out, &counts, width, name.as_deref())?;
            }
            Err(error) => {
                all_counted = false;
                let name = name.as_deref().map_or("standard input".into(), quoted);
                // What was counted so far comes before the message.
                out.flush()?;
                report(&format!("linecount: {name}: {}", reason(&error)));
            }
        }
    }
    if options.files.len() > 1 {
        options.print(&mut out, &total, width, Some("total".as_ref()))?;
    }
    out.close()?;
    Ok(all_counted)
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
    threads: NonZeroUsize,
    text: TextOptions,
    newline: Newline,
    /// `None` is standard input without a name.
    files: Vec<Option<OsString>>,
}

impl Options {
    /// `None` is a call for help.
    fn parse(mut args: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
        use lexopt::prelude::*;
        let (mut lines, mut words, mut chars, mut bytes) = (false, false, false, false);
        let (mut encoding, mut newline) = (Encoding::UTF_8, Newline::Lf);
        let (mut errors, mut threads) = (ErrorPolicy::Strict, NonZeroUsize::MIN);
        let mut files = Vec::new();
        while let Some(arg) = args.next()? {
            match arg {
                Short('l') | Long("lines") => lines = true,
                Short('w') | Long("words") => words = true,
                Short('m') | Long("chars") => chars = true,
                Short('c') | Long("bytes") => bytes = true,
                Short('j') | Long("threads") => threads = args.value()?.parse()?,
                Short('h') | Long("help") => return Ok(None),
                Long("encoding") => encoding = args.value()?.parse()?,
                Long("newline") => newline = args.value()?.parse()?,
                Long("errors") => errors = args.value()?.parse()?,
                Value(file) => files.push(Some(file)),
                _ => return Err(arg.unexpected()),
            }
        }
        if !(lines || words || chars || bytes) {
            (lines, words, bytes) = (true, true, true);
        }
        if files.is_empty() {
            files.push(None);
        }
        let text = TextOptions::new()
            .encoding(encoding)
            .newline(newline)
            .errors(errors);
        Ok(Some(Options {
            lines,
            words,
            chars,
            bytes,
            threads,
            text,
            newline,
            files,
        }))
    }

    fn count(&self, name: Option<&OsStr>) -> Result<Counts> {
        let mut file = match name {
            Some(name) if name != "-" => FileIo::open(name, FileMode::Read)?,
            _ => stdio::stdin_raw()?,
        };
        if let Some(path) = name.filter(|_| self.reads_ranges(&file)) {
            return self.count_ranges(path, &mut file);
        }
        if self.lines || self.words || self.chars {
            let text = TextIoWrapper::with_options(BufferedReader::new(file), self.text);
            return self.count_text(text);
        }
        count_bytes(file)
    }

    /// Whether several threads can count a file: its size is known, and its lines can be found.
    fn reads_ranges(&self, file: &FileIo) -> bool {
        let metadata = file.get_ref().map(std::fs::File::metadata);
        self.threads > NonZeroUsize::MIN
            && (self.lines || self.words || self.chars)
            && self.text.get_encoding().is_splittable()
            && matches!(metadata, Some(Ok(metadata)) if metadata.len() > TAIL)
            && file.path().is_some()
    }

    /// Counts with a thread for each range of lines. No word lies in two of them.
    fn count_ranges(&self, path: &OsStr, file: &mut FileIo) -> Result<Counts> {
        let ranges = LineRange::split(file, self.text, self.threads)?;
        let count =
            |range: LineRange| self.count_text(range.read(FileIo::open(path, FileMode::Read)?)?);
        thread::scope(|scope| {
            let ranges = ranges.into_iter();
            let threads: Vec<_> = ranges
                .map(|range| scope.spawn(move || count(range)))
                .collect();
            let mut total = Counts::default();
            for thread in threads {
                total.add(&thread.join().expect("a thread counts and does not panic")?);
            }
            Ok(total)
        })
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
        out: &mut BufferedWriter<FileIo>,
        counts: &Counts,
        width: usize,
        name: Option<&OsStr>,
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
        if let Some(name) = name {
            out.write_all(b" ")?;
            // A name is bytes and comes out as it is, but on one line; `wc` does so, too.
            let bytes = name.as_encoded_bytes();
            if bytes.contains(&b'\n') {
                out.write_all(quoted(name).as_bytes())?;
            } else {
                out.write_all(bytes)?;
            }
        }
        Ok(out.write_all(b"\n")?)
    }
}

/// What the system knows about an input.
fn metadata(name: Option<&OsStr>) -> Option<Metadata> {
    match name {
        Some(name) if name != "-" => std::fs::metadata(name).ok(),
        _ => stdio::stdin_raw().ok()?.get_ref()?.metadata().ok(),
    }
}

/// Counts what is left of a file: its size says how much, but for the last part, which is read.
fn count_bytes(mut file: FileIo) -> Result<Counts> {
    let mut counts = Counts::default();
    let size = match file.get_ref().map(std::fs::File::metadata) {
        Some(Ok(metadata)) if metadata.is_file() => metadata.len(),
        _ => 0,
    };
    if size > TAIL {
        let here = file.stream_position()?;
        let tail = size - TAIL;
        if here < tail && file.seek(SeekFrom::Start(tail))? == tail {
            counts.bytes = tail - here;
        }
    }
    let mut block = vec![0; 64 * 1024];
    loop {
        match file.read(&mut block)? {
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
