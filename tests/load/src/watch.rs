//! Memory, descriptors and threads of a process, while it works.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What a process has at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Since the watch began.
    pub(crate) seconds: f64,
    /// Memory that is there (`VmRSS`), in KiB.
    pub(crate) memory: u64,
    pub(crate) descriptors: u64,
    pub(crate) threads: u64,
}

impl Sample {
    /// Of a process that is running.
    pub(crate) fn take(process: u32, seconds: f64) -> io::Result<Sample> {
        let root = format!("/proc/{process}");
        let status = fs::read_to_string(format!("{root}/status"))?;
        let line = |name: &str| {
            let lines = status.lines();
            let mut words = lines.filter_map(|line| line.strip_prefix(name));
            let number = words.next()?.split_whitespace().next()?;
            number.parse().ok()
        };
        let missing = || io::Error::other("the process has ended");
        Ok(Sample {
            seconds,
            memory: line("VmRSS:").ok_or_else(missing)?,
            descriptors: fs::read_dir(format!("{root}/fd"))?.count() as u64,
            threads: line("Threads:").ok_or_else(missing)?,
        })
    }
}

/// Samples a process again and again, until it is stopped or the process ends.
pub(crate) struct Watch {
    stop: Sender<()>,
    thread: JoinHandle<Vec<Sample>>,
}

impl Watch {
    pub(crate) fn start(process: u32, interval: Duration) -> Watch {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            let (start, mut samples) = (Instant::now(), Vec::new());
            while let Ok(sample) = Sample::take(process, start.elapsed().as_secs_f64()) {
                samples.push(sample);
                match stopped.recv_timeout(interval) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => break,
                }
            }
            samples
        });
        Watch { stop, thread }
    }

    pub(crate) fn stop(self) -> Vec<Sample> {
        // The thread may have ended with the process.
        let _ = self.stop.send(());
        self.thread.join().expect("a watch does not panic")
    }
}

/// One line a sample.
pub(crate) fn write_table(path: &Path, samples: &[Sample]) -> io::Result<()> {
    let mut out = io::BufWriter::new(fs::File::create(path)?);
    writeln!(out, "seconds\tmemory_kib\tdescriptors\tthreads")?;
    for sample in samples {
        writeln!(
            out,
            "{:.1}\t{}\t{}\t{}",
            sample.seconds, sample.memory, sample.descriptors, sample.threads
        )?;
    }
    out.flush()
}

/// Waits until a process has no more descriptors and threads than before; what it has at last. What is
/// left after a generous while was leaked.
pub(crate) fn wait_back_to(
    before: &Sample,
    process: u32,
    mut nudge: impl FnMut(),
) -> io::Result<Sample> {
    let start = Instant::now();
    loop {
        let now = Sample::take(process, before.seconds)?;
        let is_back = now.descriptors <= before.descriptors && now.threads <= before.threads;
        if is_back || start.elapsed() > Duration::from_secs(30) {
            return Ok(now);
        }
        nudge();
        thread::sleep(Duration::from_millis(50));
    }
}
