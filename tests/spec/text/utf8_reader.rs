//! Every provided method of std's `Read` and `BufRead` over a text stream.

use std::io::{self, BufRead, ErrorKind, IoSliceMut, Read};

use iolite::text::{LineEndings, TextPosition};
use iolite::{
    BufferedReader, Error, ErrorPolicy, IoBase, Line, Newline, Result, StringIo, TextIo,
    TextIoWrapper, Utf8Reader,
};

use super::options;
use crate::support::CpuTime;
use crate::support::devices::Behaviour::{OneByte, TimedOut, Unseekable, WouldBlock};
use crate::support::devices::{Behaviour, Hostile};

type Reader = Utf8Reader<TextIoWrapper<BufferedReader<Hostile>>>;

fn reader(bytes: &[u8], behaviours: &[Behaviour]) -> Reader {
    let device = Hostile::new(bytes).with_all(behaviours);
    let wanted = options("utf-8", Newline::Lf, ErrorPolicy::Strict);
    Utf8Reader::new(TextIoWrapper::with_options(
        BufferedReader::new(device),
        wanted,
    ))
}

/// Devices that have nothing now or are late, in the middle of characters.
fn slow() -> [Vec<Behaviour>; 4] {
    [
        vec![OneByte, WouldBlock],
        vec![OneByte, TimedOut],
        vec![OneByte, TimedOut, WouldBlock, Unseekable],
        vec![OneByte],
    ]
}

fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// What an iterator of std gives, but for "try again later".
fn all<T>(items: impl Iterator<Item = io::Result<T>>) -> Vec<Result<T>> {
    let items = items.filter(|item| !item.as_ref().is_err_and(is_later));
    items.map(|item| item.map_err(Error::from)).collect()
}

/// Repeats a call as long as there is nothing.
fn persist<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if is_later(&error) => {}
            outcome => return outcome,
        }
    }
}

#[test]
fn txt_62_lines_come_as_a_whole_or_not_at_all() {
    for behaviours in slow() {
        let lines = all(reader("café\nnaïve\n\nlast é".as_bytes(), &behaviours).lines());
        let lines: Vec<String> = lines.into_iter().map(Result::unwrap).collect();
        assert_eq!(lines, ["café", "naïve", "", "last é"], "{behaviours:?}");
        let parts = all(reader("café,naïve,,é".as_bytes(), &behaviours).split(b','));
        let parts: Vec<_> = parts.into_iter().map(Result::unwrap).collect();
        let expected = ["café", "naïve", "", "é"].map(|part| part.as_bytes().to_vec());
        assert_eq!(parts, expected, "{behaviours:?}");
    }
}

/// The text before the malformed bytes was lost, and what is behind them came as a line.
#[test]
fn txt_62_a_line_with_malformed_bytes_is_handed_back_whole() {
    let file = b"good\nb\xffa\xe2\x82d\nfine\n\xfe\n\nend\xff";
    for behaviours in slow() {
        let lines = all(reader(file, &behaviours).lines());
        let shown: Vec<_> = lines
            .iter()
            .map(|line| match line {
                Ok(line) => line.as_bytes(),
                Err(Error::NotUtf8 { line, source }) => {
                    let Error::Decode { offset, .. } = **source else {
                        panic!("{source:?}");
                    };
                    let first = file[usize::try_from(offset).unwrap()];
                    assert!(first >= 0xfe, "{offset}: the place of the first bad byte");
                    line
                }
                Err(error) => panic!("{error:?}"),
            })
            .collect();
        let expected: [&[u8]; 6] = [
            b"good",
            b"b\xffa\xe2\x82d\n",
            b"fine",
            b"\xfe\n",
            b"",
            b"end\xff",
        ];
        assert_eq!(shown, expected, "{behaviours:?}");
        // It ends, as std's do.
        let ends = reader(file, &[]).lines().take(1_000).count();
        assert_eq!(ends, expected.len());
        let parts = all(reader(file, &behaviours).split(b'a'));
        assert!(matches!(&parts[0], Err(Error::NotUtf8 { line, .. }) if line == b"good\nb\xffa"));
        assert_eq!(parts.len(), 2, "{behaviours:?}");
    }
}

#[test]
fn txt_62_what_was_begun_comes_first_whatever_is_called_next() -> Result<()> {
    let text = "é1\nrest";
    for ways in 0..8 {
        let device = Hostile::new(text.as_bytes()).with_all(&[OneByte, WouldBlock]);
        let mut reader = Utf8Reader::new(TextIoWrapper::new(BufferedReader::new(device)));
        for _ in 0..2 {
            assert!(is_later(&reader.read_line(&mut String::new()).unwrap_err()));
            assert!(is_later(&reader.read_exact(&mut [0; 9]).unwrap_err()));
        }
        let mut got = Vec::new();
        match ways {
            0 => drop(persist(|| reader.read_until(b'\n', &mut got))?),
            1 => {
                let mut line = String::new();
                persist(|| reader.read_line(&mut line))?;
                got.extend(line.bytes());
            }
            2 => {
                let mut exact = [0; 3];
                persist(|| reader.read_exact(&mut exact))?;
                got.extend(exact);
            }
            3 => {
                let mut byte = [0];
                persist(|| reader.read_exact(&mut byte))?;
                got.extend(byte);
            }
            4 => drop(persist(|| reader.skip_until(b'\n'))),
            5 => {
                let (mut one, mut two) = ([0; 1], [0; 1]);
                let bufs = &mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
                assert_eq!(persist(|| reader.read_vectored(bufs))?, 2);
                got.extend([one, two].concat());
            }
            6 => {
                let (stream, pending) = reader.into_parts();
                got.extend(&pending);
                reader = Utf8Reader::new(stream);
            }
            _ => {}
        }
        while persist(|| reader.read_to_end(&mut got))? > 0 {}
        match ways {
            4 => assert_eq!(got, b"rest"),
            _ => assert_eq!(got, text.as_bytes(), "{ways}"),
        }
    }
    Ok(())
}

#[test]
fn txt_62_read_exact_takes_all_or_nothing() -> Result<()> {
    let mut short = reader("é12".as_bytes(), &[]);
    let error = Error::from(short.read_exact(&mut [0; 9]).unwrap_err());
    assert!(
        matches!(
            error,
            Error::PartialRead {
                available: 4,
                expected: 9
            }
        ),
        "{error:?}"
    );
    let mut four = [0; 4];
    short.read_exact(&mut four)?;
    assert_eq!(&four, "é12".as_bytes());
    short.read_exact(&mut [])?;
    // Malformed bytes are told once, and nothing else is taken.
    let mut bad = reader(b"ab\xffcd", &[OneByte]);
    let error = Error::from(bad.read_exact(&mut four).unwrap_err());
    assert!(
        matches!(error, Error::Decode { offset: 2, .. }),
        "{error:?}"
    );
    bad.read_exact(&mut four)?;
    assert_eq!(&four, b"abcd");
    Ok(())
}

#[test]
fn txt_62_a_string_gets_whole_characters_and_no_half_is_lost() -> Result<()> {
    for behaviours in slow() {
        let mut reader = reader("café\nü".as_bytes(), &behaviours);
        let mut text = String::new();
        while persist(|| reader.read_to_string(&mut text))? > 0 {}
        assert_eq!(text, "café\nü", "{behaviours:?}");
    }
    // Behind half a character there is none: the rest of it stays, and is an error.
    let mut reader = reader("éa".as_bytes(), &[]);
    reader.read_exact(&mut [0])?;
    let mut text = String::new();
    for _ in 0..2 {
        let error = Error::from(reader.read_to_string(&mut text).unwrap_err());
        assert!(
            matches!(error, Error::Decode { offset: 1, .. }),
            "{error:?}"
        );
    }
    let error = Error::from(reader.read_line(&mut text).unwrap_err());
    assert!(
        matches!(&error, Error::NotUtf8 { line, .. } if line == b"\xa9a"),
        "{error:?}"
    );
    assert_eq!((text.as_str(), reader.read(&mut [0])?), ("", 0));
    // Malformed bytes come behind the text before them.
    let mut bad = self::reader(b"ab\xffcd", &[]);
    assert!(bad.read_to_string(&mut text).is_err());
    assert_eq!(text, "ab");
    assert_eq!((bad.read_to_string(&mut text)?, &*text), (2, "abcd"));
    Ok(())
}

/// A long line was held in memory for ever, and each new piece of it searched from the start.
#[test]
fn txt_62_a_long_line_that_trickles_in_costs_what_it_is_long() -> Result<()> {
    let length = 100_000;
    let file = ["x".repeat(length), "\nend\n".to_owned()].concat();
    let start = CpuTime::now();
    let mut slow = reader(file.as_bytes(), &[OneByte, WouldBlock]);
    let mut line = String::new();
    assert_eq!(persist(|| slow.read_line(&mut line))?, length + 1);
    let mut exact = vec![0; 4];
    persist(|| slow.read_exact(&mut exact))?;
    assert_eq!(exact, b"end\n");
    assert!(start.elapsed() < std::time::Duration::from_secs(60));
    Ok(())
}

/// A stream that has its own of every method, and says which was called.
#[derive(Default)]
struct Own {
    inner: StringIo,
    called: Vec<&'static str>,
}

impl IoBase for Own {
    fn readable(&self) -> bool {
        true
    }
    fn writable(&self) -> bool {
        true
    }
    fn seekable(&self) -> bool {
        true
    }
    fn is_closed(&self) -> bool {
        false
    }
    fn close(&mut self) -> Result<()> {
        Ok(())
    }
    fn truncate(&mut self, size: Option<u64>) -> Result<u64> {
        self.inner.truncate(size)
    }
}

impl TextIo for Own {
    fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        self.inner.next_line()
    }
    fn next_line_part(&mut self, max: usize) -> Result<Option<Line<'_>>> {
        self.inner.next_line_part(max)
    }
    fn fill_str(&mut self) -> Result<&str> {
        self.inner.fill_str()
    }
    fn consume(&mut self, n: usize) {
        self.inner.consume(n);
    }
    fn write_str(&mut self, text: &str) -> Result<()> {
        self.inner.write_str(text)
    }
    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
    fn newlines(&self) -> LineEndings {
        self.inner.newlines()
    }
    fn tell(&mut self) -> Result<TextPosition> {
        self.inner.tell()
    }
    fn seek(&mut self, to: TextPosition) -> Result<()> {
        self.inner.seek(to)
    }
    fn read_line(&mut self, _: &mut String) -> Result<usize> {
        self.called.push("read_line");
        Ok(0)
    }
    fn read_to_string(&mut self, _: &mut String) -> Result<usize> {
        self.called.push("read_to_string");
        Ok(0)
    }
    fn write_fmt(&mut self, _: std::fmt::Arguments<'_>) -> Result<()> {
        self.called.push("write_fmt");
        Ok(())
    }
}

/// Through a reference or a box the trait's own method was called instead of the stream's.
#[test]
fn txt_60_what_a_stream_does_itself_is_not_lost_through_a_reference() -> Result<()> {
    fn call(mut stream: impl TextIo) -> Result<()> {
        let text = &mut String::new();
        stream.read_line(text)?;
        stream.read_to_string(text)?;
        stream.write_fmt(format_args!("{}", 1))
    }
    let mut own = Own::default();
    call(&mut own)?;
    call(&mut &mut own)?;
    call(Box::new(&mut own))?;
    call(&mut own as &mut dyn TextIo)?;
    call(Box::new(&mut own) as Box<dyn TextIo + '_>)?;
    let once = ["read_line", "read_to_string", "write_fmt"];
    assert_eq!(own.called, once.repeat(5));
    Ok(())
}
