//! Files: `open` in every mode, and raw files.

use std::io::{Read, Seek, Write};
use std::path::Path;

use iolite::open::Buffering;
use iolite::{BufferedIo, Error, FileIo, IoBase, OpenOptions, Stream};

use crate::answer::{self, Answer, NOTHING, bytes, number};
use crate::bytes::{Bytes, calls, close, limit, predicate, target, with_position};
use crate::program::{Program, data};
use crate::text;

/// Runs a program on the file at `path`, which it makes and leaves.
pub(crate) fn run(program: &Program, theirs: &[&str], path: &Path) -> Vec<String> {
    let content = program.setup.last().unwrap();
    match content.as_str() {
        "!" => drop(std::fs::remove_file(path)),
        content => std::fs::write(path, data(content)).unwrap(),
    }
    let mut results = match open(&program.setup, path) {
        Err(error) => vec![answer::word(Err(error))],
        Ok(Stream::Raw(file)) => raw_calls(program, file),
        Ok(Stream::TextReader(stream)) => text::calls(stream, program, theirs, None).0,
        Ok(Stream::TextWriter(stream)) => text::calls(stream, program, theirs, None).0,
        Ok(Stream::TextUpdater(stream)) => text::calls(stream, program, theirs, None).0,
        Ok(stream) => {
            let stream: Box<dyn BufferedIo> = match stream {
                Stream::Reader(stream) => Box::new(stream),
                Stream::Writer(stream) => Box::new(stream),
                Stream::Random(stream) => {
                    return with_end(calls(Bytes::RandomFile(stream), program, theirs).0, path);
                }
                _ => panic!("no such stream"),
            };
            calls(Bytes::File(stream), program, theirs).0
        }
    };
    results = with_end(results, path);
    results
}

/// What the file has in the end.
fn with_end(mut results: Vec<String>, path: &Path) -> Vec<String> {
    results.push(match std::fs::read(path) {
        Ok(content) => bytes(&content),
        Err(_) => "!missing".to_owned(),
    });
    results
}

fn open(setup: &[String], path: &Path) -> Result<Stream, Error> {
    let buffering = match setup[2].as_str() {
        "-1" => Buffering::Auto,
        "0" => Buffering::None,
        "1" => Buffering::Line,
        size => Buffering::Size(size.parse().unwrap()),
    };
    let mut options = OpenOptions::new().buffering(buffering);
    if let [_, _, _, encoding, errors, newline, _] = setup {
        options = options
            .encoding(encoding.parse()?)
            .errors(errors.parse()?)
            .newline(newline.parse()?);
    }
    options.open(path, &setup[1])
}

fn raw_calls(program: &Program, mut file: FileIo) -> Vec<String> {
    let mut results = Vec::new();
    for call in &program.calls {
        let word = answer::word(one(&mut file, call));
        results.push(with_position(program, &mut file, word));
    }
    results.push(close(&mut file));
    results
}

/// One call of a raw file: each is one of the system, but for reading to the end.
fn one(file: &mut FileIo, call: &[String]) -> Answer {
    let first = call.get(1).map_or("none", String::as_str);
    let mut taken = Vec::new();
    Ok(match call[0].as_str() {
        "read" | "readinto" | "readall" => {
            match limit(first) {
                Some(n) => {
                    taken.resize(n, 0);
                    let n = file.read(&mut taken)?;
                    taken.truncate(n);
                }
                None => drop(file.read_to_end(&mut taken)?),
            }
            bytes(&taken)
        }
        "write" => number(file.write(&data(first))? as u64),
        "seek" => number(file.seek(target(first, &call[2]))?),
        "tell" => number(file.stream_position()?),
        "truncate" => number(file.truncate(first.parse().ok())?),
        "flush" => {
            file.flush()?;
            NOTHING.to_owned()
        }
        "close" => close(file),
        name => predicate(file, name)?,
    })
}
