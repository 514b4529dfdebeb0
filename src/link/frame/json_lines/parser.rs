//! From a line of JSON to a value.

use std::str;

use crate::link::frame::FrameError;
use crate::link::object::Value;

/// The value that a line is, which begins at `position` in the stream and may have so many levels.
pub(super) fn parse(line: &[u8], position: u64, levels: u8) -> Result<Value, FrameError> {
    let line = str::from_utf8(line).map_err(|error| FrameError::NotJson {
        position: position + error.valid_up_to() as u64,
        expected: "UTF-8",
    })?;
    let mut parser = Parser {
        line,
        at: 0,
        levels,
    };
    let parsed = parser.whole();
    parsed.map_err(|expected| FrameError::NotJson {
        position: position + parser.at as u64,
        expected,
    })
}

/// Stands at `at` in the line; where an error occurs, it stands at what is wrong.
struct Parser<'a> {
    line: &'a str,
    at: usize,
    /// How many levels more there may be.
    levels: u8,
}

/// A value, or what was expected.
type Parsed<T> = Result<T, &'static str>;

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Parsed<Value> {
        let value = self.value()?;
        match self.peek() {
            None => Ok(value),
            Some(_) => Err("the end of the line"),
        }
    }

    fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.rest();
        let is_space = |ch| matches!(ch, ' ' | '\t' | '\r');
        self.at += rest.len() - rest.trim_start_matches(is_space).len();
        self.rest().bytes().next()
    }

    /// Takes `sign` if it comes next.
    fn take(&mut self, sign: u8) -> bool {
        let is_next = self.peek() == Some(sign);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self) -> Parsed<Value> {
        match self.peek() {
            Some(b'"') => self.text().map(Value::from),
            Some(b'[') => self.nested(Parser::array),
            Some(b'{') => self.nested(Parser::map),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.constant(),
        }
    }

    fn constant(&mut self) -> Parsed<Value> {
        const ALL: [(&str, Value); 3] = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
        ];
        let rest = self.rest();
        let found = ALL.into_iter().find(|(name, _)| rest.starts_with(name));
        let (name, value) = found.ok_or("a value")?;
        self.at += name.len();
        Ok(value)
    }

    /// Calls itself for each level.
    fn nested(&mut self, content: fn(&mut Self) -> Parsed<Value>) -> Parsed<Value> {
        self.levels = self.levels.checked_sub(1).ok_or("fewer levels")?;
        self.at += 1;
        let value = content(self)?;
        self.levels += 1;
        Ok(value)
    }

    fn array(&mut self) -> Parsed<Value> {
        let mut values = Vec::new();
        if self.take(b']') {
            return Ok(Value::Array(values));
        }
        loop {
            values.push(self.value()?);
            if self.take(b']') {
                return Ok(Value::Array(values));
            }
            self.expect(b',', "\",\" or \"]\"")?;
        }
    }

    fn map(&mut self) -> Parsed<Value> {
        let mut entries = Vec::new();
        if self.take(b'}') {
            return Ok(Value::Map(entries));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err("a key in quotes");
            }
            let key = Value::from(self.text()?);
            self.expect(b':', "\":\"")?;
            entries.push((key, self.value()?));
            if self.take(b'}') {
                return Ok(Value::Map(entries));
            }
            self.expect(b',', "\",\" or \"}\"")?;
        }
    }

    fn expect(&mut self, sign: u8, expected: &'static str) -> Parsed<()> {
        if self.take(sign) {
            return Ok(());
        }
        Err(expected)
    }

    fn number(&mut self) -> Parsed<Value> {
        let digits = self.rest();
        let start = self.at;
        self.take_one(&["-"]);
        if !self.take_one(&["0"]) {
            self.digits()?;
        }
        let whole = self.at - start;
        if self.take_one(&["."]) {
            self.digits()?;
        }
        if self.take_one(&["e", "E"]) {
            self.take_one(&["+", "-"]);
            self.digits()?;
        }
        let length = self.at - start;
        let digits = &digits[..length];
        let number = if length == whole {
            digits.parse().ok().map(Value::Int)
        } else {
            let float = digits.parse().ok().filter(|it: &f64| it.is_finite());
            float.map(Value::Float)
        };
        number.ok_or_else(|| {
            self.at = start;
            "a number that fits"
        })
    }

    /// Takes one of these signs, if one comes next.
    fn take_one(&mut self, signs: &[&str]) -> bool {
        let is_next = signs.iter().any(|&sign| self.rest().starts_with(sign));
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes digits, of which there is one at least.
    fn digits(&mut self) -> Parsed<()> {
        let rest = self.rest();
        let is_digit = |ch: char| ch.is_ascii_digit();
        let count = rest.len() - rest.trim_start_matches(is_digit).len();
        self.at += count;
        match count {
            0 => Err("a digit"),
            _ => Ok(()),
        }
    }

    /// Takes text in quotes.
    fn text(&mut self) -> Parsed<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let is_special = |ch: char| matches!(ch, '"' | '\\' | '\0'..' ');
            let plain = rest.find(is_special).unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            if self.take_one(&["\""]) {
                return Ok(text);
            }
            if !self.take_one(&["\\"]) {
                return Err("a closing quote");
            }
            text.push(self.escaped()?);
        }
    }

    /// Takes what comes after a backslash.
    fn escaped(&mut self) -> Parsed<char> {
        let sign = self.rest().bytes().next();
        self.at += usize::from(sign.is_some_and(|sign| sign.is_ascii()));
        match sign {
            Some(sign @ (b'"' | b'\\' | b'/')) => Ok(sign.into()),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'u') => self.code_point(),
            _ => Err("an escape sequence"),
        }
    }

    /// Takes four digits of a character, or twice four with `\u` between them.
    fn code_point(&mut self) -> Parsed<char> {
        let first = self.code_unit()?;
        let mut units = vec![first];
        if matches!(first, 0xd800..0xdc00) && self.rest().starts_with("\\u") {
            self.at += 2;
            units.push(self.code_unit()?);
        }
        let mut decoded = char::decode_utf16(units);
        match (decoded.next(), decoded.next()) {
            (Some(Ok(ch)), None) => Ok(ch),
            _ => Err("a character, not half of a pair"),
        }
    }

    fn code_unit(&mut self) -> Parsed<u16> {
        let digits = self.rest().get(..4).ok_or("four hexadecimal digits")?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        let unit = unit.ok_or("four hexadecimal digits")?;
        self.at += digits.len();
        Ok(unit)
    }
}
