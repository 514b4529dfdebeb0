//! The example `redis_proxy` in front of a real Redis server, and its parser on every cut.
//!
//! Where `redis-server` is not installed the tests of the first kind say so and do nothing.
#![cfg(unix)]

#[path = "support/programs.rs"]
#[allow(dead_code, reason = "not all of it is used here")]
mod programs;
#[path = "../examples/redis_proxy/resp.rs"]
mod resp;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use iolite::chunk::{PipeOptions, Progress};
use iolite::testing::assert_chunking_invariant;
use iolite::{Chunk, Pipe};
use resp::Frames;

/// A server on a Unix socket, ended with the test.
struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    /// `None`, loudly, where there is no server to start.
    fn start() -> Option<Server> {
        let folder = tempfile::tempdir().unwrap();
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
        command.current_dir(folder.path()).stdout(Stdio::null());
        let Ok(mut process) = command.spawn() else {
            eprintln!("SKIPPED: redis-server is not installed; nothing was tested");
            return None;
        };
        while UnixStream::connect(folder.path().join("redis.sock")).is_err() {
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none(), "redis-server ended: {ended:?}");
            thread::sleep(Duration::from_millis(5));
        }
        Some(Server { process, folder })
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The proxy as a program, and the address it listens on.
fn proxy(upstream: &Path, connections: usize) -> (Child, String) {
    let mut command = programs::example("redis_proxy");
    command
        .arg("127.0.0.1:0")
        .arg(upstream)
        .arg(connections.to_string());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut address).unwrap();
    child.stdout = Some(out.into_inner());
    (child, address.trim().to_owned())
}

fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// Commands whose replies are of every kind, small and large; ends with `QUIT`.
fn conversation() -> Vec<u8> {
    let large = b"\r\n$-1\r\n*3\r\n".repeat(100_000);
    let mut bytes = command(&[b"FLUSHALL"]);
    bytes.extend(command(&[b"SET", b"large", &large]));
    bytes.extend(command(&[b"GET", b"large"]));
    bytes.extend(command(&[b"GET", b"missing"]));
    bytes.extend(command(&[b"SET", b"empty", b""]));
    bytes.extend(command(&[b"GET", b"empty"]));
    bytes.extend(command(&[b"NOSUCHCOMMAND"]));
    let nested = b"return {1, {2, {3, 'x'}}, false, {}, {err='MY error'}}";
    bytes.extend(command(&[b"EVAL", nested, b"0"]));
    for i in 0..5000 {
        bytes.extend(command(&[b"INCRBY", b"n", i.to_string().as_bytes()]));
    }
    bytes.extend(command(&[b"QUIT"]));
    bytes
}

/// Sends everything in pieces of that size while it reads, and returns all replies.
fn talk(mut to: impl Write + Send, mut from: impl Read, piece: usize) -> Vec<u8> {
    let mut replies = Vec::new();
    thread::scope(|scope| {
        scope.spawn(move || {
            for part in conversation().chunks(piece) {
                to.write_all(part).unwrap();
            }
        });
        from.read_to_end(&mut replies).unwrap();
    });
    replies
}

#[test]
fn what_comes_through_the_proxy_is_what_the_server_says() {
    let Some(server) = Server::start() else {
        return;
    };
    let direct = UnixStream::connect(server.socket()).unwrap();
    let expected = talk(direct.try_clone().unwrap(), direct, 1 << 20);
    assert!(expected.len() > 1_000_000 && expected.ends_with(b"+OK\r\n"));
    let pieces = [1 << 20, 1000, 7];
    let (mut child, address) = proxy(&server.socket(), pieces.len());
    for piece in pieces {
        let client = TcpStream::connect(&address).unwrap();
        let replies = talk(client.try_clone().unwrap(), client, piece);
        assert!(
            replies == expected,
            "in pieces of {piece}: {} bytes",
            replies.len()
        );
    }
    let mut report = String::new();
    let mut out = child.stdout.take().unwrap();
    out.read_to_string(&mut report).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(report, "5009 commands, 5009 replies\n".repeat(pieces.len()));
}

/// A server answers what came before a line that it does not understand; a proxy that drops it with
/// the line would have lost the replies.
#[test]
fn what_is_whole_goes_through_the_proxy_before_what_is_wrong_ends_the_connection() {
    let upstream = tempfile::tempdir().unwrap();
    let socket = upstream.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let (mut child, address) = proxy(&socket, 1);
    let whole = command(&[b"PING"]).repeat(3);
    let mut client = TcpStream::connect(&address).unwrap();
    client.write_all(&[&whole, &b"?\r\n"[..]].concat()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let mut forwarded = Vec::new();
    server.read_to_end(&mut forwarded).unwrap();
    assert_eq!(
        forwarded.escape_ascii().to_string(),
        whole.escape_ascii().to_string()
    );
    // And the same the other way.
    server.write_all(b"+PONG\r\n+PONG\r\n?\r\n").unwrap();
    let mut replies = Vec::new();
    client.read_to_end(&mut replies).unwrap();
    assert_eq!(replies, b"+PONG\r\n+PONG\r\n");
    drop((client, server));
    assert!(child.wait().unwrap().success());
}

/// A pipe that shares what is pushed, however small.
fn sharing() -> Pipe {
    let options = PipeOptions::new().copy_threshold(0);
    options.build().unwrap()
}

/// All frames of some bytes, and how it ended.
fn frames(pieces: &[Chunk]) -> (Vec<Chunk>, String) {
    let (mut pipe, mut frames, mut found) = (sharing(), Frames::new(), Vec::new());
    for piece in pieces.iter().map(Some).chain([None]) {
        match piece {
            Some(piece) => drop(pipe.push(piece.clone()).unwrap()),
            None => pipe.close(None),
        }
        loop {
            match frames.next(&mut pipe) {
                Ok(Progress::Ready(frame)) => found.push(frame.to_chunk()),
                Ok(Progress::Pending) => break,
                Ok(Progress::End) => return (found, "end".into()),
                Err(error) => return (found, error.to_string()),
            }
        }
    }
    (found, "unfinished".into())
}

#[test]
fn frames_are_found_however_the_bytes_are_cut() {
    let parts: [&[u8]; 7] = [
        b"+OK\r\n",
        b"$-1\r\n",
        b"*2\r\n$3\r\na\r\n\r\n*1\r\n:12\r\n",
        b"$0\r\n\r\n",
        b"*0\r\n",
        b"*-1\r\n",
        b"-ERR no\r\n",
    ];
    let (found, end) = assert_chunking_invariant(&parts.concat(), 7, frames);
    assert_eq!(
        (found, end),
        (parts.map(Chunk::copy_from_slice).to_vec(), "end".into())
    );
}

#[test]
fn what_is_no_frame_is_an_error_however_it_is_cut() {
    for bytes in [
        &b"?\r\n"[..],
        b"$x\r\n",
        b"*-2\r\n",
        b"\r\n",
        b"$600000000\r\n",
        b"$4294967301\r\n12345\r\n",
        b"*9223372036854775807\r\n*9223372036854775807\r\n*9223372036854775807\r\n",
        b"*1\r\n$3\r\nab",
    ] {
        let (found, end) = assert_chunking_invariant(bytes, 7, frames);
        assert!(
            found.is_empty() && end != "end",
            "{}: {end}",
            bytes.escape_ascii()
        );
    }
}

/// A peer cannot make the proxy keep more than a frame may be long.
#[test]
fn a_frame_without_end_is_an_error() {
    let (mut pipe, mut frames) = (sharing(), Frames::new());
    let body = Chunk::from(vec![b'x'; 1 << 20]);
    pipe.push("*1000\r\n").unwrap();
    let outcome = (0..3).try_for_each(|_| {
        pipe.push("$536870912\r\n").unwrap();
        for _ in 0..512 {
            pipe.push(body.clone()).unwrap();
        }
        pipe.push("\r\n").unwrap();
        frames.next(&mut pipe).map(drop)
    });
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("frame too long"), "{error}");
}
