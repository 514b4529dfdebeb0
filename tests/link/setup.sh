#!/usr/bin/env bash
# Installs the real MoaT for tests/link/interop.rs, once, into target/moat: a virtual environment with
# the versions that are pinned in tests/link/peer/requirements.txt.
#
#     tests/link/setup.sh
#
# It takes the first Python of 3.12 or later among $IOLITE_PYTHON, python3.13, python3.12, python3 and
# those of pyenv. Without one, or without the packages, it says so and fails; the tests then print
# that they are skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=${CARGO_TARGET_DIR:-target}/moat
wanted=tests/link/peer/requirements.txt

if cmp -s "$wanted" "$environment/installed"; then
    exit 0
fi

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null
}

find_python() {
    local python
    for python in ${IOLITE_PYTHON:+"$IOLITE_PYTHON"} python3.13 python3.12 python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
        if is_new_enough "$python"; then
            printf '%s\n' "$python"
            return
        fi
    done
    echo "skipped: MoaT is not installed: no Python of 3.12 or later" >&2
    return 1
}

python=$(find_python)
rm -rf "$environment"
"$python" -m venv "$environment"
if ! "$environment/bin/python" -m pip install --quiet --no-deps -r "$wanted"; then
    echo "skipped: MoaT is not installed: pip could not get its packages" >&2
    exit 1
fi
cp "$wanted" "$environment/installed"
