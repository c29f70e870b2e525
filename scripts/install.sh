#!/bin/sh
# The one install step, for the Makefile and the Dockerfile alike.
# usage: install.sh VENV LOCK [--editable]
set -eu
venv=$1 lock=$2 mode=${3:-}
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Holdfast needs Python 3.11 or newer; \"$python\" is not. Name another one: make PYTHON=python3.12 …" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2
    exit 1
fi
echo "Installing into $venv (once; about a minute)…"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
if [ "$mode" = --editable ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
else
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation .
fi
