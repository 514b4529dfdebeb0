//! [`Span`]: a copy of consecutive bytes where a caller wants them in one piece, or where a call
//! that failed had them already.

#[derive(Default)]
pub(super) struct Span {
    /// Where on the device the first byte is.
    at: u64,
    bytes: Vec<u8>,
}

impl Span {
    /// Whether there is nothing that could be forgotten.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.bytes.capacity() == 0
    }

    /// The bytes from `offset` on; none if that is not inside.
    pub(super) fn from(&self, offset: u64) -> &[u8] {
        match offset.checked_sub(self.at) {
            Some(start) => self.bytes.get(start as usize..).unwrap_or_default(),
            None => &[],
        }
    }

    /// Becomes a copy of `bytes`, unless it has as much from `offset` on already.
    pub(super) fn begin(&mut self, offset: u64, bytes: &[u8]) {
        let has = self.from(offset).len();
        if has < bytes.len() {
            self.bytes.clear();
            self.bytes.extend_from_slice(bytes);
        } else {
            self.bytes.drain(..self.bytes.len() - has);
        }
        self.at = offset;
    }

    /// Goes on with the bytes that come next.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets the bytes. Memory is kept for the next time, if that is little.
    pub(super) fn clear(&mut self, keep: usize) {
        self.bytes.clear();
        if self.bytes.capacity() > keep {
            self.bytes = Vec::new();
        }
    }
}
