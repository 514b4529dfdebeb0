//! The same work by CPython, timed inside it: starting an interpreter is no part of the work.

use std::ffi::OsStr;
use std::io;
use std::process::Command;
use std::time::Duration;

use super::table::Answer;

/// The interpreter: `BENCH_PYTHON`, or `/usr/bin/python3` (a distribution's is optimised as its
/// users have it), or what is on the path. `None`: there is none, which is said on stderr.
pub(crate) fn interpreter() -> Option<String> {
    let own = std::env::var("BENCH_PYTHON").ok();
    let candidates = own
        .into_iter()
        .chain(["/usr/bin/python3", "python3"].map(String::from));
    let works = |python: &String| {
        let outcome = Command::new(python).arg("--version").output();
        outcome.is_ok_and(|output| output.status.success())
    };
    let found = candidates.into_iter().find(works);
    if found.is_none() {
        eprintln!("no python3: CPython's rows are left out");
    }
    found
}

/// Runs `code`, which has the arguments in `sys.argv[1:]` and the clock as `clock()`; it sets
/// `check` and calls the work between `start = clock()` and `end = clock()`.
pub(crate) fn time(
    python: &str,
    code: &str,
    arguments: &[impl AsRef<OsStr>],
) -> io::Result<Answer> {
    let script = format!(
        "import sys, time\nclock = time.perf_counter_ns\n{code}\nprint(check, end - start)\n"
    );
    let output = Command::new(python)
        .args(["-c", &script])
        .args(arguments)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(check)), Some(Ok(time))) => Ok((Some(check), Some(Duration::from_nanos(time)))),
        _ => Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )),
    }
}
