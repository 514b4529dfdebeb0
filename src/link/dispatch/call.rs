//! [`Call`]: a call that the peer has made, and that has no answer yet.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::forward;
use crate::link::driver::{ConnectionState, StreamPlace};
use crate::link::object::{Path, Payload, RemoteError, Value};
use crate::link::request::{Channel, Open, Request, WINDOW};
use crate::link::session::{CallFailure, CallMode, ErrorCode, Opened};

/// A call of the peer on its way to its command. It is answered once, by one of the methods that take
/// it by value; if it is dropped instead the caller gets an error.
///
/// It is a [`Context`] with arguments.
pub struct Call {
    context: Context,
    arguments: Payload,
    mode: CallMode,
    /// How often it was redirected.
    redirections: u8,
}

impl Call {
    pub(in crate::link) fn new(
        shared: Arc<ConnectionState>,
        opened: Opened,
        place: Option<StreamPlace>,
    ) -> Call {
        Call {
            arguments: opened.arguments,
            mode: opened.mode,
            redirections: 0,
            context: Context {
                path: opened.path,
                depth: 0,
                is_trusted: shared.is_trusted,
                open: Open::by_server(shared, opened.id, place),
            },
        }
    }

    /// Whether the caller expects a stream.
    pub fn is_stream(&self) -> bool {
        self.mode != CallMode::Plain
    }

    /// The arguments as they came.
    pub fn payload(&self) -> &Payload {
        &self.arguments
    }

    /// The arguments.
    ///
    /// # Errors
    ///
    /// A `TypeError` that names the argument that is no `A`, for the caller.
    pub fn arguments<A: DeserializeOwned>(&self) -> Result<A, RemoteError> {
        let arguments = self.arguments.arguments();
        arguments.map_err(|error| type_error(error.to_string()))
    }

    /// The same call, seen from further down its path: the first elements of
    /// [`path`](Context::path) have been followed.
    #[must_use]
    pub fn descend(mut self, elements: usize) -> Call {
        self.context.depth += elements;
        self
    }

    /// The same call on its way to another command, from the root.
    #[must_use]
    pub fn redirect(mut self, path: impl Into<Path>) -> Call {
        self.context.path = path.into();
        self.context.depth = 0;
        self.redirections = self.redirections.saturating_add(1);
        self
    }

    /// How often it was [redirected](Call::redirect): commands that stand for one another could do that
    /// forever.
    pub fn redirections(&self) -> u8 {
        self.redirections
    }

    /// Passes the call on to a command of another program: arguments, items in both directions,
    /// warnings, the answer and its errors, and a cancellation by either end. It blocks until the call
    /// is over.
    ///
    /// # Examples
    ///
    /// A subsystem that stands for another program:
    ///
    /// ```
    /// use iolite::link::dispatch::{Call, Subsystem};
    /// use iolite::link::object::Path;
    /// use iolite::link::request::Request;
    ///
    /// struct Remote(Request);
    ///
    /// impl Subsystem for Remote {
    ///     fn kind(&self) -> &str {
    ///         "remote"
    ///     }
    ///
    ///     fn serve(&self, call: Call) {
    ///         let path = Path::from_iter(call.path().to_vec());
    ///         call.forward(&self.0, path);
    ///     }
    /// }
    /// ```
    pub fn forward(self, request: &Request, path: impl Into<Path>) {
        let path = path.into();
        let is_stream = self.is_stream();
        let Call {
            context, arguments, ..
        } = self;
        if is_stream {
            forward::stream(channel(context), arguments, request, path);
        } else {
            forward::plain(&context, arguments, request, path);
        }
    }

    /// Answers.
    pub fn reply(self, result: &(impl Serialize + ?Sized)) {
        match Payload::of(result) {
            Ok(result) => self.reply_payload(result),
            Err(error) => self.fail(type_error(error.to_string())),
        }
    }

    /// Answers with any values and keywords.
    pub fn reply_payload(self, result: Payload) {
        // Who has cancelled in the meantime is not interested.
        let _ = self.context.open.finish(result);
    }

    /// Answers with an error.
    pub fn fail(self, error: impl Into<CallFailure>) {
        let _ = self.context.open.fail(error);
    }

    /// Answers that there is no such command: a `KeyError` as MoaT's, with the element of the path that
    /// was not found, `kind`, the whole path, and the names that there are.
    pub fn fail_unknown(self, kind: &str, names: Vec<Value>) {
        let whole = self.whole_path().elements().to_vec();
        let error = match self.path().first() {
            Some(element) => RemoteError::new("KeyError")
                .with_argument(element.clone())
                .with_argument(kind)
                .with_argument(whole)
                .with_argument(names),
            None => RemoteError::new("ShortCommandError").with_argument(whole),
        };
        self.fail(error);
    }

    /// Answers that the command has no plain form.
    pub fn fail_must_stream(self) {
        self.fail(ErrorCode::MustStream);
    }

    /// The streams of a call that has some.
    pub fn into_channel(self) -> Channel {
        channel(self.context)
    }
}

fn channel(context: Context) -> Channel {
    let deadline = context.open.shared.stream_deadline;
    Channel::new(context.open, deadline, WINDOW)
}

fn type_error(message: String) -> RemoteError {
    RemoteError::new("TypeError").with_argument(message)
}

impl Deref for Call {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("context", &self.context)
            .field("arguments", &self.arguments)
            .field("mode", &self.mode)
            .finish()
    }
}
