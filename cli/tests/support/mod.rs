//! The tool, run as a program.
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test fails by panicking, its helpers too; no test needs all of them"
)]

use std::io::{ErrorKind, Write};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

/// The tool, with words of its command line that stand between spaces. The locale is UTF-8, for
/// programs beside which it is run.
pub(crate) fn iolite(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_iolite"));
    command.args(arguments.split_whitespace());
    command.env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
    command
}

/// Starts a program, which the test may have written itself.
///
/// Where another test starts something between, its child has the new file open for writing, as this
/// process had, until its own program begins: until then the new one is "busy".
pub(crate) fn start(command: &mut Command) -> Child {
    // A minute and more.
    for _ in 0..60_000 {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(1));
            }
            started => return started.unwrap(),
        }
    }
    panic!("it stays busy: {command:?}");
}

/// Runs a program with this input, to its end.
pub(crate) fn feed(command: &mut Command, input: &[u8]) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = start(command);
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
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

/// A file that takes nothing: writing to it fails as on a full disk.
#[cfg(target_os = "linux")]
pub(crate) fn full_device() -> std::fs::File {
    let mut options = std::fs::File::options();
    options.write(true).open("/dev/full").unwrap()
}

/// The writing end of a pipe that nobody reads.
///
/// The child of another test has a copy of the reading end until its own program begins, so that the pipe
/// takes a byte now and then before it is broken. It holds as many as there are milliseconds in a minute.
pub(crate) fn unread_pipe() -> std::io::PipeWriter {
    let (reader, mut writer) = std::io::pipe().unwrap();
    drop(reader);
    while writer.write(b"x").is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
    writer
}

/// GNU's program of this name, in the same locale; says so if there is none.
pub(crate) fn gnu(program: &str) -> Option<Command> {
    if !installed(program) {
        return None;
    }
    let version = Command::new(program).arg("--version").output().unwrap();
    if !stdout(&version).contains("GNU") {
        eprintln!("SKIPPED: {program} is not GNU's");
        return None;
    }
    let mut command = Command::new(program);
    command.env("LC_ALL", "C.UTF-8");
    Some(command)
}

/// A full disk is named, and so is what it is that was full; a reader that goes away ends the program quietly.
#[cfg(target_os = "linux")]
pub(crate) fn assert_output_failures(full: &str, unread: &str) {
    let output = iolite(full).stdout(full_device()).output().unwrap();
    assert_eq!(
        stderr(&output),
        "iolite: standard output: No space left on device\n"
    );
    assert_eq!(output.status.code(), Some(2));
    let output = iolite(unread).stdout(unread_pipe()).output().unwrap();
    assert_eq!(
        (stderr(&output), output.status.code()),
        (String::new(), Some(0))
    );
}
