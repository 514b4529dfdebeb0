//! Floor 3, text: streams of characters over streams of bytes.
//!
//! [`TextIoWrapper`] reads and writes text over any buffered stream of bytes, in any [`Encoding`],
//! with any [`Newline`] convention, and an [`ErrorPolicy`] for what cannot be decoded or encoded.
//! [`StringIo`] is the same over a string in memory. Both are [`TextIo`], and [`TextIoExt`] adds
//! convenience to every such stream.

mod batch;
mod chars;
mod codec;
mod decoder;
mod encoder;
mod line;
mod line_starts;
mod newline;
mod one_call;
mod options;
mod position;
mod string;
mod text_io;
mod text_io_ext;
mod utf8_piece;
mod utf8_reader;
mod utf8_writer;
mod wrapper;

pub use self::batch::{BatchLines, LineBatch};
pub use self::chars::Chars;
pub use self::codec::{
    Codec, DecodeStep, Encoding, ErrorHandler, ErrorPolicy, MalformedBytes, Replacement,
    UnencodableChar,
};
pub use self::decoder::{DecodedLine, DecoderState, TextDecoder, TextPiece};
pub use self::encoder::{EncoderState, TextEncoder};
pub use self::line::Line;
pub(crate) use self::line_starts::{LineStarts, StreamBlock};
pub use self::newline::{
    LineCounter, LineEnding, LineEndings, Newline, NewlineDecoder, NewlineEncoder,
};
pub use self::options::TextOptions;
pub use self::position::TextPosition;
pub use self::string::StringIo;
pub use self::text_io::{FmtWriter, TextIo};
pub use self::text_io_ext::{Lines, TextIoExt};
pub use self::utf8_reader::Utf8Reader;
pub use self::utf8_writer::Utf8Writer;
pub use self::wrapper::{PendingText, TextIoWrapper};
