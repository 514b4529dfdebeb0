//! Redis' wire protocol (RESP2): whole frames out of bytes that come in pieces.

use iolite::chunk::{Mark, Progress, Span, Terminator};
use iolite::{Chain, Error, Pipe, Result, Separator};

/// No line of the protocol is longer; a bulk string may be 512 MiB, and a frame twice that: so much
/// memory a peer can take.
const LINE: usize = 64 * 1024;
const BULK: u64 = 512 << 20;
const FRAME: u64 = 2 * BULK;

/// Takes frames off a pipe: simple strings, errors, integers, bulk strings, arrays of them.
///
/// It goes through a frame once, however the bytes arrive: what it knows of an unfinished one is
/// kept between calls, and a mark keeps the bytes. The whole frame then comes out as a chain, in
/// the memory it was received in.
pub(crate) struct Frames {
    crlf: Separator,
    /// The start of the frame that is being read.
    start: Option<Mark>,
    /// How many values of it are still to come.
    values: u64,
    /// How many bytes of the current bulk string are still to come, its line end included.
    bulk: usize,
}

impl Frames {
    pub(crate) fn new() -> Frames {
        Frames {
            crlf: Separator::crlf(),
            start: None,
            values: 0,
            bulk: 0,
        }
    }

    /// The next whole frame, if it is there.
    pub(crate) fn next(&mut self, pipe: &mut Pipe) -> Result<Progress<Chain>> {
        let start = match self.start.take() {
            Some(start) => start,
            None => {
                match pipe.at_most(1)? {
                    Progress::Ready(_) => {}
                    Progress::Pending => return Ok(Progress::Pending),
                    Progress::End => return Ok(Progress::End),
                }
                self.values = 1;
                pipe.mark()
            }
        };
        while self.values > 0 || self.bulk > 0 {
            if !self.step(pipe)? {
                self.start = Some(start);
                return Ok(Progress::Pending);
            }
            if pipe.position() - start.position() > FRAME {
                return Err(malformed("frame too long"));
            }
        }
        let end = pipe.position();
        pipe.rewind(&start)?;
        let length = usize::try_from(end - pipe.position()).map_err(|_| malformed("frame"))?;
        Ok(pipe.exactly(length)?.map(Span::take_chain))
    }

    /// Goes over one line or (part of) one bulk string; `false` if it is not there yet.
    fn step(&mut self, pipe: &mut Pipe) -> Result<bool> {
        if self.bulk > 0 {
            self.bulk -= match pipe.at_most(self.bulk)? {
                Progress::Ready(part) => part.consume(),
                Progress::Pending => return Ok(false),
                Progress::End => return Err(malformed("end inside a bulk string")),
            };
            return Ok(self.bulk == 0);
        }
        let line = match pipe.next_record(&self.crlf, Terminator::Strip, LINE)? {
            Progress::Ready(line) => line.take(),
            Progress::Pending => return Ok(false),
            Progress::End => return Err(malformed("end inside a frame")),
        };
        let (&kind, rest) = line.split_first().ok_or(malformed("empty line"))?;
        self.values -= 1;
        match kind {
            b'+' | b'-' | b':' => {}
            b'$' => {
                let length = number(rest)?;
                if length > Some(BULK) {
                    return Err(malformed("bulk string too long"));
                }
                self.bulk = length.map_or(0, |n| n as usize + 2);
            }
            b'*' => {
                let values = self.values.checked_add(number(rest)?.unwrap_or(0));
                self.values = values.ok_or(malformed("array too long"))?;
            }
            _ => return Err(malformed("unknown kind of value")),
        }
        Ok(true)
    }
}

/// A length; -1 is "none".
fn number(digits: &[u8]) -> Result<Option<u64>> {
    let text = std::str::from_utf8(digits).ok();
    let number = text.and_then(|text| text.parse::<i64>().ok());
    match number {
        Some(-1) => Ok(None),
        Some(n) => u64::try_from(n)
            .map(Some)
            .map_err(|_| malformed("negative length")),
        None => Err(malformed("length")),
    }
}

fn malformed(problem: &'static str) -> Error {
    Error::InvalidArgument {
        argument: "RESP",
        problem,
    }
}
