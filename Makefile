# Every verb does its own set-up. `make help` lists them.

.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
RUNS := .venv/.runs
INSTALLED := .venv/.installed
FUZZER := .venv/.fuzzer
SECRETS := .run/compose.env
DEFINITIONS := .run/definitions.json
# Any tool that reads compose files: `make up COMPOSE=docker-compose`.
COMPOSE ?= docker compose
PROFILES ?=
# Of the containers; another name runs another system beside it, with SECRETS, SETTINGS, DEFINITIONS and DEPLOYED of its own.
PROJECT ?= content-exports
# A line for each version that `make deploy` has deployed, the present one last; beside it a folder with their compose files.
export DEPLOYED ?= $(CURDIR)/.run/deployed
export SETTINGS ?= $(CURDIR)/.run/settings.env
COMPOSED = $(COMPOSE) --project-name $(PROJECT) --file deploy/compose.yaml --env-file $(abspath $(SECRETS)) $(PROFILES:%=--profile %)
IMAGE ?= content-exports
DOCKER ?= docker
comma := ,

# What operators do to a running system; `make requeue ARGS="3 4"`.
OPERATIONS := exports requeue fail cancel retry pause resume quarantine workers drain dead

# What they do to a deployment: TARGET=compose, cluster (NAMESPACE, OVERLAY) or native (`make run`); without TARGET, native
# where it runs, else compose. DRY=1 prints alone.
DEPLOYMENT := deploy rollback status logs scale smoke backup restore scrub token migrate
VERB = set -a; if [ -f $(SECRETS) ]; then . $(abspath $(SECRETS)); fi; COMPOSED='$(COMPOSED)'; exec $(BIN)/python -m deploy.verbs
export TARGET NAMESPACE OVERLAY VERSION SERVICE EXPORT WORKER N OUT FROM DRY USER_ID

.PHONY: $(OPERATIONS) explain help install format check test unit mutate fuzz integration e2e chaos chaos-cluster alerts upgrade-test golden bench demo run image up down containers cluster-check lock clean
.PHONY: $(DEPLOYMENT) release

##@ To change the code

help: ## list the targets
	@awk -F ':.*## ' '/^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What runs, and with the tools: one environment, which the first verb that needs the tools extends.
$(RUNS): requirements.lock pyproject.toml deploy/install.sh
	@sh deploy/install.sh requirements.lock
	@touch $@

$(INSTALLED): requirements-dev.lock pyproject.toml deploy/install.sh
	@sh deploy/install.sh requirements-dev.lock
	@touch $(RUNS) $@

install: $(INSTALLED) ## create .venv with all tools, from requirements-dev.lock

format: $(INSTALLED) ## format the code, and apply the fixes of ruff
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

check: $(INSTALLED) ## run ruff, mypy and the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(INSTALLED) ## run all tests, on private servers, in two processes; ARGS="-k name" for some, in one
	@$(BIN)/python -m pytest $(or $(ARGS),--numprocesses 2 --dist loadfile --no-loadscope-reorder)

unit: $(INSTALLED) ## run the unit tests, which need no servers
	@$(BIN)/python -m pytest tests/unit $(ARGS)

mutate: $(INSTALLED) ## mutation tests on a copy of the tree: SEED=1 COUNT=200
	@exec $(BIN)/python -m tests.mutate $${SEED:-1} $${COUNT:-200}

$(FUZZER): requirements-fuzz.lock $(INSTALLED)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

fuzz: $(FUZZER) ## fuzz every parser of untrusted input: SECONDS=60 each, ARGS="zip quiz" for some
	@exec $(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(ARGS)

integration: $(INSTALLED) ## run the tests of adapters and services on real servers
	@$(BIN)/python -m pytest tests/integration $(ARGS)

e2e: $(INSTALLED) ## run the end-to-end tests
	@$(BIN)/python -m pytest tests/e2e tests/e2e_on_s3 $(ARGS)

chaos: $(INSTALLED) ## inject faults for an hour: ARGS="random --injections 20 --exports 300 --seed 7" for some
	@exec $(BIN)/python -m tests.chaos $(ARGS)

upgrade-test: $(INSTALLED) ## upgrade a system of the last release while clients export: UPGRADE_PHASE_S=15 for each step
	@$(BIN)/python -m pytest tests/chaos/test_upgrade.py -s $(ARGS)

chaos-cluster: $(INSTALLED) ## lose each node of a cluster, its database and its gateways in turn: ARGS="--rounds 1"
	@exec $(BIN)/python -m tests.chaos cluster --exports 1000 $(ARGS)

alerts: $(INSTALLED) ## see each alert fire by a real fault, with Prometheus, in ten minutes: ARGS="--only DeadLetters"
	@exec $(BIN)/python -m tests.chaos alerts $(ARGS)

golden: $(INSTALLED) ## rewrite the approved packages of tests/golden, for review as a diff
	@$(BIN)/python -m tests.support.golden

bench: $(INSTALLED) ## measure throughput, latency and memory against a baseline of the same run
	@exec $(BIN)/python -m tests.bench $(ARGS)

lock: $(INSTALLED) ## rewrite the lock files from pyproject.toml
	@sh deploy/lock.sh

clean: ## remove the environment, data, packages and caches
	@python3 -m deploy.stack.clean
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build out *.egg-info

##@ To run the system

demo: $(RUNS) ## load a course and export it in three formats: CARTRIDGE=course.imscc OUT=folder
	@exec $(BIN)/python -m deploy.stack.demo --cartridge "$${CARTRIDGE:-}" --out "$${OUT:-out}"

run: $(RUNS) ## run the whole system in the foreground; writes .run/env; Ctrl-C stops it
	@exec $(BIN)/python -m deploy.stack.run

$(SECRETS): deploy/compose.yaml # a newer one may need one more; none is ever replaced
	@mkdir -p .run
	@umask 077; touch $@; for name in SERVERS_PASSWORD SECRET_KEY CONSOLE_KEY; do \
	    grep -q "^$$name=" $@ || printf '%s=%s\n' $$name "$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" >> $@; done

$(DEFINITIONS): $(SECRETS) deploy/definitions.json
	@. $(abspath $(SECRETS)); SERVERS_PASSWORD=$$SERVERS_PASSWORD python3 -m deploy.stack.broker_definitions > $@
	@chmod 644 $@

$(SETTINGS):
	@mkdir -p $(@D)
	@cp deploy/settings.env $@

image: ## build the image: IMAGE=name; PIP_CERT=file is the certificate of a proxy before the index
	@DOCKER_BUILDKIT=1 $(DOCKER) build --quiet --tag $(IMAGE) --build-arg EXTRAS=traces --file deploy/Dockerfile \
	    --build-arg VERSION=$(VERSION) $(if $(PIP_CERT),--secret id=pip_cert$(comma)src=$(PIP_CERT)) .

up: image $(SECRETS) $(SETTINGS) $(DEFINITIONS) ## start the whole system in containers, and wait until it is ready: PROFILES="proxy s3 monitoring"
	@rm -f $(DEPLOYED)
	@IMAGE=$(IMAGE) $(COMPOSED) up --detach
	@python3 -m deploy.stack.containers $(COMPOSED)

down: $(SECRETS) $(SETTINGS) ## stop the containers and keep their data
	@$(COMPOSED) down

containers: $(INSTALLED) ## build, start, use, break, upgrade and stop the containers of compose.yaml: ARGS="verbs backup" for some
	@exec $(BIN)/python -m tests.containers $(ARGS)

cluster-check: $(INSTALLED) ## render the manifests of deploy/cluster, check schemas, settings, probes and images
	@$(BIN)/python -m deploy.cluster.check
	@$(BIN)/python -m pytest -q tests/unit/deploy/test_cluster.py

##@ To deploy, and to look after a deployment: TARGET=compose, cluster (NAMESPACE= OVERLAY=) or native; DRY=1 prints what it would do

deploy: $(RUNS) $(SETTINGS) $(DEFINITIONS) ## go to a release: migrations, then processes: VERSION=0.2.0
rollback: $(RUNS) ## go back to the version before, without migrations
status: $(RUNS) ## each process with its version, what waits, the store; PUBLIC_URL=https://... adds the certificate
logs: $(RUNS) ## the log of a process, or what it says of one export: SERVICE=qti EXPORT=7
scale: $(RUNS) ## run so many of a process: WORKER=qti N=3
smoke: $(RUNS) ## load and export a probe course over HTTP, and verify the packages
backup: $(RUNS) ## copy database and store, consistent, while all runs: OUT=folder
restore: $(RUNS) ## put a backup into an empty database and store, and compare: FROM=folder
scrub: $(RUNS) ## read all packages in the store and record what is changed or missing; DRY=1 prints it, and records nothing
token: $(RUNS) ## issue a token of a site admin, as the first of a system: USER_ID=1
migrate: $(RUNS) ## apply the migrations

$(DEPLOYMENT):
	@$(VERB) $@

release: $(INSTALLED) ## check the version, build the image, write the bill of materials, tag: VERSION=0.3.0
	@exec $(BIN)/python -m deploy.verbs release

##@ To operate a running system, with the token of a site admin (ARGS="... --dry-run --json")

exports: $(RUNS) ## list the exports of all contexts: ARGS="--state failed --since 2h"
requeue: $(RUNS) ## send waiting exports again, take running ones from their workers: ARGS="3 4"
fail: $(RUNS) ## end exports as failed: ARGS="3 --reason 'too large'"
cancel: $(RUNS) ## cancel exports: ARGS="3,4"
retry: $(RUNS) ## create again what failed of one cause: ARGS="--code store_unavailable --since 2h"
pause: $(RUNS) ## keep exports from the workers: ARGS="--type zip --reason moving"; without, list what is paused
resume: $(RUNS) ## let paused exports take their turns: ARGS="--type zip"
quarantine: $(RUNS) ## contexts whose exports end workers: ARGS="add courses/42 --reason memory", "remove courses/42"
workers: $(RUNS) ## list the workers, and what each builds
drain: $(RUNS) ## let a worker finish what it has and take no more: WORKER=NAME, as `make workers` has it; ARGS=--undo
drain: override ARGS := $(WORKER) $(ARGS)
dead: $(RUNS) ## messages that could not be handled: ARGS="show ID", "replay ID", "drop ID"

$(OPERATIONS):
	@exec $(BIN)/content-exports $@ $(ARGS)

explain: $(RUNS) ## everything about an export: ID=3, and its log lines: LOGS=file or -
	@exec $(BIN)/content-exports explain $(ID) $(if $(LOGS),--logs $(LOGS)) $(ARGS)
