//! Connecting by TCP. std repeats an interrupted call itself; here the interrupt hook is called
//! first.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use crate::error::retry;

/// The outer error is the interrupt hook's and ends the whole call; with the inner one the next
/// address can be tried.
pub(super) fn connect(address: &SocketAddr) -> io::Result<io::Result<Socket>> {
    let socket = match stream_for(address) {
        Ok(socket) => socket,
        Err(error) => return Ok(Err(error)),
    };
    let target = (*address).into();
    // An interrupted connect continues in the kernel: when it is repeated the socket may be
    // connected already (`EISCONN`), or still be connecting (`EALREADY`), which is waited for.
    let mut is_first = true;
    let connected = retry(|| {
        let mut connected = socket.connect(&target);
        if !std::mem::replace(&mut is_first, false) {
            connected = match connected.as_ref().map_err(number) {
                Err(Some(Errno::ISCONN)) => Ok(()),
                Err(Some(Errno::ALREADY)) => outcome(&socket, None),
                _ => connected,
            };
        }
        match connected {
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            connected => Ok(connected),
        }
    })?;
    Ok(connected.map(|()| socket))
}

pub(super) fn connect_timeout(address: &SocketAddr, timeout: Duration) -> io::Result<Socket> {
    if timeout.is_zero() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let socket = stream_for(address)?;
    // `None` if the deadline is later than the clock can count.
    let deadline = Instant::now().checked_add(timeout);
    socket.set_nonblocking(true)?;
    match socket.connect(&(*address).into()) {
        Err(error) if is_on_its_way(&error) => retry(|| outcome(&socket, deadline))?,
        done => done?,
    }
    socket.set_nonblocking(false)?;
    Ok(socket)
}

fn stream_for(address: &SocketAddr) -> io::Result<Socket> {
    Socket::new(
        Domain::for_address(*address),
        Type::STREAM,
        Some(Protocol::TCP),
    )
}

fn is_on_its_way(error: &io::Error) -> bool {
    matches!(
        number(error),
        Some(Errno::INPROGRESS | Errno::INTR | Errno::WOULDBLOCK)
    )
}

fn number(error: &io::Error) -> Option<Errno> {
    error.raw_os_error().map(Errno::from_raw_os_error)
}

/// Waits until a connection is made or refused, and returns the outcome.
fn outcome(socket: &Socket, deadline: Option<Instant>) -> io::Result<()> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let left = left.and_then(|left| Timespec::try_from(left).ok());
    let mut sockets = [PollFd::new(socket, PollFlags::OUT)];
    if poll(&mut sockets, left.as_ref())? == 0 {
        return Err(ErrorKind::TimedOut.into());
    }
    match socket.take_error()? {
        None => Ok(()),
        Some(error) => Err(error),
    }
}
