//! [`RevLines`]: lines from the end to the start.

use std::fmt;
use std::iter::FusedIterator;

use super::line_finder::{BLOCK, LineFinder};
use super::text_line::TextLine;
use crate::chunk::Progress;
use crate::error::{Error, Result};
use crate::raw::RawIo;
use crate::text::{TextDecoder, TextOptions, TextPosition};

/// The lines of a device from the last to the first: what `tac` prints, and where `tail -n` begins.
///
/// The device is read in blocks from its end, each decoded from a line start on, so that lines, errors and
/// places are those of a text stream over the whole: where that gives the text before malformed bytes, the
/// error and the text after them, this gives the three in the opposite order. What is written to the device
/// after this was made is not read.
///
/// Memory: a block and its lines. A line that is longer than a block is held as a whole when it is returned;
/// [`line_limit`](TextOptions::line_limit) makes it an error, after which the lines before it follow.
/// [`skip_lines`](RevLines::skip_lines) holds nothing of any line.
///
/// After an error of the device the iterator goes on where it was.
///
/// # Examples
///
/// ```
/// use iolite::ranges::RevLines;
/// use iolite::{BytesIo, Encoding, TextOptions};
///
/// let device = BytesIo::from(b"\xfe\xff\0o\0n\0e\0\n\0t\0w\0o\0\n".to_vec());
/// let options = TextOptions::new().encoding(Encoding::UTF_16);
/// let lines = RevLines::new(device, options)?.collect::<iolite::Result<Vec<_>>>()?;
/// assert_eq!((&*lines[0], &*lines[1], lines.len()), ("two", "one", 2));
/// # Ok::<(), iolite::Error>(())
/// ```
///
/// The last lines of a file in their order, without holding them:
///
/// ```
/// use iolite::ranges::RevLines;
/// use iolite::raw::FileMode;
/// use iolite::{BufferedReader, FileIo, TextIo, TextIoWrapper, TextOptions};
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("a.txt");
/// # std::fs::write(&path, "one\ntwo\nthree\n")?;
/// let options = TextOptions::new();
/// let mut back = RevLines::new(FileIo::open(&path, FileMode::Read)?, options)?;
/// back.skip_lines(2)?;
/// let place = back.position();
/// let mut text = TextIoWrapper::with_options(BufferedReader::new(back.into_inner()), options);
/// text.seek(place)?;
/// assert_eq!(text.next_line()?.as_deref(), Some("two"));
/// # Ok::<(), iolite::Error>(())
/// ```
#[doc(alias = "tac")]
#[doc(alias = "tail")]
pub struct RevLines<D> {
    device: D,
    finder: LineFinder,
    decoder: TextDecoder,
    /// All from here on was returned or skipped. A line begins here, or the text ends.
    end: u64,
    /// Places before that where lines begin, in their order: not all of them.
    starts: Vec<u64>,
    /// The last lines before it, and the errors between them, in their order.
    ready: Vec<Result<TextLine>>,
    /// Where the first of these begins.
    ready_from: u64,
}

/// How many line starts are kept of a part that is longer than a block; of more, every second one.
const MOST_STARTS: usize = 4096;

impl<D: RawIo> RevLines<D> {
    /// The lines of a device, as these options read them.
    ///
    /// # Errors
    ///
    /// [`Error::Unsplittable`], and the device's error.
    pub fn new(mut device: D, options: TextOptions) -> Result<RevLines<D>> {
        let finder = LineFinder::new(&mut device, &options)?;
        Ok(RevLines {
            device,
            end: finder.size(),
            ready_from: finder.size(),
            finder,
            decoder: TextDecoder::with_options(options),
            starts: Vec::new(),
            ready: Vec::new(),
        })
    }

    /// Where the line begins that was returned or skipped last; before the first one the end.
    pub fn position(&self) -> TextPosition {
        self.finder.position(self.end)
    }

    /// The device, wherever it stands.
    pub fn get_ref(&self) -> &D {
        &self.device
    }

    /// The device, wherever it stands.
    pub fn into_inner(self) -> D {
        self.device
    }

    /// Goes past `n` lines more, towards the start, and returns how many there were. Errors in the text are
    /// passed, and a line with malformed bytes is one line.
    ///
    /// # Errors
    ///
    /// The device's. The lines that were passed stay passed.
    pub fn skip_lines(&mut self, n: u64) -> Result<u64> {
        let mut left = n;
        while left > 0 && self.end > 0 {
            if let Some(item) = self.ready.pop() {
                left -= u64::from(self.passes(&item));
                continue;
            }
            let start = self.next_start()?;
            let found = self.line_starts(start)?;
            let lines = found.starts.len();
            // How many of them are not passed.
            let before = usize::try_from(left).map_or(0, |left| lines.saturating_sub(left));
            if !found.has_all() {
                // Nearer ones are found next.
                self.starts.extend(found.starts);
            } else {
                self.starts.extend(&found.starts[..before]);
                self.go_to(found.starts.get(before).copied().unwrap_or(start));
                left -= (lines - before) as u64;
            }
        }
        Ok(n - left)
    }

    /// Whether it is a line, which is passed now.
    fn passes(&mut self, item: &Result<TextLine>) -> bool {
        if self.ready.is_empty() {
            self.end = self.ready_from;
        } else if let Ok(line) = item {
            self.end = line.byte_range().start;
        }
        item.is_ok()
    }

    fn go_to(&mut self, start: u64) {
        (self.end, self.ready_from) = (start, start);
    }

    /// A line start before the end, from where the next lines are read.
    fn next_start(&mut self) -> Result<u64> {
        if let Some(start) = self.starts.pop() {
            return Ok(start);
        }
        let near = self.end.saturating_sub(BLOCK);
        match self.finder.first_from(&mut self.device, near)? {
            start if start < self.end => Ok(start),
            _ => self.finder.last_before(&mut self.device, near),
        }
    }

    /// The places from `start` to the end where lines begin.
    fn line_starts(&mut self, start: u64) -> Result<Starts> {
        let (mut found, mut open) = (Starts::new(start), Some(start));
        let end = self.end;
        self.decode(start, |decoder| {
            loop {
                match decoder.skip_line() {
                    Ok(Progress::Ready(_)) => {
                        open = Some(decoder.byte_offset()).filter(|&at| at < end);
                        open.inspect(|&at| found.push(at));
                    }
                    Ok(_) => return Ok(()),
                    Err(error) => drop(only_of_the_text(error)?),
                }
            }
        })?;
        // What follows the last line end may be no text: a mark, or malformed bytes that are ignored.
        if let Some(open) = open
            && !self.has_text(open)?
        {
            found.forget(open);
        }
        Ok(found)
    }

    /// Whether there is text from `start` to the end, where no line ends.
    fn has_text(&mut self, start: u64) -> Result<bool> {
        let mut has_text = false;
        self.decode(start, |decoder| {
            loop {
                match decoder.next_text() {
                    Ok(Progress::Ready(_)) => has_text = true,
                    Ok(_) => return Ok(()),
                    Err(error) => drop(only_of_the_text(error)?),
                }
            }
        })?;
        Ok(has_text)
    }

    /// Shows the decoder what stands from `start` to the end, and lets `take` take what is complete each
    /// time.
    fn decode(
        &mut self,
        start: u64,
        mut take: impl FnMut(&mut TextDecoder) -> Result<()>,
    ) -> Result<()> {
        self.decoder.restart_at(self.finder.position(start));
        let mut at = start;
        loop {
            let block = self
                .finder
                .load(&mut self.device, at, self.end.min(at + BLOCK))?;
            at += block.bytes.len() as u64;
            let is_last = at >= self.end || block.bytes.is_empty();
            self.decoder.append(block.bytes)?;
            if is_last {
                self.decoder.finish();
            }
            take(&mut self.decoder)?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Makes lines ready: all from `start` to the end.
    fn read(&mut self, start: u64) -> Result<()> {
        let (mut ready, mut skips) = (Vec::new(), false);
        self.decode(start, |decoder| {
            loop {
                if skips {
                    match decoder.skip_line() {
                        Ok(Progress::Pending) => return Ok(()),
                        Ok(_) => skips = false,
                        Err(error) => drop(only_of_the_text(error)?),
                    }
                    continue;
                }
                match next_line(decoder) {
                    Ok(Some(line)) => ready.push(Ok(line)),
                    Ok(None) => return Ok(()),
                    Err(error) => {
                        skips = matches!(error, Error::LineTooLong { .. });
                        ready.push(Err(only_of_the_text(error)?));
                    }
                }
            }
        })?;
        (self.ready, self.ready_from) = (ready, start);
        Ok(())
    }

    /// Makes something ready, unless all lines were returned.
    fn fill(&mut self) -> Result<()> {
        while self.ready.is_empty() && self.end > 0 {
            let start = self.next_start()?;
            if self.end - start > BLOCK {
                // A line that is longer than a block, or lines that are known only when they are read
                // from here on.
                let found = self.line_starts(start)?;
                if found.starts.len() > 1 {
                    self.starts.extend(found.starts);
                    continue;
                }
            }
            self.read(start)?;
            if self.ready.is_empty() {
                // Bytes that are no text: a mark.
                self.go_to(start);
            }
        }
        Ok(())
    }
}

/// The next line, if it is complete.
fn next_line(decoder: &mut TextDecoder) -> Result<Option<TextLine>> {
    let (start, first) = (decoder.position(), decoder.byte_offset());
    let Progress::Ready(line) = decoder.next_line()? else {
        return Ok(None);
    };
    let (text, ending) = (line.to_chunk(), line.ending());
    let bytes = first..decoder.byte_offset();
    Ok(Some(TextLine::new(text, ending, start, bytes)))
}

/// An error that stands between lines; any other ends the reading.
fn only_of_the_text(error: Error) -> Result<Error> {
    match error {
        Error::Decode { .. } | Error::LineTooLong { .. } => Ok(error),
        error => Err(error),
    }
}

impl<D: RawIo> Iterator for RevLines<D> {
    type Item = Result<TextLine>;

    fn next(&mut self) -> Option<Result<TextLine>> {
        if let Err(error) = self.fill() {
            return Some(Err(error));
        }
        let item = self.ready.pop()?;
        self.passes(&item);
        Some(item)
    }
}

impl<D: RawIo> FusedIterator for RevLines<D> {}

impl<D: fmt::Debug> fmt::Debug for RevLines<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevLines")
            .field("device", &self.device)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// Line starts in their order; of many the first, and every second, fourth … after it.
struct Starts {
    starts: Vec<u64>,
    /// How many there are for each that is kept.
    stride: usize,
    /// How many came after the last that was kept.
    passed: usize,
}

impl Starts {
    fn new(first: u64) -> Starts {
        Starts {
            starts: vec![first],
            stride: 1,
            passed: 0,
        }
    }

    fn has_all(&self) -> bool {
        self.stride == 1
    }

    fn push(&mut self, start: u64) {
        self.passed += 1;
        if self.passed < self.stride {
            return;
        }
        self.passed = 0;
        self.starts.push(start);
        if self.starts.len() > MOST_STARTS {
            self.thin_out();
        }
    }

    /// Nothing begins there, if that is the last one.
    fn forget(&mut self, start: u64) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
        }
    }

    fn thin_out(&mut self) {
        if self.starts.len().is_multiple_of(2) {
            // The last one goes.
            self.passed = self.stride;
        }
        let mut is_kept = false;
        self.starts.retain(|_| {
            is_kept = !is_kept;
            is_kept
        });
        self.stride *= 2;
    }
}
