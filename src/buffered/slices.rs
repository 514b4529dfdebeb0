//! Slices of the callers' for one scattered read or one gathered write.

use std::io::{IoSlice, IoSliceMut};
use std::ops::Deref;

/// So many slices the systems take in one call (`IOV_MAX` of Linux, macOS and the BSDs).
const MOST: usize = 1024;

/// How many bytes these are.
pub(super) fn total<T: Deref<Target = [u8]>>(bufs: &[T]) -> usize {
    bufs.iter().map(|buf| buf.len()).fold(0, usize::saturating_add)
}

/// Those that one write takes. The first one is not empty, so that a write of them writes
/// something.
pub(super) fn in_one_write<'a, 'b>(bufs: &'a [IoSlice<'b>]) -> &'a [IoSlice<'b>] {
    let (first, end) = in_one_call(bufs);
    &bufs[first..end]
}

/// Those that one read takes, in the same way.
pub(super) fn in_one_read<'a, 'b>(bufs: &'a mut [IoSliceMut<'b>]) -> &'a mut [IoSliceMut<'b>] {
    let (first, end) = in_one_call(bufs);
    &mut bufs[first..end]
}

fn in_one_call<T: Deref<Target = [u8]>>(bufs: &[T]) -> (usize, usize) {
    let first = bufs.iter().position(|buf| !buf.is_empty());
    let first = first.unwrap_or(bufs.len());
    (first, bufs.len().min(first.saturating_add(MOST)))
}
