//! [`Follow`]: a file that grows, and that others replace or cut meanwhile.
//!
//! ```text
//!   read:  bytes there ----------------------------------> their number
//!          none; look at the file, and at its name
//!            nothing new, waiting -----------------------> wait for an interval or a wake; again
//!            nothing new, non-blocking ------------------> WouldBlock
//!            a change that the bytes go on after --------> WouldBlock, once
//!            a change that ends the bytes ---------------> 0, until the change is taken
//!            stopped ------------------------------------> 0
//! ```
//!
//! [`GrowingFile`](growing_file::GrowingFile) reads and says what became of the file itself,
//! [`FollowedName`](name::FollowedName) where its name leads now. Which of two files is the same is
//! in `identity`, chosen for the system.

mod change;
mod device;
mod growing_file;
mod handle;
mod name;
mod options;

#[cfg_attr(unix, path = "identity_unix.rs")]
#[cfg_attr(windows, path = "identity_windows.rs")]
#[cfg_attr(not(any(unix, windows)), path = "identity_none.rs")]
mod identity;

pub use self::change::FileChange;
pub use self::device::Follow;
pub use self::handle::FollowHandle;
pub use self::options::{FollowBy, FollowOptions};
