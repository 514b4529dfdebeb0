//! [`Disk`]: a file on a disk that may lose its power.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use iolite::testing::FileModel;
use iolite::{IoBase, RawIo, Result};

use crate::support::naive::Dice;

/// What the disk writes at once: all of it or nothing. In small, so that a few bytes are several.
pub(super) const SECTOR: usize = 4;

/// A change that is not synchronised yet.
#[derive(Clone, Debug)]
enum Change {
    /// Bytes within one sector.
    Sector(usize, Vec<u8>),
    Length(usize),
}

#[derive(Clone, Debug, Default)]
struct State {
    /// What programs see.
    file: FileModel,
    /// What is there after a loss of power, whatever happens.
    durable: Vec<u8>,
    changes: Vec<Change>,
}

/// The device. What was written since the last [`sync`](Disk::sync) may be on it after a loss of
/// power, each sector by itself and in any order.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    state: Arc<Mutex<State>>,
    is_positioned: bool,
    is_closed: bool,
}

impl Disk {
    pub(super) fn new(content: &[u8], is_positioned: bool) -> Disk {
        let state = State {
            file: FileModel::new(content),
            durable: content.to_vec(),
            changes: Vec::new(),
        };
        Disk {
            state: Arc::new(Mutex::new(state)),
            is_positioned,
            is_closed: false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits for the disk, as `fsync` does.
    pub(super) fn sync(&self) {
        let mut state = self.lock();
        state.durable = state.file.content.clone();
        state.changes.clear();
    }

    pub(super) fn content(&self) -> Vec<u8> {
        self.lock().file.content.clone()
    }

    /// How many changes may be there or not.
    pub(super) fn changes(&self) -> usize {
        self.lock().changes.len()
    }

    /// What is there after a loss of power: the changes of these numbers, in this order.
    pub(super) fn after(&self, order: impl IntoIterator<Item = usize>) -> Vec<u8> {
        let state = self.lock();
        let mut content = state.durable.clone();
        for number in order {
            match &state.changes[number] {
                Change::Length(len) => content.resize(*len, 0),
                Change::Sector(at, bytes) => {
                    let end = at + bytes.len();
                    content.resize(content.len().max(end), 0);
                    content[*at..end].copy_from_slice(bytes);
                }
            }
        }
        content
    }

    /// Every subset where there are few changes, else some of them; each in several orders.
    pub(super) fn losses(&self, dice: &mut Dice) -> Vec<Vec<u8>> {
        let n = self.changes();
        let mut all = Vec::new();
        let subsets = if n <= 6 { 1 << n } else { 100 };
        for subset in 0..subsets {
            let is_in = |number: &usize| match n {
                0..=6 => subset >> number & 1 == 1,
                _ => dice.roll(2) == 0,
            };
            let mut order: Vec<usize> = (0..n).filter(is_in).collect();
            all.push(self.after(order.iter().copied()));
            order.reverse();
            all.push(self.after(order.iter().copied()));
            for at in (1..order.len()).rev() {
                order.swap(at, dice.roll(at + 1));
            }
            all.push(self.after(order));
        }
        all
    }

    fn write_to(&mut self, bytes: &[u8], place: Option<u64>) -> usize {
        let mut state = self.lock();
        let before = state.file.position;
        let at = place.unwrap_or(before);
        state.file.position = at;
        state.file.write(bytes);
        if place.is_some() {
            state.file.position = before;
        }
        let mut at = usize::try_from(at).unwrap();
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = (SECTOR - at % SECTOR).min(rest.len());
            state.changes.push(Change::Sector(at, rest[..n].to_vec()));
            (at, rest) = (at + n, &rest[n..]);
        }
        bytes.len()
    }

    fn read_from(&mut self, buf: &mut [u8], place: Option<u64>) -> usize {
        let mut state = self.lock();
        let before = state.file.position;
        state.file.position = place.unwrap_or(before);
        let n = state.file.read(buf);
        if place.is_some() {
            state.file.position = before;
        }
        n
    }
}

impl IoBase for Disk {
    fn readable(&self) -> bool {
        !self.is_closed
    }

    fn writable(&self) -> bool {
        !self.is_closed
    }

    fn seekable(&self) -> bool {
        !self.is_closed
    }

    fn is_closed(&self) -> bool {
        self.is_closed
    }

    fn close(&mut self) -> Result<()> {
        self.is_closed = true;
        Ok(())
    }

    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        let mut state = self.lock();
        let size = size.unwrap_or(state.file.position);
        let len = usize::try_from(size).unwrap();
        state.file.set_len(len);
        state.changes.push(Change::Length(len));
        Ok(size)
    }
}

impl RawIo for Disk {
    fn supports_read_at(&self) -> bool {
        self.is_positioned
    }

    fn read_at(&mut self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(self.read_from(buf, Some(offset)))
    }

    fn write_at(&mut self, buf: &[u8], offset: u64) -> io::Result<usize> {
        Ok(self.write_to(buf, Some(offset)))
    }
}

impl Read for Disk {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_from(buf, None))
    }
}

impl Write for Disk {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(self.write_to(buf, None))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let moved = self.lock().file.seek(to);
        moved.ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}
