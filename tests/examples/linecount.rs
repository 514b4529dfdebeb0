//! The example `linecount`, run as a program on real files.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rstest::rstest;

use crate::programs::{example, feed, stderr, stdout};

fn linecount() -> Command {
    example("linecount")
}

fn run(args: &[&str], folder: &Path, input: &[u8]) -> Output {
    let mut command = linecount();
    command.args(args).current_dir(folder);
    feed(&mut command, input)
}

/// A folder with files of all kinds that the cases need.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    put("two", "größe 漢字\nno newline at the end".as_bytes());
    put("one", b"one\n");
    put("empty", b"");
    put("mac", b"caf\xe9\rau\r\nlait\r");
    put("bad", b"good\nb\xffd\n");
    let utf_16: Vec<u8> = "\u{feff}a b\r\n😀\r\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    put("utf-16", &utf_16);
    let spaces =
        "a\u{a0}b\u{2007}c\u{3000}d\u{2028}e\u{200b}f\x01g \x01 \x0b\x0c\u{2060}h\u{85}i\n";
    put("spaces", spaces.as_bytes());
    put("long", "x".repeat(1_234_567).as_bytes());
    dir
}

#[rstest]
#[case::default("two", " 1  7 36 two\n")]
#[case::lines("-l two", "1 two\n")]
#[case::words("-w two", "7 two\n")]
#[case::characters("-m two", "30 two\n")]
#[case::bytes("-c two", "36 two\n")]
#[case::order_is_fixed("-cmwl two", " 1  7 30 36 two\n")]
#[case::long_names("--words --lines two", " 1  7 two\n")]
#[case::total("-l two one empty", " 1 two\n 1 one\n 0 empty\n 2 total\n")]
#[case::end_of_options("-l -- one", "1 one\n")]
#[case::utf_16("-lwmc --encoding utf-16 utf-16", " 2  3  8 20 utf-16\n")]
#[case::latin_1("-lm --encoding=latin-1 mac", " 1 14 mac\n")]
#[case::carriage_returns("-l --encoding latin-1 --newline cr mac", "3 mac\n")]
#[case::universal("-lm --encoding latin-1 --newline universal mac", " 3 13 mac\n")]
#[case::pairs("-l --encoding latin-1 --newline crlf mac", "1 mac\n")]
#[case::replaced("-m --errors replace bad", "9 bad\n")]
#[case::ignored("-m --errors=ignore bad", "8 bad\n")]
fn prints(#[case] args: &str, #[case] expected: &str) {
    let args: Vec<&str> = args.split(' ').collect();
    let output = run(&args, folder().path(), b"");
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    assert!(output.status.success() && output.stderr.is_empty());
}

/// Where GNU `wc` is installed, every table row it can do is compared to the letter.
#[rstest]
#[case::default("two")]
#[case::all("-lwmc two one empty spaces long")]
#[case::single_number("-w spaces")]
#[case::single_number_of_several("-w spaces one")]
#[case::empty("empty")]
#[case::standard_input("-")]
#[case::standard_input_among_files("-lc one - two")]
#[case::nothing("-lw")]
#[case::carriage_returns_end_no_line("-l mac -c one")]
fn equals_wc(#[case] args: &str) {
    let dir = folder();
    let args: Vec<&str> = args.split(' ').collect();
    let input = "from a pipe\nin two lines".as_bytes();
    let gnu = Command::new("wc").arg("--version").output();
    if !gnu.is_ok_and(|output| output.stdout.starts_with(b"wc (GNU coreutils)")) {
        eprintln!("SKIPPED: GNU wc is not installed");
        return;
    }
    let mut wc = Command::new("wc");
    wc.args(&args)
        .current_dir(dir.path())
        .env("LC_ALL", "C.UTF-8");
    let mut args = args.clone();
    if args.contains(&"mac") {
        args.extend(["--encoding", "latin-1"]);
    }
    assert_eq!(
        stdout(&run(&args, dir.path(), input)),
        stdout(&feed(&mut wc, input))
    );
}

#[rstest]
#[case::a_hyphen_is_a_name("-l -", "2 -\n")]
#[case::nothing_has_none("-l", "2\n")]
#[case::bytes_only("-c", "10\n")]
fn reads_standard_input(#[case] args: &str, #[case] expected: &str) {
    let args: Vec<&str> = args.split(' ').collect();
    let output = run(&args, folder().path(), b"from\npipe\n");
    assert_eq!(stdout(&output), expected);
}

/// Standard input may be a file, and begin in its middle.
#[test]
fn what_is_left_of_a_file() {
    let dir = folder();
    let mut two = File::open(dir.path().join("two")).unwrap();
    two.seek(SeekFrom::Start(8)).unwrap();
    let output = linecount().stdin(two).arg("-mc").output().unwrap();
    assert_eq!(stdout(&output), "24 28\n");
}

#[rstest]
#[case::missing("missing", "linecount: missing: No such file or directory")]
#[case::a_directory(".", "linecount: .: Is a directory")]
#[case::strict("bad", "linecount: bad: utf-8: invalid start byte at byte 6: ff")]
fn reports_and_goes_on(#[case] file: &str, #[case] message: &str) {
    let output = run(&["-l", "one", file, "two"], folder().path(), b"");
    let lines: Vec<_> = stdout(&output)
        .lines()
        .map(|line| line.trim().to_owned())
        .collect();
    assert_eq!(lines, ["1 one", "1 two", "2 total"]);
    // The system's own words are those of Unix.
    let message = match message.rsplit_once(": ") {
        Some((before, _)) if cfg!(windows) && file != "bad" => before,
        _ => message,
    };
    assert!(stderr(&output).starts_with(message), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_named_once() {
    let output = run(&["-l", "/proc/self/mem"], folder().path(), b"");
    let message = "linecount: /proc/self/mem: Input/output error\n";
    assert_eq!(stderr(&output), message);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let dir = folder();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = linecount();
    command.args(["-l", "one", "two"]).current_dir(dir.path());
    let output = command
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = output.wait_with_output().unwrap();
    assert_eq!(
        (stderr(&output), output.status.code()),
        (String::new(), Some(0))
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let dir = folder();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = linecount();
    command
        .arg("one")
        .current_dir(dir.path())
        .stdout(full)
        .stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    assert!(
        stderr(&output).contains("No space left on device"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[rstest]
#[case::letter("-x one", "invalid option '-x'")]
#[case::word("--frobnicate one", "invalid option '--frobnicate'")]
#[case::encoding("--encoding klingon one", "unknown encoding: \"klingon\"")]
#[case::newline("--newline vt one", "invalid newline")]
#[case::errors("--errors perhaps one", "invalid error policy")]
#[case::a_value_for_nothing("--lines=no one", "unexpected argument for option '--lines'")]
#[case::value("one --encoding", "missing argument for option '--encoding'")]
fn refuses(#[case] args: &str, #[case] message: &str) {
    let args: Vec<&str> = args.split(' ').collect();
    let output = run(&args, folder().path(), b"");
    assert!(stderr(&output).contains(message) && stderr(&output).contains("usage:"));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
}

/// A file of one line, 64 MiB long, is counted in an address space that could not hold it.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sparse");
    File::create(&path).unwrap().set_len(64 << 20).unwrap();
    let program = linecount().get_program().to_owned();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -v 40000 && exec \"$0\" -lm sparse"])
        .arg(program);
    command.current_dir(dir.path());
    let output = feed(&mut command, b"");
    let numbers: Vec<_> = stdout(&output)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    assert_eq!(numbers, ["0", "67108864", "sparse"], "{}", stderr(&output));
}

/// Names are bytes: what is no UTF-8 is a name like any other, and a newline in one makes no
/// second line of output.
#[cfg(unix)]
#[rstest]
#[case::no_text(b"bad\xff.txt")]
#[case::a_newline(b"one\ntwo")]
#[case::a_newline_and_no_text(b"one\xfe\n")]
#[case::a_space(b"a b")]
#[case::a_quote(b"it's\nhis")]
fn any_name(#[case] name: &[u8]) {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(name);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(name), b"a\nb\n").unwrap();
    let output = feed(linecount().arg("-l").arg(name).current_dir(dir.path()), b"");
    assert_eq!(output.status.code(), Some(0));
    let mut wc = Command::new("wc");
    wc.arg("-l").arg(name).env("LC_ALL", "C.UTF-8");
    let theirs = feed(wc.current_dir(dir.path()), b"");
    assert_eq!(output.stdout, theirs.stdout);
    // In a message, too.
    fs::remove_file(dir.path().join(name)).unwrap();
    let output = feed(linecount().arg(name).current_dir(dir.path()), b"");
    let mut wc = Command::new("wc");
    wc.arg(name).env("LC_ALL", "C.UTF-8");
    let theirs = feed(wc.current_dir(dir.path()), b"");
    let expected = stderr(&theirs).replacen("wc: ", "linecount: ", 1);
    assert_eq!(stderr(&output), expected);
}

/// A message that cannot be printed is no reason to leave out the other files.
#[cfg(target_os = "linux")]
#[test]
fn standard_error_may_be_full() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = linecount();
    command.args(["-l", "missing", "one"]).stderr(full());
    let output = command.current_dir(folder().path()).output().unwrap();
    assert_eq!(stdout(&output), "1 one\n1 total\n");
    assert_eq!(output.status.code(), Some(1));
    let help = linecount().arg("--help").stdout(full()).output().unwrap();
    assert!(stderr(&help).contains("standard output: No space left on device"));
    assert_eq!(help.status.code(), Some(1));
}

/// The bytes of a regular file are known without reading them: this one would take a minute.
#[cfg(target_os = "linux")]
#[test]
fn bytes_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sparse");
    File::create(&path).unwrap().set_len(4 << 40).unwrap();
    let output = run(&["-c", "sparse"], dir.path(), b"");
    assert_eq!(stdout(&output), format!("{} sparse\n", 4u64 << 40));
    let mut middle = File::open(&path).unwrap();
    middle.seek(SeekFrom::Start(1 << 40)).unwrap();
    let output = linecount().stdin(middle).arg("-c").output().unwrap();
    assert_eq!(stdout(&output), format!("{}\n", 3u64 << 40));
    // Files in /proc say that they are empty.
    let output = run(&["-c", "/proc/self/status"], dir.path(), b"");
    assert!(!stdout(&output).starts_with("0 "));
}
