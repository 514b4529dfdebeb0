//! [`MmapIo`]: a memory map as a raw stream; [`MmapOptions`]: how one is made.

mod access;
#[allow(unsafe_code)]
mod options;
mod stream;

pub use self::access::MmapAccess;
pub use self::options::MmapOptions;
pub use self::stream::MmapIo;
