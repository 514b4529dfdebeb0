//! [`Unread`]: bytes that were read from a device and could not be delivered, for the next read.
//!
//! A call that delivers whole things (`read_exact`, `read_to_string`) may have read more than it
//! can deliver when the device says "not now", ends, or sends what is no text. A device that seeks
//! is moved back. One that cannot, such as a socket, has them kept here, at most as many as one
//! read brought, and the next read of any kind answers them first.

use std::fmt;
use std::io::{self, IoSliceMut, SeekFrom};

use scopeguard::ScopeGuard;

use crate::error::{Error, moved_by, out_of_memory, whole_chars};

/// What was given back, in the order in which it came.
#[derive(Default)]
pub(super) struct Unread {
    bytes: Vec<u8>,
    /// How many of them were read again; less than all, or 0.
    start: usize,
    /// How many bytes were read from the device since it is here.
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

    /// Takes as many bytes as there are and fit.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> usize {
        let n = self.len().min(buf.len());
        buf[..n].copy_from_slice(&self.as_slice()[..n]);
        self.take(n);
        n
    }

    fn take(&mut self, n: usize) {
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

    /// Gives bytes back that were read before those that are here.
    fn prepend(&mut self, mut bytes: Vec<u8>) {
        bytes.extend_from_slice(self.as_slice());
        (self.bytes, self.start) = (bytes, 0);
    }

    /// Gives bytes back that were read after those that are here.
    fn append(&mut self, bytes: &[u8]) {
        // Reading and giving back in turn would keep what was taken long ago forever. At least as
        // much is dropped as is moved.
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

/// A device to which bytes can be given back, and its calls that deliver whole things.
pub(super) trait GiveBack {
    /// One read of the device itself, past what was given back; a count is checked.
    fn read_device(&mut self, buf: &mut [u8]) -> io::Result<usize>;

    /// The same into several slices.
    fn read_device_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize>;

    /// One move of the device itself; an error where it cannot seek.
    fn seek_device(&mut self, to: SeekFrom) -> io::Result<u64>;

    fn unread(&mut self) -> &mut Unread;

    /// Reads once, into the memory that there is already; 0 is the end.
    fn read_spare(&mut self, into: &mut Growing<'_>) -> io::Result<usize> {
        let n = self.read_device(into.spare())?;
        into.filled += n;
        Ok(n)
    }
}

/// A vector that is read into, and what of it was.
pub(super) struct Growing<'v> {
    /// What was read, and after it zeros: bytes are made zero once, however little each read brings.
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

    /// Some of the memory that is left, as zeros or what was there before.
    fn spare(&mut self) -> &mut [u8] {
        let end = self.bytes.capacity().min(self.filled + MOST);
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.filled..end]
    }

    /// Lets `call` append to the vector, which holds just what was read.
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

/// The vector ends with what was read, even if a device panics.
impl Drop for Growing<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.filled);
    }
}

/// How many bytes are made room for at once where the device does not know how many there are, so
/// that no more need be kept than that.
const MOST: usize = 64 * 1024;

/// How many bytes are read to find out whether there are more, before memory is asked for.
const PROBE: usize = 32;

/// How much memory is asked for first where the device does not know how much it will be.
const FIRST: usize = 8 * 1024;

/// Reads once: what was given back, or else the device.
#[inline]
pub(super) fn read(device: &mut impl GiveBack, buf: &mut [u8]) -> io::Result<usize> {
    if device.unread().is_empty() {
        take(device, |device| device.read_device(buf))
    } else {
        Ok(device.unread().read(buf))
    }
}

/// One read of the device, which is counted.
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

/// Fills `buf`, or takes nothing: the error of a stream that ended is [`Error::PartialRead`].
///
/// What came before an error and cannot be given back to the device is kept, and not copied again
/// by the next call: bytes that trickle in cost the same as bytes that come at once.
pub(super) fn read_exact(device: &mut impl GiveBack, buf: &mut [u8]) -> io::Result<()> {
    let held = device.unread().len();
    if held >= buf.len() && held > 0 {
        device.unread().read(buf);
        return Ok(());
    }
    if buf.is_empty() {
        // Moves nothing, and hears whether the stream is closed.
        return take(device, |device| device.read_device(buf)).map(drop);
    }
    let expected = buf.len();
    // As long as it is not whole, what came goes back: also when the device panics.
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
/// `expected` bytes get room at once.
pub(super) fn read_to_end(
    device: &mut impl GiveBack,
    bytes: &mut Vec<u8>,
    expected: usize,
) -> io::Result<usize> {
    let before = bytes.len();
    let unread = device.unread();
    let more = unread.len().saturating_add(expected);
    bytes.try_reserve(more).map_err(out_of_memory)?;
    bytes.append(&mut unread.take_all());
    let mut growing = Growing::new(bytes);
    while read_more(device, &mut growing)? > 0 {}
    Ok(growing.filled - before)
}

/// Reads text to the end. `text` gets all whole characters that were taken; what stands after
/// them is given back: bytes that are no UTF-8 ([`Error::Decode`]), a character that is cut where
/// the device says "not now" or the stream ends.
pub(super) fn read_to_string(
    device: &mut impl GiveBack,
    text: &mut String,
    expected: usize,
) -> io::Result<usize> {
    let mut bytes = device.unread().take_all();
    let held = bytes.len();
    if let Err(error) = bytes.try_reserve(expected) {
        device.unread().prepend(bytes);
        return Err(out_of_memory(error));
    }
    let mut valid = 0;
    // If the device panics, nothing is delivered: all of it goes back.
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

/// Appends bytes that were found to be text.
fn append(text: &mut String, bytes: Vec<u8>) {
    const FOUND: &str = "the bytes were found to be UTF-8";
    if text.is_empty() && text.capacity() < bytes.len() {
        *text = String::from_utf8(bytes).expect(FOUND);
    } else {
        text.push_str(simdutf8::basic::from_utf8(&bytes).expect(FOUND));
    }
}

/// Moves the device back, if it can and does: some say that they did and stand still.
fn move_back(device: &mut impl GiveBack, n: usize) -> Option<u64> {
    let before = device.seek_device(SeekFrom::Current(0)).ok()?;
    let back = SeekFrom::Current(-i64::try_from(n).ok()?);
    let after = device.seek_device(back).ok()?;
    (after.checked_add(n as u64) == Some(before)).then_some(after)
}

/// Where the stream stands: the device, less what was given back.
pub(super) fn position(device: &mut impl GiveBack) -> io::Result<u64> {
    let position = device.seek_device(SeekFrom::Current(0))?;
    Ok(position.saturating_sub(device.unread().len() as u64))
}

/// Where the stream stands, or how far it is from where reading began.
fn position_or_count(device: &mut impl GiveBack) -> u64 {
    let unread = device.unread().len() as u64;
    let position = device.seek_device(SeekFrom::Current(0)).ok();
    let position = position.and_then(|position| position.checked_sub(unread));
    position.unwrap_or_else(|| device.unread().taken.saturating_sub(unread))
}

/// Moves the stream. What was given back is forgotten only if the device really moved.
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
    let answer = device.seek_device(to)?;
    if !matches!(to, SeekFrom::Start(target) if target != answer) {
        device.unread().clear();
    }
    Ok(answer)
}

/// Reads once, and asks for memory only when it is known that there is something to read.
fn read_more(device: &mut impl GiveBack, into: &mut Growing<'_>) -> io::Result<usize> {
    if !into.is_full() {
        return take(device, |device| device.read_spare(into));
    }
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
        return Err(out_of_memory(error));
    }
    into.push(&probe[..n]);
    Ok(n)
}

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
