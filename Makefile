# `make demo` and `make test` are all a newcomer needs: Python >= 3.11 and make, nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# tests wait for disks and servers: more processes than there are cores
MORE    = 1
PYTEST  = $(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print(os.cpu_count() + $(MORE))') \
	--dist worksteal --durations 30 --durations-min 4

.DEFAULT_GOAL := help
.PHONY: help demo test chaos test-postgres18 test-kafka check bench docs format lock clean

help: ## List the commands
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ —/'

$(VENV)/.runtime: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python >= 3.11 is needed; name one with PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(PIP) --require-hashes -r requirements-dev.txt
	touch $@

demo: $(VENV)/.runtime ## Import people, replay bookings, read list, statistics and timeline
	$(BIN)/contacts demo

test: MORE = 2
test: check ## Format, lint, types, import contracts, tests, code blocks of the docs
	$(PYTEST) -m "not long and not chaos and not large and not apache_kafka"

chaos: $(VENV)/.dev ## Kill processes, stop servers, cut connections, walk at random, fill a million contacts, try the benchmarks with Kafka: the promises of docs/explanation/reliability.md
	$(PYTEST) -m "(chaos or large) and not long"

test-postgres18: $(VENV)/.dev ## The tests that have a database again, on the server of a package
	CONTACTS_TEST_POSTGRES=wheel $(PYTEST) -m "not long" -k "postgres" \
		tests/adapters tests/projections tests/reliability

test-kafka: $(VENV)/.dev ## The tests that have a broker again, on Apache Kafka out of Maven Central (mvn and Java >= 17)
	@$(BIN)/python -m tools.fetch_kafka; case $$? in \
	0) env -u KAFKA_BOOTSTRAP_SERVERS CONTACTS_TEST_KAFKA=apache $(PYTEST) -m "not long" tests/kafka ;; \
	75) ;; \
	*) exit 1 ;; esac

check: $(VENV)/.dev ## Everything of `make test` that runs no test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.dev ## Measure everything beside its peers (40 minutes) and write docs/explanation/performance.md
	$(BIN)/python -m benchmarks --json benchmarks/results.json
	$(BIN)/python -m benchmarks.page

docs: $(VENV)/.dev ## Write the generated pages of docs anew
	$(BIN)/python -m tools.make_docs
	$(BIN)/python -m benchmarks.page

format: $(VENV)/.dev ## Rewrite the code the way `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
lock: ## Compile both lock files anew (needs uv)
	$(LOCK) --group build -o requirements.txt
	$(LOCK) --all-extras --group dev -o requirements-dev.txt

clean: ## Remove what the commands above made
	rm -rf $(VENV) .kafka .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist contacts-demo.db*
