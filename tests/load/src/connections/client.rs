//! A connection as the client sees it: what was sent, and what has to come back.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_linger;

use super::words::{KINDS, Kind};
use crate::random::Random;

/// Longer than the server lets a line be.
const TOO_LONG: usize = 2 * super::served::LINE;

pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.read(bytes),
            Socket::Unix(socket) => socket.read(bytes),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(socket) => socket.write(bytes),
            Socket::Unix(socket) => socket.write(bytes),
        }
    }

    fn end(&self) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => socket.shutdown(Shutdown::Write),
            Socket::Unix(socket) => socket.shutdown(Shutdown::Write),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Socket::Tcp(socket) => socket.as_fd(),
            Socket::Unix(socket) => socket.as_fd(),
        }
    }
}

pub(super) struct Client {
    pub(super) socket: Socket,
    kind: &'static Kind,
    lines: u64,
    /// Bytes to be sent, and how many of them were.
    to_send: Vec<u8>,
    sent: usize,
    /// Bytes that have to come, and how many of them did.
    expected: Vec<u8>,
    came: usize,
    /// Whether the end has to come behind them.
    ends: bool,
    /// A slow one does not read for a while.
    pub(super) reads: bool,
    /// Since when something is to come.
    since: Instant,
}

/// What a client has come to.
#[derive(Debug, PartialEq)]
pub(super) enum Stand {
    /// There is more to be sent or to come.
    Busy,
    Idle,
    /// The end has come, where it had to.
    Ended,
}

impl Client {
    /// Number `number` of all: which decides how it is served, and over which kind of socket.
    pub(super) fn connect(number: usize, folder: &Path, ports: &[u16]) -> io::Result<Client> {
        let kind = number % KINDS.len();
        let socket = if (number / KINDS.len()).is_multiple_of(2) {
            let socket = TcpStream::connect(("127.0.0.1", ports[kind]))?;
            socket.set_nonblocking(true)?;
            socket.set_nodelay(true)?;
            Socket::Tcp(socket)
        } else {
            // Waits where the server has not accepted those before it.
            let socket = UnixStream::connect(folder.join(format!("socket{kind}")))?;
            socket.set_nonblocking(true)?;
            Socket::Unix(socket)
        };
        Ok(Client {
            socket,
            kind: &KINDS[kind],
            lines: 0,
            to_send: Vec::new(),
            sent: 0,
            expected: Vec::new(),
            came: 0,
            ends: false,
            reads: true,
            since: Instant::now(),
        })
    }

    fn queue(&mut self, bytes: &[u8], back: &[u8]) {
        if self.came == self.expected.len() {
            self.since = Instant::now();
        }
        self.to_send.extend(bytes);
        self.expected.extend(back);
    }

    /// Lines that come back.
    pub(super) fn say(&mut self, number: usize, random: &mut Random) {
        for _ in 0..number {
            self.lines += 1;
            // In UTF-8, of which the server has its limit, three times as much at most.
            let length = *random.pick(&[0, 20, 50, 50, 100, 100, 300, 1300]);
            let line = self.kind.line(self.lines, length, random);
            let (sent_end, back) = (self.kind.line_end(random), self.kind.ascii("\n"));
            self.queue(
                &[&line[..], &sent_end].concat(),
                &[&line[..], &back].concat(),
            );
        }
    }

    /// The first half of a line, and the second one.
    pub(super) fn say_half(&mut self, which: usize) {
        let half = self.kind.ascii(&"half of a line ".repeat(7));
        let newline = self.kind.ascii("\n");
        match which {
            0 => self.queue(&half, b""),
            _ => self.queue(
                &[&half[..], &newline].concat(),
                &[&half[..], &half, &newline].concat(),
            ),
        }
    }

    /// A line that is too long, behind which the connection is closed with a word.
    pub(super) fn say_too_much(&mut self, random: &mut Random) {
        self.say(1, random);
        let line = self.kind.ascii(&"x".repeat(TOO_LONG));
        self.queue(&line, &self.kind.ascii("!long\n"));
        self.ends = true;
    }

    /// What is malformed: comes back replaced, or is the end.
    pub(super) fn say_malformed(&mut self, random: &mut Random) {
        self.say(1, random);
        let newline = self.kind.ascii("\n");
        match self.kind.malformed {
            Some((bytes, Some(replaced))) => {
                self.queue(&[bytes, &newline].concat(), &[replaced, &newline].concat());
            }
            Some((bytes, None)) => {
                self.queue(
                    &[bytes, &newline].concat(),
                    &self.kind.ascii("!malformed\n"),
                );
                self.ends = true;
            }
            None => {}
        }
    }

    /// No more will be said: half closed when all is sent, and then the end has to come.
    pub(super) fn end(&mut self) -> io::Result<()> {
        assert_eq!(self.sent, self.to_send.len(), "it has something to say");
        if !self.ends {
            self.ends = true;
            self.since = Instant::now();
            self.socket.end()?;
        }
        Ok(())
    }

    /// Whether there is something left to be sent.
    pub(super) fn is_sending(&self) -> bool {
        self.sent < self.to_send.len()
    }

    /// Sends some of it, at most so many bytes; whether the socket took them.
    pub(super) fn send(&mut self, most: usize) -> io::Result<bool> {
        let rest = &self.to_send[self.sent..];
        let rest = &rest[..rest.len().min(most)];
        match self.socket.write(rest) {
            Ok(length) => self.sent += length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            // After a line that is none: nobody reads the rest.
            Err(_) if self.ends => self.sent = self.to_send.len(),
            Err(error) => return Err(error),
        }
        if !self.is_sending() {
            (self.to_send, self.sent) = (Vec::new(), 0);
        }
        Ok(true)
    }

    /// Takes what has come.
    pub(super) fn receive(&mut self) -> Result<Stand, String> {
        let mut bytes = [0; 16 * 1024];
        loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => return self.ended("the end"),
                Ok(length) => self.compare(&bytes[..length])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(self.stand()),
                Err(error) => return self.ended(&error.to_string()),
            }
        }
    }

    fn compare(&mut self, bytes: &[u8]) -> Result<(), String> {
        let expected = &self.expected[self.came..];
        if !expected.starts_with(bytes) {
            let name = self.kind.name;
            let part = |bytes: &[u8]| bytes[..bytes.len().min(60)].escape_ascii().to_string();
            let (came, expected) = (part(bytes), part(expected));
            return Err(format!("{name}: {came:?} instead of {expected:?}"));
        }
        self.came += bytes.len();
        self.since = Instant::now();
        if self.came == self.expected.len() {
            (self.expected, self.came) = (Vec::new(), 0);
        }
        Ok(())
    }

    fn ended(&self, how: &str) -> Result<Stand, String> {
        if self.ends && self.expected.is_empty() {
            return Ok(Stand::Ended);
        }
        let lost = self.expected.len() - self.came;
        Err(format!(
            "{}: {how}, and {lost} bytes were lost",
            self.kind.name
        ))
    }

    pub(super) fn stand(&self) -> Stand {
        if self.is_sending() || !self.expected.is_empty() || self.ends {
            Stand::Busy
        } else {
            Stand::Idle
        }
    }

    /// What was lost, if something did not come in time.
    pub(super) fn overdue(&self, patience: Duration) -> Option<String> {
        let waits = self.reads && !self.is_sending() && self.stand() == Stand::Busy;
        (waits && self.since.elapsed() > patience).then(|| {
            let missing = self.expected.len() - self.came;
            format!(
                "{}: {missing} bytes did not come, {}",
                self.kind.name, self.ends
            )
        })
    }

    /// Closed at once, with a reset where there is such a thing.
    pub(super) fn reset(self) -> io::Result<()> {
        if let Socket::Tcp(socket) = &self.socket {
            set_socket_linger(socket, Some(Duration::ZERO))?;
        }
        Ok(())
    }
}
