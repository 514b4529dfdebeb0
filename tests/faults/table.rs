//! The matrix as a page of the documentation.

use std::fmt::Write;

use crate::fault::FAULTS;
use crate::ledger::{Cell, Row};

/// A row and what came of it.
pub(crate) type Filled = (Row, Vec<Cell>);

/// A fault of a real device, and what came of it.
pub(crate) type RealFault = (&'static str, &'static str, Cell);

/// How many runs a cell has at least.
const FEWEST: usize = 20;

/// What stands before the first table.
const MARK: &str = "# Real devices\n";

/// The page with other tables: the head is written by hand, but for the number of runs.
pub(crate) fn page(old: &str, rows: &[Filled], real: &[RealFault]) -> String {
    let (head, _) = old.split_once(MARK).expect("the page has a head");
    let mut page = format!("{head}{MARK}\n| device | fault | |\n|---|---|--:|\n");
    for (device, fault, cell) in real {
        writeln!(page, "| {device} | {fault} | {cell} |").expect("a string");
    }
    page + "\n# The matrix\n" + &tables(rows)
}

/// All tables, one for each stream.
fn tables(rows: &[Filled]) -> String {
    let mut page = String::new();
    let mut stream = "";
    for (row, cells) in rows {
        if row.stream != stream {
            stream = &row.stream;
            let heads = FAULTS.map(|(_, head)| head).join(" | ");
            let ruler = "--:|".repeat(FAULTS.len());
            write!(page, "\n## {stream}\n\n| call | {heads} |\n|---|{ruler}\n").expect("a string");
        }
        let cells: Vec<String> = cells.iter().map(Cell::to_string).collect();
        writeln!(page, "| {} | {} |", row.call, cells.join(" | ")).expect("a string");
    }
    page
}

/// How many runs there were.
pub(crate) fn runs(rows: &[Filled]) -> usize {
    rows.iter()
        .flat_map(|(_, cells)| cells)
        .map(|cell| cell.runs)
        .sum()
}

/// Cells in which a fault hardly struck: they would say nothing.
pub(crate) fn thin(rows: &[Filled]) -> Vec<String> {
    let mut all = Vec::new();
    for (row, cells) in rows {
        for (cell, (_, head)) in cells.iter().zip(FAULTS) {
            if (1..FEWEST).contains(&cell.runs) {
                all.push(format!(
                    "{}, {}, {head}: {} runs",
                    row.stream, row.call, cell.runs
                ));
            }
        }
    }
    all
}

/// What is not as it should be, with the first run of each cell.
pub(crate) fn complaints(rows: &[Filled]) -> Vec<String> {
    let mut all = Vec::new();
    for (row, cells) in rows {
        for (cell, (_, head)) in cells.iter().zip(FAULTS) {
            if let Some(first) = &cell.first {
                all.push(format!(
                    "{}, {}, {head}: {cell}\n  {first}",
                    row.stream, row.call
                ));
            }
        }
    }
    all
}
