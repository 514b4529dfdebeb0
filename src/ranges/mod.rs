//! Lines of a part of a file, found without reading what is before it.
//!
//! * [`LineRange`]: a device cut into ranges that begin and end at line ends, for threads, processes or
//!   machines that take one each. No line is in two of them or in none.
//! * [`RevLines`]: lines from the end to the start, in bounded memory.
//!
//! Both need a device that seeks, and an encoding [in which](crate::Encoding::is_splittable) a line end
//! can be told from its bytes.

mod device_blocks;
mod line_finder;
mod line_range;
mod rev_lines;
mod text_line;

pub use self::line_range::LineRange;
pub use self::rev_lines::RevLines;
pub use self::text_line::TextLine;
