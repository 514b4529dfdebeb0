//! [`View`]: an immutable range of bytes that keeps its memory alive. [`TextView`] is the same for
//! bytes that are known to be UTF-8.

use std::ptr::{self, NonNull};
use std::{slice, str};

use super::{Memory, Reference};

/// Bytes that do not change, and a reference to their memory; `None` if that is `'static`.
#[derive(Clone)]
pub(in crate::chunk) struct View {
    pub(super) data: NonNull<u8>,
    pub(super) len: usize,
    pub(super) owner: Option<Reference>,
}

// SAFETY: the bytes are frozen and the reference is `Send`.
unsafe impl Send for View {}
// SAFETY: a shared reference can only read frozen bytes.
unsafe impl Sync for View {}

impl View {
    pub(in crate::chunk) const fn from_static(bytes: &'static [u8]) -> View {
        View {
            // Nothing here writes through it.
            data: NonNull::new(bytes.as_ptr().cast_mut()).expect("a slice is never at null"),
            len: bytes.len(),
            owner: None,
        }
    }

    /// Takes an owner of bytes in, who holds `room` of them at least. One allocation; the bytes
    /// stay where the owner has them.
    pub(in crate::chunk) fn from_owner<T: AsRef<[u8]> + Send + Sync + 'static>(
        owner: T,
        room: usize,
    ) -> View {
        let foreign = NonNull::from(Box::leak(Box::new(Foreign {
            memory: Memory::new(1, room, release_foreign::<T>),
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
        // SAFETY: the box is alive and nobody else knows of it yet; `bytes` may lie in the other
        // field of it, but not in this one.
        unsafe { (*foreign.as_ptr()).memory.size = room.max(view.len) };
        view
    }

    /// How many bytes of memory are kept because of this view: those of the whole block, or what
    /// is known of the owner's. None if they are `'static`.
    pub(in crate::chunk) fn pinned(&self) -> usize {
        self.owner.as_ref().map_or(0, |owner| owner.memory().size)
    }

    /// The same bytes, in memory of their own where this one keeps more than twice as many.
    pub(in crate::chunk) fn compact(self) -> View {
        if self.len == 0 {
            return View::from_static(b"");
        }
        if self.pinned() / 2 <= self.len {
            return self;
        }
        View::from_owner(Box::<[u8]>::from(self.as_slice()), self.len)
    }

    #[inline]
    pub(in crate::chunk) fn as_slice(&self) -> &[u8] {
        self.owner.iter().for_each(|it| it.memory().probe.read());
        // SAFETY: `data` and `len` describe frozen bytes that the owner keeps alive.
        unsafe { slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }

    /// Drops the first `n` bytes from the view.
    #[inline]
    pub(in crate::chunk) fn advance(&mut self, n: usize) {
        assert!(n <= self.len, "advance beyond the end");
        // SAFETY: inside the view or at its end, as just asserted.
        self.data = unsafe { self.data.add(n) };
        self.len -= n;
    }

    /// Drops all but the first `n` bytes from the view.
    #[inline]
    pub(in crate::chunk) fn truncate(&mut self, n: usize) {
        self.len = self.len.min(n);
    }

    /// Grows by `next` if that is what follows in the same memory; says whether it did.
    pub(in crate::chunk) fn join(&mut self, next: &View) -> bool {
        let end = self.data.as_ptr().wrapping_add(self.len);
        let is_next = match (&self.owner, &next.owner) {
            (Some(one), Some(other)) => one.is(other) && ptr::eq(end, next.data.as_ptr()),
            // Two static views side by side may still be different objects.
            _ => false,
        };
        if is_next {
            self.len += next.len;
        }
        is_next
    }
}

/// An owner of bytes that is not ours.
#[repr(C)]
struct Foreign<T> {
    memory: Memory,
    owner: T,
}

/// Drops a foreign owner, and the box that it is in.
///
/// # Safety
///
/// As for [`Memory::release`]; the header is that of a leaked `Box<Foreign<T>>`, of this very `T`.
unsafe fn release_foreign<T>(memory: NonNull<Memory>) {
    debug_assert!(memory.cast::<Foreign<T>>().is_aligned());
    // SAFETY: `from_owner::<T>` made this pointer from a leaked box of this type, whose first
    // field the header is (`repr(C)`), and the caller has seen the last reference go.
    drop(unsafe { Box::from_raw(memory.cast::<Foreign<T>>().as_ptr()) });
}

/// A view whose bytes were validated as UTF-8, so that they need not be validated again.
#[derive(Clone)]
pub(in crate::chunk) struct TextView(View);

impl TextView {
    /// Text that is `'static`.
    pub(in crate::chunk) const fn from_static(text: &'static str) -> TextView {
        TextView(View::from_static(text.as_bytes()))
    }

    /// Takes the longest prefix that is UTF-8 off `view`, and says why it ends there if it is
    /// not all.
    pub(in crate::chunk) fn take_valid(
        view: &mut View,
    ) -> (TextView, Option<simdutf8::compat::Utf8Error>) {
        let error = simdutf8::compat::from_utf8(view.as_slice()).err();
        let valid = error.map_or(view.len, |error| error.valid_up_to());
        let mut text = view.clone();
        text.truncate(valid);
        view.advance(valid);
        (TextView(text), error)
    }

    #[inline]
    pub(in crate::chunk) fn as_str(&self) -> &str {
        // SAFETY: `take_valid` looked at exactly these bytes, which are frozen; `truncate` and
        // `advance` cut only between characters, `join` joins two such texts, and `compact` copies
        // one. (Looking again here, in a debug build, would make long texts quadratic.)
        unsafe { str::from_utf8_unchecked(self.0.as_slice()) }
    }

    /// Drops all but the first `n` bytes.
    #[inline]
    pub(in crate::chunk) fn truncate(&mut self, n: usize) {
        assert!(self.as_str().is_char_boundary(n), "cut inside a character");
        self.0.truncate(n);
    }

    /// Drops the first `n` bytes.
    #[inline]
    pub(in crate::chunk) fn advance(&mut self, n: usize) {
        assert!(self.as_str().is_char_boundary(n), "cut inside a character");
        self.0.advance(n);
    }

    /// Grows by `next` if that is what follows in the same memory; says whether it did.
    pub(in crate::chunk) fn join(&mut self, next: &TextView) -> bool {
        self.0.join(&next.0)
    }

    /// How many bytes of memory are kept because of this text.
    pub(in crate::chunk) fn pinned(&self) -> usize {
        self.0.pinned()
    }

    /// The same text, in memory of its own where this one keeps more than twice as much.
    pub(in crate::chunk) fn compact(self) -> TextView {
        TextView(self.0.compact())
    }

    pub(in crate::chunk) fn into_view(self) -> View {
        self.0
    }
}
