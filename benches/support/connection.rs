//! [`Connection`]: two ends of a stream socket, and a thread at the far one.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};

/// Which sockets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unix,
    Tcp,
}

/// The near end, and what the far one came to.
pub(crate) struct Connection {
    pub(crate) near: OwnedFd,
    far: JoinHandle<io::Result<u64>>,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Unix => "Unix socket",
            Kind::Tcp => "TCP",
        }
    }

    fn pair(self) -> io::Result<(OwnedFd, OwnedFd)> {
        match self {
            Kind::Unix => {
                let (near, far) = UnixStream::pair()?;
                Ok((near.into(), far.into()))
            }
            Kind::Tcp => {
                let listener = TcpListener::bind("127.0.0.1:0")?;
                let near = TcpStream::connect(listener.local_addr()?)?;
                let far = listener.accept()?.0;
                near.set_nodelay(true)?;
                far.set_nodelay(true)?;
                Ok((near.into(), far.into()))
            }
        }
    }

    fn connect(
        self,
        work: impl FnOnce(UnixStream) -> io::Result<u64> + Send + 'static,
    ) -> io::Result<Connection> {
        let (near, far) = self.pair()?;
        // It reads and writes by its descriptor, of whatever family it is.
        let far = thread::spawn(move || work(UnixStream::from(far)));
        Ok(Connection { near, far })
    }

    /// The far end reads 256 KiB at a time, and counts.
    pub(crate) fn reader(self) -> io::Result<Connection> {
        self.connect(|mut socket| {
            let (mut buffer, mut count) = (vec![0; 256 << 10], 0);
            loop {
                match socket.read(&mut buffer)? {
                    0 => return Ok(count),
                    n => count += n as u64,
                }
            }
        })
    }

    /// The far end writes 64-byte lines, 64 KiB at a time, `size` bytes in all.
    pub(crate) fn lines(self, size: usize) -> io::Result<Connection> {
        self.connect(move |mut socket| {
            let block = line().repeat(1024);
            for _ in 0..size / block.len() {
                socket.write_all(&block)?;
            }
            Ok(size as u64)
        })
    }

    /// The far end sends back what it gets, `depth` lines of 64 bytes at a time.
    pub(crate) fn echo(self, depth: usize) -> io::Result<Connection> {
        self.connect(move |mut socket| {
            let (mut requests, mut count) = (vec![0; 64 * depth], 0);
            while socket.read_exact(&mut requests).is_ok() {
                socket.write_all(&requests)?;
                count += depth as u64;
            }
            Ok(count)
        })
    }
}

impl Connection {
    /// The near end as std's socket, of whatever family it is: reads and writes are the same.
    pub(crate) fn split(self) -> (UnixStream, Far) {
        (self.near.into(), Far(self.far))
    }
}

/// The far end.
pub(crate) struct Far(JoinHandle<io::Result<u64>>);

impl Far {
    /// What it counted, after the near end was closed.
    pub(crate) fn join(self) -> io::Result<u64> {
        self.0.join().expect("the far end does not panic")
    }
}

/// A line of 64 bytes.
pub(crate) fn line() -> Vec<u8> {
    let mut line = vec![b'x'; 63];
    line.push(b'\n');
    line
}
