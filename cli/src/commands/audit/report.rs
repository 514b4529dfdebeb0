//! What is printed: a table, JSON, or the malformed places; and the sum of it all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use iolite::Error;
use serde::Serialize;

use super::check::Check;
use super::findings::{LineEnds, MalformedPlace};
use super::verdict::{Confidence, Content, KnownBy, Verdict};
use super::{Args, Place, reason, report_at};
use crate::json::{self, Bytes};
use crate::messages::shown;
use crate::output::Output;
use crate::status::{Failure, Status};

/// Prints what is said about the files, one after the other.
pub(super) struct Report<'a> {
    args: &'a Args,
    out: Output,
    /// How many files there were of each encoding.
    encodings: BTreeMap<&'static str, u64>,
    /// How many files there were with each note.
    notes: BTreeMap<&'static str, u64>,
    files: u64,
    status: Status,
    /// The row that is being made.
    row: String,
}

impl<'a> Report<'a> {
    pub(super) fn new(args: &'a Args, out: Output) -> Result<Report<'a>, Failure> {
        let mut report = Report {
            args,
            out,
            encodings: BTreeMap::new(),
            notes: BTreeMap::new(),
            files: 0,
            status: Status::Fine,
            row: String::new(),
        };
        if report.is_table() {
            let bold = report.out.style(Style::new().bold());
            let head = Row::HEAD;
            report.print(format_args!("{bold}{head}{bold:#}\n"))?;
        }
        Ok(report)
    }

    fn is_table(&self) -> bool {
        !self.args.json.json && !self.args.places
    }

    /// A file that cannot be read.
    pub(super) fn trouble(&mut self, path: &Path, error: &Error) -> Result<(), Failure> {
        self.status = self.status.and(Status::Trouble);
        // What was found so far comes before the message.
        self.out.flush()?;
        report_at(path.as_os_str(), Place::default(), &reason(error));
        Ok(())
    }

    /// What is said about the next file.
    pub(super) fn file(&mut self, path: &Path, verdict: &Verdict) -> Result<(), Failure> {
        let checks = self.args.fail_on.iter().copied();
        let failed: Vec<Check> = checks.filter(|check| check.finds(verdict)).collect();
        if !failed.is_empty() {
            self.status = self.status.and(Status::Differs);
        }
        self.files += 1;
        *self.encodings.entry(name(verdict)).or_default() += 1;
        let notes = notes(verdict);
        for note in &notes {
            *self.notes.entry(note.name).or_default() += 1;
        }
        if self.args.failed && failed.is_empty() {
            return Ok(());
        }
        if self.args.json.json {
            return self.json(path, verdict, &failed);
        }
        if self.args.places {
            return self.places(path, verdict);
        }
        self.table(path, verdict, &notes, !failed.is_empty())
    }

    fn table(
        &mut self,
        path: &Path,
        verdict: &Verdict,
        notes: &[Note],
        failed: bool,
    ) -> Result<(), Failure> {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        Row::of(verdict).put(&mut row);
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        row.push_str("  ");
        match failed {
            true => {
                let style = self.out.style(color(AnsiColor::Red));
                let name = shown(path.as_os_str());
                push(&mut row, format_args!("{style}{name}{style:#}"));
            }
            false => row.push_str(&shown(path.as_os_str())),
        }
        let style = self.out.style(color(AnsiColor::Yellow));
        for (at, note) in notes.iter().enumerate() {
            let sign = if at == 0 { ':' } else { ',' };
            push(
                &mut row,
                format_args!("{sign} {style}{}{style:#}", note.text),
            );
        }
        row.push('\n');
        let printed = self.out.write_all(row.as_bytes());
        self.row = row;
        printed.map_err(Failure::output)
    }

    fn places(&mut self, path: &Path, verdict: &Verdict) -> Result<(), Failure> {
        let name = shown(path.as_os_str());
        let findings = &verdict.findings;
        for MalformedPlace {
            line,
            byte,
            bytes,
            reason,
        } in &findings.places
        {
            let encoding = self::name(verdict);
            self.print(format_args!(
                "{name}:{line}:{byte}: {encoding}: {reason}: {bytes}\n"
            ))?;
        }
        match findings.malformed - findings.places.len() as u64 {
            0 => Ok(()),
            more => self.print(format_args!("{name}: {more} more\n")),
        }
    }

    fn json(&mut self, path: &Path, verdict: &Verdict, failed: &[Check]) -> Result<(), Failure> {
        let findings = &verdict.findings;
        let LineEnds { lf, crlf, cr, .. } = findings.line_ends;
        let (known, confidence) = match verdict.content {
            Content::Text {
                known, confidence, ..
            } => (Some(known), Some(confidence)),
            _ => (None, None),
        };
        let object = Object {
            path: Bytes::name(path.as_os_str()),
            encoding: name(verdict),
            known_by: known.map(KnownBy::name),
            confidence: confidence.map(Confidence::name),
            mark: known == Some(KnownBy::Mark),
            lines: findings.line_ends.lines(),
            lf,
            crlf,
            cr,
            mixed: findings.line_ends.is_mixed(),
            final_newline: !findings.line_ends.is_open(),
            nuls: findings.nuls,
            malformed: findings.malformed,
            places: &findings.places,
            failed: failed.iter().map(|check| check.name()).collect(),
        };
        json::line(&mut self.out, &object)
    }

    /// The last line of a table, and how it all ended.
    pub(super) fn finish(mut self) -> Result<Status, Failure> {
        if self.is_table() && self.files > 1 {
            let mut line = format!("\n{} files", self.files);
            for (at, (name, count)) in self.encodings.iter().enumerate() {
                let sign = if at == 0 { ':' } else { ',' };
                push(&mut line, format_args!("{sign} {count} {name}"));
            }
            for (at, (name, count)) in self.notes.iter().enumerate() {
                let sign = if at == 0 { ';' } else { ',' };
                push(&mut line, format_args!("{sign} {count} {name}"));
            }
            self.print(format_args!("{line}\n"))?;
        }
        self.out.close()?;
        Ok(self.status)
    }

    fn print(&mut self, text: std::fmt::Arguments<'_>) -> Result<(), Failure> {
        self.out.write_fmt(text).map_err(Failure::output)
    }
}

/// Appends to a text, which does not fail.
fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(more);
}

/// What `--json` prints for a file.
#[derive(Serialize)]
struct Object<'a> {
    path: Bytes<'a>,
    encoding: &'a str,
    known_by: Option<&'a str>,
    confidence: Option<&'a str>,
    mark: bool,
    lines: u64,
    lf: u64,
    crlf: u64,
    cr: u64,
    mixed: bool,
    final_newline: bool,
    nuls: u64,
    malformed: u64,
    places: &'a [MalformedPlace],
    failed: Vec<String>,
}

/// The columns before the name. They have fixed widths, so that a row is printed as soon as it is
/// known; what is wider pushes the others aside.
struct Row<'a> {
    encoding: &'a str,
    known: &'a str,
    confidence: &'a str,
    lines: String,
    ends: String,
}

impl Row<'_> {
    const HEAD: &'static str = "ENCODING      KNOWN BY            LINES  LINE ENDS           FILE";

    fn of(verdict: &Verdict) -> Row<'_> {
        let ends = &verdict.findings.line_ends;
        let mut row = Row {
            encoding: name(verdict),
            known: "",
            confidence: "",
            lines: String::new(),
            ends: String::new(),
        };
        if let Content::Text {
            known, confidence, ..
        } = verdict.content
        {
            row.known = known.name();
            row.confidence = confidence.name();
            row.lines = ends.lines().to_string();
            row.ends = described(ends);
        }
        row
    }

    fn put(&self, text: &mut String) {
        let Row {
            encoding,
            known,
            confidence,
            lines,
            ends,
        } = self;
        pad(text, encoding, 14);
        pad(text, known, 9);
        pad(text, confidence, 9);
        text.extend(std::iter::repeat_n(' ', 7usize.saturating_sub(lines.len())));
        text.push_str(lines);
        text.push_str("  ");
        pad(text, ends, 18);
    }
}

/// Appends a word and what it lacks to a column. Ten thousand rows are made in the time of one system call
/// each, which `format!` alone would double.
fn pad(text: &mut String, word: &str, width: usize) {
    text.push_str(word);
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(word.len())));
}

/// The kinds of line ends, and how many of each where there are several.
fn described(ends: &LineEnds) -> String {
    let kinds = [("LF", ends.lf), ("CRLF", ends.crlf), ("CR", ends.cr)];
    let mut text = String::new();
    for (name, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
        if !ends.is_mixed() {
            return name.to_owned();
        }
        let gap = if text.is_empty() { "" } else { " " };
        push(&mut text, format_args!("{gap}{name} {count}"));
    }
    text
}

/// What is in a file: an encoding's name, or that there is none.
fn name(verdict: &Verdict) -> &'static str {
    match verdict.content {
        Content::Empty => "empty",
        Content::Binary => "binary",
        Content::Text { encoding, .. } => encoding.name(),
    }
}

/// Something about a file that its owner may not know.
struct Note {
    /// As it is called in the sum.
    name: &'static str,
    text: String,
}

fn notes(verdict: &Verdict) -> Vec<Note> {
    let findings = &verdict.findings;
    let mut notes = Vec::new();
    let mut add = |name, text: String| notes.push(Note { name, text });
    if findings.line_ends.is_mixed() {
        add("mixed", "mixed line ends".into());
    }
    if findings.line_ends.is_open() {
        add("without final newline", "no final newline".into());
    }
    if findings.nuls > 0 {
        add("with NULs", format!("{} NUL", findings.nuls));
    }
    if let Some(first) = findings.places.first() {
        let MalformedPlace { line, byte, .. } = first;
        let count = findings.malformed;
        add("malformed", format!("{count} malformed, at {line}:{byte}"));
    }
    notes
}
