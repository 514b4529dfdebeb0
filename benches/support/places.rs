//! [`Place`]: where a file is read or written, in ways that programs do it.

use std::io;

use super::inputs::Dice;

/// One step of random access: at most 64 bytes at `at`.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) at: u64,
    pub(crate) len: usize,
    /// To be written; else read.
    pub(crate) is_write: bool,
}

/// How one place follows the last.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// Up to 512 bytes ahead, and from the start again at the end.
    Forward,
    /// Up to 2 KiB back or ahead.
    Walk,
    /// Records of 64 bytes, the n-th most wanted one with a chance of 1/n, strewn over the file.
    Zipf,
    /// Anywhere in these many bytes from the middle of the file.
    Hot(u64),
    /// Anywhere.
    Uniform,
}

/// The places, 16 to 64 bytes each, in a file of `size` bytes; `writes` of a hundred are written.
pub(crate) fn places(way: Way, size: u64, count: usize, writes: usize) -> Vec<Place> {
    let (mut dice, mut end) = (Dice(0xD1CE), 0);
    let mut next = || {
        let len = 16 + dice.up_to(49);
        let last = size - len as u64;
        let at = match way {
            Way::Forward => end + dice.up_to(513) as u64,
            Way::Walk => (end + dice.up_to(4097) as u64).saturating_sub(2048),
            Way::Zipf => {
                let chance = dice.up_to(1 << 30) as f64 / f64::from(1 << 30);
                let rank = ((size / 64) as f64).powf(chance) as u64;
                rank.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (size / 64) * 64
            }
            Way::Hot(bytes) => (size - bytes) / 2 + dice.up_to(bytes as usize) as u64,
            Way::Uniform => dice.up_to(size as usize) as u64,
        };
        let at = if at > last { at % last } else { at };
        end = at + len as u64;
        let is_write = dice.up_to(100) < writes;
        Place { at, len, is_write }
    };
    (0..count).map(|_| next()).collect()
}

/// Reads all `places`, and adds up the first byte of each.
pub(crate) fn visit(
    places: &[Place],
    mut read: impl FnMut(u64, &mut [u8]) -> io::Result<()>,
) -> io::Result<u64> {
    let (mut sum, mut buf) = (0, [0; 64]);
    for place in places {
        let buf = &mut buf[..place.len];
        read(place.at, buf)?;
        sum += u64::from(buf[0]);
    }
    Ok(sum)
}

/// Bytes that are read and written by their place.
pub(crate) trait Access {
    fn read_at(&mut self, at: u64, buf: &mut [u8]) -> io::Result<()>;
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;
    fn flush(&mut self) -> io::Result<()>;
}

/// Reads and writes all `places`, flushes at the end, and adds up the first byte of each read.
/// What is written is the same in each run: from the second on, so is what is read.
pub(crate) fn update(places: &[Place], mut file: impl Access) -> io::Result<u64> {
    let (mut sum, mut buf) = (0, [0; 64]);
    for (number, place) in places.iter().enumerate() {
        let buf = &mut buf[..place.len];
        if place.is_write {
            buf.fill(number as u8);
            file.write_at(place.at, buf)?;
        } else {
            file.read_at(place.at, buf)?;
            sum += u64::from(buf[0]);
        }
    }
    file.flush()?;
    Ok(sum)
}
