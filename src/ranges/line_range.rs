//! [`LineRange`]: a part of a device that begins and ends where lines do.

use std::io::SeekFrom;
use std::num::NonZeroUsize;
use std::ops::Range;

use super::line_finder::LineFinder;
use crate::buffered::BufferedReader;
use crate::error::{Result, retry};
use crate::raw::{RawIo, Section};
use crate::text::{TextIo, TextIoWrapper, TextOptions, TextPosition};

/// A part of a text that begins and ends where lines do: for threads, processes or machines that take one
/// each.
///
/// [`split`](LineRange::split) cuts a whole device; [`within`](LineRange::within) is for a worker that is
/// given a range of bytes, as engines do it (Hadoop, Spark): the lines that *begin* in it. Neither reads more
/// than a block around each cut. Whoever has a range [`read`](LineRange::read)s it as a text stream of its
/// own, whose positions are those of the file.
///
/// The lines of all ranges are the lines of one reader from the start, with the same errors, whatever the
/// error policy. Ranges differ in length by the length of a line at most, and there may be fewer than were
/// asked for: none is empty.
///
/// Lines are [not found](crate::Error::Unsplittable) in an encoding that can only be read from the start:
/// see [`Encoding::is_splittable`](crate::Encoding::is_splittable).
///
/// # Examples
///
/// The lines of a file, counted by two threads:
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::thread;
/// use iolite::ranges::LineRange;
/// use iolite::raw::FileMode;
/// use iolite::{Encoding, FileIo, TextOptions};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("a.txt");
/// # std::fs::write(&path, b"caf\xe9\n".repeat(1001))?;
/// let options = TextOptions::new().encoding(Encoding::LATIN_1);
/// let two = NonZeroUsize::new(2).expect("not zero");
/// let mut file = FileIo::open(&path, FileMode::Read)?;
/// let ranges = LineRange::split(&mut file, options, two)?;
///
/// let count = |range: &LineRange| {
///     let mut text = range.read(FileIo::open(&path, FileMode::Read)?)?;
///     let mut lines = 0;
///     while let Some(batch) = text.next_batch()? {
///         lines += batch.len();
///     }
///     Ok::<_, iolite::Error>(lines)
/// };
/// let lines = thread::scope(|scope| {
///     let threads: Vec<_> = ranges.iter().map(|range| scope.spawn(|| count(range))).collect();
///     let counts = threads.into_iter().map(|thread| thread.join().expect("no panic"));
///     counts.sum::<iolite::Result<usize>>()
/// })?;
/// assert_eq!(lines, 1001);
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "InputSplit")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRange {
    start: TextPosition,
    first: u64,
    end: u64,
    options: TextOptions,
}

impl LineRange {
    /// Cuts a device into `n` ranges or fewer, of about the same number of bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Unsplittable`](crate::Error::Unsplittable), and the device's error.
    pub fn split<D: RawIo>(
        device: &mut D,
        options: TextOptions,
        n: NonZeroUsize,
    ) -> Result<Vec<LineRange>> {
        let mut finder = LineFinder::new(device, &options)?;
        let size = finder.size();
        // None is empty, so that there are no more than bytes, whatever number was asked for.
        let n = size.min(n.get() as u64);
        let mut ranges = Vec::new();
        let mut first = 0;
        for number in 1..=n {
            // Without an overflow: a part for each, and the rest over the first ones.
            let target = size / n * number + (size % n).min(number);
            if target <= first {
                continue;
            }
            let end = finder.first_from(device, target)?;
            if end > first {
                ranges.push(LineRange::new(&finder, options, first..end));
                first = end;
            }
            if end == size {
                break;
            }
        }
        Ok(ranges)
    }

    /// The lines that begin in a range of bytes: if ranges of bytes cover a device, each of its lines is in
    /// one of them. What was written behind the end of the device when this was called does not count.
    ///
    /// # Errors
    ///
    /// [`Error::Unsplittable`](crate::Error::Unsplittable), and the device's error.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::ranges::LineRange;
    /// use iolite::{BytesIo, TextIo, TextOptions};
    ///
    /// let mut device = BytesIo::from(b"one\ntwo\nthree\n".to_vec());
    /// let range = LineRange::within(&mut device, TextOptions::new(), 3..8)?;
    /// assert_eq!(range.bytes(), 4..8);
    /// let mut text = range.read(device)?;
    /// assert_eq!(text.next_line()?.as_deref(), Some("two"));
    /// assert!(text.next_line()?.is_none());
    /// # Ok::<(), iolite::Error>(())
    /// ```
    pub fn within<D: RawIo>(
        device: &mut D,
        options: TextOptions,
        bytes: Range<u64>,
    ) -> Result<LineRange> {
        let mut finder = LineFinder::new(device, &options)?;
        let first = finder.first_from(device, bytes.start)?;
        // A line that goes past the range is not looked through again.
        let end = if first < bytes.end {
            finder.first_from(device, bytes.end)?
        } else {
            first
        };
        Ok(LineRange::new(&finder, options, first..end))
    }

    fn new(finder: &LineFinder, options: TextOptions, bytes: Range<u64>) -> LineRange {
        LineRange {
            start: finder.position(bytes.start),
            first: bytes.start,
            end: bytes.end,
            options,
        }
    }

    /// Where it is in the device.
    #[doc(alias = "span")]
    pub fn bytes(&self) -> Range<u64> {
        self.first..self.end
    }

    /// Where it begins, as a position of text. Together with the end of [`bytes`](LineRange::bytes) this is
    /// what another process has to know: there, open the device [until](Section::until) that end, and
    /// [`seek`](TextIo::seek) the text stream over it to this position.
    pub fn start(&self) -> TextPosition {
        self.start
    }

    /// How its text is read.
    pub fn options(&self) -> TextOptions {
        self.options
    }

    /// Reads it from a device with the same bytes. The stream stands at the start of the range and ends with
    /// it; its positions are those of the device, and it can be sought before its range.
    ///
    /// # Errors
    ///
    /// The device's.
    pub fn read<D: RawIo>(
        &self,
        mut device: D,
    ) -> Result<TextIoWrapper<BufferedReader<Section<D>>>> {
        retry(|| device.seek(SeekFrom::Start(self.first)))?;
        let section = Section::until(device, self.end)?;
        let mut text = TextIoWrapper::with_options(BufferedReader::new(section), self.options);
        text.seek(self.start)?;
        Ok(text)
    }
}
