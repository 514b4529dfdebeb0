//! A link over the program's own standard input and output.

use std::io;
use std::sync::Arc;

use super::abort::AbortHandle;
use super::byte_link::ByteLink;
use super::device::{DeviceReceiver, DeviceSender};
use super::error::LinkError;
use super::interruptible::{Interruptible, WakePipe};
use crate::raw::{FileIo, FileMode};

/// Receives from standard input and sends to standard output: for a program that another one starts
/// and talks to, as [`process`](super::process) does.
///
/// Both are duplicated, so that closing the link never closes the process's own; nothing is read
/// ahead. Print nothing to standard output meanwhile: the peer would take it for a message. (Standard
/// error is free.)
///
/// # Errors
///
/// The system's, if one of the two cannot be duplicated.
///
/// # Examples
///
/// ```no_run
/// use iolite::link::layer::stdio;
///
/// let mut link = stdio()?;
/// let question = link.recv(1024)?;
/// link.send(question)?;                            // an echo
/// # Ok::<(), iolite::link::layer::LinkError>(())
/// ```
#[doc(alias = "FilenoBuf")]
pub fn stdio() -> Result<ByteLink, LinkError> {
    let input = FileIo::duplicate(io::stdin(), FileMode::Read)?;
    let output = FileIo::duplicate(io::stdout(), FileMode::Write)?;
    let wake = WakePipe::new()?;
    let abort = AbortHandle::new({
        let wake = Arc::clone(&wake);
        move || wake.wake()
    });
    let receiver = DeviceReceiver::new(Interruptible::new(input, &wake), abort.clone());
    let sender = Interruptible::new(output, &wake);
    let sender = DeviceSender::new(sender, abort.clone());
    Ok(ByteLink::new(receiver, sender, abort))
}
