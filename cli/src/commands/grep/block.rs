//! A block of whole lines, and which bytes of the file they are.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use iolite::Result;

use crate::encoded_text::{EncodedText, shown};
use crate::needle::Needle;

/// Whole lines, as they are searched: UTF-8, or the bytes of another encoding.
pub(super) struct Block<'a> {
    pub(super) text: &'a [u8],
    pub(super) line_end: &'a Needle,
    pub(super) places: Places<'a>,
}

/// Where in the file the text of a block is.
pub(super) enum Places<'a> {
    /// It is these bytes of the file.
    Bytes(u64),
    /// It is bytes of another encoding, from this place on.
    Undecoded(EncodedText, u64),
    /// It was decoded, and is written as it was read; with the last place that was asked for.
    Encoded(EncodedText, Cell<(usize, u64)>),
    /// As found when it was read.
    Table(&'a [(usize, u64)]),
}

/// A line, without its end.
pub(super) struct FoundLine<'a> {
    /// As an expression sees it: UTF-8, and in other encodings malformed bytes as characters for
    /// private use.
    pub(super) text: Cow<'a, [u8]>,
    /// From 1, if numbers are wanted.
    pub(super) number: u64,
    /// The byte of the file.
    pub(super) place: u64,
    inner: InnerPlaces<'a>,
}

#[derive(Clone)]
enum InnerPlaces<'a> {
    Bytes,
    Encoded(EncodedText),
    Table {
        all: &'a [(usize, u64)],
        start: usize,
    },
}

impl<'a> Block<'a> {
    /// The line that lies in this range, without its end.
    ///
    /// # Errors
    ///
    /// None for encodings that can be searched so.
    pub(super) fn line(&self, range: Range<usize>, number: u64) -> Result<FoundLine<'a>> {
        let start = range.start;
        let bytes = &self.text[range];
        let (text, place, inner) = match &self.places {
            Places::Bytes(place) => (
                Cow::Borrowed(bytes),
                place + start as u64,
                InnerPlaces::Bytes,
            ),
            Places::Undecoded(encoded, place) => {
                let text = match encoded.decode(bytes)? {
                    Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                    Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                };
                (text, place + start as u64, InnerPlaces::Encoded(*encoded))
            }
            Places::Encoded(encoded, last) => {
                let (mut at, mut place) = last.get();
                if at > start {
                    // Lines are asked for in their order, as a rule.
                    let all = self.text.len();
                    place = last.get().1 - encoded_len(*encoded, &self.text[..at.min(all)])?;
                    at = 0;
                }
                place += encoded_len(*encoded, &self.text[at..start])?;
                last.set((start, place));
                (Cow::Borrowed(bytes), place, InnerPlaces::Encoded(*encoded))
            }
            Places::Table(all) => {
                let inner = InnerPlaces::Table { all, start };
                (Cow::Borrowed(bytes), in_table(all, start), inner)
            }
        };
        Ok(FoundLine {
            text,
            number,
            place,
            inner,
        })
    }
}

impl FoundLine<'_> {
    /// The byte of the file where a part of the line begins or ends.
    ///
    /// # Errors
    ///
    /// None for text that was found where a character begins.
    pub(super) fn place_of(&self, at: usize) -> Result<u64> {
        Ok(match &self.inner {
            InnerPlaces::Bytes => self.place + at as u64,
            InnerPlaces::Encoded(encoded) => self.place + encoded_len(*encoded, &self.text[..at])?,
            InnerPlaces::Table { all, start } => in_table(all, start + at),
        })
    }

    /// A part of it as it is shown: UTF-8, with malformed bytes as they are in the file.
    pub(super) fn shown(&self, range: Range<usize>) -> Cow<'_, [u8]> {
        let bytes = &self.text[range];
        match self.inner {
            InnerPlaces::Bytes => Cow::Borrowed(bytes),
            _ => std::str::from_utf8(bytes).map_or(Cow::Borrowed(bytes), shown),
        }
    }

    /// For later, when the block is gone.
    pub(super) fn keep(&self) -> FoundLine<'static> {
        FoundLine {
            text: Cow::Owned(self.shown(0..self.text.len()).into_owned()),
            number: self.number,
            place: self.place,
            inner: InnerPlaces::Bytes,
        }
    }
}

/// How many bytes decoded text has in the file.
fn encoded_len(encoded: EncodedText, text: &[u8]) -> Result<u64> {
    // Cut where lines and matches begin and end, which is where characters do.
    std::str::from_utf8(text).map_or(Ok(text.len() as u64), |text| encoded.len_of(text))
}

/// The place of the last entry up to `at`.
fn in_table(table: &[(usize, u64)], at: usize) -> u64 {
    let next = table.partition_point(|&(entry, _)| entry <= at);
    table
        .get(next.saturating_sub(1))
        .map_or(0, |&(_, place)| place)
}
