//! [`Elements`] and [`Variant`]: what arrays, maps and enumerations give to serde.

use serde::de::{
    self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::cursor;
use super::deserializer::{DecodeResult, Deserializer, done};
use super::error::DecodeError;

/// The elements of an array or the entries of a map, which are taken one by one.
pub(super) struct Elements<'a, 'de> {
    pub(super) deserializer: &'a mut Deserializer<'de>,
    /// How many are left; `None` if a break ends them.
    left: Option<u64>,
    /// How many were taken.
    taken: usize,
}

impl<'a, 'de> Elements<'a, 'de> {
    pub(super) fn new(
        deserializer: &'a mut Deserializer<'de>,
        left: Option<u64>,
    ) -> Elements<'a, 'de> {
        Elements {
            deserializer,
            left,
            taken: 0,
        }
    }

    /// Whether there is one more, which is taken then.
    pub(super) fn has_more(&mut self) -> DecodeResult<bool> {
        let has_more = done(cursor::has_more(
            &mut self.deserializer.decoder,
            &mut self.left,
        ))?;
        self.taken += usize::from(has_more);
        Ok(has_more)
    }

    /// Takes the next element or key, if there is one more.
    fn take_next<T: DeserializeSeed<'de>>(&mut self, seed: T) -> DecodeResult<Option<T::Value>> {
        if !self.has_more()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.deserializer).map(Some)
    }

    /// Fails if some were not taken.
    pub(super) fn finish(mut self) -> DecodeResult<()> {
        let expected = self.taken;
        if !self.has_more()? {
            return Ok(());
        }
        let rest = self.left.map_or(1, |left| left.saturating_add(1));
        let found = expected.saturating_add(usize::try_from(rest).unwrap_or(usize::MAX));
        let expected = format!("{expected} elements");
        Err(DecodeError::WrongLength { expected, found })
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left?).ok()
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> DecodeResult<Option<T::Value>> {
        self.take_next(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Elements::size_hint(self)
    }
}

impl<'de> MapAccess<'de> for &mut Elements<'_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> DecodeResult<Option<K::Value>> {
        self.take_next(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> DecodeResult<V::Value> {
        seed.deserialize(&mut *self.deserializer)
    }

    fn size_hint(&self) -> Option<usize> {
        Elements::size_hint(self)
    }
}

/// A variant of an enumeration: its name, and the content that follows in a map of one entry.
pub(super) struct Variant<'a, 'de> {
    deserializer: &'a mut Deserializer<'de>,
    has_content: bool,
}

impl<'a, 'de> Variant<'a, 'de> {
    pub(super) fn with_content(deserializer: &'a mut Deserializer<'de>) -> Variant<'a, 'de> {
        Variant {
            deserializer,
            has_content: true,
        }
    }

    pub(super) fn without_content(deserializer: &'a mut Deserializer<'de>) -> Variant<'a, 'de> {
        Variant {
            deserializer,
            has_content: false,
        }
    }

    /// The content of a variant that has one.
    fn content(self, expected: &'static str) -> DecodeResult<&'a mut Deserializer<'de>> {
        if !self.has_content {
            return Err(de::Error::invalid_type(Unexpected::UnitVariant, &expected));
        }
        Ok(self.deserializer)
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> DecodeResult<(V::Value, Self)> {
        let name = seed.deserialize(&mut *self.deserializer)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> DecodeResult<()> {
        if !self.has_content {
            return Ok(());
        }
        // As serde's own formats: null.
        de::Deserialize::deserialize(self.deserializer)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> DecodeResult<T::Value> {
        seed.deserialize(self.content("a variant with a value")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> DecodeResult<V::Value> {
        de::Deserializer::deserialize_seq(self.content("a variant with values")?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> DecodeResult<V::Value> {
        de::Deserializer::deserialize_map(self.content("a variant with fields")?, visitor)
    }
}
