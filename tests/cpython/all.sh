#!/usr/bin/env bash
# Builds the binding, and runs CPython's own suite and Python's own modules on it, in a venv of its
# own that is thrown away.
#
#     tests/cpython/all.sh [PYTHON]
#
# PYTHON is python3 unless it is named. Where it is missing, or not 3.11 to 3.13, or has no `test`
# package or no `venv`, that is said and is no failure, unless it was named.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
python="${1:-python3}"

needs='import sys, venv, ensurepip, test.test_io; assert (3, 11) <= sys.version_info < (3, 14)'
if ! (cd / && "$python" -c "$needs") 2>/dev/null; then
    echo "SKIPPED: CPython's suite; $python is not CPython 3.11, 3.12 or 3.13 with venv and test" >&2
    exit "$(($# > 0))"
fi

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$here/install.sh" "$folder/venv/bin/python"
# The suite leaves its files in the folder it runs in.
cd "$folder"
"$folder/venv/bin/python" "$here/run.py"
"$folder/venv/bin/python" "$here/real_programs.py"
