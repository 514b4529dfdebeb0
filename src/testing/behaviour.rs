//! [`Behaviour`]: the ways in which a [`HostileDevice`](super::HostileDevice) misbehaves.

use std::io::ErrorKind;

/// One way to misbehave. A [`HostileDevice`](super::HostileDevice) takes any number of them.
///
/// "Every other call" is the first one, the third one and so on. Those that happen once are over
/// after that: the device then goes on as if nothing had been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Behaviour {
    /// Moves one byte at a time.
    OneByte,
    /// Moves half of what it is asked for, rounded up.
    Halves,
    /// Moves at most this many bytes in one write; reads are not limited.
    ShortWrites(usize),
    /// Every other call of any kind is interrupted by a signal.
    Interrupted,
    /// Every other read, write and flush would block.
    WouldBlock,
    /// Every other read, write and flush times out.
    TimedOut,
    /// Every other read and write moves nothing and claims one byte more than it was given room
    /// for.
    Lies,
    /// Every other write takes nothing and says so: 0.
    Zeros,
    /// Once this many bytes went through it, in either direction, one call panics.
    PanicAfter(usize),
    /// Has room for this many bytes, like a pipe that nobody reads; then every write would block
    /// until [`Probe::make_room`](super::Probe::make_room).
    Room(usize),
    /// Once this many bytes went through it, in either direction, one call fails with
    /// [`EIO`](super::EIO).
    ErrorAfter(usize),
    /// Once this many bytes went through it, in either direction, one call fails with this kind.
    KindAfter(usize, ErrorKind),
    /// Every read and write claims one byte more than it was given room for.
    LyingCounts,
    /// Writes take nothing and say so: 0.
    NoProgress,
    /// Lends one byte more than it was asked for ([`read_shared`](crate::RawIo::read_shared)).
    LyingLender,
    /// Says that it cannot be read.
    Unreadable,
    /// Says that it cannot be written.
    Unwritable,
    /// Says that it is a terminal.
    Terminal,
    /// Cannot seek, tell or truncate, like a pipe.
    Unseekable,
    /// Always says that it is at position 0, and does not move when it is asked to: a character
    /// device.
    Standing,
    /// Every write goes to the end, as with `O_APPEND`.
    Appending,
    /// Has positioned calls ([`read_at`](crate::RawIo::read_at)), which misbehave as the others do.
    Positioned,
    /// Every write panics.
    PanicOnWrite,
    /// Likes its transfers to be of this size.
    BlockSize(usize),
    /// Flushing fails with [`EIO`](super::EIO), closing with the number after it; it is closed all
    /// the same.
    FailingClose,
}

use Behaviour::{ErrorAfter, Halves, Interrupted, OneByte, ShortWrites, TimedOut, WouldBlock};

/// Sets of behaviours that hamper reading and writing but lose nothing: what is built on such a
/// device must deliver everything, if calls that failed are repeated.
///
/// # Examples
///
/// ```
/// use iolite::BufferedReader;
/// use iolite::testing::{HostileDevice, assert_reads_all, hampering_behaviours};
///
/// let content = b"all of it\narrives\n".repeat(10);
/// for behaviours in hampering_behaviours() {
///     let device = || HostileDevice::new(&content).with_all(&behaviours);
///     let open = || BufferedReader::with_capacity(7, device());
///     assert_reads_all(open, &content, &format!("{behaviours:?}"));
/// }
/// ```
#[must_use]
pub fn hampering_behaviours() -> Vec<Vec<Behaviour>> {
    vec![
        vec![],
        vec![OneByte],
        vec![Halves],
        vec![ShortWrites(3)],
        vec![Interrupted],
        vec![WouldBlock],
        vec![WouldBlock, OneByte],
        vec![TimedOut],
        vec![TimedOut, OneByte, WouldBlock],
        vec![Interrupted, Halves],
        vec![ErrorAfter(0)],
        vec![ErrorAfter(17)],
        vec![ErrorAfter(60), Halves],
        vec![WouldBlock, Interrupted, ShortWrites(2)],
    ]
}
