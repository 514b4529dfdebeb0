//! `ping.Cmd`: answers with the arguments, to see whether anybody is there.

use std::sync::Arc;

use crate::link::config::{App, Build, ConfigSection, Keys, Problem};
use crate::link::dispatch::{Call, Doc, StdBase, Subsystem};
use crate::link::request::Received;
use crate::link::session::CallError;

pub(super) struct Ping;

impl App for Ping {
    fn keys(&self) -> Keys {
        Keys::new()
    }

    fn build(&self, section: &ConfigSection, _: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        let doc = Doc::new("echo")
            .items_in("Any:data")
            .items_out("Any:data (echoed)");
        let base = StdBase::new(section.app_name());
        Ok(Arc::new(base.handler("", echo).doc("", doc)))
    }
}

/// Answers a call with its arguments; a stream first with them, and then with each item.
fn echo(call: Call) {
    let arguments = call.payload().clone();
    if !call.is_stream() {
        return call.reply_payload(arguments);
    }
    let mut channel = call.into_channel();
    let mut echo_all = || -> Result<(), CallError> {
        channel.accept_payload(arguments.clone())?;
        while let Some(received) = channel.next()? {
            match received {
                Received::Item(item) => channel.send_payload(item)?,
                Received::Warning(warning) => channel.warn_payload(warning)?,
            }
        }
        Ok(())
    };
    match echo_all() {
        Ok(()) => channel.reply_payload(arguments),
        Err(error) => channel.fail(error),
    }
}
