#!/usr/bin/env bash
# Runs one libFuzzer target: tests/fuzz/run.sh TARGET SECONDS [libFuzzer option...]
#
# TARGET is the name of an executable without "_fuzz": typescript, tsx, javascript, python, rust, catalog, ignore_rules,
# facts_decode, json_fields or trace_context. Seeds are copied from tests/fixtures (and from $DETOY_FUZZ_SEEDS, a folder,
# if it is set) into a temporary folder; an input that breaks the target is left in build/PRESET/findings. PRESET is
# $DETOY_FUZZ_PRESET, or fuzz.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
usage() { echo "usage: tests/fuzz/run.sh TARGET SECONDS [libFuzzer option...]" >&2; exit 2; }
[ $# -ge 2 ] || usage
target=$1 seconds=$2
shift 2
case $target in
  typescript) endings=(ts mts cts) ;;
  tsx) endings=(tsx) ;;
  javascript) endings=(js jsx mjs cjs) ;;
  python) endings=(py) ;;
  rust) endings=(rs) ;;
  catalog) endings=(yaml) ;;
  ignore_rules) endings=(gitignore) ;;
  facts_decode) endings=() ;;
  json_fields) endings=(json) ;;
  trace_context) endings=(txt) ;;
  *) usage ;;
esac
preset=${DETOY_FUZZ_PRESET:-fuzz}
binary=$root/build/$preset/tests/fuzz/${target}_fuzz
[ -x "$binary" ] || { echo "$binary is missing: cmake --preset $preset && cmake --build --preset $preset" >&2; exit 3; }

work=$(mktemp -d "${TMPDIR:-/tmp}/detoy-fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/corpus" "$root/build/$preset/findings"
folders=("$root/tests/fuzz/seeds/$target")
case $target in
  catalog) folders+=("$root/catalog") ;;
esac
folders+=("$root/tests/fixtures")
[ -z "${DETOY_FUZZ_SEEDS:-}" ] || folders+=("$DETOY_FUZZ_SEEDS")
number=0
for folder in "${folders[@]}"; do
  [ -d "$folder" ] || continue
  for ending in "${endings[@]}"; do
    while IFS= read -r -d '' file; do
      cp "$file" "$work/corpus/$((number += 1)).$ending"
    done < <(find "$folder" -type f -name "*.$ending" -size -17k -print0 | sort -z)
  done
done
options=()
[ -f "$root/tests/fuzz/$target.dict" ] && options+=("-dict=$root/tests/fuzz/$target.dict")
echo "$target: $number seeds, $seconds seconds"
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
"$binary" "${options[@]}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
  -print_final_stats=1 -artifact_prefix="$root/build/$preset/findings/$target-" "$@" "$work/corpus"
