//! Which files are counted: those of the command line, or those of a list.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::BufRead;

use iolite::{BufferedReader, FileIo};

use crate::input::Input;
use crate::messages::{Place, reason, shown};
use crate::status::Failure;

/// How long a list in a regular file may be to be read at once, so that the columns are as wide as the
/// files need; `wc` has the same limit.
const AT_ONCE: u64 = 10 << 20;

/// The names, one after the other. `None` is standard input without a name.
pub(super) enum Names {
    Known(Vec<Option<OsString>>, usize),
    Listed(Box<List>),
}

/// A list of names, each ended by a NUL, of which any may be wrong.
pub(super) struct List {
    name: OsString,
    reader: BufferedReader<FileIo>,
    /// How many names were read.
    number: u64,
    /// Those that were read at once.
    waiting: Option<VecDeque<Option<OsString>>>,
    /// All of those.
    all: Vec<Option<OsString>>,
    has_failed: bool,
}

/// A name in a list that is none, or the list that cannot be read.
pub(super) struct Problem {
    pub(super) name: OsString,
    pub(super) place: Place,
    pub(super) what: String,
}

impl Names {
    pub(super) fn given(names: &[OsString]) -> Names {
        let names = match names {
            [] => vec![None],
            names => names.iter().cloned().map(Some).collect(),
        };
        Names::Known(names, 0)
    }

    pub(super) fn listed(list: &OsStr) -> Result<Names, Failure> {
        let cannot = |error: &iolite::Error| {
            let name = shown(list);
            Failure::Request(format!("cannot open {name} for reading: {}", reason(error)))
        };
        let input = Input::new(list);
        let device = input.open().map_err(|error| cannot(&error))?;
        let metadata = input.metadata();
        let mut list = List {
            name: list.to_owned(),
            reader: BufferedReader::new(device),
            number: 0,
            waiting: None,
            all: Vec::new(),
            has_failed: false,
        };
        if metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() <= AT_ONCE) {
            while let Some(name) = list.read().map_err(|error| cannot(&error))? {
                list.all.push(Some(name));
            }
            list.waiting = Some(list.all.iter().cloned().collect());
        }
        Ok(Names::Listed(Box::new(list)))
    }

    /// All of them, if they are known before the first is counted.
    pub(super) fn known(&self) -> Option<&[Option<OsString>]> {
        match self {
            Names::Known(names, _) => Some(names),
            Names::Listed(list) => list.waiting.as_ref().map(|_| &*list.all),
        }
    }

    pub(super) fn next(&mut self) -> Option<Result<Option<OsString>, Problem>> {
        match self {
            Names::Known(names, at) => {
                *at += 1;
                names.get(*at - 1).cloned().map(Ok)
            }
            Names::Listed(list) => list.next(),
        }
    }
}

impl List {
    fn next(&mut self) -> Option<Result<Option<OsString>, Problem>> {
        if self.has_failed {
            return None;
        }
        let name = match &mut self.waiting {
            Some(waiting) => waiting.pop_front()??,
            None => match self.read() {
                Ok(name) => name?,
                Err(error) => {
                    self.has_failed = true;
                    let what = reason(&error);
                    return Some(Err(self.problem(Place::default(), what)));
                }
            },
        };
        self.number += 1;
        if name.is_empty() {
            let line = Some(self.number);
            let place = Place { line, byte: None };
            return Some(Err(
                self.problem(place, "invalid zero-length file name".into())
            ));
        }
        if name == "-" && self.name == "-" {
            let what = "when reading file names from stdin, no file name of '-' allowed";
            return Some(Err(self.problem(Place::default(), what.into())));
        }
        Some(Ok(Some(name)))
    }

    fn problem(&self, place: Place, what: String) -> Problem {
        let name = self.name.clone();
        Problem { name, place, what }
    }

    /// The next name; the last may have no NUL.
    fn read(&mut self) -> iolite::Result<Option<OsString>> {
        let mut name = Vec::new();
        if self.reader.read_until(0, &mut name)? == 0 {
            return Ok(None);
        }
        if name.last() == Some(&0) {
            name.pop();
        }
        Ok(Some(file_name(name)))
    }
}

#[cfg(unix)]
fn file_name(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn file_name(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
