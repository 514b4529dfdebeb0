//! Is that the same file? Under any name: another link, a symbolic link, a standard stream.

use std::ffi::OsString;
use std::fs::{self, Metadata};

#[cfg(unix)]
use iolite::{FileIo, stdio};

use crate::input::Input;

/// The input that is the output as well (`None` is standard output), under any name: what is to be read would be emptied or,
/// where the output is appended to, would never end.
#[cfg(unix)]
pub(crate) fn written_input<'a>(
    inputs: &'a [Input],
    output: Option<&OsString>,
) -> Option<&'a Input> {
    use std::io::Seek;
    let metadata = |file: &FileIo| file.get_ref()?.metadata().ok();
    let written = match output {
        Some(path) => fs::metadata(path).ok(),
        None => stdio::stdout_raw().ok().and_then(|file| metadata(&file)),
    };
    let written = FileId::of(&written?)?;
    inputs.iter().find(|input| {
        let at = match input.path() {
            Some(_) => 0,
            None => stdio::stdin_raw().map_or(0, |mut stdin| stdin.stream_position().unwrap_or(0)),
        };
        // Standard output may be where an input has been read to its end, as `cat` allows it.
        input.metadata().is_ok_and(|file| {
            let unread = output.is_some() || at < file.len();
            unread && FileId::of(&file) == Some(written)
        })
    })
}

/// The same where files have no numbers: by the paths that all names lead to. Hard links and
/// standard streams are not seen through.
#[cfg(not(unix))]
pub(crate) fn written_input<'a>(
    inputs: &'a [Input],
    output: Option<&OsString>,
) -> Option<&'a Input> {
    let output = fs::canonicalize(output?).ok()?;
    let is_output = |path| fs::canonicalize(path).is_ok_and(|path| path == output);
    inputs
        .iter()
        .find(|input| input.path().is_some_and(is_output))
}

/// A file, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// `None` for what is no regular file: a terminal or a pipe may well be both ends. Without an
    /// inode (where the system has none) no two files are known to be the same.
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt;
        let (device, inode) = (metadata.dev(), metadata.ino());
        metadata.is_file().then_some(FileId { device, inode })
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: &Metadata) -> Option<FileId> {
        let _ = |device, inode| FileId { device, inode };
        None
    }
}
