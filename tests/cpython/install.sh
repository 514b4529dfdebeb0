#!/usr/bin/env bash
# Builds the crate as a Python module, optimised, and puts it into the site-packages of PYTHON
# (3.11 or later; best that of a venv) as `iolite_io`.
#
#     tests/cpython/install.sh PYTHON
set -euo pipefail
python="${1:?usage: install.sh PYTHON}"
here="$(cd "$(dirname "$0")" && pwd)"
target="${CARGO_TARGET_DIR:-$here/target}"

PYO3_PYTHON="$python" cargo build --release --manifest-path "$here/Cargo.toml" --target-dir "$target"
site="$("$python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')"
rm -rf "$site/iolite_io"
cp -r "$here/python/iolite_io" "$site/iolite_io"
# A new file, not new bytes in the old one: that may be mapped by a program that runs.
cp "$target/release/lib_iolite.so" "$site/iolite_io/_iolite.abi3.so"
"$python" -c 'import iolite_io; print("installed", iolite_io.__file__)'
