//! A file that `tail` prints the end of, and follows.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use iolite::prelude::*;
use iolite::ranges::RevLines;
use iolite::raw::{FileChange, FileMode, Follow, FollowBy, FollowOptions};
use iolite::text::{TextDecoder, TextPosition};
use iolite::{BufferedReader, Encoding, FileIo, Result, TextIoWrapper, stdio};

use super::options::{Options, Start};
use super::{Printed, Problem};
use crate::encoded_text::marked;
use crate::messages::{quoted, reason};

type Text = TextIoWrapper<BufferedReader<Follow>>;

/// A file, of which all was printed that is before the text's place.
pub(super) struct Tailed {
    number: usize,
    name: OsString,
    /// What its header says.
    title: String,
    text: Text,
    /// Whether its name leads to it.
    is_there: bool,
    /// Whether a mark is to say the encoding, of which no byte has been seen.
    awaits_mark: bool,
    takes_mark: bool,
}

impl Tailed {
    /// Opens a file, and prints its end.
    pub(super) fn open(
        number: usize,
        name: &OsStr,
        options: &Options,
        out: &mut Printed,
    ) -> Result<Tailed, Problem> {
        let device = open_device(name, options).map_err(Problem::Input)?;
        let is_there = device.get_ref().is_some();
        let title = if name == "-" {
            "standard input".to_owned()
        } else {
            name.to_string_lossy().into_owned()
        };
        let mut reader = BufferedReader::new(device);
        let head = head(&mut reader).map_err(Problem::Input)?;
        let (text, first) = begin(reader, &head, options).map_err(Problem::Input)?;
        if is_there {
            out.print(number, &title, &first)?;
        } else if let Err(error) = FileIo::open(name, FileMode::Read) {
            out.report(&cannot_open(name, &error))?;
        }
        let name = name.to_owned();
        let mut file = Tailed {
            number,
            name,
            title,
            text,
            is_there,
            awaits_mark: options.takes_mark && head.is_empty(),
            takes_mark: options.takes_mark,
        };
        file.print_more(out)?;
        Ok(file)
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.name
    }

    pub(super) fn path(&self) -> Option<&Path> {
        Some(Path::new(&self.name)).filter(|_| self.name != "-")
    }

    /// Whether there is, or may come, something to be followed: not for a pipe.
    pub(super) fn can_be_followed(&self) -> bool {
        self.text.seekable()
    }

    pub(super) fn is_there(&self) -> bool {
        self.is_there
    }

    /// Prints all there is now.
    pub(super) fn print_more(&mut self, out: &mut Printed) -> Result<(), Problem> {
        loop {
            let is_readable = !self.awaits_mark || self.find_mark().map_err(Problem::Input)?;
            let is_more = is_readable && self.print_piece(out)?;
            if !is_more && !self.tell_change(out)? {
                return Ok(());
            }
        }
    }

    /// Whether the file's first bytes are there, which tell the encoding that it is read in from now on.
    fn find_mark(&mut self) -> Result<bool> {
        let head = head(self.text.get_mut())?;
        self.awaits_mark = head.is_empty();
        if !self.awaits_mark {
            let options = self.text.options().encoding(marked(&head));
            self.text.reconfigure(options)?;
        }
        Ok(!self.awaits_mark)
    }

    /// Prints what is there at once, and says whether there was something.
    fn print_piece(&mut self, out: &mut Printed) -> Result<bool, Problem> {
        let len = match self.text.fill_str() {
            Ok("") => 0,
            Ok(piece) => {
                out.print(self.number, &self.title, piece)?;
                piece.len()
            }
            Err(error) if error.is_would_block() => 0,
            Err(error) => return Err(Problem::Input(error)),
        };
        self.text.consume(len);
        Ok(len > 0)
    }

    /// Tells what has happened to the file, if something has.
    fn tell_change(&mut self, out: &mut Printed) -> Result<bool, Problem> {
        let Some(change) = self.text.get_mut().get_mut().take_change() else {
            return Ok(false);
        };
        let name = self.name.display();
        let message = match &change {
            FileChange::Replaced { .. } if self.is_there => {
                format!("'{name}' has been replaced;  following new file")
            }
            FileChange::Replaced { .. } | FileChange::Appeared => {
                format!("'{name}' has appeared;  following new file")
            }
            FileChange::Inaccessible { error } => {
                format!("'{name}' has become inaccessible: {}", reason(error))
            }
            _ => format!("{}: file truncated", quoted(&self.name)),
        };
        out.report(&message)?;
        self.is_there = !matches!(change, FileChange::Inaccessible { .. });
        if change.ends_the_bytes() {
            let sought = self.text.seek(TextPosition::START);
            sought.map_err(Problem::Input)?;
            self.awaits_mark = self.takes_mark;
        }
        Ok(true)
    }
}

/// The message of a file that could not be opened.
pub(super) fn cannot_open(name: &OsStr, error: &iolite::Error) -> String {
    let name = name.display();
    format!("cannot open '{name}' for reading: {}", reason(error))
}

/// The device for a file, which ends where the file does unless it is followed.
fn open_device(name: &OsStr, options: &Options) -> Result<Follow> {
    let by = options.follow.unwrap_or(FollowBy::Descriptor);
    let follow = FollowOptions::new().follow_by(by).non_blocking();
    let follow = follow.allow_missing(options.follow.is_some() && options.retry);
    let device = if name == "-" {
        follow.follow_file(stdio::stdin_raw()?)?
    } else {
        follow.open(name)?
    };
    if options.follow.is_none() {
        device.handle().stop();
    }
    Ok(device)
}

/// The text from where printing begins; and what is to be printed before it, where that had to be read.
fn begin(
    mut reader: BufferedReader<Follow>,
    head: &[u8],
    options: &Options,
) -> Result<(Text, String)> {
    let is_seekable = reader.seekable();
    let options_of_text = if options.takes_mark {
        options.text.encoding(marked(head))
    } else {
        options.text
    };
    let encoding = options_of_text.get_encoding();
    let over = |reader| TextIoWrapper::with_options(reader, options_of_text);
    match options.start {
        Start::LastLines(n) if is_seekable && encoding.is_splittable() => {
            let (mut device, _) = reader.into_parts();
            let mut back = RevLines::new(&mut device, options_of_text)?;
            back.skip_lines(n)?;
            let place = back.position();
            let mut text = over(BufferedReader::new(device));
            text.seek(place)?;
            Ok((text, String::new()))
        }
        Start::LastLines(n) => {
            let mut text = over(reader);
            let last = last_lines(&mut text, n)?;
            Ok((text, last))
        }
        Start::AfterLines(n) => {
            let mut text = over(reader);
            for _ in 0..n {
                match text.skip_line() {
                    Err(error) if error.is_would_block() => break,
                    skipped => drop(skipped?),
                }
            }
            Ok((text, String::new()))
        }
        Start::LastBytes(n) if is_seekable => {
            let size = reader.seek(SeekFrom::End(0))?;
            go_to(&mut reader, size.saturating_sub(n), encoding)?;
            Ok((over(reader), String::new()))
        }
        Start::AfterBytes(n) if is_seekable => {
            let size = reader.seek(SeekFrom::End(0))?;
            go_to(&mut reader, n.min(size), encoding)?;
            Ok((over(reader), String::new()))
        }
        Start::LastBytes(n) => {
            let (offset, last) = last_bytes(&mut reader, n)?;
            // To the next code unit, as `go_to` does.
            let cut = offset.next_multiple_of(code_unit(encoding)) - offset;
            let last = last.get(cut as usize..).unwrap_or_default();
            let whole = options_of_text.encoding(encoding_at(offset, encoding, head));
            let mut text = String::new();
            let mut decoder = TextDecoder::with_options(whole);
            decoder.decode(last, &mut text)?;
            decoder.finish();
            decoder.decode(b"", &mut text)?;
            Ok((over(reader), text))
        }
        Start::AfterBytes(n) => {
            let offset = n.checked_next_multiple_of(code_unit(encoding)).unwrap_or(n);
            std::io::copy(&mut reader.by_ref().take(offset), &mut std::io::sink())?;
            let rest = options_of_text.encoding(encoding_at(offset, encoding, head));
            Ok((TextIoWrapper::with_options(reader, rest), String::new()))
        }
    }
}

/// The first bytes of a file, or of what there is now of one that can be read only once; the reader stays
/// where it is.
fn head(reader: &mut BufferedReader<Follow>) -> Result<Vec<u8>> {
    let place = if reader.seekable() {
        reader.stream_position()?
    } else {
        0
    };
    if place > 0 {
        reader.seek(SeekFrom::Start(0))?;
    }
    let head = match reader.peek(4) {
        Ok(head) => head[..head.len().min(4)].to_vec(),
        Err(error) if error.is_would_block() => Vec::new(),
        Err(error) => return Err(error),
    };
    if place > 0 {
        reader.seek(SeekFrom::Start(place))?;
    }
    Ok(head)
}

/// How many bytes a code unit has.
fn code_unit(encoding: Encoding) -> u64 {
    match encoding.name() {
        name if name.starts_with("utf-16") => 2,
        name if name.starts_with("utf-32") => 4,
        _ => 1,
    }
}

/// The encoding of what comes at an offset: the mark that says the order of bytes is at 0 only.
fn encoding_at(offset: u64, encoding: Encoding, head: &[u8]) -> Encoding {
    if offset == 0 {
        encoding
    } else {
        encoding.with_bom_as_text(head)
    }
}

/// Moves to a byte, or to the code unit after it.
fn go_to(reader: &mut BufferedReader<Follow>, offset: u64, encoding: Encoding) -> Result<()> {
    let offset = offset.next_multiple_of(code_unit(encoding));
    reader.seek(SeekFrom::Start(offset))?;
    Ok(())
}

/// The last lines of what can be read only once, which are kept meanwhile.
fn last_lines(text: &mut Text, n: u64) -> Result<String> {
    let mut last = VecDeque::new();
    loop {
        let line = match text.next_line() {
            Ok(Some(line)) => [&line, line.terminator()].concat(),
            Ok(None) => break,
            Err(error) if error.is_would_block() => break,
            Err(error) => return Err(error),
        };
        last.push_back(line);
        if last.len() as u64 > n {
            last.pop_front();
        }
    }
    Ok(last.into_iter().collect())
}

/// The same for bytes, and how many there were before them.
fn last_bytes(reader: &mut BufferedReader<Follow>, n: u64) -> Result<(u64, Vec<u8>)> {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    let (mut last, mut block) = (VecDeque::new(), vec![0; 64 * 1024]);
    let mut before = 0;
    loop {
        let read = reader.read(&mut block)?;
        last.extend(&block[..read]);
        let too_many = last.len().saturating_sub(n);
        last.drain(..too_many);
        before += too_many as u64;
        if read == 0 {
            return Ok((before, last.into()));
        }
    }
}
