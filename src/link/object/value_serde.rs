//! A [`Value`] in serde: from and to any format.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::ser::SerializeTupleStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::extension::Extension;
use super::names;
use super::tagged::TaggedVisitor;
use super::value::Value;

impl Serialize for Value {
    /// In other formats than CBOR a tag becomes a pair, "undefined" a unit, a simple value a number.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Undefined => serializer.serialize_unit_struct(names::UNDEFINED),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(number) => serialize_int(*number, serializer),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Array(values) => serializer.collect_seq(values),
            Value::Map(entries) => serializer.collect_map(entries.iter().map(|(k, v)| (k, v))),
            Value::Tag(tag, value) => {
                let mut pair = serializer.serialize_tuple_struct(names::TAGGED, 2)?;
                pair.serialize_field(tag)?;
                pair.serialize_field(value)?;
                pair.end()
            }
            Value::Simple(number) => serializer.serialize_newtype_struct(names::SIMPLE, number),
        }
    }
}

/// In the smallest of serde's types: few formats have the largest ones.
fn serialize_int<S: Serializer>(number: i128, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(number) = i64::try_from(number) {
        serializer.serialize_i64(number)
    } else if let Ok(number) = u64::try_from(number) {
        serializer.serialize_u64(number)
    } else {
        serializer.serialize_i128(number)
    }
}

impl<'de> Deserialize<'de> for Value {
    /// A variant that another format names becomes a map from its name to its content.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_newtype_struct(names::VALUE, ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<Value, D::Error> {
        value.deserialize_any(self)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Value, D::Error> {
        Value::deserialize(value)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u128<E: de::Error>(self, number: u128) -> Result<Value, E> {
        match i128::try_from(number) {
            Ok(number) => Ok(number.into()),
            Err(_) => Err(de::Error::custom("an integer of more than 127 bits")),
        }
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(bytes.to_vec().into())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(bytes.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            values.push(entry);
        }
        Ok(Value::Map(values))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<Value, A::Error> {
        match variant.variant()? {
            (VariantName::Extension(Extension::Undefined), undefined) => {
                undefined.unit_variant().map(|()| Value::Undefined)
            }
            (VariantName::Extension(Extension::Simple), simple) => {
                simple.newtype_variant().map(Value::Simple)
            }
            (VariantName::Extension(Extension::Tag), pair) => {
                let tagged = pair.tuple_variant(2, TaggedVisitor::<Box<Value>>(PhantomData))?;
                Ok(Value::Tag(tagged.tag, tagged.value))
            }
            (VariantName::Other(name), content) => {
                let content = content.newtype_variant()?;
                Ok(Value::Map(vec![(name.into(), content)]))
            }
        }
    }
}

/// What a variant is called: by a number only in our own format.
enum VariantName {
    Extension(Extension),
    Other(String),
}

impl<'de> Deserialize<'de> for VariantName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<VariantName, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = VariantName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a variant")
            }

            fn visit_u32<E: de::Error>(self, number: u32) -> Result<VariantName, E> {
                const ALL: [Extension; 3] =
                    [Extension::Tag, Extension::Undefined, Extension::Simple];
                let found = ALL.into_iter().find(|it| *it as u32 == number);
                found
                    .map(VariantName::Extension)
                    .ok_or_else(|| de::Error::custom("no such variant"))
            }

            fn visit_str<E>(self, name: &str) -> Result<VariantName, E> {
                Ok(VariantName::Other(name.to_owned()))
            }
        }

        deserializer.deserialize_identifier(NameVisitor)
    }
}
