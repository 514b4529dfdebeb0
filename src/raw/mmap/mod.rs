//! [`MmapIo`]: a memory map as a raw stream; [`MmapOptions`]: how one is made.

#[allow(unsafe_code)]
mod options;
mod stream;

pub use self::options::{MmapAccess, MmapOptions};
pub use self::stream::MmapIo;
