//! 10,000 connections on one thread: non-blocking sockets of both families, with a pipe, with text in
//! several encodings in pipes, and with text over the socket itself. Each line comes back.
//!
//! Most are idle at any moment. The others send lines cut anywhere, read nothing for a while, send what
//! is too long or malformed, end in good order, or are cut.

mod client;
mod crowd;
mod served;
mod server;
mod words;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use self::crowd::Crowd;
use crate::plan::{Plan, Report};
use crate::watch::{Sample, Watch};

/// As many as there may be descriptors, and no more than that.
const CONNECTIONS: usize = 10_000;
/// An answer that has not come by then is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server's process.
pub(crate) fn serve(words: &[String]) -> ExitCode {
    raise_limit();
    let [folder, fault] = words else {
        return ExitCode::from(2);
    };
    match server::serve(Path::new(folder), fault) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// As many descriptors as the system allows; how many that is.
fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(1 << 20);
    let raised = Rlimit {
        current: Some(most),
        ..limit
    };
    // Without it there are fewer connections, which is said.
    let _ = setrlimit(Resource::Nofile, raised);
    getrlimit(Resource::Nofile).current.unwrap_or(1 << 20) as usize
}

/// What the server says of itself.
#[derive(Clone, Copy, Debug)]
struct Stats {
    connections: usize,
    /// Bytes of lines that have not ended.
    unread: usize,
    /// Blocks of the pool in use, and bytes that it holds for later.
    outstanding: usize,
    cached: usize,
}

struct Server {
    process: Child,
    out: BufReader<ChildStdout>,
    ports: Vec<u16>,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(fault: &str) -> Result<Server, String> {
        let text = |error: std::io::Error| error.to_string();
        let folder = tempfile::tempdir().map_err(text)?;
        let mut command = Command::new(std::env::current_exe().map_err(text)?);
        command
            .arg("serve-connections")
            .arg(folder.path())
            .arg(fault);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(text)?;
        let mut out = BufReader::new(process.stdout.take().expect("piped"));
        let mut line = String::new();
        out.read_line(&mut line).map_err(text)?;
        let ports = line.split_whitespace().skip(1).map(str::parse);
        let ports = ports.collect::<Result<_, _>>().map_err(|_| line.clone())?;
        Ok(Server {
            process,
            out,
            ports,
            folder,
        })
    }

    fn ask(&mut self, word: &str) -> Result<Stats, String> {
        let stdin = self.process.stdin.as_mut().expect("piped");
        let line = format!("{word}\n");
        stdin
            .write_all(line.as_bytes())
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.out
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        let numbers: Vec<usize> = line.split_whitespace().flat_map(str::parse).collect();
        let &[connections, unread, outstanding, cached] = numbers.as_slice() else {
            return Err(format!("the server says {line:?}"));
        };
        Ok(Stats {
            connections,
            unread,
            outstanding,
            cached,
        })
    }

    /// Waits until the server is so far.
    fn wait_for(&mut self, what: &str, is_so: impl Fn(&Stats) -> bool) -> Result<Stats, String> {
        let start = Instant::now();
        loop {
            let stats = self.ask("stats")?;
            if is_so(&stats) {
                return Ok(stats);
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("not {what}: {stats:?}"));
            }
            thread::sleep(Duration::from_millis(20));
        }
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
    // What else the process needs, and a good many for chance.
    let number = CONNECTIONS.min(raise_limit().saturating_sub(100));
    if number < CONNECTIONS {
        eprintln!("FEWER: the limit of descriptors lets there be {number} connections only");
    }
    let mut server = Server::start(plan.fault.as_deref().unwrap_or(""))?;
    // What the first of each kind makes stays: tables of encodings.
    phases(&mut server, 24, plan, None)?;
    let before = server.sample()?;
    phases(&mut server, number, plan, Some(&mut *report))?;
    let after = server.sample()?;
    report.returned("server", &before, &after);
    let stats = server.ask("stats")?;
    report.must_be_none(
        "blocks of the pool that did not come back",
        stats.outstanding as u64,
    );
    report.figure("bytes that the pool kept", stats.cached);
    let stats = server.ask("trim")?;
    report.must_be_none("bytes that it kept after `trim`", stats.cached as u64);
    // The system's allocator may keep what was given back to it. It is used again then: as many once more
    // take no more.
    phases(&mut server, number, plan, None)?;
    let again = server.sample()?;
    report.figure(
        "memory before, after, after as many again",
        mib(&[before, after, again]),
    );
    if again.memory > after.memory + after.memory / 20 + 1024 {
        report.fault("as many connections once more took more memory");
    }
    Ok(())
}

fn mib(samples: &[Sample]) -> String {
    let mib = |sample: &Sample| format!("{:.1} MiB", sample.memory as f64 / 1024.0);
    samples.iter().map(mib).collect::<Vec<_>>().join(", ")
}

/// All connections are made, used, and ended. Without a report it is not measured.
fn phases(
    server: &mut Server,
    number: usize,
    plan: &Plan,
    report: Option<&mut Report>,
) -> Result<(), String> {
    let start = server.sample()?;
    let mut crowd = Crowd::new(server.folder.path(), &server.ports, plan.seed)?;
    crowd.connect(number)?;
    server.wait_for("all accepted", |stats| stats.connections == number)?;
    let fresh = server.sample()?;
    crowd.each(|client, random| client.say(1, random))?;
    let used = server.sample()?;
    crowd.start_each(|client, _| client.say_half(0))?;
    // Those whose bytes are counted are five kinds of six; text may be decoded already.
    server.wait_for("all in the middle of a line", |stats| {
        stats.unread >= number / 6 * 105
    })?;
    let busy = server.sample()?;
    crowd.each(|client, _| client.say_half(1))?;
    if let Some(report) = report {
        let each = |now: &Sample| (now.memory.saturating_sub(start.memory) << 10) / number as u64;
        report.figure("connections", number);
        report.figure("bytes of each: fresh", each(&fresh));
        report.figure("bytes of each: idle, after a line", each(&used));
        report.figure("bytes of each: in the middle of a line", each(&busy));
        let watch = Watch::start(server.process.id(), plan.interval());
        let rate = if plan.is_short { 8000 } else { 1500 };
        let outcome = crowd.live(plan.length, rate);
        let samples = watch.stop();
        for (name, number) in crowd.counts() {
            report.figure(name, number);
        }
        let lost = crowd.lost();
        report.must_be_none("connections that lost an answer", lost);
        report.watched("server", samples);
        outcome?;
    }
    crowd.end()?;
    server.wait_for("all gone", |stats| stats.connections == 0)?;
    Ok(())
}
