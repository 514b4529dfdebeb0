//! `cfg.Cmd`: shows the configuration of the system.
//!
//! MoaT's has two commands more, `c` to write a place of the configuration and `x` to make it take effect.
//! They are left out: between the two the configuration is one that nobody has checked, and what most
//! places say (which applications there are, on which address they listen) is looked at once, when the
//! system is built of it. What can change while it runs is changed where it is, by `upd_` of the
//! application, which checks the new configuration as a whole and takes it or leaves it.

use std::sync::Arc;

use crate::link::config::{App, Build, ConfigSection, Keys, Problem, Root};
use crate::link::dispatch::{Call, Doc, StdBase, Subsystem};
use crate::link::object::{Path, Payload, RemoteError, Value};

pub(super) struct Cfg;

impl App for Cfg {
    fn keys(&self) -> Keys {
        Keys::new()
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        let root = build.root().clone();
        let doc = Doc::new("read a part of the configuration")
            .keyword("p", "path:which part; the root by default")
            .result("dict|list|any:what is plain there; with those in it, the keys of the rest");
        let base = StdBase::new(section.app_name());
        let read = move |call: Call| match read(&root, call.payload()) {
            Ok(part) => call.reply_payload(part),
            Err(error) => call.fail(error),
        };
        Ok(Arc::new(base.handler("r", read).doc("r", doc)))
    }
}

fn read(root: &Root, arguments: &Payload) -> Result<Payload, RemoteError> {
    let path = arguments.keyword("p").or_else(|| arguments.get(0));
    let path = path.map(|path| Path::try_from(path.value())).transpose();
    let path = path.map_err(invalid)?.unwrap_or_default();
    let mut place = root.configuration().unwrap_or(Value::Null);
    for element in path.elements() {
        place = below(place, element)
            .ok_or_else(|| RemoteError::new("KeyError").with_argument(element.clone()))?;
    }
    part(place).map_err(invalid)
}

fn invalid(error: impl std::fmt::Display) -> RemoteError {
    RemoteError::new("ValueError").with_argument(error.to_string())
}

fn below(place: Value, element: &Value) -> Option<Value> {
    match place {
        Value::Map(entries) => {
            let mut entries = entries.into_iter();
            entries.find_map(|(key, value)| (key == *element).then_some(value))
        }
        Value::Array(elements) => {
            let index = usize::try_from(element.as_int()?).ok()?;
            elements.into_iter().nth(index)
        }
        _ => None,
    }
}

/// A part of the configuration, as MoaT answers it: mappings and lists that stand in a mapping or a list
/// are left out, and their keys follow; one asks for them one by one.
fn part(place: Value) -> Result<Payload, impl std::fmt::Display> {
    let is_plain = |value: &Value| !matches!(value, Value::Map(_) | Value::Array(_));
    match place {
        Value::Map(entries) => {
            let (plain, rest): (Vec<_>, Vec<_>) =
                entries.into_iter().partition(|(_, value)| is_plain(value));
            let rest: Vec<_> = rest.into_iter().map(|(key, _)| key).collect();
            if rest.is_empty() {
                Payload::of(&(Value::Map(plain),))
            } else {
                Payload::of(&(Value::Map(plain), rest))
            }
        }
        Value::Array(elements) => {
            let rest = (0u64..)
                .zip(&elements)
                .filter(|(_, value)| !is_plain(value));
            let rest: Vec<_> = rest.map(|(index, _)| index).collect();
            let plain = elements.into_iter();
            let plain = plain.map(|value| if is_plain(&value) { value } else { Value::Null });
            Payload::of(&(plain.collect::<Vec<_>>(), rest))
        }
        value => Payload::of(&(value,)),
    }
}
