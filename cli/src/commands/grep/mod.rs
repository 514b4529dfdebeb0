//! `iolite grep`: finds lines that match a regular expression, in text of any encoding.
//!
//! What it promises (`cli/tests/grep.rs` holds it to that, beside GNU `grep`):
//!
//! - Prints what GNU `grep -E` prints in a UTF-8 locale, option for option; expressions are those of the
//!   crate `regex`, whose common part with GNU's means the same.
//! - `--from` says how files are read; without it the byte-order mark does, else they are UTF-8. A mark
//!   is no text.
//! - Places (`-b`, `--json`) are bytes of the file, whatever its encoding. What is printed is UTF-8.
//! - Malformed bytes are no characters, so no expression matches them; they end no search and are
//!   printed as they are. (GNU's prints no line that has some, and calls the file binary.) Beside them `-w`
//!   finds what begins and ends with letters, but nothing else.
//! - A file with characters of value 0 is binary: that it matches is reported on standard error, no line
//!   is printed after the first such character, and those characters end lines. Not so with `-a`, or
//!   `--json`, where nothing can disturb a terminal; with `-I` it does not match.
//! - The exit status is 0 if a line was selected, 1 if none was, 2 in trouble; with `-q` 0 at the first
//!   line that is selected, whatever happened.
//! - A file that is also the output is not searched for lines that are printed.
//! - Memory: a block and the longest line, which has no more than 1 GiB; an expression takes time that grows with the text only
//!   linearly, and no search goes beyond a line.

mod block;
mod blocks;
mod pattern;
mod printer;
mod search;

use std::ffi::{OsStr, OsString};
use std::io::Read;

use iolite::{Encoding, Error, FileIo};

use self::blocks::{BlockOptions, Blocks};
use self::pattern::{Bounds, Pattern, Reading};
use self::printer::{Form, Printer};
use self::search::{Problem, Rules, Search, Tally};
use crate::args::{Json, Tree};
use crate::input::{Input, walk};
use crate::json::{self, Bytes};
use crate::messages::{Place, reason, report_at, shown};
use crate::output::Output;
use crate::same_file::FileId;
use crate::status::{Failure, Status};

/// Find lines that match a regular expression, in text of any encoding.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// The expression, unless there is -e or -f; then the files. Without any, or for `-`, it reads
    /// standard input; with -r the working folder.
    #[arg(value_name = "PATTERN] [FILE")]
    operands: Vec<OsString>,

    /// An expression to find; several are alternatives.
    #[arg(
        short = 'e',
        long = "regexp",
        value_name = "PATTERN",
        allow_hyphen_values = true
    )]
    patterns: Vec<OsString>,

    /// Take the lines of a file as expressions.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pattern_files: Vec<OsString>,

    /// Expressions are extended ones: what they always are here.
    #[arg(short = 'E', long)]
    extended_regexp: bool,

    /// Patterns are plain text, not expressions.
    #[arg(short = 'F', long)]
    fixed_strings: bool,

    /// Letters match in upper and lower case.
    #[arg(short = 'i', long)]
    ignore_case: bool,

    /// What matches begins and ends where words do.
    #[arg(short = 'w', long)]
    word_regexp: bool,

    /// What matches is a whole line.
    #[arg(short = 'x', long)]
    line_regexp: bool,

    /// Select the lines that do not match.
    #[arg(short = 'v', long)]
    invert_match: bool,

    /// Print the number of each line.
    #[arg(short = 'n', long)]
    line_number: bool,

    /// Print the byte of the file where each line, or with -o each match, begins.
    #[arg(short = 'b', long)]
    byte_offset: bool,

    /// Print how many lines are selected in each file.
    #[arg(short = 'c', long)]
    count: bool,

    /// Print the names of files with selected lines.
    #[arg(short = 'l', long)]
    files_with_matches: bool,

    /// Print the names of files without selected lines.
    #[arg(short = 'L', long, conflicts_with = "files_with_matches")]
    files_without_match: bool,

    /// Print only what matches, each on a line of its own.
    #[arg(short = 'o', long)]
    only_matching: bool,

    /// Print nothing, and end at the first selected line.
    #[arg(short = 'q', long, visible_alias = "silent")]
    quiet: bool,

    /// Say nothing of files that are missing or cannot be read.
    #[arg(short = 's', long)]
    no_messages: bool,

    /// Print the names of files before lines.
    #[arg(short = 'H', long, overrides_with = "no_filename")]
    with_filename: bool,

    /// Do not.
    #[arg(short = 'h', long, overrides_with = "with_filename")]
    no_filename: bool,

    /// Take binary files for text.
    #[arg(short = 'a', long, overrides_with = "without_binary")]
    text: bool,

    /// Binary files do not match.
    #[arg(short = 'I', overrides_with = "text")]
    without_binary: bool,

    /// End after so many selected lines of a file.
    #[arg(short = 'm', long, value_name = "NUM")]
    max_count: Option<u64>,

    /// Print so many lines after each that is selected.
    #[arg(short = 'A', long, value_name = "NUM")]
    after_context: Option<usize>,

    /// Print so many lines before each that is selected.
    #[arg(short = 'B', long, value_name = "NUM")]
    before_context: Option<usize>,

    /// Both.
    #[arg(short = 'C', long, value_name = "NUM")]
    context: Option<usize>,

    /// The encoding of the files, by its Python, IANA or WHATWG name; without it the mark says it, else
    /// it is UTF-8.
    #[arg(long = "from", visible_alias = "encoding", value_name = "ENCODING")]
    from: Option<Encoding>,

    #[command(flatten)]
    tree: Tree,

    #[command(flatten)]
    json: Json,

    /// Print help.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

pub(crate) fn run(args: &Args) -> Result<Status, Failure> {
    let mut operands = args.operands.as_slice();
    let mut patterns = args.patterns.clone();
    if patterns.is_empty() && args.pattern_files.is_empty() {
        let Some((first, rest)) = operands.split_first() else {
            return Err(Failure::Request("grep: a pattern is missing".into()));
        };
        patterns.push(first.clone());
        operands = rest;
    }
    let pattern = args.pattern(patterns)?;
    if args.max_count == Some(0) && !args.files_without_match {
        // As GNU's: nothing can be found, so no file is looked at.
        return Ok(Status::Differs);
    }
    let mut grep = Grep {
        args,
        pattern,
        out: Output::stdout()?,
        has_printed: false,
        found: false,
        trouble: false,
    };
    let outcome = grep.files(operands);
    grep.status(outcome)
}

/// A run of the command.
struct Grep<'a> {
    args: &'a Args,
    pattern: Pattern,
    out: Output,
    /// Whether a group of lines was printed.
    has_printed: bool,
    found: bool,
    trouble: bool,
}

impl Args {
    /// The expression of all patterns.
    fn pattern(&self, patterns: Vec<OsString>) -> Result<Pattern, Failure> {
        let mut texts = Vec::new();
        for pattern in patterns {
            texts.push(pattern.into_string().map_err(|pattern| {
                Failure::Request(format!(
                    "grep: the pattern {} is not UTF-8",
                    shown(&pattern)
                ))
            })?);
        }
        for file in &self.pattern_files {
            let mut text = String::new();
            let read = Input::new(file)
                .open()
                .and_then(|mut it| Ok(it.read_to_string(&mut text)?));
            read.map_err(|error| Failure::Request(format!("{}: {}", shown(file), reason(&error))))?;
            texts.extend(text.lines().map(str::to_owned));
        }
        let bounds = match (self.line_regexp, self.word_regexp) {
            (true, _) => Bounds::Lines,
            (_, true) => Bounds::Words,
            _ => Bounds::Anywhere,
        };
        let reading = Reading {
            is_fixed: self.fixed_strings,
            ignores_case: self.ignore_case,
            bounds,
        };
        Pattern::new(&texts, reading).map_err(|why| Failure::Request(format!("grep: {why}")))
    }

    fn rules(&self) -> Rules {
        let shows = self.prints_lines();
        let ends_at_first = self.quiet || self.files_with_matches || self.files_without_match;
        let most = self.max_count.unwrap_or(u64::MAX);
        let (before, after) = (
            self.before_context.or(self.context),
            self.after_context.or(self.context),
        );
        Rules {
            inverts: self.invert_match,
            before: before.filter(|_| shows).unwrap_or(0),
            after: after.filter(|_| shows).unwrap_or(0),
            has_groups: before.is_some() || after.is_some(),
            most: if ends_at_first { most.min(1) } else { most },
            numbers: self.line_number || self.json.json,
            only_counts: !shows,
        }
    }

    fn prints_lines(&self) -> bool {
        !(self.quiet || self.files_with_matches || self.files_without_match || self.count)
    }

    fn form(&self, has_names: bool) -> Form {
        Form {
            has_names,
            has_numbers: self.line_number,
            has_places: self.byte_offset,
            only_matches: self.only_matching,
            is_inverted: self.invert_match,
            is_json: self.json.json,
        }
    }
}

impl Grep<'_> {
    fn files(&mut self, operands: &[OsString]) -> Result<(), Failure> {
        let args = self.args;
        let is_many = operands.len() > 1 || args.tree.recursive;
        let has_names = args.with_filename || (is_many && !args.no_filename);
        if !args.tree.recursive {
            for input in Input::all(operands) {
                if self.file(&input, has_names)? {
                    break;
                }
            }
            return Ok(());
        }
        let here = [OsString::from(".")];
        let roots = if operands.is_empty() { &here } else { operands };
        for path in walk(roots, &args.tree)? {
            let is_done = match path {
                Ok(path) => {
                    // Nobody asked for the working folder by its name.
                    let path = match path.strip_prefix(".") {
                        Ok(path) if operands.is_empty() => path,
                        _ => &path,
                    };
                    self.file(&Input::new(path), has_names)?
                }
                Err(unreachable) => {
                    self.fails(unreachable.path.as_os_str(), &unreachable.error.into())?;
                    false
                }
            };
            if is_done {
                break;
            }
        }
        Ok(())
    }

    /// Searches one file; whether nothing else has to be known.
    fn file(&mut self, input: &Input, has_names: bool) -> Result<bool, Failure> {
        match self.search(input, has_names) {
            Ok(tally) => {
                self.found |= tally.selected > 0;
                self.tell(input.name(), has_names, tally)?;
                Ok(self.args.quiet && self.found)
            }
            Err(Problem::Output(failure)) => Err(failure),
            Err(Problem::Input(error)) => {
                self.fails(input.name(), &error)?;
                Ok(false)
            }
        }
    }

    fn search(&mut self, input: &Input, has_names: bool) -> Result<Tally, Problem> {
        let args = self.args;
        let rules = args.rules();
        let nothing = Tally {
            selected: 0,
            hides_lines: false,
        };
        let file = input.open()?;
        if rules.most == 0 {
            return Ok(nothing);
        }
        if args.prints_lines() && rules.most > 1 && is_output(&file, &mut self.out) {
            self.out.flush()?;
            report_at(
                input.name(),
                Place::default(),
                "input file is also the output",
            );
            self.trouble = true;
            return Ok(nothing);
        }
        let is_file = file
            .get_ref()
            .is_some_and(|it| it.metadata().is_ok_and(|it| it.is_file()));
        let options = BlockOptions {
            encoding: args.from,
            has_nuls: args.text || args.json.json,
            literal: self.pattern.literal.as_deref(),
            wants_places: args.json.json || (args.only_matching && args.byte_offset),
        };
        let mut blocks = Blocks::new(file, options)?;
        let mut printer = Printer {
            out: &mut self.out,
            regex: &self.pattern.regex,
            form: args.form(has_names),
            name: input.name(),
            encoding: blocks.encoding(),
            has_printed: &mut self.has_printed,
            flushes: !is_file,
        };
        let tally = Search::new(&self.pattern.regex, rules, &mut printer).run(&mut blocks)?;
        let is_ignored = args.without_binary && blocks.is_binary();
        Ok(if is_ignored { nothing } else { tally })
    }

    /// Prints what there is to say of a file as a whole.
    fn tell(&mut self, name: &OsStr, has_names: bool, tally: Tally) -> Result<(), Failure> {
        let args = self.args;
        if args.quiet {
            return Ok(());
        }
        let is_listed = if args.files_without_match {
            tally.selected == 0
        } else {
            args.files_with_matches && tally.selected > 0
        };
        let lists = args.files_with_matches || args.files_without_match;
        if args.json.json {
            if is_listed || (args.count && !lists) {
                json::line(
                    &mut self.out,
                    &FileObject {
                        kind: if is_listed { "file" } else { "count" },
                        path: Bytes::name(name),
                        count: (!is_listed).then_some(tally.selected),
                    },
                )?;
            }
            return Ok(());
        }
        let mut printer = Printer {
            out: &mut self.out,
            regex: &self.pattern.regex,
            form: args.form(has_names),
            name,
            encoding: Encoding::UTF_8,
            has_printed: &mut self.has_printed,
            flushes: false,
        };
        if args.count && !lists {
            if has_names {
                printer.name()?;
                printer.separator()?;
            }
            printer.write(format!("{}\n", tally.selected).as_bytes())?;
        } else if is_listed {
            printer.name()?;
            printer.write(b"\n")?;
        }
        if tally.hides_lines {
            self.out.flush()?;
            report_at(name, Place::default(), "binary file matches");
        }
        Ok(())
    }

    /// Reports what is wrong with a file; the others follow.
    fn fails(&mut self, name: &OsStr, error: &Error) -> Result<(), Failure> {
        self.trouble = true;
        if !self.args.no_messages {
            self.out.flush()?;
            report_at(name, Place::default(), &reason(error));
        }
        Ok(())
    }

    fn status(self, outcome: Result<(), Failure>) -> Result<Status, Failure> {
        outcome.and_then(|()| self.out.close())?;
        Ok(match (self.found, self.trouble) {
            (true, _) if self.args.quiet => Status::Fine,
            (_, true) => Status::Trouble,
            (true, false) => Status::Fine,
            (false, false) => Status::Differs,
        })
    }
}

/// A file as a whole in JSON.
#[derive(serde::Serialize)]
struct FileObject<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    path: Bytes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

/// Whether what is printed would be found in turn.
fn is_output(file: &FileIo, out: &mut Output) -> bool {
    let id = |file: &FileIo| FileId::of(&file.get_ref()?.metadata().ok()?);
    let input = id(file);
    input.is_some() && input == id(out.stream().get_ref())
}
