//! [`Object`]: one well-formed item of CBOR.

use std::fmt;

use minicbor::Decoder;
use minicbor::data::Type;
use serde::{Deserialize, Serialize};

use super::cursor;
use super::deserializer::Deserializer;
use super::diagnostic::Diagnostic;
use super::error::{DecodeError, EncodeError, ItemError, ItemProblem};
use super::scanner::{ItemLimits, Scanner};
use super::serializer;
use super::value::Value;
use super::value_reader;
use crate::chunk::Chunk;

/// One well-formed item of CBOR: a message, an argument, a result.
///
/// It is the bytes as they came or will go, and shares them: cloning one copies nothing. They were
/// checked once, so what reads an object need not expect broken bytes, nor more than 255 levels.
/// It becomes a type of yours with [`decode`](Object::decode), or a [`Value`] that can be anything.
///
/// Equality is that of the bytes. One value can have several forms in CBOR, and these are different
/// objects; compare their [`value`](Object::value)s if that matters.
///
/// # Examples
///
/// ```
/// use iolite::link::object::Object;
///
/// let object = Object::encode(&(2, "two", [1.5]))?;
/// assert_eq!(object.diagnostic().to_string(), r#"[2, "two", [1.5]]"#);
/// let (number, name, list): (u8, &str, Vec<f64>) = object.decode()?;
/// assert_eq!((number, name, list), (2, "two", vec![1.5]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Object(Chunk);

impl Object {
    /// The bytes as an object, if they are one item and nothing else. Copies nothing.
    ///
    /// # Errors
    ///
    /// What is not well-formed, and where.
    pub fn new(bytes: Chunk) -> Result<Object, ItemError> {
        Object::scan(bytes, &mut Scanner::new(ItemLimits::NONE))
    }

    /// [`new`](Object::new), within the limits of `scanner`, which stands before an item.
    pub(crate) fn scan(bytes: Chunk, scanner: &mut Scanner) -> Result<Object, ItemError> {
        let (offset, problem) = match scanner.scan(&bytes)? {
            Some(n) if n == bytes.len() => return Ok(Object(bytes)),
            Some(n) => {
                let bytes = bytes.len() - n;
                (n, ItemProblem::TrailingBytes { bytes })
            }
            None => (bytes.len(), ItemProblem::CutShort),
        };
        scanner.restart();
        let offset = offset as u64;
        Err(ItemError { offset, problem })
    }

    /// Bytes that are one well-formed item because of where they come from.
    pub(crate) fn from_well_formed(bytes: Chunk) -> Object {
        debug_assert_eq!(
            cursor::end_of_item(&bytes, 0),
            Some(bytes.len()),
            "{bytes:?}"
        );
        Object(bytes)
    }

    /// A value as an object. Integers take as few bytes as they can, floats always 64 bits, and every
    /// length is definite.
    ///
    /// # Errors
    ///
    /// [`EncodeError`]: more than 255 levels, a reserved simple value, or what the type says.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Object, EncodeError> {
        let mut bytes = Vec::new();
        serializer::encode(value, &mut bytes)?;
        Ok(Object(Chunk::from(bytes)))
    }

    /// The object as a value of a type. Text and bytes can be borrowed (`&str`, `&[u8]`), if they came
    /// in one piece. Integers and floats of any width are read exactly or not at all.
    ///
    /// # Errors
    ///
    /// What is of another type, or what the type says.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        T::deserialize(&mut Deserializer::new(&self.0))
    }

    /// The object taken apart. Text and bytes share its memory, if they came in one piece.
    pub fn value(&self) -> Value {
        value_reader::read(&self.0)
    }

    /// The bytes.
    pub fn bytes(&self) -> &Chunk {
        &self.0
    }

    /// The bytes, without the knowledge that they are an object.
    pub fn into_bytes(self) -> Chunk {
        self.0
    }

    /// The object for people, in the diagnostic notation of RFC 8949, section 8.
    pub fn diagnostic(&self) -> Diagnostic<'_> {
        Diagnostic::new(&self.0)
    }

    /// The integer that the object is, of up to 64 bits and a sign; `None` if it is none.
    pub fn as_int(&self) -> Option<i128> {
        Decoder::new(&self.0).int().ok().map(i128::from)
    }

    /// The text that the object is, if it is one, in one piece.
    pub fn as_str(&self) -> Option<&str> {
        Decoder::new(&self.0).str().ok()
    }

    /// The elements of the array that the object is: their bytes, one after the other, and how many
    /// there are. `None` if it is no array. Of an array of definite length this looks at its first
    /// bytes only.
    pub fn items(&self) -> Option<(Chunk, usize)> {
        self.clone().into_items()
    }

    /// [`items`](Object::items), without a second reference to the bytes: each costs two locked operations.
    pub(crate) fn into_items(self) -> Option<(Chunk, usize)> {
        if let Some(&first @ 0x80..0x98) = self.0.first() {
            let mut items = self.0;
            items.advance(1);
            return Some((items, usize::from(first - 0x80)));
        }
        let mut decoder = Decoder::new(&self.0);
        let count = decoder.array().ok()?;
        let start = decoder.position();
        let (count, end) = match count {
            // It is well-formed, so it has a byte at least for each.
            Some(count) => (usize::try_from(count).ok()?, self.0.len()),
            None => {
                let mut count = 0;
                while decoder.datatype().ok()? != Type::Break {
                    cursor::skip(&mut decoder)?;
                    count += 1;
                }
                (count, decoder.position())
            }
        };
        let mut items = self.0;
        items.truncate(end);
        items.advance(start);
        Some((items, count))
    }
}

impl From<Object> for Chunk {
    fn from(object: Object) -> Chunk {
        object.0
    }
}

impl TryFrom<Chunk> for Object {
    type Error = ItemError;

    fn try_from(bytes: Chunk) -> Result<Object, ItemError> {
        Object::new(bytes)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.diagnostic())
    }
}
