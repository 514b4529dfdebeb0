//! [`Channel`]: a call with streams of items.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::handle::Request;
use super::open::Open;
use super::receiver::{ItemReceiver, Received};
use super::sender::ItemSender;
use crate::link::object::Payload;
use crate::link::session::{CallError, CallFailure};

/// A call with a stream of items, in one direction or both: for the caller
/// ([`Request::stream`](super::Request::stream)) and for the command that serves it
/// ([`StdBase::stream`](crate::link::dispatch::StdBase::stream)) alike. (MoaT: `Msg`, with `async with`.)
///
/// The command answers first with an initial reply ([`accept`](Channel::accept),
/// [`initial`](Channel::initial)); then both send items, as many ahead as the other has room for; at
/// last each ends its direction with a result or an error. **Items come in the order in which they were
/// sent, and an error after the items before it.**
///
/// Dropping it before its end cancels the call.
///
/// # Examples
///
/// ```
/// use iolite::link::dispatch::StdBase;
/// use iolite::link::request::Channel;
/// use iolite::link::session::CallError;
/// # use iolite::link::driver::{Connection, ConnectionOptions};
/// # use iolite::link::frame::CborSequence;
/// # use iolite::link::layer::{Framed, Layer, memory};
/// # let cbor = Framed::new("cbor_buf", CborSequence::default);
/// # let (here, there) = memory::pair(4096);
///
/// let served = StdBase::new("chat").stream("double", |channel: &mut Channel, ()| {
///     channel.accept("hi")?;
///     let mut count = 0;
///     while let Some(number) = channel.recv::<i64>()? {
///         channel.send(&(2 * number))?;
///         count += 1;
///     }
///     Ok::<_, CallError>(("bye", count))
/// });
/// # let _server = ConnectionOptions::new().serve(served).open(cbor.set_up(there)?)?;
/// # let client = Connection::open(cbor.set_up(here)?)?;
/// # let request = client.request();
///
/// let mut chat = request.stream("double", &())?;
/// assert_eq!(chat.initial::<String>()?, "hi");
/// for number in [1, 2, 3] {
///     chat.send(&number)?;
///     assert_eq!(chat.recv::<i64>()?, Some(2 * number));
/// }
/// let (word, count): (String, i64) = chat.result()?;
/// assert_eq!((&*word, count), ("bye", 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "Msg")]
pub struct Channel {
    receiver: ItemReceiver,
    sender: ItemSender,
}

impl Channel {
    pub(in crate::link) fn new(open: Open, deadline: Option<Duration>, window: u32) -> Channel {
        let open = Arc::new(open);
        Channel {
            receiver: ItemReceiver::new(Arc::clone(&open), deadline),
            sender: ItemSender::new(open, deadline, window),
        }
    }

    /// How long each wait for the other end may take from here on, in place of what
    /// [`Request::with_deadline`](super::Request::with_deadline) or, for a command,
    /// [`ConnectionOptions::stream_deadline`](crate::link::driver::ConnectionOptions::stream_deadline)
    /// said. `None`: without a limit. A wait that takes longer fails with [`CallError::TimedOut`], and the
    /// stream can be used on.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use iolite::link::dispatch::StdBase;
    /// use iolite::link::request::Channel;
    /// use iolite::link::session::CallError;
    ///
    /// // However long the other end takes for an item, but no longer than a minute to take the answer.
    /// let served = StdBase::new("echo").stream("echo", |channel: &mut Channel, ()| {
    ///     while let Some(item) = channel.recv::<String>()? {
    ///         channel.set_deadline(Some(Duration::from_secs(60)));
    ///         channel.send(&item)?;
    ///         channel.set_deadline(None);
    ///     }
    ///     Ok::<_, CallError>(())
    /// });
    /// # drop(served);
    /// ```
    pub fn set_deadline(&mut self, deadline: Option<Duration>) {
        self.receiver.set_deadline(deadline);
        self.sender.set_deadline(deadline);
    }

    /// What the command has answered at first.
    ///
    /// # Errors
    ///
    /// What it reports instead ([`CallError::Remote`]), or why there is nothing.
    pub fn initial<T: DeserializeOwned>(&mut self) -> Result<T, CallError> {
        Ok(self.initial_payload()?.result()?)
    }

    /// The same, with all its values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`initial`](Channel::initial).
    pub fn initial_payload(&mut self) -> Result<Payload, CallError> {
        self.receiver.initial_payload()
    }

    /// The first answer, by the command: it accepts the stream. A command that begins with something
    /// else has accepted it with nothing.
    ///
    /// # Errors
    ///
    /// [`CallError::WrongMode`] if the caller expects a plain answer (it gets an error), or was
    /// accepted before. What the caller has done in the meantime.
    pub fn accept(&mut self, initial: &(impl Serialize + ?Sized)) -> Result<(), CallError> {
        self.accept_payload(Payload::of(initial)?)
    }

    /// The same with any values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Channel::accept).
    pub fn accept_payload(&mut self, initial: Payload) -> Result<(), CallError> {
        self.sender.accept_payload(initial)
    }

    /// Waits for the next item. `None` is the end of the other's direction. Warnings are passed over.
    ///
    /// # Errors
    ///
    /// What the other end reports instead of its end, after all items before; [`CallError::TimedOut`]
    /// (the stream goes on); an item that is no `T` (which is lost).
    pub fn recv<T: DeserializeOwned>(&mut self) -> Result<Option<T>, CallError> {
        self.sender.accept_at_last()?;
        self.receiver.recv()
    }

    /// Waits for the next item or warning. `None` is the end of the other's direction.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Channel::recv).
    #[allow(
        clippy::should_implement_trait,
        reason = "an iterator's errors would not be seen by `for`"
    )]
    pub fn next(&mut self) -> Result<Option<Received>, CallError> {
        self.sender.accept_at_last()?;
        self.receiver.next()
    }

    /// Sends an item, and waits until the other end has room for it.
    ///
    /// # Errors
    ///
    /// Why the other end does not want it; [`CallError::TimedOut`] (it was not sent).
    pub fn send(&mut self, item: &(impl Serialize + ?Sized)) -> Result<(), CallError> {
        self.sender.send(item)
    }

    /// Sends an item together with those that follow: it is written when there are enough of them, or
    /// when something else is. This makes many small items a hundred times as fast.
    ///
    /// # Errors
    ///
    /// As for [`send`](Channel::send).
    pub fn feed(&mut self, item: &(impl Serialize + ?Sized)) -> Result<(), CallError> {
        self.sender.feed(item)
    }

    /// Sends an item of any values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`send`](Channel::send).
    pub fn send_payload(&mut self, item: Payload) -> Result<(), CallError> {
        self.sender.feed_payload(item)?;
        self.flush();
        Ok(())
    }

    /// Writes the items that were [fed](Channel::feed).
    pub fn flush(&mut self) {
        self.sender.flush();
    }

    /// Warns the other end, beside the items.
    ///
    /// # Errors
    ///
    /// As for [`send`](Channel::send).
    pub fn warn(&mut self, warning: &(impl Serialize + ?Sized)) -> Result<(), CallError> {
        self.warn_payload(Payload::of(warning)?)
    }

    /// The same with any values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`send`](Channel::send).
    pub fn warn_payload(&mut self, warning: Payload) -> Result<(), CallError> {
        self.sender.warn_payload(warning)
    }

    /// Ends our direction and waits for the other's end; items that still come are passed over. Returns
    /// the other's result. The other end sends no more items than it has credit for.
    ///
    /// # Errors
    ///
    /// What the other end reports instead, or why there is nothing.
    pub fn result<R: DeserializeOwned>(self) -> Result<R, CallError> {
        self.finish(&())
    }

    /// The same, with a result of our own for the other end.
    ///
    /// # Errors
    ///
    /// As for [`result`](Channel::result).
    pub fn finish<R: DeserializeOwned>(
        self,
        result: &(impl Serialize + ?Sized),
    ) -> Result<R, CallError> {
        Ok(self.finish_payload(Payload::of(result)?)?.result()?)
    }

    /// The same, with all values and keywords.
    ///
    /// # Errors
    ///
    /// As for [`result`](Channel::result).
    pub fn finish_payload(self, result: Payload) -> Result<Payload, CallError> {
        self.sender.finish_payload(result)?;
        self.receiver.result_payload()
    }

    /// Cancels the call: the other end can see that, and nothing more is learned of it.
    pub fn cancel(self) {}

    /// Whether the other end has cancelled the call, or is gone.
    pub fn is_cancelled(&self) -> bool {
        self.sender.open.is_cancelled()
    }

    /// Waits until the other end has cancelled the call, or is gone, for at most this long; says whether
    /// it has. It is how a command sleeps.
    pub fn wait_cancelled(&self, time: Duration) -> bool {
        self.sender.open.wait_cancelled(time)
    }

    /// Waits until the other end has ended its direction, has cancelled the call, or is gone, for at most
    /// this long; says whether it has. For a command that sends items and takes none it means that no more
    /// are wanted: MoaT's clients leave a stream so.
    ///
    /// `false` at once while as many items wait to be received as are taken in advance.
    pub fn wait_end(&mut self, time: Duration) -> bool {
        self.receiver.wait_end(time)
    }

    /// Whether an item was refused because the caller has left the stream in good order.
    pub(in crate::link) fn was_left(&self) -> bool {
        self.sender.was_left()
    }

    /// For calls to the other end.
    pub fn request(&self) -> Request {
        Request::new(&self.sender.open.shared, None)
    }

    /// The two directions, for two threads. The call is over when both are dropped.
    pub fn split(mut self) -> (ItemReceiver, ItemSender) {
        // If that fails, the first use of either half says why.
        let _ = self.sender.accept_at_last();
        self.into_halves()
    }

    /// The same, without accepting the stream.
    pub(in crate::link) fn into_halves(self) -> (ItemReceiver, ItemSender) {
        (self.receiver, self.sender)
    }

    /// Ends our direction with a result, and does not wait for the other's end: for the command, whose
    /// part is done.
    pub fn reply(self, result: &(impl Serialize + ?Sized)) {
        match Payload::of(result) {
            Ok(result) => self.reply_payload(result),
            Err(error) => self.fail(CallError::from(error)),
        }
    }

    /// The same with any values and keywords.
    pub fn reply_payload(self, result: Payload) {
        // Who has cancelled in the meantime is not interested.
        let _ = self.sender.finish_payload(result);
    }

    /// Ends our direction with an error. The other end reads it after all items before.
    pub fn fail(self, error: impl Into<CallFailure>) {
        let _ = self.sender.fail(error);
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("receiver", &self.receiver)
            .finish_non_exhaustive()
    }
}
