//! `stdio.StdIO`: leads to the program that has started this one.

use std::sync::Arc;

use super::far::{Far, connection_keys, ended, lost, problems};
use crate::link::config::{App, Build, ConfigSection, Keys, Problem, Stopper};
use crate::link::dispatch::{Call, Life, Subsystem};
use crate::link::layer::stdio;
use crate::link::object::RemoteError;
use crate::link::session::Ending;

pub(super) struct StdIo;

impl App for StdIo {
    fn keys(&self) -> Keys {
        connection_keys()
    }

    fn check(&self, section: &ConfigSection) -> Vec<Problem> {
        problems(section)
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        Ok(Arc::new(Parent {
            far: Far::new(section, build),
            stopper: build.stopper().clone(),
        }))
    }
}

struct Parent {
    far: Far,
    stopper: Stopper,
}

impl Subsystem for Parent {
    fn kind(&self) -> &str {
        self.far.name()
    }

    fn serve(&self, call: Call) {
        self.far.serve(call);
    }

    fn run(&self, life: &Life) -> Result<(), RemoteError> {
        self.far.end_with(life);
        let link = stdio().map_err(lost)?;
        let lived = self.far.live(link, life);
        // Who has started this program wants no more of it.
        self.stopper.stop();
        match lived? {
            Ending::Closed | Ending::PeerClosed => Ok(()),
            ending => Err(ended(&ending)),
        }
    }
}
