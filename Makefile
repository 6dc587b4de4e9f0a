# Everyday commands. `make help` lists them; after set-up all of them run offline.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BROWSER := $(VENV)/.browser
DEMO := .demo
EXAMPLES := five-promises provinces italy-day-ahead collective-plot service-invention data-lineage foreign-engineer one-firm-ten-regions land-day
# One more than a small machine has cores: many tests wait for a process of their own.
WORKERS ?= 3

# Hundreds of short processes run in the tests: each would read all of the code anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run serve pictures screenshots test test-long check format bench reference docs clean

help:  ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## make .venv with everything in it (the only step that needs a network)

$(READY): pyproject.toml tools/setup.sh
	@sh tools/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

# A browser is wanted by the tests of the report and the console only; `make test` runs without
# one too and says what it skipped.
$(BROWSER): $(READY) tools/setup_browser.sh
	@sh tools/setup_browser.sh
	@touch $@

run: $(READY)  ## walk the nine examples, then prove their journals
	@set -e; for name in $(EXAMPLES); do \
		echo; echo "== examples/$$name"; \
		$(BIN)/python -m yaosu run examples/$$name; \
	done
	@echo; echo "== the journals, proved from their bytes"
	@set -e; for name in $(EXAMPLES); do \
		$(BIN)/python -m yaosu verify examples/$$name/out/market.db; \
	done
	@echo; echo "Reports, to be opened in a browser:"
	@for name in $(EXAMPLES); do echo "  $(CURDIR)/examples/$$name/out/report.html"; done

serve: $(READY)  ## serve the first example's venue on this machine (http://127.0.0.1:8420)
	@test -f $(DEMO)/market.db || $(BIN)/python -m yaosu demo make $(DEMO) --example examples/five-promises
	$(BIN)/python -m yaosu serve $(DEMO)

pictures: $(READY)  ## draw the pictures of the README anew
	@set -e; for name in $(EXAMPLES); do \
		$(BIN)/python -m yaosu run examples/$$name --pictures docs/pictures; \
	done

screenshots: $(BROWSER)  ## take the pictures of the console anew
	PYTHONPATH=. $(BIN)/python tools/make_screenshots.py

test: check $(BROWSER)  ## check, then the tests
	$(BIN)/python -m pytest -n $(WORKERS)

test-long: check $(BROWSER)  ## the same, with the slow proofs (many kills, many seeds)
	YAOSU_TEST_PROFILE=long $(BIN)/python -m pytest -n $(WORKERS) -m ""

check: $(READY)  ## format, lint, types, floors of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY)  ## put the code into its form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(READY)  ## run the benchmarks and write docs/reference/benchmarks.md
	$(BIN)/python tools/run_benchmarks.py

reference: $(READY)  ## write the reference pages anew from the code
	$(BIN)/python tools/make_reference.py

docs: reference  ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open site/index.html"

clean:  ## remove everything that make made
	rm -rf $(VENV) site dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf examples/*/out $(DEMO)
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
