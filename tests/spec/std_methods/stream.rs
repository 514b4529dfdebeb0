//! What is tried: a stream behind std's traits, and the other side of it.

use std::any::Any;
use std::io::{BufRead, Read, Seek, Write};

use iolite::{BufferedIo, IoBase, RawIo};

/// A stream of any type as std's traits. All calls go through a `&mut dyn`, so that what std's
/// own forwarding leaves out is left out here, too.
///
/// What a wrapper below does not have panics: a row says what its stream implements.
pub(super) trait Stream {
    fn read(&mut self) -> &mut dyn Read {
        panic!("the row says that it reads")
    }
    fn lines(&mut self) -> &mut dyn BufRead {
        panic!("the row says that it has lines")
    }
    fn write(&mut self) -> &mut dyn Write {
        panic!("the row says that it writes")
    }
    fn seek(&mut self) -> &mut dyn Seek {
        panic!("the row says that it seeks")
    }
    fn base(&mut self) -> &mut dyn IoBase {
        panic!("the row says that it closes")
    }
    /// The wrapper itself, for a row that has to look into its stream.
    fn any(&mut self) -> &mut dyn Any;
}

/// A raw stream.
pub(super) struct Raw<T>(pub(super) T);

/// A buffered stream.
pub(super) struct Buffered<T>(pub(super) T);

/// Bytes that are written at one end and read at the other.
pub(super) struct Queue<T>(pub(super) T);

/// A reader and nothing else.
pub(super) struct Reads<T>(pub(super) T);

/// A writer and nothing else.
pub(super) struct Writes<T>(pub(super) T);

/// Forwards to what is inside, and to nothing that is not named here.
macro_rules! forward {
    ($($wrapper:ident<$bound:path $(, $more:path)?>: $($part:ident $as:ident),+;)+) => {$(
        impl<T: $bound $(+ $more)? + 'static> Stream for $wrapper<T> {
            $(fn $part(&mut self) -> &mut dyn $as {
                &mut self.0
            })+
            fn any(&mut self) -> &mut dyn Any {
                self
            }
        }
    )+};
}

forward! {
    Raw<RawIo>: read Read, write Write, seek Seek, base IoBase;
    Buffered<BufferedIo>: read Read, lines BufRead, write Write, seek Seek, base IoBase;
    Queue<BufRead, Write>: read Read, lines BufRead, write Write;
    Reads<BufRead>: read Read, lines BufRead;
    Writes<Write>: write Write;
}

pub(super) type GoOn = Box<dyn FnMut(&mut dyn Stream)>;
pub(super) type Seen = Box<dyn FnMut(&mut dyn Stream) -> Vec<u8>>;

/// A stream that was opened for one cell of the table.
pub(super) struct Subject {
    pub(super) stream: Box<dyn Stream>,
    /// What the other side does after an error: it sends the next bytes, or makes room.
    pub(super) go_on: GoOn,
    /// All bytes that the other side has got so far, in order.
    pub(super) seen: Seen,
}

impl Subject {
    /// A stream whose other side has nothing to do.
    pub(super) fn new(stream: impl Stream + 'static) -> Subject {
        Subject {
            stream: Box::new(stream),
            go_on: Box::new(|_| {}),
            seen: Box::new(|_| panic!("the row says that it is read")),
        }
    }

    pub(super) fn going_on(mut self, go_on: impl FnMut(&mut dyn Stream) + 'static) -> Subject {
        self.go_on = Box::new(go_on);
        self
    }

    pub(super) fn seen(mut self, seen: impl FnMut(&mut dyn Stream) -> Vec<u8> + 'static) -> Self {
        self.seen = Box::new(seen);
        self
    }
}

/// The stream inside a wrapper.
pub(super) fn inside<W: 'static>(stream: &mut dyn Stream) -> &mut W {
    stream.any().downcast_mut().expect("the row made it so")
}
