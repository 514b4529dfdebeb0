//! [`Path`]: the name of a command in a tree of commands.

use std::fmt;
use std::iter;
use std::str::FromStr;

use minicbor::Decoder;
use minicbor::data::Type;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cursor;
use super::error::DecodeError;
use super::item::Object;
use super::value::Value;

/// The way from the root of a tree of commands to one of them: text mostly, and integers where a
/// subsystem is a list; truth values and null are possible.
///
/// A `&str` becomes a path by splitting at every ".", so that `"log.tail"` has two elements and `""`
/// none. [`parse`](str::parse) reads MoaT's notation, which [`Display`](fmt::Display) writes: there ":"
/// begins an element that is no text.
///
/// | notation | element |
/// |---|---|
/// | `a.b` | the texts "a" and "b" |
/// | `a:1`, `a:-1` | "a" and an integer |
/// | `:t`, `:f`, `:n` | true, false, null |
/// | `:e` | the empty text |
/// | `a:.b`, `a::b` | the texts "a.b" and "a:b" |
///
/// # Examples
///
/// ```
/// use iolite::link::object::{Path, Value};
///
/// let path: Path = "sensors:2.read".parse()?;
/// assert_eq!(path.elements(), ["sensors".into(), 2.into(), Value::from("read")]);
/// assert_eq!(path.to_string(), "sensors:2.read");
/// assert_eq!(Path::from("sensors.read").elements().len(), 2);
/// # Ok::<(), iolite::link::object::PathError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(Vec<Value>);

/// Text that is no path in MoaT's notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset} of the path: expected an element")]
#[non_exhaustive]
pub struct PathError {
    /// Where the element begins that there is not, in bytes.
    pub offset: usize,
}

impl Path {
    /// The path without elements: the root.
    pub const fn root() -> Path {
        Path(Vec::new())
    }

    /// The elements, from the root on.
    pub fn elements(&self) -> &[Value] {
        &self.0
    }

    /// This path with one more element.
    #[must_use = "the longer path is returned"]
    pub fn join(mut self, element: impl Into<Value>) -> Path {
        self.0.push(element.into());
        self
    }

    /// Reads a path as it stands in a message: an array, with MoaT's tag 39 or without; or one text, which
    /// is one element.
    ///
    /// # Errors
    ///
    /// If it is anything else.
    pub fn read(object: &Object) -> Result<Path, DecodeError> {
        Path::try_from(object.value())
    }

    /// How many elements the path has that an object is, so that one that is too long need not be taken
    /// apart, which takes fifty times its memory. `None` if it is no path, or if an element has elements
    /// itself.
    pub(crate) fn element_count(object: &Object) -> Option<usize> {
        let mut decoder = Decoder::new(object.bytes());
        match decoder.datatype().ok()? {
            Type::String => return Some(1),
            Type::Tag if decoder.tag().ok()?.as_u64() != TAG => return None,
            _ => {}
        }
        let (mut left, mut count) = (decoder.array().ok()?, 0);
        while cursor::has_more(&mut decoder, &mut left).ok()? {
            if has_elements(decoder.datatype().ok()?) {
                return None;
            }
            cursor::skip(&mut decoder)?;
            count += 1;
        }
        Some(count)
    }
}

fn has_elements(item: Type) -> bool {
    use Type::{Array, ArrayIndef, Map, MapIndef, Tag};
    matches!(item, Array | ArrayIndef | Map | MapIndef | Tag)
}

/// The tag of a path that stands somewhere else than at its place in a message.
const TAG: u64 = 39;

impl TryFrom<Value> for Path {
    type Error = DecodeError;

    fn try_from(value: Value) -> Result<Path, DecodeError> {
        match value {
            Value::Array(elements) => Ok(Path(elements)),
            Value::Text(_) => Ok(Path(vec![value])),
            Value::Tag(TAG, inner) if matches!(*inner, Value::Array(_)) => Path::try_from(*inner),
            other => Err(DecodeError::WrongType {
                expected: "a path".to_owned(),
                found: other.to_string(),
            }),
        }
    }
}

impl From<&str> for Path {
    fn from(path: &str) -> Path {
        let is_root = path.is_empty();
        path.split('.').filter(|_| !is_root).collect()
    }
}

impl<E: Into<Value>> FromIterator<E> for Path {
    fn from_iter<I: IntoIterator<Item = E>>(elements: I) -> Path {
        Path(elements.into_iter().map(Into::into).collect())
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Path, PathError> {
        let mut elements = Vec::new();
        let mut rest = path;
        while !rest.is_empty() {
            let offset = path.len() - rest.len();
            let is_first = elements.is_empty();
            let parsed = parse_element(rest, is_first).ok_or(PathError { offset })?;
            elements.push(parsed.0);
            rest = parsed.1;
        }
        Ok(Path(elements))
    }
}

/// The element that `rest` begins with, and what comes after it.
fn parse_element(rest: &str, is_first: bool) -> Option<(Value, &str)> {
    if let Some(special) = rest.strip_prefix(':')
        && !special.starts_with(['.', ':'])
    {
        let end = special.find(['.', ':']).unwrap_or(special.len());
        let (name, after) = special.split_at(end);
        let value = match name {
            "n" => Value::Null,
            "t" => Value::Bool(true),
            "f" => Value::Bool(false),
            "e" => Value::from(""),
            number => Value::Int(number.parse().ok()?),
        };
        return Some((value, after));
    }
    let text = if is_first {
        rest
    } else {
        rest.strip_prefix('.')?
    };
    let (text, after) = parse_text(text);
    (!text.is_empty()).then(|| (Value::from(text), after))
}

/// The text up to the next element, with what is escaped in it.
fn parse_text(text: &str) -> (String, &str) {
    let mut parsed = String::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', ':']).unwrap_or(rest.len());
        let (plain, after) = rest.split_at(end);
        parsed.push_str(plain);
        let escaped = after.strip_prefix(':');
        match escaped.and_then(|it| it.chars().next()) {
            Some(sign @ ('.' | ':')) => {
                parsed.push(sign);
                rest = &after[2..];
            }
            _ => return (parsed, after),
        }
    }
}

impl fmt::Display for Path {
    /// MoaT's notation; an element that has none, such as a float, as the text that it is in diagnostic
    /// notation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separators = iter::once("").chain(iter::repeat("."));
        for (element, separator) in self.0.iter().zip(separators) {
            match element {
                Value::Null => f.write_str(":n"),
                Value::Bool(true) => f.write_str(":t"),
                Value::Bool(false) => f.write_str(":f"),
                Value::Int(number) => write!(f, ":{number}"),
                Value::Text(text) if text.is_empty() => f.write_str(":e"),
                Value::Text(text) => write!(f, "{separator}{}", escape(text)),
                other => write!(f, "{separator}{}", escape(&other.to_string())),
            }?;
        }
        Ok(())
    }
}

fn escape(text: &str) -> String {
    text.replace(':', "::").replace('.', ":.")
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Path::try_from(value).map_err(serde::de::Error::custom)
    }
}
