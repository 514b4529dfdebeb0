//! A file in blocks of whole lines, as they are searched.
//!
//! Most encodings tell a line end by its bytes, wherever reading begins; their blocks are cut before they
//! are decoded, and are not decoded at all where a text can be found among the bytes. Encodings with
//! shifts are read from the start, a line after the other.

use std::cell::Cell;
use std::io::{self, Read};
use std::ops::Range;

use iolite::prelude::*;
use iolite::{
    BufferedReader, Encoding, ErrorPolicy, FileIo, Newline, Result, TextIoWrapper, TextOptions,
};

use super::block::{Block, Places};
use crate::encoded_text::EncodedText;
use crate::needle::Needle;

/// How much is read of a file first: most of a tree's files are no longer.
const SIZE: usize = 64 * 1024;

/// How much is read at once of what is longer. System calls are then too few to be felt; with 128 KiB they
/// took half of the time of a search for a text.
const LARGE: usize = 1 << 20;

/// How a file is searched.
#[derive(Clone, Copy)]
pub(super) struct BlockOptions<'a> {
    /// `None`: as its mark says, else UTF-8.
    pub(super) encoding: Option<Encoding>,
    /// Whether characters of value 0 are text; else they end lines from the first block on that has one.
    pub(super) has_nuls: bool,
    /// The text to be found, if it is one.
    pub(super) literal: Option<&'a str>,
    /// Whether places within lines are asked for.
    pub(super) wants_places: bool,
}

/// How much of a line is held, at most: a file without line ends may be one that never ends.
const LONGEST_LINE: usize = 1 << 30;

/// The blocks of a file.
pub(super) struct Blocks {
    source: Source,
    is_binary: bool,
    has_nuls: bool,
}

enum Source {
    Cut(Box<CutBlocks>),
    Read(Box<ReadLines>),
}

impl Blocks {
    /// Begins to read a file.
    ///
    /// # Errors
    ///
    /// The file's; that it lacks the mark that its encoding needs.
    pub(super) fn new(mut file: FileIo, options: BlockOptions<'_>) -> Result<Blocks> {
        let source = if options.encoding.is_some_and(|it| !it.is_splittable()) {
            Source::Read(Box::new(ReadLines::new(file, options)))
        } else {
            let mut buffer = vec![0; SIZE];
            let (text, filled) =
                EncodedText::at_start_of(&mut file, options.encoding, &mut buffer)?;
            Source::Cut(Box::new(CutBlocks::new(
                file,
                text,
                (buffer, filled),
                options,
            )?))
        };
        Ok(Blocks {
            source,
            is_binary: false,
            has_nuls: options.has_nuls,
        })
    }

    /// The encoding, when the first block was read.
    pub(super) fn encoding(&self) -> Encoding {
        match &self.source {
            Source::Cut(cut) => cut.text.encoding(),
            Source::Read(read) => read.text.encoding(),
        }
    }

    /// Whether a character of value 0 was found.
    pub(super) fn is_binary(&self) -> bool {
        self.is_binary
    }

    /// What text is found by in the blocks, if not by an expression; and whether the line around it
    /// has to be decoded to be sure.
    pub(super) fn needle(&self) -> Option<(&Needle, bool)> {
        match &self.source {
            Source::Cut(cut) => cut.needle.as_ref().map(|it| (it, cut.is_verified)),
            Source::Read(_) => None,
        }
    }

    /// The next block; it is not empty, and ends where a line or the file ends. Where data comes in pieces,
    /// what has come is searched.
    ///
    /// # Errors
    ///
    /// The file's.
    pub(super) fn read(&mut self) -> Result<bool> {
        let zapping = (!self.has_nuls).then_some(&mut self.is_binary);
        match &mut self.source {
            Source::Cut(cut) => cut.read(zapping),
            Source::Read(read) => read.read(zapping),
        }
    }

    /// The block that was read.
    pub(super) fn block(&self) -> Block<'_> {
        match &self.source {
            Source::Cut(cut) => cut.block(),
            Source::Read(read) => read.block(),
        }
    }
}

/// Blocks of bytes, decoded or not.
struct CutBlocks {
    file: FileIo,
    text: EncodedText,
    line_end: Needle,
    line_end_bytes: Vec<u8>,
    nul: Option<Needle>,
    needle: Option<Needle>,
    is_verified: bool,
    buffer: Vec<u8>,
    /// The block in the buffer; what follows it was read.
    block: Range<usize>,
    filled: usize,
    /// Where the buffer begins in the file.
    place: u64,
    is_ended: bool,
    /// Whether no block was read.
    is_first: bool,
    /// Whether the last read filled the buffer.
    is_long: bool,
    /// The block's text, unless it is searched as it is.
    decoded: Option<String>,
    /// The line end of text.
    decoded_end: Needle,
}

impl CutBlocks {
    fn new(
        file: FileIo,
        text: EncodedText,
        (buffer, filled): (Vec<u8>, usize),
        options: BlockOptions<'_>,
    ) -> Result<CutBlocks> {
        let needle = options
            .literal
            .filter(|literal| text.finds(literal))
            .and_then(|literal| text.needle(literal));
        let line_end_bytes = text.encoding().encode("\n")?.into_owned();
        Ok(CutBlocks {
            file,
            line_end: Needle::new(&line_end_bytes, text.unit()),
            line_end_bytes,
            nul: text.needle("\0"),
            is_verified: text.unit() == 1 && !text.is_utf_8(),
            decoded: (needle.is_none() && !text.is_utf_8()).then(String::new),
            needle,
            text,
            is_long: filled == buffer.len(),
            buffer,
            // The mark is no text.
            block: text.mark()..text.mark(),
            filled,
            place: 0,
            is_ended: false,
            is_first: true,
            decoded_end: Needle::new(b"\n", 1),
        })
    }

    fn read(&mut self, mut zapping: Option<&mut bool>) -> Result<bool> {
        self.buffer.copy_within(self.block.end..self.filled, 0);
        self.place += self.block.end as u64;
        self.filled -= self.block.end;
        self.block = 0..0;
        let mut new = self.filled;
        // What was read to find a mark has not been looked at.
        let mut is_read = std::mem::take(&mut self.is_first) && self.filled > 0;
        if is_read {
            new = 0;
        }
        while !self.is_ended {
            if !std::mem::take(&mut is_read) {
                self.fill()?;
            }
            if self.is_ended {
                break;
            }
            // A code unit may have been cut.
            new -= new % self.text.unit();
            if let Some(is_binary) = zapping.as_deref_mut() {
                self.zap(new, is_binary);
            }
            if let Some(at) = self.line_end.rfind(&self.buffer[new..self.filled]) {
                return self.cut(new + at + self.line_end.len());
            }
            new = self.filled;
        }
        self.cut(self.filled)
    }

    /// Reads what goes into the buffer, which grows with a line that is longer.
    fn fill(&mut self) -> Result<()> {
        if self.filled == self.buffer.len() || self.is_long {
            let size = LARGE.max(if self.filled == self.buffer.len() {
                2 * self.filled
            } else {
                0
            });
            if size > LONGEST_LINE {
                let why = "a line is longer than 1 GiB";
                return Err(io::Error::new(io::ErrorKind::InvalidData, why).into());
            }
            let more = size.saturating_sub(self.buffer.len());
            let reserved = self.buffer.try_reserve_exact(more);
            reserved.map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
            self.buffer.resize(size.max(self.buffer.len()), 0);
        }
        let n = self.file.read(&mut self.buffer[self.filled..])?;
        self.is_long = self.filled + n == self.buffer.len();
        self.is_ended = n == 0;
        self.filled += n;
        Ok(())
    }

    /// Makes characters of value 0 line ends, from the first on, as GNU's does: binary files may have no
    /// others.
    fn zap(&mut self, new: usize, is_binary: &mut bool) {
        let Some(nul) = &self.nul else { return };
        let (new_bytes, line_end) = (&mut self.buffer[new..self.filled], &self.line_end_bytes);
        if let ([line_end], Some(first)) = (&**line_end, nul.find(new_bytes, 0)) {
            // There are many, as a rule.
            *is_binary = true;
            for byte in &mut new_bytes[first..] {
                *byte = if *byte == 0 { *line_end } else { *byte };
            }
            return;
        }
        if self.text.unit() == 2 && !has_null_unit(&self.buffer[new..self.filled]) {
            return;
        }
        let mut at = new;
        while let Some(found) = nul.find(&self.buffer[..self.filled], at) {
            *is_binary = true;
            at = found + nul.len();
            self.buffer[found..at].copy_from_slice(&self.line_end_bytes);
        }
    }

    fn cut(&mut self, end: usize) -> Result<bool> {
        self.block = 0..end;
        if let Some(text) = &mut self.decoded {
            text.clear();
            text.push_str(
                &self
                    .text
                    .decode_lines(&self.buffer[..end], &self.line_end_bytes)?,
            );
        }
        Ok(end > 0)
    }

    fn block(&self) -> Block<'_> {
        let bytes = &self.buffer[self.block.clone()];
        match &self.decoded {
            Some(text) => Block {
                text: text.as_bytes(),
                line_end: &self.decoded_end,
                places: Places::Encoded(self.text, Cell::new((0, self.place))),
            },
            None if self.text.is_utf_8() => Block {
                text: bytes,
                line_end: &self.line_end,
                places: Places::Bytes(self.place),
            },
            None => Block {
                text: bytes,
                line_end: &self.line_end,
                places: Places::Undecoded(self.text, self.place),
            },
        }
    }
}

/// Whether one of the code units of two bytes is 0: all of them are looked at, which takes half the time of
/// finding the place of the first.
fn has_null_unit(bytes: &[u8]) -> bool {
    let (units, _) = bytes.as_chunks::<2>();
    units.chunks(2048).any(|units| {
        units
            .iter()
            .fold(false, |found, unit| found | (*unit == [0, 0]))
    })
}

/// Lines of an encoding whose bytes mean what the bytes before them say.
struct ReadLines {
    text: TextIoWrapper<BufferedReader<FileIo>>,
    wants_places: bool,
    line: String,
    /// Where in the line which byte of the file is: of each character if that is asked for, else of the
    /// start.
    places: Vec<(usize, u64)>,
    line_end: Needle,
    begin: u64,
}

impl ReadLines {
    fn new(file: FileIo, options: BlockOptions<'_>) -> ReadLines {
        // Bytes cannot be kept as they are where shifts say what they mean.
        let text = TextOptions::new()
            .encoding(options.encoding.unwrap_or_default())
            .errors(ErrorPolicy::Replace)
            .newline(Newline::Lf);
        let text = TextIoWrapper::with_options(BufferedReader::new(file), text);
        ReadLines {
            begin: text.byte_offset(),
            text,
            wants_places: options.wants_places,
            line: String::new(),
            places: Vec::new(),
            line_end: Needle::new(b"\n", 1),
        }
    }

    fn read(&mut self, mut zapping: Option<&mut bool>) -> Result<bool> {
        self.line.clear();
        self.places.clear();
        while let Some(mut ch) = self.text.fill_str()?.chars().next() {
            if self.places.is_empty() || self.wants_places {
                let place = self.text.byte_offset() - self.begin;
                self.places.push((self.line.len(), place));
            }
            self.text.consume(ch.len_utf8());
            if let (Some(is_binary), '\0') = (zapping.as_deref_mut(), ch) {
                *is_binary = true;
                ch = '\n';
            }
            self.line.push(ch);
            if ch == '\n' {
                break;
            }
        }
        if self.wants_places {
            self.places
                .push((self.line.len(), self.text.byte_offset() - self.begin));
        }
        Ok(!self.line.is_empty())
    }

    fn block(&self) -> Block<'_> {
        Block {
            text: self.line.as_bytes(),
            line_end: &self.line_end,
            places: Places::Table(&self.places),
        }
    }
}
