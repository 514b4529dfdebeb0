//! Streams of text and of bytes for real files and real networks: text in any encoding with any
//! line ends, lines that are borrowed from the buffer, buffers that survive a seek, files that are
//! read *and* written through one position, and buffers for protocols without any I/O. Whatever
//! happens on the way (a time-out in the middle of a line, a malformed byte, a full disk), no byte
//! and no character is lost until you close or drop the stream, and the error says how far the call
//! came.
//!
//! The design is that of Python's `io` module: raw, buffered and text streams, one on top of the other.
//! Here they stand on a core that shares memory instead of copying it.
//!
//! A Latin-1 log, line by line, into UTF-8:
//!
//! ```
//! use iolite::prelude::*;
//! use iolite::{Encoding, OpenOptions};
//! use std::path::Path;
//!
//! fn to_utf8(from: &Path, to: &Path) -> iolite::Result<()> {
//!     let mut log = OpenOptions::new().encoding(Encoding::LATIN_1).read_text(from)?;
//!     let mut out = OpenOptions::new().write_text(to)?;
//!     while let Some(line) = log.next_line()? {
//!         writeln!(out, "{line}")?; // `line` borrows a `str`, without its line end
//!     }
//!     out.close() // writes what is still buffered, and reports if that fails
//! }
//! # let dir = tempfile::tempdir()?;
//! # let (from, to) = (dir.path().join("from"), dir.path().join("to"));
//! # std::fs::write(&from, b"caf\xe9\r\n2 \xbd cups\r\n")?;
//! # to_utf8(&from, &to)?;
//! # assert_eq!(std::fs::read(&to)?, "café\n2 ½ cups\n".as_bytes());
//! # Ok::<(), iolite::Error>(())
//! ```
//!
//! UTF-8 is the default. The usual encodings are constants, and any can be had by name:
//! `"shift_jis".parse::<Encoding>()?`. This writes windows-1252 with `\r\n`:
//!
//! ```
//! use iolite::prelude::*;
//! use iolite::{Encoding, Newline, OpenOptions};
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("note.txt");
//! let windows = OpenOptions::new().encoding(Encoding::WINDOWS_1252).newline(Newline::CrLf);
//! let mut out = windows.write_text(&path)?;
//! writeln!(out, "5 €")?;
//! out.close()?;
//! # assert_eq!(std::fs::read(&path)?, b"5 \x80\r\n");
//! # Ok::<(), iolite::Error>(())
//! ```
//!
//! Read on in the [guide](_guide), whose recipes all run as tests, in [how it works](_design), and in
//! [SPEC.md](_design::promises), where every promise has a number and a test.
//!
//! # Which type do I need?
//!
//! | I have | and want | take |
//! |---|---|---|
//! | a text file in UTF-8, UTF-16, windows-1252, Shift_JIS … | its lines | [`OpenOptions::read_text`], which opens a [`TextReader`](open::TextReader), then [`next_line`](TextIo::next_line) |
//! | | all of it at once | [`read_to_string`], [`write`](fn@write) |
//! | | to write it, append to it, edit it in place | [`write_text`](OpenOptions::write_text), [`append_text`](OpenOptions::append_text), [`update_text`](OpenOptions::update_text) |
//! | a path and a mode string, as in Python | the stream for it | [`open`](fn@open) |
//! | standard input and output | text in any encoding, or bytes | [`stdio`] |
//! | a `Read` or `Write` of std: a child's pipe, gzip, TLS | text, or a buffer that loses nothing | [`Adapter`] under a [`BufferedReader`] or [`BufferedWriter`], a [`TextIoWrapper`] over that |
//! | bytes in memory | a file | [`BytesIo`] |
//! | a `String` | a text stream | [`StringIo`] |
//! | a file of bytes | records up to a separator, or many small writes | [`BufferedReader`], [`BufferedWriter`] |
//! | | reads and writes of one file, one position | [`BufferedRandom`]; a [`BlockCache`] under it where they jump about |
//! | | it as memory | [`MmapIo`] |
//! | | its last lines, or all from the end; its lines on many threads or machines | [`RevLines`](ranges::RevLines), [`LineRange`](ranges::LineRange) |
//! | | what is appended to it, over rotation, cutting and deletion | [`Follow`](raw::Follow) |
//! | | to write it anew, whole or not at all | [`OpenOptions::replace_text`], [`AtomicFile`](raw::AtomicFile) |
//! | | a part of it, or several as one, as a device | [`Section`](raw::Section), [`Concat`](raw::Concat) |
//! | a socket | lines or frames both ways | [`SocketIo`] under a [`BufferedRwPair`] |
//! | an asynchronous stream, tokio's or another | lines and text, cancel-safe | `AsyncText`, with the features `tokio` and `futures-io` |
//! | two programs | messages, calls and streams of objects between them | `iolite::link`, with the feature `link` |
//! | a parser that must not do I/O itself (sans-I/O, an event loop, async) | a buffer to find frames in | [`Pipe`] |
//! | bytes in memory, all of them or piece by piece | their text, with its place in the bytes | [`Encoding::decode`], [`TextDecoder`](text::TextDecoder); back: [`Encoding::encode`], [`TextEncoder`](text::TextEncoder) |
//! | bytes that several owners need | them without a copy | [`Chunk`], [`Chain`], [`Pool`]; [`StrChunk`] for text |
//! | a parser that takes a `Read` of UTF-8, and a file in another encoding | to feed one to the other | [`Utf8Reader`], [`Utf8Writer`] |
//! | two streams of bytes | one copied into the other, by the kernel where it can | [`copy`](fn@copy) |
//! | an encoding that the crate lacks | to use it like a built-in one | [`Codec`](text::Codec) |
//! | a device, codec or parser of my own | tests that break it | [`testing`] |
//!
//! The streams are stacked: text over a buffer over a device.
//!
//! ```text
//!   open       picks the layers for a path and a mode
//!   text       str <-> bytes: encodings, line ends, lines         TextIoWrapper, StringIo
//!   buffered   bytes <-> fewer, larger calls of the device        BufferedReader, BufferedWriter, …
//!   raw        one call <-> one system call                       FileIo, SocketIo, MmapIo, BytesIo, Adapter
//!   chunk      shared memory, views of it, buffers without I/O    Chunk, Chain, Pool, Pipe
//! ```
//!
//! Each layer has a trait ([`RawIo`], [`BufferedIo`], [`TextIo`], and [`IoBase`] for all), which are
//! in the [`prelude`]. Raw and buffered streams are std's `Read`, `Write` and `Seek`, so they work
//! wherever std's do. As in Python, and as with [`std::fs::File`], every stream has the methods of
//! both directions; what it cannot do is [`Error::Unsupported`].
//!
//! # What happens on …
//!
//! * **a malformed byte**: the text before it is delivered first (a cut line has
//!   [`LineEnding::None`](text::LineEnding::None)), and the next call returns [`Error::Decode`],
//!   with the encoding, the offset in the file and the bytes; if the byte is the
//!   first of what a call would return, that call returns the error. The next one goes on after it. Another
//!   [`ErrorPolicy`] ignores, replaces, escapes or asks your code.
//! * **a byte-order mark**: in [`Encoding::UTF_16`] the mark is read and dropped, and written at
//!   the start of a file. A UTF-16 file without a mark gives one error first, and is then read in
//!   the machine's byte order; [`Encoding::UTF_16LE`] and [`Encoding::UTF_16BE`] need no mark.
//! * **a character that the encoding lacks**: [`Error::Encode`] with the character; nothing of that
//!   [`write_str`](TextIo::write_str) was accepted. `writeln!` makes several such calls: if
//!   one fails after others were accepted, the error is [`Error::WriteFailed`] with the bytes
//!   accepted, and its `source` field is the `Encode`.
//! * **a time-out, or "nothing there yet"**: an error for which
//!   [`is_would_block`](Error::is_would_block) returns true. After a *read*, repeat the call: it
//!   returns the whole line, even if the time-out fell inside a character. After a *write*,
//!   `written` in [`WouldBlock`](Error::WouldBlock) or [`WriteFailed`](Error::WriteFailed) is how
//!   many bytes of your argument were accepted; send the rest. Repeat a `flush`.
//! * **a failed write**: the error says how many bytes of the call were accepted; what was buffered
//!   stays and can be flushed again, or taken out with `into_parts`. A **failed `close`** closes
//!   the stream and its device, and `into_parts` still returns what the device did not accept. To
//!   try again with the same device, call `flush` until it succeeds, and `close` then.
//! * **drop**: writes pending output if possible, and never panics; an error, and how many bytes
//!   are lost, goes to the [drop hook](error::set_global_drop_hook). Call `flush` or
//!   [`close`](IoBase::close) to see the error.
//! * **the end of a file that still grows**: a partial last line is delivered as a line.
//! * **a line without end**: [`line_limit`](OpenOptions::line_limit) makes it
//!   [`Error::LineTooLong`]; without one a line may take as much memory as it is long.
//! * **`\r\n`**: by default ([`Newline::Universal`]) a text stream reads `\n`, `\r\n` and `\r` as
//!   line ends and writes the platform's, `\r\n` on Windows and `\n` elsewhere, as Python does, so
//!   **text that is read and written back may have other line ends than before**. [`Newline::Keep`]
//!   leaves line ends as they are, and [`Newline::CrLf`] writes `\r\n`.
//!
//! # When not to use it
//!
//! * Your input is UTF-8 with `\n` and read once, and an error ends the program: std's
//!   [`BufRead::lines`](std::io::BufRead::lines) is all you need, or `bstr` for lines of bytes.
//! * You have one buffer to decode as a browser does: `encoding_rs`. Here `latin-1` is Latin-1, as in
//!   Python, and not windows-1252.
//! * You want asynchronous *files*: a thread of the blocking pool that runs the synchronous stream is
//!   faster. For sockets and pipes there are the features `tokio` and `futures-io`.
//! * `no_std`: not supported.
//!
//! # Features
//!
//! | feature | on by default | what it adds |
//! |---|---|---|
//! | `encodings` | yes | the multi-byte encodings of East Asia: Shift_JIS, GB 18030, Big5, EUC-KR … |
//! | `mmap` | yes | [`MmapIo`], on Unix and Windows |
//! | `socket` | yes | [`SocketIo`], on Unix and Windows |
//! | `bytes` | no | [`Chunk`] to and from `bytes::Bytes`; `bytes::Buf` for [`Chunk`], [`Chain`] and [`Pipe`], `BufMut` for [`Pipe`] |
//! | `link` | no | `iolite::link`: messages, calls and streams between programs, over any byte stream |
//! | `tokio` | no | `iolite::tokio`: text and records over tokio's streams; its traits only |
//! | `futures-io` | no | `iolite::futures`: the same over the streams of `futures-io` |
//! | `testing` | no | [`testing`]: hostile devices and contracts, to test streams, codecs and parsers with |
//! | `names` | no | `\N{…}` for characters that an encoding lacks ([`ErrorPolicy`]); a table of 500 kB |
//!
//! Rust 1.88 or later; only a minor release of this crate requires a newer compiler, and never one
//! that is younger than six months. Unsafe code stands in two places, the reference-counted memory
//! and the constructor of a memory map; and `bytes::BufMut` is an unsafe trait.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::unwrap_used)]
#![deny(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap
)]

#[cfg(any(doc, doctest))]
pub mod _design;
#[cfg(any(doc, doctest))]
pub mod _guide;
pub mod buffered;
pub mod chunk;
pub mod copy;
pub mod error;
#[cfg(feature = "futures-io")]
pub mod futures;
mod io_base;
#[cfg(feature = "link")]
pub mod link;
pub mod open;
#[cfg(any(feature = "futures-io", feature = "tokio"))]
mod polled;
pub mod prelude;
pub mod ranges;
pub mod raw;
mod scan;
#[cfg(any(unix, windows))]
pub mod stdio;
#[cfg(any(feature = "testing", doc))]
pub mod testing;
pub mod text;
#[cfg(feature = "tokio")]
pub mod tokio;

#[doc(inline)]
pub use crate::buffered::{
    BlockCache, BufferedIo, BufferedRandom, BufferedReader, BufferedRwPair, BufferedWriter,
};
#[doc(inline)]
pub use crate::chunk::{Chain, Chunk, Pipe, Pool, Separator, StrChunk};
#[doc(inline)]
pub use crate::copy::copy;
#[doc(inline)]
pub use crate::error::{Error, Result};
#[doc(inline)]
pub use crate::io_base::{BorrowedDevice, IoBase};
#[doc(inline)]
pub use crate::open::{OpenOptions, Stream, open, read_to_string, write};
#[cfg(all(feature = "mmap", any(unix, windows)))]
#[doc(inline)]
pub use crate::raw::MmapIo;
#[cfg(all(feature = "socket", any(unix, windows)))]
#[doc(inline)]
pub use crate::raw::SocketIo;
#[doc(inline)]
pub use crate::raw::{Adapter, BytesIo, FileIo, RawIo};
#[doc(inline)]
pub use crate::text::{
    Encoding, ErrorPolicy, Line, Newline, StringIo, TextIo, TextIoExt, TextIoWrapper, TextOptions,
    Utf8Reader, Utf8Writer,
};

/// README.md's code compiles as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
