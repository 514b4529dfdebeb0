//! What becomes of a file if the tool is ended while it replaces it, at each of its system calls.
//! (SPEC.md, "Replacing files": RPL-7 and RPL-8.)
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use rstest::rstest;
use tempfile::{NamedTempFile, TempDir};

use crate::support::{installed, iolite};

/// How a file is replaced: the words after `iolite`, what it is and what it becomes.
struct Job {
    arguments: &'static str,
    old: Vec<u8>,
    new: Vec<u8>,
}

fn eol() -> Job {
    let text = "line\n".repeat(50_000);
    Job {
        arguments: "eol --to dos",
        new: text.replace('\n', "\r\n").into_bytes(),
        old: text.into_bytes(),
    }
}

/// What differs comes after some blocks that are the same.
fn recode() -> Job {
    let text = "line\n".repeat(50_000) + "caf\u{e9}\n";
    Job {
        arguments: "recode --in-place --from latin-1",
        old: text.chars().map(|ch| ch as u8).collect(),
        new: text.into_bytes(),
    }
}

/// A file in a folder of its own, somebody else's where this user may give files away.
struct Place {
    folder: TempDir,
    path: PathBuf,
    owner: (u32, u32),
}

const MODE: u32 = 0o4750;

impl Place {
    fn new(bytes: &[u8]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, bytes).unwrap();
        let _ = chown(&path, Some(1234), Some(5678));
        fs::set_permissions(&path, fs::Permissions::from_mode(MODE)).unwrap();
        let metadata = path.metadata().unwrap();
        let owner = (metadata.uid(), metadata.gid());
        Place {
            folder,
            path,
            owner,
        }
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Whether the new file is there; else the old one is. Whose it is and who may use it has not
    /// changed.
    fn is_new(&self, job: &Job, how: &str) -> bool {
        let now = self.path.symlink_metadata().unwrap();
        assert_eq!((now.uid(), now.gid()), self.owner, "{how}");
        assert_eq!(now.mode() & 0o7777, MODE, "{how}");
        let content = fs::read(&self.path).unwrap();
        let is_new = content == job.new;
        assert!(
            is_new || content == job.old,
            "{how}: {} bytes",
            content.len()
        );
        is_new
    }
}

/// A process that is started with `nohup`, or in the background, ignores signals, and so would all
/// that is run here.
fn strace() -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP,INT,TERM", "strace"]);
    command
}

/// Whether `strace` may trace here; says so if not.
fn can_trace() -> bool {
    let traced = installed("strace")
        && strace()
            .args(["-o", "/dev/null", "true"])
            .output()
            .is_ok_and(|output| output.status.success());
    if !traced {
        eprintln!("SKIPPED: strace is not there, or may not trace");
    }
    traced
}

/// Runs the tool on a file under `strace`.
fn traced(job: &Job, options: &[&str], place: &Place, log: &Path) -> ExitStatus {
    let tool = iolite("");
    let mut command = strace();
    command.arg("-f").arg("-o").arg(log).args(options);
    command.arg(tool.get_program());
    command.args(job.arguments.split(' ')).arg(&place.path);
    command.stderr(std::process::Stdio::null());
    command.status().unwrap()
}

/// The calls of a whole run, in their order, with their arguments.
fn calls(log: &Path) -> Vec<(String, String)> {
    let trace = fs::read_to_string(log).unwrap();
    let calls = trace.lines().filter_map(|line| {
        let (_, call) = line.split_once(' ')?;
        let (name, rest) = call.trim_start().split_once('(')?;
        let is_name = name
            .chars()
            .all(|ch| ch.is_ascii_alphanumeric() || ch == '_');
        is_name.then(|| (name.to_owned(), rest.to_owned()))
    });
    calls.collect()
}

/// Every call of a whole run: its name, and its number among those of this name. The first of a
/// program cannot be met, and the last ends it.
fn numbered(calls: &[(String, String)]) -> Vec<(&str, usize)> {
    let mut seen = BTreeMap::<&str, usize>::new();
    let calls = calls.iter().map(|(name, _)| {
        let number = seen.entry(name).or_default();
        *number += 1;
        (&**name, *number)
    });
    let mut calls: Vec<_> = calls.collect();
    calls.retain(|(name, _)| !["execve", "exit_group"].contains(name));
    calls
}

#[rstest]
#[case::eol(eol())]
#[case::recode(recode())]
fn rpl_7_killed_at_any_system_call_it_leaves_the_old_file_or_the_new_one(#[case] job: Job) {
    if !can_trace() {
        return;
    }
    let log = NamedTempFile::new().unwrap();
    let place = Place::new(&job.old);
    assert!(traced(&job, &[], &place, log.path()).success());
    assert!(place.is_new(&job, "undisturbed"));
    let (mut old_left, mut new_left) = (0, 0);
    for (name, number) in numbered(&calls(log.path())) {
        let place = Place::new(&job.old);
        let kill = format!("inject={name}:signal=KILL:when={number}");
        let status = traced(&job, &["-e", &kill], &place, log.path());
        assert!(!status.success(), "{kill}");
        let is_new = place.is_new(&job, &kill);
        old_left += usize::from(!is_new);
        new_left += usize::from(is_new);
        // There is a draft with a name for the time between two calls.
        let between = ["linkat", "rename", "renameat", "renameat2"].contains(&name);
        assert!(between || place.names() == ["file"], "{kill}");
    }
    assert!(old_left > 10 && new_left > 0, "{old_left} {new_left}");
}

/// Signals that ask a program to end leave nothing beside the file, even where a draft has a name
/// all the time, and none of the calls between is cut short.
#[rstest]
fn int_and_term_leave_no_draft(
    #[values("INT", "TERM", "HUP")] signal: &str,
    #[values(true, false)] named: bool,
) {
    if !can_trace() {
        return;
    }
    let job = if named { recode() } else { eol() };
    let log = NamedTempFile::new().unwrap();
    let place = Place::new(&job.old);
    assert!(traced(&job, &[], &place, log.path()).success());
    let trace = calls(log.path());
    // As on a file system that has no files without names.
    let opened = trace.iter().filter(|(name, _)| name == "openat");
    let unnamed = opened.map(|(_, arguments)| arguments.contains("O_TMPFILE"));
    let unnamed = 1 + unnamed.take_while(|is_unnamed| !is_unnamed).count();
    let no_unnamed = format!("inject=openat:error=EOPNOTSUPP:when={unnamed}");
    let mut options = vec![];
    if named {
        options = vec!["-e", &*no_unnamed];
        let place = Place::new(&job.old);
        assert!(traced(&job, &options, &place, log.path()).success());
        assert!(place.is_new(&job, "with a name"));
        let has_name = |call: &(String, String)| call.0 == "openat" && call.1.contains(".draft-");
        assert!(calls(log.path()).iter().any(has_name));
    }
    let trace = calls(log.path());
    let number = match signal {
        "HUP" => 1,
        "INT" => 2,
        _ => 15,
    };
    let (mut old_left, mut new_left) = (0, 0);
    for (name, when) in numbered(&trace) {
        // strace injects one thing into calls of one name.
        if named && name == "openat" {
            continue;
        }
        let place = Place::new(&job.old);
        let send = format!("inject={name}:signal={signal}:when={when}");
        let all = [&options[..], &["-e", &send]].concat();
        let status = traced(&job, &all, &place, log.path());
        // strace ends as the program did.
        assert!(
            status.success() || status.signal() == Some(number),
            "{send}: {status}"
        );
        let is_new = place.is_new(&job, &send);
        assert!(
            is_new || !status.success(),
            "{send}: it says that all is done"
        );
        old_left += usize::from(!is_new);
        new_left += usize::from(is_new);
        assert_eq!(place.names(), ["file"], "{send}");
    }
    assert!(old_left > 10 && new_left > 0, "{old_left} {new_left}");
}

/// With a backup both names are there at each moment, or the old file alone.
#[test]
fn killed_with_a_backup_it_loses_neither() {
    if !can_trace() {
        return;
    }
    let job = Job {
        arguments: "eol --to dos --backup=.old",
        ..eol()
    };
    let log = NamedTempFile::new().unwrap();
    let place = Place::new(&job.old);
    assert!(traced(&job, &[], &place, log.path()).success());
    for (name, number) in numbered(&calls(log.path())) {
        let place = Place::new(&job.old);
        let kill = format!("inject={name}:signal=KILL:when={number}");
        assert!(!traced(&job, &["-e", &kill], &place, log.path()).success());
        let is_new = place.is_new(&job, &kill);
        let backup = fs::read(place.folder.path().join("file.old"));
        assert!(
            backup.as_ref().map_or(!is_new, |backup| *backup == job.old),
            "{kill}"
        );
    }
}

/// A tree of files, of which each is replaced by itself.
#[rstest]
#[case::eol("eol --to dos -r")]
#[case::recode("recode -i -f latin-1 -r")]
fn rpl_7_a_tree_that_is_left_half_way_has_whole_files(#[case] arguments: &'static str) {
    if !can_trace() {
        return;
    }
    let job = Job {
        arguments,
        old: b"line \xe9\nline\n".repeat(500),
        new: match arguments.starts_with("eol") {
            true => b"line \xe9\r\nline\r\n".repeat(500),
            false => "line \u{e9}\nline\n".repeat(500).into_bytes(),
        },
    };
    let names = ["inside/one", "inside/two", "three"];
    let tree = || {
        let mut place = Place::new(b"");
        fs::remove_file(&place.path).unwrap();
        fs::create_dir(place.folder.path().join("inside")).unwrap();
        for name in names {
            fs::write(place.folder.path().join(name), &job.old).unwrap();
        }
        place.path = place.folder.path().to_owned();
        place
    };
    let log = NamedTempFile::new().unwrap();
    let place = tree();
    assert!(traced(&job, &[], &place, log.path()).success());
    let mut half_way = 0;
    for (name, number) in numbered(&calls(log.path())) {
        let place = tree();
        let kill = format!("inject={name}:signal=KILL:when={number}");
        assert!(!traced(&job, &["-e", &kill], &place, log.path()).success());
        let new = names.map(|name| {
            let content = fs::read(place.path.join(name)).unwrap();
            assert!(content == job.old || content == job.new, "{kill}: {name}");
            content == job.new
        });
        half_way += usize::from(new.contains(&true) && new.contains(&false));
    }
    assert!(half_way > 10, "{half_way}");
}

#[test]
fn rpl_8_the_bytes_are_on_the_disk_before_the_name_is() {
    if !can_trace() {
        return;
    }
    let job = eol();
    let log = NamedTempFile::new().unwrap();
    let place = Place::new(&job.old);
    assert!(traced(&job, &[], &place, log.path()).success());
    let calls = calls(log.path());
    let find = |from: usize, names: &[&str]| {
        let mut rest = calls.iter().skip(from);
        let found = rest.position(|(name, _)| names.contains(&&**name));
        from + found.unwrap_or_else(|| panic!("no {names:?} after {from} of {calls:?}"))
    };
    let written = calls
        .iter()
        .rposition(|(name, _)| name == "write" || name == "writev");
    let synced = find(written.unwrap(), &["fsync"]);
    let renamed = find(synced, &["rename", "renameat", "renameat2"]);
    find(renamed, &["fsync"]);
}
