//! A connection as the server sees it: it reads what is there, answers each line with itself, and never
//! waits.

use std::io::{self, BufRead, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;

use iolite::chunk::{PipeError, PipeOptions, Progress, Terminator};
use iolite::raw::socket2::Socket;
use iolite::raw::{SocketReader, SocketWriter};
use iolite::text::{ErrorPolicy, Newline, TextOptions};
use iolite::{BufferedRwPair, Error, Pipe, Separator, SocketIo, TextIo, TextIoWrapper};

use super::words;

/// No line is longer.
pub(super) const LINE: usize = 4096;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wait {
    Readable,
    Writable,
    /// It is over.
    Nothing,
}

pub(super) struct Connection {
    lines: Lines,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Talking,
    /// What is left is written, and then the connection is closed.
    Ending,
    /// As well, after a line that is none. What comes is dropped until the peer has seen why: closing
    /// at once could take the answer away from it.
    Refusing,
}

enum Lines {
    Records(SocketIo, Box<Pipe>, Box<Pipe>),
    Text(SocketIo, Box<TextIoWrapper<Pipe>>, Box<TextIoWrapper<Pipe>>),
    /// And what of the last answer was not taken.
    Direct(
        Box<TextIoWrapper<BufferedRwPair<SocketReader, SocketWriter>>>,
        String,
    ),
}

/// What came of a call that reads.
enum Came {
    Lines,
    NothingNow,
    End,
    Wrong(&'static str),
}

/// Small blocks: there are many connections, and lines are short.
fn pipe() -> Pipe {
    let options = PipeOptions::new().block_sizes(1024..=8192).limit(64 * 1024);
    options.build().expect("these limits are possible")
}

impl Connection {
    pub(super) fn new(socket: SocketIo, kind: words::Served) -> iolite::Result<Connection> {
        let options = TextOptions::new().newlines(Newline::Universal, Newline::Lf);
        let options = options.line_limit(Some(LINE));
        let lines = match kind {
            words::Served::Records => Lines::Records(socket, Box::new(pipe()), Box::new(pipe())),
            words::Served::Text(encoding, is_lenient) => {
                let policy = if is_lenient {
                    ErrorPolicy::Replace
                } else {
                    ErrorPolicy::Strict
                };
                let options = options.encoding(encoding.parse()?).errors(policy);
                let text = || Box::new(TextIoWrapper::with_options(pipe(), options));
                Lines::Text(socket, text(), text())
            }
            words::Served::Direct => {
                let (reader, writer) = socket.split()?;
                let pair = BufferedRwPair::with_capacity(1024, reader, writer);
                let text = TextIoWrapper::with_options(pair, options);
                Lines::Direct(Box::new(text), String::new())
            }
        };
        Ok(Connection {
            lines,
            stage: Stage::Talking,
        })
    }

    /// Does what can be done now. An error ends the connection.
    pub(super) fn turn(&mut self, take: &mut dyn FnMut() -> bool) -> iolite::Result<Wait> {
        // A bounded number, so that the others have their turns: it is called again.
        for _ in 0..8 {
            if !self.lines.flush()? {
                return Ok(Wait::Writable);
            }
            match self.stage {
                Stage::Talking => {}
                Stage::Ending => return Ok(Wait::Nothing),
                Stage::Refusing => return self.lines.refuse(),
            }
            match self.lines.answer(take)? {
                Came::Lines => {}
                Came::NothingNow if self.lines.flush()? => return Ok(Wait::Readable),
                Came::NothingNow => return Ok(Wait::Writable),
                Came::End => self.stage = Stage::Ending,
                Came::Wrong(why) => {
                    self.stage = Stage::Refusing;
                    self.lines.say(why)?;
                }
            }
        }
        Ok(Wait::Writable)
    }

    /// Bytes of lines that have not ended.
    pub(super) fn unread(&self) -> usize {
        match &self.lines {
            Lines::Records(_, input, _) => input.len(),
            // A part may be text already, and is not counted.
            Lines::Text(_, input, _) => input.get_ref().len(),
            Lines::Direct(..) => 0,
        }
    }

    /// Some bytes of it that stay in memory.
    pub(super) fn hold(&mut self) -> Option<iolite::Chunk> {
        match &mut self.lines {
            Lines::Records(_, input, _) => match input.at_most(1) {
                Ok(Progress::Ready(found)) => Some(found.chunk()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The socket; `None` once closed.
    pub(super) fn socket(&self) -> Option<&Socket> {
        match &self.lines {
            Lines::Records(socket, ..) | Lines::Text(socket, ..) => socket.get_ref(),
            Lines::Direct(text, _) => text.get_ref().reader().get_ref().get_ref(),
        }
    }
}

impl Lines {
    /// Writes; whether everything is written. Before that no more is read, so a slow peer slows itself
    /// down and takes no memory.
    fn flush(&mut self) -> iolite::Result<bool> {
        match self {
            Lines::Records(socket, _, out) => drain(out, socket),
            Lines::Text(socket, _, out) => drain(out.get_mut(), socket),
            Lines::Direct(text, rest) => {
                let outcome = match rest.is_empty() {
                    true => text.flush(),
                    false => write_rest(text, rest).and_then(|()| text.flush()),
                };
                match outcome {
                    Err(error) if error.is_would_block() => Ok(false),
                    outcome => outcome.map(|()| true),
                }
            }
        }
    }

    /// Reads once, and answers all lines that are there by then; `take` may lose one on purpose.
    fn answer(&mut self, take: &mut dyn FnMut() -> bool) -> iolite::Result<Came> {
        match self {
            Lines::Records(socket, input, out) => {
                let filled = fill(input, socket)?;
                let newline = Separator::new(b"\n")?;
                loop {
                    match input.next_record(&newline, Terminator::Keep, LINE) {
                        Ok(Progress::Ready(line)) if take() => drop(out.append(line.take())?),
                        Ok(Progress::Ready(line)) => drop(line.consume()),
                        Ok(Progress::Pending) => return Ok(filled),
                        // A line that did not end is dropped.
                        Ok(Progress::End) | Err(PipeError::PartialRead { .. }) => {
                            return Ok(Came::End);
                        }
                        Err(PipeError::LineTooLong { .. }) => return Ok(Came::Wrong("!long\n")),
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            Lines::Text(socket, input, out) => {
                let filled = fill(input.get_mut(), socket)?;
                loop {
                    match input.next_line() {
                        Ok(Some(line)) if take() => {
                            out.write_str(&line)?;
                            out.write_str("\n")?;
                        }
                        Ok(Some(_)) => {}
                        Ok(None) => return Ok(Came::End),
                        Err(error) if error.is_would_block() => return Ok(filled),
                        Err(error) => return wrong(error),
                    }
                }
            }
            Lines::Direct(text, rest) => match text.next_line() {
                Ok(Some(line)) => {
                    if take() {
                        rest.push_str(&line);
                        rest.push('\n');
                    }
                    Ok(Came::Lines)
                }
                Ok(None) => Ok(Came::End),
                Err(error) if error.is_would_block() => Ok(Came::NothingNow),
                Err(error) => wrong(error),
            },
        }
    }

    fn say(&mut self, what: &str) -> iolite::Result<()> {
        match self {
            Lines::Records(_, _, out) => drop(out.append(what.as_bytes())?),
            Lines::Text(_, _, out) => out.write_str(what)?,
            Lines::Direct(_, rest) => rest.push_str(what),
        }
        Ok(())
    }

    /// Says that nothing more comes, and drops what does, until the peer has nothing more either.
    fn refuse(&mut self) -> iolite::Result<Wait> {
        let mut dropped = [0; 4096];
        let read = match self {
            Lines::Records(socket, ..) | Lines::Text(socket, ..) => {
                socket.shutdown(Shutdown::Write)?;
                socket.read(&mut dropped)
            }
            Lines::Direct(text, _) => {
                text.close_writer()?;
                text.get_mut().reader_mut().get_mut().read(&mut dropped)
            }
        };
        match read {
            Ok(0) => Ok(Wait::Nothing),
            Ok(_) => Ok(Wait::Readable),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Wait::Readable),
            Err(error) => Err(error.into()),
        }
    }
}

fn wrong(error: Error) -> iolite::Result<Came> {
    match error {
        Error::LineTooLong { .. } => Ok(Came::Wrong("!long\n")),
        Error::Decode { .. } => Ok(Came::Wrong("!malformed\n")),
        error => Err(error),
    }
}

fn fill(pipe: &mut Pipe, socket: &mut SocketIo) -> iolite::Result<Came> {
    match pipe.fill_from(socket) {
        Ok(0) => {
            pipe.close(None);
            Ok(Came::Lines)
        }
        Ok(_) => Ok(Came::Lines),
        Err(error) if error.is_would_block() => Ok(Came::NothingNow),
        Err(error) => Err(error),
    }
}

/// Writes what the socket takes; whether that is everything.
fn drain(out: &mut Pipe, socket: &mut SocketIo) -> iolite::Result<bool> {
    while let Ok(Progress::Ready(found)) = out.at_most(usize::MAX) {
        let mut slices = [IoSlice::new(&[]); 16];
        for (slice, view) in slices.iter_mut().zip(found.views()) {
            *slice = IoSlice::new(view);
        }
        match socket.write_vectored(&slices) {
            Ok(written) => BufRead::consume(out, written),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Writes the rest of an answer, and keeps what is not taken of it.
fn write_rest(
    text: &mut TextIoWrapper<BufferedRwPair<SocketReader, SocketWriter>>,
    rest: &mut String,
) -> iolite::Result<()> {
    match text.write_str(rest) {
        Err(Error::WouldBlock { written }) => {
            rest.drain(..written);
            Err(io::Error::from(ErrorKind::WouldBlock).into())
        }
        outcome => {
            // Not kept: an idle connection has no memory for it.
            *rest = String::new();
            outcome
        }
    }
}
