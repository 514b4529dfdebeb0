//! Links of bytes over what Unix has: socket files, child processes, standard input and output.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use iolite::Chunk;
use iolite::link::layer::{ByteLink, LinkError, Listener, process, stdio, unix};

use crate::gone::eventually;

/// More than anything takes on a busy machine.
const GRACE: Duration = Duration::from_secs(100);

fn is_kind(error: &LinkError, kind: ErrorKind) -> bool {
    matches!(error, LinkError::Stream(error) if error.kind() == kind)
}

#[test]
fn a_socket_file_comes_and_goes_with_its_listener() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let listener = Listener::unix(&path).unwrap();
    assert_eq!(listener.to_string(), format!("unix {}", path.display()));
    assert_eq!(listener.local_addr(), None);
    assert!(path.exists());
    drop(listener);
    assert!(!path.exists());
}

#[test]
fn lnk_25_a_socket_file_that_nobody_listens_on_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "as after a crash");
    let listener = eventually(|| Listener::unix(&path).ok());
    unix(&path).unwrap();
    listener.accept().unwrap();
}

#[test]
fn a_socket_file_that_somebody_listens_on_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let first = Listener::unix(&path).unwrap();
    // However many wait already, and nobody accepts them.
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let refused = Listener::unix(&path).unwrap_err();
        assert!(is_kind(&refused, ErrorKind::AddrInUse));
        waiting.push(UnixStream::connect(&path).unwrap());
    }
    drop(first);
}

#[test]
fn lnk_25_another_file_is_never_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes");
    fs::write(&path, "mine").unwrap();
    let refused = Listener::unix(&path).unwrap_err();
    assert!(is_kind(&refused, ErrorKind::AddrInUse));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");

    // Nor one that has taken the socket's place.
    let path = dir.path().join("socket");
    let listener = Listener::unix(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "mine").unwrap();
    drop(listener);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn accepting_on_a_unix_socket_ends_with_an_abort() {
    let dir = tempfile::tempdir().unwrap();
    let listener = Listener::unix(dir.path().join("socket")).unwrap();
    let abort = listener.abort_handle();
    let waiting = thread::spawn(move || listener.accept().map(drop));
    thread::sleep(Duration::from_millis(30));
    abort.abort();
    assert!(matches!(waiting.join().unwrap(), Err(LinkError::Closed)));
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn start(script: &str) -> ByteLink {
    process(&mut shell(script), GRACE).unwrap()
}

/// The number that a child writes first: its own.
fn pid(link: &mut ByteLink) -> u32 {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        line.extend_from_slice(&link.recv(1).unwrap());
    }
    String::from_utf8(line).unwrap().trim().parse().unwrap()
}

/// Whether there is such a process, as a zombie or alive.
fn exists(pid: u32) -> bool {
    let status = Command::new("kill").args(["-0", &pid.to_string()]).output();
    status.unwrap().status.success()
}

#[test]
fn a_child_is_talked_to_until_its_input_ends() {
    let mut link = start("cat");
    let big = Chunk::from(vec![b'x'; 50_000]);
    let (mut receiver, mut sender, abort) = link.split();
    thread::scope(|scope| {
        scope.spawn(|| {
            sender.send(big.clone()).unwrap();
            sender.shutdown().unwrap();
        });
        let mut received = 0;
        loop {
            let chunk = receiver.recv(1000).unwrap();
            assert!(chunk.iter().all(|&byte| byte == b'x'));
            received += chunk.len();
            if chunk.is_empty() {
                break;
            }
        }
        assert_eq!(received, big.len());
    });
    link = ByteLink::from((receiver, sender, abort));
    link.close().unwrap();
}

#[test]
fn lnk_25_a_child_that_fails_is_an_error_of_closing() {
    let mut link = start("echo $$; cat >/dev/null; exit 3");
    let pid = pid(&mut link);
    let error = link.close().unwrap_err();
    let LinkError::Child { status } = error else {
        panic!("{error:?}");
    };
    assert_eq!(status.code(), Some(3));
    assert!(!exists(pid));
}

/// What it still has to say is thrown away, so that it can come to its end.
#[test]
fn a_child_that_still_writes_ends_well() {
    let link = start("cat >/dev/null; head -c 1000000 /dev/zero");
    link.close().unwrap();
}

#[test]
fn a_child_that_does_not_end_is_killed_after_its_time() {
    let command = &mut shell("echo $$; exec sleep 1000");
    let mut link = process(command, Duration::from_millis(100)).unwrap();
    let pid = pid(&mut link);
    let start = Instant::now();
    assert!(matches!(link.close(), Err(LinkError::Child { .. })));
    assert!(start.elapsed() < GRACE);
    assert!(!exists(pid));
}

#[test]
fn lnk_25_a_dropped_link_leaves_no_zombie() {
    let mut link = start("echo $$; exec cat");
    let pid = pid(&mut link);
    drop(link);
    assert!(!exists(pid));
}

#[test]
fn an_abort_kills_the_child_and_wakes_who_waits() {
    let mut link = start("echo $$; exec sleep 1000");
    let pid = pid(&mut link);
    let (mut receiver, mut sender, abort) = link.split();
    let start = Instant::now();
    thread::scope(|scope| {
        let receiving = scope.spawn(move || receiver.recv(1).unwrap_err());
        let sending = scope.spawn(move || sender.send(vec![0; 1 << 20].into()).unwrap_err());
        thread::sleep(Duration::from_millis(30));
        abort.abort();
        for error in [receiving.join().unwrap(), sending.join().unwrap()] {
            assert!(matches!(error, LinkError::Closed), "{error:?}");
        }
    });
    assert!(start.elapsed() < GRACE);
    assert!(!exists(pid));
}

#[test]
fn a_wait_for_a_child_has_an_end() {
    let mut link = start("read word; echo $word; cat");
    assert!(!link.wait(Duration::from_millis(20)).unwrap());
    link.send(Chunk::from("x\n")).unwrap();
    assert!(link.wait(GRACE).unwrap());
    assert_eq!(link.recv(10).unwrap(), "x\n");
}

#[test]
fn a_childs_standard_error_goes_where_the_command_says() {
    let mut errors = tempfile::NamedTempFile::new().unwrap();
    let mut command = shell("echo oh >&2");
    command.stderr(errors.reopen().unwrap());
    process(&mut command, GRACE).unwrap().close().unwrap();
    errors.flush().unwrap();
    assert_eq!(fs::read_to_string(errors.path()).unwrap(), "oh\n");
}

#[test]
fn a_program_that_is_not_there_is_the_systems_error() {
    let error = process(&mut Command::new("/no/such/program"), GRACE).unwrap_err();
    assert!(is_kind(&error, ErrorKind::NotFound));
}

/// The child of the next test, and not run otherwise.
#[test]
#[ignore = "a part of stdio_is_the_other_end_of_a_process"]
fn stdio_child() {
    let mut link = stdio().unwrap();
    link.send(Chunk::from("ready\n")).unwrap();
    loop {
        let chunk = link.recv(7).unwrap();
        if chunk.is_empty() {
            break;
        }
        assert!(chunk.len() <= 7);
        link.send(chunk).unwrap();
    }
    link.send(Chunk::from("\nend of the echo\n")).unwrap();
    link.close().unwrap();
}

#[test]
fn stdio_is_the_other_end_of_a_process() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "layer_unix::stdio_child",
        "--exact",
        "--ignored",
        "--nocapture",
    ]);
    let mut link = process(&mut command, GRACE).unwrap();
    // The test's own frame prints some lines around it.
    let mut seen = Vec::new();
    while !seen.ends_with(b"ready\n") {
        seen.extend_from_slice(&link.recv(1).unwrap());
    }
    link.send(Chunk::from("a question of some length")).unwrap();
    link.shutdown().unwrap();
    let mut rest = Vec::new();
    loop {
        let chunk = link.recv(1000).unwrap();
        if chunk.is_empty() {
            break;
        }
        rest.extend_from_slice(&chunk);
    }
    let rest = String::from_utf8(rest).unwrap();
    assert!(
        rest.starts_with("a question of some length\nend of the echo\n"),
        "{rest}"
    );
    link.close().unwrap();
}
