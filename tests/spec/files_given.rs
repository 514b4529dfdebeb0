//! Chapter "Files and adapters": files that others open, and files with holes.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};

use iolite::{Error, FileIo, FileMode, IoBase, Operation};
use rstest::rstest;

use crate::support::contracts::unsupported;

#[cfg(target_os = "linux")]
#[test]
fn fil_29_holes_and_data_are_found() {
    let mut file = FileIo::from_file(tempfile::tempfile().unwrap(), FileMode::ReadUpdate).unwrap();
    assert_eq!(file.seek_data(0).unwrap(), None, "nothing is there");
    file.seek(SeekFrom::Start(1 << 20)).unwrap();
    file.write_all(b"data").unwrap();
    file.truncate(Some(2 << 20)).unwrap();
    let end = 2 << 20;

    let data = file.seek_data(0).unwrap().unwrap();
    assert!(data <= 1 << 20, "{data}");
    assert_eq!(file.stream_position().unwrap(), data);
    let hole = file.seek_hole(1 << 20).unwrap().unwrap();
    assert!((1 << 20) + 4 <= hole && hole <= end, "{hole}");
    assert_eq!(file.seek_data(1 << 20).unwrap(), Some(1 << 20));
    assert!(file.seek_hole(end - 1).unwrap().is_some());
    assert_eq!(file.seek_hole(end).unwrap(), None);
    let before = file.stream_position().unwrap();
    assert_eq!(file.seek_data(end).unwrap(), None);
    assert_eq!(file.stream_position().unwrap(), before, "it stays");
    assert_eq!(file.seek_data(u64::MAX).unwrap(), None);
    file.close().unwrap();
    assert!(matches!(file.seek_data(0), Err(Error::Closed)));
    let (reader, _writer) = std::io::pipe().unwrap();
    unsupported(FileIo::from(reader).seek_hole(0), Operation::Seek);
}

#[cfg(unix)]
#[test]
fn fil_30_a_file_that_is_refused_comes_back() {
    let (_reader, writer) = std::io::pipe().unwrap();
    let file = fs::File::from(std::os::fd::OwnedFd::from(writer));
    let (error, mut file) = FileIo::try_from_file(file, FileMode::Read)
        .unwrap_err()
        .into_parts();
    assert!(matches!(error, Error::InvalidArgument { .. }), "{error:?}");
    file.write_all(b"still open").unwrap();
    let mut file = FileIo::try_from_file(file, FileMode::Write).unwrap();
    file.write_all(b", and taken over").unwrap();
}

#[test]
fn fil_30_a_folder_comes_back_too() {
    let folder = tempfile::tempdir().unwrap();
    if let Ok(file) = fs::File::open(folder.path()) {
        let (error, file) = FileIo::try_from_file(file, FileMode::Read)
            .unwrap_err()
            .into_parts();
        assert_eq!(error.kind(), std::io::ErrorKind::IsADirectory);
        assert!(file.metadata().unwrap().is_dir());
    }
}

#[cfg(unix)]
#[rstest]
#[case::fil_31_read(FileMode::Read)]
#[case::fil_31_write(FileMode::Write)]
#[case::fil_31_append(FileMode::Append)]
#[case::fil_31_create_new(FileMode::CreateNew)]
#[case::fil_31_read_update(FileMode::ReadUpdate)]
#[case::fil_31_write_update(FileMode::WriteUpdate)]
#[case::fil_31_append_update(FileMode::AppendUpdate)]
#[case::fil_31_create_new_update(FileMode::CreateNewUpdate)]
fn flags_do_what_the_mode_does(#[case] mode: FileMode) {
    use rustix::fs::{Mode, OFlags, open};

    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, content: Option<&str>| {
        let path = folder.path().join(name);
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        path
    };
    for content in [None, Some("content")] {
        let (one, other) = (place("one", content), place("other", content));
        let flags = OFlags::from_bits_retain(mode.open_flags().cast_unsigned());
        let by_flags = open(&one, flags, Mode::from_raw_mode(0o644));
        let by_flags = by_flags.map_err(|error| Error::from(std::io::Error::from(error)));
        let by_flags = by_flags.and_then(|fd| FileIo::from_fd(fd, mode));
        let streams = [by_flags, FileIo::open(&other, mode)];
        let outcomes = streams.map(|stream| {
            let mut stream = stream.map_err(|error| error.kind())?;
            let written = stream.write(b"new").is_ok();
            let here = stream.stream_position().unwrap();
            stream.rewind().unwrap();
            let mut all = String::new();
            let read = stream.read_to_string(&mut all).is_ok();
            Ok::<_, std::io::ErrorKind>((written, here, read, all))
        });
        assert_eq!(outcomes[0], outcomes[1], "{mode} {content:?}");
        assert_eq!(fs::read(&one).ok(), fs::read(&other).ok(), "{mode}");
        for path in [one, other] {
            let _ = fs::remove_file(path);
        }
    }
}
