//! [`Bench`]: one benchmark program.

use std::io;
use std::path::PathBuf;

use tempfile::TempDir;

use super::inputs::{self, Input};
use super::record::Record;
use super::table::Table;

/// A benchmark program: `cargo bench --bench NAME -- [MEBIBYTES] [ROUNDS] [record] [only=TABLE]`.
///
/// `record` writes `benches/results/NAME.tsv`; `only=` runs the tables whose name begins so;
/// `count` runs each of our own rows once, for callgrind (`benches/run count`).
pub(crate) struct Bench {
    name: &'static str,
    /// How large an input is, in bytes.
    pub(crate) size: usize,
    pub(crate) rounds: usize,
    only: String,
    is_recorded: bool,
    is_counted: bool,
    folder: TempDir,
    record: Record,
}

impl Bench {
    /// Reads the arguments. `mebibytes` is how large an input is unless they say otherwise.
    pub(crate) fn new(name: &'static str, mebibytes: usize) -> io::Result<Bench> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let numbers: Vec<usize> = arguments.iter().flat_map(|arg| arg.parse()).collect();
        let only = arguments.iter().find_map(|arg| arg.strip_prefix("only="));
        Ok(Bench {
            name,
            size: numbers.first().copied().unwrap_or(mebibytes).max(1) << 20,
            rounds: numbers.get(1).copied().unwrap_or(7).max(1),
            only: only.unwrap_or_default().to_owned(),
            is_counted: arguments.iter().any(|arg| arg == "count"),
            is_recorded: arguments.iter().any(|arg| arg == "record"),
            folder: tempfile::tempdir()?,
            record: Record::default(),
        })
    }

    /// A new table; `None` if it is not among those asked for. `id` is the target's number.
    pub(crate) fn table<'a>(&self, id: &'static str, work: &str) -> Option<Table<'a>> {
        id.starts_with(&self.only)
            .then(|| Table::new(id, work, self.rounds))
    }

    /// Where a file of this run is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of about this run's size, made when it is first asked for.
    pub(crate) fn file(&self, input: Input) -> io::Result<PathBuf> {
        let path = self.path(input.name());
        if !path.exists() {
            inputs::generate(&path, input, self.size)?;
        }
        Ok(path)
    }

    /// Runs a table's rows in turn, shows and remembers what came out.
    pub(crate) fn run(&mut self, table: Table<'_>) -> io::Result<()> {
        if self.is_counted {
            return table.count();
        }
        let outcome = table.run()?;
        print!("{outcome}");
        self.record.add(outcome);
        Ok(())
    }

    /// Writes the record if that was asked for.
    pub(crate) fn finish(self) -> io::Result<()> {
        if self.is_recorded {
            self.record.save(self.name)?;
        }
        Ok(())
    }
}
