//! Chapter "Files and adapters": what the system says to a close. `strace` makes it say something.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use iolite::error::Operation;
use iolite::raw::FileMode;
use iolite::{BufferedWriter, Error, FileIo, IoBase};

use crate::support::programs::{installed, stderr, stdout};

/// "Disk quota exceeded", which a file server may say only now.
const EDQUOT: i32 = 122;
const FILE: &str = "IOLITE_TEST_FILE";
const THE_CHILD: &str = "file_close::fil_28_the_child";

fn says_so(outcome: iolite::Result<()>, file: &Path) {
    let error = outcome.expect_err("the close fails");
    assert_eq!(error.raw_os_error(), Some(EDQUOT));
    let Error::File {
        path, operation, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((path.as_path(), operation), (file, Operation::Close));
}

#[test]
#[ignore = "the child of the test below"]
fn fil_28_the_child() {
    let file = std::env::var_os(FILE).expect("run by its parent only");
    let file = Path::new(&file);
    let mut raw = FileIo::open(file, FileMode::Write).unwrap();
    says_so(raw.close(), file);
    assert!(
        raw.is_closed() && raw.close().is_ok(),
        "closed all the same"
    );

    let mut buffered = BufferedWriter::new(FileIo::open(file, FileMode::Write).unwrap());
    buffered.write_all(b"written").unwrap();
    says_so(buffered.close(), file);
    assert!(buffered.is_closed() && buffered.close().is_ok());

    drop(FileIo::open(file, FileMode::Read).unwrap());
    println!("all said");
}

#[test]
fn fil_28_what_the_system_says_to_a_close_is_reported() {
    if !installed("strace") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, b"").unwrap();
    let path = path.canonicalize().unwrap();
    let traced = |options: &[&str], program: &[&str]| {
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null"]).args(options);
        command.args(program).env(FILE, &path).output().unwrap()
    };
    if !traced(&[], &["true"]).status.success() {
        eprintln!("SKIPPED: strace may not trace here");
        return;
    }
    let me = std::env::current_exe().unwrap();
    let me = [
        me.to_str().unwrap(),
        "--exact",
        THE_CHILD,
        "--ignored",
        "--nocapture",
    ];
    let only = path.to_str().unwrap();
    let output = traced(&["-P", only, "-e", "inject=close:error=EDQUOT"], &me);
    assert!(stdout(&output).contains("all said"), "{}", stderr(&output));
    assert_eq!(std::fs::read(&path).unwrap(), b"written");
}
