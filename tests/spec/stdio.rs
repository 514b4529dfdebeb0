//! Chapter "Standard streams": real processes, whose streams are pipes, files and terminals.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use iolite::{Encoding, IoBase, Newline, OnError, TextOptions, stdio};
use rstest::rstest;

use crate::support::programs::example;

/// The folder of the examples, those that are needed built.
fn examples() -> PathBuf {
    let cat = example("cat").get_program().to_owned();
    example("stdio_lines");
    Path::new(&cat).parent().unwrap().to_owned()
}

/// Runs a line of shell in which `cat` and `stdio_lines` are ours.
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
    let counted = Command::new(script)
        .arg(examples())
        .arg("16")
        .output()
        .unwrap();
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
        .errors(OnError::Replace)
        .newline(Newline::CrLf);
    let input = stdio::stdin_with(options).unwrap();
    let said = (input.encoding(), input.errors(), input.newline());
    assert_eq!(said, (Encoding::LATIN_1, OnError::Replace, Newline::CrLf));
    for output in [
        stdio::stdout_with(options).unwrap(),
        stdio::stderr_with(options).unwrap(),
    ] {
        let said = (output.encoding(), output.errors(), output.newline());
        assert_eq!(said, (Encoding::LATIN_1, OnError::Replace, Newline::CrLf));
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
        (OnError::Strict, OnError::Strict)
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
#[case::std_7_input("cat <&-", "", 0)]
#[case::std_7_input_among_files("cat a - a <&-", "one\none\n", 0)]
#[case::std_7_output("cat a >&-", "", 0)]
#[case::std_7_text_output("stdio_lines 3 >&-", "", 0)]
#[case::std_7_all_three("cat a <&- >&- 2>&-", "", 0)]
fn started_closed(#[case] line: &str, #[case] expected: &str, #[case] status: i32) {
    assert_eq!(run(line), (expected.into(), String::new(), status));
}

/// GNU's own is the oracle; where there is another `cat`, the expectations are written out, too.
#[rstest]
#[case::std_8_one("cat a", "one\n", 0)]
#[case::std_8_several("cat a b a empty", "one\ntwo, without an endone\n", 0)]
#[case::std_8_twice("cat a a", "one\none\n", 0)]
#[case::std_8_from_a_pipe("printf x | cat", "x", 0)]
#[case::std_8_dash("printf x | cat a - a", "one\nxone\n", 0)]
#[case::std_8_dash_twice("printf x | cat - -", "x", 0)]
#[case::std_8_redirected("cat <a", "one\n", 0)]
#[case::std_8_partly_read("{ read -r line; cat; } <b; cat a", "one\n", 0)]
#[case::std_8_ignored_option("cat -u a", "one\n", 0)]
#[case::std_8_end_of_options("cat -- a", "one\n", 0)]
#[case::std_8_missing("cat a nowhere a", "one\none\n", 1)]
#[case::std_8_a_folder("cat sub a", "one\n", 1)]
#[case::std_8_a_folder_as_input("cat - a <sub", "one\n", 1)]
#[case::std_8_full_disk("cat a b >/dev/full", "", 1)]
#[case::std_8_full_disk_from_a_pipe("printf x | cat >/dev/full", "", 1)]
#[case::std_8_a_file_without_a_size("cat /proc/self/comm", "cat\n", 0)]
#[case::std_8_its_own_output("cp a f; cat f >>f; cat f", "one\n", 0)]
#[case::std_8_its_own_output_says("cp a f; cat a f >>f", "", 1)]
#[case::std_8_its_own_input_at_the_end("cat empty >empty", "", 0)]
#[case::std_8_large_through_pipes("cat large | cat | cat - large | wc -c", "2097152\n", 0)]
#[case::std_8_large_into_a_file("cat large large >f; cat f | wc -c", "2097152\n", 0)]
fn cat(#[case] line: &str, #[case] expected: &str, #[case] status: i32) {
    let ours = run(line);
    assert_eq!((&*ours.0, ours.2), (expected, status), "{}", ours.1);
    if fs::exists("/bin/cat").unwrap() {
        let gnu = run(&line
            .replace("cat", "/bin/cat")
            .replace("/bin//bin/", "/bin/"));
        assert_eq!(ours.1, gnu.1.replace("/bin/cat: ", "cat: "));
        assert_eq!((ours.0, ours.2), (gnu.0, gnu.2));
    }
}

#[test]
fn std_8_an_unknown_option_is_refused() {
    let (out, err, status) = run("cat --wrong a");
    assert_eq!((&*out, status), ("", 1));
    assert!(err.starts_with("cat: unknown option '--wrong'"), "{err}");
}

#[test]
fn std_9_it_ends_quietly_when_nobody_reads() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut cat = Command::new(examples().join("cat"));
    cat.arg("/dev/zero").stdout(writer).stderr(Stdio::piped());
    let (_, err, status) = told(cat.output().unwrap());
    assert_eq!((&*err, status), ("", 0));
}

#[test]
fn std_9_a_stream_that_is_closed_says_what_could_not_be_written() {
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
