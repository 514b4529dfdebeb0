//! Typed functions as handlers of calls.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::Call;
use super::context::Context;
use crate::link::request::Channel;
use crate::link::session::CallFailure;

/// What serves a call, with its types forgotten.
pub(super) type Handler = Box<dyn Fn(Call) + Send + Sync>;

/// A function of the arguments.
pub(super) fn plain<A, R, F>(function: F) -> Handler
where
    A: DeserializeOwned,
    R: Serialize,
    F: Fn(A) -> R + Send + Sync + 'static,
{
    Box::new(move |call| match call.arguments() {
        Ok(arguments) => call.reply(&function(arguments)),
        Err(error) => call.fail(error),
    })
}

/// A function that may fail.
pub(super) fn fallible<A, R, E, F>(function: F) -> Handler
where
    A: DeserializeOwned,
    R: Serialize,
    E: Into<CallFailure>,
    F: Fn(&Context, A) -> Result<R, E> + Send + Sync + 'static,
{
    Box::new(move |call| match call.arguments() {
        Ok(arguments) => match function(&call, arguments) {
            Ok(result) => call.reply(&result),
            Err(error) => call.fail(error),
        },
        Err(error) => call.fail(error),
    })
}

/// A function of a channel.
pub(super) fn stream<A, R, E, F>(function: F) -> Handler
where
    A: DeserializeOwned,
    R: Serialize,
    E: Into<CallFailure>,
    F: Fn(&mut Channel, A) -> Result<R, E> + Send + Sync + 'static,
{
    Box::new(move |call| match call.arguments() {
        Ok(arguments) => {
            let mut channel = call.into_channel();
            match function(&mut channel, arguments) {
                Ok(result) => channel.reply(&result),
                // The caller has left the stream early, in good order: no error to it.
                Err(_) if channel.was_left() => channel.reply(&()),
                Err(error) => channel.fail(error),
            }
        }
        Err(error) => call.fail(error),
    })
}
