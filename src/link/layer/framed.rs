//! [`Framed`]: the layer between bytes and objects.

use std::any::Any;
use std::fmt;
use std::time::Instant;

use super::byte_link::{ByteLink, ByteReceiver, ByteSender};
use super::error::LinkError;
use super::object_link::{ObjectLink, ObjectReceiver, ObjectSender};
use super::stack::Layer;
use crate::chunk::{Chain, Pipe, Progress};
use crate::link::frame::{CborSequence, FrameError, Framing};
use crate::link::object::Object;

/// The layer between bytes and objects, for any [`Framing`]. (MoaT: `CBORMsgBuf`, `SerialPackerBlkBuf`.)
///
/// Bytes outside frames go to the [console](Framed::console), where the framing has such.
///
/// # Examples
///
/// ```
/// use iolite::Chunk;
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, Layer, memory};
///
/// let (here, mut there) = memory::pair(1024);
/// let mut here = Framed::new("cbor_buf", CborSequence::default).set_up(here)?;
/// there.send(Chunk::from(b"\x82\x01"))?;                      // the one half of an array of two …
/// there.send(Chunk::from(b"\x02\x63end"))?;                   // … the other one, and the next object
/// assert_eq!(here.recv()?.expect("not the end").diagnostic().to_string(), "[1, 2]");
/// assert_eq!(here.recv()?.expect("not the end").as_str(), Some("end"));
/// # Ok::<(), iolite::link::layer::LinkError>(())
/// ```
#[doc(alias = "CBORMsgBuf")]
pub struct Framed<M> {
    name: &'static str,
    make: M,
    console: Option<ConsoleFactory>,
}

/// Makes a console for each link.
type ConsoleFactory = Box<dyn Fn() -> Console + Send + Sync>;

/// What takes the bytes outside frames.
type Console = Box<dyn FnMut(Chain) + Send>;

impl<F: Framing + 'static, M: Fn() -> F + Send + Sync> Framed<M> {
    /// The layer `name` over a framing, which `make` makes twice for each link: one for each direction.
    pub fn new(name: &'static str, make: M) -> Framed<M> {
        Framed {
            name,
            make,
            console: None,
        }
    }

    /// Bytes outside frames go to what `make_console` makes for each link, in the thread that
    /// receives. Without this they are dropped.
    pub fn console<C: FnMut(Chain) + Send + 'static>(
        mut self,
        make_console: impl Fn() -> C + Send + Sync + 'static,
    ) -> Framed<M> {
        self.console = Some(Box::new(move || Box::new(make_console())));
        self
    }
}

impl<F: Framing + 'static, M: Fn() -> F + Send + Sync> Layer<ByteLink> for Framed<M> {
    type Link = ObjectLink;

    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn set_up(&self, parent: ByteLink) -> Result<ObjectLink, LinkError> {
        let (receiver, sender, abort) = parent.split();
        let receiver = FrameReceiver {
            below: receiver,
            framing: (self.make)(),
            pipe: Pipe::new(),
            console: self.console.as_ref().map(|make| make()),
        };
        let sender = FrameSender {
            below: sender,
            framing: (self.make)(),
            queued: Chain::new(),
        };
        Ok(ObjectLink::new(receiver, sender, abort))
    }
}

impl<M> fmt::Debug for Framed<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framed")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

struct FrameReceiver<F> {
    below: Box<dyn ByteReceiver>,
    framing: F,
    /// What was read and not decoded.
    pipe: Pipe,
    console: Option<Console>,
}

impl<F: Framing> FrameReceiver<F> {
    /// Decodes, and calls `fill` as long as there is not enough; it says whether to go on.
    fn decode(
        &mut self,
        mut fill: impl FnMut(&mut Self) -> Result<bool, LinkError>,
    ) -> Result<Option<Object>, LinkError> {
        loop {
            let decoded = self.framing.decode(&mut self.pipe);
            if let Some(console) = &mut self.console {
                let bytes = self.framing.console();
                if !bytes.is_empty() {
                    console(bytes);
                }
            }
            match decoded {
                Ok(Progress::Ready(object)) => return Ok(Some(object)),
                Ok(Progress::End) => return Ok(None),
                Ok(Progress::Pending) if fill(self)? => {}
                Ok(Progress::Pending) => return Ok(None),
                Err(error) if self.framing.has_failed() => return Err(LinkError::Frame(error)),
                Err(error) => return Err(LinkError::DamagedFrame(error)),
            }
        }
    }

    /// Reads once from the layer below.
    fn fill(&mut self) -> Result<bool, LinkError> {
        let room = self.pipe.spare_mut(1).map_err(FrameError::from)?;
        let received = self.below.recv_to(room)?;
        self.pipe.commit(received).map_err(FrameError::from)?;
        self.framing.set_time(Instant::now());
        if received == 0 {
            self.pipe.close(None);
        }
        Ok(true)
    }
}

impl<F: Framing> ObjectReceiver for FrameReceiver<F> {
    fn recv(&mut self) -> Result<Option<Object>, LinkError> {
        self.decode(Self::fill)
    }

    fn recv_until(&mut self, deadline: Instant) -> Result<Option<Object>, LinkError> {
        self.decode(|this| {
            let left = deadline.saturating_duration_since(Instant::now());
            if this.below.wait(left)? {
                this.fill()
            } else {
                Err(LinkError::TimedOut)
            }
        })
    }

    fn buffered(&mut self) -> Result<Option<Object>, LinkError> {
        if self.pipe.is_empty() {
            return Ok(None);
        }
        self.decode(|_| Ok(false))
    }

    fn close(&mut self) -> Result<(), LinkError> {
        self.below.close()
    }
}

struct FrameSender<F> {
    below: Box<dyn ByteSender>,
    framing: F,
    /// Frames that were not sent yet.
    queued: Chain,
}

impl<F: Framing + 'static> ObjectSender for FrameSender<F> {
    fn feed(&mut self, object: Object) -> Result<(), LinkError> {
        let encoded = self.framing.encode(&object, &mut self.queued);
        encoded.map_err(LinkError::DamagedFrame)
    }

    fn flush(&mut self) -> Result<(), LinkError> {
        self.below.send_chain(&mut self.queued)
    }

    fn sequence(&mut self) -> Option<&mut Chain> {
        let framing: &dyn Any = &self.framing;
        framing.is::<CborSequence>().then_some(&mut self.queued)
    }

    fn shutdown(&mut self) -> Result<(), LinkError> {
        let flushed = if self.queued.is_empty() {
            Ok(())
        } else {
            self.flush()
        };
        let shut = self.below.shutdown();
        flushed.and(shut)
    }
}
