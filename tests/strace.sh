#!/usr/bin/env bash
# What reaches the system, counted by strace: tests/strace.sh FOLDER-OF-EXAMPLES
#
# Skips, loudly, where strace is not there or may not trace. Prints one line for each claim, and
# ends with 1 at the first that does not hold.
set -euo pipefail

examples=${1:?usage: tests/strace.sh FOLDER-OF-EXAMPLES}

if ! strace -o /dev/null true 2>/dev/null; then
    echo "SKIPPED: strace is not installed, or may not trace; nothing was counted" >&2
    exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# How many lines of the last trace name one of these calls.
calls() {
    grep -cE "^([0-9]+ +)?($1)\(" "$folder/trace" || true
}

claim() { # NAME COUNT LIMIT
    echo "$1: $2 (at most $3)"
    [ "$2" -le "$3" ] || exit 1
}

trace() { # SYSTEM-CALLS COMMAND...
    local wanted=$1
    shift
    strace -f -o "$folder/trace" -e trace="$wanted" -e signal=none "$@"
}

lines=10000
trace write "$examples/stdio_lines" $lines | cat >/dev/null
claim "writes for $lines lines to a pipe" "$(calls write)" 2
trace write "$examples/stdio_lines" $lines >"$folder/lines"
claim "writes for $lines lines to a file" "$(calls write)" 2
trace write "$examples/stdio_lines" $lines --std | cat >/dev/null
echo "  (std: $(calls write))"
