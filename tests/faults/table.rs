//! The matrix as a page of the documentation.

use std::fmt::Write;

use crate::fault::FAULTS;
use crate::ledger::{Cell, Row};

/// A row and what came of it.
pub(crate) type Filled = (Row, Vec<Cell>);

/// All tables, one for each stream, without the page's head.
pub(crate) fn tables(rows: &[Filled]) -> String {
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
    rows.iter().flat_map(|(_, cells)| cells).map(|cell| cell.runs).sum()
}

/// What is not as it should be, with the first run of each cell.
pub(crate) fn complaints(rows: &[Filled]) -> Vec<String> {
    let mut all = Vec::new();
    for (row, cells) in rows {
        for (cell, (_, head)) in cells.iter().zip(FAULTS) {
            if let Some(first) = &cell.first {
                all.push(format!("{}, {}, {head}: {cell}\n  {first}", row.stream, row.call));
            }
        }
    }
    all
}
