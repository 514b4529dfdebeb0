//! The streams of `iolite` for CPython: classes without manners, which the Python package
//! `iolite_io` gives the names, signatures and attributes of `io`.

mod arguments;
mod buffered;
mod codec;
mod errors;
mod file;
mod guarded;
mod memory;
mod newlines;
mod py_buffer;
mod py_raw;
mod stream;
mod string;
mod text;
mod turns;

use pyo3::prelude::*;

use crate::errors::from_python;

#[pymodule]
fn _iolite(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // Python's signal handlers run where a call was interrupted, and may raise.
    iolite::error::set_global_interrupt_hook(Some(Box::new(|| {
        Python::attach(|py| py.check_signals().map_err(|error| from_python(py, error)))
    })));
    module.add("DEFAULT_BUFFER_SIZE", iolite::buffered::DEFAULT_BUFFER_SIZE)?;
    module.add_class::<buffered::Buffered>()?;
    module.add_class::<file::File>()?;
    module.add_class::<memory::Memory>()?;
    module.add_class::<newlines::Newlines>()?;
    module.add_class::<string::Str>()?;
    module.add_class::<text::Text>()
}
