#!/usr/bin/env bash
# Law 2 on a real installation: a new environment with the core requirements only.
set -euo pipefail
cd "$(dirname "$0")/.."
there=$(mktemp -d)
trap 'rm -rf "$there"' EXIT
python3 -m venv "$there/venv"
"$there/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements/core.txt
"$there/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps .
cd "$there"
"$there/venv/bin/holdfast" check inactive-placebo
"$there/venv/bin/python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("django") is not None)'
"$there/venv/bin/holdfast" rehearse inactive-placebo --seed 1 --out "$there/rehearsal"
