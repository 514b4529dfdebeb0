//! [`Record`]: what a run leaves behind in `benches/results/`, and how it is read again.
//!
//! One line a row, with tabs between the columns: table, work, rounds, bytes, items, unit, kind,
//! name, target, ratio, median, fastest, slowest (the last three in nanoseconds).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::table::Outcome;

#[derive(Default)]
pub(crate) struct Record {
    outcomes: Vec<Outcome>,
}

/// The folder of the records.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results")
}

impl Record {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    pub(super) fn save(&self, name: &str) -> io::Result<()> {
        fs::create_dir_all(folder())?;
        let mut file = Vec::new();
        for table in &self.outcomes {
            let (items, unit) = table.items;
            for line in &table.lines {
                let target = line
                    .target
                    .map_or(String::new(), |target| target.to_string());
                let nanoseconds = |seconds: f64| (seconds * 1e9).round();
                writeln!(
                    file,
                    "{}\t{}\t{}\t{}\t{items}\t{unit}\t{}\t{}\t{target}\t{:.4}\t{}\t{}\t{}",
                    table.id,
                    table.work,
                    table.rounds,
                    table.bytes,
                    line.kind.as_str(),
                    line.name,
                    line.ratio,
                    nanoseconds(line.time),
                    nanoseconds(line.fastest),
                    nanoseconds(line.slowest),
                )?;
            }
        }
        fs::write(folder().join(name).with_extension("tsv"), file)
    }
}
