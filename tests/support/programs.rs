//! The examples, run as programs.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};

/// An example, built once in this test's own profile.
///
/// On a machine without a cargo they have been built before, beside this test:
/// `EXAMPLES_ARE_BUILT` is set there.
pub(crate) fn example(name: &'static str) -> Command {
    example_of(name, "")
}

/// The features besides the default ones, the same for every example that needs one: the library is
/// compiled once for all of them, and for the tests that `.ci/run` runs with the same features.
const MORE: &str = "bytes,futures-io,link,tokio";

/// An example that needs features besides the default ones.
pub(crate) fn example_with_more(name: &'static str) -> Command {
    example_of(name, MORE)
}

fn example_of(name: &'static str, features: &str) -> Command {
    static BUILT: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let program = built.entry(name).or_insert_with(|| build(name, features));
    let mut command = Command::new(program);
    command.env("LC_ALL", "C.UTF-8");
    command
}

fn build(name: &str, features: &str) -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let profile = me.parent().and_then(Path::parent).unwrap();
    let program = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let program = profile.join("examples").join(program);
    if std::env::var_os("EXAMPLES_ARE_BUILT").is_some() {
        return program;
    }
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--example", name, "--target-dir"]);
    build.arg(profile.parent().unwrap());
    build.args(["--features", features]);
    build.current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success());
    program
}

/// Runs a program with this input, to its end.
pub(crate) fn feed(command: &mut Command, input: &[u8]) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // Who does not read its input closes the pipe: that is its own affair.
        scope.spawn(move || {
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Whether a program of the system can be run; says so if not.
pub(crate) fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: {program} is not installed");
    }
    found
}
