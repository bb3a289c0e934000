# saphan. `make demo` to see it, `make test` to trust it, `make help` for the rest.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# Four for two cores: a good part of the tests waits for clocks, sockets and time limits.
WORKERS ?= 4
SIZE   ?= small
ONCE   ?=

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := install
.DELETE_ON_ERROR:

.PHONY: help install dev demo test check bench regold lock clean forget

install: $(VENV)/.run ## the command: .venv/bin/saphan
dev: $(VENV)/.dev ## the same with what tests and checks need

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/.run ## the tour, then a server to try by hand; ONCE=1 ends after the tour
	@$(BIN)/saphan demo $(if $(filter-out 0,$(ONCE)),--once)

test: check ## everything that has to hold: make check, then the tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(VENV)/.dev ## format, lint, types, layers, the checked-in schema, the protocols
	@$(BIN)/ruff format --check --quiet . || { echo "error: run .venv/bin/ruff format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >.venv/lint-imports.log 2>&1 || { cat .venv/lint-imports.log; exit 1; }
	@$(BIN)/saphan schema print | diff -u schema/saphan.graphql - || \
	  { echo "error: schema/saphan.graphql is not what the code prints: review, then" \
	    "\`.venv/bin/saphan schema print > schema/saphan.graphql\`" >&2; exit 1; }
	@for file in protocols/*.toml; do $(BIN)/saphan protocol check $$file >/dev/null || exit 1; done
	@$(BIN)/saphan protocol prove >.venv/proofs.log 2>&1 || { cat .venv/proofs.log; exit 1; }
	@echo "check: format, lint, types, layers, schema and protocols are fine"

bench: $(VENV)/.dev ## requests per second against the ceiling; SIZE=small or full
	@$(BIN)/python -m bench --size $(SIZE)

regold: $(VENV)/.dev ## write the golden cases anew, for review
	@if [ -n "$$CI" ]; then echo "error: golden cases are not rewritten where CI is set" >&2; exit 1; fi
	@REGOLD=1 $(BIN)/python -m pytest -q tests/golden

# These appear with the part of the house that they belong to.
ifneq ($(wildcard tests/attacks),)
.PHONY: test-attacks
test-attacks: $(VENV)/.dev ## the attacks that were thought of, each of which must fail
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile \
	  tests/attacks $$($(BIN)/python -m tests.attacks.register) $(ARGS)
endif
ifneq ($(wildcard bench/ledger.py),)
.PHONY: bench-ledger
bench-ledger: $(VENV)/.dev ## what the ledger costs, SIZE records in it: small or full
	@$(BIN)/python -m bench.ledger --size $(SIZE)
endif

.PHONY: test-deep
test-deep: $(VENV)/.dev ## the tests that take minutes
	@$(BIN)/python -m pytest -m deep $(ARGS)

lock: $(VENV)/.lock ## requirements/*.txt from pyproject.toml; ARGS=--upgrade lets all versions move
	@$(VENV)/lock/bin/python requirements/lock.py $(ARGS)

clean: ## what make and the tools left, but not the database in .saphan
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

forget: $(VENV)/.run ## the embedded database with all that is in it
	@$(BIN)/python -m service.embedded.forget .saphan
	rm -rf .saphan

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: saphan needs Python 3.11 or newer; try make PYTHON=python3.11" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) (hash-locked)"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/build.txt -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "installing what tests need"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/dev.txt
	@touch $@

$(VENV)/.lock: requirements/lock.txt | $(BIN)/python
	@$(PYTHON) -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/lock.txt
	@touch $@
