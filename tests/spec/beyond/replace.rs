//! SPEC.md, "Replacing files".

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use iolite::open::Buffering;
use iolite::raw::AtomicFile;
use iolite::testing::Delegate;
use iolite::{BufferedWriter, Encoding, Error, IoBase, OpenOptions, RawIo, TextIo};
use tempfile::TempDir;

const OLD: &[u8] = b"the old file\n";

/// A file in a folder of its own.
struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, OLD).unwrap();
        Place { folder, path }
    }

    /// Whether nothing is beside the files that these are.
    fn has_only(&self, names: &[&str]) -> bool {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut found: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        found.sort();
        found == names
    }

    fn content(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }
}

#[test]
fn rpl_1_the_new_file_is_in_place_when_it_is_closed() {
    let place = Place::new();
    let mut reader = File::open(&place.path).unwrap();
    let mut file = AtomicFile::create(&place.path).unwrap();
    file.write_all(b"new, and the ").unwrap();
    file.write_all(b"second").unwrap();
    file.seek(SeekFrom::Start(9)).unwrap();
    file.write_all(b"its").unwrap();
    file.flush().unwrap();
    assert_eq!(place.content(), OLD);
    file.close().unwrap();
    assert!(file.is_closed());
    file.close().unwrap();
    assert_eq!(place.content(), b"new, and its second");
    assert!(place.has_only(&["file"]));
    // Who reads the old one goes on with it.
    let mut old = Vec::new();
    reader.read_to_end(&mut old).unwrap();
    assert_eq!(old, OLD);
}

#[test]
fn rpl_1_a_file_that_is_not_there_is_made() {
    let place = Place::new();
    let path = place.folder.path().join("new");
    let mut file = AtomicFile::create(&path).unwrap();
    assert_eq!(file.path(), Some(&*path));
    assert!(!path.exists());
    file.close().unwrap();
    assert_eq!(fs::read(path).unwrap(), b"");
}

#[test]
fn rpl_1_text_and_bytes_are_replaced_with_the_options_of_all_streams() {
    let place = Place::new();
    let options = OpenOptions::new().encoding(Encoding::UTF_16);
    let mut text = options.replace_text(&place.path).unwrap();
    writeln!(text, "é").unwrap();
    assert!(matches!(text.write_str("\u{fffe}"), Ok(())));
    assert_eq!(place.content(), OLD);
    text.close().unwrap();
    let native = iolite::Newline::Native.written().unwrap_or("\n");
    let expected = Encoding::UTF_16
        .encode(&format!("é{native}\u{fffe}"))
        .unwrap()
        .into_owned();
    assert_eq!(place.content(), expected);

    let mut bytes = OpenOptions::new().replace_bytes(&place.path).unwrap();
    bytes.write_all(b"bytes").unwrap();
    bytes.close().unwrap();
    assert_eq!(place.content(), b"bytes");
}

#[test]
fn rpl_1_options_that_do_not_fit_are_refused_before_anything_is_made() {
    let place = Place::new();
    let missing = place.folder.path().join("missing").join("file");
    let binary = OpenOptions::new().encoding(Encoding::UTF_16);
    assert!(matches!(
        binary.replace_bytes(&missing),
        Err(Error::InvalidMode { .. })
    ));
    let unbuffered = OpenOptions::new().buffering(Buffering::None);
    assert!(matches!(
        unbuffered.replace_text(&missing),
        Err(Error::InvalidMode { .. })
    ));
    assert!(matches!(
        unbuffered.replace_bytes(&missing),
        Err(Error::InvalidArgument { .. })
    ));
    let opener = OpenOptions::new().opener(|path, options| options.open(path));
    assert!(matches!(
        opener.replace_text(&missing),
        Err(Error::InvalidArgument { .. })
    ));
}

#[test]
fn rpl_2_what_is_dropped_leaves_the_old_file_and_nothing_else() {
    let place = Place::new();
    let mut file = AtomicFile::create(&place.path).unwrap();
    file.write_all(b"new").unwrap();
    drop(file);
    let mut text = OpenOptions::new().replace_text(&place.path).unwrap();
    text.write_str("new").unwrap();
    text.flush().unwrap();
    drop(text);
    let path = place.path.clone();
    let panicked = std::thread::spawn(move || {
        let mut bytes = OpenOptions::new().replace_bytes(path).unwrap();
        bytes.write_all(b"new").unwrap();
        panic!("on purpose");
    });
    assert!(panicked.join().is_err());
    assert_eq!(place.content(), OLD);
    assert!(place.has_only(&["file"]));
}

#[cfg(unix)]
#[test]
fn rpl_3_mode_and_owner_are_kept() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let place = Place::new();
    for mode in [0o640, 0o600, 0o777, 0o4755] {
        fs::set_permissions(&place.path, fs::Permissions::from_mode(mode)).unwrap();
        // Only who may do so can try.
        let is_anothers = chown(&place.path, Some(12345), Some(54321)).is_ok();
        fs::set_permissions(&place.path, fs::Permissions::from_mode(mode)).unwrap();
        let old = place.path.metadata().unwrap();
        let mut file = AtomicFile::create(&place.path).unwrap();
        file.write_all(b"new").unwrap();
        file.close().unwrap();
        let new = place.path.metadata().unwrap();
        assert_ne!(new.ino(), old.ino());
        assert_eq!(new.mode(), old.mode());
        assert_eq!((new.uid(), new.gid()), (old.uid(), old.gid()));
        assert!(is_anothers || new.uid() != 12345);
    }
    // As any new file.
    let (new, other) = (
        place.folder.path().join("new"),
        place.folder.path().join("other"),
    );
    AtomicFile::create(&new).unwrap().close().unwrap();
    File::create(&other).unwrap();
    assert_eq!(
        new.metadata().unwrap().mode(),
        other.metadata().unwrap().mode()
    );
}

#[cfg(unix)]
#[test]
fn rpl_4_links_stay_and_what_they_lead_to_is_replaced() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    let inside = place.folder.path().join("inside");
    fs::create_dir(&inside).unwrap();
    symlink("../file", inside.join("link")).unwrap();
    symlink(inside.join("link"), place.folder.path().join("far")).unwrap();
    let path = place.folder.path().join("far");
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    file.close().unwrap();
    assert_eq!(place.content(), b"new");
    assert!(!place.path.is_symlink() && path.is_symlink() && inside.join("link").is_symlink());

    fs::remove_file(&place.path).unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"anew").unwrap();
    file.close().unwrap();
    assert_eq!(place.content(), b"anew");

    let round = place.folder.path().join("round");
    symlink("round", &round).unwrap();
    assert!(matches!(
        AtomicFile::create(&round),
        Err(Error::Open { .. })
    ));
}

#[test]
fn rpl_5_what_is_no_file_is_refused() {
    let place = Place::new();
    let error = AtomicFile::create(place.folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IsADirectory);
    let missing = place.folder.path().join("missing").join("file");
    let error = AtomicFile::create(missing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    #[cfg(unix)]
    {
        let error = AtomicFile::create("/dev/null").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("/dev/null"), "{error}");
    }
    assert!(place.has_only(&["file"]));
}

/// Its folder would allow that.
#[cfg(unix)]
#[test]
fn rpl_5_a_file_that_may_not_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o444)).unwrap();
    if File::options().write(true).open(&place.path).is_ok() {
        return eprintln!("SKIPPED: this user may write everything");
    }
    let error = AtomicFile::create(&place.path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(place.content(), OLD);
}

/// A disk that is full for a while.
fn full_disk(path: &Path, fails: usize) -> Delegate<AtomicFile> {
    let mut calls = 0;
    Delegate::new(AtomicFile::create(path).unwrap()).on_write(move |file, bytes| {
        calls += 1;
        if (2..2 + fails).contains(&calls) {
            // The device itself has to see it: a position that no file has.
            file.write_at(bytes, u64::MAX / 2 + 1)
        } else {
            file.write(bytes)
        }
    })
}

#[test]
fn rpl_6_after_a_write_that_failed_the_old_file_stays() {
    let place = Place::new();
    let mut writer = BufferedWriter::with_capacity(8, full_disk(&place.path, usize::MAX - 2));
    writer.write_all(b"new ").unwrap();
    writer.flush().unwrap();
    writer.write_all(b"file").unwrap();
    let error = writer.close().unwrap_err();
    assert!(error.to_string().contains("was not replaced"), "{error}");
    assert!(matches!(error, Error::Combined { .. }));
    assert_eq!(place.content(), OLD);
    assert!(place.has_only(&["file"]));

    let mut raw = AtomicFile::create(&place.path).unwrap();
    raw.write_all(b"new").unwrap();
    raw.write_at(b"x", u64::MAX / 2 + 1).unwrap_err();
    assert_eq!(raw.write(b"").unwrap(), 0);
    let error = raw.close().unwrap_err();
    assert!(matches!(&error, Error::NotReplaced { path } if *path == place.path));
    assert!(raw.is_closed());
    raw.close().unwrap();
    assert_eq!(place.content(), OLD);

    // Its length would be wrong.
    let mut raw = AtomicFile::create(&place.path).unwrap();
    raw.write_all(b"new").unwrap();
    raw.truncate(Some(u64::MAX / 2 + 1)).unwrap_err();
    assert!(matches!(raw.close(), Err(Error::NotReplaced { .. })));
    assert_eq!(place.content(), OLD);
}

#[test]
fn rpl_6_a_write_that_succeeds_when_it_is_repeated_did_not_fail() {
    let place = Place::new();
    let mut writer = BufferedWriter::with_capacity(8, full_disk(&place.path, 2));
    writer.write_all(b"new ").unwrap();
    writer.flush().unwrap();
    writer.write_all(b"file").unwrap();
    while writer.flush().is_err() {}
    writer.close().unwrap();
    assert_eq!(place.content(), b"new file");
}
