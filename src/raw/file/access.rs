//! [`Access`]: how a file was opened, where the system tells.

use super::mode::FileMode;

/// What the system allows on a file that somebody else opened.
pub(super) struct Access {
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// Whether the system puts every write at the end.
    pub(super) appends: bool,
}

impl Access {
    /// Why the mode asks for more than there is. What cannot seek has no other place to write
    /// than its end.
    pub(super) fn problem(
        &self,
        mode: FileMode,
        seekable: impl FnOnce() -> bool,
    ) -> Option<&'static str> {
        if mode.readable() && !self.readable {
            Some("the file is not open for reading")
        } else if mode.writable() && !self.writable {
            Some("the file is not open for writing")
        } else if mode.appends() && !self.appends && seekable() {
            Some("the file is not open for appending")
        } else {
            None
        }
    }
}
