//! [`Branch`]: a subsystem at its place in a [`StdBase`](super::StdBase), and its life.

use std::io;
use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use super::call::Call;
use super::life::{Life, Stage};
use super::subsystem::Subsystem;
use crate::link::object::{RemoteError, Value};

/// How long `rdy_` and `stq_` wait before they look whether the caller still does.
const PATIENCE: Duration = Duration::from_millis(50);

/// A subsystem and its life.
pub(super) struct Branch {
    name: String,
    subsystem: Arc<dyn Subsystem>,
    life: Life,
}

impl Branch {
    pub(super) fn new(name: &str, subsystem: impl Subsystem + 'static) -> Branch {
        Branch {
            name: name.to_owned(),
            subsystem: Arc::new(subsystem),
            life: Life::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn kind(&self) -> &str {
        self.subsystem.kind()
    }

    pub(super) fn life(&self) -> &Life {
        &self.life
    }

    /// Serves a call below it. What is about its life is answered here, whatever it is.
    pub(super) fn serve(&self, call: Call) {
        let command = match call.path() {
            [Value::Text(command)] if !call.is_stream() => command.clone(),
            _ => return self.pass_on(call),
        };
        match &*command {
            "rdy_" => self.answer_ready(call),
            "stp_" if call.is_trusted() => {
                self.life.stop();
                call.reply(&());
            }
            "stq_" if call.is_trusted() => {
                while !self.life.wait_stopped(PATIENCE) && !call.is_cancelled() {}
                call.reply(&());
            }
            "upd_" if call.is_trusted() => reload(&*self.subsystem, call),
            "cfg_" if call.is_trusted() => match self.subsystem.configuration() {
                Some(configuration) => call.reply(&configuration),
                None => call.fail_unknown(self.kind(), Vec::new()),
            },
            _ => self.pass_on(call),
        }
    }

    fn pass_on(&self, call: Call) {
        match self.life.stage() {
            Stage::Stopped(error) => {
                let mut stopped = RemoteError::new("StoppedError").with_argument(&*self.name);
                if let Some(error) = error {
                    stopped = stopped.with_argument(error.to_string());
                }
                call.fail(stopped);
            }
            _ => self.subsystem.serve(call),
        }
    }

    /// `false`: it is ready; null: it is, after some time; `true`: it has stopped.
    fn answer_ready(&self, call: Call) {
        let mut had_to_wait = false;
        loop {
            match self.life.wait_started(Duration::ZERO) {
                Stage::Stopped(_) => return call.reply(&true),
                Stage::Starting if !call.wait_cancelled(PATIENCE) => had_to_wait = true,
                _ if had_to_wait => return call.reply(&Value::Null),
                _ => return call.reply(&false),
            }
        }
    }

    pub(super) fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
    ) -> io::Result<ScopedJoinHandle<'scope, ()>> {
        self.life.begin();
        let thread = thread::Builder::new().name(format!("link-{}", self.name));
        let thread = thread.spawn_scoped(scope, || self.life.live(&self.subsystem));
        if thread.is_err() {
            self.life.end();
        }
        thread
    }

    pub(super) fn stop(&self, thread: io::Result<ScopedJoinHandle<'_, ()>>) {
        self.life.stop();
        if let Ok(thread) = thread {
            // A panic of the subsystem was caught.
            let _ = thread.join();
        }
        self.life.end();
    }

    pub(super) fn reload(&self, configuration: &Value) -> Result<(), RemoteError> {
        self.subsystem.reload(configuration)
    }

    pub(super) fn configuration(&self) -> Option<Value> {
        self.subsystem.configuration()
    }
}

/// Serves `upd_`.
pub(super) fn reload(subsystem: &dyn Subsystem, call: Call) {
    let configuration = call.arguments::<Value>();
    match configuration.and_then(|configuration| subsystem.reload(&configuration)) {
        Ok(()) => call.reply(&()),
        Err(error) => call.fail(error),
    }
}
