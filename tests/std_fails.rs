//! Fifteen things that go wrong with `std::io`, each shown next to what happens here.
//!
//! What std does is asserted, too: if it changes, the test says so, and the comparison with it.

#[path = "support/counting.rs"]
mod counting;
#[path = "support/programs.rs"]
#[allow(dead_code, reason = "not all of it is used here")]
mod programs;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use iolite::error::set_global_drop_hook;
use iolite::raw::FileMode;
use iolite::text::LineEnding;
use iolite::{
    Adapter, BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Encoding, Error,
    FileIo, IoBase, Newline, OpenOptions, TextIo, TextIoWrapper, TextOptions,
};

use counting::allocations;

/// Answers each read with the next of its lines; `None` is "not now".
struct Script(VecDeque<Option<&'static [u8]>>);

impl Script {
    fn new(answers: &[Option<&'static [u8]>]) -> Script {
        Script(answers.iter().copied().collect())
    }
}

impl Read for Script {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.pop_front() {
            None => Ok(0),
            Some(None) => Err(ErrorKind::WouldBlock.into()),
            Some(Some(answer)) => (&mut { answer }).read(buf),
        }
    }
}

/// Memory that counts how often it is read.
struct Counted {
    content: io::Cursor<Vec<u8>>,
    reads: usize,
}

impl Counted {
    fn new(len: usize) -> Counted {
        Counted {
            content: io::Cursor::new(vec![7; len]),
            reads: 0,
        }
    }
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        self.content.read(buf)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.content.seek(to)
    }
}

/// Takes so many bytes; then it would block.
struct Full<'a>(&'a mut [u8]);

impl Write for Full<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self.0.write(buf)? {
            0 => Err(ErrorKind::WouldBlock.into()),
            n => Ok(n),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn text(bytes: &[u8], options: TextOptions) -> TextIoWrapper<BufferedReader<BytesIo>> {
    TextIoWrapper::with_options(BufferedReader::new(BytesIo::from(bytes.to_vec())), options)
}

fn read<R: Read>(mut from: R) -> String {
    let mut all = String::new();
    from.read_to_string(&mut all).unwrap();
    all
}

#[cfg(feature = "encodings")]
#[test]
fn std_fails_here_but_text_in_a_named_encoding_is_read() {
    let bytes = b"\x80 5, na\xefve\n";
    let mut all = String::new();
    let error = (&bytes[..]).read_to_string(&mut all).unwrap_err();
    assert_eq!(
        (error.kind(), &*all),
        (ErrorKind::InvalidData, ""),
        "all or nothing, UTF-8 only"
    );

    let encoding: Encoding = "cp1252".parse().unwrap();
    let mut text = text(bytes, TextOptions::new().encoding(encoding));
    assert_eq!(
        text.next_line().unwrap().as_deref(),
        Some("\u{20ac} 5, na\u{ef}ve")
    );
}

#[test]
fn std_fails_here_but_text_is_written_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("menu.txt");
    let original = b"caf\xe9\n";
    // The only way past the invalid byte, and what it does to the file.
    fs::write(&path, String::from_utf8_lossy(original).as_bytes()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"caf\xef\xbf\xbd\n");

    fs::write(&path, original).unwrap();
    let latin = OpenOptions::new()
        .encoding(Encoding::LATIN_1)
        .newline(Newline::Keep);
    let mut all = String::new();
    let mut old = latin.read_text(&path).unwrap();
    old.read_to_string(&mut all).unwrap();
    let mut new = latin.write_text(&path).unwrap();
    new.write_str(&all).unwrap();
    // What the encoding does not have is no `?` and no `&#8364;`: it is refused, whole.
    let refused = new.write_str("5 \u{20ac}").unwrap_err();
    assert!(
        matches!(refused, Error::Encode { offset: 2, .. }),
        "{refused:?}"
    );
    new.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), original);

    let utf_16 = OpenOptions::new().encoding(Encoding::UTF_16LE);
    let mut new = utf_16.write_text(&path).unwrap();
    new.write_str("a\u{e9}").unwrap();
    new.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"a\0\xe9\0");
}

#[test]
fn std_fails_here_but_an_invalid_byte_costs_no_line() {
    let bytes = b"ok\nbad \xff line\nnext\n";
    let mut std = BufReader::new(&bytes[..]);
    let mut line = String::new();
    std.read_line(&mut line).unwrap();
    line.clear();
    let error = std.read_line(&mut line).unwrap_err();
    assert_eq!(error.to_string(), "stream did not contain valid UTF-8");
    std.read_line(&mut line).unwrap();
    assert_eq!(line, "next\n", "the bad line is gone");

    let mut ours = text(bytes, TextOptions::new());
    let mut lines = Vec::new();
    loop {
        match ours.next_line() {
            Ok(Some(line)) => lines.push(line.to_string()),
            Ok(None) => break,
            Err(Error::Decode { offset, bytes, .. }) => {
                assert_eq!((offset, &*bytes), (7, &b"\xff"[..]));
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(lines, ["ok", "bad ", " line", "next"]);
}

#[test]
fn std_fails_here_but_a_write_that_fails_at_drop_is_told() {
    let mut room = [0; 2];
    let mut std = BufWriter::new(&mut room[..]);
    std.write_all(b"abcde").unwrap();
    drop(std); // Three bytes are lost, and nobody hears of it.

    static LOST: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    set_global_drop_hook(Some(Box::new(|_, lost| LOST.lock().unwrap().push(lost))));
    let mut ours = BufferedWriter::new(Adapter::writer(&mut room[..]));
    ours.write_all(b"abcde").unwrap();
    drop(ours);
    assert!(LOST.lock().unwrap().contains(&3));

    let mut ours = BufferedWriter::new(Adapter::writer(&mut room[..]));
    ours.write_all(b"abcde").unwrap();
    assert!(
        ours.close().is_err(),
        "and who closes is told in the first place"
    );
}

#[test]
fn std_fails_here_but_reading_and_writing_share_one_position() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records");
    fs::write(&path, "123456789").unwrap();
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let mut reader = BufReader::new(file.try_clone().unwrap());
    let mut writer = BufWriter::new(file);
    reader.read_exact(&mut [0; 2]).unwrap();
    writer.write_all(b"xyz").unwrap();
    writer.flush().unwrap();
    assert_eq!(read(reader), "3456789");
    assert_eq!(fs::read_to_string(&path).unwrap(), "123456789xyz");

    fs::write(&path, "123456789").unwrap();
    let file = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    let mut both = BufferedRandom::new(file).unwrap();
    both.read_exact(&mut [0; 2]).unwrap();
    both.write_all(b"xyz").unwrap();
    assert_eq!(read(&mut both), "6789");
    both.close().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "12xyz6789");
}

#[test]
fn std_fails_here_but_a_time_out_loses_nothing() {
    // The time-out falls into the two bytes of U+00E9.
    let answers: [Option<&[u8]>; 3] = [Some(b"hello caf\xc3"), None, Some(b"\xa9 world\n")];
    let mut std = BufReader::new(Script::new(&answers));
    let mut line = String::new();
    let error = std.read_line(&mut line).unwrap_err();
    assert_eq!((error.kind(), &*line), (ErrorKind::WouldBlock, ""));
    let error = std.read_line(&mut line).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData, "the start is gone");

    let buffer = BufferedReader::new(Adapter::reader(Script::new(&answers)));
    let mut ours = TextIoWrapper::new(buffer);
    assert!(ours.next_line().unwrap_err().is_would_block());
    assert_eq!(
        ours.next_line().unwrap().as_deref(),
        Some("hello caf\u{e9} world")
    );

    let mut room = [0; 3];
    let error = Full(&mut room).write_all(b"abcdef").unwrap_err();
    assert_eq!(
        (error.kind(), &room),
        (ErrorKind::WouldBlock, b"abc"),
        "how much was sent is not said"
    );
    let mut ours = BufferedWriter::with_capacity(1, Adapter::writer(Full(&mut room)));
    let error = ours.write_all(b"uvwxyz").unwrap_err();
    let Error::WouldBlock { written } = Error::from(error) else {
        panic!("another error");
    };
    let pending = ours.into_parts().1.len();
    assert_eq!((written - pending, &room), (3, b"uvw"));
}

#[test]
fn std_fails_here_but_a_seek_keeps_the_buffer() {
    const TIMES: u64 = 1000;
    let mut std = BufReader::new(Counted::new(10_000));
    let mut ours = BufferedReader::new(Adapter::reader(Counted::new(10_000)).with_seek());
    for i in 0..TIMES {
        std.read_exact(&mut [0]).unwrap();
        std.seek(SeekFrom::Start(2 * i + 2)).unwrap();
        ours.read_exact(&mut [0]).unwrap();
        ours.seek(SeekFrom::Start(2 * i + 2)).unwrap();
    }
    assert_eq!(std.get_ref().reads, 1000);
    assert_eq!(ours.get_ref().get_ref().unwrap().reads, 1);
}

#[test]
fn std_fails_here_but_every_newline_ends_a_line() {
    let bytes = b"a\rb\r\nc\nd";
    let std: Vec<String> = bytes.lines().map(|line| line.unwrap()).collect();
    assert_eq!(std, ["a\rb", "c", "d"]);

    let mut ours = text(bytes, TextOptions::new());
    let mut seen = Vec::new();
    while let Some(line) = ours.next_line().unwrap() {
        seen.push((line.to_string(), line.ending()));
    }
    let expected = [
        ("a", LineEnding::Cr),
        ("b", LineEnding::CrLf),
        ("c", LineEnding::Lf),
        ("d", LineEnding::None),
    ];
    assert_eq!(seen, expected.map(|(line, end)| (line.to_owned(), end)));

    let mut std = Vec::new();
    writeln!(std, "a").unwrap();
    assert_eq!(std, b"a\n", "whatever the platform or the protocol");
    let options = TextOptions::new().newline(Newline::CrLf);
    let mut ours = TextIoWrapper::with_options(BufferedWriter::new(BytesIo::new()), options);
    writeln!(ours, "a").unwrap();
    assert_eq!(
        ours.detach().unwrap().detach().unwrap().as_slice(),
        b"a\r\n"
    );
}

#[test]
fn std_fails_here_but_a_byte_order_mark_is_no_text() {
    let bytes = b"\xef\xbb\xbfkey=value\n";
    assert!(read(&bytes[..]).strip_prefix("key").is_none());

    let mut ours = text(bytes, TextOptions::new().encoding(Encoding::UTF_8_SIG));
    assert_eq!(ours.next_line().unwrap().as_deref(), Some("key=value"));
}

/// Counts writes without a tracer: each write to a datagram socket is a datagram.
#[cfg(unix)]
#[test]
fn std_fails_here_but_lines_into_a_pipe_are_written_together() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixDatagram;

    let writes = |options: &[&str]| {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let mut lines = programs::example("stdio_lines");
        lines
            .arg("1000")
            .args(options)
            .stdout(OwnedFd::from(theirs));
        let mut process = lines.spawn().unwrap();
        let (mut all, mut count) = (Vec::new(), 0);
        while !all.ends_with(b"\n1000\n") {
            let mut datagram = [0; 65536];
            let n = ours.recv(&mut datagram).unwrap();
            all.extend_from_slice(&datagram[..n]);
            count += 1;
        }
        assert!(process.wait().unwrap().success());
        count
    };
    assert_eq!(writes(&["--std"]), 1000);
    assert_eq!(writes(&[]), 1);
}

#[test]
fn std_fails_here_but_a_pipe_can_be_asked_and_looked_into() {
    let pipe = |content: &[u8]| {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(content).unwrap();
        reader
    };
    // `Seek` is there at compile time whatever the file is, and the bytes are gone when it fails.
    #[cfg(unix)]
    {
        let mut std = File::from(std::os::fd::OwnedFd::from(pipe(b"\x1f\x8brest")));
        std.read_exact(&mut [0; 2]).unwrap();
        assert_eq!(std.rewind().unwrap_err().kind(), ErrorKind::NotSeekable);
        assert_eq!(read(std), "rest");
    }

    let mut ours = BufferedReader::new(Adapter::reader(pipe(b"\x1f\x8brest")));
    assert!(ours.readable() && !ours.seekable());
    assert_eq!(ours.peek(2).unwrap(), b"\x1f\x8b");
    let mut all = Vec::new();
    ours.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"\x1f\x8brest");
}

#[test]
fn std_fails_here_but_a_buffer_taken_off_loses_nothing() {
    let bytes = b"HTTP/1.1 200\r\nBODY";
    let mut line = String::new();
    let mut std = BufReader::new(&bytes[..]);
    std.read_line(&mut line).unwrap();
    assert_eq!(read(std.into_inner()), "");

    let mut ours = BufferedReader::new(Adapter::reader(&bytes[..]));
    ours.read_line(&mut line).unwrap();
    assert_eq!(ours.into_parts().1, b"BODY");

    let mut ours = BufferedReader::new(BytesIo::from(bytes.to_vec()));
    ours.read_line(&mut line).unwrap();
    assert_eq!(read(ours.detach().unwrap()), "BODY");
}

#[test]
fn std_fails_here_but_an_error_names_its_file() {
    let path = "/no/such/file";
    let std = File::open(path).unwrap_err();
    assert!(!std.to_string().contains(path));

    let ours = FileIo::open(path, FileMode::Read).unwrap_err();
    assert!(ours.to_string().contains(path));
    assert_eq!(ours.raw_os_error(), std.raw_os_error());
    let ours = io::Error::from(ours);
    assert_eq!(ours.kind(), std.kind());
    assert!(ours.to_string().contains(path));
}

#[test]
fn std_fails_here_but_an_endless_line_is_an_error() {
    const LIMIT: usize = 1000;
    // The usual remedy is `take`; then the start of a long line passes for a whole one.
    let mut line = String::new();
    let mut std = BufReader::new(io::repeat(b'x')).take(LIMIT as u64);
    assert_eq!(std.read_line(&mut line).unwrap(), LIMIT);
    assert_eq!(std.read_line(&mut line).unwrap(), 0, "as at the end");

    let options = TextOptions::new().line_limit(Some(LIMIT));
    let buffer = BufferedReader::new(Adapter::reader(io::repeat(b'x')));
    let mut ours = TextIoWrapper::with_options(buffer, options);
    for _ in 0..3 {
        let error = ours.next_line().unwrap_err();
        assert!(
            matches!(error, Error::LineTooLong { limit: LIMIT, .. }),
            "{error:?}"
        );
    }
    assert!(ours.fill_str().unwrap().len() > LIMIT, "it can be skipped");
}

#[test]
fn std_fails_here_but_lines_allocate_nothing() {
    let bytes = b"a line of some length\n".repeat(1000);
    let count = allocations(|| {
        for line in bytes.lines() {
            assert_eq!(line.unwrap().len(), 21);
        }
    });
    assert!(count >= 1000);

    let mut ours = text(&bytes, TextOptions::new());
    ours.next_line().unwrap();
    let count = allocations(|| {
        while let Some(line) = ours.next_line().unwrap() {
            assert_eq!(line.len(), 21);
        }
    });
    assert_eq!(count, 0);
}
