#!/usr/bin/env bash
# Style, types and floors; the core in a process that cannot import Django; then the clinic
# and its browser. Every part runs even if an earlier one failed; the exit code tells.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
export PYTHONPATH=
failed=0
part() {
  local name=$1 started=$SECONDS
  shift
  echo "== $name"
  "$@" || { failed=1; echo "== $name FAILED"; }
  echo "== $name took $((SECONDS - started)) s"
}
# Each worker is a clinic of its own. Tests share nothing but their worker's server, so those left over
# may be taken by whichever worker is free.
# Each count here is a conversation with PostgreSQL: smaller than in the core, unless all are whole.
whole=${HOLDFAST_TEST_SCALE:-0.05}
clinic_scale=$([ "$whole" = 1 ] && echo 1 || echo 0.02)
clinic() { HOLDFAST_TEST_SCALE=$clinic_scale $bin/python -m pytest -q -n 2 --dist worksteal --durations=12 -m "not alone" tests/clinic; }
# What measures seconds runs with nothing beside it.
alone() { $bin/python -m pytest -q -m alone tests/clinic; }
core() { HOLDFAST_NO_DJANGO=1 $bin/python -m pytest -q -p no:django -n 2 --dist loadfile tests --ignore tests/clinic --ignore tests/laws; }
laws() { $bin/python -m pytest -q tests/laws; }
types() { $bin/mypy; }
style() { $bin/ruff check . && $bin/ruff format --check .; }
# Compiled once for all, which every worker would else do for itself.
compiled() { $bin/python -m holdfast.clinic.planner.warming; }

part "compiled loops" compiled &
compiling=$!
part "style" style
wait $compiling || failed=1
# Two cores: types and laws beside the core tests, then the clinic on both.
log=$(mktemp)
{ part "types" types; part "laws" laws; exit $failed; } >"$log" 2>&1 &
beside=$!
part "core" core
wait $beside || failed=1
cat "$log"; rm -f "$log"
part "clinic" clinic
part "clinic, what measures time" alone
[ "${HOLDFAST_TEST_SCALE:-}" = 1 ] && part "bare install" bash scripts/bare.sh
echo "== all took $SECONDS s"
exit $failed
