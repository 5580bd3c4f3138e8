# `make` prints this list. Every target installs what it needs into .venv first.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
RUN := .venv/bin/python
WHO ?= executive-sponsor
MINUTES ?= 30
OURS := chassis gateway governance training process metrics
LOCK := .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	$(foreach name,$(OURS),--no-emit-package opmodel-$(name))
export PYTHONUNBUFFERED := 1

.PHONY: help install up reset token test check chaos chaos-long schema lock bench bench-governance clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

install:  ## create .venv from requirements.lock (every other target does this by itself)
	@command -v "$(PYTHON)" >/dev/null || { echo "make: Python 3.11 or newer is needed, and there is no $(PYTHON). Install it, or name another one: make up PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" deploy/install.py

up: install  ## start everything with the demo organisation; Ctrl-C stops it (PORT=8000 can be set, BROKER=kafka runs Apache Kafka)
	@$(RUN) -m deploy.local.up

reset: install  ## forget all data: the next `make up` starts from nothing
	@$(RUN) -m deploy.local.reset

token: install  ## print a token for a demo person or service: make token WHO=ai-steward
	@$(RUN) -m deploy.local.token $(WHO)

test: install  ## unit, integration, contract and end-to-end tests
	@$(RUN) -m deploy.local.suites $(ARGS)

chaos: install  ## each kind of fault once while the platform works, then the proof that nothing was lost (SEED=..., BROKER=kafka)
	@$(RUN) -m pytest tests/chaos -s -rs $(ARGS)

chaos-long: install  ## faults at random: make chaos-long MINUTES=30 SEED=7
	@$(RUN) -m tests.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

check: install  ## formatting, lint, types, import rules, YAML
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy -p chassis -p gateway -p governance -p training -p process -p metrics -p deploy.local
	@.venv/bin/lint-imports
	@.venv/bin/yamllint --strict .

schema: install  ## write each service's contract/ and compose gateway/supergraph.graphql
	@$(RUN) -m deploy.local.schema

lock: install  ## pin every dependency again (requirements.lock) and the part that the images hold
	@$(LOCK) --output-file requirements.lock requirements.in
	@grep '^-e' requirements.in | $(LOCK) --constraint requirements.lock --output-file requirements.runtime.lock -

bench: install  ## measure: latency between services, rates, memory
	@$(RUN) -m bench

bench-governance: install  ## measure governance with 100,000 employees, 500 tools and a million grants (minutes)
	@$(RUN) -m bench.governance $(PART)

clean:  ## remove .venv and what tools leave behind; keeps the data
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache deploy/compose-supergraph/node_modules
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
