//! `sub.Err`: an application that is started again when it fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::link::config::{App, Build, ConfigSection, Keys, Problem, Shape};
use crate::link::dispatch::{Call, Life, Stage, Subsystem};
use crate::link::object::{RemoteError, Value};

pub(super) struct Restart;

impl App for Restart {
    fn keys(&self) -> Keys {
        Keys::new()
            .required("cfg", Shape::App, "what is started")
            .with_default(
                "retry",
                Shape::Integer(-1..=i64::MAX),
                0,
                "how often it is started again in a row; -1: without end",
            )
            .with_default(
                "timeout",
                Shape::Integer(0..=MOST),
                100,
                "milliseconds before it is started again",
            )
            .with_default(
                "always",
                Shape::Bool,
                false,
                "whether it is started again also after a good end",
            )
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        let nothing = || section.problem(Some("cfg"), NOTHING);
        let (_, app) = section.apps().next().ok_or_else(nothing)?;
        Ok(Arc::new(Restarted {
            kind: section.app_name().to_owned(),
            inner: build.app(app)?,
            retries: section.integer("retry").unwrap_or_default(),
            pause: section.millis("timeout").unwrap_or_default(),
            always: section.is_true("always"),
        }))
    }

    fn check(&self, section: &ConfigSection) -> Vec<Problem> {
        match section.apps().next() {
            Some(_) => Vec::new(),
            None => vec![section.problem(Some("cfg"), NOTHING)],
        }
    }
}

const NOTHING: &str = "it is not running, so there is nothing to start";

/// How many pauses something has to run, to have worked.
const LASTING: u32 = 10;

/// A day, in milliseconds.
const MOST: i64 = 86_400_000;

struct Restarted {
    kind: String,
    inner: Arc<dyn Subsystem>,
    retries: i64,
    pause: Duration,
    always: bool,
}

impl Subsystem for Restarted {
    fn kind(&self) -> &str {
        &self.kind
    }

    fn serve(&self, call: Call) {
        self.inner.serve(call);
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        let mut restarts = 0;
        loop {
            life.begin_again();
            let start = Instant::now();
            let ended = self.inner.run(life);
            if life.is_stopping() || (ended.is_ok() && !self.always) {
                return ended;
            }
            // What had worked for some time begins a new row. (MoaT counts all of them.)
            if life.stage() == Stage::Ready && start.elapsed() > self.pause.saturating_mul(LASTING)
            {
                restarts = 0;
            }
            if restarts == self.retries || life.wait_stopping(self.pause) {
                return ended;
            }
            restarts += 1;
        }
    }

    fn configuration(&self) -> Option<Value> {
        self.inner.configuration()
    }
}
