//! `sub.Array`: an application several times, by its number.

use std::sync::Arc;

use crate::link::config::{App, Build, ConfigSection, Keys, Problem, Shape};
use crate::link::dispatch::{Call, Life, StdBase, Subsystem};
use crate::link::object::{RemoteError, Value};

pub(super) struct Array;

impl App for Array {
    fn keys(&self) -> Keys {
        Keys::new()
            .required("n", Shape::Integer(0..=MOST), "how many")
            .required("cfg", Shape::App, "each of them")
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        let mut base = StdBase::new(section.app_name());
        let mut elements = Vec::new();
        for (_, app) in section.apps() {
            for number in 0..section.integer("n").unwrap_or_default() {
                let element = build.app(app)?;
                base = base.sub(&number.to_string(), Arc::clone(&element));
                elements.push(element);
            }
        }
        Ok(Arc::new(ArrayElements { base, elements }))
    }
}

/// Each may have a thread.
const MOST: i64 = 1000;

struct ArrayElements {
    /// The elements by the text of their numbers: for their lives, and what every table answers.
    base: StdBase,
    elements: Vec<Arc<dyn Subsystem>>,
}

impl Subsystem for ArrayElements {
    fn kind(&self) -> &str {
        self.base.kind()
    }

    fn serve(&self, call: Call) {
        let Some(Value::Int(number)) = call.path().first() else {
            return self.base.serve(call);
        };
        let element = usize::try_from(*number).ok();
        match element.and_then(|number| self.elements.get(number)) {
            Some(element) => element.serve(call.descend(1)),
            None => {
                let whole = call.whole_path().elements().to_vec();
                let (reached, rest) = whole.split_at(whole.len() - call.path().len());
                let error = RemoteError::new("NoPathError")
                    .with_argument(reached.to_vec())
                    .with_argument(rest.to_vec());
                call.fail(error);
            }
        }
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        self.base.run(life)
    }

    fn configuration(&self) -> Option<Value> {
        self.base.configuration()
    }
}
