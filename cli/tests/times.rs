//! How long whole programs take beside others: `cargo test --release -p iolite-cli --test times -- --ignored`.
//!
//! Processor time, because the time on the clock is the machine's; the programs run in turn, so that both see
//! the same machine. Both write to `/dev/null`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{installed, iolite};

mod generated;
mod support;

/// In how many pairs of runs the time is taken.
const RUNS: usize = 15;

/// The processor time of the processes that this one has waited for, in ticks of 10 ms.
fn ticks_of_children() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The second field, the name, may have spaces, and ends with a bracket.
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    fields
        .skip(13)
        .take(2)
        .map(|field| field.parse::<u64>().unwrap())
        .sum()
}

fn run(command: &mut Command) -> u64 {
    let before = ticks_of_children();
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    ticks_of_children() - before
}

/// Our time divided by theirs, over all pairs.
fn ratio(mut ours: Command, mut theirs: Command) -> f64 {
    let (mut mine, mut other) = (0, 0);
    for pair in 0..=RUNS {
        let times = (run(&mut ours), run(&mut theirs));
        // The first pair warms the cache.
        if pair > 0 {
            (mine, other) = (mine + times.0, other + times.1);
        }
    }
    let ratio = mine as f64 / other as f64;
    println!("{ratio:.2}: {mine} ticks of {ours:?} beside {other} of {theirs:?}");
    ratio
}

fn command(line: &str, folder: &Path) -> Command {
    let mut command = match line.strip_prefix("iolite ") {
        Some(arguments) => iolite(arguments),
        None => {
            let mut words = line.split(' ');
            let mut command = Command::new(words.next().unwrap());
            command.args(words);
            command
        }
    };
    command.current_dir(folder);
    command
}

/// `audit` reads a tree and says which encodings are in it within one and a half times what `cat` takes to
/// read it, with one thread.
#[test]
#[ignore = "a measurement, for a quiet machine and --release"]
fn audit_beside_cat() {
    let dir = tempfile::tempdir().unwrap();
    generated::tree(dir.path(), 10_000);
    let cat = command("find . -type f -exec cat {} +", dir.path());
    assert!(ratio(command("iolite audit -j1", dir.path()), cat) <= 1.5);
}

#[test]
#[ignore = "a measurement, for a quiet machine and --release"]
fn count_beside_wc() {
    assert!(installed("wc"));
    let dir = tempfile::tempdir().unwrap();
    let mut dice = generated::Dice::new(1);
    let words = generated::sentences("english").join(" ");
    let words: Vec<&str> = words.split(' ').collect();
    let mut text = String::new();
    while text.len() < 400 << 20 {
        for _ in 0..3 + dice.below(14) {
            text.push_str(dice.one_of::<&str>(&words));
            text.push(' ');
        }
        text.push('\n');
    }
    fs::write(dir.path().join("text"), text).unwrap();
    let ours = |line: &str| command(line, dir.path());
    assert!(ratio(ours("iolite count -l text"), ours("wc -l text")) <= 1.05);
    assert!(ratio(ours("iolite count text"), ours("wc text")) <= 1.0);
}
