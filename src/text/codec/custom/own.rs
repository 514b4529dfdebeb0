//! [`Own`]: a codec as a value.

use std::hash::{Hash, Hasher};
use std::ptr;

use super::Codec;

/// A codec of the caller's own. Two are the same if they are one object and have one name.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Own(pub(in super::super) &'static dyn Codec);

impl PartialEq for Own {
    /// The name tells those apart that have no size and may share an address.
    fn eq(&self, other: &Own) -> bool {
        ptr::addr_eq(self.0, other.0) && self.0.name() == other.0.name()
    }
}

impl Eq for Own {}

impl Hash for Own {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name().hash(state);
    }
}
