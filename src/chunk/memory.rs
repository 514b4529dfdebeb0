//! Reference-counted memory, its one writer and its views: the one address of unsafe code.
//!
//! A [`Memory`] is an allocation with its header in front, or a foreign owner that lends its
//! bytes. The law that makes everything here sound, and that the floors above build on:
//!
//! 1. The bytes `[0, filled)` of a block are *frozen*: they are only read, by any number of
//!    [`View`]s in any number of threads.
//! 2. The bytes `[filled, capacity)` belong to the block's one [`Tail`]. A `Tail` is not `Clone`,
//!    and `filled` lives in it, so no view can see that number change.
//! 3. A `Tail` may take frozen bytes back (rewind, shift) only while it holds the only reference.
//! 4. Foreign memory has no way to a `Tail`: it is never written.
//!
//! Blocks are zeroed once, when they are allocated, and recycled as they are, so that every byte
//! a `Tail` hands out is initialised and no floor ever sees uninitialised memory.

use std::alloc::{self, Layout};
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::{process, slice, str};

use super::pool::Home;
use super::sync::{AtomicUsize, Ordering, Witness, fence};

/// What stands in front of every reference-counted memory.
#[repr(C)]
struct Memory {
    /// Number of views and tails; the last one calls `release`.
    refs: AtomicUsize,
    /// Frees or recycles the whole allocation that this header is the start of.
    release: unsafe fn(NonNull<Memory>),
    /// Who reads and who rewrites the bytes: nothing at all, save in a model of threads.
    witness: Witness,
}

impl Memory {
    fn new(refs: usize, release: unsafe fn(NonNull<Memory>)) -> Memory {
        Memory {
            refs: AtomicUsize::new(refs),
            release,
            witness: Witness::new(),
        }
    }
}

/// A counted reference to a [`Memory`].
struct Reference(NonNull<Memory>);

// SAFETY: the count is atomic; what is behind it is `Send + Sync` (blocks are plain bytes with a
// `Home`, which is both; foreign owners are required to be both).
unsafe impl Send for Reference {}
// SAFETY: as above; a shared reference can only count and be cloned.
unsafe impl Sync for Reference {}

impl Reference {
    fn memory(&self) -> &Memory {
        // SAFETY: a `Reference` is counted, so its memory is alive as long as it is.
        unsafe { self.0.as_ref() }
    }

    /// Whether this is the only reference. If so, everything that other threads did with theirs
    /// happened before the return.
    fn is_unique(&self) -> bool {
        self.memory().refs.load(Ordering::Acquire) == 1
    }
}

impl Clone for Reference {
    #[inline]
    fn clone(&self) -> Reference {
        // So many are a leak in a loop: stop before the number wraps (as `Arc` does).
        if self.memory().refs.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
            process::abort();
        }
        Reference(self.0)
    }
}

impl Drop for Reference {
    #[inline]
    fn drop(&mut self) {
        if self.memory().refs.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            let release = self.memory().release;
            // SAFETY: that was the last reference, and `release` belongs to this allocation.
            unsafe { release(self.0) }
        }
    }
}

/// The header of a block; `Block::PAYLOAD` bytes behind its start the payload begins.
#[repr(C, align(64))]
struct BlockHeader {
    memory: Memory,
    capacity: usize,
    home: Option<Home>,
}

/// A block that nobody refers to: zeroed when new, with old bytes when recycled.
pub(super) struct Block(NonNull<BlockHeader>);

// SAFETY: a `Block` owns its allocation alone; see `Reference`.
unsafe impl Send for Block {}

impl Block {
    const PAYLOAD: usize = size_of::<BlockHeader>();

    /// Allocates `capacity` zeroed bytes behind a header.
    ///
    /// Calls [`alloc::handle_alloc_error`] when there is no memory, as `Vec` does.
    pub(super) fn new(capacity: usize) -> Block {
        let layout = Block::layout(capacity);
        // SAFETY: the layout's size is not zero, as it holds the header.
        let start = unsafe { alloc::alloc_zeroed(layout) };
        let Some(header) = NonNull::new(start.cast::<BlockHeader>()) else {
            alloc::handle_alloc_error(layout)
        };
        let empty = BlockHeader {
            memory: Memory::new(0, release_block),
            capacity,
            home: None,
        };
        // SAFETY: `header` is the start of a fresh allocation that is laid out for it.
        unsafe { header.write(empty) }
        Block(header)
    }

    fn layout(capacity: usize) -> Layout {
        let size = Block::PAYLOAD.checked_add(capacity);
        size.and_then(|size| Layout::from_size_align(size, align_of::<BlockHeader>()).ok())
            .expect("a block of this capacity exceeds the address space")
    }

    pub(super) fn capacity(&self) -> usize {
        // SAFETY: the allocation is alive and nobody else has it.
        unsafe { self.0.as_ref() }.capacity
    }

    fn header_mut(&mut self) -> &mut BlockHeader {
        // SAFETY: as in `capacity`.
        unsafe { self.0.as_mut() }
    }

    fn payload(&self) -> NonNull<u8> {
        // SAFETY: the payload begins inside, or at the end of, the same allocation.
        unsafe { self.0.cast::<u8>().add(Block::PAYLOAD) }
    }

    /// Overwrites the whole payload with zeros.
    pub(super) fn wipe(&mut self) {
        // SAFETY: the payload is `capacity` bytes long, and nobody else refers to the block.
        unsafe { ptr::write_bytes(self.payload().as_ptr(), 0, self.capacity()) }
    }

    /// Gives the block to its one writer. When the last reference is gone it goes to `home`.
    pub(super) fn into_tail(mut self, home: Home) -> Tail {
        let header = self.header_mut();
        header.home = Some(home);
        header.memory.refs.store(1, Ordering::Relaxed); // nobody else has the block
        header.memory.witness.rewrite();
        let tail = Tail {
            data: self.payload(),
            capacity: self.capacity(),
            filled: 0,
            reference: Reference(self.0.cast()),
        };
        std::mem::forget(self);
        tail
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let layout = Block::layout(self.capacity());
        self.header_mut().home = None;
        // SAFETY: allocated in `new` with this very layout, and owned alone.
        unsafe { alloc::dealloc(self.0.as_ptr().cast(), layout) }
    }
}

/// Sends a block home.
unsafe fn release_block(memory: NonNull<Memory>) {
    let mut block = Block(memory.cast());
    if let Some(home) = block.header_mut().home.take() {
        home.take_back(block);
    }
}

/// The one writer of a block: appends bytes behind what is frozen, and freezes them.
///
/// Comes from a [`Pool`](super::Pool). Any number of [`Chunk`](super::Chunk)s may view the frozen
/// part meanwhile; the room behind it is the tail's alone.
pub struct Tail {
    data: NonNull<u8>,
    capacity: usize,
    /// Bytes from the start that are frozen; at most `capacity`.
    filled: usize,
    reference: Reference,
}

// SAFETY: the tail's part of the block is its own, and the reference is `Send`.
unsafe impl Send for Tail {}
// SAFETY: a shared reference can only read frozen bytes and make views.
unsafe impl Sync for Tail {}

impl Tail {
    /// The block's size in bytes; a power of two.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The bytes written so far.
    #[inline]
    pub fn frozen(&self) -> &[u8] {
        // SAFETY: `filled <= capacity` initialised bytes, which nobody writes while they are
        // frozen; un-freezing them takes `&mut self`.
        unsafe { slice::from_raw_parts(self.data.as_ptr(), self.filled) }
    }

    /// The room behind the frozen bytes: initialised, with whatever was there before.
    #[inline]
    pub fn spare_mut(&mut self) -> &mut [u8] {
        // SAFETY: `filled <= capacity`, so the start is inside the payload or at its end.
        let start = unsafe { self.data.add(self.filled) };
        // SAFETY: this part is initialised and belongs to the one tail, which is borrowed.
        unsafe { slice::from_raw_parts_mut(start.as_ptr(), self.capacity - self.filled) }
    }

    /// Freezes the next `n` bytes of the room.
    ///
    /// # Panics
    ///
    /// If the room is smaller than `n` bytes.
    #[inline]
    pub fn commit(&mut self, n: usize) {
        assert!(n <= self.capacity - self.filled, "commit beyond the room");
        self.filled += n;
    }

    /// Whether no view of the block is left.
    pub fn is_unique(&self) -> bool {
        self.reference.is_unique()
    }

    /// Forgets the first `start` frozen bytes and moves the rest to the front, if no view is
    /// left; returns whether that was so.
    ///
    /// # Panics
    ///
    /// If `start` is beyond the frozen bytes.
    pub fn reclaim(&mut self, start: usize) -> bool {
        assert!(start <= self.filled, "reclaim beyond the frozen bytes");
        if !self.is_unique() {
            return false;
        }
        self.reference.memory().witness.rewrite();
        // Nobody else refers to the block: for a moment all of it is room.
        let end = std::mem::take(&mut self.filled);
        self.spare_mut().copy_within(start..end, 0);
        self.filled = end - start;
        true
    }

    /// The frozen part; the room behind it is given up, and with it the right to write.
    pub(super) fn into_view(self) -> View {
        View {
            data: self.data,
            len: self.filled,
            owner: Some(self.reference),
        }
    }

    #[inline]
    pub(super) fn view(&self, range: Range<usize>) -> View {
        assert!(range.start <= range.end && range.end <= self.filled);
        View {
            // SAFETY: inside the frozen part, as just asserted.
            data: unsafe { self.data.add(range.start) },
            len: range.end - range.start,
            owner: Some(self.reference.clone()),
        }
    }
}

/// Bytes that do not change, and a share in the memory that holds them (`None`: for ever).
#[derive(Clone)]
pub(super) struct View {
    data: NonNull<u8>,
    len: usize,
    owner: Option<Reference>,
}

// SAFETY: the bytes are frozen and the reference is `Send`.
unsafe impl Send for View {}
// SAFETY: a shared reference can only read frozen bytes.
unsafe impl Sync for View {}

impl View {
    pub(super) const fn from_static(bytes: &'static [u8]) -> View {
        View {
            // Nothing here writes through it.
            data: NonNull::new(bytes.as_ptr().cast_mut()).expect("a slice is never at null"),
            len: bytes.len(),
            owner: None,
        }
    }

    /// Takes an owner of bytes in. One allocation; the bytes stay where the owner has them.
    pub(super) fn from_owner<T: AsRef<[u8]> + Send + Sync + 'static>(owner: T) -> View {
        let foreign = NonNull::from(Box::leak(Box::new(Foreign {
            memory: Memory::new(1, release_foreign::<T>),
            owner,
        })));
        // From here on the view owns the box, also when `as_ref` panics.
        let mut view = View {
            data: NonNull::dangling(),
            len: 0,
            owner: Some(Reference(foreign.cast())),
        };
        // SAFETY: the box is alive, does not move, and no `&mut` to it is made before its end.
        let bytes = unsafe { foreign.as_ref() }.owner.as_ref();
        view.data = NonNull::from(bytes).cast();
        view.len = bytes.len();
        view
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[u8] {
        self.owner.iter().for_each(|it| it.memory().witness.read());
        // SAFETY: `data` and `len` describe frozen bytes that the owner keeps alive.
        unsafe { slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }

    /// Drops the first `n` bytes from the view.
    pub(super) fn advance(&mut self, n: usize) {
        assert!(n <= self.len, "advance beyond the end");
        // SAFETY: inside the view or at its end, as just asserted.
        self.data = unsafe { self.data.add(n) };
        self.len -= n;
    }

    /// Drops all but the first `n` bytes from the view.
    pub(super) fn truncate(&mut self, n: usize) {
        self.len = self.len.min(n);
    }
}

/// An owner of bytes that is not ours.
#[repr(C)]
struct Foreign<T> {
    memory: Memory,
    owner: T,
}

unsafe fn release_foreign<T>(memory: NonNull<Memory>) {
    // SAFETY: `from_owner::<T>` made this pointer from a leaked box of this type, and the last
    // reference is gone.
    drop(unsafe { Box::from_raw(memory.cast::<Foreign<T>>().as_ptr()) });
}

/// A view whose bytes were found to be UTF-8, so that nobody has to look again.
#[derive(Clone)]
pub(super) struct TextView(View);

impl TextView {
    pub(super) const EMPTY: TextView = TextView(View::from_static(b""));

    /// Takes the longest prefix that is UTF-8 off `view`, and says why it ends there if it is
    /// not all.
    pub(super) fn take_valid(view: &mut View) -> (TextView, Option<simdutf8::compat::Utf8Error>) {
        let error = simdutf8::compat::from_utf8(view.as_slice()).err();
        let valid = error.map_or(view.len, |error| error.valid_up_to());
        let mut text = view.clone();
        text.truncate(valid);
        view.advance(valid);
        (TextView(text), error)
    }

    #[inline]
    pub(super) fn as_str(&self) -> &str {
        // SAFETY: `take_valid` looked at exactly these bytes, which are frozen; `truncate` and
        // `advance` cut only between characters.
        unsafe { str::from_utf8_unchecked(self.0.as_slice()) }
    }

    /// Drops all but the first `n` bytes.
    pub(super) fn truncate(&mut self, n: usize) {
        assert!(self.as_str().is_char_boundary(n), "cut inside a character");
        self.0.truncate(n);
    }

    /// Drops the first `n` bytes.
    pub(super) fn advance(&mut self, n: usize) {
        assert!(self.as_str().is_char_boundary(n), "cut inside a character");
        self.0.advance(n);
    }

    pub(super) fn into_view(self) -> View {
        self.0
    }
}
