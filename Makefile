# Two commands are all that a fresh machine needs: make demo, make test.
SHELL  := /bin/bash
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
SDKS   := .cache/sdks/.installed
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
# The first Python on the path that runs, is new enough and can make environments.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$name; break; }; done)

# Tests start many interpreters; where this is set, each of them compiles everything anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test coverage lint format docs lock bench browser screenshots clean

demo: $(STAMP)
	$(BIN)/fake-relay demo

test: $(STAMP) $(SDKS) browser lint
	$(BIN)/python -m pytest -n auto --dist worksteal

# The same under coverage, which takes half as long again: each process that a test starts is traced.
coverage: $(STAMP) $(SDKS) browser
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python tests/scripts/sdk_config_rows.py --check

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP)
	$(BIN)/python docs/generate.py
	$(BIN)/python tests/scripts/sdk_config_rows.py

lock: $(STAMP)
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade --quiet -o requirements.txt

bench: $(STAMP)
	$(BIN)/python -m benchmarks

# A browser for tests/e2e, where one can be had without asking; the tests say so when there is none.
browser: $(STAMP)
	@$(BIN)/python tests/scripts/find_browser.py --install

# Every page, light and dark, wide and narrow, in build/screenshots; `--readme` takes the README's.
screenshots: $(STAMP) $(SDKS) browser
	$(BIN)/python tests/scripts/screenshots.py

clean:
	rm -rf $(VENV) .cache build dist *.egg-info

# The locked uv installs the rest in seconds; where it cannot (only pip knows the machine's index,
# say), pip does it. No build isolation: setuptools is locked like everything else.
$(STAMP): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer with venv and ensurepip is on the path; name one: make PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/# via/p' requirements.txt > $(VENV)/uv.txt
	$(PIP) install --require-hashes -r $(VENV)/uv.txt \
	&& $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt \
	|| $(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	touch $(STAMP)

$(SDKS): $(STAMP) $(wildcard tests/e2e/python/*.txt tests/e2e/upstreams/*.txt) tests/e2e/node/package-lock.json tests/scripts/install_sdks.py
	$(BIN)/python tests/scripts/install_sdks.py
	touch $(SDKS)
