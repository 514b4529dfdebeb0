//! [`Reader`]: the receiving half of a link, and the messages of one read.

use std::time::Instant;

use crate::error::Error;
use crate::link::layer::{LinkError, ObjectReceiver};
use crate::link::object::Object;

/// How many messages are handed to the session under one lock: enough that the lock costs nothing,
/// and few enough that nobody waits long for it.
const BATCH: usize = 256;

/// The receiving half of a link. Whoever holds it is the connection's reader.
pub(super) struct Reader {
    link: Box<dyn ObjectReceiver>,
    /// What was read, and the session has not seen yet.
    pub(super) batch: Vec<Object>,
}

/// What a read brought.
#[derive(Debug)]
pub(super) enum Read {
    /// The batch has messages.
    Messages,
    /// The time is over, or the link cannot tell.
    Nothing(LinkError),
    /// Nothing comes any more: the end, or why.
    End(Option<LinkError>),
}

/// Whether a link cannot be read with a deadline.
pub(super) fn is_untimed(error: &LinkError) -> bool {
    matches!(error, LinkError::Stream(error) if matches!(**error, Error::Unsupported { .. }))
}

impl Reader {
    pub(super) fn new(link: Box<dyn ObjectReceiver>) -> Reader {
        Reader {
            link,
            batch: Vec::new(),
        }
    }

    /// Waits for messages and takes all that have come, without waiting for more.
    pub(super) fn read(&mut self, deadline: Option<Instant>) -> Read {
        let first = match deadline {
            Some(deadline) => self.link.recv_until(deadline),
            None => self.link.recv(),
        };
        match first {
            Ok(Some(message)) => self.batch.push(message),
            Ok(None) => return Read::End(None),
            Err(error) if error.is_would_block() || is_untimed(&error) => {
                return Read::Nothing(error);
            }
            Err(error) => return Read::End(Some(error)),
        }
        // An error of what follows comes again with the next read, after these messages.
        while self.batch.len() < BATCH
            && let Ok(Some(message)) = self.link.buffered()
        {
            self.batch.push(message);
        }
        Read::Messages
    }
}
