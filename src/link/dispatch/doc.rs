//! [`Doc`]: what a command says about itself.

use crate::link::object::Value;

/// The documentation of a command, as its `doc_` answers it. Types are written in front of what they
/// mean: `int:how many`.
///
/// # Examples
///
/// ```
/// use iolite::link::dispatch::{Doc, StdBase};
///
/// let base = StdBase::new("numbers")
///     .command("add", |(a, b): (i64, i64)| a + b)
///     .doc("add", Doc::new("add two numbers").argument("int:a").argument("int:b").result("int:sum"));
/// # let _ = base;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Doc {
    entries: Vec<(Value, Value)>,
    arguments: usize,
}

impl Doc {
    /// What the command does, in a sentence (key `_d`).
    pub fn new(text: impl Into<Value>) -> Doc {
        Doc::default().entry("_d", text)
    }

    /// The next positional argument (`_0`, `_1` …).
    pub fn argument(mut self, text: impl Into<Value>) -> Doc {
        let key = format!("_{}", self.arguments);
        self.arguments += 1;
        self.entry(key, text)
    }

    /// An argument with a name.
    pub fn keyword(self, name: impl Into<Value>, text: impl Into<Value>) -> Doc {
        self.entry(name, text)
    }

    /// The result (`_r`).
    pub fn result(self, text: impl Into<Value>) -> Doc {
        self.entry("_r", text)
    }

    /// What the caller sends as items (`_i`).
    pub fn items_in(self, text: impl Into<Value>) -> Doc {
        self.entry("_i", text)
    }

    /// What the command sends as items (`_o`).
    pub fn items_out(self, text: impl Into<Value>) -> Doc {
        self.entry("_o", text)
    }

    fn entry(mut self, key: impl Into<Value>, text: impl Into<Value>) -> Doc {
        self.entries.push((key.into(), text.into()));
        self
    }

    pub(super) fn value(&self) -> Value {
        Value::Map(self.entries.clone())
    }
}
