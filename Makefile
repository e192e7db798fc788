# AIOS Grid. Needs make and Python >= 3.11, nothing else; everything is installed into .venv, from the lock
# in requirements/. `make` alone tells what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ARGS ?=
TESTS ?=
VENV := .venv
BIN := $(VENV)/bin
# Compiled modules are kept, whatever the machine's setting: else each process of a test compiles two thousand anew.
export PYTHONDONTWRITEBYTECODE :=
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url
ORACLE := opa-golib-python-bindings==0.4.4
INTEROP := pysparkplug==0.6.1 paho-mqtt==1.6.1 protobuf==7.36.2

.PHONY: help demo test check bench bench-memory goals reliability planted replay-matrix parity lock screenshots site clean
.DELETE_ON_ERROR:

help:  ## Tell what there is (this).
	@sed -nE 's/^([a-zA-Z%-]+):.*  ## (.*)/make \1|\2/p' $(MAKEFILE_LIST) | \
	  while IFS='|' read -r target text; do printf '  %-14s %s\n' "$$target" "$$text"; done

demo: $(RUNTIME)  ## One simulated day of a substation in a minute; ARGS=--headless without page and colours.
	@$(BIN)/aios demo $(ARGS)

# Three processes on two cores: many tests wait for real time, such as the demo's day of a minute; with more of them
# a gateway under test is starved for longer than its policy may take.
test: $(DEV) .venv-interop/.stamp  ## Every test; TESTS=tests/unit for some of them, ARGS for pytest's own options.
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TESTS) $(ARGS)

check: $(DEV)  ## Format, lint, types, floors, container files: all that needs no run.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@BIN=$(BIN) deploy/check

bench: $(DEV)  ## Every benchmark; results go to benchmarks/results/.
	@for file in benchmarks/bench_*.py; do \
	  name=$$(basename "$$file" .py); echo "== $$name"; $(BIN)/python -m "benchmarks.$$name" $(ARGS); done

# Libraries load what they find beside them, so memory is that of an environment with what runs in production.
bench-memory: $(DEV) .venv-runtime/.stamp
	@$(BIN)/python -m benchmarks.bench_memory --python .venv-runtime/bin/python $(ARGS)

.venv-runtime/.stamp: requirements/runtime.txt pyproject.toml requirements/install
	@bash requirements/install .venv-runtime runtime
	@touch $@

bench-%: $(DEV)  ## One benchmark: make bench-forecast ARGS=--quick
	@$(BIN)/python -m benchmarks.bench_$(subst -,_,$*) $(ARGS)

goals: $(DEV)  ## Compare the benchmarks' results with the goals.
	@$(BIN)/python -m benchmarks.goals $(ARGS)

reliability: $(DEV)  ## Every promise under faults at full count; ARGS="--only R13" for one of them.
	@$(BIN)/python -m tests.reliability $(ARGS)

planted: $(DEV)  ## Remove every guard in turn on a copy: 0 may survive the tests; ARGS="--only journal".
	@$(BIN)/python -m tests.planted $(ARGS)
	@$(BIN)/python -m tests.planted_drivers

replay-matrix:  ## Golden recordings decided again on every supported Python of this machine.
	@bash requirements/replay-matrix .venv-matrix

# The oracle stands beside the lock, never in it: its metadata ask for Python 3.14, though it is plain ctypes.
parity: $(DEV) .venv-parity/.stamp  ## Compare our policy evaluator with a real Open Policy Agent.
	@PYTHONPATH=.venv-parity $(BIN)/python -m benchmarks.policy_parity $(ARGS)

.venv-parity/.stamp: Makefile
	@rm -rf .venv-parity
	@python=$$(bash requirements/find-python) && bash requirements/with-pip "$$python" \
	  install --quiet --ignore-requires-python --no-deps --target .venv-parity $(ORACLE)
	@touch $@

# So does a second implementation of Sparkplug B, which wants an older paho-mqtt than ours.
.venv-interop/.stamp: Makefile
	@rm -rf .venv-interop
	@python=$$(bash requirements/find-python) && bash requirements/with-pip "$$python" \
	  install --quiet --no-deps --target .venv-interop $(INTEROP)
	@touch $@

# One resolution: the whole is resolved first, what runs in production is then held to it.
lock:  ## Resolve the dependencies of pyproject.toml again (needs uv).
	@command -v uv >/dev/null || { echo "make lock needs uv, which resolves for all platforms at once" >&2; exit 1; }
	uv pip compile pyproject.toml --group dev $(LOCK_OPTIONS) --quiet $(ARGS) --output-file requirements/dev.txt
	uv pip compile pyproject.toml --group build --constraint requirements/dev.txt $(LOCK_OPTIONS) --quiet \
	  --output-file requirements/runtime.txt

screenshots: $(DEV)  ## Take the pictures of the control room in docs/images/ again (needs chromium).
	@$(BIN)/python -m docs.screenshots $(ARGS)

site: $(RUNTIME)  ## Write the site file of the container stack, deploy/site/nord.toml.
	@$(BIN)/python deploy/make_site.py aios/sites/nord.toml deploy/site/nord.toml

clean:  ## Remove what make made: environments, caches, the demo's run.
	rm -rf .venv .venv-runtime .venv-matrix .venv-parity .venv-interop dist build var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .numba_cache
	find aios kernel policies drivers simulators edge tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp says which lock is installed; a changed lock installs again, an unchanged one costs nothing.
# The dev lock contains the runtime lock, so an environment with the former serves both.
$(RUNTIME): requirements/runtime.txt pyproject.toml requirements/install
	@bash requirements/install $(VENV) runtime

$(DEV): requirements/dev.txt requirements/runtime.txt pyproject.toml requirements/install
	@bash requirements/install $(VENV) dev
