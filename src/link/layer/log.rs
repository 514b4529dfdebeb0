//! [`Log`]: the layer that writes down what comes past.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::byte_link::{ByteLink, ByteReceiver, ByteSender};
use super::error::LinkError;
use super::object_link::{ObjectLink, ObjectReceiver, ObjectSender};
use super::stack::Layer;
use crate::chunk::{Chain, Chunk};
use crate::link::object::Object;

/// The layer that writes down what comes past: objects, and bytes in hexadecimal, in the diagnostic
/// notation of RFC 8949. (MoaT: `LogMsg`.)
///
/// A line begins with the name that the log was given, and `>` for what is sent, `<` for what is
/// received. The ends and errors are lines, too. Clones write to the same place.
///
/// A log never disturbs the link. If it cannot be written to, it ends, and
/// [`error`](Log::error) says so.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, Listener, Log, Stack, tcp};
/// use iolite::link::object::Object;
///
/// let lines = tempfile::NamedTempFile::new()?;
/// let log = Log::new("x", lines.reopen()?);
/// let listener = Listener::tcp("127.0.0.1:0")?;
/// let address = listener.local_addr().expect("TCP has one");
/// let stack = Stack::new("tcp", move || tcp(address, Duration::from_secs(5)))
///     .layer(log.clone())
///     .layer(Framed::new("cbor_buf", CborSequence::default))
///     .layer(log);
/// stack.run(|link| link.send(Object::encode(&(1, "one")).expect("plain")))?;
/// assert_eq!(
///     std::fs::read_to_string(lines.path())?,
///     "x> [1, \"one\"]\nx> h'8201636f6e65'\nx> end\nx> end\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "LogMsg")]
#[derive(Clone)]
pub struct Log {
    name: Arc<str>,
    out: Arc<Mutex<Out>>,
}

/// Where the lines go, until that fails.
type Out = Result<Box<dyn Write + Send>, io::Error>;

impl Log {
    /// A log whose lines begin with `name`, and go to `out`, one write each.
    pub fn new(name: impl Into<Arc<str>>, out: impl Write + Send + 'static) -> Log {
        Log {
            name: name.into(),
            out: Arc::new(Mutex::new(Ok(Box::new(out)))),
        }
    }

    /// The same log with another name in its lines.
    pub fn named(&self, name: impl Into<Arc<str>>) -> Log {
        Log {
            name: name.into(),
            out: Arc::clone(&self.out),
        }
    }

    /// Writes down text that came beside the objects, a line each.
    pub fn console(&self, text: &[u8]) {
        for line in String::from_utf8_lossy(text).lines() {
            self.line('|', &line);
        }
    }

    /// Why nothing is written any more, if that is so.
    pub fn error(&self) -> Option<io::ErrorKind> {
        self.out().as_ref().err().map(io::Error::kind)
    }

    fn over<H>(&self, below: H) -> Logged<H> {
        let log = self.clone();
        Logged { below, log }
    }

    fn out(&self) -> MutexGuard<'_, Out> {
        // A writer that panicked has lost a line at most.
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, direction: char, what: &dyn fmt::Display) {
        let line = format!("{}{direction} {what}\n", self.name);
        let mut out = self.out();
        if let Ok(writer) = &mut *out
            && let Err(error) = writer.write_all(line.as_bytes())
        {
            *out = Err(error);
        }
    }

    /// Writes down the outcome of a call that sends.
    fn sent<T>(&self, outcome: Result<T, LinkError>) -> Result<T, LinkError> {
        outcome.inspect_err(|error| self.line('>', &Failed(error)))
    }

    /// Writes down that the direction was ended.
    fn ended(&self, outcome: Result<(), LinkError>) -> Result<(), LinkError> {
        if outcome.is_ok() {
            self.line('>', &END);
        }
        self.sent(outcome)
    }

    /// Writes down the outcome of a call that receives: nothing where nothing came in time.
    fn received<T>(
        &self,
        outcome: Result<T, LinkError>,
        line: impl FnOnce(&T),
    ) -> Result<T, LinkError> {
        match &outcome {
            Ok(value) => line(value),
            Err(error) if error.is_would_block() => {}
            Err(error) => self.line('<', &Failed(error)),
        }
        outcome
    }

    fn received_object(
        &self,
        outcome: Result<Option<Object>, LinkError>,
    ) -> Result<Option<Object>, LinkError> {
        self.received(outcome, |object| match object {
            Some(object) => self.line('<', &object.diagnostic()),
            None => self.line('<', &END),
        })
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The line of an end.
const END: &str = "end";

/// The line of an error.
struct Failed<'a>(&'a LinkError);

impl fmt::Display for Failed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.0)
    }
}

/// The line of some bytes.
struct HexBytes<'a>(&'a [u8]);

impl fmt::Display for HexBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("h'")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("'")
    }
}

/// A half, and where it is written down.
struct Logged<H> {
    below: H,
    log: Log,
}

impl Layer<ByteLink> for Log {
    type Link = ByteLink;

    fn name(&self) -> String {
        "log_raw".to_owned()
    }

    fn set_up(&self, parent: ByteLink) -> Result<ByteLink, LinkError> {
        let (receiver, sender, abort) = parent.split();
        Ok(ByteLink::new(self.over(receiver), self.over(sender), abort))
    }
}

impl ByteReceiver for Logged<Box<dyn ByteReceiver>> {
    fn recv_to(&mut self, buf: &mut [u8]) -> Result<usize, LinkError> {
        let outcome = self.below.recv_to(buf);
        self.log.received(outcome, |&received| match received {
            0 if buf.is_empty() => {}
            0 => self.log.line('<', &END),
            _ => self
                .log
                .line('<', &HexBytes(&buf[..received.min(buf.len())])),
        })
    }

    fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        self.below.wait(timeout)
    }

    fn close(&mut self) -> Result<(), LinkError> {
        self.below.close()
    }
}

impl ByteSender for Logged<Box<dyn ByteSender>> {
    fn send_chain(&mut self, chain: &mut Chain) -> Result<(), LinkError> {
        let before = chain.to_chunk();
        let outcome = self.below.send_chain(chain);
        let taken: Chunk = before.slice(..before.len().saturating_sub(chain.len()));
        if !taken.is_empty() {
            self.log.line('>', &HexBytes(&taken));
        }
        self.log.sent(outcome)
    }

    fn shutdown(&mut self) -> Result<(), LinkError> {
        let outcome = self.below.shutdown();
        self.log.ended(outcome)
    }
}

impl Layer<ObjectLink> for Log {
    type Link = ObjectLink;

    fn name(&self) -> String {
        "log".to_owned()
    }

    fn set_up(&self, parent: ObjectLink) -> Result<ObjectLink, LinkError> {
        let (receiver, sender, abort) = parent.split();
        Ok(ObjectLink::new(
            self.over(receiver),
            self.over(sender),
            abort,
        ))
    }
}

impl ObjectReceiver for Logged<Box<dyn ObjectReceiver>> {
    fn recv(&mut self) -> Result<Option<Object>, LinkError> {
        let outcome = self.below.recv();
        self.log.received_object(outcome)
    }

    fn recv_until(&mut self, deadline: Instant) -> Result<Option<Object>, LinkError> {
        let outcome = self.below.recv_until(deadline);
        self.log.received_object(outcome)
    }

    fn buffered(&mut self) -> Result<Option<Object>, LinkError> {
        match self.below.buffered() {
            // Not the end, but nothing more for now.
            Ok(None) => Ok(None),
            outcome => self.log.received_object(outcome),
        }
    }

    fn close(&mut self) -> Result<(), LinkError> {
        self.below.close()
    }
}

impl ObjectSender for Logged<Box<dyn ObjectSender>> {
    fn feed(&mut self, object: Object) -> Result<(), LinkError> {
        self.log.line('>', &object.diagnostic());
        let outcome = self.below.feed(object);
        self.log.sent(outcome)
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        let outcome = self.below.flush();
        self.log.sent(outcome)
    }

    fn shutdown(&mut self) -> Result<(), LinkError> {
        let outcome = self.below.shutdown();
        self.log.ended(outcome)
    }
}
