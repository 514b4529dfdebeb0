//! Slices of a caller's for one gathered write.

use std::io::IoSlice;

/// So many slices the systems take in one call (`IOV_MAX` of Linux, macOS and the BSDs).
const MOST: usize = 1024;

/// How many bytes these are.
pub(super) fn total(bufs: &[IoSlice<'_>]) -> usize {
    let lens = bufs.iter().map(|buf| buf.len());
    lens.fold(0, usize::saturating_add)
}

/// Those that one write takes. The first one is not empty, so that a write of them writes
/// something.
pub(super) fn in_one_write<'a, 'b>(bufs: &'a [IoSlice<'b>]) -> &'a [IoSlice<'b>] {
    let first = bufs.iter().position(|buf| !buf.is_empty());
    let rest = &bufs[first.unwrap_or(bufs.len())..];
    &rest[..rest.len().min(MOST)]
}
