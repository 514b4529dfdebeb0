//! What ends MoaT's server, or fills its memory, against ours: a process of its own, of which memory,
//! threads and descriptors are counted, and which serves somebody well-behaved all the while.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::iter;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use iolite::link::dispatch::{Context, StdBase};
use iolite::link::driver::{Connection, ConnectionOptions, ServerOptions, Workers};
use iolite::link::frame::CborSequence;
use iolite::link::layer::{Framed, Layer, Listener, unix};
use iolite::link::object::{Payload, RemoteError};
use iolite::link::request::{Channel, Pending};
use iolite::link::session::CallError;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Tells the test below that it is the server, and where.
const SOCKET: &str = "IOLITE_ATTACKED";

/// No test: the server, in a process of its own.
#[test]
fn the_server() {
    let Some(path) = std::env::var_os(SOCKET) else {
        return;
    };
    let served = StdBase::new("attacked")
        .command("add", |(a, b): (i64, i64)| a + b)
        .command("files", |most: u64| {
            let limit = Rlimit {
                current: Some(most),
                ..getrlimit(Resource::Nofile)
            };
            setrlimit(Resource::Nofile, limit).unwrap();
        })
        .command_with("nap", |context: &Context, ()| {
            context.wait_cancelled(Duration::from_secs(60));
            Ok::<_, RemoteError>(())
        })
        .stream("chat", |channel: &mut Channel, ()| {
            while let Some(item) = channel.recv::<u64>()? {
                channel.send(&item)?;
            }
            Ok::<_, CallError>(())
        });
    let workers = Workers::new(4).unwrap();
    let options = ConnectionOptions::new().serve(served).workers(&workers);
    let server = ServerOptions::new(options).grace(Duration::from_millis(100));
    let server = server.start(Listener::unix(path).unwrap()).unwrap();
    println!("\nLISTENING");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    server.shutdown();
}

struct Attacked {
    child: Child,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Attacked {
    fn start() -> Attacked {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "attacks::the_server", "--nocapture"])
            .env(SOCKET, &path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut lines = stdout.lines();
        assert!(lines.any(|line| line.unwrap() == "LISTENING"));
        // The rest of what it prints goes nowhere.
        thread::spawn(move || lines.for_each(drop));
        Attacked {
            child,
            path,
            _folder: folder,
        }
    }

    fn raw(&self) -> UnixStream {
        UnixStream::connect(&self.path).unwrap()
    }

    fn client(&self) -> Connection {
        let cbor = Framed::new("cbor_buf", CborSequence::default);
        let link = cbor.set_up(unix(&self.path).unwrap()).unwrap();
        let options = ConnectionOptions::new().deadline(Duration::from_secs(100));
        options.open(link).unwrap()
    }

    fn entries(&self, of: &str) -> usize {
        let folder = Path::new("/proc")
            .join(self.child.id().to_string())
            .join(of);
        fs::read_dir(folder).unwrap().count()
    }

    /// Its memory, in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Ends it in good order.
    fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Attacked {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the server closes a connection on which it got these bytes.
fn is_closed_after(mut socket: UnixStream, bytes: &[u8]) -> bool {
    let limit = Some(Duration::from_secs(100));
    socket.set_read_timeout(limit).unwrap();
    // It may be closed before all of them are written.
    let _ = socket.write_all(bytes);
    match socket.read_to_end(&mut Vec::new()) {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

/// Bytes that end MoaT's whole server.
fn malformed(server: &Attacked) {
    let nested = [0x81; 1000];
    let claims_16_tebibytes = b"\x83\x00\x81\x63add\x5b\x00\x00\x10\x00\x00\x00\x00\x00";
    let bad: [&[u8]; 7] = [
        b"\xff",
        b"\x05",
        b"\x80",
        b"\xa0",
        b"\x82\x00\x61\xff",
        &nested,
        claims_16_tebibytes,
    ];
    for bytes in bad {
        assert!(is_closed_after(server.raw(), bytes), "{bytes:x?}");
    }
}

/// Writes as much as the server takes, and reads nothing of what it answers.
fn flood(server: &Attacked, message: impl Fn(u32) -> Vec<u8>, number: u32) -> UnixStream {
    let mut socket = server.raw();
    let limit = Some(Duration::from_millis(500));
    socket.set_write_timeout(limit).unwrap();
    for at in 0..number {
        if socket.write_all(&message(at)).is_err() {
            break;
        }
    }
    socket
}

/// `[head, …]`, with a head of four bytes.
fn message(head: u32, behind: &[u8]) -> Vec<u8> {
    let items = u8::try_from(behind.len().min(1)).unwrap();
    [&[0x81 + items, 0x1a], &head.to_be_bytes()[..], behind].concat()
}

/// Calls until `stop` is set; how many were answered.
fn behave(server: &Attacked, stop: &AtomicBool) -> u32 {
    let client = server.client();
    let mut answered = 0;
    while !stop.load(Ordering::Relaxed) {
        assert_eq!(
            client.request().call::<i64>("add", &(answered, 1)).unwrap(),
            i64::from(answered) + 1
        );
        answered += 1;
    }
    answered
}

/// Three thousand calls answered in a row, a part of them at once.
fn burst(server: &Attacked) {
    let client = server.client();
    for _ in 0..15 {
        let queue = |n: i64| client.request().queue("add", &(n, 1)).unwrap();
        let pending: Vec<Pending<i64>> = (0..200).map(queue).collect();
        for (n, answer) in (0..).zip(pending) {
            assert_eq!(answer.wait().unwrap(), n + 1);
        }
    }
}

#[test]
fn lnk_55_attacks_take_no_more_memory_than_allowed_and_disturb_nobody_else() {
    let server = Attacked::start();
    burst(&server);
    let (memory, threads) = (server.memory(), server.entries("task"));
    let descriptors = server.entries("fd");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let behaving = scope.spawn(|| behave(&server, &stop));
        malformed(&server);
        let open = [
            // Credit for calls that never come.
            flood(&server, |at| message(4 * at + 3, &[1]), 200_000),
            // Calls that last, and calls that end, without a look at the answers.
            flood(&server, |at| message(4 * at, b"\x81\x63nap"), 20_000),
            flood(&server, |at| message(4 * at, b"\x81\x63add"), 200_000),
            // Opened and cancelled at once.
            flood(
                &server,
                |at| {
                    [
                        message(4 * at, b"\x81\x63nap"),
                        message(4 * at + 2, b"\x22"),
                    ]
                    .concat()
                },
                20_000,
            ),
            // A stream that nobody may send so much into, and warnings without end.
            flood(
                &server,
                |at| match at {
                    0 => message(1, b"\x81\x64chat"),
                    at if at % 2 == 0 => message(1, &[1]),
                    _ => message(3, b"\x64warn"),
                },
                200_000,
            ),
        ];
        let grown = server.memory().saturating_sub(memory) >> 10;
        println!("grown by {grown} MiB");
        assert!(grown < 64, "{grown} MiB");
        burst(&server);
        drop(open);
        stop.store(true, Ordering::Relaxed);
        let answered = behaving.join().unwrap();
        println!("{answered} calls were answered meanwhile");
        assert!(answered > 0);
    });
    let start = Instant::now();
    while server.entries("task") > threads || server.entries("fd") > descriptors {
        let left = (server.entries("task"), server.entries("fd"));
        assert!(
            start.elapsed() < Duration::from_secs(100),
            "{left:?} of {threads}, {descriptors}"
        );
        // What has ended is put away when somebody connects.
        drop(server.client());
        thread::sleep(Duration::from_millis(20));
    }
    let none = server
        .client()
        .request()
        .call_payload("dir_", Payload::new());
    none.unwrap();
    server.end();
}

/// How long a process has had a processor, in milliseconds.
fn worked(server: &Attacked) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.child.id())).unwrap();
    // After the name, which may have spaces: utime and stime are fields 14 and 15, in hundredths.
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    let hundredths = fields.skip(11).take(2).map(|it| it.parse::<u64>().unwrap());
    10 * hundredths.sum::<u64>()
}

#[test]
fn lnk_57_a_server_without_descriptors_goes_on_and_accepts_who_waits_when_it_has_some() {
    let server = Attacked::start();
    let client = server.client();
    let soft = getrlimit(Resource::Nofile).current.unwrap();
    let files = |most: u64| client.request().call::<()>("files", &most).unwrap();
    // What is open stays open, and nothing more can be. (Not 0, as no more may be polled at once.)
    files(3);
    let mut waiting: Vec<UnixStream> = (0..20).map(|_| server.raw()).collect();
    let before = worked(&server);
    for socket in &mut waiting {
        socket.write_all(b"\x84\x00\x81\x63add\x02\x03").unwrap();
        let limit = Some(Duration::from_millis(50));
        socket.set_read_timeout(limit).unwrap();
        // A process that is stopped meanwhile, and goes on, is interrupted.
        let answers = || socket.read(&mut [0; 3]).unwrap_err();
        let mut answers = iter::repeat_with(answers);
        let answered = answers.find(|it| it.kind() != ErrorKind::Interrupted);
        let answered = answered.unwrap();
        assert_eq!(
            answered.kind(),
            ErrorKind::WouldBlock,
            "nobody was accepted"
        );
    }
    // A second has passed, in which it looked twenty times.
    let worked = worked(&server) - before;
    assert!(worked < 500, "it was busy for {worked} ms");
    let sum: i64 = client.request().call("add", &(2, 3)).unwrap();
    assert_eq!(sum, 5, "who is connected is served");
    files(soft);
    for socket in &mut waiting {
        let limit = Some(Duration::from_secs(100));
        socket.set_read_timeout(limit).unwrap();
        let mut answer = [0; 3];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"\x82\x23\x05");
    }
    server.end();
}
