//! Runs programs on both sides, compares, and shrinks what differs.

use crate::deviations;
use crate::generate::tidy;
use crate::program::Program;
use crate::python::Python;
use crate::{bytes, files, pieces, text};

thread_local! {
    /// A place for the file of each program in turn.
    static FILE: tempfile::NamedTempFile = tempfile::NamedTempFile::new().unwrap();
}

/// What both sides made of a program, where that differs.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) program: Program,
    pub(crate) theirs: String,
    pub(crate) ours: String,
}

impl std::fmt::Display for Difference {
    /// Ready to be pasted into tests/vectors/.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "program\t{}", self.program)?;
        writeln!(f, "CPython\t{}", self.theirs)?;
        write!(f, "iolite \t{}", self.ours)
    }
}

/// Runs a program here, next to the results that CPython had.
pub(crate) fn check(program: &Program, theirs: &str) -> Result<(), Difference> {
    let words: Vec<&str> = theirs.split(' ').filter(|word| !word.is_empty()).collect();
    let run = std::panic::catch_unwind(|| match program.kind() {
        "bytesio" | "reader" | "writer" | "random" | "pair" => bytes::run(program, &words),
        "file" | "textfile" => FILE.with(|file| files::run(program, &words, file.path())),
        "decoder" => pieces::decode(program, &words),
        "escape" => pieces::escape(program),
        _ => text::run(program, &words),
    });
    let ours = run.unwrap_or_else(|_| vec!["!panic".to_owned()]);
    if deviations::same(program, &words, &ours) {
        return Ok(());
    }
    Err(Difference {
        program: program.clone(),
        theirs: theirs.to_owned(),
        ours: ours.join(" "),
    })
}

/// The smallest program that still differs.
pub(crate) fn shrink(python: &mut Python, found: Difference) -> Difference {
    let mut smallest = found;
    loop {
        let candidates = smaller(&smallest.program);
        let results = python.run(&candidates);
        let tried = candidates.iter().zip(&results);
        let next = tried.filter_map(|(program, theirs)| check(program, theirs).err());
        // All of them were run; the first is the one that takes most away.
        match next.into_iter().next() {
            Some(difference) => smallest = difference,
            None => return smallest,
        }
    }
}

/// Programs with a call less, and with smaller words, all of them shorter.
fn smaller(program: &Program) -> Vec<Program> {
    let mut found = Vec::new();
    let calls = program.calls.len();
    for len in [calls / 2, calls / 4, 1] {
        for start in 0..calls {
            if len > 0 && start + len <= calls {
                let mut less = program.clone();
                less.calls.drain(start..start + len);
                found.push(less);
            }
        }
    }
    let last = program.setup.len() - 1;
    for (i, word) in program.setup.iter().enumerate().skip(1) {
        // The others are names.
        let ends = i == last && word != "!" && program.kind() != "decoder";
        let is_data = ends || word.contains('/') || word.parse::<i64>().is_ok();
        for word in shorter(word).into_iter().filter(|_| is_data) {
            let mut less = program.clone();
            less.setup[i] = word;
            found.push(less);
        }
    }
    for (i, call) in program.calls.iter().enumerate() {
        for (j, word) in call.iter().enumerate().skip(1) {
            let then = usize::from(call[0] == "then");
            let is_whence = call[then] == "seek" && j == then + 2;
            let is_name = word == "none" || call[0] == "reconfigure" || is_whence || j == then;
            for word in shorter(word).into_iter().filter(|_| !is_name) {
                let mut less = program.clone();
                less.calls[i][j] = word;
                found.push(less);
            }
        }
    }
    let size = |program: &Program| program.to_string().len();
    let weight = |program: &Program| -> (usize, u64) {
        let digits = |word: &String| word.parse::<i64>().map_or(0, i64::unsigned_abs);
        (
            size(program),
            program.calls.iter().flatten().map(digits).sum(),
        )
    };
    found.iter_mut().for_each(tidy);
    found.retain(|less| weight(less) < weight(program));
    found
}

/// Shorter words of the same kind.
fn shorter(word: &str) -> Vec<String> {
    if let Ok(number) = word.parse::<i64>() {
        return [0, number / 2, number - number.signum()]
            .iter()
            .filter(|less| **less != number)
            .map(i64::to_string)
            .collect();
    }
    if word.contains('/') {
        let parts: Vec<&str> = word.split('/').collect();
        let mut found = Vec::new();
        for (i, part) in parts.iter().enumerate().take(3) {
            let less = match i {
                0 => shorter(part),
                _ => fewer_marks(part),
            };
            for part in &less {
                let mut parts = parts.clone();
                parts[i] = part;
                found.push(parts.join("/"));
            }
        }
        return found;
    }
    let units = units(word);
    let mut found = Vec::new();
    for len in [units.len() / 2, 1] {
        for start in (0..units.len()).step_by(len.max(1)) {
            let end = (start + len).min(units.len());
            if len > 0 {
                let rest = units[..start].concat() + &units[end..].concat();
                found.push(if rest.is_empty() {
                    "*".to_owned()
                } else {
                    rest
                });
            }
        }
    }
    found
}

/// What a word is made of: `a`, `%0A`.
fn units(word: &str) -> Vec<String> {
    let mut units = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let mut len = if rest.starts_with('%') { 3 } else { 1 };
        // A character of several bytes stays in one piece.
        while rest[len..].starts_with(['%']) && rest[len + 1..].starts_with(['8', '9', 'A', 'B']) {
            len += 3;
        }
        let (unit, behind) = rest.split_at(len);
        units.push(unit.to_owned());
        rest = behind;
    }
    units
}

fn fewer_marks(marks: &str) -> Vec<String> {
    let marks: Vec<&str> = marks
        .split_inclusive(|ch: char| !ch.is_ascii_digit())
        .collect();
    (0..marks.len())
        .map(|skip| {
            let rest = marks.iter().enumerate().filter(|(i, _)| *i != skip);
            rest.map(|(_, mark)| *mark).collect()
        })
        .collect()
}
