//! The files of the command line: names, `-`, lists of names, and the files of folders.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::OverrideBuilder;
use iolite::raw::FileMode;
use iolite::{FileIo, Result, stdio};

use crate::args::Tree;
use crate::status::Failure;

/// One input: a file, or standard input, which is called `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    name: OsString,
}

impl Input {
    pub(crate) fn new(name: impl Into<OsString>) -> Input {
        Input { name: name.into() }
    }

    /// All files of a command line; without any it is standard input.
    pub(crate) fn all(names: &[OsString]) -> Vec<Input> {
        if names.is_empty() {
            return vec![Input::new("-")];
        }
        names.iter().map(Input::new).collect()
    }

    /// As on the command line.
    pub(crate) fn name(&self) -> &OsStr {
        &self.name
    }

    /// `None` for standard input.
    pub(crate) fn path(&self) -> Option<&Path> {
        (!self.is_stdin()).then(|| Path::new(&self.name))
    }

    pub(crate) fn is_stdin(&self) -> bool {
        self.name == "-"
    }

    /// Opens it for reading; standard input is where it happens to be.
    pub(crate) fn open(&self) -> Result<FileIo> {
        match self.path() {
            Some(path) => FileIo::open(path, FileMode::Read),
            None => stdio::stdin_raw(),
        }
    }

    /// What the system knows about it, through links.
    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        match self.path() {
            Some(path) => fs::metadata(path),
            None => {
                let stdin = stdio::stdin_raw()?;
                let file = stdin.get_ref().ok_or(io::ErrorKind::NotFound)?;
                file.metadata()
            }
        }
    }
}

/// The files that names stand for: folders are walked, everything else stands for itself. What
/// cannot be walked is an error with its name, and the others follow.
pub(crate) fn walk<'a>(
    names: &'a [OsString],
    tree: &'a Tree,
) -> Result<impl Iterator<Item = Result<PathBuf, Unreachable>> + 'a, Failure> {
    let mut globs = OverrideBuilder::new("");
    for glob in &tree.globs {
        globs
            .add(glob)
            .map_err(|error| Failure::Request(error.to_string()))?;
    }
    let globs = globs
        .build()
        .map_err(|error| Failure::Request(error.to_string()))?;
    Ok(names
        .iter()
        .flat_map(move |name| files_of(Path::new(name), tree, &globs)))
}

/// Something below a folder that cannot be looked at.
#[derive(Debug)]
pub(crate) struct Unreachable {
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

fn files_of(
    path: &Path,
    tree: &Tree,
    globs: &ignore::overrides::Override,
) -> Box<dyn Iterator<Item = Result<PathBuf, Unreachable>>> {
    // A link that the command line names is followed, those in folders are not: as `grep -r` does.
    if !tree.recursive || !path.is_dir() {
        return Box::new(std::iter::once(Ok(path.to_owned())));
    }
    let root = path.to_owned();
    let walk = WalkBuilder::new(path)
        .hidden(!tree.hidden)
        .ignore(!tree.no_ignore)
        .git_ignore(!tree.no_ignore)
        .git_exclude(!tree.no_ignore)
        .git_global(!tree.no_ignore)
        .parents(!tree.no_ignore)
        .overrides(globs.clone())
        .sort_by_file_name(OsStr::cmp)
        .build();
    Box::new(walk.filter_map(move |entry| match entry {
        Ok(entry) => {
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            is_file.then(|| Ok(entry.into_path()))
        }
        Err(error) => Some(Err(unreachable_entry(&root, error))),
    }))
}

fn unreachable_entry(root: &Path, error: ignore::Error) -> Unreachable {
    let path = path_of(&error).unwrap_or(root).to_owned();
    let text = error.to_string();
    let error = error
        .into_io_error()
        .unwrap_or_else(|| io::Error::other(text));
    Unreachable { path, error }
}

/// The path that an error of the walk is about.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}
