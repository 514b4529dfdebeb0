//! Files with odd content, the same in each run.
#![allow(dead_code, reason = "no test needs all of it")]

/// Numbers that look random.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `below`.
    pub(crate) fn roll(&mut self, below: usize) -> usize {
        // Xorshift, whose upper bits are the better ones.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % below
    }

    pub(crate) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }

    /// Some of them, in their order.
    pub(crate) fn some<'a>(&mut self, all: &[&'a str], most: usize) -> Vec<&'a str> {
        let mut some: Vec<_> = all.to_vec();
        let left = self.roll(most + 1);
        while some.len() > left {
            let at = self.roll(some.len());
            some.remove(at);
        }
        some
    }
}

/// What may be in a file.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Content {
    Any,
    WellFormed,
    /// Nor bytes of value 0.
    Text,
}

/// How many rounds: more where the tool is optimised.
pub(crate) fn rounds(many: usize) -> usize {
    if cfg!(debug_assertions) {
        many
    } else {
        10 * many
    }
}

/// Lines of pieces that look alike; with cut characters, without a last line end, or none at all.
pub(crate) fn text(dice: &mut Dice, content: Content) -> Vec<u8> {
    let mut pieces: Vec<&[u8]> = vec![
        b"one",
        b"two",
        b" ",
        b"\t",
        b"\n",
        b"\n",
        b"\n\n\n",
        b"\r\n",
        "café".as_bytes(),
        "日".as_bytes(),
        b"xx",
        b"a",
        b"aa",
        b"ab",
        b"X",
        b"_",
        b"12",
        b"foo bar",
        b".",
    ];
    if content != Content::Text && dice.roll(3) == 0 {
        pieces.push(b"\0");
    }
    if content == Content::Any && dice.roll(3) == 0 {
        pieces.extend([&b"\xff"[..], b"\xc3", b"\xe6\x97", b"\xc3\xa9\xa9"]);
    }
    let len = dice.of(&[0, 1, 2, 5, 20, 60, 400]);
    let mut bytes: Vec<u8> = Vec::new();
    for _ in 0..len {
        let piece: &[u8] = pieces[dice.roll(pieces.len())];
        bytes.extend_from_slice(piece);
    }
    match dice.roll(20) {
        // Longer than any block.
        0 => bytes = bytes.repeat(900),
        1 => bytes.retain(|&byte| byte != b'\n'),
        _ => {}
    }
    bytes
}
