#!/bin/sh
# Judges what HEAD adds to a base and writes the reports that a CI service shows.
#
#   gate.sh BASE [HEAD]
#
# BACKOUT: the program (default: backout). BACKOUT_POLICY: a policy (default: the repository's own).
# BACKOUT_REPORTS: the folder for the reports (default: backout-reports).
# Exit code: 0 admitted, 1 not admitted, 2 not answered.
set -eu

base=${1:?usage: gate.sh BASE [HEAD]}
head=${2:-HEAD}
reports=${BACKOUT_REPORTS:-backout-reports}
mkdir -p "$reports"

set -- check --base "$base" --head "$head" \
    --output "sarif=$reports/backout.sarif" \
    --output "gitlab=$reports/code-quality.json" \
    --output "junit=$reports/junit.xml" \
    --output "markdown=$reports/summary.md" \
    --output "html=$reports/backout.html"
if [ -n "${BACKOUT_POLICY:-}" ]; then
    set -- "$@" --policy "$BACKOUT_POLICY"
fi
exec "${BACKOUT:-backout}" "$@"
