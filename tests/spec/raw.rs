//! Chapter "Raw streams": files.

use std::fs::{self, File};
use std::io::{ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};

use iolite::error::Operation;
use iolite::raw::FileMode;
use iolite::{Error, FileIo, IoBase, RawIo};
use rstest::rstest;
use tempfile::TempDir;

use crate::support::contracts::unsupported;
#[cfg(unix)]
use crate::support::gone::hang_up;

/// A folder with the file `old` in it, which says "content".
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old"), "content").unwrap();
    folder
}

fn open(folder: &TempDir, name: &str, mode: FileMode) -> Result<FileIo, Error> {
    FileIo::open(folder.path().join(name), mode)
}

fn content(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[rstest]
#[case::raw_1_read(FileMode::Read, "rb", true, false, false)]
#[case::raw_1_write(FileMode::Write, "wb", false, true, false)]
#[case::raw_1_append(FileMode::Append, "ab", false, true, true)]
#[case::raw_1_create_new(FileMode::CreateNew, "xb", false, true, false)]
#[case::raw_1_read_update(FileMode::ReadUpdate, "rb+", true, true, false)]
#[case::raw_1_write_update(FileMode::WriteUpdate, "wb+", true, true, false)]
#[case::raw_1_append_update(FileMode::AppendUpdate, "ab+", true, true, true)]
#[case::raw_1_create_new_update(FileMode::CreateNewUpdate, "xb+", true, true, false)]
fn modes(
    #[case] mode: FileMode,
    #[case] spelling: &str,
    #[case] readable: bool,
    #[case] writable: bool,
    #[case] appends: bool,
) {
    assert_eq!((mode.as_str(), &*mode.to_string()), (spelling, spelling));
    let abilities = (readable, writable, appends);
    assert_eq!(
        (mode.readable(), mode.writable(), mode.is_append_only()),
        abilities
    );
    let folder = folder();
    let name = if spelling.starts_with('x') {
        "new"
    } else {
        "old"
    };
    let mut file = open(&folder, name, mode).unwrap();
    assert_eq!(
        (file.readable(), file.writable(), file.is_append_only()),
        abilities
    );
    assert!(file.seekable() && file.mode() == mode);
    let reads = file.read(&mut [0]).map_err(Error::from);
    let writes = file.write(b"x").map_err(Error::from);
    assert_eq!((reads.is_ok(), writes.is_ok()), (readable, writable));
    if !readable {
        unsupported(reads, Operation::Read);
    }
    if !writable {
        unsupported(writes, Operation::Write);
        unsupported(file.write(b""), Operation::Write);
        unsupported(file.write_vectored(&[IoSlice::new(b"x")]), Operation::Write);
        unsupported(file.truncate(None), Operation::Truncate);
        unsupported(file.truncate(Some(1)), Operation::Truncate);
        assert_eq!(content(&folder, name), "content");
    }
}

#[rstest]
#[case::raw_2_read_leaves_it(FileMode::Read, "content", 0)]
#[case::raw_2_read_update_leaves_it(FileMode::ReadUpdate, "content", 0)]
#[case::raw_3_write_empties_it(FileMode::Write, "", 0)]
#[case::raw_3_write_update_empties_it(FileMode::WriteUpdate, "", 0)]
#[case::raw_4_append_starts_at_the_end(FileMode::Append, "content", 7)]
#[case::raw_4_append_update_starts_at_the_end(FileMode::AppendUpdate, "content", 7)]
fn a_file_that_exists(#[case] mode: FileMode, #[case] left: &str, #[case] position: u64) {
    let folder = folder();
    let mut file = open(&folder, "old", mode).unwrap();
    assert_eq!(content(&folder, "old"), left);
    assert_eq!(file.stream_position().unwrap(), position);
}

#[rstest]
#[case::raw_2_read_needs_it(FileMode::Read, false)]
#[case::raw_2_read_update_needs_it(FileMode::ReadUpdate, false)]
#[case::raw_3_write_makes_it(FileMode::Write, true)]
#[case::raw_3_write_update_makes_it(FileMode::WriteUpdate, true)]
#[case::raw_4_append_makes_it(FileMode::Append, true)]
#[case::raw_4_append_update_makes_it(FileMode::AppendUpdate, true)]
#[case::raw_5_create_new_makes_it(FileMode::CreateNew, true)]
#[case::raw_5_create_new_update_makes_it(FileMode::CreateNewUpdate, true)]
fn a_file_that_is_missing(#[case] mode: FileMode, #[case] made: bool) {
    let folder = folder();
    match open(&folder, "new", mode) {
        Ok(mut file) => {
            assert!(made);
            assert_eq!(
                (file.stream_position().unwrap(), &*content(&folder, "new")),
                (0, "")
            );
        }
        Err(error) => {
            assert!(!made);
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(!folder.path().join("new").exists());
        }
    }
}

#[rstest]
#[case::raw_5_create_new_refuses_what_exists(FileMode::CreateNew)]
#[case::raw_5_create_new_update_refuses_what_exists(FileMode::CreateNewUpdate)]
fn a_file_that_must_be_new(#[case] mode: FileMode) {
    let folder = folder();
    let error = open(&folder, "old", mode).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(content(&folder, "old"), "content");
}

#[test]
fn raw_6_updating_reads_and_writes_at_one_position() {
    let folder = folder();
    let mut file = open(&folder, "old", FileMode::ReadUpdate).unwrap();
    let mut two = [0; 2];
    file.read_exact(&mut two).unwrap();
    assert_eq!(file.write(b"XY").unwrap(), 2);
    file.read_exact(&mut two).unwrap();
    assert_eq!((&two, &*content(&folder, "old")), (b"en", "coXYent"));
}

#[test]
fn raw_7_appending_writes_at_the_end_wherever_the_position_is() {
    let folder = folder();
    let mut file = open(&folder, "old", FileMode::AppendUpdate).unwrap();
    let mut other = open(&folder, "old", FileMode::Append).unwrap();
    file.rewind().unwrap();
    let mut start = [0; 3];
    file.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"con", "reads obey the position");
    other.write_all(b"+other").unwrap();
    file.write_all(b"+mine").unwrap();
    assert_eq!(file.stream_position().unwrap(), 18, "the real end");
    assert_eq!(content(&folder, "old"), "content+other+mine");
}

#[test]
fn raw_8_an_open_error_says_what_where_and_how() {
    let folder = folder();
    let path = folder.path().join("new");
    match FileIo::open(&path, FileMode::ReadUpdate) {
        Err(Error::Open {
            path: p,
            mode,
            source,
        }) => {
            assert_eq!((p, mode, source.kind()), (path, "rb+", ErrorKind::NotFound));
            assert!(source.raw_os_error().is_some());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn raw_9_a_file_knows_its_path_and_its_block_size() {
    let folder = folder();
    let file = open(&folder, "old", FileMode::Read).unwrap();
    assert_eq!(file.path(), Some(&*folder.path().join("old")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let block = fs::metadata(folder.path().join("old")).unwrap().blksize();
        assert_eq!(file.block_size(), usize::try_from(block).ok());
    }
    let file = FileIo::from_file(tempfile::tempfile().unwrap(), FileMode::Read).unwrap();
    assert_eq!(file.path(), None);
}

#[test]
fn raw_10_an_open_file_is_taken_over_at_its_position() {
    let folder = folder();
    let mut std_file = File::open(folder.path().join("old")).unwrap();
    std_file.seek(SeekFrom::Start(3)).unwrap();
    let mut file = FileIo::from_file(std_file, FileMode::Read).unwrap();
    assert_eq!(file.stream_position().unwrap(), 3);
    let mut inner = file.into_inner().unwrap();
    let mut rest = String::new();
    inner.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "tent");
}

/// Where it cannot be checked, the first call shows it.
#[test]
fn raw_10_a_wrong_mode_is_an_error() {
    let folder = folder();
    let std_file = File::open(folder.path().join("old")).unwrap();
    let error = match FileIo::from_file(std_file, FileMode::ReadUpdate) {
        Err(error) => error,
        Ok(_) if cfg!(target_os = "linux") => panic!("not checked"),
        Ok(mut file) => file.write(b"x").unwrap_err().into(),
    };
    let system = error.raw_os_error().is_some();
    assert_eq!(system, !cfg!(target_os = "linux"), "{error:?}");
    assert_eq!(content(&folder, "old"), "content");
}

#[cfg(unix)]
#[rstest]
#[case::raw_11_read(FileMode::Read)]
#[case::raw_11_write(FileMode::Write)]
#[case::raw_11_append(FileMode::Append)]
#[case::raw_11_read_update(FileMode::ReadUpdate)]
#[case::raw_11_append_update(FileMode::AppendUpdate)]
fn a_directory(#[case] mode: FileMode) {
    let folder = folder();
    let error = FileIo::open(folder.path(), mode).unwrap_err();
    assert_eq!(
        (error.kind(), error.raw_os_error()),
        (ErrorKind::IsADirectory, Some(21))
    );
}

#[cfg(unix)]
#[test]
fn raw_11_an_open_directory_is_refused_too() {
    let folder = folder();
    for mode in [FileMode::Read, FileMode::Write, FileMode::AppendUpdate] {
        let directory = File::open(folder.path()).unwrap();
        let error = FileIo::from_file(directory, mode).unwrap_err();
        assert_eq!(
            (error.kind(), error.raw_os_error()),
            (ErrorKind::IsADirectory, Some(21)),
            "{mode}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn raw_12_files_are_not_inherited() {
    use std::os::fd::AsRawFd;
    const O_CLOEXEC: u32 = 0o2_000_000;
    let folder = folder();
    for mode in [FileMode::Read, FileMode::Write, FileMode::AppendUpdate] {
        let file = open(&folder, "old", mode).unwrap();
        let fd = file.get_ref().unwrap().as_raw_fd();
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = u32::from_str_radix(flags.unwrap().trim(), 8).unwrap();
        assert_ne!(flags & O_CLOEXEC, 0, "{mode}: {flags:o}");
    }
}

#[rstest]
#[case::raw_13_shorter(Some(3), 3, b"con")]
#[case::raw_13_longer_with_zeros(Some(9), 9, b"content\0\0")]
#[case::raw_13_to_nothing(Some(0), 0, b"")]
#[case::raw_13_at_the_position(None, 5, b"conte")]
fn truncating(#[case] size: Option<u64>, #[case] answer: u64, #[case] left: &[u8]) {
    let folder = folder();
    let mut file = open(&folder, "old", FileMode::ReadUpdate).unwrap();
    file.seek(SeekFrom::Start(5)).unwrap();
    assert_eq!(file.truncate(size).unwrap(), answer);
    assert_eq!(file.stream_position().unwrap(), 5, "the position stays");
    assert_eq!(content(&folder, "old").as_bytes(), left);
}

#[test]
fn raw_14_seeking_a_file() {
    let folder = folder();
    let mut file = open(&folder, "old", FileMode::ReadUpdate).unwrap();
    assert_eq!(file.seek(SeekFrom::End(-3)).unwrap(), 4);
    assert_eq!(file.seek(SeekFrom::Current(-2)).unwrap(), 2);
    assert_eq!(file.seek(SeekFrom::Start(9)).unwrap(), 9);
    assert_eq!(file.read(&mut [0]).unwrap(), 0, "behind the end is the end");
    file.write_all(b"!").unwrap();
    assert_eq!(content(&folder, "old"), "content\0\0!");
    let error = file.seek(SeekFrom::End(-11)).unwrap_err();
    assert_eq!(
        (error.kind(), file.stream_position().unwrap()),
        (ErrorKind::InvalidInput, 10)
    );
}

#[cfg(unix)]
fn pipe() -> (FileIo, FileIo) {
    use std::os::fd::OwnedFd;
    let (reader, writer) = std::io::pipe().unwrap();
    let file = |fd: OwnedFd, mode| FileIo::from_file(File::from(fd), mode).unwrap();
    (
        file(reader.into(), FileMode::Read),
        file(writer.into(), FileMode::Append),
    )
}

#[cfg(unix)]
#[test]
fn raw_15_a_pipe_does_not_seek() {
    let (mut reader, mut writer) = pipe();
    assert!(!reader.seekable() && !writer.seekable());
    writer.write_all(b"through").unwrap();
    unsupported(reader.rewind(), Operation::Seek);
    unsupported(reader.stream_position(), Operation::Tell);
    let mut start = [0; 3];
    reader.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"thr");
    drop(writer);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "ough");
}

#[cfg(target_os = "linux")]
#[test]
fn raw_15_a_pipe_opens_by_its_name_for_appending_too() {
    use std::os::fd::AsRawFd;
    let (mut reader, writer) = pipe();
    let fd = writer.get_ref().unwrap().as_raw_fd();
    let mut named = FileIo::open(format!("/proc/self/fd/{fd}"), FileMode::Append).unwrap();
    assert!(!named.seekable());
    named.write_all(b"x").unwrap();
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 1);
}

#[cfg(unix)]
#[test]
fn raw_16_a_pipe_that_nobody_reads_is_broken() {
    let (reader, mut writer) = pipe();
    hang_up(reader, &writer);
    assert_eq!(
        writer.write(b"x").unwrap_err().kind(),
        ErrorKind::BrokenPipe
    );
}

#[cfg(target_os = "linux")]
#[test]
fn raw_17_the_null_device_takes_everything_and_gives_nothing() {
    let mut null = FileIo::open("/dev/null", FileMode::ReadUpdate).unwrap();
    assert_eq!(null.write(b"gone").unwrap(), 4);
    assert_eq!(null.read(&mut [0; 9]).unwrap(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn raw_17_a_full_device_says_so_with_the_systems_number() {
    let mut full = FileIo::open("/dev/full", FileMode::Write).unwrap();
    let error = Error::from(full.write(b"x").unwrap_err());
    assert_eq!(
        (error.kind(), error.raw_os_error()),
        (ErrorKind::StorageFull, Some(28))
    );
    let mut writer = iolite::BufferedWriter::new(full);
    writer.write_all(b"x").unwrap();
    assert_eq!(
        writer.close().unwrap_err().raw_os_error(),
        Some(28),
        "through a buffer too"
    );
}

#[test]
fn raw_18_closing_a_file_lets_go_of_it() {
    let folder = folder();
    let mut file = open(&folder, "old", FileMode::Read).unwrap();
    file.close().unwrap();
    assert!(file.get_ref().is_none());
    assert_eq!(
        (file.mode(), file.path().is_some()),
        (FileMode::Read, true),
        "still known"
    );
    assert!(file.into_inner().is_none());
}

#[test]
fn raw_18_closed_comes_before_unsupported() {
    let folder = folder();
    let mut file = open(&folder, "old", FileMode::Read).unwrap();
    file.close().unwrap();
    assert!(matches!(
        Error::from(file.write(b"x").unwrap_err()),
        Error::Closed
    ));
    assert!(matches!(file.truncate(None), Err(Error::Closed)));
}

#[test]
fn raw_19_one_gather_write_is_one_call() {
    let folder = folder();
    let mut file = open(&folder, "old", FileMode::Append).unwrap();
    let pieces = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cd")];
    let written = file.write_vectored(&pieces).unwrap();
    if cfg!(unix) {
        assert_eq!((written, &*content(&folder, "old")), (4, "contentabcd"));
    }
}

#[test]
fn raw_20_flushing_a_file_does_nothing_and_works_for_readers() {
    let folder = folder();
    open(&folder, "old", FileMode::Read)
        .unwrap()
        .flush()
        .unwrap();
    open(&folder, "old", FileMode::Append)
        .unwrap()
        .flush()
        .unwrap();
    assert_eq!(content(&folder, "old"), "content");
}
