//! The server: one thread, and all connections.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::Path;

use iolite::{Chunk, Pool, SocketIo};
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::served::{Connection, Wait};
use super::words::KINDS;

/// What an event is about: the numbers of listeners begin here, those of connections at 0.
const LISTENERS: u64 = 1 << 32;
const CONTROL: u64 = 1 << 33;

enum Listening {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A mistake that is put in to see that it is noticed: each 50th time.
#[derive(Default)]
struct Fault {
    name: String,
    times: u64,
    held: Vec<Chunk>,
    leaked: Vec<OwnedFd>,
}

impl Fault {
    fn strikes(&mut self, name: &str) -> bool {
        if self.name != name {
            return false;
        }
        self.times += 1;
        self.times.is_multiple_of(50)
    }
}

struct Server {
    epoll: OwnedFd,
    listeners: Vec<Listening>,
    connections: BTreeMap<u64, Open>,
    next: u64,
    fault: Fault,
}

/// A connection, and what its socket is asked for.
struct Open {
    connection: Connection,
    wait: Wait,
}

/// Listens in the folder, and on ports that the system chooses; until the standard input ends.
pub(super) fn serve(folder: &Path, fault: &str) -> io::Result<()> {
    let mut server = Server {
        epoll: epoll::create(CreateFlags::CLOEXEC)?,
        listeners: Vec::new(),
        connections: BTreeMap::new(),
        next: 0,
        fault: Fault {
            name: fault.to_owned(),
            ..Fault::default()
        },
    };
    let mut ports = Vec::new();
    for number in 0..KINDS.len() {
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        tcp.set_nonblocking(true)?;
        ports.push(tcp.local_addr()?.port().to_string());
        let unix = UnixListener::bind(folder.join(format!("socket{number}")))?;
        unix.set_nonblocking(true)?;
        for listener in [Listening::Tcp(tcp), Listening::Unix(unix)] {
            let data = EventData::new_u64(LISTENERS + server.listeners.len() as u64);
            epoll::add(&server.epoll, descriptor(&listener), data, EventFlags::IN)?;
            server.listeners.push(listener);
        }
    }
    let control = EventData::new_u64(CONTROL);
    epoll::add(&server.epoll, io::stdin(), control, EventFlags::IN)?;
    println!("LISTENING {}", ports.join(" "));
    server.run()
}

fn descriptor(listener: &Listening) -> BorrowedFd<'_> {
    match listener {
        Listening::Tcp(listener) => listener.as_fd(),
        Listening::Unix(listener) => listener.as_fd(),
    }
}

impl Server {
    fn run(&mut self) -> io::Result<()> {
        let mut events: Vec<Event> = Vec::with_capacity(256);
        loop {
            events.clear();
            match epoll::wait(
                &self.epoll,
                rustix::buffer::spare_capacity(&mut events),
                None,
            ) {
                Err(rustix::io::Errno::INTR) => continue,
                outcome => outcome?,
            };
            for event in &events {
                // Out of a packed structure.
                let data = event.data;
                match data.u64() {
                    CONTROL => {
                        if !self.control()? {
                            return Ok(());
                        }
                    }
                    number if number >= LISTENERS => self.accept((number - LISTENERS) as usize)?,
                    number => self.turn(number),
                }
            }
        }
    }

    /// Accepts all who wait.
    fn accept(&mut self, listener: usize) -> io::Result<()> {
        loop {
            let socket = match &self.listeners[listener] {
                Listening::Tcp(listener) => listener.accept().map(|(socket, _)| {
                    // Fails where the peer has gone already.
                    let _ = socket.set_nodelay(true);
                    SocketIo::from(socket)
                }),
                Listening::Unix(listener) => listener.accept().map(|(socket, _)| socket.into()),
            };
            match socket {
                Ok(socket) => self.open(socket, listener / 2)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // Who was reset before he was accepted.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn open(&mut self, socket: SocketIo, kind: usize) -> io::Result<()> {
        let number = self.next;
        self.next += 1;
        let inner = socket.get_ref().expect("it is open");
        inner.set_nonblocking(true)?;
        let data = EventData::new_u64(number);
        epoll::add(&self.epoll, inner, data, EventFlags::IN)?;
        let connection = Connection::new(socket, KINDS[kind].served)?;
        self.connections.insert(
            number,
            Open {
                connection,
                wait: Wait::Readable,
            },
        );
        Ok(())
    }

    fn turn(&mut self, number: u64) {
        let Some(open) = self.connections.get_mut(&number) else {
            return;
        };
        let fault = &mut self.fault;
        let outcome = open.connection.turn(&mut || !fault.strikes("reply"));
        if fault.strikes("buffer") {
            fault.held.extend(open.connection.hold());
        }
        match outcome {
            Ok(wait) if wait == open.wait => {}
            Ok(wait @ (Wait::Readable | Wait::Writable)) => {
                let flags = match wait {
                    Wait::Readable => EventFlags::IN,
                    _ => EventFlags::OUT,
                };
                open.wait = wait;
                let data = EventData::new_u64(number);
                let socket = open.connection.socket().expect("it is open");
                epoll::modify(&self.epoll, socket, data, flags).expect("it is in the set");
            }
            // It is over, or the peer has cut it: closing the socket takes it out of the set.
            Ok(Wait::Nothing) | Err(_) => {
                if fault.strikes("descriptor") {
                    let socket = open.connection.socket();
                    let twin = socket.and_then(|socket| socket.try_clone().ok());
                    // The peer sees the end all the same.
                    fault.leaked.extend(twin.map(|twin| {
                        let _ = twin.shutdown(Shutdown::Both);
                        OwnedFd::from(twin)
                    }));
                }
                self.connections.remove(&number);
            }
        }
    }

    /// Does what a line of the standard input says; `false` at its end.
    fn control(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 64];
        let length = rustix::io::read(io::stdin(), &mut bytes)?;
        let words = String::from_utf8_lossy(&bytes[..length]);
        for word in words.lines() {
            if word == "trim" {
                Pool::global().trim();
            }
            let stats = Pool::global().stats();
            let unread: usize = self
                .connections
                .values()
                .map(|open| open.connection.unread())
                .sum();
            println!(
                "{} {unread} {} {}",
                self.connections.len(),
                stats.outstanding,
                stats.cached_bytes
            );
            io::stdout().flush()?;
        }
        Ok(length > 0)
    }
}
