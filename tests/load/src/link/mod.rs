//! The example `link_server`: clients that call, open streams and cancel them and check each answer, and
//! others whose connections are cut, at any byte.

mod client;
mod cuts;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use self::client::{Address, stay};
use self::cuts::Cutter;
use crate::plan::{Plan, Report};
use crate::watch::{Sample, Watch, wait_back_to};

/// How many clients stay.
const CLIENTS: u64 = 12;
/// How many connections are cut a second.
const CUTS: u32 = 10;

const CONFIGURATION: &str = "\
app: dir
tcp: {app: net.tcp.Port, host: 127.0.0.1, port: 0}
unix: {app: net.unix.Port, port: socket}
echo: {app: ping.Cmd}
count: {app: counter, delay: 0.001}
log: {app: follow, file: server.log, interval: 0.05}
";

/// What all clients count together.
#[derive(Default)]
struct Counts {
    stop: AtomicBool,
    connections: AtomicU64,
    calls: AtomicU64,
    answers: AtomicU64,
    items: AtomicU64,
    cancelled: AtomicU64,
    /// Streams for which there was no worker.
    refused: AtomicU64,
    /// Lines that were written to the file which is followed.
    lines: AtomicU64,
}

/// The server, which is ended with this value.
struct Server {
    process: Child,
    folder: tempfile::TempDir,
    output: BufReader<ChildStdout>,
    tcp: Address,
    unix: Address,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(program: &Path) -> Result<Server, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", program.display());
        let folder = tempfile::tempdir().map_err(failed)?;
        fs::write(folder.path().join("server.yaml"), CONFIGURATION).map_err(failed)?;
        fs::write(folder.path().join("server.log"), "").map_err(failed)?;
        let mut command = Command::new(program);
        command.arg("server.yaml").current_dir(folder.path());
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        let mut ready = String::new();
        output.read_line(&mut ready).map_err(failed)?;
        let port = ready.split_once("net.tcp.Port\", \"port\": ");
        let port = port.and_then(|(_, rest)| rest.split_once(','));
        let port = port.and_then(|(port, _)| port.parse().ok());
        let socket = folder.path().join("socket");
        Ok(Server {
            tcp: Address::Tcp(port.ok_or_else(|| format!("it says: {ready}"))?),
            unix: Address::Unix(socket),
            process,
            folder,
            output,
        })
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Ends it in good order.
    fn end(mut self) -> Result<(), String> {
        drop(self.process.stdin.take());
        let mut rest = String::new();
        self.output
            .read_to_string(&mut rest)
            .map_err(|error| error.to_string())?;
        let status = self.process.wait().map_err(|error| error.to_string())?;
        match (status.success(), rest.as_str()) {
            (true, "") => Ok(()),
            _ => Err(format!("link_server: {status}, {rest}")),
        }
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
    let server = Server::start(&plan.programs.join("link_server"))?;
    let outcome = clients(plan, &server, report);
    outcome.and(server.end())
}

fn clients(plan: &Plan, server: &Server, report: &mut Report) -> Result<(), String> {
    let process = server.process.id();
    let counts = Counts::default();
    // The first connections make what stays; what has ended is put away when somebody connects.
    let nudge = || {
        for address in [&server.tcp, &server.unix] {
            // What cannot be reached is reported elsewhere.
            let _ = address.open().map(drop);
        }
    };
    (0..10).for_each(|_| nudge());
    thread::sleep(Duration::from_millis(300));
    nudge();
    thread::sleep(Duration::from_millis(300));
    let sample = |process| Sample::take(process, 0.0).map_err(|error| error.to_string());
    let before = sample(process)?;
    let watch = Watch::start(process, plan.interval());
    let own = std::process::id();
    let watch_of_clients = Watch::start(own, plan.interval());
    let start = Instant::now();
    let mut cutter = Cutter::new([&server.tcp, &server.unix], plan.seed);
    let outcome = thread::scope(|scope| {
        let counts = &counts;
        // Who follows has to have a worker before the others take them all.
        let following = client::follow(&server.tcp)?;
        let mut clients: Vec<_> = (1..=CLIENTS)
            .map(|number| {
                let address = if number % 2 == 0 {
                    &server.tcp
                } else {
                    &server.unix
                };
                scope.spawn(move || stay(address, number, plan.seed + number, counts))
            })
            .collect();
        let log = server.log();
        clients.push(scope.spawn(move || client::grow(&log, counts)));
        clients.push(scope.spawn(|| client::check_lines(following, counts)));
        let mut outcome = Ok(());
        while start.elapsed() < plan.length && outcome.is_ok() {
            if clients.iter().any(|client| client.is_finished()) {
                break;
            }
            outcome = cutter.cut();
            thread::sleep(Duration::from_secs(1) / CUTS);
        }
        counts.stop.store(true, Ordering::Relaxed);
        for client in clients {
            let client = client
                .join()
                .unwrap_or_else(|_| Err("a client panicked".into()));
            outcome = outcome.and(client);
        }
        outcome
    });
    let (samples, own_samples) = (watch.stop(), watch_of_clients.stop());
    let cuts = cutter.end();
    let after = wait_back_to(&before, process, nudge).map_err(|error| error.to_string())?;
    let number = |of: &AtomicU64| of.load(Ordering::Relaxed);
    report.figure("connections that were not cut", number(&counts.connections));
    report.figure("calls on them", number(&counts.calls));
    report.figure("items of streams", number(&counts.items));
    report.figure("streams and calls cancelled", number(&counts.cancelled));
    report.figure("streams refused as busy", number(&counts.refused));
    report.figure("lines of the file that was followed", number(&counts.lines));
    for (way, number) in cuts {
        report.figure(&format!("connections cut: {way}"), number);
    }
    report.must_be_none(
        "answers lost",
        number(&counts.calls) - number(&counts.answers),
    );
    report.returned("link_server", &before, &after);
    report.watched("link_server", samples);
    report.watched("clients", own_samples);
    outcome
}
