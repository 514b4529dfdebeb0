//! `iolite eol`, run as a program on real files, and beside `dos2unix` and its kin.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use rstest::rstest;

use crate::support::{feed, installed, iolite, stderr};

/// To the line ends of DOS, unless others are named.
fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = iolite("eol");
    if !args.contains(&"--to") {
        command.args(["--to", "dos"]);
    }
    feed(command.args(args).current_dir(folder), b"")
}

/// What becomes of a file with these bytes.
fn converted(to: &str, bytes: &[u8]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, bytes).unwrap();
    let output = run(dir.path(), &["--to", to, "file"]);
    assert!(output.status.success() && output.stderr.is_empty());
    // Nothing else is left in the folder.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    fs::read(path).unwrap()
}

const UTF_16: &[u8] = b"\xfe\xff\0a\0\r\0\n\xd8\x3d\xde\x00\0\n";

#[rstest]
#[case::to_dos("dos", b"a\nb\n\nc", b"a\r\nb\r\n\r\nc")]
#[case::to_unix("unix", b"a\r\nb\r\n\r\nc", b"a\nb\n\nc")]
#[case::mixed_to_dos("dos", b"a\nb\r\n", b"a\r\nb\r\n")]
#[case::mixed_to_unix("unix", b"a\nb\r\n", b"a\nb\n")]
#[case::nothing("dos", b"", b"")]
#[case::a_lone_cr_to_dos("dos", b"a\rb\r\r\n\r", b"a\rb\r\r\n\r")]
#[case::a_lone_cr_to_unix("unix", b"a\rb\r\r\n\r", b"a\rb\r\n\r")]
#[case::any_eight_bits("dos", b"\x80\xff\xfe\n", b"\x80\xff\xfe\r\n")]
#[case::utf_8_with_mark("dos", b"\xef\xbb\xbf\xc3\xa9\n", b"\xef\xbb\xbf\xc3\xa9\r\n")]
#[case::utf_16("unix", UTF_16, b"\xfe\xff\0a\0\n\xd8\x3d\xde\x00\0\n")]
#[case::utf_32(
    "dos",
    b"\xff\xfe\0\0a\0\0\0\n\0\0\0",
    b"\xff\xfe\0\0a\0\0\0\r\0\0\0\n\0\0\0"
)]
#[case::utf_32_other_order("dos", b"\0\0\xfe\xff\0\0\0\n", b"\0\0\xfe\xff\0\0\0\r\0\0\0\n")]
#[case::utf_16_other_order("dos", b"\xff\xfea\0\n\0", b"\xff\xfea\0\r\0\n\0")]
fn converts(#[case] to: &str, #[case] bytes: &[u8], #[case] expected: &[u8]) {
    assert_eq!(converted(to, bytes), expected);
}

/// Pairs are seen wherever the blocks of a long file end.
#[rstest]
#[case::long_to_dos("dos", "\n", "\r\n")]
#[case::long_to_unix("unix", "\r\n", "\n")]
fn converts_long_files(#[case] to: &str, #[case] old: &str, #[case] new: &str) {
    let lines = (0..100_000).map(|i| "x".repeat(i % 7));
    let (mut before, mut after) = (String::new(), String::new());
    for line in lines {
        before += &(line.clone() + old);
        after += &(line + new);
    }
    assert!(converted(to, before.as_bytes()) == after.as_bytes());
}

/// Where the real ones are installed, they do the same. (But `unix2dos` 7.4 makes three of the
/// two `\r` in `\r\r\n`.)
#[rstest]
#[case::like_unix2dos("unix2dos", "dos")]
#[case::like_dos2unix("dos2unix", "unix")]
fn equals_the_real_one(#[case] program: &str, #[case] to: &str) {
    if !installed(program) {
        return;
    }
    let files: [&[u8]; 6] = [
        b"a\nb\r\nc\rd\r\n\r",
        b"\xef\xbb\xbfa\n",
        b"\x80\n\x0c\t\n",
        b"no end",
        b"bin\0ary\n",
        b"bell\x07\n",
    ];
    for bytes in files {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, bytes).unwrap();
        let keep_mark = ["-q", "-b", "file"];
        let real = Command::new(program)
            .args(keep_mark)
            .current_dir(dir.path())
            .status();
        assert!(real.unwrap().success());
        let theirs = fs::read(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        run(dir.path(), &["-q", "--to", to, "file"]);
        assert_eq!(fs::read(&path).unwrap(), theirs, "{bytes:?}");
    }
}

#[test]
fn binary_files_stay() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("binary");
    let bytes = b"ELF\x01\nrest\n";
    fs::write(&path, bytes).unwrap();
    let output = run(dir.path(), &["binary"]);
    assert!(stderr(&output).contains("iolite: binary:1:3: skipped: binary, there is U+0001"));
    assert!(output.status.success());
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert!(run(dir.path(), &["-q", "binary"]).stderr.is_empty());
    assert!(run(dir.path(), &["-f", "binary"]).status.success());
    assert_eq!(fs::read(&path).unwrap(), b"ELF\x01\r\nrest\r\n");
}

/// A file is replaced whole: whoever has the old one open still reads the old one.
#[cfg(unix)]
#[test]
fn files_are_replaced_at_once() {
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, b"a\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let mut open = File::open(&path).unwrap();
    assert!(run(dir.path(), &["file"]).status.success());
    let mut old = String::new();
    open.read_to_string(&mut old).unwrap();
    assert_eq!(old, "a\n");
    assert_eq!(fs::read(&path).unwrap(), b"a\r\n");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn what_needs_no_change_is_not_touched() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, b"a\r\n").unwrap();
    let before = fs::metadata(&path).unwrap().ino();
    assert!(run(dir.path(), &["file"]).status.success());
    assert_eq!(fs::metadata(&path).unwrap().ino(), before);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_stays() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), b"a\n").unwrap();
    std::os::unix::fs::symlink("file", dir.path().join("link")).unwrap();
    fs::create_dir(dir.path().join("folder")).unwrap();
    let output = run(dir.path(), &["link", "folder"]);
    assert!(output.status.success());
    assert!(stderr(&output).contains("link: skipped: not a regular file"));
    assert!(stderr(&output).contains("folder: skipped: not a regular file"));
    assert_eq!(fs::read(dir.path().join("file")).unwrap(), b"a\n");
}

#[test]
fn an_error_is_reported_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("odd"), b"\xff\xfea\0\n").unwrap();
    fs::write(dir.path().join("good"), b"a\n").unwrap();
    let output = run(dir.path(), &["missing", "odd", "good"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("missing: "));
    assert!(
        stderr(&output).contains("odd:1:4: utf-16-le: "),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read(dir.path().join("odd")).unwrap(), b"\xff\xfea\0\n");
    assert_eq!(fs::read(dir.path().join("good")).unwrap(), b"a\r\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn a_new_file_and_the_time() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old");
    fs::write(&path, b"a\n").unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    assert!(run(dir.path(), &["-n", "old", "new"]).status.success());
    assert_eq!(fs::read(&path).unwrap(), b"a\n");
    assert_eq!(fs::read(dir.path().join("new")).unwrap(), b"a\r\n");
    assert!(run(dir.path(), &["-k", "old"]).status.success());
    assert_eq!(fs::read(&path).unwrap(), b"a\r\n");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), long_ago);
}

#[test]
fn standard_input_is_a_filter() {
    let output = feed(&mut iolite("eol --to dos"), b"a\nb");
    assert_eq!(output.stdout, b"a\r\nb");
    let output = feed(&mut iolite("eol --to unix"), b"a\r\nb\r");
    assert_eq!(output.stdout, b"a\nb\r");
}

/// A file stays whose it is, and what comes with that: a set-user-ID program of somebody's must
/// not become root's. Only root can give files away; anybody else finds nothing to change here.
#[cfg(unix)]
#[test]
fn the_owner_stays() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    for mode in [0o640, 0o4755] {
        fs::write(&path, b"a\n").unwrap();
        if std::os::unix::fs::chown(&path, Some(1234), Some(5678)).is_err() {
            eprintln!("SKIPPED: only root can give files away");
            return;
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(run(dir.path(), &["file"]).status.success());
        assert_eq!(fs::read(&path).unwrap(), b"a\r\n");
        let now = fs::metadata(&path).unwrap();
        assert_eq!(
            (now.uid(), now.gid(), now.mode() & 0o7777),
            (1234, 5678, mode)
        );
        // A new file is the user's own, and has no special rights.
        assert!(run(dir.path(), &["-n", "file", "new"]).status.success());
        let new = fs::metadata(dir.path().join("new")).unwrap();
        assert_eq!(
            (new.mode() & 0o7777, new.uid()),
            (mode & 0o777, fs::metadata(dir.path()).unwrap().uid())
        );
        fs::remove_file(dir.path().join("new")).unwrap();
    }
}

/// A link as the output would be replaced by a file, and what it points to would stay old.
#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_stays() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in"), b"a\n").unwrap();
    fs::write(dir.path().join("real"), b"old\n").unwrap();
    std::os::unix::fs::symlink("real", dir.path().join("out")).unwrap();
    let output = run(dir.path(), &["-n", "in", "out"]);
    assert!(stderr(&output).contains("skipped: out is not a regular file"));
    assert!(dir.path().join("out").is_symlink());
    assert_eq!(fs::read(dir.path().join("real")).unwrap(), b"old\n");
}

/// As a filter it passes on what is good, and says where it stopped.
#[test]
fn a_filter_passes_on_what_is_good() {
    let good = b"abc\n".repeat(1000);
    let input = [good.as_slice(), b"colour \x1b[31m\n"].concat();
    let output = feed(&mut iolite("eol --to dos"), &input);
    assert_eq!(
        output.stdout,
        [b"abc\r\n".repeat(1000).as_slice(), b"colour "].concat()
    );
    let place = "iolite: standard input:1001:4007: binary, there is U+001B";
    assert!(stderr(&output).contains(place), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(2));
    // What cannot be decoded, too.
    let input: Vec<u8> = "\u{feff}ab\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let output = feed(
        &mut iolite("eol --to dos"),
        &[&input[..], b"\xdc\0\0c"].concat(),
    );
    assert_eq!(output.stdout, b"\xfe\xff\0a\0b\0\r\0\n");
    assert!(stderr(&output).contains("byte 8"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(2));
}

/// The side that failed is named; a reader that has seen enough is no failure.
#[cfg(target_os = "linux")]
#[test]
fn the_side_that_failed_is_named() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = iolite("eol --to dos");
    let child = command.stdin(std::process::Stdio::null()).stdout(full());
    assert!(child.output().unwrap().status.success());
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in"), b"a\n".repeat(100_000)).unwrap();
    let input = || File::open(dir.path().join("in")).unwrap();
    let output = iolite("eol --to dos")
        .stdin(input())
        .stdout(full())
        .output()
        .unwrap();
    assert_eq!(
        stderr(&output),
        "iolite: standard output: No space left on device\n"
    );
    assert_eq!(output.status.code(), Some(2));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = iolite("eol --to dos")
        .stdin(input())
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(
        (stderr(&output), output.status.code()),
        (String::new(), Some(0))
    );
    // And a full standard error keeps nobody from working.
    let mut command = iolite("eol --to dos");
    command.args(["missing", "in"]).stderr(full());
    let output = command.current_dir(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        fs::read(dir.path().join("in")).unwrap(),
        b"a\r\n".repeat(100_000)
    );
}

/// Ended by a signal, it leaves nothing: the new file has no name before it is whole.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_over() {
    use std::process::Stdio;
    let dir = tempfile::tempdir().unwrap();
    let fifo_like = dir.path().join("big");
    let bytes = b"abc\n".repeat(5_000_000);
    for delay in [5, 20, 60] {
        fs::write(&fifo_like, &bytes).unwrap();
        let mut command = iolite("eol --to dos");
        command
            .arg("big")
            .stderr(Stdio::null())
            .current_dir(dir.path());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["big"]);
        let now = fs::metadata(&fifo_like).unwrap().len();
        assert!(now == 20_000_000 || now == 25_000_000, "{now}");
    }
}

/// Where a lone `\r` is a line end, and where those of old Macs are wanted.
#[rstest]
#[case::to_mac("--to mac", b"a\nb\r\nc\rd", b"a\rb\rc\rd")]
#[case::from_mac("--to unix --cr", b"a\rb\r\nc\n\r\rd", b"a\nb\nc\n\n\nd")]
#[case::from_mac_to_dos("--to dos --cr", b"a\rb\n", b"a\r\nb\r\n")]
#[case::by_its_other_name("--to crlf", b"a\n", b"a\r\n")]
#[case::unmarked("--to dos --encoding utf-16-le", b"a\0\n\0", b"a\0\r\0\n\0")]
#[case::ebcdic("--to dos --encoding cp037", b"\x81\x25\x82", b"\x81\x0d\x25\x82")]
#[case::east_asian("--to dos --encoding shift_jis", b"\x83\x5c\n", b"\x83\x5c\r\n")]
#[case::what_is_said_counts("--to dos -e latin-1 -f", b"\xff\xfe\n\0", b"\xff\xfe\r\n\0")]
#[case::binary("--to dos -f", b"a\0\n", b"a\0\r\n")]
fn converts_as_told(#[case] options: &str, #[case] bytes: &[u8], #[case] expected: &[u8]) {
    let output = feed(&mut iolite(&format!("eol {options}")), bytes);
    assert_eq!(output.stdout, expected, "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
}

/// What `dos2unix -i` prints, to the letter; the expected lines are its own.
#[rstest]
#[case::all(
    "-i",
    "       1       1       0  no_bom    text    mixed\n       0       0       2  UTF-8     text    mac\n       0       1       0  UTF-16LE  text    wide\n       0       1       0  no_bom    binary  binary\n       0       0       0  no_bom    text    empty\n"
)]
#[case::some(
    "-i=dt",
    "       1  text    mixed\n       0  text    mac\n       0  text    wide\n       0  binary  binary\n       0  text    empty\n"
)]
#[case::names("-i=c --to dos", "mixed\nwide\n")]
#[case::names_for_xargs("--info=c0 --to unix", "mixed\0")]
#[case::names_of_all("-i=c --to mac --force", "mixed\nwide\nbinary\n")]
fn says_what_files_have(#[case] options: &str, #[case] expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    let files: [(&str, &[u8]); 5] = [
        ("mixed", b"a\r\nb\n"),
        ("mac", b"\xef\xbb\xbfa\rb\r"),
        ("wide", b"\xff\xfea\0\n\0"),
        ("binary", b"a\0b\n"),
        ("empty", b""),
    ];
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    let names = files.map(|(name, _)| name);
    let mut command = iolite(&format!("eol {options}"));
    let output = feed(command.args(names).current_dir(dir.path()), b"");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(output.status.code(), Some(0));
    // The real one has the flags at once behind the letter.
    let flags = options.split([' ', '=']).nth(1).unwrap_or("");
    if options.starts_with("-i") && !options.contains("--to") && installed("dos2unix") {
        let mut real = Command::new("dos2unix");
        let real = real.arg(format!("-i{flags}")).args(names);
        let theirs = real.current_dir(dir.path()).output().unwrap();
        assert_eq!(String::from_utf8(theirs.stdout).unwrap(), expected);
    }
    // For programs, too.
    let mut command = iolite("eol --info --json wide binary");
    let output = feed(command.current_dir(dir.path()), b"");
    let json = String::from_utf8(output.stdout).unwrap();
    let wide =
        r#"{"path":{"text":"wide"},"dos":0,"unix":1,"mac":0,"mark":"UTF-16LE","binary":false}"#;
    let binary = r#"{"path":{"text":"binary"},"dos":0,"unix":1,"mac":0,"mark":null,"binary":true}"#;
    assert_eq!(json, format!("{wide}\n{binary}\n"));
}

#[test]
fn says_it_of_standard_input_and_of_what_is_missing() {
    let output = feed(&mut iolite("eol -i"), b"a\r\n");
    assert_eq!(
        output.stdout,
        b"       1       0       0  no_bom    text  \n"
    );
    let output = feed(&mut iolite("eol -i missing ."), b"");
    let said = stderr(&output);
    assert!(
        said.starts_with("iolite: missing: ") && said.contains("iolite: .: "),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(2));
    let output = feed(&mut iolite("eol -i=x"), b"");
    assert!(stderr(&output).contains("there is no flag 'x'"));
    assert_eq!(output.status.code(), Some(2));
}

/// What is read must not be what is written: it would never end.
#[cfg(unix)]
#[test]
fn a_filter_does_not_append_to_its_input() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, b"a\n".repeat(100_000)).unwrap();
    let mut command = iolite("eol --to dos");
    command.stdin(File::open(&path).unwrap());
    let append = File::options().append(true).open(&path).unwrap();
    let output = command.stdout(append).output().unwrap();
    assert_eq!(
        stderr(&output),
        "iolite: standard input: the input is the output, too\n"
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::metadata(&path).unwrap().len(), 200_000);
}
