//! [`Root`]: the whole system, as its parts see it.

use std::sync::{Arc, OnceLock, Weak};

use crate::link::dispatch::{Call, Subsystem};
use crate::link::object::{Path, RemoteError, Value};

/// The whole system, as its parts see it: they can serve it to others, and hand it calls.
///
/// It is there as long as the system is. A system that is not complete yet, or is gone, answers that
/// it is not ready.
#[derive(Clone, Default)]
pub struct Root {
    /// Weak, because the system owns who has this.
    cell: Arc<OnceLock<Weak<dyn Subsystem>>>,
    /// What calls are below.
    below: Path,
}

impl Root {
    /// Completes it, once.
    pub(super) fn set(&self, subsystem: &Arc<dyn Subsystem>) {
        // A second call does nothing: there is one system.
        let _ = self.cell.set(Arc::downgrade(subsystem));
    }

    /// The part of the system below a path.
    pub fn below(&self, path: &Path) -> Root {
        let cell = Arc::clone(&self.cell);
        let below = concat(self.below.elements(), path.elements());
        Root { cell, below }
    }

    fn get(&self) -> Option<Arc<dyn Subsystem>> {
        self.cell.get()?.upgrade()
    }
}

/// How often a call may be redirected. More than people nest short names for short names.
const MOST: u8 = 16;

impl Subsystem for Root {
    fn kind(&self) -> &str {
        "root"
    }

    fn serve(&self, call: Call) {
        let Some(root) = self.get() else {
            return call.fail(RemoteError::new("NotReadyError"));
        };
        match self.below.elements() {
            [] => root.serve(call),
            // Names that stand for one another, in a circle.
            _ if call.redirections() >= MOST => {
                let whole = call.whole_path().elements().to_vec();
                call.fail(RemoteError::new("RecursionError").with_argument(whole));
            }
            below => {
                let path = concat(below, call.path());
                root.serve(call.redirect(path));
            }
        }
    }

    fn configuration(&self) -> Option<Value> {
        self.get()?.configuration()
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root")
            .field("below", &self.below)
            .finish_non_exhaustive()
    }
}

/// A path and what comes after it.
pub(super) fn concat(path: &[Value], rest: &[Value]) -> Path {
    path.iter().chain(rest).cloned().collect()
}
