//! A log in gzip, in any encoding: lines go in, lines come out.
//!
//! ```text
//! gzip [--encoding NAME] FILE     packs the lines of standard input
//! gzip [--encoding NAME] -d FILE  unpacks them to standard output
//! ```
//!
//! A compressor has something to write at its end, and that can fail as any write can. The
//! [`Adapter`] is told how it ends, so that `close` brings out the end and says if it could not.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use iolite::prelude::*;
use iolite::{
    Adapter, BufferedReader, BufferedWriter, Encoding, Newline, TextIoWrapper, TextOptions, stdio,
};

type Failure = Box<dyn std::error::Error>;

struct Arguments {
    encoding: Encoding,
    unpack: bool,
    file: PathBuf,
}

fn arguments() -> Result<Arguments, Failure> {
    use lexopt::prelude::*;
    let (mut encoding, mut unpack, mut file) = (Encoding::UTF_8, false, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("encoding") => encoding = parser.value()?.string()?.parse()?,
            Short('d') => unpack = true,
            Value(path) if file.is_none() => file = Some(PathBuf::from(path)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Arguments {
        encoding,
        unpack,
        file: file.ok_or("usage: gzip [--encoding NAME] [-d] FILE")?,
    })
}

/// Lines of standard input into the file.
fn pack(file: File, options: TextOptions) -> Result<(), Failure> {
    let gzip = GzEncoder::new(file, Compression::default());
    // Without the second argument the drop of the encoder would write the end, or fail in silence.
    let gzip = Adapter::writer_with(gzip, |gzip| gzip.finish().map(drop));
    let mut log = TextIoWrapper::with_options(BufferedWriter::new(gzip), options);
    let mut input = stdio::stdin()?;
    while let Some(line) = input.next_line()? {
        log.write_str(&line)?;
        log.write_str("\n")?;
    }
    Ok(log.close()?)
}

/// Lines of the file to standard output.
fn unpack(file: File, options: TextOptions) -> Result<(), Failure> {
    // Of several members, as `gzip -c >>log` makes them, each is read.
    let gzip = Adapter::reader(MultiGzDecoder::new(file));
    let mut log = TextIoWrapper::with_options(BufferedReader::new(gzip), options);
    let mut output = stdio::stdout()?;
    while let Some(line) = log.next_line()? {
        output.write_str(&line)?;
        output.write_str("\n")?;
    }
    Ok(output.close()?)
}

fn run() -> Result<(), Failure> {
    let arguments = arguments()?;
    let options = TextOptions::new()
        .encoding(arguments.encoding)
        .newline(Newline::Universal);
    match arguments.unpack {
        true => unpack(File::open(arguments.file)?, options),
        false => pack(File::create(arguments.file)?, options),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gzip: {error}");
            ExitCode::FAILURE
        }
    }
}
