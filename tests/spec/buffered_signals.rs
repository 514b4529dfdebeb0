//! Chapter "Duplex streams": signals. A read or write of a socket with a time-out is interrupted
//! (`EINTR`) where its process is stopped and goes on, also without a signal handler. A child, this
//! program again, is stopped and goes on while it reads and while it writes.

use std::fs;
use std::io::{self, BufRead, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use iolite::{BufferedRwPair, IoBase, SocketIo};

use crate::support::naive;

/// How often the child is stopped in either direction.
const ROUNDS: usize = 10;
/// So many times a millisecond is waited for the child to sleep, or to stop.
const PATIENCE: usize = 30_000;
const LONG: Option<Duration> = Some(Duration::from_secs(100));
const IS_CHILD: &str = "IOLITE_TEST_CHILD";
const THE_CHILD: &str = "buffered_signals::rwp_13_the_child";

fn answer() -> Vec<u8> {
    naive::ramp(4 << 20)
}

/// Says who it is, waits for a line, and answers at length; its standard input is the socket.
#[test]
#[ignore = "the child of the test below"]
fn rwp_13_the_child() {
    assert!(
        std::env::var_os(IS_CHILD).is_some(),
        "run by its parent only"
    );
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().unwrap());
    socket.set_read_timeout(LONG).unwrap();
    socket.set_write_timeout(LONG).unwrap();
    let reader = SocketIo::from(socket.try_clone().unwrap());
    let mut pair = BufferedRwPair::with_capacity(64, reader, SocketIo::from(socket));
    writeln!(pair, "{}", std::process::id()).unwrap();
    pair.flush().unwrap();
    let mut line = String::new();
    pair.read_line(&mut line).unwrap();
    assert_eq!(line, format!("{}\n", "x".repeat(ROUNDS)));
    pair.write_all(&answer()).unwrap();
    pair.close().unwrap();
}

/// What every thread of a process does, as one letter each: `S` sleeps, `T` is stopped.
fn states(pid: &str) -> Vec<char> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let stats = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("stat")).ok());
    let state = |stat: String| {
        stat.rsplit(") ")
            .next()
            .and_then(|rest| rest.chars().next())
    };
    stats.filter_map(state).collect()
}

fn wait_until(pid: &str, state: char) {
    for _ in 0..PATIENCE {
        let all = |s: &char| s.eq_ignore_ascii_case(&state);
        if states(pid).iter().all(all) {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("the child is never {state}: {:?}", states(pid));
}

/// Interrupts whatever the child waits in.
fn stop_and_go_on(pid: &str) {
    wait_until(pid, 'S');
    signal("-STOP", pid);
    wait_until(pid, 'T');
    signal("-CONT", pid);
}

fn signal(name: &str, pid: &str) {
    assert!(
        Command::new("kill")
            .args([name, pid])
            .status()
            .unwrap()
            .success()
    );
}

fn works(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The child, under `strace` if that works here.
fn child(log: &Path) -> Command {
    let this = std::env::current_exe().unwrap();
    if works(Command::new("strace").args(["-f", "-o", "/dev/null", "true"])) {
        let mut command = Command::new("strace");
        command
            .args(["-f", "-e", "trace=network", "-o"])
            .arg(log)
            .arg(this);
        return command;
    }
    eprintln!("skipped: strace does not work here, so no interruption is proved, only no loss");
    Command::new(this)
}

#[test]
fn rwp_13_signals_are_not_seen() {
    if !works(Command::new("kill").args(["-0", &std::process::id().to_string()])) {
        eprintln!("skipped: there is no kill command here");
        return;
    }
    let (ours, theirs) = UnixStream::pair().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("calls");
    let mut child = child(&log)
        .args(["--exact", THE_CHILD, "--ignored", "--nocapture"])
        .env(IS_CHILD, "1")
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    ours.set_read_timeout(LONG).unwrap();
    let mut ours = io::BufReader::new(ours);
    let mut pid = String::new();
    ours.read_line(&mut pid).unwrap();
    let pid = pid.trim();
    for _ in 0..ROUNDS {
        stop_and_go_on(pid);
        ours.get_mut().write_all(b"x").unwrap();
    }
    ours.get_mut().write_all(b"\n").unwrap();
    for _ in 0..ROUNDS {
        stop_and_go_on(pid);
    }
    let mut all = Vec::new();
    ours.read_to_end(&mut all).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(all == answer(), "{} bytes", all.len());
    if let Ok(calls) = fs::read_to_string(&log) {
        for call in ["recv", "send"] {
            let interrupted = calls
                .lines()
                .filter(|line| line.contains(call) && line.contains("EINTR"));
            assert!(
                interrupted.count() > 0,
                "no {call} was interrupted:\n{calls}"
            );
        }
    }
}
