//! [`ConsoleText`]: what stands outside of frames, where nothing marks the bytes of frames.

/// Follows text in UTF-8 so far that the later bytes of a character are not taken for the start of a
/// frame. (MoaT counts one too few of them, which matters only where frames start with a byte below
/// 0xC0.)
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConsoleText {
    /// How many bytes of a character are still to come.
    rest: u8,
}

impl ConsoleText {
    /// Whether a frame that starts with `start` begins with this byte. If not, it is text.
    pub(super) fn is_start(&mut self, byte: u8, start: u8) -> bool {
        if self.rest > 0 && is_continuation(byte) {
            self.rest -= 1;
            return false;
        }
        self.rest = match byte {
            byte if byte == start => 0,
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => 0,
        };
        byte == start
    }
}

/// Where in the text `bytes` a frame that starts with `start` would be seen to begin, or keep one that
/// follows from beginning.
pub(super) fn frame_in(bytes: &[u8], start: u8) -> Option<usize> {
    let mut text = ConsoleText::default();
    let begins = bytes.iter().position(|&byte| text.is_start(byte, start));
    let hides_next = text.rest > 0 && is_continuation(start);
    begins.or(hides_next.then(|| bytes.len() - 1))
}

fn is_continuation(byte: u8) -> bool {
    matches!(byte, 0x80..0xc0)
}
