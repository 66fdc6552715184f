# Holdfast. `make run` and `make test` each do all of their own set-up.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PORT ?= 8000
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: help setup run test test-full lint types bench lock screenshots clean

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.ready ## make the virtual environment and install the locked requirements

$(VENV)/.ready: requirements/all.txt pyproject.toml scripts/setup.sh
	@bash scripts/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

run: setup ## the clinic with its demonstration studies on http://127.0.0.1:$(PORT)
	@$(BIN)/holdfast clinic run --demo --port $(PORT)

test: setup ## everything, about a quarter of an hour on two cores
	@bash scripts/browser.sh
	@HOLDFAST_TEST_SCALE=$${HOLDFAST_TEST_SCALE:-0.05} bash scripts/test.sh

test-full: setup ## the same with whole counts
	@bash scripts/browser.sh
	@HOLDFAST_TEST_SCALE=1 bash scripts/test.sh

lint: setup ## style, types, floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup ## figures, with the peer beside them
	@$(BIN)/python -m bench

screenshots: setup ## the pictures in docs/ and README
	@bash scripts/browser.sh
	@$(BIN)/python scripts/screenshots.py

lock: ## renew the hash-locked requirements (they name no index)
	@bash scripts/lock.sh

clean:
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
