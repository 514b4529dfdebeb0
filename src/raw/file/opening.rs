//! From an open file to a [`FileIo`].

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::file_io::FileIo;
use super::mode::FileMode;
use super::system;
use crate::error::{Error, Result, retry};

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
    Ok(started(file, mode, &metadata))
}

/// Takes a file over that somebody else opened, or gives it back as it was. What it allows is
/// asked where the system tells, and before anything is moved.
pub(super) fn adopt(mut file: File, mode: FileMode) -> Result<FileIo, (Error, File)> {
    match allowed(&mut file, mode) {
        Ok((metadata, appends)) => Ok(FileIo {
            appends,
            ..started(file, mode, &metadata)
        }),
        Err(error) => Err((error, file)),
    }
}

/// Whether a file allows what the mode says, and if so, whether it appends.
fn allowed(file: &mut File, mode: FileMode) -> Result<(Metadata, bool)> {
    let metadata = no_directory(file)?;
    let Some(access) = system::access(file) else {
        return Ok((metadata, mode.appends()));
    };
    match access.problem(mode, || file.stream_position().is_ok()) {
        None => Ok((metadata, mode.appends() || access.appends)),
        Some(problem) => Err(Error::InvalidArgument {
            argument: "mode",
            problem,
        }),
    }
}

/// Refuses directories in the system's own words, with its number, where it has them.
fn no_directory(file: &mut File) -> Result<Metadata> {
    let metadata = file.metadata()?;
    if !metadata.is_dir() {
        return Ok(metadata);
    }
    let refusal = file.read(&mut [0]).err();
    Err(Error::Io(
        refusal.unwrap_or_else(|| ErrorKind::IsADirectory.into()),
    ))
}

/// Asks what the device can do, and goes to the end of an appending file.
fn started(mut file: File, mode: FileMode, metadata: &Metadata) -> FileIo {
    let start = if mode.appends() {
        SeekFrom::End(0)
    } else {
        SeekFrom::Current(0)
    };
    FileIo {
        seekable: retry(|| file.seek(start)).is_ok(),
        appends: mode.appends(),
        block_size: system::block_size(metadata),
        file: Some(file),
        mode,
        path: None,
    }
}
