# Everything runs in the virtual environment .venv; nothing else is touched.

PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/.installed
DEV := .venv/.installed-dev

.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | \
	  awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

install: $(DEV) ## Make .venv and install bratsfuse with everything tests need

$(RUN): pyproject.toml constraints.txt
	@$(PYTHON) .ci/install.py run

$(DEV): pyproject.toml constraints.txt
	@$(PYTHON) .ci/install.py dev

demo: $(RUN) ## The complete workflow on synthetic cases, into bratsfuse-demo
	rm -rf bratsfuse-demo
	$(BIN)/bratsfuse demo -o bratsfuse-demo

test: $(DEV) ## The tests, but for the slow ones
	@echo 'About 5930 tests: six minutes on two idle cores, 3 GB of memory.'
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'not slow'

test-all: test ## The tests, then the slow ones
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'slow and not campaign'

test-versions: $(DEV) ## The tests under every Python found, 3.11 to 3.13; pinned, newest, lowest packages
	$(BIN)/python tests/versions.py

check: $(DEV) ## Style, types, layers, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

docs: .venv/.docs ## The documentation site, into build/site, with warnings as errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --clean
	@echo 'build/site; to read and search it: python3 -m http.server -d build/site'

.venv/.docs: $(DEV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[docs]'
	touch $@

faults: $(DEV) ## Kill every command, build 3 times and evaluate twice as often; flip bits (KILLS=20)
	$(BIN)/python -m pytest -n 2 -m campaign
	$(BIN)/python tests/faults.py --kills $(or $(KILLS),20)

fuzz: $(DEV) ## Fuzz every reader, guided by coverage if atheris is installed
	$(BIN)/python tests/fuzz.py --seconds $(or $(SECONDS),60)

sbom: $(DEV) ## Write bratsfuse.cdx.json: what is installed beside this version
	$(BIN)/python tests/sbom.py > bratsfuse.cdx.json

advisories: $(DEV) ## Compare the pins and lower bounds with published advisories (DATABASE=folder)
	$(BIN)/python tests/advisories.py $(DATABASE)

datasheet: $(DEV) ## Write DATASHEET.md from the table of columns and the default recipe
	$(BIN)/python -c 'from bratsfuse.release.datasheet import general_datasheet as text; print(text(), end="")' > DATASHEET.md

bench: $(DEV) ## Every job beside its peers: docs/performance.md and docs/scaling.md
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	cd benchmarks && ../$(BIN)/python bench.py -o results.json
	$(BIN)/python benchmarks/performance_page.py benchmarks/results.json

.PHONY: help install bench demo test test-all test-versions faults fuzz sbom advisories check docs datasheet
