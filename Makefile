# Canonym. `make` explains itself; every target sets up what it needs.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
.DEFAULT_GOAL := help
.PHONY: help setup run test test-unit fuzz lint format bench clean lock

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## Install everything into .venv (needs Python 3.11 to 3.13)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else "Canonym needs Python 3.11, 3.12 or 3.13; %s is %d.%d. Name another: make PYTHON=python3.12 ..." % (sys.executable, *v))'
	@echo "Setting up .venv: about 1.9 GB with PostgreSQL (73 MB), a Java runtime (101 MB) and two sentence encoders (116 MB); a minute or two."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@echo "Compiling the loops of the standardizer: a quarter of a minute, once."
	@$(BIN)/python -m classifiers.standardize.first_start
	@touch $@

run: $(STAMP) ## Start everything and run the main job: profiles through Kafka to edges, then serve
	@$(BIN)/canonym up

test: $(STAMP) ## Run lint and all tests (PostgreSQL and Kafka are started by the tests)
	@$(MAKE) --no-print-directory lint
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/unit tests/architecture -n 2 --dist loadfile
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/contract tests/integration tests/e2e

test-unit: $(STAMP) ## Run the fast tests only
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/unit tests/architecture -n 2 --dist loadfile

fuzz: $(STAMP) ## Look for texts that break the standardizer (SECONDS=60; Linux on x86-64)
	@cd tests/unit/classifiers && PYTHONPATH=$(CURDIR) $(CURDIR)/$(BIN)/python fuzz_standardize.py --seconds $(or $(SECONDS),60)

lint: $(STAMP) ## Check style, types and the order of imports
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache --config pyproject.toml > /dev/null || $(BIN)/lint-imports --config pyproject.toml

format: $(STAMP) ## Format the code and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .

bench: $(STAMP) ## Run all benchmarks: ours beside the baselines (DATA=folder for the real sets)
	@$(BIN)/canonym bench all $(if $(DATA),--data $(DATA))

lock: $(STAMP) ## Pin the newest allowed versions of all dependencies, with hashes
	@$(BIN)/uv pip compile pyproject.toml --all-extras --overrides requirements.overrides --universal --generate-hashes --upgrade --quiet \
		--python-version 3.11 --custom-compile-command "make lock" -o requirements.lock

clean: ## Remove .venv and everything generated here (not your data folder)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
