//! [`OwnedBytes`]: what a pipe is given to keep.

use crate::chunk::chain::Chain;
use crate::chunk::view::Chunk;

/// What [`Pipe::push`](crate::Pipe::push) takes: whatever becomes a [`Chunk`], or a [`Chain`].
///
/// One chunk stays one: as a chain it would allocate a list, in every push.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OwnedBytes {
    /// One piece.
    Chunk(Chunk),
    /// Any number of them.
    Chain(Chain),
}

impl OwnedBytes {
    pub(super) fn len(&self) -> usize {
        match self {
            OwnedBytes::Chunk(chunk) => chunk.len(),
            OwnedBytes::Chain(chain) => chain.len(),
        }
    }
}

impl<T: Into<Chunk>> From<T> for OwnedBytes {
    fn from(bytes: T) -> OwnedBytes {
        OwnedBytes::Chunk(bytes.into())
    }
}

impl From<Chain> for OwnedBytes {
    fn from(chain: Chain) -> OwnedBytes {
        OwnedBytes::Chain(chain)
    }
}

impl From<OwnedBytes> for Chain {
    fn from(bytes: OwnedBytes) -> Chain {
        match bytes {
            OwnedBytes::Chunk(chunk) => chunk.into(),
            OwnedBytes::Chain(chain) => chain,
        }
    }
}
