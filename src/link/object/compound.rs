//! [`Compound`]: arrays, maps and tags, while their elements are written.

use serde::ser::{self, Serialize};

use super::error::EncodeError;
use super::serializer::{EncodeResult, Serializer, TopLevel, done};

/// What has elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Array,
    Map,
    /// The number of a tag, and what is tagged.
    Tagged,
}

/// Something that has begun, and whose elements come one by one.
pub(super) struct Compound<'a, 'b> {
    serializer: &'b mut Serializer<'a>,
    kind: Kind,
    /// How many elements the head says; `None` if there is no head yet.
    announced: Option<usize>,
    /// Where it begins.
    start: usize,
    /// How many elements were written, in a map entries.
    count: usize,
    /// How many levels end with it.
    levels: u8,
}

impl<'a, 'b> Compound<'a, 'b> {
    pub(super) fn begin(
        serializer: &'b mut Serializer<'a>,
        kind: Kind,
        announced: Option<usize>,
    ) -> Result<Compound<'a, 'b>, EncodeError> {
        let start = serializer.bytes().len();
        let mut begun = Compound {
            serializer,
            kind,
            announced,
            start,
            count: 0,
            levels: 1,
        };
        if let Some(count) = announced {
            begun.head(count)?;
        }
        Ok(begun)
    }

    /// The same as the content of a map that was begun before and ends with it.
    pub(super) fn in_a_map(self) -> Compound<'a, 'b> {
        Compound { levels: 2, ..self }
    }

    fn head(&mut self, count: usize) -> EncodeResult {
        let encoder = &mut self.serializer.encoder;
        match self.kind {
            Kind::Array => done(encoder.array(count as u64)),
            Kind::Map => done(encoder.map(count as u64)),
            // The number of the tag is the first element.
            Kind::Tagged => Ok(()),
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> EncodeResult {
        let serializer = &mut *self.serializer;
        let start = serializer.bytes().len();
        if let (1, TopLevel::Tuple { last }) = (serializer.levels, &mut serializer.shape) {
            *last = start;
        }
        value.serialize(&mut *serializer)?;
        if self.kind == Kind::Tagged && self.count == 0 {
            serializer.turn_integer(start, 0xc0)?;
        }
        self.count += 1;
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> EncodeResult {
        done(self.serializer.encoder.str(name))?;
        self.element(value)
    }

    fn finish(mut self) -> EncodeResult {
        self.serializer.levels -= self.levels;
        let given = self.count;
        match self.announced {
            Some(announced) if announced == given => Ok(()),
            Some(announced) => Err(EncodeError::WrongLength { announced, given }),
            None => {
                // The head comes before its elements, whose number is known only now.
                let elements = self.serializer.bytes().split_off(self.start);
                self.head(given)?;
                self.serializer.bytes().extend_from_slice(&elements);
                Ok(())
            }
        }
    }
}

/// What serde calls differently, and is a value after the other here.
macro_rules! elements {
    ($($kind:ident: $method:ident,)*) => {$(
        impl ser::$kind for Compound<'_, '_> {
            type Ok = ();
            type Error = EncodeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> EncodeResult {
                self.element(value)
            }

            fn end(self) -> EncodeResult {
                self.finish()
            }
        }
    )*};
}
elements! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

/// The same for values with names.
macro_rules! fields {
    ($($kind:ident,)*) => {$(
        impl ser::$kind for Compound<'_, '_> {
            type Ok = ();
            type Error = EncodeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> EncodeResult {
                self.field(name, value)
            }

            fn end(self) -> EncodeResult {
                self.finish()
            }
        }
    )*};
}
fields! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> EncodeResult {
        key.serialize(&mut *self.serializer)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> EncodeResult {
        self.element(value)
    }

    fn end(self) -> EncodeResult {
        self.finish()
    }
}
