//! A file that `tail` prints the end of, and follows.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use iolite::prelude::*;
use iolite::ranges::RevLines;
use iolite::raw::{FileChange, FileMode, Follow, FollowBy, FollowOptions};
use iolite::text::{TextDecoder, TextPosition};
use iolite::{BufferedReader, FileIo, Result, TextIoWrapper, TextOptions, stdio};

use super::options::{Options, Start};
use super::{Printed, Problem};
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
        let (text, first) = begin(device, options).map_err(Problem::Input)?;
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
            if len == 0 && !self.tell_change(out)? {
                return Ok(());
            }
        }
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
fn begin(mut device: Follow, options: &Options) -> Result<(Text, String)> {
    let is_seekable = device.seekable();
    let over = |device| TextIoWrapper::with_options(BufferedReader::new(device), options.text);
    match options.start {
        Start::LastLines(n) if is_seekable && options.text.get_encoding().is_splittable() => {
            let mut back = RevLines::new(&mut device, options.text)?;
            back.skip_lines(n)?;
            let place = back.position();
            let mut text = over(device);
            text.seek(place)?;
            Ok((text, String::new()))
        }
        Start::LastLines(n) => {
            let mut text = over(device);
            let last = last_lines(&mut text, n)?;
            Ok((text, last))
        }
        Start::AfterLines(n) => {
            let mut text = over(device);
            for _ in 0..n {
                match text.skip_line() {
                    Err(error) if error.is_would_block() => break,
                    skipped => drop(skipped?),
                }
            }
            Ok((text, String::new()))
        }
        Start::LastBytes(n) if is_seekable => {
            let size = device.seek(SeekFrom::End(0))?;
            go_to(&mut device, size.saturating_sub(n), options.text)?;
            Ok((over(device), String::new()))
        }
        Start::AfterBytes(n) if is_seekable => {
            let size = device.seek(SeekFrom::End(0))?;
            go_to(&mut device, n.min(size), options.text)?;
            Ok((over(device), String::new()))
        }
        Start::LastBytes(n) => {
            let last = last_bytes(&mut device, n)?;
            let mut text = String::new();
            let mut decoder = TextDecoder::with_options(options.text);
            decoder.decode(&last, &mut text)?;
            decoder.finish();
            decoder.decode(b"", &mut text)?;
            Ok((over(device), text))
        }
        Start::AfterBytes(n) => {
            std::io::copy(&mut device.by_ref().take(n), &mut std::io::sink())?;
            Ok((over(device), String::new()))
        }
    }
}

/// Moves to a byte, or to the code unit after it.
fn go_to(device: &mut Follow, offset: u64, options: TextOptions) -> Result<()> {
    let unit = match options.get_encoding().name() {
        name if name.starts_with("utf-16") => 2,
        name if name.starts_with("utf-32") => 4,
        _ => 1,
    };
    device.seek(SeekFrom::Start(offset.next_multiple_of(unit)))?;
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

/// The same for bytes.
fn last_bytes(device: &mut Follow, n: u64) -> Result<Vec<u8>> {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    let (mut last, mut block) = (VecDeque::new(), vec![0; 64 * 1024]);
    loop {
        let read = device.read(&mut block)?;
        last.extend(&block[..read]);
        last.drain(..last.len().saturating_sub(n));
        if read == 0 {
            return Ok(last.into());
        }
    }
}
