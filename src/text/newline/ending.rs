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
    /// The characters.
    pub fn as_str(self) -> &'static str {
        match self {
            LineEnding::None => "",
            LineEnding::Lf => "\n",
            LineEnding::Cr => "\r",
            LineEnding::CrLf => "\r\n",
        }
    }
}
