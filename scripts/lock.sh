#!/usr/bin/env bash
# Renew requirements/*.txt: hash-locked, universal for Python 3.11 to 3.13 on Linux and macOS,
# without any index address.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --custom-compile-command "make lock" "$@"
}
compile pyproject.toml -o requirements/core.txt
compile --extra clinic --extra cluster --extra pdf --extra dev pyproject.toml -o requirements/all.txt
