//! The four traits and the comfort of [`TextIoExt`], for `use iolite::prelude::*`.
//!
//! # Examples
//!
//! ```
//! use iolite::prelude::*;
//!
//! let mut text = iolite::StringIo::from("a line\n");
//! assert!(text.readable());                                    // IoBase
//! assert_eq!(text.next_line()?.as_deref(), Some("a line"));    // TextIo
//! # Ok::<(), iolite::Error>(())
//! ```

pub use crate::buffered::BufferedIo;
pub use crate::io_base::IoBase;
pub use crate::raw::RawIo;
pub use crate::text::{TextIo, TextIoExt};
