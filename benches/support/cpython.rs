//! A file's bytes in memory to text, by CPython and by us.

use std::fs;
use std::hint::black_box;
use std::io::{self, Seek};
use std::path::Path;

use iolite::{BufferedReader, BytesIo, ErrorPolicy, Newline, TextIo, TextIoWrapper, TextOptions};

use super::bench::Bench;
use super::inputs::lines_and_bytes;
use super::python;
use super::table::Kind;

/// A file's bytes in memory, by CPython and by us.
pub(crate) fn against_cpython(
    bench: &mut Bench,
    id: &'static str,
    path: &Path,
    (encoding, errors): (&str, ErrorPolicy),
    target: Option<f64>,
) -> io::Result<()> {
    let table = bench.table(id, &format!("{encoding} in memory, {errors}"));
    let (Some(table), Some(python)) = (table, &python::interpreter()) else {
        return Ok(());
    };
    const DECODE: &str = r"
data = open(sys.argv[1], 'rb').read()
start = clock(); text = data.decode(sys.argv[2], sys.argv[3]); end = clock()
check = len(text)";
    let theirs = match errors {
        ErrorPolicy::Escape => "surrogateescape".to_owned(),
        other => other.to_string(),
    };
    let (lines, bytes) = lines_and_bytes(path)?;
    let mut content = BytesIo::from(fs::read(path)?);
    let options = TextOptions::new().encoding(encoding.parse()?);
    let options = options.errors(errors).newline(Newline::Lf);
    let arguments = [path.as_os_str(), encoding.as_ref(), theirs.as_ref()];
    let table = table
        .bytes(bytes)
        .items(lines, "line")
        .row(Kind::Python, "bytes.decode", || {
            let (_, time) = python::time(python, DECODE, &arguments)?;
            Ok((None, time))
        })
        .ours("fill_str", || {
            content.rewind()?;
            let bytes = BufferedReader::new(&mut content);
            filled(TextIoWrapper::with_options(bytes, options))
        });
    bench.run(match target {
        Some(target) => table.at_most(target),
        None => table,
    })
}

/// All of a stream, block by block.
pub(crate) fn filled(mut text: impl TextIo) -> io::Result<u64> {
    let mut sum = 0;
    loop {
        let n = black_box(text.fill_str()?).len();
        if n == 0 {
            return Ok(sum);
        }
        sum += n as u64;
        text.consume(n);
    }
}
