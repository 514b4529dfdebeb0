//! Chapter "Standard streams": real processes, whose streams are pipes, files and terminals.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use iolite::{
    Encoding, Error, ErrorPolicy, IoBase, Newline, TextIo, TextIoWrapper, TextOptions, stdio,
};
use rstest::rstest;

use crate::support::gone::unread_pipe;
use crate::support::programs::example;

/// The folder of the examples, of which those that are needed are built.
fn examples() -> PathBuf {
    let lines = example("stdio_lines").get_program().to_owned();
    Path::new(&lines).parent().unwrap().to_owned()
}

/// Runs a line of shell in which `stdio_lines` is ours.
fn shell(line: &str, folder: &Path, input: impl Into<Stdio>) -> Output {
    let mut path = examples().into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder);
    shell.env("PATH", path).env("LC_ALL", "C");
    shell.stdin(input).output().unwrap()
}

/// What came out, what was said, and the exit status, all as text.
fn told(output: Output) -> (String, String, i32) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let status = output.status.code().unwrap();
    (text(output.stdout), text(output.stderr), status)
}

fn run(line: &str) -> (String, String, i32) {
    let folder = folder();
    told(shell(line, folder.path(), Stdio::null()))
}

/// A folder with the files `a`, `b`, `empty` and `large`, and the folder `sub`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("a", b"one\n");
    put("b", b"two, without an end");
    put("empty", b"");
    put("large", &vec![b'x'; 1 << 20]);
    fs::create_dir(folder.path().join("sub")).unwrap();
    folder
}

/// Runs a command on a terminal; `None`, loudly, where there is no tool to make one.
fn on_a_terminal(line: &str) -> Option<String> {
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("SKIPPED: script (util-linux) is not installed; no terminal was tested");
        return None;
    }
    let (out, _, _) = run(&format!("script -qec '{line}' /dev/null"));
    Some(out.replace("\r\n", "\n"))
}

#[rstest]
#[case::std_1_pipe("stdio_lines 10000 | tail -n 1", "10000\n")]
#[case::std_1_file("stdio_lines 10000 >f; tail -n 1 f", "10000\n")]
#[case::std_1_not_yet_in_a_pipe("stdio_lines 3 --exit | wc -c", "0\n")]
#[case::std_1_not_yet_in_a_file("stdio_lines 3 --exit >f; wc -c <f", "0\n")]
#[case::std_1_a_full_buffer_is_written(
    "stdio_lines 100000 --exit | { head -n 2; cat >f; }",
    "1\n2\n"
)]
fn into_pipes_and_files(#[case] line: &str, #[case] expected: &str) {
    assert_eq!(run(line), (expected.into(), String::new(), 0));
}

/// The script says itself what it skips.
#[cfg(target_os = "linux")]
#[test]
fn std_1_few_system_calls_for_many_lines() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strace.sh");
    // A shell complains of a locale that is not there.
    let mut script = Command::new(script);
    script.arg(examples()).env("LC_ALL", "C");
    let counted = script.output().unwrap();
    let (out, err, status) = told(counted);
    eprint!("{out}{err}");
    assert_eq!(status, 0, "{out}{err}");
    assert_ne!(out.is_empty(), err.is_empty(), "{out}{err}");
}

#[test]
fn std_2_a_terminal_gets_each_line_at_once() {
    if let Some(out) = on_a_terminal("stdio_lines 3 --exit") {
        assert_eq!(out, "1\n2\n3\n");
    }
}

#[test]
fn std_2_a_terminal_can_be_copied_to() {
    if let Some(out) = on_a_terminal("cat a large a") {
        assert_eq!(out.len(), 4 + (1 << 20) + 4);
        assert!(out.starts_with("one\nxxx") && out.ends_with("xone\n"));
    }
}

#[test]
fn std_3_standard_error_gets_each_line_at_once_wherever_it_goes() {
    let (out, err, status) = run("stdio_lines 3 --stderr --exit");
    assert_eq!((&*out, &*err, status), ("", "1\n2\n3\n", 0));
}

#[test]
fn std_4_closing_closes_a_duplicate() {
    for _ in 0..3 {
        let mut input = stdio::stdin_bytes().unwrap();
        let (mut output, mut errors) = (stdio::stdout().unwrap(), stdio::stderr_raw().unwrap());
        assert!(input.readable() && output.writable() && errors.writable());
        assert!(!input.writable() && !output.readable() && !errors.readable());
        input.close().unwrap();
        output.close().unwrap();
        errors.close().unwrap();
        assert!(input.is_closed() && output.is_closed() && errors.is_closed());
    }
    io::stdout().write_all(b"").unwrap();
}

#[test]
fn std_5_the_options_reach_the_text() {
    let options = TextOptions::new()
        .encoding(Encoding::LATIN_1)
        .errors(ErrorPolicy::Replace)
        .newline(Newline::CrLf);
    let input = stdio::stdin_with(options).unwrap();
    let said = (input.encoding(), input.errors(), input.newline());
    assert_eq!(
        said,
        (Encoding::LATIN_1, ErrorPolicy::Replace, Newline::CrLf)
    );
    for output in [
        stdio::stdout_with(options).unwrap(),
        stdio::stderr_with(options).unwrap(),
    ] {
        let said = (output.encoding(), output.errors(), output.newline());
        assert_eq!(
            said,
            (Encoding::LATIN_1, ErrorPolicy::Replace, Newline::CrLf)
        );
    }
}

#[test]
fn std_5_the_default_is_utf_8_whatever_the_locale() {
    let input = stdio::stdin().unwrap();
    let output = stdio::stdout().unwrap();
    assert_eq!(input.encoding(), Encoding::UTF_8);
    assert_eq!(output.encoding(), Encoding::UTF_8);
    assert_eq!(
        (input.errors(), output.errors()),
        (ErrorPolicy::Strict, ErrorPolicy::Strict)
    );
}

#[test]
fn std_6_what_is_appended_to_a_file_goes_behind_what_is_there() {
    let folder = folder();
    let line = "stdio_lines 1 --utf-16 >>f; stdio_lines 2 --utf-16 >>f; cat a >>f";
    assert_eq!(
        told(shell(line, folder.path(), Stdio::null())),
        (String::new(), String::new(), 0)
    );
    let all = fs::read(folder.path().join("f")).unwrap();
    // One byte-order mark, at the start; CPython writes three.
    assert_eq!(all, b"\xff\xfe1\0\n\x001\0\n\x002\0\n\0one\n");
}

#[rstest]
#[case::std_7_input("questions <&-", " is ; 0 lines more\n", 0)]
#[case::std_7_bytes_of_input("questions --bytes <&-", " is ; 0 lines more\n", 0)]
#[case::std_7_text_output("stdio_lines 3 >&-", "", 0)]
#[case::std_7_all_three("questions <&- >&- 2>&-", "", 0)]
fn started_closed(#[case] line: &str, #[case] expected: &str, #[case] status: i32) {
    example("questions");
    assert_eq!(run(line), (expected.into(), String::new(), status));
}

/// Two questions, asked by two functions, one of them in another thread; what follows is counted.
#[rstest]
#[case::std_9_from_a_pipe(
    "printf 'Anna\\n42\\nx\\ny\\n' | questions",
    "Anna is 42; 2 lines more\n"
)]
#[case::std_9_from_a_file(
    "printf 'Anna\\n42\\nx\\n' >f; questions <f",
    "Anna is 42; 1 lines more\n"
)]
#[case::std_9_bytes_first(
    "printf 'Anna\\n42\\nx\\ny\\n' | questions --bytes",
    "Anna is 42; 2 lines more\n"
)]
#[case::std_9_at_the_end("questions </dev/null", " is ; 0 lines more\n")]
#[case::std_9_closed_between(
    "printf 'Anna\\n42\\n' | questions --close",
    "Anna is ; 0 lines more\n"
)]
fn questions(#[case] line: &str, #[case] expected: &str) {
    example("questions");
    assert_eq!(run(line), (expected.into(), String::new(), 0));
}

#[test]
fn std_10_a_thread_does_not_wait_for_itself() {
    let first = stdio::stdin().unwrap();
    assert!(matches!(stdio::stdin(), Err(Error::Deadlock)));
    assert!(matches!(stdio::stdin_bytes(), Err(Error::Deadlock)));
    drop(first);
    let bytes = stdio::stdin_bytes().unwrap();
    assert!(matches!(stdio::stdin(), Err(Error::Deadlock)));
    drop(bytes);
    assert!(stdio::stdin().is_ok());
}

#[test]
fn std_10_another_thread_waits() {
    let first = stdio::stdin().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let other = std::thread::spawn(move || {
        let input = stdio::stdin().unwrap();
        sender.send(()).unwrap();
        drop(input);
    });
    let early = receiver.recv_timeout(std::time::Duration::from_millis(50));
    assert!(early.is_err());
    drop(first);
    other.join().unwrap();
    receiver.recv().unwrap();
}

#[test]
fn std_10_a_panic_unlocks_it() {
    let here = std::panic::catch_unwind(|| {
        let _input = stdio::stdin().unwrap();
        panic!("while it is locked");
    });
    assert!(here.is_err() && stdio::stdin().is_ok());
    let there = std::thread::spawn(|| {
        let _input = stdio::stdin_bytes().unwrap();
        panic!("while it is locked");
    });
    assert!(there.join().is_err());
    assert!(stdio::stdin().unwrap().readable());
}

#[test]
fn std_11_each_writer_has_a_buffer_of_its_own() {
    let writers = || {
        let text = TextIoWrapper::new(stdio::stdout_bytes().unwrap());
        [stdio::stdout().unwrap(), text]
    };
    for (mut one, mut other) in writers().into_iter().zip(writers()) {
        one.write_str(" ").unwrap();
        other.flush().unwrap();
        assert_eq!((one.get_ref().pending(), other.get_ref().pending()), (1, 0));
        drop(one.into_parts());
    }
}

#[test]
fn std_8_where_nobody_reads_it_is_an_error_and_no_signal() {
    let mut lines = Command::new(examples().join("stdio_lines"));
    lines.arg("3").stdout(unread_pipe()).stderr(Stdio::piped());
    let (_, err, status) = told(lines.output().unwrap());
    assert!(err.contains("Broken pipe"), "{err}");
    assert_eq!(status, 1);
}

#[test]
fn std_8_a_stream_that_is_closed_says_what_could_not_be_written() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let Ok(_) = fs::metadata("/dev/full") else {
        eprintln!("SKIPPED: there is no /dev/full; a full disk was not tested");
        return;
    };
    let mut lines = Command::new(examples().join("stdio_lines"));
    lines.arg("3").stdout(full()).stderr(Stdio::piped());
    let (_, err, status) = told(lines.output().unwrap());
    assert!(err.contains("No space left on device"), "{err}");
    assert_eq!(status, 1);
}
