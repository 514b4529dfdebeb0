//! The differential oracle: random programs of calls, run here and on CPython, compared.
//!
//! `cargo test --test oracle` replays the recorded results of CPython 3.13 (tests/vectors/), and
//! runs some thousand fresh programs of each class if there is a `python3` from 3.8 on.
//! `ORACLE_PYTHON` names another interpreter. The long run takes numbers from the environment:
//!
//! ```text
//! ORACLE_NUMBER=1200000 ORACLE_SEED=7 cargo test --release --test oracle -- --ignored long --nocapture
//! ORACLE_CLASS=reader …            # of one class
//! TMPDIR=/dev/shm …                # files in memory: several times as fast
//! ORACLE_PROGRAM='bytesio abc;read 2' cargo test --test oracle -- --ignored one --nocapture
//! cargo test --release --test oracle -- --ignored record     # writes the vectors anew
//! ```

mod answer;
mod bytes;
mod changes;
mod compare;
mod deviations;
mod device;
mod faults;
mod files;
mod generate;
mod hindered;
mod pieces;
mod program;
#[path = "../support/progress.rs"]
mod progress;
mod python;
mod random;
mod text;
mod text_programs;

use std::path::{Path, PathBuf};
use std::time::Instant;

use compare::{check, shrink};
use generate::{CLASSES, NARROW};
use program::Program;
use progress::Progress;
use python::Python;
use text_programs::LEGACY;

const BATCH: u64 = 256;

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(default, |value| value.parse().expect("a number"))
}

/// Runs `count` programs of a class, and panics with the smallest one that differs.
fn differ(python: &mut Python, class: &str, seed: u64, count: u64) {
    let batch = |start: u64| -> Vec<Program> {
        let numbers = start..(start + BATCH).min(count);
        numbers
            .map(|number| generate::program(class, seed, number))
            .collect()
    };
    let mut programs = batch(0);
    python.send(&programs);
    let (mut start, mut progress) = (0, Progress::start());
    while start < count {
        progress.at(format_args!("{class}, program {start} of {count}"));
        start += BATCH;
        // CPython runs the next ones while we run these.
        let next = batch(start.min(count));
        python.send(&next);
        let mut found = None;
        for program in &programs {
            let theirs = python.receive();
            if let Err(difference) = check(program, &theirs) {
                found.get_or_insert(difference);
            }
        }
        if let Some(found) = found {
            next.iter().for_each(|_| drop(python.receive()));
            let small = shrink(python, found);
            panic!("{class}, seed {seed}, CPython {}:\n{small}", python.version);
        }
        programs = next;
    }
}

fn python() -> Option<Python> {
    let python = Python::start();
    if python.is_none() {
        eprintln!("SKIPPED: no python3 from 3.8 on, nothing to compare with");
    }
    python
}

/// How many programs of a class there are to a hundred of the others: files cost system calls.
fn share(class: &str, count: u64) -> u64 {
    match class {
        "file" | "textfile" => count.div_ceil(5),
        _ => count,
    }
}

/// A quick look at each class.
#[test]
fn the_same_as_cpython() {
    let Some(mut python) = python() else { return };
    let count = if cfg!(debug_assertions) {
        1_000
    } else {
        10_000
    };
    for class in CLASSES {
        if !python.is_comparable(class) {
            continue;
        }
        // The narrow ones share what the broad ones have.
        let count = if NARROW.contains(class) {
            count / 4
        } else {
            count
        };
        differ(&mut python, class, 1, share(class, count));
    }
}

#[test]
#[ignore = "takes minutes"]
fn long() {
    let mut python = python().expect("python3");
    let (count, seed) = (
        setting("ORACLE_NUMBER", 1_000_000),
        setting("ORACLE_SEED", 1),
    );
    let one = std::env::var("ORACLE_CLASS").ok();
    let classes = CLASSES.iter().copied();
    let classes: Vec<&str> = classes
        .filter(|class| one.as_deref().is_none_or(|one| one == *class))
        .filter(|class| python.is_comparable(class))
        .collect();
    for class in &classes {
        let start = Instant::now();
        let share = share(class, count.div_ceil(classes.len() as u64));
        differ(&mut python, class, seed, share);
        println!(
            "{share} programs, {class}, seed {seed}: {:.0?}",
            start.elapsed()
        );
    }
}

/// Shows what both sides make of `$ORACLE_PROGRAM`.
#[test]
#[ignore = "needs a program"]
fn one() {
    let program = std::env::var("ORACLE_PROGRAM").expect("a program");
    let program: Program = program.parse().unwrap();
    let theirs = python()
        .expect("python3")
        .run(std::slice::from_ref(&program));
    match check(&program, &theirs[0]) {
        Ok(()) => println!("the same\n{}", theirs[0]),
        Err(difference) => println!("{difference}"),
    }
}

/// Where the recorded results of a class are.
fn vectors(class: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{class}.txt"))
}

/// Each recorded program does here what it did on CPython 3.13.
#[test]
fn the_same_as_recorded() {
    let mut count = 0;
    for class in CLASSES {
        let lines = std::fs::read_to_string(vectors(class)).unwrap();
        for line in lines.lines().filter(|line| !line.starts_with('#')) {
            let (program, theirs) = line.split_once('\t').unwrap();
            let program: Program = program.parse().unwrap();
            let known = |word: &String| {
                let names = cfg!(feature = "names") || word != "namereplace";
                names && (cfg!(feature = "encodings") || !LEGACY.contains(&&**word))
            };
            if program
                .setup
                .iter()
                .chain(program.calls.iter().flatten())
                .all(known)
            {
                check(&program, theirs).unwrap_or_else(|difference| panic!("{difference}"));
                count += 1;
            }
        }
    }
    assert!(count > 3_000, "{count}");
}

#[test]
#[ignore = "writes tests/vectors/"]
fn record() {
    const SEED: u64 = 13;
    let mut python = python().expect("python3");
    let one = std::env::var("ORACLE_CLASS").ok();
    let classes = CLASSES.iter();
    for class in classes.filter(|class| one.as_deref().is_none_or(|one| one == **class)) {
        let each = if NARROW.contains(class) { 150 } else { 520 };
        let programs = (0..each).map(|number| generate::program(class, SEED, number));
        let programs: Vec<Program> = programs.collect();
        let results = python.run(&programs);
        let mut lines = format!("# CPython {}, seed {SEED}\n", python.version);
        for (program, theirs) in programs.iter().zip(&results) {
            check(program, theirs).unwrap_or_else(|difference| panic!("{difference}"));
            lines.push_str(&format!("{program}\t{theirs}\n"));
        }
        std::fs::write(vectors(class), lines).unwrap();
    }
}
