//! Runs a test of this binary again, under `strace`, which shows what it asks of the system and can
//! make the system answer as it rarely does.

use std::process::Command;

use super::programs::{installed, stderr, stdout};

/// Where the child finds what it is to work on.
const ARGUMENT: &str = "IOLITE_TRACED";

/// What the child was given; `None` where it is not run by its parent.
pub(crate) fn argument() -> String {
    std::env::var(ARGUMENT).expect("run by its parent only")
}

/// Runs an ignored test with these options of `strace`, and expects it to succeed there. The
/// answer is what `strace` wrote; `None` where it is not there or may not trace.
pub(crate) fn traced(test: &str, argument: &str, options: &[&str]) -> Option<String> {
    if !installed("strace") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let strace = || {
        let mut command = Command::new("strace");
        command.args(["-f", "-o"]).arg(&log).args(options);
        command
    };
    if !strace().arg("true").output().unwrap().status.success() {
        eprintln!("SKIPPED: strace may not trace here, or not so: {options:?}");
        return None;
    }
    let mut command = strace();
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    let output = command.env(ARGUMENT, argument).output().unwrap();
    assert!(
        output.status.success() && stdout(&output).contains("1 passed"),
        "{test} {options:?}: {}{}",
        stdout(&output),
        stderr(&output)
    );
    Some(std::fs::read_to_string(log).unwrap())
}
