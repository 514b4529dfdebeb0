//! [`Finishing`]: a value that is to be ended by a call of its own, and how.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};

use crate::error::{Error, report_at_drop};

/// What an [`Adapter`](super::Adapter) holds, and how that ends. Sealed: there are the two.
pub trait Holds<T> {
    /// Whether the end brings out what was written, so that no flush is called before.
    #[doc(hidden)]
    const FINISHES: bool;
    #[doc(hidden)]
    fn held(&self) -> Option<&T>;
    #[doc(hidden)]
    fn held_mut(&mut self) -> Option<&mut T>;
    /// Takes the value out, and does not end it.
    #[doc(hidden)]
    fn take_out(&mut self) -> Option<T>;
    /// Ends the value, if it is there.
    #[doc(hidden)]
    fn end(&mut self) -> io::Result<()>;
}

/// What is dropped in the end, and has no way to say that this failed.
impl<T> Holds<T> for Option<T> {
    const FINISHES: bool = false;

    #[inline]
    fn held(&self) -> Option<&T> {
        self.as_ref()
    }

    #[inline]
    fn held_mut(&mut self) -> Option<&mut T> {
        self.as_mut()
    }

    fn take_out(&mut self) -> Option<T> {
        self.take()
    }

    fn end(&mut self) -> io::Result<()> {
        *self = None;
        Ok(())
    }
}

/// A value inside an [`Adapter`](super::Adapter) that is ended by a function: what
/// [`Adapter::with_finish`](super::Adapter::with_finish) makes.
///
/// If it is dropped before it was ended or taken out, the function is called then, and its error
/// goes to the [drop hook](crate::set_drop_hook).
///
/// # Examples
///
/// As a part of a type that has a name:
///
/// ```
/// use std::fs::File;
/// use flate2::write::GzEncoder;
/// use iolite::{Adapter, BufferedWriter, Finishing, TextIoWrapper};
///
/// type Gzip = GzEncoder<File>;
/// struct Log {
///     text: TextIoWrapper<BufferedWriter<Adapter<Gzip, Finishing<Gzip>>>>,
/// }
/// ```
pub struct Finishing<T> {
    /// `None` once ended or taken out.
    inner: Option<T>,
    finish: Option<Finish<T>>,
}

type Finish<T> = Box<dyn FnOnce(T) -> io::Result<()> + Send + Sync>;

// The function is called once, with the value itself: nobody sees again what a panic in it left.
impl<T: UnwindSafe> UnwindSafe for Finishing<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Finishing<T> {}

impl<T> Finishing<T> {
    pub(super) fn new(
        inner: Option<T>,
        finish: impl FnOnce(T) -> io::Result<()> + Send + Sync + 'static,
    ) -> Finishing<T> {
        Finishing {
            inner,
            finish: Some(Box::new(finish)),
        }
    }
}

impl<T> Holds<T> for Finishing<T> {
    const FINISHES: bool = true;

    #[inline]
    fn held(&self) -> Option<&T> {
        self.inner.as_ref()
    }

    #[inline]
    fn held_mut(&mut self) -> Option<&mut T> {
        self.inner.as_mut()
    }

    fn take_out(&mut self) -> Option<T> {
        self.inner.take()
    }

    fn end(&mut self) -> io::Result<()> {
        match (self.inner.take(), self.finish.take()) {
            (Some(inner), Some(finish)) => finish(inner),
            _ => Ok(()),
        }
    }
}

impl<T> Drop for Finishing<T> {
    fn drop(&mut self) {
        // How many bytes are lost with the end of a format nobody can say.
        match catch_unwind(AssertUnwindSafe(|| self.end())) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => report_at_drop(&error.into(), 0),
            Err(_) => report_at_drop(&Error::Poisoned, 0),
        }
    }
}

impl<T> fmt::Debug for Finishing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_open = self.inner.is_some();
        f.debug_struct("Finishing")
            .field("open", &is_open)
            .finish_non_exhaustive()
    }
}
