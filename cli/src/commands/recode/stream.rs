//! From inputs to one output, as `iconv` works.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, Write};

use indicatif::ProgressBar;
use iolite::prelude::*;
use iolite::raw::FileMode;
use iolite::{Error, FileIo, Result, stdio};

use super::Args;
use super::convert::{Conversion, Output, Share, Trouble};
use crate::input::Input;
use crate::messages::{self, reason, report_at};
use crate::progress::{self, Text};
use crate::same_file::written_input;
use crate::status::{Failure, Status};

/// The output, which is not made or emptied before there is something to write.
struct LateFile {
    /// `None` is standard output.
    path: Option<OsString>,
    file: Option<FileIo>,
}

impl LateFile {
    fn open(&mut self) -> Result<&mut FileIo> {
        let file = match (self.file.take(), &self.path) {
            (Some(file), _) => file,
            (None, Some(path)) => FileIo::open(path, FileMode::Write)?,
            (None, None) => stdio::stdout_raw()?,
        };
        Ok(self.file.insert(file))
    }

    /// Closes the file. Where nothing was written it is made all the same, if it `should_be`.
    fn close(&mut self, should_be: bool) -> Result<()> {
        if should_be {
            self.open()?;
        }
        self.file.as_mut().map_or(Ok(()), FileIo::close)
    }
}

impl Write for LateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), FileIo::flush)
    }
}

pub(super) fn run(args: &Args, conversion: &Conversion) -> Result<Status, Failure> {
    let inputs = Input::all(&args.files);
    if let Some(input) = written_input(&inputs, args.output.as_ref()) {
        report_at(
            input.name(),
            messages::Place::default(),
            "the input is the output, too",
        );
        return Ok(Status::Trouble);
    }
    let failure = |error| {
        let path = args.output.clone();
        Failure::Output { path, error }
    };
    let mut output = conversion.output(LateFile {
        path: args.output.clone(),
        file: None,
    });
    let text = match args.output {
        Some(_) => Text::ToFiles,
        None => Text::ToStdout,
    };
    let bar = progress::bar(inputs.iter().map(size).sum(), text);
    let status = convert_all(&inputs, conversion, &mut output, &bar).map_err(failure)?;
    bar.finish_and_clear();
    // All that is pending is written by this, and the file below is closed by hand: only so what
    // closing it says is heard.
    let mut device = output.detach().map_err(Error::from).map_err(failure)?;
    device.flush().map_err(|error| failure(error.into()))?;
    let mut device = device.detach().map_err(Error::from).map_err(failure)?;
    if let Some(late) = device.get_mut() {
        late.close(status != Status::Trouble).map_err(failure)?;
    }
    Ok(status)
}

/// Converts everything up to the first error in the text. An error is the output's.
fn convert_all(
    inputs: &[Input],
    conversion: &Conversion,
    output: &mut Output<LateFile>,
    bar: &ProgressBar,
) -> Result<Status> {
    let mut status = Status::Fine;
    for input in inputs {
        let file = input.open();
        let opened = file.is_ok();
        let converted = file
            .map_err(|error| Trouble::Input(messages::Place::default(), error))
            .and_then(|file| conversion.convert(file, output, bar));
        match converted {
            Ok(Share::All) => {}
            Ok(Share::Part) => status = status.and(Status::Differs),
            Err(Trouble::Output(error)) => return Err(error),
            Err(Trouble::Input(place, error)) => {
                // What was converted so far comes before the message.
                output.flush()?;
                bar.suspend(|| report_at(input.name(), place, &reason(&error)));
                status = Status::Trouble;
                // After an error in the text iconv stops; after a missing file it goes on.
                if opened {
                    break;
                }
            }
        }
    }
    Ok(status)
}

/// How many bytes there are to read, if anybody knows.
fn size(input: &Input) -> Option<u64> {
    let metadata = input.metadata().ok()?;
    Some(metadata)
        .filter(Metadata::is_file)
        .map(|file| file.len())
}
