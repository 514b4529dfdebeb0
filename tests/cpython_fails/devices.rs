//! Devices by script, and text and files with a content.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::PathBuf;

use iolite::{Adapter, BufferedReader, BytesIo, TextIoWrapper};
use tempfile::TempDir;

/// A device that answers each read with the next of these, and keeps what it takes.
#[derive(Default)]
pub(crate) struct Device {
    pub(crate) reads: VecDeque<io::Result<&'static [u8]>>,
    pub(crate) asked: Vec<usize>,
    /// What each write may take, or why it fails; everything when there is none left.
    pub(crate) writes: VecDeque<io::Result<usize>>,
    pub(crate) taken: Vec<u8>,
    pub(crate) calls: usize,
}

impl Read for Device {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.asked.push(buf.len());
        match self.reads.pop_front() {
            None => Ok(0),
            Some(answer) => answer.and_then(|mut bytes| bytes.read(buf)),
        }
    }
}

impl Write for Device {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        let n = self.writes.pop_front().unwrap_or(Ok(buf.len()))?;
        let n = n.min(buf.len());
        self.taken.extend_from_slice(&buf[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn answering(
    reads: impl IntoIterator<Item = io::Result<&'static [u8]>>,
) -> Adapter<Device> {
    Adapter::reader(Device {
        reads: reads.into_iter().collect(),
        ..Device::default()
    })
}

pub(crate) fn taking(writes: impl IntoIterator<Item = io::Result<usize>>) -> Adapter<Device> {
    Adapter::writer(Device {
        writes: writes.into_iter().collect(),
        ..Device::default()
    })
}

pub(crate) fn full() -> io::Error {
    ErrorKind::StorageFull.into()
}

pub(crate) fn text(bytes: &[u8]) -> TextIoWrapper<BufferedReader<BytesIo>> {
    TextIoWrapper::new(BufferedReader::new(BytesIo::from(bytes.to_vec())))
}

pub(crate) fn read(from: &mut impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    from.read_to_end(&mut all).unwrap();
    all
}

/// A file with this content.
pub(crate) fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, content).unwrap();
    (folder, path)
}
