//! Objects: what a message is made of, as CBOR (RFC 8949). No I/O happens here.
//!
//! An [`Object`] is one well-formed item and shares its bytes with the buffer it came in; a [`Value`]
//! is the same taken apart. A [`Payload`] is what stands in a message after its head: values, and
//! keywords. The [`Scanner`] finds where an item ends while its bytes arrive.

mod arguments;
mod bignum;
mod compound;
mod cursor;
mod deserializer;
mod diagnostic;
mod elements;
mod error;
mod extension;
mod item;
mod item_head;
mod names;
mod path;
mod payload;
mod payload_builder;
mod remote_error;
mod scanner;
mod serializer;
mod tagged;
mod text_check;
mod value;
mod value_reader;
mod value_serde;

pub use self::diagnostic::Diagnostic;
pub(crate) use self::diagnostic::write_quoted;
pub use self::error::{Argument, DecodeError, EncodeError, ItemError, ItemProblem};
pub use self::item::Object;
pub(in crate::link) use self::item_head::ItemHead;
pub use self::path::{Path, PathError};
pub use self::payload::{Keywords, Payload, Positional};
pub use self::payload_builder::PayloadBuilder;
pub use self::remote_error::RemoteError;
pub use self::scanner::{ItemLimits, Scanner};
pub use self::tagged::Tagged;
pub use self::value::Value;
