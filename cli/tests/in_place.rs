//! What `recode --in-place` and `eol` have in common: files that are replaced whole or not at all,
//! in folders, on trial, with backups and numbers.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, SystemTime};

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{feed, iolite, stderr, stdout};

fn run(folder: &Path, arguments: &str) -> Output {
    feed(iolite(arguments).current_dir(folder), b"")
}

/// A folder with one file.
fn folder(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Both jobs, on a text that they change, and what it becomes.
#[rstest]
#[case::eol("eol --to dos", b"caf\xc3\xa9\n", b"caf\xc3\xa9\r\n")]
#[case::recode("recode -i -f latin-1", b"caf\xe9\n", b"caf\xc3\xa9\n")]
fn replaces(#[case] job: &str, #[case] old: &[u8], #[case] new: &[u8]) {
    let (folder, path) = folder(old);
    let output = run(folder.path(), &format!("{job} file"));
    assert_eq!((stderr(&output), stdout(&output)), ("".into(), "".into()));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fs::read(&path).unwrap(), new);
    assert_eq!(names(folder.path()), ["file"]);

    // On trial nothing changes, and the exit status says that something would.
    fs::write(&path, old).unwrap();
    let output = run(folder.path(), &format!("{job} --dry-run file"));
    assert_eq!(stdout(&output), "file\n");
    let summary = "iolite: 1 would be changed, 0 unchanged, 0 skipped, 0 failed\n";
    assert_eq!(stderr(&output), summary);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read(&path).unwrap(), old);

    // A backup is the old file, in every respect.
    let before = fs::metadata(&path).unwrap();
    let output = run(folder.path(), &format!("{job} --backup file"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(names(folder.path()), ["file", "file~"]);
    let backup = folder.path().join("file~");
    assert_eq!(fs::read(&backup).unwrap(), old);
    assert_eq!(fs::read(&path).unwrap(), new);
    let modified = |file: &fs::Metadata| file.modified().unwrap();
    assert_eq!(modified(&fs::metadata(&backup).unwrap()), modified(&before));

    // One that is there is not overwritten.
    fs::write(&path, old).unwrap();
    let output = run(folder.path(), &format!("{job} --backup file"));
    assert_eq!(
        stderr(&output),
        "iolite: file: not replaced: the name of its backup is taken: file~\n"
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(&path).unwrap(), old);
    let output = run(folder.path(), &format!("{job} --backup=.orig file"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(names(folder.path()), ["file", "file.orig", "file~"]);
}

/// What stays the same is only read, also if it is long.
#[cfg(unix)]
#[rstest]
#[case::eol("eol --to dos", b"a\r\n")]
#[case::recode("recode -i -f latin-1", b"abc\n")]
#[case::a_lone_mark("recode -i -f utf-8", b"\xef\xbb\xbfabc\n")]
fn what_needs_no_change_is_not_touched(#[case] job: &str, #[case] line: &[u8]) {
    use std::os::unix::fs::MetadataExt;
    let (folder, path) = folder(&line.repeat(100_000));
    let before = fs::metadata(&path).unwrap();
    let output = run(folder.path(), &format!("{job} --backup -r file"));
    assert_eq!(
        stderr(&output),
        "iolite: 0 changed, 1 unchanged, 0 skipped, 0 failed\n"
    );
    let after = fs::metadata(&path).unwrap();
    assert_eq!(
        (after.ino(), after.mtime_nsec()),
        (before.ino(), before.mtime_nsec())
    );
    assert_eq!(names(folder.path()), ["file"]);
}

/// Wherever the first difference is: what is the same before it is copied.
#[rstest]
#[case::at_once(0)]
#[case::within_the_first_block(1000)]
#[case::behind_some_blocks(300_000)]
fn the_first_difference(#[case] same: usize) {
    let old = [
        "x".repeat(same).as_bytes(),
        b"\xe9",
        "y".repeat(100_000).as_bytes(),
    ]
    .concat();
    let new = "x".repeat(same) + "\u{e9}" + &"y".repeat(100_000);
    let (folder, path) = folder(&old);
    assert!(
        run(folder.path(), "recode -i -f latin-1 file")
            .status
            .success()
    );
    assert!(fs::read(&path).unwrap() == new.as_bytes());
    // What becomes shorter differs by that alone.
    fs::write(&path, &old).unwrap();
    let output = run(folder.path(), "recode -i -f ascii -c file");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read(&path).unwrap().len(), old.len() - 1);
    fs::write(&path, &old[..same + 1]).unwrap();
    assert_eq!(
        run(folder.path(), "recode -i -c file").status.code(),
        Some(1)
    );
    assert_eq!(fs::read(&path).unwrap().len(), same);
}

/// A file that cannot be converted to its end stays as it is, and the others go on.
#[test]
fn a_file_that_cannot_be_converted_stays() {
    let (folder, path) = folder(b"one\ntwo\xff\n");
    fs::write(folder.path().join("other"), "caf\u{e9}\n").unwrap();
    let output = run(folder.path(), "recode -i -t utf-16-le missing file other");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "iolite: missing: No such file or directory\n\
         iolite: file:2:7: utf-8: invalid start byte at byte 7: ff\n"
    );
    assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\xff\n");
    let other = fs::read(folder.path().join("other")).unwrap();
    assert_eq!(other, b"c\0a\0f\0\xe9\0\n\0");
    assert_eq!(names(folder.path()), ["file", "other"]);
}

/// A second run over a tree must not spoil what the first one did.
#[test]
fn what_is_utf_8_already_is_not_converted_again() {
    let (folder, path) = folder(b"caf\xe9\n");
    for _ in 0..2 {
        let output = run(folder.path(), "recode -i -f latin-1 file");
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(fs::read(&path).unwrap(), "caf\u{e9}\n".as_bytes());
    }
    let output = run(folder.path(), "recode -i -f latin-1 --dry-run file");
    assert!(stderr(&output).contains("file: skipped: it is utf-8 already; --force"));
    assert_eq!(output.status.code(), Some(0));
    let output = run(folder.path(), "recode -i -f latin-1 --force file");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fs::read(&path).unwrap(), "cafÃ©\n".as_bytes());
    // Nor must one run that meets a file twice; what the text was in is told by nothing here.
    let before = "\u{e9}".repeat(10);
    fs::write(&path, &before).unwrap();
    #[cfg(unix)]
    let twice = "recode -i -f latin-1 -t utf-16-le --force file ./file";
    #[cfg(not(unix))]
    let twice = "recode -i -f latin-1 -t utf-16-le --force file";
    let output = run(folder.path(), twice);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fs::read(&path).unwrap().len(), 40, "{}", stderr(&output));
    if cfg!(unix) {
        assert!(stderr(&output).contains("./file: skipped: it was converted already"));
    }
}

/// Hard links would part: one name would have the new text, the other the old one.
#[cfg(unix)]
#[rstest]
#[case::eol("eol --to dos", b"a\n")]
#[case::recode("recode -i -f latin-1", b"caf\xe9\n")]
fn links_are_left_as_they_are(#[case] job: &str, #[case] old: &[u8]) {
    use std::os::unix::fs::{MetadataExt, symlink};
    let (folder, path) = folder(old);
    let other = folder.path().join("other");
    fs::hard_link(&path, &other).unwrap();
    for trial in ["", "--dry-run"] {
        let output = run(folder.path(), &format!("{job} {trial} file"));
        let why = "iolite: file: not replaced: it has other names (hard links)";
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
        assert_eq!(output.status.code(), Some(2));
    }
    assert_eq!(
        fs::metadata(&path).unwrap().ino(),
        fs::metadata(&other).unwrap().ino()
    );
    assert_eq!(fs::read(&path).unwrap(), old);
    fs::remove_file(&other).unwrap();
    symlink("file", &other).unwrap();
    let output = run(folder.path(), &format!("{job} other"));
    assert!(stderr(&output).contains("other: skipped: not a regular file"));
    assert_eq!(output.status.code(), Some(0));
    assert!(other.is_symlink());
    assert_eq!(fs::read(&path).unwrap(), old);
}

/// Owner, group, mode with its special bits, extended attributes and access control lists.
#[cfg(target_os = "linux")]
#[rstest]
#[case::eol("eol --to dos", b"a\n")]
#[case::recode("recode -i -f latin-1", b"caf\xe9\n")]
fn what_belongs_to_the_file_stays(#[case] job: &str, #[case] old: &[u8]) {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    const ACL: &str = "system.posix_acl_access";
    let (folder, path) = folder(old);
    let is_given_away = chown(&path, Some(1234), Some(5678)).is_ok();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o6751)).unwrap();
    // One is longer than a first look, an access control list has rules of its own.
    let long = "user.long-".to_owned() + &"x".repeat(200);
    let attributes = ["user.one", &long];
    let can_have = attributes
        .map(|name| setxattr(&path, name, &name.as_bytes().repeat(9), XattrFlags::empty()).is_ok());
    if !can_have[0] {
        eprintln!("SKIPPED: this file system has no extended attributes");
    }
    // user::rwx, user:77:r--, group::r-x, mask::r-x, other::--x, as Linux stores them.
    let entries = [
        (1u16, 7u16, u32::MAX),
        (2, 4, 77),
        (4, 5, u32::MAX),
        (16, 5, u32::MAX),
        (32, 1, u32::MAX),
    ];
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend([tag.to_le_bytes(), permissions.to_le_bytes()].concat());
        list.extend(id.to_le_bytes());
    }
    let has_list = setxattr(&path, ACL, &list, XattrFlags::empty()).is_ok();
    if !has_list {
        eprintln!("SKIPPED: this file system has no access control lists");
    }
    let before = fs::metadata(&path).unwrap();
    let output = run(folder.path(), &format!("{job} file"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    if has_list {
        let mut now = [0; 100];
        let length = getxattr(&path, ACL, &mut now).unwrap();
        assert_eq!(now[..length], list);
    }
    let after = fs::metadata(&path).unwrap();
    assert_ne!(fs::read(&path).unwrap(), old);
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert!(!is_given_away || after.uid() == 1234);
    for name in attributes.iter().filter(|_| can_have[0]) {
        let mut value = [0; 4000];
        let length = getxattr(&path, *name, &mut value).unwrap();
        assert_eq!(&value[..length], name.as_bytes().repeat(9));
    }
}

/// An attribute that this user may not give to a file: the capabilities of a program.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_kept_is_a_reason_to_refuse() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NAME: &str = "security.capability";
    let (folder, path) = folder(b"a\n");
    // Version 2, cap_net_raw permitted.
    let mut value = [0; 20];
    (value[3], value[5]) = (2, 0x20);
    chown(folder.path(), Some(65534), Some(65534)).ok();
    chown(&path, Some(65534), Some(65534)).ok();
    if setxattr(&path, NAME, &value, XattrFlags::empty()).is_err() {
        return eprintln!("SKIPPED: only root can give capabilities to a file");
    }
    let program = folder.path().join("iolite");
    fs::copy(iolite("").get_program(), &program).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = std::process::Command::new(&program);
    command
        .args(["eol", "--to", "dos", "file"])
        .current_dir(folder.path());
    let output = feed(command.uid(65534).gid(65534), b"");
    assert_eq!(
        stderr(&output),
        "iolite: file: not replaced: its attribute security.capability cannot be kept: \
         Operation not permitted\n"
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(&path).unwrap(), b"a\n");
    assert_eq!(names(folder.path()), ["file", "iolite"]);
    let mut now = [0; 20];
    assert_eq!(getxattr(&path, NAME, &mut now), Ok(20));
}

/// Somebody who writes to the file while it is converted must not lose that.
#[cfg(target_os = "linux")]
#[test]
fn changed_meanwhile() {
    use std::io::Write;
    if !support::installed("strace") {
        return;
    }
    // The tool waits before it makes the new file, long enough to be overtaken; longer where the
    // machine has so much to do that it has not even begun.
    for seconds in [1, 4, 16] {
        let (folder, path) = folder(b"a\n");
        let mut command = std::process::Command::new("strace");
        let delay = format!("inject=flistxattr:delay_enter={seconds}000000");
        command.args(["-qq", "-o", "/dev/null", "-e", &delay]);
        let tool = iolite("");
        command.arg(tool.get_program());
        command.args(["eol", "--to", "dos", "file"]);
        command.stderr(std::process::Stdio::piped());
        let child = command.current_dir(folder.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(seconds * 500));
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"more\n").unwrap();
        let output = child.wait_with_output().unwrap();
        if stderr(&output).contains("ptrace") {
            return eprintln!("SKIPPED: strace may not trace");
        }
        if output.status.success() {
            assert_eq!(fs::read(&path).unwrap(), b"a\r\nmore\r\n");
            continue;
        }
        let message = "iolite: file: not replaced: somebody else changed it meanwhile\n";
        assert_eq!(stderr(&output), message);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(fs::read(&path).unwrap(), b"a\nmore\n");
        assert_eq!(names(folder.path()), ["file"]);
        return;
    }
    panic!("it was never overtaken");
}

#[rstest]
#[case::eol("eol --to dos", b"a\n")]
#[case::recode("recode -i -f latin-1", b"caf\xe9\n")]
fn the_time_is_kept_where_that_is_asked_for(#[case] job: &str, #[case] old: &[u8]) {
    let (folder, path) = folder(old);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let modified = || fs::metadata(&path).unwrap().modified().unwrap();
    for (option, is_kept) in [("-k", true), ("", false)] {
        fs::write(&path, old).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(long_ago).unwrap();
        drop(file);
        let output = run(folder.path(), &format!("{job} {option} file"));
        assert!(output.status.success());
        assert_ne!(fs::read(&path).unwrap(), old);
        assert_eq!(modified() == long_ago, is_kept);
    }
}

/// A tree with what is to be left out.
fn tree() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("a.txt", b"a\n");
    put("sub/b.txt", b"b\n");
    put("sub/c.c", b"c\n");
    put("sub/deeper/dos.txt", b"d\r\n");
    put("sub/binary", b"e\0\n");
    put(".hidden/f.txt", b"f\n");
    put(".ignore", b"left_out/\n");
    put("left_out/g.txt", b"g\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink("a.txt", folder.path().join("link")).unwrap();
    folder
}

#[rstest]
#[case::all("", "a.txt sub/b.txt sub/c.c", 2)]
#[case::hidden("--hidden", ".hidden/f.txt .ignore a.txt sub/b.txt sub/c.c", 2)]
#[case::ignored("--no-ignore", "a.txt left_out/g.txt sub/b.txt sub/c.c", 2)]
#[case::globs("-g *.txt", "a.txt sub/b.txt", 1)]
#[case::globs_out("-g !*.txt", "sub/c.c", 1)]
fn folders(#[case] options: &str, #[case] expected: &str, #[case] others: usize) {
    let folder = tree();
    let command = format!("eol --to dos -r --dry-run {options} .");
    let output = run(folder.path(), &command);
    let expected: Vec<_> = expected.split(' ').collect();
    let shown = stdout(&output).replace('\\', "/");
    let shown: Vec<_> = shown
        .lines()
        .map(|name| name.trim_start_matches("./"))
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(output.status.code(), Some(1));
    let summary = format!("iolite: {} would be changed", expected.len());
    assert!(stderr(&output).contains(&summary), "{}", stderr(&output));

    let json = run(folder.path(), &command.replace("--dry-run", "--json"));
    let lines: Vec<Value> = stdout(&json)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (summary, files) = lines.split_last().unwrap();
    assert_eq!(summary["summary"]["changed"], expected.len());
    assert_eq!(summary["summary"]["failed"], 0);
    assert_eq!(files.len(), expected.len() + others);
    let is_changed = |line: &&Value| line["outcome"] == "changed";
    let changed = files.iter().filter(is_changed);
    let changed: Vec<_> = changed
        .map(|line| line["path"]["text"].as_str().unwrap().replace('\\', "/"))
        .collect();
    let changed: Vec<_> = changed
        .iter()
        .map(|name| name.trim_start_matches("./"))
        .collect();
    assert_eq!(changed, expected);
    for name in expected {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        assert!(bytes.ends_with(b"\r\n"), "{name}");
    }
    assert_eq!(json.status.code(), Some(0));
}

#[test]
fn a_folder_needs_an_option() {
    let folder = tree();
    let output = run(folder.path(), "eol --to dos sub");
    assert!(stderr(&output).contains("sub: skipped: not a regular file"));
    assert_eq!(fs::read(folder.path().join("sub/b.txt")).unwrap(), b"b\n");
}

/// Names are bytes, whatever they are; one that has a line end does not look like two.
#[cfg(target_os = "linux")]
#[test]
fn any_name() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"one\ntwo\xff");
    fs::write(folder.path().join(name), b"a\n\0").unwrap();
    let output = run(folder.path(), "eol --to dos -r .");
    let message = "iolite: './one'$'\\n''two'$'\\377':2:2: skipped: binary, there is U+0000\n";
    assert!(stderr(&output).starts_with(message), "{}", stderr(&output));
    let output = run(folder.path(), "eol --to dos -r -f --dry-run .");
    assert_eq!(stdout(&output), "'./one'$'\\n''two'$'\\377'\n");
    let output = run(folder.path(), "eol --to dos -r -f --json .");
    let line: Value = serde_json::from_str(stdout(&output).lines().next().unwrap()).unwrap();
    assert_eq!(line["path"]["bytes"], "Li9vbmUKdHdv/w==");
    assert_eq!(fs::read(folder.path().join(name)).unwrap(), b"a\r\n\0");
}

/// What is no file of a disk: nothing hangs, nothing is replaced, and it is said.
#[cfg(target_os = "linux")]
#[rstest]
#[case::a_pipe("pipe", "skipped: not a regular file", 0)]
#[case::a_device("/dev/null", "skipped: not a regular file", 0)]
#[case::of_the_system("/proc/self/status", "", 2)]
#[case::of_a_missing_folder("missing/file", "No such file or directory", 2)]
#[case::below_a_file("file/below", "Not a directory", 2)]
fn odd_files(#[case] name: &str, #[case] message: &str, #[case] status: i32) {
    for job in ["eol --to dos", "recode -i -t utf-16"] {
        let (folder, path) = folder(b"text\r\n");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let output = run(folder.path(), &format!("{job} {name}"));
        let said = stderr(&output);
        assert!(said.contains(name) && said.contains(message), "{said}");
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert_eq!(fs::read(&path).unwrap(), b"text\r\n");
        assert_eq!(names(folder.path()), ["file", "pipe"]);
    }
}

/// Without the right to write there the file stays, and so it does in a folder where nothing can be
/// made. Root may do everything: then somebody else has to try.
#[cfg(target_os = "linux")]
#[rstest]
#[case::the_file(0o444, 0o777, "Permission denied")]
#[case::the_folder(0o666, 0o555, "Permission denied")]
#[case::reading(0o222, 0o777, "Permission denied")]
fn no_permission(#[case] file: u32, #[case] above: u32, #[case] message: &str) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    for job in ["eol --to dos file", "recode -i -t utf-16 file"] {
        let (folder, path) = folder(b"text\n");
        let mode = fs::Permissions::from_mode;
        // Nobody else gets to the program where it was built.
        let program = folder.path().join("iolite");
        fs::copy(iolite("").get_program(), &program).unwrap();
        fs::set_permissions(&path, mode(file)).unwrap();
        fs::set_permissions(folder.path(), mode(above)).unwrap();
        let mut command = std::process::Command::new(&program);
        command.args(job.split(' ')).current_dir(folder.path());
        if fs::metadata(&path).unwrap().uid() == 0 {
            command.uid(65534).gid(65534);
        }
        let output = feed(&mut command, b"");
        fs::set_permissions(folder.path(), mode(0o755)).unwrap();
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
        assert!(
            stderr(&output).starts_with("iolite: file: "),
            "{}",
            stderr(&output)
        );
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(fs::read(&path).unwrap(), b"text\n");
        assert_eq!(names(folder.path()), ["file", "iolite"]);
    }
}

/// The lines about files are output like any other.
#[cfg(target_os = "linux")]
#[test]
fn full_and_unread_output() {
    let (folder, path) = folder(b"a\n");
    for job in ["eol --to dos --json file", "eol --to dos --dry-run file"] {
        let mut command = iolite(job);
        command.current_dir(folder.path());
        let output = command.stdout(support::full_device()).output().unwrap();
        let full = "iolite: standard output: No space left on device\n";
        assert!(stderr(&output).ends_with(full), "{}", stderr(&output));
        assert_eq!(output.status.code(), Some(2));
        fs::write(&path, b"a\n").unwrap();
        let output = command.stdout(support::unread_pipe()).output().unwrap();
        assert_eq!(
            (stderr(&output), output.status.code()),
            ("".into(), Some(0))
        );
        fs::write(&path, b"a\n").unwrap();
    }
    // A full standard error keeps nobody from working.
    fs::write(folder.path().join("b"), b"b\n").unwrap();
    let mut command = iolite("eol --to dos -r missing b");
    command.current_dir(folder.path());
    let status = command.stderr(support::full_device()).status().unwrap();
    assert_eq!(status.code(), Some(2));
    assert_eq!(fs::read(folder.path().join("b")).unwrap(), b"b\r\n");
}

#[rstest]
#[case::standard_input("recode -i", "--in-place needs files")]
#[case::standard_input_by_name("recode -i -", "--in-place needs files")]
#[case::among_files("eol --to dos file -", "standard input cannot be replaced")]
#[case::trial("recode --dry-run file", "--dry-run needs --in-place")]
#[case::backup("recode --backup file", "--backup needs --in-place")]
#[case::folders("recode -r .", "--recursive needs --in-place")]
#[case::two_outputs("recode -i -o out file", "cannot be used with")]
#[case::no_line_ends("eol file", "--to")]
#[case::wrong_line_ends("eol --to vt file", "invalid value 'vt'")]
#[case::a_glob("eol --to dos -r -g { file", "{")]
fn refuses(#[case] command: &str, #[case] message: &str) {
    let (folder, path) = folder(b"text\n");
    let output = run(folder.path(), command);
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
    assert_eq!(
        (output.status.code(), stdout(&output)),
        (Some(2), "".into())
    );
    assert_eq!(fs::read(&path).unwrap(), b"text\n");
    assert_eq!(names(folder.path()), ["file"]);
}
