//! From a type that serde knows to the bytes of an object.
//!
//! The form is the one that every CBOR reader takes: integers as short as they can be, floats of 64
//! bits, lengths in front. (MoaT rounds shorter floats when it reads them, and writes no indefinite
//! lengths itself.) A structure is a map of its fields' names; a variant without content is its name,
//! one with content a map of one entry, as in serde's other formats.

use std::convert::Infallible;

use minicbor::Encoder;
use minicbor::encode::Error;
use serde::ser::{self, Serialize};

use super::compound::{Compound, Kind};
use super::error::EncodeError;
use super::item_head::ItemHead;
use super::names;

/// How many levels a value may have: as many as [`ItemLimits`](super::ItemLimits) can allow.
const MOST_LEVELS: u8 = u8::MAX;

/// Appends a value to `bytes`, and says what it is seen from outside.
pub(super) fn encode<T: Serialize + ?Sized>(
    value: &T,
    bytes: &mut Vec<u8>,
) -> Result<TopLevel, EncodeError> {
    let mut serializer = Serializer {
        encoder: Encoder::new(bytes),
        levels: 0,
        shape: TopLevel::Single,
    };
    value.serialize(&mut serializer)?;
    Ok(serializer.shape)
}

/// What the outermost value is for serde, as far as it makes a difference for the arguments of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TopLevel {
    /// A value.
    Single,
    /// Nothing.
    Unit,
    /// Several values, of which the last begins at this place.
    Tuple { last: usize },
    /// Values with names.
    Map,
}

pub(super) struct Serializer<'a> {
    pub(super) encoder: Encoder<&'a mut Vec<u8>>,
    /// How many arrays, maps and tags are open.
    pub(super) levels: u8,
    pub(super) shape: TopLevel,
}

/// What every step answers.
pub(super) type EncodeResult = Result<(), EncodeError>;

/// Writing to a vector does not fail.
#[inline]
pub(super) fn done<T>(written: Result<T, Error<Infallible>>) -> EncodeResult {
    match written {
        Ok(_) => Ok(()),
        Err(error) => Err(ser::Error::custom(error)),
    }
}

impl<'a> Serializer<'a> {
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        self.encoder.writer_mut()
    }

    #[inline]
    fn put_head(&mut self, (head, len): ([u8; ItemHead::LONGEST], usize)) {
        let bytes = self.bytes();
        let before = bytes.len();
        // All nine bytes: a copy of a known length needs no call.
        bytes.extend_from_slice(&head);
        bytes.truncate(before + len);
    }

    /// Notes what the outermost value is.
    fn note(&mut self, shape: TopLevel) {
        if self.levels == 0 {
            self.shape = shape;
        }
    }

    fn begin<'b>(
        &'b mut self,
        kind: Kind,
        announced: Option<usize>,
    ) -> Result<Compound<'a, 'b>, EncodeError> {
        self.nest()?;
        Compound::begin(self, kind, announced)
    }

    /// Begins a variant: a map of one entry, from its name to its content.
    fn begin_variant<'b>(
        &'b mut self,
        variant: &str,
        kind: Kind,
        count: usize,
    ) -> Result<Compound<'a, 'b>, EncodeError> {
        self.begin_entry(variant)?;
        self.nest()?;
        Ok(Compound::begin(self, kind, Some(count))?.in_a_map())
    }

    fn begin_entry(&mut self, name: &str) -> EncodeResult {
        self.nest()?;
        done(self.encoder.map(1))?;
        done(self.encoder.str(name))
    }

    fn nest(&mut self) -> EncodeResult {
        let limit = MOST_LEVELS;
        let deeper = self.levels.checked_add(1);
        self.levels = deeper.ok_or(EncodeError::TooDeep { limit })?;
        Ok(())
    }

    /// A simple value, of which the number is written as an integer.
    fn simple<T: Serialize + ?Sized>(&mut self, value: &T) -> EncodeResult {
        let start = self.bytes().len();
        value.serialize(&mut *self)?;
        if let [0x18, value @ 24..32] = self.bytes()[start..] {
            return Err(EncodeError::SimpleValue { value });
        }
        self.turn_integer(start, 0xe0)
    }

    /// Makes the integer that was written at `start` the number of something else. In CBOR all numbers
    /// look alike, but for the three bits of the kind.
    pub(super) fn turn_integer(&mut self, start: usize, kind: u8) -> EncodeResult {
        match self.bytes().get_mut(start) {
            Some(first @ ..0x20) => {
                *first |= kind;
                Ok(())
            }
            _ => Err(ser::Error::custom("expected a number that is not negative")),
        }
    }
}

/// Numbers that are written as the widest type of their kind.
macro_rules! as_widest {
    ($($($method:ident($number:ty))* => $widest:ident,)*) => {$($(
        fn $method(self, number: $number) -> EncodeResult {
            self.$widest(number.into())
        }
    )*)*};
}

impl<'a, 'b> ser::Serializer for &'b mut Serializer<'a> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Compound<'a, 'b>;
    type SerializeTuple = Compound<'a, 'b>;
    type SerializeTupleStruct = Compound<'a, 'b>;
    type SerializeTupleVariant = Compound<'a, 'b>;
    type SerializeMap = Compound<'a, 'b>;
    type SerializeStruct = Compound<'a, 'b>;
    type SerializeStructVariant = Compound<'a, 'b>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> EncodeResult {
        done(self.encoder.bool(value))
    }

    as_widest! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) => serialize_i64,
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) => serialize_u64,
        serialize_f32(f32) => serialize_f64,
    }

    fn serialize_i64(self, value: i64) -> EncodeResult {
        self.put_head(ItemHead::of_int(value));
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> EncodeResult {
        done(self.encoder.i128(value))
    }

    fn serialize_u64(self, value: u64) -> EncodeResult {
        self.put_head(ItemHead::shortest(ItemHead::UNSIGNED, value));
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> EncodeResult {
        done(self.encoder.u128(value))
    }

    fn serialize_f64(self, value: f64) -> EncodeResult {
        done(self.encoder.f64(value))
    }

    fn serialize_char(self, value: char) -> EncodeResult {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> EncodeResult {
        done(self.encoder.str(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> EncodeResult {
        done(self.encoder.bytes(value))
    }

    fn serialize_none(self) -> EncodeResult {
        done(self.encoder.null())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> EncodeResult {
        value.serialize(self)
    }

    fn serialize_unit(self) -> EncodeResult {
        self.note(TopLevel::Unit);
        done(self.encoder.null())
    }

    fn serialize_unit_struct(self, name: &'static str) -> EncodeResult {
        match name {
            names::UNDEFINED => done(self.encoder.undefined()),
            _ => self.serialize_unit(),
        }
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> EncodeResult {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> EncodeResult {
        match name {
            names::SIMPLE => self.simple(value),
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> EncodeResult {
        self.begin_entry(variant)?;
        value.serialize(&mut *self)?;
        self.levels -= 1;
        Ok(())
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a, 'b>, EncodeError> {
        self.begin(Kind::Array, len)
    }

    fn serialize_tuple(self, len: usize) -> Result<Compound<'a, 'b>, EncodeError> {
        let last = self.bytes().len();
        self.note(TopLevel::Tuple { last });
        self.begin(Kind::Array, Some(len))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Compound<'a, 'b>, EncodeError> {
        match name {
            names::TAGGED => self.begin(Kind::Tagged, Some(len)),
            _ => self.serialize_tuple(len),
        }
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, 'b>, EncodeError> {
        self.begin_variant(variant, Kind::Array, len)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a, 'b>, EncodeError> {
        self.note(TopLevel::Map);
        self.begin(Kind::Map, len)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        len: usize,
    ) -> Result<Compound<'a, 'b>, EncodeError> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, 'b>, EncodeError> {
        self.begin_variant(variant, Kind::Map, len)
    }
}
