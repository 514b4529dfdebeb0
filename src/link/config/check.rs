//! Checks a configuration against the keys that its applications declare.

use std::collections::BTreeSet;

use super::error::{Problem, ProblemKind, similar};
use super::keys::{Keys, Need, Shape};
use super::registry::Registry;
use super::section::ConfigSection;
use crate::link::object::{Path, Value};

/// How many mappings and lists may stand in one another: the format that a configuration comes from
/// may have no limit.
const DEEPEST: usize = 64;

/// One check of a whole configuration.
pub(super) struct Check<'a> {
    registry: &'a Registry,
    pub(super) problems: Vec<Problem>,
}

/// Applications that were found in a mapping, by the path of keys to each.
type Apps = Vec<(Path, ConfigSection)>;

impl<'a> Check<'a> {
    pub(super) fn new(registry: &'a Registry) -> Check<'a> {
        let problems = Vec::new();
        Check { registry, problems }
    }

    /// Checks the application that stands at `path`. `None` if that cannot be told.
    pub(super) fn section(&mut self, value: &Value, path: Path) -> Option<ConfigSection> {
        let Value::Map(entries) = value else {
            return self.wrong(path, &Shape::App, value);
        };
        if path.elements().len() > DEEPEST {
            return self.say(path, ProblemKind::Invalid("too deep".to_owned()));
        }
        let Some(name) = value.get("app") else {
            let expected = "the name of an application".to_owned();
            return self.say(path.join("app"), ProblemKind::MissingKey { expected });
        };
        let Some(name) = name.as_str() else {
            return self.wrong(path.join("app"), &"the name of an application", name);
        };
        let app = match self.registry.find(name) {
            Ok(app) => app,
            Err(kind) => return self.say(path.join("app"), kind),
        };
        let problems = self.problems.len();
        let keys = app.keys().and(common());
        let mut apps = Vec::new();
        let own = |key: &Value| key.as_str() != Some("app");
        let own: Vec<_> = entries.iter().filter(|(key, _)| own(key)).collect();
        let mut values = self.mapping(&own, &keys, (&path, &Path::root()), &mut apps);
        let is_true = |key: &str| values.contains(&(key.into(), true.into()));
        let (is_running, is_awaited) = (is_true("running"), is_true("wait"));
        values.retain(|(key, _)| !matches!(key.as_str(), Some("running" | "wait")));
        let section = ConfigSection {
            path,
            name: name.to_owned(),
            app,
            is_administration_granted: self.registry.has_administration,
            is_running,
            is_awaited,
            values: Value::Map(values),
            apps,
        };
        // What types cannot say is looked at where the types are right.
        if self.problems.len() == problems {
            self.problems.extend(section.app.check(&section));
        }
        Some(section)
    }

    /// Checks a mapping, which stands at a path of the configuration and at one of the application, and
    /// fills in the defaults.
    fn mapping(
        &mut self,
        entries: &[&(Value, Value)],
        keys: &Keys,
        (path, within): (&Path, &Path),
        apps: &mut Apps,
    ) -> Vec<(Value, Value)> {
        let mut values = Vec::new();
        let mut names = BTreeSet::new();
        for (key, value) in entries.iter().copied() {
            let at = path.clone().join(key.clone());
            let name = key.as_str();
            if name.is_some_and(|name| !names.insert(name)) {
                let _: Option<()> = self.say(at, ProblemKind::RepeatedKey);
                continue;
            }
            let known = keys.keys.iter().find(|known| name == Some(known.name));
            let shape = known.map(|known| &known.shape).or(keys.others.as_deref());
            match shape.filter(|_| name.is_some()) {
                Some(shape) => {
                    let place = (at, within.clone().join(key.clone()));
                    let value = self.value(value, shape, place, apps);
                    values.extend(value.map(|value| (key.clone(), value)));
                }
                None => {
                    let known = keys.keys.iter().map(|known| known.name);
                    let similar = similar(name.unwrap_or_default(), known);
                    let _: Option<()> = self.say(at, ProblemKind::UnknownKey { similar });
                }
            }
        }
        for known in &keys.keys {
            if names.contains(known.name) {
                continue;
            }
            match &known.need {
                Need::Default(value) => values.push((known.name.into(), value.clone())),
                Need::Optional => {}
                Need::Required => {
                    let expected = known.shape.to_string();
                    let at = path.clone().join(known.name);
                    let _: Option<()> = self.say(at, ProblemKind::MissingKey { expected });
                }
            }
        }
        values
    }

    /// Checks a value, and returns it completed. An application leaves its place empty, and is in `apps`.
    fn value(
        &mut self,
        value: &Value,
        shape: &Shape,
        (path, within): (Path, Path),
        apps: &mut Apps,
    ) -> Option<Value> {
        if within.elements().len() > DEEPEST {
            return self.say(path, ProblemKind::Invalid("too deep".to_owned()));
        }
        match (shape, value) {
            (Shape::App, Value::Map(_)) => {
                let section = self.section(value, path)?;
                apps.push((within, section));
                None
            }
            (Shape::Mapping(keys), Value::Map(entries)) => {
                let entries: Vec<_> = entries.iter().collect();
                let values = self.mapping(&entries, keys, (&path, &within), apps);
                Some(Value::Map(values))
            }
            (Shape::List(shape), Value::Array(elements)) => {
                let mut values = Vec::new();
                for (index, element) in (0u64..).zip(elements) {
                    let place = (path.clone().join(index), within.clone().join(index));
                    values.extend(self.value(element, shape, place, apps));
                }
                Some(Value::Array(values))
            }
            (Shape::OneOf(shapes), _) => match shapes.iter().find(|shape| is_alike(value, shape)) {
                Some(shape) => self.value(value, shape, (path, within), apps),
                None => self.wrong(path, &Shape::OneOf(shapes.clone()), value),
            },
            (Shape::Path, _) => match command_path(value) {
                Some(command) => Some(Value::Array(command.elements().to_vec())),
                None => self.wrong(path, shape, value),
            },
            _ if is_alike(value, shape) => Some(value.clone()),
            _ => self.wrong(path, shape, value),
        }
    }

    fn say<T>(&mut self, path: Path, kind: ProblemKind) -> Option<T> {
        self.problems.push(Problem::new(path, kind));
        None
    }

    fn wrong<T>(
        &mut self,
        path: Path,
        expected: &dyn std::fmt::Display,
        found: &Value,
    ) -> Option<T> {
        self.problems
            .push(Problem::wrong_type(path, expected, found));
        None
    }
}

/// The keys of every application.
fn common() -> Keys {
    Keys::new()
        .with_default("running", Shape::Bool, true, "whether it is started at all")
        .with_default(
            "wait",
            Shape::Bool,
            true,
            "whether the start of the rest waits for it",
        )
}

/// Whether a value is of a shape, without a look at what is in it.
fn is_alike(value: &Value, shape: &Shape) -> bool {
    match (shape, value) {
        (Shape::Anything, _)
        | (Shape::Bool, Value::Bool(_))
        | (Shape::Text, Value::Text(_))
        | (Shape::App | Shape::Mapping(_), Value::Map(_))
        | (Shape::List(_), Value::Array(_))
        | (Shape::Null, Value::Null) => true,
        (Shape::Integer(range), Value::Int(number)) => {
            i64::try_from(*number).is_ok_and(|number| range.contains(&number))
        }
        (Shape::Amount, Value::Int(number)) => *number >= 0,
        (Shape::Amount, Value::Float(number)) => number.is_finite() && *number >= 0.0,
        (Shape::Path, _) => command_path(value).is_some(),
        (Shape::OneOf(shapes), _) => shapes.iter().any(|shape| is_alike(value, shape)),
        _ => false,
    }
}

/// The path that a value is: text in MoaT's notation, an array, either with YAML's tag `!P`, which
/// serde shows as a mapping of one key.
fn command_path(value: &Value) -> Option<Path> {
    match value {
        Value::Text(text) => text.parse().ok(),
        Value::Map(entries) => match &entries[..] {
            [(tag, inner)] if matches!(tag.as_str(), Some("P" | "!P")) => command_path(inner),
            _ => None,
        },
        Value::Array(_) | Value::Tag(..) => Path::try_from(value.clone()).ok(),
        _ => None,
    }
}

/// Checks a value in which there is no application, and returns it completed.
pub(super) fn value(
    value: &Value,
    shape: &Shape,
    path: Path,
    problems: &mut Vec<Problem>,
) -> Option<Value> {
    let registry = Registry::new();
    let mut check = Check::new(&registry);
    let value = check.value(value, shape, (path, Path::root()), &mut Vec::new());
    problems.append(&mut check.problems);
    value
}

/// Checks other values for a section in which there is no application, and returns them completed. What
/// they say about its start has no meaning any more.
pub(super) fn other_values(section: &ConfigSection, new: &Value) -> Result<Value, Vec<Problem>> {
    let mut own = new.clone();
    if let Value::Map(entries) = &mut own {
        entries.retain(|(key, value)| match key.as_str() {
            Some("app") => value.as_str() != Some(section.app_name()),
            Some("running" | "wait") => false,
            _ => true,
        });
    }
    let mut problems = Vec::new();
    let keys = Shape::Mapping(section.app.keys());
    let checked = value(&own, &keys, section.path.clone(), &mut problems);
    let Some(values) = checked.filter(|_| problems.is_empty()) else {
        return Err(problems);
    };
    let new = ConfigSection {
        values,
        ..section.clone()
    };
    match new.app.check(&new) {
        problems if problems.is_empty() => Ok(new.values),
        problems => Err(problems),
    }
}
