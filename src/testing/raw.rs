//! What a device promises to the streams on top of it.

use std::io::{ErrorKind, IoSlice, IoSliceMut, SeekFrom};

use super::closing::assert_closes;
use super::persist::{must, retry_transient};
use super::streams::SIZES;
use crate::error::Result;
use crate::raw::RawIo;

/// Asserts that a device of your own keeps the contract of [`RawIo`] and
/// [`IoBase`](crate::IoBase).
///
/// `open` gives the device anew each time, with `content` to be read, and at its start. Counts,
/// bytes and the end are checked, with one slice and with several, then, where the device says that
/// it can: seeking, lending, writing in place, and positioned reads and writes. At last it is
/// closed. `Interrupted` and errors [that pass](super::is_transient) are repeated, as every stream
/// does. `at` names the device in every failure message.
///
/// # Panics
///
/// At the first promise that is broken.
///
/// # Examples
///
/// ```
/// use iolite::BytesIo;
/// use iolite::testing::assert_raw_device;
///
/// let content = b"every byte of it".repeat(20);
/// assert_raw_device(|| BytesIo::from(content.clone()), &content, "BytesIo");
/// ```
pub fn assert_raw_device<D: RawIo>(open: impl Fn() -> D, content: &[u8], at: &str) {
    for size in SIZES {
        for slices in [1, 3] {
            let at = format!("{at}, reads of {size} into {slices} slices");
            reads_all(&mut open(), content, size, slices, &at);
        }
        lends_all(&mut open(), content, size, &format!("{at}, lent {size}"));
    }
    let mut device = open();
    assert!(device.readable(), "{at}: there is nothing to read");
    let changes = device.writable() && !device.is_append_only() && !content.is_empty();
    if device.seekable() {
        seeks(&mut device, content, at);
        if changes {
            writes_in_place(&mut open(), content, at);
        }
    }
    if device.supports_read_at() {
        reads_at(&mut open(), content, at);
        if changes {
            writes_at(&mut open(), content, at);
        }
    }
    assert_closes(&mut device, at);
}

/// Repeats a call that is interrupted or fails in passing.
fn uninterrupted<T>(at: &str, mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match retry_transient(at, &mut call) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// One read, into so many slices. What it did not fill has to be what it was.
fn read_some(device: &mut impl RawIo, size: usize, slices: usize, at: &str) -> Vec<u8> {
    let mut buf = vec![0xee; size];
    let n = uninterrupted(at, || match slices {
        1 => Ok(device.read(&mut buf)?),
        _ => {
            let parts = buf.chunks_mut(size.div_ceil(slices).max(1));
            // An empty one at the front is not the end.
            let empty = IoSliceMut::new(&mut []);
            let mut parts: Vec<_> = [empty]
                .into_iter()
                .chain(parts.map(IoSliceMut::new))
                .collect();
            Ok(device.read_vectored(&mut parts)?)
        }
    });
    let n = n.unwrap_or_else(|error| panic!("{at}: {error}"));
    assert!(n <= size, "{at}: {n} bytes into room for {size}");
    let rest = &buf[n..];
    assert!(
        rest.iter().all(|&byte| byte == 0xee),
        "{at}: it wrote beyond the {n} bytes that it claims"
    );
    buf.truncate(n);
    buf
}

fn reads_all(device: &mut impl RawIo, content: &[u8], size: usize, slices: usize, at: &str) {
    let mut rest = content;
    while !rest.is_empty() {
        let nothing = read_some(device, 0, slices, at);
        assert_eq!(nothing, b"", "{at}: a read of nothing");
        let piece = read_some(device, size, slices, at);
        assert!(!piece.is_empty(), "{at}: {} bytes are missing", rest.len());
        assert!(rest.starts_with(&piece), "{at}: {piece:?} of {rest:?}");
        rest = &rest[piece.len()..];
    }
    for _ in 0..3 {
        let more = read_some(device, size, slices, at);
        assert_eq!(more, b"", "{at}: after the end");
    }
}

fn lends_all(device: &mut impl RawIo, content: &[u8], size: usize, at: &str) {
    let mut rest = content;
    loop {
        let lent = uninterrupted(at, || device.read_shared(size));
        let Some(piece) = lent.unwrap_or_else(|error| panic!("{at}: {error}")) else {
            assert_eq!(rest.len(), content.len(), "{at}: it stopped lending");
            return;
        };
        assert!(piece.len() <= size, "{at}: lent {}", piece.len());
        assert!(rest.starts_with(&piece), "{at}: {piece:?} of {rest:?}");
        if piece.is_empty() {
            assert_eq!(rest, b"", "{at}: the end came early");
            return;
        }
        rest = &rest[piece.len()..];
    }
}

/// A seek that has to succeed and to return where it went.
fn go_to(device: &mut impl RawIo, to: SeekFrom, place: usize, at: &str) {
    let position = uninterrupted(at, || Ok(device.seek(to)?));
    let position = position.unwrap_or_else(|error| panic!("{at}: {to:?}: {error}"));
    assert_eq!(position, place as u64, "{at}: {to:?}");
    let told = uninterrupted(at, || Ok(device.stream_position()?));
    assert_eq!(told.ok(), Some(position), "{at}: told after {to:?}");
}

fn seeks(device: &mut impl RawIo, content: &[u8], at: &str) {
    let len = content.len();
    for place in (0..len).step_by(len / 30 + 1).chain([len]) {
        go_to(device, SeekFrom::Start(place as u64), place, at);
        go_to(device, SeekFrom::Current(0), place, at);
        let from_end = -i64::try_from(len - place).expect("a short content");
        go_to(device, SeekFrom::End(from_end), place, at);
        let piece = read_some(device, 10, 1, at);
        assert_eq!(piece.is_empty(), place == len, "{at}: the end at {place}");
        assert!(
            content[place..].starts_with(&piece),
            "{at}: read at {place}"
        );
        go_to(device, SeekFrom::Current(0), place + piece.len(), at);
    }
    go_to(device, SeekFrom::Start(0), 0, at);
    // Before the start: refused, or (memory, as in Python) stopped there.
    let before = uninterrupted(at, || Ok(device.seek(SeekFrom::Current(-1))?));
    assert_eq!(before.unwrap_or(0), 0, "{at}: it went before the start");
    go_to(device, SeekFrom::Current(0), 0, at);
}

fn writes_in_place(device: &mut impl RawIo, content: &[u8], at: &str) {
    let mut changed = content.to_vec();
    // By one slice, and by several, of which one byte is all that there is.
    for (place, slices) in [(content.len() / 2, 1), (content.len() - 1, 3)] {
        go_to(device, SeekFrom::Start(place as u64), place, at);
        changed[place] = !content[place];
        let new = [
            IoSlice::new(&[]),
            IoSlice::new(&changed[place..=place]),
            IoSlice::new(&[]),
        ];
        let count = must(at, || {
            uninterrupted(at, || match slices {
                1 => Ok(device.write(&new[1])?),
                _ => Ok(device.write_vectored(&new)?),
            })
        });
        assert_eq!(count, 1, "{at}: one byte was to be written");
        go_to(device, SeekFrom::Current(0), place + 1, at);
    }
    must(at, || uninterrupted(at, || Ok(device.flush()?)));
    go_to(device, SeekFrom::Start(0), 0, at);
    reads_all(device, &changed, 16, 1, &format!("{at}, after writes"));
}

fn writes_at(device: &mut impl RawIo, content: &[u8], at: &str) {
    let place = content.len() / 2;
    let new = [!content[place]];
    let count = must(at, || {
        uninterrupted(at, || Ok(device.write_at(&new, place as u64)?))
    });
    assert_eq!(count, 1, "{at}: one byte was to be written at {place}");
    go_to(device, SeekFrom::Current(0), 0, at);
    let changed = [&content[..place], &new, &content[place + 1..]].concat();
    reads_all(
        device,
        &changed,
        16,
        1,
        &format!("{at}, after a write at {place}"),
    );
}

fn reads_at(device: &mut impl RawIo, content: &[u8], at: &str) {
    for place in (0..content.len()).step_by(7) {
        let mut buf = [0; 5];
        let n = must(at, || {
            uninterrupted(at, || Ok(device.read_at(&mut buf, place as u64)?))
        });
        assert!(n > 0, "{at}: nothing at {place}");
        assert!(content[place..].starts_with(&buf[..n]), "{at}: at {place}");
        go_to(device, SeekFrom::Current(0), 0, at);
    }
}
