# Every verb does its own set-up. `make help` lists them.

.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
RUNS := .venv/.runs
INSTALLED := .venv/.installed
FUZZER := .venv/.fuzzer
SECRETS := .run/compose.env
DEFINITIONS := .run/definitions.json
COMPOSE := docker compose --file deploy/compose.yaml --env-file $(SECRETS)
# What a running `make run` tells, unless the environment tells it already.
ADDRESSES := if [ -z "$${DATABASE_URL:-}" ] && [ -f .run/env ]; then . .run/env; fi

.PHONY: help install format check test unit mutate fuzz integration e2e golden bench demo run up down migrate lock clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What runs, and with the tools: one environment, which the first verb that needs the tools extends.
$(RUNS): requirements.lock pyproject.toml deploy/install.sh
	@sh deploy/install.sh requirements.lock
	@touch $@

$(INSTALLED): requirements-dev.lock pyproject.toml deploy/install.sh
	@sh deploy/install.sh requirements-dev.lock
	@touch $(RUNS) $@

install: $(INSTALLED) ## the virtual environment .venv with all tools, from requirements-dev.lock

format: $(INSTALLED) ## put the code into its form, and mend what ruff can mend
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

check: $(INSTALLED) ## ruff, mypy and the import rules: what must hold before the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(INSTALLED) ## all tests, on servers of their own; ARGS="-k name" for some
	@$(BIN)/python -m pytest $(ARGS)

unit: $(INSTALLED) ## the tests without sockets, in seconds
	@$(BIN)/python -m pytest tests/unit $(ARGS)

mutate: $(INSTALLED) ## whether unit tests notice small faults put into a copy: SEED=1 COUNT=200
	@exec $(BIN)/python -m tests.mutate $${SEED:-1} $${COUNT:-200}

$(FUZZER): requirements-fuzz.lock $(INSTALLED)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

fuzz: $(FUZZER) ## random inputs for every parser that strangers reach: SECONDS=60 each, ARGS="zip quiz" for some
	@exec $(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(ARGS)

integration: $(INSTALLED) ## the adapters against real servers
	@$(BIN)/python -m pytest tests/integration $(ARGS)

e2e: $(INSTALLED) ## the whole system through HTTP
	@$(BIN)/python -m pytest tests/e2e tests/e2e_on_s3 $(ARGS)

golden: $(INSTALLED) ## write the approved packages of tests/golden anew, to be read as a diff
	@$(BIN)/python -m tests.support.golden

bench: $(INSTALLED) ## throughput, latency and memory, beside the bare limits of the same run
	@exec $(BIN)/python -m tests.bench $(ARGS)

demo: $(RUNS) ## a course in, three packages out: CARTRIDGE=course.imscc OUT=folder
	@exec $(BIN)/python -m deploy.stack.demo --cartridge "$${CARTRIDGE:-}" --out "$${OUT:-out}"

run: $(RUNS) ## the whole system in the foreground; writes .run/env; Ctrl-C stops it
	@exec $(BIN)/python -m deploy.stack.run

$(SECRETS):
	@mkdir -p .run
	@umask 077; for name in SERVERS_PASSWORD SECRET_KEY; do \
	    printf '%s=%s\n' $$name "$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"; done > $@

$(DEFINITIONS): $(SECRETS) deploy/definitions.json
	@. ./$(SECRETS); SERVERS_PASSWORD=$$SERVERS_PASSWORD python3 -m deploy.stack.broker_definitions > $@
	@chmod 644 $@

up: $(SECRETS) $(DEFINITIONS) ## the whole system as containers
	@$(COMPOSE) up --build --detach --wait

down: $(SECRETS) ## stop the containers; their data stays
	@$(COMPOSE) down

migrate: $(RUNS) ## bring the database of DATABASE_URL, or of `make run`, up to date
	@$(ADDRESSES); exec $(BIN)/python -m shared.adapters.postgres.migrate

lock: $(INSTALLED) ## write the locks anew from pyproject.toml
	@sh deploy/lock.sh

clean: ## remove all that was made here: environment, data, packages, caches
	@python3 -m deploy.stack.clean
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build out *.egg-info
