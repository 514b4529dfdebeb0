//! 1,000 threads that read and write text, records and sockets and share the process-wide pool, while what
//! they make dies in other threads. They come in waves: memory is the same after each.

mod parcel;
mod worker;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

use iolite::Pool;

use self::worker::{Total, wave};
use crate::plan::{Plan, Report};
use crate::watch::{Sample, Watch};

const THREADS: usize = 1000;
/// Parcels a second that all threads together make.
const RATE: u32 = 4000;

/// The working process: `SECONDS WAVES SEED FAULT`. It begins when it is told to, and ends with its input.
pub(crate) fn work(words: &[String]) -> ExitCode {
    let [seconds, waves, seed, fault] = words else {
        return ExitCode::from(2);
    };
    let (Ok(seconds), Ok(waves), Ok(seed)) = (seconds.parse(), waves.parse::<u32>(), seed.parse())
    else {
        return ExitCode::from(2);
    };
    match work_in_waves(Duration::from_secs_f64(seconds), waves, seed, fault) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the threads: {error}");
            ExitCode::FAILURE
        }
    }
}

fn work_in_waves(length: Duration, waves: u32, seed: u64, fault: &str) -> io::Result<()> {
    // What the first threads make stays: tables of encodings.
    wave(32, Duration::from_millis(100), RATE, seed, "").map_err(io::Error::other)?;
    println!("READY");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let mut total = Total::default();
    for number in 1..=u64::from(waves) {
        let done = wave(THREADS, length / waves, RATE, seed + number, fault);
        let done = done.map_err(io::Error::other)?;
        total.made += done.made;
        total.taken += done.taken;
        let now = Sample::take(std::process::id(), 0.0)?;
        println!("WAVE {}", now.memory);
    }
    let stats = Pool::global().stats();
    println!(
        "DONE {} {} {} {}",
        total.made, total.taken, stats.outstanding, stats.cached_bytes
    );
    io::stdout().flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

struct Work {
    process: Child,
    out: BufReader<ChildStdout>,
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Work {
    fn start(plan: &Plan, waves: u32) -> io::Result<Work> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("work-threads")
            .arg(plan.length.as_secs_f64().to_string());
        command.arg(waves.to_string()).arg(plan.seed.to_string());
        command.arg(plan.fault.as_deref().unwrap_or(""));
        // glibc has up to eight heaps for each processor, of which each keeps what it once had: it takes a
        // thousand threads minutes to fill them all, and that says nothing about this library.
        command.env("MALLOC_ARENA_MAX", "1");
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = BufReader::new(process.stdout.take().expect("piped"));
        Ok(Work { process, out })
    }

    /// The numbers of a line that begins with this word.
    fn line(&mut self, word: &str) -> Result<Vec<u64>, String> {
        let mut line = String::new();
        self.out
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        let numbers = line
            .strip_prefix(word)
            .ok_or_else(|| format!("it ended: {line:?}"))?;
        Ok(numbers.split_whitespace().flat_map(str::parse).collect())
    }

    fn sample(&self) -> Result<Sample, String> {
        Sample::take(self.process.id(), 0.0).map_err(|error| error.to_string())
    }
}

pub(crate) fn run(plan: &Plan) -> Option<Report> {
    let mut report = Report::default();
    if let Err(error) = load(plan, &mut report) {
        report.fault(error);
    }
    Some(report)
}

fn load(plan: &Plan, report: &mut Report) -> Result<(), String> {
    let waves = if plan.is_short { 6 } else { 40 };
    let mut work = Work::start(plan, waves).map_err(|error| error.to_string())?;
    work.line("READY")?;
    let before = work.sample()?;
    let watch = Watch::start(work.process.id(), plan.interval());
    let stdin = work.process.stdin.as_mut().expect("piped");
    stdin
        .write_all(b"go\n")
        .map_err(|error| error.to_string())?;
    let mut after_each = Vec::new();
    for _ in 0..waves {
        after_each.extend(work.line("WAVE")?);
    }
    let done = work.line("DONE")?;
    let samples = watch.stop();
    let after = work.sample()?;
    let &[made, taken, outstanding, cached] = done.as_slice() else {
        return Err(format!("it says {done:?}"));
    };
    report.figure("threads at a time", THREADS);
    report.figure("waves", waves);
    report.figure("parcels from thread to thread", made);
    report.must_be_none("parcels lost", made - taken);
    report.must_be_none("blocks of the pool that did not come back", outstanding);
    report.figure("bytes that the pool kept", cached);
    report.returned("threads", &before, &after);
    // The first ones fill the pool, and make the threads' stacks, which are kept for the next ones.
    let (middle, last) = (
        after_each[after_each.len() / 2],
        after_each[after_each.len() - 1],
    );
    report.figure(
        "memory after each wave, in KiB",
        format_args!("{after_each:?}"),
    );
    let allowed = if plan.is_short {
        middle / 5 + 6144
    } else {
        middle / 20 + 1024
    };
    if last > middle + allowed {
        report.fault("memory grew from wave to wave");
    }
    report.watched("threads", samples);
    Ok(())
}
