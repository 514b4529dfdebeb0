//! `pipe.ProcessCmd`: leads to a program that it starts.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::far::{self, Far, connection_keys, lost};
use crate::link::config::{App, Build, ConfigSection, Keys, Problem, Shape};
use crate::link::dispatch::{Call, Life, Subsystem};
use crate::link::layer::process;
use crate::link::object::{RemoteError, Value};

pub(super) struct Process;

impl App for Process {
    fn keys(&self) -> Keys {
        let command = Shape::List(Box::new(Shape::Text));
        connection_keys()
            .required("command", command, "the program and its arguments")
            .optional(
                "path",
                Shape::Text,
                "the program's file, if it is not its first argument",
            )
            .with_default("grace", Shape::Amount, 5, "seconds that it has to end")
    }

    fn check(&self, section: &ConfigSection) -> Vec<Problem> {
        let mut problems = far::problems(section);
        if arguments(section).is_empty() {
            problems.push(section.problem(Some("command"), "it names no program"));
        }
        problems
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        Ok(Arc::new(Child {
            far: Far::new(section, build),
            path: section.text("path").map(str::to_owned),
            command: arguments(section),
            grace: section.seconds("grace").unwrap_or_default(),
        }))
    }
}

fn arguments(section: &ConfigSection) -> Vec<String> {
    let Some(Value::Array(command)) = section.get("command") else {
        return Vec::new();
    };
    let texts = command.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

struct Child {
    far: Far,
    path: Option<String>,
    command: Vec<String>,
    grace: Duration,
}

impl Subsystem for Child {
    fn kind(&self) -> &str {
        self.far.name()
    }

    fn serve(&self, call: Call) {
        self.far.serve(call);
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        self.far.end_with(life);
        let (name, arguments) = self.command.split_first().unwrap_or((&EMPTY, &[]));
        let mut command = Command::new(self.path.as_ref().unwrap_or(name));
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, name);
        let link = process(command.args(arguments), self.grace).map_err(lost)?;
        self.far.live_on(link, life)
    }
}

static EMPTY: String = String::new();
