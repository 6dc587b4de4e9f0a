#!/bin/sh
# Make a virtual environment with yaosu and all its tools: setup.sh PYTHON VENV
# Nothing is compiled and nothing is installed outside VENV.
set -eu
python=$1
venv=$2

fail() {
    echo "set-up: $1" >&2
    echo "        $2" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    fail "no $python here" \
        "install Python 3.11 or later, or name one: make PYTHON=/path/to/python3.12"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old" \
        "yaosu needs Python 3.11 or later; name one: make PYTHON=/path/to/python3.12"
[ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
    "$python" -m venv --clear "$venv" ||
    fail "$python cannot make a virtual environment" \
        "on Debian and Ubuntu: apt-get install python3-venv"

echo "set-up: installing yaosu into $venv (a minute or two the first time)"
# The build tools first, then the project without build isolation: a second set-up finds
# everything in place and needs no network.
pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@" ||
        fail "pip could not install what yaosu needs (see above)" \
            "the first set-up needs a package index; after it everything runs offline"
}
pip install "hatchling>=1.25" "editables>=0.5"
pip install --no-build-isolation --editable ".[all,dev]"
echo "set-up: done"
