//! The applications of this crate, one file each.

mod array;
mod cfg;
mod dir;
mod err;
#[cfg(any(unix, windows))]
mod far;
mod fwd;
#[cfg(all(feature = "socket", any(unix, windows)))]
mod net;
mod ping;
#[cfg(any(unix, windows))]
mod process;
#[cfg(any(unix, windows))]
mod stdio;

use super::registry::Registry;

/// All of them, under their names.
pub(super) fn add_all(registry: Registry) -> Registry {
    let registry = registry
        .app("dir", dir::Dir)
        .app("sub.Dir", dir::Dir)
        .app("sub.Array", array::Array)
        .app("sub.Err", err::Restart)
        .app("remote.Fwd", fwd::Fwd)
        .app("ping.Cmd", ping::Ping)
        .administration_app("cfg.Cmd", cfg::Cfg);
    add_network(add_pipes(registry))
}

#[cfg(any(unix, windows))]
fn add_pipes(registry: Registry) -> Registry {
    registry
        .app("pipe.ProcessCmd", process::Process)
        .app("stdio.StdIO", stdio::StdIo)
}

#[cfg(not(any(unix, windows)))]
fn add_pipes(registry: Registry) -> Registry {
    registry
}

#[cfg(all(feature = "socket", any(unix, windows)))]
fn add_network(registry: Registry) -> Registry {
    net::add_all(registry)
}

#[cfg(not(all(feature = "socket", any(unix, windows))))]
fn add_network(registry: Registry) -> Registry {
    registry
}
