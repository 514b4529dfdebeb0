//! [`LineEnding`]: what ended a line.

/// What ended a line in the stream.
///
/// # Examples
///
/// ```
/// use iolite::LineEnding;
/// assert_eq!(LineEnding::CrLf.as_str(), "\r\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnding {
    /// Nothing: the stream ended, or malformed bytes follow.
    None,
    /// `\n`
    Lf,
    /// `\r`
    Cr,
    /// `\r\n`
    CrLf,
}

impl LineEnding {
    /// How many bytes the characters are.
    #[inline]
    pub(in crate::text) fn len(self) -> usize {
        match self {
            LineEnding::None => 0,
            LineEnding::Lf | LineEnding::Cr => 1,
            LineEnding::CrLf => 2,
        }
    }

    /// The characters.
    #[inline]
    pub fn as_str(self) -> &'static str {
        match self {
            LineEnding::None => "",
            LineEnding::Lf => "\n",
            LineEnding::Cr => "\r",
            LineEnding::CrLf => "\r\n",
        }
    }
}
