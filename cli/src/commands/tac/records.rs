//! Records from the last to the first, in bounded memory.
//!
//! A window goes from the end of the file to its start, a block at a time. Separators are found in it
//! from the end. The bytes of a record that began in an earlier block are carried along, so that most
//! records are printed from the window; of a record that is longer than a block only the place is kept,
//! and it is read again from its start when that is found.

use std::io::{self, Read, SeekFrom, Write};

use iolite::chunk::Progress;
use iolite::text::TextDecoder;
use iolite::{Error, ErrorPolicy, Newline, TextOptions};

use super::Problem;
use super::source::SeekableBytes;
use crate::encoded_text::{EncodedText, shown};
use crate::needle::Needle;
use crate::output::Output;
use crate::status::Failure;

/// How much is read at once.
const BLOCK: usize = 128 * 1024;

/// What separates records.
pub(super) struct Separator<'a> {
    pub(super) needle: Needle,
    /// As UTF-8.
    pub(super) text: &'a [u8],
    /// Whether it stands before a record.
    pub(super) is_before: bool,
}

/// How records are printed.
pub(super) enum Writing {
    AsIs,
    /// As UTF-8.
    Decoded(EncodedText),
}

/// The records of some bytes.
pub(super) struct Records<'a> {
    bytes: Box<dyn SeekableBytes>,
    separator: Separator<'a>,
    writing: Writing,
    /// Room for a block and for what is carried along, each at most `block` long.
    window: Vec<u8>,
    block: usize,
    /// Where the text begins.
    begin: u64,
    /// The place of the window's first byte, and how many bytes are in it.
    low: u64,
    filled: usize,
    /// All from here on was printed.
    done: u64,
    /// Separators are searched for before this place.
    limit: u64,
}

impl<'a> Records<'a> {
    /// Of the bytes from `begin` to `size`.
    pub(super) fn new(
        bytes: Box<dyn SeekableBytes>,
        begin: u64,
        size: u64,
        separator: Separator<'a>,
        writing: Writing,
    ) -> Records<'a> {
        let begin = begin.min(size);
        // A block has more than a separator.
        let block = BLOCK.max(4 * separator.needle.len());
        Records {
            bytes,
            window: vec![0; 2 * block],
            block,
            begin,
            low: size,
            filled: 0,
            done: size,
            limit: size,
            separator,
            writing,
        }
    }

    /// Prints all of them.
    pub(super) fn print(mut self, out: &mut Output) -> Result<(), Problem> {
        let len = self.separator.needle.len();
        let mut is_first = true;
        loop {
            let searched = &self.window[..self.in_window(self.limit)];
            let Some(found) = self.separator.needle.rfind(searched) else {
                if self.low == self.begin {
                    return self.put(self.begin, out);
                }
                self.load()?;
                continue;
            };
            self.limit = self.low + found as u64;
            if self.separator.is_before {
                self.put(self.limit, out)?;
            } else {
                let start = self.limit + len as u64;
                // The separator at the end is the last record's.
                if !(is_first && start == self.done) {
                    self.put(start, out)?;
                }
            }
            is_first = false;
        }
    }

    /// How much of the window lies before a place.
    fn in_window(&self, place: u64) -> usize {
        usize::try_from(place - self.low).map_or(self.filled, |len| len.min(self.filled))
    }

    /// Puts the block before the window in front of it.
    fn load(&mut self) -> Result<(), Error> {
        // What is carried along is not printed yet.
        let mut kept = self.in_window(self.done);
        if kept > self.block {
            // A separator may begin in the block before.
            kept = self
                .in_window(self.limit)
                .min(self.separator.needle.len() - 1);
        }
        // The window begins where a code unit does.
        let before = (self.low - self.begin)
            .saturating_sub(self.block as u64)
            .next_multiple_of(4);
        let new = (self.low - self.begin - before) as usize;
        self.window.copy_within(..kept, new);
        self.low = self.begin + before;
        self.filled = new + kept;
        self.bytes.seek(SeekFrom::Start(self.low))?;
        Ok(self
            .bytes
            .read_exact(&mut self.window[..new])
            .map_err(cut)?)
    }

    /// Prints the bytes from `start` to those that were printed.
    fn put(&mut self, start: u64, out: &mut Output) -> Result<(), Problem> {
        let end = std::mem::replace(&mut self.done, start);
        let (from, to) = (start - self.low, end - self.low);
        if to <= self.filled as u64 {
            let record = &self.window[from as usize..to as usize];
            return match &self.writing {
                Writing::AsIs => write(out, record),
                Writing::Decoded(text) => self.put_decoded(*text, record, out),
            };
        }
        self.put_again(start, end, out)
    }

    /// Prints a record in another encoding. Its separator is no part of a malformed sequence before it.
    fn put_decoded(
        &self,
        text: EncodedText,
        record: &[u8],
        out: &mut Output,
    ) -> Result<(), Problem> {
        let Some(body) = self.without_separator(text, record) else {
            return write(out, &shown(&text.decode(record)?));
        };
        write(out, &shown(&text.decode(&record[..body])?))?;
        write(out, self.separator.text)
    }

    /// How long a record is that ends with a separator, without that.
    fn without_separator(&self, text: EncodedText, record: &[u8]) -> Option<usize> {
        let at = record.len().checked_sub(self.separator.needle.len())?;
        let is_there = self.separator.needle.find(&record[at..], 0) == Some(0);
        (is_there && at.is_multiple_of(text.unit()) && !self.separator.is_before).then_some(at)
    }

    /// Prints a record that is not in the window.
    fn put_again(&mut self, start: u64, end: u64, out: &mut Output) -> Result<(), Problem> {
        let mut block = vec![0; BLOCK];
        self.bytes
            .seek(SeekFrom::Start(start))
            .map_err(Error::from)?;
        let len = self.separator.needle.len() as u64;
        let has_end = !self.separator.is_before && end - start >= len;
        let mut decoder = match &self.writing {
            Writing::AsIs => None,
            Writing::Decoded(text) => Some(decoder(*text)),
        };
        // The end of the record is decoded by itself where it may be a separator.
        let tail = if has_end && decoder.is_some() { len } else { 0 };
        let mut left = end - start - tail;
        while left > 0 {
            let part = &mut block[..left.min(BLOCK as u64) as usize];
            self.bytes
                .read_exact(part)
                .map_err(cut)
                .map_err(Error::from)?;
            left -= part.len() as u64;
            match &mut decoder {
                None => write(out, part)?,
                Some(decoder) => {
                    decoder.append(part)?;
                    if left == 0 {
                        decoder.finish();
                    }
                    put_text(decoder, out)?;
                }
            }
        }
        if tail > 0
            && let Writing::Decoded(text) = self.writing
        {
            let part = &mut block[..tail as usize];
            self.bytes
                .read_exact(part)
                .map_err(cut)
                .map_err(Error::from)?;
            self.put_decoded(text, part, out)?;
        }
        Ok(())
    }
}

fn decoder(text: EncodedText) -> TextDecoder {
    let options = TextOptions::new().encoding(text.encoding());
    TextDecoder::with_options(options.errors(ErrorPolicy::Escape).newline(Newline::Lf))
}

fn put_text(decoder: &mut TextDecoder, out: &mut Output) -> Result<(), Problem> {
    while let Progress::Ready(text) = decoder.next_text()? {
        write(out, &shown(&text))?;
    }
    Ok(())
}

fn write(out: &mut Output, bytes: &[u8]) -> Result<(), Problem> {
    out.write_all(bytes)
        .map_err(|error| Problem::Output(Failure::output(error)))
}

/// A file has become shorter since it was opened.
fn cut(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            io::Error::new(error.kind(), "the file was cut while it was read")
        }
        _ => error,
    }
}
