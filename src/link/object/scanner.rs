//! [`Scanner`]: where an item of CBOR ends, while its bytes arrive.
//!
//! Invariant: between two calls the next byte belongs to `string` if that has bytes left, else to the
//! head that has `begun`. `open` holds what has begun around it, the outermost first: never more
//! than the limit of levels, and one string of indefinite length.

use super::error::{ItemError, ItemProblem};
use super::item_head::{BREAK, ItemHead, Major};
use super::text_check::{NotUtf8, TextCheck};

/// How large an item may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemLimits {
    /// In bytes: by default 1 MiB of data and 4 KiB for what stands around it in a message. What is
    /// larger belongs into a stream of items.
    pub bytes: usize,
    /// How many arrays, maps and tags may lie in one another: 64 by default. Not more than 255, as
    /// what reads items calls itself for each level, and a thread's stack is finite.
    pub depth: u8,
}

impl ItemLimits {
    /// No limit of size, and the highest one of depth: for what is in memory already.
    pub(super) const NONE: ItemLimits = ItemLimits {
        bytes: usize::MAX,
        depth: u8::MAX,
    };
}

impl Default for ItemLimits {
    fn default() -> ItemLimits {
        ItemLimits {
            bytes: (1 << 20) + 4096,
            depth: 64,
        }
    }
}

/// Finds the end of a CBOR item in bytes that arrive in pieces, and checks on the way that they are
/// well-formed: lengths, breaks, reserved values, and that text is UTF-8.
///
/// Every byte is looked at once, however they are cut. Nothing is decoded and nothing is kept but a
/// count for each level of nesting, so a length or a depth that is only claimed costs no memory.
/// What is too long or too deep is refused with the byte that says so.
///
/// # Examples
///
/// ```
/// use iolite::link::object::{ItemLimits, Scanner};
///
/// let mut scanner = Scanner::new(ItemLimits::default());
/// assert_eq!(scanner.scan(b"\x82\x01")?, None);                  // [1, …
/// assert_eq!(scanner.scan(b"\x62hi\xf6")?, Some(3));             // … "hi"], and a null after it
/// assert_eq!(scanner.scan(b"\xf6")?, Some(1));
/// assert!(scanner.scan(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
/// # Ok::<(), iolite::link::object::ItemError>(())
/// ```
#[derive(Debug)]
pub struct Scanner {
    limits: ItemLimits,
    /// Whether no array that [`begin_numbers`](Scanner::begin_numbers) takes can be beyond the limits.
    has_room_for_numbers: bool,
    /// Bytes of this item so far.
    length: u64,
    /// Bytes of the items before.
    examined: u64,
    begun: BegunHead,
    string: StringRest,
    open: Vec<Open>,
}

/// The first bytes of a head whose others have not come.
#[derive(Debug, Default)]
struct BegunHead {
    bytes: [u8; ItemHead::LONGEST],
    len: usize,
}

/// What has not come of a string.
#[derive(Debug, Default)]
struct StringRest {
    /// In bytes.
    left: u64,
    /// What the text that has come ends with; bytes are not checked.
    text: Option<TextCheck>,
}

/// Something that has begun and not ended.
#[derive(Clone, Copy, Debug)]
enum Open {
    /// So many items, at least one: the rest of an array or a map, or what is tagged.
    Items(u64),
    /// An array of indefinite length.
    Array,
    /// A map of indefinite length; whether a key has come whose value has not.
    Map { has_key: bool },
    /// A string of indefinite length, of the kind that its pieces have.
    Pieces(Major),
}

impl Scanner {
    /// A scanner that stands before an item.
    pub fn new(limits: ItemLimits) -> Scanner {
        Scanner {
            limits,
            has_room_for_numbers: limits.bytes > 23 * ItemHead::LONGEST && limits.depth > 0,
            length: 0,
            examined: 0,
            begun: BegunHead::default(),
            string: StringRest::default(),
            open: Vec::new(),
        }
    }

    /// Looks at the next bytes: `Some(n)` if the item ends with the first `n` of them, and then the
    /// scanner stands before the next item; `None` if all of them belong to it and more have to come.
    ///
    /// # Errors
    ///
    /// What is not well-formed or beyond a limit, as soon as the byte that shows it has come. The
    /// scanner stands before a new item then. Where that begins in what follows, it cannot know.
    pub fn scan(&mut self, bytes: &[u8]) -> Result<Option<usize>, ItemError> {
        let (begun, is_whole) = self.begin_numbers(bytes);
        if is_whole {
            return Ok(Some(begun));
        }
        let mut rest = &bytes[begun..];
        while !rest.is_empty() {
            match self.step(&mut rest) {
                Ok(false) => {}
                Ok(true) => {
                    self.restart();
                    return Ok(Some(bytes.len() - rest.len()));
                }
                Err(error) => {
                    self.restart();
                    return Err(error);
                }
            }
        }
        Ok(None)
    }

    /// How many bytes of the item were looked at: 0 between two items.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// How many bytes were looked at since the scanner was made. Each counts as often as it is looked
    /// at, which is once.
    pub fn examined(&self) -> u64 {
        self.examined + self.length
    }

    /// Forgets the item that has begun, and stands before a new one.
    pub fn restart(&mut self) {
        self.examined += self.length;
        self.length = 0;
        self.begun.len = 0;
        self.string = StringRest::default();
        self.open.clear();
    }

    /// Begins an item that is a short array, and takes what it begins with of numbers and simple
    /// values. Most messages of streams and answers are no more than that, and a number costs a tenth of
    /// a [`step`](Scanner::step) here. How many bytes were taken, and whether that was all.
    #[inline]
    fn begin_numbers(&mut self, bytes: &[u8]) -> (usize, bool) {
        let left = match bytes.first() {
            Some(&first @ 0x81..0x98) if self.length == 0 && self.has_room_for_numbers => {
                first - 0x80
            }
            _ => return (0, false),
        };
        let (mut left, mut taken) = (u64::from(left), 1);
        while let Some(&first) = bytes.get(taken) {
            let whole = ItemHead::number_length(first);
            if whole == 0 || whole > bytes.len() - taken {
                break;
            }
            taken += whole;
            left -= 1;
            if left == 0 {
                self.examined += taken as u64;
                return (taken, true);
            }
        }
        self.length = taken as u64;
        self.open.push(Open::Items(left));
        (taken, false)
    }

    /// Takes the next head or string off `rest`, as far as it is there, and says whether the item
    /// ends with it.
    #[inline]
    fn step(&mut self, rest: &mut &[u8]) -> Result<bool, ItemError> {
        if self.string.left > 0 {
            return self.take_string(rest);
        }
        if self.begun.len == 0
            && ItemHead::is_whole_item(rest[0])
            && !matches!(self.open.last(), Some(Open::Pieces(_)))
        {
            // Most items of most messages: a third of the steps that others take.
            self.fits(1).map_err(|problem| self.error(0, problem))?;
            *rest = &rest[1..];
            self.length += 1;
            return Ok(self.end_item());
        }
        match self.take_head(rest)? {
            Some(head) => self.enter(head),
            None => Ok(false),
        }
    }

    /// Takes a head, if all of it is there.
    fn take_head(&mut self, rest: &mut &[u8]) -> Result<Option<ItemHead>, ItemError> {
        let first = match self.begun.len {
            0 => rest[0],
            _ => self.begun.bytes[0],
        };
        let whole = self.head_length(first)?;
        let begun = &mut self.begun;
        if begun.len == 0
            && let Some((head, after)) = rest.split_at_checked(whole)
        {
            *rest = after;
            self.length += whole as u64;
            return Ok(Some(ItemHead::parse(head)));
        }
        let (piece, after) = rest.split_at(rest.len().min(whole - begun.len));
        *rest = after;
        self.length += piece.len() as u64;
        begun.bytes[begun.len..][..piece.len()].copy_from_slice(piece);
        begun.len += piece.len();
        if begun.len < whole {
            return Ok(None);
        }
        begun.len = 0;
        Ok(Some(ItemHead::parse(&begun.bytes[..whole])))
    }

    /// How many bytes the head has that begins with `first`, if one can begin so here.
    fn head_length(&self, first: u8) -> Result<usize, ItemError> {
        if let Some(Open::Pieces(string)) = self.open.last()
            && first != BREAK
            && !string.has_piece(first)
        {
            return Err(self.error(0, ItemProblem::NoPiece { byte: first }));
        }
        ItemHead::length(first).ok_or_else(|| self.error(0, ItemProblem::NoItem { byte: first }))
    }

    /// What begins, or ends, with a head; whether the item ends with it.
    fn enter(&mut self, head: ItemHead) -> Result<bool, ItemError> {
        let entered = self.fits(0).and_then(|()| self.enter_checked(head));
        entered.map_err(|problem| {
            let back = ItemHead::length(head.first).unwrap_or_default();
            self.error(back as u64, problem)
        })
    }

    fn enter_checked(&mut self, head: ItemHead) -> Result<bool, ItemProblem> {
        let major = head.major();
        match major {
            Major::Unsigned | Major::Negative => Ok(self.end_item()),
            Major::Bytes | Major::Text if head.is_indefinite() => {
                self.open.push(Open::Pieces(major));
                Ok(false)
            }
            Major::Bytes | Major::Text => self.begin_string(major, head.argument),
            Major::Array if head.is_indefinite() => self.nest(Open::Array),
            Major::Map if head.is_indefinite() => self.nest(Open::Map { has_key: false }),
            Major::Array => self.nest(Open::Items(head.argument)),
            Major::Map => self.nest(Open::Items(head.argument.saturating_mul(2))),
            Major::Tag => self.nest(Open::Items(1)),
            Major::Simple if head.is_indefinite() => self.take_break(),
            Major::Simple => match u8::try_from(head.argument) {
                Ok(value @ ..32) if head.has_one_byte_more() => {
                    Err(ItemProblem::SimpleValue { value })
                }
                _ => Ok(self.end_item()),
            },
        }
    }

    /// Begins an array, a map or a tag.
    fn nest(&mut self, open: Open) -> Result<bool, ItemProblem> {
        let limit = self.limits.depth;
        if self.open.len() >= usize::from(limit) {
            return Err(ItemProblem::TooDeep { limit });
        }
        match open {
            Open::Items(0) => return Ok(self.end_item()),
            // An item has one byte at least.
            Open::Items(count) => self.fits(count)?,
            Open::Array | Open::Map { .. } | Open::Pieces(_) => {}
        }
        self.open.push(open);
        Ok(false)
    }

    fn begin_string(&mut self, major: Major, length: u64) -> Result<bool, ItemProblem> {
        self.fits(length)?;
        if length == 0 {
            return Ok(self.end_item());
        }
        self.string = StringRest {
            left: length,
            text: (major == Major::Text).then(TextCheck::default),
        };
        Ok(false)
    }

    /// Takes what is there of a string; whether the item ends with it.
    fn take_string(&mut self, rest: &mut &[u8]) -> Result<bool, ItemError> {
        let string = &mut self.string;
        let n = usize::try_from(string.left).map_or(rest.len(), |left| left.min(rest.len()));
        let (piece, after) = rest.split_at(n);
        string.left -= n as u64;
        self.length += n as u64;
        if let Some(text) = &mut string.text {
            let is_last = string.left == 0;
            // Where the character begins that is wrong, from the end of this piece.
            let wrong = match text.check(piece) {
                Err(NotUtf8 { before, begun }) => Some(n - before + begun),
                Ok(()) if is_last => Some(text.begun()).filter(|&begun| begun > 0),
                Ok(()) => None,
            };
            if let Some(back) = wrong {
                return Err(self.error(back as u64, ItemProblem::NotUtf8));
            }
        }
        *rest = after;
        Ok(self.string.left == 0 && self.end_item())
    }

    /// Ends what is of indefinite length.
    fn take_break(&mut self) -> Result<bool, ItemProblem> {
        match self.open.pop() {
            Some(Open::Array | Open::Pieces(_) | Open::Map { has_key: false }) => {
                Ok(self.end_item())
            }
            Some(Open::Map { has_key: true }) => Err(ItemProblem::KeyWithoutValue),
            Some(Open::Items(_)) | None => Err(ItemProblem::UnexpectedBreak),
        }
    }

    /// Counts an item that is whole where it belongs to; whether that was the outermost one.
    #[inline]
    fn end_item(&mut self) -> bool {
        while let Some(open) = self.open.last_mut() {
            match open {
                Open::Items(1) => {
                    self.open.pop();
                }
                Open::Items(left) => {
                    *left -= 1;
                    return false;
                }
                Open::Map { has_key } => {
                    *has_key = !*has_key;
                    return false;
                }
                Open::Array | Open::Pieces(_) => return false,
            }
        }
        true
    }

    /// Whether there can be so many bytes more.
    fn fits(&self, more: u64) -> Result<(), ItemProblem> {
        let limit = self.limits.bytes;
        let length = self.length.saturating_add(more);
        if length > limit as u64 {
            return Err(ItemProblem::TooLong { length, limit });
        }
        Ok(())
    }

    /// The error of the byte `back` bytes before the next one.
    fn error(&self, back: u64, problem: ItemProblem) -> ItemError {
        let offset = self.length.saturating_sub(back);
        ItemError { offset, problem }
    }
}
