//! Goes through the blocks of a file and finds the lines that are selected.

use std::collections::VecDeque;

use regex::bytes::Regex;

use super::block::{Block, FoundLine};
use super::blocks::Blocks;
use crate::status::Failure;

/// What is done about lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Whether lines without a match are selected.
    pub(super) inverts: bool,
    /// How many lines are shown around each that is selected.
    pub(super) before: usize,
    pub(super) after: usize,
    /// Whether groups of lines are separated: where such lines were asked for, also none.
    pub(super) has_groups: bool,
    /// After how many selected lines it ends.
    pub(super) most: u64,
    /// Whether lines are numbered.
    pub(super) numbers: bool,
    /// Whether lines are only counted.
    pub(super) only_counts: bool,
}

/// Why a line is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Selected,
    Context,
}

/// Which side failed.
pub(super) enum Problem {
    Input(iolite::Error),
    Output(Failure),
}

impl From<iolite::Error> for Problem {
    fn from(error: iolite::Error) -> Problem {
        Problem::Input(error)
    }
}

/// Where lines go.
pub(super) trait Sink {
    /// A line is shown.
    fn line(&mut self, line: &FoundLine<'_>, why: Why) -> Result<(), Problem>;

    /// Lines were left out before the next one, or it is the first of its file.
    fn gap(&mut self) -> Result<(), Problem>;

    /// Says what was shown so far to who waits for it: more may not come for long.
    fn flush(&mut self) -> Result<(), Problem>;
}

/// One search through one file.
pub(super) struct Search<'a, S> {
    regex: &'a Regex,
    rules: Rules,
    sink: &'a mut S,
    /// How many lines were selected.
    selected: u64,
    /// Lines of blocks before, and in this block up to `numbered`.
    lines: u64,
    numbered: usize,
    /// How much there was in the blocks before.
    base: u64,
    /// Where the last line that was shown ends.
    shown_to: Option<u64>,
    /// How many lines are still to be shown after one that was selected.
    after: usize,
    /// The last lines that were not shown, and where they begin and end.
    before: VecDeque<(u64, u64, FoundLine<'static>)>,
}

/// What was found in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    pub(super) selected: u64,
    /// Whether lines were found that are not shown, because the file is binary.
    pub(super) hides_lines: bool,
}

/// Where a line begins, where its text ends, and where the next one begins.
#[derive(Clone, Copy)]
struct LineAt {
    start: usize,
    end: usize,
    next: usize,
}

impl<'a, S: Sink> Search<'a, S> {
    pub(super) fn new(regex: &'a Regex, rules: Rules, sink: &'a mut S) -> Search<'a, S> {
        Search {
            regex,
            rules,
            sink,
            selected: 0,
            lines: 0,
            numbered: 0,
            base: 0,
            shown_to: None,
            after: 0,
            before: VecDeque::new(),
        }
    }

    /// Searches all of it; in a binary file to the first line that is found.
    ///
    /// # Errors
    ///
    /// Those of the file and of the output.
    pub(super) fn run(mut self, blocks: &mut Blocks) -> Result<Tally, Problem> {
        let mut hides_lines = false;
        let shows = !self.rules.only_counts;
        while !self.is_done() && blocks.read()? {
            if blocks.is_binary() && shows && !self.rules.only_counts {
                // The first line that is found says it all.
                let most = self.rules.most.min(self.selected + 1);
                self.rules = Rules {
                    before: 0,
                    after: 0,
                    most,
                    only_counts: true,
                    ..self.rules
                };
                self.after = 0;
            }
            let before = self.selected;
            self.block(blocks)?;
            hides_lines |= shows && blocks.is_binary() && self.selected > before;
            self.sink.flush()?;
        }
        Ok(Tally {
            selected: self.selected,
            hides_lines,
        })
    }

    fn is_done(&self) -> bool {
        self.selected >= self.rules.most && self.after == 0
    }

    fn block(&mut self, blocks: &Blocks) -> Result<(), Problem> {
        let block = blocks.block();
        let needle = blocks.needle();
        let mut at = 0;
        while at < block.text.len() && !self.is_done() {
            let hit = match needle {
                None => self.match_from(&block, at),
                Some((needle, is_verified)) => loop {
                    let Some(hit) = needle.find(block.text, at) else {
                        break None;
                    };
                    let line = line_around(&block, at, hit);
                    if !is_verified || self.is_in(&block, line)? {
                        break Some(hit);
                    }
                    // The bytes stand in it by chance. It is passed as any other.
                    self.lines_without(&block, at, line.next)?;
                    at = line.next;
                },
            };
            let len = block.text.len();
            let line = hit.map_or(
                LineAt {
                    start: len,
                    end: len,
                    next: len,
                },
                |hit| line_around(&block, at, hit),
            );
            self.lines_without(&block, at, line.start)?;
            if hit.is_some() && !self.is_done() {
                self.line(&block, line, !self.rules.inverts)?;
            }
            at = line.next;
        }
        if self.rules.numbers {
            self.lines += block.line_end.count(&block.text[self.numbered..]);
        }
        self.numbered = 0;
        self.base += block.text.len() as u64;
        Ok(())
    }

    /// Some place in the first line from `at` on that has a match.
    fn match_from(&self, block: &Block<'_>, at: usize) -> Option<usize> {
        let text = block.text;
        let hit = self.regex.shortest_match_at(text, at)?;
        // After the last line end there is no line.
        (hit < text.len() || !text.ends_with(b"\n")).then_some(hit)
    }

    /// Whether a line has a match when it is decoded.
    fn is_in(&self, block: &Block<'_>, line: LineAt) -> Result<bool, Problem> {
        let found = block.line(line.start..line.end, 0)?;
        Ok(self.regex.is_match(&found.text))
    }

    /// Lines without a match.
    fn lines_without(&mut self, block: &Block<'_>, from: usize, to: usize) -> Result<(), Problem> {
        let rules = self.rules;
        if rules.inverts || self.after > 0 {
            let mut at = from;
            while at < to && (rules.inverts || self.after > 0) && !self.is_done() {
                let line = line_around(block, at, at);
                self.line(block, line, rules.inverts)?;
                at = line.next;
            }
            return self.remember(block, at, to);
        }
        self.remember(block, from, to)
    }

    /// Keeps the last of some lines that are not shown, to show them before the next one.
    fn remember(&mut self, block: &Block<'_>, from: usize, to: usize) -> Result<(), Problem> {
        if self.rules.before == 0 || self.is_done() {
            return Ok(());
        }
        let mut starts = Vec::new();
        let mut end = to;
        while end > from && starts.len() < self.rules.before {
            let before = last_line_start(block, from, end);
            starts.push(before);
            end = before;
        }
        for &start in starts.iter().rev() {
            let line = line_around(block, start, start);
            let number = self.number(block, line.start);
            let found = block.line(line.start..line.end, number)?.keep();
            self.before.push_back((
                self.base + start as u64,
                self.base + line.next as u64,
                found,
            ));
        }
        while self.before.len() > self.rules.before {
            self.before.pop_front();
        }
        Ok(())
    }

    /// A line that is selected, or is context.
    fn line(&mut self, block: &Block<'_>, line: LineAt, is_selected: bool) -> Result<(), Problem> {
        let is_selected = is_selected && self.selected < self.rules.most;
        if is_selected {
            self.selected += 1;
        }
        if self.rules.only_counts {
            return Ok(());
        }
        if !is_selected && self.after == 0 {
            return self.remember(block, line.start, line.next);
        }
        let number = self.number(block, line.start);
        let found = block.line(line.start..line.end, number)?;
        let (start, end) = (self.base + line.start as u64, self.base + line.next as u64);
        if is_selected {
            let first = self.before.front().map_or(start, |&(start, ..)| start);
            if self.rules.has_groups && self.shown_to != Some(first) {
                self.sink.gap()?;
            }
            for (.., before) in std::mem::take(&mut self.before) {
                self.sink.line(&before, Why::Context)?;
            }
            self.sink.line(&found, Why::Selected)?;
            self.after = self.rules.after;
        } else {
            self.sink.line(&found, Why::Context)?;
            self.after -= 1;
        }
        self.shown_to = Some(end);
        Ok(())
    }

    /// The number of the line that begins at `at`, which is after all those before.
    fn number(&mut self, block: &Block<'_>, at: usize) -> u64 {
        if !self.rules.numbers {
            return 0;
        }
        if at >= self.numbered {
            self.lines += block.line_end.count(&block.text[self.numbered..at]);
            self.numbered = at;
            return self.lines + 1;
        }
        self.lines + 1 - block.line_end.count(&block.text[at..self.numbered])
    }
}

/// The line around `hit`; `from` is where it, or a line before it, begins.
fn line_around(block: &Block<'_>, from: usize, hit: usize) -> LineAt {
    let text = block.text;
    let before = block.line_end.rfind(&text[from..hit]);
    let start = before.map_or(from, |at| from + at + block.line_end.len());
    match block.line_end.find(text, hit) {
        Some(end) => LineAt {
            start,
            end,
            next: end + block.line_end.len(),
        },
        None => LineAt {
            start,
            end: text.len(),
            next: text.len(),
        },
    }
}

/// Where the last line before `end` begins, which is where a line begins or the text ends.
fn last_line_start(block: &Block<'_>, from: usize, end: usize) -> usize {
    let len = block.line_end.len();
    let text = &block.text[from..end];
    let inside = if block
        .line_end
        .rfind(text)
        .is_some_and(|at| at + len == text.len())
    {
        &text[..text.len() - len]
    } else {
        text
    };
    block
        .line_end
        .rfind(inside)
        .map_or(from, |at| from + at + len)
}
