//! How found lines are printed: as GNU's does, or as JSON.

use std::ffi::OsStr;
use std::io::Write;
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use iolite::Encoding;
use regex::bytes::Regex;
use serde::Serialize;

use super::block::FoundLine;
use super::search::{Problem, Sink, Why};
use crate::json::{self, Bytes};
use crate::output::Output;
use crate::status::Failure;

const NAME: Style = AnsiColor::Magenta.on_default();
const NUMBER: Style = AnsiColor::Green.on_default();
const SEPARATOR: Style = AnsiColor::Cyan.on_default();
const MATCH: Style = AnsiColor::Red.on_default().bold();

/// What is printed of lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) has_names: bool,
    pub(super) has_numbers: bool,
    pub(super) has_places: bool,
    /// Only what was matched, each match on a line of its own.
    pub(super) only_matches: bool,
    /// Whether what is selected has no match.
    pub(super) is_inverted: bool,
    pub(super) is_json: bool,
}

/// Prints the lines of one file.
pub(super) struct Printer<'a> {
    pub(super) out: &'a mut Output,
    pub(super) regex: &'a Regex,
    pub(super) form: Form,
    pub(super) name: &'a OsStr,
    pub(super) encoding: Encoding,
    /// Whether there is a line, of any file.
    pub(super) has_printed: &'a mut bool,
    /// Whether somebody may be waiting for what was found.
    pub(super) flushes: bool,
}

/// A line in JSON.
#[derive(Serialize)]
struct LineObject<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    path: Bytes<'a>,
    encoding: &'static str,
    line: u64,
    /// The byte of the file where the line begins.
    byte: u64,
    text: Bytes<'a>,
    matches: Vec<MatchObject<'a>>,
}

#[derive(Serialize)]
struct MatchObject<'a> {
    byte: u64,
    end: u64,
    text: Bytes<'a>,
}

impl Sink for Printer<'_> {
    fn line(&mut self, line: &FoundLine<'_>, why: Why) -> Result<(), Problem> {
        if self.form.is_json {
            return self.object(line, why);
        }
        if self.form.only_matches {
            // Those around it match where what is selected does not.
            if (why == Why::Selected) == self.form.is_inverted {
                return Ok(());
            }
            for found in self.matches(line) {
                let place = line.place_of(found.start)?;
                self.head(line.number, place, why)?;
                self.styled(MATCH, &line.shown(found))?;
                self.write(b"\n")?;
            }
            return Ok(());
        }
        self.head(line.number, line.place, why)?;
        if self.out.is_colored() && why == Why::Selected && !self.form.is_inverted {
            let mut at = 0;
            for found in self.matches(line) {
                self.write(&line.shown(at..found.start))?;
                at = found.end;
                self.styled(MATCH, &line.shown(found))?;
            }
            self.write(&line.shown(at..line.text.len()))?;
        } else {
            self.write(&line.shown(0..line.text.len()))?;
        }
        Ok(self.write(b"\n")?)
    }

    fn gap(&mut self) -> Result<(), Problem> {
        if self.form.is_json || !std::mem::replace(self.has_printed, true) {
            return Ok(());
        }
        self.styled(SEPARATOR, b"--")?;
        Ok(self.write(b"\n")?)
    }

    fn flush(&mut self) -> Result<(), Problem> {
        if self.flushes {
            self.out.flush().map_err(Problem::Output)?;
        }
        Ok(())
    }
}

impl Printer<'_> {
    /// The parts of a line that match, but those without a character.
    fn matches(&self, line: &FoundLine<'_>) -> Vec<Range<usize>> {
        let found = self.regex.find_iter(&line.text).map(|found| found.range());
        found.filter(|range| !range.is_empty()).collect()
    }

    /// What stands before a line.
    fn head(&mut self, number: u64, place: u64, why: Why) -> Result<(), Failure> {
        let separator: &[u8] = if why == Why::Selected { b":" } else { b"-" };
        if self.form.has_names {
            self.name()?;
            self.styled(SEPARATOR, separator)?;
        }
        if self.form.has_numbers {
            self.styled(NUMBER, number.to_string().as_bytes())?;
            self.styled(SEPARATOR, separator)?;
        }
        if self.form.has_places {
            self.styled(NUMBER, place.to_string().as_bytes())?;
            self.styled(SEPARATOR, separator)?;
        }
        Ok(())
    }

    /// The name of the file, as it is: bytes.
    pub(super) fn name(&mut self) -> Result<(), Failure> {
        let name = if self.name == "-" {
            b"(standard input)"
        } else {
            self.name.as_encoded_bytes()
        };
        self.styled(NAME, name)
    }

    pub(super) fn styled(&mut self, style: Style, text: &[u8]) -> Result<(), Failure> {
        if !self.out.is_colored() {
            return self.write(text);
        }
        let style = self.out.style(style);
        write!(self.out, "{style}").map_err(Failure::output)?;
        self.write(text)?;
        write!(self.out, "{style:#}").map_err(Failure::output)
    }

    /// A separator after the name of a file.
    pub(super) fn separator(&mut self) -> Result<(), Failure> {
        self.styled(SEPARATOR, b":")
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).map_err(Failure::output)
    }

    fn object(&mut self, line: &FoundLine<'_>, why: Why) -> Result<(), Problem> {
        let found = match why {
            Why::Selected if !self.form.is_inverted => self.matches(line),
            _ => Vec::new(),
        };
        let mut texts = Vec::new();
        for range in found {
            let (byte, end) = (line.place_of(range.start)?, line.place_of(range.end)?);
            texts.push((byte, end, line.shown(range)));
        }
        let text = line.shown(0..line.text.len());
        let object = LineObject {
            kind: if why == Why::Selected {
                "match"
            } else {
                "context"
            },
            path: Bytes::name(self.name),
            encoding: self.encoding.name(),
            line: line.number,
            byte: line.place,
            text: Bytes(&text),
            matches: texts
                .iter()
                .map(|(byte, end, text)| MatchObject {
                    byte: *byte,
                    end: *end,
                    text: Bytes(text),
                })
                .collect(),
        };
        Ok(json::line(self.out, &object)?)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem::Output(failure)
    }
}
