//! [`Record`]: what a run leaves behind in `benches/results/`, and how it is read again.
//!
//! One line a row, with tabs between the columns: table, work, rounds, bytes, items, unit, kind,
//! name, target, ratio, median, fastest, slowest (the last three in nanoseconds).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::table::{Kind, Line, Outcome};

#[derive(Default)]
pub(crate) struct Record {
    pub(super) outcomes: Vec<Outcome>,
}

/// The folder of the records. A benchmark with dependencies of its own is a package in `benches`.
pub(crate) fn folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    match package.parent().filter(|it| it.ends_with("benches")) {
        Some(benches) => benches.join("results"),
        None => package.join("benches/results"),
    }
}

fn path(name: &str) -> PathBuf {
    folder().join(name).with_extension("tsv")
}

impl Record {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    pub(super) fn save(&self, name: &str) -> io::Result<()> {
        let mut file = Vec::new();
        for table in &self.outcomes {
            let (items, unit) = &table.items;
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
        fs::create_dir_all(folder())?;
        fs::write(path(name), file)
    }

    /// What a benchmark's last recorded run gave; nothing if there was none.
    pub(super) fn load(name: &str) -> io::Result<Record> {
        let mut record = Record::default();
        for row in rows(name)? {
            let row: Vec<&str> = row.split('\t').collect();
            record
                .read(&row)
                .ok_or_else(|| io::Error::other(format!("{name}: {row:?}")))?;
        }
        Ok(record)
    }

    fn read(&mut self, row: &[&str]) -> Option<()> {
        let &[
            id,
            work,
            rounds,
            bytes,
            items,
            unit,
            kind,
            name,
            target,
            ratio,
            median,
            fastest,
            slowest,
        ] = row
        else {
            return None;
        };
        let seconds = |nanoseconds: &str| Some(nanoseconds.parse::<f64>().ok()? / 1e9);
        let line = Line {
            kind: Kind::ALL.into_iter().find(|known| known.as_str() == kind)?,
            name: name.to_owned(),
            target: target.parse().ok(),
            ratio: ratio.parse().ok()?,
            time: seconds(median)?,
            fastest: seconds(fastest)?,
            slowest: seconds(slowest)?,
        };
        let is_same = |table: &&mut Outcome| table.id == id && table.work == work;
        match self.outcomes.last_mut().filter(is_same) {
            Some(table) => table.lines.push(line),
            None => self.outcomes.push(Outcome {
                id: id.to_owned(),
                work: work.to_owned(),
                rounds: rounds.parse().ok()?,
                bytes: bytes.parse().ok()?,
                items: (items.parse().ok()?, unit.to_owned()),
                lines: vec![line],
            }),
        }
        Some(())
    }
}

/// The rows of a file of records; none if there is no such file.
pub(super) fn rows(name: &str) -> io::Result<Vec<String>> {
    match fs::read_to_string(path(name)) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
