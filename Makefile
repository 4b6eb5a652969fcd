# Every target sets itself up in .venv, from the pinned versions in constraints.txt.
PYTHON ?= python3
SERVE  ?= 1
BIN    := .venv/bin
RUN    := $(BIN)/python

.PHONY: demo test check unit browser clients snap docs bench setup clean
.DEFAULT_GOAL := demo

.venv/server.done: pyproject.toml constraints.txt
	@test -x $(RUN) || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[server]'
	@touch $@

.venv/dev.done: .venv/server.done
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# The real client libraries of the other side live apart: their pins are not ours.
.venv-clients/done: pyproject.toml tests/e2e/clients.txt
	@test -x .venv-clients/bin/python || $(PYTHON) -m venv .venv-clients
	@.venv-clients/bin/pip install --quiet --disable-pip-version-check -r tests/e2e/clients.txt
	@touch $@

setup: .venv/dev.done

demo: .venv/server.done          ## import real runs, print what they owe, serve the pages
	@$(BIN)/solvent demo $(if $(filter 0,$(SERVE)),--no-serve)

test: check unit browser clients ## everything: lint, types, contracts, tests, browser, clients

check: .venv/dev.done            ## format, lint, types, import contracts, generated docs
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > .venv/imports.log || (cat .venv/imports.log; exit 1)
	@$(RUN) scripts/generate.py --check

unit: .venv/dev.done
	@$(BIN)/pytest -m "not browser and not clients" -n 2

browser: .venv/dev.done
	@which chromium > /dev/null || (apt-get update -q > /dev/null && apt-get install -qy chromium > /dev/null) || true
	@$(BIN)/pytest -m browser

clients: .venv/dev.done .venv-clients/done
	@$(BIN)/pytest -m clients

snap: .venv/dev.done             ## rewrite snapshots; review the diff
	@$(BIN)/pytest -m "not browser and not clients" --inline-snapshot=fix

docs: .venv/dev.done             ## rewrite docs/reference and the screenshots
	@$(RUN) scripts/generate.py
	@SOLVENT_SCREENSHOTS=1 $(BIN)/pytest -m browser

# What is served is measured with what somebody who serves has installed, and nothing else.
.venv-serve/done: pyproject.toml constraints.txt
	@test -x .venv-serve/bin/python || $(PYTHON) -m venv .venv-serve
	@.venv-serve/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[server]'
	@touch $@

bench: .venv/dev.done .venv-serve/done ## beside the peers, in one run, as ratios
	@.venv-serve/bin/python -m compileall -q src   # as an installed package is
	@$(RUN) benchmarks/run.py

clean:
	@rm -rf .venv .venv-clients .venv-serve build dist src/*.egg-info
