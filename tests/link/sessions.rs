//! Two sessions that talk to each other, in any order, by bytes in any pieces, and with the line cut anywhere.

#[path = "../support/two_sessions.rs"]
mod two_sessions;

use proptest::prelude::*;

use two_sessions::{Pair, Step};

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Order is kept, nothing is lost unnoticed, every call ends, ids never collide, and nothing is left.
    #[test]
    fn lnk_17_whatever_two_sessions_do_they_agree(
        steps in prop::collection::vec(any::<Step>(), 0..600)
    ) {
        Pair::new().run(&steps);
    }
}
