//! Chapter "Files and adapters": what the hook is told of a value that could not be finished.

use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use iolite::{Adapter, Error, IoBase};

use super::alone;

#[test]
fn fil_32_what_a_drop_cannot_finish_goes_to_the_hook() {
    alone(|| {
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = Arc::clone(&told);
        iolite::error::set_global_drop_hook(Some(Box::new(move |error: &Error, lost| {
            teller.lock().unwrap().push((error.to_string(), lost));
        })));
        let fails =
            || Adapter::writer(Vec::new()).with_finish(|_| Err(ErrorKind::StorageFull.into()));
        drop(fails());
        let mut closed = fails();
        assert_eq!(closed.close().unwrap_err().kind(), ErrorKind::StorageFull);
        drop(closed);
        drop(fails().into_inner());
        let panics = Adapter::writer(Vec::new()).with_finish(|_| panic!("while it ends"));
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(panics)));
        iolite::error::set_global_drop_hook(None);
        assert!(dropped.is_ok(), "a drop never panics");
        let full = io::Error::from(ErrorKind::StorageFull).to_string();
        let expected = [(full, 0), (Error::Poisoned.to_string(), 0)];
        assert_eq!(
            *told.lock().unwrap(),
            expected,
            "once each, and not of what was closed"
        );
    });
}
