//! Programs of the library's own calls, ended at each of their system calls.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use iolite::raw::FileMode;
use iolite::{BlockCache, BufferedRandom, Encoding, FileIo, IoBase, OpenOptions, TextIo};

use crate::support::programs::installed;

/// Where a child finds its file.
const FILE: &str = "IOLITE_KILLED";

/// What a child looks for before and after what it is here for: there is no such file.
const MARKS: [&str; 2] = ["/iolite begins", "/iolite ends"];

const RECORD: usize = 32;
const RECORDS: usize = 20;

fn old_records() -> Vec<u8> {
    vec![b'.'; RECORD * RECORDS]
}

/// A record after its change.
fn new_record(number: usize) -> [u8; RECORD] {
    [b'a' + number as u8; RECORD]
}

/// What a child does, between its marks.
fn child(work: fn(&Path)) {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let _ = fs::metadata(MARKS[0]);
    work(Path::new(&path));
    let _ = fs::metadata(MARKS[1]);
}

#[test]
#[ignore = "run by others, under strace"]
fn edits_in_place() {
    child(|path| {
        let device = FileIo::open(path, FileMode::ReadUpdate).unwrap();
        let mut file = BufferedRandom::with_capacity(50, device).unwrap();
        edit(&mut file, |file| file.get_ref().sync_data().unwrap());
    });
}

#[test]
#[ignore = "run by others, under strace"]
fn edits_through_a_cache() {
    child(|path| {
        let device = FileIo::open(path, FileMode::ReadUpdate).unwrap();
        let cache = BlockCache::builder().blocks(2).block_size(RECORD);
        let cache = cache.build(device).unwrap();
        let mut file = BufferedRandom::with_capacity(7, cache).unwrap();
        edit(&mut file, |file| {
            file.get_ref().get_ref().sync_data().unwrap();
        });
    });
}

/// Changes record after record, each on the disk before the next one.
fn edit<S: Write + Seek + IoBase>(file: &mut S, sync: fn(&S)) {
    for number in 0..RECORDS {
        let place = (number * RECORD) as u64;
        file.seek(SeekFrom::Start(place)).unwrap();
        file.write_all(&new_record(number)).unwrap();
        file.flush().unwrap();
        sync(file);
    }
    file.close().unwrap();
}

const OLD: &str = "the old text\n";
const NEW: &str = "the new text: \u{65e5}\u{672c}\n";

#[test]
#[ignore = "run by others, under strace"]
fn replaces_text() {
    child(|path| {
        let options = OpenOptions::new().encoding(Encoding::UTF_16);
        let mut text = options.replace_text(path).unwrap();
        text.write_str(NEW).unwrap();
        text.close().unwrap();
    });
}

/// Runs a child under `strace`.
fn run(test: &str, path: &Path, log: &Path, options: &[&str]) -> ExitStatus {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o"]).arg(log).args(options);
    strace.arg(std::env::current_exe().unwrap());
    strace.args(["--exact", test, "--ignored", "--test-threads=1"]);
    strace.env(FILE, path).output().unwrap().status
}

/// The calls between the marks, each with the number that it has among those of its name in its
/// thread.
fn calls(log: &Path) -> Vec<(String, usize)> {
    let log = fs::read_to_string(log).unwrap();
    let mut numbers = BTreeMap::<(String, String), usize>::new();
    let (mut calls, mut is_between) = (Vec::new(), None);
    for line in log.lines() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, arguments)) = call.trim_start().split_once('(') else {
            continue;
        };
        if name.starts_with('<') {
            continue;
        }
        let number = numbers
            .entry((thread.to_owned(), name.to_owned()))
            .or_default();
        *number += 1;
        if arguments.contains(MARKS[0]) {
            is_between = Some(thread.to_owned());
        } else if arguments.contains(MARKS[1]) {
            is_between = None;
        } else if is_between.as_deref() == Some(thread) {
            calls.push((name.to_owned(), *number));
        }
    }
    calls
}

/// Ends a child at each of its calls; `check` is told where, and looks at the file.
fn killed_at_each(test: &str, old: &[u8], mut check: impl FnMut(&[u8], &str)) {
    let can_trace = installed("strace")
        && Command::new("strace")
            .args(["-o", "/dev/null", "true"])
            .output()
            .is_ok_and(|output| output.status.success());
    if !can_trace {
        return eprintln!("SKIPPED: strace is not there, or may not trace");
    }
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("file"), folder.path().join("log"));
    let test = format!("power::killed::{test}");
    fs::write(&path, old).unwrap();
    assert!(run(&test, &path, &log, &[]).success());
    let calls = calls(&log);
    assert!(calls.len() > 8, "{calls:?}");
    for (name, number) in calls {
        File::create(&path).unwrap().write_all(old).unwrap();
        let kill = format!("inject={name}:signal=KILL:when={number}");
        let status = run(&test, &path, &log, &["-e", &kill]);
        assert_eq!(status.signal(), Some(9), "{kill}");
        check(&fs::read(&path).unwrap(), &kill);
    }
}

/// Whatever ends it: the records before one are changed, those after it are not.
fn records_in_order(test: &str) {
    let mut different = std::collections::BTreeSet::new();
    killed_at_each(test, &old_records(), |file, at| {
        assert_eq!(file.len(), RECORD * RECORDS, "{at}");
        let records: Vec<&[u8]> = file.chunks(RECORD).collect();
        let is_new = |number: usize| records[number] == new_record(number);
        let new = (0..RECORDS).take_while(|number| is_new(*number)).count();
        let rest = &records[new..];
        // Of one record a part may be there: a write that was cut into two.
        let untouched = rest
            .iter()
            .skip(1)
            .all(|record| record.iter().all(|b| *b == b'.'));
        assert!(untouched, "{at}: {}", file.escape_ascii());
        let allowed = [b'.', new_record(new.min(RECORDS - 1))[0]];
        if let Some(record) = rest.first() {
            assert!(record.iter().all(|byte| allowed.contains(byte)), "{at}");
        }
        different.insert(new);
    });
    assert!(
        different.is_empty() || different.len() > RECORDS / 2,
        "{different:?}"
    );
}

#[test]
fn pwr_4_killed_while_it_edits_in_place() {
    records_in_order("edits_in_place");
}

#[test]
fn pwr_4_killed_while_it_edits_through_a_cache() {
    records_in_order("edits_through_a_cache");
}

#[test]
fn rpl_7_killed_while_it_replaces_a_text() {
    let new = Encoding::UTF_16.encode(NEW).unwrap();
    let mut seen = [0; 2];
    killed_at_each("replaces_text", OLD.as_bytes(), |file, at| {
        assert!(
            file == OLD.as_bytes() || file == &*new,
            "{at}: {} bytes",
            file.len()
        );
        seen[usize::from(file == &*new)] += 1;
    });
    assert!(
        seen == [0, 0] || seen.iter().all(|count| *count > 0),
        "{seen:?}"
    );
}
