//! Waiting for bytes where there is no `poll`: a socket looks at the next byte, with a time-out.

#[cfg(all(feature = "socket", windows))]
mod socket {
    use std::io::{self, ErrorKind};
    use std::mem::MaybeUninit;
    use std::thread;
    use std::time::{Duration, Instant};

    use socket2::Socket;

    use super::super::WaitRead;
    use crate::error::Error;
    use crate::raw::socket::SocketStream;
    use crate::raw::unread::GiveBack;

    /// The shortest time-out: one of zero would be none. A socket that does not wait is asked this often.
    const LEAST: Duration = Duration::from_millis(1);

    impl<const READS: bool, const WRITES: bool> WaitRead for SocketStream<READS, WRITES> {
        fn wait_read(&mut self, time: Duration) -> io::Result<bool> {
            if !GiveBack::unread(self).is_empty() {
                return Ok(true);
            }
            let socket = self.get_ref().ok_or(Error::Closed)?;
            let before = socket.read_timeout()?;
            socket.set_read_timeout(Some(time.max(LEAST)))?;
            let seen = look(socket, time);
            socket.set_read_timeout(before)?;
            seen
        }
    }

    fn look(socket: &Socket, time: Duration) -> io::Result<bool> {
        let deadline = Instant::now().checked_add(time);
        loop {
            let seen = socket.peek(&mut [MaybeUninit::uninit()]);
            match seen.map_err(|error| (error.kind(), error)) {
                Err((ErrorKind::TimedOut, _)) => return Ok(false),
                // It is non-blocking, and has no time-out.
                Err((ErrorKind::WouldBlock, _)) => {
                    if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                        return Ok(false);
                    }
                    thread::sleep(LEAST);
                }
                Err((ErrorKind::Interrupted, error)) => return Err(error),
                // An error is met by the read.
                _ => return Ok(true),
            }
        }
    }
}
