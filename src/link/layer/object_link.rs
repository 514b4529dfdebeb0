//! [`ObjectLink`], a link of objects, and its halves [`ObjectSender`] and [`ObjectReceiver`].

use std::time::Instant;

use super::abort::AbortHandle;
use super::error::LinkError;
use super::halves::link_of_halves;
use crate::chunk::Chain;
use crate::link::object::Object;

/// The sending half of a link of objects: what a layer implements.
pub trait ObjectSender: Send {
    /// Queues an object, without any call of a device where that can be avoided.
    ///
    /// # Errors
    ///
    /// An object that cannot be sent here: nothing is queued then, and the link goes on.
    /// [`LinkError::Closed`] after [`shutdown`](ObjectSender::shutdown) or an abort.
    fn feed(&mut self, object: Object) -> Result<(), LinkError>;

    /// Sends what is queued, all together, and returns when the device has taken it.
    ///
    /// # Errors
    ///
    /// The device's. What it did not take stays queued.
    fn flush(&mut self) -> Result<(), LinkError>;

    /// The bytes that the next [`flush`](ObjectSender::flush) sends, where they are objects one after
    /// the other and nothing else, and nobody else looks at what is fed: for those who write many small
    /// objects and append them here instead of feeding them. Only whole objects may be appended.
    fn sequence(&mut self) -> Option<&mut Chain> {
        None
    }

    /// Sends an object: [`feed`](ObjectSender::feed) and [`flush`](ObjectSender::flush).
    ///
    /// # Errors
    ///
    /// As for both.
    fn send(&mut self, object: Object) -> Result<(), LinkError> {
        self.feed(object)?;
        self.flush()
    }

    /// Sends what is queued, says good-bye where the layer has one, and ends this direction; then the
    /// layer below does the same. The peer can still answer, unless a layer says otherwise. A second
    /// call does nothing.
    ///
    /// # Errors
    ///
    /// The first one; the layers below are shut down in any case.
    fn shutdown(&mut self) -> Result<(), LinkError>;
}

/// The receiving half of a link of objects: what a layer implements.
pub trait ObjectReceiver: Send {
    /// Waits for the next object. `None` is the end: the peer has ended its direction, between two
    /// objects.
    ///
    /// # Errors
    ///
    /// Why there is no object: a lost connection, a frame that is none. Whoever calls again after
    /// [`LinkError::DamagedFrame`] or [`LinkError::TimedOut`] gets the objects after it, and after any
    /// other error the same error.
    fn recv(&mut self) -> Result<Option<Object>, LinkError>;

    /// The same until the deadline.
    ///
    /// # Errors
    ///
    /// [`LinkError::TimedOut`] from the deadline on; half an object that has come by then is not lost.
    /// [`Unsupported`](crate::Error::Unsupported) where the device cannot wait for some time only.
    fn recv_until(&mut self, deadline: Instant) -> Result<Option<Object>, LinkError>;

    /// The next object that has been read already, if there is one: this never waits, and calls no
    /// device.
    ///
    /// # Errors
    ///
    /// As for [`recv`](ObjectReceiver::recv).
    fn buffered(&mut self) -> Result<Option<Object>, LinkError>;

    /// Releases the device, and reports how it ended if that was not well. A second call does
    /// nothing. (A drop does the same in silence.)
    ///
    /// # Errors
    ///
    /// As for [`ByteReceiver::close`](super::ByteReceiver::close).
    fn close(&mut self) -> Result<(), LinkError>;
}

/// A link of objects in both directions: what the upper layers of a [`Stack`](super::Stack) are.
///
/// [`Framed`](super::Framed) makes one of a [`ByteLink`](super::ByteLink). The two directions can be
/// used in two threads: see [`split`](ObjectLink::split).
///
/// **The end and a lost connection are two things.** [`recv`](ObjectLink::recv) returns `None` where
/// the peer has ended its direction, and an error, every time, where the connection broke.
///
/// # Examples
///
/// ```
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, Layer, memory};
/// use iolite::link::object::Object;
///
/// let cbor = Framed::new("cbor_buf", CborSequence::default);
/// let (here, there) = memory::pair(1024);
/// let (mut here, mut there) = (cbor.set_up(here)?, cbor.set_up(there)?);
/// here.send(Object::encode(&("add", 2, 3))?)?;
/// let question: (String, i32, i32) = there.recv()?.expect("not the end").decode()?;
/// there.send(Object::encode(&(question.1 + question.2))?)?;
/// assert_eq!(here.recv()?.expect("not the end").as_int(), Some(5));
/// here.close()?;
/// assert!(there.recv()?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "BaseMsg")]
pub struct ObjectLink {
    // In this order: a drop ends the sending direction first, so that the peer reads the end.
    sender: Box<dyn ObjectSender>,
    receiver: Box<dyn ObjectReceiver>,
    abort: AbortHandle,
}

/// What an [`ObjectLink`] consists of: its halves, for two threads, and the way to end both from a
/// third.
pub type ObjectHalves = (Box<dyn ObjectReceiver>, Box<dyn ObjectSender>, AbortHandle);

link_of_halves!(ObjectLink, ObjectHalves, ObjectReceiver, ObjectSender);

impl ObjectLink {
    /// Sends an object, and returns when the device has taken it.
    ///
    /// # Errors
    ///
    /// The device's; an object that cannot be sent here; [`LinkError::Closed`] after
    /// [`shutdown`](ObjectLink::shutdown) or an abort.
    pub fn send(&mut self, object: Object) -> Result<(), LinkError> {
        self.sender.send(object)
    }

    /// Queues an object, to be sent by the next [`flush`](ObjectLink::flush).
    ///
    /// # Errors
    ///
    /// As for [`send`](ObjectLink::send), without the device's.
    pub fn feed(&mut self, object: Object) -> Result<(), LinkError> {
        self.sender.feed(object)
    }

    /// Sends what is queued, all together.
    ///
    /// # Errors
    ///
    /// The device's. What it did not take stays queued.
    pub fn flush(&mut self) -> Result<(), LinkError> {
        self.sender.flush()
    }

    /// Waits for the next object. `None` is the end.
    ///
    /// # Errors
    ///
    /// Why there is no object; see [`ObjectReceiver::recv`].
    pub fn recv(&mut self) -> Result<Option<Object>, LinkError> {
        self.receiver.recv()
    }

    /// The same until the deadline.
    ///
    /// # Errors
    ///
    /// [`LinkError::TimedOut`]; see [`ObjectReceiver::recv_until`].
    pub fn recv_until(&mut self, deadline: Instant) -> Result<Option<Object>, LinkError> {
        self.receiver.recv_until(deadline)
    }

    /// Sends what is queued, lets each layer say good-bye, and ends the sending direction. The peer can
    /// still answer, unless a layer says otherwise.
    ///
    /// # Errors
    ///
    /// The first one; the layers below are shut down in any case.
    pub fn shutdown(&mut self) -> Result<(), LinkError> {
        self.sender.shutdown()
    }
}
