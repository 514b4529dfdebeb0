//! [`Ours`]: two ends of a link in this program.
#![cfg(unix)]

use std::error::Error;
use std::io;
use std::os::unix::net::UnixStream;

use iolite::SocketIo;
use iolite::link::dispatch::StdBase;
use iolite::link::driver::{Connection, ConnectionOptions, Workers};
use iolite::link::frame::CborSequence;
use iolite::link::layer::{ByteLink, Framed, Layer, ObjectLink};
use iolite::link::request::{Channel, Pending};
use iolite::link::session::{CallError, Limits};

/// A connection to a server in this program.
pub(crate) struct Ours {
    pub(crate) client: Connection,
    _server: Connection,
    _workers: Workers,
}

impl Ours {
    pub(crate) fn new() -> io::Result<Ours> {
        let served = StdBase::new("bench")
            .command("add", |(a, b): (i64, i64)| a + b)
            .stream("count", |channel: &mut Channel, number: u64| {
                for item in 0..number {
                    channel.feed(&item)?;
                }
                Ok::<_, CallError>(())
            });
        let workers = Workers::new(1)?;
        let mut limits = Limits::default();
        limits.items = 1024;
        let options = ConnectionOptions::new().limits(limits);
        let (near, far) = UnixStream::pair()?;
        let served = options.clone().serve(served).workers(&workers);
        Ok(Ours {
            client: options.open(object_link(near)?).map_err(other)?,
            _server: served.open(object_link(far)?).map_err(other)?,
            _workers: workers,
        })
    }

    /// Adds 2 and 3 `count` times; returns the sum of the answers.
    pub(crate) fn one_at_a_time(&self, count: usize) -> io::Result<u64> {
        let request = self.client.request();
        let mut sum = 0;
        for _ in 0..count {
            sum += request.call::<u64>("add", &(2, 3)).map_err(other)?;
        }
        Ok(sum)
    }

    /// The same, a hundred calls at once.
    pub(crate) fn in_flight(&self, count: usize) -> io::Result<u64> {
        let request = self.client.request();
        let mut sum = 0;
        for _ in 0..count / 100 {
            let queue = |_| request.queue("add", &(2, 3));
            let pending: Result<Vec<Pending<u64>>, _> = (0..100).map(queue).collect();
            for answer in pending.map_err(other)? {
                sum += answer.wait().map_err(other)?;
            }
        }
        Ok(sum)
    }
}

fn object_link(socket: UnixStream) -> io::Result<ObjectLink> {
    let socket = ByteLink::try_from(SocketIo::from(socket)).map_err(other)?;
    Framed::new("cbor_buf", CborSequence::default)
        .set_up(socket)
        .map_err(other)
}

pub(crate) fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}
