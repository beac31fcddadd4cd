#!/usr/bin/env bash
# Makes .venv from the lock file and fetches the embedded voice and recogniser. Idempotent; quick the second time.
#   scripts/setup.sh            everything `make demo`, `make run` and `make test` need
#   scripts/setup.sh --python   only the virtual environment
#   scripts/setup.sh --find     only print the interpreter it would use
# PYTHON=/path/to/python3.12 overrides the search.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

NO_PYTHON="no Python 3.12 or 3.13 with venv and pip found: install python3.12 and python3.12-venv, or set PYTHON=/path/to/python3.12"

good() { # a usable interpreter: right version, with venv and pip; shims that only print an error fail here
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not ((3, 12) <= sys.version_info[:2] < (3, 14)))' >/dev/null 2>&1
}

find_python() {
    local found candidate
    local candidates=("${PYTHON:-}")
    if found=$(uv python find '>=3.12,<3.14' 2>/dev/null); then candidates+=("$found"); fi
    candidates+=(python3.12 python3.13 python3)
    for candidate in "${HOME:-/nonexistent}"/.pyenv/versions/3.1[23].*/bin/python3 /opt/*/bin/python3.1[23] /usr/local/bin/python3.1[23]; do
        candidates+=("$candidate")
    done
    for candidate in "${candidates[@]}"; do
        if [ -n "$candidate" ] && good "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

make_venv() {
    local stamp=.venv/.installed want
    want=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
    if [ -x .venv/bin/python ] && [ "$(cat $stamp 2>/dev/null)" = "$want" ]; then return; fi
    local python
    python=$(find_python) || die "$NO_PYTHON"
    if ! good .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        say "creating .venv with $python"
        "$python" -m venv --clear .venv
    fi
    say "installing the locked packages (about 900 MB on disk, one to two minutes the first time)"
    # uv's own pinned, hashed lines are taken from the lock file; uv then installs the rest
    awk '/^uv==/{p=1} p{print} p&&!/\\$/{exit}' requirements.lock > .venv/uv.lock
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.lock
    .venv/bin/uv pip install -q --python .venv/bin/python --require-hashes --compile-bytecode -r requirements.lock
    .venv/bin/uv pip install -q --python .venv/bin/python --no-deps -e .
    echo "$want" > $stamp
}

if [ "${1:-}" = --find ]; then
    find_python || die "$NO_PYTHON"
    exit
fi
make_venv
.venv/bin/python -m compileall -q src # as with the packages: a process that starts in a call must not compile first
[ "${1:-}" = --python ] || .venv/bin/python -m call_center.provision
