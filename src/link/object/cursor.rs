//! Steps that everything takes which reads the items of an object one after the other.

use std::borrow::Cow;

use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;

use super::item_head::{BREAK, ItemHead, Major};

/// Whether there is one more element: of a number that is known, counted down in `left`, or up to a
/// break, which is taken.
#[inline]
pub(super) fn has_more(decoder: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, Error> {
    match left {
        Some(0) => Ok(false),
        Some(left) => {
            *left -= 1;
            Ok(true)
        }
        None if decoder.datatype()? == Type::Break => {
            decoder.set_position(decoder.position() + 1);
            *left = Some(0);
            Ok(false)
        }
        None => Ok(true),
    }
}

/// Goes past the next item; `None` if there is none.
pub(super) fn skip(decoder: &mut Decoder<'_>) -> Option<()> {
    let end = end_of_item(decoder.input(), decoder.position())?;
    decoder.set_position(end);
    Some(())
}

/// Where the item ends that begins at `start` and is well-formed, so that its heads say it all. Calls
/// itself for each level of nesting.
pub(super) fn end_of_item(bytes: &[u8], start: usize) -> Option<usize> {
    let whole = ItemHead::length(*bytes.get(start)?)?;
    let mut end = start + whole;
    let head = ItemHead::parse(bytes.get(start..end)?);
    let items = match head.major() {
        Major::Bytes | Major::Text | Major::Array | Major::Map if head.is_indefinite() => {
            while *bytes.get(end)? != BREAK {
                end = end_of_item(bytes, end)?;
            }
            return Some(end + 1);
        }
        Major::Bytes | Major::Text => {
            return end.checked_add(usize::try_from(head.argument).ok()?);
        }
        Major::Array => head.argument,
        Major::Map => head.argument.checked_mul(2)?,
        Major::Tag => 1,
        Major::Unsigned | Major::Negative | Major::Simple => 0,
    };
    for _ in 0..items {
        end = end_of_item(bytes, end)?;
    }
    Some(end)
}

/// How many values a well-formed item consists of, itself and each piece of a string included; one more
/// than `most`, if there are more.
pub(super) fn count_values(item: &[u8], most: usize) -> usize {
    let (mut count, mut at) = (0, 0);
    while count <= most
        && let Some(&first) = item.get(at)
    {
        let whole = ItemHead::length(first).unwrap_or(1);
        let head = ItemHead::parse(item.get(at..at + whole).unwrap_or(&[BREAK]));
        at += whole;
        if matches!(head.major(), Major::Bytes | Major::Text) {
            at = at.saturating_add(usize::try_from(head.argument).unwrap_or(usize::MAX));
        }
        count += usize::from(first != BREAK);
    }
    count
}

/// The next item, which is bytes: borrowed, if they lie in one piece.
pub(super) fn bytes<'a>(decoder: &mut Decoder<'a>) -> Result<Cow<'a, [u8]>, Error> {
    let mut joined = Cow::Borrowed(&[][..]);
    for piece in decoder.bytes_iter()? {
        let piece = piece?;
        if joined.is_empty() {
            joined = Cow::Borrowed(piece);
        } else if !piece.is_empty() {
            joined.to_mut().extend_from_slice(piece);
        }
    }
    Ok(joined)
}

/// The next item, which is text: borrowed, if it lies in one piece.
pub(super) fn text<'a>(decoder: &mut Decoder<'a>) -> Result<Cow<'a, str>, Error> {
    let mut joined = Cow::Borrowed("");
    for piece in decoder.str_iter()? {
        // Nothing is copied as long as one of the two is empty.
        joined += piece?;
    }
    Ok(joined)
}
