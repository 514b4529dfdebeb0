//! The picture of `iolite audit` in the documentation is what it prints.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use crate::support::{feed, iolite, stdout};

mod support;

/// Where the picture is, from the root of the project.
const PLACES: [&str; 3] = [
    "README.md",
    "cli/README.md",
    "src/_guide/windows_1252_log.md",
];

/// What stands around it there.
const FRAME: [&str; 2] = ["<!-- audit -->\n", "<!-- end of audit -->\n"];

/// What it prints of a folder with three files.
fn picture() -> String {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let letter = "Über die Brücke, für die wir geübt hätten, führt kein Weg zurück.\r\n".repeat(12);
    let letter = iolite::Encoding::WINDOWS_1252.encode(&letter).unwrap();
    put("letters/1998.txt", &letter);
    put(
        "notes.md",
        b"# Caf\xc3\xa9\n\nCr\xc3\xa8me br\xc3\xbbl\xe9e\n",
    );
    let report = "\u{feff}one\r\ntwo\nthree\r\n".encode_utf16();
    put(
        "report.txt",
        &report.flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
    );
    let mut command = iolite("audit");
    let printed = stdout(&feed(command.current_dir(dir.path()), b""));
    // No line of a document ends in blanks.
    assert!(printed.lines().all(|line| line.trim_end() == line));
    format!("```text\n$ iolite audit\n{printed}```\n")
}

/// With `UPDATE=1` in the environment it becomes so.
#[test]
fn the_picture_is_current() {
    let picture = picture();
    for place in PLACES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(place);
        let text = fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once(FRAME[0]).expect("the picture's place");
        let (there, after) = rest.split_once(FRAME[1]).expect("the end of the picture");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(
                &path,
                [before, FRAME[0], &*picture, FRAME[1], after].concat(),
            )
            .unwrap();
        } else {
            assert_eq!(there, picture, "{place}");
        }
    }
}
