//! [`cpython`]: what CPython was seen to do, and whether it still does.

use std::process::Command;

const RECORDED: &str = "3.13.0";

/// What every program may use.
const PRELUDE: &str = "
import io, os, platform, socket
print(platform.python_version())
def answer(call):
    try: return call()
    except Exception as error: return type(error).__name__
";

/// The record: this program prints this.
pub(crate) fn cpython(program: &str, prints: &str) {
    let name = std::env::var("ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(&name)
        .args(["-I", "-W", "ignore", "-c", &format!("{PRELUDE}{program}")])
        .current_dir(folder.path())
        .output();
    let printed = run.map(|run| String::from_utf8_lossy(&run.stdout).replace("\r\n", "\n"));
    let Some((version, now)) = printed.ok().and_then(|printed| {
        let (version, rest) = printed.split_once('\n')?;
        Some((version.to_owned(), rest.trim_end().to_owned()))
    }) else {
        return eprintln!("SKIPPED: no {name} that could be asked what CPython does");
    };
    let recorded: Vec<&str> = prints.trim().lines().map(str::trim_start).collect();
    let recorded = recorded.join("\n");
    if version == RECORDED {
        assert_eq!(now, recorded, "CPython {version}");
    } else if now != recorded {
        eprintln!("CPython {version} answers\n{now}\nwhere {RECORDED} answered\n{recorded}");
    }
}
