//! The tool beside the programs of GNU and others, on a thousand generated files with the options that both
//! have. Every difference is in a table with its reason, or a failure. `--release` runs all files, a fraction
//! of them otherwise; programs that are not installed are left out with a line that says so.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::differences::{Case, DIFFERENCES};
use crate::pairs::{PAIRS, Pair};
use crate::samples::Sample;

mod differences;
#[path = "../generated/mod.rs"]
mod generated;
mod pairs;
mod run;
mod samples;
#[path = "../support/mod.rs"]
mod support;

/// How many files there are. Without optimisation a run of the tool takes ten times as long.
const FILES: usize = if cfg!(debug_assertions) { 60 } else { 1000 };

/// Which samples those are: where there are few, some of all kinds, which follow each other in tens.
fn which(number: usize) -> usize {
    match FILES {
        1000 => number,
        _ => number * 16 + number % 10,
    }
}

/// What was found.
#[derive(Default)]
struct Found {
    compared: usize,
    /// How often each row of the table explained something.
    explained: BTreeMap<usize, usize>,
    unexplained: Vec<String>,
}

#[test]
fn a_thousand_files() {
    let pairs: Vec<&Pair> = PAIRS
        .iter()
        .filter(|pair| support::installed(pair.program()))
        .collect();
    let found = Mutex::new(Found::default());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let dir = tempfile::tempdir().unwrap();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= FILES {
                        break;
                    }
                    let sample = samples::sample(which(number));
                    compare(&sample, &pairs, dir.path(), &found);
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    let rows = found.explained.len();
    report(found);
    // A row that explains nothing any more is out of date.
    if FILES == 1000 && pairs.len() == PAIRS.len() {
        assert_eq!(rows, DIFFERENCES.len());
    }
}

/// The table in the repository is the one here. (With `UPDATE=1` in the environment it becomes that.)
#[test]
fn the_table_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("DIFFERENCES.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, differences::table()).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        differences::table()
    );
}

/// One line of a hundred megabytes.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes without --release")]
fn a_long_line() {
    let is_wanted = |pair: &&Pair| pairs::takes_long_lines(pair);
    let installed = |pair: &&Pair| support::installed(pair.program());
    let pairs: Vec<&Pair> = PAIRS.iter().filter(is_wanted).filter(installed).collect();
    let found = Mutex::new(Found::default());
    let dir = tempfile::tempdir().unwrap();
    compare(&samples::one_line(), &pairs, dir.path(), &found);
    report(found.into_inner().unwrap());
}

/// Runs both programs of each pair over a sample.
fn compare(sample: &Sample, pairs: &[&Pair], folder: &Path, found: &Mutex<Found>) {
    run::write(sample, folder);
    for pair in pairs {
        if pair.ours.contains('%') && sample.utf_8.is_none() {
            continue;
        }
        let (ours, theirs) = run::both(pair, sample, folder);
        let mut found = found.lock().unwrap();
        found.compared += 1;
        if ours.equals(&theirs, pair) {
            continue;
        }
        let case = Case {
            sample,
            pair,
            ours: &ours,
            theirs: &theirs,
        };
        let is_it =
            |row: &differences::Difference| row.command == pair.command() && (row.explains)(&case);
        match DIFFERENCES.iter().position(is_it) {
            Some(row) => *found.explained.entry(row).or_default() += 1,
            None => found.unexplained.push(described(&case)),
        }
    }
}

fn described(case: &Case<'_>) -> String {
    let Case {
        sample,
        pair,
        ours,
        theirs,
    } = case;
    let at = ours
        .output
        .iter()
        .zip(&theirs.output)
        .position(|(one, other)| one != other);
    let at = at.unwrap_or(ours.output.len().min(theirs.output.len()));
    let near = |output: &[u8]| {
        let shown = &output[at.saturating_sub(20)..output.len().min(at + 40)];
        format!("{}", shown.escape_ascii())
    };
    format!(
        "{} | {}\n  {}: {}\n  ours {:?} {} bytes …{}… {}\n  theirs {:?} {} bytes …{}… {}",
        pair.ours,
        pair.theirs,
        sample.what,
        sample.bytes[..sample.bytes.len().min(60)].escape_ascii(),
        ours.status,
        ours.output.len(),
        near(&ours.output),
        ours.errors.trim_end(),
        theirs.status,
        theirs.output.len(),
        near(&theirs.output),
        theirs.errors.trim_end(),
    )
}

fn report(found: Found) {
    println!("{} answers were compared", found.compared);
    for (row, times) in &found.explained {
        let row = &DIFFERENCES[*row];
        println!("{times:6} × {} {}: {}", row.command, row.options, row.ours);
    }
    let mut by_pair = BTreeMap::<&str, usize>::new();
    for text in &found.unexplained {
        *by_pair
            .entry(text.lines().next().unwrap_or(""))
            .or_default() += 1;
    }
    let shown: Vec<&str> = found
        .unexplained
        .iter()
        .map(String::as_str)
        .take(40)
        .collect();
    assert!(
        found.unexplained.is_empty(),
        "not in the table: {by_pair:#?}\n{}",
        shown.join("\n")
    );
    assert!(found.compared > 0);
}
