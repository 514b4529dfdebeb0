//! A configuration file of links, in the format that its name ends with.

use std::error::Error;
use std::fs;
use std::path::Path;

use iolite::link::config::Config;

/// Reads YAML, TOML or JSON.
pub(crate) fn read(path: &Path) -> Result<Config, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => Ok(toml::from_str(&text)?),
        Some("json") => Ok(serde_json::from_str(&text)?),
        _ => Ok(yaml_serde::from_str(&text)?),
    }
}
