//! [`ReuniteError`]: two halves that do not belong together.

use std::fmt;

use super::{SocketReader, SocketWriter};

/// Two halves that do not belong to one open socket; see
/// [`SocketReader::reunite`]. Nothing is lost.
///
/// # Examples
///
/// ```
/// use std::net::TcpListener;
/// use iolite::SocketIo;
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let (one, _writer) = SocketIo::connect(listener.local_addr()?)?.split()?;
/// let (_reader, other) = SocketIo::connect(listener.local_addr()?)?.split()?;
/// let (_one, _other) = one.reunite(other).unwrap_err().into_parts();
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Debug)]
pub struct ReuniteError(Box<(SocketReader, SocketWriter)>);

impl ReuniteError {
    pub(super) fn new(reader: SocketReader, writer: SocketWriter) -> ReuniteError {
        ReuniteError(Box::new((reader, writer)))
    }

    /// The two halves, as they were.
    pub fn into_parts(self) -> (SocketReader, SocketWriter) {
        *self.0
    }
}

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the two halves do not belong to one open socket")
    }
}

impl std::error::Error for ReuniteError {}
