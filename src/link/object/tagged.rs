//! [`Tagged`]: a value with a tag, as a type that serde knows.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeTupleStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::names;

/// A value with its CBOR tag (RFC 8949, section 3.4), as a field or an argument of a type.
///
/// Tags before a value whose type has no place for them are skipped when it is read. In other formats
/// than CBOR this is a pair.
///
/// # Examples
///
/// ```
/// use iolite::link::object::{Object, Tagged};
///
/// let time = Object::encode(&Tagged { tag: 0, value: "2013-03-21T20:04:00Z" })?;
/// assert_eq!(time.bytes()[..2], [0xc0, 0x74]);
/// let Tagged { tag, value } = time.decode::<Tagged<&str>>()?;
/// assert_eq!((tag, value), (0, "2013-03-21T20:04:00Z"));
/// assert_eq!(time.decode::<&str>()?, value);             // no place for the tag
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tagged<T> {
    /// The tag's number.
    pub tag: u64,
    /// What is tagged.
    pub value: T,
}

impl<T: Serialize> Serialize for Tagged<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple_struct(names::TAGGED, 2)?;
        pair.serialize_field(&self.tag)?;
        pair.serialize_field(&self.value)?;
        pair.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tagged<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tagged<T>, D::Error> {
        deserializer.deserialize_tuple_struct(names::TAGGED, 2, TaggedVisitor(PhantomData))
    }
}

/// Takes a tag and its value.
pub(super) struct TaggedVisitor<T>(pub(super) PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TaggedVisitor<T> {
    type Value = Tagged<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with a tag")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Tagged<T>, A::Error> {
        let missing = |n| de::Error::invalid_length(n, &"a tag and its value");
        let tag = pair.next_element()?.ok_or_else(|| missing(0))?;
        let value = pair.next_element()?.ok_or_else(|| missing(1))?;
        Ok(Tagged { tag, value })
    }
}
