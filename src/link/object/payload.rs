//! [`Payload`]: what stands in a message after its head.

use std::fmt;

use minicbor::Decoder;
use serde::{Deserialize, Serialize};

use super::arguments::{self, Arguments};
use super::cursor;
use super::error::{DecodeError, EncodeError};
use super::item::Object;
use super::item_head::Major;
use super::payload_builder::PayloadBuilder;
use super::serializer::{self, TopLevel};
use crate::chunk::Chunk;

/// The arguments of a call, the values of a result, an item of a stream: positional values and
/// keywords, as they stand in a message.
///
/// On the wire a map in the last place *is* the keywords. Therefore an empty one follows if the last
/// positional value is a map itself; the builder sees to that, and what reads here knows it.
///
/// The bytes are shared with the message and looked at when they are asked for.
///
/// # Examples
///
/// ```
/// use iolite::link::object::Payload;
///
/// let payload = Payload::builder().push(&2)?.keyword("b", &40)?.finish();
/// assert_eq!(payload.to_string(), r#"2, {"b": 40}"#);
///
/// #[derive(serde::Deserialize)]
/// struct Add {
///     a: i64,
///     #[serde(default)]
///     b: i64,
/// }
/// let add: Add = payload.arguments()?;
/// assert_eq!(add.a + add.b, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Payload {
    /// One item after the other.
    items: Chunk,
    /// How many.
    count: usize,
}

impl Payload {
    /// No value and no keyword.
    pub const fn new() -> Payload {
        Payload {
            items: Chunk::new(),
            count: 0,
        }
    }

    /// A payload that grows by positional values and keywords.
    pub fn builder() -> PayloadBuilder {
        PayloadBuilder::default()
    }

    /// A value as a payload: a tuple as the positional values, `()` as none, a structure or a map as
    /// the keywords, anything else as one positional value. A `Vec` is one value; an array of known
    /// length is a tuple for serde. A map with a key that is no text is one value, too.
    ///
    /// # Errors
    ///
    /// As [`Object::encode`].
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::link::object::Payload;
    ///
    /// assert_eq!(Payload::of(&(2, "b"))?.to_string(), r#"2, "b""#);
    /// assert_eq!(Payload::of(&vec![2, 3])?.to_string(), "[2, 3]");
    /// assert_eq!(Payload::of(&())?.to_string(), "");
    /// # Ok::<(), iolite::link::object::EncodeError>(())
    /// ```
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Payload, EncodeError> {
        // A handful of small arguments: growing from nothing is dearer than what they need.
        let mut bytes = Vec::with_capacity(32);
        let count = Payload::append(value, &mut bytes)?;
        Ok(Payload::from_items(Chunk::from(bytes), count))
    }

    /// [`of`](Payload::of), put to the end of `bytes`; returns how many items those are.
    pub(crate) fn append<T: Serialize + ?Sized>(
        value: &T,
        bytes: &mut Vec<u8>,
    ) -> Result<usize, EncodeError> {
        let start = bytes.len();
        match serializer::encode(value, bytes)? {
            TopLevel::Unit => {
                bytes.truncate(start);
                Ok(0)
            }
            TopLevel::Map => match keyword_count(&bytes[start..]) {
                Some(0) => {
                    bytes.truncate(start);
                    Ok(0)
                }
                Some(_) => Ok(1),
                None => Ok(guard(bytes, 1, start)),
            },
            TopLevel::Tuple { last } => {
                let (count, head) = array_head(&bytes[start..]);
                bytes.drain(start..start + head);
                Ok(guard(bytes, count, last.saturating_sub(head)))
            }
            TopLevel::Single => Ok(guard(bytes, 1, start)),
        }
    }

    /// So many items as they stand in a message, one after the other; the bytes are well-formed.
    pub(crate) fn from_items(items: Chunk, count: usize) -> Payload {
        Payload { items, count }
    }

    /// The elements of an array as a payload, the last one as keywords if it is a map; `None` if the object
    /// is no array.
    pub fn of_array(array: &Object) -> Option<Payload> {
        let (items, count) = array.items()?;
        Some(Payload::from_items(items, count))
    }

    /// The bytes, one item after the other: what stands in a message.
    pub fn items(&self) -> &Chunk {
        &self.items
    }

    /// The same, without the knowledge how many items they are.
    pub(crate) fn into_items(self) -> Chunk {
        self.items
    }

    /// How many items those are, the map of the keywords included.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is nothing: no value and no keyword.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The positional values.
    pub fn positional(&self) -> Positional<'_> {
        Positional(Items::new(&self.items, self.positional_count()))
    }

    /// The keywords with their values. A name that is no text is possible, if the sender is wrong.
    pub fn keywords(&self) -> Keywords<'_> {
        Keywords(match self.keywords_start() {
            Some(start) => Items::of_map(&self.items, start),
            None => Items::new(&self.items, 0),
        })
    }

    /// The positional value at an index, from 0 on.
    pub fn get(&self, index: usize) -> Option<Object> {
        self.positional().nth(index)
    }

    /// The value of a keyword.
    pub fn keyword(&self, name: &str) -> Option<Object> {
        let mut keywords = self.keywords();
        let found = keywords.find(|(it, _)| it.as_str() == Some(name));
        found.map(|(_, value)| value)
    }

    /// The payload as the arguments of a command, as Python matches them with a signature: a tuple or a
    /// sequence takes the positional values, a structure takes each field by its position or by its
    /// keyword (serde's defaults work; an alias of a field counts as a position), a map takes the
    /// keywords, `()` takes nothing, and any other type the one positional value.
    ///
    /// # Errors
    ///
    /// What does not match, with the argument it is about.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::link::object::Payload;
    ///
    /// let payload = Payload::of(&(2, "three"))?;
    /// assert_eq!(payload.arguments::<(i64, &str)>()?, (2, "three"));
    /// let error = payload.arguments::<(i64, i64)>().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"argument 2: expected i64, found string "three""#,
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn arguments<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        T::deserialize(Arguments::new(self))
    }

    /// The payload as the result of a call: one positional value as that value, several as a tuple, none
    /// as `()` or null, keywords alone as a map or a structure. A tuple gets the keywords as its last
    /// element, if there are any.
    ///
    /// # Errors
    ///
    /// What does not match.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::link::object::Payload;
    ///
    /// assert_eq!(Payload::of(&vec![2, 3])?.result::<Vec<i64>>()?, [2, 3]);
    /// assert_eq!(Payload::of(&("done", 3))?.result::<(&str, u8)>()?, ("done", 3));
    /// Payload::of(&())?.result::<()>()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn result<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        arguments::result(self)
    }

    /// Whether it is one positional value and nothing else, as far as its first byte says: the same as that
    /// of an item of a stream, as a rule.
    pub(super) fn is_one_value(&self) -> bool {
        self.count == 1 && !is_map(&self.items)
    }

    /// How many positional values there are.
    pub(super) fn positional_count(&self) -> usize {
        self.count - usize::from(self.keywords_start().is_some())
    }

    /// The first item, and the others.
    pub(crate) fn split_first(self) -> Option<(Object, Payload)> {
        let mut items = self.items;
        let count = self.count.checked_sub(1)?;
        let length = cursor::end_of_item(&items, 0)?;
        let first = Object::from_well_formed(items.split_to(length));
        Some((first, Payload { items, count }))
    }

    /// Where the map of the keywords begins, if there is one.
    pub(super) fn keywords_start(&self) -> Option<usize> {
        let before = self.count.checked_sub(1)?;
        let mut decoder = Decoder::new(&self.items);
        for _ in 0..before {
            cursor::skip(&mut decoder)?;
        }
        is_map(&self.items[decoder.position()..]).then(|| decoder.position())
    }
}

/// The map that stands for no keywords.
const NO_KEYWORDS: u8 = 0xa0;

/// Puts the map of no keywords after `count` positional values, of which the last begins at `last`, if
/// that is a map and would be taken for the keywords. Returns how many items there are then.
pub(super) fn guard(bytes: &mut Vec<u8>, count: usize, last: usize) -> usize {
    if count == 0 || !is_map(&bytes[last..]) {
        return count;
    }
    bytes.push(NO_KEYWORDS);
    count + 1
}

/// Whether an item is a map.
fn is_map(item: &[u8]) -> bool {
    item.first()
        .is_some_and(|&first| Major::of(first) == Major::Map)
}

/// How many entries a map that we wrote has, if all its keys are text.
fn keyword_count(map: &[u8]) -> Option<u64> {
    let mut map = Decoder::new(map);
    let count = map.map().ok()??;
    for _ in 0..count {
        map.str().ok()?;
        cursor::skip(&mut map)?;
    }
    Some(count)
}

/// How many elements an array that we wrote has, and how many bytes its head.
fn array_head(array: &[u8]) -> (usize, usize) {
    let mut array = Decoder::new(array);
    let count = array.array().ok().flatten().unwrap_or_default();
    // As many as the type has.
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    (count, array.position())
}

/// Items one after the other, in bytes that are shared.
#[derive(Clone)]
struct Items<'a> {
    bytes: &'a Chunk,
    decoder: Decoder<'a>,
    /// How many are left; `None` if a break ends them.
    left: Option<u64>,
}

impl<'a> Items<'a> {
    fn new(bytes: &'a Chunk, count: usize) -> Items<'a> {
        Items {
            bytes,
            decoder: Decoder::new(bytes),
            left: Some(count as u64),
        }
    }

    /// The keys and values of the map that begins at `start`.
    fn of_map(bytes: &'a Chunk, start: usize) -> Items<'a> {
        let mut items = Items::new(bytes, 0);
        items.decoder.set_position(start);
        items.left = items.decoder.map().unwrap_or(Some(0));
        items
    }

    /// Whether there is one more, or one more entry.
    fn has_more(&mut self) -> bool {
        cursor::has_more(&mut self.decoder, &mut self.left).unwrap_or(false)
    }

    /// The next item, which is there.
    fn take(&mut self) -> Option<Object> {
        let start = self.decoder.position();
        cursor::skip(&mut self.decoder)?;
        let item = self.bytes.slice(start..self.decoder.position());
        Some(Object::from_well_formed(item))
    }
}

/// The positional values of a [`Payload`]. They share its memory.
#[derive(Clone)]
pub struct Positional<'a>(Items<'a>);

impl Iterator for Positional<'_> {
    type Item = Object;

    fn next(&mut self) -> Option<Object> {
        self.0.has_more().then(|| self.0.take())?
    }
}

impl fmt::Debug for Positional<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The keywords of a [`Payload`] with their values. They share its memory.
#[derive(Clone)]
pub struct Keywords<'a>(Items<'a>);

impl Iterator for Keywords<'_> {
    type Item = (Object, Object);

    fn next(&mut self) -> Option<(Object, Object)> {
        let has_more = self.0.has_more();
        has_more.then(|| Some((self.0.take()?, self.0.take()?)))?
    }
}

impl fmt::Debug for Keywords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl fmt::Display for Payload {
    /// The items in diagnostic notation, with commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut items = Items::new(&self.items, self.count);
        let mut separator = "";
        while items.has_more()
            && let Some(item) = items.take()
        {
            write!(f, "{separator}{}", item.diagnostic())?;
            separator = ", ";
        }
        Ok(())
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({self})")
    }
}
