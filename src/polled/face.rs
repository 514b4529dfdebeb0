//! The public types of a door. All that they do is in [`PolledText`](super::PolledText) and
//! [`PolledPipe`](super::PolledPipe); the macro has their documentation once, and says for each door
//! which streams they take.

/// Makes `AsyncText` and `AsyncPipe` for the streams of a door, which `$device` polls: how they are read
/// the door says itself, as each world has its own `ReadBuf` or none; writing has one form, but for the
/// name of the last call.
macro_rules! async_face {
    ($door:literal, $device:ident, $read:path, $write:path, $poll_close:ident) => {
        use std::fmt;
        use std::io::IoSlice;

        use crate::chunk::{Pipe, Separator, Span, Terminator};
        use crate::error::Result;
        use crate::polled::{PollWrite, PolledPipe, PolledText};
        use crate::text::{
            Line, LineBatch, LineEnding, LineEndings, PendingText, TextIo, TextOptions,
        };

        /// How the streams of this door are polled.
        struct $device<S>(S);

        impl<S: $write + Unpin> PollWrite for $device<S> {
            fn poll_write(
                &mut self,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.0).poll_write_vectored(cx, slices)
            }

            fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).poll_flush(cx)
            }

            fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).$poll_close(cx)
            }
        }

        /// Text over an asynchronous stream: a [`TextIoWrapper`](crate::TextIoWrapper) whose calls are
        /// awaited.
        ///
        /// Every encoding, newline policy, error policy and line limit is there, positions and recovery as
        /// well: a malformed byte, a line that is too long, a time-out around the call end nothing, and the
        /// next call goes on. UTF-8 is not copied, and no line allocates.
        ///
        /// **Every method may be cancelled.** The state lies in this stream and not in the futures: one that
        /// is dropped, by `select!` or a time-out, has taken nothing that it did not return. (Only
        /// [`read_to_string`](AsyncText::read_to_string) puts text into a string of the caller as it
        /// comes.)
        ///
        /// For lines in two tasks at once, one that reads and one that writes, split the stream and make
        /// one of these of each half. Files are better read by the synchronous stream in a thread of the
        /// blocking pool.
        ///
        /// Writes are buffered: call [`flush`](AsyncText::flush) before you wait for an answer, and
        /// [`close`](AsyncText::close) at the end. Drop can write nothing; it tells the
        /// [drop hook](crate::error::set_global_drop_hook) of what is lost.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = concat!("use iolite::", $door, "::AsyncText;")]
        /// use iolite::{Encoding, Error, TextOptions};
        ///
        /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        /// let stream = &b"caf\xe9\nmuch too long\nlast"[..]; // a socket, a child's pipe …
        /// let options = TextOptions::new().encoding(Encoding::LATIN_1).line_limit(Some(8));
        /// let mut text = AsyncText::with_options(stream, options);
        /// let mut lines = Vec::new();
        /// loop {
        ///     match text.next_line().await {
        ///         Ok(Some(line)) => lines.push(line.to_string()),
        ///         Ok(None) => break,
        ///         Err(Error::LineTooLong { .. }) => drop(text.skip_line().await?),
        ///         Err(error) => return Err(error),
        ///     }
        /// }
        /// assert_eq!(lines, ["café", "last"]);
        /// # Ok::<(), Error>(())
        /// # })?;
        /// # Ok::<(), Error>(())
        /// ```
        pub struct AsyncText<S>(PolledText<$device<S>>);

        impl<S> AsyncText<S> {
            /// UTF-8 with [`Newline::Universal`](crate::Newline::Universal), strict, without a line limit.
            pub fn new(stream: S) -> AsyncText<S> {
                AsyncText::with_options(stream, TextOptions::new())
            }

            /// Text as `options` say.
            pub fn with_options(stream: S, options: TextOptions) -> AsyncText<S> {
                AsyncText(PolledText::new($device(stream), options))
            }

            /// The stream below. What it had read ahead is here.
            pub fn get_ref(&self) -> &S {
                &self.0.device.0
            }

            /// The stream below, for what only it can do. What is read or written there goes past what is
            /// buffered here.
            pub fn get_mut(&mut self) -> &mut S {
                &mut self.0.device.0
            }

            /// The stream, and everything that is on its way through this one: text and bytes that were
            /// read ahead, and bytes that were not written yet.
            #[must_use = "what is pending is lost otherwise"]
            pub fn into_parts(self) -> (S, PendingText) {
                let (device, pending) = self.0.into_parts();
                (device.0, pending)
            }

            /// How many bytes wait to be written.
            pub fn pending(&self) -> usize {
                self.0.pending()
            }

            /// How many bytes of the stream lie before the next character, from where reading began.
            pub fn byte_offset(&self) -> u64 {
                self.0.text.byte_offset()
            }

            /// Which line ends were met: see [`TextIo::newlines`](crate::TextIo::newlines).
            pub fn newlines(&self) -> LineEndings {
                self.0.text.newlines()
            }

            /// The options as they are now.
            pub fn options(&self) -> TextOptions {
                self.0.text.options()
            }

            /// Goes on with other options, from the position on: see
            /// [`TextIoWrapper::reconfigure`](crate::TextIoWrapper::reconfigure). Waits for nothing.
            ///
            /// # Errors
            ///
            /// [`Unsupported`](crate::Error::Unsupported) in the middle of a line that was looked at and
            /// lies in more than one piece; [`InvalidArgument`](crate::Error::InvalidArgument) for an error
            /// policy that cannot be kept in the encoding. Nothing has changed then.
            pub fn reconfigure(&mut self, options: TextOptions) -> Result<()> {
                self.0.text.reconfigure(options)
            }

            /// Consumes the first `n` bytes of what [`fill_str`](AsyncText::fill_str) returned last.
            ///
            /// # Panics
            ///
            /// If `n` is more than that, or inside a character.
            pub fn consume(&mut self, n: usize) {
                self.0.text.consume(n);
            }
        }

        impl<S: $read + Unpin> AsyncText<S> {
            /// The next line, borrowed; `None` at the end. As
            /// [`TextIo::next_line`](crate::TextIo::next_line).
            ///
            /// May be cancelled: a line that has not come as a whole stays for the next call.
            ///
            /// # Errors
            ///
            /// The stream's error, after which the line can be read again;
            /// [`Decode`](crate::Error::Decode) for malformed bytes, after the text before them;
            /// [`LineTooLong`](crate::Error::LineTooLong): the line stays, and
            /// [`skip_line`](AsyncText::skip_line) passes it by.
            pub async fn next_line(&mut self) -> Result<Option<Line<'_>>> {
                self.0.next_line().await
            }

            /// The next line and all others that are there already, as one value; `None` at the end. As
            /// [`TextIoWrapper::next_batch`](crate::TextIoWrapper::next_batch). May be cancelled.
            ///
            /// # Errors
            ///
            /// As for [`next_line`](AsyncText::next_line), about the first line.
            pub async fn next_batch(&mut self) -> Result<Option<LineBatch>> {
                self.0.next_batch().await
            }

            /// Goes past the end of the current line, and says what that was; keeps nothing of the line. As
            /// [`TextIo::skip_line`](crate::TextIo::skip_line). May be cancelled: what was
            /// passed stays passed, and a repeated call goes on to the same line's end.
            ///
            /// # Errors
            ///
            /// The stream's error, and [`Decode`](crate::Error::Decode) at malformed bytes. Call again.
            pub async fn skip_line(&mut self) -> Result<LineEnding> {
                self.0.skip_line().await
            }

            /// Some of the text that comes next; empty at the end. [`consume`](AsyncText::consume) takes of
            /// it. Reads only if nothing is there. May be cancelled.
            ///
            /// # Errors
            ///
            /// As for [`next_line`](AsyncText::next_line), without `LineTooLong`.
            pub async fn fill_str(&mut self) -> Result<&str> {
                self.0.fill_str().await
            }

            /// Appends everything up to the end to `text`, and returns how many bytes that are.
            ///
            /// If it is cancelled, what had come is in `text`, and the next call goes on after it.
            ///
            /// # Errors
            ///
            /// As for [`fill_str`](AsyncText::fill_str); what came before the error is in `text`.
            pub async fn read_to_string(&mut self, text: &mut String) -> Result<usize> {
                self.0.read_to_string(text).await
            }
        }

        impl<S: $write + Unpin> AsyncText<S> {
            /// Writes all of `text`, into the buffer of this stream. Waits only while 64 KiB or more wait
            /// there for the stream to take them. With
            /// [`line_buffering`](crate::TextOptions::line_buffering) it tries to write a line at once.
            ///
            /// May be cancelled: a future that was dropped before it was ready has written nothing of
            /// `text`.
            ///
            /// # Errors
            ///
            /// [`Encode`](crate::Error::Encode): nothing of `text` was accepted. The stream's error, about
            /// what was written before: nothing of `text` was accepted, either, unless it is a
            /// [`WriteFailed`](crate::Error::WriteFailed). What is pending stays.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use iolite::", $door, "::AsyncText;")]
            /// use iolite::{Newline, TextOptions};
            ///
            /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
            /// let options = TextOptions::new().newline(Newline::CrLf);
            /// let mut text = AsyncText::with_options(Vec::new(), options);
            /// text.write_str("200 OK\n").await?;
            /// text.close().await?;
            /// assert_eq!(text.get_ref(), b"200 OK\r\n");
            /// # Ok::<(), iolite::Error>(())
            /// # })?;
            /// # Ok::<(), iolite::Error>(())
            /// ```
            pub async fn write_str(&mut self, text: &str) -> Result<()> {
                self.0.write_str(text).await
            }

            /// Gives everything that was written to the stream, and flushes that. May be cancelled, and
            /// repeated.
            ///
            /// # Errors
            ///
            /// The stream's error; what it did not take is kept.
            pub async fn flush(&mut self) -> Result<()> {
                self.0.flush().await
            }

            /// Writes what is pending, with the end of what is open (a shift, a character that waits), and
            /// closes the stream, even if that failed. May be cancelled: the next call goes on where it
            /// stopped. After it every call is [`Closed`](crate::Error::Closed); a second `close` does
            /// nothing.
            ///
            /// # Errors
            ///
            /// The error of either step, or [`Combined`](crate::Error::Combined). What was not written
            /// [`into_parts`](AsyncText::into_parts) returns.
            pub async fn close(&mut self) -> Result<()> {
                self.0.close().await
            }
        }

        impl<S> fmt::Debug for AsyncText<S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("AsyncText")
                    .field("options", &self.options())
                    .field("byte_offset", &self.byte_offset())
                    .field("pending", &self.pending())
                    .finish_non_exhaustive()
            }
        }

        /// A [`Pipe`] that an asynchronous stream fills: for frames and records of bytes.
        ///
        /// **Every method may be cancelled**: the bytes that came are in the pipe. To write, use the stream
        /// itself ([`get_mut`](AsyncPipe::get_mut)).
        ///
        /// # Examples
        ///
        /// ```
        /// use iolite::Separator;
        /// use iolite::chunk::Terminator;
        #[doc = concat!("use iolite::", $door, "::AsyncPipe;")]
        ///
        /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        /// let mut pipe = AsyncPipe::new(&b"5\r\nhello"[..]);
        /// let size = pipe.next_record(&Separator::crlf(), Terminator::Strip, 20).await?;
        /// let size: usize = std::str::from_utf8(size.expect("a size").take())?.parse()?;
        /// let body = pipe.exactly(size).await?.expect("a body").take_chunk();
        /// assert_eq!(body, b"hello");
        /// assert!(pipe.at_most(99).await?.is_none());
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// # })?;
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub struct AsyncPipe<S>(PolledPipe<$device<S>>);

        impl<S> AsyncPipe<S> {
            /// A pipe without limits.
            pub fn new(stream: S) -> AsyncPipe<S> {
                AsyncPipe::with_pipe(stream, Pipe::new())
            }

            /// With a pipe of your own, which may have limits and hold bytes already. One that is full is
            /// not filled: that is an error.
            pub fn with_pipe(stream: S, pipe: Pipe) -> AsyncPipe<S> {
                let device = $device(stream);
                AsyncPipe(PolledPipe { device, pipe })
            }

            /// The stream.
            pub fn get_ref(&self) -> &S {
                &self.0.device.0
            }

            /// The stream, for writing as an example. What is read there goes past the pipe.
            pub fn get_mut(&mut self) -> &mut S {
                &mut self.0.device.0
            }

            /// The pipe.
            pub fn pipe(&self) -> &Pipe {
                &self.0.pipe
            }

            /// The pipe, for everything that it can do without waiting.
            pub fn pipe_mut(&mut self) -> &mut Pipe {
                &mut self.0.pipe
            }

            /// The stream and the pipe, with what is in it.
            pub fn into_parts(self) -> (S, Pipe) {
                (self.0.device.0, self.0.pipe)
            }
        }

        impl<S: $read + Unpin> AsyncPipe<S> {
            /// Reads once from the stream into the pipe, and returns how many bytes came; 0 is the end, and
            /// the pipe [is closed](Pipe::is_closed) then. May be cancelled.
            ///
            /// # Errors
            ///
            /// The stream's error, after which it can be called again;
            /// [`WouldBlock`](crate::Error::WouldBlock) if the pipe is full;
            /// [`Closed`](crate::Error::Closed) after the end.
            pub async fn fill(&mut self) -> Result<usize> {
                self.0.fill().await
            }

            /// The next record, found as [`Pipe::next_record`] finds it; `None` at the end. May be
            /// cancelled, and what was searched once is not searched again.
            ///
            /// # Errors
            ///
            /// The stream's error, and the pipe's: [`LineTooLong`](crate::Error::LineTooLong),
            /// [`PartialRead`](crate::Error::PartialRead), [`TooLarge`](crate::Error::TooLarge). Nothing is
            /// lost.
            pub async fn next_record(
                &mut self,
                separator: &Separator,
                terminator: Terminator,
                limit: usize,
            ) -> Result<Option<Span<'_>>> {
                self.0
                    .find(|pipe| pipe.next_record(separator, terminator, limit))
                    .await
            }

            /// The next `n` bytes, all of them; `None` at the end. May be cancelled.
            ///
            /// # Errors
            ///
            /// The stream's error, and the pipe's: [`PartialRead`](crate::Error::PartialRead) if it ended
            /// with fewer, [`TooLarge`](crate::Error::TooLarge). Nothing is lost.
            pub async fn exactly(&mut self, n: usize) -> Result<Option<Span<'_>>> {
                self.0.find(|pipe| pipe.exactly(n)).await
            }

            /// The next bytes, `n` at most, as soon as there are any; `None` at the end. May be cancelled.
            ///
            /// # Errors
            ///
            /// The stream's error. Nothing is lost.
            pub async fn at_most(&mut self, n: usize) -> Result<Option<Span<'_>>> {
                self.0.find(|pipe| pipe.at_most(n)).await
            }
        }

        impl<S> fmt::Debug for AsyncPipe<S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple("AsyncPipe").field(self.pipe()).finish()
            }
        }
    };
}

pub(crate) use async_face;
