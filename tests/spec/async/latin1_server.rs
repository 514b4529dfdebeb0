//! `latin1_server`: no client hurts another one, or the server.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::programs::example_with_more;

/// A server, ended with the test.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start() -> Server {
        let mut command = example_with_more("latin1_server");
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        let address = said
            .trim()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned();
        Server { process, address }
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(&self.address).unwrap();
        client.set_nodelay(true).unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(100)))
            .unwrap();
        client
    }

    /// A client like any other gets its answer, and soon: before another one's time is over.
    fn works(&self, about: &str) {
        // On a busy machine not each time.
        let is_soon = (0..20).any(|_| {
            let start = Instant::now();
            let mut client = self.connect();
            client.write_all(b"caf\xe9\r\n").unwrap();
            assert_eq!(answer(&client), b"CAF\xc9\r\n", "{about}");
            start.elapsed() < Duration::from_secs(4)
        });
        assert!(is_soon, "{about}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The next line of a client's answers. Nothing is read ahead.
fn answer(mut client: &TcpStream) -> Vec<u8> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        let mut byte = [0];
        match client.read_exact(&mut byte) {
            Ok(()) => line.push(byte[0]),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => panic!("{error}"),
        }
    }
    line
}

#[test]
fn dor_27_lines_are_answered_however_they_are_cut() {
    let server = Server::start();
    let mut client = server.connect();
    for byte in b"gr\xfc\xdfe\rund\nk\xfc\xdfe\r\n" {
        client.write_all(&[*byte]).unwrap();
        thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(answer(&client), b"GR\xdcSSE\r\n");
    assert_eq!(answer(&client), b"UND\r\n");
    assert_eq!(answer(&client), b"K\xdcSSE\r\n");
    // The capital of the last letter of Latin-1 is not in it.
    client.write_all(b"\xff\nQUIT\nignored\n").unwrap();
    assert_eq!(answer(&client), b"&#376;\r\n");
    assert_eq!(answer(&client), b"");
}

#[test]
fn dor_27_a_last_line_without_an_end_is_answered() {
    let server = Server::start();
    let mut client = server.connect();
    client.write_all(b"one\nlast").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut all = Vec::new();
    client.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"ONE\r\nLAST\r\n");
}

#[test]
fn dor_27_a_long_line_is_refused_and_the_next_one_answered() {
    let server = Server::start();
    let mut client = server.connect();
    let sender = {
        let mut client = client.try_clone().unwrap();
        thread::spawn(move || {
            client.write_all(&vec![b'x'; 3_000_000]).unwrap();
            client.write_all(b"\nfine\n").unwrap();
        })
    };
    assert_eq!(answer(&client), b"? a line has 512 bytes\r\n");
    assert_eq!(answer(&client), b"FINE\r\n");
    sender.join().unwrap();
    client
        .write_all(&[b"y".repeat(512), b"\n".to_vec()].concat())
        .unwrap();
    assert_eq!(answer(&client).len(), 514);
}

/// A byte a second is no line in time; meanwhile others are served.
#[test]
fn dor_27_a_line_has_five_seconds_as_a_whole() {
    let server = Server::start();
    let mut slow = server.connect();
    let start = Instant::now();
    // If each byte had a time of its own, that would be over only after the last one.
    let last = Duration::from_secs(90);
    let (told, is_told) = mpsc::channel();
    let dripping = {
        let mut slow = slow.try_clone().unwrap();
        thread::spawn(move || {
            while slow.write_all(b"z").is_ok() && start.elapsed() < last {
                if is_told.recv_timeout(Duration::from_millis(700)).is_ok() {
                    break;
                }
            }
        })
    };
    server.works("while another one drips");
    assert_eq!(answer(&slow), b"? too late\r\n");
    let waited = start.elapsed();
    assert!(
        (Duration::from_secs(5)..last).contains(&waited),
        "{waited:?}"
    );
    let _ = told.send(());
    // It is closed, with or without a reset.
    assert_eq!(slow.read(&mut [0; 9]).unwrap_or(0), 0);
    dripping.join().unwrap();
}

/// Sends, and reads no answer: everything is full then, and the server gives that client up.
#[test]
fn dor_27_a_client_that_does_not_read_is_disconnected_and_nobody_waits_for_it() {
    let server = Server::start();
    let deaf = server.connect();
    let sender = thread::spawn(move || {
        let line = [
            b"a line that wants an answer of its own".repeat(10),
            b"\n".to_vec(),
        ]
        .concat();
        let mut sent = 0_u64;
        deaf.set_write_timeout(Some(Duration::from_secs(100)))
            .unwrap();
        let end = loop {
            if let Err(error) = (&deaf).write_all(&line) {
                break error.kind();
            }
            sent += line.len() as u64;
            assert!(sent < 1 << 30, "nobody stops it");
        };
        // The server has gone; that it only does not read, either, is the time-out of this side.
        let is_late = matches!(end, ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!is_late, "nobody gives it up: {end}");
    });
    for _ in 0..10 {
        server.works("beside the deaf one");
        thread::sleep(Duration::from_millis(200));
    }
    sender.join().unwrap();
    server.works("after the deaf one");
}

#[test]
fn dor_27_clients_that_disappear_leave_nothing_behind() {
    let server = Server::start();
    for n in 0..300 {
        let mut client = server.connect();
        match n % 3 {
            0 => {}
            1 => client.write_all(b"half a line").unwrap(),
            _ => client.write_all(b"one\ntwo\nthree").unwrap(),
        }
    }
    server.works("after three hundred");
}
