# Makegood. `make` or `make help` says what there is.
# A bare machine needs Python 3.11 or newer and make; everything else is put into .uv/ and .venv/ here.

PYTHON ?= python3
UV_VERSION := 0.13.9

UV := .uv/uv-$(UV_VERSION)/bin/uv
BIN := .venv/bin
RUN := .venv/.makegood-run
DEV := .venv/.makegood-dev
TRAIN := .train/.makegood-train

export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help up status check test test-quick lint types format migrations screenshots bench-live bench-import bench-listen bench-replay bench-loyalty bench-ltv bench-rise bench-tone bench-triage train train-research soak soak-listen fuzz test-long clean

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nPORT=8001 and MAKEGOOD_HOME=/folder go before any of them, as in: PORT=8001 make up\n'

##@ Run
up: $(RUN) ## Start Makegood on http://localhost:8000 (stop it with Ctrl-C)
	@exec $(BIN)/makegood up

status: $(RUN) ## What runs, how much memory it takes, what waits
	@$(BIN)/makegood status

check: $(RUN) ## What is wrong with this set-up, in a sentence each
	@$(BIN)/makegood check

##@ Develop
test: $(DEV) ## Everything: lint, types, contracts, all tests on SQLite and on PostgreSQL
	@$(BIN)/python -m tools.test

test-quick: $(DEV) ## The quick tests only, on SQLite
	@$(BIN)/pytest -q -n auto -m "not browser and not atproto and not mastodon and not slow"

lint: $(DEV) ## Style, import contracts, workspace scope
	@$(BIN)/python -m tools.test lint

types: $(DEV) ## mypy --strict
	@$(BIN)/python -m tools.test types

format: $(DEV) ## Lay out the code the house's way
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

migrations: $(DEV) ## Write migrations for changed models
	@$(BIN)/makegood manage makemigrations

screenshots: $(DEV) ## Pictures of every page in build/screenshots
	@$(BIN)/python -m tools.screenshots

clean: ## Remove what was installed and built here (your data stays)
	@rm -rf .uv .venv .train build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

##@ Measure
bench-live: $(DEV) ## From a post on the network to the open browser: median and 99th percentile
	@$(BIN)/python -m benchmarks.live

bench-import: $(DEV) ## From an uploaded file of 100,000 rows to the desk: rows a second, memory, beside a bare insert
	@$(BIN)/python -m benchmarks.importing

bench-listen: $(DEV) ## New posts a second from raw bytes to hits, at 100 to 100,000 searches, beside other ways
	@$(BIN)/python -m benchmarks.listen

bench-replay: $(DEV) ## Kept posts: bytes each, and how many are kept and searched a second
	@$(BIN)/python -m benchmarks.replay

bench-loyalty: $(DEV) ## Whether the loyalty report finds what was planted in 50,000 customers, and only that
	@$(BIN)/python -m benchmarks.loyalty

bench-ltv: $(DEV) ## Lifetime values: CDNOW's published fit, 100,000 customers fitted, 1,000,000 scored, beside lifetimes
	@$(BIN)/python -m benchmarks.bench_ltv

bench-rise: $(DEV) ## More complaints than usual: days until a rise is noticed, false alarms a month, beside two plain ways
	@$(BIN)/python -m benchmarks.rise

bench-tone: $(DEV) ## The tone guard: a draft of 3,000 characters, check by check
	@$(BIN)/python -m benchmarks.tone

bench-triage: $(TRAIN) ## Triage: how good on every set beside VADER and words, posts a second a core, size, import time
	@.train/bin/python -m benchmarks.bench_triage
	@.train/bin/python -m training.bench

train: $(TRAIN) ## Make the triage model that comes with Makegood (an hour on two cores; docs/triage-model.md)
	@.train/bin/python -m training open

train-research: $(TRAIN) ## The same with data that may only be measured with; never part of Makegood
	@.train/bin/python -m training research
	@.train/bin/python -m training research-airline

test-long: $(DEV) ## The crash and import tests at full size (some ten minutes; make test runs them smaller)
	@MAKEGOOD_TEST_SCALE=full $(BIN)/pytest -q -s tests/crash tests/imports

fuzz: $(DEV) ## A minute of bytes against all that reads a post (FUZZ=-max_total_time=600 for longer)
	@$(BIN)/python -m tests.fuzz.reading $(FUZZ)

soak: $(DEV) ## Half an hour of faults and kill -9 on two real networks: nothing missing, nothing double
	@$(BIN)/python -m tests.soak $(SOAK)

soak-listen: $(DEV) ## Five minutes of 10,000 posts a second against 10,000 searches, with a kill -9: nothing missing
	@$(BIN)/python -m tests.soak.flood $(SOAK)

# The stamps are newer than the lock file when .venv has what it says. --inexact: running never takes away what
# developing has put there.
$(RUN): pyproject.toml uv.lock | $(UV)
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .venv
	@echo "Installing what Makegood needs ..."
	@$(UV) sync --quiet --frozen --no-dev --inexact
	@touch $(RUN)

$(DEV): pyproject.toml uv.lock | $(UV)
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .venv
	@echo "Installing what developing Makegood needs ..."
	@$(UV) sync --quiet --frozen --all-extras
	@touch $(RUN) $(DEV)

$(TRAIN): pyproject.toml uv.lock training/requirements.txt | $(UV)
	@[ -x .train/bin/python ] || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .train
	@echo "Installing what training needs ..."
	@UV_PROJECT_ENVIRONMENT=.train $(UV) sync --quiet --frozen --inexact
	@$(UV) pip install --quiet --python .train/bin/python --requirement training/requirements.txt
	@touch $(TRAIN)

$(UV):
	@command -v $(PYTHON) >/dev/null || { echo "Makegood needs Python 3.11 or newer, as: PYTHON=/path/to/python3 make up"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Makegood needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Say where a newer one is: PYTHON=/path/to/python3.11 make up"; exit 1; }
	@echo "Preparing the installer ..."
	@rm -rf .uv && $(PYTHON) -m venv .uv/uv-$(UV_VERSION) || { rm -rf .uv; \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@.uv/uv-$(UV_VERSION)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || { rm -rf .uv; \
		echo "The installer could not be fetched: is this machine on the internet?"; exit 1; }
