//! A call that is passed on to another program, and everything that belongs to it in both directions.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::context::Context;
use crate::link::object::{Path, Payload, RemoteError};
use crate::link::request::{Channel, ItemReceiver, ItemSender, Pending, Request};
use crate::link::session::{CallError, CallMode, Event};

/// How long to wait at one end before looking whether the other one has ended the call. Nobody sees a
/// cancellation that comes so much later, and looking takes next to nothing.
const TICK: Duration = Duration::from_millis(50);

/// Passes a plain call on and answers it, or cancels it when the caller does.
pub(super) fn plain(context: &Context, arguments: Payload, request: &Request, path: Path) {
    let outcome = request
        .start_payload::<()>(path, arguments)
        .and_then(|pending| answer(context, &pending));
    // Who has cancelled is not interested in how it ended.
    let _ = match outcome {
        Ok(answer) => context.open.finish(answer),
        Err(error) => context.open.fail(error),
    };
}

fn answer(context: &Context, pending: &Pending<()>) -> Result<Payload, CallError> {
    loop {
        match pending.next_event_within(TICK) {
            Ok(Event::Finished(answer)) => return Ok(answer),
            Ok(Event::Failed(error)) => return Err(*error),
            Ok(Event::Warned(warning)) => context.open.warn(warning)?,
            Ok(Event::Cancelled) => return Err(CallError::Cancelled),
            Ok(_) => {}
            Err(CallError::TimedOut) if !pending.is_late() => {}
            Err(error) => return Err(error),
        }
        if context.is_cancelled() {
            return Err(CallError::Cancelled);
        }
    }
}

/// Passes a call with streams on. One thread carries what the caller says, this one what the command
/// says; each waits while the other end has no room.
pub(super) fn stream(here: Channel, arguments: Payload, request: &Request, path: Path) {
    let there = match request.stream_payload(path, arguments, CallMode::Both) {
        Ok(there) => there,
        Err(error) => return here.fail(error),
    };
    let (from_caller, to_caller) = here.into_halves();
    let (from_command, to_command) = there.into_halves();
    let is_broken = &AtomicBool::new(false);
    thread::scope(|scope| {
        let carry_there = move || carry(from_caller, to_command, is_broken);
        match thread::Builder::new().spawn_scoped(scope, carry_there) {
            Ok(_) => carry(from_command, to_caller, is_broken),
            Err(error) => drop(to_caller.fail(no_thread(&error))),
        }
    });
}

fn no_thread(error: &io::Error) -> RemoteError {
    RemoteError::new("Busy").with_argument(error.to_string())
}

/// Carries everything from one end to the other, up to the end of this direction. If either end
/// breaks off, both directions do: the halves are dropped, and what is left open is cancelled.
fn carry(mut from: ItemReceiver, to: ItemSender, is_broken: &AtomicBool) {
    if carry_all(&mut from, to, is_broken).is_err() {
        is_broken.store(true, Ordering::Relaxed);
    }
}

fn carry_all(
    from: &mut ItemReceiver,
    mut to: ItemSender,
    is_broken: &AtomicBool,
) -> Result<(), CallError> {
    loop {
        if !from.has_news() {
            to.flush();
        }
        match from.next_event_within(TICK) {
            Ok(Event::Replied(initial)) => to.accept_payload(initial)?,
            Ok(Event::Item(item)) => to.feed_payload(item)?,
            Ok(Event::Warned(warning)) => to.warn_payload(warning)?,
            Ok(Event::Finished(result)) => return to.finish_payload(result),
            Ok(Event::Failed(error)) => return to.fail(*error),
            Ok(Event::Cancelled) => return Err(CallError::Cancelled),
            Ok(_) => {}
            Err(CallError::TimedOut) if !is_broken.load(Ordering::Relaxed) => {}
            Err(error) => return Err(error),
        }
    }
}
