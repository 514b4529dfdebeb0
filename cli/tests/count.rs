//! `iolite count`, run as a program, beside GNU `wc` where that is installed. (`beside` runs both over a
//! thousand files.)
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rstest::rstest;

use crate::support::{feed, installed, iolite, stderr, stdout};

mod support;

fn count(arguments: &str, folder: &Path, input: &[u8]) -> Output {
    let mut command = iolite("count");
    command
        .args(arguments.split_whitespace())
        .current_dir(folder);
    feed(&mut command, input)
}

fn wc(arguments: &str, folder: &Path, input: &[u8]) -> Output {
    let mut command = Command::new("wc");
    command
        .args(arguments.split_whitespace())
        .current_dir(folder);
    feed(command.env("LC_ALL", "C.UTF-8"), input)
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
    let utf_16 = "\u{feff}a b\r\n😀\r\n".encode_utf16();
    put(
        "utf-16",
        &utf_16.flat_map(u16::to_be_bytes).collect::<Vec<u8>>(),
    );
    let spaces =
        "a\u{a0}b\u{2007}c\u{3000}d\u{2028}e\u{200b}f\x01g \x01 \x0b\x0c\u{2060}h\u{85}i\n";
    put("spaces", spaces.as_bytes());
    put("tabs", "\t|\n12345678\t|\n漢字\t|\r\x0cé".as_bytes());
    put("long", "x".repeat(1_234_567).as_bytes());
    put("list", b"one\0two\0empty");
    put("bad list", b"one\0\0missing\0two\0");
    dir
}

#[rstest]
#[case::default("two", " 1  7 36 two\n")]
#[case::bytes("-c two", "36 two\n")]
#[case::order_is_fixed("-Lcmwl two", " 1  7 30 36 21 two\n")]
#[case::once_is_enough("-l --lines -l two", "1 two\n")]
#[case::abbreviated("--li --wo two", " 1  7 two\n")]
#[case::a_total_measures_the_longest(
    "-lL two one empty",
    " 1 21 two\n 1  3 one\n 0  0 empty\n 2 21 total\n"
)]
#[case::tabs("-L tabs", "17 tabs\n")]
#[case::a_mark_tells("-lwmc utf-16", " 2  3  8 20 utf-16\n")]
#[case::or_the_option("-lwmc --from utf-8 utf-16", " 2  3 16 20 utf-16\n")]
#[case::latin_1("-lm --from=latin-1 mac", " 1 14 mac\n")]
#[case::carriage_returns("-l -f latin-1 --newline cr mac", "3 mac\n")]
#[case::universal("-lm -f latin-1 --newline universal mac", " 3 13 mac\n")]
#[case::no_text_is_bytes("-m bad", "8 bad\n")]
#[case::replaced("-m --errors replace bad", "9 bad\n")]
#[case::a_list("-l --files0-from=list", " 1 one\n 1 two\n 0 empty\n 2 total\n")]
#[case::json(
    "--json -lL two",
    "{\"path\":{\"text\":\"two\"},\"lines\":1,\"max_line_length\":21}\n"
)]
fn prints(#[case] arguments: &str, #[case] expected: &str) {
    let output = count(arguments, folder().path(), b"");
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    assert!(output.status.success() && output.stderr.is_empty());
}

#[rstest]
#[case::default("two")]
#[case::all("-lwmcL two one empty spaces tabs long")]
#[case::single_number_of_several("-w spaces one")]
#[case::the_same_file_twice("-l one one")]
#[case::standard_input("-")]
#[case::standard_input_among_files("-lc one - two")]
#[case::nothing("-lw")]
#[case::no_text("bad mac -lwmcL")]
#[case::a_list("--files0-from=list")]
#[case::an_empty_list("--files0-from=empty")]
#[case::made_up_sizes("-c /proc/self/limits /sys/kernel/mm/transparent_hugepage/enabled")]
fn equals_wc(#[case] arguments: &str) {
    if !installed("wc") {
        return;
    }
    let dir = folder();
    let input = "from a pipe\nin two lines".as_bytes();
    let ours = count(arguments, dir.path(), input);
    assert_eq!(stdout(&ours), stdout(&wc(arguments, dir.path(), input)));
    assert_eq!((stderr(&ours).as_str(), ours.status.code()), ("", Some(0)));
}

/// What is wrong for `wc` is wrong here; the status is 2, as everywhere in the tool.
#[rstest]
#[case::letter("-x one")]
#[case::word("--frobnicate one")]
#[case::a_value_for_nothing("--lines=3 one")]
#[case::an_ambiguous_word("--=1 one")]
#[case::a_list_and_files("--files0-from=list one")]
#[case::a_list_without_a_name("--files0-from")]
#[case::a_missing_list("--files0-from=nowhere")]
fn refuses(#[case] arguments: &str) {
    let dir = folder();
    let ours = count(arguments, dir.path(), b"");
    assert_eq!((ours.status.code(), ours.stdout.len()), (Some(2), 0));
    assert!(!ours.stderr.is_empty());
    if installed("wc") {
        let theirs = wc(arguments, dir.path(), b"");
        assert_eq!((theirs.status.code(), theirs.stdout.len()), (Some(1), 0));
    }
}

#[rstest]
#[case::missing("-l one missing two", "iolite: missing: No such file or directory\n")]
#[case::a_folder("-l one . two", "iolite: .: Is a directory\n")]
#[case::strict(
    "-l --errors strict one bad two",
    "iolite: bad:2:6: utf-8: invalid start byte at byte 6: ff\n"
)]
fn reports_and_goes_on(#[case] arguments: &str, #[case] message: &str) {
    let output = count(arguments, folder().path(), b"");
    let printed = stdout(&output);
    let lines: Vec<_> = printed.lines().map(str::trim).collect();
    assert_eq!(lines, ["1 one", "1 two", "2 total"]);
    assert_eq!(stderr(&output), message);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_list_with_wrong_names() {
    let dir = folder();
    let mut command = iolite("count -l --files0-from");
    command.arg("bad list").current_dir(dir.path());
    let output = feed(&mut command, b"");
    assert_eq!(stdout(&output), " 1 one\n 1 two\n 2 total\n");
    let expected = "iolite: 'bad list':2: invalid zero-length file name\n\
        iolite: missing: No such file or directory\n";
    assert_eq!(stderr(&output), expected);
    assert_eq!(output.status.code(), Some(2));
    let output = count("-l --files0-from=-", dir.path(), b"one\0-\0two");
    assert_eq!(stdout(&output), "1 one\n1 two\n2 total\n");
    let expected =
        "iolite: standard input: when reading file names from stdin, no file name of '-' allowed\n";
    assert_eq!(stderr(&output), expected);
}

/// Nothing of a plain file is read when only its bytes are asked for: the system calls show it.
#[cfg(target_os = "linux")]
#[test]
fn bytes_are_not_read() {
    use std::io::Seek as _;

    let dir = folder();
    let sparse = fs::File::create(dir.path().join("sparse")).unwrap();
    sparse.set_len((4 << 40) + 1).unwrap();
    let output = count("-c sparse long", dir.path(), b"");
    let size = (4u64 << 40) + 1;
    let expected = format!(
        "{size} sparse\n      1234567 long\n{} total\n",
        size + 1_234_567
    );
    assert_eq!(stdout(&output), expected);
    let mut middle = fs::File::open(dir.path().join("sparse")).unwrap();
    middle.seek(std::io::SeekFrom::Start(1 << 40)).unwrap();
    let output = iolite("count -c").stdin(middle).output().unwrap();
    assert_eq!(stdout(&output), format!("{}\n", (3u64 << 40) + 1));
    if !installed("strace") {
        return;
    }
    let mut traced = Command::new("strace");
    traced.args(["-P", "long", "-e", "trace=read,pread64,readv,mmap"]);
    traced
        .arg(iolite("").get_program())
        .args(["count", "-c", "long"]);
    let output = feed(traced.current_dir(dir.path()), b"");
    assert_eq!(stdout(&output), "1234567 long\n");
    let calls = stderr(&output);
    assert!(
        !calls.contains("read(") && !calls.contains("mmap("),
        "{calls}"
    );
}

/// A file of one line, 64 MiB long, is counted in an address space that could not hold it.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sparse");
    fs::File::create(&path).unwrap().set_len(64 << 20).unwrap();
    let program = iolite("").get_program().to_owned();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 50000 && exec \"$0\" count -lmwL sparse"]);
    let output = feed(command.arg(program).current_dir(dir.path()), b"");
    let printed = stdout(&output);
    let numbers: Vec<_> = printed.split_whitespace().collect();
    assert_eq!(
        numbers,
        ["0", "0", "67108864", "0", "sparse"],
        "{}",
        stderr(&output)
    );
}

/// Several threads count the same, and an error has the same place.
#[test]
fn threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = "über allen Gipfeln ist Ruh\r\n".repeat(40_000).into_bytes();
    fs::write(dir.path().join("good"), &text).unwrap();
    text.extend_from_slice(b"in allen\xff\n");
    fs::write(dir.path().join("bad"), &text).unwrap();
    for arguments in [
        "-lwmcL good bad",
        "-w --errors strict bad",
        "-l -f utf-16-le good",
    ] {
        let one = count(arguments, dir.path(), b"");
        let four = count(&format!("-j4 {arguments}"), dir.path(), b"");
        assert_eq!((stdout(&four), stderr(&four)), (stdout(&one), stderr(&one)));
    }
    let place = format!("bad:40001:{}:", text.len() - 2);
    assert!(stderr(&count("-j4 -w --errors strict bad", dir.path(), b"")).contains(&place));
}

/// Names are bytes: what is no UTF-8 is a name like any other, and a newline in one makes no
/// second line of output.
#[cfg(unix)]
#[rstest]
#[case::no_text(b"bad\xff.txt")]
#[case::a_newline(b"one\ntwo")]
#[case::a_newline_and_no_text(b"one\xfe\n")]
#[case::a_space(b"a b")]
fn any_name(#[case] name: &[u8]) {
    use std::os::unix::ffi::OsStrExt;
    if !installed("wc") {
        return;
    }
    let name = std::ffi::OsStr::from_bytes(name);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(name), b"a\nb\n").unwrap();
    let ours = feed(iolite("count -l").arg(name).current_dir(dir.path()), b"");
    let mut command = Command::new("wc");
    command.arg("-l").arg(name).env("LC_ALL", "C.UTF-8");
    let theirs = feed(command.current_dir(dir.path()), b"");
    assert_eq!((ours.stdout, ours.status.code()), (theirs.stdout, Some(0)));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_fails() {
    let dir = folder();
    let mut command = iolite("count one");
    let output = command
        .current_dir(dir.path())
        .stdout(support::full_device())
        .output();
    let output = output.unwrap();
    assert_eq!(
        stderr(&output),
        "iolite: standard output: No space left on device\n"
    );
    assert_eq!(output.status.code(), Some(2));
    let mut command = iolite("count one two");
    let output = command
        .current_dir(dir.path())
        .stdout(support::unread_pipe())
        .output();
    let output = output.unwrap();
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
    // A message that cannot be printed is no reason to leave out the other files.
    let mut command = iolite("count -l missing one");
    let output = command
        .current_dir(dir.path())
        .stderr(support::full_device())
        .output();
    assert_eq!(stdout(&output.unwrap()), "1 one\n1 total\n");
}
