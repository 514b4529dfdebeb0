//! [`Content`]: bytes that can be changed, and that can be lent as chunks that never change.

use std::mem;
use std::sync::Arc;

use crate::chunk::Chunk;
use crate::error::{Result, out_of_memory};

/// Contiguous bytes. Invariant: while they are lent, `own` is empty.
///
/// They are a plain vector until the first chunk is asked for, so that small writes cost what they
/// cost on a vector; the next write takes the vector back, or copies it if chunks are alive.
#[derive(Default)]
pub(super) struct Content {
    own: Vec<u8>,
    lent: Option<Lent>,
}

/// The vector, shared with a chunk of all its bytes.
struct Lent {
    bytes: Arc<Vec<u8>>,
    whole: Chunk,
}

impl Content {
    #[inline]
    pub(super) fn as_slice(&self) -> &[u8] {
        match &self.lent {
            None => &self.own,
            Some(lent) => &lent.bytes,
        }
    }

    /// Appends all of `bytes` if `position` is the end and the vector has room without growing;
    /// otherwise does nothing. Lent bytes have no room.
    #[inline]
    pub(super) fn append_at(&mut self, position: u64, bytes: &[u8]) -> bool {
        let own = &mut self.own;
        let fits = own.len() as u64 == position && bytes.len() <= own.capacity() - own.len();
        if fits {
            own.extend_from_slice(bytes);
        }
        fits
    }

    /// All bytes as a chunk: without a copy, and allocating only the first time.
    pub(super) fn read_shared(&mut self) -> &Chunk {
        let own = &mut self.own;
        let lent = self
            .lent
            .get_or_insert_with(|| Lent::new(Arc::new(mem::take(own))));
        &lent.whole
    }

    /// The bytes, for changing them and appending up to `more`; an error if there is no memory, and
    /// nothing has changed then. Reserves by doubling, so that many small writes copy each byte
    /// only a constant number of times.
    pub(super) fn make_room(&mut self, more: usize) -> Result<&mut Vec<u8>> {
        if self.lent.is_some() {
            self.take_back(more)?;
        }
        self.own.try_reserve(more).map_err(out_of_memory)?;
        Ok(&mut self.own)
    }

    fn take_back(&mut self, more: usize) -> Result<()> {
        match self.lent.take().map(Lent::unwrap) {
            None => {}
            Some(Ok(bytes)) => self.own = bytes,
            Some(Err(shared)) => {
                let mut copy = Vec::new();
                if let Err(error) = copy.try_reserve(shared.len() + more) {
                    self.lent = Some(Lent::new(shared));
                    return Err(out_of_memory(error).into());
                }
                copy.extend_from_slice(&shared);
                self.own = copy;
            }
        }
        Ok(())
    }

    /// Drops all but the first `len` bytes; copies those if chunks are alive.
    pub(super) fn truncate(&mut self, len: usize) {
        match self.lent.take().map(Lent::unwrap) {
            None => {}
            Some(Ok(bytes)) => self.own = bytes,
            Some(Err(shared)) => self.own = shared[..len.min(shared.len())].to_vec(),
        }
        self.own.truncate(len);
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        // Cuts nothing, but takes the bytes back.
        self.truncate(usize::MAX);
        &mut self.own
    }

    pub(super) fn into_vec(mut self) -> Vec<u8> {
        self.truncate(usize::MAX);
        self.own
    }
}

impl From<Vec<u8>> for Content {
    fn from(own: Vec<u8>) -> Content {
        Content { own, lent: None }
    }
}

impl Lent {
    fn new(bytes: Arc<Vec<u8>>) -> Lent {
        let whole = Chunk::from_owner(Owner(Arc::clone(&bytes)));
        Lent { bytes, whole }
    }

    /// The vector if no chunk of it is alive any more.
    fn unwrap(self) -> Result<Vec<u8>, Arc<Vec<u8>>> {
        drop(self.whole);
        Arc::try_unwrap(self.bytes)
    }
}

/// `Arc<Vec<u8>>` as bytes.
struct Owner(Arc<Vec<u8>>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
