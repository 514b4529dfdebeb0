//! The hostile devices of `iolite::testing`, under the short names that the tests use.

#[allow(unused_imports, reason = "each suite uses some")]
pub(crate) use iolite::testing::{
    Behaviour, CallCounts as Calls, EIO, HostileDevice as Hostile, Probe,
    hampering_behaviours as hampering,
};
