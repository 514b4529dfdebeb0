//! [`Diagnostic`]: an object for people.

use std::fmt::{self, Write};

use minicbor::Decoder;
use minicbor::data::Type;

use super::cursor;
use super::item::Object;
use super::value::Value;

/// An object in the diagnostic notation of RFC 8949, section 8: JSON, with `h'0a'` for bytes, `27(…)` for
/// tags and `_` where lengths are indefinite.
///
/// With `{:#}` floats also say how many bits they have: `_1`, `_2`, `_3` for 16, 32 and 64.
///
/// # Examples
///
/// ```
/// use iolite::Chunk;
/// use iolite::link::object::Object;
///
/// let object = Object::new(Chunk::from(b"\x9f\x01\x61a\x41\x0a\xf9\x3e\x00\xff"))?;
/// assert_eq!(object.diagnostic().to_string(), r#"[_ 1, "a", h'0a', 1.5]"#);
/// assert_eq!(format!("{:#}", object.diagnostic()), r#"[_ 1, "a", h'0a', 1.5_1]"#);
/// # Ok::<(), iolite::link::object::ItemError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Diagnostic<'a>(&'a [u8]);

impl<'a> Diagnostic<'a> {
    /// Of one well-formed item.
    pub(super) fn new(item: &'a [u8]) -> Diagnostic<'a> {
        Diagnostic(item)
    }
}

impl fmt::Display for Diagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer {
            decoder: Decoder::new(self.0),
            has_widths: f.alternate(),
            out: f,
        };
        writer.item()
    }
}

impl fmt::Debug for Diagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Value {
    /// Diagnostic notation: see [`Diagnostic`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Object::encode(self) {
            Ok(object) => fmt::Display::fmt(&object.diagnostic(), f),
            Err(error) => write!(f, "({error})"),
        }
    }
}

/// Writes text in quotes, as JSON and the diagnostic notation have it: with no control character that a
/// terminal would obey.
pub(crate) fn write_quoted(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    for ch in text.chars() {
        match ch {
            '"' | '\\' => write!(out, "\\{ch}"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            ch if ch.is_control() => write!(out, "\\u{:04x}", u32::from(ch)),
            ch => out.write_char(ch),
        }?;
    }
    out.write_char('"')
}

struct Writer<'a, 'f, 'o> {
    decoder: Decoder<'a>,
    has_widths: bool,
    out: &'o mut fmt::Formatter<'f>,
}

/// What is read is well-formed, so this does not happen.
fn broken<E>(_: E) -> fmt::Error {
    fmt::Error
}

impl Writer<'_, '_, '_> {
    fn item(&mut self) -> fmt::Result {
        match self.decoder.datatype().map_err(broken)? {
            Type::Null => self.constant("null"),
            Type::Undefined => self.constant("undefined"),
            Type::Bool => {
                let value = self.decoder.bool().map_err(broken)?;
                write!(self.out, "{value}")
            }
            Type::Simple => {
                let number = self.decoder.simple().map_err(broken)?;
                write!(self.out, "simple({number})")
            }
            Type::F16 => self.float("_1"),
            Type::F32 => self.float("_2"),
            Type::F64 => self.float("_3"),
            Type::Bytes => self.bytes(),
            Type::String => self.text(),
            Type::BytesIndef => self.pieces("''", Writer::bytes),
            Type::StringIndef => self.pieces("\"\"", Writer::text),
            Type::Array | Type::ArrayIndef => {
                let left = self.decoder.array().map_err(broken)?;
                self.elements(['[', ']'], left, Writer::item)
            }
            Type::Map | Type::MapIndef => {
                let left = self.decoder.map().map_err(broken)?;
                self.elements(['{', '}'], left, Writer::entry)
            }
            Type::Tag => {
                let tag = self.decoder.tag().map_err(broken)?;
                write!(self.out, "{}(", tag.as_u64())?;
                self.item()?;
                self.out.write_str(")")
            }
            _ => {
                let number = self.decoder.int().map_err(broken)?;
                write!(self.out, "{number}")
            }
        }
    }

    /// An item of one byte.
    fn constant(&mut self, name: &str) -> fmt::Result {
        self.decoder.set_position(self.decoder.position() + 1);
        self.out.write_str(name)
    }

    fn float(&mut self, width: &str) -> fmt::Result {
        let number = self.decoder.f64().map_err(broken)?;
        if number.is_nan() {
            self.out.write_str("NaN")?;
        } else if number.is_infinite() {
            let sign = if number < 0.0 { "-" } else { "" };
            write!(self.out, "{sign}Infinity")?;
        } else {
            // The shortest digits that give this number, always with a point or an exponent, whose sign
            // JSON's writers usually show.
            let digits = format!("{number:?}").replace('e', "e+").replace("+-", "-");
            self.out.write_str(&digits)?;
        }
        let width = if self.has_widths { width } else { "" };
        self.out.write_str(width)
    }

    fn bytes(&mut self) -> fmt::Result {
        let bytes = self.decoder.bytes().map_err(broken)?;
        self.out.write_str("h'")?;
        for byte in bytes {
            write!(self.out, "{byte:02x}")?;
        }
        self.out.write_str("'")
    }

    fn text(&mut self) -> fmt::Result {
        let text = self.decoder.str().map_err(broken)?;
        write_quoted(text, self.out)
    }

    fn entry(&mut self) -> fmt::Result {
        self.item()?;
        self.out.write_str(": ")?;
        self.item()
    }

    /// A string of indefinite length: its pieces in brackets, or, without any, `empty` with a mark.
    fn pieces(&mut self, empty: &str, piece: fn(&mut Self) -> fmt::Result) -> fmt::Result {
        // Past the head.
        self.decoder.set_position(self.decoder.position() + 1);
        if self.decoder.datatype().map_err(broken)? == Type::Break {
            write!(self.out, "{empty}_")?;
            return self.constant("");
        }
        self.elements(['(', ')'], None, piece)
    }

    fn elements(
        &mut self,
        [open, close]: [char; 2],
        mut left: Option<u64>,
        element: fn(&mut Self) -> fmt::Result,
    ) -> fmt::Result {
        self.out.write_char(open)?;
        self.out.write_str(if left.is_none() { "_ " } else { "" })?;
        let mut separator = "";
        while cursor::has_more(&mut self.decoder, &mut left).map_err(broken)? {
            self.out.write_str(separator)?;
            element(self)?;
            separator = ", ";
        }
        self.out.write_char(close)
    }
}
