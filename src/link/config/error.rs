//! [`ConfigError`]: all that is wrong with a configuration.

use std::fmt;

use crate::link::object::{Path, Value};

/// All that is wrong with a configuration, each with its place.
///
/// # Examples
///
/// ```
/// use iolite::link::config::{Config, Registry};
///
/// let config: Config = serde_json::from_str(
///     r#"{"app": "dir", "a": {"app": "ping.Cdm"}, "b": {"app": "net.tcp.Port", "prot": 4}}"#,
/// )?;
/// let error = config.check(&Registry::standard()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a.app: no application \"ping.Cdm\"; is it ping.Cmd?\n\
///      b.prot: unknown key; is it port?\n\
///      b.port: missing: an integer from 0 to 65535"
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", ProblemLines(problems))]
#[non_exhaustive]
pub struct ConfigError {
    /// In the order of the configuration; at least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// Where.
    pub path: Path,
    /// What.
    pub kind: ProblemKind,
}

/// What is wrong with a place of a configuration.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The application takes no such key.
    #[error("unknown key{}", Hint(similar))]
    UnknownKey {
        /// A key that it takes, of a similar name.
        similar: Option<String>,
    },

    /// A key is there more than once.
    #[error("the key is repeated")]
    RepeatedKey,

    /// A key has to be there, and is not.
    #[error("missing: {expected}")]
    MissingKey {
        /// What its value has to be.
        expected: String,
    },

    /// A value is of another type, or out of range.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What it has to be.
        expected: String,
        /// What it is.
        found: String,
    },

    /// There is no application of that name.
    #[error("no application {name:?}{}", Hint(similar))]
    UnknownApp {
        /// The name.
        name: String,
        /// One that there is, of a similar name.
        similar: Option<String>,
    },

    /// The application administers the program, and that was not
    /// [granted](super::Registry::grant_administration).
    #[error("the application {name:?} needs administration to be granted")]
    NotGranted {
        /// Its name.
        name: String,
    },

    /// There is no layer of that name.
    #[error("no layer {name:?}{}", Hint(similar))]
    UnknownLayer {
        /// The name.
        name: String,
        /// One that there is, of a similar name.
        similar: Option<String>,
    },

    /// A layer stands in the wrong place of the list of layers.
    #[error("the layer {layer:?} stands on {needs}, and below it are {found}")]
    LayerOrder {
        /// Its name.
        layer: String,
        /// What the layer below it has to give: bytes, blocks or objects.
        needs: &'static str,
        /// What it gives.
        found: &'static str,
    },

    /// The uppermost layer does not give objects.
    #[error("the uppermost layer gives {found}, and calls need objects")]
    NoObjects {
        /// What it gives.
        found: &'static str,
    },

    /// What an application says about its configuration.
    #[error("{0}")]
    Invalid(String),
}

impl Problem {
    /// Something that is wrong with the value at `path`.
    pub fn new(path: Path, kind: ProblemKind) -> Problem {
        Problem { path, kind }
    }

    pub(super) fn wrong_type(path: Path, expected: impl fmt::Display, found: &Value) -> Problem {
        Problem::new(
            path,
            ProblemKind::WrongType {
                expected: expected.to_string(),
                found: Excerpt(found).to_string(),
            },
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.elements() {
            [] => write!(f, "{}", self.kind),
            _ => write!(f, "{}: {}", self.path, self.kind),
        }
    }
}

/// A problem a line.
struct ProblemLines<'a>(&'a [Problem]);

impl fmt::Display for ProblemLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

struct Hint<'a>(&'a Option<String>);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(similar) => write!(f, "; is it {similar}?"),
            None => Ok(()),
        }
    }
}

/// A value for people; of a long one the beginning.
struct Excerpt<'a>(&'a Value);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 40;
        let text = self.0.to_string();
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{}…", &text[..end]),
            None => f.write_str(&text),
        }
    }
}

/// The one of `names` that `name` was probably meant to be.
pub(super) fn similar<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let distances = names
        .into_iter()
        .map(|known| (distance(name, known), known));
    let (distance, nearest) = distances.min()?;
    // Two letters that changed places, or one in three that is another one.
    let limit = (name.chars().count() / 3).max(2);
    (distance <= limit && distance < name.chars().count()).then(|| nearest.to_owned())
}

/// How many letters have to be put in, taken out or changed (Levenshtein). The names of a
/// configuration are short; of longer ones only the beginning counts, so that nobody waits.
fn distance(one: &str, other: &str) -> usize {
    const LONGEST: usize = 40;
    let other: Vec<char> = other.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().take(LONGEST).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, known) in other.iter().enumerate() {
            let change = diagonal + usize::from(letter != *known);
            diagonal = row[column + 1];
            row[column + 1] = change.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
