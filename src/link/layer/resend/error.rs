//! [`ResendError`]: why a re-sending link does not go on.

use std::time::Duration;

/// Why a re-sending link does not go on; see [`Resend`](super::Resend). Everything that was received in
/// order before can still be taken.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use iolite::link::layer::ResendError;
///
/// let error = ResendError::PeerSilent { silence: Duration::from_secs(20) };
/// assert_eq!(error.to_string(), "the peer has said nothing for 20s");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResendError {
    /// The peer did not answer, however often it was tried.
    #[error("the peer has said nothing for {silence:?}")]
    PeerSilent {
        /// Since when nothing came.
        silence: Duration,
    },

    /// The peer answers, and never takes the next message.
    #[error("the peer did not take a message that was sent {attempts} times")]
    NotTaken {
        /// How often the message was sent.
        attempts: u32,
    },

    /// The peer has closed the link, and not all messages had arrived: sent by this side, or, where
    /// there are none of those, by the peer.
    #[error("the peer has closed the link; {unacknowledged} messages to it may be lost")]
    PeerClosed {
        /// How many messages of this side it had not acknowledged.
        unacknowledged: usize,
    },

    /// The peer has started anew, so nobody knows which messages the one before had taken.
    #[error("the peer has started anew; {unacknowledged} messages to it may be lost")]
    PeerRestarted {
        /// How many messages of this side it had not acknowledged.
        unacknowledged: usize,
    },

    /// The line has ended before either side had said good-bye.
    #[error("the line has ended; {unacknowledged} messages to the peer may be lost")]
    LineEnded {
        /// How many messages of this side the peer had not acknowledged.
        unacknowledged: usize,
    },

    /// A frame of the peer is none of this protocol.
    #[error("the peer's frame is none of a re-sending link")]
    Malformed,
}
