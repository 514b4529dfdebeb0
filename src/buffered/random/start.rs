//! [`Start`]: what a block begins with.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Reading,
    Writing,
}
