//! SPEC.md, chapter Chains: from which size on chunks are linked.

use iolite::{Chain, Chunk};
use rstest::rstest;

fn pieces(chain: &Chain) -> Vec<&[u8]> {
    chain.views().collect()
}

#[rstest]
#[case::chn_16_everything_is_linked(0, &["ab", "c", "def"])]
#[case::chn_16_from_two_on(2, &["ab", "c", "def"])]
#[case::chn_16_from_three_on(3, &["abc", "def"])]
#[case::chn_16_everything_is_copied(usize::MAX, &["abcdef"])]
fn chunks_put_in(#[case] cutoff: usize, #[case] want: &[&str]) {
    let mut chain = Chain::with_block_size(64).with_copy_threshold(cutoff);
    let given = ["ab", "c", "def"].map(Chunk::from);
    given.iter().for_each(|chunk| chain.push(chunk.clone()));
    let want: Vec<&[u8]> = want.iter().map(|piece| piece.as_bytes()).collect();
    assert_eq!(pieces(&chain), want);
    for chunk in &given {
        let linked = pieces(&chain)
            .iter()
            .any(|piece| piece.as_ptr() == chunk.as_ptr());
        assert_eq!(linked, chunk.len() >= cutoff, "{chunk:?}");
    }
    chain.push(Chunk::new());
    assert_eq!(chain, &"abcdef");
}

#[test]
fn chn_16_joining_goes_by_it() {
    let mut other = Chain::from_iter([Chunk::from("ab"), Chunk::from("cd")]);
    let mut chain = Chain::new().with_copy_threshold(4);
    chain.join(&mut other.clone());
    assert_eq!(pieces(&chain), [b"ab", b"cd"]);
    let mut chain = Chain::new().with_copy_threshold(5);
    chain.join(&mut other);
    assert_eq!((pieces(&chain), other.len()), (vec![&b"abcd"[..]], 0));
}

#[test]
fn chn_16_clones_and_parts_keep_it() {
    let mut chain = Chain::new().with_copy_threshold(2);
    chain.push(Chunk::from("abcd"));
    for mut other in [chain.clone(), chain.split_to(2)] {
        let before = other.views().count();
        other.push(Chunk::from("xy"));
        other.push(Chunk::from("z"));
        other.push(Chunk::from("z"));
        assert_eq!(
            other.views().count(),
            before + 2,
            "xy is linked, z and z are not"
        );
    }
}
