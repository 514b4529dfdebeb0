//! What is asked for, and what came of it.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::plot;
use crate::verdict::Memory;
use crate::watch::{self, Sample};

/// What the command line asks for.
pub(crate) struct Plan {
    /// Where the example programs are.
    pub(crate) programs: PathBuf,
    /// How long each part has.
    pub(crate) length: Duration,
    pub(crate) is_short: bool,
    pub(crate) seed: u64,
    /// A fault that a server is to have: what finds nothing wrong proves nothing.
    pub(crate) fault: Option<String>,
    results: PathBuf,
}

impl Plan {
    /// The plan, and the names of the parts (none: all).
    pub(crate) fn parse(words: &[String]) -> Option<(Plan, Vec<String>)> {
        let (programs, words) = words.split_first()?;
        let programs = fs::canonicalize(programs).ok()?;
        let mut plan = Plan {
            results: programs.join("../../load"),
            programs,
            length: Duration::from_secs(3600),
            is_short: false,
            seed: 1,
            fault: None,
        };
        let (mut names, mut words) = (Vec::new(), words.iter());
        while let Some(word) = words.next() {
            match word.as_str() {
                "--minutes" => {
                    let minutes: f64 = words.next()?.parse().ok()?;
                    plan.length = Duration::try_from_secs_f64(60.0 * minutes).ok()?;
                }
                "--short" => (plan.is_short, plan.length) = (true, Duration::from_millis(2500)),
                "--record" => plan.results = "tests/load/results".into(),
                "--seed" => plan.seed = words.next()?.parse().ok()?,
                "--fault" => plan.fault = Some(words.next()?.clone()),
                name if crate::PARTS.iter().any(|part| part.0 == name) => {
                    names.push(name.to_owned());
                }
                _ => return None,
            }
        }
        Some((plan, names))
    }

    /// The time between two samples.
    pub(crate) fn interval(&self) -> Duration {
        (self.length / 40).min(Duration::from_secs(1))
    }

    /// The folder for plots and tables.
    fn results(&self) -> std::io::Result<&Path> {
        fs::create_dir_all(&self.results)?;
        Ok(&self.results)
    }
}

/// What came of a part.
#[derive(Default)]
pub(crate) struct Report {
    /// Names and values.
    figures: Vec<(String, String)>,
    /// What is wrong.
    faults: Vec<String>,
    /// The processes that were watched.
    watched: Vec<(&'static str, Vec<Sample>)>,
}

impl Report {
    pub(crate) fn figure(&mut self, name: &str, value: impl Display) {
        self.figures.push((name.to_owned(), value.to_string()));
    }

    pub(crate) fn fault(&mut self, what: impl Display) {
        self.faults.push(what.to_string());
    }

    /// For what must be 0.
    pub(crate) fn must_be_none(&mut self, name: &str, number: u64) {
        self.figure(name, number);
        if number != 0 {
            self.fault(format_args!("{name}: {number}"));
        }
    }

    /// What a process had in the end, beside what it had at first.
    pub(crate) fn returned(&mut self, process: &str, before: &Sample, after: &Sample) {
        for (name, before, after) in [
            ("descriptors", before.descriptors, after.descriptors),
            ("threads", before.threads, after.threads),
        ] {
            self.figure(
                &format!("{process}: {name} before, after"),
                format_args!("{before}, {after}"),
            );
            if after > before {
                self.fault(format_args!(
                    "{process}: {} {name} were leaked",
                    after - before
                ));
            }
        }
    }

    /// What a process had all the while.
    pub(crate) fn watched(&mut self, process: &'static str, samples: Vec<Sample>) {
        let Some(memory) = Memory::of(&samples) else {
            return self.fault(format_args!("{process}: too few samples"));
        };
        let most = |of: fn(&Sample) -> u64| samples.iter().map(of).max().unwrap_or(0);
        let mib = |kib: f64| format!("{:.2} MiB", kib / 1024.0);
        let mut figure =
            |name: &str, value: String| self.figure(&format!("{process}: {name}"), value);
        figure("most descriptors", most(|it| it.descriptors).to_string());
        figure("most threads", most(|it| it.threads).to_string());
        figure("most memory", mib(most(|it| it.memory) as f64));
        figure("highest in the second quarter", mib(memory.peaks.0 as f64));
        figure("highest in the last quarter", mib(memory.peaks.1 as f64));
        figure(
            "trend of the second half",
            format!("{:.2} KiB/min", memory.slope),
        );
        figure("which makes", mib(memory.growth));
        figure("allowed", mib(memory.allowed as f64));
        if !memory.is_flat() {
            self.fault(format_args!("{process}: memory grew: {memory:?}"));
        }
        self.watched.push((process, samples));
    }

    /// Prints it, writes plots and tables, and says whether all is well.
    pub(crate) fn tell(mut self, part: &str, plan: &Plan) -> bool {
        if let Err(error) = self.write(part, plan) {
            self.fault(format_args!("the results cannot be written: {error}"));
        }
        for (name, value) in &self.figures {
            println!("{name}: {value}");
        }
        for fault in &self.faults {
            eprintln!("FAILED: {part}: {fault}");
        }
        self.faults.is_empty()
    }

    fn write(&self, part: &str, plan: &Plan) -> std::io::Result<()> {
        let folder = plan.results()?;
        for (process, samples) in &self.watched {
            let title = format!("{part}: {process}");
            let name = format!("{part}_{process}");
            watch::write_table(&folder.join(format!("{name}.tsv")), samples)?;
            fs::write(
                folder.join(format!("{name}.svg")),
                plot::plot(&title, samples),
            )?;
        }
        let lines = self
            .figures
            .iter()
            .map(|(name, value)| format!("{name}\t{value}\n"));
        fs::write(
            folder.join(format!("{part}.figures")),
            lines.collect::<String>(),
        )
    }
}
