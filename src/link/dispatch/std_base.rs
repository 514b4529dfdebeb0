//! [`StdBase`]: a table of commands and subsystems.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::branch::Branch;
use super::call::Call;
use super::commands::{self, Handler};
use super::context::Context;
use super::doc::Doc;
use super::life::{Life, Stage};
use super::subsystem::Subsystem;
use crate::link::object::{RemoteError, Value};
use crate::link::request::Channel;
use crate::link::session::CallFailure;

/// Commands and subsystems by name: what a call's path is looked up in, element by element. (MoaT:
/// `MsgHandler` with `cmd_…`, `stream_…` and `sub_…`.)
///
/// Commands are functions of anything that serde can read, and answer with anything that it can write.
/// Arguments that do not fit, unknown commands and panics are errors for the caller. A name that is
/// registered again is replaced. Names are text without `.`; those that end with `_` are not listed.
///
/// These are there as well, in every `StdBase`:
///
/// | command | answers |
/// |---|---|
/// | `dir_` | the names: commands `c`, streams `s`, subsystems with their kind `d`; with `v=false` those that are not listed |
/// | `NAME.doc_`, `doc_` | the [documentation](StdBase::doc) |
/// | `NAME.rdy_`, `rdy_` | waits until the subsystem has started: `false`, or null if it had to wait; `true` if it has stopped |
/// | `NAME.stp_`, `NAME.stq_` | stops the subsystem; waits until it has stopped. Needs [administration](crate::link::driver::ConnectionOptions::administration), as do the next ones |
/// | `NAME.upd_`, `upd_` | hands the subsystem a [new configuration](Subsystem::reload) |
/// | `NAME.cfg_`, `cfg_` | its [configuration](Subsystem::configuration) |
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
/// use iolite::link::dispatch::StdBase;
/// use iolite::link::object::RemoteError;
///
/// let base = StdBase::new("calculator")
///     .command("add", |(a, b): (i64, i64)| a + b)
///     .try_command("divide", |(a, b): (i64, i64)| {
///         a.checked_div(b).ok_or_else(|| RemoteError::new("ZeroDivisionError"))
///     })
///     // Keywords, and an answer of keywords.
///     .command("upper", |texts: BTreeMap<String, String>| {
///         let upper = texts.into_iter().map(|(name, text)| (name, text.to_uppercase()));
///         upper.collect::<BTreeMap<_, _>>()
///     })
///     // `constants.pi`
///     .sub("constants", StdBase::new("constants").command("pi", |()| std::f64::consts::PI));
/// # let _ = base;
/// ```
#[doc(alias = "BaseCmd")]
#[doc(alias = "MsgHandler")]
#[derive(Default)]
pub struct StdBase {
    kind: String,
    entries: BTreeMap<String, Command>,
    /// In the order in which they are started.
    branches: Vec<Branch>,
}

/// What there is under a name: any of these, together.
#[derive(Default)]
struct Command {
    plain: Option<Handler>,
    stream: Option<Handler>,
    /// Its index.
    branch: Option<usize>,
    doc: Option<Doc>,
}

/// Which of several things under a name are listed together.
type Listed = fn(&Command) -> bool;

impl StdBase {
    /// An empty table, and what it is in a word.
    pub fn new(kind: impl Into<String>) -> StdBase {
        StdBase {
            kind: kind.into(),
            ..StdBase::default()
        }
    }

    /// A command: a function of its arguments. The name `""` is the table itself, called without a
    /// further element of the path.
    pub fn command<A, R, F>(mut self, name: &str, function: F) -> StdBase
    where
        A: DeserializeOwned,
        R: Serialize,
        F: Fn(A) -> R + Send + Sync + 'static,
    {
        self.entry(name).plain = Some(commands::plain(function));
        self
    }

    /// A command that may fail. The error is one of MoaT's by its name (`ValueError`), or any other.
    pub fn try_command<A, R, E, F>(self, name: &str, function: F) -> StdBase
    where
        A: DeserializeOwned,
        R: Serialize,
        E: Into<CallFailure>,
        F: Fn(A) -> Result<R, E> + Send + Sync + 'static,
    {
        self.command_with(name, move |_: &Context, arguments| function(arguments))
    }

    /// A command that wants to know who calls it, or calls back.
    pub fn command_with<A, R, E, F>(mut self, name: &str, function: F) -> StdBase
    where
        A: DeserializeOwned,
        R: Serialize,
        E: Into<CallFailure>,
        F: Fn(&Context, A) -> Result<R, E> + Send + Sync + 'static,
    {
        self.entry(name).plain = Some(commands::fallible(function));
        self
    }

    /// A command with streams of items. It may have the name of a plain command.
    pub fn stream<A, R, E, F>(mut self, name: &str, function: F) -> StdBase
    where
        A: DeserializeOwned,
        R: Serialize,
        E: Into<CallFailure>,
        F: Fn(&mut Channel, A) -> Result<R, E> + Send + Sync + 'static,
    {
        self.entry(name).stream = Some(commands::stream(function));
        self
    }

    /// A function of the call itself, in both forms: [`Call::is_stream`] tells.
    pub fn handler(
        mut self,
        name: &str,
        function: impl Fn(Call) + Send + Sync + 'static,
    ) -> StdBase {
        let function = Arc::new(function);
        let plain = Arc::clone(&function);
        let entry = self.entry(name);
        entry.plain = Some(Box::new(move |call| plain(call)));
        entry.stream = Some(Box::new(move |call| function(call)));
        self
    }

    /// A subsystem: it serves what is below its name.
    pub fn sub(mut self, name: &str, subsystem: impl Subsystem + 'static) -> StdBase {
        let branch = self.branches.len();
        self.branches.push(Branch::new(name, subsystem));
        self.entry(name).branch = Some(branch);
        self
    }

    /// What a command says about itself.
    pub fn doc(mut self, name: &str, doc: Doc) -> StdBase {
        self.entry(name).doc = Some(doc);
        self
    }

    fn entry(&mut self, name: &str) -> &mut Command {
        self.entries.entry(name.to_owned()).or_default()
    }

    fn branch(&self, entry: &Command) -> Option<&Branch> {
        self.branches.get(entry.branch?)
    }

    /// A call of one of the commands, or of the table itself.
    fn serve_entry(&self, name: &str, call: Call) {
        match self.entries.get(name) {
            Some(entry) => match (call.is_stream(), &entry.plain, &entry.stream) {
                (false, Some(handler), _) | (true, _, Some(handler)) => handler(call),
                (false, None, Some(_)) => call.fail_must_stream(),
                _ => match self.branch(entry) {
                    Some(branch) => branch.serve(call.descend(1)),
                    None => self.fail_unknown(call),
                },
            },
            None => self.serve_built_in(name, call),
        }
    }

    fn serve_below(&self, name: &str, call: Call) {
        let entry = self.entries.get(name);
        let doc = entry.and_then(|entry| entry.doc.as_ref());
        match (doc, entry.and_then(|entry| self.branch(entry))) {
            (Some(doc), _) if is_word(call.path().get(1..), "doc_") => answer(doc.value(), call),
            (_, Some(branch)) => branch.serve(call.descend(1)),
            _ => self.fail_unknown(call),
        }
    }

    fn serve_built_in(&self, name: &str, call: Call) {
        match name {
            _ if call.is_stream() => self.fail_unknown(call),
            "dir_" => {
                let visible = call.payload().keyword("v");
                let visible = visible.is_none_or(|it| it.value() != Value::Bool(false));
                call.reply(&self.names(visible));
            }
            "doc_" => match self.entries.get("").and_then(|entry| entry.doc.as_ref()) {
                Some(doc) => answer(doc.value(), call),
                None => self.fail_unknown(call),
            },
            // Whoever can be asked here has started.
            "rdy_" => call.reply(&false),
            "upd_" if call.is_trusted() => super::branch::reload(self, call),
            "cfg_" if call.is_trusted() => match self.configuration() {
                Some(configuration) => answer(configuration, call),
                None => self.fail_unknown(call),
            },
            _ => self.fail_unknown(call),
        }
    }

    fn fail_unknown(&self, call: Call) {
        let names = self.branches.iter().map(|it| Value::from(it.name()));
        call.fail_unknown(&self.kind, names.collect());
    }

    /// What `dir_` answers.
    fn names(&self, is_visible: bool) -> Value {
        let mut answer = Vec::new();
        let mut add = |key: &str, value: Value| answer.push((Value::from(key), value));
        let lists: [(&str, &str, Listed); 2] = [
            ("c", "C", |entry| entry.plain.is_some()),
            ("s", "S", |entry| entry.stream.is_some()),
        ];
        for (key, itself, is_listed) in lists {
            let listed = self.entries.iter().filter(|(_, entry)| is_listed(entry));
            let (mut own, mut names) = (false, Vec::new());
            for (name, _) in listed {
                match &**name {
                    "" => own = true,
                    name if name.ends_with('_') != is_visible => names.push(Value::from(name)),
                    _ => {}
                }
            }
            if key == "c" && !is_visible {
                names.extend(["dir_", "rdy_"].map(Value::from));
            }
            if !names.is_empty() {
                add(key, Value::Array(names));
            }
            if own && is_visible {
                add(itself, Value::Bool(true));
            }
        }
        let branches = self.branches.iter();
        let branches: Vec<_> = branches
            .filter(|branch| branch.name().ends_with('_') != is_visible)
            .map(|branch| (Value::from(branch.name()), Value::from(branch.kind())))
            .collect();
        if !branches.is_empty() {
            add("d", Value::Map(branches));
        }
        Value::Map(answer)
    }

    /// Waits until everything below has started, or failed to, unless it shall stop before.
    fn wait_started(&self, life: &Life) {
        for branch in &self.branches {
            while branch.life().wait_started(Duration::from_millis(50)) == Stage::Starting
                && !life.is_stopping()
            {}
        }
    }
}

/// Answers with a mapping as *one* value, as MoaT documents itself; that of `dir_` is keywords.
fn answer(value: Value, call: Call) {
    call.reply(&(value,));
}

fn is_word(path: Option<&[Value]>, word: &str) -> bool {
    matches!(path, Some([Value::Text(element)]) if **element == *word)
}

impl Subsystem for StdBase {
    fn kind(&self) -> &str {
        &self.kind
    }

    fn serve(&self, call: Call) {
        match call.path() {
            [] => self.serve_entry("", call),
            [Value::Text(name)] => {
                let name = name.clone();
                self.serve_entry(&name, call);
            }
            [Value::Text(name), ..] => {
                let name = name.clone();
                self.serve_below(&name, call);
            }
            _ => self.fail_unknown(call),
        }
    }

    /// Starts the subsystems in their order, is ready when all are, and stops them in the reverse
    /// order.
    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        if self.branches.is_empty() {
            life.ready();
            return Ok(());
        }
        thread::scope(|scope| {
            let mut running = Vec::with_capacity(self.branches.len());
            for branch in &self.branches {
                running.push((branch, branch.start(scope)));
            }
            self.wait_started(life);
            life.ready();
            life.wait_for_stop();
            for (branch, thread) in running.into_iter().rev() {
                branch.stop(thread);
            }
        });
        Ok(())
    }

    /// Each subsystem gets what stands under its name.
    fn reload(&self, configuration: &Value) -> Result<(), RemoteError> {
        for branch in &self.branches {
            if let Some(configuration) = configuration.get(branch.name()) {
                branch.reload(configuration)?;
            }
        }
        Ok(())
    }

    fn configuration(&self) -> Option<Value> {
        let branches = self.branches.iter();
        let known = branches.filter_map(|branch| Some((branch.name(), branch.configuration()?)));
        Some(known.collect())
    }
}

impl fmt::Debug for StdBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StdBase")
            .field("kind", &self.kind)
            .field("entries", &self.entries.keys())
            .finish_non_exhaustive()
    }
}
