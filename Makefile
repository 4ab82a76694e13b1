# Two commands for newcomers: `make run` and `make test`. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -P vibesite/install.py
# Who does not let Python keep what it has compiled waits for torch at every start of a process.
unexport PYTHONDONTWRITEBYTECODE
# Compiling all takes longer than installing it. What is left out here is compiled when imported,
# and most of it never is. Some packages carry files that are meant not to compile.
SELDOM := /tests?/|/testing/|/(pip|setuptools|networkx|boto3|wcwidth|torchgen|prompt_toolkit|valkey)/
SELDOM := $(SELDOM)|/torch/(_inductor|_dynamo|_export|_functorch|_vendor|distributed|onnx|ao|sparse)/
SELDOM := $(SELDOM)|/transformers/(models|exporters|pipelines)/|/numpy/(distutils|f2py)/|/pygments/lexers/
SELDOM := $(SELDOM)|/sympy/(physics|stats|combinatorics|diffgeom|crypto|liealgebras|plotting)/
SELDOM := $(SELDOM)|/huggingface_hub/(cli|inference)/|/allauth/socialaccount/
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '$(SELDOM)' $(VENV)/lib >/dev/null 2>&1 || true

.PHONY: run test lint types directions unit browser format clean help

help: ## Say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(VENV)/.runtime ## Set up everything and start the whole site
	@$(BIN)/python -m vibesite.launch

# The browser's tests mostly wait, for the model and for pages: the others fill their pauses.
test: lint ## Set up what tests need and run all of them
	@$(MAKE) --no-print-directory --keep-going browser types >$(VENV)/browser.log 2>&1 & browser=$$!; \
	  $(MAKE) --no-print-directory directions unit; unit=$$?; \
	  wait $$browser; browser=$$?; cat $(VENV)/browser.log; exit $$((unit + browser))

lint: $(VENV)/.development ## Find faults of style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.development ## Check types, strictly
	$(BIN)/mypy .

directions: $(VENV)/.development ## Check that imports point the right way
	$(BIN)/lint-imports

# Tests keep all cores busy: what waits for its next piece of work had better sleep.
unit browser: export GOMP_SPINCOUNT ?= 1000

# Those that mostly wait for processes come first, so that the others fill their pauses.
# Their databases are made from the models, which is quicker; migrations must say the same.
unit: $(VENV)/.development ## Unit and integration tests
	READ_DOT_ENV=false $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m pytest --quiet --numprocesses 3 --dist loadfile --no-loadscope-reorder \
	  --no-migrations --durations=25 --ignore=tests/browser tests solver accounts vibesite

browser: $(VENV)/.development ## The site in a real Chromium, with the demonstration model
	$(BIN)/python -m pytest --quiet --durations=10 tests/browser

format: $(VENV)/.development ## Lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove the virtual environment; data under DATA_DIR stays
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "VibeSite needs Python 3.11 or newer. Install it, or name one: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "The virtual environment could not be made. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.packages: requirements.txt requirements-nodeps.txt | $(BIN)/python
	@echo "Installing packages; the first time this takes a minute or more."
	@$(INSTALL) -r requirements.txt
	@$(INSTALL) --no-deps -r requirements-nodeps.txt
	@touch $@

$(VENV)/.runtime: $(VENV)/.packages
	@$(COMPILE)
	@touch $@

$(VENV)/.development: $(VENV)/.packages requirements-dev.txt
	@($(COMPILE)) & $(INSTALL) -r requirements-dev.txt; installed=$$?; wait; exit $$installed
	@touch $(VENV)/.runtime $@
