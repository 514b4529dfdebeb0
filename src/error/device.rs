//! What is made of a device's answer, on every floor: an interrupted call is repeated, a count is
//! checked, "not now" has one form, and a position is one that a number can hold.

use std::collections::TryReserveError;
use std::io::{self, ErrorKind};

use super::hooks::ask_interrupt_hook;
use super::{Error, Operation, Result};

/// Repeats a system call as long as a signal interrupts it and the hook has nothing against it.
// Always inlined, as the calls around it are: a call of the system and no other is what the rows of
// reads anywhere (4c) and of one request at a time (5a) are made of.
#[inline(always)]
pub(crate) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => ask_interrupt_hook()?,
            outcome => return outcome,
        }
    }
}

/// How many bytes a call moved that had room for `limit` bytes, or was given so many, if the
/// device's answer is possible: a count that is believed and too large would be an index beyond
/// the end of our own memory.
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

/// The same for a write of `given` bytes. Nothing of something is no answer: a loop that writes
/// until all is gone would never end.
#[inline]
pub(crate) fn checked_write(claimed: usize, given: usize) -> Result<usize> {
    let operation = Operation::Write;
    if claimed == 0 && given > 0 {
        Err(Error::NoProgress { operation })
    } else {
        checked_count(operation, claimed, given)
    }
}

/// The device's error; "not now" in the one form that the buffers have for it.
pub(crate) fn not_now(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock => Error::WouldBlock { written: 0 },
        _ => error.into(),
    }
}

/// The error of a vector or string that cannot grow: std has a type for it and no kind.
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

/// A position that no number can hold, being negative.
pub(crate) const BEFORE_START: Error = Error::InvalidArgument {
    argument: "position",
    problem: "before the start of the stream",
};

/// A position that no number can hold, being too large.
pub(crate) const AFTER_LAST: Error = Error::InvalidArgument {
    argument: "position",
    problem: "after the last position of all",
};
