//! [`Table`]: rows that do the same work, run in turn.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// Rows that do the same work. The first one is the peer that a target is against.
///
/// All rows run once in each round, one after the other: the machine's speed drifts, and all
/// drift with it. What counts is the median over the rounds of a row's time divided by the first
/// row's of the same round.
pub(crate) struct Table<'a> {
    id: &'static str,
    work: String,
    rounds: usize,
    /// What a row goes through, in bytes; 0 if that says nothing.
    bytes: u64,
    /// What a row goes through, in units, and the unit's name.
    items: (u64, &'static str),
    rows: Vec<Row<'a>>,
}

/// What one run of a row says: a number that must be the same for all rows (or `None`), and how
/// long it took if it knows better than the clock around it.
pub(crate) type Answer = (Option<u64>, Option<Duration>);

struct Row<'a> {
    kind: Kind,
    name: String,
    work: Box<dyn FnMut() -> io::Result<Answer> + 'a>,
    target: Option<f64>,
    times: Vec<Duration>,
}

/// Whose work a row is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A library that people use.
    Peer,
    /// Written by hand, without errors and layers: what can be had.
    Limit,
    /// CPython, to which no target is.
    Python,
    Ours,
}

impl<'a> Table<'a> {
    pub(super) fn new(id: &'static str, work: &str, rounds: usize) -> Table<'a> {
        Table {
            id,
            work: work.to_owned(),
            rounds,
            bytes: 0,
            items: (1, "run"),
            rows: Vec::new(),
        }
    }

    /// How many bytes a row goes through.
    pub(crate) fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// How many units a row goes through, and what one is called.
    pub(crate) fn items(mut self, count: u64, unit: &'static str) -> Self {
        self.items = (count.max(1), unit);
        self
    }

    /// A peer's row. It answers a number that must be the same for all rows.
    pub(crate) fn peer(self, name: &str, work: impl FnMut() -> io::Result<u64> + 'a) -> Self {
        self.checked(Kind::Peer, name, work)
    }

    /// A row written by hand.
    pub(crate) fn limit(self, name: &str, work: impl FnMut() -> io::Result<u64> + 'a) -> Self {
        self.checked(Kind::Limit, name, work)
    }

    /// One of our own rows.
    pub(crate) fn ours(self, name: &str, work: impl FnMut() -> io::Result<u64> + 'a) -> Self {
        self.checked(Kind::Ours, name, work)
    }

    /// The row that was added last shall take at most so many times the first one's time.
    pub(crate) fn at_most(mut self, ratio: f64) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.target = Some(ratio);
        }
        self
    }

    fn checked(
        self,
        kind: Kind,
        name: &str,
        mut work: impl FnMut() -> io::Result<u64> + 'a,
    ) -> Self {
        self.row(kind, name, move || Ok((Some(work()?), None)))
    }

    /// A row that may have no number to compare, or may time itself.
    pub(crate) fn row(
        mut self,
        kind: Kind,
        name: &str,
        work: impl FnMut() -> io::Result<Answer> + 'a,
    ) -> Self {
        self.rows.push(Row {
            kind,
            name: name.to_owned(),
            work: Box::new(work),
            target: None,
            times: Vec::new(),
        });
        self
    }

    /// Our own rows, each run once in [`counted`] and named in a line of its own.
    pub(super) fn count(self) -> io::Result<()> {
        let (count, unit) = self.items;
        for mut row in self.rows {
            if row.kind == Kind::Ours {
                counted(&mut row.work)?;
                println!("{}\t{}\t{}\t{count}\t{unit}", self.id, self.work, row.name);
            }
        }
        Ok(())
    }

    /// One round to warm up, whose answers are compared, then the rounds that count.
    pub(super) fn run(mut self) -> io::Result<Outcome> {
        let mut expected = None;
        for row in &mut self.rows {
            if let (Some(check), _) = (row.work)()? {
                let expected = *expected.get_or_insert(check);
                assert_eq!(check, expected, "{}: {}", self.id, row.name);
            }
        }
        for _ in 0..self.rounds {
            for row in &mut self.rows {
                let start = Instant::now();
                let (_, own) = (row.work)()?;
                row.times.push(own.unwrap_or_else(|| start.elapsed()));
            }
        }
        Ok(self.outcome())
    }

    fn outcome(self) -> Outcome {
        let first = self
            .rows
            .first()
            .map_or(Vec::new(), |row| row.times.clone());
        let line = |row: Row<'_>| {
            let seconds = |time: &Duration| time.as_secs_f64();
            let ratios = row.times.iter().zip(&first);
            let ratios = ratios.map(|(own, first)| seconds(own) / seconds(first));
            Line {
                kind: row.kind,
                name: row.name,
                target: row.target,
                ratio: median(ratios),
                time: median(row.times.iter().map(seconds)),
                fastest: row.times.iter().map(seconds).fold(f64::MAX, f64::min),
                slowest: row.times.iter().map(seconds).fold(0.0, f64::max),
            }
        };
        Outcome {
            id: self.id.to_owned(),
            work: self.work,
            rounds: self.rounds,
            bytes: self.bytes,
            items: (self.items.0, self.items.1.to_owned()),
            lines: self.rows.into_iter().map(line).collect(),
        }
    }
}

/// Runs a row's work; a function of its own, so that callgrind can be told to count what happens
/// in it and nothing else.
#[inline(never)]
fn counted(work: &mut dyn FnMut() -> io::Result<Answer>) -> io::Result<Answer> {
    std::hint::black_box(work())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a table's run gave.
pub(crate) struct Outcome {
    pub(super) id: String,
    pub(super) work: String,
    pub(super) rounds: usize,
    pub(super) bytes: u64,
    pub(super) items: (u64, String),
    pub(super) lines: Vec<Line>,
}

/// What a row's runs gave; times in seconds.
pub(crate) struct Line {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) target: Option<f64>,
    /// To the first row of the table.
    pub(super) ratio: f64,
    pub(super) time: f64,
    pub(super) fastest: f64,
    pub(super) slowest: f64,
}

impl Outcome {
    /// The shortest median among the rows of a kind, in seconds.
    pub(super) fn fastest(&self, kind: Kind) -> Option<f64> {
        let times = self.lines.iter().filter(|line| line.kind == kind);
        times.map(|line| line.time).min_by(f64::total_cmp)
    }
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Peer, Kind::Limit, Kind::Python, Kind::Ours];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::Peer => "peer",
            Kind::Limit => "limit",
            Kind::Python => "CPython",
            Kind::Ours => "iolite",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { id, work, .. } = self;
        let (count, unit) = &self.items;
        writeln!(f, "{id} {work} ({count} {unit}s, {} rounds)", self.rounds)?;
        for line in &self.lines {
            let name = format!("{}: {}", line.kind.as_str(), line.name);
            let (time, each) = (line.time * 1e3, line.time * 1e9 / *count as f64);
            let ratio = line.ratio;
            write!(f, "  {name:<64} {time:>9.2} ms {each:>9.2} ns {ratio:>7.3}")?;
            match line.target {
                Some(target) if ratio <= target => writeln!(f, "  <= {target}")?,
                Some(target) => writeln!(f, "  NOT <= {target}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
