//! [`ChunkBuilder`]: the one writer of a block.

use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;

use super::View;
use super::block::note_initialised;
use super::prepaid_refs::PrepaidRefs;

/// The one writer of a block: appends bytes after what is frozen, and freezes them.
///
/// Comes from a [`Pool`](crate::Pool). Any number of [`Chunk`](crate::Chunk)s may view the frozen
/// part meanwhile; the room after it is the builder's alone.
pub struct ChunkBuilder {
    pub(super) data: NonNull<u8>,
    pub(super) capacity: usize,
    /// Where the room ends; at most `capacity`.
    pub(super) end: usize,
    /// Bytes from the start that are frozen; at most `end`.
    pub(super) filled: usize,
    /// So many bytes from the start are known to be initialised; at most `capacity`. All frozen
    /// ones are, also where they are more.
    pub(super) initialised: usize,
    pub(super) prepaid: PrepaidRefs,
}

// SAFETY: the builder's part of the block is its own, and references are `Send`.
unsafe impl Send for ChunkBuilder {}
// SAFETY: a shared reference can only read frozen bytes, which nobody writes as long as the builder
// is borrowed, and make views. Making one (`view(&self)`) counts a reference and notes that there
// are others; both are atomic. What is not atomic, the stock of references among it, is changed by
// `&mut ChunkBuilder` only, and whoever has that has synchronised with all who shared the builder.
unsafe impl Sync for ChunkBuilder {}

impl ChunkBuilder {
    /// The block's size in bytes; a power of two.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Ends the room `room` bytes after the frozen bytes, or at the block's end if that is
    /// nearer: a buffer with a capacity then needs no count of its own.
    pub(crate) fn limit(&mut self, room: usize) {
        self.end = self.filled + room.min(self.capacity - self.filled);
    }

    /// The bytes written so far.
    #[inline]
    pub fn filled(&self) -> &[u8] {
        self.check();
        // SAFETY: `filled <= end <= capacity` initialised bytes, which nobody writes while they
        // are frozen; un-freezing them takes `&mut self`.
        unsafe { slice::from_raw_parts(self.data.as_ptr(), self.filled) }
    }

    /// The room after the frozen bytes: initialised, with whatever was there before. Asked for the
    /// first time, a fresh block is zeroed, and its pages are touched;
    /// [`append`](ChunkBuilder::append) touches only what it writes.
    #[inline]
    pub fn spare_mut(&mut self) -> &mut [u8] {
        if self.initialised < self.end {
            self.initialise();
        }
        self.check();
        // SAFETY: `filled <= end <= capacity`, so the start is inside the payload or at its end.
        let start = unsafe { self.data.add(self.filled) };
        // SAFETY: `filled <= end`, so the length is no negative one; up to `end <= capacity` all is
        // initialised, as was just seen to, and, from `filled` on, belongs to the one builder,
        // which is borrowed.
        unsafe { slice::from_raw_parts_mut(start.as_ptr(), self.end - self.filled) }
    }

    /// How large the room after the frozen bytes is.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        self.end - self.filled
    }

    /// Zeroes what of the room is not known to be initialised.
    fn initialise(&mut self) {
        let from = self.initialised.max(self.filled);
        if from < self.end {
            // SAFETY: `from < end <= capacity`: inside the payload.
            let start = unsafe { self.data.add(from) };
            // SAFETY: up to `end <= capacity` it is inside the payload, and from `filled` on it
            // belongs to the one builder, which is borrowed.
            unsafe { ptr::write_bytes(start.as_ptr(), 0, self.end - from) };
        }
        self.initialised = self.end;
        // SAFETY: only blocks have builders, and this is the block's own; what is frozen was
        // written, the rest up to `end` was initialised before or just now.
        unsafe { note_initialised(self.prepaid.memory(), self.end) };
    }

    /// What every access to the memory relies on.
    #[inline]
    fn check(&self) {
        debug_assert!(self.filled <= self.end && self.end <= self.capacity);
    }

    /// Freezes the next `n` bytes of the room.
    ///
    /// # Panics
    ///
    /// If the room is smaller than `n` bytes.
    #[inline]
    pub fn commit(&mut self, n: usize) {
        assert!(n <= self.end - self.filled, "commit beyond the room");
        if self.initialised < self.filled + n {
            // The room was never lent, so it still shows the allocation's zeros.
            self.initialise();
        }
        self.filled += n;
    }

    /// Copies all of `bytes` after what is frozen and freezes it, or nothing if there is no room
    /// for all: one comparison and one copy.
    #[inline]
    pub(crate) fn append_all(&mut self, bytes: &[u8]) -> bool {
        let at = self.filled;
        if bytes.len() > self.end - at {
            return false;
        }
        self.filled = at + bytes.len();
        self.check();
        // SAFETY: `at + bytes.len() <= end <= capacity`, as just compared: inside the payload.
        let room = unsafe { self.data.add(at) };
        // SAFETY: that part was no frozen one and is the builder's alone, so `bytes` is elsewhere.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), room.as_ptr(), bytes.len()) };
        true
    }

    /// Whether no view of the block is left.
    #[inline]
    pub fn is_unique(&self) -> bool {
        self.prepaid.is_unique()
    }

    /// The bytes written so far, to be changed, if no view is left; `None` otherwise: what a view
    /// shows never changes.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut builder = iolite::Pool::default().acquire(64);
    /// builder.append(b"1234");
    /// builder.filled_mut().unwrap()[..2].copy_from_slice(b"xy");
    /// let kept = builder.chunk(..);
    /// assert!(builder.filled_mut().is_none());
    /// assert_eq!(kept, b"xy34");
    /// ```
    #[inline]
    pub fn filled_mut(&mut self) -> Option<&mut [u8]> {
        if !self.prepaid.is_unique_to_change() {
            return None;
        }
        self.check();
        // SAFETY: `filled <= capacity` initialised bytes; no view refers to the block, and none
        // can be made while the builder is borrowed.
        Some(unsafe { slice::from_raw_parts_mut(self.data.as_ptr(), self.filled) })
    }

    /// Forgets the first `start` frozen bytes and moves the rest to the front, if no view is
    /// left; returns whether that was so.
    ///
    /// # Panics
    ///
    /// If `start` is beyond the frozen bytes.
    pub fn reclaim(&mut self, start: usize) -> bool {
        assert!(start <= self.filled, "reclaim beyond the frozen bytes");
        if !self.prepaid.is_unique_to_change() {
            return false;
        }
        let kept = self.filled - start;
        self.check();
        // SAFETY: `start <= filled <= capacity`: inside the payload, or at its end.
        let from = unsafe { self.data.add(start) };
        // SAFETY: `kept` initialised bytes from `start` on, and as many at the front, are inside
        // the payload; no view refers to the block, and none can be made while the builder is
        // borrowed.
        unsafe { ptr::copy(from.as_ptr(), self.data.as_ptr(), kept) };
        self.filled = kept;
        true
    }

    /// The frozen part; the room after it is given up, and with it the right to write.
    pub(in crate::chunk) fn into_view(self) -> View {
        View {
            data: self.data,
            len: self.filled,
            owner: Some(self.prepaid.into_reference()),
        }
    }

    #[inline]
    pub(in crate::chunk) fn view(&self, range: Range<usize>) -> View {
        assert!(range.start <= range.end && range.end <= self.filled);
        View {
            // SAFETY: inside the frozen part, as just asserted.
            data: unsafe { self.data.add(range.start) },
            len: range.end - range.start,
            owner: Some(self.prepaid.share()),
        }
    }

    /// [`view`](ChunkBuilder::view), with a reference that is counted already.
    #[inline]
    pub(in crate::chunk) fn view_prepaid(&mut self, range: Range<usize>) -> View {
        assert!(range.start <= range.end && range.end <= self.filled);
        View {
            // SAFETY: inside the frozen part, as just asserted.
            data: unsafe { self.data.add(range.start) },
            len: range.end - range.start,
            owner: Some(self.prepaid.hand_out()),
        }
    }
}
