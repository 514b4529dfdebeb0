//! `remote.Fwd`: a short name for another path.

use std::sync::Arc;

use crate::link::config::{App, Build, ConfigSection, Keys, Problem, Shape};
use crate::link::dispatch::Subsystem;

pub(super) struct Fwd;

impl App for Fwd {
    fn keys(&self) -> Keys {
        Keys::new().required("path", Shape::Path, "what it stands for, from the root")
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        let path = section.command_path("path").unwrap_or_default();
        Ok(Arc::new(build.root().below(&path)))
    }
}
