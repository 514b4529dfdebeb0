//! Floor 3, text: characters above, bytes below.
//!
//! [`TextIoWrapper`] reads and writes text over any buffered stream of bytes, in any
//! [`Encoding`], with any [`Newline`] convention and a say in what happens to errors
//! ([`OnError`]). [`StringIo`] is the same over a string in memory. Both are [`TextIo`].

mod batch;
mod codec;
mod line;
mod newline;
mod position;
mod string;
mod text_io;
mod utf8_reader;
mod utf8_writer;
mod wrapper;

pub use self::batch::TextBatch;
pub use self::codec::{
    Codec, Decoded, Encoding, ErrorHandler, Malformed, Missing, OnError, Substitute,
};
pub use self::line::Line;
pub use self::newline::{
    LineCounter, LineEnding, LineEndings, Newline, NewlineDecoder, NewlineEncoder,
};
pub use self::position::TextPosition;
pub use self::string::StringIo;
pub use self::text_io::{FmtWriter, Lines, TextIo};
pub use self::utf8_reader::Utf8Reader;
pub use self::utf8_writer::Utf8Writer;
pub use self::wrapper::{PendingText, TextIoWrapper, TextOptions};
