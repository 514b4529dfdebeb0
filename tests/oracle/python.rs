//! [`Python`]: CPython, running driver.py.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::program::Program;

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/driver.py");

/// An interpreter that runs programs as they come, at the same time as we do.
pub(crate) struct Python {
    child: Child,
    programs: Option<BufWriter<ChildStdin>>,
    results: Receiver<String>,
    pub(crate) version: String,
    /// The second number of the version.
    minor: u32,
}

impl Python {
    /// `$ORACLE_PYTHON`, or `python3`; `None` if there is none from 3.8 on.
    pub(crate) fn start() -> Option<Python> {
        let name = std::env::var("ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut child = Command::new(name)
            .args(["-B", "-I", DRIVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let programs = BufWriter::new(child.stdin.take()?);
        let lines = BufReader::new(child.stdout.take()?).lines();
        let (sender, results) = channel();
        // Always drained, so neither side can wait for the other for ever.
        thread::spawn(move || {
            for line in lines {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let version: String = results.recv().ok()?;
        let minor: u32 = version
            .strip_prefix("3.")?
            .split('.')
            .next()?
            .parse()
            .ok()?;
        (minor >= 8).then_some(Python {
            child,
            programs: Some(programs),
            results,
            version,
            minor,
        })
    }

    /// Whether this one does what the class compares as we do. Before 3.13 a `BufferedWriter`
    /// copied slices of exactly its size (BUF-37), so that other calls met a failing device.
    pub(crate) fn is_comparable(&self, class: &str) -> bool {
        let is_comparable = class != "faults" || self.minor >= 13;
        if !is_comparable {
            eprintln!("SKIPPED: {class} are compared with CPython 3.13 or later");
        }
        is_comparable
    }

    /// Gives programs to run, without waiting for them.
    pub(crate) fn send(&mut self, programs: &[Program]) {
        let pipe = self.programs.as_mut().unwrap();
        for program in programs {
            writeln!(pipe, "{program}").unwrap();
        }
        pipe.write_all(b"go\n").unwrap();
        pipe.flush().unwrap();
    }

    /// The next program's results.
    pub(crate) fn receive(&mut self) -> String {
        self.results.recv().expect("driver.py goes on")
    }

    /// Runs some programs.
    pub(crate) fn run(&mut self, programs: &[Program]) -> Vec<String> {
        self.send(programs);
        programs.iter().map(|_| self.receive()).collect()
    }
}

impl Drop for Python {
    /// The end of its input ends it.
    fn drop(&mut self) {
        self.programs = None;
        let _ = self.child.wait();
    }
}
