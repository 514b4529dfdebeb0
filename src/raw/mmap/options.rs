//! [`MmapOptions`]: how a memory map is made, and all that is unsafe about it; [`MmapAccess`]: who
//! sees what is written.

use std::fs::File;

use super::MmapIo;
use crate::error::{Error, Result};

/// What a map of a file may do, and who sees what is written; see
/// [`MmapOptions::access`].
///
/// # Examples
///
/// ```
/// assert_eq!(iolite::raw::MmapAccess::default(), iolite::raw::MmapAccess::Read);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MmapAccess {
    /// Reading only. The map lends its pages without a copy.
    #[default]
    #[doc(alias = "ACCESS_READ")]
    Read,
    /// Reading and writing; what is written stays in memory and never reaches the file
    /// (copy-on-write). The file needs to be open for reading only.
    #[doc(alias = "ACCESS_COPY")]
    Copy,
    /// Reading and writing; what is written goes to the file. It must be open for both.
    #[doc(alias = "ACCESS_WRITE")]
    Write,
}

/// Which part of a file is mapped, and what for.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use iolite::raw::{MmapAccess, MmapOptions};
///
/// let mut file = tempfile::tempfile()?;
/// file.write_all(b"header, body")?;
/// let options = MmapOptions::new().access(MmapAccess::Copy).offset(8).len(4);
/// // SAFETY: the file has no name; nobody else can change it.
/// let mut map = unsafe { options.map(&file)? };
/// map.write_all(b"B")?;
/// assert_eq!(map.as_slice(), b"Body");
/// # Ok::<(), iolite::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct MmapOptions {
    access: MmapAccess,
    /// In bytes from the start of the file.
    offset: u64,
    /// In bytes; `None`: up to the end of the file.
    len: Option<usize>,
}

impl MmapOptions {
    /// The whole file, read-only.
    pub fn new() -> MmapOptions {
        MmapOptions::default()
    }

    /// What the map may do.
    pub fn access(self, access: MmapAccess) -> MmapOptions {
        MmapOptions { access, ..self }
    }

    /// Where the map starts, in bytes from the start of the file. Need not be a multiple of
    /// anything.
    pub fn offset(self, bytes: u64) -> MmapOptions {
        let offset = bytes;
        MmapOptions { offset, ..self }
    }

    /// How long the map is, in bytes; up to the end of the file if this is not called.
    pub fn len(self, bytes: usize) -> MmapOptions {
        let len = Some(bytes);
        MmapOptions { len, ..self }
    }

    /// Maps `file`. The position is 0, the start of the map. The file may be closed afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] where the map would reach beyond the end of the file (a device
    /// or `/proc` file has none to speak of); otherwise what the system says: a pipe or a directory
    /// cannot be mapped, and the file must be open for what the map does.
    ///
    /// # Safety
    ///
    /// As long as the map or a chunk of it lives, nobody, in this process or another, may change
    /// the mapped bytes by any other way than this map, or cut the file shorter. This map
    /// hands the bytes out as `&[u8]`, and memory that changes under such a reference is undefined
    /// behaviour (with [`MmapAccess::Copy`] as well: pages that were not written yet follow the
    /// file). Touching a page that was cut off ends the process with a signal (`SIGBUS`).
    ///
    /// Permissions, file locks or a file without a name can make this sure; a name that others
    /// know cannot. Where it is not sure, use a [`FileIo`](crate::FileIo), or
    /// [`map_sealed`](MmapOptions::map_sealed), which is safe.
    pub unsafe fn map(&self, file: &File) -> Result<MmapIo> {
        let options = self.inside(file)?;
        Ok(match self.access {
            // SAFETY: the caller promises that the file stays as it is; it reaches to the end of
            // the map.
            MmapAccess::Read => MmapIo::read_only(unsafe { options.map(file)? }),
            // SAFETY: as above; what is written goes to pages of this map alone.
            MmapAccess::Copy => MmapIo::writable(unsafe { options.map_copy(file)? }),
            // SAFETY: as above, and the caller promises that only this map writes. It does so
            // through `&mut`, and lends no chunk, so nothing is seen to change.
            MmapAccess::Write => MmapIo::writable(unsafe { options.map_mut(file)? }),
        })
    }

    /// Maps a file that the system lets nobody change or cut any more, without a promise of the
    /// caller's: memory files with the seals `F_SEAL_WRITE` and `F_SEAL_SHRINK` (`memfd_create`;
    /// Linux, Android, FreeBSD), and files under fs-verity (Linux, Android). Seals cannot be taken
    /// off, so to look once is enough.
    ///
    /// # Errors
    ///
    /// Kind `InvalidInput` if the file is not sealed so; `Unsupported` where the system has no
    /// such files; as [`map`](MmapOptions::map) otherwise. [`Error::InvalidArgument`] for any
    /// access but [`MmapAccess::Read`].
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// # {
    /// use std::fs::File;
    /// use std::io::Write;
    /// use iolite::MmapIo;
    /// use iolite::raw::MmapOptions;
    /// use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    ///
    /// let memory = memfd_create("example", MemfdFlags::ALLOW_SEALING)?;
    /// let mut file = File::from(memory);
    /// file.write_all(b"for ever")?;
    /// assert!(MmapIo::sealed(&file).is_err());
    /// fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::SHRINK)?;
    /// let map = MmapOptions::new().offset(4).map_sealed(&file)?;
    /// assert_eq!(map.as_slice(), b"ever");
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn map_sealed(&self, file: &File) -> Result<MmapIo> {
        if self.access != MmapAccess::Read {
            return Err(Error::InvalidArgument {
                argument: "access",
                problem: "a sealed file can only be read",
            });
        }
        let map = self.inside(file)?.map_if_safe(file);
        Ok(MmapIo::read_only(map.map_err(std::io::Error::from)?))
    }

    /// The options as memmap2's, with a length that ends inside the file: it checks neither.
    fn inside(&self, file: &File) -> Result<memmap2::MmapOptions> {
        let beyond = |argument| Error::InvalidArgument {
            argument,
            problem: "beyond the end of the file",
        };
        let rest = file.metadata()?.len().checked_sub(self.offset);
        let rest = rest.ok_or(beyond("offset"))?;
        let len = match self.len {
            Some(len) if len as u64 > rest => return Err(beyond("len")),
            Some(len) => len,
            None => usize::try_from(rest).map_err(|_| Error::InvalidArgument {
                argument: "len",
                problem: "more bytes than there are addresses",
            })?,
        };
        let mut options = memmap2::MmapOptions::new();
        options.offset(self.offset).len(len);
        Ok(options)
    }
}

impl MmapIo {
    /// Maps the whole file for reading: [`MmapOptions::map`] without options. The position is 0.
    ///
    /// # Errors
    ///
    /// What the system says: a pipe or a directory cannot be mapped.
    ///
    /// # Safety
    ///
    /// That of [`MmapOptions::map`]: as long as the map or a chunk of it lives, nobody, in this
    /// process or another, may change the file or cut it shorter.
    pub unsafe fn map(file: &File) -> Result<MmapIo> {
        // SAFETY: the caller promises what `MmapOptions::map` asks for.
        unsafe { MmapOptions::new().map(file) }
    }

    /// Maps the whole of a file that the system lets nobody change any more, for reading:
    /// [`MmapOptions::map_sealed`] without options, and with its example.
    ///
    /// # Errors
    ///
    /// Kind `InvalidInput` if the file is not sealed, `Unsupported` where the system has no such
    /// files.
    pub fn sealed(file: &File) -> Result<MmapIo> {
        MmapOptions::new().map_sealed(file)
    }
}
