//! Chapter "Raw streams": memory, anything of std, memory maps and sockets.

use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use iolite::error::Operation;
use iolite::{Adapter, BytesIo, Chunk, Error, IoBase, RawIo};
use rstest::rstest;

use crate::support::contracts::unsupported;

fn memory(content: &[u8], position: u64) -> BytesIo {
    let mut memory = BytesIo::from(content.to_vec());
    memory.seek(SeekFrom::Start(position)).unwrap();
    memory
}

fn lend(memory: &mut impl RawIo, max: usize) -> Chunk {
    memory.read_shared(max).unwrap().expect("memory lends")
}

#[test]
fn raw_21_memory_starts_at_its_start_and_takes_the_vector_over() {
    let content = b"hello".to_vec();
    let address = content.as_ptr();
    let mut memory = BytesIo::from(content);
    assert_eq!(memory.stream_position().unwrap(), 0);
    memory.write_all(b"J").unwrap();
    assert_eq!(
        (memory.as_slice(), memory.as_slice().as_ptr()),
        (&b"Jello"[..], address)
    );
    let content = memory.into_inner();
    assert_eq!(content.as_ptr(), address);
    assert_eq!(BytesIo::new().as_slice(), b"");
}

#[rstest]
#[case::raw_22_over_the_start(0, b"XY", b"XYcdef", 2)]
#[case::raw_22_over_the_end(5, b"XY", b"abcdeXY", 7)]
#[case::raw_22_at_the_end(6, b"XY", b"abcdefXY", 8)]
#[case::raw_22_behind_the_end_fills_with_zeros(8, b"XY", b"abcdef\0\0XY", 10)]
#[case::raw_22_nothing_behind_the_end_fills_nothing(8, b"", b"abcdef", 8)]
fn writing_memory(
    #[case] position: u64,
    #[case] bytes: &[u8],
    #[case] expected: &[u8],
    #[case] behind: u64,
) {
    let mut memory = memory(b"abcdef", position);
    assert_eq!(memory.write(bytes).unwrap(), bytes.len());
    assert_eq!(memory.as_slice(), expected);
    assert_eq!(memory.stream_position().unwrap(), behind);
}

#[rstest]
#[case::raw_23_inside(2, 3, b"cde")]
#[case::raw_23_up_to_the_end(4, 9, b"ef")]
#[case::raw_23_at_the_end(6, 9, b"")]
#[case::raw_23_behind_the_end(100, 9, b"")]
#[case::raw_23_far_behind_the_end(u64::MAX, 9, b"")]
fn reading_memory(#[case] position: u64, #[case] n: usize, #[case] expected: &[u8]) {
    let mut by_reading = memory(b"abcdef", position);
    let mut buf = vec![0; n];
    let read = by_reading.read(&mut buf).unwrap();
    assert_eq!(&buf[..read], expected);
    let mut by_lending = memory(b"abcdef", position);
    assert_eq!(lend(&mut by_lending, n), expected);
    let behind = position.saturating_add(expected.len() as u64);
    assert_eq!(by_reading.stream_position().unwrap(), behind);
    assert_eq!(by_lending.stream_position().unwrap(), behind);
}

#[rstest]
#[case::raw_24_absolute(SeekFrom::Start(9), 9)]
#[case::raw_24_relative(SeekFrom::Current(-2), 1)]
#[case::raw_24_from_the_end(SeekFrom::End(2), 8)]
#[case::raw_24_relative_stops_at_the_start(SeekFrom::Current(-4), 0)]
#[case::raw_24_from_the_end_stops_at_the_start(SeekFrom::End(-7), 0)]
#[case::raw_24_as_far_as_it_goes(SeekFrom::Current(i64::MIN), 0)]
fn seeking_memory(#[case] to: SeekFrom, #[case] expected: u64) {
    let mut memory = memory(b"abcdef", 3);
    assert_eq!(memory.seek(to).unwrap(), expected);
    assert_eq!(memory.stream_position().unwrap(), expected);
}

#[rstest]
#[case::raw_25_shorter(Some(2), 2, b"ab")]
#[case::raw_25_at_the_position(None, 4, b"abcd")]
#[case::raw_25_never_longer(Some(9), 9, b"abcdef")]
fn truncating_memory(#[case] size: Option<u64>, #[case] answer: u64, #[case] left: &[u8]) {
    let mut memory = memory(b"abcdef", 4);
    assert_eq!(memory.truncate(size).unwrap(), answer);
    assert_eq!(memory.as_slice(), left);
    assert_eq!(memory.stream_position().unwrap(), 4);
}

#[rstest]
#[case::raw_26_no_number(u64::MAX)]
#[case::raw_26_no_memory(isize::MAX as u64)]
#[case::raw_26_more_than_there_is(1 << 60)]
fn writing_too_far(#[case] position: u64) {
    let mut memory = memory(b"abcdef", position);
    let error = memory.write(b"x").unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::InvalidInput | ErrorKind::OutOfMemory
        ),
        "{error}"
    );
    assert_eq!(memory.as_slice(), b"abcdef");
    assert_eq!(memory.stream_position().unwrap(), position);
}

#[test]
fn raw_27_lending_shares_the_memory() {
    let mut memory = memory(b"abcdef", 1);
    let address = memory.as_slice().as_ptr();
    let (first, second) = (lend(&mut memory, 3), lend(&mut memory, 9));
    assert_eq!(
        (&first[..], first.as_ptr()),
        (&b"bcd"[..], address.wrapping_add(1))
    );
    assert_eq!(
        (&second[..], second.as_ptr()),
        (&b"ef"[..], address.wrapping_add(4))
    );
    assert_eq!(memory.as_slice().as_ptr(), address);
}

#[test]
fn raw_28_a_lent_chunk_never_changes() {
    let mut memory = memory(b"abcdef", 0);
    let chunk = lend(&mut memory, 4);
    memory.rewind().unwrap();
    memory.write_all(b"XXXXXXXXX").unwrap();
    assert_eq!(
        (&chunk[..], memory.as_slice()),
        (&b"abcd"[..], &b"XXXXXXXXX"[..])
    );
    let chunk = lend(&mut memory, 9);
    assert!(chunk.is_empty());
    memory.rewind().unwrap();
    let chunk = lend(&mut memory, 3);
    memory.truncate(Some(1)).unwrap();
    assert_eq!((&chunk[..], memory.as_slice()), (&b"XXX"[..], &b"X"[..]));
    assert_eq!(
        (memory.into_inner(), &chunk[..]),
        (b"X".to_vec(), &b"XXX"[..])
    );
}

#[test]
fn raw_28_nothing_is_copied_where_no_lent_chunk_is_alive() {
    let mut memory = memory(b"abcdef", 0);
    let address = memory.as_slice().as_ptr();
    drop(lend(&mut memory, 4));
    memory.write_all(b"X").unwrap();
    memory.truncate(Some(5)).unwrap();
    assert_eq!(
        (memory.as_slice(), memory.as_slice().as_ptr()),
        (&b"abcdX"[..], address)
    );
    drop(lend(&mut memory, 4));
    let content = memory.into_inner();
    assert_eq!(content.as_ptr(), address);
}

#[test]
fn raw_29_closed_memory_still_shows_its_bytes() {
    let mut memory = memory(b"abcdef", 0);
    memory.close().unwrap();
    assert!(matches!(memory.read_shared(1), Err(Error::Closed)));
    assert_eq!(memory.as_slice(), b"abcdef");
    assert_eq!(memory.into_inner(), b"abcdef");
}

#[test]
fn raw_30_an_adapter_can_what_its_constructor_says() {
    let cursor = || Cursor::new(b"abc".to_vec());
    let abilities = |a: &dyn IoBase| [a.readable(), a.writable(), a.seekable()];
    assert_eq!(abilities(&Adapter::reader(cursor())), [true, false, false]);
    assert_eq!(abilities(&Adapter::writer(cursor())), [false, true, false]);
    assert_eq!(abilities(&Adapter::duplex(cursor())), [true, true, false]);
    assert_eq!(
        abilities(&Adapter::reader(cursor()).with_seek()),
        [true, false, true]
    );
    let mut reader = Adapter::reader(cursor());
    unsupported(reader.write(b"x"), Operation::Write);
    unsupported(reader.rewind(), Operation::Seek);
    unsupported(reader.stream_position(), Operation::Tell);
    unsupported(reader.truncate(None), Operation::Truncate);
    reader.flush().unwrap();
    unsupported(Adapter::writer(cursor()).read(&mut [0]), Operation::Read);
    unsupported(
        Adapter::duplex(cursor()).with_seek().truncate(None),
        Operation::Truncate,
    );
}

#[test]
fn raw_31_an_adapter_passes_everything_on() {
    let mut adapter = Adapter::duplex(Cursor::new(b"abcdef".to_vec())).with_seek();
    let mut two = [0; 2];
    adapter.read_exact(&mut two).unwrap();
    adapter.write_all(b"XY").unwrap();
    assert_eq!(adapter.seek(SeekFrom::End(-1)).unwrap(), 5);
    let pieces = [std::io::IoSlice::new(b"1"), std::io::IoSlice::new(b"2")];
    assert_eq!(
        adapter.write_vectored(&pieces).unwrap(),
        2,
        "gather writes stay gather writes"
    );
    assert_eq!(
        (&two, adapter.get_ref().unwrap().get_ref()),
        (b"ab", &b"abXYe12".to_vec())
    );
    adapter.get_mut().unwrap().set_position(0);
    assert_eq!(adapter.stream_position().unwrap(), 0);
    assert_eq!(adapter.into_inner().unwrap().into_inner(), b"abXYe12");
}

#[test]
fn raw_32_closing_an_adapter_drops_what_is_inside() {
    let inside = std::rc::Rc::new(());
    struct Sink(#[allow(dead_code, reason = "it is dropped, that is all")] std::rc::Rc<()>);
    impl Write for Sink {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            Ok(buf.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut adapter = Adapter::writer(Sink(std::rc::Rc::clone(&inside)));
    adapter.close().unwrap();
    assert_eq!(std::rc::Rc::strong_count(&inside), 1);
    assert!(adapter.get_ref().is_none() && adapter.get_mut().is_none());
    assert!(adapter.into_inner().is_none());
}

#[cfg(all(feature = "mmap", any(unix, windows)))]
#[allow(unsafe_code)]
fn map(content: &[u8]) -> iolite::MmapIo {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    // SAFETY: the file has no name; nobody else can change it.
    unsafe { iolite::MmapIo::map(&file) }.unwrap()
}

#[cfg(all(feature = "mmap", any(unix, windows)))]
#[test]
fn raw_33_a_map_lends_its_pages() {
    let mut map = map(b"mapped bytes");
    let address = map.as_slice().as_ptr();
    let (first, second) = (lend(&mut map, 6), lend(&mut map, 99));
    assert_eq!((&first[..], first.as_ptr()), (&b"mapped"[..], address));
    assert_eq!(
        (&second[..], second.as_ptr()),
        (&b" bytes"[..], address.wrapping_add(6))
    );
    assert_eq!(lend(&mut map, 99), b"");
}

#[cfg(all(feature = "mmap", any(unix, windows)))]
#[test]
fn raw_33_chunks_keep_a_map_alive() {
    let mut map = map(b"mapped bytes");
    let chunk = lend(&mut map, 6);
    map.close().unwrap();
    assert_eq!((map.as_slice(), &chunk[..]), (&b""[..], &b"mapped"[..]));
    drop(map);
    assert_eq!(chunk, b"mapped");
}

#[cfg(all(feature = "mmap", any(unix, windows)))]
#[test]
fn raw_34_a_map_reads_and_seeks_and_does_not_write() {
    let mut map = map(b"mapped bytes");
    assert_eq!(
        [map.readable(), map.writable(), map.seekable()],
        [true, false, true]
    );
    assert_eq!(map.seek(SeekFrom::End(-5)).unwrap(), 7);
    let mut text = String::new();
    map.read_to_string(&mut text).unwrap();
    assert_eq!(text, "bytes");
    assert_eq!(map.seek(SeekFrom::Start(100)).unwrap(), 100);
    assert_eq!(
        (map.read(&mut [0]).unwrap(), lend(&mut map, 9).len()),
        (0, 0)
    );
    let error = map.seek(SeekFrom::Current(-101)).unwrap_err();
    assert_eq!(
        (error.kind(), map.stream_position().unwrap()),
        (ErrorKind::InvalidInput, 100)
    );
    unsupported(map.write(b"x"), Operation::Write);
    unsupported(map.truncate(None), Operation::Truncate);
    map.flush().unwrap();
}

/// Python's mmap refuses an empty file.
#[cfg(all(feature = "mmap", any(unix, windows)))]
#[test]
fn raw_35_an_empty_file_is_an_empty_map() {
    let mut map = map(b"");
    assert_eq!(map.as_slice(), b"");
    assert_eq!(lend(&mut map, 9), b"");
    assert_eq!(map.read(&mut [0]).unwrap(), 0);
}

#[cfg(all(feature = "socket", any(unix, windows)))]
fn sockets() -> (iolite::SocketIo, iolite::SocketIo) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = std::net::TcpStream::connect(address).unwrap();
    (client.into(), listener.accept().unwrap().0.into())
}

#[cfg(all(feature = "socket", any(unix, windows)))]
#[test]
fn raw_36_a_socket_reads_and_writes_and_does_not_seek() {
    let (mut client, mut server) = sockets();
    assert_eq!(
        [client.readable(), client.writable(), client.seekable()],
        [true, true, false]
    );
    client.write_all(b"ping").unwrap();
    client.flush().unwrap();
    let mut four = [0; 4];
    server.read_exact(&mut four).unwrap();
    assert_eq!(&four, b"ping");
    unsupported(client.rewind(), Operation::Seek);
    unsupported(client.stream_position(), Operation::Tell);
    unsupported(client.truncate(None), Operation::Truncate);
}

#[cfg(all(feature = "socket", any(unix, windows)))]
#[test]
fn raw_36_the_other_sides_close_is_the_end() {
    let (mut client, mut server) = sockets();
    client.write_all(b"x").unwrap();
    client.close().unwrap();
    assert!(client.get_ref().is_none() && client.into_inner().is_none());
    let mut all = Vec::new();
    server.read_to_end(&mut all).unwrap();
    assert_eq!((all, server.read(&mut [0]).unwrap()), (b"x".to_vec(), 0));
}

#[cfg(all(feature = "socket", any(unix, windows)))]
#[test]
fn raw_37_a_non_blocking_socket_would_block() {
    let (mut client, server) = sockets();
    client.get_ref().unwrap().set_nonblocking(true).unwrap();
    assert_eq!(
        client.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    let error = std::iter::repeat_with(|| client.write(&[0; 1 << 16]))
        .take(100_000)
        .find_map(Result::err);
    assert_eq!(error.unwrap().kind(), ErrorKind::WouldBlock, "nobody reads");
    drop(server);
}

#[cfg(all(feature = "socket", any(unix, windows)))]
#[test]
fn raw_37_a_buffer_over_a_non_blocking_socket_loses_nothing() {
    use std::io::BufRead;
    let (client, mut server) = sockets();
    client.get_ref().unwrap().set_nonblocking(true).unwrap();
    let mut reader = iolite::BufferedReader::new(client);
    let mut line = String::new();
    let error = reader.read_line(&mut line).unwrap_err();
    assert_eq!((error.kind(), &*line), (ErrorKind::WouldBlock, ""));
    server.write_all(b"half ").unwrap();
    while reader.buffer().is_empty() {
        let error = reader.read_line(&mut line).unwrap_err();
        assert_eq!((error.kind(), &*line), (ErrorKind::WouldBlock, ""));
    }
    server.write_all(b"and half\n").unwrap();
    while reader.read_line(&mut line).is_err() {}
    assert_eq!(line, "half and half\n");
}

#[cfg(all(unix, feature = "socket"))]
#[test]
fn raw_38_unix_sockets_work_as_well() {
    let (one, two) = std::os::unix::net::UnixStream::pair().unwrap();
    let (mut one, mut two) = (iolite::SocketIo::from(one), iolite::SocketIo::from(two));
    let pieces = [std::io::IoSlice::new(b"1"), std::io::IoSlice::new(b"2")];
    assert_eq!(one.write_vectored(&pieces).unwrap(), 2);
    let mut both = [0; 2];
    two.read_exact(&mut both).unwrap();
    assert_eq!(&both, b"12");
}
