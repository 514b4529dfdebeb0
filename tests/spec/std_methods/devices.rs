//! Rows of devices over devices, and of files that grow or are replaced.

use std::io::{Read, Seek, SeekFrom};

use iolite::raw::{AtomicFile, Concat, Follow, FollowOptions, Section, Tee};

use super::cells::Cell;
use super::rows::{Opened, READ, READ_SEEK, Row, WRITE, WRITE_SEEK};
use super::stream::{Raw, Stream, Subject, inside};
use super::table::{device, plain};
use crate::support::devices::Behaviour::{self, Positioned};
use crate::support::devices::Hostile;

pub(super) fn rows() -> Vec<Row> {
    let section = |name| Row::new("Section", name, READ_SEEK, WRITE).raw();
    let concat = |name, has, refuses| Row::new("Concat", name, has, refuses).raw();
    vec![
        section("Section").reading(|cell| {
            meets_its_error(cell)?;
            let device = device(cell).with(Positioned);
            Ok(Subject::new(Raw(Section::new(device, 0..len(cell)))))
        }),
        section("Section, moved").reading(|cell| {
            meets_its_error(cell)?;
            Ok(Subject::new(Raw(Section::new(device(cell), 0..len(cell)))))
        }),
        concat("Concat", READ_SEEK, WRITE).reading(|cell| {
            let parts = [Hostile::new(b""), device(cell)];
            Ok(Subject::new(Raw(Concat::new(parts))))
        }),
        Row::new("Tee", "Tee", READ, WRITE_SEEK)
            .raw()
            .reading(|cell| Ok(Subject::new(Raw(Tee::new(device(cell), Vec::new()))))),
        Row::new("Follow", "Follow, stopped", READ_SEEK, WRITE)
            .raw()
            .reading(|cell| {
                plain(cell)?;
                let file = tempfile::NamedTempFile::new().unwrap();
                std::fs::write(file.path(), &cell.content).unwrap();
                let follow = FollowOptions::new().open(file.path()).unwrap();
                follow.handle().stop();
                Ok(Subject::new(Raw::<Follow>(follow)).seen(move |_| drop_late(&file)))
            }),
        Row::new("AtomicFile", "AtomicFile", WRITE_SEEK, READ)
            .raw()
            .writing(replaced),
    ]
}

/// Of the devices that can be waited for, only files keep what is written where a test can read it.
#[cfg(unix)]
pub(super) fn rows_of_deadline() -> Vec<Row> {
    use iolite::FileIo;
    use iolite::raw::{Deadline, FileMode};

    use super::rows::{NOTHING, RAW};

    let row = Row::new("Deadline", "Deadline, a file for both", RAW, NOTHING).raw();
    vec![row.writing(|cell| {
        plain(cell)?;
        let file = tempfile::NamedTempFile::new().unwrap();
        let stream = FileIo::open(file.path(), FileMode::WriteUpdate).unwrap();
        let subject = Subject::new(Raw(Deadline::new(stream)));
        Ok(subject.seen(move |_| std::fs::read(file.path()).unwrap()))
    })]
}

/// Whether an error of the device comes where somebody reads.
fn meets_its_error(cell: &Cell) -> Result<(), &'static str> {
    let is_at_the_end = |behaviour: &Behaviour| match *behaviour {
        Behaviour::ErrorAfter(n) | Behaviour::KindAfter(n, _) => n >= cell.content.len(),
        _ => false,
    };
    if cell.device.iter().any(is_at_the_end) {
        return Err("at its end the device is not asked");
    }
    Ok(())
}

fn len(cell: &Cell) -> u64 {
    cell.content.len() as u64
}

/// Nothing to be seen, but the file has to be there as long as its reader.
fn drop_late(_: &tempfile::NamedTempFile) -> Vec<u8> {
    Vec::new()
}

fn replaced(cell: &Cell) -> Opened {
    plain(cell)?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let subject = Subject::new(Raw(AtomicFile::create(&path).unwrap()));
    Ok(subject.seen(move |stream: &mut dyn Stream| {
        let _ = &folder;
        let stream: &mut Raw<AtomicFile> = inside(stream);
        let Some(file) = stream.0.get_ref() else {
            return std::fs::read(&path).unwrap();
        };
        let (mut file, mut bytes) = (file.try_clone().unwrap(), Vec::new());
        // The two share their position.
        let here = file.stream_position().unwrap();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        file.seek(SeekFrom::Start(here)).unwrap();
        bytes
    }))
}
