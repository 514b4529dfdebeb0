//! The contracts of `iolite::testing`, under the short names that the tests use, and two of our own.

use iolite::error::Operation;
use iolite::{Error, Result};

#[allow(unused_imports, reason = "no test binary uses everything")]
pub(crate) use iolite::testing::{
    FileOp as Op, FileRules as Rules, Giving, Taking, apply_file_op as apply,
    assert_closes as closing, assert_closes_buffered as closing_buffered,
    assert_like_a_file as like_a_file, assert_reads_all as reading,
    assert_says_closed as says_closed, assert_writes_all as writing, give_to_both as give,
    is_transient as passes, retry_transient as persist, some_file_ops as some_ops,
};

/// The call is refused, and says what was asked for.
pub(crate) fn unsupported<T, E: Into<Error>>(outcome: Result<T, E>, expected: Operation) {
    match outcome.map_err(Into::into) {
        Err(Error::Unsupported { operation }) => assert_eq!(operation, expected),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("{expected} works"),
    }
}

/// The call failed twice, with these numbers of the system.
pub(crate) fn both<T>(outcome: Result<T>, one: i32, other: i32) {
    match outcome {
        Err(Error::Combined { first, second }) => {
            let numbers = (first.raw_os_error(), second.raw_os_error());
            assert_eq!(numbers, (Some(one), Some(other)));
        }
        Err(error) => panic!("not two errors: {error:?}"),
        Ok(_) => panic!("it works"),
    }
}
