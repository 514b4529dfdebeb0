//! A link to a child process: [`process`].

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::abort::AbortHandle;
use super::byte_link::{ByteLink, ByteReceiver};
use super::device::{DeviceReceiver, DeviceSender};
use super::error::LinkError;
use super::interruptible::{Interruptible, WakePipe};

/// Starts a program, sends to its standard input and receives from its standard output. Its standard
/// error is what `command` says: by default this program's own.
///
/// # How it ends
///
/// [`shutdown`](ByteLink::shutdown) ends the child's input, which is what most programs end by.
/// [`close`](ByteLink::close) does so as well, throws away what the child still writes, and waits for
/// its end: for `grace` at most, then the child is killed. How it ended is the result:
/// [`LinkError::Child`] unless that was success. A drop does the same in silence, and an abort kills
/// the child at once. In no case a zombie is left.
///
/// # Errors
///
/// The system's, if the program cannot be started.
///
/// # Examples
///
/// ```
/// use std::process::Command;
/// use std::time::Duration;
/// use iolite::Chunk;
/// use iolite::link::layer::process;
///
/// # if cfg!(unix) {
/// let mut link = process(&mut Command::new("cat"), Duration::from_secs(5))?;
/// link.send(Chunk::from("echo"))?;
/// assert_eq!(link.recv(100)?, "echo");
/// link.close()?;
/// # }
/// # Ok::<(), iolite::link::layer::LinkError>(())
/// ```
#[doc(alias = "ProcessBuf")]
pub fn process(command: &mut Command, grace: Duration) -> Result<ByteLink, LinkError> {
    let wake = WakePipe::new()?;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let pipes = (child.stdin.take(), child.stdout.take());
    let child = Arc::new(Mutex::new(child));
    let reaper = Reaper {
        child: Arc::clone(&child),
        grace,
    };
    let (Some(input), Some(output)) = pipes else {
        return Err(LinkError::Closed);
    };
    let abort = AbortHandle::new({
        let wake = Arc::clone(&wake);
        move || {
            // First, since whoever is woken up may be the one who waits for the child's end. It fails
            // only where the child has ended.
            let _ = lock(&child).kill();
            wake.wake();
        }
    });
    let output = Interruptible::new(output, &wake);
    let receiver = ProcessReceiver {
        output: Some(DeviceReceiver::new(output, abort.clone())),
        reaper,
    };
    let input = Interruptible::new(input, &wake);
    let sender = DeviceSender::new(input, abort.clone());
    Ok(ByteLink::new(receiver, sender, abort))
}

struct ProcessReceiver {
    /// `None` once closed. Before the reaper, so that a drop closes the pipe first: a child that
    /// writes into it would otherwise wait, and be waited for.
    output: Option<DeviceReceiver<Interruptible>>,
    reaper: Reaper,
}

impl ByteReceiver for ProcessReceiver {
    fn recv_to(&mut self, buf: &mut [u8]) -> Result<usize, LinkError> {
        self.output.as_mut().ok_or(LinkError::Closed)?.recv_to(buf)
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        self.output.as_mut().ok_or(LinkError::Closed)?.wait(timeout)
    }

    fn close(&mut self) -> Result<(), LinkError> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        let deadline = Instant::now().checked_add(self.reaper.grace);
        drain(&mut output, deadline);
        drop(output);
        let status = self.reaper.reap(deadline)?;
        if status.success() {
            Ok(())
        } else {
            Err(LinkError::Child { status })
        }
    }
}

/// Reads until the end, so that a child that still writes can come to its own.
fn drain(output: &mut impl ByteReceiver, deadline: Option<Instant>) {
    let mut buf = [0; 4096];
    let left = || deadline.map_or(FOREVER, |deadline| deadline.duration_since(Instant::now()));
    while let Ok(true) = output.wait(left()) {
        if !matches!(output.recv_to(&mut buf), Ok(1..)) {
            break;
        }
    }
}

/// Longer than anybody waits, and no overflow.
const FOREVER: Duration = Duration::from_secs(1 << 32);

/// What waits for the process to end, at drop at the latest.
struct Reaper {
    child: Arc<Mutex<Child>>,
    /// How long a child may take to end by itself.
    grace: Duration,
}

impl Reaper {
    /// Waits for the end of the child, and from the deadline on makes it end.
    fn reap(&self, deadline: Option<Instant>) -> Result<ExitStatus, LinkError> {
        // std cannot wait for some time only. Most children end at once, so the first looks are close
        // together; the lock is free in between, for an abort.
        let mut pause = Duration::from_micros(100);
        loop {
            let mut child = lock(&self.child);
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                child.kill()?;
                return Ok(child.wait()?);
            }
            drop(child);
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        // Reaped already where the link was closed: std remembers the status.
        let _ = self.reap(Instant::now().checked_add(self.grace));
    }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
