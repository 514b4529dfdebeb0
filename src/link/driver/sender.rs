//! [`Sender`]: the sending half of a link, and the messages of one write.

use crate::link::layer::{LinkError, ObjectSender};
use crate::link::object::Object;
use crate::link::session::Session;

/// About how many bytes are written with one call. More messages than this are no faster, and
/// others wait longer for the first of them.
const GATHER: usize = 64 << 10;

/// The sending half of a link. Whoever holds it is the connection's writer.
pub(super) struct Sender {
    link: Box<dyn ObjectSender>,
    /// What the session has said, and the link has not heard yet.
    batch: Vec<Object>,
}

impl Sender {
    pub(super) fn new(link: Box<dyn ObjectSender>) -> Sender {
        Sender {
            link,
            batch: Vec::new(),
        }
    }

    /// Takes messages from the session, as many as fit into one write.
    pub(super) fn gather(&mut self, session: &mut Session) {
        if let Some(bytes) = self.link.sequence() {
            session.transmit_into(bytes, GATHER);
            return;
        }
        let mut length = 0;
        while length < GATHER
            && let Some(message) = session.transmit()
        {
            length += message.bytes().len();
            self.batch.push(message);
        }
    }

    /// Writes them.
    pub(super) fn send(&mut self) -> Result<(), LinkError> {
        for message in self.batch.drain(..) {
            self.link.feed(message)?;
        }
        self.link.flush()
    }

    /// Ends the direction in good order.
    pub(super) fn shutdown(&mut self) -> Result<(), LinkError> {
        self.link.shutdown()
    }
}
