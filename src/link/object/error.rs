//! What can be wrong with an object: its bytes, what is read from them, what is written into them.

use std::fmt;

use serde::{de, ser};

/// Bytes that are not one well-formed item of CBOR, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset} of the object: {problem}")]
#[non_exhaustive]
pub struct ItemError {
    /// Where the wrong byte stands, in bytes from the start of the item.
    pub offset: u64,
    /// What is wrong there.
    pub problem: ItemProblem,
}

/// What is wrong with bytes that should be an item of CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemProblem {
    /// A byte that begins no item: its length is one of the three reserved ones, or an integer or a
    /// tag of indefinite length.
    #[error("expected an item, and {byte:#04x} begins none")]
    NoItem {
        /// The byte.
        byte: u8,
    },

    /// A break where nothing of indefinite length is open.
    #[error("expected an item, found a break")]
    UnexpectedBreak,

    /// A break after a key of a map.
    #[error("expected the value of a key, found a break")]
    KeyWithoutValue,

    /// A string of indefinite length consists of strings of its own kind, each of known length.
    #[error("expected another piece of the string or a break, found {byte:#04x}")]
    NoPiece {
        /// The byte that begins something else.
        byte: u8,
    },

    /// A simple value below 32 in two bytes, which RFC 8949 forbids.
    #[error("simple value {value} in two bytes")]
    SimpleValue {
        /// The value.
        value: u8,
    },

    /// Text that is not UTF-8.
    #[error("text that is not UTF-8")]
    NotUtf8,

    /// More bytes than the limit. A length is refused as soon as it is claimed.
    #[error("{length} bytes or more, and the limit is {limit}")]
    TooLong {
        /// How many bytes the item has at least.
        length: u64,
        /// The limit, in bytes.
        limit: usize,
    },

    /// More arrays, maps and tags in one another than the limit.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit, in levels.
        limit: u8,
    },

    /// The bytes end before the item does. A [`Scanner`](super::Scanner) waits for more instead.
    #[error("the item is cut short")]
    CutShort,

    /// Something follows the item.
    #[error("{bytes} bytes too many")]
    TrailingBytes {
        /// How many bytes follow.
        bytes: usize,
    },
}

/// Which argument of a call, or which value of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Argument {
    /// The one at this index, from 0 on.
    Position(usize),
    /// The one with this keyword.
    Keyword(String),
}

impl fmt::Display for Argument {
    /// Counts from 1, as people do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Argument::Position(index) => write!(f, "argument {}", index + 1),
            Argument::Keyword(name) => write!(f, "argument {name:?}"),
        }
    }
}

/// An object that is not of the type it was read as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A value of another type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What the type takes.
        expected: String,
        /// What there is.
        found: String,
    },

    /// A value of the right type that the type cannot hold: an integer that is too large, say.
    #[error("expected {expected}, found {found}")]
    WrongValue {
        /// What the type takes.
        expected: String,
        /// What there is.
        found: String,
    },

    /// An array of the wrong length.
    #[error("expected {expected}, found {found} elements")]
    WrongLength {
        /// What the type takes.
        expected: String,
        /// How many elements there are.
        found: usize,
    },

    /// A name that no variant of the enumeration has.
    #[error("unknown variant {name:?}, expected {}", one_of(expected))]
    UnknownVariant {
        /// The name.
        name: String,
        /// Those that there are.
        expected: &'static [&'static str],
    },

    /// A key that no field of the structure has.
    #[error("unknown field {name:?}, expected {}", one_of(expected))]
    UnknownField {
        /// The key.
        name: String,
        /// Those that there are.
        expected: &'static [&'static str],
    },

    /// A field that is not there and has no default.
    #[error("the field {field:?} is missing")]
    MissingField {
        /// The field.
        field: &'static str,
    },

    /// A field that is there twice.
    #[error("the field {field:?} is there twice")]
    DuplicateField {
        /// The field.
        field: &'static str,
    },

    /// What is wrong with one of several arguments.
    #[error("{argument}: {source}")]
    InArgument {
        /// Which one.
        argument: Argument,
        /// What is wrong with it.
        r#source: Box<DecodeError>,
    },

    /// An argument that has to be there.
    #[error("{argument} is missing")]
    MissingArgument {
        /// Which one.
        argument: Argument,
    },

    /// More positional arguments than the command takes.
    #[error("expected at most {expected} arguments, found {found}")]
    TooManyArguments {
        /// How many there can be.
        expected: usize,
        /// How many there are.
        found: usize,
    },

    /// A keyword that the command does not know.
    #[error("unexpected keyword {name:?}")]
    UnexpectedKeyword {
        /// The keyword; in diagnostic notation if it is no text.
        name: String,
    },

    /// An argument that is there twice: by its position and by its keyword, or by two keywords.
    #[error("the argument {name:?} is there twice")]
    DuplicateArgument {
        /// Its name.
        name: String,
    },

    /// What the type says itself.
    #[error("{message}")]
    Custom {
        /// Its message.
        message: String,
    },
}

impl DecodeError {
    /// This error, with the argument it is about.
    pub(super) fn in_argument(self, argument: Argument) -> DecodeError {
        DecodeError::InArgument {
            argument,
            source: Box::new(self),
        }
    }
}

/// Names as a list to choose from.
fn one_of(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> DecodeError {
        DecodeError::Custom {
            message: message.to_string(),
        }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> DecodeError {
        DecodeError::WrongType {
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> DecodeError {
        DecodeError::WrongValue {
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    fn invalid_length(found: usize, expected: &dyn de::Expected) -> DecodeError {
        DecodeError::WrongLength {
            expected: expected.to_string(),
            found,
        }
    }

    fn unknown_variant(name: &str, expected: &'static [&'static str]) -> DecodeError {
        DecodeError::UnknownVariant {
            name: name.to_owned(),
            expected,
        }
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> DecodeError {
        DecodeError::UnknownField {
            name: name.to_owned(),
            expected,
        }
    }

    fn missing_field(field: &'static str) -> DecodeError {
        DecodeError::MissingField { field }
    }

    fn duplicate_field(field: &'static str) -> DecodeError {
        DecodeError::DuplicateField { field }
    }
}

/// A value that cannot be written as an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A simple value that RFC 8949 reserves: 24 to 31.
    #[error("there is no simple value {value}")]
    SimpleValue {
        /// The value.
        value: u8,
    },

    /// More values in one another than any receiver takes.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit, in levels.
        limit: u8,
    },

    /// A type that announced another number of elements than it gave.
    #[error("{announced} elements were announced, and {given} came")]
    WrongLength {
        /// How many were announced.
        announced: usize,
        /// How many came.
        given: usize,
    },

    /// A keyword that was given twice.
    #[error("the keyword {name:?} was given twice")]
    DuplicateKeyword {
        /// The keyword.
        name: String,
    },

    /// What the type says itself.
    #[error("{message}")]
    Custom {
        /// Its message.
        message: String,
    },
}

impl ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> EncodeError {
        EncodeError::Custom {
            message: message.to_string(),
        }
    }
}
