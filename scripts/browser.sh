#!/usr/bin/env bash
# Debian's Chromium for the browser tests: installed where it is missing and can be.
set -euo pipefail
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Debian's Chromium for the browser tests ..."
  if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; then
    exit 0
  fi
fi
echo "Chromium is missing and cannot be installed here; the browser tests will say that they are skipped." >&2
