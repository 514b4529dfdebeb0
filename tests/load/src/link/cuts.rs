//! Connections that do not end in good order.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use iolite::link::driver::Connection;
use iolite::link::layer::ByteLink;
use iolite::link::request::Channel;
use rustix::net::sockopt::set_socket_linger;

use super::client::{Address, connection, count, is_busy};
use crate::random::Random;

/// How many are open at a time.
const OPEN: usize = 12;

/// A connection that will be cut.
enum Victim {
    /// Bytes by hand, up to any of them.
    Raw(Socket),
    /// A stream without end, and the socket below it.
    Streaming(Box<(Channel, Connection)>, Socket),
}

/// A socket of either family.
enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    fn connect(address: &Address) -> io::Result<Socket> {
        Ok(match address {
            Address::Tcp(port) => Socket::Tcp(TcpStream::connect(("127.0.0.1", *port))?),
            Address::Unix(path) => Socket::Unix(UnixStream::connect(path)?),
        })
    }

    fn link(&self) -> Result<ByteLink, String> {
        let text = |error: &dyn ToString| error.to_string();
        match self {
            Socket::Tcp(socket) => {
                let twin = socket.try_clone().map_err(|error| text(&error))?;
                ByteLink::try_from(twin).map_err(|error| text(&error))
            }
            Socket::Unix(socket) => {
                let twin = socket.try_clone().map_err(|error| text(&error))?;
                ByteLink::try_from(twin).map_err(|error| text(&error))
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => socket.write_all(bytes),
            Socket::Unix(socket) => socket.write_all(bytes),
        }
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => socket.shutdown(how),
            Socket::Unix(socket) => socket.shutdown(how),
        }
    }

    /// Closing it is a reset then. (A Unix socket's peer sees one if anything was not read.)
    fn reset(self) -> io::Result<()> {
        if let Socket::Tcp(socket) = &self {
            set_socket_linger(socket, Some(Duration::ZERO))?;
        }
        Ok(())
    }

    /// What comes until the end.
    fn rest(&mut self) -> io::Result<usize> {
        let mut rest = Vec::new();
        let limit = Some(Duration::from_secs(60));
        match self {
            Socket::Tcp(socket) => {
                socket.set_read_timeout(limit)?;
                socket.read_to_end(&mut rest)
            }
            Socket::Unix(socket) => {
                socket.set_read_timeout(limit)?;
                socket.read_to_end(&mut rest)
            }
        }
    }
}

pub(super) struct Cutter<'a> {
    addresses: [&'a Address; 2],
    random: Random,
    victims: Vec<Option<Victim>>,
    cut: BTreeMap<&'static str, u64>,
}

impl<'a> Cutter<'a> {
    pub(super) fn new(addresses: [&'a Address; 2], seed: u64) -> Cutter<'a> {
        Cutter {
            addresses,
            random: Random::new(!seed),
            victims: (0..OPEN).map(|_| None).collect(),
            cut: BTreeMap::new(),
        }
    }

    /// Cuts a connection, and makes another one in its place.
    pub(super) fn cut(&mut self) -> Result<(), String> {
        let place = self.random.below(OPEN);
        if let Some(victim) = self.victims[place].take() {
            let (way, outcome) = end(victim, &mut self.random);
            *self.cut.entry(way).or_default() += 1;
            match outcome {
                Err(error) if !is_cut(error.kind()) => return Err(format!("{way}: {error}")),
                _ => {}
            }
        }
        self.victims[place] = Some(self.victim()?);
        Ok(())
    }

    fn victim(&mut self) -> Result<Victim, String> {
        let address = *self.random.pick(&self.addresses);
        let mut socket = Socket::connect(address).map_err(|error| error.to_string())?;
        if self.random.one_in(6) {
            let connection = connection(socket.link()?).map_err(|error| error.to_string())?;
            match count(&connection, None) {
                Ok(stream) => return Ok(Victim::Streaming(Box::new((stream, connection)), socket)),
                // Bytes by hand, then.
                Err(error) if is_busy(&error) => {
                    drop(connection);
                    socket = Socket::connect(address).map_err(|error| error.to_string())?;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
        let bytes = conversation(&mut self.random);
        let end = self.random.below(bytes.len() + 1);
        match socket.write(&bytes[..end]) {
            // What was malformed has already ended it.
            Err(error) if !is_cut(error.kind()) => Err(error.to_string()),
            _ => Ok(Victim::Raw(socket)),
        }
    }

    /// How many were cut, and how.
    pub(super) fn end(self) -> BTreeMap<&'static str, u64> {
        self.cut
    }
}

fn is_cut(kind: ErrorKind) -> bool {
    [
        ErrorKind::ConnectionReset,
        ErrorKind::BrokenPipe,
        ErrorKind::NotConnected,
    ]
    .contains(&kind)
}

fn end(victim: Victim, random: &mut Random) -> (&'static str, io::Result<()>) {
    match victim {
        Victim::Streaming(open, socket) if random.one_in(2) => {
            let outcome = socket.shutdown(Shutdown::Both);
            drop(open);
            ("a stream, shut down", outcome)
        }
        Victim::Streaming(open, _) => {
            drop(open.1);
            ("a stream, closed", Ok(()))
        }
        Victim::Raw(mut socket) => match random.below(4) {
            0 => ("reset", socket.reset()),
            1 => ("shut down both ways", socket.shutdown(Shutdown::Both)),
            2 => {
                let outcome = socket.shutdown(Shutdown::Write);
                (
                    "half closed, read to the end",
                    outcome.and_then(|()| socket.rest().map(drop)),
                )
            }
            _ => ("closed", Ok(())),
        },
    }
}

/// Calls, streams without end, items, cancels, and perhaps what is no message, as bytes.
fn conversation(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for id in 0..1 + random.below(20) as u32 {
        match random.below(4) {
            // A call with two arguments; the head is the call's number and, in two bits, what it is.
            0 => bytes.extend(message(4 * id, 3, b"\x81\x64echo\x01\x63two")),
            // A stream without end, and credit for a hundred items.
            1 if random.one_in(8) => {
                bytes.extend(message(4 * id + 1, 1, b"\x81\x65count"));
                bytes.extend(message(4 * id + 3, 1, b"\x18\x64"));
            }
            // A stream that is opened and cancelled at once.
            2 => {
                bytes.extend(message(4 * id + 1, 1, b"\x81\x64echo"));
                bytes.extend(message(4 * id + 2, 1, b"\x22"));
            }
            _ if random.one_in(10) => bytes.extend(b"\xff\xff"),
            _ => bytes.extend(message(4 * id, 1, b"\x81\x65other")),
        }
    }
    bytes
}

/// `[head, …]`, with a head of four bytes and so many items behind it; the first one is the path.
fn message(head: u32, items: u8, behind: &[u8]) -> Vec<u8> {
    [&[0x81 + items, 0x1a], &head.to_be_bytes()[..], behind].concat()
}
