//! [`Fault`]: the columns of the matrix, and which error each of them may be seen as.

use std::io::{self, ErrorKind};

use iolite::Error;

/// What is wrong with one call of a device, or with all from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// One byte is moved, whatever was asked for.
    Short,
    WouldBlock,
    TimedOut,
    /// A signal: the call moved nothing and is to be repeated.
    Interrupted,
    /// An I/O error, and the next call works.
    ErrorOnce,
    /// An I/O error of every call: the caller gives up and takes the stream apart.
    ErrorForEver,
    /// Moves nothing, and claims one byte more than it was given room for.
    Lies,
    /// Moves nothing and says so. Of a read that is an end, after which more comes.
    Stuck,
    /// Panics before it has done anything.
    Panics,
    /// Takes half of a write, and then panics.
    PanicsLate,
    /// A full disk, until somebody makes room.
    NoSpace,
    /// A limit on the size of files, until it is raised.
    TooBig,
    /// Nobody reads any more.
    BrokenPipe,
    /// The connection is reset: told once; after that reads end and writes are broken pipes.
    Reset,
}

/// A call of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Write,
    Seek,
    Flush,
    Truncate,
}

use Call::{Flush, Read, Seek, Truncate, Write};
use Fault::{
    BrokenPipe, ErrorForEver, ErrorOnce, Interrupted, Lies, NoSpace, Panics, PanicsLate, Reset,
    Short, Stuck, TimedOut, TooBig, WouldBlock,
};

/// All of them in the order of the columns, with their heads.
pub(crate) const FAULTS: [(Fault, &str); 14] = [
    (Short, "short"),
    (WouldBlock, "would block"),
    (TimedOut, "time-out"),
    (Interrupted, "EINTR"),
    (ErrorOnce, "error once"),
    (ErrorForEver, "error for ever"),
    (Lies, "lies"),
    (Stuck, "0 bytes"),
    (Panics, "panics"),
    (PanicsLate, "panics late"),
    (NoSpace, "ENOSPC"),
    (TooBig, "EFBIG"),
    (BrokenPipe, "EPIPE"),
    (Reset, "ECONNRESET"),
];

const EIO: i32 = 5;
const EFBIG: i32 = 27;
const ENOSPC: i32 = 28;

impl Fault {
    /// Whether a call of this kind can go wrong like that.
    pub(crate) fn strikes(self, call: Call) -> bool {
        match self {
            Short | Lies | Stuck => matches!(call, Read | Write),
            WouldBlock | TimedOut | Reset => matches!(call, Read | Write | Flush),
            PanicsLate => call == Write,
            NoSpace | TooBig => matches!(call, Write | Flush | Truncate),
            BrokenPipe => matches!(call, Write | Flush),
            Interrupted | ErrorOnce | ErrorForEver | Panics => {
                matches!(call, Read | Write | Seek | Flush | Truncate)
            }
        }
    }

    /// Whether it lasts: for ever, or until it is [healed](Fault::heals).
    pub(crate) fn lasts(self) -> bool {
        matches!(self, ErrorForEver | NoSpace | TooBig | BrokenPipe | Reset)
    }

    /// Whether somebody can do something about it, after which the caller goes on.
    pub(crate) fn heals(self) -> bool {
        matches!(self, NoSpace | TooBig)
    }

    /// The error of a call that fails, if it is one that fails.
    pub(crate) fn error(self, is_first: bool) -> Option<io::Error> {
        Some(match self {
            WouldBlock => ErrorKind::WouldBlock.into(),
            TimedOut => ErrorKind::TimedOut.into(),
            Interrupted => ErrorKind::Interrupted.into(),
            ErrorOnce | ErrorForEver => io::Error::from_raw_os_error(EIO),
            NoSpace => io::Error::from_raw_os_error(ENOSPC),
            TooBig => io::Error::from_raw_os_error(EFBIG),
            BrokenPipe => ErrorKind::BrokenPipe.into(),
            Reset if is_first => ErrorKind::ConnectionReset.into(),
            Reset => ErrorKind::BrokenPipe.into(),
            Short | Lies | Stuck | Panics | PanicsLate => return None,
        })
    }

    /// Whether a stream may say this because of the fault.
    pub(crate) fn explains(self, error: &Error) -> bool {
        match error {
            Error::WriteFailed { source, .. } => return self.explains(source),
            Error::Combined { first, second } => {
                return self.explains(first) && self.explains(second);
            }
            _ => {}
        }
        match self {
            Short | Interrupted => false,
            WouldBlock => error.kind() == ErrorKind::WouldBlock,
            TimedOut => error.is_would_block(),
            ErrorOnce | ErrorForEver => error.raw_os_error() == Some(EIO),
            NoSpace => error.raw_os_error() == Some(ENOSPC),
            TooBig => error.raw_os_error() == Some(EFBIG),
            Lies => matches!(error, Error::BadCount { .. }),
            // An end in the middle cuts what is read, characters too.
            Stuck => matches!(error, Error::NoProgress { .. }) || is_cut_off(error),
            Panics | PanicsLate => matches!(error, Error::Poisoned),
            BrokenPipe => error.kind() == ErrorKind::BrokenPipe,
            // After it there is an end.
            Reset => {
                let kinds = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
                kinds.contains(&error.kind()) || is_cut_off(error)
            }
        }
    }
}

/// Whether it says that the end came too early.
fn is_cut_off(error: &Error) -> bool {
    matches!(error, Error::PartialRead { .. } | Error::Decode { .. })
}
