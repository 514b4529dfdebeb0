//! SPEC.md, "Growing files": whatever happens to a log, each of its files is read once and whole.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use iolite::raw::{FileChange, Follow};
use proptest::prelude::*;

use super::follow::Log;

#[derive(Clone, Debug)]
enum Step {
    Append(u8),
    /// The old file gets another name, then some more, and there is a new one.
    RenameAndAppend(u8),
    Remove,
    /// Cut to nothing, after it was read to its end, as a copying rotation would.
    Cut,
    /// A read of so many bytes.
    Read(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..20_u8).prop_map(Step::Append),
        2 => (0..20_u8).prop_map(Step::RenameAndAppend),
        1 => Just(Step::Remove),
        1 => Just(Step::Cut),
        6 => (1..30_u8).prop_map(Step::Read),
    ]
}

/// The bytes of all files in their order, numbered so that none is taken for another.
struct Model {
    log: Log,
    writer: File,
    next: u32,
    /// What was written and read, file by file.
    written: Vec<String>,
    read: Vec<String>,
}

impl Model {
    fn new() -> Model {
        let log = Log::new(b"");
        let writer = OpenOptions::new().append(true).open(&log.path).unwrap();
        Model {
            log,
            writer,
            next: 0,
            written: vec![String::new()],
            read: vec![String::new()],
        }
    }

    fn append(&mut self, count: u8) {
        for _ in 0..count {
            let bytes = format!("{},", self.next);
            self.next += 1;
            self.writer.write_all(bytes.as_bytes()).unwrap();
            self.written.last_mut().unwrap().push_str(&bytes);
        }
    }

    fn make_anew(&mut self) {
        self.log.write(b"");
        let opened = OpenOptions::new().append(true).open(&self.log.path);
        self.writer = opened.unwrap();
        self.written.push(String::new());
    }

    /// Reads once, and takes the change if there was one; whether there was either.
    fn read(&mut self, device: &mut Follow, n: u8) -> bool {
        let mut bytes = vec![0; n.into()];
        let n = device.read(&mut bytes).unwrap_or(0);
        let bytes = str::from_utf8(&bytes[..n]).unwrap();
        self.read.last_mut().unwrap().push_str(bytes);
        let change = device.take_change();
        if change.as_ref().is_some_and(FileChange::ends_the_bytes) {
            self.read.push(String::new());
        }
        n > 0 || change.is_some()
    }

    fn act(&mut self, step: &Step, device: &mut Follow) {
        match *step {
            Step::Append(count) => self.append(count),
            Step::RenameAndAppend(count) => {
                self.log.rename();
                self.append(count);
                self.make_anew();
            }
            Step::Remove => {
                self.log.remove();
                self.make_anew();
            }
            Step::Cut => {
                while self.read(device, 200) {}
                self.log.write(b"");
                // An empty one that is emptied is the same file.
                if !self.written.last().unwrap().is_empty() {
                    self.written.push(String::new());
                }
                while self.read(device, 200) {}
            }
            Step::Read(n) => drop(self.read(device, n)),
        }
    }

    /// Every file that was read is one of those that were written, in their order, and whole unless
    /// it is the last.
    fn check(&self) {
        let read: Vec<_> = self.read.iter().filter(|file| !file.is_empty()).collect();
        let mut written = self.written.iter();
        for (number, file) in read.iter().enumerate() {
            // One whose name went on before it was looked at is not there.
            let whole = written.find(|whole| whole.starts_with(&***file));
            let whole = whole.unwrap_or_else(|| panic!("{file} of {:?}", self.written));
            assert!(
                number + 1 == read.len() || whole == *file,
                "{file} of {whole}"
            );
        }
    }
}

proptest! {
    #[test]
    fn fol_4_each_file_of_a_log_is_read_once_and_whole(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut model = Model::new();
        let mut device = model.log.follow();
        for step in &steps {
            model.act(step, &mut device);
            model.check();
        }
        while model.read(&mut device, 200) {}
        model.check();
        prop_assert_eq!(model.read.last(), model.written.last());
    }
}
