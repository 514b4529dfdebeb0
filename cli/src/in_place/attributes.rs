//! What belongs to a file beside its bytes, owner and mode, which the library keeps: extended
//! attributes, and with them access control lists, capabilities and labels.

use std::fs::{File, Metadata};
use std::io;

pub(super) use self::system::{Attributes, has_other_names, is_same_file};

/// Whether this is still the file that was read.
pub(super) fn is_unchanged(then: &Metadata, now: &Metadata) -> bool {
    let modified = |metadata: &Metadata| metadata.modified().ok();
    is_same_file(then, now) && then.len() == now.len() && modified(then) == modified(now)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod system {
    use std::ffi::CString;
    use std::io::ErrorKind;
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    use rustix::io::Errno;

    use super::{File, Metadata, io};

    pub(crate) fn has_other_names(metadata: &Metadata) -> bool {
        metadata.nlink() > 1
    }

    pub(crate) fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
        (a.dev(), a.ino()) == (b.dev(), b.ino())
    }

    /// The extended attributes of a file: names and values.
    pub(crate) struct Attributes(Vec<(CString, Vec<u8>)>);

    impl Attributes {
        pub(crate) fn of(file: &File) -> io::Result<Attributes> {
            let names = match whole(|list| flistxattr(file, list)) {
                Err(Errno::NOTSUP) => return Ok(Attributes(Vec::new())),
                names => names?,
            };
            let names = names.split_inclusive(|&byte| byte == 0);
            let attributes = names.filter_map(|name| {
                let name = CString::from_vec_with_nul(name.to_vec()).ok()?;
                match whole(|value| fgetxattr(file, &name, value)) {
                    Ok(value) => Some(Ok((name, value))),
                    // It was taken away, or is listed but not for this user to see: the latter
                    // cannot be kept.
                    Err(Errno::NODATA) => None,
                    Err(error) => Some(Err(cannot_be_kept(&name, error))),
                }
            });
            Ok(Attributes(attributes.collect::<io::Result<_>>()?))
        }

        /// Gives them to another file, but for those that it has already.
        pub(crate) fn keep(&self, file: &File) -> io::Result<()> {
            for (name, value) in &self.0 {
                let has_it = whole(|buffer| fgetxattr(file, name, buffer));
                if has_it.as_ref() == Ok(value) {
                    continue;
                }
                fsetxattr(file, name, value, XattrFlags::empty())
                    .map_err(|error| cannot_be_kept(name, error))?;
            }
            Ok(())
        }
    }

    /// All of a value, however long it is.
    fn whole(read: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
        let mut value = vec![0; 256];
        loop {
            match read(&mut value) {
                Ok(length) => {
                    value.truncate(length);
                    return Ok(value);
                }
                // There is more. (Linux allows 64 KiB, other systems more.)
                Err(Errno::RANGE) => value.resize(value.len() * 4, 0),
                Err(error) => return Err(error),
            }
        }
    }

    fn cannot_be_kept(name: &CString, error: Errno) -> io::Error {
        let name = name.to_string_lossy();
        let reason = crate::messages::reason(&io::Error::from(error).into());
        let what = format!("not replaced: its attribute {name} cannot be kept: {reason}");
        io::Error::new(ErrorKind::PermissionDenied, what)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod system {
    use super::{File, Metadata, io};

    #[cfg(unix)]
    pub(crate) fn has_other_names(metadata: &Metadata) -> bool {
        std::os::unix::fs::MetadataExt::nlink(metadata) > 1
    }

    /// std does not say.
    #[cfg(not(unix))]
    pub(crate) fn has_other_names(_: &Metadata) -> bool {
        false
    }

    #[cfg(unix)]
    pub(crate) fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
        use std::os::unix::fs::MetadataExt;
        (a.dev(), a.ino()) == (b.dev(), b.ino())
    }

    /// The best that std offers: the time at which a file was made.
    #[cfg(not(unix))]
    pub(crate) fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
        a.created().ok() == b.created().ok()
    }

    pub(crate) struct Attributes;

    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    impl Attributes {
        pub(crate) fn of(_: &File) -> io::Result<Attributes> {
            Ok(Attributes)
        }

        pub(crate) fn keep(&self, _: &File) -> io::Result<()> {
            Ok(())
        }
    }
}
