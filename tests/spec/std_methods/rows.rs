//! What a row of the table is: a type in one of its forms, and what is special about it.

use super::cells::{CAPACITIES, Cell, FEW_CAPACITIES, NO_BUFFER};
use super::stream::Subject;

/// One of std's traits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trait {
    Read,
    BufRead,
    Write,
    Seek,
}

/// What a failed `read_exact` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exact {
    /// Took nothing; at the end it says how many bytes there are.
    PartialRead,
    /// Took nothing.
    Nothing,
}

/// How much a `read_vectored` gives at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// All that there is room for: everything is in memory.
    Everything,
    /// What the buffer shows.
    Buffer,
    /// What the device gives.
    Device,
}

/// How much a `write_vectored` takes at least, where nothing is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    All,
    /// What the buffer has room for, were it empty at the beginning.
    UpToTheBuffer,
    /// Some, for a reason.
    Some(&'static str),
}

/// A stream for a cell, or the reason why this type has no such cell.
pub(super) type Opened = Result<Subject, &'static str>;
pub(super) type Open = fn(&Cell) -> Opened;

/// A type in one of its forms, and what is special about it.
pub(super) struct Row {
    /// The type by the name that `src` has for it.
    pub(super) type_name: &'static str,
    /// The form, for messages.
    pub(super) name: &'static str,
    /// What works.
    pub(super) has: &'static [Trait],
    /// What is implemented and answers `Unsupported`.
    pub(super) refuses: &'static [Trait],
    pub(super) capacities: &'static [usize],
    /// Opens a stream that has the content, to be read.
    pub(super) read: Option<Open>,
    /// Opens an empty stream, to be written.
    pub(super) write: Option<Open>,
    pub(super) exact: Exact,
    pub(super) gives: Gives,
    pub(super) takes: Takes,
    /// Whether the place of malformed bytes is counted from the start of the stream. Elsewhere it
    /// is counted from where the call began, for the stream does not know where it stands.
    pub(super) tells_offsets: bool,
    /// Whether it gives text, as bytes: malformed bytes are passed by, after an error (TXT-4).
    pub(super) is_text: bool,
    /// Whether a seek before the start stops at the start (CPython's `BytesIO`).
    pub(super) stops_at_start: bool,
    /// Whether every write goes to the end.
    pub(super) appends: bool,
    /// Whether it has a `close`.
    pub(super) closes: bool,
}

impl Row {
    /// A buffered stream.
    pub(super) const fn new(
        type_name: &'static str,
        name: &'static str,
        has: &'static [Trait],
        refuses: &'static [Trait],
    ) -> Row {
        Row {
            type_name,
            name,
            has,
            refuses,
            capacities: CAPACITIES,
            read: None,
            write: None,
            exact: Exact::PartialRead,
            gives: Gives::Buffer,
            takes: Takes::UpToTheBuffer,
            tells_offsets: true,
            is_text: false,
            stops_at_start: false,
            appends: false,
            closes: true,
        }
    }

    pub(super) fn has(&self, it: Trait) -> bool {
        self.has.contains(&it)
    }

    /// What works and what answers `Unsupported`.
    pub(super) fn implements(&self) -> Vec<Trait> {
        [self.has, self.refuses].concat()
    }

    pub(super) const fn reading(self, open: Open) -> Row {
        Row {
            read: Some(open),
            ..self
        }
    }

    pub(super) const fn writing(self, open: Open) -> Row {
        Row {
            write: Some(open),
            ..self
        }
    }

    /// The type of another row, behind a pointer or over another device.
    pub(super) const fn form(self) -> Row {
        Row {
            capacities: FEW_CAPACITIES,
            ..self
        }
    }

    /// Without a buffer.
    pub(super) const fn raw(self) -> Row {
        Row {
            capacities: NO_BUFFER,
            gives: Gives::Device,
            takes: Takes::Some("the device takes what it takes"),
            ..self
        }
    }

    /// Everything is in memory.
    pub(super) const fn memory(self) -> Row {
        Row {
            gives: Gives::Everything,
            takes: Takes::All,
            ..self
        }
    }

    pub(super) const fn exact(self, exact: Exact) -> Row {
        Row { exact, ..self }
    }

    pub(super) const fn cannot_tell(self) -> Row {
        Row {
            tells_offsets: false,
            ..self
        }
    }

    pub(super) const fn text(self) -> Row {
        Row {
            is_text: true,
            closes: false,
            gives: Gives::Device,
            takes: Takes::Some("text is encoded piece by piece"),
            ..self
        }
    }

    pub(super) const fn never_closes(self) -> Row {
        Row {
            closes: false,
            ..self
        }
    }
}

pub(super) const ALL: &[Trait] = &[Trait::Read, Trait::BufRead, Trait::Write, Trait::Seek];
pub(super) const RAW: &[Trait] = &[Trait::Read, Trait::Write, Trait::Seek];
pub(super) const QUEUE: &[Trait] = &[Trait::Read, Trait::BufRead, Trait::Write];
pub(super) const LINES: &[Trait] = &[Trait::Read, Trait::BufRead];
pub(super) const LINES_SEEK: &[Trait] = &[Trait::Read, Trait::BufRead, Trait::Seek];
pub(super) const WRITE: &[Trait] = &[Trait::Write];
pub(super) const WRITE_SEEK: &[Trait] = &[Trait::Write, Trait::Seek];
pub(super) const READ: &[Trait] = &[Trait::Read];
pub(super) const READ_SEEK: &[Trait] = &[Trait::Read, Trait::Seek];
pub(super) const READ_WRITE: &[Trait] = &[Trait::Read, Trait::Write];
pub(super) const SEEK: &[Trait] = &[Trait::Seek];

pub(super) const NOTHING: &[Trait] = &[];
