//! Checks of what a device returns, shared by all layers: an interrupted call is repeated, a count
//! is verified, "would block" gets one form, and positions do not overflow.

use std::collections::TryReserveError;
use std::io::{self, ErrorKind};

use super::hooks::ask_interrupt_hook;
use super::{Error, Operation, Result};

/// Repeats a system call as long as a signal interrupts it and the hook does not object.
// Always inlined, like the functions around it: in the rows for reads anywhere (4c) and for one
// request at a time (5a) a system call is all there is, and each extra call would show.
#[inline(always)]
pub(crate) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => ask_interrupt_hook()?,
            outcome => return outcome,
        }
    }
}

/// The count that a device reports for a call with `limit` bytes, if it is possible. A count that
/// is too large would become an index past the end of our own memory.
#[inline]
pub(crate) fn checked_count(operation: Operation, claimed: usize, limit: usize) -> Result<usize> {
    if claimed <= limit {
        Ok(claimed)
    } else {
        Err(Error::BadCount {
            operation,
            claimed,
            limit,
        })
    }
}

/// The same for a write of `given` bytes, where 0 is an error as well: a loop that writes until
/// everything is gone would never end.
#[inline]
pub(crate) fn checked_write(claimed: usize, given: usize) -> Result<usize> {
    let operation = Operation::Write;
    if claimed == 0 && given > 0 {
        Err(Error::NoProgress { operation })
    } else {
        checked_count(operation, claimed, given)
    }
}

/// The device's error; "would block" as [`Error::WouldBlock`], the only form that buffers check
/// for.
pub(crate) fn not_now(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock => Error::WouldBlock { written: 0 },
        _ => error.into(),
    }
}

/// The error of a vector or string that cannot grow: std's own type for it carries no `ErrorKind`.
pub(crate) fn out_of_memory(_: TryReserveError) -> io::Error {
    ErrorKind::OutOfMemory.into()
}

/// The position that is `distance` bytes from `position`.
pub(crate) fn moved_by(position: u64, distance: i64) -> Result<u64> {
    let target = position.checked_add_signed(distance);
    target.ok_or(if distance < 0 {
        BEFORE_START
    } else {
        AFTER_LAST
    })
}

/// The error of a negative position.
pub(crate) const BEFORE_START: Error = Error::InvalidArgument {
    argument: "position",
    problem: "before the start of the stream",
};

/// The error of a position too large for a number.
pub(crate) const AFTER_LAST: Error = Error::InvalidArgument {
    argument: "position",
    problem: "beyond the largest possible position",
};
