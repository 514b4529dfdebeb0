//! Smaller ones, each of which costs somebody a day.

use std::fs;
use std::io::{BufRead, ErrorKind, Read, Write};

use iolite::{
    BufferedIo, BufferedReader, BufferedWriter, BytesIo, Encoding, Error, IoBase, OpenOptions,
    TextIo, TextIoWrapper, TextOptions,
};

use crate::devices::{answering, file, full, read, taking, text};
use crate::record::cpython;

#[test]
fn cpython_fails_here_but_a_mark_is_written_into_pipes_and_only_once() {
    let program = r"
r, w = os.pipe()
with open(w, 'w', encoding='utf-16') as t: t.write('a')
print(os.read(r, 9))
open('f', 'w', encoding='utf-16').write('ab')
f = open('f', 'r+', encoding='utf-16'); f.read(); f.write('c'); f.close()
print(open('f', 'rb').read())
";
    cpython(
        program,
        r"
        b'a\x00'
        b'\xff\xfea\x00b\x00\xff\xfec\x00'
        ",
    );

    let options = TextOptions::new().encoding(Encoding::UTF_16);
    let mut t = TextIoWrapper::with_options(BufferedWriter::new(taking([])), options);
    t.write_str("a").unwrap();
    t.flush().unwrap();
    let device = t.get_ref().get_ref().get_ref().unwrap();
    assert_eq!(device.taken, b"\xff\xfea\0");

    let (_folder, path) = file(b"\xff\xfea\0b\0");
    let utf_16 = OpenOptions::new().encoding(Encoding::UTF_16);
    let mut f = utf_16.update_text(&path).unwrap();
    f.read_to_string(&mut String::new()).unwrap();
    f.write_str("c").unwrap();
    f.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"\xff\xfea\0b\0c\0");
}

#[test]
fn cpython_fails_here_but_a_mark_is_at_the_start_only_where_nothing_can_be_asked() {
    let program = r"
b = io.BytesIO(); b.seekable = lambda: False
t = io.TextIOWrapper(b, 'ascii', newline='\n'); t.write('abc\n')
t.reconfigure(encoding='utf-8-sig'); t.write('d\xe9f\n'); t.flush()
print(b.as_slice())
";
    cpython(program, r"b'abc\n\xef\xbb\xbfd\xc3\xa9f\n'");

    let options = TextOptions::new().encoding("ascii".parse().unwrap());
    let mut t = TextIoWrapper::with_options(BufferedWriter::new(taking([])), options);
    t.write_str("abc\n").unwrap();
    t.reconfigure(t.options().encoding("utf-8-sig".parse().unwrap()))
        .unwrap();
    t.write_str("déf\n").unwrap();
    t.flush().unwrap();
    let device = t.get_ref().get_ref().get_ref().unwrap();
    assert_eq!(device.taken, "abc\ndéf\n".as_bytes());
}

#[test]
fn cpython_fails_here_but_a_file_keeps_its_byte_order() {
    let program = r"
open('f', 'wb').write(b'\xfe\xff\0a')
f = open('f', 'r+', encoding='utf-16'); f.read(); f.seek(0, 2); f.write('b'); f.close()
print(open('f', 'rb').read())
";
    cpython(program, r"b'\xfe\xff\x00ab\x00'");

    let (_folder, path) = file(b"\xfe\xff\0a");
    let utf_16 = OpenOptions::new().encoding(Encoding::UTF_16);
    let mut f = utf_16.update_text(&path).unwrap();
    f.seek_end().unwrap();
    f.write_str("b").unwrap();
    f.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"\xfe\xff\0a\0b");
}

#[test]
fn cpython_fails_here_but_peek_shows_what_it_was_asked_for() {
    let program = r"
b = io.BufferedReader(io.BytesIO(b'abcdefgh'), 4)
print(b.peek(1), b.peek(6), b.read(3), b.peek(4))
";
    cpython(program, "b'abcd' b'abcd' b'abc' b'd'");

    let mut b = BufferedReader::with_capacity(4, answering([Ok(&b"abcdefgh"[..4]), Ok(b"efgh")]));
    assert_eq!(b.peek(1).unwrap(), b"a");
    assert_eq!(b.peek(6).unwrap(), b"abcdef");
    b.read_exact(&mut [0; 3]).unwrap();
    assert_eq!(b.peek(4).unwrap(), b"defg");
}

#[test]
fn cpython_fails_here_but_a_device_that_takes_nothing_is_an_error() {
    let program = r"
class Raw(io.RawIOBase):
    calls = 0
    writable = lambda self: True
    def write(self, b):
        self.calls += 1
        if self.calls == 1000: raise ArithmeticError
        return 0
raw = Raw(); b = io.BufferedWriter(raw); b.write(b'abc')
print(answer(b.flush), raw.calls)
";
    cpython(program, "ArithmeticError 1000");

    let mut b = BufferedWriter::new(taking([Ok(0)]));
    b.write_all(b"abc").unwrap();
    let error = Error::from(b.flush().unwrap_err());
    assert!(matches!(error, Error::NoProgress { .. }), "{error:?}");
    b.flush().unwrap();
    let device = b.get_ref().get_ref().unwrap();
    assert_eq!((&device.taken[..], device.calls), (&b"abc"[..], 2));
}

#[test]
fn cpython_fails_here_but_an_error_in_a_long_read_loses_nothing() {
    let program = r"
class Raw(io.RawIOBase):
    answers = [b'abc', OSError(5, 'bad sector'), b'def', b'']
    readable = lambda self: True
    def readinto(self, b):
        answer = self.answers.pop(0)
        if isinstance(answer, OSError): raise answer
        b[:len(answer)] = answer; return len(answer)
b = io.BufferedReader(Raw()); print(answer(lambda: b.read(6)), b.read(6))
";
    cpython(program, "OSError b'def'");

    let bad = || Err(ErrorKind::InvalidData.into());
    let mut b = BufferedReader::new(answering([Ok(&b"abc"[..]), bad(), Ok(b"def")]));
    let mut six = [0; 6];
    assert_eq!(
        b.read_exact(&mut six).unwrap_err().kind(),
        ErrorKind::InvalidData
    );
    b.read_exact(&mut six).unwrap();
    assert_eq!(&six, b"abcdef");
}

#[test]
fn cpython_fails_here_but_a_buffer_taken_off_is_where_reading_stopped() {
    let program = r"
b = io.BufferedReader(io.BytesIO(b'head\nbody')); b.readline()
t = io.TextIOWrapper(io.BytesIO(b'head\nbody')); t.readline()
print(b.detach().read(), t.detach().read())
";
    cpython(program, "b'' b''");

    let mut b = BufferedReader::new(BytesIo::from(b"head\nbody".to_vec()));
    b.read_line(&mut String::new()).unwrap();
    assert_eq!(read(&mut b.detach().unwrap()), b"body");
    let mut t = text(b"head\nbody");
    t.next_line().unwrap();
    assert_eq!(read(&mut t.detach().unwrap()), b"body");
}

#[test]
fn cpython_fails_here_but_the_encoding_can_be_changed_while_reading() {
    let program = r"
t = io.TextIOWrapper(io.BytesIO(b'latin-1\ncaf\xe9\n'), 'ascii', 'replace'); t.readline()
print(answer(lambda: t.reconfigure(encoding='latin-1')))
";
    cpython(program, "UnsupportedOperation");

    let mut t = text(b"latin-1\ncaf\xe9\n");
    let encoding = t.next_line().unwrap().unwrap().parse().unwrap();
    t.reconfigure(t.options().encoding(encoding)).unwrap();
    assert_eq!(t.next_line().unwrap().as_deref(), Some("caf\u{e9}"));
}

#[test]
fn cpython_fails_here_but_a_cut_off_character_is_told_once() {
    let program = r"
t = io.TextIOWrapper(io.BytesIO(b'ab\xc3'), encoding='utf-8')
print([answer(lambda: t.read(1)) for _ in range(5)])
";
    // It would be told for ever: who goes on after errors never comes to the end.
    let told = "'UnicodeDecodeError', 'UnicodeDecodeError', 'UnicodeDecodeError'";
    cpython(program, &format!("['a', 'b', {told}]"));

    let mut t = text(b"ab\xc3");
    let mut all = String::new();
    let error = t.read_to_string(&mut all).unwrap_err();
    assert!(matches!(error, Error::Decode { offset: 2, .. }), "{error}");
    assert_eq!((t.read_to_string(&mut all).unwrap(), &*all), (0, "ab"));
}

#[test]
fn cpython_fails_here_but_utf_16_without_a_mark_can_be_read() {
    let program = r"
t = io.TextIOWrapper(io.BytesIO('ab'.encode('utf-16-le')), encoding='utf-16')
try: t.read()
except UnicodeError: print('refused', [t.read()])
";
    cpython(program, "refused ['']");

    let bytes = "ab".encode_utf16().flat_map(u16::to_ne_bytes);
    let options = TextOptions::new().encoding(Encoding::UTF_16);
    let buffer = BufferedReader::new(BytesIo::from(Vec::from_iter(bytes)));
    let mut t = TextIoWrapper::with_options(buffer, options);
    let mut all = String::new();
    let error = t.read_to_string(&mut all).unwrap_err();
    assert!(matches!(error, Error::Decode { offset: 0, .. }), "{error}");
    t.read_to_string(&mut all).unwrap();
    assert_eq!(all, "ab", "in the machine's order");
}

#[test]
fn cpython_fails_here_but_a_large_write_that_failed_can_go_on() {
    let program = r"
class Raw(io.RawIOBase):
    answers = [3, OSError(28, 'full')]
    writable = lambda self: True
    def write(self, b):
        answer = self.answers.pop(0) if self.answers else len(b)
        if isinstance(answer, OSError): raise answer
        out.extend(b[:answer]); return answer
out = bytearray(); b = io.BufferedWriter(Raw(), 4)
try: b.write(b'abcdefghijkl')
except OSError as error: print(error, getattr(error, 'characters_written', 'how many is not said'))
b.flush(); print(out)
";
    cpython(
        program,
        "
        [Errno 28] full how many is not said
        bytearray(b'abc')
        ",
    );

    let mut b = BufferedWriter::with_capacity(4, taking([Ok(3), Err(full())]));
    let bytes = b"abcdefghijkl";
    let error = Error::from(b.write_all(bytes).unwrap_err());
    let Error::WriteFailed { written, .. } = error else {
        panic!("{error:?}");
    };
    b.write_all(&bytes[written..]).unwrap();
    b.flush().unwrap();
    assert_eq!(b.get_ref().get_ref().unwrap().taken, bytes);
}

#[cfg(unix)]
#[test]
fn cpython_fails_here_but_a_time_out_is_no_end() {
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use iolite::Adapter;

    let program = r"
a, b = socket.socketpair(); a.settimeout(0.01); f = a.makefile('rb')
b.send(b'lin'); print(answer(f.readline))
b.send(b'e\n'); print(answer(f.readline))
";
    cpython(
        program,
        "
        TimeoutError
        OSError
        ",
    );

    let (ours, mut theirs) = UnixStream::pair().unwrap();
    ours.set_read_timeout(Some(Duration::from_millis(10)))
        .unwrap();
    let mut f = BufferedReader::new(Adapter::reader(ours));
    let mut line = String::new();
    theirs.write_all(b"lin").unwrap();
    assert!(f.read_line(&mut line).is_err());
    theirs.write_all(b"e\n").unwrap();
    f.read_line(&mut line).unwrap();
    assert_eq!(line, "line\n");
}

#[cfg(target_os = "linux")]
#[test]
fn cpython_fails_here_but_a_descriptor_for_writing_is_no_file_to_read() {
    use iolite::FileIo;
    use iolite::raw::FileMode;

    let program = r"
r, w = os.pipe()
f = io.FileIO(w, closefd=False)
print(f.readable(), answer(lambda: f.read(1)))
";
    cpython(program, "True OSError");

    let (_reader, writer) = std::io::pipe().unwrap();
    if !std::path::Path::new("/proc/self/fdinfo").exists() {
        return eprintln!("SKIPPED: no /proc says what a descriptor is open for");
    }
    let error = FileIo::duplicate(&writer, FileMode::Read).unwrap_err();
    assert!(matches!(error, Error::InvalidArgument { .. }), "{error:?}");
}
