//! What ends a line: pure and incremental, `str` in and `str` out, no stream in sight.

mod counter;
mod decoder;
mod encoder;
mod ending;
mod policy;

pub use self::counter::LineCounter;
pub use self::decoder::NewlineDecoder;
pub(super) use self::decoder::translate;
pub use self::encoder::NewlineEncoder;
pub use self::ending::{LineEnding, LineEndings};
pub use self::policy::Newline;
pub(super) use self::policy::Within;
