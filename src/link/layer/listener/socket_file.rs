//! [`SocketFile`]: the file of a Unix socket that somebody listens on.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

/// A Unix socket that is listened on, and its file, which goes with it.
#[derive(Debug)]
pub(super) struct SocketFile {
    listener: UnixListener,
    path: PathBuf,
    /// Device and number of the file, so that no other one is removed.
    identity: (u64, u64),
}

impl SocketFile {
    pub(super) fn bind(path: &Path) -> io::Result<SocketFile> {
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                remove_stale(path)?;
                UnixListener::bind(path)?
            }
            bound => bound?,
        };
        let path = std::path::absolute(path)?;
        let identity = identity(&fs::symlink_metadata(&path)?);
        Ok(SocketFile {
            listener,
            path,
            identity,
        })
    }

    pub(super) fn listener(&self) -> &UnixListener {
        &self.listener
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Another program may have put its own socket there meanwhile.
        let is_ours = fs::symlink_metadata(&self.path)
            .is_ok_and(|metadata| identity(&metadata) == self.identity);
        if is_ours {
            // Whoever cannot remove it can neither help it: the next one that listens replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Removes a socket on which nobody listens.
///
/// A program that starts at the same moment may find the same stale socket. So that neither removes
/// the other's fresh one, it is looked at again directly before it is removed.
fn remove_stale(path: &Path) -> io::Result<()> {
    let before = fs::symlink_metadata(path)?;
    if before.file_type().is_socket() && is_unheard(path)? {
        let now = fs::symlink_metadata(path)?;
        // The number alone may be that of a file made since then, with the number of the removed one.
        let born = |file: &Metadata| (identity(file), file.ctime(), file.ctime_nsec());
        if born(&before) == born(&now) {
            return fs::remove_file(path);
        }
    }
    Err(ErrorKind::AddrInUse.into())
}

/// Whether nobody listens on the socket.
fn is_unheard(path: &Path) -> io::Result<bool> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Somebody who listens and does not accept would be waited for.
    socket.set_nonblocking(true)?;
    let refused = socket.connect(&SockAddr::unix(path)?).err();
    Ok(refused.is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused))
}
