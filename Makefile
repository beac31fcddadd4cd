# Everything a developer needs; CI calls only these. Each target sets up what it lacks.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
SEED ?= 1
RUNS ?= 10000

.PHONY: help setup demo run test e2e proof live-check evals-live check bench fuzz seed-check docs lock clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## virtual environment, voice and recogniser (part of every target below)
	@scripts/setup.sh

demo: setup ## one whole spoken call on the embedded default: make demo SEED=3
	@$(BIN)/call-center demo --seed $(SEED)

run: setup ## serve calls on :9092 and the API on :8080
	@$(BIN)/python -m src.main

test: setup ## unit, integration and scenario tests
	@$(BIN)/pytest -q -n 2 --dist loadfile tests/unit tests/integration tests/scenarios

e2e: setup ## real SIP calls through a private Asterisk
	@$(BIN)/python scripts/asterisk.py fetch
	@$(BIN)/pytest -q tests/e2e

proof: setup ## guarantees at full size: random calls, kills by voice, scenarios by voice; results go to bench/results
	@$(BIN)/python scripts/asterisk.py fetch
	@$(BIN)/python -m tests.proofs.run --runs $(RUNS) $(if $(FORCE),--force)
	@$(BIN)/python -m bench.kills
	@$(BIN)/python -m bench.voice_scenarios

live-check: setup ## one request to the real Claude API (needs ANTHROPIC_API_KEY)
	@$(BIN)/python scripts/live.py check

evals-live: setup ## the scenarios with the real Claude API (needs ANTHROPIC_API_KEY)
	@$(BIN)/python scripts/live.py evals

check: ## formatting, lint, types, import rules, size guard
	@scripts/setup.sh --python
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy --strict src tests bench fuzz scripts
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/size_guard.py src tests bench fuzz scripts

bench: setup ## the stated figures, on a quiet machine; results go to bench/results
	@$(BIN)/python -m bench.run
	@$(BIN)/python -m bench.spoken

fuzz: setup ## everything that parses outside bytes, ten minutes
	@for script in fuzz/fuzz_*.py; do echo "== $$script"; $(BIN)/python $$script --seconds 120 || exit 1; done

seed-check: ## the README's commands, literally
	@scripts/seed_check.sh

docs: setup ## regenerate the generated documents
	@$(BIN)/python scripts/docs.py

lock: ## renew requirements.lock from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --universal --extra dev --extra test --generate-hashes \
		--no-annotate --no-emit-index-url --python-version 3.12 --upgrade -q \
		--custom-compile-command "make lock" -o requirements.lock

clean: ## remove what the targets made (keeps downloads in .cache)
	@rm -rf .venv var htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
