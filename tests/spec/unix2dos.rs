//! SPEC.md, "Line ends of DOS and Unix": the example, run as a program on real files.

use std::env::consts::EXE_SUFFIX;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use rstest::rstest;

use crate::support::programs::{example, feed, installed, stderr};

fn run(folder: &Path, args: &[&str]) -> Output {
    feed(example("unix2dos").args(args).current_dir(folder), b"")
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
#[case::u2d_1_to_dos("dos", b"a\nb\n\nc", b"a\r\nb\r\n\r\nc")]
#[case::u2d_1_to_unix("unix", b"a\r\nb\r\n\r\nc", b"a\nb\n\nc")]
#[case::u2d_1_mixed_to_dos("dos", b"a\nb\r\n", b"a\r\nb\r\n")]
#[case::u2d_1_mixed_to_unix("unix", b"a\nb\r\n", b"a\nb\n")]
#[case::u2d_1_nothing("dos", b"", b"")]
#[case::u2d_2_a_lone_cr_to_dos("dos", b"a\rb\r\r\n\r", b"a\rb\r\r\n\r")]
#[case::u2d_2_a_lone_cr_to_unix("unix", b"a\rb\r\r\n\r", b"a\rb\r\n\r")]
#[case::u2d_3_any_eight_bits("dos", b"\x80\xff\xfe\n", b"\x80\xff\xfe\r\n")]
#[case::u2d_3_utf_8_with_mark("dos", b"\xef\xbb\xbf\xc3\xa9\n", b"\xef\xbb\xbf\xc3\xa9\r\n")]
#[case::u2d_3_utf_16("unix", UTF_16, b"\xfe\xff\0a\0\n\xd8\x3d\xde\x00\0\n")]
#[case::u2d_3_utf_32(
    "dos",
    b"\xff\xfe\0\0a\0\0\0\n\0\0\0",
    b"\xff\xfe\0\0a\0\0\0\r\0\0\0\n\0\0\0"
)]
#[case::u2d_3_utf_32_other_order("dos", b"\0\0\xfe\xff\0\0\0\n", b"\0\0\xfe\xff\0\0\0\r\0\0\0\n")]
#[case::u2d_3_utf_16_other_order("dos", b"\xff\xfea\0\n\0", b"\xff\xfea\0\r\0\n\0")]
fn converts(#[case] to: &str, #[case] bytes: &[u8], #[case] expected: &[u8]) {
    assert_eq!(converted(to, bytes), expected);
}

/// Pairs are seen wherever the blocks of a long file end.
#[rstest]
#[case::u2d_1_long_to_dos("dos", "\n", "\r\n")]
#[case::u2d_1_long_to_unix("unix", "\r\n", "\n")]
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
#[case::u2d_1_like_unix2dos("unix2dos", "dos")]
#[case::u2d_1_like_dos2unix("dos2unix", "unix")]
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
fn u2d_4_binary_files_stay() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("binary");
    let bytes = b"ELF\x01\nrest\n";
    fs::write(&path, bytes).unwrap();
    let output = run(dir.path(), &["binary"]);
    assert!(stderr(&output).contains("binary: skipped: binary, there is U+0001 in line 1, byte 3"));
    assert!(output.status.success());
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert!(run(dir.path(), &["-q", "binary"]).stderr.is_empty());
    assert!(run(dir.path(), &["-f", "binary"]).status.success());
    assert_eq!(fs::read(&path).unwrap(), b"ELF\x01\r\nrest\r\n");
}

/// A file is replaced whole: whoever has the old one open still reads the old one.
#[cfg(unix)]
#[test]
fn u2d_5_files_are_replaced_at_once() {
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
fn u2d_5_what_needs_no_change_is_not_touched() {
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
fn u2d_6_what_is_no_regular_file_stays() {
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
fn u2d_7_an_error_is_reported_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("odd"), b"\xff\xfea\0\n").unwrap();
    fs::write(dir.path().join("good"), b"a\n").unwrap();
    let output = run(dir.path(), &["missing", "odd", "good"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("missing: "));
    assert!(
        stderr(&output).contains("odd: utf-16-le: "),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read(dir.path().join("odd")).unwrap(), b"\xff\xfea\0\n");
    assert_eq!(fs::read(dir.path().join("good")).unwrap(), b"a\r\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn u2d_8_a_new_file_and_the_time() {
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
fn u2d_9_standard_input_and_the_other_name() {
    let output = feed(&mut example("unix2dos"), b"a\nb");
    assert_eq!(output.stdout, b"a\r\nb");
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join(format!("dos2unix{EXE_SUFFIX}"));
    fs::copy(example("unix2dos").get_program(), &other).unwrap();
    let output = feed(&mut Command::new(other), b"a\r\nb\r");
    assert_eq!(output.stdout, b"a\nb\r");
}

/// A file stays whose it is, and what comes with that: a set-user-ID program of somebody's must
/// not become root's. Only root can give files away; anybody else finds nothing to change here.
#[cfg(unix)]
#[test]
fn u2d_10_the_owner_stays() {
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
fn u2d_6_an_output_that_is_a_link_stays() {
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
fn u2d_11_a_filter_passes_on_what_is_good() {
    let good = b"abc\n".repeat(1000);
    let input = [good.as_slice(), b"colour \x1b[31m\n"].concat();
    let output = feed(&mut example("unix2dos"), &input);
    assert_eq!(
        output.stdout,
        [b"abc\r\n".repeat(1000).as_slice(), b"colour "].concat()
    );
    let place = "U+001B in line 1001, byte 4007";
    assert!(stderr(&output).contains(place), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(1));
    // What cannot be decoded, too.
    let input: Vec<u8> = "\u{feff}ab\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let output = feed(
        &mut example("unix2dos"),
        &[&input[..], b"\xdc\0\0c"].concat(),
    );
    assert_eq!(output.stdout, b"\xfe\xff\0a\0b\0\r\0\n");
    assert!(stderr(&output).contains("byte 8"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(1));
}

/// The side that failed is named; a reader that has seen enough is no failure.
#[cfg(target_os = "linux")]
#[test]
fn u2d_12_the_side_that_failed_is_named() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = example("unix2dos");
    let child = command.stdin(std::process::Stdio::null()).stdout(full());
    assert!(child.output().unwrap().status.success());
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in"), b"a\n".repeat(100_000)).unwrap();
    let input = || File::open(dir.path().join("in")).unwrap();
    let output = example("unix2dos")
        .stdin(input())
        .stdout(full())
        .output()
        .unwrap();
    assert_eq!(
        stderr(&output),
        "unix2dos: standard output: No space left on device\n"
    );
    assert_eq!(output.status.code(), Some(1));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = example("unix2dos")
        .stdin(input())
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(
        (stderr(&output), output.status.code()),
        (String::new(), Some(0))
    );
    // And a full standard error keeps nobody from working.
    let mut command = example("unix2dos");
    command.args(["missing", "in"]).stderr(full());
    let output = command.current_dir(dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        fs::read(dir.path().join("in")).unwrap(),
        b"a\r\n".repeat(100_000)
    );
}

/// Ended by a signal, it leaves nothing: the new file has no name before it is whole.
#[cfg(target_os = "linux")]
#[test]
fn u2d_13_nothing_is_left_over() {
    use std::process::Stdio;
    let dir = tempfile::tempdir().unwrap();
    let fifo_like = dir.path().join("big");
    let bytes = b"abc\n".repeat(5_000_000);
    for delay in [5, 20, 60] {
        fs::write(&fifo_like, &bytes).unwrap();
        let mut command = example("unix2dos");
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
