//! [`Arguments`]: a payload matched with the parameters of a command, as Python does it.

use minicbor::Decoder;
use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::deserializer::{DecodeResult, Deserializer, done};
use super::error::{Argument, DecodeError};
use super::item::Object;
use super::payload::Payload;
use super::{cursor, names};

/// Reads a payload as a result: see [`Payload::result`].
pub(super) fn result<'de, T: Deserialize<'de>>(payload: &'de Payload) -> DecodeResult<T> {
    if payload.is_one_value() {
        return T::deserialize(&mut Deserializer::new(payload.items()));
    }
    let arguments = Arguments::new(payload);
    match arguments.single() {
        Some(mut item) => T::deserialize(&mut item),
        None => T::deserialize(arguments),
    }
}

/// Reads a payload as arguments: see [`Payload::arguments`].
#[derive(Clone, Copy)]
pub(super) struct Arguments<'de> {
    payload: &'de Payload,
    /// How many positional values there are.
    positional: usize,
    /// Where the map of the keywords begins, if there is one and it is not empty.
    keywords: Option<usize>,
}

impl<'de> Arguments<'de> {
    pub(super) fn new(payload: &'de Payload) -> Arguments<'de> {
        let map = payload.keywords_start();
        Arguments {
            payload,
            positional: payload.len() - usize::from(map.is_some()),
            keywords: map.filter(|&start| !is_empty_map(payload.items(), start)),
        }
    }

    /// The one item that the payload is: a positional value without keywords, or the keywords.
    fn single(&self) -> Option<Deserializer<'de>> {
        match (self.positional, self.keywords) {
            (1, None) => Some(self.items_from(0)),
            (0, Some(start)) => Some(self.items_from(start)),
            _ => None,
        }
    }

    fn items_from(&self, start: usize) -> Deserializer<'de> {
        Deserializer::new(&self.payload.items()[start..])
    }

    /// Fails if there are more than `most` positional values, or keywords.
    fn at_most(&self, most: usize) -> DecodeResult<()> {
        self.positional_at_most(most)?;
        match self.keywords.and_then(|_| self.payload.keywords().next()) {
            Some((name, _)) => Err(DecodeError::UnexpectedKeyword { name: shown(&name) }),
            None => Ok(()),
        }
    }

    fn positional_at_most(&self, expected: usize) -> DecodeResult<()> {
        let found = self.positional;
        if found > expected {
            return Err(DecodeError::TooManyArguments { expected, found });
        }
        Ok(())
    }

    /// The one positional value, and nothing else.
    fn one(&self) -> DecodeResult<Deserializer<'de>> {
        self.at_most(1)?;
        match self.positional {
            0 => Err(missing(Argument::Position(0))),
            _ => Ok(self.items_from(0)),
        }
    }
}

/// The name of a keyword for people.
fn shown(name: &Object) -> String {
    let text = name.as_str().map(str::to_owned);
    text.unwrap_or_else(|| name.diagnostic().to_string())
}

/// Whether the map that begins at `start` is empty.
fn is_empty_map(bytes: &[u8], start: usize) -> bool {
    let mut map = Decoder::new(&bytes[start..]);
    let mut left = map.map().unwrap_or(Some(0));
    !cursor::has_more(&mut map, &mut left).unwrap_or(false)
}

fn missing(argument: Argument) -> DecodeError {
    DecodeError::MissingArgument { argument }
}

/// What a structure says of its fields, said of arguments. (What is wrong in one of them has its name
/// already.)
fn about_arguments(error: DecodeError) -> DecodeError {
    match error {
        DecodeError::MissingField { field } => missing(Argument::Keyword(field.to_owned())),
        DecodeError::DuplicateField { field } => DecodeError::DuplicateArgument {
            name: field.to_owned(),
        },
        other => other,
    }
}

fn in_the_one(error: DecodeError) -> DecodeError {
    error.in_argument(Argument::Position(0))
}

/// Types that are the one positional value.
macro_rules! scalars {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
            self.one()?.$method(visitor).map_err(in_the_one)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Arguments<'de> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    /// For types that take anything.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        match self.single() {
            Some(mut item) => item.deserialize_any(visitor),
            None if self.positional == 0 => visitor.visit_unit(),
            None => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        self.at_most(0)?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> DecodeResult<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        match (self.positional, self.keywords) {
            (0, None) => visitor.visit_none(),
            (1, None) => self.one()?.deserialize_option(visitor),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> DecodeResult<V::Value> {
        match self.single() {
            Some(mut item) if name == names::VALUE => {
                item.deserialize_newtype_struct(name, visitor)
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        self.at_most(usize::MAX)?;
        let mut positional = PositionalAccess::new(&self);
        let value = visitor.visit_seq(&mut positional)?;
        self.at_most(positional.taken)?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> DecodeResult<V::Value> {
        self.at_most(len)?;
        if self.positional < len {
            return Err(missing(Argument::Position(self.positional)));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> DecodeResult<V::Value> {
        match name {
            names::TAGGED => self.one()?.deserialize_tuple_struct(name, len, visitor),
            _ => self.deserialize_tuple(len, visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        self.positional_at_most(0)?;
        visitor.visit_map(NamedAccess::new(&self, None)?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> DecodeResult<V::Value> {
        self.positional_at_most(fields.len())?;
        let named = NamedAccess::new(&self, Some(fields))?;
        visitor.visit_map(named).map_err(about_arguments)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> DecodeResult<V::Value> {
        let value = self.one()?.deserialize_enum(name, variants, visitor);
        value.map_err(in_the_one)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> DecodeResult<V::Value> {
        visitor.visit_unit()
    }

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
    }
}

/// The positional values as a sequence.
struct PositionalAccess<'de> {
    items: Deserializer<'de>,
    taken: usize,
    count: usize,
}

impl<'de> PositionalAccess<'de> {
    fn new(arguments: &Arguments<'de>) -> PositionalAccess<'de> {
        PositionalAccess {
            items: arguments.items_from(0),
            taken: 0,
            count: arguments.positional,
        }
    }

    /// Takes the next value, which is there.
    fn take<T: DeserializeSeed<'de>>(&mut self, seed: T) -> DecodeResult<T::Value> {
        let argument = Argument::Position(self.taken);
        self.taken += 1;
        let value = seed.deserialize(&mut self.items);
        value.map_err(|error| error.in_argument(argument))
    }
}

impl<'de> SeqAccess<'de> for &mut PositionalAccess<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> DecodeResult<Option<T::Value>> {
        if self.taken == self.count {
            return Ok(None);
        }
        self.take(seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.count - self.taken)
    }
}

/// Names with values: the positional values under the names of the first parameters, then the keywords.
struct NamedAccess<'de> {
    /// The names of the parameters; `None` if any keyword will do.
    names: Option<&'static [&'static str]>,
    positional: PositionalAccess<'de>,
    /// Stands before the next keyword.
    keywords: Deserializer<'de>,
    /// How many keywords are left; `None` if a break ends them.
    left: Option<u64>,
    /// The keyword whose value comes next; `None` if a positional value does.
    keyword: Option<String>,
}

impl<'de> NamedAccess<'de> {
    fn new(
        arguments: &Arguments<'de>,
        names: Option<&'static [&'static str]>,
    ) -> DecodeResult<NamedAccess<'de>> {
        let mut keywords = arguments.items_from(arguments.keywords.unwrap_or_default());
        let left = match arguments.keywords {
            Some(_) => done(keywords.decoder.map())?,
            None => Some(0),
        };
        Ok(NamedAccess {
            names,
            positional: PositionalAccess::new(arguments),
            keywords,
            left,
            keyword: None,
        })
    }

    /// The name of the next keyword, if there is one more.
    fn next_keyword(&mut self) -> DecodeResult<Option<String>> {
        let decoder = &mut self.keywords.decoder;
        if !done(cursor::has_more(decoder, &mut self.left))? {
            return Ok(None);
        }
        let name = done(cursor::text(decoder))?.into_owned();
        match self
            .names
            .map(|names| names.iter().position(|it| *it == name))
        {
            Some(None) => Err(DecodeError::UnexpectedKeyword { name }),
            Some(Some(index)) if index < self.positional.count => {
                Err(DecodeError::DuplicateArgument { name })
            }
            _ => Ok(Some(name)),
        }
    }
}

impl<'de> MapAccess<'de> for NamedAccess<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> DecodeResult<Option<K::Value>> {
        let names = self.names.unwrap_or_default();
        if let Some(name) = names[..self.positional.count].get(self.positional.taken) {
            return seed
                .deserialize(BorrowedStrDeserializer::new(name))
                .map(Some);
        }
        self.keyword = self.next_keyword()?;
        let Some(name) = &self.keyword else {
            return Ok(None);
        };
        seed.deserialize(name.as_str().into_deserializer())
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> DecodeResult<V::Value> {
        match self.keyword.take() {
            Some(name) => {
                let value = seed.deserialize(&mut self.keywords);
                value.map_err(|error| error.in_argument(Argument::Keyword(name)))
            }
            None => self.positional.take(seed),
        }
    }
}
