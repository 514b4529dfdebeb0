//! [`Substitutes`]: what is written in the place of missing characters.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::replacement::{backslash, xml};
use super::{Missing, OnError, Substitute, escape};

/// For how many answers memory is kept.
const KEEP: usize = 1024;

/// An error policy for writing, and what its handler has answered.
///
/// A text is looked through first ([`ask`](Substitutes::ask)), so that nothing of it is written if
/// one character is refused, and then encoded ([`next`](Substitutes::next)). A handler is asked in
/// the first pass only; the answers wait here for the second.
#[derive(Debug)]
pub(in crate::text) struct Substitutes {
    errors: OnError,
    answers: VecDeque<Substitute>,
}

impl Substitutes {
    pub(in crate::text) fn new(errors: OnError) -> Substitutes {
        Substitutes {
            errors,
            answers: VecDeque::new(),
        }
    }

    pub(in crate::text) fn errors(&self) -> OnError {
        self.errors
    }

    /// Begins with another text; whether any character of it can be refused.
    pub(in crate::text) fn begin(&mut self) -> bool {
        self.answers.clear();
        self.let_go();
        !matches!(self.errors, OnError::Ignore | OnError::Replace)
    }

    /// Whether something is written in the place of a missing character. `has`: whether the
    /// encoding has a character.
    pub(in crate::text) fn ask(
        &mut self,
        missing: &Missing,
        has: impl FnMut(char) -> bool,
    ) -> bool {
        let substitute = match self.errors {
            OnError::Custom(handler) => handler.encode(missing),
            _ => self.fixed(missing.ch),
        };
        let good = match &substitute {
            None => false,
            Some(Substitute::Bytes(_)) => true,
            Some(Substitute::Text(text)) => text.chars().all(has),
        };
        if good && let (OnError::Custom(_), Some(substitute)) = (self.errors, substitute) {
            self.answers.push_back(substitute);
        }
        good
    }

    /// How much at the start of `text` is written as itself where the encoding has it.
    pub(in crate::text) fn plain(&self, text: &str) -> usize {
        match self.errors {
            OnError::Escape => escape::find(text.as_bytes()),
            _ => text.len(),
        }
    }

    /// What is written in the place of the next missing character: a handler's answer, if it was
    /// asked before. The same is given again until it is [`used`](Substitutes::used).
    pub(in crate::text) fn next(&self, ch: char) -> Option<Cow<'_, Substitute>> {
        match self.errors {
            OnError::Custom(_) => self.answers.front().map(Cow::Borrowed),
            _ => self.fixed(ch).map(Cow::Owned),
        }
    }

    /// Goes on to the next answer.
    pub(in crate::text) fn used(&mut self) {
        if self.answers.pop_front().is_some() && self.answers.is_empty() {
            self.let_go();
        }
    }

    /// Gives back the memory that answers to a long text took.
    fn let_go(&mut self) {
        if self.answers.capacity() > KEEP {
            self.answers = VecDeque::new();
        }
    }

    /// What a policy that is no handler writes.
    fn fixed(&self, ch: char) -> Option<Substitute> {
        let text = match self.errors {
            OnError::Strict | OnError::Custom(_) => return None,
            OnError::Ignore => Cow::Borrowed(""),
            OnError::Replace => Cow::Borrowed("?"),
            OnError::BackslashReplace => Cow::Owned(backslash(ch)),
            OnError::XmlCharRefReplace => Cow::Owned(xml(ch)),
            #[cfg(feature = "names")]
            OnError::NameReplace => Cow::Owned(super::replacement::named(ch)),
            OnError::Escape => {
                return escape::byte(ch).map(|byte| Substitute::Bytes(Cow::Owned(vec![byte])));
            }
        };
        Some(Substitute::Text(text))
    }
}
