# Two commands: `make run` starts the bot, `make test` passes every test. Both set up what they need.
# `make chat` is the same conversation in the terminal.
.PHONY: run chat test check prove directory translations lint types bench smoke lock clean
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install
COMPILE := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --no-emit-options --build-deps-for editable

run: .venv/run
	@$(BIN)/waypost serve

chat: .venv/run
	@$(BIN)/waypost chat

test: .venv/dev
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder
	@$(BIN)/waypost test

check: .venv/run
	@$(BIN)/waypost check

prove: .venv/run
	@$(BIN)/waypost prove

directory: .venv/run
	@$(BIN)/waypost directory check

translations: .venv/run
	@$(BIN)/waypost translate gaps

lint: .venv/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/dev
	@$(BIN)/mypy

bench: .venv/dev
	@$(BIN)/python -m benchmarks.engine --write
	@$(BIN)/python -m benchmarks.webhook --write

smoke: .venv/dev
	@$(BIN)/python -m benchmarks.engine --quick
	@$(BIN)/python -m benchmarks.webhook --quick

lock: .venv/dev
	$(COMPILE) --extra report --output-file requirements/run.lock pyproject.toml
	$(COMPILE) --extra dev --output-file requirements/dev.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Waypost needs Python 3.11 or newer; name it: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }

.venv/run: requirements/run.lock pyproject.toml | .venv/bin/python
	@echo "Setting up (once)..."
	@$(PIP) --require-hashes -r requirements/run.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements/dev.lock .venv/run
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@
