//! [`Unread`]: bytes that were read from a device but could not be delivered, kept for the next read.
//!
//! `read_exact` and `read_to_string` may have read more than they can deliver when the device would
//! block, ends, or sends malformed bytes. A device that can seek is moved back. For one that
//! cannot, such as a socket, the bytes are kept here, and the next read of any kind returns them
//! first.
//!
//! ```text
//!   bytes:   [ returned again | to be returned ]
//!            0              start           len
//! ```
//!
//! Invariants: `start < bytes.len()`, or both are 0, so that "is anything here?", which every read
//! asks, is one comparison. The device stands right after the last byte.

use std::collections::TryReserveError;
use std::fmt;
use std::io::{self, IoSliceMut, SeekFrom};

use scopeguard::ScopeGuard;

use crate::error::{Error, moved_by, out_of_memory, whole_chars};

/// The bytes that were given back, in the order in which they came.
#[derive(Default)]
pub(super) struct Unread {
    bytes: Vec<u8>,
    /// How many of them have been read again.
    start: usize,
    /// How many bytes were read from the device so far: the offset for errors of a device that does
    /// not know its position.
    taken: u64,
}

impl Unread {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Reads as many bytes as there are and fit.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> usize {
        let n = self.len().min(buf.len());
        buf[..n].copy_from_slice(&self.as_slice()[..n]);
        self.take(n);
        n
    }

    pub(super) fn take(&mut self, n: usize) {
        self.start += n;
        if self.start == self.bytes.len() {
            self.clear();
        }
    }

    /// Takes all.
    fn take_all(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.drain(..std::mem::take(&mut self.start));
        bytes
    }

    /// Gives back bytes that were read before those already here.
    fn prepend(&mut self, mut bytes: Vec<u8>) {
        bytes.extend_from_slice(self.as_slice());
        (self.bytes, self.start) = (bytes, 0);
    }

    /// Gives back bytes that were read after those already here.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        // Alternating between reading and giving back must not keep old bytes forever. Moving only
        // when at least as much is dropped keeps the cost linear.
        if self.start >= self.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets them, with their memory.
    pub(super) fn clear(&mut self) {
        (self.bytes, self.start) = (Vec::new(), 0);
    }
}

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

/// A device to which bytes can be given back. The functions below implement std's calls for it.
pub(super) trait GiveBack {
    /// One read of the device itself, ignoring what was given back; the count is checked.
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize>;

    /// The same into several slices.
    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;

    /// One seek of the device itself; an error if it cannot seek.
    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64>;

    fn unread(&mut self) -> &mut Unread;

    /// Roughly how many bytes are left, if the device knows: room for so many is reserved before a
    /// read to the end. An error if it cannot be read at all.
    fn rest_hint(&mut self) -> io::Result<u64> {
        Ok(0)
    }

    /// The error of a vector that cannot grow, with what is known about the device.
    fn out_of_memory(&self, error: TryReserveError) -> io::Error {
        out_of_memory(error)
    }

    /// Reads once into memory that is already reserved; 0 is the end.
    fn read_spare(&mut self, into: &mut Growing<'_>) -> io::Result<usize> {
        let n = self.read_device(into.spare())?;
        into.filled += n;
        Ok(n)
    }
}

/// A vector that is being read into, and how far it is filled.
pub(super) struct Growing<'v> {
    /// The bytes read so far, followed by zeros: memory is zeroed once, however little each read
    /// brings.
    bytes: &'v mut Vec<u8>,
    filled: usize,
}

impl<'v> Growing<'v> {
    fn new(bytes: &'v mut Vec<u8>) -> Growing<'v> {
        let filled = bytes.len();
        Growing { bytes, filled }
    }

    fn is_full(&self) -> bool {
        self.filled == self.bytes.capacity()
    }

    /// Some of the reserved memory, containing zeros or older bytes.
    fn spare(&mut self) -> &mut [u8] {
        // No more than one read uses: pages that nothing is read into stay untouched.
        let end = self.bytes.capacity().min(self.filled + MOST);
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.filled..end]
    }

    /// Lets `call` append to the vector, which it sees without the zeros.
    #[cfg(unix)]
    pub(super) fn append<T>(&mut self, call: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.bytes.truncate(self.filled);
        let outcome = call(self.bytes);
        self.filled = self.bytes.len();
        outcome
    }

    fn push(&mut self, more: &[u8]) {
        self.bytes.truncate(self.filled);
        self.bytes.extend_from_slice(more);
        self.filled = self.bytes.len();
    }
}

/// Removes the zeros, also if a device panics.
impl Drop for Growing<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.filled);
    }
}

/// The largest read at once, in bytes: also the most that has to be kept if it cannot be delivered.
const MOST: usize = 64 * 1024;

/// The size of the read that finds out whether there is more before memory is allocated, as in std:
/// a vector with exactly the right capacity does not grow only to see the end.
const PROBE: usize = 32;

/// The first allocation, in bytes, if the device does not know how much there is: a page or two for
/// small inputs; after that the vector doubles.
const FIRST: usize = 8 * 1024;

/// Reads once: what was given back, otherwise from the device.
#[inline]
pub(super) fn read(device: &mut impl GiveBack, buf: &mut [u8]) -> io::Result<usize> {
    if device.unread().is_empty() {
        take(device, |device| device.read_device(buf))
    } else {
        Ok(device.unread().read(buf))
    }
}

/// One read of the device, added to `taken`.
#[inline]
fn take<G: GiveBack>(
    device: &mut G,
    read: impl FnOnce(&mut G) -> io::Result<usize>,
) -> io::Result<usize> {
    let n = read(device)?;
    device.unread().taken += n as u64;
    Ok(n)
}

/// The same into several slices.
pub(super) fn read_vectored(
    device: &mut impl GiveBack,
    bufs: &mut [IoSliceMut<'_>],
) -> io::Result<usize> {
    if device.unread().is_empty() {
        take(device, |device| device.read_device_vectored(bufs))
    } else {
        let unread = device.unread();
        Ok(bufs.iter_mut().map(|buf| unread.read(buf)).sum())
    }
}

/// Fills `buf`, or takes nothing: if the stream ends before, the error is [`Error::PartialRead`].
///
/// Bytes that came before an error and that the device cannot take back are kept, and the next call
/// does not copy them again: bytes that trickle in cost no more than bytes that come at once.
pub(super) fn read_exact(device: &mut impl GiveBack, buf: &mut [u8]) -> io::Result<()> {
    let held = device.unread().len();
    if held >= buf.len() && held > 0 {
        device.unread().read(buf);
        return Ok(());
    }
    if buf.is_empty() {
        // Moves nothing, but a closed stream is an error.
        return take(device, |device| device.read_device(buf)).map(drop);
    }
    let expected = buf.len();
    // Until the buffer is full, whatever arrived goes back, also if the device panics.
    let mut partial = scopeguard::guard((device, buf, held), |(device, buf, filled)| {
        let new = &buf[held..filled];
        // A device that panics is not called again.
        let is_kept = held > 0 || new.is_empty() || std::thread::panicking();
        if is_kept || move_back(device, new.len()).is_none() {
            device.unread().append(new);
        }
    });
    while partial.2 < expected {
        let (device, buf, filled) = &mut *partial;
        match take(*device, |device| device.read_device(&mut buf[*filled..]))? {
            0 => return Err(Error::partial_read(*filled, expected).into()),
            n => *filled += n,
        }
    }
    let (device, buf, _) = ScopeGuard::into_inner(partial);
    device.unread().read(&mut buf[..held]);
    Ok(())
}

/// Reads to the end. What was read before an error is in `bytes`, and no more was taken.
pub(super) fn read_to_end(device: &mut impl GiveBack, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let before = bytes.len();
    let expected = expected(device)?;
    let more = device.unread().len().saturating_add(expected);
    let room = bytes.try_reserve(more);
    room.map_err(|error| device.out_of_memory(error))?;
    // After the reservation, the only step that can fail: nothing is lost if it does.
    bytes.append(&mut device.unread().take_all());
    let mut growing = Growing::new(bytes);
    while read_more(device, &mut growing)? > 0 {}
    Ok(growing.filled - before)
}

/// The device's hint as a size in memory: more than there are addresses is more than there is
/// memory.
fn expected(device: &mut impl GiveBack) -> io::Result<usize> {
    Ok(usize::try_from(device.rest_hint()?).unwrap_or(usize::MAX))
}

/// Reads text to the end. `text` receives all whole characters that were taken; everything after
/// them is given back: malformed bytes ([`Error::Decode`]), and a character that is incomplete
/// where the device would block or the stream ends.
pub(super) fn read_to_string(device: &mut impl GiveBack, text: &mut String) -> io::Result<usize> {
    let expected = expected(device)?;
    let mut bytes = device.unread().take_all();
    let held = bytes.len();
    if let Err(error) = bytes.try_reserve(expected) {
        device.unread().prepend(bytes);
        return Err(device.out_of_memory(error));
    }
    let mut valid = 0;
    // If the device panics, nothing is delivered, and all of it goes back.
    let mut state = scopeguard::guard((device, bytes), |(device, bytes)| {
        device.unread().prepend(bytes);
    });
    let (device, bytes) = &mut *state;
    let mut growing = Growing::new(bytes);
    let outcome = loop {
        let new = &growing.bytes[valid..growing.filled];
        let (text, wrong) = whole_chars(new, false);
        valid += text.len();
        if wrong.is_some() {
            break Ok(());
        }
        match read_more(*device, &mut growing) {
            Ok(0) => break Ok(()),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    drop(growing);
    let (device, mut bytes) = ScopeGuard::into_inner(state);
    let rest = bytes.split_off(valid);
    append(text, bytes);
    if rest.is_empty() {
        return outcome.map(|()| valid);
    }
    // Only bytes that all came in this call can be given back by a seek; older ones are no longer
    // before the device's position.
    let is_the_devices = held <= valid && device.unread().is_empty();
    let (_, wrong) = whole_chars(&rest, true);
    let wrong = wrong.expect("what is left begins with no whole character");
    let n = rest.len();
    device.unread().prepend(rest);
    let moved = is_the_devices.then(|| move_back(device, n));
    let offset = match moved.flatten() {
        Some(position) => {
            device.unread().clear();
            position
        }
        None => position_or_count(device),
    };
    outcome?;
    Err(wrong.at(offset).into())
}

/// Appends bytes that are known to be UTF-8.
fn append(text: &mut String, bytes: Vec<u8>) {
    const FOUND: &str = "the bytes were found to be UTF-8";
    if text.is_empty() && text.capacity() < bytes.len() {
        // The bytes become the string, without a copy.
        *text = String::from_utf8(bytes).expect(FOUND);
    } else {
        text.push_str(simdutf8::basic::from_utf8(&bytes).expect(FOUND));
    }
}

/// Moves the device back, and returns its position if it really moved: some devices accept a seek
/// and stay where they are.
fn move_back(device: &mut impl GiveBack, n: usize) -> Option<u64> {
    let before = device.seek_device(SeekFrom::Current(0)).ok()?;
    let back = SeekFrom::Current(-i64::try_from(n).ok()?);
    let after = device.seek_device(back).ok()?;
    (after.checked_add(n as u64) == Some(before)).then_some(after)
}

/// The stream's position: the device's, less what was given back.
pub(super) fn position(device: &mut impl GiveBack) -> io::Result<u64> {
    let position = device.seek_device(SeekFrom::Current(0))?;
    Ok(position.saturating_sub(device.unread().len() as u64))
}

/// The stream's position, or the distance from where reading began if the device does not know it.
fn position_or_count(device: &mut impl GiveBack) -> u64 {
    let unread = device.unread().len() as u64;
    let position = device.seek_device(SeekFrom::Current(0)).ok();
    let position = position.and_then(|position| position.checked_sub(unread));
    position.unwrap_or_else(|| device.unread().taken.saturating_sub(unread))
}

/// Moves the stream. What was given back is discarded only if the device really moved.
#[inline]
pub(super) fn seek(device: &mut impl GiveBack, to: SeekFrom) -> io::Result<u64> {
    if device.unread().is_empty() {
        device.seek_device(to)
    } else {
        seek_away(device, to)
    }
}

fn seek_away(device: &mut impl GiveBack, to: SeekFrom) -> io::Result<u64> {
    let here = position(device)?;
    let to = match to {
        SeekFrom::Current(0) => return Ok(here),
        SeekFrom::Current(distance) => SeekFrom::Start(moved_by(here, distance)?),
        to => to,
    };
    let reached = device.seek_device(to)?;
    // A device that accepts a seek and does not move still has these bytes before it.
    if !matches!(to, SeekFrom::Start(target) if target != reached) {
        device.unread().clear();
    }
    Ok(reached)
}

/// Reads once, and allocates only if there is something to read.
fn read_more(device: &mut impl GiveBack, into: &mut Growing<'_>) -> io::Result<usize> {
    if !into.is_full() {
        return take(device, |device| device.read_spare(into));
    }
    // The vector is full, perhaps with everything: look before it grows.
    let mut probe = [0; PROBE];
    let n = take(device, |device| device.read_device(&mut probe))?;
    let more = match into.filled {
        0 => FIRST,
        _ => PROBE,
    };
    if n > 0
        && let Err(error) = into.bytes.try_reserve(more)
    {
        device.unread().append(&probe[..n]);
        return Err(device.out_of_memory(error));
    }
    into.push(&probe[..n]);
    Ok(n)
}

/// The calls of [`io::Read`] for a device to which bytes can be given back. A macro, because std's
/// traits allow no blanket implementation. The literal is the type whose documentation explains
/// "What could not be delivered".
macro_rules! read_calls {
    ($self:ident => $device:expr, $type:literal) => {
        fn read(&mut $self, buf: &mut [u8]) -> io::Result<usize> {
            unread::read($device, buf)
        }

        fn read_vectored(&mut $self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
            unread::read_vectored($device, bufs)
        }

        /// Fills `buf`, or takes nothing: see
        #[doc = concat!("[what could not be delivered](", $type, "#what-could-not-be-delivered).")]
        /// The end before that is an [`Error::PartialRead`](crate::Error::PartialRead).
        fn read_exact(&mut $self, buf: &mut [u8]) -> io::Result<()> {
            unread::read_exact($device, buf)
        }

        /// Makes room for what is left at once, if the device knows how much that is, and reads on
        /// until the end, wherever it is. After an error what was read is in `buf`, and no more was
        /// taken.
        #[doc(alias = "readall")]
        fn read_to_end(&mut $self, buf: &mut Vec<u8>) -> io::Result<usize> {
            unread::read_to_end($device, buf)
        }

        /// `buf` gets the whole characters up to the end, to an error, or to the first malformed
        /// bytes ([`Error::Decode`](crate::Error::Decode)), and the stream is right after these characters: before
        /// the malformed bytes, which a read of bytes passes. See
        #[doc = concat!("[what could not be delivered](", $type, "#what-could-not-be-delivered).")]
        fn read_to_string(&mut $self, buf: &mut String) -> io::Result<usize> {
            unread::read_to_string($device, buf)
        }
    };
}
pub(super) use read_calls;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_not_kept() {
        let mut unread = Unread::default();
        unread.append(&[0; 100]);
        for _ in 0..1000 {
            // One byte is always left, so that they are never empty.
            assert_eq!(unread.read(&mut [0; 99]), 99);
            unread.append(&[0; 99]);
        }
        assert_eq!(unread.len(), 100);
        assert!(
            unread.bytes.capacity() < 1000,
            "{}",
            unread.bytes.capacity()
        );
    }
}
