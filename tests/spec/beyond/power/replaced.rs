//! "Replacing files", RPL-9 and RPL-10: what `AtomicFile` asks of the system, and what a disk that loses its
//! power may have made of it at each moment.
//!
//! The calls are those of a real run, as `strace` writes them; the file system is a model in which all
//! that is not synchronised may be there or not, each by itself.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use iolite::OpenOptions;
use iolite::{IoBase, TextIo};

use crate::support::traced::{argument, traced};

const OLD: &str = "the old file\n";
const NEW: &str = "the new file, which is longer\n";

/// Replaces a file, under `strace`.
#[test]
#[ignore = "run by others, under strace"]
fn replaces_a_file() {
    let path = PathBuf::from(argument());
    let mut file = OpenOptions::new().replace_text(path).unwrap();
    file.write_str(NEW).unwrap();
    file.close().unwrap();
}

/// A step that a file system makes known to the disk when it likes, or has to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// All bytes of a file.
    Data(usize),
    /// A name, which leads to a file.
    Name(String, usize),
    /// A name that is gone.
    NoName(String),
    SyncFile(usize),
    SyncFolder,
}

/// The steps of a run that have to do with this folder. Files are numbered as they are opened.
fn steps(trace: &str, folder: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    // Which file a descriptor is; the folder is `None`.
    let mut open: BTreeMap<String, Option<usize>> = BTreeMap::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut files = 0;
    for line in trace.lines() {
        let Some((call, result)) = line.rsplit_once(" = ") else {
            continue;
        };
        let call = call
            .split_once(' ')
            .map_or(call, |(_, call)| call.trim_start());
        let Some((name, arguments)) = call.split_once('(') else {
            continue;
        };
        let result = result.split(' ').next().unwrap_or_default();
        if result.starts_with('-') {
            continue;
        }
        let quoted: Vec<&str> = arguments.split('"').skip(1).step_by(2).collect();
        let first = arguments.split([',', ')']).next().unwrap_or_default();
        match name {
            "openat" if quoted.first().is_some_and(|path| path.starts_with(folder)) => {
                let is_new = arguments.contains("O_TMPFILE") || arguments.contains("O_CREAT");
                let file = if is_new {
                    files += 1;
                    Some(files)
                } else {
                    names.get(quoted[0]).copied()
                };
                if arguments.contains("O_CREAT") && !arguments.contains("O_TMPFILE") {
                    names.insert(quoted[0].to_owned(), files);
                    steps.push(Step::Name(quoted[0].to_owned(), files));
                }
                open.insert(result.to_owned(), file);
            }
            "write" | "writev" | "pwrite64" => {
                if let Some(Some(file)) = open.get(first) {
                    steps.push(Step::Data(*file));
                }
            }
            "copy_file_range" | "sendfile" => {
                let at = if name == "sendfile" { 0 } else { 2 };
                let to = arguments.split(", ").nth(at).unwrap_or_default();
                if let Some(Some(file)) = open.get(to)
                    && result != "0"
                {
                    steps.push(Step::Data(*file));
                }
            }
            "fsync" | "fdatasync" => match open.get(first) {
                Some(Some(file)) => steps.push(Step::SyncFile(*file)),
                Some(None) => steps.push(Step::SyncFolder),
                None => {}
            },
            "linkat" => {
                let descriptor = quoted[0].rsplit('/').next().unwrap_or_default();
                let file = open[descriptor].expect("a file, not a folder");
                names.insert(quoted[1].to_owned(), file);
                steps.push(Step::Name(quoted[1].to_owned(), file));
            }
            "rename" | "renameat" | "renameat2" => {
                let file = names.remove(quoted[0]).expect("a name that is known");
                names.insert(quoted[1].to_owned(), file);
                steps.push(Step::Name(quoted[1].to_owned(), file));
                steps.push(Step::NoName(quoted[0].to_owned()));
            }
            "close" => drop(open.remove(first)),
            _ => {}
        }
    }
    steps
}

/// What a name may lead to after a loss of power: which file, and whether that is whole. File 0 is the
/// old one.
type Found = (Option<usize>, bool);

/// All that the disk may have when the power goes after these steps.
fn losses(steps: &[Step], path: &str, is_there: bool) -> Vec<Found> {
    // What is not certain yet: the steps that no sync came after.
    let mut certain = vec![false; steps.len()];
    for (at, step) in steps.iter().enumerate() {
        for (before, done) in steps[..at].iter().zip(&mut certain) {
            *done |= match (step, before) {
                (Step::SyncFile(file), Step::Data(of)) => file == of,
                (Step::SyncFolder, Step::Name(..) | Step::NoName(_)) => true,
                _ => false,
            };
        }
    }
    let open: Vec<usize> = (0..steps.len()).filter(|at| !certain[*at]).collect();
    let mut all = Vec::new();
    for subset in 0_u32..1 << open.len() {
        let is_done = |at: usize| match open.iter().position(|other| *other == at) {
            Some(bit) => subset >> bit & 1 == 1,
            None => true,
        };
        let mut leads_to = is_there.then_some(0);
        for (_, step) in steps.iter().enumerate().filter(|(at, _)| is_done(*at)) {
            match step {
                Step::Name(name, file) if name == path => leads_to = Some(*file),
                Step::NoName(name) if name == path => leads_to = None,
                _ => {}
            }
        }
        // Whole, if all of its bytes that it ever gets are there.
        let is_whole = |file: usize| {
            let data = steps.iter().enumerate();
            data.filter(|(_, step)| **step == Step::Data(file))
                .all(|(at, _)| is_done(at))
                && steps.contains(&Step::Data(file))
        };
        all.push((
            leads_to,
            leads_to.is_none_or(|file| file == 0 || is_whole(file)),
        ));
    }
    all
}

/// The power goes after each step. Whether what is found then is as promised.
fn is_safe(steps: &[Step], path: &str, is_there: bool) -> bool {
    let old = is_there.then_some(0);
    // The last one: where a file can get no name, it is copied.
    let new = steps.iter().rev().find_map(|step| match step {
        Step::Data(file) => Some(*file),
        _ => None,
    });
    let in_between = (0..=steps.len()).all(|end| {
        // A file that is written later has no bytes yet: what counts is that no name leads there.
        losses(&steps[..end], path, is_there)
            .into_iter()
            .all(|(leads_to, is_whole)| is_whole && (leads_to == old || leads_to == new))
    });
    let at_last = losses(steps, path, is_there);
    in_between && at_last.into_iter().all(|found| found == (new, true))
}

/// A run and its trace; `None` where nothing can be traced. `options` make the system answer otherwise.
fn run(is_there: bool, options: &[&str]) -> Option<(Vec<Step>, String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    if is_there {
        fs::write(&path, OLD).unwrap();
    }
    let path = path.to_str().unwrap().to_owned();
    let calls = "trace=openat,write,writev,pwrite64,copy_file_range,sendfile,fsync,fdatasync,\
                 linkat,rename,renameat,renameat2,close";
    let options = [&["-e", calls], options].concat();
    let trace = traced("power::replaced::replaces_a_file", &path, &options)?;
    assert_eq!(fs::read_to_string(&path).unwrap(), NEW);
    let steps = steps(&trace, folder.path().to_str().unwrap());
    Some((steps, path, trace))
}

#[test]
fn rpl_9_after_a_loss_of_power_the_name_leads_to_the_old_file_or_the_new_one() {
    for is_there in [true, false] {
        let Some((steps, path, _)) = run(is_there, &[]) else {
            return;
        };
        assert!(is_safe(&steps, &path, is_there), "{steps:#?}");
        // Each sync is needed, and their order: the model sees what is missing.
        for (at, step) in steps.iter().enumerate() {
            if matches!(step, Step::SyncFile(_) | Step::SyncFolder) {
                let mut without = steps.clone();
                without.remove(at);
                assert!(!is_safe(&without, &path, is_there), "without {step:?}");
            }
        }
        let sync = steps
            .iter()
            .position(|step| matches!(step, Step::SyncFile(_)));
        let is_name = |step: &Step| matches!(step, Step::Name(name, _) if *name == path);
        let mut swapped = steps.clone();
        swapped.swap(sync.unwrap(), steps.iter().position(is_name).unwrap());
        assert!(!is_safe(&swapped, &path, is_there), "renamed too early");
    }
}

/// As on a file system that has no files without names.
#[test]
fn rpl_9_holds_where_a_draft_has_a_name() {
    let Some((_, _, trace)) = run(true, &[]) else {
        return;
    };
    // strace counts the calls of each thread.
    let unnamed = trace
        .lines()
        .find(|line| line.contains("O_TMPFILE"))
        .unwrap();
    let thread = unnamed.split(' ').next().unwrap();
    let opened = trace
        .lines()
        .filter(|line| line.starts_with(thread) && line.contains(" openat("));
    let number = 1 + opened.take_while(|line| *line != unnamed).count();
    let refuse = format!("inject=openat:error=EOPNOTSUPP:when={number}");
    let (steps, path, trace) = run(true, &["-e", &refuse]).unwrap();
    assert!(!trace.contains("linkat"), "{trace}");
    assert!(is_safe(&steps, &path, true), "{steps:#?}");
}

/// As in a container where a file without a name can be made, and is refused a name.
#[test]
fn rpl_10_a_file_that_can_get_no_name_is_copied_to_one_that_has_one() {
    for error in ["EPERM", "ENOENT", "EXDEV"] {
        let refuse = format!("inject=linkat:error={error}");
        for is_there in [true, false] {
            let Some((steps, path, trace)) = run(is_there, &["-e", &refuse]) else {
                return;
            };
            assert!(trace.contains("(INJECTED)"), "{trace}");
            assert!(is_safe(&steps, &path, is_there), "{steps:#?}");
            let unsynced = steps
                .iter()
                .filter(|step| !matches!(step, Step::SyncFile(2)));
            let unsynced: Vec<Step> = unsynced.cloned().collect();
            assert!(!is_safe(&unsynced, &path, is_there), "{unsynced:#?}");
        }
    }
}

/// The copy cannot be made either: the old file stays, and the error is that of the copy.
#[test]
#[ignore = "run by others, under strace"]
fn replaces_no_file() {
    let path = PathBuf::from(argument());
    fs::write(&path, OLD).unwrap();
    let mut file = OpenOptions::new().replace_text(&path).unwrap();
    file.write_str(NEW).unwrap();
    let error = file.close().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    assert_eq!(error.to_string().matches("close").count(), 1, "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), OLD);
    let others = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(others, 1, "something is left beside it");
}

#[test]
fn rpl_10_where_the_copy_fails_too_the_old_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let refuse = [
        "-e",
        "inject=linkat:error=EPERM",
        "-e",
        "inject=copy_file_range:error=ENOSPC",
    ];
    traced(
        "power::replaced::replaces_no_file",
        path.to_str().unwrap(),
        &refuse,
    );
}
