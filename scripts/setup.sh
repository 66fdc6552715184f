#!/usr/bin/env bash
# Make the virtual environment and install what the lock names. Called by make; safe to repeat.
set -euo pipefail
python=$1 venv=$2
"$python" - <<'PY' || { echo "Holdfast needs Python 3.11, 3.12 or 3.13; set PYTHON=… to name one." >&2; exit 1; }
import sys
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PY
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing the Debian package $package (it holds ensurepip) ..."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null
  else
    echo "This Python has no ensurepip. Install it first: sudo apt-get install $package" >&2
    exit 1
  fi
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "Installing the locked requirements (about a minute, 1.6 GB) ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/all.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
