//! [`Tally`]: what became of many files.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::json::{self, Bytes};
use crate::messages::{self, Place, printed};
use crate::output::Output;
use crate::same_file::FileId;
use crate::status::{Failure, Status};

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Outcome {
    Changed,
    /// It is as it should be already.
    Unchanged,
    /// It is left alone: where it was seen that it has to be, and why. That is no failure.
    Skipped(Place, String),
    /// What could not be done, and where.
    Failed(Place, String),
}

/// What is said about the files, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) dry_run: bool,
    /// Numbers at the end.
    pub(crate) summary: bool,
}

/// Counts what became of files, and says it.
pub(crate) struct Tally {
    out: Output,
    wanted: Wanted,
    counts: Counts,
    /// The files that were replaced, so that none is twice, by whatever name it comes.
    replaced: HashSet<FileId>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    changed: u64,
    unchanged: u64,
    skipped: u64,
    failed: u64,
}

#[derive(Serialize)]
struct FileLine<'a> {
    path: Bytes<'a>,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct SummaryLine {
    summary: Counts,
    dry_run: bool,
}

impl Tally {
    pub(crate) fn new(wanted: Wanted) -> Result<Tally, Failure> {
        Ok(Tally {
            out: Output::stdout()?,
            wanted,
            counts: Counts::default(),
            replaced: HashSet::new(),
        })
    }

    /// Whether a file was replaced already, under this name or another one.
    pub(crate) fn has_replaced(&self, path: &Path) -> bool {
        let id = fs::metadata(path).ok().as_ref().and_then(FileId::of);
        id.is_some_and(|id| self.replaced.contains(&id))
    }

    /// Notes what became of a file.
    pub(crate) fn note(&mut self, path: &Path, outcome: &Outcome) -> Result<(), Failure> {
        let (word, place, reason) = match outcome {
            Outcome::Changed => ("changed", Place::default(), None),
            Outcome::Unchanged => ("unchanged", Place::default(), None),
            Outcome::Skipped(place, reason) => ("skipped", *place, Some(&**reason)),
            Outcome::Failed(place, reason) => ("failed", *place, Some(&**reason)),
        };
        *match outcome {
            Outcome::Changed => &mut self.counts.changed,
            Outcome::Unchanged => &mut self.counts.unchanged,
            Outcome::Skipped(..) => &mut self.counts.skipped,
            Outcome::Failed(..) => &mut self.counts.failed,
        } += 1;
        if let Outcome::Changed = outcome
            && !self.wanted.dry_run
        {
            let id = fs::metadata(path).ok().as_ref().and_then(FileId::of);
            self.replaced.extend(id);
        }
        let name = path.as_os_str();
        if self.wanted.json {
            let (line, byte, path) = (place.line, place.byte, Bytes::name(name));
            let outcome = word;
            json::line(
                &mut self.out,
                &FileLine {
                    path,
                    outcome,
                    line,
                    byte,
                    reason,
                },
            )?;
        } else if self.wanted.dry_run && matches!(outcome, Outcome::Changed) {
            self.out
                .write_all(&printed(name))
                .map_err(Failure::output)?;
            self.out.write_all(b"\n").map_err(Failure::output)?;
        }
        let is_said = matches!(outcome, Outcome::Failed(..)) || !self.wanted.quiet;
        if let Some(reason) = reason.filter(|_| is_said) {
            // What is known of the files before it comes before the message.
            self.out.flush()?;
            let skipped = if word == "skipped" { "skipped: " } else { "" };
            messages::report_at(name, place, &format!("{skipped}{reason}"));
        }
        Ok(())
    }

    /// Says how many there were; how the program ends.
    pub(crate) fn finish(mut self) -> Result<Status, Failure> {
        let Counts {
            changed,
            unchanged,
            skipped,
            failed,
        } = self.counts;
        if self.wanted.json {
            let (summary, dry_run) = (self.counts, self.wanted.dry_run);
            json::line(&mut self.out, &SummaryLine { summary, dry_run })?;
        }
        self.out.close()?;
        if self.wanted.summary && !self.wanted.quiet && !self.wanted.json {
            let would = if self.wanted.dry_run { "would be " } else { "" };
            messages::report(&format!(
                "{changed} {would}changed, {unchanged} unchanged, {skipped} skipped, {failed} failed"
            ));
        }
        Ok(match () {
            () if failed > 0 => Status::Trouble,
            () if self.wanted.dry_run && changed > 0 => Status::Differs,
            () => Status::Fine,
        })
    }
}
