//! Memory for what a device says is left.
//!
//! It may be wrong about that: if there is no memory for so much, growing says so later, when it
//! is needed. What is more than what is there already gets just its room, once. Less, as whoever
//! follows a growing file gets in each call, makes the whole grow by doubling: with just its room
//! each call would move all that came before.

/// Makes room for `rest` more bytes, if there is memory.
pub(super) fn reserve(bytes: &mut Vec<u8>, rest: usize) {
    let _ = if rest < bytes.len() {
        bytes.try_reserve(rest)
    } else {
        bytes.try_reserve_exact(rest)
    };
}

/// Makes room for `rest` more bytes of text, if there is memory.
pub(super) fn reserve_text(text: &mut String, rest: usize) {
    let _ = if rest < text.len() {
        text.try_reserve(rest)
    } else {
        text.try_reserve_exact(rest)
    };
}
