#!/bin/sh
# Look for a Chromium for the browser tests; install Debian's where that is possible.
# Never fails: without a browser those tests are skipped and say so.
set -u

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        echo "browser: $(command -v "$name")"
        exit 0
    fi
done

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
    sudo -n true >/dev/null 2>&1 || as_root=none
fi
if [ "$as_root" != none ] && command -v apt-get >/dev/null 2>&1; then
    echo "browser: none here, installing the system's chromium"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    $as_root apt-get update -qq </dev/null >/dev/null 2>&1
    $as_root apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null 2>&1
    if command -v chromium >/dev/null 2>&1; then
        echo "browser: $(command -v chromium)"
        exit 0
    fi
fi
echo "browser: none here and none can be installed; tests marked 'browser' (how the report looks"
echo "         when it is opened) will be skipped. To run them: install chromium, then"
echo "         rm .venv/.browser && make test"
