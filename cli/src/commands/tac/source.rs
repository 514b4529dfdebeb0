//! Where the records of a file are read from: the file, or what was kept of it.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use iolite::prelude::*;
use iolite::{
    BufferedReader, Encoding, ErrorPolicy, FileIo, Newline, Result, TextIoWrapper, TextOptions,
};

use crate::encoded_text::{EncodedText, marked};
use crate::needle::Needle;

/// How much of what can be read only once is kept in memory.
const MEMORY: u64 = 16 << 20;

/// Files up to this size are read from the start: those in /proc and /sys have another size than they say.
const SMALL: u64 = 64 * 1024;

/// Bytes that can be read from the end.
pub(super) trait SeekableBytes: Read + Seek {}

impl<T: Read + Seek> SeekableBytes for T {}

pub(super) struct Source {
    pub(super) bytes: Box<dyn SeekableBytes>,
    /// Where the text begins and ends in them.
    pub(super) begin: u64,
    pub(super) size: u64,
    pub(super) text: SourceText,
}

/// How the bytes are read.
pub(super) struct SourceText {
    pub(super) text: EncodedText,
    /// The separator among them.
    pub(super) needle: Needle,
    pub(super) is_utf_8: bool,
}

impl Source {
    /// Prepares a file to be read from its end; where that cannot be, all of it is read now.
    ///
    /// # Errors
    ///
    /// The file's, and those of the folder for temporary files.
    pub(super) fn open(
        mut file: FileIo,
        encoding: Option<Encoding>,
        separator: &[u8],
    ) -> Result<Source> {
        let metadata = file.get_ref().map(File::metadata).transpose()?;
        let size = metadata.filter(|it| it.is_file()).map_or(0, |it| it.len());
        if size > 0 {
            // As GNU's, from the start of the file on, wherever standard input is.
            file.seek(SeekFrom::Start(0))?;
        }
        let mut reader = BufferedReader::new(file);
        let head = reader.peek(4)?.to_vec();
        let encoding = encoding.unwrap_or_else(|| marked(&head));
        if size > SMALL {
            let text = EncodedText::of(Some(encoding), &head)?;
            if let Some(text) = in_bytes(text, separator) {
                let (file, _) = reader.into_parts();
                let begin = text.text.mark() as u64;
                return Ok(Source {
                    bytes: Box::new(file),
                    begin,
                    size,
                    text,
                });
            }
        }
        let mut kept = Kept::Memory(Vec::new());
        if encoding == Encoding::UTF_8 {
            keep_bytes(reader, &mut kept)?;
        } else {
            keep_text(reader, encoding, &mut kept)?;
        }
        let (bytes, size) = kept.finish()?;
        let text = EncodedText::of(Some(Encoding::UTF_8), b"")?;
        let text = SourceText {
            text,
            needle: Needle::new(separator, 1),
            is_utf_8: true,
        };
        Ok(Source {
            bytes,
            begin: 0,
            size,
            text,
        })
    }
}

/// How records are found among the bytes of a file, if they can be.
fn in_bytes(text: EncodedText, separator: &[u8]) -> Option<SourceText> {
    if text.is_utf_8() {
        return Some(SourceText {
            text,
            needle: Needle::new(separator, 1),
            is_utf_8: true,
        });
    }
    let separator = std::str::from_utf8(separator).ok()?;
    let bytes = text.encoding().encode(separator).ok()?;
    // Those of longer characters are 0x30 and more, after the first.
    let is_certain = text.unit() > 1 || bytes.iter().all(|&byte| byte < 0x30);
    let needle = text
        .needle(separator)
        .filter(|_| is_certain && text.encoding().is_splittable())?;
    Some(SourceText {
        text,
        needle,
        is_utf_8: false,
    })
}

fn keep_bytes(mut reader: BufferedReader<FileIo>, kept: &mut Kept) -> Result<()> {
    let mut block = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut block)? {
            0 => return Ok(()),
            n => kept.push(&block[..n])?,
        }
    }
}

/// Keeps the text as UTF-8.
fn keep_text(reader: BufferedReader<FileIo>, encoding: Encoding, kept: &mut Kept) -> Result<()> {
    // Bytes cannot be kept as they are where shifts say what they mean.
    let errors = if encoding.is_splittable() {
        ErrorPolicy::Escape
    } else {
        ErrorPolicy::Replace
    };
    let options = TextOptions::new()
        .encoding(encoding)
        .errors(errors)
        .newline(Newline::Lf);
    let mut text = TextIoWrapper::with_options(reader, options);
    loop {
        let piece = text.fill_str()?;
        if piece.is_empty() {
            return Ok(());
        }
        kept.push(&crate::encoded_text::shown(piece))?;
        let n = piece.len();
        text.consume(n);
    }
}

/// What was read so far.
enum Kept {
    Memory(Vec<u8>),
    File(File, u64),
}

impl Kept {
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Kept::Memory(kept) if (kept.len() + bytes.len()) as u64 <= MEMORY => {
                kept.extend_from_slice(bytes);
            }
            Kept::Memory(kept) => {
                let mut file = tempfile::tempfile()?;
                file.write_all(kept)?;
                file.write_all(bytes)?;
                *self = Kept::File(file, (kept.len() + bytes.len()) as u64);
            }
            Kept::File(file, size) => {
                file.write_all(bytes)?;
                *size += bytes.len() as u64;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(Box<dyn SeekableBytes>, u64)> {
        Ok(match self {
            Kept::Memory(kept) => {
                let size = kept.len() as u64;
                (Box::new(Cursor::new(kept)), size)
            }
            Kept::File(file, size) => (Box::new(file), size),
        })
    }
}
