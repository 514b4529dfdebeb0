//! [`ByteLink`], a link of bytes, and its halves [`ByteSender`] and [`ByteReceiver`].

use std::time::Duration;

use super::abort::AbortHandle;
use super::error::LinkError;
use super::halves::link_of_halves;
use crate::chunk::{Chain, Chunk, Pool};
use crate::error::{Operation, checked_count};

/// The sending half of a link of bytes: what a device implements.
pub trait ByteSender: Send {
    /// Sends everything in `chain`, with as few calls of the device as possible, and returns when the
    /// device has taken all of it. What it has taken is gone from the chain, also after an error.
    ///
    /// # Errors
    ///
    /// The device's; [`LinkError::Closed`] after [`shutdown`](ByteSender::shutdown) or an abort.
    fn send_chain(&mut self, chain: &mut Chain) -> Result<(), LinkError>;

    /// Sends these bytes, and returns when the device has taken all of them.
    ///
    /// # Errors
    ///
    /// As for [`send_chain`](ByteSender::send_chain). How much was sent before the error is not known.
    fn send(&mut self, chunk: Chunk) -> Result<(), LinkError> {
        let mut chain = Chain::new();
        chain.push_shared(chunk);
        self.send_chain(&mut chain)
    }

    /// Ends this direction: the peer reads the end after what was sent, and can still answer
    /// (half-close). A second call does nothing.
    ///
    /// # Errors
    ///
    /// The device's.
    fn shutdown(&mut self) -> Result<(), LinkError>;
}

/// The receiving half of a link of bytes: what a device implements.
pub trait ByteReceiver: Send {
    /// Waits until there is at least one byte, and puts what there is at the front of `buf`. Returns
    /// how many bytes that were; 0 is the end, or an empty `buf`.
    ///
    /// # Errors
    ///
    /// The device's: a lost connection is an error, again and again, and never the end.
    /// [`LinkError::Closed`] after an abort.
    #[doc(alias = "recvi")]
    #[doc(alias = "rd")]
    fn recv_to(&mut self, buf: &mut [u8]) -> Result<usize, LinkError>;

    /// Waits until there is at least one byte, and returns what there is: at most `length` bytes,
    /// and at most 64 KiB. Empty is the end, or a length of 0.
    ///
    /// # Errors
    ///
    /// As for [`recv_to`](ByteReceiver::recv_to).
    fn recv(&mut self, length: usize) -> Result<Chunk, LinkError> {
        let length = length.min(LARGEST_READ);
        let mut block = Pool::global().acquire(length);
        let received = self.recv_to(&mut block.spare_mut()[..length])?;
        block.commit(checked_count(Operation::Read, received, length)?);
        Ok(block.freeze())
    }

    /// Waits until [`recv_to`](ByteReceiver::recv_to) would return at once, with bytes, the end or an
    /// error: true; or until the time is over: false.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) where the device cannot wait for some time only.
    fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        let _ = timeout;
        Err(LinkError::unsupported(Operation::Wait))
    }

    /// Releases the device, and reports how it ended if that was not well. A second call does
    /// nothing. (A drop does the same in silence.)
    ///
    /// # Errors
    ///
    /// The device's; [`LinkError::Child`] for a child process that did not end well.
    fn close(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
}

/// No read is larger: a block of this size can be recycled.
const LARGEST_READ: usize = 64 << 10;

/// A link of bytes in both directions: the bottom of a [`Stack`](super::Stack).
///
/// [`memory`](super::memory), [`tcp`](super::tcp), [`unix`](super::unix), [`stdio`](super::stdio) and
/// [`process`](super::process) make them, and [`ByteLink::new`] makes one of your own two halves. Each
/// direction ends by itself (half-close), and the two can be used in two threads: see
/// [`split`](ByteLink::split).
///
/// **The end and a lost connection are two things.** `recv` returns an empty chunk where the peer has
/// ended its direction, and an error, every time, where the connection broke.
///
/// # How it ends
///
/// [`close`](ByteLink::close) ends both directions and reports. A drop does the same and says nothing.
///
/// # Examples
///
/// ```
/// use iolite::Chunk;
/// use iolite::link::layer::memory;
///
/// let (mut here, mut there) = memory::pair(1024);
/// here.send(Chunk::from("what?"))?;
/// here.shutdown()?;
/// assert_eq!(there.recv(4)?, "what");                   // at most four bytes
/// assert_eq!(there.recv(100)?, "?");
/// assert!(there.recv(100)?.is_empty());                 // the end of this direction …
/// there.send(Chunk::from("that"))?;                     // … is not that of the other
/// let mut buf = [0; 10];
/// let received = here.recv_to(&mut buf)?;
/// assert_eq!(&buf[..received], b"that");
/// # Ok::<(), iolite::link::layer::LinkError>(())
/// ```
#[doc(alias = "BaseBuf")]
pub struct ByteLink {
    // In this order: a drop ends the sending direction first, so that the peer reads the end.
    sender: Box<dyn ByteSender>,
    receiver: Box<dyn ByteReceiver>,
    abort: AbortHandle,
}

/// What a [`ByteLink`] consists of: its halves, for two threads, and the way to end both from a third.
pub type ByteHalves = (Box<dyn ByteReceiver>, Box<dyn ByteSender>, AbortHandle);

link_of_halves!(ByteLink, ByteHalves, ByteReceiver, ByteSender);

impl ByteLink {
    /// Sends these bytes, and returns when the device has taken all of them.
    ///
    /// # Errors
    ///
    /// The device's; [`LinkError::Closed`] after [`shutdown`](ByteLink::shutdown) or an abort. How
    /// much was sent before the error is not known; after [`send_chain`](ByteSender::send_chain) it is.
    #[doc(alias = "wr")]
    pub fn send(&mut self, chunk: Chunk) -> Result<(), LinkError> {
        self.sender.send(chunk)
    }

    /// Waits until there is at least one byte, and returns what there is: at most `length` bytes,
    /// and at most 64 KiB. Empty is the end, or a length of 0.
    ///
    /// # Errors
    ///
    /// As for [`recv_to`](ByteLink::recv_to).
    pub fn recv(&mut self, length: usize) -> Result<Chunk, LinkError> {
        self.receiver.recv(length)
    }

    /// The same into the front of `buf`; returns how many bytes that were. 0 is the end, or an empty
    /// `buf`.
    ///
    /// # Errors
    ///
    /// The device's: a lost connection is an error, again and again, and never the end.
    /// [`LinkError::Closed`] after an abort.
    #[doc(alias = "recvi")]
    #[doc(alias = "rd")]
    pub fn recv_to(&mut self, buf: &mut [u8]) -> Result<usize, LinkError> {
        self.receiver.recv_to(buf)
    }

    /// Waits until a `recv` would return at once: true; or until the time is over: false.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) where the device cannot wait for some time only.
    pub fn wait(&mut self, timeout: Duration) -> Result<bool, LinkError> {
        self.receiver.wait(timeout)
    }

    /// Ends the sending direction: the peer reads the end after what was sent, and can still answer.
    /// A second call does nothing.
    ///
    /// # Errors
    ///
    /// The device's.
    pub fn shutdown(&mut self) -> Result<(), LinkError> {
        self.sender.shutdown()
    }
}
