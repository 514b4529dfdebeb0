//! [`FileModel`]: what a file is, in the most obvious way.

use std::io::SeekFrom;

/// A file in memory with one position, as POSIX has it: the model that streams are compared with.
///
/// It has no buffer, cannot fail and is a few obvious lines long, so it is easy to believe.
///
/// # Examples
///
/// ```
/// use iolite::testing::FileModel;
///
/// let mut file = FileModel::new(b"abc");
/// file.seek(std::io::SeekFrom::End(2));
/// file.write(b"x");
/// assert_eq!(file.content, b"abc\0\0x");
/// assert_eq!(file.position, 6);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileModel {
    /// All bytes of the file.
    pub content: Vec<u8>,
    /// Where the next read or write goes, in bytes; may lie beyond the end.
    pub position: u64,
}

impl FileModel {
    /// A file with this content, at position 0.
    #[must_use]
    pub fn new(content: &[u8]) -> FileModel {
        FileModel {
            content: content.to_vec(),
            position: 0,
        }
    }

    /// The bytes from the position to the end.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.content.get(self.index()..).unwrap_or_default()
    }

    /// Reads as much as there is and fits, and returns how much that was.
    pub fn read(&mut self, buf: &mut [u8]) -> usize {
        let n = self.rest().len().min(buf.len());
        buf[..n].copy_from_slice(&self.rest()[..n]);
        self.position += n as u64;
        n
    }

    /// Writes at the position; a gap between the end and the position is filled with zeros.
    pub fn write(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let (start, end) = (self.index(), self.index() + bytes.len());
        if self.content.len() < end {
            self.content.resize(end, 0);
        }
        self.content[start..end].copy_from_slice(bytes);
        self.position = end as u64;
    }

    /// Moves the position; `None` where it would be before the start: it then stays.
    pub fn seek(&mut self, to: SeekFrom) -> Option<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => (self.content.len() as u64).checked_add_signed(distance),
        };
        self.position = target?;
        target
    }

    /// Cuts the file, or extends it with zeros.
    pub fn set_len(&mut self, size: usize) {
        self.content.resize(size, 0);
    }

    /// The position as an index; one beyond all memory is beyond the end as well.
    fn index(&self) -> usize {
        usize::try_from(self.position).unwrap_or(usize::MAX)
    }
}
