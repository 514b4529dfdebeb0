//! SHA-256, for the one command that answers with it.

/// The hexadecimal digest.
pub(super) fn sha256(data: &[u8]) -> String {
    let constants = fractions(3);
    let mut state: [u32; 8] = fractions(2)[..8].try_into().unwrap();
    let mut message = data.to_vec();
    message.push(0x80);
    message.resize(message.len().next_multiple_of(64), 0);
    if message.len() < data.len() + 9 {
        message.resize(message.len() + 64, 0);
    }
    let end = message.len() - 8;
    message[end..].copy_from_slice(&(8 * data.len() as u64).to_be_bytes());
    for block in message.chunks(64) {
        add_block(&mut state, block, &constants);
    }
    state.map(|word| format!("{word:08x}")).concat()
}

fn add_block(state: &mut [u32; 8], block: &[u8], constants: &[u32]) {
    let words = block
        .chunks(4)
        .map(|word| u32::from_be_bytes(word.try_into().unwrap()));
    let mut w: Vec<u32> = words.collect();
    for at in 16..64 {
        let (early, late) = (w[at - 15], w[at - 2]);
        let early = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
        let late = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
        w.push(sum(&[w[at - 16], early, w[at - 7], late]));
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, constant) in w.iter().zip(constants) {
        let turned = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let chosen = (e & f) ^ (!e & g);
        let first = sum(&[h, turned, chosen, *constant, *word]);
        let turned = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        let second = sum(&[turned, majority]);
        (h, g, f, e) = (g, f, e, sum(&[d, first]));
        (d, c, b, a) = (c, b, a, sum(&[first, second]));
    }
    for (word, change) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(change);
    }
}

fn sum(words: &[u32]) -> u32 {
    words.iter().fold(0, |sum, word| sum.wrapping_add(*word))
}

/// The first 32 bits behind the point of the square or cube roots of the first 64 primes.
fn fractions(root: u32) -> Vec<u32> {
    let is_prime = |n: &u64| (2..*n).all(|divisor| !n.is_multiple_of(divisor));
    let fraction = |prime: u64| {
        // The largest number whose power is no larger than the prime's, shifted by 32 bits.
        let shifted = u128::from(prime) << (32 * root);
        let (mut low, mut high) = (0u128, 1 << 40);
        while high - low > 1 {
            let middle = (low + high) / 2;
            match middle.pow(root) <= shifted {
                true => low = middle,
                false => high = middle,
            }
        }
        u32::try_from(low & 0xffff_ffff).unwrap()
    };
    (2..).filter(is_prime).take(64).map(fraction).collect()
}

#[test]
fn the_digests_of_the_standard() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(sha256(b""), empty);
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256(b"abc"), abc);
    let long = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
    let text = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_eq!(sha256(text), long);
}
