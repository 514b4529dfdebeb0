//! From an open file to a [`FileIo`].

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::file_io::FileIo;
use super::mode::FileMode;
use super::seeks::Seeks;
use super::system;
use crate::error::{Error, ErrorWith, Result, retry};
use crate::raw::unread::Unread;

/// The file with its path, or the error with path and mode.
pub(super) fn named(path: &Path, mode: FileMode, opened: Result<FileIo>) -> Result<FileIo> {
    match opened {
        Ok(file) => Ok(FileIo {
            path: Some(path.to_owned()),
            ..file
        }),
        Err(error) => Err(Error::Open {
            path: path.to_owned(),
            mode: mode.as_str(),
            source: error.into(),
        }),
    }
}

/// A file that was opened here, for just what the mode says.
pub(super) fn prepare(mut file: File, mode: FileMode) -> Result<FileIo> {
    let metadata = no_directory(&mut file)?;
    let seeks = start(&mut file, mode, metadata.as_ref())?;
    Ok(started(file, mode, seeks, metadata.as_ref()))
}

/// Takes a file over that somebody else opened, or gives it back as it was. What it allows is
/// asked where the system tells, and before anything is moved.
pub(super) fn adopt(mut file: File, mode: FileMode) -> Result<FileIo, ErrorWith<File>> {
    match allowed(&mut file, mode) {
        Ok((metadata, appends, seeks)) => Ok(FileIo {
            appends,
            ..started(file, mode, seeks, metadata.as_ref())
        }),
        Err(error) => Err(ErrorWith::new(error, file)),
    }
}

/// Whether a file allows what the mode says, and if so, whether it appends, and seeks.
fn allowed(file: &mut File, mode: FileMode) -> Result<(Option<Metadata>, bool, Seeks)> {
    let metadata = no_directory(file)?;
    let mut appends = mode.appends();
    if let Some(access) = system::access(file)? {
        let seekable =
            || sought(file, SeekFrom::Current(0)).map_or(true, |seeks| seeks == Seeks::Yes);
        if let Some(problem) = access.problem(mode, seekable) {
            let argument = "mode";
            return Err(Error::InvalidArgument { argument, problem });
        }
        appends |= access.appends;
    }
    let seeks = start(file, mode, metadata.as_ref())?;
    Ok((metadata, appends, seeks))
}

/// Refuses directories in the system's own words, with its number, where it has them.
fn no_directory(file: &mut File) -> Result<Option<Metadata>> {
    let metadata = system::metadata(file)?;
    if !metadata.as_ref().is_some_and(Metadata::is_dir) {
        return Ok(metadata);
    }
    let refusal = retry(|| file.read(&mut [0])).err();
    Err(Error::Io(
        refusal.unwrap_or_else(|| ErrorKind::IsADirectory.into()),
    ))
}

/// Goes to the end of an appending file, and finds out whether the file seeks.
fn start(file: &mut File, mode: FileMode, metadata: Option<&Metadata>) -> Result<Seeks> {
    if metadata.is_none() {
        return Ok(Seeks::No);
    }
    if mode.appends() {
        return Ok(sought(file, SeekFrom::End(0))?);
    }
    // That the system fails to say where the file stands moves nothing, and is asked for again.
    Ok(sought(file, SeekFrom::Current(0)).unwrap_or(Seeks::Unknown))
}

/// Seeks, and says whether the file can; an error is one that says nothing about that.
fn sought(file: &mut File, to: SeekFrom) -> io::Result<Seeks> {
    match retry(|| file.seek(to)) {
        Ok(_) => Ok(Seeks::Yes),
        Err(error) if system::never_seeks(&error) => Ok(Seeks::No),
        Err(error) => Err(error),
    }
}

fn started(file: File, mode: FileMode, seeks: Seeks, metadata: Option<&Metadata>) -> FileIo {
    FileIo {
        file: Some(file),
        mode,
        path: None,
        seeks,
        appends: mode.appends(),
        block_size: metadata.and_then(system::block_size),
        unread: Unread::default(),
        taken: 0,
    }
}
