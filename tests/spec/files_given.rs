//! Chapter "Files and adapters": files that others open.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};

use iolite::raw::FileMode;
use iolite::{Error, FileIo, IoBase};
use rstest::rstest;

#[cfg(target_os = "linux")]
#[test]
fn fil_29_what_is_sought_through_the_file_inside_is_read_next() {
    let mut file = FileIo::from_file(tempfile::tempfile().unwrap(), FileMode::ReadUpdate).unwrap();
    file.seek(SeekFrom::Start(1 << 20)).unwrap();
    file.write_all(b"data").unwrap();
    file.truncate(Some(2 << 20)).unwrap();

    let data = rustix::fs::SeekFrom::Data(0);
    let data = rustix::fs::seek(file.get_ref().unwrap(), data).unwrap();
    assert!(data <= 1 << 20, "{data}");
    assert_eq!(file.stream_position().unwrap(), data);
    let before = usize::try_from((1 << 20) - data).unwrap();
    let mut read = vec![1; before + 4];
    file.read_exact(&mut read).unwrap();
    assert!(read[..before].iter().all(|&byte| byte == 0));
    assert_eq!(read[before..], *b"data");
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

#[rstest]
#[case::fil_31_read(FileMode::Read)]
#[case::fil_31_write(FileMode::Write)]
#[case::fil_31_append(FileMode::Append)]
#[case::fil_31_create_new(FileMode::CreateNew)]
#[case::fil_31_read_update(FileMode::ReadUpdate)]
#[case::fil_31_write_update(FileMode::WriteUpdate)]
#[case::fil_31_append_update(FileMode::AppendUpdate)]
#[case::fil_31_create_new_update(FileMode::CreateNewUpdate)]
fn options_do_what_the_mode_does(#[case] mode: FileMode) {
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
        let by_options = FileIo::open_with(&one, mode, |path, options| options.open(path));
        let streams = [by_options, FileIo::open(&other, mode)];
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
