# Everything needs only Python 3.11 or newer and make; the first target that needs it builds .venv.

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation

FIND_PYTHON = for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint format types screenshots keys bench mutants coverage lock clean install wheel

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

demo: $(STAMP) ## Open the studio with the bundled demo graphs
	@$(BIN)/studio-tui demo

# Tests of screens and servers wait more than they compute: five processes keep two cores busy.
test: $(STAMP) ## Run all tests
	$(PYTEST) -n 5 --dist worksteal

test-fast: $(STAMP) ## Run the tests that need no server and no terminal
	$(PYTEST) -n 2 -m "not server and not pty"

coverage: $(STAMP) ## Print what the fast tests run of each module
	@$(BIN)/python -c 'import pytest_cov' 2>/dev/null || $(BIN)/python -m pip install --quiet pytest-cov
	$(PYTEST) -n 2 -m "not server and not pty" --cov=studio_tui --cov-branch --cov-report=term:skip-covered

lint: $(STAMP) ## Check style, format and that nothing lies unused
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/vulture

format: $(STAMP) ## Bring the code into format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## Check types
	$(BIN)/mypy

screenshots: $(STAMP) ## Draw screenshots/ from the real program and the demo server
	$(BIN)/python -m tests.shots

keys: $(STAMP) ## Write the table of keys into the README
	$(BIN)/python -m tests.key_table

bench: $(STAMP) ## Measure start, drawing and streaming
	$(BIN)/python -m tests.bench

mutants: $(STAMP) ## Put errors into a copy of the program; the tests must notice each
	@$(BIN)/python -m tests.mutants

install: $(STAMP) ## Build .venv with everything pinned
	@:

wheel: $(STAMP) ## Build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel

lock: $(STAMP) ## Pin the newest allowed versions again
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m uv pip compile --quiet --upgrade --generate-hashes --no-annotate --universal \
		--python-version 3.11 --all-extras --group dev --custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean: ## Remove .venv, caches and builds
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The lock alone decides, so no release upstream can change or break this: pip resolves nothing (--no-deps), and what
# has no wheel is built with the locked build tools, which therefore come first (--no-build-isolation).
$(STAMP): requirements.lock pyproject.toml
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer with venv is needed (python3, python3.11 … python3.14 were tried)." >&2; exit 1; fi; \
	test -x $(BIN)/python || "$$python" -m venv $(VENV)
	sed -nE '/^(setuptools|wheel)==/,/[^\\]$$/p' requirements.lock > $(VENV)/build.lock
	$(PIP_INSTALL) --require-hashes -r $(VENV)/build.lock
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	$(PIP_INSTALL) -e .
	$(BIN)/python -m pip check --disable-pip-version-check
	@touch $@
