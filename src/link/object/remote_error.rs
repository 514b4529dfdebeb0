//! [`RemoteError`]: an error that the other end reports.

use std::fmt;

use minicbor::Decoder;

use super::cursor;
use super::item::Object;
use super::payload::Payload;
use super::tagged::Tagged;
use super::value::Value;
use crate::chunk::{Chunk, StrChunk};

/// An error that the other end of a connection reports: a name and what belongs to it.
///
/// The name is for people and for `match`: "KeyError". MoaT has abbreviations for the names of
/// frequent errors, and these are translated both ways; a name that has none travels as it is.
///
/// # Examples
///
/// ```
/// use iolite::link::object::{RemoteError, Value};
///
/// let error = RemoteError::new("KeyError").with_argument("speed");
/// let sent = error.payload();
/// assert_eq!(sent.to_string(), r#"27(["_KyErr", "speed"])"#);
/// assert_eq!(RemoteError::read(&sent), error);
/// assert_eq!(error.to_string(), r#"KeyError("speed")"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, thiserror::Error)]
pub struct RemoteError {
    /// The error's name; empty if what came has none, and then everything is in `args`.
    pub name: StrChunk,
    /// What it was raised with.
    pub args: Vec<Value>,
    /// What it was raised with by name.
    pub keywords: Vec<(Value, Value)>,
}

/// The tag of an error.
const ERROR: u64 = 27;

/// The tag of bytes that are an item of CBOR, …
const ITEM: u64 = 24;

/// … and of those that are several, one after the other.
const SEQUENCE: u64 = 63;

/// The tag of a class that is meant itself.
const CLASS: u64 = 32769;

/// MoaT's name for errors that have none there; the first argument is the name.
const OTHER: &str = "_rErr";

/// MoaT's names for errors, and ours.
const NAMES: &[(&str, &str)] = &[
    ("_KyErr", "KeyError"),
    ("_ValErr", "ValueError"),
    ("_IdxErr", "IndexError"),
    ("_AtErr", "AttributeError"),
    ("_NiErr", "NotImplementedError"),
    ("_StpIter", "StopIteration"),
    ("_FnErr", "FileNotFoundError"),
    ("_FxErr", "FileExistsError"),
    ("_EKyErr", "ExpectedKeyError"),
    ("_EAtErr", "ExpectedAttributeError"),
    ("_NPErr", "NoPathError"),
    ("_NRdyErr", "NotReadyError"),
    ("_SCmdErr", "ShortCommandError"),
    ("_LCmdErr", "LongCommandError"),
    ("_StpErr", "StoppedError"),
    ("_rErrCCl", "ChannelClosed"),
    ("_CSMErr", "StopMe"),
    ("_CSDErr", "SkippedData"),
    ("_COVErr", "OverrunError"),
    ("_CNsErr", "NoStream"),
    ("_CNCsErr", "NoCommands"),
    ("_CNCErr", "NoCommand"),
    ("_CWSErr", "WantsStream"),
    ("_CMSErr", "MustStream"),
];

/// Names under which an error without a name of its own may come.
const OTHERS: &[&str] = &[OTHER, "_RemErr", "_rErrS", "_SRemErr"];

impl RemoteError {
    /// How many values an error is taken apart into, unless told otherwise.
    pub(in crate::link) const VALUES: usize = 1024;

    /// An error without arguments.
    pub fn new(name: impl Into<StrChunk>) -> RemoteError {
        RemoteError {
            name: name.into(),
            ..RemoteError::default()
        }
    }

    /// This error with one more argument.
    #[must_use = "the error is returned"]
    pub fn with_argument(mut self, argument: impl Into<Value>) -> RemoteError {
        self.args.push(argument.into());
        self
    }

    /// What an error message says. Never fails: what is no known form is an error without a name, with
    /// everything that came as its arguments.
    ///
    /// A code (one negative integer) is none of an error's forms.
    ///
    /// An error of more than 1,024 values is not taken apart beyond those, as
    /// [`read_within`](RemoteError::read_within) says.
    pub fn read(payload: &Payload) -> RemoteError {
        RemoteError::read_within(payload, RemoteError::VALUES)
    }

    /// The same, taken apart into at most `most_values` values: a value takes a hundred bytes, and on the
    /// wire one. An argument with more values than are left of those is there as it came, in bytes with
    /// tag 24 (an encoded value); what follows when none are left, in bytes with tag 63 (a sequence of
    /// them). Both share the message's memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use iolite::link::object::{RemoteError, Value};
    ///
    /// let numbers = vec![Value::from(1), Value::from(2)];
    /// let sent = RemoteError::new("ValueError").with_argument(numbers).payload();
    /// assert_eq!(RemoteError::read_within(&sent, 4).to_string(), "ValueError([1, 2])");
    /// assert_eq!(RemoteError::read_within(&sent, 3).to_string(), "ValueError(24(h'820102'))");
    /// assert_eq!(RemoteError::read_within(&sent, 1).to_string(), "ValueError(63(h'820102'))");
    /// ```
    pub fn read_within(payload: &Payload, most_values: usize) -> RemoteError {
        let parts = tagged_parts(payload);
        let parts = parts.as_ref().unwrap_or(payload);
        let mut left = most_values;
        let mut args = positional_within(parts, &mut left);
        let named = match parts.keywords_start() {
            Some(_) => parts,
            None => payload,
        };
        let keywords = keywords_within(named, &mut left, &mut args);
        let mut name = take_name(&mut args).unwrap_or_default();
        if OTHERS.contains(&&*name)
            && let Some(inner) = take_name(&mut args)
        {
            name = inner;
        }
        RemoteError {
            name: ours(&name).unwrap_or(name),
            args,
            keywords,
        }
    }

    /// The error as a message's payload.
    pub fn payload(&self) -> Payload {
        let wire_name = NAMES.iter().find(|(_, ours)| *ours == &*self.name);
        let mut parts = match wire_name {
            Some((wire, _)) => vec![Value::from(*wire)],
            None => vec![Value::from(OTHER), Value::Text(self.name.clone())],
        };
        parts.extend(self.args.iter().cloned());
        let is_map_last = matches!(parts.last(), Some(Value::Map(_)));
        if is_map_last || !self.keywords.is_empty() {
            parts.push(Value::Map(self.keywords.clone()));
        }
        let error = Tagged {
            tag: ERROR,
            value: parts,
        };
        // What cannot be sent is left out: an error has to arrive.
        Payload::of(&error)
            .or_else(|_| {
                Payload::of(&Tagged {
                    tag: ERROR,
                    value: [OTHER, &self.name],
                })
            })
            .unwrap_or_default()
    }
}

/// What stands in the tag of an error, if a payload is one, whatever keywords stand beside it.
fn tagged_parts(payload: &Payload) -> Option<Payload> {
    if payload.positional_count() != 1 {
        return None;
    }
    let mut bytes = payload.get(0)?.into_bytes();
    let mut decoder = Decoder::new(&bytes);
    if decoder.tag().ok()?.as_u64() != ERROR {
        return None;
    }
    let start = decoder.position();
    bytes.advance(start);
    Payload::of_array(&Object::from_well_formed(bytes))
}

/// The positional values, of which no more than `left` are taken apart.
fn positional_within(parts: &Payload, left: &mut usize) -> Vec<Value> {
    let mut values = Vec::new();
    let mut taken = 0;
    for item in parts.positional() {
        if *left == 0 {
            let end = parts.keywords_start().unwrap_or(parts.items().len());
            values.push(encoded(SEQUENCE, parts.items().slice(taken..end)));
            break;
        }
        taken += item.bytes().len();
        values.push(value_within(item, left));
    }
    values
}

/// The keywords, if no more than `left` values are in them; else they are one more argument.
fn keywords_within(
    parts: &Payload,
    left: &mut usize,
    args: &mut Vec<Value>,
) -> Vec<(Value, Value)> {
    let Some(start) = parts.keywords_start() else {
        return Vec::new();
    };
    let map = parts.items().slice(start..);
    if map == b"\xa0" {
        return Vec::new();
    }
    match value_within(Object::from_well_formed(map), left) {
        Value::Map(keywords) => keywords,
        encoded => {
            args.push(encoded);
            Vec::new()
        }
    }
}

fn value_within(item: Object, left: &mut usize) -> Value {
    let count = cursor::count_values(item.bytes(), *left);
    match left.checked_sub(count) {
        Some(rest) => {
            *left = rest;
            item.value()
        }
        None => {
            *left = left.saturating_sub(1);
            encoded(ITEM, item.into_bytes())
        }
    }
}

fn encoded(tag: u64, bytes: Chunk) -> Value {
    Value::Tag(tag, Box::new(Value::Bytes(bytes)))
}

/// Takes the name off the front of what came.
fn take_name(parts: &mut Vec<Value>) -> Option<StrChunk> {
    let name = match parts.first()? {
        Value::Text(name) => name.clone(),
        // MoaT's reference to a class: only if it is one that we know, as others are no names.
        Value::Tag(CLASS, class) => class.as_str().filter(|name| ours(name).is_some())?.into(),
        _ => return None,
    };
    parts.remove(0);
    Some(name)
}

/// Our name for one of MoaT's.
fn ours(name: &str) -> Option<StrChunk> {
    let found = NAMES.iter().find(|(wire, _)| *wire == name)?;
    Some(StrChunk::from_static(found.1))
}

impl fmt::Display for RemoteError {
    /// The name, and the arguments in diagnostic notation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() {
            "unnamed error"
        } else {
            &self.name
        };
        write!(f, "{name}(")?;
        let mut separator = "";
        for argument in &self.args {
            write!(f, "{separator}{argument}")?;
            separator = ", ";
        }
        if !self.keywords.is_empty() {
            write!(f, "{separator}{}", Value::Map(self.keywords.clone()))?;
        }
        f.write_str(")")
    }
}
