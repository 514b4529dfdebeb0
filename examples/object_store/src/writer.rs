//! [`ObjectWriter`]: an object that is written in parts.

use std::io::{self, Write};
use std::sync::Arc;

use iolite::raw::Finishing;
use iolite::{Adapter, Result};
use object_store::path::Path;
use object_store::{ObjectStore, WriteMultipart};
use tokio::runtime::Handle;

/// An object that is sent to a store in parts, a few of them at a time. It is there when it is closed, and
/// not before.
pub struct ObjectWriter {
    upload: WriteMultipart,
    runtime: Handle,
}

/// How many parts may be on their way: with parts of 5 MiB this is the memory that a writer takes.
const PARTS_UNDERWAY: usize = 4;

impl ObjectWriter {
    /// A device for a new object.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub fn create(
        store: &Arc<dyn ObjectStore>,
        path: &Path,
        runtime: Handle,
    ) -> Result<Adapter<ObjectWriter, Finishing<ObjectWriter>>> {
        let upload = runtime.block_on(store.put_multipart(path));
        let upload = WriteMultipart::new(upload.map_err(io::Error::from)?);
        let writer = ObjectWriter { upload, runtime };
        Ok(Adapter::writer_with(writer, |writer| {
            writer.runtime.block_on(writer.upload.finish())?;
            Ok(())
        }))
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.runtime
            .block_on(self.upload.wait_for_capacity(PARTS_UNDERWAY))?;
        // The parts are sent by tasks of the runtime.
        let _in_it = self.runtime.enter();
        self.upload.write(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
