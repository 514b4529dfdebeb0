//! What is counted: [`Outcome`] of one run, [`Cell`] of all runs of a place in the table.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::device::{Plan, Told};
use crate::fault::{FAULTS, Fault};

/// Sizes of buffers, windows and blocks in bytes.
pub(crate) const CAPACITIES: [usize; 7] = [1, 2, 3, 7, 16, 64, 8192];

/// How much the device moves at most by one call, in bytes.
pub(crate) const PIECES: [usize; 3] = [1, 5, usize::MAX];

/// Those of rows that are much alike.
const SOME_CAPACITIES: [usize; 4] = [1, 3, 16, 8192];
const SOME_PIECES: [usize; 2] = [1, usize::MAX];

/// More calls of a device than any run makes: it hangs.
const MOST_PLACES: usize = 4000;

/// What came of one run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The bytes that should have arrived, and those that did.
    pub(crate) expected: Vec<u8>,
    pub(crate) got: Vec<u8>,
    /// A call was repeated without end.
    pub(crate) is_hung: bool,
    /// A panic that is not the device's.
    pub(crate) is_panicked: bool,
    /// A promise that was broken in another way: a wrong position, a wrong error.
    pub(crate) wrong: Option<String>,
}

impl Outcome {
    pub(crate) fn new(expected: &[u8]) -> Outcome {
        Outcome {
            expected: expected.to_vec(),
            ..Outcome::default()
        }
    }

    /// Notes the first thing that was wrong.
    pub(crate) fn is_wrong(&mut self, what: impl FnOnce() -> String) {
        if self.wrong.is_none() {
            self.wrong = Some(what());
        }
    }
}

/// Makes a call, and catches the device's panic: `None`. Notes every other one.
pub(crate) fn guarded<T>(outcome: &mut Outcome, call: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(value) => Some(value),
        Err(panic) => {
            outcome.is_panicked |= !panic.is::<Told>();
            None
        }
    }
}

/// A place in the table: what all its runs lost and gained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// How many runs there were in which the fault struck.
    pub(crate) runs: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) misplaced: usize,
    pub(crate) hung: usize,
    pub(crate) panicked: usize,
    pub(crate) wrong: usize,
    /// The first run that was not as it should be.
    pub(crate) first: Option<String>,
}

impl Cell {
    pub(crate) fn add(&mut self, outcome: &Outcome, at: impl fmt::Display) {
        self.runs += 1;
        let (lost, doubled, misplaced) = compare(&outcome.expected, &outcome.got);
        self.lost += lost;
        self.doubled += doubled;
        self.misplaced += misplaced;
        self.hung += usize::from(outcome.is_hung);
        self.panicked += usize::from(outcome.is_panicked);
        self.wrong += usize::from(outcome.wrong.is_some());
        let is_clean = lost + doubled + misplaced == 0
            && !outcome.is_hung
            && !outcome.is_panicked
            && outcome.wrong.is_none();
        if !is_clean && self.first.is_none() {
            let Outcome { expected, got, .. } = outcome;
            let more = outcome.wrong.as_deref().unwrap_or("");
            self.first = Some(format!(
                "{at}: {more}\n    expected {}\n    got      {}",
                expected.escape_ascii(),
                got.escape_ascii()
            ));
        }
    }
}

/// The cell as it stands in the table.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.runs == 0 {
            return write!(f, "·");
        }
        let counts = [
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("misplaced", self.misplaced),
            ("hung", self.hung),
            ("panicked", self.panicked),
            ("wrong", self.wrong),
        ];
        let bad = counts.iter().filter(|(_, count)| *count > 0);
        let bad: Vec<String> = bad
            .map(|(what, count)| format!("**{count} {what}**"))
            .collect();
        match bad.is_empty() {
            true => write!(f, "0"),
            false => write!(f, "{}", bad.join(", ")),
        }
    }
}

/// How many bytes are missing, how many are there too often, and, where neither is the case, how
/// many stand in another one's place.
pub(crate) fn compare(expected: &[u8], got: &[u8]) -> (usize, usize, usize) {
    if expected == got {
        return (0, 0, 0);
    }
    let mut balance = [0_isize; 256];
    for &byte in expected {
        balance[usize::from(byte)] += 1;
    }
    for &byte in got {
        balance[usize::from(byte)] -= 1;
    }
    let lost = balance.iter().map(|n| (*n).max(0).unsigned_abs()).sum();
    let doubled = balance.iter().map(|n| (*n).min(0).unsigned_abs()).sum();
    if lost + doubled > 0 {
        return (lost, doubled, 0);
    }
    let pairs = expected.iter().zip(got);
    (0, 0, pairs.filter(|(one, other)| one != other).count())
}

/// How many sizes of buffers and pieces are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sizes {
    /// Those that a row has chosen.
    Few,
    All,
}

/// Makes the call all the way, with a buffer of this size.
pub(crate) type Run = dyn Fn(&Plan, usize) -> Outcome + Send + Sync;

/// A row of the table: one call of one stream.
pub(crate) struct Row {
    /// The stream, which heads a table.
    pub(crate) stream: String,
    pub(crate) call: &'static str,
    /// How much the device moves at most.
    pub(crate) pieces: &'static [usize],
    pub(crate) capacities: &'static [usize],
    /// Columns that say nothing about this row.
    pub(crate) leaves_out: &'static [Fault],
    pub(crate) run: Box<Run>,
}

impl Row {
    pub(crate) fn new(
        stream: impl Into<String>,
        call: &'static str,
        run: impl Fn(&Plan, usize) -> Outcome + Send + Sync + 'static,
    ) -> Row {
        Row {
            stream: stream.into(),
            call,
            pieces: &PIECES,
            capacities: &CAPACITIES,
            leaves_out: &[],
            run: Box::new(run),
        }
    }

    /// Some of the sizes, where there are many rows that are much alike.
    pub(crate) fn with_few_sizes(mut self) -> Row {
        (self.pieces, self.capacities) = (&SOME_PIECES, &SOME_CAPACITIES);
        self
    }

    /// All sizes, where the row has a buffer and has not chosen them for its own data.
    pub(crate) fn take_sizes(&mut self, sizes: Sizes) {
        if sizes == Sizes::All && self.pieces == SOME_PIECES {
            (self.pieces, self.capacities) = (&PIECES, &CAPACITIES);
        }
    }

    pub(crate) fn without(mut self, faults: &'static [Fault]) -> Row {
        self.leaves_out = faults;
        self
    }

    /// All cells of the row; of each the fault at every place, and with every size, as far as
    /// `is_tried` says.
    pub(crate) fn cells(&self, is_tried: &dyn Fn(usize) -> bool) -> Vec<Cell> {
        let mut number = 0;
        let columns = FAULTS.iter();
        columns
            .map(|&(fault, _)| self.cell(fault, &mut number, is_tried))
            .collect()
    }

    /// One of them; `number` counts the sizes.
    pub(crate) fn cell(
        &self,
        fault: Fault,
        number: &mut usize,
        is_tried: &dyn Fn(usize) -> bool,
    ) -> Cell {
        let mut cell = Cell::default();
        if !self.leaves_out.contains(&fault) {
            self.fill(fault, &mut cell, number, is_tried);
        }
        cell
    }

    fn fill(
        &self,
        fault: Fault,
        cell: &mut Cell,
        number: &mut usize,
        is_tried: &dyn Fn(usize) -> bool,
    ) {
        for &capacity in self.capacities {
            for &piece in self.pieces {
                *number += 1;
                if !is_tried(*number) {
                    continue;
                }
                for place in 0.. {
                    let plan = Plan::new(fault, place, piece);
                    let mut outcome = (self.run)(&plan, capacity);
                    if plan.struck() == 0 {
                        break;
                    }
                    outcome.is_hung |= place > MOST_PLACES;
                    cell.add(
                        &outcome,
                        format_args!(
                            "{}, {}: {fault:?} at call {place} of a device that moves {piece} \
                             bytes at most, buffer of {capacity}",
                            self.stream, self.call
                        ),
                    );
                    if place > MOST_PLACES {
                        break;
                    }
                }
            }
        }
    }
}
