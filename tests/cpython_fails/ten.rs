//! The ten that cost most, the worst first.

use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::raw::FileMode;
use iolite::{
    BufferedRandom, BufferedReader, BufferedWriter, Encoding, Error, FileIo, IoBase, OpenOptions,
    TextIo, TextIoExt, TextIoWrapper, TextOptions,
};

use crate::devices::{answering, file, full, read, taking, text};
use crate::record::cpython;

#[test]
fn cpython_fails_here_but_a_write_goes_where_reading_stopped() {
    let program = r"
open('f', 'w').write('abc\ndef\nghi\n')
f = open('f', 'r+')
f.readline(); f.write('X'); print([f.readline()])
f.close(); print([open('f').read()])
";
    cpython(
        program,
        r"
        ['']
        ['abc\ndef\nghi\nX']
        ",
    );

    let (_folder, path) = file(b"abc\ndef\nghi\n");
    let mut f = OpenOptions::new().update_text(&path).unwrap();
    f.next_line().unwrap();
    f.write_str("X").unwrap();
    assert_eq!(f.next_line().unwrap().as_deref(), Some("ef"));
    f.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"abc\nXef\nghi\n");
}

#[cfg(unix)]
#[test]
fn cpython_fails_here_but_no_data_now_is_one_answer() {
    use std::io::BufRead;
    use std::os::unix::net::UnixStream;

    use iolite::{Adapter, BufferedIo};

    let program = r"
r, w = os.pipe(); os.set_blocking(r, False)
raw = io.FileIO(r); b = io.BufferedReader(raw); t = io.TextIOWrapper(b)
print(raw.read(1), b.read(1), b.read1(1), b.peek(), b.readline())
print([t.readline()], list(t), answer(t.read))
os.write(w, b'lin'); print([t.readline()])
os.write(w, b'e\n'); print([t.readline()])
";
    cpython(
        program,
        r"
        None None b'' b'' b''
        [''] [] TypeError
        ['lin']
        ['e\n']
        ",
    );

    let (ours, mut theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let mut raw = Adapter::reader(ours);
    let again = |error: Error| assert!(error.is_would_block(), "{error:?}");
    let not_now = |error: std::io::Error| again(error.into());
    not_now(raw.read(&mut [0]).unwrap_err());
    let mut b = BufferedReader::new(raw);
    not_now(b.read(&mut [0]).unwrap_err());
    not_now(b.read_line(&mut String::new()).unwrap_err());
    again(b.read_chunk(1).unwrap_err());
    again(b.peek(1).unwrap_err());
    let mut t = TextIoWrapper::new(b);
    again(t.next_line().unwrap_err());
    again(t.read_to_string(&mut String::new()).unwrap_err());
    theirs.write_all(b"lin").unwrap();
    again(t.next_line().unwrap_err());
    theirs.write_all(b"e\n").unwrap();
    assert_eq!(t.next_line().unwrap().as_deref(), Some("line"));
}

#[test]
fn cpython_fails_here_but_text_survives_a_device_that_takes_little() {
    let program = r"
class Raw(io.RawIOBase):
    writable = lambda self: True
    def write(self, b): out.extend(b[:3]); return len(b[:3])
out = bytearray()
t = io.TextIOWrapper(Raw(), write_through=True)
print(t.write('abcdefgh')); t.flush(); print(out)
";
    cpython(
        program,
        "
        8
        bytearray(b'abc')
        ",
    );

    let little = taking([Ok(3), Ok(3)]);
    let options = TextOptions::new().write_through(true);
    let mut t = TextIoWrapper::with_options(BufferedWriter::new(little), options);
    t.write_str("abcdefgh").unwrap();
    let device = t.get_ref().get_ref().get_ref().unwrap();
    assert_eq!((&device.taken[..], device.calls), (&b"abcdefgh"[..], 3));
}

#[test]
fn cpython_fails_here_but_text_survives_a_full_disk() {
    let program = r"
class Raw(io.RawIOBase):
    full = True
    writable = lambda self: True
    def write(self, b):
        if self.full: raise OSError(28, 'full')
        out.extend(b); return len(b)
out = bytearray(); raw = Raw()
t = io.TextIOWrapper(io.BufferedWriter(raw, 4)); t.write('abcdefgh')
print(answer(t.flush))
raw.full = False; print(t.flush(), out)
";
    cpython(
        program,
        "
        OSError
        None bytearray(b'')
        ",
    );

    let device = taking([Err(full()), Err(full())]);
    let mut t = TextIoWrapper::new(BufferedWriter::with_capacity(16, device));
    t.write_str("abcdefgh").unwrap();
    for _ in 0..2 {
        assert_eq!(t.flush().unwrap_err().kind(), ErrorKind::StorageFull);
    }
    t.flush().unwrap();
    assert_eq!(t.get_ref().get_ref().get_ref().unwrap().taken, b"abcdefgh");
}

#[test]
fn cpython_fails_here_but_an_appending_file_knows_where_it_is() {
    let program = r"
open('f', 'wb').write(b'0123456789')
f = open('f', 'a+b'); f.seek(0); f.read(4); f.write(b'ab')
print(f.tell(), f.read(3))
f.close(); print(open('f', 'rb').read())
";
    cpython(
        program,
        "
        6 b'678'
        b'0123456789ab'
        ",
    );

    let (_folder, path) = file(b"0123456789");
    let device = FileIo::open(&path, FileMode::AppendUpdate).unwrap();
    let mut f = BufferedRandom::new(device).unwrap();
    f.seek(SeekFrom::Start(0)).unwrap();
    f.read_exact(&mut [0; 4]).unwrap();
    f.write_all(b"ab").unwrap();
    assert_eq!(f.stream_position().unwrap(), 12);
    assert_eq!(read(&mut f), b"");
    f.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"0123456789ab");
}

#[test]
fn cpython_fails_here_but_tell_works_during_iteration() {
    let program = r"
t = io.TextIOWrapper(io.BytesIO(b'one\ntwo\nthree\n'))
next(t); print(answer(t.tell))
t.flush(); print(t.tell())
";
    // The second answer is the end of what was read ahead.
    cpython(
        program,
        "
        OSError
        14
        ",
    );

    let mut t = text(b"one\ntwo\nthree\n");
    let mut places = Vec::new();
    while t.next_line().unwrap().is_some() {
        places.push((t.byte_offset(), t.tell().unwrap()));
    }
    let offsets: Vec<u64> = places.iter().map(|&(offset, _)| offset).collect();
    assert_eq!(offsets, [4, 8, 14]);
    t.seek(places[0].1).unwrap();
    assert_eq!(t.next_line().unwrap().as_deref(), Some("two"));
}

#[test]
fn cpython_fails_here_but_a_bad_byte_costs_no_line() {
    let program = r"
open('f', 'wb').write(b'good\n' * 1000 + b'bad \xff\n' + b'next\n' * 1000)
f = open('f', encoding='utf-8'); lines = []
while True:
    try:
        lines.append(f.readline())
        if not lines.pop(): break
        lines.append(1)
    except UnicodeDecodeError as error: print(error.start)
print(len(lines))
";
    // 1,638 of 2,001 lines are gone.
    cpython(
        program,
        "
        5004
        363
        ",
    );

    let mut bytes = b"good\n".repeat(1000);
    bytes.extend_from_slice(b"bad \xff\n");
    bytes.extend_from_slice(&b"next\n".repeat(1000));
    let (_folder, path) = file(&bytes);
    let mut f = OpenOptions::new().read_text(&path).unwrap();
    let (mut lines, mut bad) = (0, Vec::new());
    loop {
        match f.next_line() {
            Ok(Some(_)) => lines += 1,
            Ok(None) => break,
            Err(Error::Decode { offset, bytes, .. }) => bad.push((offset, bytes)),
            Err(error) => panic!("{error}"),
        }
    }
    // The bad line comes as two pieces: what is before the byte, and its end.
    assert_eq!((lines, bad), (2002, vec![(5004, vec![0xff])]));
}

#[test]
fn cpython_fails_here_but_wrong_arguments_empty_no_file() {
    let program = r"
for wrong in dict(buffering=0), dict(newline='x'), dict(encoding='nope'):
    open('f', 'w').write('precious')
    print(answer(lambda: open('f', 'w', **wrong)), os.path.getsize('f'))
";
    cpython(
        program,
        "
        ValueError 0
        ValueError 0
        LookupError 0
        ",
    );

    let (_folder, path) = file(b"precious");
    let unbuffered = OpenOptions::new().buffering(iolite::open::Buffering::None);
    let error = unbuffered.open(&path, "w").unwrap_err();
    assert!(matches!(error, Error::InvalidMode { .. }), "{error:?}");
    assert!("x".parse::<iolite::Newline>().is_err(), "no file in sight");
    assert!("nope".parse::<Encoding>().is_err());
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn cpython_fails_here_but_truncate_cuts_at_the_text_position() {
    let program = r"
open('f', 'w').write('0123456789')
f = open('f', 'r+'); f.read(2); print(f.truncate()); f.close()
print(open('f').read())
";
    cpython(
        program,
        "
        10
        0123456789
        ",
    );

    let (_folder, path) = file(b"0123456789");
    let mut f = OpenOptions::new().update_text(&path).unwrap();
    f.read_chars(2, &mut String::new()).unwrap();
    assert_eq!(f.truncate(None).unwrap(), 2);
    f.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"01");
}

#[test]
fn cpython_fails_here_but_text_reads_as_much_as_its_buffer_holds() {
    let program = r"
class Raw(io.RawIOBase):
    readable = lambda self: True
    def readinto(self, b): asked.append(len(b)); b[:] = b'x\n' * (len(b) // 2); return len(b)
asked = []
t = io.TextIOWrapper(io.BufferedReader(Raw(), 65536)); t.readline()
print(asked)
";
    cpython(program, "[8192]");

    let device = answering([Ok(&b"x\n"[..])]);
    let mut t = TextIoWrapper::new(BufferedReader::with_capacity(65536, device));
    t.next_line().unwrap();
    assert_eq!(t.get_ref().get_ref().get_ref().unwrap().asked, [65536]);
}

/// `open` refuses such files here, too (OPN-17): one buffer has one position. What CPython lacks is
/// a way back out of the two buffers that do work.
#[cfg(all(unix, feature = "socket"))]
#[test]
fn cpython_fails_here_but_two_directions_can_be_taken_apart() {
    use std::fs::File;
    use std::io::BufRead;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    let program = r"
a, b = socket.socketpair()
print(answer(lambda: open(a.fileno(), 'r+', closefd=False)))
pair = a.makefile('rwb'); b.send(b'head\nbody')
print(pair.readline(), answer(pair.detach))
";
    cpython(
        program,
        r"
        UnsupportedOperation
        b'head\n' UnsupportedOperation
        ",
    );

    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let file = File::from(OwnedFd::from(ours.try_clone().unwrap()));
    let refused = OpenOptions::new().open_file(file, "r+").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);

    theirs.write_all(b"head\nbody").unwrap();
    let mut pair = iolite::BufferedRwPair::from_socket(iolite::SocketIo::from(ours)).unwrap();
    pair.read_line(&mut String::new()).unwrap();
    pair.write_all(b"answer").unwrap();
    let ((_, ahead), (_, pending)) = pair.into_parts();
    assert_eq!((&ahead[..], &pending[..]), (&b"body"[..], &b"answer"[..]));
}
