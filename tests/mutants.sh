#!/usr/bin/env bash
# Changes the library in thousands of small ways, one at a time, and looks whether a test fails.
#
#     tests/mutants.sh                     all groups; days on two cores
#     tests/mutants.sh chunk scan          these groups
#     tests/mutants.sh --shard 0/40 chunk  every fortieth change of a group: a sample
#     tests/mutants.sh --report            the table of what was caught so far
#
# It asks for cargo-mutants (`cargo install cargo-mutants`). Results lie in target/mutants, a folder a group;
# a run goes on where the last one stopped: what was caught is not tried again. A change that no test can
# notice, because it makes no difference, is excluded in .cargo/mutants.toml, with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

# A group is a folder of src, and the tests of `tests/spec` that are its own.
declare -A tests=(
    [scan]="scan buf_ pip_ txt_"
    [chunk]="chunk chain pipe pool tail local interop"
    [buffered]="buffered block_cache random rw_pair std_methods raw_panics"
    [text/newline]="newline text string"
    [text/codec]="codec decode policies positions text enc_"
    [link]=""
)
order=(scan text/newline chunk buffered text/codec link)

shard=
groups=()
while (($#)); do
    case $1 in
    --shard) shard=$2 && shift ;;
    --report) groups=(report) ;;
    -*) sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "$0" >&2 && exit 2 ;;
    *) groups+=("$1") ;;
    esac
    shift
done
((${#groups[@]})) || groups=("${order[@]}")

home=${CARGO_TARGET_DIR:-target}/mutants
mkdir -p "$home"
home=$(cd "$home" && pwd)

count() {
    # A report that is not there has no lines.
    cat "$1" 2>/dev/null | wc -l
}

if [[ ${groups[0]} == report ]]; then
    printf '%-14s %8s %8s %8s %8s %9s\n' group caught timeout missed unviable 'in 100'
    for group in "${order[@]}"; do
        out=$home/${group//\//-}/mutants.out
        [[ -d $out ]] || continue
        caught=$(($(count "$out/caught.txt") + $(count "$out/previously_caught.txt")))
        timeout=$(count "$out/timeout.txt") missed=$(count "$out/missed.txt") unviable=$(count "$out/unviable.txt")
        tried=$((caught + timeout + missed))
        printf '%-14s %8d %8d %8d %8d %9d\n' "$group" "$caught" "$timeout" "$missed" "$unviable" \
            $((tried ? 100 * (caught + timeout) / tried : 0))
    done
    exit
fi

# Debug information only costs time here; what is built again and again is.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0 CARGO_INCREMENTAL=1
for group in "${groups[@]}"; do
    if [[ $group == link ]]; then
        arguments=(--features link -- --lib --test link)
    else
        # shellcheck disable=SC2206 # a word for each filter
        arguments=(-- --lib --test spec -- ${tests[$group]?no such group: $group})
    fi
    mkdir -p "$home/${group//\//-}"
    # Survivors are results and not failures of this command: 2 and 3 are cargo-mutants' words for them.
    env -u CARGO_TARGET_DIR cargo mutants --iterate --baseline run --minimum-test-timeout 120 ${shard:+--shard "$shard"} \
        --file "src/$group/**" --output "$home/${group//\//-}" "${arguments[@]}" || (($? == 2 || $? == 3))
done
"$0" --report
