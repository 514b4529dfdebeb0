//! From the bytes of an object to a type that serde knows.
//!
//! What is read is well-formed, so nothing here looks for broken bytes, and the depth at which this
//! calls itself has a bound: see [`ItemLimits::depth`](super::ItemLimits::depth).

use std::borrow::Cow;

use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;
use serde::de::{self, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::elements::{Elements, Variant};
use super::error::DecodeError;
use super::extension::{Extension, ExtensionAccess};
use super::item_head::{ItemHead, Major};
use super::{bignum, cursor, names};

/// What every step answers.
pub(super) type DecodeResult<T> = Result<T, DecodeError>;

/// What minicbor says of bytes that are well-formed can only be that they are of another type.
#[inline]
pub(super) fn done<T>(read: Result<T, Error>) -> DecodeResult<T> {
    read.map_err(de::Error::custom)
}

/// Reads items one after the other.
pub(super) struct Deserializer<'de> {
    pub(super) decoder: Decoder<'de>,
}

impl<'de> Deserializer<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Deserializer<'de> {
        Deserializer {
            decoder: Decoder::new(bytes),
        }
    }

    #[inline]
    pub(super) fn datatype(&self) -> DecodeResult<Type> {
        done(self.decoder.datatype())
    }

    fn skip(&mut self) -> DecodeResult<()> {
        cursor::skip(&mut self.decoder).ok_or_else(|| de::Error::custom("expected a value"))
    }

    /// Skips tags, for types that have no place for them, and says what comes then: a tag only if it is
    /// that of an integer.
    fn skip_tags(&mut self) -> DecodeResult<Type> {
        loop {
            match self.datatype()? {
                Type::Tag if !self.is_at_bignum()? => done(self.decoder.tag())?,
                datatype => return Ok(datatype),
            };
        }
    }

    /// Takes the next item, if it is an integer of up to 64 bits and a sign.
    #[inline]
    fn take_integer(&mut self) -> Option<ItemHead> {
        let position = self.decoder.position();
        let rest = self.decoder.input().get(position..)?;
        let first = *rest.first()?;
        if !matches!(Major::of(first), Major::Unsigned | Major::Negative) {
            return None;
        }
        let length = ItemHead::length(first)?;
        let head = ItemHead::parse(rest.get(..length)?);
        self.decoder.set_position(position + length);
        Some(head)
    }

    /// Whether the next item is an integer of more than 64 bits.
    fn is_at_bignum(&mut self) -> DecodeResult<bool> {
        let mut ahead = self.decoder.probe();
        let tag = done(ahead.tag())?.as_u64();
        let is_bytes = matches!(done(ahead.datatype())?, Type::Bytes | Type::BytesIndef);
        Ok(is_bytes && matches!(tag, bignum::POSITIVE | bignum::NEGATIVE))
    }

    /// Whether the next item is an integer that a [`Value`](super::Value) can hold as such.
    pub(super) fn is_at_value_integer(&mut self) -> DecodeResult<bool> {
        if !self.is_at_bignum()? {
            return Ok(false);
        }
        let mut ahead = self.decoder.probe();
        let tag = done(ahead.tag())?.as_u64();
        let bytes = done(cursor::bytes(&mut ahead))?;
        Ok(bignum::signed(tag, &bytes).is_some())
    }

    fn visit_bignum<V: Visitor<'de>>(&mut self, visitor: V) -> DecodeResult<V::Value> {
        let tag = done(self.decoder.tag())?.as_u64();
        let bytes = done(cursor::bytes(&mut self.decoder))?;
        match (bignum::signed(tag, &bytes), bignum::magnitude(&bytes)) {
            (Some(number), _) => match u64::try_from(number) {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => visitor.visit_i128(number),
            },
            (None, Some(number)) if tag == bignum::POSITIVE => visitor.visit_u128(number),
            _ => {
                let found = Unexpected::Other("an integer of more than 128 bits");
                Err(de::Error::invalid_value(found, &visitor))
            }
        }
    }

    fn visit_bytes<V: Visitor<'de>>(&mut self, visitor: V) -> DecodeResult<V::Value> {
        match done(cursor::bytes(&mut self.decoder))? {
            Cow::Borrowed(bytes) => visitor.visit_borrowed_bytes(bytes),
            Cow::Owned(bytes) => visitor.visit_byte_buf(bytes),
        }
    }

    fn visit_text<V: Visitor<'de>>(&mut self, visitor: V) -> DecodeResult<V::Value> {
        match done(cursor::text(&mut self.decoder))? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn visit_array<V: Visitor<'de>>(&mut self, visitor: V) -> DecodeResult<V::Value> {
        let left = done(self.decoder.array())?;
        let mut elements = Elements::new(self, left);
        let value = visitor.visit_seq(&mut elements)?;
        elements.finish()?;
        Ok(value)
    }

    fn visit_map<V: Visitor<'de>>(&mut self, visitor: V) -> DecodeResult<V::Value> {
        let left = done(self.decoder.map())?;
        let mut entries = Elements::new(self, left);
        let value = visitor.visit_map(&mut entries)?;
        entries.finish()?;
        Ok(value)
    }
}

fn visit_integer<'de, V: Visitor<'de>>(
    ItemHead { first, argument }: ItemHead,
    visitor: V,
) -> DecodeResult<V::Value> {
    if Major::of(first) == Major::Unsigned {
        return visitor.visit_u64(argument);
    }
    match i64::try_from(argument) {
        Ok(argument) => visitor.visit_i64(-1 - argument),
        Err(_) => visitor.visit_i128(-1 - i128::from(argument)),
    }
}

impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        // Before the look for tags: most of most messages are integers.
        if let Some(integer) = self.take_integer() {
            return visit_integer(integer, visitor);
        }
        match self.skip_tags()? {
            Type::Null => {
                done(self.decoder.null())?;
                visitor.visit_unit()
            }
            Type::Undefined => {
                done(self.decoder.undefined())?;
                visitor.visit_unit()
            }
            Type::Bool => visitor.visit_bool(done(self.decoder.bool())?),
            Type::F16 | Type::F32 | Type::F64 => visitor.visit_f64(done(self.decoder.f64())?),
            Type::Bytes | Type::BytesIndef => self.visit_bytes(visitor),
            Type::String | Type::StringIndef => self.visit_text(visitor),
            Type::Array | Type::ArrayIndef => self.visit_array(visitor),
            Type::Map | Type::MapIndef => self.visit_map(visitor),
            Type::Tag => self.visit_bignum(visitor),
            Type::Simple => {
                let found = Unexpected::Other("a simple value");
                Err(de::Error::invalid_type(found, &visitor))
            }
            // An integer behind tags.
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        match self.datatype()? {
            Type::Null | Type::Undefined => {
                self.skip()?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> DecodeResult<V::Value> {
        if name == names::VALUE
            && let Some(extension) = Extension::next(self)?
        {
            return visitor.visit_enum(ExtensionAccess::new(extension, self));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> DecodeResult<V::Value> {
        match (name, self.datatype()?) {
            (names::TAGGED, Type::Tag) => {
                visitor.visit_seq(ExtensionAccess::new(Extension::Tag, self))
            }
            (names::TAGGED, _) => {
                let found = Unexpected::Other("a value without a tag");
                Err(de::Error::invalid_type(found, &visitor))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> DecodeResult<V::Value> {
        match self.skip_tags()? {
            Type::Map | Type::MapIndef => {
                let left = done(self.decoder.map())?;
                let mut entries = Elements::new(self, left);
                if !entries.has_more()? {
                    return Err(de::Error::invalid_length(0, &visitor));
                }
                let value = visitor.visit_enum(Variant::with_content(entries.deserializer))?;
                entries.finish()?;
                Ok(value)
            }
            _ => visitor.visit_enum(Variant::without_content(self)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple map struct identifier
    }
}
