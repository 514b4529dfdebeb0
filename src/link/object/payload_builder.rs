//! [`PayloadBuilder`]: a payload that grows.

use minicbor::Encoder;
use serde::Serialize;

use super::error::EncodeError;
use super::item::Object;
use super::payload::{Payload, guard};
use super::serializer::{self, done};
use crate::chunk::Chunk;

/// Collects positional values and keywords, in any order, into a [`Payload`].
///
/// # Examples
///
/// ```
/// use iolite::link::object::Payload;
///
/// let mut builder = Payload::builder();
/// for number in [1, 2] {
///     builder = builder.push(&number)?;
/// }
/// let payload = builder.keyword("unit", "mm")?.finish();
/// assert_eq!(payload.to_string(), r#"1, 2, {"unit": "mm"}"#);
/// # Ok::<(), iolite::link::object::EncodeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PayloadBuilder {
    positional: Vec<u8>,
    count: usize,
    /// Where the last positional value begins.
    last: usize,
    keywords: Vec<u8>,
    names: Vec<String>,
}

impl PayloadBuilder {
    /// Adds a positional value: always one, a tuple or `()`, too.
    ///
    /// # Errors
    ///
    /// As [`Object::encode`].
    pub fn push<T: Serialize + ?Sized>(mut self, value: &T) -> Result<PayloadBuilder, EncodeError> {
        self.last = self.positional.len();
        serializer::encode(value, &mut self.positional)?;
        self.count += 1;
        Ok(self)
    }

    /// Adds a positional value that is an object already.
    #[must_use = "the builder is returned"]
    pub fn push_object(mut self, object: &Object) -> PayloadBuilder {
        self.last = self.positional.len();
        self.positional.extend_from_slice(object.bytes());
        self.count += 1;
        self
    }

    /// Adds a keyword.
    ///
    /// # Errors
    ///
    /// [`DuplicateKeyword`](EncodeError::DuplicateKeyword) if it was there before; else as
    /// [`Object::encode`].
    pub fn keyword<T: Serialize + ?Sized>(
        mut self,
        name: &str,
        value: &T,
    ) -> Result<PayloadBuilder, EncodeError> {
        let name = name.to_owned();
        if self.names.contains(&name) {
            return Err(EncodeError::DuplicateKeyword { name });
        }
        serializer::encode(&name, &mut self.keywords)?;
        serializer::encode(value, &mut self.keywords)?;
        self.names.push(name);
        Ok(self)
    }

    /// The payload.
    pub fn finish(self) -> Payload {
        let mut items = self.positional;
        if self.names.is_empty() {
            let count = guard(&mut items, self.count, self.last);
            return Payload::from_items(Chunk::from(items), count);
        }
        let head = Encoder::new(&mut items)
            .map(self.names.len() as u64)
            .map(drop);
        debug_assert!(done(head).is_ok(), "writing to a vector does not fail");
        items.extend_from_slice(&self.keywords);
        Payload::from_items(Chunk::from(items), self.count + 1)
    }
}
