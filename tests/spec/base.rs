//! Chapter "Every stream".

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::error::Operation;
use iolite::raw::FileMode;
use iolite::{
    Adapter, BufferedIo, BufferedRandom, BufferedReader, BufferedWriter, BytesIo, Chunk, Error,
    FileIo, IoBase, RawIo,
};
use rstest::rstest;

use crate::support::contracts;
use crate::support::devices::{Behaviour, EIO, Hostile, Probe};
use crate::support::naive;

fn file(mode: FileMode) -> FileIo {
    FileIo::from_file(tempfile::tempfile().unwrap(), mode).unwrap()
}

#[rstest]
#[case::base_1_file(file(FileMode::ReadUpdate))]
#[case::base_1_read_only_file(file(FileMode::Read))]
#[case::base_1_write_only_file(file(FileMode::Write))]
#[case::base_1_memory(BytesIo::from(b"abc".to_vec()))]
#[case::base_1_adapter(Adapter::duplex(std::io::Cursor::new(vec![1])).with_seek())]
#[case::base_1_adapter_that_reads(Adapter::reader(&b"x"[..]))]
#[case::base_1_adapter_that_writes(Adapter::writer(Vec::new()))]
fn closing_a_device<S: RawIo>(#[case] mut device: S) {
    contracts::closing(&mut device, std::any::type_name::<S>());
}

#[cfg(all(feature = "mmap", any(unix, windows)))]
#[test]
#[allow(unsafe_code)]
fn base_1_memory_map() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"abc").unwrap();
    // SAFETY: the file has no name; nobody else changes it.
    let mut map = unsafe { iolite::MmapIo::map(&file) }.unwrap();
    contracts::closing(&mut map, "MmapIo");
    // SAFETY: as above.
    let map = unsafe { iolite::MmapIo::map(&file) }.unwrap();
    contracts::closing_buffered(&mut BufferedReader::new(map), "BufferedReader<MmapIo>");
}

#[cfg(all(feature = "socket", any(unix, windows)))]
#[test]
fn base_1_socket() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut socket = iolite::SocketIo::from(std::net::TcpStream::connect(address).unwrap());
    contracts::closing(&mut socket, "SocketIo");
}

#[rstest]
#[case::base_1_reader(BufferedReader::new(Hostile::new(b"abc")))]
#[case::base_1_writer(BufferedWriter::new(Hostile::new(b"abc")))]
#[case::base_1_random(BufferedRandom::new(Hostile::new(b"abc")).unwrap())]
#[case::base_1_reader_of_memory(BufferedReader::new(BytesIo::from(b"abc".to_vec())))]
#[case::base_1_writer_to_a_file(BufferedWriter::new(file(FileMode::Write)))]
#[case::base_1_random_file(BufferedRandom::new(file(FileMode::ReadUpdate)).unwrap())]
fn closing_a_buffered_stream<S: BufferedIo>(#[case] mut stream: S) {
    contracts::closing_buffered(&mut stream, std::any::type_name::<S>());
}

#[test]
fn base_1_a_reader_with_something_in_its_buffer_is_closed_all_the_same() {
    let mut reader = BufferedReader::new(Hostile::new(b"abc"));
    assert_eq!(reader.peek(2).unwrap(), b"ab");
    contracts::closing_buffered(&mut reader, "BufferedReader");
    let mut random = BufferedRandom::new(Hostile::new(b"abc")).unwrap();
    assert_eq!(random.peek(2).unwrap(), b"ab");
    contracts::closing_buffered(&mut random, "BufferedRandom");
    for nothing in [reader.read_exact(&mut []), random.read_exact(&mut [])] {
        contracts::says_closed(
            nothing.map_err(Error::from),
            "closed",
            "read_exact of nothing",
        );
    }
}

#[test]
fn base_2_a_second_close_does_nothing() {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut writer = BufferedWriter::new(device);
    writer.write_all(b"x").unwrap();
    writer.close().unwrap();
    let once = probe.calls();
    writer.close().unwrap();
    drop(writer);
    assert_eq!(probe.calls(), once);
}

#[test]
fn base_2_a_failed_close_is_a_close() {
    let (mut writer, probe) = failing_close();
    contracts::both(writer.close(), EIO, EIO + 1);
    assert!(probe.is_closed());
    contracts::closing_buffered(&mut writer, "BufferedWriter after a failed close");
}

fn failing_close() -> (BufferedWriter<Hostile>, Probe) {
    let device = Hostile::new(b"").with(Behaviour::FailingClose);
    let probe = device.probe();
    (BufferedWriter::new(device), probe)
}

#[test]
fn base_2_an_adapter_flushes_and_is_closed_even_if_that_failed() {
    /// Cannot be flushed.
    struct Stuck;
    impl Write for Stuck {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            Ok(buf.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Err(std::io::Error::from_raw_os_error(EIO))
        }
    }
    let mut adapter = Adapter::writer(Stuck);
    assert_eq!(adapter.close().unwrap_err().raw_os_error(), Some(EIO));
    contracts::closing(&mut adapter, "Adapter after a failed close");
}

#[test]
fn base_3_the_end_is_not_remembered() {
    let device = Hostile::new(b"ab");
    let probe = device.probe();
    let mut reader = BufferedReader::new(device);
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    for round in 0..3 {
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        assert_eq!(reader.read_chunk(5).unwrap(), b"");
        assert_eq!(reader.fill_buf().unwrap(), b"");
        probe.grow(&[b'0' + round]);
        reader.read_until(b'\n', &mut all).unwrap();
    }
    assert_eq!(all, b"ab012");
}

/// Only whether it failed.
fn void<T>(outcome: std::io::Result<T>) -> Result<(), Error> {
    Ok(outcome.map(|_| ())?)
}

/// One call that reads.
type Call = fn(&mut dyn BufferedIo) -> Result<(), Error>;

const CALLS: [(&str, Call); 10] = [
    ("read", |s| void(s.read(&mut [0; 3]))),
    ("large read", |s| void(s.read(&mut [0; 99]))),
    ("read_exact", |s| Ok(s.read_exact(&mut [0; 3])?)),
    ("large read_exact", |s| Ok(s.read_exact(&mut [0; 60])?)),
    ("read_chunk", |s| s.read_chunk(3).map(drop)),
    ("fill_buf", |s| void(s.fill_buf())),
    ("peek", |s| s.peek(3).map(drop)),
    ("read_until", |s| void(s.read_until(b'\n', &mut Vec::new()))),
    ("read_line", |s| void(s.read_line(&mut String::new()))),
    ("read_to_end", |s| void(s.read_to_end(&mut Vec::new()))),
];

#[test]
fn base_4_signals_are_retried_inside() {
    for (name, call) in CALLS {
        let device = Hostile::new(&[b'x'; 80]).with(Behaviour::Interrupted);
        let mut reader = BufferedReader::with_capacity(10, device);
        call(&mut reader).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let device = Hostile::new(b"abcdef").with(Behaviour::Interrupted);
    let mut file = BufferedRandom::with_capacity(3, device).unwrap();
    file.read_exact(&mut [0; 2]).unwrap();
    file.write_all(b"XY").unwrap();
    assert_eq!(file.stream_position().unwrap(), 4);
    file.seek(SeekFrom::End(-1)).unwrap();
    assert_eq!(file.truncate(None).unwrap(), 5);
    file.flush().unwrap();
    assert_eq!(file.detach().unwrap().probe().content(), b"abXYe");
}

#[test]
fn base_4_signals_are_retried_by_a_reader_that_is_taken_apart() {
    let device = Hostile::new(b"abcdef").with(Behaviour::Interrupted);
    let mut reader = BufferedReader::new(device);
    reader.read_exact(&mut [0; 2]).unwrap();
    assert_eq!(reader.detach().unwrap().probe().position(), 2);
}

/// A value of std that a signal interrupts at every other call.
struct Interrupting(bool, std::io::Cursor<Vec<u8>>);

impl Interrupting {
    fn signal(&mut self) -> std::io::Result<&mut std::io::Cursor<Vec<u8>>> {
        self.0 = !self.0;
        match self.0 {
            true => Err(ErrorKind::Interrupted.into()),
            false => Ok(&mut self.1),
        }
    }
}

impl Read for Interrupting {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.signal()?.read(buf)
    }
}

impl Write for Interrupting {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.signal()?.write(buf)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.signal()?.flush()
    }
}

impl Seek for Interrupting {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.signal()?.seek(to)
    }
}

#[test]
fn base_4_signals_are_retried_by_an_adapter() {
    let inner = Interrupting(false, std::io::Cursor::new(b"abc".to_vec()));
    let mut adapter = Adapter::duplex(inner).with_seek();
    assert_eq!(adapter.read(&mut [0; 2]).unwrap(), 2);
    assert_eq!(adapter.write(b"X").unwrap(), 1);
    adapter.flush().unwrap();
    assert_eq!(adapter.seek(SeekFrom::Start(1)).unwrap(), 1);
    assert_eq!(adapter.into_inner().unwrap().1.into_inner(), b"abX");
}

#[test]
fn base_5_what_would_block_loses_nothing() {
    for (name, call) in CALLS {
        let content = naive::ramp(80);
        let device = Hostile::new(&content).with(Behaviour::WouldBlock);
        let mut reader = BufferedReader::with_capacity(10, device);
        let error = call(&mut reader).unwrap_err();
        assert!(error.is_would_block(), "{name}: {error:?}");
        assert_eq!(reader.stream_position().unwrap(), 0, "{name}");
        let mut all = vec![0; 80];
        contracts::persist(name, || Ok(reader.read_exact(&mut all)?)).unwrap();
        assert_eq!(all, content, "{name}");
    }
}

#[test]
fn base_6_a_device_that_claims_too_much_is_found_out() {
    for (name, call) in CALLS {
        let device = Hostile::new(&[b'x'; 80]).with(Behaviour::LyingCounts);
        let mut reader = BufferedReader::with_capacity(10, device);
        match call(&mut reader) {
            Err(Error::BadCount {
                operation: Operation::Read,
                claimed,
                limit,
            }) => assert_eq!(claimed, limit + 1, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(reader.buffer(), b"", "{name}");
    }
}

#[rstest]
#[case::base_6_a_flush(|w: &mut BufferedWriter<Hostile>| Ok(w.flush()?))]
#[case::base_6_a_large_write(|w: &mut BufferedWriter<Hostile>| void(w.write(&[0; 50])))]
#[case::base_6_a_chunk(|w: &mut BufferedWriter<Hostile>| w.write_chunk(Chunk::from(vec![0; 50])))]
#[case::base_6_a_close(|w: &mut BufferedWriter<Hostile>| w.close())]
fn lying_writes(#[case] call: fn(&mut BufferedWriter<Hostile>) -> Result<(), Error>) {
    let device = Hostile::new(b"").with(Behaviour::LyingCounts);
    let mut writer = BufferedWriter::with_capacity(10, device);
    writer.write_all(b"abc").unwrap();
    match call(&mut writer) {
        Err(Error::BadCount {
            operation: Operation::Write,
            claimed,
            limit,
        }) => assert_eq!(claimed, limit + 1),
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::base_7_a_flush(|w: &mut BufferedWriter<Hostile>| Ok(w.flush()?))]
#[case::base_7_a_large_write(|w: &mut BufferedWriter<Hostile>| void(w.write(&[0; 50])))]
#[case::base_7_write_all(|w: &mut BufferedWriter<Hostile>| Ok(w.write_all(&[0; 50])?))]
#[case::base_7_a_chunk(|w: &mut BufferedWriter<Hostile>| w.write_chunk(Chunk::from(vec![0; 50])))]
#[case::base_7_a_seek(|w: &mut BufferedWriter<Hostile>| void(w.seek(SeekFrom::Start(0))))]
#[case::base_7_a_close(|w: &mut BufferedWriter<Hostile>| w.close())]
fn no_progress(#[case] call: fn(&mut BufferedWriter<Hostile>) -> Result<(), Error>) {
    let device = Hostile::new(b"").with(Behaviour::NoProgress);
    let probe = device.probe();
    let mut writer = BufferedWriter::with_capacity(10, device);
    writer.write_all(b"abc").unwrap();
    let operation = Operation::Write;
    match call(&mut writer) {
        Err(Error::NoProgress { operation: o }) => assert_eq!(o, operation),
        other => panic!("{other:?}"),
    }
    assert_eq!(probe.calls().writes, 1, "once is enough");
    assert_eq!(writer.pending(), 3);
}

#[test]
fn base_8_after_an_error_the_position_is_defined_and_the_stream_goes_on() {
    for (name, call) in CALLS {
        for at in [0, 5, 12] {
            let content = naive::ramp(80);
            let device = Hostile::new(&content).with(Behaviour::ErrorAfter(at));
            let mut reader = BufferedReader::with_capacity(10, device);
            let _ = call(&mut reader);
            let position = reader.stream_position().unwrap() as usize;
            let mut rest = vec![0; 80 - position];
            contracts::persist(name, || Ok(reader.read_exact(&mut rest)?)).unwrap();
            assert_eq!(rest, content[position..], "{name}, error after {at}");
        }
    }
}

#[test]
fn base_9_streams_work_behind_references_and_boxes() {
    let mut boxed: Box<dyn BufferedIo + Send> =
        Box::new(BufferedRandom::new(Hostile::new(b"abcdef")).unwrap());
    assert_eq!(
        (boxed.readable(), boxed.writable(), boxed.seekable()),
        (true, true, true)
    );
    contracts::closing_buffered(&mut boxed, "Box<dyn BufferedIo>");
    let mut stream = BufferedReader::new(Hostile::new(b"abcdef"));
    let mut reference: &mut dyn BufferedIo = &mut stream;
    assert_eq!(BufferedIo::peek(&mut reference, 2).unwrap(), b"ab");
    assert_eq!(reference.read_chunk(3).unwrap(), b"abc");
    assert_eq!(
        reference.write_chunk(Chunk::new()).unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

#[test]
fn base_9_devices_work_behind_references_and_boxes() {
    let device = Hostile::new(b"").with_all(&[Behaviour::Appending, Behaviour::BlockSize(1 << 17)]);
    let boxed: Box<dyn RawIo + Send> = Box::new(device);
    assert_eq!(
        (boxed.is_append_only(), boxed.block_size()),
        (true, Some(1 << 17))
    );
    assert_eq!(BufferedReader::new(boxed).capacity(), 1 << 17);
    let mut memory = BytesIo::from(b"abc".to_vec());
    let address = memory.as_slice().as_ptr();
    let mut reader = BufferedReader::new(&mut memory);
    assert_eq!(
        reader.read_chunk(2).unwrap().as_ptr(),
        address,
        "lent through a reference"
    );
    drop(reader);
    assert_eq!(memory.stream_position().unwrap(), 2);
}

#[test]
fn base_9_streams_can_go_to_another_thread() {
    fn assert_send<T: Send>() {}
    assert_send::<BufferedReader<FileIo>>();
    assert_send::<BufferedWriter<BytesIo>>();
    assert_send::<BufferedRandom<FileIo>>();
    assert_send::<Adapter<std::net::TcpStream>>();
}

#[test]
fn base_10_nothing_here_is_a_terminal() {
    assert!(!BytesIo::new().is_terminal());
    assert!(!file(FileMode::Read).is_terminal());
    assert!(!BufferedReader::new(file(FileMode::Read)).is_terminal());
}

#[test]
fn base_10_a_buffer_asks_its_device_whether_it_is_a_terminal() {
    let terminal = || Box::new(Hostile::new(b"").with(Behaviour::Terminal));
    assert!(BufferedReader::new(terminal()).is_terminal());
    assert!(BufferedWriter::new(terminal()).is_terminal());
    assert!(BufferedRandom::new(terminal()).unwrap().is_terminal());
    let mut boxed: Box<dyn BufferedIo> = Box::new(BufferedReader::new(terminal()));
    assert!(boxed.is_terminal());
    let reference: &mut dyn BufferedIo = &mut boxed;
    assert!(reference.is_terminal());
}
