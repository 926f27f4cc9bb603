#!/usr/bin/env bash
# Times backout against what people use today, on the same commits of one repository, in one run, and prints ratios.
#
#   benches/compare.sh REPO [REV] [COMMITS]
#
# REPO is any clone, bare or not; REV defaults to HEAD; COMMITS is how many of the newest non-merge commits to take (default 50).
# Needs git 2.38 or newer and, for the whole-tree rows, universal-ctags. Seconds are CPU seconds (user + system) of whole
# processes: on a shared machine they move less than the clock does. Compare rows within one run only.
set -euo pipefail
repo=${1:?usage: benches/compare.sh REPO [REV] [COMMITS]}
rev=${2:-HEAD}
count=${3:-50}
here=$(cd "$(dirname "$0")/.." && pwd)
repo=$(git -C "$repo" rev-parse --absolute-git-dir)
cargo build --quiet --release --manifest-path "$here/Cargo.toml"
backout=$here/target/release/backout
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# cpu COMMAND...: its CPU seconds; what it prints is thrown away. A conflict (exit 1) is an answer, not a failure.
cpu() {
  local TIMEFORMAT='%U %S' status
  { time { status=0; "$@" >"$work/out" 2>"$work/err" || status=$?; } 2>/dev/null; } 2>"$work/time"
  [ "$status" -le 1 ] || { echo "failed: $*" >&2; cat "$work/err" >&2; exit 1; }
  awk '{ print $1 + $2 }' "$work/time"
}
row() { awk -v what="$1" -v ours="$2" -v theirs="$3" -v name="$4" 'BEGIN { printf "%-32s %9.2f %9.2f  %6.2fx  %s\n", what, ours, theirs, (ours > 0 ? theirs / ours : 0), name }'; }

git -C "$repo" rev-list --no-merges -n "$count" "$rev" >"$work/commits"
newest=$(head -1 "$work/commits")
tip=$(git -C "$repo" rev-parse "$rev")
sed "s/\$/ $tip/" "$work/commits" >"$work/pairs"
export GIT_DIR=$repo

log_p() { git log -p --no-merges -n "$count" "$rev"; }
# git merge-tree writes the trees it makes: they are kept out of the repository that is measured.
merge_tree() {
  mkdir -p "$work/objects"
  while read -r commit target; do
    GIT_OBJECT_DIRECTORY=$work/objects GIT_ALTERNATE_OBJECT_DIRECTORIES=$repo/objects \
      git merge-tree --write-tree --merge-base="$commit" "$target" "$commit^" || true
  done <"$work/pairs"
}
batch() { "$backout" --repo "$repo" "$@"; }

printf '%s at %.12s, %s commits; CPU seconds, and how often ours fits into theirs\n' "$repo" "$tip" "$(wc -l <"$work/commits")"
printf '%-32s %9s %9s  %7s  %s\n' what ours theirs ratio theirs
log_cpu=$(cpu log_p)
row "diff --batch, no cache" "$(cpu batch --no-cache diff --batch --format json <"$work/commits")" "$log_cpu" "git log -p"
oldest=$(tail -1 "$work/commits")
scan() { batch --cache "$work/rows" scan "$oldest^..$rev" --out "$work/rows.jsonl"; }
range_cpu=$(cpu git log -p --no-merges "$oldest^..$rev")
rm -rf "$work/rows"
row "scan, cold cache" "$(cpu scan)" "$range_cpu" "git log -p of the same commits"
row "scan, warm cache" "$(cpu scan)" "$range_cpu" "git log -p of the same commits"
merge_cpu=$(cpu merge_tree)
row "plan --batch --depth text" "$(cpu batch --no-cache plan --batch --depth text --format json <"$work/pairs")" "$merge_cpu" "git merge-tree, a process each"
if command -v ctags >/dev/null; then
  mkdir "$work/tree"
  git archive "$tip" | tar -x -C "$work/tree"
  tags_cpu=$(cpu ctags -R -f "$work/tags" "$work/tree")
  row "index" "$(cpu batch --cache "$work/index" index --at "$tip")" "$tags_cpu" "ctags -R"
  row "index --symbols" "$(cpu batch --no-cache index --symbols --at "$tip")" "$tags_cpu" "ctags -R"
  row "index --edges" "$(cpu batch --no-cache index --edges --at "$tip")" "$tags_cpu" "ctags -R"
  row "check, no cache" "$(cpu batch --no-cache check "$newest")" "$tags_cpu" "ctags -R"
  batch --cache "$work/cache" check "$newest" >"$work/out" 2>&1 || true
  row "check, warm cache" "$(cpu batch --cache "$work/cache" check "$newest")" "$tags_cpu" "ctags -R"
fi
if command -v difft >/dev/null; then
  row "diff --batch, no cache" "$(cpu batch --no-cache diff --batch --format text <"$work/commits")" \
    "$(cpu git -c diff.external=difft log -p --ext-diff --no-merges -n "$count" "$rev")" "difftastic"
fi
