//! The bytes of a text as its encoding has them: how they are searched and shown without decoding
//! all of them.

use std::borrow::Cow;
use std::io::{self, Read};

use iolite::{Encoding, ErrorPolicy, FileIo, Newline, Result};

use crate::needle::Needle;

/// How a text is written: its encoding, which may be said by a byte-order mark at its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncodedText {
    /// Never one whose byte order only a mark tells.
    encoding: Encoding,
    mark: usize,
    unit: usize,
}

impl EncodedText {
    /// Of a text that begins with `start`. Without an encoding the mark says it, and where there is
    /// none it is UTF-8; a mark that the encoding drops is no text.
    ///
    /// # Errors
    ///
    /// That the mark is missing which should tell the byte order.
    pub(crate) fn of(encoding: Option<Encoding>, start: &[u8]) -> Result<EncodedText> {
        let (found, len) = Encoding::detect(start, Encoding::UTF_8);
        let encoding = encoding.unwrap_or(found);
        let mut text = EncodedText {
            encoding: encoding.with_bom_as_text(start),
            mark: 0,
            unit: 1,
        };
        if text.encoding != encoding {
            text.mark = len;
        } else if encoding == Encoding::UTF_8_SIG {
            text.encoding = Encoding::UTF_8;
        } else if [Encoding::UTF_16, Encoding::UTF_32].contains(&encoding) && !start.is_empty() {
            // Its error says what is missing.
            encoding.decode(start)?;
        }
        text.unit = match text.encoding.name() {
            "utf-16-le" | "utf-16-be" => 2,
            "utf-32-le" | "utf-32-be" => 4,
            _ => 1,
        };
        Ok(text)
    }

    /// Reads the start of a file into `room`, which has at least four bytes, and says how its text is
    /// written, and how much was read.
    ///
    /// # Errors
    ///
    /// Those of [`of`](Self::of) and of the file.
    pub(crate) fn at_start_of(
        file: &mut FileIo,
        encoding: Option<Encoding>,
        room: &mut [u8],
    ) -> Result<(EncodedText, usize)> {
        let mut filled = 0;
        // What is shorter than a mark is not waited with, unless it may still become one.
        while filled < room.len() && may_be_mark(&room[..filled]) {
            match file.read(&mut room[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok((EncodedText::of(encoding, &room[..filled])?, filled))
    }

    /// The encoding of what follows the mark.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many bytes the mark has; 0 without one.
    pub(crate) fn mark(&self) -> usize {
        self.mark
    }

    /// How many bytes a code unit has.
    pub(crate) fn unit(&self) -> usize {
        self.unit
    }

    /// Whether it is shown byte for byte.
    pub(crate) fn is_utf_8(&self) -> bool {
        self.encoding == Encoding::UTF_8
    }

    /// To find `text` among the bytes; `None` where the encoding has no bytes for it.
    pub(crate) fn needle(&self, text: &str) -> Option<Needle> {
        let bytes = self
            .encoding
            .encode(text)
            .ok()
            .filter(|bytes| !bytes.is_empty())?;
        Some(Needle::new(&bytes, self.unit))
    }

    /// Whether the bytes of `text` are found wherever the text is, and a hit can be told from other text
    /// by decoding the line around it.
    ///
    /// So in all encodings whose lines can be told by their bytes, but for those where two characters may
    /// be one code: there the bytes of the first are not in the bytes of the two.
    pub(crate) fn finds(&self, text: &str) -> bool {
        let name = self.encoding.name();
        let has_pairs = ["jisx0213", "2004", "hkscs"]
            .iter()
            .any(|part| name.contains(part));
        self.encoding.is_splittable() && (!has_pairs || text.is_ascii())
    }

    /// Decodes bytes that begin where a line does and end before a line end or with the text; malformed
    /// ones are characters for private use, as [`ErrorPolicy::Escape`] has it, and [`shown`] again as
    /// what they are.
    ///
    /// # Errors
    ///
    /// None for these encodings.
    pub(crate) fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
        self.encoding
            .decode_with(bytes, ErrorPolicy::Escape, Newline::Lf)
    }

    /// The same for lines with their ends, the bytes `line_end`.
    ///
    /// The last one stands for itself even after the first byte of a longer character: at the end of a
    /// stream the two would be one malformed sequence.
    ///
    /// # Errors
    ///
    /// None for these encodings.
    pub(crate) fn decode_lines<'a>(
        &self,
        bytes: &'a [u8],
        line_end: &[u8],
    ) -> Result<Cow<'a, str>> {
        let is_whole = bytes.len().is_multiple_of(self.unit);
        let Some(lines) = bytes.strip_suffix(line_end).filter(|_| is_whole) else {
            return self.decode(bytes);
        };
        let mut text = self.decode(lines)?.into_owned();
        text.push('\n');
        Ok(Cow::Owned(text))
    }

    /// How many bytes a text has that was [decoded](Self::decode): in that way it is written as it was read.
    ///
    /// # Errors
    ///
    /// None for text that was decoded.
    pub(crate) fn len_of(&self, text: &str) -> Result<u64> {
        let bytes = self
            .encoding
            .encode_with(text, ErrorPolicy::Escape, Newline::Lf)?;
        Ok(bytes.len() as u64)
    }
}

/// Decoded text as UTF-8, with malformed bytes as they were.
pub(crate) fn shown(text: &str) -> Cow<'_, [u8]> {
    let shown = Encoding::UTF_8.encode_with(text, ErrorPolicy::Escape, Newline::Lf);
    shown.unwrap_or(Cow::Borrowed(text.as_bytes()))
}

/// The encoding that a mark of UTF-16 or UTF-32 tells; else UTF-8, whose mark is a character to GNU's programs.
pub(crate) fn marked(start: &[u8]) -> Encoding {
    let (encoding, _) = Encoding::detect(start, Encoding::UTF_8);
    if encoding == Encoding::UTF_8_SIG {
        Encoding::UTF_8
    } else {
        encoding
    }
}

/// Whether these bytes are the start of a mark, or all of one that may be the start of a longer one.
fn may_be_mark(start: &[u8]) -> bool {
    const MARKS: [&[u8]; 4] = [
        b"\xef\xbb\xbf",
        b"\xff\xfe\0\0",
        b"\xfe\xff",
        b"\0\0\xfe\xff",
    ];
    MARKS
        .iter()
        .any(|mark| mark.starts_with(start) && mark.len() > start.len())
}
