#!/usr/bin/env bash
# Runs the README's commands literally, as a newcomer would, in a clean copy of the committed tree.
#   scripts/seed_check.sh           every command to its end: about half an hour, most of it tests
#   scripts/seed_check.sh --quick   what CI runs beside `make check`, `make test` and `make e2e`: installing, starting,
#                                   health, two files of tests; what those targets run anyway is not run twice
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
server=
finish() { if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; rm -rf "$work"; }
trap finish EXIT
quick=
if [ "${1:-}" = --quick ]; then quick=yes; export PYTEST_ADDOPTS="--ignore-glob=*/test_[!n]*"; fi
step() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }

git -C "$root" archive HEAD | tar -x -C "$work"
cd "$work"
[ -d "$root/.cache" ] && ln -s "$root/.cache" .cache   # downloads are kept, everything else is new

# `python3.12` must work by name: a version manager's shim may only print an error
if ! python3.12 -c 'import venv' >/dev/null 2>&1; then
    mkdir -p "$work/bin"
    found=$("$root/scripts/setup.sh" --find)
    ln -s "$found" "$work/bin/python3.12"
    export PATH="$work/bin:$PATH"
fi

step 'python3.12 -m venv .venv && . .venv/bin/activate && pip install -e ".[dev,test]"'
python3.12 -m venv .venv && . .venv/bin/activate && pip install -q -e ".[dev,test]"
step 'cp .env.example .env.local; set -a; . ./.env.local; set +a; python -m src.main'
cp .env.example .env.local
set -a
. ./.env.local
set +a
python -m src.main &
server=$!
step 'curl http://localhost:8080/health'
for _ in $(seq 120); do
    if curl -fsS -o health.json http://localhost:8080/health 2>/dev/null; then break; fi
    kill -0 "$server" || { echo "python -m src.main ended"; exit 1; }
    sleep 1
done
curl -fsS http://localhost:8080/health; echo
kill "$server"; wait "$server" || true; server=
step 'pytest tests/unit/'
pytest -q tests/unit/
if [ -n "$quick" ]; then echo "seed-check: installing, starting and testing worked"; exit; fi
step 'pytest tests/integration/'
pytest -q tests/integration/
step 'pytest tests/ --cov=src --cov-report=html'
pytest -q tests/ --cov=src --cov-report=html
test -s htmlcov/index.html
step 'ruff check src/ && ruff format src/'
ruff check src/ && ruff format src/
step 'mypy src/ --strict'
mypy src/ --strict
echo "seed-check: every command worked"
