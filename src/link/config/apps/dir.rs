//! `dir`: the applications in it, by their keys.

use std::sync::Arc;

use crate::link::config::{App, Build, ConfigSection, Keys, Problem, Shape};
use crate::link::dispatch::{StdBase, Subsystem};

pub(super) struct Dir;

impl App for Dir {
    fn keys(&self) -> Keys {
        Keys::new().others(Shape::App)
    }

    fn build(&self, section: &ConfigSection, build: &Build) -> Result<Arc<dyn Subsystem>, Problem> {
        let mut base = StdBase::new(section.app_name());
        for (key, app) in section.apps() {
            let name = key.elements().first().and_then(|name| name.as_str());
            base = base.sub(name.unwrap_or_default(), build.app(app)?);
        }
        Ok(Arc::new(base))
    }
}
