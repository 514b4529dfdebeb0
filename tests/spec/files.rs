//! Chapter "Files and adapters": what holds on every system.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufRead, Cursor, ErrorKind, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use iolite::error::{ModeProblem, Operation};
use iolite::raw::FileMode;
use iolite::{
    Adapter, BufferedRandom, BufferedReader, BufferedWriter, Encoding, Error, FileIo, IoBase,
    OpenOptions, RawIo, Stream, TextIo,
};
#[cfg(target_os = "linux")]
use rstest::rstest;
use tempfile::TempDir;

use crate::support::contracts::unsupported;

/// A folder with a file in it, and the file's path.
pub(crate) fn file(content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, content).unwrap();
    (folder, path)
}

/// The fields of a failed call of a file, and its number.
pub(crate) fn failed(error: impl Into<Error>) -> (PathBuf, &'static str, Operation, Option<i32>) {
    let error = error.into();
    let number = error.raw_os_error();
    match error {
        Error::File {
            path,
            mode,
            operation,
            source,
        } => {
            assert_eq!(source.raw_os_error(), number);
            (path, mode, operation, number)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn fil_1_an_opener_gets_the_path_and_the_options_of_the_mode() {
    let (folder, path) = file("content");
    let calls = Cell::new(0);
    let mut opened = FileIo::open_with("a name", FileMode::Append, |name, options| {
        calls.set(calls.get() + 1);
        assert_eq!(name.to_str(), Some("a name"));
        options.open(&path)
    })
    .unwrap();
    assert_eq!((calls.get(), opened.stream_position().unwrap()), (1, 7));
    assert_eq!(opened.path().and_then(|path| path.to_str()), Some("a name"));
    opened.write_all(b"+").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"content+");
    let new = folder.path().join("new");
    FileIo::open_with(&new, FileMode::CreateNew, |path, options| {
        options.open(path)
    })
    .unwrap();
    assert!(new.exists());
}

#[test]
fn fil_1_what_an_opener_says_is_a_failed_open() {
    let refusal =
        |_: &std::path::Path, _: &mut fs::OpenOptions| Err(ErrorKind::QuotaExceeded.into());
    match FileIo::open_with("a name", FileMode::WriteUpdate, refusal).unwrap_err() {
        Error::Open { path, mode, source } => {
            assert_eq!((path.to_str(), mode), (Some("a name"), "wb+"));
            assert_eq!(source.kind(), ErrorKind::QuotaExceeded);
        }
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
#[test]
fn fil_1_a_directory_of_an_opener_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = FileIo::open_with(folder.path(), FileMode::Read, |path, options| {
        options.open(path)
    });
    match error.unwrap_err() {
        Error::Open { path, source, .. } => assert_eq!(
            (&*path, source.raw_os_error()),
            (folder.path(), Some(21)),
            "EISDIR"
        ),
        other => panic!("{other:?}"),
    }
}

/// The system tells what is open.
#[cfg(unix)]
#[rstest]
#[case::fil_2_reading("w", FileMode::Read, Some("the file is not open for reading"))]
#[case::fil_2_writing("r", FileMode::Write, Some("the file is not open for writing"))]
#[case::fil_2_updating_a_reader(
    "r",
    FileMode::ReadUpdate,
    Some("the file is not open for writing")
)]
#[case::fil_2_updating_a_writer(
    "w",
    FileMode::ReadUpdate,
    Some("the file is not open for reading")
)]
#[case::fil_2_appending("rw", FileMode::Append, Some("the file is not open for appending"))]
#[case::fil_2_less_than_it_allows("rw", FileMode::Read, None)]
#[case::fil_2_less_than_it_allows_to_write("rw", FileMode::CreateNew, None)]
#[case::fil_2_all_that_it_allows("rw", FileMode::WriteUpdate, None)]
#[case::fil_2_appending_to_an_appender("a", FileMode::Append, None)]
#[case::fil_2_reading_an_appender(
    "a",
    FileMode::AppendUpdate,
    Some("the file is not open for reading")
)]
fn what_an_open_file_allows(
    #[case] open: &str,
    #[case] mode: FileMode,
    #[case] wrong: Option<&str>,
) {
    let (_folder, path) = file("content");
    let mut options = fs::OpenOptions::new();
    options.read(open.contains('r')).write(open.contains('w'));
    let open = || options.clone().append(open == "a").open(&path);
    let check = |outcome: Result<FileIo, Error>| match (outcome, wrong) {
        (Ok(file), None) => assert_eq!(file.mode(), mode),
        (Err(Error::InvalidArgument { argument, problem }), Some(wrong)) => {
            assert_eq!((argument, problem), ("mode", wrong));
        }
        (outcome, _) => panic!("{outcome:?}, not {wrong:?}"),
    };
    check(FileIo::from_file(open().unwrap(), mode));
    check(FileIo::from_fd(open().unwrap(), mode));
    check(FileIo::duplicate(open().unwrap(), mode));
    check(
        FileIo::open_with(&path, mode, |_, _| open()).map_err(|error| match error {
            Error::Open { source, .. } => source.into(),
            other => other,
        }),
    );
    assert_eq!(fs::read(&path).unwrap(), b"content");
}

/// Such a descriptor stands for a place: it is open for nothing.
#[cfg(target_os = "linux")]
#[test]
fn fil_2_a_mere_place_is_not_open() {
    use rustix::fs::{Mode, OFlags, open};
    let (_folder, path) = file("content");
    for mode in [FileMode::Read, FileMode::Write] {
        let place = open(&path, OFlags::PATH, Mode::empty()).unwrap();
        let error = FileIo::from_fd(place, mode).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { .. }), "{error:?}");
    }
}

#[cfg(unix)]
#[test]
fn fil_2_a_refusal_moves_nothing() {
    let (_folder, path) = file("content");
    let mut inner = File::options().read(true).write(true).open(&path).unwrap();
    inner.seek(SeekFrom::Start(3)).unwrap();
    FileIo::duplicate(&inner, FileMode::Append).unwrap_err();
    assert_eq!(inner.stream_position().unwrap(), 3);
}

#[cfg(unix)]
#[test]
fn fil_2_what_cannot_seek_need_not_append() {
    let (_reader, writer) = io::pipe().unwrap();
    let mut file = FileIo::from_fd(writer, FileMode::Append).unwrap();
    assert_eq!(file.write(b"x").unwrap(), 1);
}

#[cfg(unix)]
#[test]
fn fil_3_an_appending_file_is_known_whatever_its_mode() {
    let (_folder, path) = file("content");
    let inner = File::options().read(true).append(true).open(&path).unwrap();
    let mut file = FileIo::from_file(inner, FileMode::ReadUpdate).unwrap();
    assert!(file.is_append_only() && file.mode() == FileMode::ReadUpdate);
    assert_eq!(
        file.stream_position().unwrap(),
        0,
        "the mode does not append"
    );
    unsupported(file.write_at(b"x", 0), Operation::Write);
    let mut random = BufferedRandom::new(file).unwrap();
    random.write_all(b"+").unwrap();
    assert_eq!(random.stream_position().unwrap(), 8);
    random.rewind().unwrap();
    let mut all = String::new();
    random.read_to_string(&mut all).unwrap();
    assert_eq!(all, "content+");
}

#[test]
fn fil_4_nothing_is_emptied_and_reading_starts_at_the_position() {
    let (_folder, path) = file("content");
    let open = || File::options().read(true).write(true).open(&path).unwrap();
    let mut inner = open();
    inner.seek(SeekFrom::Start(3)).unwrap();
    for mode in [FileMode::WriteUpdate, FileMode::CreateNewUpdate] {
        let shared = inner.try_clone().unwrap();
        let mut file = FileIo::from_file(shared, mode).unwrap();
        assert_eq!(file.stream_position().unwrap(), 3, "{mode}");
    }
    assert_eq!(fs::read(&path).unwrap(), b"content");
}

#[test]
fn fil_6_a_file_becomes_stds_file() {
    let (_folder, path) = file("content");
    let mut opened = FileIo::open(&path, FileMode::Read).unwrap();
    opened.read_exact(&mut [0; 3]).unwrap();
    let mut inner = File::try_from(opened).unwrap();
    assert_eq!(inner.stream_position().unwrap(), 3);
    let mut closed = FileIo::open(&path, FileMode::Read).unwrap();
    closed.close().unwrap();
    assert!(matches!(File::try_from(closed), Err(Error::Closed)));
}

#[cfg(unix)]
#[test]
fn fil_7_offsets_do_not_move_the_position() {
    let (_folder, path) = file("content");
    let mut file = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    assert!(file.supports_read_at());
    file.seek(SeekFrom::Start(2)).unwrap();
    let mut three = [0; 3];
    assert_eq!(file.read_at(&mut three, 4).unwrap(), 3);
    assert_eq!(&three, b"ent");
    assert_eq!(file.write_at(b"!", 9).unwrap(), 1);
    assert_eq!(file.read_at(&mut three, 8).unwrap(), 2, "to the end");
    assert_eq!(file.read_at(&mut three, 10).unwrap(), 0, "at the end");
    assert_eq!(file.read_at(&mut three, 99).unwrap(), 0, "behind it");
    assert_eq!(file.stream_position().unwrap(), 2);
    assert_eq!(fs::read(&path).unwrap(), b"content\0\0!");
}

#[cfg(unix)]
#[test]
fn fil_8_offsets_need_a_file_that_seeks_and_allows_it() {
    let (_folder, path) = file("content");
    let mut byte = [0];
    let reader = FileIo::open(&path, FileMode::Read).unwrap();
    unsupported(reader.write_at(b"x", 0), Operation::Write);
    let appender = FileIo::open(&path, FileMode::AppendUpdate).unwrap();
    unsupported(appender.write_at(b"x", 0), Operation::Write);
    assert_eq!(
        appender.read_at(&mut byte, 0).unwrap(),
        1,
        "reading is no matter"
    );
    let mut writer = FileIo::open(&path, FileMode::Write).unwrap();
    unsupported(writer.read_at(&mut byte, 0), Operation::Read);
    writer.close().unwrap();
    assert!(!writer.supports_read_at());
    let closed = writer.write_at(b"x", 0).map_err(Error::from);
    assert!(matches!(closed, Err(Error::Closed)));

    let (end, other_end) = io::pipe().unwrap();
    let (end, other_end) = (FileIo::from(end), FileIo::from(other_end));
    assert!(!end.supports_read_at() && !other_end.supports_read_at());
    unsupported(end.read_at(&mut byte, 0), Operation::Read);
    unsupported(other_end.write_at(b"x", 0), Operation::Write);
}

#[cfg(not(unix))]
#[test]
fn fil_8_without_such_calls_a_file_is_not_positioned() {
    let (_folder, path) = file("content");
    let file = FileIo::open(&path, FileMode::Read).unwrap();
    assert!(!file.supports_read_at());
    unsupported(file.read_at(&mut [0], 0), Operation::Read);
}

#[cfg(unix)]
#[test]
fn fil_9_a_scatter_read_fills_all_pieces() {
    let (_folder, path) = file("content");
    let mut file = FileIo::open(&path, FileMode::Read).unwrap();
    let (mut one, mut two) = ([0; 3], [0; 9]);
    let mut pieces = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
    assert_eq!(file.read_vectored(&mut pieces).unwrap(), 7);
    assert_eq!((&one, &two[..4]), (b"con", &b"tent"[..]));
    let mut writer = FileIo::open(&path, FileMode::Append).unwrap();
    unsupported(writer.read_vectored(&mut []), Operation::Read);
}

#[test]
fn fil_10_reading_to_the_end_starts_at_the_position_and_appends() {
    let (_folder, path) = file("content");
    let mut file = FileIo::open(&path, FileMode::Read).unwrap();
    file.seek(SeekFrom::Start(3)).unwrap();
    let mut all = b">".to_vec();
    assert_eq!(file.read_to_end(&mut all).unwrap(), 4);
    assert_eq!(all, b">tent");
    assert_eq!(file.read_to_end(&mut all).unwrap(), 0);
    let mut grown = FileIo::open(&path, FileMode::Append).unwrap();
    grown.write_all(b"ment").unwrap();
    let mut text = String::from(">");
    assert_eq!(file.read_to_string(&mut text).unwrap(), 4);
    assert_eq!(
        (text.as_str(), file.stream_position().unwrap()),
        (">ment", 11)
    );
    unsupported(grown.read_to_end(&mut all), Operation::Read);
    unsupported(grown.read_to_string(&mut text), Operation::Read);
}

/// Whether the rest of a test can be done: 5 GiB of nothing, which take no room on the disk.
fn sparse(path: &std::path::Path, len: u64) -> bool {
    let made = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path);
    let extended = made.and_then(|file| file.set_len(len));
    if let Err(error) = &extended {
        eprintln!("SKIPPED: no sparse file of {len} bytes: {error}");
    }
    extended.is_ok()
}

#[cfg(target_os = "linux")]
#[test]
fn fil_11_a_file_larger_than_memory_is_an_error() {
    // Memory file systems have sizes that no disk has.
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
        return eprintln!("SKIPPED: no /dev/shm");
    };
    let path = folder.path().join("vast");
    if !sparse(&path, 1 << 62) {
        return;
    }
    let mut file = FileIo::open(&path, FileMode::Read).unwrap();
    let mut all = b"kept".to_vec();
    let error = Error::from(file.read_to_end(&mut all).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    assert_eq!(failed(error).2, Operation::Read);
    assert_eq!(
        (all.as_slice(), file.stream_position().unwrap()),
        (&b"kept"[..], 0)
    );
    assert_eq!(file.read(&mut [1; 3]).unwrap(), 3);
}

#[test]
fn fil_12_files_over_four_gibibytes() {
    const FAR: u64 = 5 << 30;
    let (_folder, path) = file("start");
    if !sparse(&path, FAR) {
        return;
    }
    let mut file = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    assert_eq!(file.seek(SeekFrom::End(0)).unwrap(), FAR);
    file.write_all(b"far\nout\n").unwrap();
    assert_eq!(file.stream_position().unwrap(), FAR + 8);
    if file.supports_read_at() {
        let mut three = [0; 3];
        assert_eq!(file.read_at(&mut three, FAR + 4).unwrap(), 3);
        assert_eq!(&three, b"out");
        assert_eq!(file.write_at(b"F", FAR).unwrap(), 1);
    }
    let mut reader = BufferedReader::new(file);
    reader.seek(SeekFrom::Start(FAR + 4)).unwrap();
    assert_eq!(reader.fill_buf().unwrap(), b"out\n");
    let mut random = BufferedRandom::new(reader.detach().unwrap()).unwrap();
    random.seek(SeekFrom::Start(FAR + 1)).unwrap();
    random.write_all(b"AR").unwrap();
    assert_eq!(random.truncate(None).unwrap(), FAR + 3);
    random.close().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), FAR + 3);
}

#[test]
fn fil_13_truncating_extends_as_far_as_the_system_can() {
    let (_folder, path) = file("content");
    let mut file = FileIo::open(&path, FileMode::ReadUpdate).unwrap();
    assert_eq!(file.truncate(Some(5000)).unwrap(), 5000);
    let mut all = Vec::new();
    file.read_to_end(&mut all).unwrap();
    assert_eq!((all.len(), &all[..9]), (5000, &b"content\0\0"[..]));
    let error = file.truncate(Some(u64::MAX)).unwrap_err();
    assert_eq!(failed(error).2, Operation::Truncate);
    assert_eq!(fs::metadata(&path).unwrap().len(), 5000);
    assert_eq!(file.stream_position().unwrap(), 5000);
}

#[cfg(unix)]
#[test]
fn fil_13_a_pipe_has_no_size() {
    let (_reader, writer) = io::pipe().unwrap();
    let mut file = FileIo::from(writer);
    unsupported(file.truncate(None), Operation::Truncate);
    unsupported(file.truncate(Some(3)), Operation::Truncate);
}

#[test]
fn fil_16_a_refused_seek_names_path_mode_and_operation() {
    let (_folder, path) = file("content");
    let mut file = FileIo::open(&path, FileMode::AppendUpdate).unwrap();
    let error = file.seek(SeekFrom::End(-99)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.raw_os_error(), None, "std does not look inside");
    let (p, mode, operation, number) = failed(error);
    assert_eq!((p, mode, operation), (path, "ab+", Operation::Seek));
    assert!(number.is_some());
    assert_eq!(file.stream_position().unwrap(), 7, "the position stays");
}

#[test]
fn fil_17_without_a_path_the_systems_error_stays() {
    let mut file = FileIo::from_file(tempfile::tempfile().unwrap(), FileMode::Read).unwrap();
    let error = file.seek(SeekFrom::Current(-1)).unwrap_err();
    assert!(error.raw_os_error().is_some() && error.get_ref().is_none());
    assert!(matches!(Error::from(error), Error::Io(_)));
}

#[test]
fn fil_18_waiting_for_the_disk() {
    let (_folder, path) = file("");
    let mut file = FileIo::open(&path, FileMode::Write).unwrap();
    file.write_all(b"on the disk").unwrap();
    file.sync_data().unwrap();
    file.sync_all().unwrap();
    file.close().unwrap();
    assert!(matches!(file.sync_all(), Err(Error::Closed)));
    assert!(matches!(file.sync_data(), Err(Error::Closed)));
}

#[test]
fn fil_19_an_opener_is_called_once_and_after_the_arguments_were_checked() {
    let (_folder, path) = file("content");
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let options = OpenOptions::new().opener(move |path, options| {
        counter.fetch_add(1, Ordering::Relaxed);
        options.open(path)
    });
    let count = || calls.swap(0, Ordering::Relaxed);
    let mut line = options.read_text(&path).unwrap();
    assert_eq!((line.fill_str().unwrap(), count()), ("content", 1));
    for mode in ["r", "rb", "r+", "rb+", "a", "ab+"] {
        options.open(&path, mode).unwrap();
        assert_eq!(count(), 1, "{mode}");
    }
    let wrong = options.clone().encoding(Encoding::UTF_8);
    assert!(matches!(
        wrong.open(&path, "wb"),
        Err(Error::InvalidMode {
            problem: ModeProblem::BinaryWithEncoding,
            ..
        })
    ));
    assert!(wrong.write_bytes(&path).is_err() && options.open(&path, "rr").is_err());
    assert_eq!(
        (count(), fs::read(&path).unwrap()),
        (0, b"content".to_vec())
    );
    assert!(format!("{options:?}").contains("Opener"));
    options.open_file(File::open(&path).unwrap(), "r").unwrap();
    assert_eq!(count(), 0, "what is open is not opened");
}

#[test]
fn fil_19_an_open_file_gets_the_floors_of_its_mode() {
    let (_folder, path) = file("content");
    let options = OpenOptions::new();
    let open = || File::options().read(true).write(true).open(&path).unwrap();
    let at_three = || {
        let mut file = open();
        file.seek(SeekFrom::Start(3)).unwrap();
        file
    };
    let mut text = options
        .open_file(at_three(), "r")
        .unwrap()
        .into_text()
        .unwrap();
    assert_eq!(text.fill_str().unwrap(), "tent");
    let mut bytes = options
        .open_file(at_three(), "rb")
        .unwrap()
        .into_bytes()
        .unwrap();
    assert_eq!(bytes.fill_buf().unwrap(), b"tent");
    let kept = at_three();
    let given = kept.try_clone().unwrap();
    let mut text = options.open_file(given, "w+").unwrap().into_text().unwrap();
    text.write_str("TENT").unwrap();
    text.close().unwrap();
    assert_eq!(
        kept.metadata().unwrap().len(),
        7,
        "the other one is open, nothing was emptied"
    );
    assert_eq!(fs::read(&path).unwrap(), b"conTENT");
    let appending = File::options().append(true).open(&path).unwrap();
    let mut end = options.open_file(appending, "ab").unwrap();
    assert!(matches!(end, Stream::Writer(_)));
    let Stream::Writer(writer) = &mut end else {
        unreachable!()
    };
    assert_eq!(writer.stream_position().unwrap(), 7);
    assert!(matches!(
        options.open_file(open(), "rw"),
        Err(Error::InvalidMode { .. })
    ));
}

#[test]
fn fil_20_adapters_take_what_was_chosen_at_run_time() {
    fn sends<T: Send>(value: T) -> T {
        value
    }
    trait ReadSeek: Read + Seek {}
    impl<T: Read + Seek> ReadSeek for T {}
    let reader: Box<dyn Read + Send> = Box::new(&b"one\ntwo"[..]);
    let mut reader = BufferedReader::new(sends(Adapter::reader(reader)));
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let writer: Box<dyn Write> = Box::new(Vec::new());
    let mut writer = BufferedWriter::new(Adapter::writer(writer));
    writer.write_all(b"x").unwrap();
    writer.close().unwrap();
    let seeker: Box<dyn ReadSeek> = Box::new(Cursor::new(b"content"));
    let mut seeker = Adapter::reader(seeker).with_seek();
    seeker.seek(SeekFrom::End(-2)).unwrap();
    let mut end = String::new();
    seeker.read_to_string(&mut end).unwrap();
    assert_eq!((&*line, &*end), ("one\n", "nt"));
}

#[test]
fn fil_20_a_scatter_read_stays_one() {
    let (mut one, mut two) = ([0; 3], [0; 9]);
    let mut pieces = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
    let mut adapter = Adapter::reader(&b"content"[..]);
    assert_eq!(adapter.read_vectored(&mut pieces).unwrap(), 7);
    assert_eq!((&one, &two[..4]), (b"con", &b"tent"[..]));
    let mut writer = Adapter::writer(io::sink());
    unsupported(writer.read_vectored(&mut []), Operation::Read);
}
