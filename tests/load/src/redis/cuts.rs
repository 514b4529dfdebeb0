//! Connections that do not end in good order.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use super::talk::{Talker, command};
use crate::random::Random;

/// How many are open at a time.
const OPEN: usize = 16;

/// How one ends. What had come by then was the beginning of what had to come, in all of them.
const WAYS: [&str; 7] = [
    "reset",
    "closed",
    "closed unread",
    "half closed, read to the end",
    "shut down both ways",
    "killed by the server",
    "after what is no command",
];

/// A connection that will be cut: commands up to any byte were written.
struct Victim {
    stream: TcpStream,
    name: String,
    expected: Vec<u8>,
    came: Vec<u8>,
    id: Vec<u8>,
    /// Whether it ends with a whole command.
    is_whole: bool,
}

pub(super) struct Cutter {
    address: String,
    upstream: PathBuf,
    random: Random,
    victims: Vec<Option<Victim>>,
    made: u64,
    cut: BTreeMap<&'static str, u64>,
}

impl Cutter {
    pub(super) fn new(address: &str, upstream: &Path, seed: u64) -> Cutter {
        Cutter {
            address: address.to_owned(),
            upstream: upstream.to_owned(),
            random: Random::new(!seed),
            victims: (0..OPEN).map(|_| None).collect(),
            made: 0,
            cut: BTreeMap::new(),
        }
    }

    /// Cuts a connection, and makes another one in its place.
    pub(super) fn cut(&mut self) -> Result<(), String> {
        let place = self.random.below(OPEN);
        if let Some(mut victim) = self.victims[place].take() {
            let mut way = *self.random.pick(&WAYS);
            if way == "after what is no command" && !victim.is_whole {
                // It would be a part of the command that was cut.
                way = "reset";
            }
            *self.cut.entry(way).or_default() += 1;
            let outcome = victim_ends(&mut victim, way, &self.upstream);
            let wrong = |what: &str| format!("{} ({way}): {what}", victim.name);
            match outcome {
                Err(error) if !is_cut(error.kind()) => return Err(wrong(&error.to_string())),
                _ => {}
            }
            if !victim.expected.starts_with(&victim.came) {
                return Err(wrong("another reply than expected"));
            }
        }
        // A name comes again when nothing of the one before can be under way.
        let name = format!("victim{}", self.made % 1000);
        self.made += 1;
        let made = self.victim(name.clone());
        self.victims[place] = Some(made.map_err(|error| format!("{name}: {error}"))?);
        Ok(())
    }

    fn victim(&mut self, name: String) -> std::io::Result<Victim> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(super::PATIENCE))?;
        let (mut talker, first) = Talker::new(name.clone(), self.random.number());
        let more = talker.batch(self.random.below(30));
        let mut expected = first.replies;
        expected.extend(more.replies);
        let mut commands = first.commands;
        commands.extend(more.commands);
        stream.write_all(&command(&[b"CLIENT", b"ID"]))?;
        let id = read_number(&mut stream)?;
        let is_whole = self.random.one_in(3);
        let end = match is_whole {
            true => commands.len(),
            false => self.random.below(commands.len()),
        };
        stream.write_all(&commands[..end])?;
        Ok(Victim {
            stream,
            name,
            expected,
            came: Vec::new(),
            id,
            is_whole,
        })
    }

    /// Closes what is still open; how many were cut, and how.
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

/// `:12\r\n`
fn read_number(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !line.ends_with(b"\r\n") {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    Ok(line[1..line.len() - 2].to_vec())
}

fn victim_ends(victim: &mut Victim, way: &str, upstream: &Path) -> std::io::Result<()> {
    let Victim {
        stream, came, id, ..
    } = victim;
    match way {
        "reset" => {
            take_some(stream, came)?;
            set_socket_linger(&stream, Some(Duration::ZERO))?;
        }
        "closed" => take_some(stream, came)?,
        "half closed, read to the end" => {
            stream.shutdown(Shutdown::Write)?;
            stream.read_to_end(came)?;
        }
        "shut down both ways" => stream.shutdown(Shutdown::Both)?,
        "killed by the server" => {
            let mut direct = UnixStream::connect(upstream)?;
            direct.write_all(&command(&[b"CLIENT", b"KILL", b"ID", id]))?;
            stream.read_to_end(came)?;
        }
        "after what is no command" => {
            stream.write_all(b"\r\n?\r\n\r\n\r\n")?;
            stream.shutdown(Shutdown::Write)?;
            stream.read_to_end(came)?;
        }
        _ => {}
    }
    Ok(())
}

/// What is there.
fn take_some(stream: &mut TcpStream, came: &mut Vec<u8>) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    match stream.read_to_end(came) {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}
