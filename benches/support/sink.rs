//! Our streams into `/dev/null`, and what arrived there.

use std::io;

use iolite::{Adapter, BufferedWriter, Encoding, Newline, TextIoWrapper, TextOptions};

use super::by_hand::{BLOCK, Null};

pub(crate) type Writer = BufferedWriter<Adapter<Null>>;

pub(crate) fn writer() -> io::Result<Writer> {
    let device = Adapter::writer(Null::open()?);
    Ok(BufferedWriter::with_capacity(BLOCK, device))
}

pub(crate) fn text_writer(
    encoding: Encoding,
    newline: Newline,
) -> io::Result<TextIoWrapper<Writer>> {
    let options = TextOptions::new().encoding(encoding).newline(newline);
    Ok(TextIoWrapper::with_options(writer()?, options))
}

pub(crate) fn detached(text: TextIoWrapper<Writer>) -> io::Result<Writer> {
    Ok(text.detach().map_err(|failed| failed.into_parts().0)?)
}

/// What the device was given, after everything was written.
pub(crate) fn taken(out: Writer) -> io::Result<u64> {
    let device = out.detach().map_err(|failed| failed.into_parts().0)?;
    device
        .into_inner()
        .map(|null| null.taken)
        .ok_or_else(|| io::ErrorKind::BrokenPipe.into())
}
