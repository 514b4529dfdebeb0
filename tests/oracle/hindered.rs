//! Programs about text over devices that stall or fail, and how their calls are spelled here: each is
//! made until the device lets it through, reading as far as CPython came where it has nothing now.

use iolite::{Error, TextIoExt};

use crate::answer::{self, Answer, NOTHING, number, text};
use crate::bytes::limit;
use crate::faults::is_fault;
use crate::generate::{about, calls, marks_from, setup, size};
use crate::program::{self, Program, data};
use crate::random::Random;
use crate::text::{self, Slots, Text};
use crate::text_programs::{NEWLINES, some_text, writing};

/// Whether the device of a program is in the way.
pub(crate) fn applies(program: &Program) -> bool {
    let mut marks = program
        .setup
        .last()
        .into_iter()
        .flat_map(|device| device.split('/').skip(1));
    program.kind() == "text"
        && marks
            .any(|marks| marks.contains(['w', 'e', 'x', 'n']) && marks.contains(char::is_numeric))
}

fn in_the_way(error: &Error) -> bool {
    error.is_would_block() || is_fault(error)
}

/// One call.
pub(crate) fn one(
    stream: &mut impl Text,
    call: &[String],
    theirs: &str,
    slots: &mut Slots,
) -> Answer {
    let first = call.get(1).map_or("none", String::as_str);
    match call[0].as_str() {
        "read" => read(stream, limit(first)),
        "readline" => Ok(text(&line(stream, limit(first), answer::length(theirs))?)),
        "readlines" => lines(stream, limit(first), theirs),
        "list" => lines(stream, None, theirs),
        "write" => {
            let content = program::text(first);
            write(stream, &content)?;
            Ok(number(content.chars().count() as u64))
        }
        "writelines" => {
            for line in &call[1..] {
                write(stream, &program::text(line))?;
            }
            Ok(NOTHING.to_owned())
        }
        "close" => {
            before_leaving(stream);
            text::one(stream, call, theirs, slots)
        }
        _ => insist(|| text::one(stream, call, theirs, slots)),
    }
}

/// What is pending goes out first.
pub(crate) fn before_leaving(stream: &mut impl Text) {
    if !stream.is_closed() {
        // A reader has nothing to flush.
        drop(insist(|| stream.flush()));
    }
}

fn insist<T>(mut call: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 0..100 {
        match call() {
            Err(error) if in_the_way(&error) => {}
            outcome => return outcome,
        }
    }
    panic!("hindered for ever")
}

fn write(stream: &mut impl Text, content: &str) -> Result<(), Error> {
    let mut rest = content;
    insist(|| {
        let outcome = stream.write_str(rest);
        if let Err(Error::WouldBlock { written } | Error::WriteFailed { written, .. }) = outcome {
            rest = &rest[written..];
        }
        outcome
    })
}

/// Goes on after a failure, and stops where there is nothing now, as CPython's does.
fn read(stream: &mut impl Text, n: Option<usize>) -> Answer {
    let mut taken = String::new();
    for _ in 0..100 {
        let outcome = match n {
            Some(0) => stream.read_line_part(0, &mut taken).map(drop),
            Some(n) => stream
                .read_chars(n - taken.chars().count(), &mut taken)
                .map(drop),
            None => stream.read_to_string(&mut taken).map(drop),
        };
        match outcome {
            Err(error) if is_fault(&error) => {}
            Err(error) if !error.is_would_block() => return Err(error),
            _ => return Ok(text(&taken)),
        }
    }
    panic!("failed for ever")
}

/// A line, or as much of it as CPython has of one that is not complete yet.
fn line(
    stream: &mut impl Text,
    limit: Option<usize>,
    theirs: Option<usize>,
) -> Result<String, Error> {
    for _ in 0..100 {
        match text::line(stream, limit) {
            Err(error) if error.is_would_block() => {
                let mut part = String::new();
                // No more of it is there, and there is no need to ask.
                match theirs.unwrap_or(0) {
                    0 => {}
                    n => drop(stream.read_chars(n, &mut part)?),
                }
                return Ok(part);
            }
            Err(error) if is_fault(&error) => {}
            outcome => return outcome,
        }
    }
    panic!("failed for ever")
}

fn lines(stream: &mut impl Text, hint: Option<usize>, theirs: &str) -> Answer {
    let mut expected = theirs.strip_prefix('l').unwrap_or_default().split(',');
    text::lines(hint, || {
        line(stream, None, expected.next().and_then(answer::length))
    })
}

/// Characters that each of the encodings has or lacks, but none that reads as the half of a line
/// end before a stall: CPython takes it for the end of the stream.
const PIECES: &[&str] = &[
    "a", "bc", "d ", "\n", "\n", "\r", "\r\n", "é", "€", "𐐀", "日本",
];

pub(crate) fn program(random: &mut Random) -> Program {
    match random.below(2) {
        0 => reading(random),
        _ => writing_text(random),
    }
}

const ENCODINGS: &[&str] = &["utf-8", "utf-8", "utf-8", "latin-1", "cp1252"];

fn marks(random: &mut Random, kinds: &[char]) -> String {
    let count = 1 + random.below(6);
    marks_from(random, 0, count, kinds)
}

fn reading(random: &mut Random) -> Program {
    let encoding = random.pick(ENCODINGS);
    let errors = random.pick(&["ignore", "replace"]);
    let newline = random.pick(NEWLINES);
    let (cap, chunk) = (1 + random.below(16), random.pick(&[0, 1, 2, 3, 5, 16]));
    let fails = random.one_in(2);
    let kinds: &[char] = if fails {
        &['x', 'x', 'c']
    } else {
        &['w', 'w', 'e', 'c']
    };
    let reads = marks(random, kinds);
    let content = some_text(random, PIECES, 24);
    Program {
        setup: setup(format!(
            "text reader {cap} {encoding} {errors} {newline} 0 {chunk} {content}/{reads}//rs"
        )),
        calls: calls(random, |random| match random.below(24) {
            0..8 => format!("read {}", size(random)),
            8..16 => format!("readline {}", size(random)),
            16 => format!("readlines {}", size(random)),
            17 => "list".to_owned(),
            18 | 19 if fails => "mark".to_owned(),
            20..22 if fails => format!("goto {}", random.below(4)),
            22 => "start".to_owned(),
            _ => match about(random) {
                tell if tell == "tell" => "readline none".to_owned(),
                other => other,
            },
        }),
    }
}

fn writing_text(random: &mut Random) -> Program {
    let encoding = random.pick(&["utf-8", "utf-8", "latin-1", "cp1252", "utf-16-le"]);
    let errors = random.pick(&["strict", "ignore", "replace", "xmlcharrefreplace"]);
    let newline = random.pick(NEWLINES);
    let (cap, lines) = (1 + random.below(16), random.below(2));
    let writes = marks(random, &['w', 'w', 'x', 'n', 'c']);
    Program {
        setup: setup(format!(
            "text writer {cap} {encoding} {errors} {newline} {lines} 0 *//{writes}/ws"
        )),
        calls: calls(random, |random| match random.below(24) {
            0..17 => writing(random, PIECES),
            17 | 18 => "flush".to_owned(),
            19 => "start".to_owned(),
            20 => "end".to_owned(),
            21 => format!("truncate {}", random.below(20)),
            22 => "truncate none".to_owned(),
            _ => match about(random) {
                tell if tell == "tell" => "flush".to_owned(),
                other => other,
            },
        }),
    }
}

/// Drops the stalls that CPython takes for the end of the stream, and the reads that it gives up. An
/// end that is none, and cuts a character or a line end off, is met twice by ours.
pub(crate) fn tidy(program: &mut Program) {
    if !applies(program) {
        return;
    }
    let utf8 = program.setup[3] == "utf-8";
    let device = program.setup.last_mut().unwrap();
    let parts: Vec<&str> = device.split('/').collect();
    let content = data(parts[0]);
    let (before, reads) = (parts[0], parts[1]);
    let mut kept = String::new();
    for mark in reads.split_inclusive(|ch: char| !ch.is_ascii_digit()) {
        let at: usize = mark[..mark.len() - 1].parse().unwrap();
        let rest = content.get(at..).unwrap_or_default();
        let inside = utf8 && rest.first().is_some_and(|byte| byte & 0xc0 == 0x80);
        let half = at > 0 && content.get(at - 1) == Some(&b'\r');
        if !mark.ends_with(['w', 'e']) || !inside && !half {
            kept.push_str(mark);
        }
    }
    let stalls = kept.contains('w');
    *device = format!("{before}/{kept}/{}/{}", parts[2], parts[3]);
    program.calls.retain(|call| {
        let whole = call[0] == "read" && ["-1", "none"].contains(&&*call[1]);
        // CPython asks the device for an empty line, too.
        let none = call[0] == "readline" && call[1] == "0";
        !(none || stalls && whole)
    });
}
