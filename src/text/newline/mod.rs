//! What ends a line: pure and incremental, `str` in and `str` out, no stream in sight.

mod counter;
mod decoder;
mod encoder;
mod ending;
mod endings;
mod policy;
mod translate;
mod within;

pub use self::counter::LineCounter;
pub use self::decoder::NewlineDecoder;
pub use self::encoder::NewlineEncoder;
pub use self::ending::LineEnding;
pub use self::endings::LineEndings;
pub use self::policy::Newline;
pub(super) use self::translate::translate;
pub(super) use self::within::Within;
