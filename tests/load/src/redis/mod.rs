//! The example `redis_proxy` in front of a real Redis server: clients that pipeline and check each
//! reply, and others whose connections are cut, at any byte, by them, by the server, or by what is no
//! command.

mod cuts;
mod talk;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use self::cuts::Cutter;
use self::talk::{Talker, command};
use crate::plan::{Plan, Report};
use crate::random::Random;
use crate::watch::{Sample, Watch, wait_back_to};

/// How many clients stay, and how many batches a second they send together.
const CLIENTS: u64 = 32;
const BATCHES: u32 = 160;
/// How many connections are cut a second.
const CUTS: u32 = 20;
/// A reply that has not come by then is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that ends with this value.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What all clients count together.
#[derive(Default)]
struct Counts {
    stop: AtomicBool,
    commands: AtomicU64,
    replies: AtomicU64,
    connections: AtomicU64,
}

pub(crate) fn run(plan: &Plan) -> Option<Report> {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(_server) = start_server(folder.path()) else {
        eprintln!("SKIPPED: redis-server is not installed; the part `redis` was not run");
        return None;
    };
    let upstream = folder.path().join("redis.sock");
    let mut report = Report::default();
    if let Err(error) = load(plan, &upstream, &mut report) {
        report.fault(error);
    }
    Some(report)
}

fn start_server(folder: &Path) -> Option<Ended> {
    let mut command = Command::new("redis-server");
    command.args([
        "--port",
        "0",
        "--save",
        "",
        "--unixsocket",
        "redis.sock",
        "--dir",
        ".",
    ]);
    command.current_dir(folder).stdout(Stdio::null());
    let mut server = Ended(command.spawn().ok()?);
    while UnixStream::connect(folder.join("redis.sock")).is_err() {
        let ended = server.0.try_wait().expect("a child can be waited for");
        assert!(ended.is_none(), "redis-server ended: {ended:?}");
        thread::sleep(Duration::from_millis(5));
    }
    Some(server)
}

/// The proxy, and the address it listens on.
fn start_proxy(plan: &Plan, upstream: &Path) -> Result<(Ended, String), String> {
    let program = plan.programs.join("redis_proxy");
    let mut command = Command::new(&program);
    command.arg("127.0.0.1:0").arg(upstream);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = Ended(child.map_err(|error| format!("{}: {error}", program.display()))?);
    let mut out: BufReader<ChildStdout> = BufReader::new(child.0.stdout.take().expect("piped"));
    let mut address = String::new();
    out.read_line(&mut address)
        .map_err(|error| error.to_string())?;
    // A line for each connection: read, so that it never waits.
    thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    Ok((child, address.trim_end().to_owned()))
}

fn load(plan: &Plan, upstream: &Path, report: &mut Report) -> Result<(), String> {
    let (proxy, address) = start_proxy(plan, upstream)?;
    let process = proxy.0.id();
    let counts = Counts::default();
    // The first connection makes what stays.
    converse(&address, 0, plan.seed, &counts, 1)?;
    let sample = || Sample::take(process, 0.0).map_err(|error| error.to_string());
    thread::sleep(Duration::from_millis(100));
    let before = sample()?;
    let watch = Watch::start(process, plan.interval());
    let (start, mut cutter) = (Instant::now(), Cutter::new(&address, upstream, plan.seed));
    let outcome = thread::scope(|scope| {
        let (counts, address) = (&counts, &address);
        let clients: Vec<_> = (1..=CLIENTS)
            .map(|number| scope.spawn(move || stay(address, number, plan.seed + number, counts)))
            .collect();
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
    let samples = watch.stop();
    let cuts = cutter.end();
    let after = wait_back_to(&before, process, || ()).map_err(|error| error.to_string())?;
    let number = |of: &AtomicU64| of.load(Ordering::Relaxed);
    report.figure("connections that were not cut", number(&counts.connections));
    report.figure("commands on them", number(&counts.commands));
    for (way, number) in cuts {
        report.figure(&format!("connections cut: {way}"), number);
    }
    let lost = number(&counts.commands) - number(&counts.replies);
    report.must_be_none("replies lost", lost);
    report.returned("redis_proxy", &before, &after);
    report.watched("redis_proxy", samples);
    outcome
}

/// One conversation after the other, until it is enough.
fn stay(address: &str, number: u64, seed: u64, counts: &Counts) -> Result<(), String> {
    let mut random = Random::new(seed);
    while !counts.stop.load(Ordering::Relaxed) {
        let batches = 1 + random.below(200);
        converse(address, number, random.number(), counts, batches)?;
    }
    Ok(())
}

/// A connection that nobody cuts: each reply comes, once, in order, and then the end.
fn converse(
    address: &str,
    number: u64,
    seed: u64,
    counts: &Counts,
    batches: usize,
) -> Result<(), String> {
    let failed = |what: &str, error: std::io::Error| format!("client {number}: {what}: {error}");
    let mut random = Random::new(seed);
    let mut stream = TcpStream::connect(address).map_err(|error| failed("connect", error))?;
    stream
        .set_read_timeout(Some(PATIENCE))
        .map_err(|error| failed("time-out", error))?;
    stream
        .set_nodelay(true)
        .map_err(|error| failed("no delay", error))?;
    counts.connections.fetch_add(1, Ordering::Relaxed);
    let (mut talker, mut batch) = Talker::new(format!("client{number}"), seed);
    let mut said = 2;
    for _ in 0..batches {
        counts.commands.fetch_add(said, Ordering::Relaxed);
        write_in_pieces(&mut stream, &batch.commands, &mut random)
            .map_err(|error| failed("write", error))?;
        let mut replies = vec![0; batch.replies.len()];
        stream
            .read_exact(&mut replies)
            .map_err(|error| failed("a reply was lost", error))?;
        if let Some(place) = (0..replies.len()).find(|&at| replies[at] != batch.replies[at]) {
            return Err(format!(
                "client {number}: another reply than expected: {:?} instead of {:?}",
                show(&replies, place),
                show(&batch.replies, place)
            ));
        }
        counts.replies.fetch_add(said, Ordering::Relaxed);
        if counts.stop.load(Ordering::Relaxed) {
            break;
        }
        said = 1 + random.below(40) as u64;
        batch = talker.batch(said as usize);
        thread::sleep(Duration::from_secs(1) * CLIENTS as u32 / BATCHES);
    }
    let mut end = Vec::new();
    if random.one_in(2) {
        stream
            .write_all(&command(&[b"QUIT"]))
            .map_err(|error| failed("write", error))?;
    } else {
        stream
            .shutdown(Shutdown::Write)
            .map_err(|error| failed("end", error))?;
    }
    stream
        .read_to_end(&mut end)
        .map_err(|error| failed("no end", error))?;
    match end.as_slice() {
        b"" | b"+OK\r\n" => Ok(()),
        more => Err(format!(
            "client {number}: at the end: {}",
            more.escape_ascii()
        )),
    }
}

fn show(bytes: &[u8], around: usize) -> String {
    let part = &bytes[around.saturating_sub(20)..bytes.len().min(around + 60)];
    part.escape_ascii().to_string()
}

/// Cut anywhere: most often not at all.
fn write_in_pieces(
    stream: &mut TcpStream,
    mut bytes: &[u8],
    random: &mut Random,
) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let piece = match random.below(4) {
            0 => 1 + random.below(bytes.len()),
            1 => bytes.len().min(1 + random.below(7)),
            _ => bytes.len(),
        };
        stream.write_all(&bytes[..piece])?;
        bytes = &bytes[piece..];
    }
    Ok(())
}
