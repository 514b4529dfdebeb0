//! From a value to a line of JSON.

use crate::link::frame::FrameError;
use crate::link::object::{Value, write_quoted};

/// The value as JSON, without a line end.
pub(super) fn write(value: &Value) -> Result<String, FrameError> {
    let mut line = String::new();
    append(value, &mut line)?;
    Ok(line)
}

fn append(value: &Value, line: &mut String) -> Result<(), FrameError> {
    match value {
        Value::Null | Value::Undefined => line.push_str("null"),
        Value::Bool(value) => line.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => line.push_str(&number.to_string()),
        // The shortest digits that give this number, always with a point or an exponent.
        Value::Float(number) if number.is_finite() => line.push_str(&format!("{number:?}")),
        Value::Float(_) => return refuse("NaN and infinities"),
        Value::Text(text) => append_text(text, line),
        Value::Array(values) => append_array(values, line)?,
        Value::Map(entries) => append_map(entries, line)?,
        Value::Tag(_, value) => append(value, line)?,
        Value::Bytes(_) => return refuse("bytes"),
        Value::Simple(_) => return refuse("simple values"),
    }
    Ok(())
}

fn refuse(what: &'static str) -> Result<(), FrameError> {
    Err(FrameError::NoJsonForm { what })
}

fn append_array(values: &[Value], line: &mut String) -> Result<(), FrameError> {
    line.push('[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        append(value, line)?;
    }
    line.push(']');
    Ok(())
}

fn append_map(entries: &[(Value, Value)], line: &mut String) -> Result<(), FrameError> {
    line.push('{');
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        let Value::Text(key) = key else {
            return refuse("keys that are no text");
        };
        append_text(key, line);
        line.push(':');
        append(value, line)?;
    }
    line.push('}');
    Ok(())
}

fn append_text(text: &str, line: &mut String) {
    // Writing to a string does not fail.
    let _ = write_quoted(text, line);
}
