//! Chapter "Buffered streams": the descriptor of a stream, for use past it.

use std::fs::File;
use std::io::{BufRead, Read, Seek, SeekFrom, Write};

use iolite::raw::FileMode;
use iolite::{
    BufferedIo, BufferedReader, BufferedRwPair, BufferedWriter, BytesIo, Encoding, Error, FileIo,
    IoBase, TextIo, TextIoWrapper, TextOptions,
};

use crate::support::devices::{EIO, Hostile};

fn device(content: &[u8]) -> FileIo {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file.rewind().unwrap();
    FileIo::from_file(file, FileMode::ReadUpdate).unwrap()
}

/// Somebody else's handle on the stream's open file: the position is the same.
fn past(stream: &mut impl IoBase) -> File {
    let descriptor = stream.flush_and_borrow_fd().unwrap().unwrap();
    File::from(descriptor.try_clone_to_owned().unwrap())
}

#[test]
fn buf_67_a_reader_has_none_while_bytes_are_read_ahead() {
    let mut reader = BufferedReader::new(device(b"one\ntwo\n"));
    assert!(reader.flush_and_borrow_fd().unwrap().is_some());
    reader.read_line(&mut String::new()).unwrap();
    assert!(reader.flush_and_borrow_fd().unwrap().is_none());
    reader.consume(4);
    assert!(reader.flush_and_borrow_fd().unwrap().is_some());
    reader.close().unwrap();
    assert!(matches!(reader.flush_and_borrow_fd(), Err(Error::Closed)));
}

#[test]
fn buf_67_a_reader_goes_on_where_the_descriptor_was_left() {
    let mut reader = BufferedReader::with_capacity(4, device(b"0123456789abcdef"));
    reader.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(reader.stream_position().unwrap(), 4);
    past(&mut reader).seek(SeekFrom::Start(10)).unwrap();
    assert_eq!(reader.stream_position().unwrap(), 10);
    // And not from the block that it read before, which has what was at 0 to 3.
    assert_eq!(reader.seek(SeekFrom::Start(2)).unwrap(), 2);
    assert_eq!(reader.peek(2).unwrap(), b"23");
}

#[test]
fn buf_67_a_writer_writes_first_and_goes_on_where_the_descriptor_was_left() {
    let mut writer = BufferedWriter::new(device(b""));
    writer.write_all(b"ours, ").unwrap();
    assert_eq!(writer.stream_position().unwrap(), 6);
    past(&mut writer).write_all(b"theirs, ").unwrap();
    assert_eq!(writer.stream_position().unwrap(), 14);
    writer.write_all(b"ours").unwrap();
    let mut file = past(&mut writer);
    file.rewind().unwrap();
    let mut all = String::new();
    file.read_to_string(&mut all).unwrap();
    assert_eq!(all, "ours, theirs, ours");
    writer.close().unwrap();
    assert!(matches!(writer.flush_and_borrow_fd(), Err(Error::Closed)));
}

#[test]
fn buf_67_a_writer_that_cannot_write_gives_none_away() {
    let device = Hostile::new(b"");
    let probe = device.probe();
    let mut writer = BufferedWriter::new(device);
    writer.write_all(b"x").unwrap();
    probe.fail_next(EIO);
    assert!(writer.flush_and_borrow_fd().is_err());
    let calls = probe.calls();
    assert_eq!((calls.writes, calls.seeks, calls.descriptors), (1, 0, 0));
}

#[test]
fn buf_67_memory_and_pairs_have_none() {
    assert!(
        BufferedReader::new(BytesIo::new())
            .flush_and_borrow_fd()
            .unwrap()
            .is_none()
    );
    assert!(
        BufferedWriter::new(BytesIo::new())
            .flush_and_borrow_fd()
            .unwrap()
            .is_none()
    );
    let mut pair = BufferedRwPair::new(device(b""), device(b""));
    assert!(pair.flush_and_borrow_fd().unwrap().is_none());
}

#[test]
fn buf_70_a_text_stream_has_none_while_text_is_read_ahead() {
    let mut text = TextIoWrapper::new(BufferedReader::new(device(b"one\ntwo\n")));
    assert!(text.flush_and_borrow_fd().unwrap().is_some());
    text.next_line().unwrap();
    assert!(text.flush_and_borrow_fd().unwrap().is_none());
    text.next_line().unwrap();
    assert!(text.flush_and_borrow_fd().unwrap().is_some());
    text.close().unwrap();
    assert!(matches!(text.flush_and_borrow_fd(), Err(Error::Closed)));
}

#[test]
fn buf_70_text_is_read_where_the_descriptor_was_left() {
    let utf16: Vec<u8> = "\u{feff}ab\ncd\nef\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let options = TextOptions::new().encoding(Encoding::UTF_16);
    let reader = BufferedReader::with_capacity(4, device(&utf16));
    let mut text = TextIoWrapper::with_options(reader, options);
    let mut two = String::new();
    while two.len() < 3 {
        let n = text.fill_str().unwrap().len();
        two.push_str(text.fill_str().unwrap());
        text.consume(n);
    }
    let mut file = past(&mut text);
    let here = file.stream_position().unwrap();
    file.seek(SeekFrom::Start(here + 6)).unwrap();
    assert_eq!(
        text.next_line().unwrap().as_deref(),
        Some("ef"),
        "in the order of its mark"
    );
    let position = text.tell().unwrap();
    let end = text.byte_offset();
    assert_eq!(end, utf16.len() as u64);
    text.seek(position).unwrap();
    assert!(text.next_line().unwrap().is_none());
}

#[test]
fn buf_70_text_is_written_first_and_goes_on_where_the_descriptor_was_left() {
    let mut text = TextIoWrapper::new(BufferedWriter::new(device(b"")));
    text.write_str("ours, ").unwrap();
    past(&mut text).write_all(b"theirs, ").unwrap();
    text.write_str("ours").unwrap();
    let mut file = past(&mut text);
    assert_eq!(file.stream_position().unwrap(), 18);
    file.rewind().unwrap();
    let mut all = String::new();
    file.read_to_string(&mut all).unwrap();
    assert_eq!(all, "ours, theirs, ours");
}

#[test]
fn buf_70_what_cannot_be_written_stays_refused() {
    let mut text = TextIoWrapper::new(BufferedReader::new(device(b"abc\n")));
    assert!(text.flush_and_borrow_fd().unwrap().is_some());
    assert!(matches!(
        text.write_str("x"),
        Err(Error::Unsupported { .. })
    ));
    assert_eq!(text.next_line().unwrap().as_deref(), Some("abc"));
}

#[test]
fn buf_70_a_mark_is_not_written_in_the_middle() {
    let options = TextOptions::new().encoding(Encoding::UTF_8_SIG);
    let mut text = TextIoWrapper::with_options(BufferedWriter::new(device(b"")), options);
    past(&mut text).write_all(b"theirs, ").unwrap();
    text.write_str("ours").unwrap();
    assert_eq!(past(&mut text).metadata().unwrap().len(), 12);
}
