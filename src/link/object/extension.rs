//! [`ExtensionAccess`]: what CBOR has beside serde's types, for those who ask for it by name.

use minicbor::data::Type;
use serde::de::value::{U32Deserializer, U64Deserializer};
use serde::de::{self, DeserializeSeed, EnumAccess, SeqAccess, VariantAccess, Visitor};

use super::deserializer::{DecodeResult, Deserializer, done};
use super::error::DecodeError;

/// What serde has no type for. To a [`Value`](super::Value) these are variants, which have these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    /// A tag, which is not that of an integer.
    Tag = 0,
    /// "Not given".
    Undefined = 1,
    /// A value without a meaning of its own.
    Simple = 2,
}

impl Extension {
    /// Which one comes next, if one does.
    pub(super) fn next(deserializer: &mut Deserializer<'_>) -> DecodeResult<Option<Extension>> {
        Ok(match deserializer.datatype()? {
            Type::Tag if !deserializer.is_at_value_integer()? => Some(Extension::Tag),
            Type::Undefined => Some(Extension::Undefined),
            Type::Simple => Some(Extension::Simple),
            _ => None,
        })
    }
}

/// Gives an extension as a variant, and a tag as a pair of its number and its value.
pub(super) struct ExtensionAccess<'a, 'de> {
    deserializer: &'a mut Deserializer<'de>,
    extension: Extension,
    /// Of a tag, how many of the two were taken.
    taken: u8,
}

impl<'a, 'de> ExtensionAccess<'a, 'de> {
    pub(super) fn new(
        extension: Extension,
        deserializer: &'a mut Deserializer<'de>,
    ) -> ExtensionAccess<'a, 'de> {
        ExtensionAccess {
            deserializer,
            extension,
            taken: 0,
        }
    }
}

impl<'de> SeqAccess<'de> for ExtensionAccess<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> DecodeResult<Option<T::Value>> {
        self.taken += 1;
        match self.taken {
            1 => {
                let tag = done(self.deserializer.decoder.tag())?.as_u64();
                seed.deserialize(U64Deserializer::new(tag)).map(Some)
            }
            2 => seed.deserialize(&mut *self.deserializer).map(Some),
            _ => Ok(None),
        }
    }
}

impl<'de> EnumAccess<'de> for ExtensionAccess<'_, 'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> DecodeResult<(V::Value, Self)> {
        let number = self.extension as u32;
        let variant = seed.deserialize(U32Deserializer::new(number))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for ExtensionAccess<'_, 'de> {
    type Error = DecodeError;

    /// "Not given".
    fn unit_variant(self) -> DecodeResult<()> {
        done(self.deserializer.decoder.undefined())
    }

    /// The number of a simple value.
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> DecodeResult<T::Value> {
        let number = done(self.deserializer.decoder.simple())?;
        seed.deserialize(U64Deserializer::new(number.into()))
    }

    /// A tag.
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> DecodeResult<V::Value> {
        visitor.visit_seq(self)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> DecodeResult<V::Value> {
        Err(de::Error::custom("no extension has fields"))
    }
}
