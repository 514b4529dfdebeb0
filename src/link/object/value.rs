//! [`Value`]: anything that an object can be.

use crate::chunk::{Chunk, StrChunk};

/// Anything that a CBOR item can be, taken apart: for what has no type of its own, such as the
/// arguments of an error, and as the common tree of configuration data.
///
/// Text and bytes that were read share the memory of the [`Object`](super::Object) they came from.
/// Equality is that of the parts, so a float is not equal to an integer, and NaN to nothing.
///
/// Several forms of CBOR are one value: an integer of any width, tags 2 and 3 before the bytes of one,
/// a float of any width, lengths definite or not. Written, a value has the one form that
/// [`Object::encode`](super::Object::encode) names.
///
/// # Examples
///
/// ```
/// use iolite::link::object::{Object, Value};
///
/// let value = Value::Array(vec![Value::from(1), Value::from("two"), Value::Null]);
/// let object = Object::encode(&value)?;
/// assert_eq!(object.value(), value);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// "Not given".
    Undefined,
    /// A truth value.
    Bool(bool),
    /// An integer. What CBOR has beyond 127 bits and a sign stays a tag with bytes.
    Int(i128),
    /// A float.
    Float(f64),
    /// Bytes.
    Bytes(Chunk),
    /// Text.
    Text(StrChunk),
    /// Values in order.
    Array(Vec<Value>),
    /// Keys with values, in the order they came; keys may repeat.
    Map(Vec<(Value, Value)>),
    /// A value with a tag.
    Tag(u64, Box<Value>),
    /// One of the values without a meaning of its own: 0 to 19 and 32 to 255. (20 to 23 are the first
    /// three variants, and 24 to 31 do not exist.)
    Simple(u8),
}

impl Value {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of a key that is text, if this is a map that has it: the first one, if it has
    /// several.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::link::object::Value;
    ///
    /// let point = Value::from_iter([("x", 3), ("y", 4)]);
    /// assert_eq!(point.get("y"), Some(&Value::Int(4)));
    /// assert_eq!(point.get("z"), None);
    /// ```
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Value::Map(entries) = self else {
            return None;
        };
        let found = entries.iter().find(|(it, _)| it.as_str() == Some(key));
        found.map(|(_, value)| value)
    }
}

/// Conversions from std's types, all of them without loss.
macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Value {
                Value::$variant(value.into())
            }
        }
    )*};
}
from! {
    bool => Bool,
    i8 => Int, i16 => Int, i32 => Int, i64 => Int, i128 => Int,
    u8 => Int, u16 => Int, u32 => Int, u64 => Int,
    f32 => Float, f64 => Float,
    Chunk => Bytes, Vec<u8> => Bytes,
    StrChunk => Text, String => Text, &str => Text,
    Vec<Value> => Array,
    Vec<(Value, Value)> => Map,
}

impl From<()> for Value {
    fn from((): ()) -> Value {
        Value::Null
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl FromIterator<Value> for Value {
    /// An array.
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Value {
        Value::Array(Vec::from_iter(values))
    }
}

impl<K: Into<Value>, V: Into<Value>> FromIterator<(K, V)> for Value {
    /// A map.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Value {
        let entries = entries.into_iter();
        Value::Map(
            entries
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}
