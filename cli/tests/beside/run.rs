//! Runs both programs and compares what they say.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::pairs::{Pair, iconv_name};
use crate::samples::Sample;
use crate::support::{feed, iolite};

/// What a program did.
#[derive(PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) output: Vec<u8>,
    pub(crate) errors: String,
    /// `None` if a signal ended it.
    pub(crate) status: Option<i32>,
}

impl Answer {
    /// Whether two answers are the same: the same output, and both are content or both are not. The
    /// numbers for "not" are grep's here, and messages have our words.
    pub(crate) fn equals(&self, other: &Answer, pair: &Pair) -> bool {
        let is_same_status = match pair.command() {
            "grep" => self.status == other.status,
            _ => (self.status == Some(0)) == (other.status == Some(0)),
        };
        self.output == other.output && is_same_status && self.status.is_some()
    }
}

/// Puts a sample's files into a folder.
pub(crate) fn write(sample: &Sample, folder: &Path) {
    fs::write(folder.join("file"), &sample.bytes).unwrap();
    fs::write(folder.join("list"), "file\0file\0./file").unwrap();
    if let Some(text) = &sample.utf_8 {
        fs::write(folder.join("text"), text).unwrap();
    }
}

/// What both say about the files in a folder.
pub(crate) fn both(pair: &Pair, sample: &Sample, folder: &Path) -> (Answer, Answer) {
    let (is_input, ours) = match pair.ours.strip_prefix("< ") {
        Some(ours) => (true, ours),
        None => (false, pair.ours),
    };
    let words = |line: &str, encoding: &str| -> Vec<String> {
        let words = line.split(' ').map(|word| match word {
            "@" => "file".to_owned(),
            "%" => "text".to_owned(),
            "ENC" => encoding.to_owned(),
            word => word.to_owned(),
        });
        words.collect()
    };
    let run = |mut command: Command| {
        command.env("LC_ALL", "C.UTF-8").current_dir(folder);
        let input = if is_input { &*sample.bytes } else { b"" };
        let output = feed(&mut command, input);
        Answer {
            output: output.stdout,
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code(),
        }
    };
    let mut mine = iolite("");
    mine.args(words(ours, sample.encoding));
    let theirs = words(pair.theirs, &iconv_name(sample.encoding));
    let mut other = Command::new(&theirs[0]);
    other.args(&theirs[1..]);
    (run(mine), run(other))
}
