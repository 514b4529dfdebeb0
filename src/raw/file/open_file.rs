//! [`OpenFile`]: a file, what is known about it, and its system calls. All of them take `&self`, as
//! std's do, because the system itself synchronises the calls of several threads.

use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IsTerminal, Seek};
use std::path::{Path, PathBuf};

use super::mode::FileMode;
use super::opening::{Facts, KnownSeeks, Seeks};
use super::system;
use crate::error::{Error, Operation, Result, retry};
use crate::raw::whole::for_one_call;

#[derive(Debug)]
pub(super) struct OpenFile {
    /// `None` once closed.
    file: Option<File>,
    mode: FileMode,
    /// The mode as errors spell it: `rb`, or `r` if it was opened as text.
    pub(super) spelling: &'static str,
    pub(super) path: Option<PathBuf>,
    pub(super) facts: Facts,
    seeks: KnownSeeks,
}

impl OpenFile {
    pub(super) fn new(file: File, mode: FileMode, facts: Facts) -> OpenFile {
        OpenFile {
            file: Some(file),
            mode,
            spelling: mode.as_str(),
            path: None,
            facts,
            seeks: KnownSeeks::new(facts.seeks),
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(super) fn mode(&self) -> FileMode {
        self.mode
    }

    pub(super) fn get_ref(&self) -> Option<&File> {
        self.file.as_ref()
    }

    pub(super) fn into_inner(self) -> Option<File> {
        self.file
    }

    #[inline]
    pub(super) fn readable(&self) -> bool {
        self.file.is_some() && self.mode.readable()
    }

    #[inline]
    pub(super) fn writable(&self) -> bool {
        self.file.is_some() && self.mode.writable()
    }

    #[inline]
    pub(super) fn seekable(&self) -> bool {
        match (&self.file, self.seeks.get()) {
            (Some(file), Seeks::Unknown) => self.seeks.ask(file),
            (file, seeks) => file.is_some() && seeks == Seeks::Yes,
        }
    }

    /// Whether it may be that the file seeks: where it is not known a call that seeks finds out.
    pub(super) fn may_seek(&self) -> bool {
        self.seeks.get() != Seeks::No
    }

    pub(super) fn is_terminal(&self) -> bool {
        let file = self.file.as_ref().filter(|_| self.facts.may_be_terminal);
        file.is_some_and(File::is_terminal)
    }

    /// One system call, if `allowed`; closed is checked first, as in CPython.
    #[inline]
    pub(super) fn call<T>(
        &self,
        operation: Operation,
        allowed: bool,
        mut call: impl FnMut(&File) -> io::Result<T>,
    ) -> io::Result<T> {
        let Some(file) = &self.file else {
            return Err(Error::Closed.into());
        };
        if !allowed {
            return Err(Error::Unsupported { operation }.into());
        }
        retry(|| call(file)).map_err(|error| self.located(operation, error))
    }

    pub(super) fn write(&self, buf: &[u8]) -> io::Result<usize> {
        self.call(Operation::Write, self.writable(), |file| {
            system::write(file, buf)
        })
    }

    pub(super) fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        // More slices than the system accepts would be an error instead of a short count.
        let bufs = &bufs[for_one_call(bufs)];
        self.call(Operation::Write, self.writable(), |file| {
            system::write_vectored(file, bufs)
        })
    }

    /// The file's position, needed for `operation`.
    pub(super) fn position(&self, operation: Operation) -> io::Result<u64> {
        let allowed = match operation {
            Operation::Truncate => self.writable() && self.seekable(),
            _ => self.may_seek(),
        };
        self.call(operation, allowed, |mut file| file.stream_position())
    }

    pub(super) fn set_len(&self, size: u64) -> io::Result<()> {
        let allowed = self.writable() && self.seekable();
        self.call(Operation::Truncate, allowed, |file| {
            system::set_len(file, size)
        })
    }

    pub(super) fn rest_hint(&self) -> Option<u64> {
        let mut file = self.file.as_ref().filter(|_| self.seekable())?;
        let size = file.metadata().ok()?.len();
        let position = file.stream_position().ok()?;
        size.checked_sub(position)
    }

    pub(super) fn try_clone(&self) -> Result<OpenFile> {
        let file = self.file.as_ref().ok_or(Error::Closed)?;
        Ok(OpenFile {
            file: Some(file.try_clone()?),
            path: self.path.clone(),
            seeks: KnownSeeks::new(self.seeks.get()),
            ..*self
        })
    }

    pub(super) fn close(&mut self) -> Result<()> {
        match self.file.take() {
            Some(file) => {
                let closed = system::close(file);
                Ok(closed.map_err(|error| self.located(Operation::Close, error))?)
            }
            None => Ok(()),
        }
    }

    /// The system's error together with path, mode and operation. `WouldBlock` is frequent and says
    /// nothing about the file, so it is returned unchanged, without an allocation.
    pub(super) fn located(&self, operation: Operation, source: io::Error) -> io::Error {
        match &self.path {
            // "Would block" is frequent and says nothing about the file: it stays without an
            // allocation.
            Some(path) if source.kind() != ErrorKind::WouldBlock => Error::File {
                path: path.clone(),
                mode: self.spelling,
                operation,
                source,
            }
            .into(),
            _ => source,
        }
    }
}
