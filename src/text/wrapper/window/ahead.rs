//! What was read ahead, for whoever takes the stream apart.

use super::{Error, TextWindow};

impl TextWindow {
    /// Takes the text that is here, untranslated, and the bytes behind it that are none yet. An
    /// error that waits for its turn is among the bytes again.
    pub(in super::super) fn take_ahead(&mut self) -> (String, Vec<u8>) {
        let mut text = self.rest().to_owned();
        let behind = [self.after.take(), self.held.take()];
        for block in behind.iter().flatten() {
            text.push_str(&block.text);
        }
        self.start = self.block.text.len();
        self.park();
        let mut bytes = match self.deferred.take() {
            Some(Error::Decode { bytes, .. }) => bytes,
            _ => Vec::new(),
        };
        bytes.extend(self.source.take_undecoded());
        (text, bytes)
    }
}
