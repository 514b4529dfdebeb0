//! [`PyCodec`]: a codec that is registered with Python, as one of the crate's.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use iolite::Encoding;
use iolite::text::{Codec, DecodeStep};
use pyo3::exceptions::{PyTypeError, PyUnicodeDecodeError, PyUnicodeEncodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

/// Said of a state: not at the start of a stream. What a Python decoder says of it is beside that.
const INSIDE: u64 = 1 << 63;

thread_local! {
    /// What a codec raised that no codec of the crate could say.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Python's factories of incremental decoders and encoders. Each call makes a new one, and tells it
/// the state: so two streams do not get into each other's way.
#[derive(Debug)]
struct PyCodec {
    name: String,
    decoder: Py<PyAny>,
    encoder: Py<PyAny>,
}

/// The codec that Python knows by a name. It lives for ever, once.
pub(crate) fn lookup(py: Python<'_>, name: &str) -> PyResult<Encoding> {
    static KNOWN: Mutex<Vec<&PyCodec>> = Mutex::new(Vec::new());
    let info = py.import("codecs")?.call_method1("lookup", (name,))?;
    let decoder = info.getattr("incrementaldecoder")?.unbind();
    let encoder = info.getattr("incrementalencoder")?.unbind();
    let codec = PyCodec {
        name: info.getattr("name")?.extract()?,
        decoder,
        encoder,
    };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let same = |other: &&&PyCodec| {
        other.name == codec.name
            && other.decoder.is(&codec.decoder)
            && other.encoder.is(&codec.encoder)
    };
    let codec = match known.iter().find(same) {
        Some(codec) => *codec,
        None => {
            let codec: &PyCodec = Box::leak(Box::new(codec));
            known.push(codec);
            codec
        }
    };
    Ok(Encoding::custom(codec))
}

/// What the last codec raised that answered what cannot be.
pub(crate) fn raised() -> Option<PyErr> {
    RAISED.take()
}

/// A count that cannot be, so that the crate stops there.
fn refuse(error: PyErr) -> usize {
    RAISED.set(Some(error));
    usize::MAX
}

/// The error's reason, once for ever: a decoder has few.
fn reason(error: &Bound<'_, PyAny>) -> PyResult<&'static str> {
    static KNOWN: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    let reason: String = error.getattr("reason")?.extract()?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(reason) = known.iter().find(|known| **known == reason) {
        return Ok(reason);
    }
    known.push(Box::leak(reason.into_boxed_str()));
    Ok(known[known.len() - 1])
}

/// A decoder's state: how many bytes it keeps, and its flags.
fn state(decoder: &Bound<'_, PyAny>) -> PyResult<(usize, u64)> {
    let state = decoder.call_method0("getstate")?;
    match state.cast::<PyTuple>() {
        Ok(state) if state.len() == 2 => {
            let kept = state.get_item(0)?.cast_into::<PyBytes>()?.as_bytes().len();
            Ok((kept, state.get_item(1)?.extract()?))
        }
        _ => Err(PyTypeError::new_err("illegal decoder state")),
    }
}

impl PyCodec {
    /// A decoder in a state, and the flags that it starts with: of the state they are left out.
    fn decoder<'py>(&self, py: Python<'py>, state: u64) -> PyResult<(Bound<'py, PyAny>, u64)> {
        let decoder = self.decoder.bind(py).call1(("strict",))?;
        let (_, first) = self::state(&decoder)?;
        if state & !INSIDE != 0 {
            let state = (PyBytes::new(py, b""), (state & !INSIDE) ^ first);
            decoder.call_method1("setstate", (state,))?;
        }
        Ok((decoder, first))
    }

    fn read(
        &self,
        py: Python<'_>,
        state: &mut u64,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> PyResult<DecodeStep> {
        let (decoder, first) = self.decoder(py, *state)?;
        let decoded = match decoder.call_method1("decode", (PyBytes::new(py, bytes), last)) {
            Ok(decoded) => decoded,
            Err(error) if error.is_instance_of::<PyUnicodeDecodeError>(py) => {
                let value = error.value(py).as_any();
                let start: usize = value.getattr("start")?.extract()?;
                let end: usize = value.getattr("end")?.extract()?;
                let before = match bytes.get(..start) {
                    None | Some([]) => DecodeStep::Unfinished,
                    Some(before) => self.read(py, state, before, false, text)?,
                };
                return Ok(match before {
                    DecodeStep::Unfinished => DecodeStep::Malformed {
                        len: end.clamp(1, bytes.len()),
                        reason: reason(value)?,
                    },
                    read => read,
                });
            }
            Err(error) => return Err(error),
        };
        let words = "decoder should return a string result";
        let decoded = decoded
            .cast_into::<PyString>()
            .map_err(|_| PyTypeError::new_err(words))?;
        let (kept, flags) = self::state(&decoder)?;
        match bytes.len().checked_sub(kept) {
            None => Err(PyValueError::new_err(
                "a decoder keeps more than it was given",
            )),
            Some(0) => Ok(DecodeStep::Unfinished),
            Some(read) => {
                text.push_str(decoded.to_str()?);
                *state = flags ^ first;
                Ok(DecodeStep::Read(read))
            }
        }
    }

    fn written(
        &self,
        py: Python<'_>,
        state: &mut u64,
        text: &str,
        bytes: &mut Vec<u8>,
    ) -> PyResult<usize> {
        let encoder = self.encoder.bind(py).call1(("strict",))?;
        if *state != 0 {
            encoder.call_method1("setstate", (0,))?;
        }
        let encoded = match encoder.call_method1("encode", (text, true)) {
            Ok(encoded) => encoded,
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(py) => {
                let start: usize = error.value(py).getattr("start")?.extract()?;
                let at = text.char_indices().nth(start).map(|(at, _)| at);
                return match at {
                    None => Err(error),
                    Some(0) => Ok(0),
                    Some(at) => self.written(py, state, &text[..at], bytes),
                };
            }
            Err(error) => return Err(error),
        };
        let words = "encoder should return a bytes object";
        let encoded = encoded
            .cast_into::<PyBytes>()
            .map_err(|_| PyTypeError::new_err(words))?;
        bytes.extend_from_slice(encoded.as_bytes());
        if !encoded.as_bytes().is_empty() {
            *state = INSIDE
                | self
                    .behind(py, *state, encoded.as_bytes())
                    .unwrap_or_default();
        }
        Ok(text.len())
    }

    /// A decoder's state behind what was written.
    fn behind(&self, py: Python<'_>, mut state: u64, written: &[u8]) -> PyResult<u64> {
        self.read(py, &mut state, written, false, &mut String::new())?;
        Ok(state)
    }
}

impl Codec for PyCodec {
    fn name(&self) -> &str {
        &self.name
    }

    fn decode(&self, state: &mut u64, bytes: &[u8], last: bool, text: &mut String) -> DecodeStep {
        Python::attach(|py| self.read(py, state, bytes, last, text))
            .unwrap_or_else(|error| DecodeStep::Read(refuse(error)))
    }

    fn encode(&self, state: &mut u64, text: &str, bytes: &mut Vec<u8>) -> usize {
        Python::attach(|py| self.written(py, state, text, bytes)).unwrap_or_else(refuse)
    }

    fn state_inside(&self) -> u64 {
        INSIDE
    }
}
