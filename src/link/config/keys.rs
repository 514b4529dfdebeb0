//! [`Keys`]: what a mapping of the configuration may have in it.

use std::fmt;
use std::ops::RangeInclusive;

use crate::link::object::Value;

/// The keys that an application takes: each with its [`Shape`], and whether there has to be one.
///
/// # Examples
///
/// ```
/// use iolite::link::config::{Keys, Shape};
///
/// let keys = Keys::new()
///     .required("port", Shape::Integer(0..=65535), "where to listen")
///     .with_default("host", Shape::Text, "127.0.0.1", "on which of the machine's addresses")
///     .optional("name", Shape::Text, "what to call it");
/// # let _ = keys;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keys {
    pub(super) keys: Vec<Key>,
    /// What all other keys have.
    pub(super) others: Option<Box<Shape>>,
}

/// One key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) need: Need,
    /// What it means.
    pub(super) doc: &'static str,
}

/// Whether a key has to be there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Need {
    Required,
    Optional,
    Default(Value),
}

/// What the value of a key may be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// An integer of this range.
    Integer(RangeInclusive<i64>),
    /// A number that is not negative and not infinite: seconds, mostly.
    Amount,
    /// Text.
    Text,
    /// A path of commands: text in MoaT's notation (`a.b:1`), an array, or `!P a.b` in YAML.
    Path,
    /// An application: a mapping with the key `app`.
    App,
    /// A mapping with these keys.
    Mapping(Keys),
    /// A list whose elements have this shape.
    List(Box<Shape>),
    /// Nothing: null.
    Null,
    /// Any of these; the first one that fits.
    OneOf(Vec<Shape>),
    /// Whatever stands there.
    Anything,
}

impl Keys {
    /// No keys.
    pub fn new() -> Keys {
        Keys::default()
    }

    /// A key that has to be there.
    pub fn required(self, name: &'static str, shape: Shape, doc: &'static str) -> Keys {
        self.key(name, shape, Need::Required, doc)
    }

    /// A key that need not be there.
    pub fn optional(self, name: &'static str, shape: Shape, doc: &'static str) -> Keys {
        self.key(name, shape, Need::Optional, doc)
    }

    /// A key that has this value where it is not there.
    pub fn with_default(
        self,
        name: &'static str,
        shape: Shape,
        value: impl Into<Value>,
        doc: &'static str,
    ) -> Keys {
        self.key(name, shape, Need::Default(value.into()), doc)
    }

    /// Any other keys, whose values have this shape.
    pub fn others(mut self, shape: Shape) -> Keys {
        self.others = Some(Box::new(shape));
        self
    }

    /// These keys and those.
    pub fn and(mut self, more: Keys) -> Keys {
        self.keys.extend(more.keys);
        self.others = self.others.or(more.others);
        self
    }

    fn key(mut self, name: &'static str, shape: Shape, need: Need, doc: &'static str) -> Keys {
        self.keys.push(Key {
            name,
            shape,
            need,
            doc,
        });
        self
    }

    /// A table of the keys for people: a line for each, with its shape, its default and its meaning.
    pub fn help(&self) -> String {
        let lines = self.keys.iter().map(|key| {
            let need = match &key.need {
                Need::Required => "required".to_owned(),
                Need::Optional => "optional".to_owned(),
                Need::Default(value) => format!("default {value}"),
            };
            format!("{}: {} ({need}): {}\n", key.name, key.shape, key.doc)
        });
        let others = self
            .others
            .as_ref()
            .map(|shape| format!("any other key: {shape}\n"));
        lines.chain(others).collect()
    }
}

/// As in "expected …".
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Bool => f.write_str("true or false"),
            Shape::Integer(range) if *range == (i64::MIN..=i64::MAX) => f.write_str("an integer"),
            Shape::Integer(range) if *range.end() == i64::MAX => {
                write!(f, "an integer of at least {}", range.start())
            }
            Shape::Integer(range) => {
                write!(f, "an integer from {} to {}", range.start(), range.end())
            }
            Shape::Amount => f.write_str("a number that is not negative"),
            Shape::Text => f.write_str("text"),
            Shape::Path => f.write_str("a path"),
            Shape::App => f.write_str("an application"),
            Shape::Mapping(keys) => {
                let names: Vec<_> = keys.keys.iter().map(|key| key.name).collect();
                write!(f, "a mapping of {}", names.join(", "))
            }
            Shape::List(element) => write!(f, "a list: each {element}"),
            Shape::Null => f.write_str("null"),
            Shape::OneOf(shapes) => {
                for (index, shape) in shapes.iter().enumerate() {
                    let or = if index == 0 { "" } else { ", or " };
                    write!(f, "{or}{shape}")?;
                }
                Ok(())
            }
            Shape::Anything => f.write_str("anything"),
        }
    }
}
