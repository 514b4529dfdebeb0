//! From the bytes of an object to a [`Value`] that shares them.

use std::borrow::Cow;

use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;

use super::value::Value;
use super::{bignum, cursor};
use crate::chunk::{Chunk, StrChunk};

/// What the first item of `bytes` is, which is well-formed.
pub(super) fn read(bytes: &Chunk) -> Value {
    let mut reader = ValueReader {
        bytes,
        decoder: Decoder::new(bytes),
    };
    reader.value().expect("an object is a well-formed item")
}

struct ValueReader<'a> {
    bytes: &'a Chunk,
    decoder: Decoder<'a>,
}

impl ValueReader<'_> {
    /// Calls itself for each level of nesting, of which a well-formed item has at most 255.
    fn value(&mut self) -> Result<Value, Error> {
        Ok(match self.decoder.datatype()? {
            Type::Null => {
                self.decoder.null()?;
                Value::Null
            }
            Type::Undefined => {
                self.decoder.undefined()?;
                Value::Undefined
            }
            Type::Bool => Value::Bool(self.decoder.bool()?),
            Type::F16 | Type::F32 | Type::F64 => Value::Float(self.decoder.f64()?),
            Type::Simple => Value::Simple(self.decoder.simple()?),
            Type::Bytes | Type::BytesIndef => Value::Bytes(self.bytes()?),
            Type::String | Type::StringIndef => Value::Text(self.text()?),
            Type::Array | Type::ArrayIndef => Value::Array(self.array()?),
            Type::Map | Type::MapIndef => Value::Map(self.map()?),
            Type::Tag => self.tagged()?,
            _ => Value::Int(self.decoder.int()?.into()),
        })
    }

    fn bytes(&mut self) -> Result<Chunk, Error> {
        Ok(match cursor::bytes(&mut self.decoder)? {
            Cow::Borrowed(bytes) => self.bytes.slice_ref(bytes),
            Cow::Owned(bytes) => bytes.into(),
        })
    }

    fn text(&mut self) -> Result<StrChunk, Error> {
        Ok(match cursor::text(&mut self.decoder)? {
            Cow::Borrowed(text) => {
                let mut shared = self.bytes.slice_ref(text.as_bytes());
                StrChunk::take_valid(&mut shared).0
            }
            Cow::Owned(text) => text.into(),
        })
    }

    fn array(&mut self) -> Result<Vec<Value>, Error> {
        let mut left = self.decoder.array()?;
        let mut values = Vec::new();
        while cursor::has_more(&mut self.decoder, &mut left)? {
            values.push(self.value()?);
        }
        Ok(values)
    }

    fn map(&mut self) -> Result<Vec<(Value, Value)>, Error> {
        let mut left = self.decoder.map()?;
        let mut entries = Vec::new();
        while cursor::has_more(&mut self.decoder, &mut left)? {
            entries.push((self.value()?, self.value()?));
        }
        Ok(entries)
    }

    fn tagged(&mut self) -> Result<Value, Error> {
        let tag = self.decoder.tag()?.as_u64();
        let value = self.value()?;
        if let Value::Bytes(bytes) = &value
            && let Some(number) = bignum::signed(tag, bytes)
        {
            return Ok(Value::Int(number));
        }
        Ok(Value::Tag(tag, Box::new(value)))
    }
}
