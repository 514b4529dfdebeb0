//! SPEC.md, "Growing files".

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use iolite::raw::{FileChange, Follow, FollowBy, FollowOptions};
use iolite::testing::assert_raw_device;
use iolite::text::TextPosition;
use iolite::{BufferedReader, Encoding, IoBase, RawIo, TextIo, TextIoWrapper, TextOptions};
use rstest::rstest;
use tempfile::TempDir;

/// A log in a folder of its own.
pub(super) struct Log {
    folder: TempDir,
    pub(super) path: PathBuf,
}

impl Log {
    pub(super) fn new(content: &[u8]) -> Log {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, content).unwrap();
        Log { folder, path }
    }

    pub(super) fn append(&self, bytes: &[u8]) {
        let mut file = OpenOptions::new().append(true).open(&self.path).unwrap();
        file.write_all(bytes).unwrap();
    }

    /// Gives it another name, and answers with it.
    pub(super) fn rename(&self) -> PathBuf {
        let old = self.folder.path().join("a.log.1");
        fs::rename(&self.path, &old).unwrap();
        old
    }

    pub(super) fn remove(&self) {
        fs::remove_file(&self.path).unwrap();
    }

    pub(super) fn write(&self, content: &[u8]) {
        fs::write(&self.path, content).unwrap();
    }

    pub(super) fn follow(&self) -> Follow {
        FollowOptions::new()
            .non_blocking()
            .open(&self.path)
            .unwrap()
    }

    /// Far longer than any test takes: whoever waits for it has to be woken.
    fn patient(&self) -> Follow {
        let options = FollowOptions::new().poll_interval(Duration::from_secs(3600));
        options.open(&self.path).unwrap()
    }

    fn text(&self, encoding: Encoding) -> TextIoWrapper<BufferedReader<Follow>> {
        let options = TextOptions::new().encoding(encoding);
        TextIoWrapper::with_options(BufferedReader::new(self.follow()), options)
    }
}

/// What one read brings.
#[track_caller]
fn read(device: &mut Follow) -> Vec<u8> {
    let mut bytes = vec![0; 100];
    let n = device.read(&mut bytes).unwrap();
    bytes.truncate(n);
    bytes
}

#[track_caller]
fn nothing_now(device: &mut Follow) {
    let error = device.read(&mut [0; 100]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

#[rstest]
#[case::utf_8(Encoding::UTF_8)]
#[case::utf_16(Encoding::UTF_16)]
#[case::latin_1(Encoding::LATIN_1)]
#[case::utf_32be(Encoding::UTF_32BE)]
fn fol_1_what_the_end_cuts_waits_for_its_rest(#[case] encoding: Encoding) {
    let log = Log::new(b"");
    let mut writer = iolite::OpenOptions::new().encoding(encoding);
    writer = writer.newline(iolite::Newline::Keep);
    let whole = log.folder.path().join("whole");
    let mut text = writer.write_text(&whole).unwrap();
    text.write_str("café\r\nzwölf\n").unwrap();
    text.close().unwrap();
    let mut text = log.text(encoding);
    let mut lines = Vec::new();
    for byte in fs::read(&whole).unwrap() {
        match text.next_line() {
            Ok(line) => lines.push(line.unwrap().to_string()),
            Err(error) => assert!(error.is_would_block(), "{error}"),
        }
        log.append(&[byte]);
    }
    lines.push(text.next_line().unwrap().unwrap().to_string());
    assert_eq!(lines, ["café", "zwölf"]);
    assert!(text.next_line().unwrap_err().is_would_block());
    assert_eq!(text.byte_offset(), log.path.metadata().unwrap().len());
}

#[test]
fn fol_2_a_read_waits_and_is_woken() {
    let log = Log::new(b"one");
    let mut device = log.patient();
    let handle = device.handle();
    let reader = thread::spawn(move || {
        let mut all = vec![0; 6];
        device.read_exact(&mut all).unwrap();
        all
    });
    let (append, wake) = (|| log.append(b"two"), || handle.wake());
    append();
    // One wake may come before the reader has met the end, but the next one does not.
    while !reader.is_finished() {
        wake();
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(reader.join().unwrap(), b"onetwo");
}

#[test]
fn fol_2_a_waiting_read_looks_again_by_itself() {
    let log = Log::new(b"one");
    let options = FollowOptions::new().poll_interval(Duration::ZERO);
    let mut device = options.open(&log.path).unwrap();
    assert_eq!(read(&mut device), b"one");
    let reader = thread::spawn(move || read(&mut device));
    thread::sleep(Duration::from_millis(20));
    assert!(!reader.is_finished());
    log.append(b"two");
    assert_eq!(reader.join().unwrap(), b"two");
}

#[test]
fn fol_3_a_stop_ends_a_wait_at_once_and_for_good() {
    let log = Log::new(b"one");
    let mut device = log.patient();
    let handle = device.handle();
    assert_eq!(read(&mut device), b"one");
    let reader = thread::spawn(move || (read(&mut device), device));
    thread::sleep(Duration::from_millis(20));
    assert!(!reader.is_finished() && !handle.is_stopped());
    let start = Instant::now();
    handle.stop();
    let (bytes, mut device) = reader.join().unwrap();
    assert_eq!(bytes, b"");
    assert!(start.elapsed() < Duration::from_secs(60) && handle.is_stopped());
    log.append(b"more");
    log.rename();
    assert_eq!(read(&mut device), b"");
    assert!(device.take_change().is_none());
}

/// A log that grows faster than it is read would never end otherwise.
#[test]
fn fol_3_what_comes_after_a_stop_is_not_read() {
    let log = Log::new(b"one");
    let mut device = log.follow();
    let handle = device.handle();
    handle.stop();
    let mut byte = [0];
    assert_eq!(device.read(&mut byte).unwrap(), 1);
    log.append(b"two");
    assert_eq!(read(&mut device), b"ne");
    assert_eq!(read(&mut device), b"");
    device.rewind().unwrap();
    assert_eq!(read(&mut device), b"one");
    drop(device);
    handle.stop();
}

#[test]
fn fol_4_a_renamed_file_is_read_to_its_end_before_the_new_one() {
    let log = Log::new(b"one\n");
    let mut device = log.follow();
    assert_eq!(read(&mut device), b"one\n");
    let old = log.rename();
    log.write(b"three\n");
    let mut writer = OpenOptions::new().append(true).open(old).unwrap();
    writer.write_all(b"two\n").unwrap();
    assert_eq!(read(&mut device), b"two\n");
    assert_eq!(device.stream_position().unwrap(), 8);
    for _ in 0..3 {
        assert_eq!(read(&mut device), b"");
    }
    let Some(FileChange::Replaced { mut before }) = device.take_change() else {
        panic!("it was replaced");
    };
    assert!(device.take_change().is_none());
    assert_eq!(device.stream_position().unwrap(), 0);
    assert_eq!(read(&mut device), b"three\n");
    nothing_now(&mut device);
    writer.write_all(b"late").unwrap();
    let mut late = String::new();
    before.read_to_string(&mut late).unwrap();
    assert_eq!(late, "late");
}

/// The writer may still be at it after the look that found the new file.
#[test]
fn fol_4_what_is_written_between_two_looks_is_not_lost() {
    let log = Log::new(b"");
    let mut device = log.follow();
    nothing_now(&mut device);
    let mut writer = OpenOptions::new().append(true).open(&log.path).unwrap();
    log.rename();
    log.write(b"new");
    for number in 0..3 {
        write!(writer, "{number}").unwrap();
        assert_eq!(read(&mut device), number.to_string().as_bytes());
    }
    assert_eq!(read(&mut device), b"");
    assert!(device.take_change().unwrap().ends_the_bytes());
    assert_eq!(read(&mut device), b"new");
}

#[rstest]
#[case::utf_8(Encoding::UTF_8, b"one\nhal", b"three\n")]
#[case::utf_16_in_two_orders(
    Encoding::UTF_16,
    b"\xff\xfeo\0n\0e\0\n\0h\0a\0l\0",
    b"\xfe\xff\0t\0h\0r\0e\0e\0\n"
)]
fn fol_4_half_a_line_of_the_old_file_is_no_part_of_the_new_one(
    #[case] encoding: Encoding,
    #[case] old: &[u8],
    #[case] new: &[u8],
) {
    let log = Log::new(old);
    let mut text = log.text(encoding);
    assert_eq!(text.next_line().unwrap().as_deref(), Some("one"));
    assert!(text.next_line().unwrap_err().is_would_block());
    log.rename();
    log.write(new);
    assert_eq!(text.next_line().unwrap().as_deref(), Some("hal"));
    assert!(text.next_line().unwrap().is_none());
    let change = text.get_mut().get_mut().take_change();
    assert!(matches!(change, Some(FileChange::Replaced { .. })));
    text.seek(TextPosition::START).unwrap();
    assert_eq!(text.next_line().unwrap().as_deref(), Some("three"));
    assert_eq!(text.byte_offset(), new.len() as u64);
}

#[test]
fn fol_5_a_file_that_was_copied_and_cut_begins_again() {
    let log = Log::new(b"0123456789");
    let mut device = log.follow();
    assert_eq!(read(&mut device), b"0123456789");
    log.write(b"abc");
    assert_eq!(read(&mut device), b"");
    log.append(b"def");
    assert_eq!(read(&mut device), b"");
    let change = device.take_change();
    assert!(matches!(
        change,
        Some(FileChange::Truncated { from: 10, to: 3 })
    ));
    assert_eq!(read(&mut device), b"abcdef");
    nothing_now(&mut device);
}

#[cfg(unix)]
#[rstest]
#[case::after_reading_it(0)]
#[case::after_a_seek_to_its_end(10)]
fn fol_6_a_file_that_was_cut_and_is_longer_already_begins_again(#[case] start: u64) {
    let log = Log::new(b"0123456789");
    let mut device = log.follow();
    device.seek(SeekFrom::Start(start)).unwrap();
    let mut all = vec![0; 100];
    while device.read(&mut all).is_ok() {}
    log.write(b"abcdefghijklm");
    assert_eq!(read(&mut device), b"");
    assert!(matches!(device.take_change(), Some(FileChange::Rewritten)));
    assert_eq!(read(&mut device), b"abcdefghijklm");
    nothing_now(&mut device);
    log.append(b"n");
    assert_eq!(read(&mut device), b"n");
}

#[test]
fn fol_7_a_deleted_file_is_told_once_and_read_on() {
    let log = Log::new(b"one");
    let mut writer = OpenOptions::new().append(true).open(&log.path).unwrap();
    let mut device = log.follow();
    assert_eq!(read(&mut device), b"one");
    log.remove();
    nothing_now(&mut device);
    let Some(FileChange::Inaccessible { error }) = device.take_change() else {
        panic!("it is gone");
    };
    assert_eq!(error.kind(), ErrorKind::NotFound);
    for _ in 0..2 {
        nothing_now(&mut device);
        assert!(device.take_change().is_none());
    }
    writer.write_all(b"two").unwrap();
    assert_eq!(read(&mut device), b"two");

    log.write(b"three");
    assert_eq!(read(&mut device), b"");
    assert!(matches!(
        device.take_change(),
        Some(FileChange::Replaced { .. })
    ));
    assert_eq!(read(&mut device), b"three");
}

/// A line must not be cut where nothing has ended, and a read that waits has to say so.
#[test]
fn fol_7_a_deletion_interrupts_a_waiting_read_and_cuts_no_line() {
    let log = Log::new(b"hal");
    let options = FollowOptions::new().poll_interval(Duration::from_millis(1));
    let device = options.open(&log.path).unwrap();
    let mut text = TextIoWrapper::new(BufferedReader::new(device));
    let mut writer = OpenOptions::new().append(true).open(&log.path).unwrap();
    log.remove();
    assert!(text.next_line().unwrap_err().is_would_block());
    let change = text.get_mut().get_mut().take_change();
    assert!(matches!(change, Some(FileChange::Inaccessible { .. })));
    writer.write_all(b"f\n").unwrap();
    assert_eq!(text.next_line().unwrap().as_deref(), Some("half"));
}

#[test]
fn fol_7_a_name_that_leads_back_is_no_change() {
    let log = Log::new(b"one");
    let mut device = log.follow();
    assert_eq!(read(&mut device), b"one");
    let old = log.rename();
    nothing_now(&mut device);
    assert!(matches!(
        device.take_change(),
        Some(FileChange::Inaccessible { .. })
    ));
    fs::rename(old, &log.path).unwrap();
    nothing_now(&mut device);
    assert!(device.take_change().is_none());
    log.remove();
    nothing_now(&mut device);
    assert!(matches!(
        device.take_change(),
        Some(FileChange::Inaccessible { .. })
    ));
}

#[test]
fn fol_8_a_file_that_is_missing_is_refused_or_waited_for() {
    let log = Log::new(b"");
    log.remove();
    let options = FollowOptions::new().non_blocking();
    assert_eq!(
        options.open(&log.path).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let mut device = options.allow_missing(true).open(&log.path).unwrap();
    assert!(device.get_ref().is_none() && device.path() == Some(&log.path));
    nothing_now(&mut device);
    assert!(device.take_change().is_none());
    // A folder is no file to be followed.
    fs::create_dir(&log.path).unwrap();
    nothing_now(&mut device);
    let change = device.take_change();
    let Some(FileChange::Inaccessible { error }) = change else {
        panic!("{change:?}");
    };
    assert_ne!(error.kind(), ErrorKind::NotFound);
    fs::remove_dir(&log.path).unwrap();
    log.write(b"one");
    // The reason has changed; then there is none.
    let mut changes = Vec::new();
    let bytes = loop {
        match device.read(&mut [0; 100]) {
            Ok(n) => break n,
            Err(_) => changes.extend(device.take_change()),
        }
    };
    assert_eq!(bytes, 3);
    assert!(matches!(changes.last(), Some(FileChange::Appeared)));
    assert_eq!(device.get_ref().unwrap().path(), Some(&*log.path));
}

#[test]
fn fol_9_by_descriptor_the_name_does_not_matter() {
    let log = Log::new(b"one");
    let options = FollowOptions::new().follow_by(FollowBy::Descriptor);
    let mut device = options.non_blocking().open(&log.path).unwrap();
    assert_eq!(read(&mut device), b"one");
    let old = log.rename();
    log.write(b"another one");
    nothing_now(&mut device);
    let mut writer = OpenOptions::new().append(true).open(&old).unwrap();
    writer.write_all(b"two").unwrap();
    assert_eq!(read(&mut device), b"two");
    fs::write(old, b"").unwrap();
    assert_eq!(read(&mut device), b"");
    let change = device.take_change();
    assert!(matches!(
        change,
        Some(FileChange::Truncated { from: 6, to: 0 })
    ));
    nothing_now(&mut device);
}

#[test]
fn fol_9_by_descriptor_a_missing_file_is_waited_for_by_its_name() {
    let log = Log::new(b"");
    log.remove();
    let options = FollowOptions::new().follow_by(FollowBy::Descriptor);
    let options = options.non_blocking().allow_missing(true);
    let mut device = options.open(&log.path).unwrap();
    nothing_now(&mut device);
    log.write(b"one");
    nothing_now(&mut device);
    assert!(matches!(device.take_change(), Some(FileChange::Appeared)));
    log.rename();
    log.write(b"another one");
    assert_eq!(read(&mut device), b"one");
    nothing_now(&mut device);
    assert!(device.take_change().is_none());
}

#[test]
fn fol_10_a_device_begins_where_it_was_sought() {
    let log = Log::new(b"old lines\nnew\n");
    let mut device = log.follow();
    assert_eq!(device.seek(SeekFrom::End(-4)).unwrap(), 10);
    assert_eq!(read(&mut device), b"new\n");
    assert_eq!(device.seek(SeekFrom::Current(-8)).unwrap(), 6);
    assert_eq!(read(&mut device), b"nes\nnew\n");
    let mut text = log.text(Encoding::UTF_8);
    text.seek_end().unwrap();
    log.append(b"newest\n");
    assert_eq!(text.next_line().unwrap().as_deref(), Some("newest"));
}

#[cfg(unix)]
#[test]
fn fol_11_a_pipe_ends_with_its_writers() {
    let log = Log::new(b"");
    log.remove();
    let made = std::process::Command::new("mkfifo").arg(&log.path).status();
    assert!(made.unwrap().success());
    let path = log.path.clone();
    let writer = thread::spawn(move || fs::write(path, b"all").unwrap());
    let mut device = Follow::open(&log.path).unwrap();
    assert!(!device.seekable());
    let mut all = String::new();
    device.read_to_string(&mut all).unwrap();
    writer.join().unwrap();
    assert_eq!((&*all, device.take_change().is_none()), ("all", true));
}

#[test]
fn fol_12_a_stopped_device_keeps_the_contract_of_all() {
    let content: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let log = Log::new(&content);
    let open = || {
        let device = log.follow();
        device.handle().stop();
        device
    };
    assert_raw_device(open, &content, "Follow");
    let mut device = open();
    assert!(!device.writable() && !device.is_append_only() && !device.is_terminal());
    assert!(device.block_size().is_some_and(|size| size > 0) || cfg!(windows));
    for error in [
        device.write(b"x").unwrap_err(),
        device.write_all(b"x").unwrap_err(),
        device.truncate(None).unwrap_err().into(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    device.flush().unwrap();
    assert!(device.flush_and_borrow_fd().unwrap().is_none());
    device.close().unwrap();
    device.close().unwrap();
    for error in [
        device.read(&mut [0]).unwrap_err(),
        device.read(&mut []).unwrap_err(),
        device.flush().unwrap_err(),
        device.rewind().unwrap_err(),
        device.write(b"").unwrap_err(),
    ] {
        assert!(matches!(error.into(), iolite::Error::Closed));
    }
    assert!(!device.readable() && !device.seekable() && device.is_closed());
}
