//! [`Stack`]: layers on top of each other, and [`Layer`], what one is.

use std::fmt;
use std::sync::Arc;

use super::byte_link::ByteLink;
use super::error::LinkError;
use super::object_link::ObjectLink;

/// A layer of a [`Stack`]: it takes the link of its parent, the next lower layer, and becomes the link
/// that its child gets, the next upper one.
///
/// It is a recipe, which is used anew for each connection; the link owns what is running. A layer knows
/// its parent only. It does its child's bidding, and what goes wrong below becomes the result of the
/// child's next call.
///
/// # Examples
///
/// Your own layer needs a half or two; this one counts the objects that are sent.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, Layer, LinkError, ObjectLink, ObjectSender, Stack, memory};
/// use iolite::link::object::Object;
///
/// struct Count(Arc<AtomicU64>);
///
/// struct CountingSender(Box<dyn ObjectSender>, Arc<AtomicU64>);
///
/// impl Layer<ObjectLink> for Count {
///     type Link = ObjectLink;
///
///     fn name(&self) -> String {
///         "count".into()
///     }
///
///     fn set_up(&self, parent: ObjectLink) -> Result<ObjectLink, LinkError> {
///         let (receiver, sender, abort) = parent.split();
///         let sender = CountingSender(sender, Arc::clone(&self.0));
///         Ok(ObjectLink::from((receiver, Box::new(sender) as _, abort)))
///     }
/// }
///
/// impl ObjectSender for CountingSender {
///     fn feed(&mut self, object: Object) -> Result<(), LinkError> {
///         self.1.fetch_add(1, Ordering::Relaxed);
///         self.0.feed(object)
///     }
///
///     fn flush(&mut self) -> Result<(), LinkError> {
///         self.0.flush()
///     }
///
///     fn shutdown(&mut self) -> Result<(), LinkError> {
///         self.0.shutdown()
///     }
/// }
///
/// let sent = Arc::new(AtomicU64::new(0));
/// let stack = Stack::new("memory", || Ok(memory::pair(1024).0))
///     .layer(Framed::new("cbor_buf", CborSequence::default))
///     .layer(Count(Arc::clone(&sent)));
/// let mut link = stack.open()?;
/// link.feed(Object::encode("one")?)?;
/// link.feed(Object::encode("two")?)?;
/// assert_eq!(sent.load(Ordering::Relaxed), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Layer<Parent>: Send + Sync {
    /// What the layer is for its child.
    type Link;

    /// What the layer is called, for people and in configurations.
    fn name(&self) -> String;

    /// Sets up the layer: its parent is running, and its child is not there yet. If this fails, the
    /// parent is closed by being dropped.
    ///
    /// # Errors
    ///
    /// Why this layer or its parent does not run.
    fn set_up(&self, parent: Parent) -> Result<Self::Link, LinkError>;
}

impl<Parent, L: Layer<Parent> + ?Sized> Layer<Parent> for Arc<L> {
    type Link = L::Link;

    fn name(&self) -> String {
        (**self).name()
    }

    fn set_up(&self, parent: Parent) -> Result<Self::Link, LinkError> {
        (**self).set_up(parent)
    }
}

/// Layers on top of each other, with a device at the bottom.
///
/// It is the plan of a link, and can be opened any number of times: to connect again, for example. The
/// type says whether the top is of bytes or of objects, so layers in a wrong order do not compile.
///
/// **Opening goes upward**: the bottom is opened first, and each layer sets itself up on a parent that
/// is running. **Closing goes downward**: the top says good-bye and is closed first, so a layer can
/// still send when it ends. If a layer cannot be set up, those below it are closed, again the upper ones
/// first; a panic does the same.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::frame::CborSequence;
/// use iolite::link::layer::{Framed, LinkError, Listener, Log, Stack, tcp};
/// use iolite::link::object::Object;
///
/// let listener = Listener::tcp("127.0.0.1:0")?;
/// let address = listener.local_addr().expect("TCP has one");
/// let stack = Stack::new("tcp", move || tcp(address, Duration::from_secs(5)))
///     .layer(Framed::new("cbor_buf", CborSequence::default))
///     .layer(Log::new("client", std::io::stderr()));
/// assert_eq!(stack.to_string(), "log > cbor_buf > tcp");
///
/// stack.run(|link| link.send(Object::encode("hello").expect("text")))?;
/// assert_eq!(listener.accept()?.0.recv(100)?, b"\x65hello"[..]);
/// # Ok::<(), LinkError>(())
/// ```
pub struct Stack<L> {
    /// The bottom first.
    names: Vec<String>,
    open: Arc<dyn Fn() -> Result<L, LinkError> + Send + Sync>,
}

impl<L: 'static> Stack<L> {
    /// A stack that is a bottom only: how it is called, and how it is opened.
    pub fn new(
        name: impl Into<String>,
        open: impl Fn() -> Result<L, LinkError> + Send + Sync + 'static,
    ) -> Stack<L> {
        Stack {
            names: vec![name.into()],
            open: Arc::new(open),
        }
    }

    /// The same stack with one more layer on top.
    #[doc(alias = "stack")]
    pub fn layer<Y: Layer<L> + 'static>(self, layer: Y) -> Stack<Y::Link> {
        let mut names = self.names;
        names.push(layer.name());
        let open = self.open;
        Stack {
            names,
            open: Arc::new(move || layer.set_up(open()?)),
        }
    }

    /// Opens the bottom, sets up each layer on its parent, and returns the link of the top.
    ///
    /// # Errors
    ///
    /// That of the first layer that could not be set up; the ones below it have been closed.
    pub fn open(&self) -> Result<L, LinkError> {
        (self.open)()
    }

    /// The names of the layers, the bottom first.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of the next lower layer.
    pub fn parent(&self, name: &str) -> Option<&str> {
        let index = self.names.iter().position(|layer| layer == name)?;
        Some(self.names.get(index.checked_sub(1)?)?)
    }

    /// The name of the next upper layer.
    pub fn child(&self, name: &str) -> Option<&str> {
        let index = self.names.iter().position(|layer| layer == name)?;
        Some(self.names.get(index + 1)?)
    }
}

impl<L: AnyLink + 'static> Stack<L> {
    /// Opens the stack, lets `body` use the link, and closes it, the top first.
    ///
    /// # Errors
    ///
    /// The body's; otherwise that of opening or closing.
    pub fn run<T, E: From<LinkError>>(
        &self,
        body: impl FnOnce(&mut L) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut link = self.open()?;
        let outcome = body(&mut link);
        let closed = link.close();
        let value = outcome?;
        closed?;
        Ok(value)
    }
}

impl<L> Clone for Stack<L> {
    fn clone(&self) -> Stack<L> {
        Stack {
            names: self.names.clone(),
            open: Arc::clone(&self.open),
        }
    }
}

/// The top first, as people draw it.
impl<L> fmt::Display for Stack<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().rev().enumerate() {
            let separator = if index == 0 { "" } else { " > " };
            write!(f, "{separator}{name}")?;
        }
        Ok(())
    }
}

impl<L> fmt::Debug for Stack<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stack({self})")
    }
}

/// The two kinds of links, which are closed in the same way.
pub trait AnyLink: sealed::Sealed {
    /// Ends both directions, the upper layers first, and reports the first error.
    ///
    /// # Errors
    ///
    /// As for [`ByteLink::close`] and [`ObjectLink::close`].
    fn close(self) -> Result<(), LinkError>;
}

impl AnyLink for ByteLink {
    fn close(self) -> Result<(), LinkError> {
        Self::close(self)
    }
}

impl AnyLink for ObjectLink {
    fn close(self) -> Result<(), LinkError> {
        Self::close(self)
    }
}

mod sealed {
    use super::{ByteLink, ObjectLink};

    pub trait Sealed {}

    impl Sealed for ByteLink {}
    impl Sealed for ObjectLink {}
}
