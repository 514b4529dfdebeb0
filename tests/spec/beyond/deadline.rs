//! SPEC.md, "Deadlines".

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::thread;
use std::time::{Duration, Instant};

use iolite::raw::{Deadline, FileMode, WaitRead};
use iolite::testing::assert_raw_device;
use iolite::text::TextPosition;
use iolite::{BufferedReader, Error, FileIo, IoBase, RawIo, Separator, TextIo, TextIoWrapper};

fn pipe() -> (Deadline<FileIo>, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    (Deadline::new(FileIo::from(reader)), writer)
}

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_millis(50))
}

fn late() -> Option<Instant> {
    Some(Instant::now() + Duration::from_secs(600))
}

/// A peer that sends a byte before any time-out of a single read, forever.
fn drip<W: Write + Send + 'static>(mut writer: W, byte: u8) -> thread::JoinHandle<usize> {
    thread::spawn(move || {
        let mut sent = 0;
        while writer.write_all(&[byte]).is_ok() {
            sent += 1;
            thread::sleep(Duration::from_millis(5));
        }
        sent
    })
}

#[test]
fn dln_1_a_line_has_one_time_however_many_reads_it_takes() {
    let (device, writer) = pipe();
    let deadline = device.handle();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    let peer = drip(writer, b'x');
    let at = soon();
    deadline.set(at);
    let error = text.next_line().unwrap_err();
    assert!(error.is_would_block() && error.kind() == ErrorKind::TimedOut);
    assert!(Some(Instant::now()) >= at);
    // Also where bytes are there all the time.
    assert!(text.next_line().unwrap_err().is_would_block());
    let (_, pending) = text.into_parts();
    assert_eq!(pending.read.trim_matches('x'), "");
    assert!(peer.join().unwrap() >= pending.read.len());
}

#[test]
fn dln_1_a_record_goes_on_after_a_new_deadline() {
    let (device, mut writer) = pipe();
    let deadline = device.handle();
    let mut reader = BufferedReader::new(device);
    let blank = Separator::new("\r\n\r\n").unwrap();
    for piece in [&b"GET / HT"[..], b"TP/1.1\r", b"\n\r"] {
        writer.write_all(piece).unwrap();
        deadline.set(soon());
        let error = reader.next_record(&blank).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
    writer.write_all(b"\nbody").unwrap();
    deadline.set(late());
    assert_eq!(
        reader.next_record(&blank).unwrap(),
        b"GET / HTTP/1.1\r\n\r\n"
    );
    let mut body = [0; 8];
    deadline.set(soon());
    let error: Error = reader.read_exact(&mut body).unwrap_err().into();
    assert!(error.is_would_block());
    writer.write_all(b"body").unwrap();
    deadline.set(late());
    reader.read_exact(&mut body).unwrap();
    assert_eq!(&body, b"bodybody");
}

#[test]
fn dln_1_a_character_that_the_deadline_cuts_waits_for_its_rest() {
    let (mut device, mut writer) = pipe();
    let deadline = device.handle();
    writer.write_all(b"caf\xc3").unwrap();
    let mut text = String::new();
    // On a busy machine it may have come before the first look.
    while text.is_empty() {
        deadline.set(soon());
        device.read_to_string(&mut text).unwrap_err();
    }
    assert_eq!(text, "caf");
    writer.write_all(b"\xa9").unwrap();
    drop(writer);
    deadline.set(late());
    device.read_to_string(&mut text).unwrap();
    assert_eq!(text, "café");
    assert_eq!(deadline.get().is_some(), deadline.clone().get().is_some());
}

#[test]
fn dln_2_what_is_there_is_read_until_then_and_not_after() {
    let (mut device, mut writer) = pipe();
    let deadline = device.handle();
    writer.write_all(b"12").unwrap();
    let mut byte = [0];
    deadline.set(late());
    assert_eq!(device.read(&mut byte).unwrap(), 1);
    deadline.set(Some(Instant::now()));
    assert_eq!(
        device.read(&mut byte).unwrap_err().kind(),
        ErrorKind::TimedOut
    );
    assert_eq!(device.read(&mut []).unwrap(), 0);
    deadline.set(None);
    assert_eq!(device.read(&mut byte).unwrap(), 1);
    drop(writer);
    deadline.set(late());
    assert_eq!(device.read(&mut byte).unwrap(), 0);
}

#[test]
fn dln_2_without_a_deadline_reads_wait() {
    let (mut device, mut writer) = pipe();
    let reader = thread::spawn(move || {
        let mut byte = [0];
        device.read(&mut byte).unwrap()
    });
    thread::sleep(Duration::from_millis(20));
    assert!(!reader.is_finished());
    writer.write_all(b"x").unwrap();
    assert_eq!(reader.join().unwrap(), 1);
}

#[cfg(feature = "socket")]
#[test]
fn dln_3_sockets_have_deadlines_and_keep_their_own_time_outs() {
    use iolite::SocketIo;
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    ours.set_read_timeout(Some(Duration::from_secs(600)))
        .unwrap();
    let device = Deadline::new(SocketIo::from(ours));
    let deadline = device.handle();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    deadline.set(soon());
    let peer = drip(theirs, b'x');
    assert_eq!(text.next_line().unwrap_err().kind(), ErrorKind::TimedOut);
    let socket = text.get_ref().get_ref().get_ref().get_ref().unwrap();
    assert_eq!(
        socket.read_timeout().unwrap(),
        Some(Duration::from_secs(600))
    );
    drop(text);
    peer.join().unwrap();
}

#[test]
fn dln_4_a_device_with_a_deadline_keeps_the_contract_of_its_device() {
    let content: Vec<u8> = (0..=255).cycle().take(2000).collect();
    let open = || {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        file.rewind().unwrap();
        let device = Deadline::new(FileIo::from_file(file, FileMode::ReadUpdate).unwrap());
        device.handle().set(late());
        device
    };
    assert_raw_device(open, &content, "Deadline");
    let mut device = open();
    assert!(device.writable() && device.seekable() && !device.is_append_only());
    assert_eq!(device.rest_hint(), Some(2000));
    device.seek(SeekFrom::Start(3)).unwrap();
    assert_eq!(device.truncate(None).unwrap(), 3);
    assert!(device.flush_and_borrow_fd().unwrap().is_some());
    device.close().unwrap();
    assert!(matches!(
        device.read(&mut [0]).unwrap_err().into(),
        Error::Closed
    ));
    let (mut file, unread) = device.into_parts();
    assert!(unread.is_empty() && file.wait_read(Duration::ZERO).is_err());
}

/// A text stream over a file may still seek.
#[test]
fn dln_4_text_seeks_as_ever() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "one\ntwo\n").unwrap();
    let device = Deadline::new(FileIo::open(file.path(), FileMode::Read).unwrap());
    device.handle().set(late());
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    assert_eq!(text.next_line().unwrap().as_deref(), Some("one"));
    text.seek(TextPosition::START).unwrap();
    assert_eq!(text.next_line().unwrap().as_deref(), Some("one"));
}
