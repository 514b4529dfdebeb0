//! What the targets over devices share: numbers from the input, devices, and text.

use std::io::ErrorKind;

use iolite::Error;

use crate::devices::{Behaviour, EIO};

/// The input, byte for byte. After its end there are zeros.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Input<'a> {
        Input(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        match self.0 {
            [byte, rest @ ..] => {
                self.0 = rest;
                *byte
            }
            [] => 0,
        }
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        let wide = if end > 256 { self.byte() } else { 0 };
        (usize::from(wide) << 8 | usize::from(self.byte())) % end
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }
}

/// How the device behaves, so that nothing is lost.
pub fn behaviours(input: &mut Input<'_>) -> Vec<Behaviour> {
    let mut all = Vec::new();
    let count = input.below(4);
    for _ in 0..count {
        all.push(match input.below(9) {
            0 => Behaviour::OneByte,
            1 => Behaviour::Halves,
            2 => Behaviour::ShortWrites(input.below(9) + 1),
            3 => Behaviour::Interrupted,
            4 => Behaviour::WouldBlock,
            5 => Behaviour::TimedOut,
            6 => Behaviour::ErrorAfter(input.below(200)),
            7 => Behaviour::Lies,
            _ => Behaviour::Zeros,
        });
    }
    all
}

/// Whether such a device may answer so; it then goes on.
pub fn is_passing(error: &Error) -> bool {
    // An interruption is nobody's business.
    let kinds = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    kinds.contains(&error.kind())
        || error.raw_os_error() == Some(EIO)
        || matches!(error, Error::BadCount { .. } | Error::NoProgress { .. })
}

/// Lines of text in which something is malformed now and then.
pub fn text(len: usize, seed: u8) -> Vec<u8> {
    const PIECES: [&[u8]; 8] = [
        b"a",
        b"\n",
        "é".as_bytes(),
        "字".as_bytes(),
        "🦀".as_bytes(),
        b"bcd",
        b"e",
        b"\xff",
    ];
    // Most of it is well-formed.
    let pieces = if seed & 0x80 == 0 { 7 } else { 8 };
    let mut bytes = Vec::new();
    let mut state = u32::from(seed) + 1;
    while bytes.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.extend_from_slice(PIECES[(state >> 16) as usize % pieces]);
    }
    bytes.truncate(len);
    bytes
}
