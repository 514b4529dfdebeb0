//! [`Moat`]: the Python program at the other end.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The folder into which `setup.sh` installs: beside the builds, wherever they are.
fn environment() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    );
    target.join("moat")
}

/// A Python that has MoaT.
pub(crate) struct Moat {
    python: PathBuf,
}

impl Moat {
    /// Looks for it; a plain line says so if it is not there.
    pub(crate) fn installed() -> Option<Moat> {
        let mut found: Vec<PathBuf> = env::var_os("IOLITE_PYTHON")
            .map(PathBuf::from)
            .into_iter()
            .collect();
        found.push(environment().join("bin/python"));
        found.extend(["python3.13", "python3.12", "python3"].map(PathBuf::from));
        let has_moat = |python: &PathBuf| {
            let check = Command::new(python)
                .args(["-c", "import moat.lib.rpc"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            check.is_ok_and(|status| status.success())
        };
        let python = found.into_iter().find(has_moat);
        if python.is_none() {
            eprintln!("SKIPPED: no Python has MoaT; tests/link/setup.sh installs it");
        }
        Some(Moat { python: python? })
    }

    /// The Python that has it.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    fn command(&self, role: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/link/peer/peer.py");
        command.arg(peer).arg(role).args(arguments);
        command
    }

    /// Runs a role to its end; what it has printed.
    pub(super) fn run(&self, role: &str, arguments: &[&str]) -> String {
        let output = self.command(role, arguments).output().unwrap();
        let (out, err) = (output.stdout, output.stderr);
        String::from_utf8_lossy(&[out, err].concat()).into_owned()
    }

    /// Starts its server.
    pub(super) fn serve(&self, address: &str) -> MoatServer {
        let mut command = self.command("serve", &[address]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("LISTENING ").unwrap().to_owned();
        MoatServer { child, address }
    }
}

/// A server that ends with this.
pub(super) struct MoatServer {
    child: Child,
    pub(super) address: String,
}

impl Drop for MoatServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
