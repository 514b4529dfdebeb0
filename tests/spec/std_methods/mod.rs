//! Every provided method of std's `Read`, `BufRead`, `Write` and `Seek`, on every type that
//! implements them, over every device: one table.
//!
//! * A *row* (`table`, `outside`) is a type in one of its forms, and says what is special about
//!   it. A type that implements one of the traits and has no row fails `base_13_…` below, which
//!   looks for implementations in `src` (`implementors`).
//! * A *cell* (`cells`) is a content, a device that is in the way as it says, and the size of the
//!   buffer.
//! * A *check* (`reading`, `lines`, `seeking`, `writing`, `refusing`) is a method, and what is
//!   promised of it. `case` has what all of them ask: that what was handed out and what is left
//!   are everything, that the position says where reading goes on, that the error is the device's
//!   and came out, that it ends.
//!
//! A row that has no such cell (a regular file never waits) says why. Cells are counted, so that
//! the table cannot pass by being empty. All failing cells are collected and told in groups, each
//! with all coordinates of one of its cells.

#![expect(
    clippy::unbuffered_bytes,
    reason = "std's adapter is what is tried, over whatever there is"
)]

mod case;
mod cells;
mod devices;
mod hopeless;
mod implementors;
mod lines;
#[cfg(unix)]
mod outside;
mod reading;
mod refusing;
mod rows;
mod seeking;
mod stream;
mod table;
mod writing;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use iolite::{BufferedReader, BufferedRwPair};
use rstest::rstest;

use self::case::Case;
use self::cells::Cell;
use self::rows::{Open, Row, Trait};
use crate::support::devices::{Behaviour, Hostile, hampering};
use crate::support::full_or_quick;

type Check = fn(&mut Case<'_>);

#[rstest]
#[case::base_8_read(reading::read)]
#[case::base_8_read_vectored(reading::read_vectored)]
#[case::base_14_reading_nothing(reading::nothing)]
#[case::base_8_read_to_end(reading::read_to_end)]
#[case::base_8_read_to_end_once(reading::read_to_end_once)]
#[case::base_12_read_to_string(reading::read_to_string)]
#[case::base_12_read_to_string_once(reading::read_to_string_once)]
#[case::base_12_read_to_string_from_another_place(reading::read_to_string_from)]
#[case::base_8_read_exact(reading::read_exact)]
#[case::base_8_bytes(reading::bytes)]
#[case::base_8_chain(reading::chain)]
#[case::base_8_take(reading::take)]
#[case::base_8_by_ref(reading::by_ref)]
fn every_reader(#[case] check: Check) {
    run(READERS, &[Trait::Read], check, 10_000);
}

#[rstest]
#[case::base_8_fill_buf(lines::fill_buf)]
#[case::base_15_read_until(lines::read_until)]
#[case::base_15_read_until_another_byte(lines::read_until_others)]
#[case::base_15_skip_until(lines::skip_until)]
#[case::base_15_read_line(lines::read_line)]
#[case::base_15_split(lines::split)]
#[case::base_15_lines(lines::lines)]
#[case::base_15_lines_that_are_text(lines::lines_that_are_text)]
fn every_reader_of_lines(#[case] check: Check) {
    run(READERS, &[Trait::BufRead], check, 9_000);
}

#[rstest]
#[case::base_16_write(writing::write)]
#[case::base_16_write_vectored(writing::write_vectored)]
#[case::base_16_write_all(writing::write_all)]
#[case::base_16_write_fmt(writing::write_fmt)]
#[case::base_16_by_ref(writing::by_ref)]
#[case::base_14_writing_nothing(writing::nothing)]
fn every_writer(#[case] check: Check) {
    run(WRITERS, &[Trait::Write], check, 4_000);
}

/// Where nothing is in the way.
#[rstest]
#[case::base_8_read_vectored_of_many_slices(PLAIN_READERS, reading::many_slices)]
#[case::base_16_write_vectored_of_many_slices(PLAIN_WRITERS, writing::many_slices)]
#[case::base_16_write_fmt_that_fails(PLAIN_WRITERS, writing::write_fmt_that_fails)]
#[case::base_1_every_method_says_that_the_stream_is_closed(CLOSING, refusing::closed)]
fn every_plain_stream(#[case] side: Side, #[case] check: Check) {
    run(side, &[], check, 100);
}

/// Where the device never does what it says.
#[rstest]
#[case::base_6_every_reader_of_a_liar(HOPELESS_READERS, hopeless::reading)]
#[case::base_7_every_writer_to_what_takes_nothing(HOPELESS_WRITERS, hopeless::writing)]
fn every_hopeless_stream(#[case] side: Side, #[case] check: Check) {
    run(side, &[], check, 80);
}

#[test]
fn base_17_every_seeker_while_reading() {
    run(
        READERS,
        &[Trait::Read, Trait::Seek],
        seeking::while_reading,
        6_000,
    );
}

#[test]
fn base_17_every_seeker_while_writing() {
    run(
        WRITERS,
        &[Trait::Write, Trait::Seek],
        seeking::while_writing,
        3_000,
    );
}

/// Two lines are longer than the limit; the second one has no end.
#[test]
fn base_15_a_line_over_its_limit_is_passed_by() {
    let content = b"ab\ntoo long\ncd\n\nlonger yet";
    for capacity in [1, 2, 3, 5, 8, 100] {
        for device in hampering() {
            let waits = [
                Behaviour::WouldBlock,
                Behaviour::TimedOut,
                Behaviour::ErrorAfter(0),
                Behaviour::ErrorAfter(17),
            ];
            if device.iter().any(|it| waits.contains(it)) {
                // An error that passes is no error about the data.
                continue;
            }
            let at = format!("capacity {capacity}, device {device:?}");
            let open = || Hostile::new(content).with_all(&device);
            let mut reader = BufferedReader::with_capacity(capacity, open());
            reader.set_line_limit(Some(4));
            lines::over_the_limit(&mut reader, &at);
            let mut pair = BufferedRwPair::with_capacity(capacity, open(), Hostile::new(b""));
            pair.reader_mut().set_line_limit(Some(4));
            lines::over_the_limit(&mut pair, &at);
        }
    }
}

/// What a stream does not do.
#[test]
fn base_13_what_is_there_in_name_only_is_refused() {
    run(READERS, &[Trait::Read], refusing::unsupported, 10_000);
    run(WRITERS, &[Trait::Write], refusing::unsupported, 4_000);
}

/// What is implemented and not tried, or tried and not there.
#[test]
#[cfg_attr(not(unix), ignore = "src is looked through where it was compiled")]
fn base_13_every_implementor_has_a_row() {
    let rows = table::rows().into_iter();
    let tried: BTreeSet<(String, Trait)> = rows
        .flat_map(|row| {
            row.implements()
                .into_iter()
                .map(move |it| (row.type_name.to_owned(), it))
        })
        .collect();
    let mut there = implementors::all();
    let is_compiled = |name: &str| {
        let (mmap, socket) = (cfg!(feature = "mmap"), cfg!(feature = "socket"));
        (mmap || name != "MmapIo") && (socket || !name.starts_with("Socket"))
    };
    there.retain(|(name, _)| is_compiled(name));
    let missing: Vec<_> = there.difference(&tried).collect();
    assert!(missing.is_empty(), "without a row in `table`: {missing:?}");
    let gone: Vec<_> = tried.difference(&there).collect();
    assert!(gone.is_empty(), "rows of what is no longer there: {gone:?}");
}

/// The test above would be worth nothing if it saw nothing.
#[test]
fn base_13_an_implementor_without_a_row_is_seen() {
    let seen = |source| {
        implementors::in_source(source)
            .into_iter()
            .collect::<Vec<_>>()
    };
    let one = |name: &str, it| vec![(name.to_owned(), it)];
    assert_eq!(seen("impl Read for Wine {"), one("Wine", Trait::Read));
    assert_eq!(
        seen(
            "impl<D: Into<Vec<u8>>, F: Fn() -> u8>\n    io::Write\n    for cellar::Wine<D, F>\nwhere"
        ),
        one("Wine", Trait::Write)
    );
    assert_eq!(
        seen("impl<T> std::io::Seek for &mut Wine<T> {"),
        one("Wine", Trait::Seek)
    );
    let makes = "macro_rules! pour { ($t:ty) => { impl BufRead for $t { } }; }\npour!(Wine<u8>);";
    assert_eq!(seen(makes), one("Wine", Trait::BufRead));
    assert_eq!(
        seen("impl fmt::Write for Wine {}\n// impl Read for Beer {"),
        []
    );
    assert_eq!(
        seen("fn f(x: impl Read) -> impl Write { for Wine in x {} }"),
        []
    );
}

/// Which rows are tried, how they are opened, and with which cells.
#[derive(Clone, Copy)]
struct Side {
    open: fn(&Row) -> Option<Open>,
    is_read: bool,
    /// Whether each row has to have such a cell.
    every_row: bool,
    cells: fn(usize) -> Vec<Cell>,
}

const READERS: Side = Side {
    open: |row| row.read,
    is_read: true,
    every_row: true,
    cells: cells::for_readers,
};

const WRITERS: Side = Side {
    open: |row| row.write,
    is_read: false,
    every_row: true,
    cells: cells::for_writers,
};

const PLAIN_READERS: Side = Side {
    cells: |capacity| cells::plain(cells::for_readers(capacity)),
    ..READERS
};

const PLAIN_WRITERS: Side = Side {
    cells: |capacity| cells::plain(cells::for_writers(capacity)),
    ..WRITERS
};

/// Memory, and what is the system's, does not lie.
const HOPELESS_READERS: Side = Side {
    every_row: false,
    cells: cells::hopeless_readers,
    ..READERS
};

const HOPELESS_WRITERS: Side = Side {
    every_row: false,
    cells: cells::hopeless_writers,
    ..WRITERS
};

/// Everything that has a `close`, over a device that is not in the way.
const CLOSING: Side = Side {
    open: |row| row.read.or(row.write).filter(|_| row.closes),
    is_read: true,
    every_row: true,
    cells: |capacity| vec![Cell::plain(b"abc", capacity)],
};

/// One of so many cells is tried; with `--release` each.
const SHARE: usize = full_or_quick(1, 6);

/// Runs a check over all rows of a side that have these traits, and all their cells (without
/// `--release`: a share of them, another one for each row).
fn run(side: Side, needs: &[Trait], check: Check, at_least: usize) {
    let mut failures = Failures::default();
    let mut all = BTreeMap::new();
    let mut cells = 0;
    for (number, row) in table::rows().into_iter().enumerate() {
        let Some(open) = (side.open)(&row) else {
            continue;
        };
        if !needs.iter().all(|&it| row.has(it)) {
            continue;
        }
        let mut ran = 0;
        for &capacity in row.capacities {
            let cells = all
                .entry(capacity)
                .or_insert_with(|| (side.cells)(capacity));
            let all_of_them = cells.len() < 100;
            for (at, cell) in cells.iter().enumerate() {
                // Until one fits the row, each is tried.
                let its_turn = (at + number + capacity) % SHARE == 0;
                if !(all_of_them || its_turn || ran == 0) {
                    continue;
                }
                let tried = try_cell(&row, open, side.is_read, cell, check, &mut failures);
                ran += usize::from(tried);
            }
        }
        assert!(
            ran > 0 || !side.every_row,
            "{}: no cell was tried",
            row.name
        );
        cells += ran;
    }
    failures.report(cells);
    assert!(cells * SHARE >= at_least, "only {cells} cells were tried");
}

/// Tries one cell, unless the row says why it has none such.
fn try_cell(
    row: &Row,
    open: Open,
    is_read: bool,
    cell: &Cell,
    check: Check,
    failures: &mut Failures,
) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(|| match open(cell) {
        Ok(subject) => {
            let mut case = Case::new(row, cell, subject, is_read);
            check(&mut case);
            case.skipped.is_none_or(is_no_reason)
        }
        Err(reason) => is_no_reason(reason),
    }));
    outcome.unwrap_or_else(|panic| {
        failures.add(row, cell, &*panic);
        true
    })
}

/// That there is none such has to be said.
fn is_no_reason(reason: &str) -> bool {
    assert!(reason.len() > 10, "a reason, and not {reason:?}");
    false
}

/// Failing cells, by row and by what was wrong.
#[derive(Default)]
struct Failures(BTreeMap<(&'static str, String), (usize, String)>);

impl Failures {
    fn add(&mut self, row: &Row, cell: &Cell, panic: &(dyn Any + Send)) {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("a panic without words").replace('\n', " ");
        // Numbers and contents differ from cell to cell.
        let cause: String = text
            .chars()
            .filter(|ch| !ch.is_ascii_digit())
            .take(28)
            .collect();
        let example = || (0, format!("{cell}:\n        {text}"));
        self.0.entry((row.name, cause)).or_insert_with(example).0 += 1;
    }

    fn report(&self, cells: usize) {
        let count: usize = self.0.values().map(|(count, _)| count).sum();
        let lines = self.0.iter().map(|((row, _), (count, example))| {
            format!("\n  {row}: {count} cells, such as\n      {example}")
        });
        let lines: String = lines.collect();
        assert!(count == 0, "{count} of {cells} cells fail:{lines}");
    }
}
