//! The names by which our own types tell our serializer and deserializer who they are.
//!
//! To serde a tagged value is a pair, and a simple value a number; a format that does not know these
//! names takes them as such. No other type has such names.

/// [`Tagged`](super::Tagged), and a [`Value::Tag`](super::Value::Tag): a tuple of the number and the value.
pub(super) const TAGGED: &str = "iolite::link::Tagged";

/// A [`Value::Undefined`](super::Value::Undefined): a unit.
pub(super) const UNDEFINED: &str = "iolite::link::Undefined";

/// A [`Value::Simple`](super::Value::Simple): a newtype of its number.
pub(super) const SIMPLE: &str = "iolite::link::Simple";

/// A [`Value`](super::Value) that is read: it takes what no other type does.
pub(super) const VALUE: &str = "iolite::link::Value";
