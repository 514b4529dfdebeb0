//! [`EncodeReplacements`]: what is written for characters that the encoding does not have.

use std::borrow::Cow;

use super::fixed_replacement::{backslash, xml};
use super::{ErrorPolicy, Replacement, UnencodableChar, escape};

/// Memory for up to this many replacements is kept for the next text: 32 KiB. A text with more of them
/// is rare, and its memory is given back.
const KEEP: usize = 1024;

/// An error policy for writing, and the replacements that its handler has returned.
///
/// A text is looked through first ([`ask`](EncodeReplacements::ask)), so that nothing of it is written if
/// one character is refused, and then encoded ([`next`](EncodeReplacements::next)). A handler is asked in
/// the first pass only; its replacements wait here for the second.
#[derive(Debug)]
pub(in crate::text) struct EncodeReplacements {
    errors: ErrorPolicy,
    replacements: Vec<Replacement>,
    /// How many of them were used.
    used: usize,
}

impl EncodeReplacements {
    pub(in crate::text) fn new(errors: ErrorPolicy) -> EncodeReplacements {
        EncodeReplacements {
            errors,
            replacements: Vec::new(),
            used: 0,
        }
    }

    pub(in crate::text) fn errors(&self) -> ErrorPolicy {
        self.errors
    }

    /// Begins with another text, or ends with this one; whether any character of it can be refused.
    #[inline]
    pub(in crate::text) fn begin(&mut self) -> bool {
        if !self.replacements.is_empty() {
            self.forget();
        }
        !matches!(self.errors, ErrorPolicy::Ignore | ErrorPolicy::Replace)
    }

    /// Forgets the replacements, and gives back the memory that those to a long text took.
    fn forget(&mut self) {
        self.replacements.clear();
        self.replacements.shrink_to(KEEP);
        self.used = 0;
    }

    /// Whether something is written in the place of a missing character. `has`: whether the
    /// encoding has a character.
    pub(in crate::text) fn ask(
        &mut self,
        missing: &UnencodableChar,
        has: impl FnMut(char) -> bool,
    ) -> bool {
        let replacement = match self.errors {
            ErrorPolicy::Custom(handler) => handler.encode(missing),
            _ => self.fixed(missing.ch),
        };
        let good = match &replacement {
            None => false,
            Some(Replacement::Bytes(_)) => true,
            Some(Replacement::Text(text)) => text.chars().all(has),
        };
        if good && let (ErrorPolicy::Custom(_), Some(replacement)) = (self.errors, replacement) {
            self.replacements.push(replacement);
        }
        good
    }

    /// How much at the start of `text` is written as itself where the encoding has it.
    #[inline]
    pub(in crate::text) fn plain(&self, text: &str) -> usize {
        match self.errors {
            ErrorPolicy::Escape => escape::find(text.as_bytes()),
            _ => text.len(),
        }
    }

    /// What is written in the place of the next missing character: a handler's, if it was asked before.
    /// The same is given until the encoder [goes on](EncodeReplacements::go_on).
    pub(in crate::text) fn next(&self, ch: char) -> Option<Cow<'_, Replacement>> {
        match self.errors {
            ErrorPolicy::Custom(_) => self.replacements.get(self.used).map(Cow::Borrowed),
            _ => self.fixed(ch).map(Cow::Owned),
        }
    }

    /// Goes on to the next replacement.
    pub(in crate::text) fn go_on(&mut self) {
        self.used += 1;
    }

    /// How many replacements were used, to [go back](EncodeReplacements::go_back) there.
    pub(in crate::text) fn used(&self) -> usize {
        self.used
    }

    /// Gives the replacements after so many again: their text is encoded again.
    pub(in crate::text) fn go_back(&mut self, used: usize) {
        self.used = used;
    }

    /// What a policy that is no handler writes.
    fn fixed(&self, ch: char) -> Option<Replacement> {
        let text = match self.errors {
            ErrorPolicy::Strict | ErrorPolicy::Custom(_) => return None,
            ErrorPolicy::Ignore => Cow::Borrowed(""),
            ErrorPolicy::Replace => Cow::Borrowed("?"),
            ErrorPolicy::BackslashReplace => Cow::Owned(backslash(ch)),
            ErrorPolicy::XmlCharRefReplace => Cow::Owned(xml(ch)),
            #[cfg(feature = "names")]
            ErrorPolicy::NameReplace => Cow::Owned(super::fixed_replacement::named(ch)),
            ErrorPolicy::Escape => {
                return escape::byte(ch).map(|byte| Replacement::Bytes(Cow::Owned(vec![byte])));
            }
        };
        Some(Replacement::Text(text))
    }
}
